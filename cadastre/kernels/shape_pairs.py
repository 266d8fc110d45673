"""Polygons two by two: near a point, surely apart, surely within.

Polygons are closed rings, flat: rings of polygon s are ``start[s]:start[s + 1]`` of
``ring_start``. Answers are exact, or "not sure" where an overlay has to tell. Metres; differences
of coordinates only, so that far origins cost no digits.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@kernel
def bounds_of_each(x: Reals, y: Reals, ring_start: Whole, start: Whole) -> Reals:
    """Bounds (n, 4) x min, y min, x max, y max of each polygon; of none, an empty interval."""
    out = np.empty((len(start) - 1, 4))
    for s in range(len(start) - 1):
        out[s, :2], out[s, 2:] = math.inf, -math.inf
        for k in range(ring_start[start[s]], ring_start[start[s + 1]]):
            out[s, 0], out[s, 1] = min(out[s, 0], x[k]), min(out[s, 1], y[k])
            out[s, 2], out[s, 3] = max(out[s, 2], x[k]), max(out[s, 3], y[k])
    return out


@kernel
def turn_rings(x: Reals, y: Reals, ring_start: Whole, shell: Flags) -> None:
    """Turn rings so that shells run counter-clockwise and others clockwise, in place."""
    for ring in range(len(ring_start) - 1):
        first, last = ring_start[ring], ring_start[ring + 1]
        area = 0.0
        for k in range(first, last - 1):
            area += (x[k] - x[first]) * (y[k + 1] - y[first])
            area -= (x[k + 1] - x[first]) * (y[k] - y[first])
        if (area < 0.0) == shell[ring]:
            x[first:last] = x[first:last][::-1].copy()
            y[first:last] = y[first:last][::-1].copy()


@kernel
def with_straight_corners(
    x: Reals, y: Reals, ring_start: Whole, start: Whole, tolerance: float
) -> Flags:
    """Tell which polygons have a vertex within two tolerances of its neighbours' chord."""
    out = np.zeros(len(start) - 1, np.bool_)
    for s in range(len(start) - 1):
        for ring in range(start[s], start[s + 1]):
            first, last = ring_start[ring], ring_start[ring + 1] - 1
            for k in range(first, last):
                i, j = (last - 1 if k == first else k - 1), (first if k + 1 == last else k + 1)
                dx, dy = x[j] - x[i], y[j] - y[i]
                off = abs((x[k] - x[i]) * dy - (y[k] - y[i]) * dx)
                if off <= 2.0 * tolerance * math.hypot(dx, dy):
                    out[s] = True
    return out


@kernel
def is_near(
    x: Reals, y: Reals, ring_start: Whole, first: int, last: int, px: float, py: float,
    distance: float,
) -> bool:  # fmt: skip
    """Tell whether a point lies in a polygon (rings ``first:last``) or within a distance of it."""
    inside = False
    reach = distance * distance
    for ring in range(first, last):
        for k in range(ring_start[ring], ring_start[ring + 1] - 1):
            ax, ay = x[k] - px, y[k] - py
            bx, by = x[k + 1] - px, y[k + 1] - py
            dx, dy = bx - ax, by - ay
            size = dx * dx + dy * dy
            share = min(max(-(ax * dx + ay * dy) / size, 0.0), 1.0) if size > 0.0 else 0.0
            nx, ny = ax + share * dx, ay + share * dy
            if nx * nx + ny * ny <= reach:
                return True
            if (ay > 0.0) != (by > 0.0) and ax - ay * dx / dy > 0.0:
                inside = not inside
    return inside


@kernel
def point_distances(
    px: Reals, py: Reals, which: Whole, x: Reals, y: Reals, ring_start: Whole, start: Whole
) -> Reals:
    """Distance of each point from the polygon ``which``, 0 inside; infinite where it is empty."""
    out = np.empty(len(px))
    for p in range(len(px)):
        ux, uy = px[p], py[p]
        least = math.inf
        inside = False
        for ring in range(start[which[p]], start[which[p] + 1]):
            for k in range(ring_start[ring], ring_start[ring + 1] - 1):
                ax, ay, bx, by = x[k] - ux, y[k] - uy, x[k + 1] - ux, y[k + 1] - uy
                dx, dy = bx - ax, by - ay
                size = dx * dx + dy * dy
                share = min(max(-(ax * dx + ay * dy) / size, 0.0), 1.0) if size > 0.0 else 0.0
                nx, ny = ax + share * dx, ay + share * dy
                least = min(least, nx * nx + ny * ny)
                if (ay > 0.0) != (by > 0.0) and ax - ay * dx / dy > 0.0:
                    inside = not inside
        out[p] = 0.0 if inside else math.sqrt(least)
    return out


