"""What a weather parser gives, and the labels of a typical year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

KIND = "meteo"
TYPICAL_YEAR = 2001
COLUMNS = ("ghi", "dni", "dhi", "temp_air", "wind_speed")

# Foreign names, folded, to ours. PVGIS tilted components (i) count only where the slope is nil.
VARIABLE_MAP: dict[str, str] = {
    "ghi": "ghi", "g(h)": "ghi", "global": "ghi", "globalhorizontal": "ghi", "gh": "ghi",
    "ghi_w_m2": "ghi", "glo": "ghi", "g_i": "ghi", "rayonnement_global": "ghi", "swdown": "ghi",
    "dni": "dni", "gb(n)": "dni", "bni": "dni", "direct_normal": "dni", "dni_w_m2": "dni",
    "dhi": "dhi", "gd(h)": "dhi", "diffuse": "dhi", "diffus": "dhi", "dhi_w_m2": "dhi",
    "diffuse_horizontal": "dhi",
    "temp_air": "temp_air", "t2m": "temp_air", "temperature": "temp_air", "tair": "temp_air",
    "temp": "temp_air", "t": "temp_air", "temp_air_c": "temp_air",
    "wind_speed": "wind_speed", "ws10m": "wind_speed", "wind": "wind_speed", "ws": "wind_speed",
    "wind speed": "wind_speed", "windspeed": "wind_speed", "wind_speed_m_s": "wind_speed",
}  # fmt: skip
TIME_NAMES = ("time", "time(utc)", "timestamp", "datetime", "date", "heure", "utc", "period_start")


@dataclass(frozen=True)
class RawSeries:
    """What one file says: columns among ``COLUMNS`` (NaN where missing), UTC labels.

    ``latitude``, ``longitude``, ``altitude`` are None where the file does not tell.
    ``naive`` is true where the time zone had to be assumed.
    """

    data: pd.DataFrame
    latitude: float | None
    longitude: float | None
    altitude: float | None
    origin: str
    typical_year: bool
    naive: bool
    file: str


def typical_labels(data: pd.DataFrame) -> pd.DataFrame:
    """Bring labels to one conventional year, wrapped at its ends, 29 February left out."""
    index = data.index
    data = data[~((index.month == 2) & (index.day == 29))]
    moved = pd.to_datetime(
        {"year": TYPICAL_YEAR, "month": data.index.month, "day": data.index.day,
         "hour": data.index.hour, "minute": data.index.minute}, utc=True,
    )  # fmt: skip
    return data.set_axis(pd.DatetimeIndex(moved, name="time")).sort_index(kind="stable")


def _sewn(index: pd.DatetimeIndex, years: NDArray[np.int64]) -> bool:
    """Tell months of different years sewn into one: one year a month, and gaps between them."""
    months = pd.DataFrame({"month": np.asarray(index.month), "year": years}).drop_duplicates()
    if months["year"].nunique() < 2 or months["month"].duplicated().any():
        return False
    step = pd.Series(index).diff().abs().median()
    return bool(index.max() - index.min() > 1.5 * len(index) * step)


def finish(
    data: pd.DataFrame,
    place: tuple[float | None, float | None, float | None],
    origin: str,
    years: Iterable[int],
    file: str,
    zone_hours: float = 0.0,
) -> RawSeries:
    """Order columns; months of several years in one year's worth of rows make a typical year.

    ``zone_hours`` is taken off the labels once the months stand in one year: the first hour of a
    month must not fall into the last day of another year's.
    """
    typical = _sewn(pd.DatetimeIndex(data.index), np.asarray(years, dtype=np.int64))
    data = data[[name for name in COLUMNS if name in data.columns]].astype("float64")
    data.index.name = "time"
    if typical:
        data = typical_labels(data)
    data = data.set_axis(data.index - pd.Timedelta(hours=zone_hours))
    if typical and zone_hours:
        data = typical_labels(data)
    return RawSeries(data, *place, origin, typical, False, file)
