"""Planes under skylines: closed forms, hour by hour, symmetries, years, vegetation."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cadastre import parameters
from cadastre.angles import normal_from_angles
from cadastre.errors import ParameterError
from cadastre.irradiance.losses import loss_waterfall
from cadastre.irradiance.plane_of_array import plane_irradiation, sample_irradiation
from cadastre.irradiance.transposition import free_irradiation, local_optimum
from cadastre.sky.cumulative_sky import cumulative_sky, folded_sky
from cadastre.sky.sun import sky_hours
from tests.irradiance.support import (
    SKY,
    above_own_plane,
    horizons_of,
    jagged_skylines,
    made_sky,
    samples_of,
)
from tests.sky.support import made_weather


def one_each(tilt, azimuth, elevation, sky=None, parameters_sky=SKY):
    """Irradiation of planes of one sample each."""
    tilt, azimuth = np.asarray(tilt, float), np.asarray(azimuth, float)
    return sample_irradiation(
        tilt, azimuth, samples_of(np.ones(len(tilt), int)), horizons_of(elevation),
        sky or made_sky(elevation.shape[1]), parameters_sky,
    )  # fmt: skip


def sectors(count: int) -> np.ndarray:
    return np.arange(count) * 360.0 / count


# --- view factors ------------------------------------------------------------------------


def test_an_unobstructed_plane_sees_half_one_plus_cosine():
    tilt = np.linspace(0.0, 90.0, 37)
    lit = one_each(tilt, tilt * 3.0, np.zeros((37, 72)))
    np.testing.assert_allclose(lit.sky_view_factor, (1 + np.cos(np.radians(tilt))) / 2, atol=1e-6)


@pytest.mark.parametrize("height", [5.0, 30.0, 60.0])
def test_a_pit_leaves_cosine_squared_to_a_level_plane(height):
    """Bottom of a round pit whose rim stands at elevation h: the view factor is cos² h."""
    lit = one_each([0.0], [0.0], np.full((1, 72), height))
    assert lit.sky_view_factor[0] == pytest.approx(np.cos(np.radians(height)) ** 2, abs=1e-6)


def test_a_hemisphere_closed_to_the_zenith_leaves_nothing_but_reflections():
    lit = one_each([0.0, 30.0], [180.0, 180.0], np.full((2, 72), 90.0))
    np.testing.assert_allclose(lit.sky_view_factor, 0.0, atol=1e-6)
    # tables are float32: a month of 100 kWh/m² cancels to a few Wh/m²
    np.testing.assert_allclose(lit.beam, 0.0, atol=0.01)
    np.testing.assert_allclose(lit.sky_diffuse, 0.0, atol=0.01)
    assert (lit.reflected > 0.0).all()


def wall_elevation(azimuth: np.ndarray, facing: float, slope: float) -> np.ndarray:
    """Skyline of an infinite wall: its top stands at tan h = slope x cos(azimuth - facing)."""
    along = np.cos(np.radians(azimuth - facing))
    return np.degrees(np.arctan(np.maximum(slope * along, 0.0)))


@pytest.mark.parametrize("slope", [0.3, 1.0, 3.0])
def test_an_infinite_wall_hides_half_one_minus_cosine(slope):
    """Level plane before an endless wall of elevation angle b: view factor (1 + cos b) / 2."""
    lit = one_each([0.0], [0.0], wall_elevation(sectors(360), 130.0, slope)[None])
    expected = (1.0 + np.cos(np.arctan(slope))) / 2.0
    assert lit.sky_view_factor[0] == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("slope", [0.5, 2.0])
def test_the_floor_of_an_endless_canyon_sees_the_cosine(slope):
    """Middle of a street whose both sides stand at elevation b: view factor cos b."""
    azimuth = sectors(360)
    skyline = np.maximum(
        wall_elevation(azimuth, 40.0, slope), wall_elevation(azimuth, 220.0, slope)
    )
    lit = one_each([0.0], [0.0], skyline[None])
    assert lit.sky_view_factor[0] == pytest.approx(np.cos(np.arctan(slope)), abs=4e-4)


def test_view_factors_of_tilted_planes_agree_with_a_hemisphere_cut_into_cells():
    """Slow and independent: 0.5° cells of the sky, counted where they are seen."""
    rng = np.random.default_rng(1)
    count = 12
    tilt, azimuth = rng.uniform(0, 80, count), rng.uniform(0, 360, count)
    skyline = above_own_plane(jagged_skylines(count, 72, 60.0, 2), tilt, azimuth)
    lit = one_each(tilt, azimuth, skyline)
    phi = np.radians(np.arange(0.25, 360.0, 0.5))
    h = np.radians(np.arange(0.25, 90.0, 0.5))[:, None]
    step = np.radians(0.5)
    direction = np.stack(
        np.broadcast_arrays(np.cos(h) * np.sin(phi), np.cos(h) * np.cos(phi), np.sin(h)), -1
    )
    sector = np.rint(np.degrees(phi) / 5.0).astype(int) % 72
    for i, normal in enumerate(normal_from_angles(tilt, azimuth)):
        cosine = np.maximum(direction @ normal, 0.0)
        seen = np.degrees(h) > skyline[i, sector]
        expected = (cosine * seen * np.cos(h)).sum() * step * step / np.pi
        # sectors against cells: the own horizon is cut at the middle of a sector
        assert lit.sky_view_factor[i] == pytest.approx(expected, abs=4e-3)


# --- light, hour by hour -----------------------------------------------------------------


def brute_force(tilt, azimuth, skyline, hours):
    """Beam and circumsolar light by month, every sun against the nearest sector's skyline."""
    month = hours.times.month.to_numpy()[hours.step] - 1
    width = 360.0 / skyline.shape[1]
    sector = np.rint(hours.solar_azimuth / width).astype(int) % skyline.shape[1]
    out = []
    for i, normal in enumerate(normal_from_angles(tilt, azimuth)):
        cosine = np.maximum(hours.vector @ normal, 0.0)
        seen = (hours.solar_elevation > skyline[i, sector]) * cosine / 1000.0
        out.append([
            np.bincount(month, weights=energy * seen, minlength=12)
            for energy in (hours.beam, hours.circumsolar)
        ])  # fmt: skip
    return np.array(out)


