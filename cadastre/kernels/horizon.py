"""Skylines by rays through a max-pyramid of the surface model.

A ray leaves a point of a plane and walks from cell to cell. It looks at a large cell first: when
its highest point cannot raise the skyline found so far, the whole cell is jumped; otherwise the
ray goes down to smaller cells, to the finest allowed at that distance. A cell is an obstacle
when it rises above the point's own plane, continued, by more than a tolerance: the roof's own
pixels, in noise or in stairs, never shade it.

Positions are counted in cells from the point's own cell, so that a result does not depend on
the window. Heights in metres.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel, parallel_kernel, prange

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Heights = NDArray[np.float32]

FAR_AWAY = 1.0e30
TINY = 1.0e-9


@kernel
def ray(
    flat: Heights,
    offsets: Whole,
    rows: int,
    cols: int,
    resolution: float,
    row: int,
    col: int,
    part_row: float,
    part_col: float,
    height: float,
    slope_east: float,
    slope_north: float,
    east: float,
    north: float,
    tolerance: float,
    start: float,
    reach: float,
    ring_ratio: float,
    drop: float,
    start_tan: float,
) -> float:
    """Tangent of the skyline of one point towards one direction, at least ``start_tan``.

    ``flat``, ``offsets``: pyramid of a window of ``rows`` x ``cols`` cells of ``resolution`` m.
    ``row``, ``col``: cell of the point; ``part_row``, ``part_col`` its place in it (0-1, south
    and east). ``height``: of the point. ``slope_east``, ``slope_north``: its plane. ``east``,
    ``north``: unit direction. Obstacles are sought from ``start`` to ``reach`` metres. Beyond
    ``cell size / ring_ratio`` metres cells of the next size are read whole. ``drop``: fall of
    the horizontal below the line of sight, per squared metre (curvature, refraction).
    """
    top = offsets.shape[0] - 2
    down = -north
    # path, in cells, for one cell of column or row
    per_col = 1.0 / abs(east) if abs(east) > 1e-12 else FAR_AWAY
    per_row = 1.0 / abs(down) if abs(down) > 1e-12 else FAR_AWAY
    best_cells = start_tan * resolution  # rise in metres per cell of path
    first = start / resolution
    limit = reach / resolution
    fall = drop * resolution * resolution
    i, j = row, col
    level = 0
    entry = 0.0
    while True:
        cell_row = i >> level
        cell_col = j >> level
        # path length at which the ray leaves this cell
        if east > 0.0:
            leave_col = (((cell_col + 1) << level) - col - part_col) * per_col
        else:
            leave_col = (col - (cell_col << level) + part_col) * per_col
        if down > 0.0:
            leave_row = (((cell_row + 1) << level) - row - part_row) * per_row
        else:
            leave_row = (row - (cell_row << level) + part_row) * per_row
        if per_col >= FAR_AWAY:
            leave_col = FAR_AWAY
        if per_row >= FAR_AWAY:
            leave_row = FAR_AWAY
        leave = min(leave_col, leave_row)
        if entry > 0.0 and leave > first:
            rise = flat[offsets[level] + cell_row * (cols >> level) + cell_col] - height
            if rise - fall * entry * entry > best_cells * entry:
                half = 0.5 * (1 << level)
                if level > 0 and half >= ring_ratio * entry:
                    level -= 1
                    continue
                # height of the own plane, continued, at the centre of the cell
                centre_col = (cell_col << level) - col + half - part_col
                centre_row = (cell_row << level) - row + half - part_row
                plane = resolution * (slope_east * centre_col - slope_north * centre_row)
                if rise - plane > tolerance:
                    path = entry if level == 0 else 0.5 * (entry + leave)
                    best_cells = max(best_cells, (rise - fall * path * path) / path)
        if leave >= limit:
            break
        old_row = i >> (level + 1)
        old_col = j >> (level + 1)
        if leave_col < leave_row:
            j = (cell_col + 1) << level if east > 0.0 else (cell_col << level) - 1
            if level > 0:
                i = row + math.floor(part_row + down * leave)
                i = min(max(i, cell_row << level), ((cell_row + 1) << level) - 1)
        else:
            i = (cell_row + 1) << level if down > 0.0 else (cell_row << level) - 1
            if level > 0:
                j = col + math.floor(part_col + east * leave)
                j = min(max(j, cell_col << level), ((cell_col + 1) << level) - 1)
        if i < 0 or j < 0 or i >= rows or j >= cols:
            break
        entry = max(leave, 1e-3)
        if level < top and (i >> (level + 1) != old_row or j >> (level + 1) != old_col):
            level += 1
    return best_cells / resolution


@parallel_kernel
def skylines(
    flat: Heights,
    offsets: Whole,
    rows: int,
    cols: int,
    resolution: float,
    row: Whole,
    col: Whole,
    part_row: Reals,
    part_col: Reals,
    height: Reals,
    slope_east: Reals,
    slope_north: Reals,
    directions: Reals,
    tolerance: float,
    start: float,
    reach: float,
    ring_ratio: float,
    drop: float,
    out: Heights,
) -> None:
    """Skyline of points by direction, degrees; 0 where no obstacle stands above the own plane.

    Points (n,): cell, place in it, height, slopes of their plane. ``directions`` (d, 2): east
    and north. ``out`` float32 (n, d), overwritten.
    """
    for n in prange(row.shape[0]):
        for d in range(directions.shape[0]):
            east = directions[d, 0]
            north = directions[d, 1]
            own = max(0.0, slope_east[n] * east + slope_north[n] * north)
            found = ray(
                flat,
                offsets,
                rows,
                cols,
                resolution,
                row[n],
                col[n],
                part_row[n],
                part_col[n],
                height[n],
                slope_east[n],
                slope_north[n],
                east,
                north,
                tolerance,
                start,
                reach,
                ring_ratio,
                drop,
                own,
            )
            out[n, d] = math.degrees(math.atan(found)) if found > own + TINY else 0.0


@parallel_kernel
def join_far(
    near: Heights,
    far: Heights,
    node_row: Whole,
    node_col: Whole,
    part_row: Reals,
    part_col: Reals,
    own_slopes: Reals,
    directions: Reals,
    out: Heights,
) -> None:
    """Skyline of near and far obstacles together, and the far part alone above the own plane.

    ``near`` (n, d) is overwritten by the maximum of both. ``far`` float32 (rows, cols, d) at
    the nodes of a lattice, read bilinearly at ``node_row + part_row``, ``node_col +
    part_col``. ``own_slopes`` (n, 2), ``directions`` (d, 2). ``out`` (n, d): the far part, 0
    where it does not stand above the own plane.
    """
    for n in prange(near.shape[0]):
        i, j = node_row[n], node_col[n]
        u, v = part_col[n], part_row[n]
        for d in range(near.shape[1]):
            above = (1.0 - u) * far[i, j, d] + u * far[i, j + 1, d]
            below = (1.0 - u) * far[i + 1, j, d] + u * far[i + 1, j + 1, d]
            height = (1.0 - v) * above + v * below
            slope = own_slopes[n, 0] * directions[d, 0] + own_slopes[n, 1] * directions[d, 1]
            if height > math.degrees(math.atan(max(0.0, slope))):
                out[n, d] = height
                near[n, d] = max(near[n, d], np.float32(height))
            else:
                out[n, d] = 0.0


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
