"""Polygons as they should be: plane, valid, without empty parts; every row keeps its place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

_POLYGONAL = (3, 6)  # shapely type ids: Polygon, MultiPolygon
_COLLECTION = 7
_FURTHEST = 1e9  # beyond any coordinate, metres or degrees: damage, as NaN is


@dataclass(frozen=True)
class Polygons:
    """Geometries (n,) with None where there is none, and what was done: bool arrays (n,).

    ``z_highest`` (n,) is the highest third coordinate above ``z_floor``, NaN without.
    """

    geometry: NDArray[np.object_]
    empty: NDArray[np.bool_]
    invalid: NDArray[np.bool_]
    repaired: NDArray[np.bool_]
    z_highest: NDArray[np.float64]


def polygons_from(geometry: NDArray[np.object_], min_area: float, z_floor: float) -> Polygons:
    """Flatten, repair and keep the polygonal part of each geometry.

    Parameters
    ----------
    geometry
        Shapely geometries of any type, None allowed, shape (n,).
    min_area
        Area below which what is left is no polygon, m².
    z_floor
        Third coordinates at or below it mean unknown (BD TOPO writes -1000).

    Returns
    -------
    Polygons
        ``empty``: nothing to begin with. ``invalid``: something, but no polygon could be made of
        it. Both have geometry None.
    """
    count = len(geometry)
    flat = np.array(shapely.force_2d(geometry), dtype=object).reshape(count)
    empty = shapely.is_missing(flat) | shapely.is_empty(flat)
    boxes = shapely.bounds(flat)
    finite = np.isfinite(boxes).all(axis=1) & _finite_vertices(flat)
    types = shapely.get_type_id(flat)
    candidate = ~empty & finite & (np.isin(types, _POLYGONAL) | (types == _COLLECTION))
    valid = np.zeros(count, dtype=bool)
    valid[candidate] = shapely.is_valid(flat[candidate])
    repaired = candidate & (~valid | (types == _COLLECTION))
    for row in np.flatnonzero(repaired):
        flat[row] = _repair(flat[row])
    good = candidate & ~shapely.is_missing(flat)
    good[good] = shapely.area(flat[good]) > min_area
    out = np.where(good, flat, None)
    return Polygons(out, empty, ~empty & ~good, repaired & good, _highest(geometry, z_floor))


def _finite_vertices(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    xy, row = shapely.get_coordinates(geometry, return_index=True)
    finite = np.ones(len(geometry), dtype=bool)
    with np.errstate(invalid="ignore"):
        finite[row[~(np.abs(xy) < _FURTHEST).all(axis=1)]] = False
    return finite


def _highest(geometry: NDArray[np.object_], z_floor: float) -> NDArray[np.float64]:
    highest = np.full(len(geometry), np.nan)
    if not shapely.has_z(geometry).any():
        return highest
    xyz, row = shapely.get_coordinates(geometry, include_z=True, return_index=True)
    z = np.where(xyz[:, 2] > z_floor, xyz[:, 2], np.nan)
    np.fmax.at(highest, row, z)
    return highest


def _repair(shape: shapely.Geometry) -> shapely.Geometry | None:
    """Polygonal part of a valid version of a shape (both lobes of a bow-tie), None when none."""
    try:
        whole = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        parts = [p for p in shapely.get_parts(whole) if shapely.get_type_id(p) in _POLYGONAL]
        merged = shapely.union_all(parts) if len(parts) > 1 else (parts[0] if parts else None)
    except shapely.errors.GEOSException:
        return None
    if merged is None or merged.is_empty or shapely.get_type_id(merged) not in _POLYGONAL:
        return None
    return merged
