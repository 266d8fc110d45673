"""Tickets: the name of each piece of work, and the key of what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cadastre.pipeline import roof_stage, shading_stage
from cadastre.pipeline.store import Store, fingerprint

_ROOF_FILES = ("pans.parquet", "obstacles.parquet", "qualite.parquet")


@dataclass(frozen=True)
class Ticket:
    """The name of one piece of work and the key of what it is made of, part by part."""

    tile_id: str
    key: str
    parts: dict[str, str]


def skyline_ticket(yields: Ticket) -> Ticket:
    """Ticket of the skylines of a tile, from that of its yields."""
    parts = shading_stage.skyline_parts(yields.parts)
    return Ticket(yields.tile_id, yields.parts["ombres"], parts)


def roof_contents(
    store: Store, tickets: list[Ticket], failed: Mapping[str, str]
) -> dict[str, str]:
    """Say what the roofs of each tile hold: that, not how it was made, decides what comes after.

    Roofs not computed yet, or stale, are told by their key.
    """
    found = {}
    for ticket in tickets:
        if ticket.tile_id in failed:
            continue
        product = store.manifest(roof_stage.STAGE, ticket.tile_id)
        found[ticket.tile_id] = ticket.key
        if product is not None and product.key == ticket.key:
            names = [f"{roof_stage.STAGE}/{ticket.tile_id}.{name}" for name in _ROOF_FILES]
            found[ticket.tile_id] = fingerprint([product.files.get(name) for name in names])
    return found
