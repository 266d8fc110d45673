"""One row per building of a tile, from its planes: sums, installation, intervals, hot water."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa

from cadastre import parameters
from cadastre.pipeline.context import TileTask
from cadastre.pipeline.layout import arrow_schema
from cadastre.pipeline.weather_stage import load_cell
from cadastre.potential import installation, suitability, uncertainty
from cadastre.potential.shared_roof import building_thermal, dwelling_count

SIGMA, ADVISED_SIGMA = "sigma_", "sigma_advised_"
SIGMA_COLUMNS = tuple(
    prefix + cause for prefix in (SIGMA, ADVISED_SIGMA) for cause in uncertainty.CAUSES
)
# columns of the published table that ingestion gives, not the tile
_GIVEN = (
    "building_id", "commune_code", "iris_code", "rnb_id", "parcel_id", "usage", "usage_reason",
    "address", "other_addresses", "dwelling_count", "construction_year",
    "electricity_kwh_per_year", "building_height", "footprint_area_m2", "heritage_flag",
    "heritage_name", "heritage_kind", "unesco_flag", "unesco_name", "data_date",
    "weather_cell_id", "geometry", "bbox",
)  # fmt: skip
_SUMS = (
    "area_sloped_m2", "usable_area_m2", "irradiation_kwh", "module_count", "capacity_kwp",
    "annual_energy_kwh",
)  # fmt: skip
_INSTALLATION = (
    "plane_order", "curve_capacity_kwp", "curve_energy_kwh", "curve_marginal_kwh_per_kwp",
    "advised_plane_count", "advised_module_count", "advised_capacity_kwp", "advised_energy_kwh",
    "advised_life_energy_kwh",
)  # fmt: skip
_NOTHING_ADVISED = (
    "advised_plane_count", "advised_module_count", "advised_capacity_kwp", "advised_energy_kwh",
    "advised_life_energy_kwh",
)  # fmt: skip


def results_schema() -> pa.Schema:
    """Layout of what a tile knows of its buildings, in the types of the published table."""
    published = [field for field in arrow_schema("buildings") if field.name not in _GIVEN]
    causes = [pa.field(name, pa.float64()) for name in SIGMA_COLUMNS]
    return pa.schema([pa.field("building_id", pa.string()), *published, *causes])


def building_table(
    task: TileTask,
    planes: gpd.GeoDataFrame,
    modules: gpd.GeoDataFrame,
    quality: pd.DataFrame,
    budget: pd.DataFrame,
    values: parameters.Parameters,
) -> pd.DataFrame:
    """Gather what a tile knows of its buildings.

    Parameters
    ----------
    task
        Of the stage: the owned buildings and their weather cells.
    planes, modules
        Of the tile, with light, energy, class and ``advised_flag``.
    quality
        Table ``roof_quality`` of the tile.
    budget
        Relative sigma by cause, on the index of ``planes``.
    values
        All parameters.
    """
    table = quality.set_index("building_id").sort_index()
    by = planes.groupby("building_id", sort=True)
    table["plane_count"] = by.size().reindex(table.index).fillna(0).astype("int64")
    if len(planes) == 0:
        return table.reset_index()
    table = _with_sums(table, planes)
    judged = suitability.building_suitability(
        planes, planes[["suitability_class", "suitability_reason", "optimum_share"]],
        values.installation,
    )  # fmt: skip
    table = table.join(judged)
    table = _with_installation(table, planes, values)
    table = _with_intervals(table, planes, budget, values.uncertainty)
    table = table.join(_hot_water(task, planes, modules, values))
    advised = planes.set_index("plane_id")["advised_flag"]
    return table.join(
        installation.beside_thermal(table, advised, values.modules.power_wp)
    ).reset_index()


def _with_sums(table: pd.DataFrame, planes: gpd.GeoDataFrame) -> pd.DataFrame:
    table = table.copy()
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
    for name, share in (
        ("monthly_energy_kwh", np.ones(len(planes))),
        ("advised_monthly_energy_kwh", planes["advised_flag"].to_numpy(np.float64)),
    ):
        months = np.stack(planes["monthly_energy_kwh"].to_list())
        months = np.where(share[:, None] > 0, months, 0.0)
        sums = pd.DataFrame(months).groupby(planes["building_id"].to_numpy()).sum(min_count=1)
        table[name] = pd.Series(list(sums.to_numpy()), index=sums.index)
    return table


def _with_installation(
    table: pd.DataFrame, planes: gpd.GeoDataFrame, values: parameters.Parameters
) -> pd.DataFrame:
    table = table.copy()
    order = installation.installations(planes, values.installation, values.pv)
    for name in _INSTALLATION:
        table[name] = order[name].reindex(table.index)
    table["plane_order"] = [
        ",".join(map(str, ids)) if isinstance(ids, np.ndarray) else None
        for ids in table["plane_order"]
    ]
    known = table["annual_energy_kwh"].notna()
    for name in _NOTHING_ADVISED:
        table.loc[known & table[name].isna(), name] = 0
    capacity = table["advised_capacity_kwp"]
    table["advised_yield_kwh_per_kwp"] = table["advised_energy_kwh"] / capacity.where(capacity > 0)
    return table


def _with_intervals(
    table: pd.DataFrame,
    planes: gpd.GeoDataFrame,
    budget: pd.DataFrame,
    settings: parameters.Uncertainty,
) -> pd.DataFrame:
    """Add the P90 of kWh and of kWh/kWp, all planes together, and of the advised energy."""
    spread = uncertainty.building_budget(planes, budget, settings)
    chosen = planes["advised_flag"].to_numpy(bool)
    advised = uncertainty.building_budget(planes[chosen], budget[chosen], settings)
    of_yield = uncertainty.total_sigma(spread, uncertainty.YIELD_CAUSES)
    found = {
        "energy_uncertainty": uncertainty.total_sigma(spread).reindex(table.index),
        "yield_uncertainty": of_yield.reindex(table.index),
    }
    for name, median, sigma in (
        ("annual_energy_p90_kwh", "annual_energy_kwh", uncertainty.total_sigma(spread)),
        ("specific_yield_p90_kwh_per_kwp", "specific_yield_kwh_per_kwp", of_yield),
        ("advised_energy_p90_kwh", "advised_energy_kwh", uncertainty.total_sigma(advised)),
        (
            "advised_yield_p90_kwh_per_kwp",
            "advised_yield_kwh_per_kwp",
            uncertainty.total_sigma(advised, uncertainty.YIELD_CAUSES),
        ),
    ):
        # a roof that produces nothing surely produces nothing
        spread_of = sigma.reindex(table.index).where(table[median] != 0, 0.0)
        found[name] = uncertainty.p90(table[median], spread_of, settings)
    causes = uncertainty.widest_causes(spread, settings).reindex(table.index)
    return (
        table.assign(**found, uncertainty_causes=causes)
        .join(spread.add_prefix(SIGMA))
        .join(advised.add_prefix(ADVISED_SIGMA))
    )


def _hot_water(
    task: TileTask,
    planes: gpd.GeoDataFrame,
    modules: gpd.GeoDataFrame,
    values: parameters.Parameters,
) -> pd.DataFrame:
    """Solar water heater each home could have on its best plane, and what it displaces."""
    heats = []
    for cell, owned in task.owned.groupby("weather_cell_id", sort=True):
        table = load_cell(task.store_root, str(cell), task.weather_keys[str(cell)]).thermal
        homes = dwelling_count(owned, values.thermal)
        homes = pd.Series(homes.to_numpy(), index=owned["building_id"].astype(str))
        mine = planes["building_id"].isin(homes.index)
        if not mine.any():
            continue
        heats.append(
            building_thermal(
                homes.sort_index(), planes[mine],
                modules[modules["building_id"].isin(homes.index)], table, values.modules,
                values.thermal,
            )
        )  # fmt: skip
    return pd.concat(heats).rename_axis("building_id")
