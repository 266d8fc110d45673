"""The embedded climate: whole years of hours made from a clear sky and a clearness process.

Used when a territory names no weather, and said wherever it is used. The clear sky is pvlib's
Ineichen with monthly Linke turbidity; the clear-sky index is a Gaussian process of days and hours
(persistence at both scales) carried to a two-humped distribution whose share of clear hours is
solved month by month, so that the mean of the years is the published irradiation. Global is split
by Erbs (doi:10.1016/0038-092X(82)90302-4), bent to close on the diffuse share of the year.
"""

from __future__ import annotations

import calendar
import math

import numpy as np
import pandas as pd
import pvlib
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import ndtr
from scipy.stats import beta

from cadastre.exchange import WeatherSeries
from cadastre.parameters.climate import Climate

FloatArray = NDArray[np.float64]
_INDEX_STEPS = 600
_INDEX_MAX = 1.2
_BISECTIONS = 40


def embedded_weather(
    latitude: float = 50.43, longitude: float = 2.83, climate: Climate | None = None
) -> WeatherSeries:
    """Whole years of hourly weather that match the monthly means of the Artois.

    Parameters
    ----------
    latitude, longitude
        Place of the sun and of the clear sky; the means stay those of the Artois.
    climate
        What the series must match, and its seed.

    Returns
    -------
    WeatherSeries
        ``origin`` ``embedded``; closure ghi = dhi + dni cos(apparent zenith) is exact. The same
        parameters give the same bits.
    """
    climate = climate or Climate()
    sky = _clear_sky(latitude, longitude, climate)
    random = np.random.default_rng(climate.seed)
    ghi, clearness = _global(sky, climate, random)
    dhi, dni = _split(sky, ghi, climate)
    data = pd.DataFrame(
        {
            "ghi": ghi,
            "dni": dni,
            "dhi": dhi,
            "temp_air": _temperature(sky, clearness, climate, random, longitude),
            "wind_speed": _wind(sky, climate, random),
        },
        index=sky.index,
    )
    return WeatherSeries(
        data, latitude, longitude, climate.altitude_m, 60, "embedded", "embedded",
        f"embedded_{climate.seed}", False,
    )  # fmt: skip


def _clear_sky(latitude: float, longitude: float, climate: Climate) -> pd.DataFrame:
    """Hours (UTC, start of interval) with sun at mid-interval and clear-sky irradiance."""
    start = pd.Timestamp(year=climate.first_year, month=1, day=1, tz="UTC")
    end = pd.Timestamp(year=climate.first_year + climate.year_count, month=1, day=1, tz="UTC")
    hours = pd.date_range(start, end, freq="h", inclusive="left")
    middle = hours + pd.Timedelta(minutes=30)
    sun = pvlib.solarposition.get_solarposition(middle, latitude, longitude, climate.altitude_m)
    zenith = sun["apparent_zenith"].to_numpy()
    pressure = pvlib.atmosphere.alt2pres(climate.altitude_m)
    airmass = pvlib.atmosphere.get_absolute_airmass(
        pvlib.atmosphere.get_relative_airmass(zenith), pressure
    )
    extra = pvlib.irradiance.get_extra_radiation(middle.day_of_year.to_numpy())
    with np.errstate(invalid="ignore", divide="ignore"):  # nights
        clear = pvlib.clearsky.ineichen(
            zenith, airmass, _turbidity(middle, climate), climate.altitude_m, extra
        )
    return pd.DataFrame(
        {
            "zenith": zenith,
            "cosine": np.maximum(np.cos(np.radians(zenith)), 0.0),
            "extra": extra,
            "ghi": np.nan_to_num(clear["ghi"]),
            "dni": np.nan_to_num(clear["dni"]),
            "month": hours.month - 1,
            "year": hours.year - climate.first_year,
            "day": np.arange(len(hours)) // 24,
        },
        index=hours,
    )


def _turbidity(times: pd.DatetimeIndex, climate: Climate) -> FloatArray:
    """Linke turbidity between the middles of months, straight lines."""
    day = times.day_of_year.to_numpy(np.float64) + times.hour.to_numpy() / 24.0
    return _through_year(day, np.array(climate.linke_turbidity))


def _through_year(day: FloatArray, monthly: FloatArray) -> FloatArray:
    ends = np.cumsum([0, *(calendar.monthrange(2001, m)[1] for m in range(1, 13))])
    middles = (ends[:-1] + ends[1:]) / 2.0
    return np.interp(day, middles, monthly, period=365.25)


def _persistent(random: np.random.Generator, count: int, correlation: float) -> FloatArray:
    """Gaussian AR(1) of unit variance, stationary from the first value on."""
    noise = random.standard_normal(count)
    noise[1:] *= math.sqrt(1.0 - correlation**2)
    return lfilter([1.0], [1.0, -correlation], noise)


