"""One building's sheet: a self-contained HTML page that prints on A4."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from markupsafe import Markup
from pyproj import Transformer

from cadastre.parameters import Publishing
from cadastre.publishing import charts
from cadastre.publishing.map_body import template
from cadastre.publishing.map_territory import CLASSES
from cadastre.publishing.sun_lines import sun_lines
from cadastre.publishing.texts_fr import fiche_words as say
from cadastre.publishing.texts_fr import map_words, words
from cadastre.publishing.texts_fr.numbers import is_missing
from cadastre.publishing.texts_fr.readme import made_by, source_line, weather_line

ASSESSED = ("computed", "low_confidence")


def fiche_html(
    building: pd.Series,
    planes: gpd.GeoDataFrame,
    modules: gpd.GeoDataFrame,
    provenance: Mapping[str, Any],
    publishing: Publishing | None = None,
    sizes: Sequence[tuple[float, float, float]] = (),
    chosen_kwp: float | None = None,
) -> str:
    """Return the sheet of one building.

    Parameters
    ----------
    building
        One row of ``buildings``, geometry included.
    planes, modules
        Its rows of ``roof_planes`` and ``modules``; metric CRS.
    provenance
        See ``cadastre.publishing.provenance``.
    publishing
        Class colours.
    sizes
        Installations to choose from: kWp, kWh a year, kWh for each kWp added to the one before.
    chosen_kwp
        The size somebody asked for, among ``sizes``.

    Returns
    -------
    str
        HTML without script nor external resource; charts are inline SVG.
    """
    settings = publishing or Publishing()
    assessed = str(building["status"]) in ASSESSED and len(planes) > 0
    ordered = planes.sort_values(
        ["annual_energy_kwh", "irradiation_kwh_m2"], ascending=False, kind="stable"
    )
    notices = []
    if provenance.get("fictitious"):
        notices.append((words.FICTITIOUS, words.FICTITIOUS_LONG))
    if provenance.get("embedded_climate"):
        notices.append((words.EMBEDDED_CLIMATE, words.EMBEDDED_CLIMATE_LONG))
    colours = dict(zip(CLASSES, settings.class_colours))
    colour = colours.get(str(building.get("suitability_class")), "#d5d4cf")
    return template("fiche.html").render(
        say=say,
        phrases=map_words.PHRASES,
        territory=provenance.get("territory", ""),
        title=say.title(building),
        notices=notices,
        verdict=say.verdict(building),
        colour=colour,
        ink=charts.ink_on(colour),
        state=say.state(building),
        heritage=say.heritage(building),
        assessed=assessed,
        headline=say.headline(building) if assessed else None,
        figures=say.figures(building, planes) if assessed else [],
        plan=Markup(charts.roof_plan(building.get("geometry"), ordered, modules, colours)),
        pictures=_pictures(building, ordered) if assessed else {},
        plane_rows=say.plane_rows(ordered) if assessed else [],
        size_rows=say.size_rows(sizes, chosen_kwp) if assessed else [],
        hot_water=say.hot_water(building) if assessed else [],
        losses=say.losses(ordered) if assessed else [],
        trust=say.trust(building, ordered),
        limits=words.LIMITS,
        sources=[source_line(source)[2:] for source in provenance.get("sources", [])],
        weather=weather_line(provenance)[2:] if provenance.get("weather") else "",
        made_by=made_by(provenance),
    )


def _pictures(building: pd.Series, planes: gpd.GeoDataFrame) -> dict[str, Markup]:
    """Return the charts that the figures allow, by name; SVG text made by ``charts`` alone."""
    found = dict.fromkeys(("months", "interval", "horizon"), Markup(""))
    months = building.get("advised_monthly_energy_kwh")
    if months is not None and not is_missing(months) and building.get("module_count"):
        found["months"] = Markup(charts.months_chart([float(value) for value in months]))
    p50, p90 = building.get("advised_energy_kwh"), say.sure_energy(building)
    if not is_missing(p50) and p90 is not None and p50:
        found["interval"] = Markup(charts.interval_chart(p90, p50, 2 * p50 - p90))
    best = planes.iloc[0]
    skyline = best.get("horizon_elevation_deg")
    if skyline is not None and not is_missing(skyline) and len(skyline):
        azimuth = best.get("surface_azimuth")
        found["horizon"] = Markup(
            charts.horizon_chart(
                [float(value) for value in skyline],
                float(best["surface_tilt"]),
                math.nan if is_missing(azimuth) else float(azimuth),
                sun_lines(_latitude(planes)),
            )
        )
    return found


def _latitude(planes: gpd.GeoDataFrame) -> float:
    x, y = planes.geometry.iloc[0].representative_point().coords[0][:2]
    transformer = Transformer.from_crs(planes.crs, "EPSG:4326", always_xy=True)
    return float(transformer.transform(x, y)[1])
