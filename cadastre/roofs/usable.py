"""What is left of a plane once setbacks and obstacles are taken away.

Setbacks depend on the kind of edge (eave, ridge, hip or valley, verge, flat roof, obstacle) and
are measured on the slope. Nothing here knows of modules or of the sun.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.roofs.blocked import Blocked, blocked_by_others, overlay_pairs, union_by_owner
from cadastre.roofs.insets import ARC, without_setbacks, without_slivers
from cadastre.roofs.setback_edges import Edges, setback_of_each
from cadastre.roofs.siblings import Siblings, clean_outlines, some_rings, surely_within
from cadastre.roofs.slope_frame import SlopeFrame
from cadastre.roofs.windows import rings_from_geometries

_SURE_M = 1e-4


def usable_geometry(
    planes: gpd.GeoDataFrame,
    obstacles: gpd.GeoDataFrame,
    usable: parameters.Usable,
    footprints: gpd.GeoSeries | None = None,
) -> gpd.GeoSeries:
    """Part of each plane that can carry modules, in plan, on the index of ``planes``.

    Parameters
    ----------
    planes
        Table ``roof_planes_geometry``: plane_id, building_id, plane_a, plane_b, plane_c,
        plane_x0, plane_y0 and the outline in plan. Empty, missing or invalid outlines are
        accepted (the usable part is then empty or that of the repaired outline).
    obstacles
        plane_id and geometry in plan of what stands on the planes, and height_m above them (NaN
        or absent: higher than anything); may be empty. One that reaches over another plane of
        its building, and above it, takes from that plane too.
    usable
        Setback distances on the slope (m) and smallest sizes.
    footprints
        By building_id, where the heights place them: nothing beyond (and the stated overhang)
        can be used. Planes of buildings that are not named keep their outline.

    Returns
    -------
    geopandas.GeoSeries
        Polygons or multipolygons in plan; empty polygon where nothing is left.
    """
    outlines = clean_outlines(planes.geometry.to_numpy())
    frame = SlopeFrame(planes)
    siblings = Siblings(planes, outlines)
    # what is too small to keep stays beside the others: it may block them or share their edges
    small = shapely.area(outlines) * frame.stretch < usable.min_part_m2
    asked = np.where(small, shapely.Polygon(), outlines)
    edges = Edges(siblings.rings, ~small)
    distances = setback_of_each(planes, siblings, edges, usable)
    inside = without_setbacks(asked, edges, distances, frame)
    blocked = blocked_by_others(planes, siblings, obstacles, usable)
    inside = _without_obstacles(inside, blocked, frame, usable)
    if footprints is not None:
        inside = _over_footprint(inside, planes, footprints, frame, usable)
    inside = without_slivers(inside, usable.min_width_m, usable.min_part_m2)
    return gpd.GeoSeries(frame.to_plan(inside), index=planes.index, crs=planes.crs)


def usable_area_m2(
    planes: gpd.GeoDataFrame, usable_part: gpd.GeoSeries, window_share: pd.Series | float = 0.0
) -> pd.Series:
    """Sloped area of the usable parts, m², less the share lost to windows nobody sees.

    Parameters
    ----------
    planes, usable_part
        As given to and returned by :func:`usable_geometry`.
    window_share
        Share (0-1) taken off, see :func:`window_share`.
    """
    slope = np.hypot(
        planes["plane_a"].to_numpy(np.float64), planes["plane_b"].to_numpy(np.float64)
    )
    area = shapely.area(usable_part.to_numpy()) * np.hypot(1.0, slope)
    return pd.Series(area, index=planes.index) * (1.0 - window_share)


def window_share(usage: pd.Series, usable: parameters.Usable) -> pd.Series:
    """Share of the usable area lost to roof windows that no height model shows, by usage."""
    residential = usage.astype("string").fillna("unknown") == "residential"
    share = np.where(residential, usable.window_share_residential, usable.window_share_other)
    return pd.Series(share, index=usage.index, dtype=np.float64)


def _without_obstacles(
    inside: NDArray, blocked: Blocked, frame: SlopeFrame, usable: parameters.Usable
) -> NDArray:
    """Take away what blocks each plane, obstacles grown by their setback."""
    left = np.flatnonzero(~shapely.is_empty(inside)[blocked.row])
    if not left.size:
        return inside
    row = blocked.row[left]
    grown = frame.to_slope(blocked.shape[left], row)
    wide = blocked.setback[left]
    grown[wide] = shapely.buffer(grown[wide], usable.obstacle_setback_m, quad_segs=ARC)
    plane, taken = union_by_owner(grown, row)
    inside = inside.copy()
    inside[plane] = overlay_pairs(shapely.difference, inside[plane], taken)
    return inside


def _over_footprint(
    inside: NDArray,
    planes: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    frame: SlopeFrame,
    usable: parameters.Usable,
) -> NDArray:
    """Keep what lies over the building's footprint, wider by the stated overhang."""
    place = footprints.index.get_indexer(pd.Index(planes["building_id"]))
    shapes = clean_outlines(footprints.to_numpy())
    if usable.beyond_footprint_m > 0.0:
        shapes = shapely.buffer(shapes, usable.beyond_footprint_m, join_style="mitre")
    rows = np.flatnonzero((place >= 0) & ~shapely.is_empty(inside))
    rows = rows[~shapely.is_empty(shapes[place[rows]])]
    flat_inside = rings_from_geometries(inside[rows])
    of = np.repeat(rows, np.diff(flat_inside.ring_start[flat_inside.start]))
    xy = frame.points_to_plan(np.column_stack([flat_inside.x, flat_inside.y]), of)
    within = surely_within(
        np.arange(len(rows)), some_rings(flat_inside, *xy.T), place[rows],
        rings_from_geometries(shapes), _SURE_M,
    )  # fmt: skip
    rows = rows[~within]
    inside = inside.copy()
    there = frame.to_slope(shapes[place[rows]], rows)
    inside[rows] = overlay_pairs(shapely.intersection, inside[rows], there)
    return inside
