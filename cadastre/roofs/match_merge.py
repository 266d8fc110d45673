"""Coplanar pieces of one roof become one plane: outline, plane, residual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.parameters.model3d import Model3D
from cadastre.roofs import overlay
from cadastre.roofs.faces import Pieces, height_on

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]


@dataclass(frozen=True)
class MergedPlanes:
    """Planes before they are tables, one entry a plane.

    ``building`` (row of the footprints), unit ``normal`` and a ``point`` of the plane (n, 3),
    ``rmse`` m, ``outline`` Polygons in plan; ``plane_of_piece`` (n_pieces,): the plane of a piece.
    """

    building: IntArray
    normal: FloatArray
    point: FloatArray
    rmse: FloatArray
    outline: ObjectArray
    plane_of_piece: IntArray

    @property
    def area_sloped(self) -> FloatArray:
        """Area in the plane, m²."""
        return shapely.area(self.outline) / self.normal[:, 2]


def merge_pieces(pieces: Pieces, region: IntArray, parameters: Model3D) -> MergedPlanes:
    """Join the pieces of each region; parts that do not touch are planes of their own."""
    count = int(region.max()) + 1 if len(region) else 0
    weight = pieces.area_sloped
    total = np.bincount(region, weight, count)
    vector = np.column_stack(
        [np.bincount(region, weight * pieces.normal[:, k], count) for k in range(3)]
    )
    normal = vector / np.linalg.norm(vector, axis=1, keepdims=True) if count else vector
    first = np.searchsorted(np.sort(region), np.arange(count))
    origin = pieces.centroid[np.argsort(region, kind="stable")[first]] if count else vector
    arm = pieces.centroid - origin[region]
    mean = np.column_stack([np.bincount(region, weight * arm[:, k], count) for k in range(3)])
    point = origin + mean / total[:, None]
    outline, region_of = _joined_outlines(pieces, region, count, parameters)
    rmse = _fit_rmse(pieces, region, normal, point, total)
    building = np.zeros(count, np.int64)
    building[region] = pieces.group
    plane_of_piece = _part_of_piece(pieces, region, outline, region_of)
    return MergedPlanes(
        building[region_of], normal[region_of], point[region_of], rmse[region_of], outline,
        plane_of_piece,
    )  # fmt: skip


def _joined_outlines(
    pieces: Pieces, region: IntArray, count: int, parameters: Model3D
) -> tuple[ObjectArray, IntArray]:
    """Return simple polygons and the region of each; cracks between pieces are closed."""
    order = np.argsort(region, kind="stable")
    start = np.searchsorted(region[order], np.arange(count + 1))
    outline = pieces.outline[order[start[:-1]]] if count else np.empty(0, object)
    for k in np.flatnonzero(np.diff(start) > 1):
        outline[k] = _closed_union(pieces.outline[order[start[k] : start[k + 1]]], parameters)
    parts, region_of = shapely.get_parts(outline, return_index=True)
    return parts, region_of


def _closed_union(outlines: ObjectArray, parameters: Model3D) -> shapely.Geometry:
    """Union of touching polygons without the cracks that rounded coordinates leave."""
    union = overlay.union_all(outlines)
    gap = parameters.merge_gap_m
    wide = overlay.mitred(union, gap)
    closed = overlay.mitred(wide, -gap)
    same = shapely.get_num_geometries(closed) == shapely.get_num_geometries(union)
    if same and shapely.length(union) - shapely.length(closed) < overlay.SLIVER_LENGTH_M:
        return union
    return closed


def _fit_rmse(
    pieces: Pieces, region: IntArray, normal: FloatArray, point: FloatArray, total: FloatArray
) -> FloatArray:
    """Residual of each region, m: of the faces to their planes and of these to the common one."""
    xy, owner = shapely.get_coordinates(pieces.outline, return_index=True)
    z = height_on(pieces.normal[owner], pieces.centroid[owner], xy[:, 0], xy[:, 1])
    target = region[owner]
    off = (z - height_on(normal[target], point[target], xy[:, 0], xy[:, 1])) * normal[target, 2]
    points = np.bincount(owner, minlength=len(region))
    square = np.bincount(owner, off * off, len(region)) / np.maximum(points, 1)
    square = pieces.area_sloped * (square + pieces.rmse**2)
    return np.sqrt(np.bincount(region, square, len(total)) / total)


def _part_of_piece(
    pieces: Pieces, region: IntArray, outline: ObjectArray, region_of: IntArray
) -> IntArray:
    """Row of the plane each piece ended in."""
    first = np.searchsorted(region_of, np.arange(len(pieces.group) + 1))
    plane = first[region].astype(np.int64)
    several = np.flatnonzero(np.bincount(region_of, minlength=1) > 1)
    for piece in np.flatnonzero(np.isin(region, several)):
        rows = np.arange(first[region[piece]], first[region[piece] + 1])
        inside = shapely.area(overlay.intersection(outline[rows], pieces.outline[piece]))
        plane[piece] = rows[int(np.argmax(inside))]
    return plane
