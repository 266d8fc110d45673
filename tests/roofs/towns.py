"""Small exact towns for roof tests: facets with known planes, drawn on a raster or as points.

Independent of the package: heights come from the facets' equations, areas from shapely.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity

from cadastre.exchange import PointCloud, Surface
from cadastre.grid import Grid

X0, Y0, GROUND = 685_100.0, 7_037_200.0, 40.0
CRS = "EPSG:2154"


@dataclass
class Facet:
    """Outline in plan (m) and the plane z = a x + b y + c, absolute coordinates."""

    outline: shapely.Polygon
    a: float
    b: float
    c: float

    @property
    def tilt(self):
        return math.degrees(math.atan(math.hypot(self.a, self.b)))

    @property
    def azimuth(self):
        return math.degrees(math.atan2(-self.a, -self.b)) % 360.0

    def z(self, x, y):
        return self.a * x + self.b * y + self.c


def facet(corners, heights, turn=0.0, at=(X0, Y0)):
    """Facet of plan corners (m, before turning) and the heights of the first three of them."""
    (x1, y1), (x2, y2), (x3, y3) = corners[:3]
    h1, h2, h3 = heights[:3]
    a, b = np.linalg.solve([[x2 - x1, y2 - y1], [x3 - x1, y3 - y1]], [h2 - h1, h3 - h1])
    t = math.radians(turn)
    ta, tb = a * math.cos(t) - b * math.sin(t), a * math.sin(t) + b * math.cos(t)
    outline = affinity.translate(
        affinity.rotate(shapely.Polygon(corners), turn, origin=(0, 0)), *at
    )
    c = h1 - a * x1 - b * y1 + GROUND - ta * at[0] - tb * at[1]
    return Facet(outline, ta, tb, c)


def gable(w, d, eave, tilt, turn=0.0, at=(X0, Y0)):
    """Ridge along x in the middle of d; footprint w x d with its corner at ``at``."""
    top = eave + math.tan(math.radians(tilt)) * d / 2
    return [
        facet([(0, 0), (w, 0), (w, d / 2), (0, d / 2)], [eave, eave, top], turn, at),
        facet([(0, d), (w, d), (w, d / 2), (0, d / 2)], [eave, eave, top], turn, at),
    ]


def hip(w, d, eave, tilt, turn=0.0, at=(X0, Y0)):
    """Four planes of one pitch; w > d."""
    h = d / 2
    top = eave + math.tan(math.radians(tilt)) * h
    return [
        facet([(0, 0), (w, 0), (w - h, h), (h, h)], [eave, eave, top], turn, at),
        facet([(w, d), (0, d), (h, h), (w - h, h)], [eave, eave, top], turn, at),
        facet([(0, d), (0, 0), (h, h)], [eave, eave, top], turn, at),
        facet([(w, 0), (w, d), (w - h, h)], [eave, eave, top], turn, at),
    ]


def flat(w, d, height, turn=0.0, at=(X0, Y0), corner=(0.0, 0.0)):
    """Level rectangle."""
    x, y = corner
    corners = [(x, y), (x + w, y), (x + w, y + d), (x, y + d)]
    return facet(corners, [height] * 3, turn, at)


def lean_to(x, y, w, d, low, tilt, turn=0.0, at=(X0, Y0)):
    """Plane rising towards +y over the rectangle whose corner is (x, y)."""
    high = low + math.tan(math.radians(tilt)) * d
    return facet([(x, y), (x + w, y), (x + w, y + d), (x, y + d)], [low, low, high], turn, at)


def draw(facets, bounds, resolution=0.5, noise=0.0, seed=0, trees=()):
    """Surface of facets on flat ground: the highest at each pixel centre; trees are domes."""
    grid = Grid(CRS, 0.0, 0.0, resolution, 1, 1).covering(bounds)
    rows, cols = np.mgrid[: grid.rows, : grid.cols]
    x, y = grid.xy(rows, cols)
    z = heights(facets, x.ravel(), y.ravel()).reshape(x.shape)
    for tx, ty, radius, top in trees:
        r2 = (x - tx) ** 2 + (y - ty) ** 2
        dome = GROUND + top - radius + np.sqrt(np.maximum(radius**2 - r2, 0.0))
        z = np.where(r2 < radius**2, np.maximum(z, dome), z)
    random = np.random.default_rng(seed)
    z = z + noise * random.standard_normal(z.shape)
    return Surface(grid, z.astype(np.float32), np.full(z.shape, GROUND, np.float32))


def heights(facets, x, y):
    """Height of the scene at points: the highest facet there, else the ground."""
    z = np.full(len(x), GROUND)
    points = shapely.points(x, y)
    for one in facets:
        inside = shapely.intersects(one.outline, points)
        z = np.where(inside, np.maximum(z, one.z(x, y)), z)
    return z


def scan(facets, bounds, density=10.0, noise=0.03, seed=1):
    """Points of a survey: uniform at random, class 6 on facets, 2 on the ground."""
    random = np.random.default_rng(seed)
    n = int(density * (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]))
    x = random.uniform(bounds[0], bounds[2], n)
    y = random.uniform(bounds[1], bounds[3], n)
    z = heights(facets, x, y)
    kind = np.where(z > GROUND + 0.01, 6, 2).astype(np.uint8)
    return PointCloud(x, y, z + noise * random.standard_normal(n), kind)


def outline(facets):
    """Union of facets in plan, without hairs."""
    whole = shapely.union_all([f.outline for f in facets], grid_size=1e-6)
    return shapely.simplify(whole, 1e-3)


def footprints(**shapes):
    """Table of footprints by id."""
    return gpd.GeoDataFrame({"building_id": list(shapes)}, geometry=list(shapes.values()), crs=CRS)


def around(facets, margin=15.0):
    """Bounds of facets, grown."""
    x1, y1, x2, y2 = shapely.total_bounds([f.outline for f in facets])
    return x1 - margin, y1 - margin, x2 + margin, y2 + margin


def matched(planes, facets):
    """For each facet: (row of the plane sharing most of it, intersection over union)."""
    found = []
    for one in facets:
        inter = shapely.area(shapely.intersection(planes.geometry.to_numpy(), one.outline))
        union = planes.geometry.area.to_numpy() + one.outline.area - inter
        best = int(np.argmax(inter / union))
        found.append((best, float(inter[best] / union[best])))
    return found


def angle_between(tilt_1, azimuth_1, tilt_2, azimuth_2):
    """Angle between two planes' normals, degrees."""

    def normal(tilt, azimuth):
        t, a = math.radians(tilt), math.radians(azimuth)
        return np.array([math.sin(t) * math.sin(a), math.sin(t) * math.cos(a), math.cos(t)])

    cosine = np.clip(normal(tilt_1, azimuth_1) @ normal(tilt_2, azimuth_2), -1, 1)
    return math.degrees(math.acos(cosine))