@kernel
def points_meeting_others(
    px: Reals, py: Reals, owner: Whole, group: Whole, group_start: Whole, members: Whole,
    x: Reals, y: Reals, ring_start: Whole, start: Whole, bounds: Reals, heights: Reals,
    distance: float, step: float,
) -> Flags:  # fmt: skip
    """Tell which points meet, at about the same height, another polygon of their group.

    Parameters
    ----------
    px, py, owner
        Points and the polygon each belongs to.
    group, group_start, members
        Group of each polygon; polygons of group g are ``members[group_start[g]:...]``.
    x, y, ring_start, start, bounds
        The polygons.
    heights
        (n, 5) plane of each: a, b, c, x0, y0.
    distance, step
        Farthest in plan and in height, m.
    """
    out = np.zeros(len(px), np.bool_)
    for p in range(len(px)):
        me, ux, uy = owner[p], px[p], py[p]
        own = heights[me, 0] * (ux - heights[me, 3]) + heights[me, 1] * (uy - heights[me, 4])
        own += heights[me, 2]
        for m in range(group_start[group[me]], group_start[group[me] + 1]):
            it = members[m]
            if (
                it == me
                or max(
                    max(bounds[it, 0] - ux, ux - bounds[it, 2]),
                    max(bounds[it, 1] - uy, uy - bounds[it, 3]),
                )
                > distance
            ):
                continue
            there = heights[it, 0] * (ux - heights[it, 3]) + heights[it, 1] * (uy - heights[it, 4])
            if abs(there + heights[it, 2] - own) <= step and is_near(
                x, y, ring_start, start[it], start[it + 1], ux, uy, distance
            ):
                out[p] = True
                break
    return out


@kernel
def pairs_in_groups(
    first_group: Whole, first_bounds: Reals, group_start: Whole, members: Whole, bounds: Reals,
    least_area: float,
) -> tuple[Whole, Whole]:  # fmt: skip
    """Pairs (first, member of its group) whose bounds share more than an area, in that order."""
    size = 16
    one, two = np.empty(size, np.int64), np.empty(size, np.int64)
    n = 0
    for f in range(len(first_group)):
        for m in range(group_start[first_group[f]], group_start[first_group[f] + 1]):
            it = members[m]
            wide = min(first_bounds[f, 2], bounds[it, 2]) - max(first_bounds[f, 0], bounds[it, 0])
            high = min(first_bounds[f, 3], bounds[it, 3]) - max(first_bounds[f, 1], bounds[it, 1])
            if wide <= 0.0 or high <= 0.0 or wide * high <= least_area:
                continue
            if n == size:
                size *= 2
                one, two = (
                    np.append(one, np.empty(n, np.int64)),
                    np.append(two, np.empty(n, np.int64)),
                )
            one[n], two[n] = f, it
            n += 1
    return one[:n].copy(), two[:n].copy()


@kernel
def _beyond_a_side(
    x: Reals, y: Reals, low: int, high: int, ox: Reals, oy: Reals, other_low: int, other_high: int,
    slack: float,
) -> bool:  # fmt: skip
    """Tell whether a side of the first ring has all of it on one side, the second on the other."""
    for k in range(low, high - 1):
        dx, dy = x[k + 1] - x[k], y[k + 1] - y[k]
        length = math.hypot(dx, dy)
        if length < slack:
            continue
        room = slack * length
        apart = True
        for m in range(other_low, other_high):
            if (oy[m] - y[k]) * dx - (ox[m] - x[k]) * dy > room:
                apart = False
                break
        if not apart:
            continue
        for m in range(low, high):
            if (y[m] - y[k]) * dx - (x[m] - x[k]) * dy < -room:
                apart = False
                break
        if apart:
            return True
    return False


