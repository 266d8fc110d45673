"""From placed modules and received irradiation to the energy of every plane and module.

Modules of one plane that share an orientation (all of a pitched plane; each face of back-to-back
racks) make one group; a group's irradiation is that of the samples under its own modules.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.exchange import PlaneIrradiation
from cadastre.potential.pv_yield import (
    MONTHS,
    RACKS,
    Received,
    YieldTable,
    plane_energy,
    rack_received,
)

PITCHED = "pitched"
_RACK_MOUNTING = "open_rack"


def plane_yields(
    planes: pd.DataFrame,
    modules: gpd.GeoDataFrame,
    irradiation: PlaneIrradiation,
    table: YieldTable,
    module: parameters.Modules,
    pv: parameters.Photovoltaics,
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Energy of the modules of every plane, first year, P50.

    Parameters
    ----------
    planes
        plane_id, building_id, surface_tilt, surface_azimuth; rows as in ``irradiation``.
    modules
        As ``modules.place_modules`` returns them, for these planes.
    irradiation
        Of the planes; NaN rows give NaN energy where a plane has modules.
    table
        Yield table of the weather cell of these planes.
    module, pv
        Power of a module; mounting of pitched roofs.

    Returns
    -------
    tuple
        Planes on the index of ``planes``: module_count, capacity_kwp, annual_energy_kwh,
        specific_yield_kwh_per_kwp (NaN without module) and monthly_energy_kwh (arrays of 12);
        of the modules (missing without any): layout, module_tilt, module_azimuth (first face of
        back-to-back racks), module_irradiation_kwh_m2 (what they receive in their own plane,
        light lost to the row in front deducted) and module_unshaded_kwh_m2 (free).
        Modules: the input with building_id, module_rank (from 0 in the plane) and
        annual_energy_kwh.
    """
    row = pd.Index(planes["plane_id"]).get_indexer(pd.Index(modules["plane_id"]))
    group, first = _groups(row, modules)
    count = np.bincount(group, minlength=len(first)).astype(np.float64)
    capacity = count * module.power_wp / 1000.0
    light = modules["irradiation_kwh_m2"].to_numpy(np.float64)
    mean_light = _group_mean(light, group, len(first))
    received = _received_by_modules(irradiation, row[first], mean_light)
    lead = modules.iloc[first]
    monthly, light_year, free_year = _group_energy(lead, received, table, pv, capacity)
    plane_month = np.zeros((len(planes), MONTHS))
    np.add.at(plane_month, row[first], monthly)
    out = _plane_table(planes, row, plane_month, module)
    for name, values in (
        ("module_irradiation_kwh_m2", light_year), ("module_unshaded_kwh_m2", free_year)
    ):  # fmt: skip
        total = np.bincount(row[first], values * count, minlength=len(planes))
        known = out["module_count"].to_numpy()
        out[name] = np.where(known > 0, total / np.maximum(known, 1), np.nan)
    out = out.join(_module_plane(planes, row, first, lead))
    share = np.where(
        np.isnan(light), 1.0, light / np.where(mean_light > 0, mean_light, 1.0)[group]
    )
    energy = monthly.sum(axis=1)[group] / count[group] * share if len(row) else np.empty(0)
    placed = modules.assign(
        building_id=planes["building_id"].to_numpy()[row],
        module_rank=_rank(row),
        annual_energy_kwh=energy,
    )
    return out, placed


def received_by_planes(irradiation: PlaneIrradiation) -> Received:
    """Irradiation of planes as the yield reads it: the circumsolar light counts with the beam."""
    return Received(
        irradiation.direct + irradiation.circumsolar,
        irradiation.sky_diffuse - irradiation.circumsolar,
        irradiation.reflected,
        irradiation.unshaded,
    )


