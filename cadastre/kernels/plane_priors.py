"""Planes as builders make them: facing walls, a few pitches to a roof.

Conventions of windows, planes and moments: :mod:`cadastre.kernels.plane_fit`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.plane_fit import steepness

FloatArray = NDArray[np.float64]


@kernel
def align_planes(
    planes: FloatArray,
    moments: FloatArray,
    directions: FloatArray,
    sigma: float,
    spread_rad: float,
    sigmas: float,
    min_slope: float,
) -> FloatArray:
    """Refit planes with the prior that they do not slope along a wall.

    Parameters
    ----------
    planes, moments
        (n, 3) and the moments (n, 10) they were fitted on.
    directions
        Wall directions, rad, modulo a quarter turn.
    sigma
        Standard error of one height, m, correlation included.
    spread_rad
        Standard deviation of a plane's azimuth about the wall normal, rad.
    sigmas
        A plane whose slope along the wall exceeds its joint standard error so many times is left.
    min_slope
        Planes flatter than this slope are left.

    Returns
    -------
    ndarray, shape (n, 3)
    """
    out = planes.copy()
    for k in range(len(planes)):
        a, b = planes[k, 0], planes[k, 1]
        slope = math.hypot(a, b)
        m = moments[k]
        if not slope > min_slope or m[0] < 4.0:
            continue
        n = m[0]
        sxx = m[4] - m[1] * m[1] / n
        sxy = m[5] - m[1] * m[2] / n
        syy = m[6] - m[2] * m[2] / n
        sxz = m[7] - m[1] * m[3] / n
        syz = m[8] - m[2] * m[3] / n
        best, ux, uy, variance = math.inf, 0.0, 0.0, 0.0
        for d in range(len(directions)):
            for quarter in range(2):
                angle = directions[d] + 0.5 * math.pi * quarter
                cx, cy = math.cos(angle), math.sin(angle)
                across = abs(a * cx + b * cy)
                # variance of the slope along the wall, the other slope free
                tt = cx * cx * sxx + 2.0 * cx * cy * sxy + cy * cy * syy
                tn = -cx * cy * sxx + (cx * cx - cy * cy) * sxy + cx * cy * syy
                nn = cy * cy * sxx - 2.0 * cx * cy * sxy + cx * cx * syy
                if nn <= 0.0 or tt - tn * tn / nn <= 0.0:
                    continue
                var = sigma * sigma / (tt - tn * tn / nn)
                prior = slope * spread_rad
                score = across / math.sqrt(var + prior * prior)
                if score < best:
                    best, ux, uy, variance = score, cx, cy, prior * prior
        if best > sigmas:
            continue
        weight = sigma * sigma / max(variance, 1e-12)
        pxx, pxy, pyy = sxx + weight * ux * ux, sxy + weight * ux * uy, syy + weight * uy * uy
        det = pxx * pyy - pxy * pxy
        out[k, 0] = (sxz * pyy - syz * pxy) / det
        out[k, 1] = (syz * pxx - sxz * pxy) / det
        out[k, 2] = (m[3] - out[k, 0] * m[1] - out[k, 1] * m[2]) / n
    return out


@kernel
def planes_facing(
    z: FloatArray,
    labels: NDArray[np.int32],
    rows_of: NDArray[np.int64],
    directions: FloatArray,
    resolution: float,
    cut: float,
    max_slope: float,
    max_pixels: int,
    min_width: float,
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Fit small regions by planes that face a wall, on as many of their pixels as agree.

    For each of the wall directions and their normals, every pair of (at most 64) pixels proposes
    a slope; the proposal that most pixels follow within ``cut`` is refined by least squares on
    them.

    Parameters
    ----------
    z, labels
        Heights (m) and labels (k + 1) of a window.
    rows_of
        Rows k of the regions to fit.
    directions
        Wall directions, rad, modulo a quarter turn.
    resolution, cut
        Pixel size and greatest residual, m.
    max_slope, max_pixels
        Steepest slope proposed; regions of more pixels are left alone.
    min_width
        Agreeing pixels must extend this far up the slope, m.

    Returns
    -------
    planes, rmse, inliers
        (n, 3), residual of the agreeing pixels (m, NaN where nothing was fitted), their number.
    """
    n_regions = len(rows_of)
    planes = np.full((n_regions, 3), math.nan)
    rmse = np.full(n_regions, math.nan)
    inliers = np.zeros(n_regions, np.int64)
    px, py, pz = np.empty(max_pixels), np.empty(max_pixels), np.empty(max_pixels)
    u = np.empty(max_pixels)
    for region in range(n_regions):
        wanted = rows_of[region] + 1
        n = 0
        for row in range(z.shape[0]):
            for col in range(z.shape[1]):
                if labels[row, col] == wanted and not math.isnan(z[row, col]):
                    if n < max_pixels:
                        px[n], py[n] = (col + 0.5) * resolution, -(row + 0.5) * resolution
                        pz[n] = z[row, col]
                    n += 1
        if n > max_pixels or n < 4:
            continue
        most, slope, offset, ux, uy = 0, 0.0, 0.0, 1.0, 0.0
        stride = 1 + n // 64
        for d in range(len(directions)):
            for quarter in range(2):
                angle = directions[d] + 0.5 * math.pi * quarter
                cx, cy = math.cos(angle), math.sin(angle)
                for k in range(n):
                    u[k] = cx * px[k] + cy * py[k]
                for i in range(0, n, stride):
                    for j in range(i + stride, n, stride):
                        span = u[j] - u[i]
                        if abs(span) < 0.9 * resolution:
                            continue
                        g = (pz[j] - pz[i]) / span
                        if abs(g) > max_slope:
                            continue
                        c = 0.5 * (pz[i] + pz[j] - g * (u[i] + u[j]))
                        limit = cut * steepness(g, 0.0)
                        count = 0
                        for k in range(n):
                            if abs(pz[k] - g * u[k] - c) <= limit:
                                count += 1
                        if count > most:
                            most, slope, offset, ux, uy = count, g, c, cx, cy
        if most < 4:
            continue
        n_used = su = sz = suu = suz = szz = 0.0
        lowest, highest = math.inf, -math.inf
        for k in range(n):
            v = ux * px[k] + uy * py[k]
            if abs(pz[k] - slope * v - offset) <= cut * steepness(slope, 0.0):
                n_used += 1.0
                lowest, highest = min(lowest, v), max(highest, v)
                su += v
                sz += pz[k]
                suu += v * v
                suz += v * pz[k]
                szz += pz[k] * pz[k]
        spread = suu - su * su / n_used
        if spread <= 0.0 or highest - lowest < min_width:
            continue
        g = (suz - su * sz / n_used) / spread
        rss = szz - sz * sz / n_used - g * (suz - su * sz / n_used)
        planes[region, 0], planes[region, 1] = g * ux, g * uy
        planes[region, 2] = (sz - g * su) / n_used
        rmse[region] = math.sqrt(max(rss, 0.0) / max(n_used - 2.0, 1.0))
        inliers[region] = most
    return planes, rmse, inliers


