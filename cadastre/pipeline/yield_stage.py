"""The stage ``rendement``: skylines, irradiation, modules and energy of one tile's buildings."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.aggregation.territories import EVERY_USAGE
from cadastre.angles import azimuth_from_slopes, wrap_azimuth
from cadastre.exchange import Horizons, PlaneIrradiation, Samples
from cadastre.irradiance.plane_of_array import plane_irradiation
from cadastre.parameters import Uncertainty
from cadastre.pipeline import roof_stage
from cadastre.pipeline.context import Context, TileTask, load_context
from cadastre.pipeline.raster import irradiation_raster
from cadastre.pipeline.shading_stage import (
    VERSION as SHADING_VERSION,
)  # fmt: skip
from cadastre.pipeline.shading_stage import (
    convergence_cells,
    convergence_deg,
    horizons_of,
    sample_rows,
    samples_of,
    skylines_of_tile,
)
from cadastre.pipeline.store import Store, table_bytes
from cadastre.pipeline.weather_stage import CellTables, load_cell
from cadastre.potential import installation, pv_yield, suitability, uncertainty
from cadastre.potential import modules as layout
from cadastre.potential.plane_yield import plane_yields
from cadastre.potential.shared_roof import building_thermal, dwelling_count
from cadastre.roofs.samples import samples_on_planes
from cadastre.roofs.usable import usable_area_m2, window_share

STAGE = "etapes/rendement"
VERSION = 3
_SIGMA = "sigma_"
SIGMA_COLUMNS = tuple(_SIGMA + cause for cause in uncertainty.CAUSES)
_SUMS = (
    "area_sloped_m2", "usable_area_m2", "irradiation_kwh", "module_count", "capacity_kwp",
    "annual_energy_kwh",
)  # fmt: skip
_INSTALLATION = (
    "plane_order", "curve_capacity_kwp", "curve_energy_kwh", "advised_plane_count",
    "advised_capacity_kwp", "advised_energy_kwh",
)  # fmt: skip

__all__ = [
    "SHADING_VERSION",
    "STAGE",
    "VERSION",
    "with_territory_p90",
    "yields_of_tile",
]


def yields_of_tile(task: TileTask) -> dict[str, object]:
    """Compute and shelve everything about one tile's buildings; returns the manifest's facts."""
    started = time.perf_counter()
    context = load_context(task.store_root, task.context_key)
    store = Store(task.store_root)
    product = store.read_product(roof_stage.STAGE, task.tile_id)
    if product is None:
        raise RuntimeError(f"roofs of tile {task.tile_id} are not on the shelf")
    planes = store.table(product, "pans.parquet")
    quality = store.table(product, "qualite.parquet")
    obstacles = store.table(product, "obstacles.parquet")
    if len(planes):
        planes, modules, budget, raster = _light_and_modules(
            context, task, planes, obstacles, quality
        )
    else:
        planes, modules, budget, raster = _nothing(planes)
    buildings = _building_table(planes, quality, budget, context)
    buildings = _with_hot_water(context, task, buildings, planes, modules)
    files = {
        "pans.parquet": table_bytes(planes),
        "modules.parquet": table_bytes(modules),
        "batiments.parquet": table_bytes(buildings),
    }
    if raster is not None:
        files[f"rasters/irradiation_{task.tile_id}.tif"] = raster
    facts = {
        "buildings": len(buildings),
        "planes": len(planes),
        "modules": len(modules),
        "seconds": round(time.perf_counter() - started, 3),
        "optimum_kwh_m2": _optimum(task),
        "made_of": task.parts,
    }
    store.write_product(STAGE, task.tile_id, task.key, files, facts)
    return facts


def _nothing(
    planes: gpd.GeoDataFrame,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, pd.DataFrame, None]:
    empty = gpd.GeoDataFrame(
        {name: pd.Series(dtype="string") for name in ("plane_id", "building_id")},
        geometry=gpd.GeoSeries([], crs=planes.crs),
    )
    return planes, empty, pd.DataFrame(columns=list(uncertainty.CAUSES), dtype="float64"), None


def _optimum(task: TileTask) -> dict[str, float]:
    """Yearly irradiation of the best unshaded orientation, by weather cell of the tile."""
    return {
        cell: load_cell(task.store_root, cell, key).yields.optimum_kwh_m2
        for cell, key in sorted(task.weather_keys.items())
    }


def _light_and_modules(
    context: Context,
    task: TileTask,
    planes: gpd.GeoDataFrame,
    obstacles: gpd.GeoDataFrame,
    quality: pd.DataFrame,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, pd.DataFrame, bytes | None]:
    parameters = context.parameters
    grid = roof_stage.lattice_grid(context, tuple(planes.total_bounds))
    samples = samples_on_planes(_without(planes, obstacles), grid, parameters.roofs)
    skylines = skylines_of_tile(context, task, planes, samples)
    cell_of = _by_building(task, "weather_cell_id", planes)
    parts = []
    for cell in sorted(set(cell_of)):
        tables = load_cell(task.store_root, cell, task.weather_keys[cell])
        rows = np.flatnonzero(cell_of == cell)
        if len(rows) == len(planes):
            lit = _lit(context, task, tables, planes, samples, skylines, quality)
        else:
            some = sample_rows(samples, rows)
            lit = _lit(
                context, task, tables, planes.iloc[rows], samples_of(samples, rows),
                horizons_of(skylines, some), quality,
            )  # fmt: skip
        parts.append((rows, lit))
    whole = parts[0][1] if len(parts) == 1 else _in_order(parts, planes, samples)
    seen = roof_stage.view(context, grid.bounds, with_points=False).surface
    height = None if seen is None else seen.dsm
    raster = irradiation_raster(whole.planes, samples, whole.sample_year, grid, height)
    return whole.planes, whole.modules, whole.budget, raster


def _by_building(task: TileTask, name: str, planes: gpd.GeoDataFrame) -> np.ndarray:
    """Column of the owned buildings, for each plane."""
    column = task.owned.set_index("building_id")[name].reindex(planes["building_id"])
    return column.to_numpy(dtype=object)


@dataclass(frozen=True)
class _Lit:
    """Planes of one weather cell with their light and energy, modules, budget of errors."""

    planes: gpd.GeoDataFrame
    modules: gpd.GeoDataFrame
    budget: pd.DataFrame
    sample_year: np.ndarray


def _in_order(
    parts: list[tuple[np.ndarray, _Lit]], planes: gpd.GeoDataFrame, samples: Samples
) -> _Lit:
    """Put the planes of several weather cells back in the order of the tile."""
    whole = pd.concat([lit.planes for _, lit in parts]).loc[planes.index]
    budget = pd.concat([lit.budget for _, lit in parts]).loc[planes.index]
    modules = pd.concat([lit.modules for _, lit in parts], ignore_index=True)
    order = pd.Index(planes["plane_id"]).get_indexer(modules["plane_id"])
    modules = modules.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    year = np.empty(len(samples.x), np.float32)
    for rows, lit in parts:
        year[sample_rows(samples, rows)] = lit.sample_year
    return _Lit(
        gpd.GeoDataFrame(whole, geometry="geometry", crs=planes.crs),
        gpd.GeoDataFrame(modules, geometry="geometry", crs=planes.crs),
        budget, year,
    )  # fmt: skip


def _lit(
    context: Context,
    task: TileTask,
    tables: CellTables,
    planes: gpd.GeoDataFrame,
    samples: Samples,
    skylines: Horizons,
    quality: pd.DataFrame,
) -> _Lit:
    parameters, yields = context.parameters, tables.yields
    north = _convergence(context, task, planes)
    # a roof of 3° has no azimuth worth naming, but its light knows where it leans
    facing = wrap_azimuth(azimuth_from_slopes(planes["plane_a"], planes["plane_b"]) + north)
    flat = planes["surface_tilt"] < parameters.roofs.flat_tilt_deg
    planes = planes.assign(surface_azimuth=np.where(flat, np.nan, facing))
    light = plane_irradiation(
        planes["surface_tilt"], facing, samples, skylines, tables.sky, parameters.sky,
        parameters.horizon.device,
    )  # fmt: skip
    usable = gpd.GeoSeries(
        shapely.from_wkb(planes["usable"].to_numpy()), index=planes.index, crs=planes.crs
    )
    windows = window_share(
        pd.Series(_by_building(task, "usage", planes), index=planes.index), parameters.usable
    )
    planes = planes.drop(columns="usable").assign(
        usable_area_m2=usable_area_m2(planes, usable).to_numpy() * (1.0 - windows.to_numpy())
    )
    placed = _placed(context, tables, planes, usable, samples, light, windows.to_numpy(), north)
    energies, placed = plane_yields(
        planes, placed, light, yields, parameters.modules, parameters.pv
    )
    planes = planes.join(energies).assign(**_light_columns(light))
    facts = quality.set_index("building_id")
    for name in ("vegetation_share", "explained_share"):
        planes[name] = facts[name].reindex(planes["building_id"]).to_numpy()
    budget = uncertainty.plane_budget(
        planes, light, tables.weather, yields, parameters.uncertainty
    )
    sigma = uncertainty.total_sigma(budget)
    planes["annual_energy_p90_kwh"] = uncertainty.p90(
        planes["annual_energy_kwh"], sigma, parameters.uncertainty
    )
    judged = suitability.plane_suitability(
        planes, light, planes["module_count"], yields, parameters.installation
    )
    return _Lit(planes.join(judged), placed, budget, light.sample_year)


def _light_columns(light: PlaneIrradiation) -> dict[str, Any]:
    year, free = light.monthly.sum(axis=1), light.unshaded.sum(axis=1)
    return {
        "sky_view_factor": np.clip(light.sky_view_factor, 0.0, 1.0),
        "irradiation_kwh_m2": year,
        "irradiation_unshaded_kwh_m2": free,
        "irradiation_near_only_kwh_m2": light.near_only,
        "direct_kwh_m2": light.direct.sum(axis=1),
        "sky_diffuse_kwh_m2": light.sky_diffuse.sum(axis=1),
        "reflected_kwh_m2": light.reflected.sum(axis=1),
        "irradiation_monthly_kwh_m2": list(light.monthly),
        "irradiation_by_year_kwh_m2": list(light.by_year),
        "shading_loss": 1.0 - year / np.where(free > 0, free, np.nan),
        "horizon_elevation_deg": list(light.horizon_elevation),
    }


def _without(planes: gpd.GeoDataFrame, obstacles: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Outlines less their obstacles: a point under a chimney is no point of the roof."""
    if len(obstacles) == 0:
        return planes
    groups = obstacles.groupby("plane_id", sort=True)
    rows = pd.Index(planes["plane_id"]).get_indexer(list(groups.groups))
    shapes = planes.geometry.to_numpy().copy()
    for row, (_, part) in zip(rows, groups, strict=True):
        left = shapely.normalize(shapely.difference(shapes[row], part.geometry.union_all()))
        if left.area > 0.0:
            shapes[row] = left
    return planes.set_geometry(gpd.GeoSeries(shapes, index=planes.index, crs=planes.crs))


