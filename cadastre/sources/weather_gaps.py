"""Holes of a weather series: short ones along the clearness, long ones from other days."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadastre.parameters.sources import Sources
from cadastre.sources.notes import Notes
from cadastre.sources.weather_series import KIND

RADIATION = ("ghi", "dni", "dhi")


def fill_radiation(
    data: pd.DataFrame, sun: pd.DataFrame, step: int, file: str, notes: Notes, limits: Sources
) -> pd.DataFrame:
    """Short gaps along the clearness, long ones from the nearest day known at the same hour."""
    data = data.copy()
    longest = max(int(limits.max_weather_gap_h * 60 / step), 0)
    up = (sun["cosine"] > 0.0).to_numpy()
    short_total, long_total = 0, 0
    for name in [n for n in (*RADIATION, "beam_horizontal") if n in data.columns]:
        hole = data[name].isna().to_numpy()
        if not hole.any() or hole.all():
            continue
        reference = (sun["extra"] * (1.0 if name == "dni" else sun["cosine"])).to_numpy()
        ratio = pd.Series(np.where(up, data[name] / np.where(up, reference, 1.0), np.nan))
        length = (
            pd.Series(hole)
            .groupby(np.cumsum(np.diff(hole, prepend=hole[0]) != 0))
            .transform("sum")
        )
        short = hole & (length.to_numpy() <= longest)
        between = ratio.interpolate(limit_direction="both").to_numpy()
        data[name] = data[name].mask(short, np.where(up, between * reference, 0.0))
        long = hole & ~short
        data[name] = _from_other_days(data[name], long, 24 * 60 // step, ratio, reference, up)
        short_total, long_total = (
            max(short_total, int(short.sum())),
            max(long_total, int(long.sum())),
        )
    if short_total:
        notes.add(KIND, file, "weather_gap_interpolated", short_total)
    if long_total:
        notes.add(KIND, file, "weather_gap_typical", long_total)
    return data


def _from_other_days(
    values: pd.Series,
    hole: np.ndarray,
    per_day: int,
    ratio: pd.Series,
    reference: np.ndarray,
    up: np.ndarray,
) -> pd.Series:
    """Fill with the clearness of the nearest day at the same hour, earlier first; nights nil."""
    out = values.to_numpy(copy=True)
    clear = ratio.to_numpy()
    count = len(out)
    for place in np.flatnonzero(hole):
        if not up[place]:
            out[place] = 0.0
            continue
        for days in range(1, count // per_day + 1):
            found = [
                k for k in (place - days * per_day, place + days * per_day)
                if 0 <= k < count and not np.isnan(clear[k])
            ]  # fmt: skip
            if found:
                out[place] = clear[found[0]] * reference[place]
                break
    return pd.Series(out, index=values.index)


def fill_slow(
    data: pd.DataFrame,
    name: str,
    monthly: tuple[float, ...],
    code: str,
    file: str,
    notes: Notes,
) -> pd.Series:
    """Temperature or wind: short gaps by straight lines, others by the mean of month and hour."""
    month = data.index.month
    usual = pd.Series(np.array(monthly)[month - 1], index=data.index)
    if name not in data.columns or data[name].isna().all():
        notes.add(KIND, file, code, len(data))
        return usual
    values = data[name]
    hole = values.isna()
    if not hole.any():
        return values
    notes.add(KIND, file, code, int(hole.sum()))
    near = values.interpolate(limit=6, limit_direction="both")
    mean = values.groupby([month, data.index.hour]).transform("mean")
    return near.fillna(mean).fillna(usual)
