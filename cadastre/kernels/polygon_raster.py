"""Polygons and pixels: masks, lattice points. Windows as in :mod:`cadastre.kernels.plane_fit`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]


@kernel
def fill_rings(
    x: FloatArray, y: FloatArray, starts: NDArray[np.int64], resolution: float, mask: MaskArray
) -> None:
    """Set the pixels whose centre lies inside the rings (even-odd rule), in place.

    Parameters
    ----------
    x, y
        Vertices of closed rings, m from the north-west corner of the window (y negative inside).
    starts
        First vertex of each ring, and the total number: shape (n_rings + 1,).
    resolution
        Pixel size, m.
    mask
        Window, shape (rows, cols); pixels outside the rings are left as they are.
    """
    _fill(x, y, starts, resolution, mask, True)


@kernel
def fill_numbers(
    x: FloatArray,
    y: FloatArray,
    ring_start: NDArray[np.int64],
    start: NDArray[np.int64],
    chosen: NDArray[np.int64],
    moved: FloatArray,
    resolution: float,
    out: NDArray[np.int32],
) -> None:
    """Write numbers on the pixels of some of many geometries: ``k + 1`` for ``chosen[k]``.

    Geometry g has the rings ``start[g]:start[g + 1]`` of ``ring_start``, vertices in coordinates
    of their own; ``moved`` (len(chosen), 2) brings them into the window, m. Where geometries
    overlap the last one holds the pixel.
    """
    width, height = out.shape[1] * resolution, out.shape[0] * resolution
    for k in range(len(chosen)):
        rings = ring_start[start[chosen[k]] : start[chosen[k] + 1] + 1]
        if len(rings) < 2:
            continue
        px = x[rings[0] : rings[-1]] + moved[k, 0]
        py = y[rings[0] : rings[-1]] + moved[k, 1]
        if px.max() < 0.0 or py.min() > 0.0 or px.min() > width or py.max() < -height:
            continue
        _fill(px, py, rings - rings[0], resolution, out, k + 1)


@kernel
def _fill(
    x: FloatArray,
    y: FloatArray,
    starts: NDArray[np.int64],
    resolution: float,
    out: MaskArray | NDArray[np.int32],
    value: int | bool,
) -> None:
    rows, cols = out.shape
    if len(x) == 0:
        return
    crossings = np.empty(len(x))
    first = max(math.floor(-y.max() / resolution - 0.5), 0)
    last = min(math.ceil(-y.min() / resolution + 0.5), rows)
    for row in range(first, last):
        height = -(row + 0.5) * resolution
        n = 0
        for ring in range(len(starts) - 1):
            for k in range(starts[ring], starts[ring + 1] - 1):
                if (y[k] > height) != (y[k + 1] > height):
                    crossings[n] = x[k] + (height - y[k]) / (y[k + 1] - y[k]) * (x[k + 1] - x[k])
                    n += 1
        if n == 0:
            continue
        inside = np.sort(crossings[:n])
        for pair in range(0, n - 1, 2):
            first = max(math.ceil(inside[pair] / resolution - 0.5), 0)
            last = min(math.ceil(inside[pair + 1] / resolution - 0.5), cols)
            for col in range(first, last):
                out[row, col] = value


@kernel
def label_outlines(
    x: FloatArray, y: FloatArray, ring_start: NDArray[np.int64], outline_ring: NDArray[np.int64],
    resolution: float, out: NDArray[np.int32],
) -> None:  # fmt: skip
    """Write the number (from 1) of each outline into the pixels whose centre lies inside it.

    ``x``, ``y``, ``ring_start`` as in :func:`fill_rings`; ``outline_ring`` (outlines + 1,): rings
    of each outline. Where outlines overlap the last one wins; ``out`` (rows, cols) is left as it
    is outside all.
    """
    rows, cols = out.shape
    crossings = np.empty(len(x))
    for outline in range(len(outline_ring) - 1):
        begin, end = outline_ring[outline], outline_ring[outline + 1]
        low, high = math.inf, -math.inf
        for k in range(ring_start[begin], ring_start[end]):
            low, high = min(low, y[k]), max(high, y[k])
        if low > high:
            continue
        first = max(math.floor(-high / resolution - 0.5), 0)
        last = min(math.ceil(-low / resolution + 0.5), rows)
        for row in range(first, last):
            level = -(row + 0.5) * resolution
            n = 0
            for ring in range(begin, end):
                for k in range(ring_start[ring], ring_start[ring + 1] - 1):
                    if (y[k] > level) != (y[k + 1] > level):
                        share = (level - y[k]) / (y[k + 1] - y[k])
                        crossings[n] = x[k] + share * (x[k + 1] - x[k])
                        n += 1
            inside = np.sort(crossings[:n])
            for pair in range(0, n - 1, 2):
                left = max(math.ceil(inside[pair] / resolution - 0.5), 0)
                right = min(math.ceil(inside[pair + 1] / resolution - 0.5), cols)
                for col in range(left, right):
                    out[row, col] = outline + 1


@kernel
def lattice_points(
    x: FloatArray,
    y: FloatArray,
    starts: NDArray[np.int64],
    step: float,
    phase: tuple[float, float],
    first: tuple[int, int],
    shape: tuple[int, int],
    out: NDArray[np.int64],
) -> int:
    """List the points of a square lattice that lie in the rings (even-odd rule), row by row.

    Lattice point (i, j) stands at ``x = (j + phase[1]) step``, ``y = -(i + phase[0]) step``.

    Parameters
    ----------
    x, y, starts
        Closed rings as in :func:`fill_rings`, coordinates in the frame of the lattice.
    step, phase
        Spacing (m) and offset (in steps) of the lattice: (south, east).
    first, shape
        First lattice row and column looked at, and how many of each.
    out
        Receives (i, j), shape (at least the number of points, 2); points beyond are counted only.

    Returns
    -------
    int
        Number of points found.
    """
    crossings = np.empty(len(x))
    found = 0
    for i in range(first[0], first[0] + shape[0]):
        height = -(i + phase[0]) * step
        n = 0
        for ring in range(len(starts) - 1):
            for k in range(starts[ring], starts[ring + 1] - 1):
                if (y[k] > height) != (y[k + 1] > height):
                    crossings[n] = x[k] + (height - y[k]) / (y[k + 1] - y[k]) * (x[k + 1] - x[k])
                    n += 1
        if n == 0:
            continue
        inside = np.sort(crossings[:n])
        for pair in range(0, n - 1, 2):
            begin = max(math.ceil(inside[pair] / step - phase[1]), first[1])
            end = min(math.ceil(inside[pair + 1] / step - phase[1]), first[1] + shape[1])
            for j in range(begin, end):
                if found < len(out):
                    out[found, 0] = i
                    out[found, 1] = j
                found += 1
    return found


@kernel
def lattice_points_of_each(
    x: FloatArray,
    y: FloatArray,
    ring_start: NDArray[np.int64],
    start: NDArray[np.int64],
    origin: NDArray[np.int64],
    shape: NDArray[np.int64],
    step: float,
    phase: tuple[float, float],
    out: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    """List the points of a lattice in each of many geometries, one geometry after the other.

    Geometry g has the rings ``start[g]:start[g + 1]`` of ``ring_start``. ``origin`` (n, 2):
    lattice row and column that its frame starts from; ``shape`` (n, 2): rows and columns looked
    at, from one before on. ``step``, ``phase`` as in :func:`lattice_points`. ``out`` receives
    (row, col) of the lattice, ``counts`` (n,) how many belong to each; both large enough.
    """
    found = 0
    for g in range(len(counts)):
        counts[g] = 0
        begin, end = start[g], start[g + 1]
        if begin == end:
            continue
        first, last = ring_start[begin], ring_start[end]
        px = x[first:last] - origin[g, 1] * step
        py = y[first:last] + origin[g, 0] * step
        n = lattice_points(
            px, py, ring_start[begin : end + 1] - first, step, phase, (-1, -1),
            (shape[g, 0], shape[g, 1]), out[found:],
        )  # fmt: skip
        for k in range(found, found + n):
            out[k, 0] += origin[g, 0]
            out[k, 1] += origin[g, 1]
        counts[g] = n
        found += n
