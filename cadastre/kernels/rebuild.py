"""Roof planes painted on a surface model, and the ramps of walls taken away.

Arrays only, in absolute coordinates, so that a pixel gets the same height in every window:
``east`` (cols,) and ``north`` (rows,) are the centres of columns (ascending) and rows
(descending), m. A plane is a row a, b, c, x0, y0: ``z = c + a (x - x0) + b (y - y0)``. NaN is an
unknown height, label -1 no plane.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import inner_kernel, kernel, parallel_kernel, prange

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Heights = NDArray[np.float32]
Labels = NDArray[np.int32]

MOST = np.float32(3.0e38)


@kernel
def plane_height(planes: Reals, p: int, x: float, y: float) -> float:
    """Height of plane ``p`` at a point."""
    return planes[p, 2] + planes[p, 0] * (x - planes[p, 3]) + planes[p, 1] * (y - planes[p, 4])


@kernel
def _first_at_least(values: Reals, limit: float) -> int:
    """Index of the first of ascending values that is not below a limit."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] < limit:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def paint_planes(
    x: Reals, y: Reals, ring_start: Whole, plane_ring: Whole, planes: Reals, east: Reals,
    north: Reals, dsm: Heights, label: Labels, height: Heights,
) -> None:  # fmt: skip
    """Give every pixel whose centre lies in a plane's outline that plane and its height.

    ``x``, ``y``: vertices of closed rings; ``ring_start`` (rings + 1,); ``plane_ring``
    (planes + 1,): rings of each plane (even-odd rule); ``planes`` (p, 5). Where outlines
    overlap, the plane nearest to the surface model wins, the higher one where it is unknown.
    ``label`` (-1 at first) and ``height`` are written.
    """
    rows = len(north)
    south = -north
    crossings = np.empty(len(x))
    for p in range(len(planes)):
        begin, end = plane_ring[p], plane_ring[p + 1]
        low, high = math.inf, -math.inf
        for k in range(ring_start[begin], ring_start[end]):
            low, high = min(low, y[k]), max(high, y[k])
        for row in range(_first_at_least(south, -high), rows):
            level = north[row]
            if level < low:
                break
            n = 0
            for ring in range(begin, end):
                for k in range(ring_start[ring], ring_start[ring + 1] - 1):
                    if (y[k] > level) != (y[k + 1] > level):
                        share = (level - y[k]) / (y[k + 1] - y[k])
                        crossings[n] = x[k] + share * (x[k + 1] - x[k])
                        n += 1
            inside = np.sort(crossings[:n])
            for pair in range(0, n - 1, 2):
                left = _first_at_least(east, inside[pair])
                right = _first_at_least(east, inside[pair + 1])
                for col in range(left, right):
                    z = np.float32(plane_height(planes, p, east[col], level))
                    if label[row, col] >= 0:
                        seen = dsm[row, col]
                        if seen == seen:
                            if abs(z - seen) >= abs(height[row, col] - seen):
                                continue
                        elif z <= height[row, col]:
                            continue
                    label[row, col] = p
                    height[row, col] = z


@kernel
def _foot_of_wall(
    row: int, col: int, dsm: Heights, label: Labels, height: Heights, planes: Reals,
    east: Reals, north: Reals, radius: float, step: float, above: float,
) -> bool:  # fmt: skip
    """Tell whether a pixel that rises above its plane is the ramp of a higher plane near by."""
    rows, cols = dsm.shape
    own = label[row, col]
    side = math.floor(radius)
    for i in range(max(row - side, 0), min(row + side + 1, rows)):
        for j in range(max(col - side, 0), min(col + side + 1, cols)):
            other = label[i, j]
            if other < 0 or other == own:
                continue
            if (i - row) * (i - row) + (j - col) * (j - col) > radius * radius:
                continue
            foot = plane_height(planes, own, east[j], north[i])
            if height[i, j] > foot + step and dsm[row, col] <= height[i, j] + above:
                return True
    return False


@parallel_kernel
def clean_roofs(
    dsm: Heights, label: Labels, height: Heights, planes: Reals, east: Reals, north: Reals,
    tolerance: float, radius: float, step: float, above: float, out: Heights,
) -> None:  # fmt: skip
    """Bring the pixels of roof planes back to their plane, obstacles left standing.

    A pixel goes back to its plane when it is unknown, within ``tolerance`` of it, or when it is
    the ramp of a wall: a plane at least ``step`` higher stands within ``radius`` pixels and the
    pixel is not ``above`` it. ``out`` receives every pixel; those of no plane are copied.
    """
    for row in prange(dsm.shape[0]):
        for col in range(dsm.shape[1]):
            seen = dsm[row, col]
            out[row, col] = seen
            if label[row, col] < 0:
                continue
            rise = seen - height[row, col]
            if rise < -tolerance:
                continue
            if rise > tolerance and not _foot_of_wall(
                row, col, dsm, label, height, planes, east, north, radius, step, above
            ):
                continue
            out[row, col] = height[row, col]


