"""The weather of one or many years folded into tables of the sky, once per weather cell.

The sum of the energy of every sun standing above elevation e in an azimuth step is a vector; a
plane of normal n under the skyline e receives n times that vector, so that the cost of a roof
point does not depend on the number of hours. Not here: roofs, skylines.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.errors import InputError
from cadastre.exchange import CumulativeSky, SkyHours, WeatherSeries
from cadastre.sky.sun import sky_hours

MONTHS = 12


def cumulative_sky(
    weather: WeatherSeries, sky: parameters.Sky, sector_count: int
) -> CumulativeSky:
    """Fold a weather series into the tables of :class:`CumulativeSky`.

    A month of the mean year is the mean of the steps the series has of it, times the mean
    length of that month: gaps and unfinished years do not bias it.

    Parameters
    ----------
    weather
        One or many years, any regular step.
    sky
        Diffuse model, steps of the tables.
    sector_count
        Sectors of the skylines this sky will meet.

    Raises
    ------
    InputError
        ``weather_month_missing``: a month of the year is absent from the series.
        ``weather_without_sun``: no beam and no circumsolar light at all.
    """
    hours = sky_hours(weather, sky)
    if len(hours.step) == 0:
        raise InputError("weather_without_sun", label=weather.label)
    return folded_sky(hours, weather, sky, sector_count)


def folded_sky(
    hours: SkyHours, weather: WeatherSeries, sky: parameters.Sky, sector_count: int
) -> CumulativeSky:
    """Fold the sun and sky of every step (:func:`sky_hours`) into the tables."""
    middle = hours.times + pd.Timedelta(minutes=hours.step_minutes / 2)
    month = middle.month.to_numpy() - 1
    year = middle.year.to_numpy()
    weight = _month_weights(month, year, weather)
    step_weight = weight[month] * (hours.step_minutes / 60.0) / 1000.0

    table_row, sun_row, elevation_index, bin_count = _bins(hours, sector_count, sky)
    energy = step_weight[hours.step]
    beam = hours.vector * (hours.beam * energy)[:, None]
    circumsolar = hours.vector * (hours.circumsolar * energy)[:, None]
    row_count = int(sun_row.max()) + 1
    cell = table_row * bin_count + elevation_index
    sun_table = _cumulated(
        np.concatenate([beam, circumsolar], axis=1),
        cell,
        month[hours.step],
        (row_count, bin_count, MONTHS),
    )

    years = _complete_years(year, hours, sky.complete_year_share)
    year_index = np.searchsorted(years, year)
    known = np.isin(year, years)
    of_known = known[hours.step]
    hour_kwh = hours.step_minutes / 60.0 / 1000.0
    both = hours.vector * ((hours.beam + hours.circumsolar) * hour_kwh)[:, None]
    year_table = _cumulated(
        both[of_known],
        cell[of_known],
        year_index[hours.step[of_known]],
        (row_count, bin_count, len(years)),
    )
    cell_deg = sky.free_sun_cell_deg * max(1.0, len(month) * hours.step_minutes / 525_600.0) ** 0.5
    free = _free_cells(hours, beam, circumsolar, month, cell_deg)

    def monthly(values: NDArray) -> NDArray[np.float64]:
        return np.bincount(month, weights=values * step_weight, minlength=MONTHS)

    def yearly(values: NDArray) -> NDArray[np.float64]:
        return np.bincount(
            year_index[known], weights=values[known] * hour_kwh, minlength=len(years)
        )[: len(years)]

    return CumulativeSky(
        cell_id=weather.cell_id,
        sector_count=sector_count,
        elevation_step_deg=sky.sun_elevation_step_deg,
        horizon_band_deg=sky.horizon_band_deg,
        sun_row=sun_row,
        sun_table=sun_table,
        year_table=year_table,
        free_beam=free[0],
        free_circumsolar=free[1],
        free_month=free[2],
        isotropic=monthly(hours.isotropic),
        horizon_band=monthly(hours.horizon_band),
        ghi=monthly(hours.ghi),
        years=years.astype(np.int64),
        isotropic_by_year=yearly(hours.isotropic),
        horizon_band_by_year=yearly(hours.horizon_band),
        ghi_by_year=yearly(hours.ghi),
    )


def _month_weights(month: NDArray, year: NDArray, weather: WeatherSeries) -> NDArray[np.float64]:
    """Weight of a step of each month: mean number of steps of that month over those present."""
    present = np.bincount(month, minlength=MONTHS).astype(np.float64)
    missing = [int(m) + 1 for m in np.flatnonzero(present == 0)]
    if missing:
        raise InputError("weather_month_missing", label=weather.label, months=missing)
    pairs = np.unique(year * MONTHS + month)
    days = pd.PeriodIndex.from_fields(
        year=pairs // MONTHS, month=pairs % MONTHS + 1, freq="M"
    ).days_in_month
    length = np.bincount(pairs % MONTHS, weights=days, minlength=MONTHS)
    count = np.bincount(pairs % MONTHS, minlength=MONTHS)
    if weather.typical_year:  # its calendar is a convention: as long as it says it is
        return np.ones(MONTHS)
    return length / count * (24 * 60 / weather.step_minutes) / present


def _complete_years(year: NDArray, hours: SkyHours, share: float) -> NDArray[np.int64]:
    """Years with nearly all their steps; every year present when none is complete."""
    found, steps = np.unique(year, return_counts=True)
    whole = 8760.0 * 60.0 / hours.step_minutes
    complete = found[steps >= share * whole]
    return complete if len(complete) else found


def _bins(
    hours: SkyHours, sector_count: int, sky: parameters.Sky
) -> tuple[NDArray, NDArray[np.int32], NDArray, int]:
    """Row and elevation bin of every sun position, and the row of every sector."""
    sector = np.floor(hours.solar_azimuth * sector_count / 360.0 + 0.5).astype(np.int64)
    sector %= sector_count
    used = np.unique(sector)
    sun_row = np.full(sector_count, -1, np.int32)
    sun_row[used] = np.arange(len(used), dtype=np.int32)
    index = np.floor(hours.solar_elevation / sky.sun_elevation_step_deg).astype(np.int64)
    bin_count = int(index.max()) + 1
    return sun_row[sector].astype(np.int64), sun_row, np.maximum(index, 0), bin_count


def _cumulated(
    vectors: NDArray, cell: NDArray, column: NDArray, shape: tuple[int, int, int]
) -> NDArray[np.float32]:
    """Add up the suns at or above each bin, float32 (rows, bins + 1, components x columns)."""
    rows, bins, columns = shape
    components = vectors.shape[1]
    table = np.zeros((rows, bins + 1, components, columns))
    flat = cell * columns + column
    for component in range(components):
        sums = np.bincount(flat, weights=vectors[:, component], minlength=rows * bins * columns)
        table[:, :bins, component, :] = sums.reshape(rows, bins, columns)
    above = np.cumsum(table[:, ::-1], axis=1)[:, ::-1]
    return np.ascontiguousarray(above.reshape(rows, bins + 1, components * columns), np.float32)


def _free_cells(
    hours: SkyHours, beam: NDArray, circumsolar: NDArray, month: NDArray, size_deg: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Energy vectors gathered by small cell of the sky and month, sorted by month then cell.

    The positions of one step count as one sun, where their energy points: without obstacle
    there is nothing to see between them, and hour by hour stays hour by hour.
    """
    steps, of_step = np.unique(hours.step, return_inverse=True)
    beam, circumsolar = (_gathered(v, of_step, len(steps)) for v in (beam, circumsolar))
    towards = beam + circumsolar
    length = np.linalg.norm(towards, axis=1)
    azimuth = np.mod(np.degrees(np.arctan2(towards[:, 0], towards[:, 1])), 360.0)
    elevation = np.degrees(np.arcsin(np.clip(towards[:, 2] / length, 0.0, 1.0)))
    across = int(np.ceil(360.0 / size_deg))
    upward = int(np.ceil(90.0 / size_deg)) + 1
    column = np.minimum((azimuth / size_deg).astype(np.int64), across - 1)
    row = (elevation / size_deg).astype(np.int64)
    key = (month[steps] * upward + row) * across + column
    cells, of = np.unique(key, return_inverse=True)
    return (
        _gathered(beam, of, len(cells)),
        _gathered(circumsolar, of, len(cells)),
        cells // (upward * across),
    )


def _gathered(vectors: NDArray, of: NDArray, count: int) -> NDArray[np.float64]:
    """Add up vectors (n, 3) by group, (count, 3)."""
    return np.stack(
        [np.bincount(of, weights=vectors[:, k], minlength=count) for k in range(3)], axis=-1
    )
