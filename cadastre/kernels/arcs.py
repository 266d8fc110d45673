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

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
IndexArray = NDArray[np.int64]


@kernel
def label_at(labels: LabelArray, row: int, col: int) -> int:
    """Label of a pixel; 0 outside of the raster."""
    if row < 0 or col < 0 or row >= labels.shape[0] or col >= labels.shape[1]:
        return 0
    return labels[row, col]


@kernel
def _sides(labels: LabelArray, row: int, col: int, way: int) -> tuple[int, int]:
    """Labels left and right of the border step that leaves corner (row, col) in a direction."""
    if way == 0:
        return label_at(labels, row - 1, col), label_at(labels, row, col)
    if way == 1:
        return label_at(labels, row, col), label_at(labels, row, col - 1)
    if way == 2:
        return label_at(labels, row, col - 1), label_at(labels, row - 1, col - 1)
    return label_at(labels, row - 1, col - 1), label_at(labels, row - 1, col)


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
    corner (three times as far where label 0 meets it); ``damping`` is the weight of the corner
    itself.
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
