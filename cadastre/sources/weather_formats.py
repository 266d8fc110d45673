"""One parser per weather format: what the file says, on a regular UTC index, unjudged.

A parser turns stamps into the project's labels (start of the interval, sun at mid-interval) by
the convention of its format; it repairs nothing. Conventions, with where they are documented:

* EPW: hours 1-24 end the interval, local standard time (EnergyPlus Auxiliary Programs).
* PVGIS hourly: instants of the satellite image, UTC, minutes in the stamp (PVGIS user manual).
* PVGIS TMY: stamps on the hour, the irradiance is that of the stamp plus the header's offset.
* NSRDB: stamps at mid-interval, UTC or the header's zone (NSRDB data viewer documentation).
* Modelica ``.mos``: seconds from 1 January, local standard time, values of the hour before the
  stamp (Buildings library, weather data reader). Files that depart are found by closure.
* RT2012 text: seconds from 1 January at mid-hour; its note says solar time, its sun says UTC + 1.
* Plain CSV: ``time`` is the start of the interval, UTC unless it carries an offset.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from cadastre.errors import InputError, first_line
from cadastre.sources.weather_pvgis import parse_pvgis_csv, parse_pvgis_json
from cadastre.sources.weather_series import (
    COLUMNS,
    KIND,
    TIME_NAMES,
    TYPICAL_YEAR,
    VARIABLE_MAP,
    RawSeries,
    finish,
    typical_labels,
)


def parse_weather(path: Path) -> RawSeries:
    """Recognise the format by the content and parse the file.

    Raises
    ------
    InputError
        ``file_missing``, ``weather_unreadable``, ``weather_format``, ``weather_tilted``,
        ``weather_columns``.
    """
    if not path.exists():
        raise InputError("file_missing", kind=KIND, file=str(path))
    text = _decode(path)
    if not text.strip():
        raise InputError("weather_unreadable", kind=KIND, file=path.name, detail="0")
    parser = _parser_of(text)
    try:
        return parser(text, path.name)
    except InputError:
        raise
    except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        detail = first_line(error, "?")
        raise InputError("weather_unreadable", kind=KIND, file=path.name, detail=detail) from error


def _decode(path: Path) -> str:
    raw = path.read_bytes()
    if b"\x00" in raw[:4096]:
        raise InputError("weather_format", kind=KIND, file=path.name)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _parser_of(text: str) -> Callable[[str, str], RawSeries]:
    head = text[:4000].lstrip()
    if head.startswith("LOCATION,"):
        return parse_epw
    if head[:1] in "{[":
        return parse_pvgis_json
    if head.startswith("Latitude (decimal degrees)"):
        return parse_pvgis_csv
    if "#LOCATION," in head and "double tab1" in head:
        return parse_mos
    if "FDIRN" in head:
        return parse_rt2012
    if head.startswith("Source,") and "Elevation" in head.splitlines()[0]:
        return parse_nsrdb
    return parse_csv


def parse_epw(text: str, file: str) -> RawSeries:
    """EnergyPlus weather: header lines, then year, month, day, hour 1-24, minute, flags, data."""
    lines = text.splitlines()
    header = lines[0].split(",")
    latitude, longitude, zone, altitude = (float(value) for value in header[6:10])
    start = 1 + next(i for i, line in enumerate(lines) if line.startswith("DATA PERIODS"))
    rows = [line.split(",") for line in lines[start:] if line.strip()]
    if len(rows) < 24 or any(len(row) < 22 for row in rows[:-1]):
        raise ValueError(f"{len(rows)}")
    rows = [row for row in rows if len(row) >= 22]
    table = np.array([[*row[:5], row[6], row[13], row[14], row[15], row[21]] for row in rows])
    years, months, days, hours = (table[:, k].astype(int) for k in range(4))
    day = pd.to_datetime({"year": years, "month": months, "day": days}, utc=True)
    per_hour = max(int(lines[start - 1].split(",")[2]), 1)
    part = np.arange(len(rows)) % per_hour * (60 // per_hour)
    label = day + pd.to_timedelta((hours - 1) * 60 + part, unit="min")
    values = pd.DataFrame(table[:, 5:], columns=["temp_air", "ghi", "dni", "dhi", "wind_speed"])
    values = values.apply(pd.to_numeric, errors="coerce")
    values = values.mask(values[["ghi", "dni", "dhi"]].reindex(columns=values.columns) >= 9999)
    values["temp_air"] = values["temp_air"].mask(values["temp_air"] >= 99.9)
    values["wind_speed"] = values["wind_speed"].mask(values["wind_speed"] >= 999)
    data = values.set_axis(pd.DatetimeIndex(label))
    return finish(data, (latitude, longitude, altitude), "epw", years, file, zone)


def parse_mos(text: str, file: str) -> RawSeries:
    """Modelica weather table: ``#LOCATION`` line, ``#Cn`` lines naming the columns, numbers."""
    lines = text.splitlines()
    header = next(line for line in lines if line.startswith("#LOCATION")).split(",")
    latitude, longitude, zone, altitude = (float(value) for value in header[6:10])
    names = [line for line in lines if re.match(r"#C\d+", line)]
    wanted = {
        "ghi": "global horizontal radiation", "dni": "direct normal radiation",
        "dhi": "diffuse horizontal radiation", "temp_air": "dry bulb", "wind_speed": "wind speed",
    }  # fmt: skip
    place = {
        ours: next(
            i
            for i, line in enumerate(names)
            if foreign in line.lower() and "extra" not in line.lower()
        )
        for ours, foreign in wanted.items()
    }
    rows = [line for line in lines if line[:1].isdigit() or line[:1] == "-"]
    table = np.loadtxt(io.StringIO("\n".join(rows)), ndmin=2)
    data = pd.DataFrame({ours: table[:, i] for ours, i in place.items()})
    year = re.search(r"(?<!\d)(19|20)\d{2}(?!\d)", file)
    first = int(year.group()) if year else TYPICAL_YEAR
    step = pd.Timedelta(seconds=float(np.median(np.diff(table[:, 0]))))
    label = pd.Timestamp(year=first, month=1, day=1, tz="UTC") + pd.to_timedelta(
        table[:, 0], unit="s"
    )
    label = label - step - pd.Timedelta(hours=zone)
    data = data.set_axis(pd.DatetimeIndex(label))
    return finish(data, (latitude, longitude, altitude), "csv", np.full(len(data), first), file)


