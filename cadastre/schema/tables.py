"""The tables, their keys, and their validation: all faults in one message."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from cadastre.errors import SchemaError
from cadastre.schema.columns import COLUMNS, Column


@dataclass(frozen=True)
class Table:
    """A table: key columns (unique, sorted), then the others; ``optional`` may be absent."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()


_PLANE_GEOMETRY = (
    "building_id",
    "surface_tilt",
    "surface_azimuth",
    "plane_a",
    "plane_b",
    "plane_c",
    "plane_x0",
    "plane_y0",
    "area_horizontal_m2",
    "area_sloped_m2",
    "plane_source",
    "fit_rmse_m",
    "quality_flag",
    "geometry",
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "footprints",
            ("building_id",),
            (
                "commune_code",
                "usage",
                "building_height",
                "footprint_area_m2",
                "heritage_flag",
                "heritage_name",
                "address",
                "geometry",
            ),
        ),
        Table("roof_planes_geometry", ("plane_id",), _PLANE_GEOMETRY),
        Table(
            "roof_quality",
            ("building_id",),
            (
                "status",
                "status_reason",
                "points_per_m2",
                "explained_share",
                "vegetation_share",
                "shift_x_m",
                "shift_y_m",
            ),
        ),
        Table(
            "buildings",
            ("building_id",),
            (
                "status",
                "status_reason",
                "commune_code",
                "iris_code",
                "rnb_id",
                "parcel_id",
                "usage",
                "usage_reason",
                "address",
                "other_addresses",
                "dwelling_count",
                "construction_year",
                "electricity_kwh_per_year",
                "building_height",
                "footprint_area_m2",
                "plane_count",
                "area_sloped_m2",
                "usable_area_m2",
                "irradiation_kwh",
                "irradiation_kwh_m2",
                "module_count",
                "capacity_kwp",
                "annual_energy_kwh",
                "annual_energy_p90_kwh",
                "specific_yield_kwh_per_kwp",
                "monthly_energy_kwh",
                "suitability_class",
                "suitability_reason",
                "shading_loss",
                "points_per_m2",
                "explained_share",
                "vegetation_share",
                "heritage_flag",
                "heritage_name",
                "heritage_kind",
                "unesco_flag",
                "unesco_name",
                "data_date",
                "weather_cell_id",
                "uncertainty_causes",
                "plane_order",
                "curve_capacity_kwp",
                "curve_energy_kwh",
                "curve_marginal_kwh_per_kwp",
                "specific_yield_p90_kwh_per_kwp",
                "yield_uncertainty",
                "energy_uncertainty",
                "optimum_share",
                "advised_plane_count",
                "advised_module_count",
                "advised_capacity_kwp",
                "advised_energy_kwh",
                "advised_energy_p90_kwh",
                "advised_life_energy_kwh",
                "advised_yield_kwh_per_kwp",
                "advised_yield_p90_kwh_per_kwp",
                "advised_monthly_energy_kwh",
                "thermal_plane_id",
                "thermal_collective",
                "thermal_installation_count",
                "collector_area_m2",
                "tank_litres",
                "hot_water_litres_per_day",
                "thermal_energy_kwh",
                "thermal_wanted_kwh",
                "solar_fraction",
                "collector_roof_m2",
                "displaced_module_count",
                "displaced_capacity_kwp",
                "displaced_energy_kwh",
                "capacity_with_thermal_kwp",
                "energy_with_thermal_kwh",
                "advised_capacity_with_thermal_kwp",
                "advised_energy_with_thermal_kwh",
                "geometry",
            ),
        ),
        Table(
            "roof_planes",
            ("plane_id",),
            (
                "building_id",
                "surface_tilt",
                "surface_azimuth",
                "area_horizontal_m2",
                "area_sloped_m2",
                "usable_area_m2",
                "plane_source",
                "fit_rmse_m",
                "quality_flag",
                "sky_view_factor",
                "irradiation_kwh_m2",
                "irradiation_unshaded_kwh_m2",
                "optimum_irradiation_kwh_m2",
                "orientation_loss_kwh_m2",
                "near_shading_loss_kwh_m2",
                "far_horizon_loss_kwh_m2",
                "direct_kwh_m2",
                "sky_diffuse_kwh_m2",
                "reflected_kwh_m2",
                "irradiation_monthly_kwh_m2",
                "irradiation_by_year_kwh_m2",
                "shading_loss",
                "horizon_elevation_deg",
                "module_count",
                "capacity_kwp",
                "annual_energy_kwh",
                "annual_energy_p90_kwh",
                "specific_yield_kwh_per_kwp",
                "specific_yield_p90_kwh_per_kwp",
                "monthly_energy_kwh",
                "suitability_class",
                "suitability_reason",
                "optimum_share",
                "advised_flag",
                "layout",
                "module_tilt",
                "module_azimuth",
                "module_irradiation_kwh_m2",
                "plane_a",
                "plane_b",
                "plane_c",
                "plane_x0",
                "plane_y0",
                "geometry",
            ),
        ),
        Table(
            "modules",
            ("plane_id", "module_rank"),
            (
                "building_id",
                "module_group",
                "layout",
                "surface_tilt",
                "surface_azimuth",
                "annual_energy_kwh",
                "geometry",
            ),
        ),
        Table(
            "sites",
            ("site_id",),
            (
                "site_kind",
                "site_name",
                "site_status",
                "site_area_m2",
                "commune_code",
                "parcel_ids",
                "geometry",
            ),
        ),
        Table(
            "territories",
            ("level", "code", "usage"),
            (
                "name",
                "building_count",
                "assessed_building_count",
                "unassessed_building_count",
                "footprint_area_m2",
                "plane_count",
                "area_sloped_m2",
                "usable_area_m2",
                "irradiation_kwh",
                "irradiation_kwh_m2",
                "module_count",
                "capacity_kwp",
                "annual_energy_kwh",
                "annual_energy_p90_kwh",
                "specific_yield_kwh_per_kwp",
                "specific_yield_p90_kwh_per_kwp",
                "yield_uncertainty",
                "energy_uncertainty",
                "monthly_energy_kwh",
                "advised_plane_count",
                "advised_module_count",
                "advised_capacity_kwp",
                "advised_energy_kwh",
                "advised_energy_p90_kwh",
                "advised_life_energy_kwh",
                "advised_yield_kwh_per_kwp",
                "advised_yield_p90_kwh_per_kwp",
                "advised_monthly_energy_kwh",
                "collector_area_m2",
                "thermal_energy_kwh",
                "thermal_wanted_kwh",
                "solar_fraction",
                "displaced_module_count",
                "displaced_capacity_kwp",
                "displaced_energy_kwh",
                "capacity_with_thermal_kwp",
                "energy_with_thermal_kwh",
                "advised_capacity_with_thermal_kwp",
                "advised_energy_with_thermal_kwh",
                "installed_pv_count",
                "installed_pv_kw",
                "injected_pv_kwh",
                "injected_pv_year",
                "geometry",
            ),
        ),
    )
}


