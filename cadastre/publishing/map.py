"""The static site: one folium page, its scripts and its data, all local.

Opens from a folder (``file://``) as from any web server, contacts nobody. The same tables and
provenance give the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from cadastre.errors import InputError
from cadastre.parameters import Publishing
from cadastre.publishing.assets_npm import STAMP, VENDOR
from cadastre.publishing.geojson import to_wgs84
from cadastre.publishing.map_body import page_body
from cadastre.publishing.map_data import (
    address_index,
    by_commune,
    parts_by_commune,
    shard,
    write_script,
)
from cadastre.publishing.map_page import SCRIPTS, SiteLayer, SiteMap, SitePage, assemble
from cadastre.publishing.map_territory import territory_data
from cadastre.publishing.relief import Relief
from cadastre.publishing.texts_fr import map_words
from cadastre.publishing.texts_fr.numbers import spaced

ASSETS = Path(__file__).parent / "assets"
BASEMAP_HOST = "https://data.geopf.fr"
BASEMAP_URL = (
    BASEMAP_HOST + "/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&STYLE=normal&TILEMATRIXSET=PM"
    "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&FORMAT=image/png"
)
VIEW_MIN_ZOOM = 8  # what a page shows, not a number of the method


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
        ``buildings``, ``roof_planes``, ``modules`` and ``territories``:
        GeoDataFrames of the contract, in the CRS of the territory.
    folder
        Where to write; what an earlier site left in ``assets`` and ``donnees`` is replaced.
    provenance
        See ``cadastre.publishing.provenance``.
    publishing
        Zooms, colours, base map.
    relief
        Shaded picture of the surface model, as ``relief.relief_picture`` gives it.

    Raises
    ------
    InputError
        A table is missing, or the third-party scripts have not been copied.
    """
    settings = publishing or Publishing()
    for name in ("buildings", "roof_planes", "modules", "territories"):
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
    territory = territory_data(geographic, provenance, settings, shards)
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
    hidden = shutil.ignore_patterns(".*")
    shutil.copytree(VENDOR, folder / "assets" / "vendor", ignore=hidden)
    for name in [f"{script}.js" for script in SCRIPTS] + ["site.css", "icone.svg"]:
        shutil.copyfile(ASSETS / name, folder / "assets" / name)


def _write_shards(
    geographic: dict[str, gpd.GeoDataFrame], folder: Path, settings: Publishing
) -> list[dict[str, Any]]:
    entries = []
    buildings = by_commune(geographic["buildings"])
    planes = parts_by_commune(geographic["roof_planes"], "building_id", buildings)
    placed = parts_by_commune(geographic["modules"], "building_id", buildings)
    for code, part in buildings.items():
        entry, roofs, modules = shard(
            code, part, planes[code], placed[code], settings.horizon_sectors
        )
        write_script("roofs", roofs, folder / f"toits-{entry['file']}.js")
        if entry["modules"]:
            write_script("modules", modules, folder / f"modules-{entry['file']}.js")
        entries.append(entry)
    return entries


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
        spaced(map_words.MAP_DESCRIPTION.format(territory=name)),
        f"default-src 'self'; {images}; object-src 'none'; base-uri 'none'; form-action 'none'",
    )
    view = {
        "min_zoom": VIEW_MIN_ZOOM,
        "max_zoom": settings.max_zoom,
        "roofs_min_zoom": settings.roofs_min_zoom,
    }
    body = page_body(territory, provenance, settings)
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
