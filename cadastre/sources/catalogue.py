"""The list of open data sets: read from ``sources.toml``, the only place that holds addresses.

A service may be reached elsewhere (a mirror, a test server) with the environment variable
``CADASTRE_SERVICES``: ``name=address`` pairs parted by semicolons; ``*=address`` sends every
service to ``address/name``. Addresses found in the answers of a service (tile index, Atom feeds)
are followed only when they belong to a listed service, and are redirected in the same way.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cadastre.errors import FetchError, InputError

OVERRIDE_VARIABLE = "CADASTRE_SERVICES"


@dataclass(frozen=True)
class Service:
    """A web service: where it stands, how much it allows.

    ``published`` is the documented address, ``base`` the one used. ``requests_per_second`` is
    the limit the service publishes, None where it publishes none. ``retry_status`` are status
    codes that it answers in passing, besides the usual ones.
    """

    name: str
    published: str
    base: str
    requests_per_second: float | None
    retry_status: tuple[int, ...]
    documentation: tuple[str, ...]
    checked: str
    note: str


@dataclass(frozen=True)
class Source:
    """One data set: what it is, where it is asked, what is expected, what must be said of it.

    ``target`` is the path below the download folder, with ``{commune}``, ``{department}`` or
    ``{name}`` where one file stands for each. ``entry`` is the key of the territory file that
    reads it (empty when none does). ``schema`` lists the columns expected; without those of
    ``required`` the answer is refused. ``mean_bytes`` is what one file (or feature, with
    ``features_per_km2``) weighs, for the estimate given before a download.
    """

    name: str
    title: str
    producer: str
    service: str
    target: str
    format: str
    schema: tuple[str, ...]
    vintage: str
    licence: str
    attribution: str
    documentation: tuple[str, ...]
    mean_bytes: int
    layer: str = ""
    path: str = ""
    geometry: str = ""
    key: str = ""
    sort: str = ""
    cql: str = ""
    crs: str = ""
    entry: str = ""
    product: str = ""
    dataset: str = ""
    search: str = ""
    filter: str = ""
    note: str = ""
    default: bool = True
    features_per_km2: float = 0.0
    departments: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    members: tuple[tuple[str, str], ...] = ()

    @property
    def pattern(self) -> str:
        """The target as a glob: one star for each variable part."""
        return re.sub(r"\{\w+\}", "*", self.target)


@dataclass(frozen=True)
class Catalogue:
    """Services and sources by name, in the order of the list."""

    services: dict[str, Service]
    sources: dict[str, Source]

    @cached_property
    def _by_length(self) -> tuple[Service, ...]:
        return tuple(sorted(self.services.values(), key=lambda one: -len(one.published)))

    def owner(self, address: str) -> Service:
        """Return the service an address belongs to.

        Raises
        ------
        FetchError
            ``fetch_foreign_address``: the address is of no listed service.
        """
        wanted = _without_scheme(address)
        for service in self._by_length:
            for base in (service.published, service.base):
                if _below(wanted, _without_scheme(base)):
                    return service
        raise FetchError("fetch_foreign_address", url=address)

    def reach(self, address: str) -> str:
        """Return where a published address is asked: https, redirected when so told."""
        service = self.owner(address)
        published = _without_scheme(service.published)
        wanted = _without_scheme(address)
        if not _below(wanted, published):
            return address
        return service.base + wanted[len(published) :]

    def rows(self) -> list[dict[str, Any]]:
        """Plain rows of the sources page: one a source, with its service."""
        return [
            {
                **{name: getattr(source, name) for name in _PAGE_FIELDS},
                "address": self.services[source.service].published,
                "checked": self.services[source.service].checked,
                "service_note": self.services[source.service].note,
                "request": source.layer or source.dataset or source.path or "",
            }
            for source in self.sources.values()
        ]


_PAGE_FIELDS = (
    "name", "title", "producer", "service", "target", "format", "schema", "vintage", "licence",
    "attribution", "documentation", "note", "default", "entry", "crs",
)  # fmt: skip


def _below(wanted: str, base: str) -> bool:
    return wanted.startswith(base) and wanted[len(base) : len(base) + 1] in ("", "/", "?")


def _without_scheme(address: str) -> str:
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.lower()}{parts.path}{query}"


def service_overrides(text: str | None = None) -> dict[str, str]:
    """Read ``name=address;...`` pairs, by default from ``CADASTRE_SERVICES``.

    Raises
    ------
    InputError
        ``service_override_malformed``: a pair without ``=`` or an address that is not http(s).
    """
    content = os.environ.get(OVERRIDE_VARIABLE, "") if text is None else text
    pairs: dict[str, str] = {}
    for piece in filter(None, (part.strip() for part in content.split(";"))):
        name, separator, address = piece.partition("=")
        if not separator or not address.strip().startswith(("http://", "https://")):
            raise InputError("service_override_malformed", piece=piece)
        pairs[name.strip()] = address.strip().rstrip("/")
    return pairs


def read_catalogue(
    path: Path | None = None, overrides: Mapping[str, str] | None = None
) -> Catalogue:
    """Read the list of sources.

    Parameters
    ----------
    path
        Another list than the one of the package.
    overrides
        Addresses of services; None reads ``CADASTRE_SERVICES``.

    Raises
    ------
    InputError
        ``service_unknown``: an override names a service that is not listed.
    """
    if path is None:
        text = resources.files("cadastre.sources").joinpath("sources.toml").read_text("utf-8")
    else:
        text = path.read_text(encoding="utf-8")
    content = tomllib.loads(text)
    moved = dict(service_overrides() if overrides is None else overrides)
    strange = sorted(set(moved) - set(content["services"]) - {"*"})
    if strange:
        raise InputError("service_unknown", names=strange, known=sorted(content["services"]))
    services = {
        name: _service(name, values, moved) for name, values in content["services"].items()
    }
    sources = {name: _source(name, values) for name, values in content["sources"].items()}
    return Catalogue(services, sources)


def _service(name: str, values: dict[str, Any], moved: Mapping[str, str]) -> Service:
    published = values["base"]
    base = moved.get(name) or (f"{moved['*']}/{name}" if "*" in moved else published)
    return Service(
        name=name,
        published=published,
        base=base,
        requests_per_second=values.get("requests_per_second"),
        retry_status=tuple(values.get("retry_status", ())),
        documentation=tuple(values["documentation"]),
        checked=str(values["checked"]),
        note=values.get("note", ""),
    )


def _source(name: str, values: dict[str, Any]) -> Source:
    content = dict(values)
    for key in ("schema", "required", "documentation", "departments"):
        if key in content:
            content[key] = tuple(content[key])
    if "members" in content:
        content["members"] = tuple(content["members"].items())
    return Source(name=name, **content)
