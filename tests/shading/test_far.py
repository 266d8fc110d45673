"""The far relief: heights against closed forms, curvature, windows, holes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cadastre import parameters
from cadastre.shading.far import FarRelief, far_horizon
from cadastre.shading.relief import EARTH_DROP
from tests.shading.support import grid_of

HORIZON = parameters.Horizon(far_roof_height_m=0.0, far_reach_m=20_000.0)
SIZE, CELL = 400, 50.0
X, Y = 680_000.0, 7_045_000.0  # north-west corner of 20 km x 20 km


def relief_of(heights: np.ndarray) -> FarRelief:
    return FarRelief(heights.astype(np.float32), grid_of(*heights.shape, CELL, X, Y))


def middle_bounds() -> tuple[float, float, float, float]:
    x, y = X + 10_000.0, Y - 10_000.0
    return x - 200.0, y - 200.0, x + 200.0, y + 200.0


def test_a_distant_ridge_stands_at_its_angle():
    """A ridge 250 m high, 6 km to the east, running north to south: h = atan(dz / d)."""
    heights = np.zeros((SIZE, SIZE))
    heights[:, 320] = 250.0
    found = far_horizon(relief_of(heights), middle_bounds(), HORIZON, 0.0)
    row, col = 1, 1
    distance = X + 320 * CELL - (found.x_first + col * found.step)
    expected = math.degrees(math.atan((250.0 - EARTH_DROP * distance**2) / distance))
    assert found.elevation[row, col, 18] == pytest.approx(expected, rel=0.02)
    assert (found.elevation[row, col, 37:72] == 0.0).all()
    assert found.elevation.shape[2] == HORIZON.sector_count


def test_what_stands_within_the_near_reach_is_left_to_the_surface_model():
    heights = np.zeros((SIZE, SIZE))
    heights[195:206, 195:206] = 60.0
    heights[199:202, 199:202] = 0.0  # a hollow within a hill: all within 500 m
    bounds = (X + 10_000.0, Y - 10_000.0, X + 10_001.0, Y - 9_999.0)
    found = far_horizon(relief_of(heights), bounds, HORIZON, 0.0)
    node = round((X + 10_000.0 - found.x_first) / found.step)
    line = round((Y - 10_000.0 - found.y_first) / found.step)
    assert found.elevation[line, node].max() == 0.0


def test_curvature_hides_low_hills_beyond_the_horizon():
    heights = np.zeros((SIZE, SIZE))
    heights[:, 399] = 5.0  # drop at 10 km: 6.8 m
    found = far_horizon(relief_of(heights), middle_bounds(), HORIZON, 0.0)
    assert found.elevation.max() == 0.0


def test_convergence_turns_the_sectors():
    heights = np.zeros((SIZE, SIZE))
    heights[:, 320:] = 250.0
    straight = far_horizon(relief_of(heights), middle_bounds(), HORIZON, 0.0)
    turned = far_horizon(relief_of(heights), middle_bounds(), HORIZON, 5.0)
    np.testing.assert_allclose(np.roll(straight.elevation, 1, axis=2), turned.elevation, atol=1e-4)


def test_holes_hide_nothing_and_ask_nothing():
    heights = np.full((SIZE, SIZE), np.nan)
    found = far_horizon(relief_of(heights), middle_bounds(), HORIZON, 0.0)
    assert (found.elevation == 0.0).all()


def test_nodes_do_not_depend_on_the_bounds_asked_for():
    rng = np.random.default_rng(0)
    relief = relief_of(np.cumsum(rng.normal(0, 8, (SIZE, SIZE)), axis=1))
    x, y, step = X + 10_000.0, Y - 10_000.0, HORIZON.far_step_m
    small = far_horizon(relief, (x, y, x + 10.0, y + 10.0), HORIZON, 0.0)
    large = far_horizon(relief, (x - 900.0, y - 700.0, x + 800.0, y + 600.0), HORIZON, 0.0)
    row = round((small.y_first - large.y_first) / step)
    col = round((small.x_first - large.x_first) / step)
    rows, cols = small.elevation.shape[:2]
    np.testing.assert_array_equal(
        small.elevation, large.elevation[row : row + rows, col : col + cols]
    )
    assert small.elevation.max() > 0.0
