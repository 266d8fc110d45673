"""Straight pieces for the borders between labels: where two planes meet, else fitted lines.

Borders come as arcs of :mod:`cadastre.kernels.arcs`; a border between an upper and a lower plane
is moved to the edge of the upper one. Coordinates as in :mod:`cadastre.kernels.plane_fit`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.arcs import label_at
from cadastre.kernels.lines import (
    fitted_line,
    intersection_line,
    near_share,
    split_polyline,
    strays,
    wall_line,
)
from cadastre.kernels.ramps import fit_ramp, ramp_retreat

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
IndexArray = NDArray[np.int64]


@kernel
def _step_offset(
    heights: FloatArray,
    labels: LabelArray,
    upper: FloatArray,
    lower: FloatArray,
    pair: tuple[int, int],
    start: tuple[float, float],
    end: tuple[float, float],
    normal: tuple[float, float, float],
    resolution: float,
    min_step: float,
    ramp: tuple[float, float, float, float],
) -> float:
    """Distance from a line to the edge of the upper of two planes, towards the lower one, m.

    ``normal`` is the line, pointing to the lower plane; heights on both labels near the piece
    tell how far down the ramp they are, see :func:`cadastre.kernels.ramps.fit_ramp`. 0 where the
    step is low or the ramp unclear.
    """
    nx, ny, d0 = normal
    ex, ey = -ny, nx
    t0 = ex * start[0] + ey * start[1]
    t1 = ex * end[0] + ey * end[1]
    if t1 < t0:
        t0, t1 = t1, t0
    if t1 - t0 < 2.0 * resolution:
        return 0.0
    reach = 1.75 + resolution
    distance, share = np.empty(len(heights)), np.empty(len(heights))
    n = 0
    for m in range(len(heights)):
        x, y = heights[m, 0], heights[m, 1]
        d = nx * x + ny * y - d0
        if abs(d) > reach:
            continue
        t = ex * x + ey * y
        if t < t0 + 0.25 or t > t1 - 0.25:
            continue
        here = label_at(labels, math.floor(-y / resolution), math.floor(x / resolution))
        if here != pair[0] and here != pair[1]:
            continue
        top = upper[0] * x + upper[1] * y + upper[2]
        low = lower[0] * x + lower[1] * y + lower[2]
        if top - low < min_step:
            continue
        distance[n] = d
        share[n] = min(max((top - heights[m, 2]) / (top - low), -0.3), 1.3)
        n += 1
    if n < 8:
        return 0.0
    middle, width, misfit = fit_ramp(distance, share, n, 0.5 * ramp[3], 1.2, resolution)
    if misfit > 0.15:
        return 0.0
    return middle - ramp_retreat(width, ramp)


@kernel
def _inner_part(
    corners: IndexArray, first: int, last: int, roof: NDArray[np.bool_]
) -> tuple[int, int]:
    """First and last corner of a border but for its ends outside a mask; all when all is out."""
    begin, end = -1, -1
    for k in range(first, last):
        r0, c0, r1, c1 = corners[k, 0], corners[k, 1], corners[k + 1, 0], corners[k + 1, 1]
        touches = False
        for side in range(2):
            row = r0 - side if r0 == r1 else min(r0, r1)
            col = c0 - side if c0 == c1 else min(c0, c1)
            if 0 <= row < roof.shape[0] and 0 <= col < roof.shape[1] and roof[row, col]:
                touches = True
        if touches:
            if begin < 0:
                begin = k
            end = k + 1
    return (first, last) if begin < 0 else (begin, end)


@kernel
def fit_arcs(
    heights: FloatArray,
    labels: LabelArray,
    roof: NDArray[np.bool_],
    corners: IndexArray,
    starts: IndexArray,
    sides: LabelArray,
    closed: IndexArray,
    planes: FloatArray,
    resolution: float,
    split_tolerance: float,
    line_tolerance: float,
    noise: float,
    main_direction: float,
    snap: float,
    min_step: float,
    ramp: tuple[float, float, float, float],
    stray: float,
) -> tuple[FloatArray, FloatArray, IndexArray]:
    """Turn arcs into straight pieces.

    Parameters
    ----------
    heights, labels, roof
        x, y, z of what was measured (n, 3), the labels that were traced and the pixels that
        count: what a border does outside of them, at its ends, is not looked at.
    corners, starts, sides, closed
        As :func:`cadastre.kernels.arcs.trace_arcs` gives them.
    planes
        (n, 3).
    resolution
        Pixel size, m.
    split_tolerance, line_tolerance
        Break points of a border (m); greatest distance of a border to the planes' intersection
        (m), to which twice the ``noise`` over the slope difference is added.
    noise
        Height noise, m.
    main_direction, snap
        Direction of the building's walls (rad, modulo a quarter turn, NaN for none) and angle
        (rad) within which a fitted piece turns to it.
    min_step, ramp
        Step between two planes (m) from which a border is moved to the edge of the upper one;
        place of that edge in the ramp, see :func:`cadastre.kernels.ramps.ramp_retreat`.
    stray
        A border of which a corner lies farther than this (m) from a line is not that line alone.

    Returns
    -------
    lines, ends, piece_start
        (n_pieces, 4) normal x, y, offset of each piece's line and 1 where it is an intersection
        of planes; (n_pieces, 4) raw first and last point; first piece of each arc, and the total.
    """
    n_arcs = len(starts) - 1
    lines = np.empty((len(corners), 4))
    ends = np.empty((len(corners), 4))
    piece_start = np.zeros(n_arcs + 1, np.int64)
    n = 0
    for arc in range(n_arcs):
        first, last = _inner_part(corners, starts[arc], starts[arc + 1] - 1, roof)
        m = last - first + 1
        px, py = np.empty(m), np.empty(m)
        for k in range(m):
            px[k] = corners[first + k, 1] * resolution
            py[k] = -corners[first + k, 0] * resolution
        i, j = sides[arc, 0], sides[arc, 1]
        nx = ny = d = slope = 0.0
        if i > 0 and j > 0:
            nx, ny, d, slope = intersection_line(planes[i - 1], planes[j - 1])
        tolerance = line_tolerance
        if slope > 0.03:
            tolerance = line_tolerance + min(2.0 * noise / slope, 2.0 * resolution)
        begun = n
        if (
            slope > 0.03
            and closed[arc] == 0
            and near_share(px, py, 0, m - 1, nx, ny, d, tolerance) >= 0.7
            and not strays(px, py, m, nx, ny, d, stray)
        ):
            lines[n, 0], lines[n, 1], lines[n, 2], lines[n, 3] = nx, ny, d, 1.0
            ends[n, 0], ends[n, 1], ends[n, 2], ends[n, 3] = px[0], py[0], px[-1], py[-1]
            n += 1
            piece_start[arc + 1] = n
            continue
        whole = False
        if (
            closed[arc] == 0
            and m > 5
            and not math.isnan(main_direction)
            and i > 0
            and j > 0
            and (slope <= 0.03 or near_share(px, py, 0, m - 1, nx, ny, d, tolerance) < 0.4)
        ):
            lx, ly, ld, whole = wall_line(px, py, m, main_direction, 1.25 * split_tolerance)
            whole = whole and not strays(px, py, m, lx, ly, ld, stray)
            if whole:
                lines[n, 0], lines[n, 1], lines[n, 2], lines[n, 3] = lx, ly, ld, 0.0
                ends[n, 0], ends[n, 1], ends[n, 2], ends[n, 3] = px[0], py[0], px[-1], py[-1]
                n += 1
        if not whole:
            breaks = split_polyline(px, py, m, split_tolerance)
            for b in range(len(breaks) - 1):
                s, e = breaks[b], breaks[b + 1]
                exact = 0.0
                lx = ly = ld = 0.0
                if slope > 0.03 and near_share(px, py, s, e, nx, ny, d, tolerance) >= 0.7:
                    cx, cy = px[e] - px[s], py[e] - py[s]
                    length = math.hypot(cx, cy)
                    if length > 0.0 and abs(nx * cx + ny * cy) < 0.5 * length:
                        exact = 1.0
                        lx, ly, ld = nx, ny, d
                if exact == 0.0:
                    lx, ly, ld = fitted_line(px, py, s, e, main_direction, snap)
                elif n > begun and lines[n - 1, 3] == 1.0:
                    ends[n - 1, 2], ends[n - 1, 3] = px[e], py[e]
                    continue
                lines[n, 0], lines[n, 1], lines[n, 2], lines[n, 3] = lx, ly, ld, exact
                ends[n, 0], ends[n, 1], ends[n, 2], ends[n, 3] = px[s], py[s], px[e], py[e]
                n += 1
        if i > 0 and j > 0:
            for piece in range(begun, n):
                if lines[piece, 3] == 0.0:
                    _move_to_step(
                        heights, labels, planes, i, j, lines[piece], ends[piece], resolution,
                        min_step, ramp,
                    )  # fmt: skip
        piece_start[arc + 1] = n
    return lines[:n].copy(), ends[:n].copy(), piece_start


@kernel
def _move_to_step(
    heights: FloatArray,
    labels: LabelArray,
    planes: FloatArray,
    left: int,
    right: int,
    line: FloatArray,
    ends: FloatArray,
    resolution: float,
    min_step: float,
    ramp: tuple[float, float, float, float],
) -> None:
    """Shift a piece's line to the edge of the upper plane, in place, where they form a step."""
    mx, my = 0.5 * (ends[0] + ends[2]), 0.5 * (ends[1] + ends[3])
    z_left = planes[left - 1, 0] * mx + planes[left - 1, 1] * my + planes[left - 1, 2]
    z_right = planes[right - 1, 0] * mx + planes[right - 1, 1] * my + planes[right - 1, 2]
    if abs(z_left - z_right) < min_step:
        return
    # normal towards the lower side; left of the direction of travel lies label ``left``
    along_x, along_y = ends[2] - ends[0], ends[3] - ends[1]
    to_right_x, to_right_y = along_y, -along_x
    sign = 1.0 if line[0] * to_right_x + line[1] * to_right_y > 0.0 else -1.0
    if z_left < z_right:
        sign = -sign
    upper, lower = (left, right) if z_left > z_right else (right, left)
    moved = _step_offset(
        heights, labels, planes[upper - 1], planes[lower - 1], (upper, lower), (ends[0], ends[1]),
        (ends[2], ends[3]), (sign * line[0], sign * line[1], sign * line[2]), resolution,
        min_step, ramp,
    )  # fmt: skip
    line[2] += sign * moved
