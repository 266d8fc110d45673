"""The stage ``totaux``: tile tables become the published tables, totals and the report."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from contextlib import ExitStack
from importlib import metadata
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre import __version__
from cadastre.aggregation.checks import ADDITIVE, check_conservation
from cadastre.aggregation.territories import ASSESSED, inside_territory, territory_totals
from cadastre.errors import CheckError
from cadastre.pipeline import yield_stage
from cadastre.pipeline.building_table import SIGMA_COLUMNS
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.ingest import Ingested, Rasters, intake
from cadastre.pipeline.plan import Plan
from cadastre.pipeline.store import Store
from cadastre.pipeline.tables import SortedTable, arrow_table, range_boundaries
from cadastre.pipeline.territory import Territory
from cadastre.pipeline.territory_p90 import with_territory_p90
from cadastre.publishing.report import write_report
from cadastre.publishing.texts_fr.reasons import unknown_codes
from cadastre.schema import TABLES, validate
from cadastre.sources.remote import address_of

RESULTS = ("buildings", "roof_planes", "modules", "territories")
_LIBRARIES = (
    "geopandas", "numba", "numpy", "pandas", "pvlib", "pyarrow", "pyproj", "rasterio", "shapely",
)  # fmt: skip

_LOST = "product of the stage rendement absent after the run"
_NO_PLANES = pd.DataFrame(
    {name: pd.Series(dtype="string") for name in ("plane_id", "building_id")}
)


def assemble(
    territory: Territory,
    store: Store,
    ingested: Ingested,
    plan: Plan,
    rasters: Rasters,
    failed: dict[str, str],
    keys: Mapping[str, str],
    *,
    partial: bool,
) -> dict[str, Any]:
    """Write the four tables of the contract and the rasters' clean-up; returns the counts.

    ``keys`` tells what the product of each tile is to be made of. A tile that has no such product
    is added to ``failed``: nothing is left out without a word. In a ``partial`` run (some tiles
    only) the others stay as they are, and ``stale_tiles`` counts those of other inputs.

    Raises
    ------
    CheckError
        Something does not add up; the tables of the run before are still there.
    """
    identifiers = ingested.buildings["building_id"].astype(str)
    cuts = range_boundaries(identifiers, territory.parameters.tiles.table_range)
    waiting = store.waiting_folder()
    with ExitStack() as stack:
        tables = {
            name: stack.enter_context(SortedTable(name, cuts, "building_id", waiting))
            for name in ("buildings", "roof_planes", "modules")
        }
        whole = stack.enter_context(SortedTable("territories", [], "code", waiting))
        seen, plane_sums, optimum, stale = _gather(
            store, plan, failed, keys, tables, partial=partial
        )
        buildings = building_rows(ingested.buildings, seen, _failed_ids(plan, failed))
        buildings["data_date"] = _dates(buildings, rasters)
        totals = territory_totals(buildings, ingested.communes, territory.name)
        totals = with_territory_p90(
            totals, buildings, ingested.communes, territory.parameters.uncertainty
        )
        _refuse_faults(identifiers, buildings, plane_sums, totals)
        tables["buildings"].add(arrow_table(buildings, "buildings"))
        whole.add(arrow_table(totals, "territories"))
        counts = {
            name: table.write(store, f"{name}.parquet", territory.crs)
            for name, table in (*tables.items(), ("territories", whole))
        }
    _drop_old_rasters(store, plan)
    found = _counts(buildings, counts["roof_planes"], counts["modules"], totals)
    unspoken = unknown_codes({"buildings": pd.DataFrame(buildings)})
    return {
        **found,
        "optimum_irradiation_kwh_m2": _optimum(buildings, optimum),
        "codes_without_text": unspoken,
        "stale_tiles": stale,
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


def _gather(
    store: Store,
    plan: Plan,
    failed: dict[str, str],
    keys: Mapping[str, str],
    tables: dict[str, SortedTable],
    *,
    partial: bool,
) -> tuple[list[pd.DataFrame], pd.DataFrame, dict[str, float], int]:
    """Hand the rows of every tile to the published tables.

    Returns the buildings of each tile, the additive columns of all planes, by weather cell
    the yearly irradiation of the best unshaded orientation, and the number of stale tiles kept.
    """
    seen, plane_sums, stale = [], [_NO_PLANES], 0
    optimum: dict[str, float] = {}
    for tile in plan.tiles:
        if tile.tile_id in failed:
            continue
        key = keys.get(tile.tile_id)
        product = store.read_product(yield_stage.STAGE, tile.tile_id, None if partial else key)
        if product is None:
            if not partial:
                failed[tile.tile_id] = _LOST
            continue
        stale += product.key != key
        planes = store.table(product, "pans.parquet")
        tables["roof_planes"].add(arrow_table(planes, "roof_planes"))
        modules = store.table(product, "modules.parquet")
        tables["modules"].add(arrow_table(modules, "modules"))
        seen.append(store.table(product, "batiments.parquet"))
        optimum |= product.facts.get("optimum_kwh_m2") or {}
        if len(planes):
            plane_sums.append(pd.DataFrame(planes[["building_id", *ADDITIVE]]))
    return seen, pd.concat(plane_sums, ignore_index=True), optimum, stale


def _optimum(buildings: gpd.GeoDataFrame, by_cell: dict[str, float]) -> float | None:
    """Irradiation of the best orientation, mean of the cells by number of buildings."""
    known = buildings["weather_cell_id"].map(by_cell).dropna()
    return float(known.mean()) if len(known) else None


def _refuse_faults(
    identifiers: pd.Series, buildings: pd.DataFrame, planes: pd.DataFrame, totals: pd.DataFrame
) -> None:
    faults = check_conservation(identifiers, buildings, planes, totals)
    if faults:
        raise CheckError("conservation", faults=faults)
    validate(buildings, "buildings")
    validate(totals, "territories")


def _failed_ids(plan: Plan, failed: dict[str, str]) -> pd.Index:
    rows = [tile.rows for tile in plan.tiles if tile.tile_id in failed]
    if not rows:
        return pd.Index([])
    return pd.Index(plan.computable["building_id"].iloc[np.concatenate(rows)])


def building_rows(
    footprints: gpd.GeoDataFrame, computed: list[pd.DataFrame], failed: pd.Index
) -> gpd.GeoDataFrame:
    """One row per footprint: what the tiles computed, else why nothing was."""
    results = (
        pd.concat([part for part in computed if len(part)], ignore_index=True)
        if any(len(part) for part in computed)
        else pd.DataFrame({"building_id": pd.Series(dtype="string")})
    )
    taken = [
        name
        for name in results.columns
        if name not in footprints.columns or name in ("status", "status_reason")
    ]
    table = footprints.drop(columns=["status", "status_reason"]).merge(
        results[["building_id", *[name for name in taken if name != "building_id"]]],
        on="building_id", how="left", validate="one_to_one",
    )  # fmt: skip
    for name in ("status", "status_reason"):
        if name not in table.columns:
            table[name] = None
        before = footprints.set_index("building_id")[name].reindex(table["building_id"]).to_numpy()
        table[name] = table[name].astype("object").where(pd.isna(before), before)
    lost = table["building_id"].isin(failed)
    table.loc[lost, "status"], table.loc[lost, "status_reason"] = "error", "tile_failed"
    waiting = table["status"].isna()
    table.loc[waiting, "status"] = "no_data"
    table.loc[waiting, "status_reason"] = "not_computed"
    for name in (*TABLES["buildings"].columns, *SIGMA_COLUMNS):
        if name not in table.columns:
            table[name] = None
    table["plane_count"] = table["plane_count"].astype("Int64").fillna(0)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=footprints.crs)


def _dates(buildings: gpd.GeoDataFrame, rasters: Rasters) -> np.ndarray:
    """Date of the surface under each building, None where nothing says."""
    dated = rasters.mns if rasters.mns is not None else rasters.points
    if dated is None:
        return np.full(len(buildings), None, dtype=object)
    points = shapely.point_on_surface(buildings.geometry.to_numpy())
    return dated.date_at(shapely.get_x(points), shapely.get_y(points))


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
