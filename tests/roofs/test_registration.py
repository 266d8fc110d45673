"""Shifts of footprints: joining evidence, neighbours, and windows on an absolute lattice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from cadastre.exchange import Surface
from cadastre.grid import Grid
from cadastre.parameters import Roofs
from cadastre.roofs.registration import ShiftEvidence, combined_shift, no_evidence
from cadastre.roofs.windows import cut_window, neighbours_within, rings_from_geometries

P = Roofs()


def evidence(shift, information):
    matrix = np.diag(np.asarray(information, float))
    return ShiftEvidence(matrix, matrix @ np.asarray(shift, float))


def test_joined_shift_is_the_product_of_gaussians():
    """Precision-weighted mean of independent estimates, widened by the spread of neighbours."""
    own = evidence((0.4, 0.0), (50.0, 0.0))  # knows nothing of north
    other = evidence((0.1, -0.3), (80.0, 60.0))
    found = combined_shift(own, [(other, True)], P)
    s2, prior = P.register_touching_m**2, P.register_prior_m**-2
    east = 1.0 / (1.0 / 80.0 + s2)
    north = 1.0 / (1.0 / 60.0 + s2)
    assert found[0] == pytest.approx((50 * 0.4 + east * 0.1) / (50 + east + prior))
    assert found[1] == pytest.approx(north * -0.3 / (north + prior))
    apart = combined_shift(own, [(other, False)], P)
    assert abs(apart[1]) < abs(found[1])
    assert combined_shift(no_evidence(), [], P) == (0.0, 0.0)


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
