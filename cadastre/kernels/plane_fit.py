"""Least-squares planes on a raster window: sliding windows, regions, normal equations.

Arrays only. A window has its origin at the north-west corner; pixel (row, col) has its centre at
``x = (col + 0.5) resolution`` and ``y = -(row + 0.5) resolution``. A plane is
``z = a x + b y + c``. NaN stands for a missing height and for a fit that does not exist.

Moments are kept as ten numbers: n, Sx, Sy, Sz, Sxx, Sxy, Syy, Sxz, Syz, Szz.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

FloatArray = NDArray[np.float64]

MOMENTS = 10


@kernel
def add_moment(moments: FloatArray, x: float, y: float, z: float, weight: float) -> None:
    """Add one weighted point to a vector of ten moments, in place."""
    moments[0] += weight
    moments[1] += weight * x
    moments[2] += weight * y
    moments[3] += weight * z
    moments[4] += weight * x * x
    moments[5] += weight * x * y
    moments[6] += weight * y * y
    moments[7] += weight * x * z
    moments[8] += weight * y * z
    moments[9] += weight * z * z


@kernel
def solve_moments(moments: FloatArray) -> tuple[float, float, float, float]:
    """Plane of ten moments: (a, b, c, sum of squared residuals); NaN when points are in line."""
    n = moments[0]
    if n <= 0.0:
        return math.nan, math.nan, math.nan, math.nan
    mx, my, mz = moments[1] / n, moments[2] / n, moments[3] / n
    sxx = moments[4] - n * mx * mx
    sxy = moments[5] - n * mx * my
    syy = moments[6] - n * my * my
    sxz = moments[7] - n * mx * mz
    syz = moments[8] - n * my * mz
    szz = moments[9] - n * mz * mz
    det = sxx * syy - sxy * sxy
    if not det > 1e-9 * (sxx + syy) * (sxx + syy) or det <= 0.0:
        return math.nan, math.nan, math.nan, math.nan
    a = (sxz * syy - syz * sxy) / det
    b = (syz * sxx - sxz * sxy) / det
    rss = szz - a * sxz - b * syz
    return a, b, mz - a * mx - b * my, max(rss, 0.0)


@kernel
def refit_plane(plane: FloatArray, moments: FloatArray) -> None:
    """Turn a plane into that of ten moments, in place; points in line leave it as it is."""
    a, b, c, _ = solve_moments(moments)
    if not math.isnan(a):
        plane[0], plane[1], plane[2] = a, b, c


@kernel
def steepness(a: float, b: float) -> float:
    """Factor on height tolerances: misplaced points of a steep plane err in height, at least 1.

    The length of the normal over 1.5, so that planes up to 48 degrees are judged alike.
    """
    return max(1.0, math.sqrt(1.0 + a * a + b * b) / 1.5)


@kernel
def misfit(plane: FloatArray, x: float, y: float, z: float) -> float:
    """Height of a point above a plane over the plane's :func:`steepness`, m."""
    return (z - (plane[0] * x + plane[1] * y + plane[2])) / steepness(plane[0], plane[1])


@kernel
def _prefix_moments(z: FloatArray, resolution: float) -> FloatArray:
    """Summed-area tables of the moments of valid pixels, shape (10, rows + 1, cols + 1)."""
    rows, cols = z.shape
    table = np.zeros((MOMENTS, rows + 1, cols + 1))
    line = np.empty(MOMENTS)
    for row in range(rows):
        line[:] = 0.0
        y = -(row + 0.5) * resolution
        for col in range(cols):
            height = z[row, col]
            if not math.isnan(height):
                add_moment(line, (col + 0.5) * resolution, y, height, 1.0)
            for k in range(MOMENTS):
                table[k, row + 1, col + 1] = table[k, row, col + 1] + line[k]
    return table


@kernel
def window_planes(
    z: FloatArray, resolution: float, half: int, min_share: float
) -> tuple[FloatArray, FloatArray]:
    """Fit a plane on the square window centred on each pixel.

    Parameters
    ----------
    z
        Heights, m, shape (rows, cols); NaN where missing.
    resolution
        Pixel size, m.
    half
        Half-width of the window, pixels: side 2 half + 1.
    min_share
        Share of valid pixels under which no fit is made.

    Returns
    -------
    slopes, rmse
        (a, b, c) of shape (rows, cols, 3) and root mean square residual corrected for the three
        degrees of freedom, m; NaN where there is no fit.
    """
    rows, cols = z.shape
    table = _prefix_moments(z, resolution)
    planes = np.full((rows, cols, 3), math.nan)
    rmse = np.full((rows, cols), math.nan)
    moments = np.empty(MOMENTS)
    wanted = max(min_share * (2 * half + 1) ** 2, 5.0)
    for row in range(half, rows - half):
        for col in range(half, cols - half):
            r0, r1, c0, c1 = row - half, row + half + 1, col - half, col + half + 1
            n = table[0, r1, c1] - table[0, r0, c1] - table[0, r1, c0] + table[0, r0, c0]
            if n < wanted:
                continue
            for k in range(MOMENTS):
                moments[k] = (
                    table[k, r1, c1] - table[k, r0, c1] - table[k, r1, c0] + table[k, r0, c0]
                )
            a, b, c, rss = solve_moments(moments)
            if math.isnan(a):
                continue
            planes[row, col, 0] = a
            planes[row, col, 1] = b
            planes[row, col, 2] = c
            rmse[row, col] = math.sqrt(rss / (n - 3.0))
    return planes, rmse


