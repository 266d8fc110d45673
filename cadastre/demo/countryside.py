"""Farms, woods and hedgerows: what lies between the towns of the synthetic territory."""

from __future__ import annotations

import numpy as np

from cadastre.demo import facets as f
from cadastre.demo import houses
from cadastre.demo.buildings import Shape, Site
from cadastre.demo.draft import Draft
from cadastre.demo.facets import Facet, Rectangle


def barn(rng: np.random.Generator) -> Shape:
    """Farm building: a long gable, often with a lean-to along one side."""
    width, depth = float(rng.uniform(16.0, 34.0)), float(rng.uniform(9.0, 15.0))
    eave, tilt = float(rng.uniform(4.0, 6.5)), float(rng.uniform(22.0, 42.0))
    facets: list[Facet] = f.gable(Rectangle(-width / 2, 0.0, width / 2, depth), eave, tilt)
    if rng.random() < 0.5:
        side = Rectangle(-width / 2, depth, width / 2, depth + 4.5)
        facets.append(f.mono(side, eave - 1.6, 14.0, "v+", "leanto"))
    return Shape(
        "barn",
        tuple(facets),
        eave,
        usage="Agricole",
        nature="Industriel, agricole ou commercial",
    )


def farm(draft: Draft, site: Site, rng: np.random.Generator) -> None:
    """House and barns around a yard, a belt of trees to the west."""
    places = ((0.0, 0.0, 0.0), (30.0, 6.0, 90.0), (-26.0, 34.0, -90.0), (4.0, 44.0, 0.0))
    count = int(rng.integers(2, 5))
    for rank, (u, v, turn) in enumerate(places[:count]):
        x, y = site.world((u, v))
        ground = float(draft.terrain.height(x, y, with_streets=False))
        here = Site(x, y, site.bearing + turn, ground, site.street, site.side, site.block)
        draft.add(houses.villa(rng) if rank == 0 else barn(rng), here)
    draft.grove(rng, site, 9.0, (-60.0, -10.0, -48.0, 60.0), (2.5, 5.0), (9.0, 18.0))


def copse(draft: Draft, site: Site, rng: np.random.Generator, radius: float) -> None:
    """Plant a small wood: crowns that touch, on a disturbed lattice."""
    step = 5.5
    reach = int(radius / step)
    for i in range(-reach, reach + 1):
        for j in range(-reach, reach + 1):
            u, v = i * step + float(rng.normal(0, 1.2)), j * step + float(rng.normal(0, 1.2))
            if u * u + v * v < radius * radius:
                draft.tree(site, u, v, float(rng.uniform(2.6, 4.6)), float(rng.uniform(9, 20)))


def hedgerow(draft: Draft, site: Site, rng: np.random.Generator, length: float) -> None:
    """Plant a tall hedge between fields, a tree now and then."""
    draft.hedge(site, (0.0, 0.0), (length, 0.0), 2.4, float(rng.uniform(1.8, 3.5)))
    draft.grove(rng, site, length / 30.0, (0.0, -0.6, length, 0.6), (2.4, 4.2), (7.0, 14.0))
