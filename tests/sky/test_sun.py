"""Sun positions and the split of diffuse light, against pvlib."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pvlib
import pytest

from cadastre import parameters
from cadastre.sky.sun import sky_hours
from tests.sky.support import ALTITUDE, LATITUDE, LONGITUDE, made_weather


@pytest.fixture(scope="module")
def hours():
    return sky_hours(made_weather(), parameters.Sky())


def test_a_high_sun_stands_where_pvlib_puts_it_at_mid_interval(hours):
    high = np.flatnonzero(hours.solar_elevation > 15.0)
    times = hours.times[hours.step[high]] + pd.Timedelta(minutes=30)
    sun = pvlib.solarposition.get_solarposition(times, LATITUDE, LONGITUDE, ALTITUDE)
    np.testing.assert_allclose(hours.solar_azimuth[high], sun["azimuth"], atol=1e-9)
    np.testing.assert_allclose(hours.solar_elevation[high], sun["apparent_elevation"], atol=1e-9)


def test_a_low_sun_is_followed_and_its_beam_is_neither_lost_nor_made(hours):
    weather = made_weather()
    beam = np.bincount(hours.step, weights=hours.beam, minlength=len(weather.data))
    # every hour whose sun is up at mid-interval keeps its whole beam
    np.testing.assert_allclose(beam, weather.data["dni"], rtol=1e-12)
    positions = np.bincount(hours.step, minlength=len(weather.data))
    assert positions.max() == 4  # steps of 15 minutes
    assert (hours.solar_elevation > 0.0).all()


def test_positions_of_a_whole_low_hour_average_to_its_middle(hours):
    positions = np.bincount(hours.step, minlength=len(hours.times))
    whole = np.flatnonzero(positions == 4)
    sun = pvlib.solarposition.get_solarposition(
        hours.times[whole] + pd.Timedelta(minutes=30), LATITUDE, LONGITUDE, ALTITUDE
    )
    h, a = np.radians(sun["apparent_elevation"]), np.radians(sun["azimuth"])
    middle = np.stack([np.cos(h) * np.sin(a), np.cos(h) * np.cos(a), np.sin(h)], axis=-1)
    of = np.searchsorted(whole, hours.step)
    chosen = np.isin(hours.step, whole)
    mean = np.stack(
        [np.bincount(of[chosen], weights=hours.vector[chosen, k]) / 4.0 for k in range(3)], -1
    )
    np.testing.assert_allclose(mean, middle, atol=1e-12)


def test_sunrise_hours_keep_the_beam_a_mid_interval_sun_would_lose():
    """Hours whose sun rises after the middle: the beam they hold comes from its first minutes."""
    weather = made_weather()
    sun = pvlib.solarposition.get_solarposition(
        weather.data.index + pd.Timedelta(minutes=30), LATITUDE, LONGITUDE, ALTITUDE
    )
    rising = np.flatnonzero(sun["apparent_elevation"].between(-3.0, -0.5).to_numpy())
    data = weather.data.copy()
    data.iloc[rising, data.columns.get_loc("dni")] = 50.0
    hours = sky_hours(dataclasses.replace(weather, data=data), parameters.Sky())
    kept = np.bincount(hours.step, weights=hours.beam, minlength=len(data))[rising]
    assert (np.isclose(kept, 50.0) | (kept == 0.0)).all()
    assert np.isclose(kept, 50.0).mean() > 0.8
    coarse = sky_hours(
        dataclasses.replace(weather, data=data), parameters.Sky(low_sun_step_minutes=60.0)
    )
    assert np.bincount(coarse.step, weights=coarse.beam, minlength=len(data))[rising].sum() == 0


@pytest.mark.parametrize("model", ["perez", "haydavies"])
def test_the_parts_of_the_diffuse_sky_rebuild_pvlib_on_any_plane(model):
    weather = made_weather()
    hours = sky_hours(weather, parameters.Sky(diffuse_model=model, low_sun_step_minutes=60.0))
    times = hours.times + pd.Timedelta(minutes=30)
    sun = pvlib.solarposition.get_solarposition(times, LATITUDE, LONGITUDE, ALTITUDE)
    data = weather.data.set_axis(times)
    extra = pvlib.irradiance.get_extra_radiation(pd.Series(times.day_of_year, times))
    for tilt, azimuth in ((35.0, 160.0), (70.0, 20.0)):
        arguments = (tilt, azimuth, data["dhi"], data["dni"], extra,
                     sun["apparent_zenith"], sun["azimuth"])  # fmt: skip
        if model == "perez":
            airmass = pvlib.atmosphere.get_relative_airmass(sun["apparent_zenith"])
            expected = pvlib.irradiance.perez(*arguments, airmass).to_numpy()
        else:
            expected = pvlib.irradiance.haydavies(*arguments).to_numpy()
        t, a = np.radians(tilt), np.radians(azimuth)
        normal = np.array([np.sin(t) * np.sin(a), np.sin(t) * np.cos(a), np.cos(t)])
        cosine = np.maximum(hours.vector @ normal, 0.0)
        around = np.bincount(hours.step, weights=hours.circumsolar * cosine, minlength=len(times))
        ours = around + hours.isotropic * (1 + np.cos(t)) / 2 + hours.horizon_band * np.sin(t)
        up = sun["apparent_elevation"].to_numpy() > 0.0
        np.testing.assert_allclose(ours[up], np.nan_to_num(expected[up]), atol=1e-9)


def test_light_with_the_sun_below_the_horizon_stays_isotropic():
    weather = made_weather()
    data = weather.data.copy()
    night = pd.Timestamp("2021-06-01 01:00", tz="UTC")
    data.loc[night, ["ghi", "dhi"]] = 7.0
    hours = sky_hours(dataclasses.replace(weather, data=data), parameters.Sky())
    row = data.index.get_loc(night)
    assert hours.isotropic[row] == 7.0
    assert hours.horizon_band[row] == 0.0
    assert row not in hours.step
