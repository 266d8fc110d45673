"""The plan of the quarter: which block holds what, and what stays inside the limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.demo.blocks import fill_block
from cadastre.demo.buildings import Building, footprint, to_world
from cadastre.demo.draft import STREET_RESERVE_M, Block, Draft
from cadastre.demo.terrain import Streets, Terrain, Terril, rolling_waves
from cadastre.grid import Bounds
from cadastre.parameters.demo import Demo

INSIDE_M = 2.0
OVERLAP_M2 = 0.05


@dataclass(frozen=True)
class Layout:
    """Buildings, their outlines in plan (relative to the south-west corner), plants and ground."""

    bounds: Bounds
    terrain: Terrain
    buildings: tuple[Building, ...]
    outlines: tuple[shapely.Geometry, ...]
    trees: NDArray[np.float64]
    hedges: NDArray[np.float64]


def quarter_bounds(options: Demo) -> Bounds:
    """Limits of the quarter on whole pixels, (x_min, y_min, x_max, y_max), m."""
    pixel = options.resolution_m
    width = round(options.width_m / pixel) * pixel
    height = round(options.height_m / pixel) * pixel
    west, south = options.west_m, options.south_m
    return west, south, west + width, south + height


def quarter_layout(options: Demo) -> Layout:
    """Plan the quarter; depends on ``options`` alone."""
    bounds = quarter_bounds(options)
    terrain = _terrain(options, bounds)
    draft = Draft(terrain, options.tree_factor)
    for block in _blocks(bounds, terrain):
        rng = np.random.default_rng([options.seed, block.column + 500, block.row + 500, 7])
        fill_block(draft, block, rng, options.split_pairs_share, options.trees_over_roofs_share)
    buildings, outlines = kept(draft.buildings, bounds, terrain.terril)
    trees = draft.tree_array()
    inside = (
        (trees[:, 0] > bounds[0])
        & (trees[:, 0] < bounds[2])
        & (trees[:, 1] > bounds[1])
        & (trees[:, 1] < bounds[3])
    )
    return Layout(bounds, terrain, buildings, outlines, trees[inside], draft.hedge_array())


def _terrain(options: Demo, bounds: Bounds) -> Terrain:
    rng = np.random.default_rng([options.seed, 1])
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    streets = Streets(
        (bounds[0] + bounds[2]) / 2,
        (bounds[1] + bounds[3]) / 2,
        options.bearing_deg,
        options.bend_m,
        float(rng.uniform(0.0, 2.0 * math.pi)),
        options.street_pitch_m,
        options.block_length_m,
    )
    # a terril no larger than a third of the quarter: 0.2 x side is the height of that cone
    top = min(options.terril_height_m, 0.17 * min(width, height))
    terril = None
    if top > 5.0:
        terril = Terril(bounds[0] + 0.05 * width, bounds[1] + 0.05 * height, top)
    angle = float(rng.uniform(0.0, 2.0 * math.pi))
    gradient = (0.008 * math.cos(angle), 0.008 * math.sin(angle))
    origin = (streets.x, streets.y)
    return Terrain(streets, origin, options.altitude_m, gradient, rolling_waves(rng), terril)


def _blocks(bounds: Bounds, terrain: Terrain) -> list[Block]:
    """Blocks that touch the quarter, each with its kind."""
    streets = terrain.streets
    reach = math.hypot(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 2 + 20.0
    columns = math.ceil(reach / streets.block)
    rows = math.ceil(reach / streets.pitch)
    places = []
    for row in range(-rows, rows):
        for column in range(-columns, columns):
            x, y = streets.world((column + 0.5) * streets.block, (row + 0.5) * streets.pitch)
            share_x = (float(x) - bounds[0]) / (bounds[2] - bounds[0])
            share_y = (float(y) - bounds[1]) / (bounds[3] - bounds[1])
            places.append((column, row, share_x, share_y))
    kinds = _kinds(places, terrain, bounds)
    blocks = []
    for number, (column, row, _, _) in enumerate(places):
        s0, t0 = column * streets.block, row * streets.pitch
        blocks.append(
            Block(
                number,
                column,
                row,
                kinds[number],
                s0 + STREET_RESERVE_M,
                t0 + STREET_RESERVE_M,
                s0 + streets.block - STREET_RESERVE_M,
                t0 + streets.pitch - STREET_RESERVE_M,
            )
        )
    return blocks


def _kinds(
    places: list[tuple[int, int, float, float]], terrain: Terrain, bounds: Bounds
) -> list[str]:
    """Kind of each block: special ones nearest to where they belong, twin houses elsewhere."""
    kinds = ["twins"] * len(places)
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    free = {
        i: (x, y) for i, (_, _, x, y) in enumerate(places) if -0.02 < x < 1.02 and -0.02 < y < 1.02
    }
    if terrain.terril is not None:
        tx = (terrain.terril.x - bounds[0]) / width
        ty = (terrain.terril.y - bounds[1]) / height
        for i, (_, _, x, y) in enumerate(places):
            away = math.hypot((x - tx) * width, (y - ty) * height)
            if away < terrain.terril.radius + 18.0:
                kinds[i] = "wood"
                free.pop(i, None)
    total = len(free)
    large = max(round(total / 34.0), 1)
    wanted = [("coron", 0.72, 0.74)] * (total >= 2)
    wanted += [("school", 0.66, 0.45)] * (total >= 3)
    wanted += [("warehouse", 0.78, 0.12)] * (total >= 4)
    wanted += [("place", 0.45, 0.55)] * (total >= 6)
    wanted += [("villas", 0.12, 0.9)] * round(total * 0.07)
    wanted += [("coron", 0.72, 0.74)] * max(round(total * 0.13) - 1, 0)
    for extra in range(1, large):
        share = extra / large
        wanted += [("school", share, 1.0 - share), ("warehouse", 1.0 - share, 0.1 * share)]
        wanted += [("place", share, 0.5)]
    for kind, x, y in wanted:
        nearest = min(free, key=lambda i: (free[i][0] - x) ** 2 + (free[i][1] - y) ** 2)
        kinds[nearest] = kind
        free.pop(nearest)
    return kinds


def kept(
    buildings: list[Building], bounds: Bounds, terril: Terril | None
) -> tuple[tuple[Building, ...], tuple[shapely.Geometry, ...]]:
    """Keep buildings wholly inside, off the terril, and over no building drawn before them.

    Also gives their outlines, relative to the south-west corner.
    """
    x_min, y_min, x_max, y_max = bounds
    inside = []
    for building in buildings:
        x0, y0, x1, y1 = building.bounds
        if x0 < x_min + INSIDE_M or y0 < y_min + INSIDE_M:
            continue
        if x1 > x_max - INSIDE_M or y1 > y_max - INSIDE_M:
            continue
        if (
            terril is not None
            and math.hypot((x0 + x1) / 2 - terril.x, (y0 + y1) / 2 - terril.y)
            < terril.radius + 12.0
        ):
            continue
        inside.append(building)
    outlines = [
        to_world(footprint(building.shape), building.site, (x_min, y_min)) for building in inside
    ]
    refused: set[int] = set()
    if inside:
        first, second = shapely.STRtree(outlines).query(outlines, predicate="intersects")
        pairs = sorted((int(i), int(j)) for i, j in zip(first, second, strict=True) if i < j)
        for i, j in pairs:
            if i in refused or j in refused:
                continue
            if shapely.intersection(outlines[i], outlines[j]).area > OVERLAP_M2:
                refused.add(j)
    rest = [i for i in range(len(inside)) if i not in refused]
    return tuple(inside[i] for i in rest), tuple(outlines[i] for i in rest)
