"""``etat``: what is computed, stale (and why) or missing, without computing anything."""

from __future__ import annotations

import json
from collections import Counter

from cadastre.pipeline import roof_stage, yield_stage
from cadastre.pipeline.context import TileTask
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.ingest import STAGE, ingest, ingestion_key, open_rasters
from cadastre.pipeline.model_stage import model_roofs
from cadastre.pipeline.plan import TaskMaker, plan_territory
from cadastre.pipeline.store import Store
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
    store = Store(str(territory.output))
    prints = Fingerprints(store)
    lines = head_lines(territory.name, str(territory.output))
    product = store.read_product(STAGE, "territoire")
    if product is None:
        return [*lines, never_line(str(territory.path))]
    if product.key != ingestion_key(territory, prints):
        return [*lines, stale_inputs_line()]
    tasks = _all_tasks(territory, store, prints)
    for name, stage in (("toits", roof_stage.STAGE), ("rendement", yield_stage.STAGE)):
        lines += _stage_lines(store, name, stage, [task for at, task in tasks if at == stage])
    report = store.read_json("rapport.json") if store.exists("rapport.json") else {}
    lines += failures_lines(report)
    prints.save()
    return lines


def stale_tiles(territory: Territory) -> int:
    """Count the tiles that inputs or parameters of today would compute again."""
    store = Store(str(territory.output))
    prints = Fingerprints(store)
    product = store.read_product(STAGE, "territoire")
    if product is None or product.key != ingestion_key(territory, prints):
        return -1
    count = 0
    for stage, task in _all_tasks(territory, store, prints):
        found = store.read_product(stage, task.tile_id)
        count += found is None or found.key != task.key
    prints.save()
    return count


def _all_tasks(
    territory: Territory, store: Store, prints: Fingerprints
) -> list[tuple[str, TileTask]]:
    """Return what a run of today would make: (stage, task) of every tile."""
    rasters = open_rasters(territory, Notes())
    ingested = ingest(territory, store, prints, rasters)
    plan = plan_territory(ingested, territory.parameters)
    model, _ = model_roofs(territory, store, plan, prints)
    maker = TaskMaker(plan, territory.parameters, rasters, prints, store.root, model)
    roofs = [maker.roof_task(tile, "") for tile in plan.tiles]
    keys = {task.tile_id: task.key for task in roofs}
    weather = weather_keys(ingested, territory.parameters)
    yields = [maker.yield_task(tile, "", weather, keys) for tile in plan.tiles]
    return [(roof_stage.STAGE, task) for task in roofs] + [
        (yield_stage.STAGE, task) for task in yields
    ]


def _stage_lines(store: Store, name: str, stage: str, tasks: list[TileTask]) -> list[str]:
    fresh, missing, seconds = 0, 0, 0.0
    reasons: Counter[str] = Counter()
    for task in tasks:
        product = store.read_product(stage, task.tile_id)
        if product is None:
            damaged = store.exists(stage, f"{task.tile_id}.json")
            missing += 1
            if damaged:
                reasons["abime"] += 1
            continue
        seconds += float(product.facts.get("seconds", 0.0))
        if product.key == task.key:
            fresh += 1
            continue
        made_of = product.facts.get("made_of", {})
        reasons.update(part for part in PARTS if made_of.get(part) != task.parts.get(part))
    return counts_line(name, len(tasks), fresh, missing, seconds, json.loads(json.dumps(reasons)))