def _convergence(context: Context, task: TileTask, planes: gpd.GeoDataFrame) -> np.ndarray:
    """Azimuth of grid north from true north at each plane's building, degrees."""
    cell_m = context.parameters.tiles.convergence_cell_m
    cells = convergence_cells(planes, task.owned, cell_m)
    return np.array([convergence_deg(context.crs, int(c), int(r), cell_m) for c, r in cells])


def _placed(
    context: Context,
    tables: CellTables,
    planes: gpd.GeoDataFrame,
    usable: gpd.GeoSeries,
    samples: Samples,
    light: PlaneIrradiation,
    windows: np.ndarray,
    north: np.ndarray,
) -> gpd.GeoDataFrame:
    """Lay modules; planes of one convergence square at a time (there is seldom a second)."""
    yields, parameters = tables.yields, context.parameters.modules
    parts = []
    for angle in np.unique(north):
        rows = np.flatnonzero(north == angle)
        site = layout.Site(
            optimum_kwh_m2=yields.optimum_kwh_m2, rack_yields=pv_yield.rack_yields(yields),
            convergence_deg=float(angle),
        )  # fmt: skip
        parts.append(
            layout.place_modules(
                planes.iloc[rows], usable.iloc[rows], parameters,
                samples=samples_of(samples, rows), irradiation=_light_of(light, samples, rows),
                window_share=windows[rows], site=site,
            )
        )  # fmt: skip
    table = gpd.GeoDataFrame(
        pd.concat(parts, ignore_index=True), geometry="geometry", crs=planes.crs
    )
    order = pd.Index(planes["plane_id"]).get_indexer(table["plane_id"])
    return table.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def _light_of(light: PlaneIrradiation, samples: Samples, rows: np.ndarray) -> PlaneIrradiation:
    """Light of some planes, in the order of the rows."""
    keep = np.concatenate(
        [np.arange(samples.plane_start[row], samples.plane_start[row + 1]) for row in rows]
    )
    values = {
        field.name: getattr(light, field.name)[keep if field.name == "sample_year" else rows]
        for field in dataclasses.fields(light)
    }
    return PlaneIrradiation(**values)


