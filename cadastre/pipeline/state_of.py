"""``etat``: what is computed, stale (and why) or missing, without computing anything."""

from __future__ import annotations

import json
from collections import Counter

from cadastre.pipeline import roof_stage, yield_stage
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.ingest import STAGE, ingest, ingestion_key, open_rasters
from cadastre.pipeline.model_stage import model_roofs
from cadastre.pipeline.plan import plan_territory
from cadastre.pipeline.store import Store
from cadastre.pipeline.tasks import TaskMaker, Ticket, roof_contents
from cadastre.pipeline.territory import Territory
from cadastre.pipeline.weather_stage import weather_keys
from cadastre.publishing.texts_fr.state import (
    PARTS,
    counts_line,
    failures_lines,
    head_lines,
    never_line,
    stale_inputs_line,
)  # fmt: skip
from cadastre.sources.notes import Notes


def describe(territory: Territory) -> list[str]:
    """Return the French lines of ``cadastre etat``."""
    store = Store(territory.store_root)
    prints = Fingerprints(store)
    lines = head_lines(territory.name, territory.store_root)
    product = store.read_product(STAGE, "territoire")
    if product is None:
        return [*lines, never_line(str(territory.path))]
    if product.key != ingestion_key(territory, prints):
        return [*lines, stale_inputs_line()]
    tickets = _all_tickets(territory, store, prints)
    for name, stage in (("toits", roof_stage.STAGE), ("rendement", yield_stage.STAGE)):
        lines += _stage_lines(
            store, name, stage, [ticket for at, ticket in tickets if at == stage]
        )
    report = store.read_json("rapport.json") if store.exists("rapport.json") else {}
    lines += failures_lines(report)
    prints.save()
    return lines


def stale_tiles(territory: Territory) -> int:
    """Count the tiles that inputs or parameters of today would compute again."""
    store = Store(territory.store_root)
    prints = Fingerprints(store)
    product = store.read_product(STAGE, "territoire")
    if product is None or product.key != ingestion_key(territory, prints):
        return -1
    count = 0
    for stage, ticket in _all_tickets(territory, store, prints):
        found = store.read_product(stage, ticket.tile_id)
        count += found is None or found.key != ticket.key
    prints.save()
    return count


def _all_tickets(
    territory: Territory, store: Store, prints: Fingerprints
) -> list[tuple[str, Ticket]]:
    """Return what a run of today would make: (stage, ticket) of every tile."""
    rasters = open_rasters(territory, Notes())
    ingested = ingest(territory, store, prints, rasters)
    plan = plan_territory(ingested, territory.parameters)
    model, _ = model_roofs(territory, store, plan, prints)
    maker = TaskMaker(plan, territory.parameters, rasters, prints, store.root, model)
    tickets = [maker.roof_ticket(tile) for tile in plan.tiles]
    roofs = roof_contents(store, tickets, {})
    weather = weather_keys(ingested, territory.parameters)
    yields = [maker.yield_ticket(tile, weather, roofs) for tile in plan.tiles]
    return [(roof_stage.STAGE, ticket) for ticket in tickets] + [
        (yield_stage.STAGE, ticket) for ticket in yields
    ]


def _stage_lines(store: Store, name: str, stage: str, tickets: list[Ticket]) -> list[str]:
    fresh, missing, seconds = 0, 0, 0.0
    reasons: Counter[str] = Counter()
    for ticket in tickets:
        product = store.read_product(stage, ticket.tile_id)
        if product is None:
            damaged = store.exists(stage, f"{ticket.tile_id}.json")
            missing += 1
            if damaged:
                reasons["abime"] += 1
            continue
        seconds += float(product.facts.get("seconds", 0.0))
        if product.key == ticket.key:
            fresh += 1
            continue
        made_of = product.facts.get("made_of", {})
        reasons.update(part for part in PARTS if made_of.get(part) != ticket.parts.get(part))
    return counts_line(
        name, len(tickets), fresh, missing, seconds, json.loads(json.dumps(reasons))
    )
