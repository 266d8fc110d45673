"""Roofs that nothing measures: a sober assumption from the footprint, said to be one.

Small dwellings get two equal slopes along the main axis of their smallest enclosing rectangle,
everything else a flat roof. No figure made of it is more than an order of magnitude: planes are
flagged ``assumed``, buildings end as ``low_confidence`` with the reason ``assumed_geometry``.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre import angles
from cadastre.exchange import Roofs, Surface
from cadastre.parameters.assumed import Assumed
from cadastre.parameters.roofs import Roofs as RoofParameters
from cadastre.roofs.plane_table import no_obstacles, plane_table, quality_table, valid_footprints

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]
BoolArray = NDArray[np.bool_]


def planes_assumed(
    buildings: gpd.GeoDataFrame,
    surface: Surface | None,
    parameters: Assumed,
    roofs: RoofParameters | None = None,
) -> Roofs:
    """Assume the roof planes of buildings from their footprints.

    Parameters
    ----------
    buildings
        Footprints: building_id, geometry, and where known usage, building_height (m, to the
        gutter), z_min_ground (m).
    surface
        Terrain and surface around, for heights only; None where there is none: heights then
        count from z_min_ground, or from zero.
    parameters
        Group ``assumed``.
    roofs
        Group ``roofs``, for ``min_plane_area_m2`` and ``flat_tilt_deg``; None for its defaults.

    Returns
    -------
    Roofs
        ``plane_source`` and ``quality_flag`` are ``assumed``, ``fit_rmse_m`` and
        ``explained_share`` NaN (nothing was fitted). Buildings without a polygon are
        ``no_data``/``empty_geometry``, those too small for a plane ``excluded``/``too_small``.
    """
    roofs = roofs or RoofParameters()
    ids = buildings["building_id"].astype("string").to_numpy()
    order = np.argsort(ids, kind="stable")
    ids, table = ids[order], buildings.iloc[order]
    shapes = valid_footprints(table)
    gable, along = _gables(table, shapes, parameters)
    eave = _eave_height(table, shapes, surface, parameters)
    parts = _together(
        [
            _flat_planes(np.flatnonzero(~gable), shapes, eave),
            _gable_planes(np.flatnonzero(gable), shapes, eave, along, parameters),
        ]
    )
    sloped = shapely.area(parts.outline) * np.sqrt(1.0 + (parts.slopes**2).sum(axis=1))
    parts = parts.rows(sloped >= roofs.min_plane_area_m2)
    facts = {"plane_source": "assumed", "fit_rmse_m": np.nan, "quality_flag": "assumed"}
    planes = plane_table(
        ids, parts.building, parts.outline, parts.slopes, parts.point, facts, roofs, buildings.crs
    )
    cases = [np.bincount(parts.building, minlength=len(ids)) > 0, shapely.area(shapes) > 0.0]
    status = np.select(cases, ["low_confidence", "excluded"], "no_data")
    reason = np.select(cases, ["assumed_geometry", "too_small"], "empty_geometry")
    quality = quality_table(ids, status, reason, np.full(len(ids), np.nan))
    return Roofs(planes, no_obstacles(buildings.crs), quality)


@dataclass(frozen=True)
class _Parts:
    """Planes before they are a table: building row, outline, slopes a and b, height at a point."""

    building: IntArray
    outline: ObjectArray
    slopes: FloatArray
    point: FloatArray

    def rows(self, keep: BoolArray) -> _Parts:
        """Return some of the planes."""
        return _Parts(self.building[keep], self.outline[keep], self.slopes[keep], self.point[keep])


def _column(table: pd.DataFrame, name: str) -> FloatArray:
    if name not in table.columns:
        return np.full(len(table), np.nan)
    return pd.to_numeric(table[name], errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _gables(
    table: gpd.GeoDataFrame, shapes: ObjectArray, parameters: Assumed
) -> tuple[BoolArray, FloatArray]:
    """Which footprints get two slopes, and the azimuth of their ridge (degrees, 0-180)."""
    length, width, azimuth = _main_axes(shapes)
    usage = pd.Series("unknown", index=table.index)
    if "usage" in table.columns:
        usage = table["usage"].astype("string").fillna("unknown")
    height = _column(table, "building_height")
    area = shapely.area(shapes)
    with np.errstate(invalid="ignore", divide="ignore"):
        rectangular = area / (length * width) >= parameters.min_rectangularity
        square = length / width < parameters.min_elongation
    gable = usage.isin(parameters.gable_usages).to_numpy(bool) & rectangular
    gable = gable & (area > 0.0) & (area <= parameters.max_gable_area_m2)
    gable &= ~(height > parameters.max_gable_height_m) & (width <= parameters.max_gable_width_m)
    across = np.mod(azimuth + 90.0, 180.0)
    from_north = np.minimum(azimuth, 180.0 - azimuth)
    across_from_north = np.minimum(across, 180.0 - across)
    ridge = np.where(square & (across_from_north < from_north), across, azimuth)
    return gable, ridge


def _main_axes(shapes: ObjectArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Length and width (m) of the smallest enclosing rectangles, azimuth of the length (0-180)."""
    boxes = shapely.oriented_envelope(shapes)
    count = len(shapes)
    length, width, azimuth = np.zeros(count), np.zeros(count), np.zeros(count)
    good = np.flatnonzero(shapely.get_type_id(boxes) == 3)
    good = good[shapely.get_num_coordinates(boxes[good]) == 5]
    corners = shapely.get_coordinates(boxes[good]).reshape(-1, 5, 2)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    one, two = np.hypot(*first.T), np.hypot(*second.T)
    longest = np.where((one >= two)[:, None], first, second)
    length[good], width[good] = np.maximum(one, two), np.minimum(one, two)
    azimuth[good] = np.mod(np.degrees(np.arctan2(longest[:, 0], longest[:, 1])), 180.0)
    return length, width, azimuth


