"""The redrawn surface model: ramps go, obstacles and parapets stay, no window shows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cadastre import parameters
from cadastre.shading.rebuilt import sharp_surface
from tests.shading.support import X0, Y0, cut, surface_of

HORIZON = parameters.Horizon()
GROUND, EAVE = 30.0, 36.0


def plane(box: tuple[float, float, float, float], height: float, a: float = 0.0, b: float = 0.0):
    """A plane over a box given in metres from the north-west corner (east, south)."""
    west, north, east, south = box
    shape = shapely.box(X0 + west, Y0 - south, X0 + east, Y0 - north)
    return {
        "plane_a": a, "plane_b": b, "plane_c": height, "plane_x0": X0, "plane_y0": Y0,
        "geometry": shape,
    }  # fmt: skip


def table(*planes: dict) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(list(planes), geometry="geometry", crs="EPSG:2154")


def world(size: int = 80) -> np.ndarray:
    return np.full((size, size), GROUND, np.float32)


HOUSE = plane((10.0, 10.0, 20.0, 20.0), EAVE)  # pixels 20 to 39


def test_a_ramp_at_the_foot_of_a_wall_goes_back_to_the_ground():
    heights = world()
    heights[20:40, 20:40] = EAVE
    sharp = heights.copy()
    heights[18:42, 18:20] = heights[18:42, 40:42] = 33.0  # two pixels of wall seen askew
    heights[18:20, 18:42] = heights[40:42, 18:42] = 33.0
    heights[[18, 18, 41, 41], [18, 41, 18, 41]] = GROUND  # 1.4 m from the corners
    found = sharp_surface(surface_of(heights), table(HOUSE), HORIZON)
    np.testing.assert_array_equal(found.dsm, sharp)


def test_noise_and_holes_of_a_roof_go_back_to_its_plane():
    heights = world()
    rng = np.random.default_rng(0)
    heights[20:40, 20:40] = EAVE + rng.normal(0.0, 0.08, (20, 20))
    heights[25, 25] = np.nan
    found = sharp_surface(surface_of(heights), table(HOUSE), HORIZON)
    np.testing.assert_array_equal(found.dsm[20:40, 20:40], EAVE)


def test_chimneys_stay_and_so_do_unknown_pixels_off_the_roofs():
    heights = world()
    heights[20:40, 20:40] = EAVE
    heights[30:32, 30:32] = EAVE + 1.2
    heights[5, 5] = np.nan
    found = sharp_surface(surface_of(heights), table(HOUSE), HORIZON)
    np.testing.assert_array_equal(found.dsm, heights)


def test_a_parapet_outside_the_plane_stays():
    heights = world()
    heights[19:41, 19:41] = EAVE + 0.8  # one pixel of parapet all round
    heights[20:40, 20:40] = EAVE
    found = sharp_surface(surface_of(heights), table(HOUSE), HORIZON)
    np.testing.assert_array_equal(found.dsm, heights)


def test_trees_and_annexes_beside_a_wall_stay():
    heights = world()
    heights[20:40, 20:40] = EAVE
    heights[22:34, 40:52] = 34.0  # 6 m wide, lower than the wall
    found = sharp_surface(surface_of(heights), table(HOUSE), HORIZON)
    np.testing.assert_array_equal(found.dsm, heights)


def test_the_ramp_of_a_high_wall_leaves_the_low_roof():
    heights = world()
    heights[20:40, 20:40] = EAVE
    heights[20:40, 40:60] = EAVE - 3.0
    low = plane((20.0, 10.0, 30.0, 20.0), EAVE - 3.0)
    sharp = heights.copy()
    heights[20:40, 40:42] = [EAVE - 1.0, EAVE - 2.0]
    found = sharp_surface(surface_of(heights), table(HOUSE, low), HORIZON)
    np.testing.assert_array_equal(found.dsm, sharp)


def test_a_dormer_on_a_slope_is_not_taken_for_a_ramp_of_its_own_roof():
    """Upslope the roof is higher than the dormer, but it is the same plane."""
    row = np.mgrid[0:80, 0:80][0]
    roof = 50.0 - (row + 0.5) * 0.5  # 45°, down to the south
    heights = np.where((row >= 20) & (row < 40), roof, GROUND).astype(np.float32)
    slope = plane((0.0, 10.0, 40.0, 20.0), 50.0, b=1.0)
    heights[30:33, 30:34] += 1.0
    found = sharp_surface(surface_of(heights), table(slope), HORIZON)
    np.testing.assert_array_equal(found.dsm, heights)


def test_overlapping_outlines_take_the_plane_nearest_to_the_model():
    heights = world()
    heights[20:40, 20:40] = EAVE
    wrong = plane((10.0, 10.0, 20.0, 20.0), EAVE + 3.0)
    for order in (table(HOUSE, wrong), table(wrong, HOUSE)):
        found = sharp_surface(surface_of(heights), order, HORIZON)
        np.testing.assert_array_equal(found.dsm, heights)


def test_courtyards_are_not_roofs():
    heights = world()
    heights[20:60, 20:60] = EAVE
    heights[30:50, 30:50] = GROUND
    ring = plane((10.0, 10.0, 30.0, 30.0), EAVE)
    hole = shapely.box(X0 + 15.0, Y0 - 25.0, X0 + 25.0, Y0 - 15.0)
    ring["geometry"] = ring["geometry"].difference(hole)
    found = sharp_surface(surface_of(heights), table(ring), HORIZON)
    np.testing.assert_array_equal(found.dsm, heights)


def test_without_planes_nothing_changes():
    surface = surface_of(world())
    assert sharp_surface(surface, table(HOUSE).iloc[:0], HORIZON) is surface


@pytest.mark.parametrize("resolution", [0.5, 0.2])
def test_no_window_shows_in_the_redrawn_model(resolution):
    rng = np.random.default_rng(5)
    heights = (GROUND + rng.uniform(0.0, 6.0, (240, 240))).astype(np.float32)
    scale = resolution / 0.5
    planes = table(
        *(
            plane(
                (w * scale, n * scale, (w + 12.3) * scale, (n + 9.7) * scale), 33.0,
                a=float(rng.uniform(-0.8, 0.8)), b=float(rng.uniform(-0.8, 0.8)),
            )
            for w, n in rng.uniform(20.0, 90.0, (25, 2))
        )
    )  # fmt: skip
    planes["geometry"] = planes.geometry.rotate(17.0)
    surface = surface_of(heights, resolution)
    whole = sharp_surface(surface, planes, HORIZON)
    assert (whole.dsm != heights).any()
    window = cut(surface, slice(31, 203), slice(17, 219))
    part = sharp_surface(window, planes, HORIZON)
    np.testing.assert_array_equal(part.dsm[20:-20, 20:-20], whole.dsm[51:183, 37:199])
    # planes far outside the window are as if they were not there
    beyond = planes.copy()
    beyond["geometry"] = beyond.geometry.translate(10_000.0, 0.0)
    np.testing.assert_array_equal(sharp_surface(surface, beyond, HORIZON).dsm, heights)
