"""Parts of a layer put together: every object once, inside the territory."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from cadastre.errors import FetchError
from cadastre.sources.catalogue import Source
from cadastre.sources.download_checks import property_names
from cadastre.sources.services_files import collection_head
from cadastre.sources.services_wfs import Feature, feature_key


@dataclass(frozen=True)
class Assembled:
    """What a put-together file holds: objects, latest date said of them, columns missing."""

    count: int
    vintage: str
    missing: tuple[str, ...]


def assemble(parts: list[Path], target: Path, source: Source, area: BaseGeometry) -> Assembled:
    """Write the objects of all parts once, in the order of the parts and of their keys.

    Objects outside ``area`` are left out; those without geometry are kept, for the reader to say.

    Raises
    ------
    FetchError
        ``fetch_columns``: a column that must be there is not.
    """
    shapely.prepare(area)
    seen: set[str] = set()
    names: set[str] = set()
    latest = ""
    beside = target.with_name(target.name + ".partiel")
    target.parent.mkdir(parents=True, exist_ok=True)
    with beside.open("w", encoding="utf-8", newline="\n") as handle:
        handle.write(collection_head(source.crs))
        separator = ""
        for part in parts:
            for key, feature in _kept(part, source, area):
                if key in seen:
                    continue
                seen.add(key)
                names |= property_names([feature]) or set()
                dated = (feature.get("properties") or {}).get("date_modification")
                latest = max(latest, str(dated or "")[:10])
                body = json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
                handle.write(separator + body)
                separator = ",\n"
        handle.write("\n]}\n")
    absent = [name for name in source.required if seen and name not in names]
    if absent:
        beside.unlink()
        raise FetchError("fetch_columns", file=target.name, names=absent, found=sorted(names))
    beside.replace(target)
    missing = tuple(name for name in source.schema if seen and name not in names)
    return Assembled(len(seen), latest, missing)


def _kept(part: Path, source: Source, area: BaseGeometry) -> Iterator[tuple[str, Feature]]:
    features = read_part(part)
    drawn = [one for one in features if one.get("geometry")]
    shapes = shapely.from_geojson(
        [json.dumps(one["geometry"]) for one in drawn], on_invalid="ignore"
    )
    outside = {
        id(one)
        for one, inside, known in zip(
            drawn, shapely.intersects(area, shapes), ~shapely.is_missing(shapes), strict=True
        )
        if known and not inside
    }
    for feature in features:
        if id(feature) not in outside:
            feature.pop("id", None)  # invented anew at each answer where there is no primary key
            yield feature_key(source, feature), feature


def read_part(path: Path) -> list[Feature]:
    """Read the objects of one part."""
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        return json.load(handle)
