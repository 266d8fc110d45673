"""One job is one file to have; a work is what one source asks for a territory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shapely.geometry.base import BaseGeometry

from cadastre.parameters.download import Download
from cadastre.sources.catalogue import Catalogue, Source
from cadastre.sources.download_expected import Expectation
from cadastre.sources.download_http import Client
from cadastre.sources.download_territory import Limits
from cadastre.sources.services_raster import LidarTile

PARTS = ".morceaux"


@dataclass(frozen=True)
class Job:
    """One file to have.

    ``url`` is the documented address; it identifies the request unless ``request`` does.
    ``make`` builds the content from several requests; without it the address is fetched as a
    file. ``size`` is what it will weigh on the disk and ``transfer`` what will travel (the same
    when 0), estimates in bytes.
    """

    source: Source
    target: str
    service: str
    url: str
    expected: Expectation
    size: int
    vintage: str = ""
    resumable: bool = True
    make: Callable[[Client], bytes] | None = None
    request: str = ""
    transfer: int = 0

    @property
    def identity(self) -> str:
        """What tells this request from another for the same file."""
        return self.request or self.url


@dataclass(frozen=True)
class Assembly:
    """Several parts that make one file: objects of all parts once, inside ``area``."""

    source: Source
    target: str
    parts: tuple[str, ...]
    request: str
    area: BaseGeometry
    size: int


@dataclass(frozen=True)
class Work:
    """What one source asks: files, and the file they are put together into."""

    jobs: tuple[Job, ...] = ()
    assembly: Assembly | None = None
    notes: tuple[tuple[str, dict[str, object]], ...] = ()


@dataclass(frozen=True)
class Situation:
    """What the jobs depend on; ``limits`` and ``tiles`` are None where they could not be had."""

    catalogue: Catalogue
    parameters: Download
    communes: tuple[str, ...]
    departments: tuple[str, ...]
    limits: Limits | None = None
    tiles: tuple[LidarTile, ...] | None = None
    cache: dict[str, object] = field(default_factory=dict)

    def base(self, source: Source) -> str:
        """Return the documented address of the service of a source."""
        return self.catalogue.services[source.service].published


def expectation(source: Source, **values: Any) -> Expectation:
    """Return what a file of a source must be."""
    return Expectation(
        source.format, crs=source.crs, columns=source.required, wished=source.schema, **values
    )