def test_level_skylines_hide_the_suns_they_hide_hour_by_hour():
    """The same height all round: no sector to choose, only the elevation bins remain.

    Bins are half a degree high: a sun may fall on the wrong side by a quarter of a degree, one
    way as often as the other.
    """
    hours = sky_hours(made_weather(), SKY)
    height = np.array([3.0, 8.0, 15.0, 25.0, 40.0])
    tilt, azimuth = np.full(5, 20.0), np.full(5, 180.0)
    skyline = above_own_plane(np.repeat(height[:, None], 72, axis=1), tilt, azimuth)
    lit = one_each(tilt, azimuth, skyline)
    expected = brute_force(tilt, azimuth, np.repeat(height[:, None], 72, axis=1), hours)
    np.testing.assert_allclose(
        lit.beam.sum(axis=1), expected[:, 0].sum(axis=1), rtol=0.01, atol=0.5
    )


def test_jagged_skylines_agree_with_hour_by_hour():
    """Thirty planes in random towns, in the mean and one by one.

    What remains are the half-degree bins of elevation, and suns between the plane's own horizon
    at the middle of a sector and at their own azimuth.
    """
    hours = sky_hours(made_weather(), SKY)
    rng = np.random.default_rng(5)
    tilt, azimuth = rng.uniform(0, 50, 30), rng.uniform(90, 270, 30)
    town = jagged_skylines(30, 72, 35.0, 6)
    lit = one_each(tilt, azimuth, above_own_plane(town, tilt, azimuth))
    expected = brute_force(tilt, azimuth, town, hours)[:, 0].sum(axis=1)
    ours = lit.beam.sum(axis=1)
    assert ours.mean() == pytest.approx(expected.mean(), rel=0.003)
    assert np.abs(ours / expected - 1.0).max() < 0.015


