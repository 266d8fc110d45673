"""Totals by commune, EPCI and whole, all uses together and use by use.

How a column adds up stands in the dictionary (``cadastre.schema.columns``): sums skip what is
missing but a group with nothing known stays missing, lists add month by month, ratios are
recomputed from sums.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cadastre.schema import COLUMNS

ASSESSED = ("computed", "low_confidence")
EVERY_USAGE = "all"
OUTSIDE = "outside_territory"  # reason of footprints that stand in none of the named communes
SUMMED = (
    "footprint_area_m2", "plane_count", "area_sloped_m2", "usable_area_m2", "irradiation_kwh",
    "module_count", "capacity_kwp", "annual_energy_kwh", "advised_plane_count",
    "advised_module_count", "advised_capacity_kwp", "advised_energy_kwh",
    "advised_life_energy_kwh", "collector_area_m2", "thermal_energy_kwh", "thermal_wanted_kwh",
    "displaced_module_count", "displaced_capacity_kwp", "displaced_energy_kwh",
    "capacity_with_thermal_kwp", "energy_with_thermal_kwh", "advised_capacity_with_thermal_kwp",
    "advised_energy_with_thermal_kwh",
)  # fmt: skip
_RATIOS = (
    "irradiation_kwh_m2", "specific_yield_kwh_per_kwp", "advised_yield_kwh_per_kwp",
    "solar_fraction",
)  # fmt: skip
LISTS = ("monthly_energy_kwh", "advised_monthly_energy_kwh")
_OF_COMMUNES = ("installed_pv_count", "installed_pv_kw", "injected_pv_kwh")
UNKNOWN_COMMUNE = ""
_MONTHS = 12


def territory_totals(
    buildings: pd.DataFrame, communes: gpd.GeoDataFrame, whole_name: str
) -> gpd.GeoDataFrame:
    """Sum buildings to territories.

    Parameters
    ----------
    buildings
        One row per footprint: status, usage, commune_code (missing outside every commune) and the
        additive columns of the dictionary; NaN where not assessed.
    communes
        commune_code, commune_name, epci_code, epci_name, geometry.
    whole_name
        Name of the whole territory.

    Returns
    -------
    GeoDataFrame
        One row per (level, code, usage), sorted: level ``commune``, ``epci``, ``whole``; usage
        ``all`` or a class of use. Buildings outside every commune count in the whole only,
        unless they are outside the named territory: those count nowhere.
    """
    buildings = inside_territory(buildings)
    known = communes.set_index("commune_code")
    epci_of = known["epci_code"].to_dict()
    code = buildings["commune_code"].astype("string").fillna(UNKNOWN_COMMUNE)
    frame = buildings.assign(
        commune_code=code, epci_code=code.map(epci_of).astype("string").fillna(UNKNOWN_COMMUNE)
    )
    numbers = _numbers(buildings)
    parts = []
    for level, column in (("commune", "commune_code"), ("epci", "epci_code"), ("whole", None)):
        if column is None:
            group = pd.Series("whole", index=frame.index, dtype="string")
        else:
            group = frame[column]
        placed = (group != UNKNOWN_COMMUNE).to_numpy(bool)
        inside, group = frame[["usage", "status"]][placed], group[placed]
        summed = numbers if placed.all() else numbers[placed]
        by_usage = _totals(inside, summed, group, inside["usage"].astype("string"))
        alike = pd.Series(EVERY_USAGE, index=inside.index, dtype="string")
        every = _totals(inside, summed, group, alike)
        part = pd.concat([every, by_usage], ignore_index=True)
        part.insert(0, "level", level)
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    table = _with_empty_territories(table, communes)
    table = _with_installed(table, communes)
    table["name"] = [
        _name(level, value, communes, whole_name)
        for level, value in zip(table["level"], table["code"])
    ]
    table = table.sort_values(["level", "code", "usage"], kind="stable").reset_index(drop=True)
    return gpd.GeoDataFrame(table, geometry=_outlines(table, communes), crs=communes.crs)


def inside_territory(buildings: pd.DataFrame) -> pd.DataFrame:
    """Rows that stand in the territory; all of them where it names no commune."""
    if "status_reason" not in buildings.columns:
        return buildings
    away = buildings["status_reason"].astype("string").eq(OUTSIDE).fillna(False)
    return buildings[~away.to_numpy(dtype=bool)] if away.any() else buildings


def _numbers(buildings: pd.DataFrame) -> pd.DataFrame:
    """Columns that are summed, as numbers; each month of a list is a column (:func:`_month`)."""
    columns = {
        name: buildings[name].astype("float64").to_numpy()
        for name in SUMMED
        if name in buildings.columns
    }
    for name in LISTS:
        if name in buildings.columns:
            months = _months(buildings[name])
            columns |= {_month(name, month): months[:, month] for month in range(_MONTHS)}
    return pd.DataFrame(columns, index=buildings.index, copy=False)


def _month(name: str, month: int) -> str:
    return f"{name} {month}"


def _totals(
    frame: pd.DataFrame, numbers: pd.DataFrame, group: pd.Series, usage: pd.Series
) -> pd.DataFrame:
    keys = [group.rename("code"), usage.rename("usage")]
    assessed = frame["status"].isin(ASSESSED)
    out = pd.DataFrame(
        {
            "building_count": frame.groupby(keys).size(),
            "assessed_building_count": assessed.groupby(keys).sum(),
        }
    )
    out["unassessed_building_count"] = out["building_count"] - out["assessed_building_count"]
    sums = numbers.groupby(keys).sum(min_count=1)
    for name in SUMMED:
        if name in sums.columns:
            out[name] = sums[name]
    for name in LISTS:
        if _month(name, 0) in sums.columns:
            months = np.stack([sums[_month(name, month)] for month in range(_MONTHS)], axis=1)
            out[name] = pd.Series(list(months), index=sums.index)
    for name in _RATIOS:
        numerator, denominator = COLUMNS[name].ratio or ("", "")
        if numerator in out.columns and denominator in out.columns:
            out[name] = out[numerator] / out[denominator].where(out[denominator] > 0)
    return out.reset_index()


def _months(lists: pd.Series) -> NDArray[np.float64]:
    """Months of each row of a column of lists, (n, 12); NaN where there is no list of twelve."""
    if isinstance(lists.dtype, pd.ArrowDtype):
        held = pa.chunked_array(lists.array.__arrow_array__()).combine_chunks()
        if held.null_count == 0 and bool(pc.all(pc.equal(pc.list_value_length(held), _MONTHS))):
            numbers = held.flatten().to_numpy(zero_copy_only=False)
            return np.asarray(numbers, np.float64).reshape(-1, _MONTHS)
        lists = pd.Series(held.to_pylist(), dtype=object)
    months = np.full((len(lists), _MONTHS), np.nan)
    for row, values in enumerate(lists):
        if isinstance(values, list | tuple | np.ndarray) and len(values) == _MONTHS:
            months[row] = values
    return months


def _with_empty_territories(table: pd.DataFrame, communes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give a row of zero counts to each commune and EPCI without a single building."""
    wanted = [("commune", str(code)) for code in communes["commune_code"]]
    wanted += [("epci", str(code)) for code in communes["epci_code"].dropna().unique()]
    wanted += [("whole", "whole")]
    every = table[table["usage"] == EVERY_USAGE]
    present = set(zip(every["level"], every["code"]))
    missing = [pair for pair in wanted if pair not in present]
    if not missing:
        return table
    rows = pd.DataFrame(missing, columns=["level", "code"]).assign(
        usage=EVERY_USAGE,
        building_count=0,
        assessed_building_count=0,
        unassessed_building_count=0,
    )
    return pd.concat([table, rows], ignore_index=True)


