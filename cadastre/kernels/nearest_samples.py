"""The sample of its own plane that lies nearest to each pixel of a roof."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

IndexArray = NDArray[np.int64]
_FAR = 1 << 60


@kernel
def nearest_samples(
    pixel_row: IndexArray,
    pixel_col: IndexArray,
    pixel_plane: IndexArray,
    plane_start: IndexArray,
    row: NDArray[np.int32],
    col: NDArray[np.int32],
    out: IndexArray,
) -> None:
    """Index of the nearest sample of the pixel's plane; the first of those equally near.

    Pixels and samples stand at cells (row, col) of one lattice; samples of plane p are
    ``plane_start[p]:plane_start[p + 1]``, sorted by row, then col, one at least for each plane
    asked for. Distances are whole numbers: what is equally near is found to be so.
    """
    for k in range(len(pixel_row)):
        begin, end = plane_start[pixel_plane[k]], plane_start[pixel_plane[k] + 1]
        here = begin + np.searchsorted(row[begin:end], pixel_row[k])
        nearest, best = begin, _FAR
        for i in range(here, end):  # on its row and below
            down = row[i] - pixel_row[k]
            if down * down > best:
                break
            across = col[i] - pixel_col[k]
            if down * down + across * across < best:
                nearest, best = i, down * down + across * across
        for i in range(here - 1, begin - 1, -1):  # above
            up = pixel_row[k] - row[i]
            if up * up > best:
                break
            across = col[i] - pixel_col[k]
            if up * up + across * across <= best:
                nearest, best = i, up * up + across * across
        out[k] = nearest
