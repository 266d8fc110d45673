"""The window of one building: surface heights, terrain, own footprint, neighbours' footprints.

Windows are cut on the lattice of the surface model and described from its absolute pixel numbers,
so that a building sees the same numbers whatever the tile that carries it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.exchange import Surface
from cadastre.kernels.polygon_raster import fill_numbers, fill_rings
from cadastre.kernels.shape_pairs import turn_rings
from cadastre.kernels.window_cut import cut_heights

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]
_POLYGON, _MULTIPOLYGON = 3, 6
_NO_TREES = np.zeros((0, 0), bool)


@dataclass(frozen=True)
class Rings:
    """Closed rings of many geometries, flat: ``start[i]:start[i + 1]`` are rings of geometry i."""

    x: FloatArray
    y: FloatArray
    ring_start: NDArray[np.int64]
    start: NDArray[np.int64]

    def of(self, index: int) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
        """Vertices and ring starts (from 0) of one geometry; absolute coordinates, m."""
        rings = self.ring_start[self.start[index] : self.start[index + 1] + 1]
        if len(rings) == 0:
            return self.x[:0], self.y[:0], np.zeros(1, np.int64)
        return self.x[rings[0] : rings[-1]], self.y[rings[0] : rings[-1]], rings - rings[0]


def rings_from_geometries(geometries: NDArray[np.object_]) -> Rings:
    """Flatten (multi)polygons, shells counter-clockwise; empty and missing ones have no ring."""
    geometries = np.asarray(geometries, object)
    parts, part_of = polygons_of(geometries)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy = shapely.get_coordinates(rings)
    x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    ring_start = np.concatenate(([0], np.cumsum(shapely.get_num_coordinates(rings))))
    ring_start = ring_start.astype(np.int64)
    shell = np.ones(len(rings), dtype=bool)
    shell[1:] = ring_part[1:] != ring_part[:-1]
    turn_rings(x, y, ring_start, shell)
    per_geometry = np.bincount(part_of[ring_part], minlength=len(geometries))
    start = np.concatenate(([0], np.cumsum(per_geometry))).astype(np.int64)
    return Rings(x, y, ring_start, start)


def polygons_of(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Polygons of (multi)polygons, no empty or other shapes; and the shape each is part of."""
    kind = shapely.get_type_id(shapes)
    some = np.flatnonzero(np.isin(kind, (_POLYGON, _MULTIPOLYGON)) & ~shapely.is_empty(shapes))
    whole = kind[some] == _POLYGON
    if whole.all():
        return shapes[some], some  # a copy of every shape is what costs
    parts, of = shapely.get_parts(shapes[some[~whole]], return_index=True)
    owner = np.concatenate([some[whole], some[~whole][of]])
    order = np.argsort(owner, kind="stable")
    return np.concatenate([shapes[some[whole]], parts])[order], owner[order]


@dataclass(frozen=True)
class Window:
    """What one building sees of the surface model.

    ``x0, y0`` is the north-west corner (m), ``z0`` the height all heights are counted from.
    ``z`` and ``ground`` are float64 (rows, cols), NaN where missing; ``vegetation`` marks known
    trees; ``outside`` marks pixels beyond the surface model.
    """

    x0: float
    y0: float
    z0: float
    resolution: float
    z: FloatArray
    ground: FloatArray
    vegetation: MaskArray


def cut_window(surface: Surface, bounds: NDArray[np.float64], margin: float) -> Window:
    """Cut the window of ``bounds`` grown by ``margin`` (m); beyond the surface model it is NaN."""
    grid = surface.grid
    res = grid.resolution
    first_col, phase_x = lattice_position(grid.x_min, res)
    first_row, phase_y = lattice_position(-grid.y_max, res)
    col_0 = math.floor((bounds[0] - margin) / res - phase_x)
    col_1 = math.ceil((bounds[2] + margin) / res - phase_x)
    row_0 = math.floor((-bounds[3] - margin) / res - phase_y)
    row_1 = math.ceil((-bounds[1] + margin) / res - phase_y)
    trees = _NO_TREES if surface.vegetation is None else surface.vegetation
    z, ground, vegetation, z0 = cut_heights(
        surface.dsm, surface.dtm, trees, row_0 - first_row, col_0 - first_col, row_1 - row_0,
        col_1 - col_0,
    )  # fmt: skip
    return Window(
        (col_0 + phase_x) * res, -(row_0 + phase_y) * res, z0, res, z, ground, vegetation
    )


def lattice_position(edge: float, resolution: float) -> tuple[int, float]:
    """Whole pixel number of an edge and the lattice's phase, the same for every cut of it."""
    position = edge / resolution
    phase = round(position - math.floor(position), 4) % 1.0
    return round(position - phase), phase


def footprint_mask(
    window: Window, rings: Rings, index: int, shift: tuple[float, float] = (0.0, 0.0)
) -> MaskArray:
    """Pixels of the window whose centre lies in geometry ``index``, moved by ``shift`` (m)."""
    x, y, starts = rings.of(index)
    return mask_of(window, x - window.x0 + shift[0], y - window.y0 + shift[1], starts)


@dataclass(frozen=True)
class Neighbours:
    """Other footprints in the window of a building.

    ``numbers`` int32 (rows, cols) is ``k + 1`` on footprint k, geometry ``chosen[k]`` of ``rings``
    moved by ``moved[k]`` (m) into the window. ``beyond`` (n, 2): how much farther than usual the
    building itself is moved where it is compared with footprint k, m.
    """

    numbers: NDArray[np.int32]
    beyond: FloatArray
    rings: Rings
    chosen: NDArray[np.int64]
    moved: FloatArray

    @property
    def mask(self) -> MaskArray:
        """Pixels of any of them."""
        return self.numbers > 0


def number_footprints(
    window: Window, rings: Rings, chosen: NDArray[np.int64], moved: FloatArray
) -> NDArray[np.int32]:
    """Pixels of several geometries: ``k + 1`` where ``chosen[k]`` lies, moved into the window."""
    out = np.zeros(window.z.shape, np.int32)
    fill_numbers(
        rings.x, rings.y, rings.ring_start, rings.start, chosen, moved, window.resolution, out
    )
    return out


def mask_of(window: Window, x: FloatArray, y: FloatArray, starts: NDArray[np.int64]) -> MaskArray:
    """Pixels of the window whose centre lies in closed rings given in window coordinates."""
    mask = np.zeros(window.z.shape, bool)
    fill_rings(x, y, starts, window.resolution, mask)
    return mask


def neighbours_within(
    shapes: NDArray[np.object_],
    rows: NDArray[np.int64],
    others: NDArray[np.object_],
    distance: FloatArray | float,
) -> list[NDArray[np.int64]]:
    """Rows of ``others`` whose bounds come within a distance (m) of the bounds of some shapes."""
    tree = shapely.STRtree(others)
    b = shapely.bounds(shapes[rows]).reshape(-1, 4)
    boxes = shapely.box(
        b[:, 0] - distance, b[:, 1] - distance, b[:, 2] + distance, b[:, 3] + distance
    )
    which, found = tree.query(boxes)
    order = np.lexsort((found, which))
    which, found = which[order], found[order]
    return np.split(found, np.searchsorted(which, np.arange(1, len(boxes))))
