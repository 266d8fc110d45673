"""Polygons moved inwards edge by edge, without an overlay.

Rings run with the inside on their left. Every edge has a distance of its own; what is left is
the polygon less all that is nearer to an edge than that edge's distance. Lines at the distance of
every edge and the arcs (or mitres) between them are cut where they meet; pieces that lie nearer to
another edge go, the others close into rings. Where they do not, the answer is "unknown" and an
overlay has to tell. Metres, any frame near its origin.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.chains import UNKNOWN, chained_rings, cut_segments
from cadastre.kernels.ring_edges import DISTANCE, DX, DY, LENGTH, X, Y, read_edges, turn

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Codes = NDArray[np.int8]

RADIUS, BASE_X, BASE_Y, SIDE, STEP, NUMBER = range(6)  # columns of arcs, see _arcs
_TINY = 1e-9
_NEAR = 1e-7
_SPIKE = -0.999


@kernel
def _arcs(edges: Reals, before: Whole, count: int, quarter: int, arcs: Reals) -> bool:
    """Arcs around vertices, drawn as GEOS draws them; False at a spike.

    Columns: radius, normal it starts from, side (-1 clockwise from the edge before,
    1 counter-clockwise from the edge after, its direction then against the ring's), angle of a
    side, number of sides.
    """
    least = 0.5 * math.pi / quarter
    for k in range(count):
        i = before[k]
        cross, dot = turn(edges, i, k)
        if dot < _SPIKE:
            return False
        if edges[i, DISTANCE] == edges[k, DISTANCE]:
            total = math.atan2(-cross, dot) if cross < 0.0 else 0.0
            # none at an outer corner, but nothing may lie too near behind it
            number = max(int(total / least + 0.5), 1) if cross < 0.0 else 0
            step, side = total / number if cross < 0.0 else least, -1.0
        else:
            # as far as the end of the other edge: a quarter beyond its normal
            step, number = least, math.ceil(quarter - math.atan2(cross, dot) / least - _TINY)
            side = -1.0 if edges[i, DISTANCE] > edges[k, DISTANCE] else 1.0
        wide = i if side < 0.0 else k
        arcs[k, RADIUS] = edges[wide, DISTANCE]
        arcs[k, BASE_X], arcs[k, BASE_Y] = -edges[wide, DY], edges[wide, DX]
        arcs[k, SIDE], arcs[k, STEP], arcs[k, NUMBER] = side, step, number
    return True


@kernel
def _on_arc(edges: Reals, arcs: Reals, k: int, m: int) -> tuple[float, float]:
    """Corner m of the arc around vertex k."""
    angle = arcs[k, SIDE] * m * arcs[k, STEP]
    c, s = math.cos(angle), math.sin(angle)
    return (
        edges[k, X] + arcs[k, RADIUS] * (c * arcs[k, BASE_X] - s * arcs[k, BASE_Y]),
        edges[k, Y] + arcs[k, RADIUS] * (s * arcs[k, BASE_X] + c * arcs[k, BASE_Y]),
    )


@kernel
def _round_lines(edges: Reals, count: int, arcs: Reals, segments: Reals, tags: Whole) -> int:
    """Lines at their distance from all edges, and the sides of all arcs, in ring order."""
    n = 0
    for k in range(count):
        last = int(arcs[k, NUMBER])
        for m in range(last):
            one, two = (m, m + 1) if arcs[k, SIDE] < 0.0 else (last - m, last - m - 1)
            segments[n, 0], segments[n, 1] = _on_arc(edges, arcs, k, one)
            segments[n, 2], segments[n, 3] = _on_arc(edges, arcs, k, two)
            tags[n] = -1 - k
            n += 1
        shift_x, shift_y = -edges[k, DISTANCE] * edges[k, DY], edges[k, DISTANCE] * edges[k, DX]
        segments[n, 0], segments[n, 1] = edges[k, X] + shift_x, edges[k, Y] + shift_y
        segments[n, 2] = segments[n, 0] + edges[k, LENGTH] * edges[k, DX]
        segments[n, 3] = segments[n, 1] + edges[k, LENGTH] * edges[k, DY]
        tags[n] = k
        n += 1
    return n


@kernel
def _in_arc(edges: Reals, arcs: Reals, k: int, x: float, y: float) -> bool:
    """Tell whether a point lies within the sides of the arc around vertex k."""
    dx, dy = x - edges[k, X], y - edges[k, Y]
    size = math.hypot(dx, dy)
    inner = arcs[k, RADIUS] * math.cos(0.5 * arcs[k, STEP]) - _NEAR
    if size <= inner:
        return True
    if size >= arcs[k, RADIUS] - _NEAR:
        return False
    cross = arcs[k, BASE_X] * dy - arcs[k, BASE_Y] * dx
    angle = arcs[k, SIDE] * math.atan2(cross, arcs[k, BASE_X] * dx + arcs[k, BASE_Y] * dy)
    side = math.floor(angle / arcs[k, STEP])
    if side < 0 or side >= arcs[k, NUMBER]:
        return False
    return size * math.cos(angle - (side + 0.5) * arcs[k, STEP]) < inner


@kernel
def is_inside(edges: Reals, before: Whole, count: int, x: float, y: float) -> bool:
    """Tell whether a point lies in the rings (even-odd rule)."""
    inside = False
    for k in range(count):
        i = before[k]
        ax, ay, bx, by = edges[i, X] - x, edges[i, Y] - y, edges[k, X] - x, edges[k, Y] - y
        if (ay > 0.0) != (by > 0.0) and ax - ay * (bx - ax) / (by - ay) > 0.0:
            inside = not inside
    return inside


@kernel
def _is_free(
    edges: Reals, before: Whole, count: int, arcs: Reals, mitred: bool, x: float, y: float
) -> bool:
    """Tell whether a point of the polygon keeps its distance from all edges."""
    for k in range(count):
        dx, dy = x - edges[k, X], y - edges[k, Y]
        along = dx * edges[k, DX] + dy * edges[k, DY]
        off = dy * edges[k, DX] - dx * edges[k, DY]
        wide = edges[k, DISTANCE] - _NEAR
        if (
            _TINY < along < edges[k, LENGTH] - _TINY
            and abs(off) < wide
            and (off > 0.0 or not mitred)
        ):
            return False
        if not mitred:
            if _in_arc(edges, arcs, k, x, y):
                return False
        elif (
            along <= _TINY and off < wide
        ):  # the kite of a mitre, beyond the end of the edge before
            i = before[k]
            cross, _ = turn(edges, i, k)
            past = dx * edges[i, DX] + dy * edges[i, DY]
            there = dy * edges[i, DX] - dx * edges[i, DY]
            if cross < 0.0 and past >= -_TINY and there < wide and min(off, there) > -wide:
                return False
    return is_inside(edges, before, count, x, y)


@kernel
def _mitred_lines(
    edges: Reals, before: Whole, count: int, sharpest: float, segments: Reals, tags: Whole
) -> int:
    """Lines at their distance from all edges up to the mitres of inner corners; -1: too far."""
    for k in range(count):
        shift_x, shift_y = -edges[k, DISTANCE] * edges[k, DY], edges[k, DISTANCE] * edges[k, DX]
        segments[k, 0], segments[k, 1] = edges[k, X] + shift_x, edges[k, Y] + shift_y
        segments[k, 2] = segments[k, 0] + edges[k, LENGTH] * edges[k, DX]
        segments[k, 3] = segments[k, 1] + edges[k, LENGTH] * edges[k, DY]
        tags[k] = k
    for k in range(count):
        i = before[k]
        cross, dot = turn(edges, i, k)
        if cross >= 0.0:
            continue
        if dot < sharpest:
            return -1
        reach = -edges[k, DISTANCE] * cross / (1.0 + dot)
        segments[k, 0] -= reach * edges[k, DX]
        segments[k, 1] -= reach * edges[k, DY]
        segments[i, 2], segments[i, 3] = segments[k, 0], segments[k, 1]
    return count


@kernel
def moved_inwards(
    edges: Reals, before: Whole, count: int, quarter: int, sharpest: float, out: Reals,
    tag: Whole, ring: Whole,
) -> tuple[int, int]:  # fmt: skip
    """Move all edges of one shape inwards.

    Round corners in ``quarter`` sides, mitres where it is 0 (no turn of an inner corner with a
    cosine under ``sharpest`` then). ``out`` receives the vertices, ``tag`` the edge that each
    side comes from (negative: an arc), ``ring`` the number of its ring; shells first. Returns the
    status and the number of vertices, see :func:`cadastre.kernels.chains.chained_rings`.
    """
    mitred = quarter == 0
    room = count * (2 * quarter + 1)
    segments = np.empty((room, 4))
    tags = np.empty(room, np.int64)
    arcs = np.zeros((count, 6))
    if mitred:
        n = _mitred_lines(edges, before, count, sharpest, segments, tags)
    else:
        if not _arcs(edges, before, count, quarter, arcs):
            return UNKNOWN, 0
        n = _round_lines(edges, count, arcs, segments, tags)
    if n < 0:
        return UNKNOWN, 0
    pieces, of = cut_segments(segments, n)
    if len(of) == 0 and n > 0:
        return UNKNOWN, 0
    kept = 0
    for p in range(len(of)):
        x, y = 0.5 * (pieces[p, 0] + pieces[p, 2]), 0.5 * (pieces[p, 1] + pieces[p, 3])
        if _is_free(edges, before, count, arcs, mitred, x, y):
            pieces[kept] = pieces[p]
            of[kept] = tags[of[p]]
            kept += 1
            # what has no line of its own, as a setback that reaches behind a corner, cut nothing
            if not mitred and not _is_clear(edges, count, quarter, pieces[kept - 1]):
                return UNKNOWN, 0
    return chained_rings(pieces, of, kept, out, tag, ring)


@kernel
def _is_clear(edges: Reals, count: int, quarter: int, piece: Reals) -> bool:
    """Tell whether a piece keeps its distance from all edges, but for the sides of arcs."""
    share = math.cos(0.375 * math.pi / quarter)  # the longest side of an arc
    clear = True
    for k in range(count):
        clear = clear and _gap(edges[k], piece) >= share * edges[k, DISTANCE] - _NEAR
    return clear


@kernel
def _gap(edge: Reals, piece: Reals) -> float:
    """Distance between an edge and a piece; 0 where they cross."""
    px, py = piece[0] - edge[X], piece[1] - edge[Y]
    qx, qy = piece[2] - edge[X], piece[3] - edge[Y]
    pu, pv = px * edge[DX] + py * edge[DY], py * edge[DX] - px * edge[DY]
    qu, qv = qx * edge[DX] + qy * edge[DY], qy * edge[DX] - qx * edge[DY]
    length = edge[LENGTH]
    least = min(
        math.hypot(pu - min(max(pu, 0.0), length), pv),
        math.hypot(qu - min(max(qu, 0.0), length), qv),
    )
    du, dv = qu - pu, qv - pv
    if (pv > 0.0) != (qv > 0.0) and 0.0 <= pu - pv * du / dv <= length:
        return 0.0
    size = du * du + dv * dv
    for end in (0.0, length):
        share = min(max(((end - pu) * du - pv * dv) / size, 0.0), 1.0) if size > 0.0 else 0.0
        least = min(least, math.hypot(pu + share * du - end, pv + share * dv))
    return least


@kernel
def inset_shapes(
    x: Reals,
    y: Reals,
    distance: Reals,
    ring_start: Whole,
    start: Whole,
    quarter: int,
    out: Reals,
    ring: Whole,
    status: Codes,
) -> None:
    """Move the edges of many polygons inwards, each by its own distance, with round corners.

    Parameters
    ----------
    x, y
        Vertices of *open* rings, shells counter-clockwise, holes clockwise, m.
    distance
        (n_vertices,) of the edge from each vertex to the next of its ring, m; over zero.
    ring_start, start
        Vertices of ring r are ``ring_start[r]:ring_start[r + 1]``; rings of shape s are
        ``start[s]:start[s + 1]``, its shell first.
    quarter
        Sides that draw a quarter of a round corner.
    out, ring
        Receive the vertices of open rings and the number of their ring, those of a shape from row
        ``(2 quarter + 2) ring_start[start[s]]`` on; as many rows for every vertex. ``ring`` is -1
        where nothing was written.
    status
        (n_shapes,) 1 one polygon, shell first; 2 nothing is left; 3 several polygons, all rings
        are shells; 0 unknown.
    """
    room = 2 * quarter + 2
    ring[:] = -1
    for shape in range(len(start) - 1):
        begin, rings = start[shape], start[shape + 1] - start[shape]
        status[shape] = UNKNOWN
        if rings == 0:
            continue
        low, high = ring_start[begin], ring_start[begin + rings]
        edges = np.empty((high - low, 6))
        first = np.empty(rings + 1, np.int64)
        before = np.empty(high - low, np.int64)
        if not read_edges(x, y, distance, ring_start, begin, rings, 0, edges, first, before):
            continue
        count = first[rings]
        if edges[:count, DISTANCE].min() <= 0.0:
            continue
        tag = np.empty(room * (high - low), np.int64)
        found, number = moved_inwards(
            edges, before, count, quarter, 0.0, out[room * low : room * high], tag,
            ring[room * low : room * high],
        )  # fmt: skip
        status[shape] = found
        if number == 0:
            ring[room * low : room * high] = -1
