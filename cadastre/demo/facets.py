"""Facets: convex polygons that carry a plane, and the roof forms made of them.

A roof is the *highest* of its facets at every point, so a chimney, a dormer or a parapet is just
one more facet over the main roof. Forms are drawn in a local frame, u along the front, v from the
front backwards, heights above the ground of the building, metres; slopes are tangents.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Plane = tuple[float, float, float, str]
"""(slope along u, slope along v, height at the local origin, kind)."""

_SPECK_M2 = 1e-6
_SAME_M = 1e-7


@dataclass(frozen=True)
class Facet:
    """A convex polygon, counter-clockwise, and its plane ``z = a u + b v + c``."""

    outline: tuple[Point, ...]
    a: float
    b: float
    c: float
    kind: str


@dataclass(frozen=True)
class Rectangle:
    """A rectangle of the local frame, m."""

    u0: float
    v0: float
    u1: float
    v1: float

    @property
    def corners(self) -> tuple[Point, ...]:
        """Four corners, counter-clockwise."""
        return ((self.u0, self.v0), (self.u1, self.v0), (self.u1, self.v1), (self.u0, self.v1))


def slope(tilt: float) -> float:
    """Tangent of a tilt in degrees."""
    return math.tan(math.radians(tilt))


def area(outline: tuple[Point, ...]) -> float:
    """Signed area of a polygon, m², positive when counter-clockwise."""
    total = 0.0
    for (u0, v0), (u1, v1) in zip(outline, (*outline[1:], *outline[:1]), strict=True):
        total += u0 * v1 - u1 * v0
    return total / 2.0


def clip(outline: tuple[Point, ...], p: float, q: float, r: float) -> tuple[Point, ...]:
    """Part of a convex polygon where ``p u + q v + r >= 0``; empty when nothing is left."""
    kept: list[Point] = []
    count = len(outline)
    for i in range(count):
        (u0, v0), (u1, v1) = outline[i], outline[(i + 1) % count]
        d0, d1 = p * u0 + q * v0 + r, p * u1 + q * v1 + r
        if d0 >= 0.0:
            kept.append((u0, v0))
        if (d0 > 0.0 > d1) or (d0 < 0.0 < d1):
            share = d0 / (d0 - d1)
            kept.append((u0 + share * (u1 - u0), v0 + share * (v1 - v0)))
    corners = tuple(
        point for i, point in enumerate(kept) if math.dist(point, kept[i - 1]) > _SAME_M
    )
    return corners if len(corners) >= 3 and area(corners) > _SPECK_M2 else ()


def lowest(outline: tuple[Point, ...], planes: list[Plane]) -> list[Facet]:
    """Facets of the roof that is the lowest of ``planes`` over a convex outline."""
    facets = []
    for i, (a, b, c, kind) in enumerate(planes):
        part = outline
        for j, (a2, b2, c2, _) in enumerate(planes):
            if i != j and part:
                part = clip(part, a2 - a, b2 - b, c2 - c)
        if part:
            facets.append(Facet(part, a, b, c, kind))
    return facets


def halves(facets: list[Facet], u: float) -> tuple[list[Facet], list[Facet]]:
    """Cut facets by the wall at ``u``: those on the lower side, those on the higher side."""
    low: list[Facet] = []
    high: list[Facet] = []
    for facet in facets:
        for side, found in ((-1.0, low), (1.0, high)):
            part = clip(facet.outline, side, 0.0, -side * u)
            if part:
                found.append(Facet(part, facet.a, facet.b, facet.c, facet.kind))
    return low, high


def flat(box: Rectangle, height: float, kind: str) -> Facet:
    """Return a level rectangle."""
    return Facet(box.corners, 0.0, 0.0, height, kind)


def mono(box: Rectangle, low: float, tilt: float, facing: str, kind: str) -> Facet:
    """Lean-to over a rectangle, ``low`` at its lower edge; ``facing`` u-, u+, v- or v+."""
    s = slope(tilt)
    if facing == "v-":
        return Facet(box.corners, 0.0, s, low - s * box.v0, kind)
    if facing == "v+":
        return Facet(box.corners, 0.0, -s, low + s * box.v1, kind)
    if facing == "u-":
        return Facet(box.corners, s, 0.0, low - s * box.u0, kind)
    return Facet(box.corners, -s, 0.0, low + s * box.u1, kind)


def gable_planes(box: Rectangle, eave: float, tilt: float, along: str, kind: str) -> list[Plane]:
    """Two planes rising from two opposite eaves; the ridge runs along ``u`` or ``v``."""
    s = slope(tilt)
    if along == "u":
        return [(0.0, s, eave - s * box.v0, kind), (0.0, -s, eave + s * box.v1, kind)]
    return [(s, 0.0, eave - s * box.u0, kind), (-s, 0.0, eave + s * box.u1, kind)]


def end_planes(box: Rectangle, eave: float, tilt: float, along: str, kind: str) -> list[Plane]:
    """Two planes that close the ends of a ridge along ``u`` or ``v``, from height ``eave``."""
    return gable_planes(box, eave, tilt, "v" if along == "u" else "u", kind)


def ridge_height(box: Rectangle, eave: float, tilt: float, along: str = "u") -> float:
    """Height of the ridge of a gable, m."""
    span = box.v1 - box.v0 if along == "u" else box.u1 - box.u0
    return eave + slope(tilt) * span / 2.0


def gable(
    box: Rectangle, eave: float, tilt: float, along: str = "u", kind: str = "roof"
) -> list[Facet]:
    """Return a roof of two slopes."""
    return lowest(box.corners, gable_planes(box, eave, tilt, along, kind))


def hipped(
    box: Rectangle, eave: float, tilt: float, end_tilt: float, along: str = "u"
) -> list[Facet]:
    """Return a roof of four slopes, the ends at their own tilt."""
    planes = gable_planes(box, eave, tilt, along, "roof")
    return lowest(box.corners, planes + end_planes(box, eave, end_tilt, along, "hip"))


def half_hipped(
    box: Rectangle, eave: float, tilt: float, end_tilt: float, along: str = "u"
) -> list[Facet]:
    """Return a gable whose ends are cut by a hip over the upper 45 % of the gable wall."""
    start = eave + 0.55 * (ridge_height(box, eave, tilt, along) - eave)
    planes = gable_planes(box, eave, tilt, along, "roof")
    return lowest(box.corners, planes + end_planes(box, start, end_tilt, along, "halfhip"))


def gable_dormer(
    u: float, width: float, face: float, top: float, tilt: float, back: float
) -> list[Facet]:
    """Dormer with a small gable across the slope, from its face at ``v = face`` to ``back``."""
    box = Rectangle(u - width / 2, face, u + width / 2, back)
    return gable(box, top, tilt, "v", "dormer")


def shed_dormer(
    u: float, width: float, face: float, top: float, tilt: float, back: float
) -> list[Facet]:
    """Dormer with one slope falling to the front, ``top`` at its face."""
    box = Rectangle(u - width / 2, face, u + width / 2, back)
    return [mono(box, top, tilt, "v-", "dormer")]


def parapet(box: Rectangle, thickness: float, height: float) -> list[Facet]:
    """Four level strips inside the edge of a rectangle."""
    u0, v0, u1, v1, t = box.u0, box.v0, box.u1, box.v1, thickness
    strips = (
        Rectangle(u0, v0, u1, v0 + t),
        Rectangle(u0, v1 - t, u1, v1),
        Rectangle(u0, v0 + t, u0 + t, v1 - t),
        Rectangle(u1 - t, v0 + t, u1, v1 - t),
    )
    return [flat(strip, height, "parapet") for strip in strips]


def turned(facets: list[Facet], bearing: float) -> list[Facet]:
    """Rotate facets counter-clockwise by ``bearing`` degrees about the local origin."""
    cos, sin = math.cos(math.radians(bearing)), math.sin(math.radians(bearing))
    out = []
    for f in facets:
        outline = tuple((cos * u - sin * v, sin * u + cos * v) for u, v in f.outline)
        out.append(Facet(outline, cos * f.a - sin * f.b, sin * f.a + cos * f.b, f.c, f.kind))
    return out


def shifted(facets: list[Facet], u: float, v: float, up: float = 0.0) -> list[Facet]:
    """Move facets; their planes move with them."""
    return [
        Facet(
            tuple((p + u, q + v) for p, q in f.outline),
            f.a,
            f.b,
            f.c - f.a * u - f.b * v + up,
            f.kind,
        )
        for f in facets
    ]


def outline_array(facet: Facet) -> NDArray[np.float64]:
    """Outline as an array (n, 2), not closed."""
    return np.array(facet.outline, dtype=np.float64)
