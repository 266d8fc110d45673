"""What the page knows before any roof is loaded: territories, colours, words, sun paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np

from cadastre.parameters import Publishing
from cadastre.publishing.map_data import TERRITORY_FIELDS, columnar, encoded
from cadastre.publishing.sun_lines import sun_lines
from cadastre.publishing.texts_fr import map_words
from cadastre.publishing.texts_fr.numbers import (
    COMPASS,
    COMPASS_LETTERS,
    MONTH_INITIALS,
    MONTHS,
    spaced,
)
from cadastre.publishing.texts_fr.readme import attribution
from cadastre.publishing.texts_fr.reasons import KINDS, UNCERTAINTY_CAUSE

CLASSES = ("A", "B", "C", "D", "E")


def territory_data(
    geographic: dict[str, gpd.GeoDataFrame],
    provenance: Mapping[str, Any],
    settings: Publishing,
    shards: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return what the page knows before any roof is loaded."""
    levels = {level: _level(geographic["territories"], level) for level in KINDS["level"]}
    bounds = _bounds(geographic)
    steps = commune_steps(
        [item.get("advised_energy_kwh") for item in levels["commune"]],
        len(settings.commune_colours),
    )
    codes = {
        column: {
            code: {"label": t.label, "explanation": t.explanation} for code, t in known.items()
        }
        for column, known in (*KINDS.items(), ("uncertainty_cause", UNCERTAINTY_CAUSE))
    }
    return {
        "name": provenance.get("territory", ""),
        "fictitious": bool(provenance.get("fictitious")),
        "embedded_climate": bool(provenance.get("embedded_climate")),
        "optimum_irradiation_kwh_m2": provenance.get("optimum_irradiation_kwh_m2"),
        "attribution": attribution(provenance),
        "bounds": bounds,
        "communes": levels["commune"],
        "agglomerations": levels["epci"],
        "whole": levels["whole"][0] if levels["whole"] else {},
        "commune_steps": steps,
        "commune_colours": spread_colours(settings.commune_colours, len(steps) + 1),
        "class_colours": dict(zip(CLASSES, settings.class_colours)),
        "shards": shards,
        "sun": sun_lines((bounds[1] + bounds[3]) / 2),
        "codes": codes,
        "phrases": {key: spaced(text) for key, text in map_words.PHRASES.items()},
        "months": MONTHS,
        "initials": MONTH_INITIALS,
        "compass": COMPASS,
        "compass_letters": COMPASS_LETTERS,
    }


def _level(territories: gpd.GeoDataFrame, level: str) -> list[dict[str, Any]]:
    """Return the territories of one level with their outline and their totals by usage."""
    rows = territories[territories["level"].astype("string") == level]
    table = columnar(rows, TERRITORY_FIELDS)
    items: dict[str, dict[str, Any]] = {}
    by_usage: dict[str, list[dict[str, Any]]] = {}
    for row, shape in zip(table["rows"], rows.geometry):
        item = dict(zip(table["columns"], row))
        if item.get("usage", "all") == "all":
            items[item["code"]] = item | {"outline": encoded(shape, (0, 0))}
        else:
            kept = ("usage", "building_count", "advised_energy_kwh")
            by_usage.setdefault(item["code"], []).append({name: item.get(name) for name in kept})
    return [item | {"usages": by_usage.get(code, [])} for code, item in items.items()]


def _bounds(geographic: dict[str, gpd.GeoDataFrame]) -> list[float]:
    """Return the box of the buildings, or of the territories when there is none."""
    for name in ("buildings", "territories"):
        shapes = geographic[name].geometry
        known = shapes[shapes.notna() & ~shapes.is_empty]
        if len(known):
            return [round(float(value), 7) for value in known.total_bounds]
    return [-5.0, 41.0, 10.0, 51.5]


def spread_colours(colours: Sequence[str], count: int) -> list[str]:
    """Return ``count`` colours of a scale, as far apart as it allows, in its order.

    A single one is the middle of the scale; ``count`` is at most the length of the scale.
    """
    if count == 1:
        return [colours[len(colours) // 2]]
    return [colours[round(k * (len(colours) - 1) / (count - 1))] for k in range(count)]


def commune_steps(totals: list[float | None], colours: int) -> list[float]:
    """Return the limits between commune colours, increasing: quantiles, rounded where they can.

    A total at a limit belongs to the lower colour. Fewer communes than colours use fewer
    colours; less than two known totals need no limit.
    """
    known = np.array(sorted(value for value in totals if value), dtype=np.float64)
    if len(known) < 2:
        return []
    shares = np.arange(1, min(colours, len(known))) / min(colours, len(known))
    middles = [
        float((known[k - 1] + known[k]) / 2) for k in np.rint(shares * len(known)).astype(int)
    ]
    rounded = [float(f"{value:.2g}") for value in middles]
    between = [r if r < high else m for r, m, high in zip(rounded, middles, known[1:])]
    return sorted(set(between))
