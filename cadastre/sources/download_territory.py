"""Which territory: a list of commune codes or the SIREN of EPCI, and the limits they stand for."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from pyproj import Transformer
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from cadastre.errors import FetchError, InputError
from cadastre.grid import Bounds
from cadastre.sources.catalogue import Source
from cadastre.sources.download_http import Client
from cadastre.sources.services_files import collection_bytes, department_of
from cadastre.sources.services_wfs import Feature, fetch_features, in_list

# Mainland services (LiDAR HD, BD TOPO) are on this CRS, whatever that of the computation.
CRS = "EPSG:2154"
_COMMUNE = re.compile(r"(\d{2}|2[AB])\d{3}")
_SIREN = re.compile(r"\d{9}")
_BLOCK = 100


@dataclass(frozen=True)
class TerritoryScope:
    """What is asked for: a name, commune codes, EPCI numbers.

    With commune codes, these are the territory and the EPCI only give names; without, the
    communes are those of the EPCI.
    """

    name: str
    communes: tuple[str, ...]
    epci: tuple[str, ...]


def scope_from_table(table: Mapping[str, Any], fallback_name: str = "") -> TerritoryScope:
    """Read the ``[territoire]`` table of a territory file.

    Raises
    ------
    InputError
        ``territory_scope_missing`` (neither codes nor numbers), ``territory_code_invalid``,
        ``territory_siren_invalid``, ``territory_overseas`` (other CRS and layers than here).
    """
    communes = tuple(dict.fromkeys(map(str, table.get("communes_insee") or ())))
    epci = tuple(dict.fromkeys(map(str, table.get("epci_siren") or ())))
    if not communes and not epci:
        raise InputError("territory_scope_missing")
    wrong = [code for code in communes if not _COMMUNE.fullmatch(code)]
    if wrong:
        raise InputError("territory_code_invalid", names=wrong)
    overseas = [code for code in communes if code.startswith(("97", "98"))]
    if overseas:
        raise InputError("territory_overseas", names=overseas)
    wrong = [number for number in epci if not _SIREN.fullmatch(number) or not _luhn(number)]
    if wrong:
        raise InputError("territory_siren_invalid", names=wrong)
    name = str(table.get("nom") or fallback_name)
    return TerritoryScope(name, communes, epci)


def _luhn(number: str) -> bool:
    """Check digit of a SIREN (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (1 + rank % 2) for rank, digit in enumerate(reversed(number))]
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0


@dataclass(frozen=True)
class Limits:
    """The territory as the limits draw it.

    ``geometry`` is in :data:`CRS`, ``degrees`` its bounds in longitude and latitude. ``notes`` are
    codes and facts: unknown communes, communes left out of an EPCI.
    """

    communes: tuple[str, ...]
    geometry: BaseGeometry
    degrees: Bounds
    notes: tuple[tuple[str, dict[str, object]], ...] = ()

    @property
    def departments(self) -> tuple[str, ...]:
        """Departments of the communes, sorted."""
        return departments(self.communes)


def departments(communes: tuple[str, ...]) -> tuple[str, ...]:
    """Departments of some communes, sorted."""
    return tuple(sorted({department_of(code) for code in communes}))


def limits_request(scope: TerritoryScope, communes: Source, epci: Source) -> str:
    """Identify what the limits of a scope are asked with."""
    asked = [communes.layer, epci.layer, sorted(scope.communes), sorted(scope.epci)]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def fetch_limits(
    client: Client, communes: Source, epci: Source, scope: TerritoryScope
) -> tuple[bytes, bytes]:
    """Fetch the limits and write them with the names of the territory file.

    Returns
    -------
    tuple
        GeoJSON of the communes (``code_insee``, ``nom``, ``siren_epci``, ``nom_epci``,
        ``population``) and of the EPCI (``siren_epci``, ``nom_epci``).

    Raises
    ------
    FetchError
        ``territory_epci_unknown``, ``territory_communes_unknown``: nothing bears these numbers.
    """
    known = {
        _text(one, "code_siren"): one for one in _by_code(client, epci, "code_siren", scope.epci)
    }
    absent = sorted(set(scope.epci) - set(known))
    if absent:
        raise FetchError("territory_epci_unknown", names=absent)
    members = {
        code: siren
        for siren in sorted(known)
        for code in _codes(_text(known[siren], "codes_insee_des_communes_membres"))
    }
    wanted = scope.communes or tuple(sorted(members))
    found = _by_code(client, communes, "code_insee", wanted)
    if not found:
        raise FetchError("territory_communes_unknown", names=list(wanted)[:20])
    owner = {
        _text(one, "code_insee"): members.get(_text(one, "code_insee")) or _first_siren(one)
        for one in found
    }
    others = tuple(sorted({siren for siren in owner.values() if siren} - set(known)))
    known |= {
        _text(one, "code_siren"): one for one in _by_code(client, epci, "code_siren", others)
    }
    rows = [_commune(one, owner[_text(one, "code_insee")], known) for one in found]
    rows.sort(key=lambda row: row["properties"]["code_insee"])
    used = sorted({siren for siren in owner.values() if siren} & set(known))
    groups = [_epci(known[siren], siren) for siren in used]
    return collection_bytes(rows, CRS), collection_bytes(groups, CRS)


