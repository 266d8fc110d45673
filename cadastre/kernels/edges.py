"""Footprint edges on a raster window: where does the roof end along each of them.

Rings are closed, the interior on their left (outer rings counter-clockwise, holes clockwise), so
that the outward normal of an edge is its right-hand side. Coordinates as in
:mod:`cadastre.kernels.plane_fit`. Offsets are metres along the outward normal.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]
IndexArray = NDArray[np.int64]


@kernel
def bilinear(z: FloatArray, x: float, y: float, resolution: float) -> float:
    """Height at a point between four pixel centres; NaN where one is missing or outside."""
    u, v = x / resolution - 0.5, -y / resolution - 0.5
    col, row = math.floor(u), math.floor(v)
    if row < 0 or col < 0 or row + 1 >= z.shape[0] or col + 1 >= z.shape[1]:
        return math.nan
    u -= col
    v -= row
    return (1.0 - v) * ((1.0 - u) * z[row, col] + u * z[row, col + 1]) + v * (
        (1.0 - u) * z[row + 1, col] + u * z[row + 1, col + 1]
    )


@kernel
def _masked(mask: MaskArray, x: float, y: float, resolution: float) -> bool:
    col, row = math.floor(x / resolution), math.floor(-y / resolution)
    if row < 0 or col < 0 or row >= mask.shape[0] or col >= mask.shape[1]:
        return False
    return mask[row, col]


@kernel
def edge_crossings(
    z: FloatArray,
    foreign: MaskArray,
    x: FloatArray,
    y: FloatArray,
    starts: IndexArray,
    resolution: float,
    reach: float,
    width: float,
    min_drop: float,
    min_length: float,
) -> FloatArray:
    """Offset of the height drop along each edge, before anything is known of the roof.

    Profiles across the edge, one each half metre, are searched for the largest fall over
    ``width``; the place where half of it is done is kept where the fall exceeds ``min_drop``.

    Parameters
    ----------
    z, foreign
        Heights (m) and pixels of other footprints, (rows, cols). Profiles that meet a foreign
        pixel 0.75 m outside count for nothing.
    x, y, starts
        Closed rings, m.
    resolution, reach, width, min_drop, min_length
        Pixel size, farthest offset searched, width of a drop, least drop, least edge length, m.

    Returns
    -------
    ndarray, shape (n_vertices, 3)
        For the edge that starts at each vertex: median offset (m, NaN without evidence), its
        standard error (m), number of profiles. Rows of closing vertices are NaN.
    """
    out = np.full((len(x), 3), math.nan)
    spacing = 0.25
    n_offsets = round(2.0 * reach / spacing) + 1
    span = max(1, round(width / spacing))
    profile = np.empty(n_offsets + span)
    for ring in range(len(starts) - 1):
        for k in range(starts[ring], starts[ring + 1] - 1):
            out[k, 2] = 0.0
            ex, ey = x[k + 1] - x[k], y[k + 1] - y[k]
            length = math.hypot(ex, ey)
            if length < min_length:
                continue
            ex /= length
            ey /= length
            nx, ny = ey, -ex
            n_profiles = max(1, int(length / 0.5))
            found = np.empty(n_profiles)
            n = 0
            for p in range(n_profiles):
                t = (p + 0.5) * length / n_profiles
                px, py = x[k] + t * ex, y[k] + t * ey
                if _masked(foreign, px + 0.75 * nx, py + 0.75 * ny, resolution):
                    continue
                for m in range(n_offsets + span):
                    d = -reach + m * spacing
                    profile[m] = bilinear(z, px + d * nx, py + d * ny, resolution)
                steepest, at = min_drop, -1
                for m in range(n_offsets):
                    drop = profile[m] - profile[m + span]
                    if drop > steepest:
                        steepest, at = drop, m
                if at < 0:
                    continue
                middle = 0.5 * (profile[at] + profile[at + span])
                for m in range(at, at + span):
                    if profile[m] >= middle > profile[m + 1]:
                        part = (profile[m] - middle) / (profile[m] - profile[m + 1])
                        found[n] = -reach + (m + part) * spacing
                        n += 1
                        break
            out[k, 2] = n
            if n >= 2:
                values = np.sort(found[:n])
                out[k, 0] = 0.5 * (values[(n - 1) // 2] + values[n // 2])
                spread = 0.74 * (values[(3 * n) // 4] - values[n // 4])
                out[k, 1] = math.sqrt((spread * spread + 0.01) / n)
    return out


@kernel
def _ramp_misfit(
    distance: FloatArray, share: FloatArray, n: int, middle: float, width: float
) -> float:
    total = 0.0
    for k in range(n):
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

    Returns the distance where half of the fall is done, within ``reach`` of ``guess`` (m), the
    width of the ramp (m) and the mean misfit (share of the fall).
    """
    lowest, best_middle, best_width = math.inf, guess, 0.0
    spread = 0.15 if resolution <= 0.5 else 0.3 * resolution
    for w in range(8):
        width = 0.05 + spread * w
        for m in range(round(2.0 * reach / 0.05) + 1):
            middle = guess - reach + 0.05 * m
            misfit = _ramp_misfit(distance, share, n, middle, width)
            if misfit < lowest:
                lowest, best_middle, best_width = misfit, middle, width
    return best_middle, best_width, lowest


