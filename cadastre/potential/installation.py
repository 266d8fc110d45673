"""One installation per building: which planes first, what further kWp bring, what is advised.

The technical potential is every plane that carries modules; the advised installation keeps the
planes whose yield comes near that of the building's best one. With collectors for hot water on the
roof, the modules they displace are taken from both.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.potential.pv_model import life_factor


def advised_planes(planes: pd.DataFrame, installation: parameters.Installation) -> pd.Series:
    """Tell which planes are worth equipping beside the best one of their building.

    Parameters
    ----------
    planes
        building_id, module_count, capacity_kwp, annual_energy_kwh.
    installation
        Smallest yield, relative to the building's best plane, worth equipping.

    Returns
    -------
    pandas.Series
        bool on the index of ``planes``; False without module.
    """
    equipped = planes["module_count"] > 0
    marginal = planes["annual_energy_kwh"] / planes["capacity_kwp"].where(equipped)
    best = marginal.groupby(planes["building_id"]).transform("max")
    return equipped & (marginal >= installation.min_yield_share * best)


def installations(
    planes: pd.DataFrame, installation: parameters.Installation, pv: parameters.Photovoltaics
) -> pd.DataFrame:
    """Put the planes of each building in order and sum them.

    Parameters
    ----------
    planes
        plane_id, building_id, module_count, capacity_kwp, annual_energy_kwh. Planes without
        module take no part.
    installation
        Smallest yield, relative to the building's best plane, worth equipping.
    pv
        Degradation and life of the modules.

    Returns
    -------
    pandas.DataFrame
        One row per building that carries a module, on the sorted building_id: module_count,
        capacity_kwp, annual_energy_kwh, specific_yield_kwh_per_kwp of all its planes;
        ``plane_order`` (plane_ids, best yield first), ``curve_capacity_kwp`` and
        ``curve_energy_kwh`` (cumulated over that order, from the first plane on),
        ``curve_marginal_kwh_per_kwp`` (yield of each plane added); ``advised_plane_count``,
        ``advised_module_count``, ``advised_capacity_kwp``, ``advised_energy_kwh`` of
        :func:`advised_planes`, and ``advised_life_energy_kwh``, the mean year over the life of
        the modules, which lose a little power every year.
    """
    kept = planes[planes["module_count"] > 0]
    frame = pd.DataFrame(
        {
            "building_id": kept["building_id"].astype("string"),
            "plane_id": kept["plane_id"].astype("string"),
            "module_count": kept["module_count"].astype("int64"),
            "capacity": kept["capacity_kwp"].astype("float64"),
            "energy": kept["annual_energy_kwh"].astype("float64"),
            "advised": advised_planes(planes, installation)[kept.index],
        }
    )
    frame["marginal"] = frame["energy"] / frame["capacity"]
    frame = frame.sort_values(
        ["building_id", "marginal", "plane_id"], ascending=[True, False, True], kind="stable"
    ).reset_index(drop=True)
    by = frame.groupby("building_id", sort=True)
    frame["curve_capacity"] = by["capacity"].cumsum()
    frame["curve_energy"] = by["energy"].cumsum()
    out = by[["module_count", "capacity", "energy"]].sum()
    out = out.rename(columns={"capacity": "capacity_kwp", "energy": "annual_energy_kwh"})
    out["specific_yield_kwh_per_kwp"] = out["annual_energy_kwh"] / out["capacity_kwp"]
    starts = np.flatnonzero(~frame["building_id"].duplicated())[1:]
    for name, column in (
        ("plane_order", "plane_id"),
        ("curve_capacity_kwp", "curve_capacity"),
        ("curve_energy_kwh", "curve_energy"),
        ("curve_marginal_kwh_per_kwp", "marginal"),
    ):
        values = np.split(frame[column].to_numpy(), starts) if len(frame) else []
        out[name] = pd.Series(values, index=out.index, dtype=object)
    taken = frame[frame["advised"]].groupby("building_id", sort=True)
    out["advised_plane_count"] = taken.size()
    out["advised_module_count"] = taken["module_count"].sum()
    out["advised_capacity_kwp"] = taken["capacity"].sum()
    out["advised_energy_kwh"] = taken["energy"].sum()
    out["advised_life_energy_kwh"] = out["advised_energy_kwh"] * life_factor(pv)
    return out


def beside_thermal(buildings: pd.DataFrame, advised: pd.Series, power_wp: float) -> pd.DataFrame:
    """Photovoltaic part of a roof that carries collectors too: no square metre counts twice.

    Parameters
    ----------
    buildings
        capacity_kwp, annual_energy_kwh, advised_capacity_kwp, advised_energy_kwh,
        displaced_module_count, displaced_energy_kwh (``building_thermal``) and thermal_plane_id.
    advised
        Whether a plane is advised, on its plane_id.
    power_wp
        Of one module, Wp.

    Returns
    -------
    pandas.DataFrame
        On the index of ``buildings``: displaced_capacity_kwp; capacity_with_thermal_kwp,
        energy_with_thermal_kwh, advised_capacity_with_thermal_kwp and
        advised_energy_with_thermal_kwh (the figures alone where there is no collector; NaN where
        they are).
    """
    count = buildings["displaced_module_count"].fillna(0).astype("float64")
    energy = buildings["displaced_energy_kwh"].fillna(0.0).astype("float64")
    capacity = count * power_wp / 1000.0
    kept = buildings["thermal_plane_id"].map(advised).eq(True).to_numpy()
    out = pd.DataFrame({"displaced_capacity_kwp": capacity}, index=buildings.index)
    for prefix, whole, share in (
        ("", "annual_energy_kwh", 1.0), ("advised_", "advised_energy_kwh", kept.astype(float)),
    ):  # fmt: skip
        out[f"{prefix}capacity_with_thermal_kwp"] = np.maximum(
            buildings[f"{prefix}capacity_kwp"].astype("float64") - capacity * share, 0.0
        )
        out[f"{prefix}energy_with_thermal_kwh"] = np.maximum(
            buildings[whole].astype("float64") - energy * share, 0.0
        )
    return out


def energy_at(
    curve_capacity_kwp: NDArray, curve_energy_kwh: NDArray, capacity_kwp: float
) -> float:
    """Energy of an installation of a chosen size on the best planes first, kWh.

    Linear within a plane; sizes beyond the building's capacity give its whole energy.
    """
    sizes = np.concatenate([[0.0], curve_capacity_kwp])
    energies = np.concatenate([[0.0], curve_energy_kwh])
    return float(np.interp(capacity_kwp, sizes, energies))


def smaller_installations(
    curve_capacity_kwp: NDArray, curve_energy_kwh: NDArray, steps_kwp: tuple[float, ...]
) -> list[tuple[float, float, float]]:
    """Sizes to choose from: the steps below the whole roof, then the whole roof.

    Returns
    -------
    list of (float, float, float)
        kWp, kWh a year, and kWh per kWp of what the size adds to the one before.
    """
    whole = float(curve_capacity_kwp[-1])
    sizes = [step for step in sorted(steps_kwp) if step < whole - 1e-6] + [whole]
    out, before = [], (0.0, 0.0)
    for size in sizes:
        energy = energy_at(curve_capacity_kwp, curve_energy_kwh, size)
        out.append((size, energy, (energy - before[1]) / (size - before[0])))
        before = (size, energy)
    return out
