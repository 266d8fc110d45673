"""Ground nearer to some points than to others, as convex polygons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]


@kernel
def _clip(
    corners: FloatArray, n: int, px: float, py: float, qx: float, qy: float, spare: FloatArray
) -> int:
    """Keep of a convex polygon what is nearer to p than to q, in place; returns its corners."""
    nx, ny = qx - px, qy - py
    middle = 0.5 * (nx * (qx + px) + ny * (qy + py))
    whole = True
    for k in range(n):
        whole = whole and nx * corners[k, 0] + ny * corners[k, 1] - middle <= 0.0
    if whole:
        return n
    m = 0
    for k in range(n):
        after = k + 1 if k + 1 < n else 0
        here = nx * corners[k, 0] + ny * corners[k, 1] - middle
        there = nx * corners[after, 0] + ny * corners[after, 1] - middle
        if here <= 0.0:
            spare[m, 0], spare[m, 1] = corners[k, 0], corners[k, 1]
            m += 1
        if (here < 0.0 < there) or (there < 0.0 < here):
            part = here / (here - there)
            spare[m, 0] = corners[k, 0] + part * (corners[after, 0] - corners[k, 0])
            spare[m, 1] = corners[k, 1] + part * (corners[after, 1] - corners[k, 1])
            m += 1
    for k in range(m):
        corners[k, 0], corners[k, 1] = spare[k, 0], spare[k, 1]
    return m


@kernel
def nearer_cells(
    points: FloatArray, others: FloatArray, reach: float
) -> tuple[FloatArray, IndexArray]:
    """For each point, what is nearer to it than to any of the others.

    Parameters
    ----------
    points, others
        (n, 2) and (m, 2), m; none of one among the other.
    reach
        Half the side of the square about a point to which its polygon is limited, m.

    Returns
    -------
    corners, start
        (k, 2) corners of the polygons, counter-clockwise and not closed, one polygon after the
        other; first corner of each, and the total. Together they cover the ground nearer to
        ``points``; polygons of two points may overlap.
    """
    room = 4 + len(others)
    corners = np.empty((len(points) * room, 2))
    start = np.zeros(len(points) + 1, np.int64)
    now, spare = np.empty((room, 2)), np.empty((room, 2))
    total = 0
    for i in range(len(points)):
        px, py = points[i, 0], points[i, 1]
        n = 4
        for k in range(4):
            now[k, 0] = px + (reach if k == 1 or k == 2 else -reach)
            now[k, 1] = py + (reach if k >= 2 else -reach)
        for j in range(len(others)):
            if (others[j, 0] - px) ** 2 + (others[j, 1] - py) ** 2 > 8.0 * reach * reach:
                continue  # its bisector passes outside of the square
            n = _clip(now, n, px, py, others[j, 0], others[j, 1], spare)
            if n == 0:
                break
        for k in range(n):
            corners[total] = now[k]
            total += 1
        start[i + 1] = total
    return corners[:total].copy(), start
