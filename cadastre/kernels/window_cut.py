"""Windows cut out of a surface model: heights from a round level, terrain without gaps."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]


@kernel
def _lowest(values: FloatArray) -> float:
    """Least finite value; inf where there is none."""
    lowest = math.inf
    for row in range(values.shape[0]):
        for col in range(values.shape[1]):
            if math.isfinite(values[row, col]):
                lowest = min(lowest, values[row, col])
    return lowest


@kernel
def cut_heights(
    dsm: NDArray[np.float32],
    dtm: NDArray[np.float32],
    trees: MaskArray,
    first_row: int,
    first_col: int,
    rows: int,
    cols: int,
) -> tuple[FloatArray, FloatArray, MaskArray, float]:
    """Cut a window of ``rows`` by ``cols`` whose first pixel is (first_row, first_col).

    Parameters
    ----------
    dsm, dtm
        Heights and terrain, m, NaN where unknown.
    trees
        Known trees; shape (0, 0) for none.

    Returns
    -------
    z, ground, vegetation, level
        Heights and terrain above ``level`` (m, whole, under the lowest height), NaN beyond the
        model; gaps of the terrain stand at its lowest in the window, else at the lowest height.
    """
    z = np.full((rows, cols), math.nan)
    ground = np.full((rows, cols), math.nan)
    vegetation = np.zeros((rows, cols), np.bool_)
    for row in range(max(-first_row, 0), min(rows, dsm.shape[0] - first_row)):
        for col in range(max(-first_col, 0), min(cols, dsm.shape[1] - first_col)):
            z[row, col] = dsm[first_row + row, first_col + col]
            ground[row, col] = dtm[first_row + row, first_col + col]
            if trees.size:
                vegetation[row, col] = trees[first_row + row, first_col + col]
    lowest = _lowest(z)
    level = math.floor(lowest) if math.isfinite(lowest) else 0.0
    z -= level
    ground -= level
    filler = _lowest(ground)
    if not math.isfinite(filler):
        filler = _lowest(z)
    if not math.isfinite(filler):
        filler = 0.0
    for row in range(rows):
        for col in range(cols):
            if not math.isfinite(ground[row, col]):
                ground[row, col] = filler
    return z, ground, vegetation, float(level)
