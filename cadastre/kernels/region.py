"""Regions of a raster window that lie on planes: growing, merging, smoothing, refitting.

Labels are int32, 0 where no plane holds the pixel, ``k + 1`` for row ``k`` of the plane table.
Conventions of windows and planes: :mod:`cadastre.kernels.plane_fit`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.plane_fit import MOMENTS, add_moment, refit_plane, solve_moments, steepness

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]
IndexArray = NDArray[np.int64]


@kernel
def _flood(
    z: FloatArray,
    free: MaskArray,
    best: FloatArray,
    start: int,
    plane: FloatArray,
    resolution: float,
    height_tolerance: float,
    min_cosine: float,
    refit: bool,
    queue: IndexArray,
    seen: LabelArray,
    stamp: int,
) -> int:
    """Collect the pixels joined to ``start`` that lie on ``plane``; returns their number.

    ``plane`` is refitted on the way (each time the region has doubled) when ``refit`` is set.
    """
    cols = z.shape[1]
    rows = z.shape[0]
    moments = np.zeros(MOMENTS)
    queue[0] = start
    seen[start // cols, start % cols] = stamp
    count, head, next_fit = 1, 0, 12
    norm = math.sqrt(1.0 + plane[0] * plane[0] + plane[1] * plane[1])
    while head < count:
        row, col = queue[head] // cols, queue[head] % cols
        head += 1
        x, y = (col + 0.5) * resolution, -(row + 0.5) * resolution
        add_moment(moments, x, y, z[row, col], 1.0)
        if refit and moments[0] >= next_fit:
            next_fit *= 2
            refit_plane(plane, moments)
            norm = math.sqrt(1.0 + plane[0] * plane[0] + plane[1] * plane[1])
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                r, c_ = row + dr, col + dc
                if r < 0 or c_ < 0 or r >= rows or c_ >= cols:
                    continue
                if seen[r, c_] == stamp or not free[r, c_]:
                    continue
                fitted = (
                    plane[0] * (c_ + 0.5) * resolution
                    - plane[1] * (r + 0.5) * resolution
                    + plane[2]
                )
                if abs(z[r, c_] - fitted) > height_tolerance * min(norm, 2.0):
                    continue
                a2, b2 = best[r, c_, 0], best[r, c_, 1]
                if math.isnan(a2):
                    continue
                cosine = (1.0 + a2 * plane[0] + b2 * plane[1]) / (
                    norm * math.sqrt(1.0 + a2 * a2 + b2 * b2)
                )
                if cosine < min_cosine:
                    continue
                seen[r, c_] = stamp
                queue[count] = r * cols + c_
                count += 1
    if refit:
        refit_plane(plane, moments)
    return count


@kernel
def grow_regions(
    z: FloatArray,
    domain: MaskArray,
    best: FloatArray,
    best_rmse: FloatArray,
    resolution: float,
    seed_rmse: float,
    height_tolerance: float,
    angle_tolerance: float,
    min_pixels: int,
    max_regions: int,
) -> tuple[LabelArray, FloatArray]:
    """Grow planar regions from the smoothest pixels on.

    Parameters
    ----------
    z, domain
        Heights (m) and pixels that may belong to a region.
    best, best_rmse
        Edge-preserving fits of :func:`plane_fit.best_window_planes`.
    seed_rmse
        A region starts where the local residual is at most this, m.
    height_tolerance, angle_tolerance
        Greatest distance to the region's plane (m) and angle to its normal (degrees).
    min_pixels, max_regions
        Smaller regions are left unlabelled; growing stops at the greatest number of regions.

    Returns
    -------
    labels, planes
        Labels of shape (rows, cols); planes (n, 3), least squares on all pixels of a region.
    """
    rows, cols = z.shape
    labels = np.zeros((rows, cols), np.int32)
    planes = np.empty((max_regions, 3))
    free = domain & ~np.isnan(z) & ~np.isnan(best_rmse)
    seeds = np.flatnonzero((free & (best_rmse <= seed_rmse)).ravel())
    order = seeds[np.argsort(best_rmse.ravel()[seeds], kind="mergesort")]
    queue = np.empty(rows * cols, np.int64)
    seen = np.zeros((rows, cols), np.int32)
    min_cosine = math.cos(math.radians(angle_tolerance))
    plane = np.empty(3)
    count, stamp = 0, 0
    for start in order:
        row, col = start // cols, start % cols
        if not free[row, col]:
            continue
        plane[:] = best[row, col]
        stamp += 1
        _flood(z, free, best, start, plane, resolution, height_tolerance, min_cosine, True,
               queue, seen, stamp)  # fmt: skip
        stamp += 1
        n = _flood(z, free, best, start, plane, resolution, height_tolerance, min_cosine, False,
                   queue, seen, stamp)  # fmt: skip
        if n < min_pixels:
            free[row, col] = False
            continue
        moments = np.zeros(MOMENTS)
        for k in range(n):
            r, c = queue[k] // cols, queue[k] % cols
            labels[r, c] = count + 1
            free[r, c] = False
            add_moment(moments, (c + 0.5) * resolution, -(r + 0.5) * resolution, z[r, c], 1.0)
        planes[count] = plane
        refit_plane(planes[count], moments)
        count += 1
        if count == max_regions:
            break
    return labels, planes[:count].copy()


@kernel
def region_moments(
    z: FloatArray, labels: LabelArray, planes: FloatArray, resolution: float, cut: float
) -> FloatArray:
    """Moments of the pixels of every region within ``cut`` (m) of its plane, shape (n, 10)."""
    out = np.zeros((len(planes), MOMENTS))
    for row in range(z.shape[0]):
        for col in range(z.shape[1]):
            k = labels[row, col] - 1
            if k < 0 or math.isnan(z[row, col]):
                continue
            x, y = (col + 0.5) * resolution, -(row + 0.5) * resolution
            residual = z[row, col] - (planes[k, 0] * x + planes[k, 1] * y + planes[k, 2])
            if abs(residual) <= cut * steepness(planes[k, 0], planes[k, 1]):
                add_moment(out[k], x, y, z[row, col], 1.0)
    return out


@kernel
def merge_regions(
    moments: FloatArray, neighbours: LabelArray, tolerance: float, min_edges: int
) -> LabelArray:
    """Merge neighbouring regions that one plane explains as well.

    Two regions are one when the sum of squared residuals of their common plane exceeds the sum of
    the two by less than ``tolerance``² per pixel of the smaller one; the closest pair merges
    first. ``moments`` and ``neighbours`` are modified. Returns the new label (0-based, not
    compacted: the least of the merged) of every region.
    """
    count = len(moments)
    into = np.arange(count).astype(np.int32)
    alive = np.ones(count, np.bool_)
    rss = np.empty(count)
    for k in range(count):
        rss[k] = solve_moments(moments[k])[3]
        if math.isnan(rss[k]):
            rss[k] = 0.0
    cost = np.full((count, count), np.inf)
    for i in range(count):
        for j in range(i + 1, count):
            if neighbours[i + 1, j + 1] >= min_edges:
                cost[i, j] = _merge_cost(moments[i], moments[j], rss[i], rss[j])
    while True:
        lowest, bi, bj = tolerance * tolerance, -1, -1
        for i in range(count):
            if not alive[i]:
                continue
            for j in range(i + 1, count):
                if alive[j] and cost[i, j] < lowest:
                    lowest, bi, bj = cost[i, j], i, j
        if bi < 0:
            break
        moments[bi] += moments[bj]
        rss[bi] = max(solve_moments(moments[bi])[3], 0.0)
        alive[bj] = False
        for k in range(count):
            if into[k] == bj:
                into[k] = bi
            if alive[k] and k != bi:
                neighbours[bi + 1, k + 1] += neighbours[bj + 1, k + 1]
                neighbours[k + 1, bi + 1] = neighbours[bi + 1, k + 1]
                if neighbours[bi + 1, k + 1] >= min_edges:
                    value = _merge_cost(moments[bi], moments[k], rss[bi], rss[k])
                    cost[min(bi, k), max(bi, k)] = value
    return into


@kernel
def _merge_cost(first: FloatArray, second: FloatArray, rss_1: float, rss_2: float) -> float:
    _, _, _, joint = solve_moments(first + second)
    if math.isnan(joint):
        return math.inf
    return (joint - rss_1 - rss_2) / min(first[0], second[0])


@kernel
def refit_regions(
    z: FloatArray,
    labels: LabelArray,
    planes: FloatArray,
    resolution: float,
    cut: float,
    min_pixels: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Refit every plane on its inner pixels (all eight neighbours alike), residuals trimmed.

    Regions with fewer than ``min_pixels`` inner pixels use all of theirs. Residuals beyond
    ``cut`` (m) from the plane of the round before are left out, two rounds.

    Returns
    -------
    planes, rmse, moments
        (n, 3), residual of the pixels used (m, NaN without fit) and their moments (n, 10).
    """
    count = len(planes)
    rows, cols = z.shape
    inner = np.zeros((rows, cols), np.bool_)
    n_inner = np.zeros(count, np.int64)
    for row in range(1, rows - 1):
        for col in range(1, cols - 1):
            k = labels[row, col]
            if k == 0 or math.isnan(z[row, col]):
                continue
            same = True
            for r in range(row - 1, row + 2):
                for c in range(col - 1, col + 2):
                    if (r == row or c == col) and labels[r, c] != k:
                        same = False
            inner[row, col] = same
            if same:
                n_inner[k - 1] += 1
    out = planes.copy()
    rmse = np.full(count, math.nan)
    moments = np.zeros((count, MOMENTS))
    for turn in range(3):
        moments[:] = 0.0
        for row in range(rows):
            for col in range(cols):
                k = labels[row, col] - 1
                if k < 0 or math.isnan(z[row, col]):
                    continue
                if n_inner[k] >= min_pixels and not inner[row, col]:
                    continue
                x, y = (col + 0.5) * resolution, -(row + 0.5) * resolution
                r = z[row, col] - (out[k, 0] * x + out[k, 1] * y + out[k, 2])
                limit = cut * steepness(out[k, 0], out[k, 1])
                if abs(r) > limit * (1.5 if turn == 0 else 1.0):
                    continue
                add_moment(moments[k], x, y, z[row, col], 1.0)
        for k in range(count):
            a, b, c, rss = solve_moments(moments[k])
            if math.isnan(a) or moments[k, 0] < 4:
                continue
            out[k, 0], out[k, 1], out[k, 2] = a, b, c
            rmse[k] = math.sqrt(rss / max(moments[k, 0] - 3.0, 1.0))
    return out, rmse, moments