def parse_rt2012(text: str, file: str) -> RawSeries:
    """Text of the French thermal regulation 2012: tab-separated, seconds at mid-hour, UTC + 1."""
    rows = [line.split() for line in text.splitlines() if re.match(r"\s*\d+(\.\d+)?\s", line)]
    table = np.array([row[:12] for row in rows if len(row) >= 12], dtype=np.float64)
    start = pd.Timestamp(year=TYPICAL_YEAR, month=1, day=1, tz="UTC")
    label = start + pd.to_timedelta(table[:, 0] - 1800.0 - 3600.0, unit="s")
    data = pd.DataFrame(
        {"dni": table[:, 1], "dhi": table[:, 2], "temp_air": table[:, 3],
         "wind_speed": table[:, 8]}, index=pd.DatetimeIndex(label),
    )  # fmt: skip
    place = (float(table[0, 10]), float(table[0, 11]), 0.0)
    data.index.name = "time"
    return RawSeries(typical_labels(data), *place, "csv", True, False, file)


def parse_nsrdb(text: str, file: str) -> RawSeries:
    """NSRDB csv: two lines of header, then Year, Month, Day, Hour, Minute at mid-interval."""
    lines = text.splitlines()
    header = dict(zip(next(csv.reader([lines[0]])), next(csv.reader([lines[1]])), strict=False))
    table = pd.read_csv(io.StringIO("\n".join(lines[2:])))
    stamps = pd.to_datetime(table[["Year", "Month", "Day", "Hour", "Minute"]], utc=True)
    stamps = stamps - pd.Timedelta(hours=float(header.get("Time Zone") or 0.0))
    step = stamps.diff().median()
    values = table.rename(columns={name: name.lower() for name in table.columns})
    values = values.rename(columns=VARIABLE_MAP)
    data = values.set_axis(pd.DatetimeIndex(stamps - step / 2))
    place = (float(header["Latitude"]), float(header["Longitude"]), float(header["Elevation"]))
    return finish(data, place, "csv", table["Year"], file)


def parse_csv(text: str, file: str) -> RawSeries:
    """Plain table with a header: ``time``, then some of ghi, dni, dhi, temp_air, wind_speed."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) < 2:
        raise InputError("weather_format", kind=KIND, file=file)
    separator = max((";", ",", "\t"), key=lines[0].count)
    comma = separator != "," and "," in lines[1] and "." not in lines[1].split(separator, 1)[-1]
    table = pd.read_csv(
        io.StringIO("\n".join(lines)), sep=separator, decimal="," if comma else ".",
        on_bad_lines="error", skipinitialspace=True,
    )  # fmt: skip
    names = {name: str(name).strip().lower() for name in table.columns}
    table = table.rename(columns=names)
    stamp = next((name for name in TIME_NAMES if name in table.columns), None)
    if stamp is None:
        raise InputError(
            "weather_columns", kind=KIND, file=file, columns=sorted(table.columns), missing="time"
        )
    table = table.rename(columns=VARIABLE_MAP)
    known = [name for name in COLUMNS if name in table.columns]
    if not {"ghi", "dni", "dhi"} & set(known):
        raise InputError(
            "weather_columns", kind=KIND, file=file, columns=sorted(table.columns), missing="ghi"
        )
    label, naive = _labels(table[stamp])
    data = table[known].apply(pd.to_numeric, errors="coerce").set_axis(pd.DatetimeIndex(label))
    place = tuple(
        float(table[key].iloc[0]) if key in table.columns else None
        for key in ("latitude", "longitude", "altitude")
    )
    data = data[data.index.notna()]
    years = data.index.year
    raw = finish(data, (place[0], place[1], place[2]), "csv", years, file)
    return replace(raw, naive=naive)


def _labels(values: pd.Series) -> tuple[pd.Series, bool]:
    """UTC labels of a time column and whether their zone was assumed."""
    text = values.astype(str).str.strip()
    aware = bool(text.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True).all())
    stamps = pd.to_datetime(text, utc=True, errors="coerce", format="ISO8601")
    if stamps.isna().mean() > 0.5:
        stamps = pd.to_datetime(text, utc=True, errors="coerce", dayfirst=True, format="mixed")
    if stamps.isna().mean() > 0.5:
        raise ValueError(str(values.iloc[0])[:40])
    return stamps, not aware
