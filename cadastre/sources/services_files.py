"""Files by commune or department, weather series, and the two small services that answer by pages.

Addresses only, and the few answers that must be put together: Atom feeds of the Géoplateforme's
deliveries, pages of data-fair (Enedis) and of the Cerema.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cadastre.errors import FetchError
from cadastre.sources.catalogue import Source
from cadastre.sources.download_http import Client
from cadastre.sources.download_replies import Reply, not_data
from cadastre.sources.services_wfs import encode
from cadastre.sources.vector import fold

_ATOM = {
    "atom": "http://www.w3.org/2005/Atom",
    "gpf": "https://data.geopf.fr/annexes/ressources/xsd/gpf_dl.xsd",
}
_PAGE = 500
_LINES = 10000
_MAX_PAGES = 1000


def department_of(commune: str) -> str:
    """Department of an INSEE code: two characters, three overseas."""
    return commune[:3] if commune.startswith(("97", "98")) else commune[:2]


def file_url(base: str, source: Source, **values: str) -> str:
    """Return the address of a file named by its commune or department."""
    return base + source.path.format(**values)


def weather_points(
    bounds: tuple[float, float, float, float], cell: float
) -> list[tuple[float, float]]:
    """Return longitude and latitude of the cells that meet ``bounds`` (degrees).

    Cells lie on absolute multiples of ``cell``: two territories share theirs.
    """
    west, south, east, north = bounds
    columns = range(math.floor(west / cell), math.ceil(east / cell))
    rows = range(math.floor(south / cell), math.ceil(north / cell))
    return [
        (round((column + 0.5) * cell, 6), round((row + 0.5) * cell, 6))
        for row in rows
        for column in columns
    ]


def weather_url(
    base: str, source: Source, place: tuple[float, float], years: tuple[int, int]
) -> str:
    """Write a PVGIS ``seriescalc`` request: hourly components on the horizontal, no horizon."""
    longitude, latitude = place
    return encode(
        base + source.path,
        {
            "lat": f"{latitude:.4f}",
            "lon": f"{longitude:.4f}",
            "raddatabase": "PVGIS-SARAH3",
            "startyear": str(years[0]),
            "endyear": str(years[1]),
            "components": "1",
            "usehorizon": "0",
            "angle": "0",
            "aspect": "0",
            "pvcalculation": "0",
            "outputformat": "csv",
        },
    )


def weather_name(place: tuple[float, float], years: tuple[int, int]) -> str:
    """Name of a weather file, without its ending."""
    return f"pvgis_sarah3_{place[1]:.3f}_{place[0]:.3f}_{years[0]}_{years[1]}"


def hours_in(years: tuple[int, int]) -> int:
    """Hours of whole years, the last one included."""
    first = datetime(years[0], 1, 1, tzinfo=UTC)
    after = datetime(years[1] + 1, 1, 1, tzinfo=UTC)
    return round((after - first).total_seconds() / 3600)


def register_url(base: str, source: Source, department: str) -> str:
    """Write an export of the national register: solar installations of a department."""
    return encode(
        f"{base}/{source.dataset}/exports/csv",
        {
            "where": f'codedepartement="{department}" and codefiliere="SOLAI"',
            "delimiter": ";",
            "use_labels": "false",
        },
    )


# -- deliveries of the Géoplateforme ------------------------------------------------------------


def latest_delivery(client: Client, source: Source, department: str) -> tuple[str, str, str]:
    """Find the latest GeoPackage delivery of a department.

    Returns
    -------
    tuple
        Name, edition date, address of the archive.

    Raises
    ------
    FetchError
        ``delivery_absent``: the feed lists none.
    """
    base = client.catalogue.services[source.service].published + source.path
    zone = f"D{department.zfill(3)}"
    editions: list[tuple[str, str]] = []
    page, pages = 1, 1
    while page <= pages:
        query = {"zone": zone, "format": "GPKG", "page": str(page), "limit": "50"}
        feed = client.get(source.service, encode(base, query), _atom)
        pages = int(feed.get(f"{{{_ATOM['gpf']}}}pagecount", "1"))
        editions += [
            (entry.findtext("gpf:editionDate", "", _ATOM), entry.findtext("atom:title", "", _ATOM))
            for entry in feed.findall("atom:entry", _ATOM)
        ]
        page += 1
    editions = [(date, title) for date, title in editions if date and zone in title]
    if not editions:
        raise FetchError("delivery_absent", zone=zone)
    date, name = max(editions)
    feed = client.get(source.service, f"{base}/{name}", _atom)
    links = [link.get("href", "") for link in feed.findall("atom:entry/atom:link", _ATOM)]
    archive = next((link for link in links if link.endswith(".7z")), "")
    if not archive:
        raise FetchError("delivery_absent", zone=zone)
    return name, date, archive


def _atom(reply: Reply) -> ElementTree.Element:
    if b"<!DOCTYPE" in reply.body[:4000].upper() or b"<!ENTITY" in reply.body.upper():
        raise not_data(reply.body[:2000], reply.url, "Atom")
    try:
        feed = ElementTree.fromstring(reply.body)
    except ElementTree.ParseError as error:
        raise not_data(reply.body[:2000], reply.url, "Atom") from error
    if not feed.tag.endswith("}feed"):
        raise not_data(reply.body[:2000], reply.url, "Atom")
    return feed


# -- services that answer by pages --------------------------------------------------------------


def production_rows(client: Client, source: Source, communes: Iterable[str]) -> bytes:
    """Fetch the yearly production of communes from data-fair, as CSV.

    The data set is asked by its name; where that is gone it is looked for in the catalogue by
    its columns.
    """
    codes = sorted(communes)
    try:
        rows = _lines(client, source, source.dataset, codes)
    except FetchError as error:
        if error.facts.get("status") not in (404, 410):
            raise
        rows = _lines(client, source, _found_dataset(client, source, error), codes)
    columns = list(dict.fromkeys(name for row in rows for name in row if not name.startswith("_")))
    missing = [name for name in source.required if rows and name not in columns]
    if missing:
        raise FetchError("fetch_columns", file=source.name, names=missing, found=columns)
    rows.sort(key=lambda row: tuple(str(row.get(name, "")) for name in columns))
    return csv_bytes(rows, columns or list(source.schema))


def _found_dataset(client: Client, source: Source, error: FetchError) -> str:
    base = client.catalogue.services[source.service].published
    query = {"q": source.search, "size": "50", "select": "id,slug,title,schema"}
    answer = client.get_json(source.service, encode(base, query))
    for item in answer.get("results", []):
        names = {column.get("key") for column in item.get("schema") or []}
        if set(source.schema) <= names:
            return str(item["id"])
    raise error


def _lines(client: Client, source: Source, dataset: str, codes: list[str]) -> list[dict[str, Any]]:
    base = client.catalogue.services[source.service].published
    rows: list[dict[str, Any]] = []
    for start in range(0, len(codes), 100):
        wanted = " OR ".join(codes[start : start + 100])
        query = {"size": str(_LINES), "qs": f"code_commune:({wanted})"}
        url = encode(f"{base}/{dataset}/lines", query)
        block, total = 0, 0
        for _ in range(_MAX_PAGES):
            answer = client.get_json(source.service, url)
            found = answer.get("results", [])
            total = int(answer.get("total", total))
            rows += found
            block += len(found)
            url = str(answer.get("next") or "")
            if not url or not found:
                break
        if block < total:
            raise FetchError("wfs_incomplete", layer=dataset, found=block, expected=total)
    return rows


def brownfields(client: Client, source: Source, department: str) -> bytes:
    """Fetch the brownfields of a department from the Cerema, as GeoJSON."""
    base = client.catalogue.services[source.service].published
    query = {"coddep": department, "fields": "all", "page_size": str(_PAGE)}
    url = encode(base + source.path, query)
    features: list[Any] = []
    total: int | None = None
    for _ in range(_MAX_PAGES):
        answer = client.get_json(source.service, url)
        features += answer.get("features", [])
        total = answer.get("count", total)
        url = str(answer.get("next") or "")
        if not url:
            break
    if total is not None and len(features) != total:
        raise FetchError("wfs_incomplete", layer=source.name, found=len(features), expected=total)
    features.sort(key=lambda one: json.dumps(one, sort_keys=True))
    return collection_bytes(features, "EPSG:4326")


# -- writing ------------------------------------------------------------------------------------


def csv_bytes(rows: list[dict[str, Any]], columns: list[str]) -> bytes:
    """Write rows as CSV: semicolons, UTF-8."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=";", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def collection_bytes(features: Iterable[Any], crs: str) -> bytes:
    """Write a GeoJSON collection, one feature a line; the CRS is named unless it is WGS 84."""
    lines = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in features]
    return (collection_head(crs) + ",\n".join(lines) + "\n]}\n").encode("utf-8")


def collection_head(crs: str) -> str:
    """Return how a GeoJSON collection opens."""
    code = crs.split(":")[1]
    urn = "urn:ogc:def:crs:OGC:1.3:CRS84" if code == "4326" else f"urn:ogc:def:crs:EPSG::{code}"
    named = {"type": "name", "properties": {"name": urn}}
    return f'{{"type":"FeatureCollection","crs":{json.dumps(named)},"features":[\n'


def member_stems(names: Iterable[str], wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Match the shapefiles of an archive with the layers wanted, whatever was done to accents.

    Returns
    -------
    dict
        Member of the archive -> name to give.
    """

    def consonants(text: str) -> str:
        return re.sub(r"[^bcdfghjklmnpqrstvwxz]", "", fold(text))

    shapes = {name: consonants(Path(name).stem) for name in names if name.lower().endswith(".shp")}
    return {
        name: given
        for label, given in wanted
        for name, letters in shapes.items()
        if letters == consonants(label)
    }
