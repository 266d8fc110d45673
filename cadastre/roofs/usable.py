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
from cadastre.angles import tilt_from_slopes
from cadastre.roofs.blocked import blocked_by_others, overlay_pairs, plane_height

EAVE, RIDGE, VERGE, FLAT, OBSTACLE = range(5)
EDGE_KINDS = ("eave", "ridge", "verge", "flat", "obstacle")
_ALONG_SLOPE = np.cos(np.radians(45.0))
_ARC = 4
_COLLINEAR_M = 1e-4


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
    outlines = _clean(planes.geometry.to_numpy())
    frame = _Frame(planes)
    inside = frame.to_slope(outlines)
    edges = _Edges(outlines)
    kinds = _edge_kinds(planes, outlines, edges, usable)
    distances = np.array(
        [
            usable.eave_setback_m,
            usable.ridge_setback_m,
            usable.verge_setback_m,
            usable.flat_setback_m,
            usable.obstacle_setback_m,
        ]
    )[kinds]
    small = shapely.area(outlines)[edges.plane] < usable.flat_small_m2
    distances[small & (kinds == FLAT)] = usable.flat_small_setback_m
    for distance in np.unique(distances[distances > 0]):
        chosen = distances == distance
        lines = shapely.simplify(frame.to_slope(edges.lines(chosen, len(outlines))), _COLLINEAR_M)
        has = ~shapely.is_empty(lines)  # a plane must not see the distances of others
        taken = shapely.buffer(lines[has], distance, quad_segs=_ARC)
        inside[has] = shapely.normalize(overlay_pairs(shapely.difference, inside[has], taken))
    blocked = blocked_by_others(planes, outlines, obstacles, usable)
    inside = _without_obstacles(inside, blocked, frame, usable)
    if footprints is not None:
        inside = _over_footprint(inside, planes, footprints, frame, usable)
    inside = _without_slivers(inside, usable)
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


class _Frame:
    """Plan to slope coordinates: u level along the plane, v up the slope, from its origin."""

    def __init__(self, planes: gpd.GeoDataFrame) -> None:
        a = planes["plane_a"].to_numpy(np.float64)
        b = planes["plane_b"].to_numpy(np.float64)
        slope = np.hypot(a, b)
        level = slope < 1e-9
        safe = np.where(level, 1.0, slope)
        self.up_x = np.where(level, 0.0, a / safe)
        self.up_y = np.where(level, 1.0, b / safe)
        self.stretch = np.hypot(1.0, slope)
        self.x0 = planes["plane_x0"].to_numpy(np.float64)
        self.y0 = planes["plane_y0"].to_numpy(np.float64)

    def to_slope(self, shapes: NDArray, owner: NDArray | None = None) -> NDArray:
        """Geometries in plan to slope coordinates; ``owner`` tells the plane of each."""
        xy, plane = _coordinates(shapes, owner)
        x, y = xy[:, 0] - self.x0[plane], xy[:, 1] - self.y0[plane]
        along = x * self.up_y[plane] - y * self.up_x[plane]
        up = (x * self.up_x[plane] + y * self.up_y[plane]) * self.stretch[plane]
        return shapely.set_coordinates(shapes.copy(), np.column_stack([along, up]))

    def to_plan(self, shapes: NDArray) -> NDArray:
        """Geometries in slope coordinates, one a plane, back to plan."""
        uv, plane = _coordinates(shapes, None)
        up = uv[:, 1] / self.stretch[plane]
        x = uv[:, 0] * self.up_y[plane] + up * self.up_x[plane] + self.x0[plane]
        y = -uv[:, 0] * self.up_x[plane] + up * self.up_y[plane] + self.y0[plane]
        return shapely.set_coordinates(shapes.copy(), np.column_stack([x, y]))


def _coordinates(shapes: NDArray, owner: NDArray | None) -> tuple[NDArray, NDArray]:
    xy, index = shapely.get_coordinates(shapes, return_index=True)
    return xy, index if owner is None else owner[index]


