"""A surface model made ready for rays: its max-pyramid, aligned on the absolute lattice.

Not here: rays themselves (kernels), rebuilding of sharp edges (``rebuilt``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.grid import Grid
from cadastre.kernels.horizon import skylines
from cadastre.kernels.pyramid import fill_base, fill_level, level_offsets

# fall of the horizontal per squared metre: Earth of 6 371 km, refraction coefficient 0.13
EARTH_DROP = (1.0 - 0.13) / (2.0 * 6_371_000.0)
_PHASE_DECIMALS = 6


@dataclass(frozen=True)
class Relief:
    """Pyramid of a window of heights; cells are counted on the absolute lattice.

    ``flat`` float32 holds all levels one after the other (``offsets``); level 0 has ``rows`` x
    ``cols`` cells of ``resolution`` m, its first cell being cell (``first_row``, ``first_col``)
    of the lattice whose edges stand at ``phase_x``, ``phase_y`` modulo the resolution.
    """

    flat: NDArray[np.float32]
    offsets: NDArray[np.int64]
    rows: int
    cols: int
    resolution: float
    first_row: int
    first_col: int
    phase_x: float
    phase_y: float

    def cells(
        self, x: NDArray, y: NDArray
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray, NDArray]:
        """Cell (row, col) of points and their place in it, south and east, 0-1."""
        across = (np.asarray(x, np.float64) - self.phase_x) / self.resolution
        down = (self.phase_y - np.asarray(y, np.float64)) / self.resolution
        col, row = np.floor(across), np.floor(down)
        return (
            row.astype(np.int64) - self.first_row,
            col.astype(np.int64) - self.first_col,
            down - row,
            across - col,
        )

    def heights(self, x: NDArray, y: NDArray) -> NDArray[np.float32]:
        """Height of the cell of each point, VOID where unknown or outside."""
        row, col, _, _ = self.cells(x, y)
        row = np.clip(row, 0, self.rows - 1)
        col = np.clip(col, 0, self.cols - 1)
        return self.flat[row * self.cols + col]


def relief_from_heights(heights: NDArray[np.float32], grid: Grid, coarsest_m: float) -> Relief:
    """Build the pyramid of a window, up to cells of at least ``coarsest_m``.

    Parameters
    ----------
    heights
        float32 (rows, cols) on ``grid``; NaN where unknown (hides nothing).
    """
    levels = max(1, math.ceil(math.log2(max(coarsest_m / grid.resolution, 1.0)))) + 1
    block = 1 << (levels - 1)
    left, phase_x = _lattice(grid.x_min, grid.resolution)
    bottom, phase_y = _lattice(grid.y_max, grid.resolution)
    top = -bottom
    first_row, first_col = top // block * block, left // block * block
    rows = -(-(top + grid.rows) // block) * block - first_row
    cols = -(-(left + grid.cols) // block) * block - first_col
    offsets = level_offsets(rows, cols, levels)
    flat = np.empty(int(offsets[-1]), np.float32)
    fill_base(
        np.ascontiguousarray(heights, np.float32),
        top - first_row,
        left - first_col,
        rows,
        cols,
        flat,
    )
    for level in range(1, levels):
        fill_level(flat, offsets, level, rows, cols)
    return Relief(
        flat, offsets, rows, cols, grid.resolution, first_row, first_col, phase_x, phase_y
    )


def _lattice(edge: float, resolution: float) -> tuple[int, float]:
    """Return the number of an edge on the lattice and the lattice's phase, window or not."""
    number = math.floor(edge / resolution + 1e-4)
    phase = round(edge - number * resolution, _PHASE_DECIMALS)
    return number, phase + 0.0


def sector_directions(sector_count: int, convergence_deg: float) -> NDArray[np.float64]:
    """Grid directions (east, north) of sectors counted from true north, (sectors, 2).

    ``convergence_deg``: azimuth of grid north from true north, clockwise.
    """
    azimuth = np.arange(sector_count) * (360.0 / sector_count) - convergence_deg
    radians = np.radians(azimuth)
    return np.stack([np.sin(radians), np.cos(radians)], axis=-1)


@dataclass(frozen=True)
class RayRules:
    """How rays are cast: metres, except ``ring_ratio`` (m/m) and ``drop`` (1/m)."""

    tolerance: float
    start: float
    reach: float
    ring_ratio: float
    drop: float


def cast(
    relief: Relief,
    points: tuple[NDArray, NDArray, NDArray],
    slopes: tuple[NDArray, NDArray],
    directions: NDArray[np.float64],
    rules: RayRules,
) -> NDArray[np.float32]:
    """Skylines of points in degrees, float32 (n, directions); see :mod:`kernels.horizon`.

    ``points``: x, y, height. ``slopes``: of the plane of each point, east and north.
    """
    x, y, height = (np.ascontiguousarray(values, np.float64) for values in points)
    east, north = (np.ascontiguousarray(values, np.float64) for values in slopes)
    row, col, part_row, part_col = relief.cells(x, y)
    out = np.empty((len(x), len(directions)), np.float32)
    inside = (row >= 0) & (row < relief.rows) & (col >= 0) & (col < relief.cols)
    if not inside.all():
        raise IndexError("points outside the surface window")
    skylines(
        relief.flat, relief.offsets, relief.rows, relief.cols, relief.resolution, row, col,
        part_row, part_col, height, east, north, directions, rules.tolerance, rules.start,
        rules.reach, rules.ring_ratio, rules.drop, out,
    )  # fmt: skip
    return out
