"""Planes without obstacle against pvlib, hour by hour; the local optimum against an optimiser."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from cadastre import parameters
from cadastre.exchange import WeatherSeries
from cadastre.irradiance.transposition import free_irradiation, local_optimum, unshaded
from cadastre.sky.cumulative_sky import cumulative_sky
from tests.irradiance.support import SKY, made_sky
from tests.shared_data import reference_file
from tests.sky.support import made_weather, pvlib_months

YEAR_SHARE, MONTH_SHARE = 0.002, 0.005  # what the project promises


def random_planes(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(20)
    return rng.uniform(0.0, 90.0, count), rng.uniform(0.0, 360.0, count)


def reference_weather() -> WeatherSeries:
    data = pd.read_csv(reference_file("irradiation", "weather.csv"), index_col=0, parse_dates=True)
    return WeatherSeries(
        data, 50.4325, 2.79, 35.0, 60, "csv", "référence", "référence", typical_year=False
    )


def compare(weather: WeatherSeries, model: str) -> None:
    tilt, azimuth = random_planes(200)
    sky = cumulative_sky(weather, parameters.Sky(diffuse_model=model), 72)
    free = free_irradiation(tilt, azimuth, sky, 0.2)
    ours = np.stack([free.beam, free.sky_diffuse, free.ground, free.total], axis=-1)
    theirs = pvlib_months(weather, tilt, azimuth, 0.2, model)
    np.testing.assert_allclose(ours.sum(axis=1), theirs.sum(axis=1), rtol=YEAR_SHARE)
    # 0.2 Wh/m²: months in which a plane turned away sees the sun for a few minutes
    np.testing.assert_allclose(ours, theirs, rtol=MONTH_SHARE, atol=2e-4)


@pytest.mark.parametrize("model", ["perez", "haydavies"])
def test_two_hundred_planes_agree_with_pvlib(model):
    compare(made_weather(), model)


@pytest.mark.reference
def test_two_hundred_planes_agree_with_pvlib_on_the_reference_year():
    compare(reference_weather(), "perez")


def test_four_years_of_weather_are_the_mean_of_four_years():
    tilt, azimuth = random_planes(30)
    weather = made_weather(2021, 4)
    free = free_irradiation(tilt, azimuth, cumulative_sky(weather, SKY, 72), 0.2)
    theirs = pvlib_months(weather, tilt, azimuth)[:, :, 3] / 4.0
    np.testing.assert_allclose(free.total, theirs, rtol=MONTH_SHARE)
    np.testing.assert_allclose(free.total.sum(axis=1), theirs.sum(axis=1), rtol=YEAR_SHARE / 10)


def test_a_flat_plane_needs_no_azimuth():
    flat = unshaded([0.0, 0.0], [np.nan, 77.0], made_sky(), 0.2)
    np.testing.assert_allclose(flat[0], flat[1], rtol=1e-12)


def test_turning_round_a_quarter_of_the_compass_changes_the_answer():
    """A guard against east taken for west: mornings and afternoons differ in real weather."""
    weather = made_weather()
    data = weather.data.copy()
    afternoon = data.index.hour >= 12
    data.loc[afternoon, ["ghi", "dni", "dhi"]] *= 0.2
    morning = WeatherSeries(
        data, weather.latitude, weather.longitude, weather.altitude, 60, "csv", "", "", False
    )
    sky = cumulative_sky(morning, SKY, 72)
    east, west = unshaded([60.0, 60.0], [90.0, 270.0], sky, 0.2).sum(axis=1)
    assert east > 1.5 * west


def test_the_local_optimum_is_the_one_an_optimiser_finds():
    sky = made_sky()
    tilt, azimuth, best = local_optimum(sky, 0.2)
    found = optimize.minimize(
        lambda p: -unshaded([p[0]], [p[1]], sky, 0.2).sum(), x0=(20.0, 200.0),
        method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-7},
    )  # fmt: skip
    assert best == pytest.approx(-found.fun, rel=1e-7)
    assert tilt == pytest.approx(found.x[0], abs=0.1)
    assert azimuth == pytest.approx(found.x[1], abs=0.1)
