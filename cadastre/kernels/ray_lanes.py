"""One run of points along one ray: which cells are worth looking at, and what they hide.

``lanes`` (5 x LANES,) holds one after the other the heights, the slopes east and north, the
tangents of the own plane and of the skyline of all points of a run: one array, so that the
compiler knows they do not overlap. Indices are unsigned, so that they need no check of sign;
these functions are compiled into the loops that call them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import inner_kernel, kernel
from cadastre.kernels.pyramid import LANES, MARGIN, STRIDE

Whole = NDArray[np.int64]
Short = NDArray[np.int32]
Heights = NDArray[np.float32]
Cell = tuple[np.float32, np.float32, np.float32, np.float32]

NOBODY = np.float32(1.0e9)  # height of a lane without point: sees everything
STEEPEST = np.float32(1.0e4)  # tangent of 89.994°
ALL = np.uint64(LANES)
EAST, NORTH, OWN, BEST = (np.uint64(k * LANES) for k in range(1, 5))
FOUR = np.uint64(4)
_ONE, _TWO, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)
_STRIDE_BITS = np.uint64(STRIDE.bit_length() - 1)


@inner_kernel
def _tangent(
    height: np.float32, lane: np.float32, east: np.float32, north: np.float32,
    cell: Cell, tolerance: np.float32,
) -> np.float32:  # fmt: skip
    """Tangent at which one cell of a ray stands over one lane; -1 within its own plane."""
    rise = height - lane
    own = east * cell[2] + north * cell[3] + tolerance
    tangent = (rise - cell[1]) * cell[0]
    return tangent if rise > own else np.float32(-1.0)


@inner_kernel
def _cell(values: Heights, d: int, k: np.uint64) -> Cell:
    """Take what a ray knows of a cell: 1 / distance, fall, place east and north (m)."""
    return values[d, k, 0], values[d, k, 1], values[d, k, 2], values[d, k, 3]


@inner_kernel
def raise_lanes(
    flat: Heights, lanes: Heights, values: Heights, place: Short, chosen: Short, m: np.uint64,
    d: int, begun: np.uint64, tolerance: np.float32,
) -> None:  # fmt: skip
    """Raise the skylines (tangents) of the lanes by four cells of a ray, side by side.

    ``place``, ``chosen``: as :func:`worth_looking` fills them; the cells are those chosen from
    ``m`` on, counted from cell ``begun`` of direction ``d``. Four at a time, a skyline is read
    and written once for all of them: reading back what was just written is the slow part.
    """
    k0, k1 = np.uint64(chosen[m]), np.uint64(chosen[m + _ONE])
    k2, k3 = np.uint64(chosen[m + _TWO]), np.uint64(chosen[m + _THREE])
    first0, first1 = np.uint64(place[k0]), np.uint64(place[k1])
    first2, first3 = np.uint64(place[k2]), np.uint64(place[k3])
    cell0, cell1 = _cell(values, d, begun + k0), _cell(values, d, begun + k1)
    cell2, cell3 = _cell(values, d, begun + k2), _cell(values, d, begun + k3)
    for i in range(ALL):
        height, east, north = lanes[i], lanes[i + EAST], lanes[i + NORTH]
        one = _tangent(flat[first0 + i], height, east, north, cell0, tolerance)
        two = _tangent(flat[first1 + i], height, east, north, cell1, tolerance)
        three = _tangent(flat[first2 + i], height, east, north, cell2, tolerance)
        four = _tangent(flat[first3 + i], height, east, north, cell3, tolerance)
        highest = max(max(one, two), max(three, four))
        # the ceiling makes the compiler store every lane: masked stores are slow to read back
        lanes[i + BEST] = min(max(lanes[i + BEST], highest), STEEPEST)


@kernel
def fill_lanes(
    points: Whole, col: Whole, height: Heights, slope_east: Heights, slope_north: Heights,
    lanes: Heights,
) -> np.float32:  # fmt: skip
    """Lay the points of a run out on lanes: heights, slopes east, north; return the lowest."""
    for i in range(LANES):
        lanes[i], lanes[i + LANES], lanes[i + 2 * LANES] = NOBODY, 0.0, 0.0
    lowest = NOBODY
    for point in points:
        lane = col[point] - col[points[0]]
        lanes[lane] = height[point]
        lanes[lane + LANES] = slope_east[point]
        lanes[lane + 2 * LANES] = slope_north[point]
        lowest = min(lowest, height[point])
    return lowest


@inner_kernel
def lowest_of(lanes: Heights, work: Heights) -> np.float32:
    """Lowest of the skylines of the lanes; ``work`` (LANES / 2,) is room to work in."""
    half = ALL // _TWO
    for i in range(half):
        work[i] = min(lanes[i + BEST], lanes[i + BEST + half])
    while half > 1:
        half = half // _TWO
        for i in range(half):
            work[i] = min(work[i], work[i + half])
    return work[0]


@inner_kernel
def worth_looking(
    tops: Heights, starts: Short, shifts: Short, downs: Short, inverses: Heights, d: int,
    begin: int, end: int, row: np.int32, col: np.int32, width: np.int32, lowest: np.float32,
    floor: np.float32, place: Short, chosen: Short,
) -> np.uint64:  # fmt: skip
    """Find the cells of a ray, from ``begin`` to ``end``, that may raise a skyline.

    Nothing at the others hides more than ``floor`` (tangent), not even from the lowest point.
    ``starts``, ``shifts``, ``downs``, ``inverses`` (d, k): place in the flat pyramid of the cell
    of row and column 0, level, rows below, 1 / distance. ``place`` receives where each cell
    begins in the flat pyramid, ``chosen`` the rank of those found, whose number is returned; the
    last one is repeated up to four times, for :func:`raise_lanes`.
    """
    first = np.uint64(begin)
    count = np.uint64(end - begin)
    for k in range(count):
        down = (row + downs[d, first + k]) >> shifts[d, first + k]
        place[k] = starts[d, first + k] + down * width + col
    found = np.uint64(0)
    for k in range(count):
        above = tops[np.uint64(place[k]) >> _STRIDE_BITS] - lowest
        chosen[found] = k
        found += np.uint64(above * inverses[d, first + k] > floor)
    for k in range(FOUR):
        chosen[found + k] = chosen[found - _ONE] if found > 0 else 0
    return found


@inner_kernel
def cells_inside(
    cells: Whole, counts: Whole, d: int, row: int, col: int, rows: int, cols: int
) -> int:
    """Count the cells of a ray that come before the first one outside of the window."""
    for k in range(counts[d] - 1, -1, -1):
        i, j = row + cells[d, k, 1], col + cells[d, k, 2]
        if 0 <= i < rows and -MARGIN <= j < cols + LANES:
            return k + 1
    return 0