@kernel
def pool_pitches(
    planes: FloatArray,
    moments: FloatArray,
    sigma: float,
    spread_deg: float,
    sigmas: float,
    min_tilt_deg: float,
) -> FloatArray:
    """Draw the tilts of one roof's planes towards common pitches.

    Each plane's tilt has the standard error its pixels give; the tilts within ``sigmas`` joint
    errors of it (its own spread of ``spread_deg`` included) make a weighted mean, of which and
    of its own tilt the plane takes the weighted mean. Azimuths and the height at the centre of
    its pixels stay.

    Parameters
    ----------
    planes, moments
        (n, 3) and the moments (n, 10) they were fitted on.
    sigma
        Standard error of one height, m, correlation included.
    spread_deg
        Standard deviation of the tilts of planes built with one pitch, degrees.
    sigmas, min_tilt_deg
        Farthest tilt that takes part; flatter planes are left alone.

    Returns
    -------
    ndarray, shape (n, 3)
    """
    count = len(planes)
    out = planes.copy()
    tilt, variance = np.full(count, math.nan), np.full(count, math.inf)
    for k in range(count):
        a, b = planes[k, 0], planes[k, 1]
        slope = math.hypot(a, b)
        m = moments[k]
        if math.isnan(slope) or m[0] < 4.0 or math.degrees(math.atan(slope)) < min_tilt_deg:
            continue
        ux, uy = a / slope, b / slope
        n = m[0]
        mean = (ux * m[1] + uy * m[2]) / n
        spread = ux * ux * m[4] + 2.0 * ux * uy * m[5] + uy * uy * m[6] - n * mean * mean
        if spread <= 0.0:
            continue
        tilt[k] = math.degrees(math.atan(slope))
        gain = math.degrees(1.0) / (1.0 + slope * slope)
        variance[k] = gain * gain * sigma * sigma / spread
    for k in range(count):
        if math.isnan(tilt[k]):
            continue
        weight_sum, mean = 0.0, 0.0
        for j in range(count):
            if math.isnan(tilt[j]):
                continue
            joint = variance[k] + variance[j] + 2.0 * spread_deg * spread_deg
            if (tilt[k] - tilt[j]) * (tilt[k] - tilt[j]) > sigmas * sigmas * joint:
                continue
            w = 1.0 / (variance[j] + spread_deg * spread_deg)
            weight_sum += w
            mean += w * tilt[j]
        mean /= weight_sum
        own = 1.0 / variance[k]
        common = 1.0 / (spread_deg * spread_deg + 1.0 / weight_sum)
        new = (own * tilt[k] + common * mean) / (own + common)
        scale = math.tan(math.radians(new)) / math.tan(math.radians(tilt[k]))
        m = moments[k]
        mx, my = m[1] / m[0], m[2] / m[0]
        height = planes[k, 0] * mx + planes[k, 1] * my + planes[k, 2]
        out[k, 0], out[k, 1] = planes[k, 0] * scale, planes[k, 1] * scale
        out[k, 2] = height - out[k, 0] * mx - out[k, 1] * my
    return out