def faults(frame: pd.DataFrame, table: Table) -> list[str]:
    """Describe every way in which ``frame`` departs from ``table``; empty when it conforms."""
    found = [
        f"{table.name}: column {name!r} is missing"
        for name in (*table.key, *table.columns)
        if name not in frame.columns and name not in table.optional
    ]
    if all(name in frame.columns for name in table.key):
        keys = frame[list(table.key)]
        if keys.isna().any(axis=None):
            found.append(f"{table.name}: key {table.key} has missing values")
        repeated = keys.duplicated().sum()
        if repeated:
            found.append(f"{table.name}: key {table.key} repeats {repeated} times")
    for name in frame.columns:
        if name in COLUMNS:
            found.extend(f"{table.name}: {text}" for text in _column_faults(frame, COLUMNS[name]))
    return found


def _column_faults(frame: pd.DataFrame, column: Column) -> list[str]:
    values = frame[column.name]
    if column.dtype == "geometry":
        return [] if isinstance(frame, gpd.GeoDataFrame) else [f"{column.name} is no geometry"]
    if column.categories:
        strange = sorted(set(values.dropna().astype(str)) - set(column.categories))
        return [f"{column.name} has unknown values {strange}"] if strange else []
    if column.low is None and column.high is None:
        return []
    if column.dtype.startswith("list"):
        numbers = _numbers_of_lists(values)
    else:
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    if np.isinf(numbers).any():
        return [f"{column.name} holds infinite values"]
    known = numbers[~np.isnan(numbers)]
    outside = (known < _bound(column.low, -np.inf)) | (known > _bound(column.high, np.inf))
    if outside.any():
        extreme = known[outside][0]
        return [
            f"{column.name}: {outside.sum()} values outside [{column.low}, {column.high}]"
            f" {column.unit}, as {extreme:g}"
        ]
    return []


def _numbers_of_lists(values: pd.Series) -> NDArray[np.float64]:
    """All numbers of a column of lists, one after the other."""
    if isinstance(values.dtype, pd.ArrowDtype):
        numbers = pa.chunked_array(values.array.__arrow_array__()).combine_chunks().flatten()
        return np.asarray(numbers.to_numpy(zero_copy_only=False), np.float64)
    lists = [
        np.asarray(item, np.float64)
        for item in values
        if isinstance(item, list | tuple | np.ndarray)
    ]
    return np.concatenate(lists) if lists else np.empty(0)


def _bound(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


def validate(frame: pd.DataFrame, name: str) -> None:
    """Refuse a table that is not what the dictionary says.

    Raises
    ------
    SchemaError
        With every fault, not only the first.
    """
    found = faults(frame, TABLES[name])
    if found:
        raise SchemaError("table_faults", table=name, faults=found)


def conform(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table with the dictionary's order of columns, dtypes and sorted keys."""
    table = TABLES[name]
    wanted = [c for c in (*table.key, *table.columns) if c in frame.columns]
    out = frame[wanted].sort_values(list(table.key), kind="stable").reset_index(drop=True)
    for column in wanted:
        kind = COLUMNS[column].dtype
        if kind == "geometry" or kind.startswith("list"):
            continue
        out[column] = out[column].astype("string" if kind == "category" else kind)
    validate(out, name)
    return out
