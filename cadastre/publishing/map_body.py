"""The words of the page around the map: header, notices, legend, help."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from cadastre.parameters import Publishing
from cadastre.publishing.map_territory import CLASSES
from cadastre.publishing.texts_fr import map_words, words
from cadastre.publishing.texts_fr.numbers import energy, number, spaced
from cadastre.publishing.texts_fr.readme import made_by, source_line, weather_line

FEW_COMMUNES = 3  # up to here the legend names each commune instead of classes of totals
TEMPLATES = Path(__file__).parent / "templates"


def template(name: str) -> jinja2.Template:
    """Return a template of the package; values are escaped, ``|fr`` spaces French phrases."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["fr"] = spaced
    return environment.get_template(name)


def page_body(
    territory: dict[str, Any], provenance: Mapping[str, Any], settings: Publishing
) -> str:
    """Return the HTML of the page's body, map container included."""
    whole = territory["whole"]
    notices = []
    if territory["fictitious"]:
        notices.append((words.FICTITIOUS, words.FICTITIOUS_SHORT, words.FICTITIOUS_LONG))
    if territory["embedded_climate"]:
        notices.append(
            (
                words.EMBEDDED_CLIMATE_BANNER,
                words.EMBEDDED_CLIMATE_SHORT,
                words.EMBEDDED_CLIMATE_LONG,
            )
        )
    codes = territory["codes"]["suitability_class"]
    return template("site_body.html").render(
        phrases=territory["phrases"],
        product=words.PRODUCT,
        territory=territory["name"],
        notices=notices,
        classes=[{"code": code, "label": codes[code]["label"]} for code in CLASSES],
        steps=_step_labels(territory),
        summary=map_words.SUMMARY.format(
            energy=energy(whole.get("advised_energy_kwh")),
            buildings=number(whole.get("building_count")),
            assessed=number(whole.get("assessed_building_count")),
        ),
        about=_about(provenance, settings),
        about_title=map_words.ABOUT_TITLE,
        about_button=map_words.ABOUT_BUTTON,
        about_short=map_words.ABOUT_SHORT,
        map_label=map_words.MAP_LABEL,
        notice_more=map_words.NOTICE_MORE,
        noscript=map_words.NOSCRIPT,
        made_by=made_by(provenance),
    )


def _about(provenance: Mapping[str, Any], settings: Publishing) -> list[dict[str, Any]]:
    sources = [source_line(source)[2:] for source in provenance.get("sources", [])]
    if provenance.get("weather"):
        sources.append(weather_line(provenance)[2:])
    lists = {"{limits}": list(words.LIMITS), "{sources}": sources}
    about = []
    for title, entries in map_words.ABOUT:
        as_list = entries[0] in lists
        shown = lists[entries[0]] if as_list else list(entries)
        shown = [entry.replace("{p50_p90}", words.P50_P90) for entry in shown]
        if settings.basemap != "aucun":
            shown = [entry.replace(map_words.NO_CONTACT, map_words.CONTACT) for entry in shown]
        about.append({"title": title, "entries": shown, "as_list": as_list})
    return about


def _commune_labels(territory: dict[str, Any]) -> list[dict[str, str]]:
    """Return colour, name and total of each commune, the largest total first."""
    known = [item for item in territory["communes"] if item.get("advised_energy_kwh") is not None]
    known.sort(key=lambda item: (-item["advised_energy_kwh"], item["code"]))
    colours, steps = territory["commune_colours"], territory["commune_steps"]
    labels = []
    for item in known:
        total = item["advised_energy_kwh"]
        label = map_words.COMMUNE_TOTAL.format(name=item["name"], energy=energy(total))
        labels.append({"colour": colours[bisect_left(steps, total)], "label": spaced(label)})
    return labels


def _step_labels(territory: dict[str, Any]) -> list[dict[str, str]]:
    steps, colours = territory["commune_steps"], territory["commune_colours"]
    if len(territory["communes"]) <= FEW_COMMUNES:
        return _commune_labels(territory)
    if not steps:
        return []
    labels = [map_words.STEP_FIRST.format(high=energy(steps[0]))]
    labels += [
        map_words.STEP_BETWEEN.format(low=energy(low), high=energy(high))
        for low, high in itertools.pairwise(steps)
    ]
    labels.append(map_words.STEP_LAST.format(low=energy(steps[-1])))
    return [{"colour": colour, "label": label} for colour, label in zip(colours, labels)]
