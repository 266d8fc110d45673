"""Filling a block: rows of houses with their gardens, the place, the school, the warehouse."""

from __future__ import annotations

import numpy as np

from cadastre.demo import houses, landmarks
from cadastre.demo.buildings import Site
from cadastre.demo.draft import Block, Draft


def fill_block(
    draft: Draft, block: Block, rng: np.random.Generator, split_share: float, over_share: float
) -> None:
    """Draw what a block of its kind holds.

    ``split_share`` of the twin houses get one footprint a dwelling; ``over_share`` of the houses
    stand under a tree.
    """
    if block.kind == "twins":
        twins(draft, block, rng, split_share, over_share)
    elif block.kind == "coron":
        corons(draft, block, rng, over_share)
    elif block.kind == "villas":
        villas(draft, block, rng, over_share)
    elif block.kind == "school":
        school(draft, block, rng)
    elif block.kind == "warehouse":
        warehouse(draft, block, rng)
    elif block.kind == "place":
        place(draft, block, rng)
    elif block.kind == "wood":
        wood(draft, block, rng)


def twins(
    draft: Draft, block: Block, rng: np.random.Generator, split_share: float, over_share: float
) -> None:
    """Two rows of twin houses back to back, gardens between them."""
    style = houses.twin_style(rng)
    width = block.s1 - block.s0
    for side in (1, -1):
        count = int(width // (2 * style.dwelling_width + float(rng.uniform(8.0, 12.0))))
        setback = float(rng.uniform(3.2, 5.0))
        for i in range(count):
            lot = width / count
            s = block.s0 + (i + 0.5) * lot + float(rng.normal(0.0, 0.25))
            site = draft.front(block, s, setback, side)
            for shape in houses.twin_house(style, rng, bool(rng.random() < split_share)):
                draft.add(shape, site)
            _garden(draft, site, rng, lot, block.depth - setback, style)
            if rng.random() < over_share:
                _tree_over(draft, site, rng, style)


def _garden(
    draft: Draft,
    site: Site,
    rng: np.random.Generator,
    lot: float,
    end: float,
    style: houses.Style,
) -> None:
    """Hedges on the limits of a lot, a shed or two at the end, fruit trees."""
    height = float(rng.uniform(0.8, 1.7))
    back = style.depth + style.leanto_depth + 0.6
    _gappy_hedge(draft, site, rng, ((lot / 2, 0.5), (lot / 2, end)), height)
    _gappy_hedge(draft, site, rng, ((0.0, back), (0.0, end)), 0.7 * height)
    _gappy_hedge(draft, site, rng, ((-lot / 2, end), (lot / 2, end)), height)
    for u in (-lot / 4, lot / 4):
        if rng.random() < 0.13:
            shed = Site(
                *site.world((u + float(rng.uniform(-1.0, 1.0)), end - 4.6)),
                site.bearing + float(rng.normal(0.0, 2.0)),
                site.ground,
                site.street,
                site.side,
                site.block,
            )
            draft.add(houses.garden_shed(rng), shed)
        draft.grove(
            rng, site, 0.8, (u - 2.5, back + 1.0, u + 2.5, end - 6.0), (1.2, 2.6), (2.8, 6.0)
        )


def _gappy_hedge(
    draft: Draft,
    site: Site,
    rng: np.random.Generator,
    line: tuple[tuple[float, float], tuple[float, float]],
    height: float,
) -> None:
    """Hedge in pieces of some five metres, a third of them missing, no two alike."""
    (u0, v0), (u1, v1) = line
    pieces = max(int(np.hypot(u1 - u0, v1 - v0) / 5.0), 1)
    for i in range(pieces):
        width, share = float(rng.uniform(0.5, 1.1)), float(rng.uniform(0.75, 1.15))
        if rng.random() < 0.35:
            continue
        low, high = i / pieces, (i + 1) / pieces
        start = (u0 + low * (u1 - u0), v0 + low * (v1 - v0))
        end = (u0 + high * (u1 - u0), v0 + high * (v1 - v0))
        draft.hedge(site, start, end, width, share * height)


def _tree_over(draft: Draft, site: Site, rng: np.random.Generator, style: houses.Style) -> None:
    side = 1.0 if rng.random() < 0.5 else -1.0
    draft.tree(
        site,
        side * (style.dwelling_width + 1.0),
        style.depth * float(rng.uniform(0.4, 1)),
        float(rng.uniform(2.8, 3.8)),
        float(rng.uniform(10.0, 13.5)),
    )


def corons(draft: Draft, block: Block, rng: np.random.Generator, over_share: float) -> None:
    """Two rows of terraces, a passage every eight dwellings or so, narrow gardens."""
    style = houses.coron_style(rng)
    per_row = int(rng.integers(7, 10))
    for side in (1, -1):
        setback = float(rng.uniform(1.0, 2.6))
        s, left = block.s0 + 1.0, block.s1 - 1.0
        while left - s > 3.0 * style.dwelling_width:
            count = min(per_row, int((left - s) // style.dwelling_width))
            length = count * style.dwelling_width
            centre = draft.front(block, s + length / 2, setback, side)
            x, y = centre.world((-length / 2, 0.0))
            site = Site(x, y, centre.bearing, centre.ground, centre.street, side, block.number)
            for shape in houses.coron_row(style, rng, count):
                draft.add(shape, site)
            _narrow_gardens(draft, site, rng, count, block.depth - setback, style)
            if rng.random() < over_share * count:
                draft.tree(site, length * float(rng.random()), style.depth + 2.0, 3.0, 10.5)
            s += length + 3.2


def _narrow_gardens(
    draft: Draft,
    site: Site,
    rng: np.random.Generator,
    count: int,
    end: float,
    style: houses.Style,
) -> None:
    back = style.depth + style.leanto_depth + 0.5
    for i in range(0, count + 1, 2):
        u = i * style.dwelling_width
        _gappy_hedge(draft, site, rng, ((u, back), (u, end)), float(rng.uniform(0.8, 1.5)))
        if i < count and rng.random() < 0.2:
            x, y = site.world((u + style.dwelling_width, end - 4.2))
            shed = Site(x, y, site.bearing, site.ground, site.street, site.side, site.block)
            draft.add(houses.garden_shed(rng), shed)
        draft.grove(
            rng,
            site,
            0.5,
            (u + 1.5, back + 1.0, u + 2 * style.dwelling_width - 1.5, end - 5.5),
            (1.1, 2.1),
            (2.5, 5.0),
        )
    _gappy_hedge(draft, site, rng, ((0.0, end), (count * style.dwelling_width, end)), 1.3)


def villas(draft: Draft, block: Block, rng: np.random.Generator, over_share: float) -> None:
    """Houses of engineers in large planted gardens, a garage beside."""
    count = max(int((block.s1 - block.s0) // 31.0), 1)
    lot = (block.s1 - block.s0) / count
    for side in (1, -1):
        for i in range(count):
            s = block.s0 + (i + 0.5) * lot + float(rng.uniform(-2.0, 2.0))
            site = draft.front(block, s, float(rng.uniform(7.0, 9.0)), side)
            draft.add(houses.villa(rng), site)
            if rng.random() < 0.7:
                x, y = site.world((lot / 2 - 3.6, 8.0))
                garage = Site(x, y, site.bearing, site.ground, site.street, side, block.number)
                for shape in houses.garages(1):
                    draft.add(shape, garage)
            end = block.depth - 8.0
            draft.hedge(site, (-lot / 2, -6.0), (-lot / 2, end), 1.3, 2.1)
            draft.hedge(site, (-lot / 2, end), (lot / 2, end), 1.3, 2.1)
            draft.grove(
                rng,
                site,
                3.5,
                (-lot / 2 + 2, 15.5, lot / 2 - 2, end + 2.0),
                (2.2, 4.2),
                (6.0, 13.0),
            )
            draft.grove(
                rng, site, 1.2, (-lot / 2 + 2, -6.5, -lot / 2 + 5, 2.0), (1.6, 2.6), (5.0, 8.0)
            )
            if rng.random() < 2.0 * over_share:
                draft.tree(site, -lot * 0.3, 11.0, 4.2, 14.0)


def school(draft: Draft, block: Block, rng: np.random.Generator) -> None:
    """Class rooms on the street, workshops with saw-tooth roofs, a yard with limes."""
    span = block.s1 - block.s0
    length = min(36.0, span * 0.42)
    west = block.s0 + length / 2 + 4.0
    site = draft.site(block, west, block.t0 + 5.0)
    draft.add(landmarks.school_house(length, 10.5), site)
    canopy = draft.site(block, west, block.t1 - 9.5, side=1)
    draft.add(landmarks.covered_yard(length * 0.7, 6.0), canopy)
    teeth = min(5, int((block.t1 - block.t0 - 14.0) // 6.0))
    if teeth > 0:
        workshop = draft.site(block, block.s1 - span * 0.23, block.t0 + 8.0)
        draft.add(landmarks.saw_tooth(min(27.0, span * 0.34), teeth, 6.0, 27.0, 60.0), workshop)
    for i in range(4):
        for j in range(2):
            draft.tree(
                site,
                -length * 0.4 + i * length * 0.27,
                19.0 + 9.0 * j,
                float(rng.uniform(2.1, 2.7)),
                float(rng.uniform(6.5, 8.0)),
            )
    draft.hedge(
        site, (-length / 2 - 2.0, 12.0), (-length / 2 - 2.0, block.t1 - block.t0 - 6.0), 0.5, 2.0
    )


def warehouse(draft: Draft, block: Block, rng: np.random.Generator) -> None:
    """Return a warehouse behind its parapet, a row of garages along the other street."""
    s, _ = block.middle
    width = min(58.0, (block.s1 - block.s0) - 20.0)
    site = draft.site(block, s - 6.0, block.t0 + 9.0)
    draft.add(landmarks.warehouse(width, 30.0, rng), site)
    count = int(min(9.0, (block.s1 - block.s0 - 12.0) // 3.0))
    row = draft.front(block, s + 20.0, 3.0, -1)
    for shape in houses.garages(count):
        draft.add(shape, row)
    draft.grove(
        rng, site, 6.0, (width / 2 + 4.0, 0.0, width / 2 + 14.0, 40.0), (1.6, 2.8), (5.0, 9.0)
    )


def place(draft: Draft, block: Block, rng: np.random.Generator) -> None:
    """Plant the square: a church at one end, double rows of limes around."""
    s, t = block.middle
    site = draft.site(block, block.s1 - 26.0, t)
    draft.add(landmarks.church(28.0, 11.0), site)
    centre = draft.site(block, s, t)
    half_s, half_t = (block.s1 - block.s0) / 2 - 4.0, (block.t1 - block.t0) / 2 - 4.0
    for row in (0.0, 7.5):
        for u in np.arange(-half_s, half_s - 46.0, 8.0):
            for v in (-half_t + row, half_t - row):
                draft.tree(
                    centre,
                    float(u),
                    float(v),
                    float(rng.uniform(2.2, 2.9)),
                    float(rng.uniform(7.0, 8.5)),
                )


def wood(draft: Draft, block: Block, rng: np.random.Generator) -> None:
    """Birches around and on the foot of the terril."""
    s, t = block.middle
    site = draft.site(block, s, t)
    half_s, half_t = (block.s1 - block.s0) / 2, (block.t1 - block.t0) / 2
    first = len(draft.trees)
    draft.grove(
        rng,
        site,
        half_s * half_t / 22.0,
        (-half_s, -half_t, half_s, half_t),
        (1.3, 2.8),
        (5.0, 12.0),
    )
    terril = draft.terrain.terril
    if terril is not None:
        draft.trees[first:] = [
            tree
            for tree in draft.trees[first:]
            if float(terril.rise(tree[0], tree[1])) < 0.4 * terril.height
        ]
