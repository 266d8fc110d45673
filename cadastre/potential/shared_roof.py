"""Solar hot water and photovoltaics on one roof: never both on the same square metre.

Collectors take the place of whole modules of one plane, rectangles side by side at one end of a
field (``collector_layout``), so that the electricity left is that of modules which are not
displaced. The demand bounds the size: a roof is never covered with collectors.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.potential.collector_layout import lay_on_planes, roof_per_collector
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
    modules: gpd.GeoDataFrame,
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
        plane_id, building_id, surface_tilt, surface_azimuth (NaN when level), module_count,
        irradiation_kwh_m2, irradiation_unshaded_kwh_m2, optimum_irradiation_kwh_m2.
    modules
        As :func:`collector_layout.lay_on_planes` reads them. Collectors have room and light where
        modules do; a roof that holds fewer than wished gets fewer, down to a stated share.
    table
        Of the weather cell.

    Returns
    -------
    pandas.DataFrame
        On the index of ``dwellings`` (buildings without demand or room: NaN, 0 displaced):
        thermal_plane_id, thermal_collective (bool), thermal_installation_count (one for each
        dwelling, or one for all), collector_area_m2 and tank_litres (of all of them),
        hot_water_litres_per_day (wanted, wherever there is a dwelling),
        thermal_energy_kwh (useful heat a year), thermal_wanted_kwh, solar_fraction,
        collector_roof_m2 (roof taken: pipes, and on a level roof the space between rows),
        displaced_module_count, displaced_energy_kwh (electricity given up a year).
    """
    systems = _systems(dwellings, thermal)
    out = systems.join(_best_plane(systems, planes, modules, table, (module, thermal)))
    none = out["thermal_plane_id"].isna()
    out.loc[none, ["displaced_module_count", "displaced_energy_kwh"]] = 0.0
    out["displaced_module_count"] = out["displaced_module_count"].astype("int64")
    out = out.rename(columns={"litres_per_day": "hot_water_litres_per_day"})
    out["tank_litres"] = out["collector_area_m2"] * thermal.tank_litres_per_m2
    out["solar_fraction"] = out["thermal_energy_kwh"] / out["thermal_wanted_kwh"]
    return out.drop(columns=["dwellings", "wished_collectors"])


def _systems(dwellings: pd.Series, thermal: parameters.Thermal) -> pd.DataFrame:
    """Size of the installations of each building with dwellings.

    One for all from the stated number of dwellings on; below it one for each dwelling.
    """
    number = dwellings[dwellings.fillna(0.0) > 0].astype("float64")
    together = number >= thermal.collective_from_dwellings
    single = household_system(thermal.persons_per_dwelling, thermal)
    sizes: list[HotWaterSystem] = [
        collective_system(n, thermal) if shared else single
        for n, shared in zip(number, together, strict=True)
    ]
    count = np.where(together, 1.0, np.maximum(np.round(number), 1.0))
    area = np.array([size.area_m2 for size in sizes], np.float64)
    return pd.DataFrame(
        {
            "dwellings": number,
            "litres_per_day": [size.litres_per_day for size in sizes] * count,
            "thermal_collective": together,
            "thermal_installation_count": pd.array(count.astype(np.int64), dtype="Int64"),
            "wished_collectors": np.round(area / thermal.collector_area_m2),
        },
        index=number.index,
    ).reindex(dwellings.index)


def _best_plane(
    systems: pd.DataFrame,
    planes: pd.DataFrame,
    modules: gpd.GeoDataFrame,
    table: ThermalTable,
    values: tuple[parameters.Modules, parameters.Thermal],
) -> pd.DataFrame:
    """Plane with the most useful heat among those with room and light, by building_id."""
    module, thermal = values
    joined = planes.merge(
        systems[systems["dwellings"].notna()], left_on="building_id", right_index=True
    )
    joined = joined[(joined["module_count"] > 0) & joined["irradiation_kwh_m2"].notna()]
    joined = joined.join(lay_on_planes(joined, modules, module, thermal))
    joined = joined[joined["collectors"] > 0]
    tilt, azimuth = _collector_plane(joined, module, thermal)
    area = joined["collectors"].to_numpy(np.float64) * thermal.collector_area_m2
    count = joined["thermal_installation_count"].to_numpy(np.float64)
    heat, wanted = useful_heat(
        table, tilt, azimuth, joined["collector_kept"].to_numpy(np.float64), area / count,
        joined["litres_per_day"].to_numpy(np.float64) / count,
    )  # fmt: skip
    each = roof_per_collector(joined["surface_tilt"].to_numpy(np.float64), module, thermal)
    found = pd.DataFrame(
        {
            "building_id": joined["building_id"].to_numpy(),
            "thermal_plane_id": joined["plane_id"].to_numpy(),
            "thermal_energy_kwh": heat * count,
            "thermal_wanted_kwh": wanted * count,
            "collector_area_m2": area,
            "collector_roof_m2": area * each,
            "displaced_module_count": joined["displaced_module_count"].to_numpy(np.float64),
            "displaced_energy_kwh": joined["displaced_energy_kwh"].to_numpy(np.float64),
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
