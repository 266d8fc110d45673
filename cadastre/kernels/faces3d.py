"""Faces of 3D models: planes by Newell's sum, pairs of neighbours, regions of coplanar faces.

Faces are rings in flat arrays: ring ``r`` is ``points[ring_start[r]:ring_start[r + 1]]``, not
closed, and face ``f`` has the rings ``face_start[f]:face_start[f + 1]``, outline first. All sums
are relative to the first point of a face or to the origin of a group, so that a result does not
depend on where the territory lies. NaN: no answer.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@kernel
def face_planes(
    points: FloatArray, ring_start: IntArray, face_start: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Plane of each face: unit normal as the outline turns (n, 3), area, area centroid, residuals.

    Newell's method: the area vector of a ring is half the sum of the cross products of
    consecutive points, exact for plane rings, a mean plane for warped ones. Holes are taken away
    whichever way they turn. The centroid is moved along the normal to the middle of the points.
    Residuals (n, 2): root mean square and largest distance of the points to the plane through
    it, m. Normal and centroid are NaN where the area is zero.
    """
    n = face_start.shape[0] - 1
    normal = np.full((n, 3), math.nan)
    centroid = np.full((n, 3), math.nan)
    area = np.zeros(n)
    residual = np.full((n, 2), math.nan)
    for face in range(n):
        first_ring, last_ring = face_start[face], face_start[face + 1]
        if last_ring == first_ring or ring_start[first_ring + 1] == ring_start[first_ring]:
            continue
        origin = ring_start[first_ring]
        x0, y0, z0 = points[origin, 0], points[origin, 1], points[origin, 2]
        nx, ny, nz = 0.0, 0.0, 0.0
        ux, uy, uz = 0.0, 0.0, 0.0
        cx, cy, cz = 0.0, 0.0, 0.0
        weight = 0.0
        for ring in range(first_ring, last_ring):
            start, stop = ring_start[ring], ring_start[ring + 1]
            ax, ay, az = 0.0, 0.0, 0.0
            for i in range(start, stop):
                j = i + 1 if i + 1 < stop else start
                px, py, pz = points[i, 0] - x0, points[i, 1] - y0, points[i, 2] - z0
                qx, qy, qz = points[j, 0] - x0, points[j, 1] - y0, points[j, 2] - z0
                ax += 0.5 * (py * qz - pz * qy)
                ay += 0.5 * (pz * qx - px * qz)
                az += 0.5 * (px * qy - py * qx)
            length = math.sqrt(ax * ax + ay * ay + az * az)
            if ring == first_ring:
                if not length > 0.0:
                    break
                ux, uy, uz = ax / length, ay / length, az / length
            along = ax * ux + ay * uy + az * uz
            sign = 1.0 if ring == first_ring or along < 0.0 else -1.0
            nx += sign * ax
            ny += sign * ay
            nz += sign * az
            # centroid by a fan of triangles about the first point of the ring
            fx, fy, fz = points[start, 0] - x0, points[start, 1] - y0, points[start, 2] - z0
            for i in range(start + 1, stop - 1):
                px, py, pz = points[i, 0] - x0, points[i, 1] - y0, points[i, 2] - z0
                qx, qy, qz = points[i + 1, 0] - x0, points[i + 1, 1] - y0, points[i + 1, 2] - z0
                ex, ey, ez = px - fx, py - fy, pz - fz
                gx, gy, gz = qx - fx, qy - fy, qz - fz
                part = (
                    0.5
                    * sign
                    * (
                        (ey * gz - ez * gy) * ux
                        + (ez * gx - ex * gz) * uy
                        + (ex * gy - ey * gx) * uz
                    )
                )
                weight += part
                cx += part * (fx + px + qx) / 3.0
                cy += part * (fy + py + qy) / 3.0
                cz += part * (fz + pz + qz) / 3.0
        size = math.sqrt(nx * nx + ny * ny + nz * nz)
        if not size > 0.0 or not weight > 0.0:
            continue
        nx, ny, nz = nx / size, ny / size, nz / size
        cx, cy, cz = cx / weight, cy / weight, cz / weight
        # a warped face: the plane passes through the middle of its points
        offset, count = 0.0, 0
        for i in range(ring_start[first_ring], ring_start[last_ring]):
            offset += (
                nx * (points[i, 0] - x0 - cx)
                + ny * (points[i, 1] - y0 - cy)
                + nz * (points[i, 2] - z0 - cz)
            )
            count += 1
        offset /= count
        cx, cy, cz = cx + offset * nx, cy + offset * ny, cz + offset * nz
        square, largest = 0.0, 0.0
        for i in range(ring_start[first_ring], ring_start[last_ring]):
            off = (
                nx * (points[i, 0] - x0 - cx)
                + ny * (points[i, 1] - y0 - cy)
                + nz * (points[i, 2] - z0 - cz)
            )
            square += off * off
            largest = max(largest, abs(off))
        area[face] = size
        normal[face, 0], normal[face, 1], normal[face, 2] = nx, ny, nz
        centroid[face, 0] = cx + x0
        centroid[face, 1] = cy + y0
        centroid[face, 2] = cz + z0
        residual[face, 0], residual[face, 1] = math.sqrt(square / count), largest
    return normal, area, centroid, residual


