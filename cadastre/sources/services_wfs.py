"""WFS 2.0.0: addresses of requests, pages, and whole answers or none.

A server may return fewer objects than asked without a word, repeat some when its order is loose,
or change between two pages. The client advances by what it received, compares with
``numberMatched`` and with the number of distinct keys, and takes nothing less than everything.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

from cadastre.errors import FetchError
from cadastre.grid import Bounds
from cadastre.sources.catalogue import Source
from cadastre.sources.download_http import Client
from cadastre.sources.download_replies import Reply, as_json

Feature = dict[str, Any]

_MAX_DEPTH = 2  # sixteenths of a square: beyond, objects cover each other and quarters do not help


def crs_urn(crs: str) -> str:
    """Name a CRS as WFS 2.0.0 does: ``EPSG:2154`` -> ``urn:ogc:def:crs:EPSG::2154``."""
    authority, code = crs.split(":")
    return f"urn:ogc:def:crs:{authority}::{code}"


def encode(base: str, values: dict[str, str]) -> str:
    """Join an address and its parameters; commas, colons and slashes stay readable."""
    return f"{base}?{urlencode(values, safe=',:/', quote_via=quote)}"


def feature_url(
    base: str,
    source: Source,
    *,
    bounds: Bounds | None = None,
    bounds_crs: str = "EPSG:2154",
    cql: str = "",
    page: tuple[int, int] | None = None,
) -> str:
    """Write a GetFeature request.

    Parameters
    ----------
    bounds
        x_min, y_min, x_max, y_max in ``bounds_crs`` (axes east, north); None asks everywhere.
    cql
        A condition besides that of the source.
    page
        (count, start index); None asks how many there are (``RESULTTYPE=hits``).
    """
    values = {
        "SERVICE": "WFS",
        "VERSION": "2.0.0",
        "REQUEST": "GetFeature",
        "TYPENAMES": source.layer,
        "OUTPUTFORMAT": "application/json",
        "SRSNAME": crs_urn(source.crs),
    }
    if page is None:
        values["RESULTTYPE"] = "hits"
    else:
        values["COUNT"], values["STARTINDEX"] = (str(number) for number in page)
        if source.sort:
            values["SORTBY"] = source.sort
    conditions = [text for text in (source.cql, cql) if text]
    if bounds is not None:
        corners = ",".join(f"{value:.2f}" for value in bounds)
        if not conditions:
            values["BBOX"] = f"{corners},{crs_urn(bounds_crs)}"
        else:  # GeoServer takes BBOX or CQL_FILTER, not both
            conditions.append(f"BBOX({source.geometry},{corners},'{bounds_crs}')")
    if conditions:
        values["CQL_FILTER"] = " AND ".join(conditions)
    return encode(base, values)


def in_list(name: str, codes: Iterable[str]) -> str:
    """Write a CQL membership test; codes hold no quote (checked where they come from)."""
    return f"{name} IN ({','.join(repr(str(code)) for code in codes)})"


def count_features(
    client: Client, source: Source, *, bounds: Bounds | None = None, crs: str, cql: str = ""
) -> int:
    """Ask how many objects a request would give."""
    base = client.catalogue.services[source.service].published
    url = feature_url(base, source, bounds=bounds, bounds_crs=crs, cql=cql)

    def matched(reply: Reply) -> int:
        found = re.search(rb"\"?numberMatched\"?\s*[=:]\s*\"?(\d+)", reply.body)
        if found is None:
            raise FetchError("fetch_kind", url=url, kind="WFS", detail=str(reply.body[:60]))
        return int(found[1])

    return client.get(source.service, url, matched)


class TooMany(Exception):  # noqa: N818 - a turn of the road, not an error
    """A request matches more objects than is wise to page through."""


def fetch_features(
    client: Client,
    source: Source,
    *,
    bounds: Bounds | None = None,
    crs: str = "EPSG:2154",
    cql: str = "",
    limit: int | None = None,
) -> list[Feature]:
    """Fetch every object of a request, page by page.

    Parameters
    ----------
    limit
        Objects beyond which :class:`TooMany` is raised at the first page.

    Raises
    ------
    FetchError
        ``wfs_incomplete`` when what came is not what was announced, after another try.
    """
    last = FetchError("wfs_incomplete", layer=source.layer, found=0, expected=0)
    for _ in range(2):
        try:
            return _all_pages(client, source, bounds, crs, cql, limit)
        except FetchError as error:
            if error.code != "wfs_incomplete":
                raise
            last = error
    raise last


def _all_pages(
    client: Client,
    source: Source,
    bounds: Bounds | None,
    crs: str,
    cql: str,
    limit: int | None,
) -> list[Feature]:
    base = client.catalogue.services[source.service].published
    size = client.parameters.page_size
    features: list[Feature] = []
    keys: set[tuple[str, int]] = set()
    announced: int | None = None
    while announced is None or len(features) < announced:
        page = (size, len(features))
        url = feature_url(base, source, bounds=bounds, bounds_crs=crs, cql=cql, page=page)
        matched, found = client.get(source.service, url, _page)
        if limit is not None and matched is not None and matched > limit:
            raise TooMany
        features.extend(found)
        keys.update(_page_keys(source, found))
        if announced is not None and matched != announced:
            raise _incomplete(source, len(features), matched)
        announced = matched
        if not found:
            break
    # a loose order would give some objects twice and others never
    if announced is not None and not len(keys) == len(features) == announced:
        raise _incomplete(source, min(len(keys), len(features)), announced)
    return features


def _page_keys(source: Source, found: list[Feature]) -> list[tuple[str, int]]:
    """Keys of the objects of one page, each with how often it stood before it in the page.

    Without an order asked for, twins within one page are true twins of the layer: one request
    reads a row once. From one page to the next they cannot be told from a row given twice.
    """
    seen: Counter[str] = Counter()
    keys = []
    for feature in found:
        key = feature_key(source, feature)
        keys.append((key, 0 if source.sort else seen[key]))
        seen[key] += 1
    return keys


def _incomplete(source: Source, found: int, expected: int | None) -> FetchError:
    return FetchError("wfs_incomplete", layer=source.layer, found=found, expected=expected)


def _page(reply: Reply) -> tuple[int | None, list[Feature]]:
    """Read a page: how many objects match in all (None when not said), and the objects."""
    content = as_json(reply)
    features = content.get("features")
    if content.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise FetchError("fetch_kind", url=reply.url, kind="GeoJSON", detail=str(content)[:60])
    matched = content.get("numberMatched", content.get("totalFeatures"))
    return (matched if isinstance(matched, int) else None), features


def feature_key(source: Source, feature: Feature) -> str:
    """Identify an object: its key, else a digest of what it holds.

    The ``id`` of the answer is not used: without a primary key the server invents one each time.
    """
    value = (feature.get("properties") or {}).get(source.key) if source.key else None
    if value not in (None, ""):
        return str(value)
    held = [feature.get("properties"), feature.get("geometry")]
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()


def fetch_square(
    client: Client, source: Source, bounds: Bounds, crs: str, depth: int = 0
) -> dict[str, Feature]:
    """Fetch the objects of a square by key, in quarters where there are too many."""
    limit = client.parameters.tile_max_features if depth < _MAX_DEPTH else None
    try:
        found = fetch_features(client, source, bounds=bounds, crs=crs, limit=limit)
        return {feature_key(source, feature): feature for feature in found}
    except TooMany:
        x_0, y_0, x_1, y_1 = bounds
        x, y = (x_0 + x_1) / 2, (y_0 + y_1) / 2
        gathered: dict[str, Feature] = {}
        for quarter in ((x_0, y_0, x, y), (x, y_0, x_1, y), (x_0, y, x, y_1), (x, y, x_1, y_1)):
            gathered.update(fetch_square(client, source, quarter, crs, depth + 1))
        return gathered
