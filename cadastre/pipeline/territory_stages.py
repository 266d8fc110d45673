"""The stage ``totaux``: tile tables become the published tables, totals and the report."""

from __future__ import annotations

import functools
import platform
from collections.abc import Mapping
from contextlib import ExitStack
from importlib import metadata
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre import __version__
from cadastre.aggregation.checks import check_conservation
from cadastre.aggregation.territories import ASSESSED, inside_territory, territory_totals
from cadastre.errors import CheckError, SchemaError
from cadastre.pipeline.building_rows import BuildingRows, Kept
from cadastre.pipeline.building_table import results_schema
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.foreman import Options
from cadastre.pipeline.gathering import gather
from cadastre.pipeline.hands import hands
from cadastre.pipeline.ingest import Ingested, Rasters, intake
from cadastre.pipeline.layout import arrow_table
from cadastre.pipeline.plan import Plan
from cadastre.pipeline.store import Store
from cadastre.pipeline.tables import Asides, SortedTable, range_boundaries
from cadastre.pipeline.territory import Territory
from cadastre.pipeline.territory_p90 import with_territory_p90
from cadastre.publishing.report import write_report
from cadastre.schema import validate
from cadastre.sources.remote import address_of

RESULTS = ("buildings", "roof_planes", "modules", "territories")
_LIBRARIES = (
    "geopandas", "numba", "numpy", "pandas", "pvlib", "pyarrow", "pyproj", "rasterio", "shapely",
)  # fmt: skip

_LOST = "product of the stage rendement absent after the run"


def assemble(
    territory: Territory,
    store: Store,
    ingested: Ingested,
    plan: Plan,
    rasters: Rasters,
    failed: dict[str, str],
    keys: Mapping[str, str],
    options: Options,
) -> dict[str, Any]:
    """Write the four tables of the contract and the rasters' clean-up; returns the counts.

    ``keys`` tells what the product of each tile is to be made of. A tile that has no such product
    is added to ``failed``: nothing is left out without a word. In a run of some tiles only the
    others stay as they are, and ``stale_tiles`` counts those of other inputs. The tables take
    their names one after the other, once all are written and checked.

    Raises
    ------
    CheckError
        Something does not add up; the tables of the run before are still there.
    """
    footprints = plan.footprints
    size = territory.parameters.tiles.table_range
    with ExitStack() as stack:
        aside = stack.enter_context(Asides(store, territory.crs))
        tables = _tables(stack, range_boundaries(footprints.table["building_id"], size), store)
        workers = stack.enter_context(hands(options.process_count))
        tiles = [tile.tile_id for tile in plan.tiles if tile.tile_id not in failed]
        found = gather(store, tiles, keys, tables, workers, partial=bool(options.only_tiles))
        failed |= dict.fromkeys(found.lost, _LOST)
        begun = {
            name: workers.begin(functools.partial(aside.table, tables[name]))
            for name in ("roof_planes", "modules")
        }
        rows = BuildingRows(
            footprints, tables["results"], _failed_ids(plan, failed), rasters, size
        )
        kept = Kept.of(len(footprints))
        aside.ranges("buildings", np.array(footprints.total_bounds), rows.ranges(kept))
        buildings = kept.frame(footprints.table)
        totals = territory_totals(buildings, ingested.communes, territory.name)
        totals = with_territory_p90(
            totals, buildings, ingested.communes, territory.parameters.uncertainty
        )
        _refuse_faults(footprints.table["building_id"], kept, buildings, found.plane_sums, totals)
        tables["territories"].add(arrow_table(totals, "territories"))
        aside.table(tables["territories"])
        counts = {name: written() for name, written in begun.items()}
        aside.publish()
    _drop_old_rasters(store, plan)
    return {
        **_counts(buildings, counts["roof_planes"], counts["modules"], totals),
        "optimum_irradiation_kwh_m2": _optimum(buildings, found.optimum),
        "codes_without_text": sorted(kept.unspoken),
        "stale_tiles": found.stale,
    }


def _tables(stack: ExitStack, cuts: list[str], store: Store) -> dict[str, SortedTable]:
    """Tables to gather rows in, until ``stack`` ends."""
    waiting, column = store.waiting_folder(), "building_id"
    return {
        table.name: stack.enter_context(table)
        for table in (
            SortedTable("roof_planes", cuts, column, waiting),
            SortedTable("modules", cuts, column, waiting),
            SortedTable("results", cuts, column, waiting, results_schema()),
            SortedTable("territories", [], "code", waiting),
        )
    }


def write_sites(store: Store, sites: gpd.GeoDataFrame, crs: str) -> None:
    """Write the table of car parks and brownfields; remove it where the territory names none."""
    if len(sites) == 0:
        store.remove("sites.parquet")
        return
    validate(sites, "sites")
    with SortedTable("sites", [], "site_id", store.waiting_folder()) as table:
        table.add(arrow_table(sites, "sites"))
        table.write(store, "sites.parquet", crs)


