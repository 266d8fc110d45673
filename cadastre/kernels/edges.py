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
                if _masked(foreign, px, py, resolution):
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
    return low, top, free / bins


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