def _global(
    sky: pd.DataFrame, climate: Climate, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Global horizontal irradiance, W/m², and the clear-sky index of each hour."""
    count = len(sky)
    days = _persistent(random, count // 24, climate.day_persistence)
    hours = _persistent(random, count, climate.hour_persistence)
    share = climate.day_share
    rank = ndtr(math.sqrt(share) * np.repeat(days, 24) + math.sqrt(1.0 - share) * hours)
    index = np.zeros(count)
    clear = sky["ghi"].to_numpy()
    month = sky["month"].to_numpy()
    target = np.array(climate.ghi_monthly_kwh_m2) * 1000.0
    for number in range(12):
        rows = month == number
        wanted = target[number] * climate.year_count
        index[rows] = _solve_index(rank[rows], clear[rows], wanted, climate)
    ghi = _spread_years(index * clear, sky, target, climate)
    return ghi, index


def _solve_index(
    rank: FloatArray, clear: FloatArray, wanted: float, climate: Climate
) -> FloatArray:
    """Clear-sky index of ranks 0-1 so that index times clear sky sums to ``wanted``, Wh/m²."""
    steps = np.linspace(0.0, _INDEX_MAX, _INDEX_STEPS)
    overcast = beta.cdf(steps, climate.overcast_alpha, climate.overcast_beta)
    bright = ndtr((steps - climate.clear_index) / climate.clear_index_spread)
    bright = (bright - bright[0]) / (bright[-1] - bright[0])
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        share = 0.5 * (low + high)
        index = np.interp(rank, share * bright + (1.0 - share) * overcast, steps)
        low, high = (share, high) if np.dot(index, clear) < wanted else (low, share)
    return index


def _spread_years(
    ghi: FloatArray, sky: pd.DataFrame, target: FloatArray, climate: Climate
) -> FloatArray:
    """Bring the spread of the years to its target and the months to their means."""
    year, month = sky["year"].to_numpy(), sky["month"].to_numpy()
    totals = np.bincount(year, ghi)
    anomaly = totals / totals.mean() - 1.0
    if climate.year_count > 1 and anomaly.std(ddof=1) > 0.0:
        scale = climate.interannual_spread / anomaly.std(ddof=1)
        ghi = ghi * ((1.0 + scale * anomaly) / (1.0 + anomaly))[year]
    means = np.bincount(month, ghi) / climate.year_count
    return ghi * (target / means)[month]


def _split(sky: pd.DataFrame, ghi: FloatArray, climate: Climate) -> tuple[FloatArray, FloatArray]:
    """Diffuse horizontal and direct normal irradiance that close on ``ghi`` and on the share."""
    zenith, cosine = sky["zenith"].to_numpy(), sky["cosine"].to_numpy()
    erbs = pvlib.irradiance.erbs(
        ghi, zenith, sky.index.day_of_year.to_numpy(), max_zenith=climate.max_zenith
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        diffuse = np.where(ghi > 0.0, erbs["dhi"] / ghi, 1.0)
    diffuse = np.clip(np.nan_to_num(diffuse, nan=1.0), 0.0, 1.0)
    diffuse[zenith > climate.max_zenith] = 1.0
    ceiling = climate.max_beam_ratio * sky["dni"].to_numpy() * cosine
    low, high = -3.0, 3.0
    for _ in range(_BISECTIONS):  # beam share to a power: monotone, keeps 0 and 1
        power = math.exp(0.5 * (low + high))
        beam = np.minimum(ghi * (1.0 - diffuse) ** power, ceiling)
        share = 1.0 - beam.sum() / ghi.sum()
        low, high = (low, 0.5 * (low + high)) if share > climate.diffuse_share else (
            0.5 * (low + high), high)  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        dni = np.where(beam > 0.0, beam / cosine, 0.0)
    return ghi - dni * cosine, dni


def _temperature(
    sky: pd.DataFrame,
    clearness: FloatArray,
    climate: Climate,
    random: np.random.Generator,
    longitude: float,
) -> FloatArray:
    """Air temperature, °C: season, air masses, and a daily swing wider under clear skies."""
    days = len(sky) // 24
    mass = climate.temp_spread * _persistent(random, days, climate.temp_persistence)
    weight = sky["ghi"].to_numpy().reshape(days, 24)
    bright = (clearness.reshape(days, 24) * weight).sum(axis=1) / weight.sum(axis=1)
    swing = climate.temp_swing + climate.temp_swing_clear * np.clip(bright, 0.0, 1.0)
    solar_hour = sky.index.hour.to_numpy() + 0.5 + longitude / 15.0
    cycle = np.cos((solar_hour - climate.temp_hottest_hour) * (2.0 * math.pi / 24.0))
    day = sky.index.day_of_year.to_numpy(np.float64)
    season = _through_year(day, np.array(climate.temp_air_monthly))
    values = season + np.repeat(mass, 24) + np.repeat(swing, 24) * cycle
    month = sky["month"].to_numpy()
    means = np.bincount(month, values) / np.bincount(month)
    return values + (np.array(climate.temp_air_monthly) - means)[month]


def _wind(sky: pd.DataFrame, climate: Climate, random: np.random.Generator) -> FloatArray:
    """Wind speed, m/s: Weibull with persistence, monthly means exact."""
    rank = ndtr(_persistent(random, len(sky), climate.wind_persistence))
    values = (-np.log1p(-np.minimum(rank, 1.0 - 1e-12))) ** (1.0 / climate.wind_shape)
    month = sky["month"].to_numpy()
    means = np.bincount(month, values) / np.bincount(month)
    return values * (np.array(climate.wind_speed_monthly) / means)[month]
