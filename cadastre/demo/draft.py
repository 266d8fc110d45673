"""The drawing board: what the blocks have been filled with so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cadastre.demo.buildings import Building, Shape, Site, place
from cadastre.demo.terrain import Terrain

STREET_RESERVE_M = 4.8
"""Half the width of a street between the limits of its gardens."""


@dataclass(frozen=True)
class Block:
    """A piece of land between streets: its rank, its kind and its limits in the street frame."""

    number: int
    column: int
    row: int
    kind: str
    s0: float
    t0: float
    s1: float
    t1: float

    @property
    def depth(self) -> float:
        """Depth of a lot, from the street to the middle of the block, m."""
        return (self.t1 - self.t0) / 2.0

    @property
    def middle(self) -> tuple[float, float]:
        """Centre in the street frame."""
        return (self.s0 + self.s1) / 2.0, (self.t0 + self.t1) / 2.0


@dataclass
class Draft:
    """What has been drawn, in order.

    Trees are (x, y, ground, top, radius, base), hedges (x, y, bearing, length, width, height).
    """

    terrain: Terrain
    tree_factor: float = 1.0
    buildings: list[Building] = field(default_factory=list)
    trees: list[tuple[float, ...]] = field(default_factory=list)
    hedges: list[tuple[float, ...]] = field(default_factory=list)

    def site(self, block: Block, s: float, t: float, turn: float = 0.0, side: int = 1) -> Site:
        """Site at a point of the street frame, its u axis along the street turned by ``turn``."""
        streets = self.terrain.streets
        x, y = (float(value) for value in streets.world(s, t))
        ground = float(self.terrain.height(x, y, with_streets=False))
        street = block.row + (0 if side > 0 else 1)
        bearing = streets.heading(s) + turn
        return Site(x, y, bearing, ground, street, side, block.number)

    def front(self, block: Block, s: float, setback: float, side: int) -> Site:
        """Site whose v axis points away from the street: side 1 fronts the street below."""
        if side > 0:
            return self.site(block, s, block.t0 + setback)
        return self.site(block, s, block.t1 - setback, 180.0, side)

    def add(self, shape: Shape, site: Site) -> None:
        """Put a building on its site."""
        self.buildings.append(place(shape, site))

    def tree(self, site: Site, u: float, v: float, radius: float, height: float) -> None:
        """Plant a tree whose crown fills the upper two thirds of its height."""
        if self.tree_factor <= 0.0:
            return
        x, y = site.world((u, v))
        ground = float(self.terrain.height(x, y))
        self.trees.append((x, y, ground, ground + height, radius, ground + 0.35 * height))

    def hedge(
        self,
        site: Site,
        start: tuple[float, float],
        end: tuple[float, float],
        width: float,
        height: float,
    ) -> None:
        """Plant a hedge between two points of a local frame."""
        if self.tree_factor <= 0.0:
            return
        (x0, y0), (x1, y1) = site.world(start), site.world(end)
        length = math.hypot(x1 - x0, y1 - y0)
        if length > 1.0:
            bearing = math.degrees(math.atan2(y1 - y0, x1 - x0))
            self.hedges.append(((x0 + x1) / 2, (y0 + y1) / 2, bearing, length, width, height))

    def grove(
        self,
        rng: np.random.Generator,
        site: Site,
        count: float,
        box: tuple[float, ...],
        radius: tuple[float, float],
        height: tuple[float, float],
    ) -> None:
        """Plant about ``count`` trees (times the tree factor) at random in a local box."""
        for _ in range(int(rng.poisson(max(count * self.tree_factor, 0.0)))):
            u, v = float(rng.uniform(box[0], box[2])), float(rng.uniform(box[1], box[3]))
            self.tree(site, u, v, float(rng.uniform(*radius)), float(rng.uniform(*height)))

    def tree_array(self) -> NDArray[np.float64]:
        """Trees as an array (n, 6)."""
        return np.array(self.trees, np.float64).reshape(-1, 6)

    def hedge_array(self) -> NDArray[np.float64]:
        """Hedges as an array (n, 6)."""
        return np.array(self.hedges, np.float64).reshape(-1, 6)
