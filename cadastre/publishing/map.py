"""The static site: one folium page, its scripts and its data, all local.

Opens from a folder (``file://``) as from any web server, contacts nobody. The same tables and
provenance give the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import jinja2
import numpy as np
import pandas as pd

from cadastre.errors import InputError
from cadastre.parameters import Publishing
from cadastre.publishing.assets_npm import STAMP, VENDOR
from cadastre.publishing.geojson import to_wgs84
from cadastre.publishing.map_data import (
    TERRITORY_FIELDS,
    address_index,
    by_commune,
    columnar,
    encoded,
    shard,
    write_script,
)
from cadastre.publishing.map_page import SCRIPTS, SiteLayer, SiteMap, SitePage, assemble
from cadastre.publishing.sun_lines import sun_lines
from cadastre.publishing.texts_fr import map_words, words
from cadastre.publishing.texts_fr.numbers import (
    COMPASS,
    COMPASS_LETTERS,
    MONTH_INITIALS,
    MONTHS,
    count,
    energy,
    number,
)
from cadastre.publishing.texts_fr.readme import attribution, made_by, source_line
from cadastre.publishing.texts_fr.reasons import KINDS

ASSETS = Path(__file__).parent / "assets"
TEMPLATES = Path(__file__).parent / "templates"
CLASSES = ("A", "B", "C", "D", "E")
BASEMAP_HOST = "https://data.geopf.fr"
BASEMAP_URL = (
    BASEMAP_HOST + "/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&STYLE=normal&TILEMATRIXSET=PM"
    "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&FORMAT=image/png"
)
VIEW_MIN_ZOOM = 8  # what a page shows, not a number of the method


@dataclass(frozen=True)
class Relief:
    """A picture laid under the roofs: PNG bytes and (west, south, east, north), degrees."""

    png: bytes
    bounds: tuple[float, float, float, float]


def write_site(
    tables: Mapping[str, pd.DataFrame],
    folder: Path,
    provenance: Mapping[str, Any],
    publishing: Publishing | None = None,
    relief: Relief | None = None,
) -> Path:
    """Write the site of a territory and return the path of its page, ``index.html``.

    Parameters
    ----------
    tables
        ``buildings``, ``roof_planes``, ``territories`` and, optionally, ``modules``:
        GeoDataFrames of the contract, in the CRS of the territory.
    folder
        Where to write; what an earlier site left in ``assets`` and ``donnees`` is replaced.
    provenance
        See ``cadastre.publishing.provenance``.
    publishing
        Zooms, colours, base map.
    relief
        Shaded picture of the surface model, as ``relief_image`` of the pipeline gives it.

    Raises
    ------
    InputError
        A table is missing, or the third-party scripts have not been copied.
    """
    settings = publishing or Publishing()
    for name in ("buildings", "roof_planes", "territories"):
        if name not in tables:
            raise InputError("publish_table_absent", table=name)
    if not (VENDOR / STAMP).is_file():
        raise InputError("map_assets_absent", folder=str(VENDOR))
    geographic = {
        name: to_wgs84(frame, settings.coordinate_decimals)
        for name, frame in tables.items()
        if isinstance(frame, gpd.GeoDataFrame)
    }
    folder.mkdir(parents=True, exist_ok=True)
    _copy_assets(folder)
    shards = _write_shards(geographic, folder / "donnees", settings)
    territory = _territory(geographic, provenance, settings, shards)
    write_script("territory", territory, folder / "donnees" / "territoire.js")
    addresses = address_index(geographic["buildings"])
    write_script("addresses", addresses, folder / "donnees" / "adresses.js")
    if relief is not None:
        (folder / "donnees" / "relief.png").write_bytes(relief.png)
    html, script = _page(territory, provenance, settings, relief, len(tables["roof_planes"]))
    (folder / "assets" / "carte.js").write_text(script, encoding="utf-8", newline="\n")
    page = folder / "index.html"
    page.write_text(html, encoding="utf-8", newline="\n")
    return page


def _copy_assets(folder: Path) -> None:
    for name in ("assets", "donnees"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "donnees").mkdir()
    shutil.copytree(VENDOR, folder / "assets" / "vendor")
    for name in [f"{script}.js" for script in SCRIPTS] + ["site.css", "icone.svg"]:
        shutil.copyfile(ASSETS / name, folder / "assets" / name)


def _write_shards(
    geographic: dict[str, gpd.GeoDataFrame], folder: Path, settings: Publishing
) -> list[dict[str, Any]]:
    entries = []
    for code, part in by_commune(geographic["buildings"]).items():
        entry, roofs, modules = shard(
            code,
            part,
            geographic["roof_planes"],
            geographic.get("modules"),
            settings.horizon_sectors,
        )
        write_script("roofs", roofs, folder / f"toits-{entry['file']}.js")
        if entry["modules"]:
            write_script("modules", modules, folder / f"modules-{entry['file']}.js")
        entries.append(entry)
    return entries


def _territory(
    geographic: dict[str, gpd.GeoDataFrame],
    provenance: Mapping[str, Any],
    settings: Publishing,
    shards: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return what the page knows before any roof is loaded."""
    levels = {level: _level(geographic["territories"], level) for level in KINDS["level"]}
    bounds = _bounds(geographic)
    steps = commune_steps(
        [item.get("annual_energy_kwh") for item in levels["commune"]],
        len(settings.commune_colours),
    )
    codes = {
        column: {
            code: {"label": t.label, "explanation": t.explanation} for code, t in known.items()
        }
        for column, known in KINDS.items()
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
        "commune_colours": list(settings.commune_colours),
        "class_colours": dict(zip(CLASSES, settings.class_colours)),
        "shards": shards,
        "sun": sun_lines((bounds[1] + bounds[3]) / 2),
        "codes": codes,
        "phrases": map_words.PHRASES,
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
            kept = ("usage", "building_count", "annual_energy_kwh")
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


def commune_steps(totals: list[float | None], colours: int) -> list[float]:
    """Return the limits between commune colours: quantiles rounded to two figures, increasing."""
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


def _step_labels(territory: dict[str, Any]) -> list[dict[str, str]]:
    steps, colours = territory["commune_steps"], territory["commune_colours"]
    if not steps:
        return []
    labels = [map_words.STEP_FIRST.format(high=energy(steps[0]))]
    labels += [
        map_words.STEP_BETWEEN.format(low=energy(low), high=energy(high))
        for low, high in zip(steps, steps[1:])
    ]
    labels.append(map_words.STEP_LAST.format(low=energy(steps[-1])))
    return [{"colour": colour, "label": label} for colour, label in zip(colours, labels)]


def _page(
    territory: dict[str, Any],
    provenance: Mapping[str, Any],
    settings: Publishing,
    relief: Relief | None,
    planes: int,
) -> tuple[str, str]:
    """Return the HTML and the script of the page."""
    name = str(provenance.get("territory", ""))
    images = f"img-src 'self' data:{' ' + BASEMAP_HOST if settings.basemap != 'aucun' else ''}"
    page = SitePage(
        map_words.MAP_TITLE.format(territory=name),
        map_words.MAP_DESCRIPTION.format(territory=name),
        f"default-src 'self'; {images}; object-src 'none'; base-uri 'none'; form-action 'none'",
    )
    view = {"min_zoom": VIEW_MIN_ZOOM, "max_zoom": settings.max_zoom}
    body = _body(territory, provenance, settings)
    return assemble(SiteMap("carte", body, view), _layers(settings, relief, planes), page)


def _layers(settings: Publishing, relief: Relief | None, planes: int) -> list[SiteLayer]:
    names = map_words.LAYER_NAMES
    layers = []
    if settings.basemap == "plan_ign":
        facts = {"url": BASEMAP_URL, "attribution": map_words.BASEMAP_ATTRIBUTION}
        layers.append(SiteLayer("basemap", names["basemap"], facts, show=False))
    if relief is not None:
        picture = {"image": "donnees/relief.png", "bounds": list(relief.bounds)}
        layers.append(SiteLayer("relief", names["relief"], picture))
    near = {"roofs_min_zoom": settings.roofs_min_zoom}
    layers.append(SiteLayer("territories", names["territories"], near))
    layers.append(SiteLayer("agglomerations", names["agglomerations"]))
    roofs = near | {"canvas": planes > settings.canvas_from_planes}
    layers.append(SiteLayer("roofs", names["roofs"], roofs))
    far = {"modules_min_zoom": settings.modules_min_zoom}
    layers.append(SiteLayer("modules", names["modules"], far))
    return layers


def _body(territory: dict[str, Any], provenance: Mapping[str, Any], settings: Publishing) -> str:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    whole = territory["whole"]
    notices = []
    if territory["fictitious"]:
        notices.append((words.FICTITIOUS, words.FICTITIOUS_LONG))
    if territory["embedded_climate"]:
        notices.append((words.EMBEDDED_CLIMATE, words.EMBEDDED_CLIMATE_LONG))
    codes = territory["codes"]["suitability_class"]
    return environment.get_template("site_body.html").render(
        phrases=map_words.PHRASES,
        product=words.PRODUCT,
        territory=territory["name"],
        notices=notices,
        classes=[{"code": code, "label": codes[code]["label"]} for code in CLASSES],
        steps=_step_labels(territory),
        summary=map_words.SUMMARY.format(
            energy=energy(whole.get("annual_energy_kwh")),
            buildings=count(int(whole.get("building_count") or 0), "bâtiment", "bâtiments"),
            assessed=number(whole.get("assessed_building_count")),
        ),
        about=_about(provenance, settings),
        about_title=map_words.ABOUT_TITLE,
        about_button=map_words.ABOUT_BUTTON,
        about_short=map_words.ABOUT_SHORT,
        map_label=map_words.MAP_LABEL,
        noscript=map_words.NOSCRIPT,
        made_by=made_by(provenance),
    )


def _about(provenance: Mapping[str, Any], settings: Publishing) -> list[dict[str, Any]]:
    sources = [source_line(source)[2:] for source in provenance.get("sources", [])]
    if provenance.get("weather"):
        sources.append(f"Météo : {provenance['weather']}.")
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
