"""From a label raster to polygons with straight edges shared by neighbours.

The borders between labels are cut into *arcs* at *nodes* (pixel corners where three or more
borders meet). An arc becomes a polyline of straight pieces: the intersection of the two planes
where the border follows it, else a fitted line, turned to the building's main directions when
near them. Nodes move to where their lines meet. Faces are then walked along the pixel borders,
each border taking the polyline of its arc, so that neighbours share their edges exactly.

Coordinates and planes as in :mod:`cadastre.kernels.plane_fit`. Directions of a border step:
0 east, 1 south, 2 west, 3 north; corner (r, c) is the north-west corner of pixel (r, c).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.edges import fit_ramp, ramp_retreat

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
IndexArray = NDArray[np.int64]


@kernel
def _label(labels: LabelArray, row: int, col: int) -> int:
    if row < 0 or col < 0 or row >= labels.shape[0] or col >= labels.shape[1]:
        return 0
    return labels[row, col]


@kernel
def _sides(labels: LabelArray, row: int, col: int, way: int) -> tuple[int, int]:
    """Labels left and right of the border step that leaves corner (row, col) in a direction."""
    if way == 0:
        return _label(labels, row - 1, col), _label(labels, row, col)
    if way == 1:
        return _label(labels, row, col), _label(labels, row, col - 1)
    if way == 2:
        return _label(labels, row, col - 1), _label(labels, row - 1, col - 1)
    return _label(labels, row - 1, col - 1), _label(labels, row - 1, col)


@kernel
def _step_row(row: int, way: int) -> int:
    return row + (1 if way == 1 else (-1 if way == 3 else 0))


@kernel
def _step_col(col: int, way: int) -> int:
    return col + (1 if way == 0 else (-1 if way == 2 else 0))


@kernel
def trace_arcs(
    labels: LabelArray,
) -> tuple[IndexArray, IndexArray, LabelArray, IndexArray, IndexArray]:
    """Cut the borders between labels into arcs.

    Returns
    -------
    corners
        (n, 2) corner rows and columns of all arcs, one after the other.
    starts
        First corner of each arc, and the total.
    sides
        (n_arcs, 2): labels left and right of each arc.
    closed
        (n_arcs,): 1 where the arc is a loop without node.
    arc_of
        (rows + 1, cols + 1, 4): ``arc + 1`` of the border step leaving a corner in a direction
        when the arc runs that way, ``-(arc + 1)`` when it runs against, 0 where no border is.
    """
    rows, cols = labels.shape
    degree = np.zeros((rows + 1, cols + 1), np.int8)
    total = 0
    for row in range(rows + 1):
        for col in range(cols + 1):
            for way in range(4):
                left, right = _sides(labels, row, col, way)
                if left != right:
                    degree[row, col] += 1
                    total += 1
    corners = np.empty((total + 8, 2), np.int64)
    starts = np.empty(total // 2 + 2, np.int64)
    sides = np.empty((total // 2 + 1, 2), np.int32)
    closed = np.zeros(total // 2 + 1, np.int64)
    arc_of = np.zeros((rows + 1, cols + 1, 4), np.int64)
    n_arcs, n = 0, 0
    for only_nodes in range(2):
        for row in range(rows + 1):
            for col in range(cols + 1):
                if degree[row, col] == 0 or (only_nodes == 0 and degree[row, col] == 2):
                    continue
                for way in range(4):
                    if arc_of[row, col, way] != 0:
                        continue
                    left, right = _sides(labels, row, col, way)
                    if left == right:
                        continue
                    starts[n_arcs] = n
                    sides[n_arcs, 0], sides[n_arcs, 1] = left, right
                    r, c, w = row, col, way
                    corners[n, 0], corners[n, 1] = r, c
                    n += 1
                    while True:
                        arc_of[r, c, w] = n_arcs + 1
                        r, c = _step_row(r, w), _step_col(c, w)
                        arc_of[r, c, (w + 2) % 4] = -(n_arcs + 1)
                        corners[n, 0], corners[n, 1] = r, c
                        n += 1
                        if degree[r, c] != 2 or (r == row and c == col):
                            break
                        for turn in range(-1, 2):
                            v = (w + turn) % 4
                            a, b = _sides(labels, r, c, v)
                            if a != b:
                                w = v
                                break
                    closed[n_arcs] = 1 if degree[row, col] == 2 else 0
                    n_arcs += 1
    starts[n_arcs] = n
    return (
        corners[:n].copy(), starts[: n_arcs + 1].copy(), sides[:n_arcs].copy(),
        closed[:n_arcs].copy(), arc_of,
    )  # fmt: skip


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
def _intersection_line(first: FloatArray, second: FloatArray) -> tuple[float, float, float, float]:
    """Line n . p = d where two planes meet, unit normal, and the slope difference."""
    nx, ny = first[0] - second[0], first[1] - second[1]
    slope = math.hypot(nx, ny)
    if slope < 1e-9:
        return 0.0, 0.0, 0.0, 0.0
    return nx / slope, ny / slope, (second[2] - first[2]) / slope, slope


@kernel
def _fitted_line(
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
def _near_share(
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

    ``normal`` is the line, pointing to the lower plane; heights on both labels near the piece tell
    how far down the ramp they are, see :func:`cadastre.kernels.edges.fit_ramp`. 0 where the step
    is low or the ramp unclear.
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
        here = _label(labels, math.floor(-y / resolution), math.floor(x / resolution))
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
def _wall_line(
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
) -> tuple[FloatArray, FloatArray, IndexArray]:
    """Turn arcs into straight pieces.

    Parameters
    ----------
    heights, labels, roof
        x, y, z of what was measured (n, 3), the labels that were traced and the pixels that
        count: what a border does outside of them, at its ends, is not looked at.
    corners, starts, sides, closed
        As :func:`trace_arcs` gives them.
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
        place of that edge in the ramp, see :func:`cadastre.kernels.edges.ramp_retreat`.

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
            nx, ny, d, slope = _intersection_line(planes[i - 1], planes[j - 1])
        tolerance = line_tolerance
        if slope > 0.03:
            tolerance = line_tolerance + min(2.0 * noise / slope, 2.0 * resolution)
        begun = n
        if (
            slope > 0.03
            and closed[arc] == 0
            and _near_share(px, py, 0, m - 1, nx, ny, d, tolerance) >= 0.7
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
            and (slope <= 0.03 or _near_share(px, py, 0, m - 1, nx, ny, d, tolerance) < 0.4)
        ):
            lx, ly, ld, whole = _wall_line(px, py, m, main_direction, 1.25 * split_tolerance)
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
                if slope > 0.03 and _near_share(px, py, s, e, nx, ny, d, tolerance) >= 0.7:
                    cx, cy = px[e] - px[s], py[e] - py[s]
                    length = math.hypot(cx, cy)
                    if length > 0.0 and abs(nx * cx + ny * cy) < 0.5 * length:
                        exact = 1.0
                        lx, ly, ld = nx, ny, d
                if exact == 0.0:
                    lx, ly, ld = _fitted_line(px, py, s, e, main_direction, snap)
                elif n > begun and lines[n - 1, 3] == 1.0:
                    ends[n - 1, 2], ends[n - 1, 3] = px[e], py[e]
                    continue
                lines[n, 0], lines[n, 1], lines[n, 2], lines[n, 3] = lx, ly, ld, exact
                ends[n, 0], ends[n, 1], ends[n, 2], ends[n, 3] = px[s], py[s], px[e], py[e]
                n += 1
        if i > 0 and j > 0:
            for piece in range(begun, n):
                if lines[piece, 3] == 0.0:
                    _move_to_step(heights, labels, planes, i, j, lines[piece], ends[piece], resolution,
                                  min_step, ramp)  # fmt: skip
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