def _by_code(client: Client, source: Source, name: str, codes: tuple[str, ...]) -> list[Feature]:
    found: list[Feature] = []
    for start in range(0, len(codes), _BLOCK):
        found += fetch_features(client, source, cql=in_list(name, codes[start : start + _BLOCK]))
    return found


def _text(feature: Feature, name: str) -> str:
    return str((feature.get("properties") or {}).get(name) or "")


def _codes(text: str) -> list[str]:
    return [code for code in re.split(r"[/,; ]+", text) if _COMMUNE.fullmatch(code)]


def _first_siren(feature: Feature) -> str:
    found = _SIREN.search(_text(feature, "codes_siren_des_epci"))
    return found[0] if found else ""


def _commune(feature: Feature, siren: str, known: Mapping[str, Feature]) -> Feature:
    properties = {
        "code_insee": _text(feature, "code_insee"),
        "nom": _text(feature, "nom_officiel"),
        "siren_epci": siren or None,
        "nom_epci": _text(known[siren], "nom_officiel") if siren in known else None,
        "population": (feature.get("properties") or {}).get("population"),
    }
    return {"type": "Feature", "properties": properties, "geometry": feature["geometry"]}


def _epci(feature: Feature, siren: str) -> Feature:
    properties = {
        "siren_epci": siren,
        "nom_epci": _text(feature, "nom_officiel"),
        "communes": _text(feature, "codes_insee_des_communes_membres"),
    }
    return {"type": "Feature", "properties": properties, "geometry": feature["geometry"]}


def read_limits(communes: Path, epci: Path, scope: TerritoryScope) -> Limits:
    """Read the limits written by :func:`fetch_limits` and compare them with what was asked."""
    rows = json.loads(communes.read_text(encoding="utf-8"))["features"]
    groups = json.loads(epci.read_text(encoding="utf-8"))["features"]
    codes = tuple(row["properties"]["code_insee"] for row in rows)
    union = shapely.union_all([shapely.make_valid(shape(row["geometry"])) for row in rows])
    geometry = shapely.make_valid(union)
    step = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    degrees = shapely.transform(geometry, step.transform, interleaved=False)
    notes: list[tuple[str, dict[str, object]]] = []
    unknown = sorted(set(scope.communes) - set(codes))
    if unknown:
        notes.append(("communes_unknown", {"count": len(unknown), "names": unknown}))
    for group in groups:
        members = set(_codes(str(group["properties"]["communes"])))
        left = sorted(members - set(codes))
        if group["properties"]["siren_epci"] in scope.epci and left:
            facts = {"epci": group["properties"]["nom_epci"], "count": len(left), "names": left}
            notes.append(("communes_left_out", facts))
    return Limits(codes, geometry, degrees.bounds, tuple(notes))


def squares(area: BaseGeometry, side: float) -> list[tuple[int, int]]:
    """Return column and row of the squares that meet ``area``, on multiples of ``side``."""
    x_0, y_0, x_1, y_1 = (value / side for value in area.bounds)
    shapely.prepare(area)
    return [
        (column, row)
        for column in range(math.floor(x_0), math.ceil(x_1))
        for row in range(math.floor(y_0), math.ceil(y_1))
        if area.intersects(box(column * side, row * side, (column + 1) * side, (row + 1) * side))
    ]
