"""Regions of a raster window that their neighbours explain as well as their own plane does.

Near a blunt ridge a level strip fits within the noise: merging cannot end it, for either side of
the ridge alone explains but half of it. Conventions: :mod:`cadastre.kernels.label_maps`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.label_maps import adjacency
from cadastre.kernels.plane_fit import misfit

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]


@kernel
def _square(residual: float, cut: float) -> float:
    """Square of a residual, that of ``cut`` at most."""
    return min(residual * residual, cut * cut)


@kernel
def _lists(
    flat: LabelArray, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Size and first pixel of each region, and the pixel that follows each one in its region."""
    size = np.zeros(count, np.int64)
    head = np.full(count, -1)
    following = np.full(flat.size, -1)
    for p in range(flat.size - 1, -1, -1):
        k = flat[p] - 1
        if k >= 0:
            following[p] = head[k]
            head[k] = p
            size[k] += 1
    return size, head, following


@kernel
def give_up_spare_planes(
    z: FloatArray,
    labels: LabelArray,
    planes: FloatArray,
    resolution: float,
    cut: float,
    slack: float,
    min_edges: int,
) -> int:
    """Give the pixels of spare regions to the neighbours that fit them best, in place.

    A region is spare when the squared residuals of its pixels, each on the best of the planes
    beside the region that hold no fewer pixels, exceed those on its own plane by at most
    ``slack``² (m²) a pixel; residuals beyond ``cut`` (m) count as ``cut``. Smallest regions
    first. Returns how many were given up.
    """
    count = len(planes)
    cols = labels.shape[1]
    flat = labels.ravel().copy()
    size, head, following = _lists(flat, count)
    best = np.zeros(flat.size, np.int32)
    beside = adjacency(labels, count)
    given = 0
    for k in np.argsort(size, kind="mergesort"):
        others = np.flatnonzero((beside[k + 1, 1:] >= min_edges) & (size >= size[k]))
        others = others[others != k]
        if size[k] == 0 or len(others) == 0:
            continue
        mine, theirs = 0.0, 0.0
        p = head[k]
        while p >= 0:
            x, y, height = (
                (p % cols + 0.5) * resolution,
                -(p // cols + 0.5) * resolution,
                z.flat[p],
            )
            lowest = math.inf
            best[p] = others[0]
            for j in others:
                value = _square(misfit(planes[j], x, y, height), cut)
                if value < lowest:
                    lowest = value
                    best[p] = j
            if not math.isnan(height):
                mine += _square(misfit(planes[k], x, y, height), cut)
                theirs += lowest
            p = following[p]
        if theirs > mine + size[k] * slack * slack:
            continue
        p = head[k]
        while p >= 0:
            j, after = best[p], following[p]
            labels[p // cols, p % cols] = j + 1
            following[p] = head[j]
            head[j] = p
            size[j] += 1
            p = after
        size[k] = 0
        given += 1
        beside = adjacency(labels, count)
    return given
