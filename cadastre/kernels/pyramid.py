"""Max-pyramid of a surface model, made for rays that run along whole rows of points.

Level l holds, for every block of 2^l rows (aligned on the absolute lattice) and for *every*
column, the highest value of the 2^l columns around: rows shrink, columns do not, so that points
side by side read cells side by side. The window starts at a multiple of the tallest block
counted on the lattice of the surface model: a cell has the same value in every window that holds
it whole. Each row has a margin of ``MARGIN`` columns on both sides, so that ``LANES`` points side
by side read beyond the window without asking: in the inner half of it blocks that hold the last
columns of the window, unknown cells in the outer half. All levels are stored in one flat array;
``fill_tops`` tells, without looking at them, how high any ``LANES`` neighbours in it may be.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import parallel_kernel, prange

Heights = NDArray[np.float32]
Offsets = NDArray[np.int64]

LANES = 32  # points treated side by side
MARGIN = 2 * LANES
STRIDE = 8  # cells between two entries of the tops
VOID = np.float32(-1.0e9)  # height of an unknown cell: hides nothing


def level_offsets(rows: int, cols: int, levels: int) -> Offsets:
    """Start of each level in the flat array and its total length, int64 (levels + 1,)."""
    sizes = [(rows >> level) * (cols + 2 * MARGIN) for level in range(levels)]
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


@parallel_kernel
def fill_base(
    heights: Heights, row_shift: int, col_shift: int, rows: int, cols: int, flat: Heights
) -> None:
    """Copy a window into level 0 at a shift, unknown cells (NaN) and the margins as VOID.

    ``heights`` float32 (r, c); ``flat`` float32, level 0 being its first
    ``rows * (cols + 2 MARGIN)``.
    """
    width = cols + 2 * MARGIN
    for i in prange(rows):
        r = i - row_shift
        for j in range(width):
            c = j - MARGIN - col_shift
            value = VOID
            if 0 <= r < heights.shape[0] and 0 <= c < heights.shape[1]:
                height = heights[r, c]
                if height == height:
                    value = height
            flat[i * width + j] = value


@parallel_kernel
def fill_level(flat: Heights, offsets: Offsets, level: int, rows: int, cols: int) -> None:
    """Fill level ``level`` (1 or more) from the one below; ``rows``, ``cols`` of level 0.

    Column c of level l covers the columns from ``c - 2^(l-1)`` to ``c + 2^(l-1) - 1`` of level 0.
    """
    width = cols + 2 * MARGIN
    below = offsets[level - 1]
    here = offsets[level]
    left = min(1 if level == 1 else 1 << (level - 2), LANES)
    right = min(0 if level == 1 else 1 << (level - 2), LANES)
    for i in prange(rows >> level):
        upper = below + 2 * i * width
        lower = upper + width
        for j in range(width):
            value = VOID
            if LANES <= j < width - LANES:
                value = max(flat[upper + j - left], flat[lower + j - left])
                value = max(value, flat[upper + j + right], flat[lower + j + right])
            flat[here + i * width + j] = value


@parallel_kernel
def fill_tops(flat: Heights, tops: Heights) -> None:
    """Highest of the cells from ``STRIDE q`` on that ``LANES`` neighbours may touch.

    ``tops[first // STRIDE]`` is at least as high as every ``flat[first : first + LANES]``.
    """
    ahead = LANES // STRIDE
    own = np.empty(tops.shape[0], np.float32)
    for q in prange(tops.shape[0]):
        highest = VOID
        for k in range(q * STRIDE, min(q * STRIDE + STRIDE, flat.shape[0])):
            highest = max(highest, flat[k])
        own[q] = highest
    for q in prange(tops.shape[0]):
        highest = VOID
        for k in range(q, min(q + ahead + 1, tops.shape[0])):
            highest = max(highest, own[k])
        tops[q] = highest