@kernel
def pairs_in_groups(bounds: FloatArray, group_start: IntArray, gap: float) -> IntArray:
    """Pairs (i < j) of one group whose plan boxes come within ``gap`` of each other, (n, 2).

    ``bounds`` (n, 4): x_min, y_min, x_max, y_max; group ``g`` holds the rows
    ``group_start[g]:group_start[g + 1]``.
    """
    pairs = np.empty((0, 2), np.int64)
    for turn in range(2):
        found = 0
        for group in range(group_start.shape[0] - 1):
            for i in range(group_start[group], group_start[group + 1]):
                for j in range(i + 1, group_start[group + 1]):
                    if (
                        bounds[i, 0] <= bounds[j, 2] + gap
                        and bounds[j, 0] <= bounds[i, 2] + gap
                        and bounds[i, 1] <= bounds[j, 3] + gap
                        and bounds[j, 1] <= bounds[i, 3] + gap
                    ):
                        if turn == 1:
                            pairs[found, 0] = i
                            pairs[found, 1] = j
                        found += 1
        if turn == 0:
            pairs = np.empty((found, 2), np.int64)
    return pairs


@kernel
def separated(
    points: FloatArray, start: IntArray, pairs: IntArray, tolerance: float
) -> NDArray[np.bool_]:
    """Tell which pairs of outlines have a straight line between them, up to ``tolerance``.

    Only lines along edges are tried, which is enough for convex outlines; False therefore means
    "may overlap". ``points`` (n, 2), outline ``k`` is ``points[start[k]:start[k + 1]]``.
    """
    apart = np.zeros(pairs.shape[0], np.bool_)
    for row in range(pairs.shape[0]):
        for side in range(2):
            own, other = pairs[row, side], pairs[row, 1 - side]
            for i in range(start[own], start[own + 1]):
                j = i + 1 if i + 1 < start[own + 1] else start[own]
                ex, ey = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
                length = math.sqrt(ex * ex + ey * ey)
                if not length > 0.0:
                    continue
                for turn in (1.0, -1.0):
                    nx, ny = turn * ey / length, -turn * ex / length
                    free = True
                    for k in range(start[own], start[own + 1]):
                        off = (points[k, 0] - points[i, 0]) * nx + (
                            points[k, 1] - points[i, 1]
                        ) * ny
                        if off > tolerance:
                            free = False
                            break
                    if not free:
                        continue
                    for k in range(start[other], start[other + 1]):
                        off = (points[k, 0] - points[i, 0]) * nx + (
                            points[k, 1] - points[i, 1]
                        ) * ny
                        if off < -tolerance:
                            free = False
                            break
                    if free:
                        apart[row] = True
                        break
                if apart[row]:
                    break
            if apart[row]:
                break
    return apart