@kernel
def edge_ramps(
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

    Pixels near an edge tell which share of the way down from the plane (extrapolated from 0.75 m
    inside) to the lowest height 1 to 2.5 m outside they have gone; a clipped line of that share
    against the offset is fitted by least absolute deviations on a grid of 0.05 m.

    Parameters
    ----------
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
        Offset of the middle of the ramp, its width, mean misfit (share), number of pixels, share
        of the edge's length that is free of other footprints. NaN offset without evidence.
    """
    out = np.full((len(x), 5), math.nan)
    rows, cols = z.shape
    distance = np.empty(4096)
    share = np.empty(4096)
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
            nx, ny = ey, -ex
            shift = guess[k]
            bins = max(1, int(length / resolution))
            low = np.full(bins, math.inf)
            top = np.full((bins, 3), math.nan)
            free = 0
            for p in range(bins):
                t = (p + 0.5) * length / bins
                px, py = x[k] + t * ex + shift * nx, y[k] + t * ey + shift * ny
                if _masked(foreign, px + 0.75 * nx, py + 0.75 * ny, resolution):
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
            out[k, 4] = free / bins
            if length < min_length or free == 0:
                continue
            margin = min(0.5, 0.25 * length)
            x_low = min(x[k], x[k + 1]) - 2.5 - abs(shift)
            x_high = max(x[k], x[k + 1]) + 2.5 + abs(shift)
            y_low = min(y[k], y[k + 1]) - 2.5 - abs(shift)
            y_high = max(y[k], y[k + 1]) + 2.5 + abs(shift)
            n = 0
            for row in range(max(int(-y_high / resolution), 0),
                             min(int(-y_low / resolution) + 2, rows)):  # fmt: skip
                for col in range(max(int(x_low / resolution), 0),
                                 min(int(x_high / resolution) + 2, cols)):  # fmt: skip
                    px, py = (col + 0.5) * resolution, -(row + 0.5) * resolution
                    t = (px - x[k]) * ex + (py - y[k]) * ey
                    d = (px - x[k]) * nx + (py - y[k]) * ny
                    if t < margin or t > length - margin or abs(d - shift) > reach + 0.8:
                        continue
                    p = min(int(t / length * bins), bins - 1)
                    if math.isnan(top[p, 0]) or math.isinf(low[p]) or math.isnan(z[row, col]):
                        continue
                    if foreign[row, col] or n == len(share):
                        continue
                    height = top[p, 0] * px + top[p, 1] * py + top[p, 2]
                    if height - low[p] < min_drop:
                        continue
                    distance[n] = d
                    share[n] = min(max((height - z[row, col]) / (height - low[p]), -0.3), 1.3)
                    n += 1
            out[k, 3] = n
            if n < 8:
                continue
            out[k, 0], out[k, 1], out[k, 2] = fit_ramp(
                distance, share, n, shift, reach, resolution
            )
    return out


@kernel
def offset_rings(
    x: FloatArray, y: FloatArray, starts: IndexArray, offset: FloatArray, limit: float
) -> tuple[FloatArray, FloatArray]:
    """Move every edge of closed rings along its outward normal and join the edges again.

    Each vertex becomes the meeting point of its two moved edges; where they are nearly parallel
    or the point would lie farther than ``limit`` (m) from the vertex moved by the mean of both,
    it is that mean. Vertices keep their number.
    """
    out_x, out_y = x.copy(), y.copy()
    for ring in range(len(starts) - 1):
        first, last = starts[ring], starts[ring + 1] - 1
        for k in range(first, last):
            before = k - 1 if k > first else last - 1
            ax, ay = x[k] - x[before], y[k] - y[before]
            bx, by = x[k + 1] - x[k], y[k + 1] - y[k]
            la, lb = math.hypot(ax, ay), math.hypot(bx, by)
            if la < 1e-9 or lb < 1e-9:
                continue
            ax, ay, bx, by = ax / la, ay / la, bx / lb, by / lb
            oa, ob = offset[before], offset[k]
            mean_x = x[k] + 0.5 * (oa * ay + ob * by)
            mean_y = y[k] - 0.5 * (oa * ax + ob * bx)
            cross = ax * by - ay * bx
            out_x[k], out_y[k] = mean_x, mean_y
            if abs(cross) > 0.2:
                # n_a . v = oa, n_b . v = ob with n = (e_y, -e_x)
                vx = (-oa * bx + ob * ax) / cross
                vy = (-oa * by + ob * ay) / cross
                px, py = x[k] + vx, y[k] + vy
                if math.hypot(px - mean_x, py - mean_y) <= limit:
                    out_x[k], out_y[k] = px, py
        out_x[last], out_y[last] = out_x[first], out_y[first]
    return out_x, out_y
