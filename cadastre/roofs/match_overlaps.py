"""Roof over roof: where pieces of one building lie above each other, the sky sees the highest."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.kernels.faces3d import pairs_in_groups, separated
from cadastre.parameters.model3d import Model3D
from cadastre.roofs import overlay
from cadastre.roofs.faces import Pieces, group_starts, height_on

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]
_TOUCH_M = 1e-4  # outlines this close along a line touch: rounding, no overlap


def visible_outlines(pieces: Pieces, parameters: Model3D) -> ObjectArray:
    """Outline in plan of what the sky sees of each piece; empty where it is wholly covered.

    Each point of the plan goes to the highest piece of its building; pieces closer than
    ``same_height_m`` are copies, of which the larger one stays.
    """
    outline = pieces.outline.copy()
    cut: set[int] = set()
    for i, j in _overlapping(pieces, parameters):
        shared = overlay.intersection(outline[i], outline[j])
        if shapely.area(shared) < parameters.min_face_area_m2:
            continue
        hidden_i, hidden_j = _hidden_parts(pieces, int(i), int(j), shared, parameters)
        if hidden_i is not None:
            outline[i] = overlay.difference(outline[i], hidden_i)
            cut.add(int(i))
        if hidden_j is not None:
            outline[j] = overlay.difference(outline[j], hidden_j)
            cut.add(int(j))
    rows = np.array(sorted(cut), np.int64)
    outline[rows] = _without_slivers(outline[rows], parameters.merge_gap_m)
    return outline


def _without_slivers(outline: ObjectArray, width: float) -> ObjectArray:
    """Outlines without the spikes and slits, at most 2 ``width`` wide, that cutting leaves."""
    opened = overlay.mitred(outline, -width)
    wide = overlay.mitred(opened, 2.0 * width)
    cleaned = overlay.mitred(wide, -width)
    shorter = shapely.length(outline) - shapely.length(cleaned)
    return np.where(shorter > overlay.SLIVER_LENGTH_M, cleaned, outline)


def _overlapping(pieces: Pieces, parameters: Model3D) -> IntArray:
    """Pairs (i < j) of one building that overlap by more than a trifle, in order."""
    bounds = shapely.bounds(pieces.outline).reshape(-1, 4)
    pairs = pairs_in_groups(bounds, group_starts(pieces.group), 0.0)
    rings = shapely.get_exterior_ring(pieces.outline)
    points, owner = shapely.get_coordinates(rings, return_index=True)
    start = np.searchsorted(owner, np.arange(len(rings) + 1)).astype(np.int64)
    apart = separated(np.ascontiguousarray(points), start, pairs, _TOUCH_M)
    pairs = pairs[~apart]
    area = shapely.area(
        overlay.intersection(pieces.outline[pairs[:, 0]], pieces.outline[pairs[:, 1]])
    )
    return pairs[area >= parameters.min_face_area_m2]


def _hidden_parts(
    pieces: Pieces, i: int, j: int, shared: shapely.Geometry, parameters: Model3D
) -> tuple[shapely.Geometry | None, shapely.Geometry | None]:
    """Parts of ``shared`` where piece i, then piece j, lies under the other."""
    points = shapely.get_coordinates(shared)
    above = _height(pieces, i, points) - _height(pieces, j, points)
    if above.min() >= -parameters.same_height_m:
        return None, shared
    if above.max() <= parameters.same_height_m:
        return shared, None
    side = _side_above(pieces, i, j, shared)
    return overlay.difference(shared, side), overlay.intersection(shared, side)


def _height(pieces: Pieces, row: int, points: FloatArray) -> FloatArray:
    rows = np.full(len(points), row)
    return height_on(pieces.normal[rows], pieces.centroid[rows], points[:, 0], points[:, 1])


def _side_above(pieces: Pieces, i: int, j: int, shared: shapely.Geometry) -> shapely.Geometry:
    """Half plane, large enough, in which piece i is the higher one: beyond their common line."""
    normal = pieces.normal[[i, j]]
    slope = -normal[:, :2] / normal[:, 2:3]
    uphill = slope[0] - slope[1]
    uphill = uphill / np.hypot(*uphill)
    x_min, y_min, x_max, y_max = shapely.bounds(shared)
    size = 2.0 * (x_max - x_min + y_max - y_min)
    middle = np.array([[(x_min + x_max) / 2.0, (y_min + y_max) / 2.0]])
    above = float((_height(pieces, i, middle) - _height(pieces, j, middle))[0])
    steep = float(np.hypot(*(slope[0] - slope[1])))
    foot = middle[0] - uphill * (above / steep)
    along = np.array([-uphill[1], uphill[0]]) * size
    ahead = uphill * 2.0 * size
    return shapely.Polygon(
        [foot - along, foot + along, foot + along + ahead, foot - along + ahead]
    )
