"""Fill holes of a raster from their surroundings: averages of growing cells, then smoothed back.

Cells of every level are aligned on absolute multiples of their size, so that a hole is filled
alike in two windows that both hold its surroundings (pull-push, Gortler et al. 1996).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.grid import Grid


def fill_holes(values: NDArray[np.float64], grid: Grid, levels: int) -> NDArray[np.float64]:
    """Return ``values`` with NaN filled where a known cell lies within about 2**levels pixels.

    Known cells are unchanged. Shape (rows, cols) of ``grid``; NaN remains out of reach.
    """
    if levels == 0 or not np.isnan(values).any():
        return values
    row = -round(grid.y_max / grid.resolution)
    col = round(grid.x_min / grid.resolution)
    return _fill(values, row, col, levels)


def _fill(values: NDArray[np.float64], row: int, col: int, levels: int) -> NDArray[np.float64]:
    """``row`` and ``col`` are the absolute indices of the first pixel."""
    hole = np.isnan(values)
    if levels == 0 or not hole.any():
        return values
    top, left = row % 2, col % 2
    shape = values.shape
    padded = np.pad(
        values,
        ((top, (top + shape[0]) % 2), (left, (left + shape[1]) % 2)),
        constant_values=np.nan,
    )
    coarse = _pool(padded)
    coarse = _fill(coarse, (row - top) // 2, (col - left) // 2, levels - 1)
    fine = _spread(coarse)[top : top + shape[0], left : left + shape[1]]
    return np.where(hole, fine, values)


def _pool(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(values)
    height = np.where(known, values, 0.0)
    total = height[::2, ::2] + height[1::2, ::2] + height[::2, 1::2] + height[1::2, 1::2]
    count = (
        known[::2, ::2].astype(np.float64)
        + known[1::2, ::2]
        + known[::2, 1::2]
        + known[1::2, 1::2]
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)


def _spread(coarse: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice finer, bilinear between known cells (weights 3/4 and 1/4 each way)."""
    known = np.isfinite(coarse)
    height = np.pad(np.where(known, coarse, 0.0), 1)
    weight = np.pad(known.astype(np.float64), 1)
    top = _doubled(height)
    bottom = _doubled(weight)
    own = np.repeat(np.repeat(known, 2, axis=0), 2, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(own, top / bottom, np.nan)


def _doubled(padded: NDArray[np.float64]) -> NDArray[np.float64]:
    middle = padded[1:-1]
    rows = np.empty((2 * middle.shape[0], padded.shape[1]))
    rows[::2] = 0.75 * middle + 0.25 * padded[:-2]
    rows[1::2] = 0.75 * middle + 0.25 * padded[2:]
    inner = rows[:, 1:-1]
    out = np.empty((rows.shape[0], 2 * inner.shape[1]))
    out[:, ::2] = 0.75 * inner + 0.25 * rows[:, :-2]
    out[:, 1::2] = 0.75 * inner + 0.25 * rows[:, 2:]
    return out
