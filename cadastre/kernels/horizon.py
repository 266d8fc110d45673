"""Skylines by rays over a max-pyramid of the surface model, many points side by side.

A ray visits the cells of a table (:mod:`cadastre.kernels.ray_table`); points of one row are
treated ``LANES`` at a time (:mod:`cadastre.kernels.ray_lanes`).

A cell is an obstacle when it rises above the point's own plane, continued, by more than a
tolerance: the roof's own pixels, in noise or in stairs, never shade it. Heights and distances
in metres, positions in cells from the point's own cell: a result does not depend on the window.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import inner_kernel, kernel, parallel_kernel, prange
from cadastre.kernels.pyramid import LANES, MARGIN, STRIDE, VOID
from cadastre.kernels.ray_lanes import (
    ALL,
    BEST,
    EAST,
    FOUR,
    NOBODY,
    NORTH,
    OWN,
    STEEPEST,
    cells_inside,
    fill_lanes,
    lowest_of,
    raise_lanes,
    worth_looking,
)

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Heights = NDArray[np.float32]
Short = NDArray[np.int32]

TOGETHER = 48  # cells of a ray looked at together
BLOCK = 128  # cells each way of the blocks whose highest cell ends rays early
GROUP = 128  # runs of points whose rays of one direction are cast one after the other


@kernel
def _block_tops(tops: Heights, rows: int, cols: int) -> Heights:
    """Bound of the heights of the blocks of ``BLOCK`` cells each way of a pyramid's level 0."""
    width = cols + 2 * MARGIN
    found = np.full((rows // BLOCK + 1, width // BLOCK + 1), VOID)
    for i in range(rows):
        for q in range(i * width // STRIDE, ((i + 1) * width - 1) // STRIDE + 1):
            j = min(max(q * STRIDE - i * width, 0), width - 1)
            found[i // BLOCK, j // BLOCK] = max(found[i // BLOCK, j // BLOCK], tops[q])
    return found


@kernel
def _highest_around(
    blocks: Heights, order: Whole, window_start: Whole, group: int, size: int, row: Whole,
    col: Whole, far: int, tallest: int,
) -> np.float32:  # fmt: skip
    """Bound of what the rays of a group of runs meet, ``far`` cells around at the most.

    ``tallest``: rows of the largest blocks read.
    """
    top, bottom, left, right = 1 << 60, -(1 << 60), 1 << 60, -(1 << 60)
    for g in range(size):
        point = order[window_start[group + g]]
        top, bottom = min(top, row[point]), max(bottom, row[point])
        left, right = min(left, col[point]), max(right, col[point])
    # cells of upper levels gather half of theirs around, and runs are LANES wide
    wide = far + max(MARGIN + LANES, 2 * tallest)
    highest = VOID
    for i in range(max(top - wide, 0) // BLOCK, (bottom + wide) // BLOCK + 1):
        for j in range(
            max(left + MARGIN - wide, 0) // BLOCK, (right + MARGIN + wide) // BLOCK + 1
        ):
            if i < blocks.shape[0] and j < blocks.shape[1]:
                highest = max(highest, blocks[i, j])
    return highest


@inner_kernel
def _begin(ready: Heights, g: int, east: np.float32, north: np.float32, lanes: Heights) -> None:
    """Lay a run out on the lanes, seeing nothing but its own planes towards a direction."""
    for i in range(3 * LANES):
        lanes[i] = ready[g, i]
    for i in range(ALL):
        upwards = lanes[i + EAST] * east + lanes[i + NORTH] * north
        lanes[i + OWN] = max(np.float32(0.0), upwards)
        lanes[i + BEST] = STEEPEST if lanes[i] == NOBODY else lanes[i + OWN]


@kernel
def _short_cells(offsets: Whole, cells: Whole, counts: Whole) -> tuple[Short, Short, Short, int]:
    """Place in the pyramid of each cell of the rays (row, column 0), level, rows below, reach."""
    starts = np.zeros(cells.shape[:2], np.int32)
    shifts, downs, far = np.zeros_like(starts), np.zeros_like(starts), 0
    for d in range(cells.shape[0]):
        for k in range(counts[d]):
            level, down, across = cells[d, k, 0], cells[d, k, 1], cells[d, k, 2]
            starts[d, k], shifts[d, k] = offsets[level] + across + MARGIN, level
            downs[d, k] = down
            far = max(far, abs(down), abs(across))
    return starts, shifts, downs, far


@parallel_kernel
def skylines(
    flat: Heights, tops: Heights, offsets: Whole, rows: int, cols: int, order: Whole,
    window_start: Whole,
    row: Whole, col: Whole, height: Heights, slope_east: Heights, slope_north: Heights,
    directions: Reals, tolerance: np.float32, cells: Whole, values: Heights, counts: Whole,
    pieces: int, out: Heights,
) -> None:  # fmt: skip
    """Skyline of points by direction, degrees; 0 where no obstacle stands above the own plane.

    ``flat``, ``tops``, ``offsets``: pyramid of a window of ``rows`` x ``cols`` cells, fewer than
    2^31 numbers in all. ``order`` (n,): points sorted by row and column; ``window_start``
    (w + 1,): runs of that order that lie in one row within ``LANES`` columns. ``row``, ``col``,
    ``height``, ``slope_east``, ``slope_north`` of each point. ``cells``, ``values``, ``counts``:
    table of rays common to the points. ``pieces`` of work are shared between threads. ``out``
    (points, d): the rows of the points in ``order`` are overwritten.

    A cell that cannot stand higher than what the lowest point of a run sees already is not
    looked at, nor is the rest of a ray once nothing around is high enough: that changes nothing,
    as rounded differences and products are ordered like exact ones.
    """
    width = np.int32(cols + 2 * MARGIN)
    starts, shifts, downs, far = _short_cells(offsets, cells, counts)
    inverses = np.ascontiguousarray(values[:, :, 0])
    blocks, tallest = _block_tops(tops, rows, cols), 1 << (offsets.shape[0] - 2)
    windows = window_start.shape[0] - 1
    for piece in prange(pieces):
        lanes, work = np.empty(5 * LANES, np.float32), np.empty(LANES // 2, np.float32)
        place, chosen = np.empty(TOGETHER, np.int32), np.empty(TOGETHER + 4, np.int32)
        ready = np.empty((GROUP, 3 * LANES), np.float32)
        lowest = np.empty(GROUP, np.float32)
        last = (piece + 1) * windows // pieces
        for group in range(piece * windows // pieces, last, GROUP):
            size = min(GROUP, last - group)
            for g in range(size):
                lowest[g] = fill_lanes(
                    order[window_start[group + g] : window_start[group + g + 1]], col, height,
                    slope_east, slope_north, ready[g],
                )  # fmt: skip
            highest = _highest_around(
                blocks, order, window_start, group, size, row, col, far, tallest
            )
            # direction by direction: windows side by side look at the same cells
            for d in range(directions.shape[0]):
                east, north = np.float32(directions[d, 0]), np.float32(directions[d, 1])
                for g in range(size):
                    begin, end = window_start[group + g], window_start[group + g + 1]
                    r, c = row[order[begin]], col[order[begin]]
                    _begin(ready, g, east, north, lanes)
                    count = cells_inside(cells, counts, d, r, c, rows, cols)
                    for first in range(0, count, TOGETHER):
                        floor = lowest_of(lanes, work)
                        if (highest - lowest[g]) * inverses[d, first] <= floor:
                            break
                        found = worth_looking(
                            tops, starts, shifts, downs, inverses, d, first,
                            min(first + TOGETHER, count), np.int32(r), np.int32(c), width,
                            lowest[g], floor, place, chosen,
                        )  # fmt: skip
                        for m in range(np.uint64(0), found, FOUR):
                            raise_lanes(
                                flat, lanes, values, place, chosen, m, d, np.uint64(first),
                                tolerance,
                            )  # fmt: skip
                    for n in range(begin, end):
                        lane = np.uint64(col[order[n]] - c)
                        seen = lanes[lane + BEST]
                        hidden = seen > lanes[lane + OWN]
                        out[order[n], d] = math.degrees(math.atan(seen)) if hidden else 0.0


@kernel
def row_windows(order: Whole, row: Whole, col: Whole, start: Whole) -> int:
    """Cut points sorted by row and column into runs of one row within ``LANES`` columns.

    Two points of one cell go to two runs: each lane holds one point.

    ``start`` (at least n + 1,) receives where each run begins in ``order``, then n; returns the
    number of runs.
    """
    count = 0
    for n in range(order.shape[0]):
        if count > 0:
            begin, last = order[start[count - 1]], order[n - 1]
            fits = row[order[n]] == row[begin] and col[order[n]] - col[begin] < LANES
            if fits and col[order[n]] > col[last]:
                continue
        start[count] = n
        count += 1
    start[count] = order.shape[0]
    return count
