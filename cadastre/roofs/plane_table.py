"""Planes of any origin as the table the schema wants: numbered, with angles and areas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre import angles
from cadastre.parameters.roofs import Roofs as RoofParameters
from cadastre.roofs import overlay
from cadastre.schema import conform

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]
# Ties are ties whatever the last bits: ids must not hang on rounding errors.
_AREA_DECIMALS, _PLACE_DECIMALS = 6, 3
_POLYGON, _COLLECTION = 3, 7


def plane_table(
    ids: ObjectArray,
    owner: IntArray,
    outline: ObjectArray,
    slopes: FloatArray,
    point: FloatArray,
    facts: dict[str, object],
    roofs: RoofParameters,
    crs: object,
) -> gpd.GeoDataFrame:
    """Make the table ``roof_planes_geometry``.

    Parameters
    ----------
    ids
        Identifiers of buildings, sorted.
    owner
        Row of ``ids`` of each plane, shape (n,).
    outline
        Polygons in plan.
    slopes, point
        a and b of ``z = a x + b y + c`` (n, 2), and a point of each plane (n, 3), m.
    facts
        Other columns of the table: one value for all, or an array (n,).
    roofs
        For ``flat_tilt_deg``: below it the azimuth is NaN.
    crs
        CRS of the outlines.

    Returns
    -------
    GeoDataFrame
        ``plane_id`` is ``{building_id}/{k}``, k from 1 by sloped area, then by centroid (x, y).
        Azimuths count from grid north. The origin of a plane is the centroid of its outline.
    """
    tilt = angles.tilt_from_slopes(slopes[:, 0], slopes[:, 1])
    plan = shapely.area(outline)
    area = plan * np.sqrt(1.0 + (slopes**2).sum(axis=1))
    centre = shapely.get_coordinates(shapely.centroid(outline)).reshape(-1, 2)
    place = centre.round(_PLACE_DECIMALS)
    order = np.lexsort((place[:, 1], place[:, 0], -area.round(_AREA_DECIMALS), owner))
    owner, centre, slopes = owner[order], centre[order], slopes[order]
    azimuth = angles.azimuth_from_slopes(slopes[:, 0], slopes[:, 1])
    offset = ((centre - point[order, :2]) * slopes).sum(axis=1)
    names = pd.Series(ids[owner], dtype="string")
    rank = pd.Series(np.arange(len(order)) - np.searchsorted(owner, owner) + 1)
    frame: dict[str, object] = {
        "plane_id": names + "/" + rank.astype("string"),
        "building_id": names,
        "surface_tilt": tilt[order],
        "surface_azimuth": np.where(tilt[order] < roofs.flat_tilt_deg, np.nan, azimuth),
        "plane_a": slopes[:, 0],
        "plane_b": slopes[:, 1],
        "plane_c": point[order, 2] + offset,
        "plane_x0": centre[:, 0],
        "plane_y0": centre[:, 1],
        "area_horizontal_m2": plan[order],
        "area_sloped_m2": area[order],
    }
    for name, value in facts.items():
        frame[name] = value[order] if isinstance(value, np.ndarray) else value
    table = gpd.GeoDataFrame(frame, geometry=outline[order], crs=crs)
    return conform(table, "roof_planes_geometry")


def quality_table(
    ids: ObjectArray, status: ObjectArray, reason: ObjectArray, explained: FloatArray
) -> pd.DataFrame:
    """Make the table ``roof_quality`` of a source without points and without registration."""
    missing = np.full(len(ids), np.nan)
    frame = {
        "building_id": ids,
        "status": status,
        "status_reason": reason,
        "points_per_m2": missing,
        "explained_share": explained,
        "vegetation_share": missing,
        "shift_x_m": missing,
        "shift_y_m": missing,
    }
    return conform(pd.DataFrame(frame), "roof_quality")


def no_obstacles(crs: object) -> gpd.GeoDataFrame:
    """Empty table of obstacles."""
    columns = {"plane_id": "string", "kind": "string", "height_m": "float64"}
    empty = {name: pd.Series(dtype=kind) for name, kind in columns.items()}
    return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=crs))


def valid_footprints(table: gpd.GeoDataFrame) -> ObjectArray:
    """Return footprints as valid plan (multi)polygons; empty polygons where there is none.

    Of a collection, the polygons count.
    """
    shapes = table.geometry.to_numpy()
    shapes = np.where(shapely.is_missing(shapes), shapely.Polygon(), shapes).astype(object)
    shapes = shapely.force_2d(shapes)
    bad = ~shapely.is_valid(shapes)
    shapes[bad] = shapely.make_valid(shapes[bad])
    for row in np.flatnonzero(shapely.get_type_id(shapes) == _COLLECTION):
        parts = shapely.get_parts(shapely.get_parts(shapes[row]))
        shapes[row] = overlay.union_all(parts[shapely.get_type_id(parts) == _POLYGON])
    return shapes
