"""Neighbouring roofs in plan: nothing twice, nothing beyond reach of the eaves.

Truth: plain geometry (bisectors, brute force over points) and exact terraces (towns.py).
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from shapely import affinity

from cadastre.kernels.nearest_cells import nearer_cells
from cadastre.parameters import Roofs
from cadastre.roofs.ground_shares import own_ground
from cadastre.roofs.planes import planes_from_surface
from cadastre.roofs.registration import Pairs
from tests.roofs import towns
from tests.roofs.towns import X0, Y0

P = Roofs()


def both(roofs, footprints, shift=(0.0, 0.0)):
    """Cut two roofs by each other, each computed alone as its own tile would."""
    shapes = np.array(footprints, object)
    move = np.array([shift])
    cut = []
    for k in (0, 1):
        pair = Pairs(np.array([1 - k]), move, move)
        whole = np.array([roofs[k]], object)
        cut.append(own_ground(whole, np.array([k]), shapes, np.array([0]), pair)[0])
    return cut


def overlap(planes):
    """Area that planes of different buildings share, m²."""
    shapes, names = planes.geometry.to_numpy(), planes["building_id"].to_numpy()
    i, j = shapely.STRtree(shapes).query(shapes, "intersects")
    apart = (i < j) & (names[i] != names[j])
    return shapely.area(shapely.intersection(shapes[i[apart]], shapes[j[apart]])).sum()


def test_cells_against_brute_force():
    random = np.random.default_rng(2)
    mine, theirs = random.uniform(0, 10, (2, 15, 2))
    corners, start = nearer_cells(mine, theirs, 30.0)
    cells = [shapely.Polygon(corners[a:b]) for a, b in itertools.pairwise(start) if b > a]
    ground = shapely.union_all(cells)
    asked = random.uniform(-5, 15, (4000, 2))
    to_mine = np.hypot(*(asked[:, None] - mine).transpose(2, 0, 1)).min(axis=1)
    to_theirs = np.hypot(*(asked[:, None] - theirs).transpose(2, 0, 1)).min(axis=1)
    clear = np.abs(to_mine - to_theirs) > 1e-6
    inside = shapely.contains_xy(ground, asked)
    assert (inside == (to_mine < to_theirs))[clear].all()


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.31, -0.17)])
def test_a_lane_is_shared_in_the_middle(shift):
    """Eaves of 0.6 m over a lane of 0.8 m: each roof ends at 0.4 m."""
    houses = [shapely.box(0, 0, 10, 8), shapely.box(10.8, 0, 20, 8)]
    roofs = [affinity.translate(house.buffer(0.6, join_style="mitre"), *shift) for house in houses]
    left, right = both(roofs, houses, shift)
    middle = 10.4 + shift[0]
    assert left.bounds[2] == pytest.approx(middle, abs=0.01)
    assert right.bounds[0] == pytest.approx(middle, abs=0.01)
    assert left.area == pytest.approx(roofs[0].area - 0.2 * 9.2, abs=0.05)
    assert left.intersection(right).area < 1e-9


def test_an_inner_corner_is_cut_on_the_diagonal():
    """Two houses in an L: the eaves meet on the bisector of the corner, within the 0.25 m step."""
    houses = [shapely.box(0, 0, 10, 6), shapely.box(10, 0, 16, 12)]
    roofs = [house.buffer(0.5, join_style="mitre") for house in houses]
    first, second = both(roofs, houses)
    assert first.intersection(second).area < 1e-9
    corner = shapely.box(9.5, 6.0, 10.0, 6.5)
    assert first.intersection(corner).area == pytest.approx(0.125, abs=0.03)
    assert second.intersection(corner).area == pytest.approx(0.125, abs=0.03)
    assert first.intersection(houses[1]).area < 1e-9


def test_a_small_house_on_a_large_footprint_keeps_its_ground():
    hall, shed = shapely.box(0, 0, 40, 20), shapely.box(10, 5, 16, 9)
    whole, inner = both([hall, shed], [hall, shed])
    assert inner.area == pytest.approx(24.0)
    assert whole.area == pytest.approx(800.0 - 24.0)
    twin, other = both([hall, hall], [hall, hall])
    assert sorted([twin.area, other.area]) == [0.0, 800.0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_stepped_terrace_on_loose_footprints(seed):
    """Houses side by side, each drawn up to 0.3 m aside, stepped by 1.5 m, eaves of 0.4 m.

    Planes of different houses do not overlap, and miss little of the true roofs: a gap of 0.1 m
    at each wall would be 1 % of a house 7 m wide.
    """
    random = np.random.default_rng(seed)
    houses, drawn = {}, {}
    for k in range(5):
        at = (X0 + 7.0 * k, Y0 + 1.5 * (k % 2))
        houses[f"h{k}"] = towns.gable(7.0, 9.8, 5.0, 42.0, 0.0, at)
        wall = shapely.box(at[0], at[1] + 0.4, at[0] + 7.0, at[1] + 9.4)
        drawn[f"h{k}"] = affinity.translate(wall, *random.uniform(-0.3, 0.3, 2))
    facets = [f for house in houses.values() for f in house]
    surface = towns.draw(facets, towns.around(facets), noise=0.04, seed=seed)
    table = towns.footprints(**drawn)
    planes = planes_from_surface(surface, table, table, P).planes
    assert overlap(planes) < 0.02
    truth = towns.outline(facets)
    found = shapely.union_all(planes.geometry.to_numpy())
    assert truth.difference(found).area < 0.03 * truth.area
    assert found.difference(truth).area < 0.03 * truth.area


def test_eaves_are_capped():
    """A roof reaching 1.3 m beyond its walls on every side is cut at ``overhang_max_m``."""
    roof = towns.flat(14.0, 12.0, 6.0)
    walls = roof.outline.buffer(-1.3, join_style="mitre")
    table = towns.footprints(a=walls)
    surface = towns.draw([roof], towns.around([roof]))
    found = planes_from_surface(surface, table, table, P).planes
    out = shapely.union_all(found.geometry.to_numpy()).difference(
        walls.buffer(P.overhang_max_m + 0.02, join_style="mitre")
    )
    assert out.area < 0.01
    assert found.geometry.area.sum() > walls.area