def test_the_horizon_band_goes_with_a_low_skyline_and_only_in_front():
    band = 12.0
    front = np.where(np.cos(np.radians(sectors(72) - 180.0)) > 0.01, 3.25, 0.0)
    behind = np.where(np.cos(np.radians(sectors(72))) > 0.01, 3.25, 0.0)
    sky = made_sky()
    still = dataclasses.replace(
        sky,
        isotropic=np.zeros(12),
        horizon_band=np.ones(12),
        free_circumsolar=np.zeros_like(sky.free_circumsolar),
        sun_table=np.zeros_like(sky.sun_table),
    )
    lit = one_each([90.0] * 2, [180.0] * 2, np.stack([front, behind]), still)
    # half of the band's height hidden before the wall: half of its light
    np.testing.assert_allclose(lit.sky_diffuse[0].sum(), band / 2.0, rtol=1e-2)
    np.testing.assert_allclose(lit.sky_diffuse[1].sum(), band, rtol=1e-6)


def test_reflections_of_an_open_plane_are_the_ground_of_pvlib():
    lit = one_each([50.0], [200.0], np.zeros((1, 72)))
    free = free_irradiation([50.0], [200.0], made_sky(), SKY.albedo)
    np.testing.assert_allclose(lit.reflected, free.ground, rtol=1e-6)


def test_surroundings_in_the_shade_reflect_less():
    horizons = horizons_of(np.full((2, 72), 30.0))
    dark = dataclasses.replace(horizons, sky_openness=np.array([1.0, 0.5], np.float32))
    tilt = azimuth = np.full(2, 30.0)
    lit = sample_irradiation(tilt, azimuth, samples_of([1, 1]), dark, made_sky(), SKY)
    bounce = 0.5 / (1.0 - SKY.albedo * 0.5)  # light of the shaded ground, bounces summed
    np.testing.assert_allclose(lit.reflected[1], lit.reflected[0] * bounce, rtol=1e-6)


# --- symmetries --------------------------------------------------------------------------


def mirrored(sectors_count: int = 72):
    """A sky and the same seen in a mirror, west for east."""
    weather = made_weather()
    hours = sky_hours(weather, SKY)
    other = dataclasses.replace(
        hours,
        solar_azimuth=np.mod(360.0 - hours.solar_azimuth, 360.0),
        vector=hours.vector * np.array([-1.0, 1.0, 1.0]),
    )
    return (
        folded_sky(hours, weather, SKY, sectors_count),
        folded_sky(other, weather, SKY, sectors_count),
    )


def test_east_and_west_mirror_each_other():
    straight, mirror = mirrored()
    rng = np.random.default_rng(3)
    tilt, azimuth = rng.uniform(0, 60, 20), rng.uniform(0, 360, 20)
    town = above_own_plane(jagged_skylines(20, 72, 40.0, 4), tilt, azimuth)
    one = one_each(tilt, azimuth, town, straight)
    turned = town[:, (-np.arange(72)) % 72]
    other = one_each(tilt, 360.0 - azimuth, turned, mirror)
    for name in ("beam", "sky_diffuse", "reflected"):
        # a sun on the very edge of an azimuth step falls to one side of it in both worlds
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), atol=0.05)


