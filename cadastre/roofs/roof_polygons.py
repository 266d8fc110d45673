"""Rings of roofs found one by one as polygons, all roofs of a tile at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.roofs.building import BuildingRoof
from cadastre.roofs.outline import Outline

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]


@dataclass(frozen=True)
class FaceRings:
    """Closed rings of the faces of one roof, in its window's coordinates.

    ``face`` (one a ring): which of the ``count`` faces it bounds; ``origin``: of the window, m.
    """

    points: FloatArray
    start: IndexArray
    face: IndexArray
    count: int
    origin: tuple[float, float]


def face_polygons(roofs: list[FaceRings]) -> ObjectArray:
    """One polygon (its largest ring, the others its holes) for each face; None without rings."""
    offset = np.concatenate(([0], np.cumsum([one.count for one in roofs]))).astype(np.int64)
    out = np.full(offset[-1], None, object)
    face = np.concatenate(
        [one.face + first for one, first in zip(roofs, offset[:-1], strict=True)]
    )
    if len(face) == 0:
        return out
    rings = _rings(
        [one.points for one in roofs], [one.start for one in roofs],
        np.array([one.origin for one in roofs]),
    )  # fmt: skip
    area = shapely.area(shapely.polygons(rings))
    order = np.lexsort((-area, face))
    first = order[np.unique(face[order], return_index=True)[1]]
    is_hole = np.ones(len(face), bool)
    is_hole[first] = False
    out[face[first]] = _polygons(rings[first], rings[is_hole],
                                 np.searchsorted(face[first], face[is_hole]))  # fmt: skip
    return out


def outline_polygons(roofs: list[BuildingRoof]) -> ObjectArray:
    """Outline of each roof and its annexes, valid, courtyards taken out."""
    origin = np.array([(one.window.x0, one.window.y0) for one in roofs])
    whole = _areas([one.outlines[0] for one in roofs], origin)
    for k, roof in enumerate(roofs):
        for outline in roof.outlines[1:]:
            whole[k] = shapely.union(whole[k], _areas([outline], origin[k : k + 1])[0])
        for outline in roof.holes:
            whole[k] = shapely.difference(whole[k], _areas([outline], origin[k : k + 1])[0])
    return whole


def _areas(outlines: list[Outline], origin: FloatArray) -> ObjectArray:
    """Return a valid (multi)polygon for each outline; ``origin`` (n, 2) of its coordinates, m."""
    rings = _rings(
        [np.column_stack((one.x, one.y)) for one in outlines],
        [one.starts for one in outlines], origin,
    )  # fmt: skip
    of = np.repeat(np.arange(len(outlines)), [len(one.starts) - 1 for one in outlines])
    is_shell = shapely.is_ccw(rings)
    single = np.bincount(of[is_shell], minlength=len(outlines)) == 1
    out = np.full(len(outlines), None, object)
    plain = single[of]
    out[single] = _polygons(
        rings[plain & is_shell], rings[plain & ~is_shell],
        (np.cumsum(single) - 1)[of[plain & ~is_shell]],
    )  # fmt: skip
    for k in np.flatnonzero(~single):
        out[k] = shapely.build_area(shapely.union_all(rings[of == k]))
    broken = ~shapely.is_valid(out)
    out[broken] = shapely.make_valid(out[broken])
    return out


def _rings(points: list[FloatArray], starts: list[IndexArray], origin: FloatArray) -> ObjectArray:
    """Rings of several roofs in one row; ``origin`` (n, 2) of the points of each, m."""
    length = np.concatenate([start[1:] - start[:-1] for start in starts])
    placed = np.concatenate(points) + np.repeat(origin, [len(one) for one in points], axis=0)
    return shapely.linearrings(placed, indices=np.repeat(np.arange(len(length)), length))


def _polygons(shells: ObjectArray, holes: ObjectArray, shell_of: IndexArray) -> ObjectArray:
    """Polygons of shells, each hole in its own shell."""
    rings = np.concatenate([shells, holes])
    of = np.concatenate([np.arange(len(shells)), shell_of])
    order = np.argsort(of, kind="stable")
    return shapely.polygons(rings[order], indices=of[order])


def sound_polygons(shapes: ObjectArray) -> ObjectArray:
    """Repair what is invalid into polygons or multipolygons; spikes and slits leave nothing."""
    out = shapes.copy()
    bad = ~shapely.is_valid(out)
    out[bad] = shapely.make_valid(out[bad], method="structure", keep_collapsed=False)
    return out
