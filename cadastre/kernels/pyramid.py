"""Max-pyramid of a surface model: level l holds the highest value of 2^l x 2^l cells.

The window must start at a multiple of the coarsest cell counted on the absolute lattice of the
surface model, so that the same cell has the same value in every window that holds it whole.
All levels are stored in one flat array.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import parallel_kernel, prange

Heights = NDArray[np.float32]
Offsets = NDArray[np.int64]

VOID = np.float32(-1.0e9)  # height of an unknown cell: hides nothing


def level_offsets(rows: int, cols: int, levels: int) -> Offsets:
    """Start of each level in the flat array and its total length, int64 (levels + 1,)."""
    sizes = [(rows >> level) * (cols >> level) for level in range(levels)]
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


@parallel_kernel
def fill_base(
    heights: Heights, row_shift: int, col_shift: int, rows: int, cols: int, flat: Heights
) -> None:
    """Copy a window into level 0 at a shift, unknown cells (NaN) and the margin as VOID.

    ``heights`` float32 (r, c); ``flat`` float32, level 0 being its first ``rows * cols``.
    """
    for i in prange(rows):
        r = i - row_shift
        for j in range(cols):
            c = j - col_shift
            value = VOID
            if 0 <= r < heights.shape[0] and 0 <= c < heights.shape[1]:
                height = heights[r, c]
                if height == height:
                    value = height
            flat[i * cols + j] = value


@parallel_kernel
def fill_level(flat: Heights, offsets: Offsets, level: int, rows: int, cols: int) -> None:
    """Fill level ``level`` (1 or more) from the one below; ``rows``, ``cols`` of level 0."""
    below = offsets[level - 1]
    here = offsets[level]
    cols_below = cols >> (level - 1)
    rows_here = rows >> level
    cols_here = cols >> level
    for i in prange(rows_here):
        for j in range(cols_here):
            first = below + 2 * i * cols_below + 2 * j
            second = first + cols_below
            flat[here + i * cols_here + j] = max(
                flat[first], flat[first + 1], flat[second], flat[second + 1]
            )
