"""Irradiances held against the sun: time labels, exchanged columns, closure, components.

Closure, ghi = dhi + dni cos z, holds at every moment; the mean over the daylight hours of its
residual tells a shifted clock (15 min make about 20 W/m²) or exchanged columns (hundreds) from
noise. Everything uses pvlib's apparent zenith at mid-interval.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import permutations

import numpy as np
import pandas as pd
import pvlib
from numpy.typing import NDArray

from cadastre.errors import InputError
from cadastre.parameters.sources import Sources
from cadastre.sources.notes import Notes

KIND = "meteo"
_NAMES = ("ghi", "dni", "dhi")
_LIT = 50.0  # W/m², above which a step is lit
_SAMPLE_DAYS = 5
_SHIFTS = np.arange(-720, 721, 15)
_ROLLS = (0, -1, 1, -2, 2)
_FINE = np.arange(-10, 11, 5)
_MIN_SHIFT = 10  # min
_MAX_LATE = 25.0  # min: afternoons cloudier than mornings move the light by ten minutes


def sun_of(index: pd.DatetimeIndex, spot: tuple[float, float, float], step: int) -> pd.DataFrame:
    """Apparent zenith (degrees), its cosine (0 below the horizon) and extraterrestrial normal.

    ``spot`` = latitude, longitude, altitude; ``step`` in minutes: the sun of mid-interval.
    """
    middle = index + pd.Timedelta(minutes=step / 2)
    sun = pvlib.solarposition.get_solarposition(middle, spot[0], spot[1], spot[2])
    zenith = sun["apparent_zenith"].to_numpy()
    extra = pvlib.irradiance.get_extra_radiation(middle.day_of_year.to_numpy())
    return pd.DataFrame(
        {
            "zenith": zenith,
            "cosine": np.maximum(np.cos(np.radians(zenith)), 0.0),
            "extra": np.asarray(extra, dtype=np.float64),
        },
        index=index,
    )


def closure_error(
    data: pd.DataFrame, cosine: NDArray[np.float64], order: tuple[str, ...] = _NAMES
) -> float:
    """Mean of |ghi - dhi - dni cos z| over the lit steps, W/m²; ``order`` renames columns.

    What is lit is told by the data, so that a clock that is wrong by hours cannot hide.
    """
    ghi, dni, dhi = (data[name].to_numpy() for name in order)
    lit = (np.maximum(np.maximum(ghi, dni), dhi) > _LIT) & np.isfinite(ghi + dni + dhi)
    if not lit.any():
        return float("inf")
    return float(np.abs((ghi - dhi - dni * cosine)[lit]).mean())


def settle_time_and_columns(
    data: pd.DataFrame,
    spot: tuple[float, float, float],
    step: int,
    file: str,
    notes: Notes,
    limits: Sources,
) -> pd.DataFrame:
    """Exchange columns and shift labels where closure speaks clearly; refuse what never closes.

    Raises
    ------
    InputError
        ``weather_closure`` when no reading of the three irradiances agrees with the sun.
    """
    sample = _sample(data, step)
    if not all(name in data.columns and data[name].notna().any() for name in _NAMES):
        return _shift_by_centroid(data, sample, spot, step, file, notes)
    now = closure_error(sample, _cosine(sample, spot, step))
    if now <= limits.good_closure_w_m2:
        return data
    order, shift, best = _search(sample, spot, step)
    if best < 0.7 * now:
        now = best
        if order != _NAMES:
            notes.add(KIND, file, "weather_columns_swapped", columns=", ".join(order))
            others = [name for name in data.columns if name not in _NAMES]
            data = data[[*order, *others]].set_axis([*_NAMES, *others], axis=1)
        if abs(shift) >= _MIN_SHIFT:
            notes.add(KIND, file, "weather_time_shifted", minutes=int(shift))
            data = data.set_axis(data.index + pd.Timedelta(minutes=int(shift)))
    if now > limits.good_closure_w_m2:
        data = _settle_months(data, spot, step, file, notes)
        now = closure_error(data, _cosine(data, spot, step))
    if now > limits.max_closure_w_m2:
        raise InputError(
            "weather_closure", kind=KIND, file=file, error=round(now),
            limit=round(limits.max_closure_w_m2),
        )  # fmt: skip
    if now > limits.good_closure_w_m2:
        notes.add(KIND, file, "weather_closure", error=round(now, 1))
    return data


def _cosine(
    data: pd.DataFrame, spot: tuple[float, float, float], step: int, shift: int = 0
) -> NDArray[np.float64]:
    index = pd.DatetimeIndex(data.index) + pd.Timedelta(minutes=int(shift))
    return sun_of(index, spot, step)["cosine"].to_numpy()


def _clock_cosine(
    data: pd.DataFrame, spot: tuple[float, float, float], step: int
) -> Callable[[int], NDArray[np.float64]]:
    """Cosine of the zenith for any shift of the labels, minutes: Spencer 1971, to about 0.005.

    Enough to search a clock; what is found is judged again with the true sun.
    """
    middle = pd.DatetimeIndex(data.index) + pd.Timedelta(minutes=step / 2)
    day = middle.day_of_year.to_numpy()
    clock = middle.hour.to_numpy() * 60.0 + middle.minute.to_numpy() + 4.0 * spot[1]
    clock += pvlib.solarposition.equation_of_time_spencer71(day)
    tilt = pvlib.solarposition.declination_spencer71(day)
    latitude_rad = np.radians(spot[0])
    level = np.sin(latitude_rad) * np.sin(tilt)
    swing = -np.cos(latitude_rad) * np.cos(tilt)

    def cosine(shift: int) -> NDArray[np.float64]:
        return np.maximum(level + swing * np.cos((clock + shift) * (2.0 * np.pi / 1440.0)), 0.0)

    return cosine


def _sample(data: pd.DataFrame, step: int) -> pd.DataFrame:
    """Every fifth day: enough to judge a clock."""
    day = np.arange(len(data)) // (24 * 60 // step)
    return data[day % _SAMPLE_DAYS == 0]


def _search(
    sample: pd.DataFrame, spot: tuple[float, float, float], step: int
) -> tuple[tuple[str, ...], int, float]:
    """Best order of the three columns and shift of the labels, minutes, with its error."""
    cosine = _clock_cosine(sample, spot, step)
    here = cosine(0)
    orders = sorted(permutations(_NAMES), key=lambda o: closure_error(sample, here, o))

    def error(order: tuple[str, ...], shift: int) -> float:
        return closure_error(sample, cosine(shift), order)

    trials = [(_NAMES, int(s)) for s in _SHIFTS]
    trials += [(orders[0], s) for s in (0, -30, 30, -60, 60) if orders[0] != _NAMES]
    order, near = min(trials, key=lambda t: (round(error(*t), 6), t[0] != _NAMES, abs(t[1])))
    fine = [near + int(s) for s in _FINE]
    shift = min(fine, key=lambda s: (round(error(order, s), 6), abs(s)))
    return order, shift, closure_error(sample, _cosine(sample, spot, step, shift), order)


def _settle_months(
    data: pd.DataFrame, spot: tuple[float, float, float], step: int, file: str, notes: Notes
) -> pd.DataFrame:
    """Months whose clock differs from the others' by whole steps (typical years sewn together).

    A common shift below a step and whole steps by month are sought together; they are kept when
    they take half of the closure error away.
    """
    month = data.index.year.to_numpy() * 12 + data.index.month.to_numpy()
    parts = [np.flatnonzero(month == number) for number in np.unique(month)]
    now = closure_error(data, _cosine(data, spot, step))
    best: tuple[float, int, list[int]] = (now, 0, [0] * len(parts))
    clock = _clock_cosine(data, spot, step)
    for shift in range(-step // 2, step // 2 + 1, 5):
        cosine = clock(shift)
        errors = [
            [closure_error(data.iloc[rows], np.roll(cosine[rows], -k)) for k in _ROLLS]
            for rows in parts
        ]
        rolls = [_ROLLS[int(np.argmin(row))] for row in errors]
        total = float(np.mean([min(row) for row in errors if np.isfinite(min(row))]))
        if total < best[0] - 1e-6:
            best = (total, shift, rolls)
    total, shift, rolls = best
    if total > 0.5 * now or len(set(rolls)) == 1:
        return data
    values = data[list(_NAMES)].to_numpy(copy=True)
    for rows, steps in zip(parts, rolls, strict=True):
        values[rows] = np.roll(values[rows], steps, axis=0)
    moved = [f"{data.index[rows[0]]:%Y-%m}" for rows, k in zip(parts, rolls, strict=True) if k]
    notes.add(KIND, file, "weather_month_shifted", len(moved), moved, minutes=shift)
    data = data.set_axis(data.index + pd.Timedelta(minutes=shift))
    data[list(_NAMES)] = values
    return data


def _shift_by_centroid(
    data: pd.DataFrame,
    sample: pd.DataFrame,
    spot: tuple[float, float, float],
    step: int,
    file: str,
    notes: Notes,
) -> pd.DataFrame:
    """Without closure, the light of the year must be centred on solar noon."""
    name = next(n for n in ("ghi", "dhi", "dni") if n in data.columns and data[n].notna().any())
    light = np.maximum(sample[name].fillna(0.0).to_numpy(), 0.0)
    middle = pd.DatetimeIndex(sample.index) + pd.Timedelta(minutes=step / 2)
    clock = middle.hour.to_numpy() * 60.0 + middle.minute.to_numpy() + 4.0 * spot[1]
    clock += pvlib.solarposition.equation_of_time_spencer71(middle.day_of_year.to_numpy())
    angle = clock * (2.0 * np.pi / 1440.0)
    late = np.degrees(np.arctan2(light @ np.sin(angle), light @ np.cos(angle))) * 4.0
    late = late + 720.0 if late <= 0.0 else late - 720.0
    if not light.any() or abs(late) < _MAX_LATE:
        return data
    shift = -round(late / 15.0) * 15
    notes.add(KIND, file, "weather_time_shifted", minutes=int(shift))
    return data.set_axis(data.index + pd.Timedelta(minutes=int(shift)))


def derive_components(
    data: pd.DataFrame, sun: pd.DataFrame, file: str, notes: Notes, limits: Sources
) -> pd.DataFrame:
    """Add whichever of ghi, dni, dhi is missing; global alone is split by a named model."""
    data = data.copy()
    cosine, zenith = sun["cosine"].to_numpy(), sun["zenith"].to_numpy()
    have = {n for n in (*_NAMES, "beam_horizontal") if n in data.columns and data[n].notna().any()}
    high = zenith < limits.max_beam_zenith
    with np.errstate(invalid="ignore", divide="ignore"):
        if "dni" not in have and "beam_horizontal" in have:
            data["dni"] = np.where(high, data["beam_horizontal"] / cosine, 0.0)
            data["dni"] = np.minimum(data["dni"], sun["extra"])
            have.add("dni")
        if have >= {"ghi", "dhi"} and "dni" not in have:
            beam = np.where(high, (data["ghi"] - data["dhi"]) / cosine, 0.0)
            data["dni"] = np.clip(beam, 0.0, sun["extra"])
            notes.add(KIND, file, "weather_component_derived", column="dni")
        elif have >= {"dni", "dhi"} and "ghi" not in have:
            data["ghi"] = data["dhi"] + data["dni"] * cosine
            notes.add(KIND, file, "weather_component_derived", column="ghi")
        elif have >= {"ghi", "dni"} and "dhi" not in have:
            data["dhi"] = np.clip(data["ghi"] - data["dni"] * cosine, 0.0, None)
            notes.add(KIND, file, "weather_component_derived", column="dhi")
        elif "ghi" in have and not have & {"dni", "dhi"}:
            notes.add(KIND, file, "weather_decomposed", model=limits.decomposition_model)
            data["dni"], data["dhi"] = _decompose(data["ghi"], sun, limits)
    if not all(name in data.columns and data[name].notna().any() for name in _NAMES):
        raise InputError(
            "weather_columns", kind=KIND, file=file, columns=sorted(data.columns), missing="ghi"
        )
    return data


def _decompose(
    ghi: pd.Series, sun: pd.DataFrame, limits: Sources
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    zenith, cosine = sun["zenith"].to_numpy(), sun["cosine"].to_numpy()
    if limits.decomposition_model == "dirint":
        times = pd.DatetimeIndex(ghi.index)
        series = pd.Series(ghi.to_numpy(), index=times)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas deprecations inside pvlib
            dni = pvlib.irradiance.dirint(series, pd.Series(zenith, index=times), times)
        dni = np.nan_to_num(np.asarray(dni, dtype=np.float64))
    else:
        day = ghi.index.day_of_year.to_numpy()
        split = pvlib.irradiance.erbs(
            ghi.to_numpy(), zenith, day, max_zenith=limits.max_beam_zenith
        )
        dni = np.nan_to_num(np.asarray(split["dni"], dtype=np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        most = np.where(cosine > 0.0, ghi.to_numpy() / cosine, 0.0)
    dni = np.clip(np.minimum(dni, most), 0.0, sun["extra"].to_numpy())
    return dni, ghi.to_numpy() - dni * cosine


def silence_night(data: pd.DataFrame, sun: pd.DataFrame, file: str, notes: Notes) -> pd.DataFrame:
    """Irradiance is never negative, and nil with the sun well below the horizon."""
    data = data.copy()
    below = (sun["zenith"] > 96.0).to_numpy()
    lit = 0
    low = 0
    for name in _NAMES:
        values = data[name].to_numpy(copy=True)
        lit += int((values[below] > 1.0).sum())
        low += int((values < 0.0).sum())
        values[below] = 0.0
        data[name] = np.maximum(values, 0.0)
    if lit:
        notes.add(KIND, file, "weather_night_zeroed", lit)
    if low:
        notes.add(KIND, file, "weather_negative_zeroed", low)
    return data
