"""Fields of neighbouring modules, and what is left of them when some are taken off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

_FACING_M = 0.05  # neighbours share at least this length of side


@kernel
def _root(parent: Whole, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel
def _neighbours(i: int, j: int, centre: Reals, axes: Reals, half: Reals, gap: Reals) -> bool:
    """Tell whether two modules of a plane follow each other side by side."""
    dx, dy = centre[j, 0] - centre[i, 0], centre[j, 1] - centre[i, 1]
    along = abs(dx * axes[i, 0] + dy * axes[i, 1]) - half[i, 0] - half[j, 0]
    across = abs(dy * axes[i, 0] - dx * axes[i, 1]) - half[i, 1] - half[j, 1]
    beside = along <= gap[i, 0] and across < -_FACING_M
    behind = across <= gap[i, 1] and along < -_FACING_M
    return beside or behind


@kernel
def _joined(
    parent: Whole, alive: Flags, rows: Whole, centre: Reals, axes: Reals, half: Reals, gap: Reals
) -> None:
    """Give each living module of the rows the first of its group as parent."""
    first, last = rows
    for i in range(first, last):
        parent[i] = i
    for i in range(first, last):
        for j in range(i + 1, last):
            if alive[i] and alive[j] and _neighbours(i, j, centre, axes, half, gap):
                a, b = _root(parent, i), _root(parent, j)
                if a < b:
                    parent[b] = a
                elif b < a:
                    parent[a] = b
    for i in range(first, last):
        parent[i] = _root(parent, i)


@kernel
def neighbouring_groups(
    plane: Whole, centre: Reals, axes: Reals, half: Reals, gap: Reals
) -> Whole:
    """Group of each module: those of a plane that follow each other side by side.

    Parameters
    ----------
    plane
        int64 (m,), plane of each module, modules of a plane together; rectangles of a plane
        share their axes.
    centre, axes, half
        Centre in plan (m, 2), unit vector along the first side (m, 2), half sides (m, 2), m.
    gap
        Largest space between two neighbours along the first and the second side, (m, 2), m.

    Returns
    -------
    numpy.ndarray
        int64 (m,): the first module (row) of the group of each.
    """
    count = len(plane)
    parent = np.arange(count)
    alive = np.ones(count, np.bool_)
    rows = np.zeros(2, np.int64)
    while rows[0] < count:
        rows[1] = rows[0]
        while rows[1] < count and plane[rows[1]] == plane[rows[0]]:
            rows[1] += 1
        _joined(parent, alive, rows, centre, axes, half, gap)
        rows[0] = rows[1]
    return parent


@kernel
def _without_few(parent: Whole, alive: Flags, rows: Whole, min_string: int, min_count: int) -> int:
    """Take off the modules of groups too small, all of a plane too poor; how many are left."""
    first, last = rows
    size = np.zeros(last - first, np.int64)
    for i in range(first, last):
        if alive[i]:
            size[parent[i] - first] += 1
    left = 0
    for i in range(first, last):
        alive[i] = alive[i] and size[parent[i] - first] >= min_string
        left += alive[i]
    if left < min_count:
        alive[first:last] = False
        return 0
    return left


@kernel
def thinned(
    start: Whole,
    centre: Reals,
    axes: Reals,
    half: Reals,
    gap: Reals,
    light: Reals,
    expected: Reals,
    draw: Reals,
    fewest: Whole,
) -> Flags:
    """Take off modules, dimmest first, so that each plane loses ``expected`` in expectation.

    A module that goes takes along those it leaves alone, so that a plane can lose some numbers
    only. Of the two about the number expected one is drawn, with the chances that make the mean
    right: a pair goes in 4 cases of 100 where 4 % is to go.

    Parameters
    ----------
    start
        int64 (p + 1,): modules of each plane; every plane is one that could stand by itself.
    centre, axes, half, gap
        As :func:`neighbouring_groups` takes them.
    light
        (m,): brightness; among equals the last goes first.
    expected, draw
        (p,): modules to take off in the mean; a number drawn in [0, 1).
    fewest
        int64 (2,): modules of the smallest field and of the smallest plane.

    Returns
    -------
    numpy.ndarray
        bool (m,): modules that stay.
    """
    alive = np.ones(len(centre), np.bool_)
    parent = np.arange(len(centre))
    for p in range(len(start) - 1):
        rows = start[p : p + 2]
        left = rows[1] - rows[0]
        while left > 0 and rows[1] - rows[0] - left < expected[p]:
            dimmest = -1
            for i in range(rows[0], rows[1]):
                if alive[i] and (dimmest < 0 or light[i] <= light[dimmest]):
                    dimmest = i
            before, lost = alive[rows[0] : rows[1]].copy(), rows[1] - rows[0] - left
            alive[dimmest] = False
            _joined(parent, alive, rows, centre, axes, half, gap)
            left = _without_few(parent, alive, rows, fewest[0], fewest[1])
            chance = (expected[p] - lost) / (rows[1] - rows[0] - left - lost)
            if chance < 1.0:
                if draw[p] < 1.0 - chance:
                    alive[rows[0] : rows[1]] = before
                break
    return alive
