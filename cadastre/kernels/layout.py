"""Rows of rectangles in polygons with holes: exact containment, best stack of rows.

All lengths in metres, in a frame where rows run along u and stack along v. A polygon is given by
its edges (u0, v0, u1, v1), shell and holes together. No shape library, no exception.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

_TINY = 1e-9
_TOUCH = 1e-6  # an edge that enters a band by less does not block it


@kernel
def free_intervals(
    edges: Reals, rows: Whole, number: int, low: float, high: float, spans: Reals, gaps: Reals
) -> int:
    """Intervals of u over which the band ``low`` to ``high`` lies wholly in the polygon.

    ``edges`` float64 (n, 4), those of the polygon that may reach the band are ``rows[:number]``,
    sorted by their lower v. ``spans`` (>= number, 3) is scratch,
    ``gaps`` (>= n + 1, 2) receives the intervals; returns their number. An edge that enters the
    open band blocks the interval of u it covers there; between blocked intervals the band is all
    in or all out, told by the parity of the edges crossing its middle.
    """
    middle = 0.5 * (low + high)
    count = 0
    for r in range(number):
        e = rows[r]
        u0, v0, u1, v1 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if v0 > v1:
            u0, v0, u1, v1 = u1, v1, u0, v0
        if v0 >= high - _TOUCH:
            break
        if v1 <= low + _TOUCH:
            continue
        a, b = u0, u1
        if v0 < low:
            a = u0 + (u1 - u0) * (low - v0) / (v1 - v0)
        if v1 > high:
            b = u0 + (u1 - u0) * (high - v0) / (v1 - v0)
        spans[count, 0] = min(a, b)
        spans[count, 1] = max(a, b)
        spans[count, 2] = 1.0 if v0 <= middle < v1 else 0.0
        count += 1
    for i in range(1, count):
        s0, s1, s2 = spans[i, 0], spans[i, 1], spans[i, 2]
        j = i - 1
        while j >= 0 and spans[j, 0] > s0:
            spans[j + 1, 0], spans[j + 1, 1], spans[j + 1, 2] = (
                spans[j, 0],
                spans[j, 1],
                spans[j, 2],
            )
            j -= 1
        spans[j + 1, 0], spans[j + 1, 1], spans[j + 1, 2] = s0, s1, s2
    found = 0
    crossings = 0
    reach = -np.inf
    for i in range(count):
        if spans[i, 0] > reach + _TINY and crossings % 2 == 1:
            gaps[found, 0] = reach
            gaps[found, 1] = spans[i, 0]
            found += 1
        reach = max(reach, spans[i, 1])
        if spans[i, 2] > 0.0:
            crossings += 1
    return found


@kernel
def row_fit(gaps: Reals, found: int, width: float, between: float) -> tuple[int, int]:
    """Rectangles of ``width`` that fit in the intervals, ``between`` apart; runs they make."""
    total = 0
    runs = 0
    for i in range(found):
        room = gaps[i, 1] - gaps[i, 0]
        fits = int(np.floor((room + between + _TINY) / (width + between)))
        total += fits
        if fits > 0:
            runs += 1
    return total, runs


@kernel
def row_levels(bottom: float, top: float, kinds: Reals, step: float, most: int) -> Reals:
    """Heights at which a row may end, sorted: a regular comb and exact stacks of rows.

    Exact stacks start from the bottom or hang from the top; kinds are combined in them while
    their number stays under ``most``.
    """
    extent = top - bottom
    comb = int(np.floor(extent / step + _TINY))
    stacks = np.zeros((len(kinds), 2), np.int64)
    product = 1
    for k in range(len(kinds)):
        stacks[k, 0] = int(np.floor((extent + kinds[k, 3]) / (kinds[k, 0] + kinds[k, 3]))) + 1
        product *= stacks[k, 0]
    single = 0
    for k in range(len(kinds)):
        single += stacks[k, 0]
    exact = product if product <= most else single
    levels = np.empty(comb + 1 + 2 * exact)
    for i in range(comb + 1):
        levels[i] = bottom + i * step
    n = comb + 1
    for index in range(exact):
        sum_heights = 0.0
        rest = index
        last_gap = 0.0
        for k in range(len(kinds)):
            if product <= most:
                rows = rest % stacks[k, 0]
                rest //= stacks[k, 0]
            else:
                rows = rest if 0 <= rest < stacks[k, 0] else 0
                rest -= stacks[k, 0]
            sum_heights += rows * (kinds[k, 0] + kinds[k, 3])
            last_gap = kinds[k, 3]
        if bottom + sum_heights - last_gap <= top + _TINY and sum_heights > last_gap:
            levels[n] = bottom + sum_heights - last_gap
            n += 1
        if sum_heights <= extent + _TINY:
            levels[n] = top - sum_heights
            n += 1
    levels = np.sort(levels[:n])
    kept = 1
    for i in range(1, n):
        if levels[i] > levels[kept - 1] + 1e-7:
            levels[kept] = levels[i]
            kept += 1
    return levels[:kept]


@kernel
def _rows_possible(
    edges: Reals, first: int, last: int, kinds: Reals, levels: Reals, spans: Reals, gaps: Reals
) -> tuple[Reals, Whole]:
    """Score of the row of each kind ending at each level, and the level free before it."""
    scores = np.zeros((len(kinds), len(levels)))
    before = np.zeros((len(kinds), len(levels)), np.int64)
    bottom = levels[0]
    active = np.empty(last - first, np.int64)  # edges that reach the band, which only moves up
    for k in range(len(kinds)):
        number, following, place = 0, first, 0
        for i in range(len(levels)):
            low = levels[i] - kinds[k, 0]
            if low < bottom - 1e-7:
                continue
            while following < last and (
                min(edges[following, 1], edges[following, 3]) < levels[i] - _TOUCH
            ):
                active[number] = following
                number += 1
                following += 1
            reached = 0
            for r in range(number):
                if max(edges[active[r], 1], edges[active[r], 3]) > low + _TOUCH:
                    active[reached] = active[r]
                    reached += 1
            number = reached
            found = free_intervals(edges, active, number, low, levels[i], spans, gaps)
            fits, runs = row_fit(gaps, found, kinds[k, 1], kinds[k, 2])
            scores[k, i] = fits * kinds[k, 4] - 1e-3 * runs
            while place + 1 < len(levels) and levels[place + 1] <= low - kinds[k, 3] + 1e-7:
                place += 1
            before[k, i] = place
    return scores, before


@kernel
def _best_stack(scores: Reals, before: Whole, allowed: Flags, choice: Whole) -> float:
    """Best total score of rows that do not overlap; ``choice[i]`` is the kind ending there."""
    levels = scores.shape[1]
    total = np.zeros(levels)
    choice[0] = -1
    for i in range(1, levels):
        total[i] = total[i - 1]
        choice[i] = -1
        for k in range(scores.shape[0]):
            if not allowed[k] or scores[k, i] <= 0.0:
                continue
            score = scores[k, i] + total[before[k, i]]
            if score > total[i] + 1e-9:
                total[i] = score
                choice[i] = k
    return total[levels - 1]


@kernel
def _write_rows(
    edges: Reals,
    first: int,
    last: int,
    kinds: Reals,
    levels: Reals,
    before: Whole,
    choice: Whole,
    spans: Reals,
    gaps: Reals,
    out: Reals,
    at: int,
) -> int:
    """Write the rectangles of the stack found, from the top row down; returns the new end."""
    i = len(levels) - 1
    phase = np.nan
    rows = np.arange(first, last)
    while i > 0:
        k = choice[i]
        if k < 0:
            i -= 1
            continue
        low = levels[i] - kinds[k, 0]
        width, between = kinds[k, 1], kinds[k, 2]
        pitch = width + between
        found = free_intervals(edges, rows, last - first, low, levels[i], spans, gaps)
        for g in range(found):
            room = gaps[g, 1] - gaps[g, 0]
            fits = int(np.floor((room + between + _TINY) / pitch))
            if fits == 0:
                continue
            slack = max(room - fits * pitch + between, 0.0)
            start = gaps[g, 0] + 0.5 * slack
            if phase == phase:
                aligned = start + (phase - start) - pitch * np.round((phase - start) / pitch)
                if gaps[g, 0] <= aligned <= gaps[g, 0] + slack:
                    start = aligned
            phase = start
            for n in range(fits):
                out[at, 0] = start + n * pitch
                out[at, 1] = low
                out[at, 2] = width
                out[at, 3] = kinds[k, 0]
                out[at, 4] = k
                at += 1
        i = before[k, i]
    return at


@kernel
def _sort_by_low(edges: Reals, first: int, last: int) -> None:
    """Order the edges of one polygon by their lower v, ties in their given order."""
    lower = np.minimum(edges[first:last, 1], edges[first:last, 3])
    order = np.argsort(lower, kind="mergesort")
    copy = edges[first:last].copy()
    for e in range(last - first):
        for c in range(4):
            edges[first + e, c] = copy[order[e], c]


@kernel
def lay_rows(
    edges: Reals,
    starts: Whole,
    kinds: Reals,
    kind_start: Whole,
    steps: Reals,
    capacity: Whole,
    mixed_gain: float,
    most_exact: int,
) -> tuple[Reals, Whole, Reals]:
    """Best stack of rows in each polygon.

    Parameters
    ----------
    edges
        float64 (n, 4), edges of all polygons; reordered in place within each polygon.
    starts
        int64 (p + 1), edges of polygon i are ``starts[i]:starts[i + 1]``.
    kinds
        float64 (m, 5): row height, rectangle width, space between rectangles, space between
        rows, weight of one rectangle in the score.
    kind_start
        int64 (p + 1), the kinds polygon i may use.
    steps
        float64 (p), spacing of the positions tried, m.
    capacity
        int64 (p + 1), first row of the output reserved to polygon i, from its area.
    mixed_gain
        Kinds are mixed in one polygon only where that gains this share over the best single
        kind.
    most_exact
        Number of exact stacks of mixed kinds up to which they are tried.

    Returns
    -------
    tuple
        Rectangles float64 (capacity[-1], 5): u, v of the lower corner, width, height, kind;
        number int64 (p) of each polygon; score float64 (p).
    """
    polygons = len(starts) - 1
    out = np.empty((capacity[-1], 5))
    number = np.zeros(polygons, np.int64)
    totals = np.zeros(polygons)
    for p in range(polygons):
        first, last = starts[p], starts[p + 1]
        if last - first < 3 or capacity[p + 1] == capacity[p]:
            continue
        _sort_by_low(edges, first, last)
        own = kinds[kind_start[p] : kind_start[p + 1]]
        bottom = min(edges[first:last, 1].min(), edges[first:last, 3].min())
        top = max(edges[first:last, 1].max(), edges[first:last, 3].max())
        levels = row_levels(bottom, top, own, steps[p], most_exact)
        spans = np.empty((last - first + 1, 3))
        gaps = np.empty((last - first + 2, 2))
        scores, before = _rows_possible(edges, first, last, own, levels, spans, gaps)
        choice = np.empty(len(levels), np.int64)
        allowed = np.zeros(len(own), np.bool_)
        best, best_kind = 0.0, -1
        for k in range(len(own)):
            allowed[:] = False
            allowed[k] = True
            score = _best_stack(scores, before, allowed, choice)
            if score > best + 1e-9:
                best, best_kind = score, k
        if best_kind < 0:
            continue
        allowed[:] = True
        score = _best_stack(scores, before, allowed, choice)
        if score < best * (1.0 + mixed_gain):
            allowed[:] = False
            allowed[best_kind] = True
            score = _best_stack(scores, before, allowed, choice)
        end = _write_rows(
            edges, first, last, own, levels, before, choice, spans, gaps, out, capacity[p]
        )
        number[p] = end - capacity[p]
        totals[p] = score
    return out, number, totals
