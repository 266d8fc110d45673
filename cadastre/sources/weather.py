"""Weather of any format as a regular series without a hole, checked against the sun.

Belongs here: joining files and years, gaps, swapped columns, closure, missing components, place.
Does not: what a format's stamps mean (``weather_formats``), how the sun checks (``sun_check``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cadastre.errors import InputError
from cadastre.exchange import WEATHER_COLUMNS, WeatherSeries
from cadastre.parameters.climate import Climate
from cadastre.parameters.sources import Sources
from cadastre.sources import sun_check
from cadastre.sources.notes import Notes
from cadastre.sources.weather_formats import parse_weather
from cadastre.sources.weather_gaps import RADIATION, fill_radiation, fill_slow
from cadastre.sources.weather_series import KIND, TYPICAL_YEAR, RawSeries, typical_labels

_LIMITS = {
    "ghi": (-25.0, 1700.0), "dni": (-25.0, 1500.0), "dhi": (-25.0, 1300.0),
    "temp_air": (-60.0, 60.0), "wind_speed": (0.0, 75.0), "beam_horizontal": (-25.0, 1500.0),
}  # fmt: skip
_YEARS = (1900, 2200)  # no hour of weather is dated otherwise
SAME_PLACE_DEG = 0.01
KM_PER_DEGREE = 111.2


def read_weather(
    paths: Sequence[str],
    latitude: float,
    longitude: float,
    notes: Notes,
    limits: Sources | None = None,
    climate: Climate | None = None,
) -> WeatherSeries:
    """Read the weather of one place from one or several files.

    Files of the place nearest to (``latitude``, ``longitude``) are joined; others are set aside
    with a note. A series of real years is preferred to a typical year.

    Parameters
    ----------
    paths
        EPW, PVGIS hourly or TMY (csv, json), NSRDB csv, Modelica mos, RT2012 text, plain CSV.
    latitude, longitude
        Where the weather is wanted, degrees.
    notes
        Where to say what was repaired.
    limits, climate
        What counts as a gap too long; monthly means for temperature and wind never given.

    Returns
    -------
    WeatherSeries
        Whole years, no NaN, ghi = dhi + dni cos z within the stated closure.

    Raises
    ------
    InputError
        Unreadable, tilted, wrong units, no whole year, or irradiances that contradict the sun.
    """
    limits, climate = limits or Sources(), climate or Climate()
    if not paths:
        raise InputError("input_empty", kind=KIND, file="")
    raws = [parse_weather(Path(path)) for path in sorted(map(str, paths))]
    raws = _choose(raws, latitude, longitude, notes, limits)
    return joined_series(raws, latitude, longitude, notes, limits, climate)


def joined_series(
    raws: list[RawSeries],
    latitude: float,
    longitude: float,
    notes: Notes,
    limits: Sources,
    climate: Climate,
) -> WeatherSeries:
    """Join what the files of one place say into one checked series without a hole.

    ``latitude`` and ``longitude`` count where the files do not tell. See :func:`read_weather`.
    """
    first = raws[0]
    spot = _spot(first, latitude, longitude)
    data = _join(raws, notes)
    data = _plausible(data, first.file)
    data, step = _regular(data, first.file, notes)
    data = sun_check.settle_time_and_columns(data, spot, step, first.file, notes, limits)
    data, typical = _whole_years(data, step, first, notes, limits)
    data = _complete(data, spot, step, first.file, notes, limits, climate)
    notes.add(
        KIND, first.file, "weather_read", len(data), years=sorted(set(data.index.year)),
        ghi=round(float(data["ghi"].sum()) * step / 60.0 / 1000.0 / len(set(data.index.year))),
    )  # fmt: skip
    return WeatherSeries(
        data[list(WEATHER_COLUMNS)], spot[0], spot[1], spot[2], step, first.origin,
        first.file, f"{spot[0]:.3f}_{spot[1]:.3f}",
        typical,
    )  # fmt: skip


def _spot(raw: RawSeries, latitude: float, longitude: float) -> tuple[float, float, float]:
    return (
        latitude if raw.latitude is None else raw.latitude,
        longitude if raw.longitude is None else raw.longitude,
        0.0 if raw.altitude is None else raw.altitude,
    )


def check_place(raw: RawSeries) -> None:
    """Refuse a latitude or longitude that is none.

    Raises
    ------
    InputError
        ``weather_place``.
    """
    if raw.latitude is None or raw.longitude is None:
        return
    if not (abs(raw.latitude) <= 90.0 and abs(raw.longitude) <= 360.0):
        raise InputError(
            "weather_place", kind=KIND, file=raw.file, latitude=raw.latitude,
            longitude=raw.longitude,
        )  # fmt: skip


def _distance_km(raw: RawSeries, latitude: float, longitude: float) -> float:
    check_place(raw)
    if raw.latitude is None or raw.longitude is None:
        return 0.0
    east = (raw.longitude - longitude) * math.cos(math.radians(latitude))
    return math.hypot(east, raw.latitude - latitude) * KM_PER_DEGREE


def _choose(
    raws: list[RawSeries], latitude: float, longitude: float, notes: Notes, limits: Sources
) -> list[RawSeries]:
    """Keep the files of the nearest place and of one nature, say what is left out."""
    far = [_distance_km(raw, latitude, longitude) for raw in raws]
    nearest = min(far)
    kept = [
        raw for raw, km in zip(raws, far, strict=True)
        if km <= nearest + SAME_PLACE_DEG * KM_PER_DEGREE
    ]  # fmt: skip
    chosen = of_one_nature(kept)
    for raw, km in zip(raws, far, strict=True):
        if not any(raw is other for other in chosen):
            notes.add(KIND, raw.file, "file_far_away", distance_km=round(km))
    if nearest > limits.max_weather_distance_km:
        notes.add(KIND, chosen[0].file, "weather_far", distance_km=round(nearest))
    say_nature(chosen, notes)
    return chosen


def of_one_nature(raws: list[RawSeries]) -> list[RawSeries]:
    """Keep the series of real years of a place, or else its first typical year."""
    return [raw for raw in raws if not raw.typical_year] or raws[:1]


def say_nature(chosen: list[RawSeries], notes: Notes) -> None:
    """Note a typical year, or a time zone that had to be assumed."""
    if chosen[0].typical_year:
        notes.add(KIND, chosen[0].file, "weather_typical")
    if any(raw.naive for raw in chosen):
        notes.add(KIND, chosen[0].file, "weather_time_assumed")


def _join(raws: list[RawSeries], notes: Notes) -> pd.DataFrame:
    data = pd.concat([raw.data for raw in raws])
    year = np.asarray(data.index.year, dtype=np.float64)
    dated = (year >= _YEARS[0]) & (year <= _YEARS[1])
    if not dated.all():
        notes.add(KIND, raws[0].file, "weather_dates_absurd", int((~dated).sum()))
        data = data[dated]
    data = data.iloc[np.argsort(data.index.asi8, kind="stable")]
    repeated = data.index.duplicated()
    if repeated.any():
        notes.add(KIND, raws[0].file, "weather_duplicates", int(repeated.sum()))
        data = data[~repeated]
    return data


def _plausible(data: pd.DataFrame, file: str) -> pd.DataFrame:
    """Codes and absurd values become NaN; irradiance in another unit is refused."""
    data = data.copy()
    for name in data.columns:
        low, high = _LIMITS.get(name, (-np.inf, np.inf))
        data[name] = data[name].where((data[name] >= low) & (data[name] <= high))
    for name in [n for n in RADIATION if n in data.columns]:
        values = data[name].dropna()
        if len(values) and not values.max() > 50.0:
            raise InputError(
                "weather_units", kind=KIND, file=file, column=name, highest=round(values.max(), 3)
            )
    bright = [name for name in RADIATION if name in data.columns and data[name].notna().any()]
    if not bright:
        raise InputError(
            "weather_columns", kind=KIND, file=file, columns=sorted(data.columns), missing="ghi"
        )
    return data


def _regular(data: pd.DataFrame, file: str, notes: Notes) -> tuple[pd.DataFrame, int]:
    """Series on a regular step (minutes); labels off the step by seconds are brought to it."""
    gaps = np.diff(data.index.asi8 if data.index.unit == "ns" else data.index.as_unit("ns").asi8)
    if len(gaps) < 24:
        raise InputError("weather_incomplete", kind=KIND, file=file, hours=len(data))
    step = round(float(np.median(gaps)) / 6e10)
    if step < 1 or 60 % step or step > 60:
        raise InputError("weather_step", kind=KIND, file=file, minutes=step)
    index = data.index.as_unit("ns")
    phase = int(np.median(index.asi8 // 60_000_000_000 % step))
    width = f"{step}min"
    moved = (index - pd.Timedelta(minutes=phase)).round(width) + pd.Timedelta(minutes=phase)
    shifted = moved != index
    data = data.set_axis(moved)
    repeated = data.index.duplicated()
    if shifted.any() or repeated.any():
        notes.add(KIND, file, "weather_duplicates", int(shifted.sum() + repeated.sum()))
    data = data[~repeated]
    whole = pd.date_range(data.index[0], data.index[-1], freq=width, name="time")
    return data.reindex(whole), step


def _whole_years(
    data: pd.DataFrame, step: int, raw: RawSeries, notes: Notes, limits: Sources
) -> tuple[pd.DataFrame, bool]:
    """Keep calendar years (by label) nearly whole; tell whether they make a typical one."""
    if raw.typical_year:
        data = typical_labels(data)
        data = data[~data.index.duplicated()]
    known = data[[n for n in RADIATION if n in data.columns]].notna().any(axis=1)
    phase = data.index[0].minute % step
    kept, dropped = [], []
    for year in sorted(set(data.index.year)):
        start = pd.Timestamp(year=int(year), month=1, day=1, minute=phase, tz="UTC")
        end = pd.Timestamp(year=int(year) + 1, month=1, day=1, minute=phase, tz="UTC")
        wanted = pd.date_range(start, end, freq=f"{step}min", inclusive="left", name="time")
        share = float(known[known.index.year == year].sum()) / len(wanted)
        if share >= 1.0 - limits.max_weather_missing_share:
            kept.append(data.reindex(wanted))
        elif share * len(wanted) > 24 * 60 / step:
            dropped.append(int(year))
    if not kept:
        return _folded_year(data[known], step, raw, notes, limits), True
    if dropped:
        notes.add(KIND, raw.file, "weather_years_dropped", len(dropped), dropped)
    return pd.concat(kept), raw.typical_year


def _folded_year(
    data: pd.DataFrame, step: int, raw: RawSeries, notes: Notes, limits: Sources
) -> pd.DataFrame:
    """Twelve months that straddle two calendar years, laid in one conventional year."""
    folded = typical_labels(data)
    folded = folded[~folded.index.duplicated()]
    phase = folded.index[0].minute % step if len(folded) else 0
    start = pd.Timestamp(year=TYPICAL_YEAR, month=1, day=1, minute=phase, tz="UTC")
    end = pd.Timestamp(year=TYPICAL_YEAR + 1, month=1, day=1, minute=phase, tz="UTC")
    wanted = pd.date_range(start, end, freq=f"{step}min", inclusive="left", name="time")
    if len(folded) < (1.0 - limits.max_weather_missing_share) * len(wanted):
        raise InputError(
            "weather_incomplete", kind=KIND, file=raw.file, hours=int(len(data) * step / 60)
        )
    notes.add(KIND, raw.file, "weather_folded")
    return folded.reindex(wanted)


def _complete(
    data: pd.DataFrame,
    spot: tuple[float, float, float],
    step: int,
    file: str,
    notes: Notes,
    limits: Sources,
    climate: Climate,
) -> pd.DataFrame:
    """Fill gaps, derive missing components, silence the night."""
    sun = sun_check.sun_of(data.index, spot, step)
    data = fill_radiation(data, sun, step, file, notes, limits)
    data = sun_check.derive_components(data, sun, file, notes, limits)
    data = sun_check.silence_night(data, sun, file, notes)
    for name, monthly, code in (
        ("temp_air", climate.temp_air_monthly, "weather_filled_temp"),
        ("wind_speed", climate.wind_speed_monthly, "weather_filled_wind"),
    ):
        data[name] = fill_slow(data, name, monthly, code, file, notes)
    return data
