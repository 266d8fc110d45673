"""Planes grown among points, from neighbour to neighbour, for want of a raster that shows them.

Points, pixels and planes as in :mod:`cadastre.kernels.point_regions`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.plane_fit import MOMENTS, add_moment, refit_plane
from cadastre.kernels.point_regions import across

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]
IndexArray = NDArray[np.int64]

_PARTNERS = 12
_NEAR = 64


@kernel
def _near_points(
    points: FloatArray,
    start: IndexArray,
    members: IndexArray,
    free: MaskArray,
    seed: int,
    shape: tuple[int, int],
    resolution: float,
    radius: float,
    found: IndexArray,
    distance: FloatArray,
) -> int:
    """Write the free points within ``radius`` of one, nearest first, itself first of all."""
    rows, cols = shape
    x, y = points[seed, 0], points[seed, 1]
    row, col = math.floor(-y / resolution), math.floor(x / resolution)
    wide = math.ceil(radius / resolution)
    n = 0
    for r in range(max(row - wide, 0), min(row + wide + 1, rows)):
        for c in range(max(col - wide, 0), min(col + wide + 1, cols)):
            for m in range(start[r * cols + c], start[r * cols + c + 1]):
                p = members[m]
                away = math.hypot(points[p, 0] - x, points[p, 1] - y)
                if not free[p] or away > radius:
                    continue
                if p == seed:
                    away = -1.0
                if n == len(found) and away >= distance[n - 1]:
                    continue
                at = min(n, len(found) - 1)
                while at > 0 and distance[at - 1] > away:
                    distance[at], found[at] = distance[at - 1], found[at - 1]
                    at -= 1
                distance[at], found[at] = away, p
                n = min(n + 1, len(found))
    return n


@kernel
def _local_plane(
    points: FloatArray, near: IndexArray, n: int, tolerance: float, steepest: float,
    plane: FloatArray,
) -> int:  # fmt: skip
    """Plane through a point and two near ones that most points near it lie on; their number."""
    x, y, z = points[near[0], 0], points[near[0], 1], points[near[0], 2]
    most, spread = 0, math.inf
    trial = np.empty(3)
    for i in range(1, min(n, _PARTNERS)):
        xi, yi, zi = points[near[i], 0] - x, points[near[i], 1] - y, points[near[i], 2] - z
        for j in range(i + 1, min(n, _PARTNERS)):
            xj, yj, zj = points[near[j], 0] - x, points[near[j], 1] - y, points[near[j], 2] - z
            det = xi * yj - xj * yi
            if abs(det) < 0.3 * (xi * xi + yi * yi) or abs(det) < 0.3 * (xj * xj + yj * yj):
                continue
            trial[0], trial[1] = (zi * yj - zj * yi) / det, (xi * zj - xj * zi) / det
            if math.hypot(trial[0], trial[1]) > steepest:
                continue
            trial[2] = z - trial[0] * x - trial[1] * y
            count, total = 0, 0.0
            for m in range(n):
                off = abs(
                    across(trial, points[near[m], 0], points[near[m], 1], points[near[m], 2])
                )
                if off <= tolerance:
                    count += 1
                    total += off
            if count > most or (count == most and total < spread):
                most, spread = count, total
                plane[:] = trial
    return most


@kernel
def _flood_points(
    points: FloatArray,
    start: IndexArray,
    members: IndexArray,
    free: MaskArray,
    seed: int,
    shape: tuple[int, int],
    resolution: float,
    radius: float,
    tolerance: float,
    plane: FloatArray,
    queue: IndexArray,
    seen: IndexArray,
    stamp: int,
) -> int:
    """Collect the free points joined to a seed, by steps of ``radius``, that lie on a plane.

    The plane is refitted each time their number has doubled, and at the end.
    """
    moments = np.zeros(MOMENTS)
    rows, cols = shape
    wide = math.ceil(radius / resolution)
    queue[0] = seed
    seen[seed] = stamp
    count, head, next_fit = 1, 0, 8
    while head < count:
        p = queue[head]
        head += 1
        x, y = points[p, 0], points[p, 1]
        add_moment(moments, x, y, points[p, 2], 1.0)
        if moments[0] >= next_fit:
            next_fit *= 2
            refit_plane(plane, moments)
        row, col = math.floor(-y / resolution), math.floor(x / resolution)
        for r in range(max(row - wide, 0), min(row + wide + 1, rows)):
            for c in range(max(col - wide, 0), min(col + wide + 1, cols)):
                for m in range(start[r * cols + c], start[r * cols + c + 1]):
                    q = members[m]
                    if seen[q] == stamp or not free[q]:
                        continue
                    if math.hypot(points[q, 0] - x, points[q, 1] - y) > radius:
                        continue
                    if abs(across(plane, points[q, 0], points[q, 1], points[q, 2])) > tolerance:
                        continue
                    seen[q] = stamp
                    queue[count] = q
                    count += 1
    refit_plane(plane, moments)
    return count


@kernel
def grow_on_points(
    points: FloatArray,
    start: IndexArray,
    members: IndexArray,
    free: MaskArray,
    shape: tuple[int, int],
    resolution: float,
    radius: float,
    tolerance: float,
    steepest: float,
    min_points: int,
    min_cells: int,
) -> tuple[LabelArray, FloatArray]:
    """Grow planes among free points, from the flattest neighbourhoods on.

    Parameters
    ----------
    points, start, members
        Points, and as :func:`point_regions.point_cells` gives them.
    free
        Points that may belong to a region.
    shape, resolution
        Of the window; m.
    radius
        Farthest neighbour of a point, m.
    tolerance
        Greatest distance of a point to its plane, m.
    steepest
        Greatest slope (tangent) of a plane.
    min_points, min_cells
        Least number of points of a region and of pixels that hold them.

    Returns
    -------
    region, planes
        Region of each point (0: none; ``k + 1``), least-squares planes (n, 3).
    """
    n_points, cols = len(points), shape[1]
    region = np.zeros(n_points, np.int32)
    still = free.copy()
    score = np.zeros(n_points, np.int64)
    first = np.zeros((n_points, 3))
    near, distance = np.empty(_NEAR, np.int64), np.empty(_NEAR)
    for p in range(n_points):
        if free[p]:
            n = _near_points(points, start, members, free, p, shape, resolution, radius, near,
                             distance)  # fmt: skip
            if n >= 5:
                score[p] = _local_plane(points, near, n, tolerance, steepest, first[p])
    order = np.argsort(-score, kind="mergesort")
    queue, seen = np.empty(n_points, np.int64), np.zeros(n_points, np.int64)
    in_cell = np.zeros(shape[0] * cols, np.int64)
    planes = np.empty((n_points // max(min_points, 1) + 1, 3))
    count, stamp = 0, 0
    plane = np.empty(3)
    for seed in order:
        if score[seed] < 5:
            break
        if not still[seed]:
            continue
        plane[:] = first[seed]
        n = 0
        for _ in range(2):
            stamp += 1
            n = _flood_points(points, start, members, still, seed, shape, resolution, radius,
                              tolerance, plane, queue, seen, stamp)  # fmt: skip
        cells = 0
        for m in range(n):
            p = queue[m]
            cell = math.floor(-points[p, 1] / resolution) * cols + math.floor(
                points[p, 0] / resolution
            )
            if in_cell[cell] != stamp:
                in_cell[cell] = stamp
                cells += 1
        if n < min_points or cells < min_cells or math.hypot(plane[0], plane[1]) > steepest:
            continue
        planes[count] = plane
        count += 1
        for m in range(n):
            region[queue[m]] = count
            still[queue[m]] = False
    return region, planes[:count].copy()
