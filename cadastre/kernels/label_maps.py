"""Labels of a raster window: which pixel belongs to which plane, and how labels spread and split.

Labels are int32, 0 where no plane holds the pixel, ``k + 1`` for row ``k`` of the plane table.
Conventions of windows and planes: :mod:`cadastre.kernels.plane_fit`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.pixels import under_step
from cadastre.kernels.plane_fit import steepness

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]
IndexArray = NDArray[np.int64]


@kernel
def adjacency(labels: LabelArray, count: int) -> LabelArray:
    """Count the pixel edges that regions share, symmetric (count + 1, count + 1) with label 0."""
    out = np.zeros((count + 1, count + 1), np.int32)
    rows, cols = labels.shape
    for row in range(rows):
        for col in range(cols):
            i = labels[row, col]
            if col + 1 < cols and labels[row, col + 1] != i:
                j = labels[row, col + 1]
                out[i, j] += 1
                out[j, i] += 1
            if row + 1 < rows and labels[row + 1, col] != i:
                j = labels[row + 1, col]
                out[i, j] += 1
                out[j, i] += 1
    return out


@kernel
def smooth_labels(
    z: FloatArray,
    domain: MaskArray,
    labels: LabelArray,
    planes: FloatArray,
    resolution: float,
    sigma: float,
    smoothness: float,
    outlier_cost: float,
    edge_step: float,
    sweeps: int,
) -> int:
    """Assign pixels to planes by iterated conditional modes, in place; returns the changes.

    Energy: squared residual over 2 sigma² (capped at twice ``outlier_cost``; label 0 costs
    ``outlier_cost``) plus ``smoothness`` for each unlike neighbour (diagonal ones count 0.7). A
    pixel that stands above a plane seen within two pixels, where another plane is higher by
    ``edge_step`` (m), may be the ramp at the foot of a step, which gridding draws outside of the
    upper edge: it costs the lower plane no more than a third of ``outlier_cost``. Candidates are
    the labels of the eight neighbours, the pixel's own and 0. A pixel is looked at again only
    after a change within two pixels of it: nothing else can change its mind.
    """
    rows, cols = z.shape
    stirred = domain.copy()
    changes = 0
    inverse = 1.0 / (2.0 * sigma * sigma)
    candidate = np.empty(10, np.int32)
    ramp_cost = outlier_cost / 3.0
    for _ in range(sweeps):
        changes = 0
        for row in range(rows):
            for col in range(cols):
                if not stirred[row, col]:
                    continue
                stirred[row, col] = False
                own = labels[row, col]
                n_candidates = 1
                candidate[0] = own
                mixed = False
                for r in range(max(row - 1, 0), min(row + 2, rows)):
                    for c in range(max(col - 1, 0), min(col + 2, cols)):
                        k = labels[r, c]
                        if k == own:
                            continue
                        mixed = True
                        if k == 0:
                            continue
                        known = False
                        for m in range(n_candidates):
                            if candidate[m] == k:
                                known = True
                        if not known:
                            candidate[n_candidates] = k
                            n_candidates += 1
                if not mixed and own > 0:
                    continue
                x, y = (col + 0.5) * resolution, -(row + 0.5) * resolution
                lowest, chosen = math.inf, own
                for m in range(n_candidates + 1):
                    k = candidate[m] if m < n_candidates else np.int32(0)
                    if m == n_candidates and own == 0:
                        continue
                    if k == 0 or math.isnan(z[row, col]):
                        energy = outlier_cost if k == 0 else 0.5 * outlier_cost
                    else:
                        residual = z[row, col] - (
                            planes[k - 1, 0] * x + planes[k - 1, 1] * y + planes[k - 1, 2]
                        )
                        scale = steepness(planes[k - 1, 0], planes[k - 1, 1])
                        energy = min(
                            residual * residual * inverse / (scale * scale), 2.0 * outlier_cost
                        )
                        if (
                            energy > ramp_cost
                            and residual > 0.0
                            and under_step(
                                labels,
                                planes,
                                row,
                                col,
                                k,
                                z[row, col] + edge_step,
                                resolution,
                                z,
                                3.0 * sigma,
                            )
                        ):
                            energy = ramp_cost
                    for r in range(max(row - 1, 0), min(row + 2, rows)):
                        for c in range(max(col - 1, 0), min(col + 2, cols)):
                            if labels[r, c] != k:
                                energy += (
                                    smoothness if (r == row or c == col) else (0.7 * smoothness)
                                )
                    if energy < lowest - 1e-12:
                        lowest, chosen = energy, k
                if chosen != own:
                    labels[row, col] = chosen
                    changes += 1
                    for r in range(max(row - 2, 0), min(row + 3, rows)):
                        for c in range(max(col - 2, 0), min(col + 3, cols)):
                            stirred[r, c] = domain[r, c]
        if changes == 0:
            break
    return changes


@kernel
def spread_labels(labels: LabelArray, domain: MaskArray) -> None:
    """Give every pixel of ``domain`` without label that of the nearest labelled pixel, in place.

    Breadth first over the domain, straight neighbours before diagonal ones, so that ties do not
    depend on anything but the window; pixels that no label reaches stay 0.
    """
    rows, cols = labels.shape
    queue = np.empty(rows * cols, np.int64)
    head, tail = 0, 0
    for row in range(rows):
        for col in range(cols):
            if labels[row, col] > 0:
                queue[tail] = row * cols + col
                tail += 1
    while head < tail:
        row, col = queue[head] // cols, queue[head] % cols
        head += 1
        for diagonal in range(2):
            for dr in range(-1, 2):
                for dc in range(-1, 2):
                    if (dr != 0 and dc != 0) != (diagonal == 1) or (dr == 0 and dc == 0):
                        continue
                    r, c = row + dr, col + dc
                    if r < 0 or c < 0 or r >= rows or c >= cols:
                        continue
                    if labels[r, c] == 0 and domain[r, c]:
                        labels[r, c] = labels[row, col]
                        queue[tail] = r * cols + c
                        tail += 1


@kernel
def split_components(
    labels: LabelArray, min_pixels: IndexArray
) -> tuple[LabelArray, IndexArray, IndexArray]:
    """Find the connected parts (straight neighbours) of every label.

    Returns
    -------
    parts, source, size
        Part labels from 1 on in order of first pixel; for each part its 0-based former label
        and its number of pixels. Parts smaller than ``min_pixels`` of their label become 0
        and are left out.
    """
    rows, cols = labels.shape
    parts = np.zeros((rows, cols), np.int32)
    queue = np.empty(rows * cols, np.int64)
    source = np.empty(rows * cols, np.int64)
    size = np.empty(rows * cols, np.int64)
    n = 0
    for row in range(rows):
        for col in range(cols):
            k = labels[row, col]
            if k == 0 or parts[row, col] != 0:
                continue
            number = n + 1
            parts[row, col] = number
            queue[0] = row * cols + col
            head, tail = 0, 1
            while head < tail:
                r, c = queue[head] // cols, queue[head] % cols
                head += 1
                for way in range(4):
                    r2 = r + (1 if way == 1 else (-1 if way == 3 else 0))
                    c2 = c + (1 if way == 0 else (-1 if way == 2 else 0))
                    if r2 < 0 or c2 < 0 or r2 >= rows or c2 >= cols:
                        continue
                    if labels[r2, c2] == k and parts[r2, c2] == 0:
                        parts[r2, c2] = number
                        queue[tail] = r2 * cols + c2
                        tail += 1
            if tail < min_pixels[k - 1]:
                for m in range(tail):
                    parts[queue[m] // cols, queue[m] % cols] = -1
                continue
            source[n] = k - 1
            size[n] = tail
            n += 1
    for row in range(rows):
        for col in range(cols):
            if parts[row, col] < 0:
                parts[row, col] = 0
    return parts, source[:n].copy(), size[:n].copy()
