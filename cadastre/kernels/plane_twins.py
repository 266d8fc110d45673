"""The other half of small gables: a plane's mirror image among pixels nobody explains.

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
def _boxes(labels: NDArray[np.int32], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pixels of each label and the rows and columns they span: (n,), (n, 4)."""
    size = np.zeros(count, np.int64)
    box = np.empty((count, 4), np.int64)
    for row in range(labels.shape[0]):
        for col in range(labels.shape[1]):
            k = labels[row, col] - 1
            if k < 0:
                continue
            if size[k] == 0:
                box[k, 0], box[k, 1], box[k, 2], box[k, 3] = row, row, col, col
            size[k] += 1
            box[k, 1] = row
            box[k, 2], box[k, 3] = min(box[k, 2], col), max(box[k, 3], col)
    return size, box


@kernel
def mirrored_planes(
    z: FloatArray,
    labels: NDArray[np.int32],
    free: NDArray[np.bool_],
    planes: FloatArray,
    resolution: float,
    cut: float,
    reach: float,
    most_pixels: int,
    min_slope: float,
    least: int,
    share: float,
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Offer each small plane the half it lacks on the other side of a level ridge.

    The halves of a gable have one pitch and opposite azimuths, so that the twin of
    ``a x + b y + c`` is ``-a x - b y + c'`` and one height decides. Every unexplained pixel that
    lies below the plane, and from whose twin the plane's own pixels lie below in turn (a ridge,
    not a valley), proposes one; the twin that most pixels follow within ``cut`` is kept.

    Parameters
    ----------
    z, labels, free
        Heights (m), labels (k + 1 on row k of ``planes``) and pixels without a good plane.
    planes
        (n, 3).
    resolution, cut
        Pixel size and greatest residual, m.
    reach
        Distance from the plane's pixels within which a twin is looked for, m.
    most_pixels, min_slope
        Planes with more pixels or flatter than this slope have no twin looked for.
    least, share
        Pixels a twin needs at least, also as a share of the plane's own, and of the pixels that
        lie within reach and below the plane.

    Returns
    -------
    twins, inliers
        (n, 3), NaN where there is none, and the number of pixels that follow.
    """
    count = len(planes)
    twins = np.full((count, 3), math.nan)
    inliers = np.zeros(count, np.int64)
    size, box = _boxes(labels, count)
    around = math.ceil(reach / resolution)
    for k in range(count):
        a, b, c = planes[k, 0], planes[k, 1], planes[k, 2]
        if not math.hypot(a, b) > min_slope or size[k] < least or size[k] > most_pixels:
            continue
        limit = cut * steepness(a, b)
        top, bottom = max(box[k, 0] - around, 0), min(box[k, 1] + around, z.shape[0] - 1)
        left, right = max(box[k, 2] - around, 0), min(box[k, 3] + around, z.shape[1] - 1)
        room = (bottom - top + 1) * (right - left + 1)
        offset, mine = np.empty(room), np.empty(size[k])
        n = own = 0
        for row in range(top, bottom + 1):
            for col in range(left, right + 1):
                if math.isnan(z[row, col]):
                    continue
                rise = a * (col + 0.5) * resolution - b * (row + 0.5) * resolution
                if labels[row, col] == k + 1 and not free[row, col]:
                    mine[own] = z[row, col] + rise
                    own += 1
                elif free[row, col] and z[row, col] < rise + c - limit:
                    offset[n] = z[row, col] + rise
                    n += 1
        if n < least or own < least:
            continue
        best, chosen = 0, 0.0
        for i in range(n):
            below = 0
            for j in range(own):
                if mine[j] <= offset[i] + limit:
                    below += 1
            if 5 * below < 4 * own:
                continue
            followed, total = 0, 0.0
            for j in range(n):
                if abs(offset[j] - offset[i]) <= limit:
                    followed += 1
                    total += offset[j]
            if followed > best:
                best, chosen = followed, total / followed
        if best >= least and best >= share * own and best >= share * n:
            twins[k, 0], twins[k, 1], twins[k, 2] = -a, -b, chosen
            inliers[k] = best
    return twins, inliers
