"""Planes of 3D polygons the slow way: singular values for the plane, shoelace in it for the area.

Independent of the package, which sums cross products (Newell).
"""

from __future__ import annotations

import math

import numpy as np


def plane_of(rings):
    """Tilt (deg), azimuth the upper side faces (deg from north, None when level), area (m²)."""
    points = np.array([point for ring in rings for point in ring], np.float64)
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle)
    along, across, normal = axes
    if normal[2] < 0:
        normal = -normal
    area = 0.0
    for position, ring in enumerate(rings):
        flat = [
            (float((np.array(p) - middle) @ along), float((np.array(p) - middle) @ across))
            for p in ring
        ]
        twice = 0.0
        for (x1, y1), (x2, y2) in zip(flat, flat[1:] + flat[:1]):
            twice += x1 * y2 - x2 * y1
        area += abs(twice) / 2 if position == 0 else -abs(twice) / 2
    tilt = math.degrees(math.acos(min(1.0, normal[2])))
    azimuth = None
    if math.hypot(normal[0], normal[1]) > 1e-9:
        azimuth = math.degrees(math.atan2(normal[0], normal[1])) % 360.0
    return tilt, azimuth, area


def height_at(rings, x, y):
    """Height of the least-squares plane of the outline at (x, y)."""
    points = np.array(rings[0], np.float64)
    middle = points.mean(axis=0)
    matrix = np.column_stack([points[:, :2] - middle[:2], np.ones(len(points))])
    a, b, c = np.linalg.lstsq(matrix, points[:, 2] - middle[2], rcond=None)[0]
    return a * (x - middle[0]) + b * (y - middle[1]) + c + middle[2]


def in_polygon(rings, x, y):
    """Even-odd rule over all rings, in plan."""
    inside = False
    for ring in rings:
        for (x1, y1, _), (x2, y2, _) in zip(ring, [*ring[1:], ring[0]]):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                inside = not inside
    return inside