def _with_hot_water(
    context: Context,
    task: TileTask,
    buildings: pd.DataFrame,
    planes: gpd.GeoDataFrame,
    modules: gpd.GeoDataFrame,
) -> pd.DataFrame:
    """Add the solar water heater each home could have on its best plane, and what it displaces."""
    if len(planes) == 0:
        return buildings
    parameters = context.parameters
    heats = []
    for cell, owned in task.owned.groupby("weather_cell_id", sort=True):
        table = load_cell(task.store_root, str(cell), task.weather_keys[str(cell)]).thermal
        homes = dwelling_count(owned, parameters.thermal)
        homes = pd.Series(homes.to_numpy(), index=owned["building_id"].astype(str))
        mine = planes["building_id"].isin(homes.index)
        if not mine.any():
            continue
        heats.append(
            building_thermal(
                homes.sort_index(), planes[mine],
                modules[modules["building_id"].isin(homes.index)], table, parameters.modules,
                parameters.thermal,
            )
        )  # fmt: skip
    heat = pd.concat(heats)
    return buildings.merge(
        heat.rename_axis("building_id").reset_index(), on="building_id", how="left"
    )


def _building_table(
    planes: gpd.GeoDataFrame, quality: pd.DataFrame, budget: pd.DataFrame, context: Context
) -> pd.DataFrame:
    """One row per building of the tile: sums of its planes, class, interval, quality."""
    table = quality.set_index("building_id").sort_index()
    by = planes.groupby("building_id", sort=True)
    table["plane_count"] = by.size().reindex(table.index).fillna(0).astype("int64")
    if len(planes) == 0:
        return table.reset_index()
    weighted = planes.assign(
        irradiation_kwh=planes["irradiation_kwh_m2"] * planes["area_sloped_m2"],
        unshaded_kwh=planes["irradiation_unshaded_kwh_m2"] * planes["area_sloped_m2"],
    ).groupby("building_id", sort=True)
    for name in _SUMS:
        table[name] = weighted[name].sum(min_count=1)
    free = weighted["unshaded_kwh"].sum(min_count=1)
    table["shading_loss"] = 1.0 - table["irradiation_kwh"] / free.where(free > 0)
    table["irradiation_kwh_m2"] = table["irradiation_kwh"] / table["area_sloped_m2"]
    capacity = table["capacity_kwp"]
    table["specific_yield_kwh_per_kwp"] = table["annual_energy_kwh"] / capacity.where(capacity > 0)
    months = pd.DataFrame(np.stack(planes["monthly_energy_kwh"].to_list()))
    sums = months.groupby(planes["building_id"].to_numpy()).sum(min_count=1)
    table["monthly_energy_kwh"] = pd.Series(list(sums.to_numpy()), index=sums.index)
    judged = suitability.building_suitability(
        planes, planes[["suitability_class", "suitability_reason", "optimum_share"]],
        context.parameters.installation,
    )  # fmt: skip
    table = table.join(judged[["suitability_class", "suitability_reason"]])
    spread = uncertainty.building_budget(planes, budget, context.parameters.uncertainty)
    sigma = uncertainty.total_sigma(spread)
    table["annual_energy_p90_kwh"] = pd.Series(
        uncertainty.p90(
            table["annual_energy_kwh"].reindex(sigma.index), sigma, context.parameters.uncertainty
        ),
        index=sigma.index,
    )
    table["annual_energy_p90_kwh"] = table["annual_energy_p90_kwh"].where(
        table["annual_energy_p90_kwh"].notna(), table["annual_energy_kwh"] * 0.0
    )
    table["uncertainty_causes"] = uncertainty.widest_causes(spread, context.parameters.uncertainty)
    order = installation.installations(planes, context.parameters.installation)
    for name in _INSTALLATION:
        table[name] = order[name].reindex(table.index)
    table["plane_order"] = [
        ",".join(map(str, ids)) if isinstance(ids, np.ndarray) else None
        for ids in table["plane_order"]
    ]
    table = table.join(spread.add_prefix(_SIGMA))
    return table.reset_index()


