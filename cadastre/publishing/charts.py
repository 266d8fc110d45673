"""Charts of the sheet as SVG text: months, interval, skyline with sun paths, roof plan.

Figures are drawn to the right scale and named in words (``aria-label``); colours come from the
caller, so that map and sheet agree. Output is text fit for HTML, reproducible to the byte.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from cadastre.publishing.texts_fr import map_words
from cadastre.publishing.texts_fr.numbers import (
    COMPASS_LETTERS,
    MONTH_INITIALS,
    compass,
    number,
    with_unit,
)

INK, PALE, LINE = "#1b2733", "#4c5a66", "#d9d4c8"
SUN, COOL, SKY = "#e08a1e", "#8aa7bd", "#e6f1f8"
WIDTH = 320.0


def _svg(width: float, height: float, words: str, parts: list[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" '
        f'role="img" aria-label={quoteattr(words)}>'
    )
    return head + "".join(parts) + "</svg>"


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _text(
    x: float, y: float, text: str, anchor: str = "middle", size: float = 10.0, bold: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    colour = INK if bold else PALE
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" font-size="{_n(size)}" '
        f'fill="{colour}"{weight}>{escape(text)}</text>'
    )


def _room(*texts: str) -> float:
    """Return a width that holds any of the texts at 10 px, digits of wide fonts included."""
    return 6.4 * max(len(text) for text in texts) + 6


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.0) -> str:
    return (
        f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" '
        f'stroke="{colour}" stroke-width="{_n(width)}"/>'
    )


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    size = f'width="{_n(width)}" height="{_n(height)}"'
    return f'<rect x="{_n(x)}" y="{_n(y)}" {size} fill="{colour}"/>'


def ink_on(colour: str) -> str:
    """Return black or white ink, whichever reads better on ``#rrggbb`` (WCAG 2.1 luminance)."""
    value = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ np.array([0.2126, 0.7152, 0.0722]))
    # equal contrast with white (1.05) and with INK (0.0203 + 0.05)
    return INK if (luminance + 0.05) ** 2 > 1.05 * 0.0703 else "#ffffff"


def ceiling(value: float) -> float:
    """Return the round number just above, for the top of an axis."""
    if not value > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
    return next(step * power for step in steps if step * power >= value * (1 - 1e-12))


def months_chart(values: Sequence[float]) -> str:
    """Return the bars of twelve months, kWh."""
    height, head, base = 144.0, 22.0, 130.0
    top = ceiling(max(values))
    marks = {share: number(top * share) for share in (0.0, 0.5, 1.0)}
    left = _room(*marks.values())
    step = (WIDTH - left) / 12
    parts = [_text(left - 4, 10, "kWh", "end")]
    for share, mark in marks.items():
        y = base - share * (base - head)
        parts += [_line(left, y, WIDTH, y, LINE), _text(left - 4, y + 3, mark, "end")]
    for month, value in enumerate(values):
        size = max(value / top * (base - head), 0.5)
        x = left + month * step
        colour = SUN if 2 < month < 9 else COOL
        parts.append(_rect(x + step * 0.14, base - size, step * 0.72, size, colour))
        parts.append(_text(x + step / 2, height - 2, MONTH_INITIALS[month]))
    listed = ", ".join(number(value) for value in values)
    return _svg(WIDTH, height, map_words.PHRASES["months_chart"].format(values=listed), parts)


def interval_chart(low: float, mid: float, high: float) -> str:
    """Return P90, median and the symmetric upper bound on one axis from zero, kWh a year."""
    end = max(high * 1.06, 1.0)
    unit = map_words.PHRASES["per_year"]
    median = f"{with_unit(mid, unit)} ({map_words.PHRASES['median']})"

    def x(value: float) -> float:
        return 6 + value / end * (WIDTH - 12)

    parts = [
        _line(x(0), 30, x(end), 30, "#9aa5ad", 2),
        f'<rect x="{_n(x(low))}" y="22" width="{_n(x(high) - x(low))}" height="16" rx="8" '
        f'fill="#f6cd8f" stroke="#c77b12"/>',
        _line(x(mid), 18, x(mid), 42, INK, 2.5),
        _text(x(0), 54, with_unit(0, unit) if x(low) > 100 else "0", "start"),
        _text(x(low), 54, number(low)),
        _text(min(x(mid), WIDTH - _room(median) / 2), 13, median, bold=True),
        _text(min(x(high), WIDTH - _room(number(high)) / 2), 54, number(high)),
    ]
    words = map_words.PHRASES["interval_chart"].format(
        low=number(low), mid=number(mid), high=number(high)
    )
    return _svg(WIDTH, 58, words, parts)


def self_horizon(surface_tilt: float, surface_azimuth: float, azimuth: float) -> float:
    """Return the elevation below which the sun stands behind the plane, degrees.

    ``atan(max(0, -tan(tilt) cos(azimuth - surface_azimuth)))``, zero for a level plane (azimuth
    NaN).
    """
    if math.isnan(surface_azimuth):
        return 0.0
    turn = math.radians(azimuth - surface_azimuth)
    rise = -math.tan(math.radians(surface_tilt)) * math.cos(turn)
    return math.degrees(math.atan(max(0.0, rise)))


