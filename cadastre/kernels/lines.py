"""Straight lines for borders of pixels: break points, fits, the line where two planes meet.

Coordinates as in :mod:`cadastre.kernels.plane_fit`. A line is ``n . p = d`` with unit normal n.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]


@kernel
def _farthest(px: FloatArray, py: FloatArray, first: int, last: int) -> tuple[int, float]:
    """Point between two others farthest from their chord, and its distance."""
    ex, ey = px[last] - px[first], py[last] - py[first]
    length = math.hypot(ex, ey)
    at, farthest = -1, -1.0
    for k in range(first + 1, last):
        if length > 1e-9:
            d = abs((px[k] - px[first]) * ey - (py[k] - py[first]) * ex) / length
        else:
            d = math.hypot(px[k] - px[first], py[k] - py[first])
        if d > farthest:
            farthest, at = d, k
    return at, farthest


@kernel
def split_polyline(px: FloatArray, py: FloatArray, n: int, tolerance: float) -> IndexArray:
    """Douglas-Peucker break points of the first ``n`` points, ends included."""
    keep = np.zeros(n, np.bool_)
    keep[0] = True
    keep[n - 1] = True
    stack = np.empty((n + 1, 2), np.int64)
    stack[0, 0], stack[0, 1] = 0, n - 1
    depth = 1
    while depth > 0:
        depth -= 1
        first, last = stack[depth, 0], stack[depth, 1]
        if last - first < 2:
            continue
        at, distance = _farthest(px, py, first, last)
        if distance > tolerance:
            keep[at] = True
            stack[depth, 0], stack[depth, 1] = first, at
            stack[depth + 1, 0], stack[depth + 1, 1] = at, last
            depth += 2
    return np.flatnonzero(keep)


@kernel
def intersection_line(first: FloatArray, second: FloatArray) -> tuple[float, float, float, float]:
    """Line n . p = d where two planes meet, unit normal, and the slope difference."""
    nx, ny = first[0] - second[0], first[1] - second[1]
    slope = math.hypot(nx, ny)
    if slope < 1e-9:
        return 0.0, 0.0, 0.0, 0.0
    return nx / slope, ny / slope, (second[2] - first[2]) / slope, slope


@kernel
def fitted_line(
    px: FloatArray, py: FloatArray, first: int, last: int, main_direction: float, snap: float
) -> tuple[float, float, float]:
    """Total least squares line through midpoints of points first..last, turned when nearly so."""
    n = 0.0
    mx = my = sxx = sxy = syy = 0.0
    for k in range(first, last):
        x, y = 0.5 * (px[k] + px[k + 1]), 0.5 * (py[k] + py[k + 1])
        n += 1.0
        mx += x
        my += y
    mx /= n
    my /= n
    for k in range(first, last):
        x, y = 0.5 * (px[k] + px[k + 1]) - mx, 0.5 * (py[k] + py[k + 1]) - my
        sxx += x * x
        sxy += x * y
        syy += y * y
    if sxx + syy < 1e-12:
        angle = math.atan2(py[last] - py[first], px[last] - px[first])
    else:
        angle = 0.5 * math.atan2(2.0 * sxy, sxx - syy)
    quarter = math.pi / 2.0
    if not math.isnan(main_direction):
        turned = main_direction + quarter * math.floor((angle - main_direction) / quarter + 0.5)
        length = math.hypot(px[last] - px[first], py[last] - py[first])
        step = abs(px[first + 1] - px[first]) + abs(py[first + 1] - py[first])
        if abs(angle - turned) < max(snap, math.atan2(0.7 * step, max(length, step))):
            angle = turned
    nx, ny = -math.sin(angle), math.cos(angle)
    return nx, ny, nx * mx + ny * my


@kernel
def near_share(
    px: FloatArray, py: FloatArray, first: int, last: int,
    nx: float, ny: float, d: float, tolerance: float,
) -> float:  # fmt: skip
    """Share of the midpoints between points first..last within a distance of a line."""
    near = 0
    for k in range(first, last):
        x, y = 0.5 * (px[k] + px[k + 1]), 0.5 * (py[k] + py[k + 1])
        if abs(nx * x + ny * y - d) <= tolerance:
            near += 1
    return near / (last - first)


@kernel
def strays(
    px: FloatArray, py: FloatArray, m: int, nx: float, ny: float, d: float, limit: float
) -> bool:
    """Tell whether one of the first ``m`` points lies farther than ``limit`` from a line."""
    farthest = 0.0
    for k in range(m):
        farthest = max(farthest, abs(nx * px[k] + ny * py[k] - d))
    return farthest > limit


@kernel
def wall_line(
    px: FloatArray, py: FloatArray, m: int, main_direction: float, tolerance: float
) -> tuple[float, float, float, bool]:
    """One line along a main direction for a whole border, if four fifths of it lie near."""
    quarter = 0.5 * math.pi
    chord = math.atan2(py[m - 1] - py[0], px[m - 1] - px[0])
    angle = main_direction + quarter * math.floor((chord - main_direction) / quarter + 0.5)
    nx, ny = -math.sin(angle), math.cos(angle)
    offset = np.empty(m - 1)
    for k in range(m - 1):
        offset[k] = nx * 0.5 * (px[k] + px[k + 1]) + ny * 0.5 * (py[k] + py[k + 1])
    d = np.median(offset)
    near = 0
    for k in range(m - 1):
        if abs(offset[k] - d) <= tolerance:
            near += 1
    straight = math.hypot(px[m - 1] - px[0], py[m - 1] - py[0])
    return nx, ny, d, near >= 0.8 * (m - 1) and straight > 2.0 * tolerance