def _clean(shapes: NDArray) -> NDArray:
    """Flat, valid, polygonal, counter-clockwise outlines; empty where there is none."""
    missing = shapely.is_missing(shapes)
    out = shapely.force_2d(np.where(missing, shapely.Polygon(), shapes))
    broken = ~shapely.is_valid(out)
    if broken.any():
        out[broken] = shapely.buffer(shapely.make_valid(out[broken]), 0.0)
    return shapely.orient_polygons(out)


class _Edges:
    """Edges of outlines, the inside on their left: plane, ends, hole or shell."""

    def __init__(self, outlines: NDArray) -> None:
        parts, plane_of_part = shapely.get_parts(outlines, return_index=True)
        rings, part_of_ring = shapely.get_rings(parts, return_index=True)
        first = np.concatenate([[True], part_of_ring[1:] != part_of_ring[:-1]])[: len(rings)]
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        follows = np.flatnonzero(ring[1:] == ring[:-1])
        self.start, self.end = xy[follows], xy[follows + 1]
        self.plane = plane_of_part[part_of_ring[ring[follows]]]
        self.is_hole = ~first[ring[follows]]

    def split(self, longest: float) -> None:
        """Cut edges longer than ``longest`` into equal pieces."""
        length = np.hypot(*(self.end - self.start).T)
        pieces = np.maximum(np.ceil(length / longest).astype(np.int64), 1)
        source = np.repeat(np.arange(len(pieces)), pieces)
        rank = np.arange(len(source)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        step = (self.end - self.start)[source] / pieces[source, None]
        start = self.start[source] + rank[:, None] * step
        self.start, self.end = start, start + step
        self.plane, self.is_hole = self.plane[source], self.is_hole[source]

    def lines(self, chosen: NDArray[np.bool_], plane_count: int) -> NDArray:
        """One (multi)line per plane of the chosen edges, empty where none."""
        out = np.full(plane_count, shapely.LineString(), dtype=object)
        picked = np.flatnonzero(chosen)
        if picked.size:
            # runs of edges that follow each other make one line; the order is that of the ring,
            # where a graph merge would follow memory addresses and change in the last digits
            first = np.ones(len(picked), dtype=bool)
            first[1:] = (self.plane[picked[1:]] != self.plane[picked[:-1]]) | (
                self.start[picked[1:]] != self.end[picked[:-1]]
            ).any(axis=1)
            run = np.cumsum(first) - 1
            points = np.concatenate([self.start[picked[first]], self.end[picked]])
            rank = np.concatenate([np.flatnonzero(first) - 0.5, np.arange(len(picked))])
            of_run = np.concatenate([run[first], run])
            order = np.argsort(rank, kind="stable")
            lines = shapely.linestrings(points[order], indices=of_run[order])
            owners, dense = np.unique(self.plane[picked[first]], return_inverse=True)
            out[owners] = shapely.multilinestrings(lines, indices=dense)
        return out


def _edge_kinds(
    planes: gpd.GeoDataFrame, outlines: NDArray, edges: _Edges, usable: parameters.Usable
) -> NDArray[np.int64]:
    """Kind of each edge; splits the edges so that a piece has one kind."""
    edges.split(usable.edge_piece_m)
    a = planes["plane_a"].to_numpy(np.float64)[edges.plane]
    b = planes["plane_b"].to_numpy(np.float64)[edges.plane]
    slope = np.hypot(a, b)
    direction = edges.end - edges.start
    length = np.hypot(direction[:, 0], direction[:, 1])
    outward_up = (direction[:, 1] * a - direction[:, 0] * b) / np.maximum(length * slope, 1e-12)
    kinds = np.full(len(slope), VERGE)
    kinds[outward_up < -_ALONG_SLOPE] = EAVE
    kinds[outward_up > _ALONG_SLOPE] = RIDGE
    middle = (edges.start + edges.end) / 2.0
    kinds[_touches_sibling(planes, outlines, edges.plane, middle, usable)] = RIDGE
    kinds[tilt_from_slopes(a, b) < usable.flat_below_deg] = FLAT
    kinds[edges.is_hole] = OBSTACLE
    return kinds


def _touches_sibling(
    planes: gpd.GeoDataFrame,
    outlines: NDArray,
    plane: NDArray[np.int64],
    middle: NDArray[np.float64],
    usable: parameters.Usable,
) -> NDArray[np.bool_]:
    """Tell which edges meet, at about the same height, another plane of the same building."""
    touches = np.zeros(len(plane), dtype=bool)
    building = pd.factorize(planes["building_id"])[0]
    tree = shapely.STRtree(outlines)
    edge, other = tree.query(
        shapely.points(middle), predicate="dwithin", distance=usable.shared_edge_m
    )
    near = (building[other] == building[plane[edge]]) & (other != plane[edge])
    edge, other = edge[near], other[near]
    x, y = middle[edge].T
    step = plane_height(planes, other, x, y) - plane_height(planes, plane[edge], x, y)
    touches[edge[np.abs(step) <= usable.shared_step_m]] = True
    return touches


def _without_obstacles(
    inside: NDArray,
    obstacles: gpd.GeoDataFrame,
    frame: _Frame,
    usable: parameters.Usable,
) -> NDArray:
    """Take away what blocks each plane, obstacles grown by their setback."""
    if not len(obstacles):
        return inside
    row = obstacles["row"].to_numpy()
    grown = frame.to_slope(obstacles.geometry.to_numpy(), row)
    wide = obstacles["setback"].to_numpy()
    grown[wide] = shapely.buffer(grown[wide], usable.obstacle_setback_m, quad_segs=_ARC)
    order = np.argsort(row, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(row[order]) > 0]))
    ends = np.append(starts[1:], len(order))
    inside = inside.copy()
    for start, end in zip(starts, ends, strict=True):
        plane = row[order[start]]
        taken = shapely.union_all(grown[order[start:end]])
        inside[plane] = overlay_pairs(shapely.difference, inside[[plane]], np.array([taken]))[0]
    return inside


