"""Hours of a plane: they add up to the tables of the year, and are pvlib's where nothing hides."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pvlib
import pytest

from cadastre.irradiance.hours import hourly_plane_of_array
from cadastre.irradiance.plane_of_array import plane_irradiation
from cadastre.sky.sun import sky_hours
from tests.irradiance.support import (
    SKY,
    above_own_plane,
    horizons_of,
    jagged_skylines,
    made_sky,
    samples_of,
)
from tests.sky.support import ALTITUDE, LATITUDE, LONGITUDE, made_weather


def hours_of(tilt, azimuth, horizons, area, parameters_sky=SKY):
    weather = made_weather()
    return hourly_plane_of_array(
        sky_hours(weather, parameters_sky), tilt, azimuth, horizons, area, made_sky(),
        parameters_sky,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tilt", "azimuth"),
    [(35.0, 180.0), (45.0, 60.0), (0.0, np.nan), (40.0, 300.0), (3.0, 45.0), (4.9, 350.0)],
)
def test_hours_add_up_to_the_year_within_one_per_cent(tilt, azimuth):
    count = 25
    whole = 180.0 if np.isnan(azimuth) else azimuth
    town = jagged_skylines(count, 72, 35.0, 11)
    seen = above_own_plane(town, np.full(count, tilt), np.full(count, whole))
    area = np.random.default_rng(0).uniform(0.2, 1.0, count).astype(np.float32)
    horizons = dataclasses.replace(horizons_of(seen), sky_openness=np.full(count, 0.8, np.float32))
    planes = plane_irradiation(
        np.array([tilt]), np.array([azimuth]), samples_of([count], area), horizons, made_sky(),
        SKY,
    )  # fmt: skip
    months = hours_of(tilt, azimuth, horizons, area)
    year = months.sum() / 1000.0
    assert year["poa_global"] == pytest.approx(planes.monthly.sum(), rel=0.01)
    assert year["poa_direct"] == pytest.approx(planes.direct.sum(), rel=0.01)
    assert year["poa_sky_diffuse"] == pytest.approx(planes.sky_diffuse.sum(), rel=0.01)
    assert year["poa_ground_diffuse"] == pytest.approx(planes.reflected.sum(), rel=1e-6)
    by_month = months["poa_global"].groupby(np.asarray(months.index.month)).sum() / 1000.0
    np.testing.assert_allclose(by_month, planes.monthly[0], rtol=0.02)


def test_a_leaning_plane_without_azimuth_is_refused():
    """South for want of better would give a roof of 4.9° facing north 7 % too much."""
    with pytest.raises(ValueError, match="azimuth"):
        hours_of(4.9, np.nan, horizons_of(np.zeros((3, 72))), np.ones(3, np.float32))


def test_an_open_plane_gets_pvlib_hour_by_hour():
    weather = made_weather()
    frame = hours_of(35.0, 200.0, horizons_of(np.zeros((3, 72))), np.ones(3, np.float32))
    times = weather.data.index + pd.Timedelta(minutes=30)
    sun = pvlib.solarposition.get_solarposition(times, LATITUDE, LONGITUDE, ALTITUDE)
    data = weather.data.set_axis(times)
    poa = pvlib.irradiance.get_total_irradiance(
        35.0, 200.0, sun["apparent_zenith"], sun["azimuth"], data["dni"], data["ghi"],
        data["dhi"], model="perez", albedo=SKY.albedo,
        dni_extra=pd.Series(pvlib.irradiance.get_extra_radiation(times.day_of_year), times),
        airmass=pvlib.atmosphere.get_relative_airmass(sun["apparent_zenith"]),
    )  # fmt: skip
    high = sun["apparent_elevation"].to_numpy() > SKY.low_sun_deg
    for name in ("poa_direct", "poa_sky_diffuse", "poa_ground_diffuse", "poa_global"):
        np.testing.assert_allclose(
            frame[name].to_numpy()[high], poa[name].to_numpy()[high], atol=1e-6
        )
    assert (frame["sunlit_fraction"].dropna() == 1.0).all()


def test_a_wall_to_the_east_takes_the_mornings_only():
    east = np.where(np.abs(np.arange(72) * 5.0 - 90.0) < 85.0, 60.0, 0.0)
    frame = hours_of(0.0, np.nan, horizons_of(east[None]), np.ones(1, np.float32))
    open_sky = hours_of(0.0, np.nan, horizons_of(np.zeros((1, 72))), np.ones(1, np.float32))
    june = frame.index.month == 6
    morning, afternoon = frame.index.hour == 8, frame.index.hour == 16
    assert frame["poa_direct"][june & morning].sum() == 0.0
    assert open_sky["poa_direct"][june & morning].sum() > 0.0
    np.testing.assert_allclose(
        frame["poa_direct"][june & afternoon], open_sky["poa_direct"][june & afternoon]
    )


def test_half_a_plane_in_the_shade_gets_half_of_the_sun():
    wall = np.zeros((2, 72))
    wall[0] = 89.0
    frame = hours_of(0.0, np.nan, horizons_of(wall), np.array([3.0, 1.0], np.float32))
    lit = frame["sunlit_fraction"].dropna()
    np.testing.assert_allclose(lit, 0.25)


def test_leaves_let_winter_light_through():
    trees = np.full((1, 72), 30.0, np.float32)
    horizons = horizons_of(trees, opaque_elevation=np.zeros((1, 72), np.float32))
    leafless = (0.5,) * 3 + (0.0,) * 6 + (0.5,) * 3
    seasons = dataclasses.replace(SKY, vegetation_transmittance=leafless)
    with_leaves = hours_of(20.0, 180.0, horizons, np.ones(1, np.float32), seasons)
    planes = plane_irradiation(
        np.array([20.0]), np.array([180.0]), samples_of([1]), horizons, made_sky(), seasons
    )
    month = np.asarray(with_leaves.index.month)
    sums = with_leaves["poa_global"].groupby(month).sum().to_numpy() / 1000.0
    np.testing.assert_allclose(sums, planes.monthly[0], rtol=0.02)