def _with_installed(table: pd.DataFrame, communes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Add what already produces, known by commune, to the rows of all uses."""
    known = [name for name in _OF_COMMUNES if name in communes.columns]
    level = {"commune": communes["commune_code"], "epci": communes["epci_code"]}
    level["whole"] = pd.Series("whole", index=communes.index)
    sums = {
        (name, code): row
        for name, code_of in level.items()
        for code, row in communes[known].groupby(code_of).sum(min_count=1).iterrows()
    }
    every = table["usage"] == EVERY_USAGE
    for name in _OF_COMMUNES:
        told = [
            sums[pair][name] if name in known and pair in sums else np.nan
            for pair in zip(table["level"], table["code"])
        ]
        table[name] = pd.Series(told, index=table.index, dtype="float64").where(every)
    year = communes["injected_pv_year"].max() if "injected_pv_year" in communes else np.nan
    table["injected_pv_year"] = np.where(table["injected_pv_kwh"].notna(), year, np.nan)
    return table


def _name(level: str, code: str, communes: gpd.GeoDataFrame, whole_name: str) -> str:
    if level == "whole":
        return whole_name
    names = communes.loc[communes[f"{level}_code"] == code, f"{level}_name"]
    return str(names.iloc[0]) if len(names) and pd.notna(names.iloc[0]) else code


def _outlines(table: pd.DataFrame, communes: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return the outline of each territory; None where no contour is known."""
    by_code = {
        ("commune", code): shape
        for code, shape in zip(communes["commune_code"], communes.geometry)
    }
    for code, part in communes.groupby("epci_code"):
        by_code[("epci", code)] = part.geometry.union_all()
    if len(communes):
        by_code[("whole", "whole")] = communes.geometry.union_all()
    return gpd.GeoSeries(
        [by_code.get(pair) for pair in zip(table["level"], table["code"])],
        index=table.index,
        crs=communes.crs,
    )
