"""Numbers, dates and directions as French readers expect them.

Decimal comma, narrow no-break space between thousands, no-break space before units. Missing
values (None, NaN) read as an em dash. Text only: nothing here computes a figure of the method.
"""

from __future__ import annotations

import datetime
import math
import re

THOUSANDS = "\u202f"
BEFORE_UNIT = "\u00a0"
MISSING = "—"

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
MONTH_INITIALS = ("J", "F", "M", "A", "M", "J", "J", "A", "S", "O", "N", "D")

COMPASS = ("nord", "nord-est", "est", "sud-est", "sud", "sud-ouest", "ouest", "nord-ouest")
COMPASS_LETTERS = ("N", "NE", "E", "SE", "S", "SO", "O", "NO")


def is_missing(value: object) -> bool:
    """Tell whether a value stands for nothing: None, NaN, pandas' NA."""
    if value is None:
        return True
    try:
        return bool(math.isnan(float(value)))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return type(value).__name__ in ("NAType", "NaTType")


def number(value: float | None, decimals: int = 0) -> str:
    """Return a number with decimal comma and grouped thousands; half rounds to even.

    >>> number(5234.25, 1).replace("\u202f", " ")
    '5 234,2'
    """
    if is_missing(value):
        return MISSING
    text = f"{float(value):,.{decimals}f}"  # type: ignore[arg-type]
    if text.startswith("-") and not text.strip("-0.,"):
        text = text[1:]
    return text.replace(",", THOUSANDS).replace(".", ",").replace("-", "\u2212")


def with_unit(value: float | None, unit: str, decimals: int = 0) -> str:
    """Return a number and its unit, kept on one line."""
    text = number(value, decimals)
    return text if text == MISSING else f"{text}{BEFORE_UNIT}{unit}"


def percent(ratio: float | None, decimals: int = 0) -> str:
    """Return a ratio of 0-1 as a percentage.

    >>> percent(0.125, 1).replace("\u00a0", " ")
    '12,5 %'
    """
    return with_unit(None if is_missing(ratio) else 100.0 * float(ratio), "%", decimals)  # type: ignore[arg-type]


def energy(kwh: float | None) -> str:
    """Return an energy in the unit that reads best: kWh, MWh from 100 000 kWh, GWh from 10^7.

    >>> energy(12_340_000).replace("\u00a0", " ")
    '12,3 GWh'
    """
    if is_missing(kwh):
        return MISSING
    amount = float(kwh)  # type: ignore[arg-type]
    if abs(amount) < 1e5:
        return with_unit(amount, "kWh")
    if abs(amount) < 1e7:
        return with_unit(amount / 1e3, "MWh")
    return with_unit(amount / 1e6, "GWh", 1 if abs(amount) < 1e9 else 0)


def interval(low: float | None, high: float | None, unit: str, decimals: int = 0) -> str:
    """Return « entre X et Y unité »; a missing bound makes the whole missing."""
    if is_missing(low) or is_missing(high):
        return MISSING
    return f"entre {number(low, decimals)} et {with_unit(high, unit, decimals)}"


def count(amount: int, one: str, many: str) -> str:
    """Return a count and its noun; French keeps the singular below two.

    >>> count(1, "pan", "pans").replace("\u00a0", " ")
    '1 pan'
    """
    return f"{number(amount)}{BEFORE_UNIT}{one if abs(amount) < 2 else many}"


def compass(azimuth: float | None) -> str:
    """Return the direction of an azimuth (degrees clockwise from north) among eight.

    >>> compass(215.0)
    'sud-ouest'
    """
    if is_missing(azimuth):
        return MISSING
    return COMPASS[round(float(azimuth) / 45.0) % 8]  # type: ignore[arg-type]


def orientation(surface_tilt: float | None, surface_azimuth: float | None) -> str:
    """Return how a plane lies, as « incliné de 35° vers le sud-ouest »; flat without azimuth."""
    if is_missing(surface_tilt):
        return MISSING
    if is_missing(surface_azimuth):
        return "à plat"
    direction = compass(surface_azimuth)
    article = "l’" if direction[0] in "eo" else "le "
    return f"incliné de {number(surface_tilt)}° vers {article}{direction}"


def date(text: str | None) -> str:
    """Return an ISO date (year, year-month or day) in words; other text as it is.

    >>> date("2023-05-01")
    '1er mai 2023'
    """
    if text is None or is_missing(text) or not str(text).strip():
        return MISSING
    parts = str(text).strip().split("T")[0].split("-")
    try:
        values = [int(part) for part in parts]
        if len(values) == 3:
            day = datetime.date(*values)
            ordinal = "1er" if day.day == 1 else str(day.day)
            return f"{ordinal} {MONTHS[day.month - 1]} {day.year}"
        if len(values) == 2 and len(parts[0]) == 4:
            return f"{MONTHS[datetime.date(values[0], values[1], 1).month - 1]} {values[0]}"
    except ValueError:
        return str(text)
    return str(text)


def duration(seconds: float | None) -> str:
    """Return a length of time, as « 1 h 05 min » or « 3,4 s »."""
    if is_missing(seconds):
        return MISSING
    total = float(seconds)  # type: ignore[arg-type]
    if total < 60:
        return with_unit(total, "s", 1)
    minutes, rest = divmod(round(total), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{number(hours)}{BEFORE_UNIT}h{BEFORE_UNIT}{minutes:02d}{BEFORE_UNIT}min"
    return f"{minutes}{BEFORE_UNIT}min{BEFORE_UNIT}{rest:02d}{BEFORE_UNIT}s"


def spaced(text: str) -> str:
    """Return a phrase with no-break spaces where French wants them: before ``? ! : ; »``...

    ... after ``«`` and between a figure (or its ``{blank}``) and its unit.
    """
    text = re.sub(r" (?=[?!:;»])|(?<=«) ", BEFORE_UNIT, text)
    return re.sub(r"(?<=[}\d]) (?=(?:%|°|kWh|kWc|m²|cm)(?:\W|$))", BEFORE_UNIT, text)


def file_size(size: int) -> str:
    """Return a file size in octets, ko or Mo."""
    if size < 1_000:
        return with_unit(size, "o")
    if size < 1_000_000:
        return with_unit(size / 1e3, "ko")
    return with_unit(size / 1e6, "Mo", 1)
