"""Polygons less their narrow places: in by a distance and out again with mitres, never beyond.

What moves inwards is the core; its sides, out again, run on the edges they come from as far as
the corners they make there. The result is bounded by those edges, by what goes from their ends to
the corners within the polygon, and by the edges between that stay within the corners.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.chains import EMPTY, MANY, ONE, UNKNOWN, chained_rings, cut_segments
from cadastre.kernels.offsets import is_inside, moved_inwards
from cadastre.kernels.ring_edges import DX, DY, LENGTH, X, Y, read_edges, turn

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Codes = NDArray[np.int8]

SAME = 4
EDGE, FRONT, REST = range(3)  # part of an edge the core keeps, its way to a corner, other edges
_OUT_M = 1e-6
_SHORT_M = 1e-7


@kernel
def open_shapes(
    x: Reals, y: Reals, ring_start: Whole, start: Whole, half: float, limits: tuple[float, float],
    out: Reals, ring: Whole, status: Codes,
) -> None:  # fmt: skip
    """Open polygons by ``half``: in, and out again, with mitres.

    Parameters
    ----------
    x, y, ring_start, start
        *Closed* rings, flat, one polygon a shape: shell first and counter-clockwise, m.
    half
        Distance, over zero, m.
    limits
        Longest mitres, in distances, on the way in and on the way out.
    out, ring
        Receive the vertices of open rings and the number of their ring, those of a shape from row
        ``2 ring_start[start[s]]`` on; ``ring`` is -1 where nothing was written.
    status
        (n_shapes,) 4 nothing changes (and nothing is written), 1 one polygon, shell first, 2
        nothing is left, 3 several polygons, all rings are shells, 0 unknown.
    """
    sharp_in = 2.0 / limits[0] ** 2 - 1.0  # least cosine of the turn that keeps its mitre
    ring[:] = -1
    for shape in range(len(start) - 1):
        begin, rings = start[shape], start[shape + 1] - start[shape]
        status[shape] = UNKNOWN
        if rings == 0:
            status[shape] = EMPTY
            continue
        low, high = ring_start[begin], ring_start[begin + rings]
        edges = np.empty((high - low, 6))
        first = np.empty(rings + 1, np.int64)
        before = np.empty(high - low, np.int64)
        even = np.full(high, half)
        if not read_edges(x, y, even, ring_start, begin, rings, 1, edges, first, before):
            continue
        count = first[rings]
        room = 2 * count
        core, tag, of = np.empty((room, 2)), np.empty(room, np.int64), np.empty(room, np.int64)
        found, number = moved_inwards(edges, before, count, 0, sharp_in, core, tag, of)
        if found == EMPTY:
            status[shape] = EMPTY
        elif found in (ONE, MANY):
            if _covers(edges, first, rings, tag, of, number, 2.0 / limits[1] ** 2 - 1.0):
                status[shape] = SAME
            else:
                target = slice(2 * low, 2 * high)
                status[shape] = _opened(
                    edges, before, count, (core, tag, of), number, half, limits[1],
                    out[target], ring[target],
                )  # fmt: skip


@kernel
def _covers(
    edges: Reals, first: Whole, rings: int, tag: Whole, ring: Whole, number: int, sharp_out: float
) -> bool:
    """Tell whether a core, grown again, covers the polygon: it follows each ring once.

    What of the ring lies between two edges that the core keeps must not stick out of the corner
    these two make.
    """
    seen = np.zeros(rings, np.bool_)
    begin = 0
    while begin < number:
        end = begin
        while end < number and ring[end] == ring[begin]:
            end += 1
        own = np.searchsorted(first, tag[begin], side="right") - 1
        if seen[own] or not _follows(edges, first[own], first[own + 1], tag[begin:end], sharp_out):
            return False
        seen[own] = True
        begin = end
    return seen.all()


@kernel
def _follows(edges: Reals, low: int, high: int, tags: Whole, sharp_out: float) -> bool:
    """Tell whether the sides of a core ring follow a ring of edges once, and cover it."""
    size = high - low
    total = 0
    for s in range(len(tags)):
        i, j = tags[s], tags[(s + 1) % len(tags)]
        if not (low <= i < high and low <= j < high) or i == j:
            return False
        skipped = (j - i - 1) % size
        total += skipped + 1
        cross, dot = turn(edges, i, j)
        if cross > 0.0 and dot < sharp_out:
            return False
        for m in range(skipped + 1):
            k = low + (i + 1 + m - low) % size
            past_i = _left(edges, i, edges[k, X], edges[k, Y])
            past_j = _left(edges, j, edges[k, X], edges[k, Y])
            within = min(past_i, past_j) if cross > 0.0 else max(past_i, past_j)
            if within < -_OUT_M:
                return False
    return total == size


@kernel
def _left(edges: Reals, k: int, x: float, y: float) -> float:
    """Distance of a point from the line of an edge, positive on its left."""
    return (y - edges[k, Y]) * edges[k, DX] - (x - edges[k, X]) * edges[k, DY]


@kernel
def _along(edges: Reals, k: int, x: float, y: float) -> float:
    """Metres along an edge to the foot of a point; those of its ends to the last digit."""
    where = (x - edges[k, X]) * edges[k, DX] + (y - edges[k, Y]) * edges[k, DY]
    if abs(where) < _SHORT_M:
        return 0.0
    return edges[k, LENGTH] if abs(where - edges[k, LENGTH]) < _SHORT_M else where


@kernel
def _grown(
    edges: Reals, core: tuple[Reals, Whole, Whole], number: int, half: float, limit: float,
    grown: Reals, spans: Reals,
) -> bool:  # fmt: skip
    """Sides of the core moved out again: their ends (x, y, x, y) and metres along their edges."""
    point, tag, ring = core
    begin = 0
    while begin < number:
        end = begin
        while end < number and ring[end] == ring[begin]:
            end += 1
        for s in range(begin, end):
            t = begin if s + 1 == end else s + 1
            i, j = tag[s], tag[t]
            cross, dot = turn(edges, i, j)
            if dot < -0.999 or i == j:
                return False
            reach = half * cross / (1.0 + dot)
            x = point[t, 0] + half * edges[i, DY] + reach * edges[i, DX]
            y = point[t, 1] - half * edges[i, DX] + reach * edges[i, DY]
            far = math.hypot(x - point[t, 0], y - point[t, 1])
            cut = 0.0
            if cross > 0.0 and far > limit * half:
                ahead = (x - point[t, 0]) * edges[i, DX] + (y - point[t, 1]) * edges[i, DY]
                cut = (far - limit * half) * far / ahead
            grown[s, 2], grown[s, 3] = x - cut * edges[i, DX], y - cut * edges[i, DY]
            grown[t, 0], grown[t, 1] = x + cut * edges[j, DX], y + cut * edges[j, DY]
        for s in range(begin, end):
            spans[s, 0] = _along(edges, tag[s], grown[s, 0], grown[s, 1])
            spans[s, 1] = _along(edges, tag[s], grown[s, 2], grown[s, 3])
            if spans[s, 1] <= spans[s, 0] + _SHORT_M:
                return False
        begin = end
    return True


@kernel
def _winding(grown: Reals, ring: Whole, number: int, without: int, x: float, y: float) -> int:
    """Count the times that the grown rings, but one, run round a point."""
    total = 0
    begin = 0
    while begin < number:
        end = begin
        while end < number and ring[end] == ring[begin]:
            end += 1
        for s in range(begin, end):
            if ring[s] == without:
                break
            t = begin if s + 1 == end else s + 1
            for part in range(2):  # the side, then the cut of its corner
                ax, ay = grown[s, 2 * part] - x, grown[s, 2 * part + 1] - y
                bx, by = grown[s, 2] - x, grown[s, 3] - y
                if part == 1:
                    bx, by = grown[t, 0] - x, grown[t, 1] - y
                if (ay > 0.0) != (by > 0.0) and ax - ay * (bx - ax) / (by - ay) > 0.0:
                    total += 1 if by > ay else -1
        begin = end
    return total


@kernel
def _segment(
    edges: Reals, k: int, low: float, high: float, segments: Reals, kinds: Whole, n: int,
    kind: int, ring: int,
) -> int:  # fmt: skip
    """Write a part of the line of an edge, unless it is a point; returns the new end."""
    if high - low <= _SHORT_M:
        return n
    for end in range(2):
        where = low if end == 0 else high
        segments[n, 2 * end] = edges[k, X] + where * edges[k, DX]
        segments[n, 2 * end + 1] = edges[k, Y] + where * edges[k, DY]
    kinds[n, 0], kinds[n, 1] = kind, ring
    return n + 1


@kernel
def _candidates(
    edges: Reals, count: int, core: tuple[Reals, Whole, Whole], number: int,
    grown: Reals, spans: Reals, segments: Reals, kinds: Whole,
) -> int:  # fmt: skip
    """Write what may bound the result, in the direction of its rings; returns how many."""
    _, tag, ring = core
    used = np.zeros(count, np.bool_)
    n = 0
    for s in range(number):
        i, low, high = tag[s], spans[s, 0], spans[s, 1]
        length = edges[i, LENGTH]
        used[i] = True
        n = _segment(edges, i, low, min(high, 0.0), segments, kinds, n, FRONT, ring[s])
        inner = n
        n = _segment(edges, i, max(low, 0.0), min(high, length), segments, kinds, n, EDGE, ring[s])
        if n > inner and low <= 0.0:  # vertices stay what they are to the last digit
            segments[inner, 0], segments[inner, 1] = edges[i, X], edges[i, Y]
        n = _segment(edges, i, max(low, length), high, segments, kinds, n, FRONT, ring[s])
        t = s + 1
        if t == number or ring[t] != ring[s]:
            t = s
            while t > 0 and ring[t - 1] == ring[s]:
                t -= 1
        if math.hypot(grown[t, 0] - grown[s, 2], grown[t, 1] - grown[s, 3]) > _SHORT_M:
            segments[n, 0], segments[n, 1] = grown[s, 2], grown[s, 3]
            segments[n, 2], segments[n, 3] = grown[t, 0], grown[t, 1]
            kinds[n, 0], kinds[n, 1] = FRONT, ring[s]
            n += 1
    for k in range(count):
        if used[k]:
            continue
        n = _segment(edges, k, 0.0, edges[k, LENGTH], segments, kinds, n, REST, -1)
    return n


@kernel
def _opened(
    edges: Reals, before: Whole, count: int, core: tuple[Reals, Whole, Whole], number: int,
    half: float, limit: float, out: Reals, out_ring: Whole,
) -> int:  # fmt: skip
    """Write what a core, grown again, leaves of the polygon; its status."""
    point, _, ring = core
    grown, spans = np.empty((number, 4)), np.empty((number, 2))
    if not _grown(edges, core, number, half, limit, grown, spans):
        return UNKNOWN
    segments, kinds = (
        np.empty((4 * number + count, 4)),
        np.empty((4 * number + count, 2), np.int64),
    )
    n = _candidates(edges, count, core, number, grown, spans, segments, kinds)
    solid = np.zeros(
        number, np.int64
    )  # windings to the left of each ring of the core: hole or not
    area = np.zeros(number)
    begin = 0
    for s in range(number):
        begin = begin if ring[begin] == ring[s] else s
        t = s + 1 if s + 1 < number and ring[s + 1] == ring[s] else begin
        one_x, one_y = point[s, 0] - point[begin, 0], point[s, 1] - point[begin, 1]
        area[ring[s]] += one_x * (point[t, 1] - point[begin, 1])
        area[ring[s]] -= one_y * (point[t, 0] - point[begin, 0])
    solid[area > 0.0] = 1
    pieces, of = cut_segments(segments, n)
    kept = 0
    for p in range(len(of)):
        kind, own = kinds[of[p], 0], kinds[of[p], 1]
        x, y = 0.5 * (pieces[p, 0] + pieces[p, 2]), 0.5 * (pieces[p, 1] + pieces[p, 3])
        around = _winding(grown, ring, number, own, x, y)
        if kind != REST:
            around += solid[own]
        if around <= 0 or (
            kind == FRONT and (around > 1 or not is_inside(edges, before, count, x, y))
        ):
            continue
        pieces[kept] = pieces[p]
        kept += 1
    tag = np.empty(len(out), np.int64)
    found, written = chained_rings(pieces, of, kept, out, tag, out_ring)
    if written == 0:
        out_ring[:] = -1
    return UNKNOWN if found == EMPTY else found
