"""Dwellings of a mining town: twin houses, rows of corons, villas, and what stands behind them.

Every drawing takes a style, drawn once for a block so that its houses are alike, and a generator
for what differs from house to house. Dimensions are those of the fiction, metres and degrees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cadastre.demo import facets as f
from cadastre.demo.buildings import Shape
from cadastre.demo.facets import Facet, Rectangle

CHIMNEY_M = (0.62, 0.95)
CHIMNEY_ABOVE_RIDGE_M = (0.7, 1.4)
DORMER_TILT = 38.0
SHED_DORMER_TILT = 12.0


@dataclass(frozen=True)
class Style:
    """What the houses of one block share."""

    dwelling_width: float
    depth: float
    eave: float
    tilt: float
    form: str
    end_tilt: float
    wing_width: float
    dormers: str
    leanto_width: float
    leanto_depth: float
    leanto_tilt: float
    chimney_width: float
    chimney_above: float


def twin_style(rng: np.random.Generator) -> Style:
    """Draw the style of a block of twin houses: 40 to 45 degrees, gables, hips or half-hips."""
    form = str(rng.choice(["gable", "half_hip", "hip"], p=[0.5, 0.3, 0.2]))
    wing = float(rng.uniform(3.4, 4.2)) if form != "hip" and rng.random() < 0.45 else 0.0
    dormers = "none" if wing else str(rng.choice(["none", "gable", "shed"], p=[0.3, 0.4, 0.3]))
    return Style(
        dwelling_width=float(rng.uniform(6.6, 7.8)),
        depth=float(rng.uniform(7.8, 9.2)),
        eave=float(rng.uniform(3.6, 5.2)),
        tilt=float(rng.uniform(40.0, 45.0)),
        form=form,
        end_tilt=float(rng.uniform(45.0, 55.0)),
        wing_width=wing,
        dormers=dormers,
        leanto_width=float(rng.uniform(3.0, 4.4)),
        leanto_depth=float(rng.uniform(3.0, 4.6)),
        leanto_tilt=float(rng.uniform(12.0, 24.0)),
        chimney_width=float(rng.uniform(*CHIMNEY_M)),
        chimney_above=float(rng.uniform(*CHIMNEY_ABOVE_RIDGE_M)),
    )


def coron_style(rng: np.random.Generator) -> Style:
    """Draw the style of a block of corons: narrow dwellings under one long ridge."""
    return Style(
        dwelling_width=float(rng.uniform(5.0, 6.0)),
        depth=float(rng.uniform(7.6, 8.8)),
        eave=float(rng.uniform(4.0, 5.4)),
        tilt=float(rng.uniform(38.0, 45.0)),
        form="gable",
        end_tilt=50.0,
        wing_width=0.0,
        dormers=str(rng.choice(["none", "gable", "shed"], p=[0.45, 0.3, 0.25])),
        leanto_width=float(rng.uniform(2.3, 2.8)),
        leanto_depth=float(rng.uniform(3.0, 5.0)),
        leanto_tilt=float(rng.uniform(10.0, 22.0)),
        chimney_width=float(rng.uniform(*CHIMNEY_M)),
        chimney_above=float(rng.uniform(*CHIMNEY_ABOVE_RIDGE_M)),
    )


def _main_roof(box: Rectangle, style: Style) -> list[Facet]:
    if style.form == "hip":
        return f.hipped(box, style.eave, style.tilt, style.end_tilt)
    if style.form == "half_hip":
        return f.half_hipped(box, style.eave, style.tilt, style.end_tilt)
    return f.gable(box, style.eave, style.tilt)


def _dormer(u: float, style: Style) -> list[Facet]:
    face = 0.9
    top = style.eave + f.slope(style.tilt) * face + 1.25
    back = style.depth / 2
    if style.dormers == "gable":
        return f.gable_dormer(u, 1.5, face, top, DORMER_TILT, back)
    if style.dormers == "shed":
        return f.shed_dormer(u, 1.9, face, top, SHED_DORMER_TILT, back)
    return []


def _chimney(u: float, style: Style, v: float) -> Facet:
    half = style.chimney_width / 2
    top = f.ridge_height(Rectangle(0, 0, 1, style.depth), style.eave, style.tilt)
    box = Rectangle(u - half, v - half, u + half, v + half)
    return f.flat(box, top + style.chimney_above, "chimney")


def _leanto(u0: float, u1: float, style: Style, depth: float) -> Facet:
    box = Rectangle(u0, style.depth, u1, style.depth + depth)
    low = style.eave - 0.5 - f.slope(style.leanto_tilt) * depth
    return f.mono(box, low, style.leanto_tilt, "v+", "leanto")


def _storeys(eave: float) -> int:
    return 2 if eave > 4.4 else 1


def twin_house(style: Style, rng: np.random.Generator, split: bool) -> list[Shape]:
    """Two dwellings under one roof: one shape, or two sharing the wall when ``split``.

    The front is at v = 0, the party wall at u = 0.
    """
    w = style.dwelling_width
    box = Rectangle(-w, 0.0, w, style.depth)
    facets = _main_roof(box, style)
    if style.wing_width:
        inner = w - style.wing_width - 0.4
        tilt = style.tilt
        for side in (-1.0, 1.0):
            u0, u1 = sorted((side * inner, side * (inner + style.wing_width)))
            wing = Rectangle(u0, -1.2, u1, style.depth / 2)
            facets += f.gable(wing, style.eave, tilt, "v", "wing")
    for side in (-1.0, 1.0):
        for u in (0.5,) if rng.random() < 0.6 else (0.28, 0.72):
            facets += _dormer(side * u * w, style)
        if rng.random() < 0.85:
            depth = style.leanto_depth * float(rng.uniform(0.75, 1.0))
            inset = 0.0 if rng.random() < 0.5 else w - style.leanto_width
            u0, u1 = sorted((side * inset, side * (inset + style.leanto_width)))
            facets.append(_leanto(u0, u1, style, depth))
    if style.form == "hip" or rng.random() < 0.5:
        facets.append(_chimney(0.0, style, style.depth / 2))
    else:
        facets += [_chimney(side * (w - 0.9), style, style.depth * 0.55) for side in (-1.0, 1.0)]
    doors = ((-0.35 * w, 0.0), (0.35 * w, 0.0))
    storeys = _storeys(style.eave)
    if not split:
        return [Shape("twin", tuple(facets), style.eave, doors, storeys=storeys)]
    return [
        Shape("twin", tuple(half), style.eave, (door,), storeys=storeys)
        for half, door in zip(f.halves(facets, 0.0), doors, strict=True)
    ]


def coron_row(style: Style, rng: np.random.Generator, count: int) -> list[Shape]:
    """``count`` dwellings sharing walls under one ridge, lean-tos in mirrored pairs.

    The first party wall is at u = 0, the front at v = 0.
    """
    w = style.dwelling_width
    shapes = []
    depth = style.leanto_depth
    for i in range(count):
        u0, u1 = i * w, (i + 1) * w
        facets = f.gable(Rectangle(u0, 0.0, u1, style.depth), style.eave, style.tilt)
        facets += _dormer(u0 + w / 2, style)
        wall = u1 if i % 2 == 0 else u0
        if rng.random() < 0.92:
            inner = wall - style.leanto_width if i % 2 == 0 else wall + style.leanto_width
            facets.append(_leanto(min(wall, inner), max(wall, inner), style, depth))
        inside = u1 - style.chimney_width if i % 2 == 0 else u0 + style.chimney_width
        facets.append(_chimney(inside, style, style.depth / 2))
        door = ((u0 + u1) / 2 + (1.2 if i % 2 else -1.2), 0.0)
        shapes.append(
            Shape("coron", tuple(facets), style.eave, (door,), storeys=_storeys(style.eave))
        )
    return shapes


def villa(rng: np.random.Generator) -> Shape:
    """House of an engineer: an L under hips or half-hips, steep, with dormers."""
    width, depth = float(rng.uniform(11.0, 14.5)), float(rng.uniform(8.5, 10.5))
    eave, tilt = float(rng.uniform(4.8, 6.6)), float(rng.uniform(42.0, 48.0))
    form = str(rng.choice(["gable", "half_hip", "hip"]))
    style = Style(
        width,
        depth,
        eave,
        tilt,
        form,
        float(rng.uniform(48.0, 56.0)),
        0.0,
        str(rng.choice(["gable", "shed"])),
        4.0,
        3.5,
        14.0,
        0.9,
        1.2,
    )
    box = Rectangle(-width / 2, 0.0, width / 2, depth)
    facets = _main_roof(box, style)
    side = 1.0 if rng.random() < 0.5 else -1.0
    wing = float(rng.uniform(5.0, 6.5))
    reach = float(rng.uniform(2.5, 4.5))
    u0, u1 = sorted((side * width / 2, side * (width / 2 - wing)))
    planes = f.gable_planes(Rectangle(u0, -reach, u1, depth / 2), eave, tilt, "v", "wing")
    front = eave + 0.5 * f.slope(tilt) * wing * 0.5
    planes.append((0.0, f.slope(52.0), front + f.slope(52.0) * reach, "halfhip"))
    facets += f.lowest(Rectangle(u0, -reach, u1, depth / 2).corners, planes)
    facets += _dormer(-side * width * 0.18, style)
    facets.append(_chimney(-side * width * 0.3, style, depth / 2))
    if rng.random() < 0.6:
        facets.append(_leanto(-2.5, 1.8, style, 3.2))
    return Shape("villa", tuple(facets), eave, ((-side * width * 0.1, 0.0),), storeys=2)


def garden_shed(rng: np.random.Generator) -> Shape:
    """Shed at the end of a garden: a small gable or a single slope."""
    width, depth = float(rng.uniform(2.6, 4.2)), float(rng.uniform(2.2, 3.4))
    box = Rectangle(-width / 2, 0.0, width / 2, depth)
    eave = float(rng.uniform(1.9, 2.2))
    if rng.random() < 0.5:
        facets = tuple(f.gable(box, eave, float(rng.uniform(18.0, 30.0)), kind="shed"))
    else:
        facets = (f.mono(box, eave, float(rng.uniform(6.0, 14.0)), "v-", "shed"),)
    light = bool(rng.random() < 0.6)
    return Shape("shed", facets, eave, usage="Annexe", light=light)


def garages(count: int) -> list[Shape]:
    """Row of lock-up garages sharing walls under gently sloping flat roofs."""
    shapes = []
    for i in range(count):
        box = Rectangle(3.0 * i, 0.0, 3.0 * (i + 1), 6.0)
        facet = f.mono(box, 2.45, 3.0, "v+", "flat")
        shapes.append(Shape("garage", (facet,), 2.45, usage="Annexe"))
    return shapes