def _optimum(buildings: pd.DataFrame, by_cell: dict[str, float]) -> float | None:
    """Irradiation of the best orientation, mean of the cells by number of buildings."""
    known = buildings["weather_cell_id"].map(by_cell).dropna()
    return float(known.mean()) if len(known) else None


def _refuse_faults(
    identifiers: pd.Series,
    kept: Kept,
    buildings: pd.DataFrame,
    planes: pd.DataFrame,
    totals: pd.DataFrame,
) -> None:
    faults = [f"building_repeated:{name}" for name in kept.repeated[:1]]
    faults += check_conservation(identifiers, buildings, planes, totals)
    if faults:
        raise CheckError("conservation", faults=faults)
    if kept.faults:
        raise SchemaError("table_faults", table="buildings", faults=kept.faults)
    validate(totals, "territories")


def _failed_ids(plan: Plan, failed: dict[str, str]) -> pd.Index:
    rows = [tile.rows for tile in plan.tiles if tile.tile_id in failed]
    if not rows:
        return pd.Index([])
    return pd.Index(
        plan.footprints.table["building_id"].iloc[plan.to_compute[np.concatenate(rows)]]
    )


def _drop_old_rasters(store: Store, plan: Plan) -> None:
    """Remove rasters of tiles that are no longer in the plan."""
    wanted = {f"irradiation_{tile.tile_id}.tif" for tile in plan.tiles}
    for name in store.names("rasters"):
        if name not in wanted:
            store.remove("rasters", name)


def _counts(
    buildings: pd.DataFrame, plane_count: int, module_count: int, totals: pd.DataFrame
) -> dict[str, Any]:
    whole = totals[(totals["level"] == "whole") & (totals["usage"] == "all")].iloc[0]
    reasons = buildings.groupby(["status", "status_reason"], dropna=False).size()
    return {
        "building_count": len(inside_territory(buildings)),
        "assessed_building_count": int(buildings["status"].isin(ASSESSED).sum()),
        "error_buildings": int((buildings["status"] == "error").sum()),
        "plane_count": plane_count,
        "module_count": module_count,
        "capacity_kwp": _number(whole.get("capacity_kwp")),
        "annual_energy_kwh": _number(whole.get("annual_energy_kwh")),
        "annual_energy_p90_kwh": _number(whole.get("annual_energy_p90_kwh")),
        "advised_capacity_kwp": _number(whole.get("advised_capacity_kwp")),
        "advised_energy_kwh": _number(whole.get("advised_energy_kwh")),
        "advised_energy_p90_kwh": _number(whole.get("advised_energy_p90_kwh")),
        "by_status": [
            {
                "status": str(key[0]),
                "reason": "" if pd.isna(key[1]) else str(key[1]),
                "count": int(number),
            }
            for key, number in zip(reasons.index, reasons, strict=True)
        ],
    }


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _surface_date(rasters: Rasters) -> str | None:
    """Date, or first and last date, of the surface the territory is computed on."""
    dated = rasters.mns if rasters.mns is not None else rasters.points
    return None if dated is None else dated.date


def report_content(
    territory: Territory,
    ingested: Ingested,
    rasters: Rasters,
    run: dict[str, Any],
    prints: Fingerprints,
) -> dict[str, Any]:
    """Everything ``rapport.json`` says."""
    inputs = [
        {"kind": kind, "file": address_of(path) or path, "sha256": prints.of(path)}
        for kind, paths in sorted(territory.inputs.items())
        for path in paths
    ]
    prints.save()
    return {
        "territory": {
            "name": territory.name,
            "crs": territory.crs,
            "file": str(territory.path),
            "fictitious": territory.fictitious,
            "attribution": territory.attribution,
        },
        "inputs": inputs,
        "intake": intake(ingested.buildings),
        "weather": {
            "origin": ingested.weather.origin,
            "label": ingested.weather.label,
            "embedded": ingested.weather.origin == "embedded",
            "years": len(set(ingested.weather.data.index.year)),
            "latitude": ingested.weather.latitude,
            "longitude": ingested.weather.longitude,
            "cells": [
                {"cell": one.cell_id, "latitude": one.latitude, "longitude": one.longitude}
                for one in ingested.weathers
            ],
        },
        "optimum_irradiation_kwh_m2": run["totals"].get("optimum_irradiation_kwh_m2"),
        "codes_without_text": run["totals"].pop("codes_without_text"),
        "surface_date": _surface_date(rasters),
        "parameters_overridden": territory.overrides,
        "versions": {
            "cadastre": __version__,
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _LIBRARIES},
        },
        **run,
    }


def write_reports(store: Store, report: dict[str, Any]) -> None:
    """Write ``rapport.json`` and ``rapport.md``."""
    for name, content in write_report(report).items():
        store.write_bytes(content, name)
