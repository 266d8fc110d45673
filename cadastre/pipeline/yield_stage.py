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

from cadastre.angles import azimuth_from_slopes, wrap_azimuth
from cadastre.exchange import Horizons, PlaneIrradiation, Samples
from cadastre.irradiance.losses import loss_waterfall
from cadastre.irradiance.plane_of_array import plane_irradiation
from cadastre.pipeline import roof_stage
from cadastre.pipeline.building_table import building_table, results_schema
from cadastre.pipeline.context import Context, TileTask, load_context
from cadastre.pipeline.layout import arrow_rows, arrow_table, parquet_bytes
from cadastre.pipeline.raster import irradiation_raster
from cadastre.pipeline.shading_stage import (
    VERSION as SHADING_VERSION,
)  # fmt: skip
from cadastre.pipeline.shading_stage import (
    convergence_cells,
    convergence_deg,
    sample_rows,
    samples_of,
    skylines_of_tile,
)
from cadastre.pipeline.store import Store
from cadastre.pipeline.weather_stage import CellTables, load_cell
from cadastre.potential import installation, pv_yield, suitability, uncertainty
from cadastre.potential import modules as layout
from cadastre.potential.plane_yield import plane_yields
from cadastre.roofs.blocked import union_by_owner
from cadastre.roofs.samples import samples_on_planes
from cadastre.roofs.usable import usable_area_m2, window_share

STAGE = "etapes/rendement"
VERSION = 11

__all__ = [
    "SHADING_VERSION",
    "STAGE",
    "VERSION",
    "without_obstacles",
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
    buildings = building_table(task, planes, modules, quality, budget, context.parameters)
    files = {
        "pans.parquet": parquet_bytes(arrow_table(planes, "roof_planes"), context.crs),
        "modules.parquet": parquet_bytes(arrow_table(modules, "modules"), context.crs),
        "batiments.parquet": parquet_bytes(arrow_rows(buildings, results_schema()), context.crs),
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
    samples = samples_on_planes(without_obstacles(planes, obstacles), grid, parameters.roofs)
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
                skylines.of(some), quality,
            )  # fmt: skip
        parts.append((rows, lit))
    whole = parts[0][1] if len(parts) == 1 else _in_order(parts, planes, samples)
    seen = roof_stage.view(context, grid.bounds, with_points=False, with_terrain=False).surface
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
    planes = planes.join(energies).assign(**_light_columns(light, yields.optimum_kwh_m2))
    facts = quality.set_index("building_id")
    for name in ("vegetation_share", "explained_share"):
        planes[name] = facts[name].reindex(planes["building_id"]).to_numpy()
    budget = uncertainty.plane_budget(
        planes, light, tables.weather, yields, parameters.uncertainty
    )
    for name, median, causes in (
        ("annual_energy_p90_kwh", "annual_energy_kwh", uncertainty.CAUSES),
        ("specific_yield_p90_kwh_per_kwp", "specific_yield_kwh_per_kwp", uncertainty.YIELD_CAUSES),
    ):
        sigma = uncertainty.total_sigma(budget, causes)
        planes[name] = uncertainty.p90(planes[median], sigma, parameters.uncertainty)
    planes["advised_flag"] = installation.advised_planes(planes, parameters.installation)
    judged = suitability.plane_suitability(
        planes, light, yields, parameters.installation, parameters.modules
    )
    return _Lit(planes.join(judged), placed, budget, light.sample_year)


def _light_columns(light: PlaneIrradiation, optimum_kwh_m2: float) -> dict[str, Any]:
    year, free = light.monthly.sum(axis=1), light.unshaded.sum(axis=1)
    causes = loss_waterfall(light, optimum_kwh_m2)
    return {
        "optimum_irradiation_kwh_m2": causes["optimum_kwh_m2"].to_numpy(),
        "orientation_loss_kwh_m2": causes["orientation_loss_kwh_m2"].to_numpy(),
        "near_shading_loss_kwh_m2": causes["near_shading_loss_kwh_m2"].to_numpy(),
        "far_horizon_loss_kwh_m2": causes["far_horizon_loss_kwh_m2"].to_numpy(),
        "sky_view_factor": np.clip(light.sky_view_factor, 0.0, 1.0),
        "irradiation_kwh_m2": year,
        "irradiation_unshaded_kwh_m2": free,
        "direct_kwh_m2": light.direct.sum(axis=1),
        "sky_diffuse_kwh_m2": light.sky_diffuse.sum(axis=1),
        "reflected_kwh_m2": light.reflected.sum(axis=1),
        "irradiation_monthly_kwh_m2": list(light.monthly),
        "irradiation_by_year_kwh_m2": list(light.by_year),
        "shading_loss": 1.0 - year / np.where(free > 0, free, np.nan),
        "horizon_elevation_deg": list(light.horizon_elevation),
    }


def without_obstacles(planes: gpd.GeoDataFrame, obstacles: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Outlines less their obstacles: a point under a chimney is no point of the roof."""
    if len(obstacles) == 0:
        return planes
    row = pd.Index(planes["plane_id"]).get_indexer(obstacles["plane_id"])
    known = row >= 0  # those of no plane here take from none
    rows, taken = union_by_owner(obstacles.geometry.to_numpy()[known], row[known])
    shapes = planes.geometry.to_numpy().copy()
    left = shapely.normalize(shapely.difference(shapes[rows], taken))
    kept = shapely.area(left) > 0.0
    shapes[rows[kept]] = left[kept]
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
    keep = sample_rows(samples, rows)
    values = {
        field.name: getattr(light, field.name)[keep if field.name == "sample_year" else rows]
        for field in dataclasses.fields(light)
    }
    return PlaneIrradiation(**values)