@kernel
def _meeting_point(
    first: FloatArray, second: FloatArray, x: float, y: float, limit: float
) -> tuple[float, float]:
    """Where two lines meet, if within ``limit`` of (x, y); else (x, y) drawn onto both in turn."""
    det = first[0] * second[1] - first[1] * second[0]
    if abs(det) > 0.17:
        px = (first[2] * second[1] - second[2] * first[1]) / det
        py = (first[0] * second[2] - second[0] * first[2]) / det
        if math.hypot(px - x, py - y) <= limit:
            return px, py
    r1 = first[2] - first[0] * x - first[1] * y
    r2 = second[2] - second[0] * x - second[1] * y
    return x + 0.5 * (r1 * first[0] + r2 * second[0]), y + 0.5 * (r1 * first[1] + r2 * second[1])


@kernel
def place_nodes(
    corners: IndexArray,
    starts: IndexArray,
    sides: LabelArray,
    closed: IndexArray,
    lines: FloatArray,
    piece_start: IndexArray,
    shape: tuple[int, int],
    resolution: float,
    limit: float,
    damping: float,
) -> FloatArray:
    """Position of every node, (rows + 1, cols + 1, 2): least squares on the lines that end there.

    Lines of borders with label 0 count a hundredth. A node stays within ``limit`` (m) of its
    corner (three times as far where label 0 meets it); ``damping`` is the weight of the corner itself.
    """
    rows, cols = shape
    normal = np.zeros((rows + 1, cols + 1, 5))
    outer = np.zeros((rows + 1, cols + 1), np.bool_)
    out = np.full((rows + 1, cols + 1, 2), math.nan)
    for arc in range(len(starts) - 1):
        if closed[arc] == 1 or piece_start[arc + 1] == piece_start[arc]:
            continue
        weight = 1.0 if sides[arc, 0] > 0 and sides[arc, 1] > 0 else 0.01
        for end in range(2):
            corner = starts[arc] if end == 0 else starts[arc + 1] - 1
            piece = piece_start[arc] if end == 0 else piece_start[arc + 1] - 1
            nx, ny, d = lines[piece, 0], lines[piece, 1], lines[piece, 2]
            w = weight * (2.0 if lines[piece, 3] == 1.0 else 1.0)
            r, c = corners[corner, 0], corners[corner, 1]
            outer[r, c] = outer[r, c] or weight < 1.0
            normal[r, c, 0] += w * nx * nx
            normal[r, c, 1] += w * nx * ny
            normal[r, c, 2] += w * ny * ny
            residual = d - nx * c * resolution + ny * r * resolution
            normal[r, c, 3] += w * nx * residual
            normal[r, c, 4] += w * ny * residual
    for arc in range(len(starts) - 1):
        for end in range(2):
            corner = starts[arc] if end == 0 else starts[arc + 1] - 1
            r, c = corners[corner, 0], corners[corner, 1]
            sxx = normal[r, c, 0] + damping
            sxy = normal[r, c, 1]
            syy = normal[r, c, 2] + damping
            det = sxx * syy - sxy * sxy
            dx = (normal[r, c, 3] * syy - normal[r, c, 4] * sxy) / det
            dy = (normal[r, c, 4] * sxx - normal[r, c, 3] * sxy) / det
            moved = math.hypot(dx, dy)
            most = 3.0 * limit if outer[r, c] else limit
            if moved > most:
                dx, dy = dx * most / moved, dy * most / moved
            out[r, c, 0] = c * resolution + dx
            out[r, c, 1] = -r * resolution + dy
    return out


