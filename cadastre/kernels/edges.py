"""Footprint edges on a raster window: where does the roof end along each of them.

Rings are closed, the interior on their left (outer rings counter-clockwise, holes clockwise), so
that the outward normal of an edge is its right-hand side. Coordinates as in
:mod:`cadastre.kernels.plane_fit`. Offsets are metres along the outward normal.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]
IndexArray = NDArray[np.int64]


@kernel
def bilinear(z: FloatArray, x: float, y: float, resolution: float) -> float:
    """Height at a point between four pixel centres; NaN where one is missing or outside."""
    u, v = x / resolution - 0.5, -y / resolution - 0.5
    col, row = math.floor(u), math.floor(v)
    if row < 0 or col < 0 or row + 1 >= z.shape[0] or col + 1 >= z.shape[1]:
        return math.nan
    u -= col
    v -= row
    return (1.0 - v) * ((1.0 - u) * z[row, col] + u * z[row, col + 1]) + v * (
        (1.0 - u) * z[row + 1, col] + u * z[row + 1, col + 1]
    )


@kernel
def masked(mask: MaskArray, x: float, y: float, resolution: float) -> bool:
    """Tell whether the pixel at a point is marked; outside of the window it is not."""
    col, row = math.floor(x / resolution), math.floor(-y / resolution)
    if row < 0 or col < 0 or row >= mask.shape[0] or col >= mask.shape[1]:
        return False
    return mask[row, col]


@kernel
def edge_crossings(
    z: FloatArray,
    foreign: MaskArray,
    x: FloatArray,
    y: FloatArray,
    starts: IndexArray,
    resolution: float,
    reach: float,
    width: float,
    min_drop: float,
    min_length: float,
) -> FloatArray:
    """Offset of the height drop along each edge, before anything is known of the roof.

    Profiles across the edge, one each half metre, are searched for the largest fall over
    ``width``; the place where half of it is done is kept where the fall exceeds ``min_drop``.

    Parameters
    ----------
    z, foreign
        Heights (m) and pixels of other footprints, (rows, cols). Profiles that meet a foreign
        pixel 0.75 m outside count for nothing.
    x, y, starts
        Closed rings, m.
    resolution, reach, width, min_drop, min_length
        Pixel size, farthest offset searched, width of a drop, least drop, least edge length, m.

    Returns
    -------
    ndarray, shape (n_vertices, 3)
        For the edge that starts at each vertex: median offset (m, NaN without evidence), its
        standard error (m), number of profiles. Rows of closing vertices are NaN.
    """
    out = np.full((len(x), 3), math.nan)
    spacing = 0.25
    n_offsets = round(2.0 * reach / spacing) + 1
    span = max(1, round(width / spacing))
    profile = np.empty(n_offsets + span)
    for ring in range(len(starts) - 1):
        for k in range(starts[ring], starts[ring + 1] - 1):
            out[k, 2] = 0.0
            ex, ey = x[k + 1] - x[k], y[k + 1] - y[k]
            length = math.hypot(ex, ey)
            if length < min_length:
                continue
            ex /= length
            ey /= length
            nx, ny = ey, -ex
            n_profiles = max(1, int(length / 0.5))
            found = np.empty(n_profiles)
            n = 0
            for p in range(n_profiles):
                t = (p + 0.5) * length / n_profiles
                px, py = x[k] + t * ex, y[k] + t * ey
                if masked(foreign, px + 0.75 * nx, py + 0.75 * ny, resolution):
                    continue
                for m in range(n_offsets + span):
                    d = -reach + m * spacing
                    profile[m] = bilinear(z, px + d * nx, py + d * ny, resolution)
                steepest, at = min_drop, -1
                for m in range(n_offsets):
                    drop = profile[m] - profile[m + span]
                    if drop > steepest:
                        steepest, at = drop, m
                if at < 0:
                    continue
                middle = 0.5 * (profile[at] + profile[at + span])
                for m in range(at, at + span):
                    if profile[m] >= middle > profile[m + 1]:
                        part = (profile[m] - middle) / (profile[m] - profile[m + 1])
                        found[n] = -reach + (m + part) * spacing
                        n += 1
                        break
            out[k, 2] = n
            if n >= 2:
                values = np.sort(found[:n])
                out[k, 0] = 0.5 * (values[(n - 1) // 2] + values[n // 2])
                spread = 0.74 * (values[(3 * n) // 4] - values[n // 4])
                out[k, 1] = math.sqrt((spread * spread + 0.01) / n)
    return out


@kernel
def edge_partners(
    numbers: NDArray[np.int32],
    x: FloatArray,
    y: FloatArray,
    starts: IndexArray,
    resolution: float,
) -> NDArray[np.int32]:
    """Find the number (not 0) that most of the pixels 0.75 m outside each edge bear; 0 if none.

    Ties go to the lesser number.
    """
    out = np.zeros(len(x), np.int32)
    count = np.zeros(numbers.max() + 1, np.int64)
    rows, cols = numbers.shape
    for ring in range(len(starts) - 1):
        for k in range(starts[ring], starts[ring + 1] - 1):
            ex, ey = x[k + 1] - x[k], y[k + 1] - y[k]
            length = math.hypot(ex, ey)
            if length < 1e-6:
                continue
            count[:] = 0
            bins = max(1, int(length / resolution))
            for p in range(bins):
                t = (p + 0.5) / bins
                px, py = x[k] + t * ex + 0.75 * ey / length, y[k] + t * ey - 0.75 * ex / length
                col, row = math.floor(px / resolution), math.floor(-py / resolution)
                if 0 <= row < rows and 0 <= col < cols:
                    count[numbers[row, col]] += 1
            count[0] = 0
            out[k] = np.argmax(count)
    return out


@kernel
def wall_offsets(
    x: FloatArray,
    y: FloatArray,
    starts: IndexArray,
    facing: NDArray[np.int32],
    beyond: FloatArray,
    wall_x: FloatArray,
    wall_y: FloatArray,
    wall_rings: IndexArray,
    wall_start: IndexArray,
    chosen: IndexArray,
    moved: FloatArray,
    reach: float,
) -> FloatArray:
    """Offset of edges along their normals to the middle between them and the wall they face.

    Parameters
    ----------
    x, y, starts
        Closed rings of a footprint, m.
    facing
        Which neighbour each edge faces, k + 1; 0 for none.
    beyond
        (n_neighbours, 2): how the footprint itself is moved before it is compared with each, m.
    wall_x, wall_y, wall_rings, wall_start
        Vertices of many geometries, first vertex of each ring, first ring of each geometry.
    chosen, moved
        Geometry of each neighbour, and how it is moved into the frame of ``x, y``, m.
    reach
        Greatest distance from an edge to the wall it faces, m.

    Returns
    -------
    ndarray, shape (n_vertices,)
        Metres; 0 without neighbour. Where no wall runs against the edge (within 10 degrees)
        before or behind its middle, the edge goes where ``beyond`` puts it.
    """
    out = np.zeros(len(x))
    for ring in range(len(starts) - 1):
        for k in range(starts[ring], starts[ring + 1] - 1):
            ex, ey = x[k + 1] - x[k], y[k + 1] - y[k]
            length = math.hypot(ex, ey)
            if facing[k] == 0 or length < 1e-6:
                continue
            one = facing[k] - 1
            ex /= length
            ey /= length
            px = 0.5 * (x[k] + x[k + 1]) + beyond[one, 0] - moved[one, 0]
            py = 0.5 * (y[k] + y[k + 1]) + beyond[one, 1] - moved[one, 1]
            nearest, gap = reach, 0.0
            for r in range(wall_start[chosen[one]], wall_start[chosen[one] + 1]):
                for w in range(wall_rings[r], wall_rings[r + 1] - 1):
                    wx, wy = wall_x[w + 1] - wall_x[w], wall_y[w + 1] - wall_y[w]
                    size = math.hypot(wx, wy)
                    if size < 1e-6 or ex * wx + ey * wy > -0.985 * size:
                        continue
                    t0 = (wall_x[w] - px) * ex + (wall_y[w] - py) * ey
                    t1 = (wall_x[w + 1] - px) * ex + (wall_y[w + 1] - py) * ey
                    if t0 < 0.0 or t1 > 0.0:
                        continue
                    part = t0 / (t0 - t1)
                    away = (wall_x[w] + part * wx - px) * ey - (wall_y[w] + part * wy - py) * ex
                    if abs(away) < nearest:
                        nearest, gap = abs(away), away
            out[k] = beyond[one, 0] * ey - beyond[one, 1] * ex + 0.5 * gap
    return out


@kernel
def offset_rings(
    x: FloatArray, y: FloatArray, starts: IndexArray, offset: FloatArray, limit: float
) -> tuple[FloatArray, FloatArray]:
    """Move every edge of closed rings along its outward normal and join the edges again.

    Each vertex becomes the meeting point of its two moved edges; where they are nearly parallel
    or the point would lie farther than ``limit`` (m) from the vertex moved by the mean of both,
    it is that mean. Vertices keep their number.
    """
    out_x, out_y = x.copy(), y.copy()
    for ring in range(len(starts) - 1):
        first, last = starts[ring], starts[ring + 1] - 1
        for k in range(first, last):
            before = k - 1 if k > first else last - 1
            ax, ay = x[k] - x[before], y[k] - y[before]
            bx, by = x[k + 1] - x[k], y[k + 1] - y[k]
            la, lb = math.hypot(ax, ay), math.hypot(bx, by)
            if la < 1e-9 or lb < 1e-9:
                continue
            ax, ay, bx, by = ax / la, ay / la, bx / lb, by / lb
            oa, ob = offset[before], offset[k]
            mean_x = x[k] + 0.5 * (oa * ay + ob * by)
            mean_y = y[k] - 0.5 * (oa * ax + ob * bx)
            cross = ax * by - ay * bx
            out_x[k], out_y[k] = mean_x, mean_y
            if abs(cross) > 0.2:
                # n_a . v = oa, n_b . v = ob with n = (e_y, -e_x)
                vx = (-oa * bx + ob * ax) / cross
                vy = (-oa * by + ob * ay) / cross
                px, py = x[k] + vx, y[k] + vy
                if math.hypot(px - mean_x, py - mean_y) <= limit:
                    out_x[k], out_y[k] = px, py
        out_x[last], out_y[last] = out_x[first], out_y[first]
    return out_x, out_y
