"""Mean of the samples under each module, by bins of a plane's own samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]


@kernel
def _bins(
    x: Reals,
    y: Reals,
    first: int,
    last: int,
    x_low: float,
    y_low: float,
    cell: float,
    columns: int,
    count: int,
) -> tuple[Whole, Whole]:
    """Sort samples into square cells by counting: start of each cell, order of the samples."""
    start = np.zeros(count + 1, np.int64)
    where = np.empty(last - first, np.int64)
    for s in range(first, last):
        column = int((x[s] - x_low) / cell)
        where[s - first] = int((y[s] - y_low) / cell) * columns + column
        start[where[s - first] + 1] += 1
    for c in range(count):
        start[c + 1] += start[c]
    at = start.copy()
    order = np.empty(last - first, np.int64)
    for s in range(first, last):
        order[at[where[s - first]]] = s
        at[where[s - first]] += 1
    return start, order


@kernel
def module_means(
    x: Reals,
    y: Reals,
    value: Reals,
    sample_start: Whole,
    module_plane: Whole,
    centre: Reals,
    axes: Reals,
    half: Reals,
    cell: float,
) -> Reals:
    """Mean of ``value`` over the samples under each module, else the nearest sample's.

    Parameters
    ----------
    x, y, value
        Samples (n,); NaN values are left out.
    sample_start
        int64, samples of plane i are ``sample_start[i]:sample_start[i + 1]``.
    module_plane
        int64 (m,), plane of each module, in increasing order.
    centre, axes, half
        Centre in plan (m, 2), unit vector along the first side (m, 2), half sides in plan
        (m, 2), metres.
    cell
        Size of the bins, m.

    Returns
    -------
    numpy.ndarray
        float64 (m,), NaN where the plane has no sample with a value.
    """
    modules = len(module_plane)
    out = np.full(modules, np.nan)
    m = 0
    while m < modules:
        plane = module_plane[m]
        end = m
        while end < modules and module_plane[end] == plane:
            end += 1
        first, last = sample_start[plane], sample_start[plane + 1]
        if last > first:
            x_low, y_low = x[first:last].min(), y[first:last].min()
            columns = int((x[first:last].max() - x_low) / cell) + 1
            rows = int((y[first:last].max() - y_low) / cell) + 1
            start, order = _bins(x, y, first, last, x_low, y_low, cell, columns, rows * columns)
            for k in range(m, end):
                out[k] = _mean_under(
                    x,
                    y,
                    value,
                    start,
                    order,
                    x_low,
                    y_low,
                    cell,
                    columns,
                    rows,
                    centre[k],
                    axes[k],
                    half[k],
                )
                if out[k] != out[k]:
                    out[k] = _nearest(x, y, value, first, last, centre[k])
        m = end
    return out


@kernel
def _mean_under(
    x: Reals,
    y: Reals,
    value: Reals,
    start: Whole,
    order: Whole,
    x_low: float,
    y_low: float,
    cell: float,
    columns: int,
    rows: int,
    centre: Reals,
    axis: Reals,
    half: Reals,
) -> float:
    reach = np.hypot(half[0], half[1])
    c0 = max(int(np.floor((centre[0] - reach - x_low) / cell)), 0)
    c1 = min(int(np.floor((centre[0] + reach - x_low) / cell)), columns - 1)
    r0 = max(int(np.floor((centre[1] - reach - y_low) / cell)), 0)
    r1 = min(int(np.floor((centre[1] + reach - y_low) / cell)), rows - 1)
    total, number = 0.0, 0
    for r in range(r0, r1 + 1):
        for c in range(c0, c1 + 1):
            for o in range(start[r * columns + c], start[r * columns + c + 1]):
                s = order[o]
                dx, dy = x[s] - centre[0], y[s] - centre[1]
                along = dx * axis[0] + dy * axis[1]
                across = dy * axis[0] - dx * axis[1]
                inside = abs(along) <= half[0] and abs(across) <= half[1]
                if inside and value[s] == value[s]:
                    total += value[s]
                    number += 1
    return total / number if number > 0 else np.nan


@kernel
def _nearest(x: Reals, y: Reals, value: Reals, first: int, last: int, centre: Reals) -> float:
    best, found = np.inf, np.nan
    for s in range(first, last):
        distance = (x[s] - centre[0]) ** 2 + (y[s] - centre[1]) ** 2
        if distance < best and value[s] == value[s]:
            best, found = distance, value[s]
    return found
