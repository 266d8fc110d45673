"""A surface model made ready for rays: its max-pyramid, aligned on the absolute lattice.

Not here: which points and which surface (``horizon``, ``far``), rebuilt edges (``rebuilt``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.errors import ParameterError
from cadastre.grid import Grid
from cadastre.kernels import device
from cadastre.kernels.horizon import row_windows, skylines
from cadastre.kernels.pyramid import (
    MARGIN,
    STRIDE,
    fill_base,
    fill_level,
    fill_tops,
    level_offsets,
)
from cadastre.kernels.ray_table import ray_table

# fall of the horizontal per squared metre: Earth of 6 371 km, refraction coefficient 0.13
EARTH_DROP = (1.0 - 0.13) / (2.0 * 6_371_000.0)
_PHASE_DECIMALS = 6
_PLACES = 16  # places told apart along each side of a cell: points of the lattice are exact
_BLOCK = 128  # cells along each side of a block of neighbouring points
_MOST_CELLS = 2**31 - 2**12  # rays number cells in 32 bits
_PIECES = 64  # pieces of work shared between threads; does not change any result


@dataclass(frozen=True)
class RayRules:
    """How rays are cast: metres, except ``ring_ratio`` (m/m) and ``drop`` (1/m).

    ``device``: ``cpu`` or ``gpu``.
    """

    tolerance: float
    start: float
    reach: float
    ring_ratio: float
    drop: float
    device: str = "cpu"

    def top_level(self, resolution: float) -> int:
        """Level of the largest blocks read."""
        return max(1, math.ceil(math.log2(max(self.ring_ratio * self.reach / resolution, 1.0))))


@dataclass(frozen=True)
class Relief:
    """Pyramid of a window of heights; cells are counted on the absolute lattice.

    ``flat`` float32 holds all levels one after the other (``offsets``; ``tops`` bounds it), see
    :mod:`cadastre.kernels.pyramid`; level 0 has ``rows`` x ``cols`` cells of ``resolution`` m,
    its first cell being cell (``first_row``, ``first_col``) of the lattice whose edges stand at
    ``phase_x``, ``phase_y`` modulo the resolution.
    """

    flat: NDArray[np.float32]
    tops: NDArray[np.float32]
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
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Cell (row, col) of points and their place in it, ``16 x south + east`` sixteenths."""
        across = np.rint((np.asarray(x, np.float64) - self.phase_x) / self.resolution * _PLACES)
        down = np.rint((self.phase_y - np.asarray(y, np.float64)) / self.resolution * _PLACES)
        col, part_col = np.divmod(across.astype(np.int64), _PLACES)
        row, part_row = np.divmod(down.astype(np.int64), _PLACES)
        return row - self.first_row, col - self.first_col, part_row * _PLACES + part_col

    def inside(self, x: NDArray, y: NDArray) -> NDArray[np.bool_]:
        """Tell which points lie in the window."""
        row, col, _ = self.cells(x, y)
        return (row >= 0) & (row < self.rows) & (col >= 0) & (col < self.cols)

    def heights(self, x: NDArray, y: NDArray) -> NDArray[np.float32]:
        """Height of the cell of each point, NaN where unknown or outside."""
        row, col, _ = self.cells(x, y)
        row, col = np.clip(row, 0, self.rows - 1), np.clip(col, 0, self.cols - 1)
        found = self.flat[row * (self.cols + 2 * MARGIN) + col + MARGIN]
        known = self.inside(x, y) & (found > np.float32(-1.0e8))
        return np.where(known, found, np.float32(np.nan))


