"""A building in its local frame, and the same building put in its place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from cadastre.demo.facets import Facet, Point, outline_array, turned

SNAP_M = 1e-4
CRUMB_M2 = 1e-3


@dataclass(frozen=True)
class Shape:
    """A building drawn in its local frame: facets, gutter height, doors, BD TOPO attributes.

    ``doors`` are one point for each address, at the front. Facets of kind ``leanto`` and
    ``annex`` are what a cadastre may have missed.
    """

    kind: str
    facets: tuple[Facet, ...]
    eave: float
    doors: tuple[Point, ...] = ()
    usage: str = "Résidentiel"
    nature: str = "Indifférenciée"
    light: bool = False
    storeys: int = 1


@dataclass(frozen=True)
class Site:
    """Where a local frame lies.

    Origin (m), bearing of u (degrees counter-clockwise from east), altitude of the ground, street
    it fronts (its rank in the street frame) and the side it stands on (1 left of the street, -1
    right), block it belongs to.
    """

    x: float
    y: float
    bearing: float
    ground: float
    street: int = 0
    side: int = 1
    block: int = 0

    def world(self, point: Point) -> Point:
        """Coordinates of a point of the local frame, m."""
        cos, sin = math.cos(math.radians(self.bearing)), math.sin(math.radians(self.bearing))
        u, v = point
        return self.x + cos * u - sin * v, self.y + sin * u + cos * v


@dataclass(frozen=True)
class Building:
    """A shape on its site; facets in metres east and north of ``site``, heights absolute."""

    shape: Shape
    site: Site
    facets: tuple[Facet, ...]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(x_min, y_min, x_max, y_max), m."""
        us = [u for f in self.facets for u, _ in f.outline]
        vs = [v for f in self.facets for _, v in f.outline]
        x, y = self.site.x, self.site.y
        return x + min(us), y + min(vs), x + max(us), y + max(vs)


def place(shape: Shape, site: Site) -> Building:
    """Put a shape on a site."""
    facets = tuple(
        Facet(f.outline, f.a, f.b, f.c + site.ground, f.kind)
        for f in turned(list(shape.facets), site.bearing)
    )
    return Building(shape, site, facets)


def footprint(shape: Shape, without: tuple[str, ...] = ()) -> shapely.Geometry:
    """Outline of the roof in plan, in the local frame, on a lattice of ``SNAP_M``.

    ``without`` names kinds of facets to leave out.
    """
    parts = [shapely.Polygon(outline_array(f)) for f in shape.facets if f.kind not in without]
    whole = shapely.union_all(parts, grid_size=SNAP_M)
    return shapely.union_all([_filled(part) for part in shapely.get_parts(whole)])


def _filled(polygon: shapely.Polygon) -> shapely.Polygon:
    """Polygon without the hairs that rounding leaves where slanted edges meet."""
    real = [ring for ring in polygon.interiors if shapely.Polygon(ring).area > CRUMB_M2]
    return shapely.Polygon(polygon.exterior, real)


def to_world(
    geometry: shapely.Geometry, site: Site, origin: Point = (0.0, 0.0)
) -> shapely.Geometry:
    """Geometry of a local frame in coordinates relative to ``origin``, m."""
    cos, sin = math.cos(math.radians(site.bearing)), math.sin(math.radians(site.bearing))
    turn = np.array([[cos, sin], [-sin, cos]])
    shift = np.array([site.x - origin[0], site.y - origin[1]])
    return shapely.transform(geometry, lambda points: points @ turn + shift)
