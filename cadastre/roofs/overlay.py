"""Overlays in plan that one bad polygon cannot stop: retried alone, then on a grid of 0.1 mm.

Floating overlays of valid polygons hardly ever fail, but a mitred buffer may be invalid and one
failure stops a whole array. Results are valid; where both tries are the same, so are the bytes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException

ObjectArray = NDArray[np.object_]
GRID_M = 1e-4
SLIVER_LENGTH_M = 0.2  # what cleaning shortens by less has no sliver: its corners stay exact
_POLYGON, _COLLECTION = 3, 7
Overlay = Callable[..., object]


def intersection(first: object, second: object) -> ObjectArray:
    """Return what two geometries share, element by element."""
    return _overlay(shapely.intersection, first, second)


def difference(first: object, second: object) -> ObjectArray:
    """Return what of the first lies outside the second, element by element."""
    return _overlay(shapely.difference, first, second)


def union_all(parts: ObjectArray) -> shapely.Geometry:
    """Return the union of some geometries."""
    try:
        return shapely.union_all(parts)
    except GEOSException:
        return shapely.union_all(shapely.make_valid(parts), grid_size=GRID_M)


def mitred(geometry: object, distance: float, limit: float = 5.0) -> ObjectArray:
    """Return geometries grown (or shrunk) with sharp corners, cut beyond ``limit`` distances."""
    found = shapely.buffer(geometry, distance, join_style="mitre", mitre_limit=limit)
    return _each(found, ~shapely.is_valid(found), _repaired)


def _overlay(function: Overlay, first: object, second: object) -> ObjectArray:
    try:
        found = function(first, second)
    except GEOSException:
        found = np.frompyfunc(lambda one, two: _alone(function, one, two), 2, 1)(first, second)
    return _each(found, shapely.get_type_id(found) == _COLLECTION, _polygons_of)


def _each(
    found: object, chosen: object, change: Callable[[shapely.Geometry], shapely.Geometry]
) -> ObjectArray:
    """Change the chosen geometries (few), whether there is one or an array."""
    if not np.ndim(found):
        return change(found) if chosen else found
    for index in np.flatnonzero(chosen):
        found[index] = change(found[index])
    return found


def _repaired(geometry: shapely.Geometry) -> shapely.Geometry:
    return _polygons_of(shapely.make_valid(geometry))


def _polygons_of(geometry: shapely.Geometry) -> shapely.Geometry:
    """Polygons of a collection, without the lines and points where outlines only touch."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    parts = parts[shapely.get_type_id(parts) == _POLYGON]
    return parts[0] if len(parts) == 1 else union_all(parts)


def _alone(function: Overlay, one: shapely.Geometry, two: shapely.Geometry) -> object:
    try:
        return function(one, two)
    except GEOSException:
        return function(shapely.make_valid(one), shapely.make_valid(two), grid_size=GRID_M)