@kernel
def occupied_blocks(label: Labels, size: int, out: Labels) -> None:
    """Mark the blocks of ``size`` pixels that hold a pixel of a plane, or touch one that does."""
    out[:] = 0
    for row in range(label.shape[0]):
        for col in range(label.shape[1]):
            if label[row, col] >= 0:
                out[row // size, col // size] = 2
    for row in range(out.shape[0]):
        for col in range(out.shape[1]):
            if out[row, col] == 2:
                continue
            for i in range(max(row - 1, 0), min(row + 2, out.shape[0])):
                for j in range(max(col - 1, 0), min(col + 2, out.shape[1])):
                    if out[i, j] == 2:
                        out[row, col] = 1


@inner_kernel
def _raise_span(
    roofs: Heights, i: np.uint64, shift: int, begin: int, end: int, wall: Heights, row: np.uint64
) -> None:
    """Raise a span of a row to the roofs of row ``i``, ``shift`` columns away."""
    low = max(begin, -shift)
    count = np.uint64(max(min(end, roofs.shape[1] - shift) - low, 0))
    first, start = np.uint64(low), np.uint64(low + shift)
    for k in range(count):
        wall[row, first + k] = max(wall[row, first + k], roofs[i, start + k])


@parallel_kernel
def walls_around(
    label: Labels, height: Heights, radius: float, blocks: Labels, size: int, wall: Heights
) -> None:
    """Highest plane within ``radius`` pixels of each pixel of no plane; -MOST where none is.

    ``blocks`` (:func:`occupied_blocks` of ``size``, at least ``radius``) tells where to look: the
    open country, most of a window, costs nothing. Rows are raised as a whole, shift by shift: a
    computer does that on many pixels at once.
    """
    rows, cols = label.shape
    side = math.floor(radius)
    roofs = np.where(label >= 0, height, -MOST)
    for row in prange(rows):
        wall[row] = -MOST
        begin, end = 0, 0
        while end < cols:  # runs of blocks to look at
            begin = end
            while begin < cols and blocks[row // size, begin // size] == 0:
                begin += size
            end = begin
            while end < cols and blocks[row // size, end // size] > 0:
                end += size
            begin, end = min(begin, cols), min(end, cols)
            for i in range(max(row - side, 0), min(row + side + 1, rows)):
                half = math.floor(math.sqrt(radius * radius - (i - row) * (i - row)))
                for shift in range(-half, half + 1):
                    _raise_span(roofs, np.uint64(i), shift, begin, end, wall, np.uint64(row))
        for col in range(cols):
            if label[row, col] >= 0:
                wall[row, col] = -MOST


@parallel_kernel
def erode(dsm: Heights, label: Labels, around: Heights, radius: int, out: Heights) -> None:
    """Lowest known pixel of no plane in the square around each pixel of a strip.

    The strip is where ``around`` is above -MOST; ``out`` is -MOST elsewhere and where nothing
    is known.
    """
    rows, cols = dsm.shape
    for row in prange(rows):
        for col in range(cols):
            lowest = MOST
            if around[row, col] > -MOST:
                for i in range(max(row - radius, 0), min(row + radius + 1, rows)):
                    for j in range(max(col - radius, 0), min(col + radius + 1, cols)):
                        if label[i, j] < 0 and dsm[i, j] < lowest:
                            lowest = dsm[i, j]
            out[row, col] = -MOST if lowest == MOST else lowest


@parallel_kernel
def lower_ramps(
    eroded: Heights, wall: Heights, radius: int, tolerance: float, out: Heights
) -> None:
    """Finish the opening: bring narrow ridges at the foot of walls down to what remains of them.

    ``out`` holds the surface model and is changed where a wall stands within reach (``wall``
    above -MOST), the pixel is not higher than it (a parapet is) and rises above the opened
    surface, both by more than ``tolerance``.
    """
    rows, cols = out.shape
    for row in prange(rows):
        for col in range(cols):
            if not out[row, col] <= wall[row, col] + tolerance:
                continue
            opened = -MOST
            for i in range(max(row - radius, 0), min(row + radius + 1, rows)):
                for j in range(max(col - radius, 0), min(col + radius + 1, cols)):
                    opened = max(opened, eroded[i, j])
            if opened > -MOST and out[row, col] > opened + tolerance:
                out[row, col] = opened


@parallel_kernel
def lower_eaves(
    drawn: Heights, label: Labels, height: Heights, planes: Reals, east: Reals, north: Reals,
    step: float, out: Heights,
) -> None:  # fmt: skip
    """Give the pixels at the low edge of a plane the height of the plane at that edge.

    The eave runs, on average, half-way between the centre of the last pixel of the plane and the
    next one, and there the plane is lower than at the centre: read at its near edge, a pixel
    left as high as its centre would raise every eave by half a pixel of slope. ``drawn`` is the
    redrawn model; pixels that lie on their plane and have a neighbour (north, south, east, west)
    more than ``step`` below it are lowered in ``out``, all others copied.
    """
    rows, cols = drawn.shape
    for row in prange(rows):
        for col in range(cols):
            out[row, col] = drawn[row, col]
            p = label[row, col]
            if p < 0 or drawn[row, col] != height[row, col]:
                continue
            for side in range(4):
                i = row + (side == 0) - (side == 1)
                j = col + (side == 2) - (side == 3)
                if 0 <= i < rows and 0 <= j < cols:
                    x = 0.5 * (east[col] + east[j])
                    y = 0.5 * (north[row] + north[i])
                    edge = np.float32(plane_height(planes, p, x, y))
                    if drawn[i, j] < edge - step:
                        out[row, col] = min(out[row, col], edge)