def _groups(row: NDArray, modules: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Group of each module (same plane and azimuth) and the first module of each group."""
    keys = pd.DataFrame({"row": row, "azimuth": modules["surface_azimuth"].to_numpy()})
    group = keys.groupby(["row", "azimuth"], sort=True, dropna=False).ngroup().to_numpy(np.int64)
    _, first = np.unique(group, return_index=True)
    return group, first


def _group_mean(light: NDArray, group: NDArray, groups: int) -> NDArray[np.float64]:
    """Mean light of the modules of each group whose light is known; NaN where none is."""
    known = ~np.isnan(light)
    total = np.bincount(group[known], light[known], minlength=groups)
    number = np.bincount(group[known], minlength=groups)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _received_by_modules(
    irradiation: PlaneIrradiation, row: NDArray, mean_light: NDArray
) -> Received:
    """Irradiation under the modules: between the plane's shaded mean and its free value.

    Brighter than the plane's mean: the difference is shade the modules avoid, so each component
    moves towards its free share. Darker: all components shrink alike.
    """
    light = received_by_planes(irradiation).at(row)
    direct, sky, reflected, unshaded = (
        light.direct, light.sky_diffuse, light.reflected, light.unshaded
    )  # fmt: skip
    total = (direct + sky + reflected).sum(axis=1)
    target = np.where(np.isnan(mean_light), total, mean_light)
    room = unshaded.sum(axis=1) - total
    gain = np.where(room > 1e-9, (target - total) / np.where(room > 1e-9, room, 1.0), 0.0)
    gain = np.clip(gain, 0.0, 1.0)[:, None]
    shrink = np.minimum(target / np.where(total > 0, total, 1.0), 1.0)[:, None]
    lost = np.maximum(unshaded - (direct + sky + reflected), 0.0)
    share_direct = direct / np.maximum(direct + sky, 1e-9)
    return Received(
        (direct + gain * lost * share_direct) * shrink,
        (sky + gain * lost * (1.0 - share_direct)) * shrink,
        reflected * shrink,
        unshaded,
    )


def _group_energy(
    lead: pd.DataFrame,
    received: Received,
    table: YieldTable,
    pv: parameters.Photovoltaics,
    capacity: NDArray,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Monthly energy of every group, kWh, by mounting; light received and free light a year.

    What the row in front takes from racks counts as light lost: as much as it takes energy.
    """
    layout = lead["layout"].to_numpy().astype(str)
    tilt = lead["surface_tilt"].to_numpy(np.float64)
    azimuth = lead["surface_azimuth"].to_numpy(np.float64)
    monthly = np.zeros((len(lead), MONTHS))
    light, free = np.zeros(len(lead)), np.zeros(len(lead))
    for name in (PITCHED, *RACKS):
        rows = np.flatnonzero(layout == name)
        if not rows.size:
            continue
        part = received.at(rows)
        mounting = pv.pitched_mounting
        if name != PITCHED:
            part, mounting = rack_received(table, name, azimuth[rows], part), name
        monthly[rows] = plane_energy(
            table, tilt[rows], azimuth[rows], mounting, part, capacity[rows]
        )
        kept: NDArray | float = 1.0
        if name != PITCHED:
            alone = plane_energy(
                table, tilt[rows], azimuth[rows], _RACK_MOUNTING, part, capacity[rows]
            ).sum(axis=1)
            kept = monthly[rows].sum(axis=1) / np.where(alone > 0, alone, np.nan)
        light[rows], free[rows] = part.total.sum(axis=1) * kept, part.unshaded.sum(axis=1)
    return monthly, light, free


def _module_plane(
    planes: pd.DataFrame, row: NDArray, first: NDArray, lead: pd.DataFrame
) -> pd.DataFrame:
    """Layout, tilt and azimuth of the first module of each plane; missing without module."""
    owner, place = np.unique(row[first], return_index=True)
    out = pd.DataFrame(
        {"layout": pd.Series(None, index=planes.index, dtype="string"),
         "module_tilt": np.nan, "module_azimuth": np.nan}
    )  # fmt: skip
    for name, source in (
        ("layout", "layout"), ("module_tilt", "surface_tilt"),
        ("module_azimuth", "surface_azimuth"),
    ):  # fmt: skip
        out.iloc[owner, out.columns.get_loc(name)] = lead[source].to_numpy()[place]
    return out


def _plane_table(
    planes: pd.DataFrame, row: NDArray, monthly: NDArray, module: parameters.Modules
) -> pd.DataFrame:
    count = np.bincount(row, minlength=len(planes))
    capacity = count * module.power_wp / 1000.0
    annual = monthly.sum(axis=1)
    return pd.DataFrame(
        {
            "module_count": count.astype(np.int64),
            "capacity_kwp": capacity,
            "annual_energy_kwh": annual,
            "specific_yield_kwh_per_kwp": np.where(
                count > 0, annual / np.where(count > 0, capacity, 1.0), np.nan
            ),
            "monthly_energy_kwh": list(monthly),
        },
        index=planes.index,
    )


def _rank(row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rank of each module in its plane, in the order given (modules of a plane are together)."""
    return pd.Series(row).groupby(row).cumcount().to_numpy(np.int64)