@kernel
def shared_edge_length(
    points: FloatArray, ring_start: IntArray, face_start: IntArray, pairs: IntArray, gap: float
) -> FloatArray:
    """Length (m, in plan) along which the edges of two faces run within ``gap`` of each other.

    Edges need not have the same ends: a long edge may face several short ones. ``points`` (n, 2).
    """
    shared = np.zeros(pairs.shape[0])
    for row in range(pairs.shape[0]):
        one, two = pairs[row, 0], pairs[row, 1]
        total = 0.0
        for ring in range(face_start[one], face_start[one + 1]):
            for i in range(ring_start[ring], ring_start[ring + 1]):
                j = i + 1 if i + 1 < ring_start[ring + 1] else ring_start[ring]
                px, py = points[i, 0], points[i, 1]
                ex, ey = points[j, 0] - px, points[j, 1] - py
                length = math.sqrt(ex * ex + ey * ey)
                if not length > gap:
                    continue
                ex, ey = ex / length, ey / length
                for back in range(face_start[two], face_start[two + 1]):
                    for k in range(ring_start[back], ring_start[back + 1]):
                        m = k + 1 if k + 1 < ring_start[back + 1] else ring_start[back]
                        s0 = (points[k, 0] - px) * ex + (points[k, 1] - py) * ey
                        s1 = (points[m, 0] - px) * ex + (points[m, 1] - py) * ey
                        d0 = (points[k, 1] - py) * ex - (points[k, 0] - px) * ey
                        d1 = (points[m, 1] - py) * ex - (points[m, 0] - px) * ey
                        span = s1 - s0
                        if not abs(span) > gap:
                            continue
                        low = max(0.0, min(s0, s1))
                        high = min(length, max(s0, s1))
                        if high <= low:
                            continue
                        at_low = d0 + (d1 - d0) * (low - s0) / span
                        at_high = d0 + (d1 - d0) * (high - s0) / span
                        if abs(at_low) <= gap and abs(at_high) <= gap:
                            total += high - low
        shared[row] = total
    return shared


@kernel
def grow_regions(
    normal: FloatArray,
    area: FloatArray,
    centroid: FloatArray,
    points: FloatArray,
    point_start: IntArray,
    neighbour_start: IntArray,
    neighbours: IntArray,
    cos_angle: float,
    distance: float,
    small_area: float,
) -> IntArray:
    """Region of each face: neighbours join while they lie in the plane of the region.

    Faces are taken in their order (the caller sorts them, largest first within a group). A face
    joins when all its points (``points[point_start[f]:point_start[f + 1]]``) lie within
    ``distance`` of the plane of the region and its normal within the angle whose cosine is given
    (faces smaller than ``small_area`` have no reliable normal and need the distance only). The
    plane of a region is the area-weighted mean of its faces. Region numbers follow first faces.
    """
    n = normal.shape[0]
    label = np.full(n, -1, np.int64)
    queue = np.empty(n, np.int64)
    regions = 0
    for seed in range(n):
        if label[seed] >= 0:
            continue
        label[seed] = regions
        nx, ny, nz = (
            area[seed] * normal[seed, 0],
            area[seed] * normal[seed, 1],
            area[seed] * normal[seed, 2],
        )
        cx, cy, cz = (
            area[seed] * centroid[seed, 0],
            area[seed] * centroid[seed, 1],
            area[seed] * centroid[seed, 2],
        )
        total = area[seed]
        queue[0] = seed
        head, tail = 0, 1
        while head < tail:
            face = queue[head]
            head += 1
            for k in range(neighbour_start[face], neighbour_start[face + 1]):
                other = neighbours[k]
                if label[other] >= 0:
                    continue
                size = math.sqrt(nx * nx + ny * ny + nz * nz)
                ux, uy, uz = nx / size, ny / size, nz / size
                dot = ux * normal[other, 0] + uy * normal[other, 1] + uz * normal[other, 2]
                if dot < cos_angle and area[other] >= small_area:
                    continue
                fits = True
                for i in range(point_start[other], point_start[other + 1]):
                    off = (
                        ux * (points[i, 0] - cx / total)
                        + uy * (points[i, 1] - cy / total)
                        + uz * (points[i, 2] - cz / total)
                    )
                    if abs(off) > distance:
                        fits = False
                        break
                if not fits:
                    continue
                label[other] = regions
                queue[tail] = other
                tail += 1
                nx += area[other] * normal[other, 0]
                ny += area[other] * normal[other, 1]
                nz += area[other] * normal[other, 2]
                cx += area[other] * centroid[other, 0]
                cy += area[other] * centroid[other, 1]
                cz += area[other] * centroid[other, 2]
                total += area[other]
        regions += 1
    return label