def horizon_chart(
    skyline: Sequence[float],
    surface_tilt: float,
    surface_azimuth: float,
    paths: dict[str, list[tuple[float, float]]],
) -> str:
    """Return what a plane sees of the sky from north-east to north-west.

    ``skyline``: elevations in degrees by sector from north; ``paths`` as ``sun_lines`` gives.
    """
    height, base, start, stop, most = 150.0, 134.0, 40.0, 320.0, 70.0

    def x(azimuth: float) -> float:
        return (azimuth - start) / (stop - start) * WIDTH

    def y(elevation: float) -> float:
        return base - min(elevation, most) / most * (base - 6)

    line = np.asarray(skyline, dtype=np.float64)
    azimuths = np.arange(start, stop + 1, 2.0)
    sectors = np.arange(len(line) + 1) * 360.0 / len(line)
    seen = np.interp(azimuths, sectors, np.append(line, line[0]))
    own = [self_horizon(surface_tilt, surface_azimuth, float(a)) for a in azimuths]
    parts = [_rect(0, 0, WIDTH, base, SKY), _area(azimuths, own, x, y, "#b9cbd8")]
    for elevation in (20, 40, 60):
        parts.append(_line(0, y(elevation), WIDTH, y(elevation), LINE))
        parts.append(_text(2, y(elevation) - 2, f"{elevation}°", "start"))
    names = []
    for name, path in paths.items():
        inside = [(a, e) for a, e in path if start <= a <= stop]
        points = " ".join(f"{_n(x(a))},{_n(y(e))}" for a, e in inside)
        parts.append(f'<polyline points="{points}" fill="none" stroke="#d07a06"/>')
        noon = max((e for _, e in inside), default=0.0)
        names.append(_text(x(180), y(noon) - 3, map_words.PHRASES[name], bold=True))
    parts += [_area(azimuths, list(seen), x, y, "#5d6670"), *names]
    for rank in range(2, 7):
        parts.append(_text(x(45.0 * rank), height - 3, COMPASS_LETTERS[rank]))
    highest = int(np.argmax(line))
    words = map_words.PHRASES["horizon_chart"].format(
        height=number(line[highest]), direction=compass(highest * 360.0 / len(line))
    )
    return _svg(WIDTH, height, words, parts)


def _area(
    azimuths: NDArray[np.float64],
    heights: list[float],
    x: Callable[[float], float],
    y: Callable[[float], float],
    colour: str,
) -> str:
    base = y(0.0)
    points = " ".join(f"{_n(x(a))},{_n(y(h))}" for a, h in zip(azimuths, heights))
    return f'<polygon points="0,{_n(base)} {points} {_n(WIDTH)},{_n(base)}" fill="{colour}"/>'


def roof_plan(
    footprint: BaseGeometry | None,
    planes: gpd.GeoDataFrame,
    modules: gpd.GeoDataFrame,
    colours: dict[str, str],
) -> str:
    """Return the roof seen from above, north up: planes by class, modules, scale bar.

    Geometry in a metric CRS; planes carry ``suitability_class``. Empty text without any outline.
    """
    shapes = [shape for shape in (footprint, *planes.geometry) if shape and not shape.is_empty]
    if not shapes:
        return ""
    west, south, east, north = np.array([shape.bounds for shape in shapes]).T
    x_min, y_max = west.min(), north.max()
    span = max(east.max() - x_min, y_max - south.min(), 1.0)
    side, margin = 260.0, 14.0
    scale = (side - 2 * margin) / span

    def path(shape: BaseGeometry, style: str) -> str:
        rings = []
        for part in getattr(shape, "geoms", [shape]):
            if isinstance(part, Polygon):
                for ring in (part.exterior, *part.interiors):
                    points = [
                        f"{_n(margin + (px - x_min) * scale)} {_n(margin + (y_max - py) * scale)}"
                        for px, py in np.asarray(ring.coords)[:, :2]
                    ]
                    rings.append("M" + "L".join(points) + "Z")
        return f'<path d="{"".join(rings)}" fill-rule="evenodd" {style}/>'

    parts = []
    if footprint and not footprint.is_empty:
        parts.append(path(footprint, 'fill="#e5e2da" stroke="#8a8a86"'))
    classes = planes.get("suitability_class", [None] * len(planes))
    for shape, code in zip(planes.geometry, classes):
        colour = colours.get(str(code), "#d5d4cf")
        parts.append(path(shape, f'fill="{colour}" stroke="#4a4038" stroke-width="1"'))
    for shape in modules.geometry:
        parts.append(path(shape, 'fill="#16324f" fill-opacity="0.75" stroke="#fff"'))
    bar = next(length for length in (50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5) if length <= span / 2.5)
    parts.append(_line(margin, side + 8, margin + bar * scale, side + 8, INK, 2))
    parts.append(_text(margin + bar * scale + 6, side + 12, with_unit(bar, "m"), "start"))
    parts.append(_text(side - 8, 14, "N ↑", bold=True))
    return _svg(side, side + 18, map_words.PLAN_LABEL, parts)
