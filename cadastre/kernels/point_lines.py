"""Straight borders placed where the fewest points lie on the wrong side.

Lines and pieces as :func:`cadastre.kernels.arc_lines.fit_arcs` gives them; points (n, 3) and
planes as in :mod:`cadastre.kernels.plane_fit`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.point_regions import across

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
IndexArray = NDArray[np.int64]


@kernel
def best_split(distance: FloatArray, side: FloatArray, n: int, reach: float) -> float:
    """Place on an axis with the fewest negative sides before it and positive ones after it.

    Of several such places the one nearest to 0; within a gap between points its middle, or 0
    where it holds 0. 0 when one side has fewer than two points. The first ``n`` entries count.
    """
    before = after = 0
    for k in range(n):
        if side[k] > 0.0:
            before += 1
        else:
            after += 1
    if before < 2 or after < 2:
        return 0.0
    order = np.argsort(distance[:n], kind="mergesort")
    wrong = before
    least, place = wrong + 1, 0.0
    for k in range(n + 1):
        if k > 0:
            wrong += -1 if side[order[k - 1]] > 0.0 else 1
        low = distance[order[k - 1]] if k > 0 else -reach
        high = distance[order[k]] if k < n else reach
        if low == high and 0 < k < n:
            continue
        here = 0.0 if low < 0.0 < high else 0.5 * (low + high)
        if wrong < least or (wrong == least and abs(here) < abs(place)):
            least, place = wrong, here
    return place


@kernel
def draw_to_points(
    lines: FloatArray,
    ends: FloatArray,
    piece_start: IndexArray,
    sides: LabelArray,
    planes: FloatArray,
    points: FloatArray,
    near: float,
    reach: float,
) -> None:
    """Shift fitted lines between two planes, in place, to where points change planes.

    A point has a say where it lies within ``near`` (m) of one of the two planes and not of the
    other, within ``reach`` (m) of the line and beside the piece. Intersections of planes stay.
    """
    distance, side = np.empty(len(points)), np.empty(len(points))
    for arc in range(len(sides)):
        i, j = sides[arc, 0] - 1, sides[arc, 1] - 1
        if i < 0 or j < 0:
            continue
        for piece in range(piece_start[arc], piece_start[arc + 1]):
            if lines[piece, 3] == 1.0:
                continue
            x0, y0 = ends[piece, 0], ends[piece, 1]
            ex, ey = ends[piece, 2] - x0, ends[piece, 3] - y0
            length = math.hypot(ex, ey)
            nx, ny, d0 = lines[piece, 0], lines[piece, 1], lines[piece, 2]
            if length < 1e-9:
                continue
            # the label on the left of the direction of travel lies on this side of the line
            left = 1.0 if nx * -ey + ny * ex > 0.0 else -1.0
            n = 0
            for m in range(len(points)):
                x, y, z = points[m, 0], points[m, 1], points[m, 2]
                d = nx * x + ny * y - d0
                if abs(d) > reach:
                    continue
                t = ((x - x0) * ex + (y - y0) * ey) / length
                if t < 0.0 or t > length:
                    continue
                on_i = abs(across(planes[i], x, y, z)) <= near
                on_j = abs(across(planes[j], x, y, z)) <= near
                if on_i == on_j:
                    continue
                distance[n] = -left * d
                side[n] = 1.0 if on_i else -1.0
                n += 1
            lines[piece, 2] = d0 - left * best_split(distance, side, n, reach)
