"""From placed modules and the light of planes to energies: a bridge between tables of ``potential``.

A plane's modules share its monthly shape; each counts in proportion to the light it gets itself.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre.exchange import PlaneIrradiation
from cadastre.parameters import Parameters
from cadastre.potential import pv_yield
from cadastre.potential.pv_yield import Received, YieldTable

_GROUP = ["plane_row", "layout", "surface_tilt", "surface_azimuth"]


def received(light: PlaneIrradiation) -> Received:
    """Light of planes as the yield reads it: what comes from the sun's disc and around it, apart."""
    return Received(
        light.direct + light.circumsolar,
        light.sky_diffuse - light.circumsolar,
        light.reflected,
        light.unshaded,
    )


def with_energies(
    planes: gpd.GeoDataFrame,
    modules: gpd.GeoDataFrame,
    light: PlaneIrradiation,
    table: YieldTable,
    parameters: Parameters,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Add module_count, capacity, energies to planes; annual energy and rank to modules."""
    place = pd.Series(np.arange(len(planes)), index=planes["plane_id"])
    modules = modules.assign(plane_row=place.reindex(modules["plane_id"]).to_numpy())
    peak = parameters.modules.power_wp / 1000.0
    months = _months_by_group(modules, received(light), table, parameters, peak)
    plane_year = light.monthly.sum(axis=1)
    own = modules["irradiation_kwh_m2"].to_numpy(np.float64) / plane_year[modules["plane_row"]]
    own = np.where(np.isfinite(own), own, 1.0)
    modules["annual_energy_kwh"] = months.sum(axis=1) * own
    modules["module_rank"] = modules.groupby("plane_id").cumcount()
    modules["building_id"] = planes["building_id"].to_numpy()[modules["plane_row"]]
    monthly = np.zeros((len(planes), 12))
    rows = modules["plane_row"].to_numpy()
    np.add.at(monthly, rows, months * own[:, None])
    count = np.bincount(rows, minlength=len(planes))
    known = np.isfinite(plane_year)
    monthly[~known] = np.nan
    planes = planes.assign(
        module_count=count,
        capacity_kwp=count * peak,
        annual_energy_kwh=monthly.sum(axis=1),
        monthly_energy_kwh=list(monthly),
        specific_yield_kwh_per_kwp=np.where(
            count > 0, monthly.sum(axis=1) / np.where(count > 0, count * peak, 1.0), np.nan
        ),
        **_light_columns(light),
    )
    return planes, modules.drop(columns=["plane_row", "irradiation_kwh_m2", "layout"])


def _months_by_group(
    modules: gpd.GeoDataFrame,
    light: Received,
    table: YieldTable,
    parameters: Parameters,
    peak: float,
) -> np.ndarray:
    """Energy of each module by month under the mean light of its plane, (n_modules, 12) kWh."""
    groups = modules[_GROUP].drop_duplicates().reset_index(drop=True)
    energies = np.full((len(groups), 12), np.nan)
    for kind in groups["layout"].unique():
        chosen = np.flatnonzero((groups["layout"] == kind).to_numpy())
        part = groups.iloc[chosen]
        tilt = part["surface_tilt"].to_numpy(np.float64)
        azimuth = part["surface_azimuth"].to_numpy(np.float64)
        seen = light.at(part["plane_row"].to_numpy())
        mounting = kind
        if kind in pv_yield.RACKS:
            seen = pv_yield.rack_received(table, kind, azimuth, seen)
        else:
            mounting = parameters.pv.pitched_mounting
        energies[chosen] = pv_yield.plane_energy(
            table, tilt, azimuth, mounting, seen, np.full(len(part), peak)
        )
    number = groups.reset_index(names="group")
    return energies[modules[_GROUP].merge(number, on=_GROUP, how="left")["group"].to_numpy()]


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