@kernel
def best_window_planes(
    z: FloatArray, planes: FloatArray, rmse: FloatArray, half: int
) -> tuple[FloatArray, FloatArray]:
    """Give each pixel the smoothest of the windows that hold it: fits do not straddle edges.

    ``planes`` and ``rmse`` as :func:`window_planes` gives them. Returns arrays of the same
    shapes; NaN where no window holds the pixel or the pixel itself is missing. Ties go to the
    window nearest to the centre, then to the first in row order.
    """
    rows, cols = rmse.shape
    best = np.full((rows, cols, 3), math.nan)
    best_rmse = np.full((rows, cols), math.nan)
    # the best column of each row of a window first, then the best of these rows
    along = np.full((rows, cols), -1, np.int32)
    for row in range(rows):
        for col in range(cols):
            lowest, reach = math.inf, 0
            for c in range(max(col - half, 0), min(col + half + 1, cols)):
                value = rmse[row, c]
                distance = abs(c - col)
                if value < lowest or (value == lowest and distance < reach):
                    lowest, reach, along[row, col] = value, distance, c
    for row in range(rows):
        for col in range(cols):
            if math.isnan(z[row, col]):
                continue
            lowest, reach, at_row, at_col = math.inf, 0, -1, -1
            for r in range(max(row - half, 0), min(row + half + 1, rows)):
                c = along[r, col]
                if c < 0:
                    continue
                value = rmse[r, c]
                distance = (r - row) * (r - row) + (c - col) * (c - col)
                if value < lowest or (value == lowest and distance < reach):
                    lowest, reach, at_row, at_col = value, distance, r, c
            if at_row >= 0:
                best_rmse[row, col] = lowest
                for k in range(3):
                    best[row, col, k] = planes[at_row, at_col, k]
    return best, best_rmse


@kernel
def pixel_heights(z: FloatArray, resolution: float) -> FloatArray:
    """Pixel centres of known height as points: x, y, z, shape (n, 3), row by row."""
    out = np.empty((z.size, 3))
    n = 0
    for row in range(z.shape[0]):
        for col in range(z.shape[1]):
            if not math.isnan(z[row, col]):
                out[n, 0] = (col + 0.5) * resolution
                out[n, 1] = -(row + 0.5) * resolution
                out[n, 2] = z[row, col]
                n += 1
    return out[:n].copy()


@kernel
def refit_on_points(
    points: FloatArray,
    labels: NDArray[np.int32],
    planes: FloatArray,
    resolution: float,
    reach: float,
    sigmas: float,
    min_points: int,
    inner_points: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Refit planes on the points over their pixels.

    Points over pixels whose eight neighbours bear the same label count; where these are fewer
    than ``inner_points``, all points over the label do. Three rounds of least squares: points
    within ``reach`` (m) of the plane at first, then within ``sigmas`` residual spreads (median
    absolute deviation).

    Returns
    -------
    planes, rmse, moments
        (n, 3) (planes with too few points are returned as they came), residual of the points
        used (m, NaN without refit), moments (n, 10).
    """
    count = len(planes)
    rows, cols = labels.shape
    of = np.zeros(len(points), np.int32)
    inner = np.zeros(len(points), np.bool_)
    n_inner = np.zeros(count, np.int64)
    for p in range(len(points)):
        row, col = math.floor(-points[p, 1] / resolution), math.floor(points[p, 0] / resolution)
        if row < 1 or col < 1 or row >= rows - 1 or col >= cols - 1:
            continue
        k = labels[row, col]
        if k == 0:
            continue
        of[p] = k
        same = True
        for r in range(row - 1, row + 2):
            for c in range(col - 1, col + 2):
                same = same and labels[r, c] == k
        inner[p] = same
        if same:
            n_inner[k - 1] += 1
    out = planes.copy()
    rmse = np.full(count, math.nan)
    moments = np.zeros((count, MOMENTS))
    residual = np.empty(len(points))
    for k in range(count):
        cut = reach
        for turn in range(3):
            total = np.zeros(MOMENTS)
            n = 0
            for p in range(len(points)):
                if of[p] != k + 1 or (n_inner[k] >= inner_points and not inner[p]):
                    continue
                r = points[p, 2] - (
                    out[k, 0] * points[p, 0] + out[k, 1] * points[p, 1] + out[k, 2]
                )
                if abs(r) > cut:
                    continue
                add_moment(total, points[p, 0], points[p, 1], points[p, 2], 1.0)
                residual[n] = abs(r)
                n += 1
            if n < min_points:
                break
            a, b, c, rss = solve_moments(total)
            if math.isnan(a):
                break
            out[k, 0], out[k, 1], out[k, 2] = a, b, c
            rmse[k] = math.sqrt(rss / max(n - 3.0, 1.0))
            moments[k] = total
            spread = 1.4826 * np.median(residual[:n])
            cut = min(reach, max(sigmas * spread, 0.03))
            if turn == 0:
                cut = min(reach, 1.5 * cut)
    return out, rmse, moments
