"""The ramp that gridding makes of a wall: where the edge of the roof stands in it.

Conventions of edges and offsets: :mod:`cadastre.kernels.edges`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.edges import masked

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]
IndexArray = NDArray[np.int64]


@kernel
def _ramp_misfit(
    distance: FloatArray, share: FloatArray, n: int, middle: float, width: float, worst: float
) -> float:
    """Mean absolute misfit, capped at a half each; inf as soon as it exceeds ``worst``."""
    total = 0.0
    enough = worst * n
    for k in range(n):
        if total > enough:
            return math.inf
        fitted = 0.5 + (distance[k] - middle) / width
        fitted = min(max(fitted, 0.0), 1.0)
        total += min(abs(share[k] - fitted), 0.5)
    return total / n


@kernel
def fit_ramp(
    distance: FloatArray,
    share: FloatArray,
    n: int,
    guess: float,
    reach: float,
    resolution: float,
) -> tuple[float, float, float]:
    """Fit a clipped line of fall against distance by least absolute deviations on a grid.

    Returns the distance where half of the fall is done, within ``reach`` of ``guess`` (m; the
    middle of a range that fits as well), the width of the ramp (m) and the mean misfit (share of
    the fall).
    """
    lowest, best_middle, best_width = math.inf, guess, 0.0
    spread = 0.15 if resolution <= 0.5 else 0.3 * resolution
    for w in range(9):
        width = 0.05 + spread * w
        first, last, least, found = 0.0, 0.0, lowest, False
        for m in range(round(2.0 * reach / 0.05) + 1):
            middle = guess - reach + 0.05 * m
            misfit = _ramp_misfit(distance, share, n, middle, width, least + 1e-9)
            if misfit < least - 1e-9:
                least, first, last = misfit, middle, middle
                found = True
            elif misfit < least + 1e-9 and found:
                last = middle
        if found:
            lowest, best_middle, best_width = least, 0.5 * (first + last), width
    return best_middle, best_width, lowest


@kernel
def ramp_retreat(width: float, ramp: tuple[float, float, float, float]) -> float:
    """Distance of a roof's edge from the middle of the ramp that gridding makes of it, m.

    Narrow ramps stand astride the edge; wide ones (highest point of each cell, no echo from the
    wall) lie outside of it. ``ramp``: widths (m) up to which one and from which on the other
    holds, and the retreat (m) of either; linear in between, never more than half the width.
    """
    narrow, wide, low, high = ramp
    part = min(max((width - narrow) / max(wide - narrow, 1e-9), 0.0), 1.0)
    return min(low + (high - low) * part, 0.5 * width)


@kernel
def edge_ramps(
    heights: FloatArray,
    z: FloatArray,
    labels: NDArray[np.int32],
    planes: FloatArray,
    foreign: MaskArray,
    x: FloatArray,
    y: FloatArray,
    starts: IndexArray,
    resolution: float,
    guess: FloatArray,
    reach: float,
    min_drop: float,
    min_length: float,
) -> FloatArray:
    """Offset and width of the ramp between roof plane and ground along each edge.

    Measured heights near an edge tell which share of the way down from the plane (extrapolated
    from 0.75 m inside) to the lowest pixel 1 to 2.5 m outside they have gone;
    :func:`fit_ramp` places the fall.

    Parameters
    ----------
    heights
        (n, 3): x, y, z of what was measured: pixel centres or points, m.
    z, labels, planes, foreign
        Heights, labels (k + 1), planes (n, 3) and other footprints of the window.
    x, y, starts
        Closed rings, m.
    resolution
        Pixel size, m.
    guess
        Expected offset of each edge (of the middle of the ramp), shape (n_vertices,), m.
    reach, min_drop, min_length
        Farthest offset from ``guess``, least fall and least length looked at, m.

    Returns
    -------
    ndarray, shape (n_vertices, 5)
        Offset of the middle of the ramp, its width, mean misfit (share), number of heights,
        share of the edge's length that is free of other footprints. NaN offset without evidence.
    """
    out = np.full((len(x), 5), math.nan)
    distance = np.empty(len(heights))
    share = np.empty(len(heights))
    for ring in range(len(starts) - 1):
        for k in range(starts[ring], starts[ring + 1] - 1):
            ex, ey = x[k + 1] - x[k], y[k + 1] - y[k]
            length = math.hypot(ex, ey)
            out[k, 3] = 0.0
            out[k, 4] = 0.0
            if length < 1e-6:
                continue
            ex /= length
            ey /= length
            shift = guess[k]
            low, top, free = _edge_levels(
                z, labels, planes, foreign, x[k] + shift * ey, y[k] - shift * ex, ex, ey, length,
                resolution,
            )  # fmt: skip
            out[k, 4] = free
            if length < min_length or free == 0.0:
                continue
            margin = min(0.5, 0.25 * length)
            bins = len(low)
            n = 0
            for m in range(len(heights)):
                px, py = heights[m, 0], heights[m, 1]
                t = (px - x[k]) * ex + (py - y[k]) * ey
                if t < margin or t > length - margin:
                    continue
                d = (px - x[k]) * ey - (py - y[k]) * ex
                if abs(d - shift) > reach + 0.8:
                    continue
                p = min(int(t / length * bins), bins - 1)
                if math.isnan(top[p, 0]) or math.isinf(low[p]):
                    continue
                if masked(foreign, px, py, resolution):
                    continue
                height = top[p, 0] * px + top[p, 1] * py + top[p, 2]
                if height - low[p] < min_drop:
                    continue
                distance[n] = d
                share[n] = min(max((height - heights[m, 2]) / (height - low[p]), -0.3), 1.3)
                n += 1
            out[k, 3] = n
            if n >= 8:
                out[k, 0], out[k, 1], out[k, 2] = fit_ramp(
                    distance, share, n, shift, reach, resolution
                )
    return out


@kernel
def _edge_levels(
    z: FloatArray,
    labels: NDArray[np.int32],
    planes: FloatArray,
    foreign: MaskArray,
    x: float,
    y: float,
    ex: float,
    ey: float,
    length: float,
    resolution: float,
) -> tuple[FloatArray, FloatArray, float]:
    """Lowest height outside and plane inside an edge, by bins of a pixel; share of free bins."""
    rows, cols = z.shape
    nx, ny = ey, -ex
    bins = max(1, int(length / resolution))
    low = np.full(bins, math.inf)
    top = np.full((bins, 3), math.nan)
    free = 0
    for p in range(bins):
        t = (p + 0.5) * length / bins
        px, py = x + t * ex, y + t * ey
        if masked(foreign, px + 0.75 * nx, py + 0.75 * ny, resolution):
            continue
        free += 1
        for m in range(5):
            d = 1.0 + 0.375 * m
            col = math.floor((px + d * nx) / resolution)
            row = math.floor(-(py + d * ny) / resolution)
            if 0 <= row < rows and 0 <= col < cols and z[row, col] < low[p]:
                low[p] = z[row, col]
        for m in range(3):
            d = -0.75 - 0.5 * m
            col = math.floor((px + d * nx) / resolution)
            row = math.floor(-(py + d * ny) / resolution)
            if 0 <= row < rows and 0 <= col < cols and labels[row, col] > 0:
                top[p] = planes[labels[row, col] - 1]
                break
    return low, top, free / bins