def test_turning_the_world_half_round_changes_nothing():
    """North for south: sun, plane and skyline turned together."""
    weather = made_weather()
    hours = sky_hours(weather, SKY)
    turned = dataclasses.replace(
        hours,
        solar_azimuth=np.mod(hours.solar_azimuth + 180.0, 360.0),
        vector=hours.vector * np.array([-1.0, -1.0, 1.0]),
    )
    skies = [folded_sky(h, weather, SKY, 72) for h in (hours, turned)]
    town = jagged_skylines(10, 72, 40.0, 8)
    tilt, azimuth = np.linspace(0, 60, 10), np.linspace(0, 350, 10)
    seen = above_own_plane(town, tilt, azimuth)
    one = one_each(tilt, azimuth, seen, skies[0])
    other = one_each(tilt, azimuth + 180.0, np.roll(seen, 36, axis=1), skies[1])
    np.testing.assert_allclose(other.total, one.total, atol=0.01)


# --- planes ------------------------------------------------------------------------------


def plane_case(seed: int, years: int = 1):
    rng = np.random.default_rng(seed)
    counts = np.array([40, 1, 0, 7, 120])
    tilt, azimuth = np.array([35.0, 0.0, 20.0, 50.0, 10.0]), np.array([170, np.nan, 0, 300, 90.0])
    plane = np.repeat(np.arange(5), counts)
    whole = np.nan_to_num(azimuth, nan=180.0)
    town = jagged_skylines(int(counts.sum()), 72, 40.0, seed)
    seen = above_own_plane(town, tilt[plane], whole[plane])
    samples = samples_of(counts, rng.uniform(0.1, 1.0, int(counts.sum())))
    return tilt, azimuth, samples, horizons_of(seen), made_sky(72, 2021, years)


def test_planes_are_the_area_weighted_means_of_their_samples():
    tilt, azimuth, samples, horizons, sky = plane_case(1)
    lit = sample_irradiation(tilt, azimuth, samples, horizons, sky, SKY)
    planes = plane_irradiation(tilt, azimuth, samples, horizons, sky, SKY)
    for p in (0, 1, 3, 4):
        rows = slice(samples.plane_start[p], samples.plane_start[p + 1])
        weight = samples.area_m2[rows].astype(float)
        for name, got in (("beam", planes.direct), ("sky_diffuse", planes.sky_diffuse),
                          ("reflected", planes.reflected)):  # fmt: skip
            mean = np.average(getattr(lit, name)[rows], axis=0, weights=weight)
            np.testing.assert_allclose(got[p], mean, rtol=1e-9)
        skyline = np.average(horizons.elevation[rows], axis=0, weights=weight)
        np.testing.assert_allclose(planes.horizon_elevation[p], skyline, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(planes.sample_year, lit.total.sum(axis=1), rtol=1e-6)


def test_a_plane_without_sample_is_missing_not_zero():
    tilt, azimuth, samples, horizons, sky = plane_case(1)
    planes = plane_irradiation(tilt, azimuth, samples, horizons, sky, SKY)
    for name in ("direct", "sky_diffuse", "reflected", "near_only", "by_year",
                 "sky_view_factor", "horizon_elevation"):  # fmt: skip
        values = getattr(planes, name)
        assert np.isnan(values[2]).all(), name
        assert np.isfinite(values[[0, 1, 3, 4]]).all(), name
    assert np.isfinite(planes.unshaded).all()


def test_a_plane_does_not_depend_on_its_neighbours_in_the_table():
    """Bit for bit: the same plane computed alone and among others."""
    tilt, azimuth, samples, horizons, sky = plane_case(2)
    together = plane_irradiation(tilt, azimuth, samples, horizons, sky, SKY)
    for p in (0, 3, 4):
        rows = slice(samples.plane_start[p], samples.plane_start[p + 1])
        alone = plane_irradiation(
            tilt[p : p + 1], azimuth[p : p + 1],
            samples_of([rows.stop - rows.start], samples.area_m2[rows]), horizons.of(rows), sky,
            SKY,
        )  # fmt: skip
        for name in ("direct", "sky_diffuse", "reflected", "by_year", "unshaded"):
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[p])
        np.testing.assert_array_equal(alone.sample_year, together.sample_year[rows])


