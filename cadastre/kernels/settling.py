"""Planes of a window on their way: noise, growing, merging, settling, what none explains.

The steps between the sweeps of :mod:`cadastre.kernels.region` and
:mod:`cadastre.kernels.label_maps`, so that a window goes through them without leaving the kernels.
Labels and windows as there; ``limit`` bounds the :func:`cadastre.kernels.plane_fit.misfit`, m.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.label_maps import adjacency, smooth_labels
from cadastre.kernels.pixels import is_foot
from cadastre.kernels.plane_fit import (
    best_window_planes,
    misfit,
    solve_moments,
    window_planes,
)
from cadastre.kernels.region import grow_regions, merge_regions, refit_regions, region_moments

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]


@kernel
def median(values: FloatArray) -> float:
    """Median of some numbers, none of them NaN."""
    return float(np.median(values))


@kernel
def median_where(values: FloatArray, mask: MaskArray) -> float:
    """Median of the finite values under a mask; NaN where there is none."""
    found = np.empty(values.size)
    n = 0
    for row in range(values.shape[0]):
        for col in range(values.shape[1]):
            if mask[row, col] and math.isfinite(values[row, col]):
                found[n] = values[row, col]
                n += 1
    if n == 0:
        return math.nan
    return float(np.median(found[:n]))


@kernel
def unexplained(
    z: FloatArray, labels: LabelArray, planes: FloatArray, resolution: float, limit: float
) -> MaskArray:
    """Mark pixels without a plane, or farther than ``limit`` from theirs."""
    out = np.zeros(z.shape, np.bool_)
    for row in range(z.shape[0]):
        for col in range(z.shape[1]):
            k = labels[row, col] - 1
            if k < 0:
                out[row, col] = True
                continue
            x, y = (col + 0.5) * resolution, -(row + 0.5) * resolution
            out[row, col] = abs(misfit(planes[k], x, y, z[row, col])) > limit
    return out


@kernel
def small_window_planes(
    z: FloatArray,
    labels: LabelArray,
    planes: FloatArray,
    resolution: float,
    limit: float,
    half: int,
    min_share: float,
) -> tuple[FloatArray, FloatArray]:
    """Best fits of windows among the unexplained pixels, see ``best_window_planes``."""
    left = np.where(unexplained(z, labels, planes, resolution, limit), z, np.nan)
    fits, rmse = window_planes(left, resolution, half, min_share)
    return best_window_planes(left, fits, rmse, half)


@kernel
def grow_planes(
    z: FloatArray,
    labels: LabelArray,
    planes: FloatArray,
    best: FloatArray,
    best_rmse: FloatArray,
    resolution: float,
    limit: float,
    seed_rmse: float,
    height_tolerance: float,
    angle_tolerance: float,
    min_pixels: int,
    max_regions: int,
) -> FloatArray:
    """Grow regions among the unexplained pixels, new labels in place; returns all planes."""
    free = unexplained(z, labels, planes, resolution, limit)
    more, found = grow_regions(
        z, free, best, best_rmse, resolution, seed_rmse, height_tolerance, angle_tolerance,
        min_pixels, max_regions,
    )  # fmt: skip
    count = len(planes)
    for row in range(z.shape[0]):
        for col in range(z.shape[1]):
            if more[row, col] > 0:
                labels[row, col] = more[row, col] + count
    return np.concatenate((planes, found))


@kernel
def odd_pixels(
    z: FloatArray,
    labels: LabelArray,
    planes: FloatArray,
    own: MaskArray,
    resolution: float,
    limit: float,
    edge_step: float,
) -> LabelArray:
    """Mark (1) the unexplained pixels of known height under a mask, ramps of steps left out."""
    free = unexplained(z, labels, planes, resolution, limit)
    out = np.zeros(z.shape, np.int32)
    for row in range(z.shape[0]):
        for col in range(z.shape[1]):
            if not (free[row, col] and own[row, col] and math.isfinite(z[row, col])):
                continue
            if not is_foot(z, labels, planes, row, col, resolution, edge_step):
                out[row, col] = 1
    return out


@kernel
def merge_planes(
    z: FloatArray,
    labels: LabelArray,
    planes: FloatArray,
    resolution: float,
    cut: float,
    tolerance: float,
    min_pixels: int,
) -> FloatArray:
    """Join neighbours on one plane and drop regions with fewer than ``min_pixels`` on theirs.

    Labels are renumbered in place from 1 on in order of first pixel; returns their planes. See
    ``merge_regions`` for ``tolerance`` (m); pixels within ``cut`` (m) of their plane count.
    """
    count = len(planes)
    moments = region_moments(z, labels, planes, resolution, cut)
    neighbours = adjacency(labels, count)
    neighbours[0, :] = 0
    neighbours[:, 0] = 0
    into = merge_regions(moments, neighbours, tolerance, 2)
    members = np.zeros(count, np.int64)
    for k in range(count):
        members[into[k]] += 1
    joined = planes.copy()
    for k in range(count):
        if members[k] > 1:
            joined[k, 0], joined[k, 1], joined[k, 2], _ = solve_moments(moments[k])
    number = np.zeros(count, np.int32)
    out = np.empty((count, 3))
    kept = 0
    for row in range(labels.shape[0]):
        for col in range(labels.shape[1]):
            k = labels[row, col]
            if k == 0:
                continue
            target = into[k - 1]
            if moments[target, 0] < min_pixels or not math.isfinite(joined[target, 0]):
                labels[row, col] = 0
                continue
            if number[target] == 0:
                out[kept] = joined[target]
                kept += 1
                number[target] = kept
            labels[row, col] = number[target]
    return out[:kept].copy()


@kernel
def settle_planes(
    z: FloatArray,
    labels: LabelArray,
    planes: FloatArray,
    resolution: float,
    cut: float,
    tolerance: float,
    min_pixels: int,
    inner_pixels: int,
    smoothing: tuple[float, float, float, float],
    sweeps: int,
) -> FloatArray:
    """Merge planes that are one, let pixels choose theirs (in place), refit; returns the planes.

    ``smoothing``: sigma, smoothness, outlier cost and edge step of ``smooth_labels``.
    """
    planes = merge_planes(z, labels, planes, resolution, cut, tolerance, min_pixels)
    if len(planes) == 0:
        return planes
    smooth_labels(
        z, np.isfinite(z), labels, planes, resolution, smoothing[0], smoothing[1], smoothing[2],
        smoothing[3], sweeps,
    )  # fmt: skip
    planes, _, _ = refit_regions(z, labels, planes, resolution, cut, inner_pixels)
    return planes