def _eave_height(
    table: gpd.GeoDataFrame, shapes: ObjectArray, surface: Surface | None, parameters: Assumed
) -> FloatArray:
    """Gutter height, m: ground plus the height of the source, else measured, else assumed."""
    ground = _column(table, "z_min_ground")
    above = np.full(len(table), np.nan)
    if surface is not None:
        points, owner = _points_inside(shapes)
        measured = _median_of(surface, surface.dtm, points, owner, len(table))
        above = _median_of(surface, surface.dsm, points, owner, len(table)) - measured
        ground = np.where(np.isnan(measured), ground, measured)
    ground = np.where(np.isnan(ground), 0.0, ground)
    believed = (above >= parameters.height_low_m) & (above <= parameters.height_high_m)
    height = _column(table, "building_height")
    height = np.where(height > 0.0, height, np.where(believed, above, np.nan))
    return ground + np.where(np.isnan(height), parameters.default_height_m, height)


def _points_inside(shapes: ObjectArray) -> tuple[FloatArray, IntArray]:
    """Return a point inside each footprint, those half way to its corners, and their owners."""
    usable = np.flatnonzero(~shapely.is_empty(shapes))
    inner = shapely.get_coordinates(shapely.point_on_surface(shapes[usable]))
    corner, owner = shapely.get_coordinates(shapes[usable], return_index=True)
    half = (corner + inner[owner]) / 2.0
    points = np.concatenate([inner, half])
    return points, np.concatenate([usable, usable[owner]])


def _median_of(
    surface: Surface, layer: NDArray[np.float32], points: FloatArray, owner: IntArray, count: int
) -> FloatArray:
    """Median of a raster at the points of each owner, NaN where it knows nothing."""
    row, col = surface.grid.row_col(points[:, 0], points[:, 1])
    known = (row >= 0) & (row < surface.grid.rows) & (col >= 0) & (col < surface.grid.cols)
    values = np.full(len(points), np.nan)
    values[known] = layer[row[known], col[known]]
    seen = ~np.isnan(values)
    median = pd.Series(values[seen]).groupby(owner[seen]).median()
    found = np.full(count, np.nan)
    found[median.index.to_numpy(np.int64)] = median.to_numpy()
    return found


def _flat_planes(rows: IntArray, shapes: ObjectArray, eave: FloatArray) -> _Parts:
    parts, back = shapely.get_parts(shapes[rows], return_index=True)
    polygons = (shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)
    parts, building = parts[polygons], rows[back[polygons]]
    middle = shapely.get_coordinates(shapely.centroid(parts))
    point = np.column_stack([middle, eave[building]])
    return _Parts(building, parts, np.zeros((len(parts), 2)), point)


def _gable_planes(
    rows: IntArray,
    shapes: ObjectArray,
    eave: FloatArray,
    ridge_azimuth: FloatArray,
    parameters: Assumed,
) -> _Parts:
    """Two slopes on either side of the middle line of the enclosing rectangle."""
    own = shapes[rows]
    centre = shapely.get_coordinates(shapely.centroid(shapely.oriented_envelope(own)))
    turn = np.radians(ridge_azimuth[rows])
    along = np.column_stack([np.sin(turn), np.cos(turn)])
    bounds = shapely.bounds(own).reshape(-1, 4)
    size = (bounds[:, 2] - bounds[:, 0] + bounds[:, 3] - bounds[:, 1])[:, None]
    found = []
    for side in (90.0, -90.0):
        facing = ridge_azimuth[rows] + side
        out = np.column_stack([np.sin(np.radians(facing)), np.cos(np.radians(facing))])
        corners = [
            centre - along * size,
            centre + along * size,
            centre + along * size + out * size,
            centre - along * size + out * size,
        ]
        half = shapely.polygons(np.stack(corners, axis=1)) if len(rows) else own
        parts, back = shapely.get_parts(shapely.intersection(own, half), return_index=True)
        polygons = (shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)
        parts, back = parts[polygons], back[polygons]
        a, b = angles.slopes_from_angles(parameters.gable_tilt_deg, facing[back])
        reach = _reach(own, centre, out)
        rise = reach[back] * np.tan(np.radians(parameters.gable_tilt_deg))
        point = np.column_stack([centre[back], eave[rows[back]] + rise])
        found.append(_Parts(rows[back], parts, np.column_stack([a, b]), point))
    return _together(found)


def _reach(shapes: ObjectArray, centre: FloatArray, out: FloatArray) -> FloatArray:
    """How far each footprint goes from its middle line in the direction ``out``, m."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    ahead = ((points - centre[owner]) * out[owner]).sum(axis=1)
    reach = np.zeros(len(shapes))
    np.maximum.at(reach, owner, ahead)
    return reach


def _together(parts: list[_Parts]) -> _Parts:
    return _Parts(
        np.concatenate([part.building for part in parts]).astype(np.int64),
        np.concatenate([part.outline for part in parts]).astype(object),
        np.concatenate([part.slopes for part in parts]),
        np.concatenate([part.point for part in parts]),
    )
