"""Skylines by rays over a max-pyramid of the surface model, many points side by side.

A ray visits cell after cell, exactly, while the cells are small against the distance, then larger
and larger blocks (rings). Which cells it visits depends on the direction and on the place of the
point in its own cell only, not on the point: points of the lattice share one table of cells, and
points of one row are treated ``LANES`` at a time.

A cell is an obstacle when it rises above the point's own plane, continued, by more than a
tolerance: the roof's own pixels, in noise or in stairs, never shade it. Heights and distances
in metres, positions in cells from the point's own cell: a result does not depend on the window.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel, parallel_kernel, prange
from cadastre.kernels.pyramid import LANES, MARGIN, STRIDE

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Heights = NDArray[np.float32]

FAR_AWAY = 1.0e30
NOBODY = np.float32(1.0e9)  # height of a lane without point: sees everything
NEAREST = 1.0e-3  # cells; an obstacle that touches the point stands at this distance
GROUP = 128  # runs of points whose rays of one direction are cast one after the other
_STEEPEST = np.float32(1.0e4)  # tangent of 89.994°
# unsigned, so that indices need no check of sign
_LANES = np.uint64(LANES)
_EAST, _NORTH, _OWN, _BEST = (np.uint64(k * LANES) for k in range(1, 5))


@kernel
def ray_table(
    part_row: float, part_col: float, directions: Reals, resolution: float, start: float,
    reach: float, ring_ratio: float, drop: float, top: int, cells: Whole, values: Heights,
    counts: Whole,
) -> None:  # fmt: skip
    """List the cells visited by rays from a point at a given place of its cell.

    ``part_row``, ``part_col``: place in the cell, south and east, 0-1. ``directions`` (d, 2):
    east, north. Obstacles are sought from ``start`` to ``reach`` metres. Cells are read one by
    one up to ``1 / ring_ratio`` cells, then in blocks of 2^l cells (``l`` at most ``top``), from
    ``ring_ratio`` to twice that of the distance. ``drop``: fall of the horizontal below the line
    of sight per squared metre. Outputs: ``cells`` (d, k, 3) level, rows and columns from the
    own cell; ``values`` (d, k, 4) 1 / distance, fall, place east and north of the point where
    the own plane is compared (m); ``counts`` (d,).
    """
    limit = reach / resolution
    first = start / resolution
    near = min(1.0 / ring_ratio, limit)
    for d in range(directions.shape[0]):
        east, south = directions[d, 0], -directions[d, 1]
        count = 0
        # cell by cell: an obstacle stands where the ray enters its cell
        per_col = 1.0 / abs(east) if abs(east) > 1e-12 else FAR_AWAY
        per_row = 1.0 / abs(south) if abs(south) > 1e-12 else FAR_AWAY
        to_col, to_row = FAR_AWAY, FAR_AWAY
        if per_col < FAR_AWAY:
            to_col = (1.0 - part_col if east > 0.0 else part_col) * per_col
        if per_row < FAR_AWAY:
            to_row = (1.0 - part_row if south > 0.0 else part_row) * per_row
        i, j = 0, 0
        while True:
            entry = min(to_col, to_row)
            if entry > near:
                break
            if to_col < to_row:
                to_col += per_col
                j += 1 if east > 0.0 else -1
            else:
                to_row += per_row
                i += 1 if south > 0.0 else -1
            if min(to_col, to_row) < first:
                continue
            path = max(entry, NEAREST) * resolution
            cells[d, count, 0], cells[d, count, 1], cells[d, count, 2] = 0, i, j
            values[d, count, 0], values[d, count, 1] = 1.0 / path, drop * path * path
            values[d, count, 2] = (j + 0.5 - part_col) * resolution
            values[d, count, 3] = -(i + 0.5 - part_row) * resolution
            count += 1
        # rings: blocks along the ray, read at their middle
        level = 1
        entry = near
        main = max(abs(east), abs(south))
        while entry < limit:
            while level < top and ring_ratio * entry >= (1 << level):
                level += 1
            step = (1 << level) / main
            if entry + step >= first:
                middle = entry + 0.5 * step
                path = middle * resolution
                down = part_row + south * middle
                across = part_col + east * middle
                cells[d, count, 0] = level
                cells[d, count, 1] = math.floor(down)
                cells[d, count, 2] = math.floor(across + 0.5)
                values[d, count, 0], values[d, count, 1] = 1.0 / path, drop * path * path
                values[d, count, 2] = (across - part_col) * resolution
                values[d, count, 3] = -(down - part_row) * resolution
                count += 1
            entry += step
        counts[d] = count


@kernel
def _raise(
    flat: Heights, first: int, lanes: Heights, inverse: float, fall: float, east: float,
    north: float, tolerance: float,
) -> None:  # fmt: skip
    """Raise the skylines (tangents) of the lanes by one cell each, side by side.

    ``lanes`` holds one after the other the heights, the slopes east and north, the tangents of
    the own plane and of the skyline of all lanes: one array, so that the compiler knows they
    do not overlap.
    """
    for i in range(_LANES):
        rise = flat[first + i] - lanes[i]
        own = lanes[i + _EAST] * east + lanes[i + _NORTH] * north + tolerance
        tangent = (rise - fall) * inverse
        tangent = tangent if rise > own else np.float32(-1.0)
        # the ceiling makes the compiler store every lane: masked stores are slow to read back
        lanes[i + _BEST] = min(max(lanes[i + _BEST], tangent), _STEEPEST)


@kernel
def _fill_lanes(
    points: Whole, col: Whole, height: Heights, slope_east: Heights, slope_north: Heights,
    lanes: Heights,
) -> np.float32:  # fmt: skip
    """Lay the points of a run out on lanes: heights, slopes east, north; return the lowest."""
    for i in range(LANES):
        lanes[i], lanes[i + LANES], lanes[i + 2 * LANES] = NOBODY, 0.0, 0.0
    lowest = NOBODY
    for point in points:
        lane = col[point] - col[points[0]]
        lanes[lane] = height[point]
        lanes[lane + LANES] = slope_east[point]
        lanes[lane + 2 * LANES] = slope_north[point]
        lowest = min(lowest, height[point])
    return lowest


@parallel_kernel
def skylines(
    flat: Heights, tops: Heights, offsets: Whole, rows: int, cols: int, order: Whole,
    window_start: Whole,
    row: Whole, col: Whole, height: Heights, slope_east: Heights, slope_north: Heights,
    directions: Reals, tolerance: np.float32, cells: Whole, values: Heights, counts: Whole,
    pieces: int, out: Heights,
) -> None:  # fmt: skip
    """Skyline of points by direction, degrees; 0 where no obstacle stands above the own plane.

    ``flat``, ``tops``, ``offsets``: pyramid of a window of ``rows`` x ``cols`` cells. ``order``
    (n,): points sorted by row and column; ``window_start`` (w + 1,): runs of that order that
    lie in one row within ``LANES`` columns. ``row``, ``col``, ``height``, ``slope_east``,
    ``slope_north`` of each point. ``cells``, ``values``, ``counts``: table of rays common to
    the points. ``pieces`` of work are shared between threads. ``out`` (points, d): the rows of
    the points in ``order`` are overwritten.
    """
    width = cols + 2 * MARGIN
    windows = window_start.shape[0] - 1
    for piece in prange(pieces):
        lanes = np.empty(5 * LANES, np.float32)
        ready = np.empty((GROUP, 3 * LANES), np.float32)
        lowest = np.empty(GROUP, np.float32)
        last = (piece + 1) * windows // pieces
        for group in range(piece * windows // pieces, last, GROUP):
            size = min(GROUP, last - group)
            for g in range(size):
                lowest[g] = _fill_lanes(
                    order[window_start[group + g] : window_start[group + g + 1]], col, height,
                    slope_east, slope_north, ready[g],
                )  # fmt: skip
            # direction by direction: windows side by side look at the same cells
            for d in range(directions.shape[0]):
                east = np.float32(directions[d, 0])
                north = np.float32(directions[d, 1])
                for g in range(size):
                    begin, end = window_start[group + g], window_start[group + g + 1]
                    r = row[order[begin]]
                    c = col[order[begin]]
                    for i in range(3 * LANES):
                        lanes[i] = ready[g, i]
                    for i in range(_LANES):
                        upwards = lanes[i + _EAST] * east + lanes[i + _NORTH] * north
                        lanes[i + _OWN] = max(np.float32(0.0), upwards)
                        lanes[i + _BEST] = lanes[i + _OWN]
                    for k in range(counts[d]):
                        level = cells[d, k, 0]
                        i = r + cells[d, k, 1]
                        j = c + cells[d, k, 2]
                        if i < 0 or i >= rows or j < -MARGIN or j >= cols + LANES:
                            break
                        first = offsets[level] + (i >> level) * width + j + MARGIN
                        # nothing there is higher than the lowest point: nothing hides anything
                        if tops[np.uint64(first // STRIDE)] <= lowest[g]:
                            continue
                        _raise(
                            flat, np.uint64(first), lanes, values[d, k, 0], values[d, k, 1],
                            values[d, k, 2], values[d, k, 3], tolerance,
                        )  # fmt: skip
                    for n in range(begin, end):
                        lane = np.uint64(col[order[n]] - c)
                        found = lanes[lane + _BEST]
                        hidden = found > lanes[lane + _OWN]
                        out[order[n], d] = math.degrees(math.atan(found)) if hidden else 0.0


@kernel
def row_windows(order: Whole, row: Whole, col: Whole, start: Whole) -> int:
    """Cut points sorted by row and column into runs of one row within ``LANES`` columns.

    Two points of one cell go to two runs: each lane holds one point.

    ``start`` (at least n + 1,) receives where each run begins in ``order``, then n; returns the
    number of runs.
    """
    count = 0
    for n in range(order.shape[0]):
        if count > 0:
            begin, last = order[start[count - 1]], order[n - 1]
            fits = row[order[n]] == row[begin] and col[order[n]] - col[begin] < LANES
            if fits and col[order[n]] > col[last]:
                continue
        start[count] = n
        count += 1
    start[count] = order.shape[0]
    return count


@kernel
def own_horizons(slopes: Reals, directions: Reals, out: Reals) -> None:
    """Elevation in degrees at which planes continued end, by direction; 0 downhill.

    ``slopes`` (p, 2) east, north; ``directions`` (d, 2); ``out`` (p, d), overwritten.
    """
    for p in range(slopes.shape[0]):
        for d in range(directions.shape[0]):
            slope = slopes[p, 0] * directions[d, 0] + slopes[p, 1] * directions[d, 1]
            out[p, d] = math.degrees(math.atan(max(0.0, slope)))


@parallel_kernel
def join_far(
    near: Heights, far: Heights, node_row: Whole, node_col: Whole, part_row: Reals,
    part_col: Reals, own: Reals, plane: Whole, joined: Heights, out: Heights,
) -> None:  # fmt: skip
    """Skyline of near and far obstacles together, and the far part alone above the own plane.

    ``near`` (n, d). ``far`` float32 (rows, cols, d) at the nodes of a lattice, read bilinearly
    at ``node_row + part_row``, ``node_col + part_col``. ``own`` (p, d) as
    :func:`own_horizons` gives it, ``plane`` (n,) its row. Outputs (n, d): ``joined`` the maximum
    of both, ``out`` the far part, 0 where it does not stand above the own plane.
    """
    for n in prange(near.shape[0]):
        u, v = part_col[n], part_row[n]
        here, mine = near[n], own[plane[n]]
        low_left, low_right = far[node_row[n], node_col[n]], far[node_row[n], node_col[n] + 1]
        up_left = far[node_row[n] + 1, node_col[n]]
        up_right = far[node_row[n] + 1, node_col[n] + 1]
        for d in range(near.shape[1]):
            above = (1.0 - u) * low_left[d] + u * low_right[d]
            below = (1.0 - u) * up_left[d] + u * up_right[d]
            height = (1.0 - v) * above + v * below
            seen = np.float32(height) if height > mine[d] else np.float32(0.0)
            out[n, d] = seen
            joined[n, d] = max(here[d], seen)


@parallel_kernel
def openness(skyline: Heights, out: Reals) -> None:
    """Share of the sky seen from a horizontal surface, cosine-weighted: mean of cos^2 h.

    ``skyline`` (n, sectors) degrees; ``out`` (n,), overwritten.
    """
    for n in prange(skyline.shape[0]):
        total = 0.0
        for s in range(skyline.shape[1]):
            cosine = math.cos(math.radians(skyline[n, s]))
            total += cosine * cosine
        out[n] = total / skyline.shape[1]


@kernel
def to_steps(degrees: Heights, per_degree: np.float32, out: NDArray[np.uint16]) -> None:
    """Round angles to whole steps, halves to the even one; arrays (n, d)."""
    for n in range(degrees.shape[0]):
        for d in range(degrees.shape[1]):
            out[n, d] = np.uint16(np.rint(degrees[n, d] * per_degree))


@kernel
def from_steps(steps: NDArray[np.uint16], per_degree: np.float32, out: Heights) -> None:
    """Angles in degrees from whole steps; arrays (n, d)."""
    for n in range(steps.shape[0]):
        for d in range(steps.shape[1]):
            out[n, d] = np.float32(steps[n, d]) / per_degree
