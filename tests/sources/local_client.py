"""A catalogue, parameters and a client for the local services: same rules, no waiting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from cadastre.parameters.download import Download
from cadastre.sources.catalogue import Catalogue, read_catalogue, service_overrides
from cadastre.sources.download import TerritoryScope, scope_from_table
from cadastre.sources.download_http import Client

SCOPE = scope_from_table(
    {"nom": "Essai", "communes_insee": ["62801", "62802"], "epci_siren": ["246200364"]}
)

QUICK = {
    "default_rate_per_s": 1000.0, "rate_share": 1.0, "backoff_first_s": 0.01,
    "backoff_max_s": 0.05, "timeout_s": 2.0, "attempts": 4, "page_size": 100, "tile_m": 1000.0,
    "tile_max_features": 150, "surface_resolution_m": 10.0, "relief_margin_m": 3000.0,
    "relief_tile_px": 100, "weather_first_year": 2023, "weather_last_year": 2023,
    "free_space_margin_gb": 0.01, "surface_margin_m": 0.0,
}  # fmt: skip


def quick(**values: Any) -> Download:
    """Parameters without long waits, a small territory's margins."""
    return Download(**{**QUICK, **values})


def catalogue(override: str) -> Catalogue:
    """The catalogue redirected, without the published rates."""
    found = read_catalogue(None, service_overrides(override))
    hurried = {
        name: replace(service, requests_per_second=None)
        for name, service in found.services.items()
    }
    return Catalogue(hurried, found.sources)


def client(override: str, **values: Any) -> Client:
    """A client of the local services."""
    return Client(catalogue(override), quick(**values))


def stray(folder: Path) -> list[str]:
    """Files of a download folder that are on their way or forgotten."""
    return sorted(
        path.name
        for path in folder.rglob("*")
        if ".partiel" in path.name or path.name.endswith((".tmp", ".compresse", ".journal"))
    )


__all__ = ["SCOPE", "TerritoryScope", "catalogue", "client", "quick", "stray"]
