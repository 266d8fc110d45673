"""Labels of a window from points themselves, without a raster of heights between.

Points are (n, 3) in window coordinates, sorted; a pixel knows its points by :func:`point_cells`.
Labels and planes as in :mod:`cadastre.kernels.label_maps` and :mod:`cadastre.kernels.plane_fit`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]
IndexArray = NDArray[np.int64]


@kernel
def point_cells(
    points: FloatArray, shape: tuple[int, int], resolution: float, depth: float
) -> tuple[IndexArray, IndexArray]:
    """Sort points by pixel: first of each pixel (and the total), and their numbers.

    Points more than ``depth`` (m) below the highest of their pixel are left out: facades. Points
    of one pixel keep their order.
    """
    rows, cols = shape
    top = np.full(rows * cols, -math.inf)
    cell = np.full(len(points), -1, np.int64)
    for p in range(len(points)):
        row, col = math.floor(-points[p, 1] / resolution), math.floor(points[p, 0] / resolution)
        if 0 <= row < rows and 0 <= col < cols:
            cell[p] = row * cols + col
            top[cell[p]] = max(top[cell[p]], points[p, 2])
    start = np.zeros(rows * cols + 1, np.int64)
    for p in range(len(points)):
        if cell[p] >= 0 and points[p, 2] < top[cell[p]] - depth:
            cell[p] = -1
        if cell[p] >= 0:
            start[cell[p] + 1] += 1
    start = np.cumsum(start)
    place = start[:-1].copy()
    members = np.empty(start[-1], np.int64)
    for p in range(len(points)):
        if cell[p] >= 0:
            members[place[cell[p]]] = p
            place[cell[p]] += 1
    return start, members


@kernel
def across(plane: FloatArray, x: float, y: float, z: float) -> float:
    """Distance of a point to a plane, positive above, m."""
    norm = math.sqrt(1.0 + plane[0] * plane[0] + plane[1] * plane[1])
    return (z - (plane[0] * x + plane[1] * y + plane[2])) / norm


@kernel
def far_points(
    points: FloatArray,
    start: IndexArray,
    members: IndexArray,
    labels: LabelArray,
    planes: FloatArray,
    inside: MaskArray,
    cut: float,
) -> MaskArray:
    """Mark the points of the pixels ``inside`` farther than ``cut`` (m) from their plane."""
    rows, cols = labels.shape
    out = np.zeros(len(points), np.bool_)
    for cell in range(rows * cols):
        row, col = cell // cols, cell % cols
        if not inside[row, col]:
            continue
        k = labels[row, col] - 1
        for m in range(start[cell], start[cell + 1]):
            p = members[m]
            out[p] = (
                k < 0 or abs(across(planes[k], points[p, 0], points[p, 1], points[p, 2])) > cut
            )
    return out


@kernel
def label_cells(
    region: LabelArray, start: IndexArray, members: IndexArray, labels: LabelArray, offset: int
) -> None:
    """Give pixels the region of at least half of their points, plus ``offset``, in place."""
    cols = labels.shape[1]
    for cell in range(len(start) - 1):
        n = start[cell + 1] - start[cell]
        best, most = 0, 0
        for m in range(start[cell], start[cell + 1]):
            k = region[members[m]]
            if k == 0 or k == best:
                continue
            same = 0
            for other in range(start[cell], start[cell + 1]):
                if region[members[other]] == k:
                    same += 1
            if same > most:
                best, most = k, same
        if 2 * most >= n and most > 0:
            labels[cell // cols, cell % cols] = best + offset


@kernel
def smooth_on_points(
    points: FloatArray,
    start: IndexArray,
    members: IndexArray,
    domain: MaskArray,
    labels: LabelArray,
    planes: FloatArray,
    sigma: float,
    smoothness: float,
    outlier_cost: float,
    weight: float,
    sweeps: int,
) -> int:
    """Assign pixels to planes by their points, iterated conditional modes, in place.

    As :func:`cadastre.kernels.label_maps.smooth_labels`, but a pixel's cost is the mean over its
    points, squared distance across the plane over 2 sigma², times their number, ``weight`` at
    most. Pixels without points follow their neighbours. Returns the changes of the last sweep.
    """
    rows, cols = labels.shape
    inverse = 1.0 / (2.0 * sigma * sigma)
    candidate = np.empty(10, np.int32)
    changes = 0
    for _ in range(sweeps):
        changes = 0
        for row in range(rows):
            for col in range(cols):
                if not domain[row, col]:
                    continue
                own = labels[row, col]
                candidate[0] = own
                n = 1
                for r in range(max(row - 1, 0), min(row + 2, rows)):
                    for c in range(max(col - 1, 0), min(col + 2, cols)):
                        k = labels[r, c]
                        known = k == 0
                        for m in range(n):
                            known = known or candidate[m] == k
                        if not known:
                            candidate[n] = k
                            n += 1
                if n == 1 and own > 0:
                    continue
                if own > 0:
                    candidate[n] = 0
                    n += 1
                first, last = start[row * cols + col], start[row * cols + col + 1]
                times = min(weight, float(last - first))
                lowest, chosen = math.inf, own
                for m in range(n):
                    k = candidate[m]
                    energy = outlier_cost * times
                    if k > 0 and last > first:
                        total = 0.0
                        for q in range(first, last):
                            p = members[q]
                            off = across(planes[k - 1], points[p, 0], points[p, 1], points[p, 2])
                            total += min(off * off * inverse, 2.0 * outlier_cost)
                        energy = times * total / (last - first)
                    elif k == 0 and last == first:
                        energy = 0.5 * outlier_cost
                    for r in range(max(row - 1, 0), min(row + 2, rows)):
                        for c in range(max(col - 1, 0), min(col + 2, cols)):
                            if labels[r, c] != k:
                                straight = r == row or c == col
                                energy += smoothness if straight else 0.7 * smoothness
                    if energy < lowest - 1e-12:
                        lowest, chosen = energy, k
                if chosen != own:
                    labels[row, col] = chosen
                    changes += 1
        if changes == 0:
            break
    return changes
