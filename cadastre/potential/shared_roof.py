"""Solar hot water and photovoltaics on one roof: never both on the same square metre.

Collectors take the place of whole modules of one plane, so that the electricity left is that of
modules which are not displaced. The demand bounds the size: a roof is never covered with
collectors.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.potential.solar_thermal import (
    HotWaterSystem,
    ThermalTable,
    collective_system,
    household_system,
    useful_heat,
)


def dwelling_count(buildings: pd.DataFrame, thermal: parameters.Thermal) -> pd.Series:
    """Dwellings of each building: given, else estimated; 0 where it is no home.

    Parameters
    ----------
    buildings
        usage, footprint_area_m2, building_height (to the eaves, NaN allowed) and, where known,
        dwelling_count.
    """
    height = buildings["building_height"].astype("float64").fillna(thermal.storey_m)
    storeys = np.maximum(np.round(height / thermal.storey_m), 1.0)
    area = buildings["footprint_area_m2"].astype("float64")
    guess = np.maximum(np.round(area * storeys / thermal.dwelling_floor_m2), 1.0)
    home = buildings["usage"].astype("string").fillna("unknown") == "residential"
    guess = guess.where(home.to_numpy(), 0.0)
    if "dwelling_count" not in buildings.columns:
        return guess
    known = buildings["dwelling_count"].astype("float64")
    return known.where(known.notna(), guess)


def building_thermal(
    dwellings: pd.Series,
    planes: pd.DataFrame,
    modules: pd.DataFrame,
    table: ThermalTable,
    module: parameters.Modules,
    thermal: parameters.Thermal,
) -> pd.DataFrame:
    """Best plane for hot water of each building, its heat, and the modules it displaces.

    Parameters
    ----------
    dwellings
        Number of dwellings by building_id; 0 or NaN: no hot water is counted.
    planes
        plane_id, building_id, surface_tilt, surface_azimuth (NaN when level), usable_area_m2,
        irradiation_kwh_m2, irradiation_unshaded_kwh_m2.
    modules
        plane_id, module_rank, annual_energy_kwh.
    table
        Of the weather cell.

    Returns
    -------
    pandas.DataFrame
        On the index of ``dwellings`` (buildings without demand or room: NaN, 0 displaced):
        thermal_plane_id, thermal_collective (bool), collector_area_m2, tank_litres,
        thermal_energy_kwh (useful heat a year), thermal_wanted_kwh, solar_fraction,
        displaced_module_count, displaced_energy_kwh (electricity given up a year).
    """
    systems = _systems(dwellings, thermal)
    choice = _best_plane(systems, planes, table, module, thermal)
    out = systems.join(choice)
    found = out["thermal_plane_id"].notna()
    for name in ("collector_area_m2", "tank_litres", "thermal_wanted_kwh"):
        out[name] = out[name].where(found)
    out["solar_fraction"] = out["thermal_energy_kwh"] / out["thermal_wanted_kwh"]
    displaced = _displaced(out[found], modules, module, thermal)
    out["displaced_module_count"] = (
        displaced["displaced_module_count"].reindex(out.index).fillna(0).astype("int64")
    )
    out["displaced_energy_kwh"] = displaced["displaced_energy_kwh"].reindex(out.index).fillna(0.0)
    return out.drop(columns=["persons", "dwellings"])


def _systems(dwellings: pd.Series, thermal: parameters.Thermal) -> pd.DataFrame:
    """Size of the installation of each building with dwellings."""
    number = dwellings[dwellings.fillna(0.0) > 0].astype("float64")
    together = number >= thermal.collective_from_dwellings
    sizes: list[HotWaterSystem] = [
        collective_system(n, thermal)
        if shared
        else household_system(n * thermal.persons_per_dwelling, thermal)
        for n, shared in zip(number, together, strict=True)
    ]
    return pd.DataFrame(
        {
            "dwellings": number,
            "persons": np.where(together, np.nan, number * thermal.persons_per_dwelling),
            "thermal_collective": together,
            "collector_area_m2": [size.area_m2 for size in sizes],
            "tank_litres": [size.tank_litres for size in sizes],
        },
        index=number.index,
    ).reindex(dwellings.index)


def _best_plane(
    systems: pd.DataFrame,
    planes: pd.DataFrame,
    table: ThermalTable,
    module: parameters.Modules,
    thermal: parameters.Thermal,
) -> pd.DataFrame:
    """Plane with the most useful heat among those with room, by building_id."""
    joined = planes.merge(
        systems[systems["dwellings"].notna()], left_on="building_id", right_index=True
    )
    room = joined["usable_area_m2"] >= joined["collector_area_m2"] * thermal.pack_ratio
    joined = joined[room & joined["irradiation_kwh_m2"].notna()]
    tilt, azimuth = _collector_plane(joined, module, thermal)
    kept = (joined["irradiation_kwh_m2"] / joined["irradiation_unshaded_kwh_m2"]).to_numpy()
    heat, wanted = useful_heat(table, tilt, azimuth, kept, joined["persons"].to_numpy())
    share = np.where(joined["thermal_collective"].astype(bool), joined["dwellings"], 1.0)
    found = pd.DataFrame(
        {
            "building_id": joined["building_id"].to_numpy(),
            "thermal_plane_id": joined["plane_id"].to_numpy(),
            "thermal_energy_kwh": heat * share,
            "thermal_wanted_kwh": wanted * share,
        }
    )
    found = found.sort_values(
        ["building_id", "thermal_energy_kwh", "thermal_plane_id"],
        ascending=[True, False, True],
        kind="stable",
    )
    return found.drop_duplicates("building_id").set_index("building_id")


def _collector_plane(
    planes: pd.DataFrame, module: parameters.Modules, thermal: parameters.Thermal
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tilt and azimuth of collectors: the plane's, or racks to the south on a flat roof."""
    tilt = planes["surface_tilt"].to_numpy(np.float64)
    flat = tilt < module.rack_below_deg
    azimuth = planes["surface_azimuth"].to_numpy(np.float64)
    return np.where(flat, thermal.flat_tilt_deg, tilt), np.where(flat, 180.0, azimuth)


def _displaced(
    chosen: pd.DataFrame,
    modules: pd.DataFrame,
    module: parameters.Modules,
    thermal: parameters.Thermal,
) -> pd.DataFrame:
    """Count the modules displaced: the last of the plane, whose rows hold together."""
    need = np.ceil(
        chosen["collector_area_m2"] * thermal.pack_ratio / (module.length_m * module.width_m)
    )
    planes = pd.DataFrame({"building_id": chosen.index, "need": need.to_numpy()})
    planes.index = pd.Index(chosen["thermal_plane_id"].astype("object"))
    on_plane = modules[modules["plane_id"].isin(planes.index)]
    last = on_plane.groupby("plane_id")["module_rank"].transform("max")
    place = (last - on_plane["module_rank"]).to_numpy()
    gone = on_plane[place < planes["need"].reindex(on_plane["plane_id"]).to_numpy()]
    owner = planes["building_id"].reindex(gone["plane_id"]).to_numpy()
    return pd.DataFrame(
        {
            "displaced_module_count": gone.groupby(owner).size(),
            "displaced_energy_kwh": gone["annual_energy_kwh"].groupby(owner).sum(),
        }
    )
