"""Fields of neighbouring modules, and a compact cluster taken from one end of a field."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]

_FACING_M = 0.05  # neighbours share at least this length of side


@kernel
def _root(parent: Whole, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


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
    first = 0
    while first < count:
        last = first
        while last < count and plane[last] == plane[first]:
            last += 1
        ax, ay = axes[first, 0], axes[first, 1]
        for i in range(first, last):
            for j in range(i + 1, last):
                dx, dy = centre[j, 0] - centre[i, 0], centre[j, 1] - centre[i, 1]
                along = abs(dx * ax + dy * ay) - half[i, 0] - half[j, 0]
                across = abs(dy * ax - dx * ay) - half[i, 1] - half[j, 1]
                beside = along <= gap[i, 0] and across < -_FACING_M
                behind = across <= gap[i, 1] and along < -_FACING_M
                if beside or behind:
                    a, b = _root(parent, i), _root(parent, j)
                    if a < b:
                        parent[b] = a
                    elif b < a:
                        parent[a] = b
        first = last
    for i in range(count):
        parent[i] = _root(parent, i)
    return parent


@kernel
def compact_cluster(centre: Reals, wanted: int) -> Whole:
    """Rows of ``wanted`` modules that hold together, from the end of a field inwards.

    ``centre`` float64 (n, 2) of the modules of one field. The first is the one farthest from the
    middle; then always the nearest to one already taken, and among equals the nearest to the
    first. All rows where ``wanted`` is at least n; int64.
    """
    count = len(centre)
    number = min(wanted, count)
    out = np.empty(number, np.int64)
    if number == 0:
        return out
    mx, my = centre[:, 0].mean(), centre[:, 1].mean()
    start, farthest = 0, -1.0
    for i in range(count):
        distance = (centre[i, 0] - mx) ** 2 + (centre[i, 1] - my) ** 2
        if distance > farthest + 1e-6:
            start, farthest = i, distance
    near = np.full(count, np.inf)
    taken = np.zeros(count, np.bool_)
    latest = start
    for k in range(number):
        out[k] = latest
        taken[latest] = True
        best, choice = np.inf, -1
        for i in range(count):
            if taken[i]:
                continue
            distance = np.hypot(centre[i, 0] - centre[latest, 0], centre[i, 1] - centre[latest, 1])
            near[i] = min(near[i], distance)
            home = np.hypot(centre[i, 0] - centre[start, 0], centre[i, 1] - centre[start, 1])
            score = near[i] + 1e-3 * home
            if score < best - 1e-9:
                best, choice = score, i
        latest = choice
    return out
