"""The few large buildings of the quarter: warehouse, school, church."""

from __future__ import annotations

import numpy as np

from cadastre.demo import facets as f
from cadastre.demo.buildings import Shape
from cadastre.demo.facets import Facet, Rectangle

PARAPET_HEIGHT_M = 0.8
PARAPET_THICKNESS_M = 0.4
FLAT_TILT = 1.2


def warehouse(width: float, depth: float, rng: np.random.Generator) -> Shape:
    """Flat roof (1.2 degrees) behind a parapet 0.8 m high and 0.4 m thick, with four units."""
    box = Rectangle(-width / 2, 0.0, width / 2, depth)
    eave = 7.6
    deck = f.mono(box, eave, FLAT_TILT, "v-", "flat")
    top = eave + f.slope(FLAT_TILT) * depth + PARAPET_HEIGHT_M
    facets: list[Facet] = [deck, *f.parapet(box, PARAPET_THICKNESS_M, top)]
    for i in range(4):
        u = width * (-0.36 + 0.24 * i) + float(rng.uniform(-2.0, 2.0))
        v = depth * float(rng.uniform(0.25, 0.7))
        half = float(rng.uniform(0.9, 1.7))
        unit = Rectangle(u - half, v - half, u + half, v + half)
        facets.append(f.flat(unit, top + float(rng.uniform(0.2, 1.0)), "unit"))
    return Shape(
        "warehouse",
        tuple(facets),
        eave,
        ((0.0, 0.0),),
        "Commercial et services",
        "Industriel, agricole ou commercial",
    )


def saw_tooth(width: float, teeth: int, pitch: float, tilt: float, glazing: float) -> Shape:
    """Workshops under saw-tooth roofs: long slopes facing v-, steep glazing facing v+.

    The ridge of each tooth runs along u; both slopes start at the gutter height.
    """
    eave = 4.2
    facets: list[Facet] = []
    for i in range(teeth):
        box = Rectangle(-width / 2, i * pitch, width / 2, (i + 1) * pitch)
        planes = [
            (0.0, f.slope(tilt), eave - f.slope(tilt) * box.v0, "sawtooth"),
            (0.0, -f.slope(glazing), eave + f.slope(glazing) * box.v1, "glazing"),
        ]
        facets += f.lowest(box.corners, planes)
    return Shape(
        "school",
        tuple(facets),
        eave,
        ((0.0, 0.0),),
        "Indifférencié",
        storeys=1,
    )


def school_house(length: float, depth: float) -> Shape:
    """Class rooms: a long hipped roof with a small turret over the entrance."""
    eave = 6.2
    box = Rectangle(-length / 2, 0.0, length / 2, depth)
    facets = f.hipped(box, eave, 40.0, 48.0)
    porch = Rectangle(-3.4, -1.6, 3.4, depth / 2)
    facets += f.gable(porch, eave + 0.6, 42.0, "v", "wing")
    turret = Rectangle(-1.1, depth / 2 - 1.1, 1.1, depth / 2 + 1.1)
    facets += f.lowest(turret.corners, _pyramid(turret, eave + 5.4, 55.0))
    for u in (-length * 0.3, length * 0.3):
        chimney = Rectangle(u - 0.45, depth / 2 - 0.45, u + 0.45, depth / 2 + 0.45)
        facets.append(f.flat(chimney, eave + 5.2, "chimney"))
    return Shape("school", tuple(facets), eave, ((0.0, 0.0),), "Indifférencié", storeys=2)


def covered_yard(length: float, depth: float) -> Shape:
    """Open canopy of a school yard: one slope of 9 degrees."""
    box = Rectangle(-length / 2, 0.0, length / 2, depth)
    facet = f.mono(box, 2.9, 9.0, "v-", "mono")
    return Shape("canopy", (facet,), 2.9, usage="Indifférencié", light=True)


def church(length: float, width: float) -> Shape:
    """Nave with lower aisles and a tower under a steep pyramid."""
    nave = Rectangle(-length / 2, -width / 2, length / 2, width / 2)
    eave, tilt = 9.0, 50.0
    planes = f.gable_planes(nave, eave, tilt, "u", "roof")
    planes.append((-f.slope(55.0), 0.0, eave + f.slope(55.0) * nave.u1, "hip"))
    facets = f.lowest(nave.corners, planes)
    for facing, v0, v1 in (
        ("v-", -width / 2 - 3.6, -width / 2),
        ("v+", width / 2, width / 2 + 3.6),
    ):
        aisle = Rectangle(-length / 2 + 2.0, v0, length / 2 - 4.0, v1)
        facets.append(f.mono(aisle, 5.0, 28.0, facing, "aisle"))
    tower = Rectangle(-length / 2 - 5.4, -2.7, -length / 2, 2.7)
    facets += f.lowest(tower.corners, _pyramid(tower, 17.0, 66.0))
    return Shape(
        "church",
        tuple(facets),
        eave,
        ((-length / 2 - 5.4, 0.0),),
        "Religieux",
        "Eglise",
    )


def _pyramid(box: Rectangle, eave: float, tilt: float) -> list[f.Plane]:
    """Four equal slopes over a square."""
    first = f.gable_planes(box, eave, tilt, "u", "spire")
    return first + f.gable_planes(box, eave, tilt, "v", "spire")