def test_each_year_is_what_a_run_on_that_year_alone_gives():
    """Three years together against one run a year: the few samples of the ratio are enough."""
    tilt, azimuth, samples, horizons, sky = plane_case(3, years=3)
    planes = plane_irradiation(tilt, azimuth, samples, horizons, sky, SKY)
    weather = made_weather(2021, 3)
    for k, year in enumerate((2021, 2022, 2023)):
        data = weather.data[weather.data.index.year == year]
        alone = plane_irradiation(
            tilt, azimuth, samples, horizons,
            cumulative_sky(dataclasses.replace(weather, data=data), SKY, 72), SKY,
        )  # fmt: skip
        filled = [0, 1, 3, 4]
        np.testing.assert_allclose(
            planes.by_year[filled, k], alone.monthly[filled].sum(axis=1), rtol=5e-3
        )
    np.testing.assert_allclose(planes.by_year.mean(axis=1), planes.monthly.sum(axis=1), rtol=1e-9)


def test_losses_by_cause_sum_exactly():
    tilt, azimuth, samples, horizons, sky = plane_case(4)
    far = np.full_like(horizons.elevation, 4.0)
    joined = dataclasses.replace(
        horizons, elevation=np.maximum(horizons.elevation, far), far_elevation=far,
        near_elevation=horizons.elevation,
    )  # fmt: skip
    planes = plane_irradiation(tilt, azimuth, samples, joined, sky, SKY)
    optimum = local_optimum(sky, SKY.albedo)[2]
    losses = loss_waterfall(planes, optimum)
    causes = losses[["orientation_loss_kwh_m2", "near_shading_loss_kwh_m2",
                     "far_horizon_loss_kwh_m2"]].sum(axis=1)  # fmt: skip
    filled = [0, 1, 3, 4]
    np.testing.assert_allclose(
        (losses["optimum_kwh_m2"] - causes)[filled], losses["irradiation_kwh_m2"][filled],
        rtol=1e-12,
    )  # fmt: skip
    assert (losses["orientation_loss_kwh_m2"] >= -1e-6).all()
    assert (losses["far_horizon_loss_kwh_m2"][filled] > 0.0).all()
    near = plane_irradiation(tilt, azimuth, samples, horizons, sky, SKY)
    np.testing.assert_allclose(
        planes.near_only[filled], near.monthly.sum(axis=1)[filled], rtol=1e-9
    )


def test_leaves_let_light_through_month_by_month():
    tilt, azimuth, samples, horizons, sky = plane_case(5)
    bare = np.where(np.arange(72) < 36, horizons.elevation, 0.0).astype(np.float32)
    trees = dataclasses.replace(horizons, opaque_elevation=bare)
    opaque = plane_irradiation(tilt, azimuth, samples, horizons, sky, SKY)
    without = plane_irradiation(
        tilt, azimuth, samples, dataclasses.replace(horizons, elevation=bare), sky, SKY
    )
    leafless = (1.0, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0)
    seasons = dataclasses.replace(SKY, vegetation_transmittance=leafless)
    through = plane_irradiation(tilt, azimuth, samples, trees, sky, seasons)
    share = np.array(leafless)
    expected = opaque.monthly + share * (without.monthly - opaque.monthly)
    np.testing.assert_allclose(through.monthly, expected, rtol=1e-6, equal_nan=True)
    # without a transmittance the second skyline changes nothing
    same = plane_irradiation(tilt, azimuth, samples, trees, sky, SKY)
    np.testing.assert_array_equal(same.monthly, opaque.monthly)


def test_skylines_and_sky_of_different_sectors_are_refused():
    tilt, azimuth, samples, horizons, _ = plane_case(6)
    with pytest.raises(ParameterError) as caught:
        plane_irradiation(tilt, azimuth, samples, horizons, made_sky(120), SKY)
    assert caught.value.code == "sector_count_differs"


def test_parameters_refuse_an_impossible_albedo():
    with pytest.raises(ParameterError):
        parameters.Sky(albedo=1.2)
