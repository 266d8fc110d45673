"""Pixels of a raster window: masks, distances, heights above the plane that holds them.

Labels as in :mod:`cadastre.kernels.label_maps`, windows and planes as in
:mod:`cadastre.kernels.plane_fit`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.plane_fit import misfit

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]


@kernel
def under_step(
    labels: LabelArray,
    planes: FloatArray,
    row: int,
    col: int,
    own: int,
    height: float,
    resolution: float,
    z: FloatArray,
    cut: float,
) -> bool:
    """Tell whether within two pixels a plane stands above a height and plane ``own`` is seen."""
    rows, cols = labels.shape
    above, seen = False, False
    for r in range(max(row - 2, 0), min(row + 3, rows)):
        for c in range(max(col - 2, 0), min(col + 3, cols)):
            k = labels[r, c] - 1
            if k < 0 or (r == row and c == col):
                continue
            x, y = (c + 0.5) * resolution, -(r + 0.5) * resolution
            fitted = planes[k, 0] * x + planes[k, 1] * y + planes[k, 2]
            if k + 1 == own:
                seen = seen or abs(z[r, c] - fitted) < cut
            else:
                above = above or fitted > height
    return above and seen


@kernel
def dilate(mask: MaskArray, times: int) -> MaskArray:
    """Grow a mask by whole pixels, alternately over straight and over all neighbours."""
    rows, cols = mask.shape
    out = mask.copy()
    for turn in range(times):
        before = out.copy()
        for row in range(rows):
            for col in range(cols):
                if before[row, col]:
                    continue
                for dr in range(-1, 2):
                    for dc in range(-1, 2):
                        r, c = row + dr, col + dc
                        if r < 0 or c < 0 or r >= rows or c >= cols:
                            continue
                        if turn % 2 == 0 and dr != 0 and dc != 0:
                            continue
                        if before[r, c]:
                            out[row, col] = True
    return out


@kernel
def residuals(
    z: FloatArray, labels: LabelArray, planes: FloatArray, resolution: float
) -> FloatArray:
    """Height of each pixel above its plane, m; NaN without label or height."""
    out = np.full(z.shape, math.nan)
    for row in range(z.shape[0]):
        for col in range(z.shape[1]):
            k = labels[row, col] - 1
            if k >= 0:
                x, y = (col + 0.5) * resolution, -(row + 0.5) * resolution
                out[row, col] = z[row, col] - (planes[k, 0] * x + planes[k, 1] * y + planes[k, 2])
    return out


@kernel
def misfits(
    z: FloatArray, labels: LabelArray, planes: FloatArray, resolution: float
) -> FloatArray:
    """Absolute :func:`misfit` of each pixel to its plane, m; NaN without label or height."""
    out = np.full(z.shape, math.nan)
    for row in range(z.shape[0]):
        for col in range(z.shape[1]):
            k = labels[row, col] - 1
            if k >= 0:
                x, y = (col + 0.5) * resolution, -(row + 0.5) * resolution
                out[row, col] = abs(misfit(planes[k], x, y, z[row, col]))
    return out


@kernel
def distance_to(mask: MaskArray) -> FloatArray:
    """Chamfer distance of every pixel to the nearest pixel of a mask, pixels; inf without any."""
    rows, cols = mask.shape
    out = np.where(mask, 0.0, np.inf)
    diagonal = math.sqrt(2.0)
    for turn in range(2):
        for i in range(rows):
            row = i if turn == 0 else rows - 1 - i
            back = -1 if turn == 0 else 1
            for j in range(cols):
                col = j if turn == 0 else cols - 1 - j
                best = out[row, col]
                if 0 <= col + back < cols:
                    best = min(best, out[row, col + back] + 1.0)
                if 0 <= row + back < rows:
                    for side in range(-1, 2):
                        c = col + side
                        if 0 <= c < cols:
                            step = 1.0 if side == 0 else diagonal
                            best = min(best, out[row + back, c] + step)
                out[row, col] = best
    return out


@kernel
def is_foot(
    z: FloatArray,
    labels: LabelArray,
    planes: FloatArray,
    row: int,
    col: int,
    resolution: float,
    edge_step: float,
) -> bool:
    """Tell a pixel above its plane within two pixels of a higher plane: a ramp of gridding."""
    k = labels[row, col]
    if k == 0:
        return False
    x, y = (col + 0.5) * resolution, -(row + 0.5) * resolution
    fitted = planes[k - 1, 0] * x + planes[k - 1, 1] * y + planes[k - 1, 2]
    if not z[row, col] > fitted:
        return False
    return bool(
        under_step(labels, planes, row, col, k, fitted + edge_step, resolution, z, math.inf)
    )
