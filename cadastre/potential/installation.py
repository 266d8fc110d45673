"""One installation per building: which planes first, and what each further kWp brings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadastre import parameters


def installations(planes: pd.DataFrame, installation: parameters.Installation) -> pd.DataFrame:
    """Put the planes of each building in order and sum them.

    Parameters
    ----------
    planes
        plane_id, building_id, module_count, capacity_kwp, annual_energy_kwh. Planes without
        module take no part.
    installation
        Smallest yield, relative to the building's best plane, worth equipping.

    Returns
    -------
    pandas.DataFrame
        One row per building that carries a module, on the sorted building_id: module_count,
        capacity_kwp, annual_energy_kwh, specific_yield_kwh_per_kwp of all its planes;
        ``plane_order`` (plane_ids, best yield first), ``curve_capacity_kwp`` and
        ``curve_energy_kwh`` (cumulated over that order, from the first plane on),
        ``curve_marginal_kwh_per_kwp`` (yield of each plane added);
        ``advised_plane_count``, ``advised_capacity_kwp``, ``advised_energy_kwh``: the planes
        whose yield reaches the share of the best one that is worth it.
    """
    kept = planes[planes["module_count"] > 0]
    frame = pd.DataFrame(
        {
            "building_id": kept["building_id"].astype("string"),
            "plane_id": kept["plane_id"].astype("string"),
            "module_count": kept["module_count"].astype("int64"),
            "capacity": kept["capacity_kwp"].astype("float64"),
            "energy": kept["annual_energy_kwh"].astype("float64"),
        }
    )
    frame["marginal"] = frame["energy"] / frame["capacity"]
    frame = frame.sort_values(
        ["building_id", "marginal", "plane_id"], ascending=[True, False, True], kind="stable"
    ).reset_index(drop=True)
    by = frame.groupby("building_id", sort=True)
    frame["curve_capacity"] = by["capacity"].cumsum()
    frame["curve_energy"] = by["energy"].cumsum()
    best = by["marginal"].transform("first")
    advised = frame["marginal"] >= installation.min_yield_share * best
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
    taken = frame[advised].groupby("building_id", sort=True)
    out["advised_plane_count"] = taken.size()
    out["advised_capacity_kwp"] = taken["capacity"].sum()
    out["advised_energy_kwh"] = taken["energy"].sum()
    return out


def energy_at(
    curve_capacity_kwp: np.ndarray, curve_energy_kwh: np.ndarray, capacity_kwp: float
) -> float:
    """Energy of an installation of a chosen size on the best planes first, kWh.

    Linear within a plane; sizes beyond the building's capacity give its whole energy.
    """
    sizes = np.concatenate([[0.0], curve_capacity_kwp])
    energies = np.concatenate([[0.0], curve_energy_kwh])
    return float(np.interp(capacity_kwp, sizes, energies))
