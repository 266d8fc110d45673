"""Checks that block: nothing lost, nothing counted twice, sums that hold at every level."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadastre.aggregation.territories import ASSESSED, EVERY_USAGE, inside_territory

ADDITIVE = (
    "area_sloped_m2",
    "usable_area_m2",
    "module_count",
    "capacity_kwp",
    "annual_energy_kwh",
)
LOSSES = ("orientation_loss_kwh_m2", "near_shading_loss_kwh_m2", "far_horizon_loss_kwh_m2")
SHARED = (
    "advised_capacity_kwp", "advised_energy_kwh", "thermal_energy_kwh", "displaced_energy_kwh",
    "energy_with_thermal_kwh", "advised_energy_with_thermal_kwh",
)  # fmt: skip
# Sums of some 10^5 doubles differ by their order in the last digits only.
_RELATIVE_TOLERANCE = 1e-9


def check_conservation(
    footprint_ids: pd.Series,
    buildings: pd.DataFrame,
    planes: pd.DataFrame,
    territories: pd.DataFrame,
) -> list[str]:
    """Compare totals floor by floor.

    Parameters
    ----------
    footprint_ids
        building_id of every input footprint.
    buildings, planes, territories
        The result tables.

    Returns
    -------
    list of str
        One ``code:detail`` a fault; empty when everything adds up.
    """
    faults = []
    wanted, got = pd.Index(footprint_ids), pd.Index(buildings["building_id"])
    if got.has_duplicates:
        faults.append(f"building_repeated:{got[got.duplicated()][0]}")
    lost, invented = wanted.difference(got), got.difference(wanted)
    if len(lost):
        faults.append(f"building_lost:{len(lost)}:{lost[0]}")
    if len(invented):
        faults.append(f"building_invented:{len(invented)}:{invented[0]}")
    strange = pd.Index(planes["building_id"]).difference(got)
    if len(strange):
        faults.append(f"plane_without_building:{len(strange)}:{strange[0]}")
    faults += _planes_to_buildings(buildings, planes)
    faults += _losses_to_light(planes)
    faults += _roof_shared_once(buildings)
    faults += _buildings_to_territories(buildings, territories)
    return faults


def _losses_to_light(planes: pd.DataFrame) -> list[str]:
    """Compare what a plane gets with the best plane here less what each cause takes."""
    if "optimum_irradiation_kwh_m2" not in planes.columns:
        return []
    left = planes["optimum_irradiation_kwh_m2"].astype("float64")
    for cause in LOSSES:
        left = left - planes[cause].astype("float64")
    got = planes["irradiation_kwh_m2"].astype("float64")
    off = ~np.isclose(left, got, rtol=_RELATIVE_TOLERANCE, atol=1e-6, equal_nan=True)
    if off.any():
        return [f"losses_to_light:{int(off.sum())}:{planes['plane_id'][off].iloc[0]}"]
    return []


def _planes_to_buildings(buildings: pd.DataFrame, planes: pd.DataFrame) -> list[str]:
    faults = []
    rows = buildings.set_index("building_id")
    for name in ADDITIVE:
        if name not in planes.columns or name not in buildings.columns:
            continue
        sums = planes[name].astype("float64").groupby(planes["building_id"]).sum(min_count=1)
        stated = rows[name].astype("float64")
        sums = sums.reindex(stated.index)
        both = stated.notna() | sums.notna()
        # excluded buildings keep planes but no potential
        both &= rows["status"].isin(ASSESSED)
        off = both & ~np.isclose(
            stated.fillna(0), sums.fillna(0), rtol=_RELATIVE_TOLERANCE, atol=1e-6
        )
        if off.any():
            faults.append(f"planes_to_building:{name}:{int(off.sum())}:{off.idxmax()}")
    return faults


def _roof_shared_once(buildings: pd.DataFrame) -> list[str]:
    """Refuse a roof whose modules and collectors would stand on the same square metre."""
    wanted = ("energy_with_thermal_kwh", "displaced_energy_kwh", "annual_energy_kwh")
    if not set(wanted) <= set(buildings.columns):
        return []
    rows = buildings.set_index("building_id")
    left, given, alone = (rows[name].astype("float64") for name in wanted)
    off = left.notna() & ~np.isclose(left + given, alone, rtol=_RELATIVE_TOLERANCE, atol=1e-6)
    return [f"roof_counted_twice:{int(off.sum())}:{off.idxmax()}"] if off.any() else []


def _buildings_to_territories(buildings: pd.DataFrame, territories: pd.DataFrame) -> list[str]:
    faults = []
    every = territories[territories["usage"] == EVERY_USAGE]
    whole = every[every["level"] == "whole"]
    buildings = inside_territory(buildings)
    if len(whole) != 1:
        return [f"whole_rows:{len(whole)}"]
    if int(whole["building_count"].iloc[0]) != len(buildings):
        faults.append(f"whole_count:{int(whole['building_count'].iloc[0])}:{len(buildings)}")
    for name in (*ADDITIVE, *SHARED):
        if name not in territories.columns or name not in buildings.columns:
            continue
        pairs = [("whole", buildings[name].astype("float64").sum(), whole[name].sum())]
        inside = buildings[buildings["commune_code"].notna()]
        communes = every.loc[every["level"] == "commune", name].sum()
        pairs.append(("communes", inside[name].astype("float64").sum(), communes))
        by_usage = territories[
            (territories["level"] == "whole") & (territories["usage"] != EVERY_USAGE)
        ]
        pairs.append(("usages", buildings[name].astype("float64").sum(), by_usage[name].sum()))
        faults += [
            f"buildings_to_{level}:{name}:{expected:.6g}:{stated:.6g}"
            for level, expected, stated in pairs
            if not np.isclose(expected, stated, rtol=_RELATIVE_TOLERANCE, atol=1e-6)
        ]
    return faults
