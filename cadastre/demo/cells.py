"""Square kilometres of the synthetic territory: town, cité, village or countryside.

A cell is a square of one kilometre centred on a corner of four tiles, so that what it holds
spreads over tiles as in reality. Its content depends on the seed and on its own coordinates only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.demo import countryside
from cadastre.demo.blocks import fill_block
from cadastre.demo.buildings import Building, Site, to_world
from cadastre.demo.draft import STREET_RESERVE_M, Block, Draft
from cadastre.demo.layout import kept
from cadastre.demo.terrain import Streets, Terrain, Terril, rolling_waves

CELL_M = 1000.0
GROUP = 5
"""Cells are dealt out in squares of five by five, each with the same mix."""
KINDS = ("town",) * 3 + ("cite",) * 6 + ("village",) * 7 + ("country",) * 9

_ORIGIN = (685000.0, 7037000.0)
_SPLIT_SHARE, _OVER_SHARE = 0.35, 0.05
# what a block of each kind of cell holds: kind and its chance
_TOWN = (
    ("coron", 0.30),
    ("twins", 0.52),
    ("villas", 0.08),
    ("place", 0.02),
    ("school", 0.03),
    ("warehouse", 0.05),
)
_CITE = (("coron", 0.22), ("twins", 0.69), ("place", 0.02), ("school", 0.04), ("wood", 0.03))
_VILLAGE = (("coron", 0.10), ("twins", 0.40), ("villas", 0.42), ("place", 0.05), ("wood", 0.03))
_BLOCKS = {"town": _TOWN, "cite": _CITE, "village": _VILLAGE}
_REACH_M = {"town": 800.0, "cite": 365.0, "village": 185.0}


@dataclass(frozen=True)
class Cell:
    """What a cell holds; ``outlines`` are the footprints, m."""

    x: int
    y: int
    kind: str
    buildings: tuple[Building, ...]
    outlines: tuple[shapely.Geometry, ...]
    trees: NDArray[np.float64]
    hedges: NDArray[np.float64]
    terril: Terril | None

    def building_id(self, rank: int) -> str:
        """Return the identifier of a building, the same whatever the rectangle asked for."""
        return f"BATIMENT{self.x:04d}{self.y:05d}{rank:07d}"


def rolling_terrain(seed: int) -> Terrain:
    """Ground of the whole territory, without streets nor terrils."""
    rng = np.random.default_rng([seed, 31])
    long = rolling_waves(rng, 6) * np.array([0.12, 0.12, 1.0, 6.0])
    waves = np.vstack([long, rolling_waves(rng, 3)])
    streets = Streets(*_ORIGIN, 0.0, 0.0, 0.0, 74.0, 118.0)
    return Terrain(streets, _ORIGIN, 48.0, (0.0, 0.0), waves, None, 0.0)


def cell_kind(seed: int, x: int, y: int) -> str:
    """Kind of a cell: towns in the middle of their group of cells, countryside farthest out."""
    group = (x // GROUP, y // GROUP)
    rng = np.random.default_rng([seed, 32, *group])
    centre = rng.uniform(1.0, GROUP - 2.0, 2)
    places = [(i, j) for j in range(GROUP) for i in range(GROUP)]
    away = [
        math.hypot(i - centre[0], j - centre[1]) + float(rng.uniform(0.0, 1.3)) for i, j in places
    ]
    order = np.argsort(away, kind="stable")
    mine = places.index((x % GROUP, y % GROUP))
    return KINDS[int(np.flatnonzero(order == mine)[0])]


def make_cell(seed: int, x: int, y: int) -> Cell:
    """Fill the cell centred on (x, y), km."""
    kind = cell_kind(seed, x, y)
    rng = np.random.default_rng([seed, 33, x, y])
    centre = (x * CELL_M, y * CELL_M)
    base = rolling_terrain(seed)
    streets = Streets(
        *centre,
        float(rng.uniform(-45.0, 45.0)),
        float(rng.uniform(3.0, 14.0)),
        float(rng.uniform(0.0, 2.0 * math.pi)),
        float(rng.uniform(66.0, 80.0)),
        float(rng.uniform(105.0, 130.0)),
    )
    terril = None
    if kind == "cite" and rng.random() < 0.2:
        height = float(rng.uniform(45.0, 90.0))
        angle = float(rng.uniform(0.0, 2.0 * math.pi))
        terril = Terril(
            centre[0] + 290.0 * math.cos(angle), centre[1] + 290.0 * math.sin(angle), height
        )
    terrain = Terrain(streets, base.origin, base.altitude, base.gradient, base.waves, terril, 0.0)
    draft = Draft(terrain)
    if kind in _BLOCKS:
        _fill_blocks(draft, rng, kind)
    _fill_country(draft, rng, kind)
    half = CELL_M / 2.0
    bounds = (centre[0] - half, centre[1] - half, centre[0] + half, centre[1] + half)
    buildings, outlines = kept(draft.buildings, bounds, terril)
    corner = Site(bounds[0], bounds[1], 0.0, 0.0)
    return Cell(
        x,
        y,
        kind,
        buildings,
        tuple(to_world(outline, corner) for outline in outlines),
        _inside(draft.tree_array(), bounds),
        _inside(draft.hedge_array(), bounds),
        terril,
    )


def _inside(
    plants: NDArray[np.float64], bounds: tuple[float, float, float, float]
) -> NDArray[np.float64]:
    x, y = plants[:, 0], plants[:, 1]
    return plants[(x >= bounds[0]) & (x < bounds[2]) & (y >= bounds[1]) & (y < bounds[3])]


def _fill_blocks(draft: Draft, rng: np.random.Generator, kind: str) -> None:
    """Streets and houses within reach of the middle of the cell."""
    streets = draft.terrain.streets
    reach = _REACH_M[kind]
    names, chances = zip(*_BLOCKS[kind], strict=True)
    columns, rows = math.ceil(reach / streets.block), math.ceil(reach / streets.pitch)
    for row in range(-rows, rows):
        for column in range(-columns, columns):
            s0, t0 = column * streets.block, row * streets.pitch
            middle = (s0 + streets.block / 2, t0 + streets.pitch / 2)
            chosen = str(rng.choice(names, p=chances))
            x, y = (float(value) for value in streets.world(*middle))
            far = max(abs(x - streets.x), abs(y - streets.y)) > CELL_M / 2 + 30.0
            if far or math.hypot(*middle) > reach:
                continue
            block = Block(
                len(draft.buildings),
                column,
                row,
                chosen,
                s0 + STREET_RESERVE_M,
                t0 + STREET_RESERVE_M,
                s0 + streets.block - STREET_RESERVE_M,
                t0 + streets.pitch - STREET_RESERVE_M,
            )
            fill_block(draft, block, rng, _SPLIT_SHARE, _OVER_SHARE)


def _fill_country(draft: Draft, rng: np.random.Generator, kind: str) -> None:
    """Farms, copses and hedgerows outside the built part of the cell."""
    reach = _REACH_M.get(kind, 0.0) + 60.0
    block = Block(0, 0, 0, "country", 0.0, 0.0, 0.0, 0.0)
    for count, what in ((3.0, "farm"), (5.0, "copse"), (14.0, "hedgerow")):
        for _ in range(int(rng.poisson(count))):
            s, t = (float(value) for value in rng.uniform(-440.0, 440.0, 2))
            turn = float(rng.uniform(-180.0, 180.0))
            radius, length = float(rng.uniform(15.0, 60.0)), float(rng.uniform(80.0, 260.0))
            if math.hypot(s, t) < reach:
                continue
            site = draft.site(block, s, t, turn)
            if what == "farm":
                countryside.farm(draft, site, rng)
            elif what == "copse":
                countryside.copse(draft, site, rng, radius)
            else:
                countryside.hedgerow(draft, site, rng, length)
