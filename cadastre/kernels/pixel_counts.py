"""What pixels of a window add up to: sizes of labels, shares explained, what stands above a plane.

Labels as in :mod:`cadastre.kernels.label_maps`, windows and planes as in
:mod:`cadastre.kernels.plane_fit`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.pixels import is_foot, residuals
from cadastre.kernels.plane_fit import misfit

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]
IndexArray = NDArray[np.int64]


@kernel
def label_sizes(labels: LabelArray, count: int) -> tuple[IndexArray, IndexArray]:
    """Pixels of each of ``count`` labels, and those of them whose eight neighbours bear it."""
    size, core = np.zeros(count, np.int64), np.zeros(count, np.int64)
    rows, cols = labels.shape
    for row in range(rows):
        for col in range(cols):
            k = labels[row, col]
            if k == 0:
                continue
            size[k - 1] += 1
            if row == 0 or col == 0 or row == rows - 1 or col == cols - 1:
                continue
            same = True
            for r in range(row - 1, row + 2):
                for c in range(col - 1, col + 2):
                    same = same and labels[r, c] == k
            core[k - 1] += same
    return size, core


@kernel
def seen_inside(
    z: FloatArray,
    labels: LabelArray,
    planes: FloatArray,
    own: MaskArray,
    resolution: float,
    limit: float,
) -> tuple[IndexArray, IndexArray]:
    """Pixels of each plane whose misfit is ``limit`` (m) at most: under a mask, and all."""
    inside, everywhere = np.zeros(len(planes), np.int64), np.zeros(len(planes), np.int64)
    for row in range(z.shape[0]):
        for col in range(z.shape[1]):
            k = labels[row, col] - 1
            if k < 0:
                continue
            x, y = (col + 0.5) * resolution, -(row + 0.5) * resolution
            if abs(misfit(planes[k], x, y, z[row, col])) <= limit:
                everywhere[k] += 1
                inside[k] += own[row, col]
    return inside, everywhere


@kernel
def standing_pixels(
    z: FloatArray,
    labels: LabelArray,
    planes: FloatArray,
    resolution: float,
    limit: float,
    edge_step: float,
) -> tuple[FloatArray, LabelArray]:
    """Height above the planes (m, NaN without), and the labels of pixels over ``limit`` (m).

    Ramps at the foot of steps of ``edge_step`` (m) keep no label.
    """
    above = residuals(z, labels, planes, resolution)
    groups = np.zeros(labels.shape, np.int32)
    for row in range(z.shape[0]):
        for col in range(z.shape[1]):
            if above[row, col] > limit and not is_foot(
                z, labels, planes, row, col, resolution, edge_step
            ):
                groups[row, col] = labels[row, col]
    return above, groups


@kernel
def quantile_of(values: FloatArray, groups: LabelArray, group: int, share: float) -> float:
    """Quantile of the values of one group of pixels, between neighbours as numpy does by default.

    NaN for a group without pixels.
    """
    found = np.empty(values.size)
    n = 0
    for row in range(values.shape[0]):
        for col in range(values.shape[1]):
            if groups[row, col] == group:
                found[n] = values[row, col]
                n += 1
    if n == 0:
        return math.nan
    ranked = np.sort(found[:n])
    place = (n - 1) * share
    low = math.floor(place)
    first, second, part = ranked[low], ranked[min(low + 1, n - 1)], place - low
    if part >= 0.5:
        return float(second - (second - first) * (1.0 - part))
    return float(first + (second - first) * part)


@kernel
def roof_shares(
    z: FloatArray,
    own: MaskArray,
    labels: LabelArray,
    planes: FloatArray,
    trees: MaskArray,
    resolution: float,
    near: float,
    edge_step: float,
    tree_height: float,
    seen: FloatArray,
) -> tuple[int, int, int, float, LabelArray]:
    """Count the pixels of a roof (labelled or under ``own``) by how their planes explain them.

    ``seen`` (rows, cols): share of what was measured in a pixel that lies near its plane, NaN
    where the height of the pixel is all there is.

    Returns
    -------
    total, measured, judged, explained, high
        All; those of known height; of these, all that are no ramp and either within ``near`` (m)
        of their plane (half of what was seen) or away from its border; those within ``near``
        (with shares of what was seen); mask (1) of the pixels that
        are known trees or stand ``tree_height`` (m) above their plane.
    """
    rows, cols = z.shape
    total, measured, judged, explained = 0, 0, 0, 0.0
    high = np.zeros((rows, cols), np.int32)
    for row in range(rows):
        for col in range(cols):
            k = labels[row, col]
            if k == 0 and not own[row, col]:
                continue
            total += 1
            above = math.nan
            if k > 0:
                x, y = (col + 0.5) * resolution, -(row + 0.5) * resolution
                fitted = planes[k - 1, 0] * x + planes[k - 1, 1] * y + planes[k - 1, 2]
                above = z[row, col] - fitted
            known = math.isfinite(z[row, col])
            measured += known
            tall = trees[row, col] or above > tree_height
            close = 1.0 if abs(above) <= near else 0.0
            if not math.isnan(seen[row, col]):
                close = seen[row, col]
            inner = (
                k > 0
                and (row == 0 or labels[row - 1, col] > 0)
                and (row == rows - 1 or labels[row + 1, col] > 0)
                and (col == 0 or labels[row, col - 1] > 0)
                and (col == cols - 1 or labels[row, col + 1] > 0)
            )
            counts = known and (close >= 0.5 or inner)
            if not (tall or counts) or is_foot(z, labels, planes, row, col, resolution, edge_step):
                continue
            if tall:
                high[row, col] = 1
            if counts:
                judged += 1
                explained += close
    return total, measured, judged, explained, high