def with_territory_p90(
    totals: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    communes: gpd.GeoDataFrame,
    budget: Uncertainty,
) -> gpd.GeoDataFrame:
    """Add the P90 of territories: weather errors stay common, errors of geometry average out."""
    epci = communes.set_index("commune_code")["epci_code"]
    code = buildings["commune_code"].astype("object")
    keys = {
        "commune": code,
        "epci": code.map(epci.to_dict()),
        "whole": pd.Series("whole", index=buildings.index, dtype=object),
    }
    causes = pd.DataFrame(
        {cause: buildings[_SIGMA + cause].astype("float64") for cause in uncertainty.CAUSES}
    )
    totals = totals.assign(annual_energy_p90_kwh=np.nan)
    for level, key in keys.items():
        for usage in totals.loc[totals["level"] == level, "usage"].unique():
            inside = pd.Series(True, index=buildings.index)
            if usage != EVERY_USAGE:
                inside = buildings["usage"].astype("string").fillna("") == usage
            found = uncertainty.group_budget(
                buildings["annual_energy_kwh"].where(inside), causes, key.rename("code"), budget
            )
            rows = (totals["level"] == level) & (totals["usage"] == usage)
            sigma = uncertainty.total_sigma(found).reindex(totals.loc[rows, "code"]).to_numpy()
            energy = totals.loc[rows, "annual_energy_kwh"].to_numpy(np.float64)
            value = uncertainty.p90(energy, np.where(np.isnan(sigma), 0.0, sigma), budget)
            totals.loc[rows, "annual_energy_p90_kwh"] = value
    return totals
