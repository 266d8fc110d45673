"""Polygons that a mitred opening (inwards, and out again) leaves as they are, or takes whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel
from cadastre.kernels.chains import EMPTY, MANY, ONE, UNKNOWN
from cadastre.kernels.offsets import moved_inwards
from cadastre.kernels.ring_edges import DX, DY, X, Y, read_edges

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Codes = NDArray[np.int8]

_OUT_M = 1e-6


@kernel
def opening_keeps(
    x: Reals, y: Reals, ring_start: Whole, start: Whole, half: float, limits: tuple[float, float],
    status: Codes,
) -> None:  # fmt: skip
    """Tell which polygons an opening by ``half`` leaves as they are.

    Parameters
    ----------
    x, y, ring_start, start
        *Closed* rings, flat, one polygon a shape: shell first and counter-clockwise, m.
    half
        Distance, over zero, m.
    limits
        Longest mitres, in distances, on the way in and on the way out.
    status
        (n_shapes,) 1 where nothing changes, 2 where nothing is left, 0 unknown.
    """
    sharp_in = 2.0 / limits[0] ** 2 - 1.0  # least cosine of the turn that keeps its mitre
    sharp_out = 2.0 / limits[1] ** 2 - 1.0
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
        core, tag, ring = np.empty((room, 2)), np.empty(room, np.int64), np.empty(room, np.int64)
        found, number = moved_inwards(edges, before, count, 0, sharp_in, core, tag, ring)
        if found == EMPTY:
            status[shape] = EMPTY
        elif found in (ONE, MANY) and _covers(edges, first, rings, tag, ring, number, sharp_out):
            status[shape] = ONE


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
        cross = edges[i, DX] * edges[j, DY] - edges[i, DY] * edges[j, DX]
        dot = edges[i, DX] * edges[j, DX] + edges[i, DY] * edges[j, DY]
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
