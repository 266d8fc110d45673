"""Borders at the foot of a roof: an eave goes on straight where a lower roof begins under it.

The ramp that gridding draws outside of an eave may lie on the very slope of the roof above it, so
that nothing in the heights tells the roof from its ramp. Beside the lower roof the same eave is
free, and well seen. Coordinates as in :mod:`cadastre.kernels.plane_fit`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.arcs import label_at

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
IndexArray = NDArray[np.int64]


@kernel
def eave_labels(eaves: FloatArray, labels: LabelArray, resolution: float) -> LabelArray:
    """Label that lies inside most of each eave (x1, y1, x2, y2; the roof on its left)."""
    out = np.zeros(len(eaves), np.int32)
    for k in range(len(eaves)):
        ex, ey = eaves[k, 2] - eaves[k, 0], eaves[k, 3] - eaves[k, 1]
        length = math.hypot(ex, ey)
        if length < 1e-6:
            continue
        count = max(1, int(length / resolution))
        seen = np.zeros(count, np.int32)
        for p in range(count):
            t = (p + 0.5) / count
            x = eaves[k, 0] + t * ex - 0.75 * ey / length
            y = eaves[k, 1] + t * ey + 0.75 * ex / length
            seen[p] = label_at(labels, math.floor(-y / resolution), math.floor(x / resolution))
        seen = np.sort(seen)
        if np.sum(seen == seen[count // 2]) > 0.5 * count:
            out[k] = seen[count // 2]
    return out


@kernel
def draw_to_eaves(
    lines: FloatArray,
    ends: FloatArray,
    piece_start: IndexArray,
    sides: LabelArray,
    planes: FloatArray,
    eaves: FloatArray,
    holders: LabelArray,
    reach: float,
    step: tuple[float, float],
    most_turn: float,
) -> None:
    """Put pieces of borders on the line of the eave of their upper plane, in place.

    Parameters
    ----------
    lines, ends, piece_start, sides
        As :func:`cadastre.kernels.arc_lines.fit_arcs` gives and takes them.
    planes
        (n, 3).
    eaves, holders
        Free eaves (x1, y1, x2, y2), m, and the label of the plane each ends (0 for none).
    reach
        A border farther than this beyond the eave is left alone, m.
    step
        Least and greatest height of the upper plane over the lower one at the eave, m.
    most_turn
        Greatest angle between a border and an eave, and between the fall of the upper plane and
        the normal of its eave, rad.
    """
    turn = math.sin(most_turn)
    for arc in range(len(piece_start) - 1):
        left, right = sides[arc, 0], sides[arc, 1]
        if left == 0 or right == 0:
            continue
        for piece in range(piece_start[arc], piece_start[arc + 1]):
            ax, ay = ends[piece, 2] - ends[piece, 0], ends[piece, 3] - ends[piece, 1]
            mx, my = (
                0.5 * (ends[piece, 0] + ends[piece, 2]),
                0.5 * (ends[piece, 1] + ends[piece, 3]),
            )
            nearest = reach
            for k in range(len(eaves)):
                if holders[k] != left and holders[k] != right:
                    continue
                ex, ey = eaves[k, 2] - eaves[k, 0], eaves[k, 3] - eaves[k, 1]
                length = math.hypot(ex, ey)
                nx, ny = ey / length, -ex / length
                if abs(lines[piece, 0] * ny - lines[piece, 1] * nx) > turn:
                    continue
                # the side of the border that lies towards the roof
                inner = left if -ay * nx + ax * ny < 0.0 else right
                outer = right if inner == left else left
                if inner != holders[k]:
                    continue
                a, b = planes[inner - 1, 0], planes[inner - 1, 1]
                slope = math.hypot(a, b)
                if slope < 0.2 or -(a * nx + b * ny) < math.cos(most_turn) * slope:
                    continue
                d = nx * eaves[k, 0] + ny * eaves[k, 1]
                # where the border itself runs, not its corners
                beyond = lines[piece, 2] * (lines[piece, 0] * nx + lines[piece, 1] * ny)
                beyond += (mx * -ny + my * nx) * (lines[piece, 0] * ny - lines[piece, 1] * nx)
                beyond -= d
                if beyond <= 0.0 or beyond >= nearest:
                    continue
                x, y = mx - (nx * mx + ny * my - d) * nx, my - (nx * mx + ny * my - d) * ny
                drop = (planes[inner - 1, 0] - planes[outer - 1, 0]) * x
                drop += (planes[inner - 1, 1] - planes[outer - 1, 1]) * y
                drop += planes[inner - 1, 2] - planes[outer - 1, 2]
                if step[0] <= drop <= step[1]:
                    nearest = beyond
                    lines[piece, 0], lines[piece, 1] = nx, ny
                    lines[piece, 2], lines[piece, 3] = d, 0.0