def _over_footprint(
    inside: NDArray,
    planes: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    frame: _Frame,
    usable: parameters.Usable,
) -> NDArray:
    """Keep what lies over the building's footprint, wider by the stated overhang."""
    place = footprints.index.get_indexer(pd.Index(planes["building_id"]))
    shapes = shapely.buffer(
        _clean(footprints.to_numpy()), usable.beyond_footprint_m, join_style="mitre"
    )
    rows = np.flatnonzero((place >= 0) & ~shapely.is_empty(inside))
    rows = rows[~shapely.is_empty(shapes[place[rows]])]
    there = frame.to_slope(shapes[place[rows]], rows)
    rows = rows[~shapely.covers(there, inside[rows])] if len(rows) else rows
    inside = inside.copy()
    there = frame.to_slope(shapes[place[rows]], rows)
    inside[rows] = overlay_pairs(shapely.intersection, inside[rows], there)
    return inside


def _without_slivers(inside: NDArray, usable: parameters.Usable) -> NDArray:
    """Drop what is narrower than the smallest width, then parts under the smallest area."""
    half = usable.min_width_m / 2.0
    core = shapely.buffer(inside, -half, join_style="mitre")
    grown = shapely.buffer(core, half, join_style="mitre", mitre_limit=3.0)
    wide = overlay_pairs(shapely.intersection, inside, grown)
    wide = shapely.simplify(wide, _COLLINEAR_M)
    parts, plane = shapely.get_parts(wide, return_index=True)
    kept = (shapely.get_dimensions(parts) == 2) & (shapely.area(parts) >= usable.min_part_m2)
    parts, plane = parts[kept], plane[kept]
    out = np.full(len(inside), shapely.Polygon(), dtype=object)
    if parts.size:
        owners, dense, counts = np.unique(plane, return_inverse=True, return_counts=True)
        joined = shapely.multipolygons(parts, indices=dense)
        single = counts == 1
        joined[single] = shapely.get_geometry(joined[single], 0)
        out[owners] = joined
    return out
