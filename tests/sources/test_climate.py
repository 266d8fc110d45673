"""The embedded climate: published means met, closure exact, clearness like a measured year's."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pvlib
import pytest

from cadastre.parameters.climate import Climate
from cadastre.sources.climate import embedded_weather
from cadastre.sources.notes import Notes
from cadastre.sources.sun_check import sun_of
from cadastre.sources.weather import read_weather
from tests.shared_data import data_file


@pytest.fixture(scope="module")
def series():
    return embedded_weather()


def test_whole_years_without_holes(series):
    climate = Climate()
    assert series.origin == "embedded"
    assert not series.typical_year
    assert series.step_minutes == 60
    assert series.data.notna().all(axis=None)
    assert len(set(series.data.index.year)) == climate.year_count
    assert series.data.index[0] == pd.Timestamp(f"{climate.first_year}-01-01", tz="UTC")
    assert len(series.data) % 24 == 0


def test_months_and_year(series):
    """Lens: 1 080 kWh/m², diffuse 0.54 to 0.56 (satellite climatology of the region)."""
    climate = Climate()
    years = climate.year_count
    ghi = series.data.groupby(series.data.index.month)["ghi"].sum() / 1000 / years
    np.testing.assert_allclose(ghi, climate.ghi_monthly_kwh_m2, rtol=1e-9)
    assert ghi.sum() == pytest.approx(1080.0)
    assert 0.54 <= series.data["dhi"].sum() / series.data["ghi"].sum() <= 0.56
    temp = series.data.groupby(series.data.index.month)["temp_air"].mean()
    np.testing.assert_allclose(temp, climate.temp_air_monthly, atol=1e-9)
    assert 3.5 <= series.data["wind_speed"].mean() <= 4.0
    # shape between the two nearest published stations, month by month (method notes, section 6)
    uccle = np.array([25, 42, 94, 140, 160, 159, 156, 138, 95, 56, 30, 20])
    london = np.array([27, 45, 90, 135, 162, 158, 158, 128, 92, 54, 31, 19])
    share = ghi.to_numpy() / 1080.0
    stations = np.stack([uccle / uccle.sum(), london / london.sum()])
    assert (abs(share - stations.mean(axis=0)) < 0.003).all()


def test_years_spread_like_the_north_of_france(series):
    """4 to 5 % from year to year."""
    years = series.data.groupby(series.data.index.year)["ghi"].sum()
    assert 0.04 <= years.std() / years.mean() <= 0.05


def test_closure_and_bounds(series):
    data = series.data
    sun = pvlib.solarposition.get_solarposition(
        data.index + pd.Timedelta(minutes=30), series.latitude, series.longitude, series.altitude
    )
    cosine = np.maximum(np.cos(np.radians(sun["apparent_zenith"].to_numpy())), 0.0)
    np.testing.assert_allclose(data["ghi"], data["dhi"] + data["dni"] * cosine, atol=1e-9)
    assert (data[["ghi", "dni", "dhi"]] >= 0).all(axis=None)
    assert (data["ghi"][cosine <= 0.0] == 0.0).all()
    # Ineichen clear sky of Lens peaks near 880 W/m² normal (domain facts: yearly 1 613 kWh/m²)
    assert data["dni"].max() < 950.0
    assert data["ghi"].max() < 1100.0


def clearness(data, spot):
    """Daily clearness less its monthly mean, and hourly clearness, sun above 15 degrees."""
    sun = sun_of(data.index, spot, 60)
    outside = (sun["extra"] * sun["cosine"]).to_numpy()
    ghi = data["ghi"].to_numpy()
    daily = ghi.reshape(-1, 24).sum(axis=1) / outside.reshape(-1, 24).sum(axis=1)
    month = np.asarray(data.index[::24].month)
    daily = daily - pd.Series(daily).groupby(month).transform("mean").to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        hourly = np.where(sun["zenith"] < 75, ghi / outside, np.nan)
    return daily, hourly


def lag_1(values):
    known = np.isfinite(values[1:]) & np.isfinite(values[:-1])
    return np.corrcoef(values[1:][known], values[:-1][known])[0, 1]


@pytest.mark.reference
def test_clearness_persists_as_measured_in_leuven(series):
    """Leuven 2021, measured by the hour 160 km away: persistence, spread and steps alike.

    One measured year: its lag-1 of days (0.32) is known to about 1/sqrt(365) = 0.05.
    """
    path = data_file("vliet_leuven_2021_measured", "Vliet_2021.mos")
    leuven = read_weather([str(path)], 50.43, 2.83, Notes())
    ours_day, ours = clearness(series.data, (series.latitude, series.longitude, 40.0))
    their_day, theirs = clearness(leuven.data, (leuven.latitude, leuven.longitude, 28.0))
    assert lag_1(ours_day) == pytest.approx(lag_1(their_day), abs=0.10)
    assert lag_1(ours) == pytest.approx(lag_1(theirs), abs=0.08)
    assert ours_day.std() == pytest.approx(their_day.std(), rel=0.2)
    assert np.nanstd(ours) == pytest.approx(np.nanstd(theirs), rel=0.15)
    step = np.nanmean(abs(np.diff(ours)))
    assert step == pytest.approx(np.nanmean(abs(np.diff(theirs))), rel=0.15)


def test_two_humps(series):
    """Clear-sky index: more hours about 1 and below 0.4 than between, as under real skies."""
    _, hourly = clearness(series.data, (series.latitude, series.longitude, 40.0))
    known = hourly[np.isfinite(hourly)]
    low, middle, high = (np.histogram(known, [0.1, 0.3, 0.45, 0.6, 0.75])[0][k] for k in (0, 1, 3))
    assert low > middle
    assert high > middle


def test_same_parameters_same_bits_other_seed_other_weather(series):
    again = embedded_weather()
    pd.testing.assert_frame_equal(series.data, again.data, check_exact=True)
    other = embedded_weather(climate=dataclasses.replace(Climate(), seed=1, year_count=3))
    ours = series.data["ghi"].iloc[: len(other.data)]
    assert not np.allclose(ours, other.data["ghi"])
    months = other.data.groupby(other.data.index.month)["ghi"].sum() / 3000
    np.testing.assert_allclose(months, Climate().ghi_monthly_kwh_m2, rtol=1e-9)


def test_same_bits_in_another_process(series):
    code = (
        "import hashlib; from cadastre.sources.climate import embedded_weather as w;"
        "print(hashlib.sha256(w().data.to_numpy().tobytes()).hexdigest())"
    )
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    import hashlib

    expected = hashlib.sha256(series.data.to_numpy().tobytes()).hexdigest()
    assert got.stdout.strip() == expected


def test_quick():
    """Under 3 s of processor time for 12 years."""
    start = time.process_time()
    embedded_weather()
    assert time.process_time() - start < 3.0
