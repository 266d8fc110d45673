"""Skylines of samples: convergence, trees, openness of the surroundings, far relief, windows."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from cadastre import parameters
from cadastre.exchange import FarHorizon, Surface
from cadastre.shading.horizon import horizons, window_margin_m
from tests.shading.support import X0, Y0, cut, grid_of, samples_at, surface_of, town

HORIZON = parameters.Horizon(reach_m=60.0)


def open_ground(rows: int = 200, cols: int = 200) -> np.ndarray:
    return np.zeros((rows, cols), np.float32)


def middle_of(surface: Surface) -> tuple[float, float]:
    x, y = surface.grid.xy(surface.grid.rows // 2, surface.grid.cols // 2)
    return float(x), float(y)


def test_an_open_plain_has_no_skyline_and_an_open_sky():
    surface = surface_of(open_ground())
    samples, planes = samples_at(*middle_of(surface), 8.0)
    found = horizons(surface, samples, planes, None, HORIZON, 0.0)
    assert found.elevation.shape == (1, 72)
    assert (found.elevation == 0.0).all()
    assert found.sky_openness[0] == 1.0
    assert found.near_elevation is None
    assert found.opaque_elevation is None


def test_sectors_are_counted_from_true_north():
    """Grid north 10° east of true north: what stands in grid north has true azimuth 10°."""
    heights = open_ground()
    heights[20:40, 98:103] = 10.0  # due grid north of the middle
    surface = surface_of(heights)
    samples, planes = samples_at(*middle_of(surface), 0.0)
    straight = horizons(surface, samples, planes, None, HORIZON, 0.0).elevation[0]
    turned = horizons(surface, samples, planes, None, HORIZON, 10.0).elevation[0]
    assert straight.argmax() == 0
    assert turned.argmax() == 2
    np.testing.assert_allclose(np.roll(straight, 2), turned, atol=1e-4)


def test_trees_hide_unless_they_are_said_to_let_light_through():
    heights = open_ground()
    heights[98:103, 120:124] = 10.0  # a tree to the east
    heights[98:103, 70:74] = 5.0  # a house to the west
    vegetation = np.zeros(heights.shape, bool)
    vegetation[98:103, 120:124] = True
    surface = dataclasses.replace(surface_of(heights), vegetation=vegetation)
    samples, planes = samples_at(*middle_of(surface), 0.0)
    found = horizons(surface, samples, planes, None, HORIZON, 0.0)
    assert found.elevation[0, 18] > 30.0
    assert found.opaque_elevation[0, 18] == 0.0
    assert found.opaque_elevation[0, 54] == found.elevation[0, 54] > 10.0


def test_the_openness_of_a_street_is_less_than_that_of_a_field():
    """Nodes in the middle of endless streets see cos b of the sky; on roofs they see all of it.

    Streets 8 m wide and rows of houses 8 m wide, 6 m high, running north to south; nodes every
    8 m fall on the axis of the streets. Floor of a canyon: cos b, tan b = 6 / 4.
    """
    heights = open_ground(600, 600)
    x0 = X0 + 4.0  # nodes stand at multiples of 8 m: 685 000 is one
    columns = x0 + (np.arange(600) + 0.5) * 0.5
    street = (np.mod(columns, 16.0) < 4.0) | (np.mod(columns, 16.0) >= 12.0)
    heights[:, ~street] = 6.0
    surface = surface_of(heights, x=x0)
    samples, planes = samples_at(X0 + 160.0, Y0 - 152.0, 0.0)
    found = horizons(
        surface, samples, planes, None,
        dataclasses.replace(HORIZON, openness_sector_count=72), 0.0,
    )  # fmt: skip
    canyon = math.cos(math.atan(6.0 / 4.0))
    assert found.sky_openness[0] == pytest.approx((canyon + 1.0) / 2.0, abs=0.04)


def far_wall(step: float = 250.0) -> FarHorizon:
    """A far ridge 5° high in the southern half, the same everywhere."""
    elevation = np.zeros((8, 8, 72), np.float32)
    elevation[:, :, 18:55] = 5.0
    x_first = math.floor(X0 / step) * step - 2 * step
    y_first = math.floor(Y0 / step) * step - 4 * step
    return FarHorizon(x_first, y_first, step, elevation)


def test_far_relief_is_joined_by_maximum_and_told_apart():
    heights = open_ground()
    heights[98:103, 120:124] = 10.0
    surface = surface_of(heights)
    samples, planes = samples_at(*middle_of(surface), 0.0)
    near = horizons(surface, samples, planes, None, HORIZON, 0.0)
    found = horizons(surface, samples, planes, far_wall(), HORIZON, 0.0)
    np.testing.assert_array_equal(found.near_elevation, near.elevation)
    np.testing.assert_array_equal(found.elevation, np.maximum(near.elevation, found.far_elevation))
    assert (found.far_elevation[0, 18:55] == 5.0).all()
    assert (found.far_elevation[0, :18] == 0.0).all()


def test_far_relief_behind_the_own_roof_does_not_count():
    surface = surface_of(open_ground())
    samples, planes = samples_at(*middle_of(surface), 8.0)
    planes["plane_b"] = -math.tan(math.radians(30.0))  # rises to the south: the ridge is hidden
    found = horizons(surface, samples, planes, far_wall(), HORIZON, 0.0)
    assert found.elevation[0, 36] == 0.0
    assert found.elevation[0, 18] == 5.0


def test_far_relief_is_read_between_its_nodes():
    far = far_wall()
    ramp = far.elevation + np.arange(8, dtype=np.float32)[None, :, None]
    surface = surface_of(open_ground())
    x, y = middle_of(surface)
    samples, planes = samples_at(x, y, 0.0)
    found = horizons(
        surface, samples, planes, dataclasses.replace(far, elevation=ramp), HORIZON, 0.0
    )
    place = (x - far.x_first) / far.step
    assert found.far_elevation[0, 0] == pytest.approx(place, rel=1e-5)
    assert found.far_elevation[0, 36] == pytest.approx(5.0 + place, rel=1e-5)


def test_the_margin_is_enough_and_the_window_does_not_show():
    """Bit for bit: the whole world, or a window with just the margin around the samples."""
    rules = parameters.Horizon(
        reach_m=30.0, openness_reach_m=20.0, openness_radius_m=8.0, openness_step_m=4.0
    )
    heights = town(400, 400, 21)
    whole = surface_of(heights)
    rng = np.random.default_rng(1)
    row, col = rng.integers(190, 210, 60), rng.integers(190, 210, 60)
    x, y = whole.grid.xy(row, col)
    samples, planes = samples_at(x, y, rng.uniform(0, 8, 60), planes=60)
    planes[["plane_a", "plane_b"]] = rng.uniform(-1.0, 1.0, (60, 2))
    margin = math.ceil(window_margin_m(rules) / 0.5)
    window = cut(whole, slice(190 - margin, 210 + margin), slice(190 - margin, 210 + margin))
    far = far_wall()
    # another tile would start its lattice of far nodes elsewhere
    other = FarHorizon(
        far.x_first + far.step, far.y_first + far.step, far.step, far.elevation[1:, 1:]
    )
    one = horizons(whole, samples, planes, far, rules, 0.7)
    two = horizons(window, samples, planes, other, rules, 0.7)
    np.testing.assert_array_equal(one.elevation, two.elevation)
    np.testing.assert_array_equal(one.near_elevation, two.near_elevation)
    np.testing.assert_array_equal(one.sky_openness, two.sky_openness)


def test_no_sample_is_no_skyline():
    surface = surface_of(open_ground())
    samples, planes = samples_at(np.empty(0), np.empty(0), np.empty(0))
    found = horizons(surface, samples, planes, None, HORIZON, 0.0)
    assert found.elevation.shape == (0, 72)
    assert found.sky_openness.shape == (0,)


def test_input_is_left_as_it_was():
    heights = town(120, 120, 3)
    surface = surface_of(heights.copy())
    samples, planes = samples_at(*middle_of(surface), 2.0)
    horizons(surface, samples, planes, far_wall(), HORIZON, 0.0)
    np.testing.assert_array_equal(surface.dsm, heights)
    assert grid_of(120, 120) == surface.grid
