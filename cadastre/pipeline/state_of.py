"""``etat``: what is computed, stale (and why), damaged or missing, without computing a tile."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cadastre.pipeline import (
    model_stage,
    roof_stage,
    shading_stage,
    surface_stage,
    weather_stage,
    yield_stage,
)
from cadastre.pipeline.changes import (
    file_changes,
    parameter_changes,
    parts_changed,
    rules_changed,
)  # fmt: skip
from cadastre.pipeline.far_views import FarViews
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.ingest import STAGE, ingest, ingestion_key, open_rasters
from cadastre.pipeline.plan import plan_territory
from cadastre.pipeline.shelves import other_version
from cadastre.pipeline.store import Store
from cadastre.pipeline.tasks import TaskMaker
from cadastre.pipeline.territory import Territory
from cadastre.pipeline.territory_stages import RESULTS
from cadastre.pipeline.tickets import Ticket, roof_contents, skyline_ticket
from cadastre.publishing.texts_fr import state as say
from cadastre.publishing.texts_fr.errors import error_sentence
from cadastre.sources.notes import Notes


@dataclass(frozen=True)
class _Today:
    """What a run of today would make: the tickets of every stage."""

    roofs: list[Ticket]
    yields: list[Ticket]
    skylines: list[Ticket]
    skies: list[Ticket]
    surfaces: list[Ticket]
    once: dict[str, Ticket]


def describe(territory: Territory) -> list[str]:
    """Return the French lines of ``cadastre etat``."""
    store = Store(territory.store_root)
    lines = say.head_lines(territory.name, territory.store_root)
    other = other_version(store)
    if other is not None:
        return [*lines, error_sentence(other)]
    if not store.exists(STAGE, "territoire.json"):
        return [*lines, say.never_line(str(territory.path))]
    prints = Fingerprints(store)
    lines += say.change_lines(
        [dataclasses.astuple(one) for one in file_changes(territory, store, prints)],
        rules_changed(territory, store, prints),
        parameter_changes(territory, store),
    )
    product = store.read_product(STAGE, "territoire")
    fresh = product is not None and product.key == ingestion_key(territory, prints)
    lines.append(say.ingestion_line(fresh, damaged=product is None))
    today = _today(territory, store, prints)
    lines += _stage_lines(store, "toits", roof_stage.STAGE, today.roofs)
    for name, ticket in today.once.items():
        lines += _stage_lines(store, name, f"etapes/{name}", [ticket])
    lines += _stage_lines(store, "ciel", weather_stage.STAGE, today.skies)
    lines += _stage_lines(store, "surfaces", surface_stage.STAGE, today.surfaces)
    lines += _stage_lines(store, "ombres", shading_stage.STAGE, today.skylines)
    lines += _stage_lines(store, "rendement", yield_stage.STAGE, today.yields)
    lines.append(
        say.tables_line([name for name in RESULTS if not store.exists(f"{name}.parquet")])
    )
    report = store.read_json("rapport.json") if store.exists("rapport.json") else {}
    lines += say.failures_lines(report)
    prints.save()
    return lines


def stale_tiles(territory: Territory) -> int:
    """Count the tiles that inputs or parameters of today would compute again."""
    store = Store(territory.store_root)
    prints = Fingerprints(store)
    product = store.read_product(STAGE, "territoire")
    if product is None or product.key != ingestion_key(territory, prints):
        return -1
    today, count = _today(territory, store, prints), 0
    for stage, tickets in ((roof_stage.STAGE, today.roofs), (yield_stage.STAGE, today.yields)):
        for ticket in tickets:
            count += store.read_product(stage, ticket.tile_id, ticket.key) is None
    prints.save()
    return count


def _today(territory: Territory, store: Store, prints: Fingerprints) -> _Today:
    """Return what a run of today would make; inputs that changed are read, not shelved."""
    parameters = territory.parameters
    rasters = open_rasters(territory, Notes())
    ingested = ingest(territory, store, prints, rasters, keep=False)
    plan = plan_territory(ingested, parameters)
    model, _ = model_stage.model_roofs(territory, store, plan, prints, keep=False)
    far = FarViews(store, rasters, plan, territory.crs, parameters, prints, reads_only=True)
    maker = TaskMaker(plan, parameters, rasters, prints, store.root, model, far)
    tickets = [maker.roof_ticket(tile) for tile in plan.tiles]
    roofs = roof_contents(store, tickets, {})
    weather = weather_stage.series_prints(ingested)
    yields = [maker.yield_ticket(tile, weather, roofs) for tile in plan.tiles]
    cells = {name for tile in plan.tiles for name in maker.weather_cells(tile)}
    skies = weather_stage.sky_tasks(ingested, parameters, store.root)
    squares = maker.surface_tasks(roofs, set(), "").values()
    once = {}
    if model is not None:
        once["modele"] = Ticket("territoire", model_stage.model_key(territory, plan, prints), {})
    if far.key:
        once["relief"] = Ticket("relief", far.key, {})
    return _Today(
        tickets,
        yields,
        [skyline_ticket(ticket) for ticket in yields if not _bare(store, ticket)],
        [Ticket(one.cell_id, one.key, one.parts) for one in skies if one.cell_id in cells],
        [Ticket(one.tile_id, one.key, one.parts) for one in squares],
        once,
    )


def _bare(store: Store, ticket: Ticket) -> bool:
    """Tell whether a tile, up to date, has no roof plane: it casts no skyline."""
    product = store.manifest(yield_stage.STAGE, ticket.tile_id)
    return product is not None and product.key == ticket.key and not product.facts.get("planes")


def _stage_lines(store: Store, name: str, stage: str, tickets: Sequence[Ticket]) -> list[str]:
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    damaged, seconds = [], 0.0
    for ticket in tickets:
        told = store.manifest(stage, ticket.tile_id)
        if told is None and not store.exists(stage, f"{ticket.tile_id}.json"):
            counts["missing"] += 1
            continue
        if told is None or store.read_product(stage, ticket.tile_id) is None:
            damaged.append(ticket.tile_id)
            continue
        seconds += float(told.facts.get("seconds", 0.0))
        if told.key == ticket.key:
            counts["fresh"] += 1
            continue
        counts["stale"] += 1
        if ticket.parts:
            reasons.update(parts_changed(told.facts.get("made_of", {}), ticket.parts))
    return say.stage_lines(name, len(tickets), counts, damaged, dict(reasons), seconds)
