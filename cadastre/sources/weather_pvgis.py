"""PVGIS files: hourly series and typical years, csv or json, of a horizontal plane."""

from __future__ import annotations

import json
import re

import pandas as pd

from cadastre.errors import InputError
from cadastre.sources.weather_series import KIND, VARIABLE_MAP, RawSeries, finish


def parse_pvgis_csv(text: str, file: str) -> RawSeries:
    """PVGIS hourly or TMY, csv: header lines ``name: value``, then a table up to a blank line."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.lower().startswith("time"))
    header = dict(part for line in lines[:start] if ":" in line for part in [_header_pair(line)])
    end = next((i for i in range(start, len(lines)) if not lines[i].strip()), len(lines))
    names = lines[start].split(",")
    rows = [line.split(",") for line in lines[start + 1 : end]]
    table = pd.DataFrame([row for row in rows if len(row) == len(names)], columns=names)
    if len(table) < len(rows) - 1 or table.empty:
        raise ValueError(f"{len(table)} / {len(rows)}")
    table = table[table[names[0]].str.fullmatch(r"\d{8}:\d{4}")]
    place = tuple(_number(header, key) for key in ("latitude", "longitude", "elevation"))
    slope = header.get("slope")
    return _pvgis(table, place, _number(header, "irradiance time offset"), slope, file)


def _header_pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.split("(")[0].strip().lower(), value.strip()


def _number(header: dict[str, str], key: str) -> float | None:
    found = re.match(r"-?\d+(\.\d+)?", header.get(key, ""))
    return float(found.group()) if found else None


def parse_pvgis_json(text: str, file: str) -> RawSeries:
    """PVGIS hourly or TMY, json as the service returns it, or a bare list of hours."""
    content = json.loads(text)
    if isinstance(content, list):
        rows, inputs = content, {}
    else:
        outputs = content.get("outputs", {})
        rows = outputs.get("hourly") or outputs.get("tmy_hourly")
        inputs = content.get("inputs", {})
    if not rows:
        raise InputError("weather_format", kind=KIND, file=file)
    spot = inputs.get("location", {})
    place = tuple(
        None if spot.get(key) is None else float(spot[key])
        for key in ("latitude", "longitude", "elevation")
    )
    mounting = inputs.get("mounting_system", {})
    slope = None
    if mounting:
        fixed = mounting.get("fixed")
        slope = "tracking" if fixed is None else str(fixed.get("slope", {}).get("value", "0"))
    return _pvgis(pd.DataFrame(rows), place, spot.get("irradiance_time_offset"), slope, file)


def _pvgis(
    table: pd.DataFrame,
    place: tuple[float | None, ...],
    offset_hours: float | None,
    slope: str | None,
    file: str,
) -> RawSeries:
    stamp_name = table.columns[0]
    stamps = pd.to_datetime(table[stamp_name], format="%Y%m%d:%H%M", utc=True)
    years = stamps.dt.year
    values = table.drop(columns=stamp_name)
    values = values.apply(pd.to_numeric, errors="coerce")
    values = values.rename(columns={name: name.strip().lower() for name in values.columns})
    if any(name.endswith("(i)") for name in values.columns):
        values = _horizontal_components(values, slope, file)
    values = values.rename(columns=VARIABLE_MAP)
    if offset_hours is not None:
        stamps = stamps + pd.Timedelta(minutes=round(60.0 * float(offset_hours)))
    label = stamps - pd.Timedelta(minutes=30)
    data = values.set_axis(pd.DatetimeIndex(label))
    spot = (place[0], place[1], place[2])
    return finish(data, spot, "pvgis", years, file)


def _horizontal_components(values: pd.DataFrame, slope: str | None, file: str) -> pd.DataFrame:
    """Take plane-of-array columns of a horizontal plane; refuse those of a tilted one."""
    found = re.match(r"-?\d+(\.\d+)?", slope or "")
    if slope is None or not found or float(found.group()) != 0.0:
        raise InputError("weather_tilted", kind=KIND, file=file, slope=slope or "?")
    values = values.copy()
    if "gb(i)" in values and "gd(i)" in values:
        values["beam_horizontal"] = values["gb(i)"]
        values["dhi"] = values["gd(i)"]
        values["ghi"] = values["gb(i)"] + values["gd(i)"]
    elif "g(i)" in values:
        values["ghi"] = values["g(i)"]
    return values
