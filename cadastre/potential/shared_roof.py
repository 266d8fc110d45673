"""Solar hot water and photovoltaics on one roof: never both on the same square metre.

Collectors take the place of whole modules of one plane, a block that holds together at one end of
a field, so that the electricity left is that of modules which are not displaced. The demand bounds
the size: a roof is never covered with collectors.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.kernels.module_groups import compact_cluster
from cadastre.potential.layout_tasks import east_west_pitch_m, south_pitch_m
from cadastre.potential.pv_yield import RACKS
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
        layout, irradiation_kwh_m2, irradiation_unshaded_kwh_m2. Collectors have room where
        modules do; a roof that holds fewer than wished gets fewer, down to a stated share.
    modules
        plane_id, module_group, layout, annual_energy_kwh and geometry in plan.
    table
        Of the weather cell.

    Returns
    -------
    pandas.DataFrame
        On the index of ``dwellings`` (buildings without demand or room: NaN, 0 displaced):
        thermal_plane_id, thermal_collective (bool), collector_area_m2, tank_litres,
        hot_water_litres_per_day (wanted, wherever there is a dwelling),
        thermal_energy_kwh (useful heat a year), thermal_wanted_kwh, solar_fraction,
        collector_roof_m2 (roof taken: pipes, and on a level roof the space between rows),
        displaced_module_count, displaced_energy_kwh (electricity given up a year).
    """
    systems = _systems(dwellings, thermal)
    choice = _best_plane(systems, planes, table, module, thermal)
    out = systems.join(choice)
    found = out["thermal_plane_id"].notna()
    out = out.rename(columns={"litres_per_day": "hot_water_litres_per_day"})
    out["tank_litres"] = out["collector_area_m2"] * thermal.tank_litres_per_m2
    out["solar_fraction"] = out["thermal_energy_kwh"] / out["thermal_wanted_kwh"]
    displaced = _displaced(out[found], modules, module)
    out["displaced_module_count"] = (
        displaced["displaced_module_count"].reindex(out.index).fillna(0).astype("int64")
    )
    out["displaced_energy_kwh"] = displaced["displaced_energy_kwh"].reindex(out.index).fillna(0.0)
    return out.drop(columns=["dwellings", "wished_area_m2"])


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
            "litres_per_day": [size.litres_per_day for size in sizes],
            "thermal_collective": together,
            "wished_area_m2": [size.area_m2 for size in sizes],
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
    each = thermal.collector_area_m2 * roof_per_collector(
        joined["surface_tilt"].to_numpy(np.float64), module, thermal
    )
    room = joined["module_count"].to_numpy(np.float64) * module_roof_m2(joined["layout"], module)
    fitting = np.floor(room / each + 1e-9) * thermal.collector_area_m2
    wished = joined["wished_area_m2"].to_numpy(np.float64)
    joined["collector_area_m2"] = np.minimum(fitting, wished)
    joined["collector_roof_m2"] = joined["collector_area_m2"] / thermal.collector_area_m2 * each
    enough = joined["collector_area_m2"] >= thermal.least_area_share * wished
    joined = joined[enough & joined["irradiation_kwh_m2"].notna()]
    tilt, azimuth = _collector_plane(joined, module, thermal)
    kept = (joined["irradiation_kwh_m2"] / joined["irradiation_unshaded_kwh_m2"]).to_numpy()
    heat, wanted = useful_heat(
        table, tilt, azimuth, kept, joined["collector_area_m2"], joined["litres_per_day"]
    )
    found = pd.DataFrame(
        {
            "building_id": joined["building_id"].to_numpy(),
            "thermal_plane_id": joined["plane_id"].to_numpy(),
            "thermal_energy_kwh": heat,
            "thermal_wanted_kwh": wanted,
            "collector_area_m2": joined["collector_area_m2"].to_numpy(),
            "collector_roof_m2": joined["collector_roof_m2"].to_numpy(),
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


def roof_per_collector(
    surface_tilt: NDArray[np.float64], module: parameters.Modules, thermal: parameters.Thermal
) -> NDArray[np.float64]:
    """Roof area taken by 1 m² of collector: pipes and, on a level roof, the shade behind a row.

    Rows of collectors tilted to the south stand as far apart as rows of modules would: the winter
    sun at noon passes over one and reaches the foot of the next.
    """
    tilt_rad = np.radians(thermal.flat_tilt_deg)
    low_sun = np.tan(np.radians(module.winter_sun_deg))
    spaced = np.cos(tilt_rad) + np.sin(tilt_rad) / low_sun
    flat = np.asarray(surface_tilt, np.float64) < module.rack_below_deg
    return thermal.pack_ratio * np.where(flat, spaced, 1.0)


def _displaced(
    chosen: pd.DataFrame, modules: gpd.GeoDataFrame, module: parameters.Modules
) -> pd.DataFrame:
    """Count the modules displaced: a block at the end of the smallest field that can give it.

    Modules that would be left alone go with it.
    """
    owner = pd.Series(chosen.index, index=chosen["thermal_plane_id"].astype("object"))
    roof = pd.Series(chosen["collector_roof_m2"].to_numpy(), index=owner.index)
    on_plane = modules[modules["plane_id"].isin(owner.index)]
    centres = shapely.get_coordinates(shapely.centroid(on_plane.geometry.to_numpy()))
    energy = on_plane["annual_energy_kwh"].to_numpy(np.float64)
    fields = on_plane["module_group"].to_numpy(np.int64)
    area = module_roof_m2(on_plane["layout"], module)
    count, lost = {}, {}
    for plane_id, rows in on_plane.groupby("plane_id", sort=True).indices.items():
        wanted = int(np.ceil(roof[plane_id] / area[rows[0]] - 1e-9))
        block = _block(centres[rows], fields[rows], wanted)
        taken = rows[_with_leftovers(block, fields[rows], module)]
        count[owner[plane_id]], lost[owner[plane_id]] = len(taken), energy[taken].sum()
    return pd.DataFrame(
        {"displaced_module_count": pd.Series(count, dtype="int64"),
         "displaced_energy_kwh": pd.Series(lost, dtype="float64")}
    )  # fmt: skip


def _with_leftovers(
    block: NDArray[np.int64], fields: NDArray[np.int64], module: parameters.Modules
) -> NDArray[np.int64]:
    """Add to the modules displaced those too few to stay: less than a string, or than a plane."""
    stays = np.ones(len(fields), dtype=bool)
    stays[block] = False
    left = np.bincount(fields[stays], minlength=int(fields.max(initial=0)) + 1)
    stays &= left[fields] >= module.min_string
    if stays.sum() < module.min_count:
        stays[:] = False
    return np.flatnonzero(~stays)


def module_roof_m2(layout: pd.Series, module: parameters.Modules) -> NDArray[np.float64]:
    """Roof area one module stands for, m²: its own on a slope, its share of the rows on racks."""
    slope = (module.length_m + module.gap_m) * module.width_m
    south = (module.length_m + module.gap_m) * south_pitch_m(module)
    pair = (module.length_m + module.gap_m) * east_west_pitch_m(module) / 2.0
    name = layout.astype("object").fillna("").to_numpy()
    return np.select([name == RACKS[0], name == RACKS[1]], [south, pair], slope)


def _block(centres: NDArray, fields: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """Rows of ``wanted`` modules: of the smallest field that has them, else of the largest."""
    sizes = np.bincount(fields)
    out: list[NDArray[np.int64]] = []
    while wanted > 0 and sizes.any():
        enough = np.flatnonzero(sizes >= wanted)
        field = enough[np.argmin(sizes[enough])] if len(enough) else int(np.argmax(sizes))
        rows = np.flatnonzero(fields == field)
        block = rows[compact_cluster(np.ascontiguousarray(centres[rows]), wanted)]
        out.append(block)
        wanted -= len(block)
        sizes[field] = 0
    return np.concatenate(out) if out else np.zeros(0, np.int64)
