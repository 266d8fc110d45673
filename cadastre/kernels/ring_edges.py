"""Edges of rings: start, direction, length, distance to keep. Metres, inside on the left."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]

X, Y, DX, DY, LENGTH, DISTANCE = range(6)  # columns of edges
MOST_EDGES = 500  # of one shape: what is done with them grows with their square
_STRAIGHT_M = 1e-6  # a vertex this near the chord of its neighbours makes no corner
_TINY = 1e-9


@kernel
def edges_of_ring(
    x: Reals, y: Reals, distance: Reals, first: int, last: int, edges: Reals, at: int
) -> int:
    """Write the edges of an open ring, straight runs of one distance joined; returns the end."""
    count = 0
    for k in range(first, last):
        before = last - 1 if k == first else k - 1
        px, py = x[before], y[before]
        if count > 0:
            px, py = edges[at + count - 1, X], edges[at + count - 1, Y]
        after = first if k + 1 == last else k + 1
        dx, dy = x[after] - px, y[after] - py
        length = math.hypot(dx, dy)
        off = abs((x[k] - px) * dy - (y[k] - py) * dx)
        ahead = (x[k] - px) * dx + (y[k] - py) * dy
        straight = off <= _STRAIGHT_M * length and 0.0 <= ahead <= length * length
        same = math.hypot(x[k] - px, y[k] - py) <= _STRAIGHT_M and count > 0
        if (straight and distance[k] == distance[before]) or same:
            continue
        edges[at + count, X], edges[at + count, Y] = x[k], y[k]
        edges[at + count, DISTANCE] = distance[k]
        count += 1
    for k in range(count):
        after = at + (k + 1) % count
        dx, dy = edges[after, X] - edges[at + k, X], edges[after, Y] - edges[at + k, Y]
        length = math.hypot(dx, dy)
        edges[at + k, DX], edges[at + k, DY] = dx / length, dy / length
        edges[at + k, LENGTH] = length
    return at + count


@kernel
def _is_told_by(
    x: Reals, y: Reals, first: int, last: int, edges: Reals, begin: int, end: int
) -> bool:
    """Tell whether edges have the area of their ring, and no edge of it is as short as rounding.

    Beside an edge that short neither a corner nor whose distance counts can be told.
    """
    area = kept = perimeter = 0.0
    for k in range(first, last):
        after = first if k + 1 == last else k + 1
        length = math.hypot(x[after] - x[k], y[after] - y[k])
        if length <= 2.0 * _STRAIGHT_M:
            return False
        perimeter += length
        area += (x[k] - x[first]) * (y[after] - y[first])
        area -= (x[after] - x[first]) * (y[k] - y[first])
    for k in range(begin, end):
        after = begin if k + 1 == end else k + 1
        kept += (edges[k, X] - x[first]) * (edges[after, Y] - y[first])
        kept -= (edges[after, X] - x[first]) * (edges[k, Y] - y[first])
    return abs(kept - area) <= 4.0 * _STRAIGHT_M * perimeter


@kernel
def read_edges(
    x: Reals, y: Reals, distance: Reals, ring_start: Whole, begin: int, rings: int, skip: int,
    edges: Reals, first: Whole, before: Whole,
) -> bool:  # fmt: skip
    """Edges of the rings of one shape and the edge before each.

    False for less than a triangle, more than ``MOST_EDGES`` and rings whose edges cannot be told.
    ``first`` (rings + 1) receives the first edge of each ring; ``skip`` 1 for closed rings.
    """
    first[0] = 0
    if ring_start[begin + rings] - ring_start[begin] > MOST_EDGES:
        return False
    for r in range(rings):
        low, high = ring_start[begin + r], ring_start[begin + r + 1] - skip
        first[r + 1] = edges_of_ring(
            x,
            y,
            distance,
            low,
            high,
            edges,
            first[r],
        )
        if first[r + 1] - first[r] < 3:
            return False
        if not _is_told_by(x, y, low, high, edges, first[r], first[r + 1]):
            return False
        for k in range(first[r], first[r + 1]):
            before[k] = first[r + 1] - 1 if k == first[r] else k - 1
            if not edges[k, LENGTH] > _TINY:
                return False
    return True


@kernel
def turn(edges: Reals, i: int, j: int) -> tuple[float, float]:
    """Sine and cosine of the turn from one edge to another, positive to the left."""
    cross = edges[i, DX] * edges[j, DY] - edges[i, DY] * edges[j, DX]
    return cross, edges[i, DX] * edges[j, DX] + edges[i, DY] * edges[j, DY]
