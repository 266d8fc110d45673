"""Heights from one lattice to another: averages towards coarser cells, bilinear otherwise.

The value of a target cell depends on the source pixels about it and nothing else: positions are
taken in source pixels rounded to a millionth, so that two windows give the same bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.grid import Grid

COARSER = 1.5  # from this ratio of pixel sizes on, cells are averaged


def resample(values: NDArray[np.float32], source: Grid, target: Grid) -> NDArray[np.float32]:
    """Return heights on ``target`` from ``values`` on ``source``; NaN where nothing is known.

    Coarser targets get the mean of the known source pixels whose centre falls in the cell;
    finer or shifted ones the bilinear mean of the known neighbours, where the nearest is known.
    """
    if target.resolution >= COARSER * source.resolution:
        return _average(values, source, target)
    return _bilinear(values, source, target)


def _average(values: NDArray[np.float32], source: Grid, target: Grid) -> NDArray[np.float32]:
    rows, cols = np.arange(source.rows), np.arange(source.cols)
    x = _positions(target.x_min, source.x_min, source, target, cols)
    y = _positions(-target.y_max, -source.y_max, source, target, rows)
    col, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    inside = ((row >= 0) & (row < target.rows))[:, None] & ((col >= 0) & (col < target.cols))[
        None, :
    ]
    inside &= np.isfinite(values)
    cell = (row[:, None] * target.cols + col[None, :])[inside]
    total = np.bincount(cell, values[inside].astype(np.float64), target.rows * target.cols)
    count = np.bincount(cell, minlength=target.rows * target.cols)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (total / count).reshape(target.shape).astype(np.float32)


def _positions(
    target_edge: float, source_edge: float, source: Grid, target: Grid, index: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Centres of source pixels in target cells, from the target's edge."""
    start = (source_edge - target_edge) / target.resolution
    return np.round(start + (index + 0.5) * (source.resolution / target.resolution), 6)


def _bilinear(values: NDArray[np.float32], source: Grid, target: Grid) -> NDArray[np.float32]:
    ratio = target.resolution / source.resolution
    u = (target.x_min - source.x_min) / source.resolution
    u = np.round(u + (np.arange(target.cols) + 0.5) * ratio - 0.5, 6)
    v = (source.y_max - target.y_max) / source.resolution
    v = np.round(v + (np.arange(target.rows) + 0.5) * ratio - 0.5, 6)
    col, row = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    across, down = (u - col)[None, :], (v - row)[:, None]
    total = np.zeros(target.shape)
    weight = np.zeros(target.shape)
    for step_row, step_col in ((0, 0), (0, 1), (1, 0), (1, 1)):
        part = (down if step_row else 1.0 - down) * (across if step_col else 1.0 - across)
        height, known = _at(values, row + step_row, col + step_col)
        total += np.where(known, part * height, 0.0)
        weight += np.where(known, part, 0.0)
    nearest = _at(values, np.floor(v + 0.5).astype(np.int64), np.floor(u + 0.5).astype(np.int64))
    with np.errstate(invalid="ignore", divide="ignore"):
        out = np.where(nearest[1] & (weight > 0.0), total / weight, np.nan)
    return out.astype(np.float32)


def _at(
    values: NDArray[np.float32], row: NDArray[np.int64], col: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    inside = ((row >= 0) & (row < values.shape[0]))[:, None] & (
        (col >= 0) & (col < values.shape[1])
    )[None, :]
    picked = values[np.clip(row, 0, values.shape[0] - 1)][:, np.clip(col, 0, values.shape[1] - 1)]
    known = inside & np.isfinite(picked)
    return np.where(known, picked, 0.0).astype(np.float64), known
