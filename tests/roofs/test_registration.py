"""Shifts of footprints: joining evidence, neighbours, and windows on an absolute lattice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from cadastre.exchange import Surface
from cadastre.grid import Grid
from cadastre.kernels import shifts
from cadastre.parameters import Roofs
from cadastre.roofs.registration import Surroundings, joined_shifts, touching_pairs
from cadastre.roofs.windows import cut_window, neighbours_within, rings_from_geometries

P = Roofs()


def evidence(shift, information):
    """Two axes known apart: I_ee, 0, I_nn and I times the shift."""
    return [information[0], 0.0, information[1], *(np.multiply(information, shift))]


def joined(rows, spreads):
    """Shift of one group, all rows of evidence with their spreads."""
    table = np.array(rows)
    return shifts.joined_shifts(
        table, np.array([0, len(table)]), np.arange(len(table)), np.array(spreads),
        P.register_prior_m, P.register_reach_m,
    )[0]  # fmt: skip


def test_joined_shift_is_the_product_of_gaussians():
    """Precision-weighted mean of independent estimates, widened by the spread of neighbours."""
    own = evidence((0.4, 0.0), (50.0, 0.0))  # knows nothing of north
    other = evidence((0.1, -0.3), (80.0, 60.0))
    found = joined([own, other], [0.0, P.register_touching_m])
    s2, prior = P.register_touching_m**2, P.register_prior_m**-2
    east = 1.0 / (1.0 / 80.0 + s2)
    north = 1.0 / (1.0 / 60.0 + s2)
    assert found[0] == pytest.approx((50 * 0.4 + east * 0.1) / (50 + east + prior))
    assert found[1] == pytest.approx(north * -0.3 / (north + prior))
    apart = joined([own, other], [0.0, P.register_apart_m])
    assert abs(apart[1]) < abs(found[1])
    assert joined([np.zeros(5)], [0.0]).tolist() == [0.0, 0.0]


def test_evidence_is_the_least_squares_of_edge_offsets():
    """Offsets of a square moved by (0.3, -0.2) with 0.4 m of eaves; numpy solves the same."""
    x, y = np.array([0.0, 8.0, 8.0, 0.0, 0.0]), np.array([0.0, 0.0, 8.0, 8.0, 0.0])
    normals = np.array([[0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    offsets = normals @ [0.3, -0.2] + 0.4
    crossings = np.column_stack((np.append(offsets, np.nan), np.full(5, 0.05)))
    found = shifts.edge_evidence(crossings, x, y, 0.4, 0.2, 0.5, 5)
    variance = 0.05**2 + 0.2**2
    design = np.column_stack((normals, np.ones(4)))
    whole = design.T @ design / variance + np.diag([0.0, 0.0, 0.2**-2])
    right = design.T @ offsets / variance + np.array([0.0, 0.0, 0.4 / 0.2**2])
    schur = whole[:2, :2] - np.outer(whole[:2, 2], whole[2, :2]) / whole[2, 2]
    vector = right[:2] - whole[:2, 2] * right[2] / whole[2, 2]
    assert found == pytest.approx([schur[0, 0], schur[0, 1], schur[1, 1], *vector])
    assert np.linalg.solve(schur, vector) == pytest.approx([0.3, -0.2], abs=1e-9)
    assert shifts.edge_evidence(crossings[4:], x[4:], y[4:], 0.4, 0.2, 0.5, 5).tolist() == [0] * 5


def test_a_pair_has_the_same_shifts_from_either_side():
    """Random evidence, each asked on its own with what it hears: the bytes agree."""
    random = np.random.default_rng(5)
    count = 12
    middle = random.uniform(0, 60, (count, 2))
    boxes = np.hstack((middle - 5, middle + 5))
    grown = boxes + np.array([-5, -5, 5, 5])
    reach = boxes + np.array([-30, -30, 30, 30])
    table = np.column_stack(
        (random.uniform(5, 50, count), np.zeros(count), random.uniform(5, 50, count),
         random.normal(0, 10, (count, 2)))
    )  # fmt: skip
    hears = (grown[None, :, :2] >= reach[:, None, :2]).all(axis=2) & (
        grown[None, :, 2:] <= reach[:, None, 2:]
    ).all(axis=2)
    touching = (np.array([0, 1, 2, 3]), np.array([1, 0, 3, 2]))
    unfit = np.array([False, False, True, True])
    everyone = np.arange(count)

    def pairs(rows):
        place = Surroundings(
            [np.flatnonzero(hears[row]) for row in rows], [everyone for _ in rows], reach, grown,
            touching, unfit,
        )  # fmt: skip
        return joined_shifts(table, np.array(rows), place, P)

    whole = pairs(list(everyone))
    for row in everyone:
        alone = pairs([row]).pairs_of(0)
        for k, other in enumerate(alone.other):
            back = whole.pairs_of(int(other))
            at = int(np.flatnonzero(back.other == row)[0])
            assert back.mine[at].tolist() == alone.theirs[k].tolist()
            assert back.theirs[at].tolist() == alone.mine[k].tolist()
    fitting, loose = whole.pairs_of(0), whole.pairs_of(2)
    assert fitting.mine[0].tolist() == fitting.theirs[0].tolist()
    assert loose.mine[2].tolist() != loose.theirs[2].tolist()


def test_which_touching_footprints_fit():
    """Exact wall, wall 0.1 m short, overlap of 0.2 m, a neighbour across a lane."""
    shapes = shapely.box(
        np.array([0.0, 10.0, 20.1, 29.9, 45.0]), 0, np.array([10.0, 20.0, 30.1, 40.0, 50.0]), 8
    )
    (first, second), unfit = touching_pairs(shapes, np.arange(5), P)
    found = {(int(a), int(b)): bool(u) for a, b, u in zip(first, second, unfit, strict=True)}
    assert found == {
        (0, 1): False, (1, 0): False, (1, 2): True, (2, 1): True, (2, 3): True, (3, 2): True,
    }  # fmt: skip


def test_windows_do_not_depend_on_the_cut_of_the_surface():
    grid = Grid("EPSG:2154", 685000.3, 7037100.1, 0.2, 500, 600)
    z = np.arange(500 * 600, dtype=np.float32).reshape(500, 600) % 977
    whole = Surface(grid, z, z - 5)
    bounds = np.array([685040.0, 7037030.0, 685052.0, 7037041.0])
    first = cut_window(whole, bounds, 5.0)
    rows, cols = grid.window((685030.0, 7037020.0, 685062.0, 7037052.0))
    second = cut_window(
        Surface(grid.sub(rows, cols), z[rows, cols], z[rows, cols] - 5), bounds, 5.0
    )
    assert (first.x0, first.y0, first.z0) == (second.x0, second.y0, second.z0)
    assert (first.z == second.z).all()
    row, col = grid.row_col(first.x0 + 0.1, first.y0 - 0.1)
    assert first.z[0, 0] + first.z0 == z[row, col]
    outside = cut_window(whole, bounds + 1e4, 5.0)
    assert np.isnan(outside.z).all()


def test_rings_are_oriented_and_flat():
    hole = shapely.Polygon([(0, 0), (0, 9), (9, 9), (9, 0)], [[(3, 3), (6, 3), (6, 6), (3, 6)]])
    rings = rings_from_geometries(np.array([shapely.Point(0, 0), hole, shapely.Polygon(), None]))
    assert [len(rings.of(k)[0]) for k in range(4)] == [0, 10, 0, 0]
    x, y, starts = rings.of(1)
    areas = [
        0.5 * np.sum(x[a : b - 1] * y[a + 1 : b] - x[a + 1 : b] * y[a : b - 1])
        for a, b in itertools.pairwise(starts)
    ]
    assert areas == [81.0, -9.0]


def test_neighbours_by_bounds():
    boxes = shapely.box(np.array([0, 12, 40]), 0, np.array([10, 20, 50]), 5)
    near = neighbours_within(boxes, np.array([0, 2]), boxes, 2.5)
    assert [n.tolist() for n in near] == [[0, 1], [2]]