@kernel
def _arc_points(
    arc: int,
    forward: bool,
    corners: IndexArray,
    starts: IndexArray,
    closed: IndexArray,
    lines: FloatArray,
    ends: FloatArray,
    piece_start: IndexArray,
    nodes: FloatArray,
    limit: float,
    out: FloatArray,
    n: int,
) -> int:
    """Write the polyline of an arc but for its last point; returns the new number of points."""
    first, last = piece_start[arc], piece_start[arc + 1]
    begin = n
    if closed[arc] == 0:
        corner = starts[arc] if forward else starts[arc + 1] - 1
        out[n, 0] = nodes[corners[corner, 0], corners[corner, 1], 0]
        out[n, 1] = nodes[corners[corner, 0], corners[corner, 1], 1]
        n += 1
    elif last - first >= 2:
        out[n, 0], out[n, 1] = _meeting_point(
            lines[last - 1], lines[first], ends[first, 0], ends[first, 1], limit
        )
        n += 1
    inner = n
    for piece in range(first, last - 1):
        out[n, 0], out[n, 1] = _meeting_point(
            lines[piece], lines[piece + 1], ends[piece, 2], ends[piece, 3], limit
        )
        n += 1
    if not forward:
        for k in range((n - inner) // 2):
            for m in range(2):
                keep = out[inner + k, m]
                out[inner + k, m] = out[n - 1 - k, m]
                out[n - 1 - k, m] = keep
    return n if n > begin else begin


@kernel
def face_rings(
    labels: LabelArray,
    arc_of: IndexArray,
    corners: IndexArray,
    starts: IndexArray,
    closed: IndexArray,
    lines: FloatArray,
    ends: FloatArray,
    piece_start: IndexArray,
    nodes: FloatArray,
    limit: float,
) -> tuple[FloatArray, IndexArray, LabelArray]:
    """Walk the rings around every label but 0, on their left: outer ones counter-clockwise.

    Returns
    -------
    points, ring_start, ring_label
        (n, 2) closed rings one after the other; first point of each ring, and the total; label.
    """
    rows, cols = labels.shape
    done = np.zeros((rows + 1, cols + 1, 4), np.bool_)
    size = 4 * (len(corners) + len(lines)) + 64
    points = np.empty((size, 2))
    ring_start = np.zeros(len(corners) + 2, np.int64)
    ring_label = np.zeros(len(corners) + 1, np.int32)
    n, n_rings = 0, 0
    for row in range(rows + 1):
        for col in range(cols + 1):
            for way in range(4):
                if arc_of[row, col, way] == 0 or done[row, col, way]:
                    continue
                left, _ = _sides(labels, row, col, way)
                if left == 0:
                    continue
                # go back to the start of the arc that holds this step, by walking the face
                r, c, w = row, col, way
                begin = n
                current = np.int64(0)
                while not done[r, c, w]:
                    done[r, c, w] = True
                    arc = arc_of[r, c, w]
                    here = arc - 1 if arc > 0 else -arc - 1
                    at_start = (
                        (arc > 0 and corners[starts[here], 0] == r
                         and corners[starts[here], 1] == c)
                        or (arc < 0 and corners[starts[here + 1] - 1, 0] == r
                            and corners[starts[here + 1] - 1, 1] == c)
                    )  # fmt: skip
                    if at_start and arc != current:
                        n = _arc_points(here, arc > 0, corners, starts, closed, lines, ends,
                                        piece_start, nodes, limit, points, n)  # fmt: skip
                        current = arc
                    r, c = _step_row(r, w), _step_col(c, w)
                    for turn in (3, 0, 1):
                        v = (w + turn) % 4
                        a, b = _sides(labels, r, c, v)
                        if a == left and b != left:
                            if arc_of[r, c, v] != arc:
                                current = np.int64(0)
                            w = v
                            break
                if n - begin >= 3:
                    points[n] = points[begin]
                    n += 1
                    n_rings += 1
                    ring_label[n_rings - 1] = left
                    ring_start[n_rings] = n
                else:
                    n = begin
    return points[:n].copy(), ring_start[: n_rings + 1].copy(), ring_label[:n_rings].copy()