def relief_from_heights(heights: NDArray[np.float32], grid: Grid, top_level: int) -> Relief:
    """Build the pyramid of a window, up to blocks of ``2 ** top_level`` cells.

    Parameters
    ----------
    heights
        float32 (rows, cols) on ``grid``; NaN where unknown (hides nothing).

    Raises
    ------
    ValueError
        More cells than rays can number (some 38 000 rows and columns).
    """
    block = 1 << top_level
    left, phase_x = _lattice(grid.x_min, grid.resolution)
    bottom, phase_y = _lattice(grid.y_max, grid.resolution)
    top = -bottom
    first_row = top // block * block
    rows = -(-(top + grid.rows) // block) * block - first_row
    offsets = level_offsets(rows, grid.cols, top_level + 1)
    if offsets[-1] >= _MOST_CELLS:
        raise ValueError(f"window too large: {grid.rows} x {grid.cols} cells")
    flat = np.empty(int(offsets[-1]), np.float32)
    fill_base(np.ascontiguousarray(heights, np.float32), top - first_row, 0, rows, grid.cols, flat)
    for level in range(1, top_level + 1):
        fill_level(flat, offsets, level, rows, grid.cols)
    tops = np.empty(-(-len(flat) // STRIDE), np.float32)
    fill_tops(flat, tops)
    return Relief(
        flat, tops, offsets, rows, grid.cols, grid.resolution, first_row, left, phase_x, phase_y
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


def cast(
    relief: Relief,
    points: tuple[NDArray, NDArray, NDArray],
    slopes: tuple[NDArray, NDArray],
    directions: NDArray[np.float64],
    rules: RayRules,
) -> NDArray[np.float32]:
    """Skylines of points in degrees, float32 (n, directions); see :mod:`cadastre.kernels.horizon`.

    Parameters
    ----------
    points
        x, y, height, m. A point is taken at the nearest sixteenth of its cell.
    slopes
        Of the plane of each point, east and north, m/m.
    directions
        East and north, (d, 2).

    Raises
    ------
    IndexError
        A point lies outside the window.
    ParameterError
        ``no_device``: a graphics card is asked for and there is none.
    """
    if rules.device == "gpu" and (reason := device.why_not()):
        raise ParameterError("no_device", reason=reason)
    x, y, _ = points
    row, col, place = relief.cells(x, y)
    if not relief.inside(x, y).all():
        raise IndexError("points outside the surface window")
    height, east, north = (
        np.ascontiguousarray(values, np.float32) for values in (points[2], *slopes)
    )
    out = np.empty((len(row), len(directions)), np.float32)
    for code in np.unique(place):
        of_place = np.flatnonzero(place == code)
        order = of_place[np.lexsort((col[of_place], row[of_place]))]
        table = _table(int(code), directions, relief, rules)
        if rules.device == "gpu":
            out[order] = device.skylines(
                relief.flat, relief.offsets, relief.rows, relief.cols, row[order], col[order],
                height[order], east[order], north[order], directions,
                np.float32(rules.tolerance), *table,
            )  # fmt: skip
            continue
        start = np.empty(len(order) + 1, np.int64)
        count = row_windows(order, row, col, start)
        order, start = _near_together(order, start[: count + 1], row, col)
        skylines(
            relief.flat, relief.tops, relief.offsets, relief.rows, relief.cols, order,
            start, row, col, height, east, north, directions,
            np.float32(rules.tolerance), *table, min(_PIECES, count), out,
        )  # fmt: skip
    return out


def _near_together(
    order: NDArray[np.int64], start: NDArray[np.int64], row: NDArray, col: NDArray
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put runs of points that lie near each other one after the other: they read the same cells.

    Changes no result: runs know nothing of each other.
    """
    first = order[start[:-1]]
    place = np.lexsort((col[first] // _BLOCK, row[first] // _BLOCK))
    length = np.diff(start)[place]
    moved = np.concatenate([[0], np.cumsum(length)])
    shift = np.repeat(start[:-1][place] - moved[:-1], length)
    return order[shift + np.arange(len(order))], moved


def _table(
    place: int, directions: NDArray[np.float64], relief: Relief, rules: RayRules
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Cells visited by the rays of all points at one place of their cell."""
    top = min(rules.top_level(relief.resolution), len(relief.offsets) - 2)
    across = math.ceil(1.0 / rules.ring_ratio) + 2
    limit = math.ceil(rules.reach / relief.resolution) + 2
    longest = min(limit, across) * 2 + (top + 1) * across
    if (1 << top) < rules.ring_ratio * limit:  # the last ring goes on to the reach
        longest += math.ceil(limit / (1 << top))
    cells = np.empty((len(directions), longest, 3), np.int64)
    values = np.empty((len(directions), longest, 4), np.float32)
    counts = np.empty(len(directions), np.int64)
    part_row, part_col = divmod(place, _PLACES)
    ray_table(
        part_row / _PLACES, part_col / _PLACES, directions, relief.resolution, rules.start,
        rules.reach, rules.ring_ratio, rules.drop, top, cells, values, counts,
    )  # fmt: skip
    return cells, values, counts
