"""Segments cut where they meet, and pieces that follow each other closed into rings. Metres."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]

UNKNOWN, ONE, EMPTY, MANY = 0, 1, 2, 3
_TINY = 1e-9
_SHORT_M = 1e-7
_MEET_M = 1e-6
_LEAST_M2 = 1e-9


@kernel
def _meeting(segments: Reals, a: int, b: int) -> tuple[float, float]:
    """Metres along two segments to where they meet; NaN where they do not, or are parallel."""
    px, py = segments[a, 2] - segments[a, 0], segments[a, 3] - segments[a, 1]
    qx, qy = segments[b, 2] - segments[b, 0], segments[b, 3] - segments[b, 1]
    p, q = math.hypot(px, py), math.hypot(qx, qy)
    cross = px * qy - py * qx
    if abs(cross) <= _TINY * p * q:
        return math.nan, math.nan
    dx, dy = segments[b, 0] - segments[a, 0], segments[b, 1] - segments[a, 1]
    s = (dx * qy - dy * qx) / cross * p
    t = (dx * py - dy * px) / cross * q
    if s < -_TINY or s > p + _TINY or t < -_TINY or t > q + _TINY:
        return math.nan, math.nan
    return s, t


@kernel
def cut_segments(segments: Reals, count: int) -> tuple[Reals, Whole]:
    """Pieces (n, 4) of segments (x, y of both ends) between the points where they meet.

    In the order and the direction of the segments; with the segment each comes from. Pieces under
    a tenth of a micrometre are left out.
    """
    size = 4 * count + 16
    owner = np.empty(size, np.int64)
    where = np.empty((size, 3))
    n = 0
    boxes = np.empty((count, 4))
    for a in range(count):
        boxes[a, 0] = min(segments[a, 0], segments[a, 2]) - _TINY
        boxes[a, 1] = min(segments[a, 1], segments[a, 3]) - _TINY
        boxes[a, 2] = max(segments[a, 0], segments[a, 2]) + _TINY
        boxes[a, 3] = max(segments[a, 1], segments[a, 3]) + _TINY
    for a in range(count):
        for b in range(a + 1, count):
            if (
                boxes[b, 0] > boxes[a, 2]
                or boxes[b, 2] < boxes[a, 0]
                or boxes[b, 1] > boxes[a, 3]
                or boxes[b, 3] < boxes[a, 1]
            ):
                continue
            s, t = _meeting(segments, a, b)
            if s != s:
                continue
            if n + 2 > size:
                owner = np.append(owner, np.empty(size, np.int64))
                where = np.concatenate((where, np.empty((size, 3))))
                size *= 2
            length = math.hypot(segments[a, 2] - segments[a, 0], segments[a, 3] - segments[a, 1])
            x = segments[a, 0] + s / length * (segments[a, 2] - segments[a, 0])
            y = segments[a, 1] + s / length * (segments[a, 3] - segments[a, 1])
            for k in range(2):
                owner[n] = a if k == 0 else b
                where[n, 0], where[n, 1], where[n, 2] = s if k == 0 else t, x, y
                n += 1
    pieces = np.empty((n + count, 4))
    of = np.empty(n + count, np.int64)
    order = np.argsort(owner[:n], kind="mergesort")
    made, at = 0, 0
    for a in range(count):
        begin = at
        while at < n and owner[order[at]] == a:
            at += 1
        for i in range(begin + 1, at):  # few cuts: insertion
            moved, j = order[i], i - 1
            while j >= begin and where[order[j], 0] > where[moved, 0]:
                order[j + 1] = order[j]
                j -= 1
            order[j + 1] = moved
        x, y = segments[a, 0], segments[a, 1]
        for i in range(begin, at + 1):
            nx, ny = segments[a, 2], segments[a, 3]
            if i < at:
                nx, ny = where[order[i], 1], where[order[i], 2]
            if math.hypot(nx - x, ny - y) > _SHORT_M:
                pieces[made, 0], pieces[made, 1] = x, y
                pieces[made, 2], pieces[made, 3] = nx, ny
                of[made] = a
                made += 1
                x, y = nx, ny
    return pieces[:made], of[:made]


@kernel
def _followers(pieces: Reals, count: int) -> Whole:
    """Piece that starts where each ends; -1 in the first where one has none, or several."""
    after = np.full(count, -1, np.int64)
    taken = np.zeros(count, np.bool_)
    for p in range(count):
        for q in range(count):
            gap = abs(pieces[q, 0] - pieces[p, 2]) + abs(pieces[q, 1] - pieces[p, 3])
            if gap <= _MEET_M:
                if after[p] >= 0 or taken[q] or p == q:
                    after[0] = -1
                    return after
                after[p] = q
                taken[q] = True
        if after[p] < 0:
            after[0] = -1
            return after
    return after


@kernel
def chained_rings(
    pieces: Reals, of: Whole, count: int, out: Reals, tag: Whole, ring: Whole
) -> tuple[int, int]:
    """Close pieces into rings.

    ``out`` (room, 2) receives the vertices, ``tag`` what each side comes from (``of``), ``ring``
    its number. Returns 1 and the number of vertices for one shell (first) and its holes, 3 for
    several shells, 2 (nothing), 0 where the pieces do not close, or do not fit.
    """
    if count == 0:
        return EMPTY, 0
    after = _followers(pieces, count)
    if after[0] < 0 or count > len(out):
        return UNKNOWN, 0
    number = np.full(count, -1, np.int64)
    area = np.zeros(count)
    rings, shells = 0, 0
    for p in range(count):
        if number[p] >= 0:
            continue
        q = p
        while number[q] < 0:
            number[q] = rings
            ax, ay = pieces[q, 0] - pieces[p, 0], pieces[q, 1] - pieces[p, 1]
            q = after[q]
            bx, by = pieces[q, 0] - pieces[p, 0], pieces[q, 1] - pieces[p, 1]
            area[rings] += 0.5 * (ax * by - ay * bx)
        if abs(area[rings]) < _LEAST_M2:
            return UNKNOWN, 0
        shells += area[rings] > 0.0
        rings += 1
    if shells == 0 or (shells > 1 and shells < rings):
        return UNKNOWN, 0
    n, written = 0, 0
    for want_shell in (True, False):
        for r in range(rings):
            if (area[r] > 0.0) != want_shell:
                continue
            p = 0
            while number[p] != r:
                p += 1
            q = p
            while True:
                out[n, 0], out[n, 1] = pieces[q, 0], pieces[q, 1]
                tag[n], ring[n] = of[q], written
                n += 1
                q = after[q]
                if q == p:
                    break
            written += 1
    return (ONE if shells == 1 else MANY), n