@kernel
def pairs_apart(
    one: Whole, ax: Reals, ay: Reals, a_ring: Whole, a_start: Whole,
    two: Whole, bx: Reals, by: Reals, b_ring: Whole, b_start: Whole,
    slack: float,
) -> Flags:  # fmt: skip
    """Tell which pairs a side of one of them separates, to ``slack`` m; shells left-handed.

    What such a pair shares is a strip narrower than twice the slack. False is "not sure".
    """
    out = np.zeros(len(one), np.bool_)
    for p in range(len(one)):
        a, b = a_start[one[p]], b_start[two[p]]
        if a_start[one[p] + 1] - a < 1 or b_start[two[p] + 1] - b < 1:
            out[p] = True
            continue
        # the first ring of a shape of several parts says nothing of the others
        a_last, b_last = a_ring[a_start[one[p] + 1]], b_ring[b_start[two[p] + 1]]
        out[p] = _beyond_a_side(ax, ay, a_ring[a], a_last, bx, by, b_ring[b], b_last, slack)
        out[p] = out[p] or _beyond_a_side(
            bx, by, b_ring[b], b_last, ax, ay, a_ring[a], a_last, slack
        )
    return out


@kernel
def pairs_within(
    one: Whole, ax: Reals, ay: Reals, a_ring: Whole, a_start: Whole,
    two: Whole, bx: Reals, by: Reals, b_ring: Whole, b_start: Whole,
    slack: float,
) -> Flags:  # fmt: skip
    """Tell in which pairs the first lies in the second, ``slack`` m from its edges at least.

    A polygon of the second with a vertex in the first is never so. False is "not sure".
    """
    out = np.zeros(len(one), np.bool_)
    for p in range(len(one)):
        a, a_end = a_start[one[p]], a_start[one[p] + 1]
        b, b_end = b_start[two[p]], b_start[two[p] + 1]
        if a == a_end or b == b_end:
            continue
        within = True
        for ring in range(a, a_end):
            if not within:
                break
            k = a_ring[ring]
            within = is_near(bx, by, b_ring, b, b_end, ax[k], ay[k], 0.0) and _clear_of(
                ax, ay, a_ring[ring], a_ring[ring + 1], bx, by, b_ring, b, b_end, slack
            )
        for ring in range(b, b_end):  # a hole of the second, wholly in the first
            if not within:
                break
            k = b_ring[ring]
            within = not is_near(ax, ay, a_ring, a, a_end, bx[k], by[k], 0.0)
        out[p] = within
    return out


@kernel
def _clear_of(
    x: Reals, y: Reals, low: int, high: int, bx: Reals, by: Reals, b_ring: Whole, b: int,
    b_end: int, slack: float,
) -> bool:  # fmt: skip
    """Tell whether no segment of a ring comes within ``slack`` of the rings of a polygon."""
    for k in range(low, high - 1):
        x_low, x_high = min(x[k], x[k + 1]) - slack, max(x[k], x[k + 1]) + slack
        y_low, y_high = min(y[k], y[k + 1]) - slack, max(y[k], y[k + 1]) + slack
        dx, dy = x[k + 1] - x[k], y[k + 1] - y[k]
        length = math.hypot(dx, dy)
        for ring in range(b, b_end):
            for m in range(b_ring[ring], b_ring[ring + 1] - 1):
                if (
                    max(bx[m], bx[m + 1]) < x_low
                    or min(bx[m], bx[m + 1]) > x_high
                    or max(by[m], by[m + 1]) < y_low
                    or min(by[m], by[m + 1]) > y_high
                ):
                    continue
                # both ends well on one side of the other's line: they do not meet
                p = (by[m] - y[k]) * dx - (bx[m] - x[k]) * dy
                q = (by[m + 1] - y[k]) * dx - (bx[m + 1] - x[k]) * dy
                if min(p, q) > slack * length or max(p, q) < -slack * length:
                    continue
                ex, ey = bx[m + 1] - bx[m], by[m + 1] - by[m]
                size = math.hypot(ex, ey)
                p = (y[k] - by[m]) * ex - (x[k] - bx[m]) * ey
                q = (y[k + 1] - by[m]) * ex - (x[k + 1] - bx[m]) * ey
                if min(p, q) > slack * size or max(p, q) < -slack * size:
                    continue
                return False
    return True
