"""Classes A to E relative to the local optimum, with the reason of what is missing.

The optimum is the best unshaded orientation of the weather cell: a class tells how much of it a
plane receives. Absolute figures stay beside the class. Codes only; words are elsewhere.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.exchange import PlaneIrradiation
from cadastre.potential.pv_yield import YieldTable

CLASSES = ("A", "B", "C", "D", "E")
REASONS = ("none", "orientation", "tilt", "near_shading", "far_horizon", "small_area", "unknown")


def plane_suitability(
    planes: pd.DataFrame,
    irradiation: PlaneIrradiation,
    module_count: pd.Series,
    table: YieldTable,
    installation: parameters.Installation,
) -> pd.DataFrame:
    """Class and reason of each plane.

    Parameters
    ----------
    planes
        surface_tilt, surface_azimuth (NaN when level); rows as in ``irradiation``.
    module_count
        Modules placed on each plane, same index.
    table
        Local optimum and free irradiation by orientation.

    Returns
    -------
    pandas.DataFrame
        suitability_class (A to E; missing where irradiation is unknown), suitability_reason
        (``REASONS``: what takes most from the optimum; ``none`` in class A; ``small_area`` where
        the size lowers the class), optimum_share (irradiation over optimum).
    """
    year = irradiation.monthly.sum(axis=1)
    share = year / table.optimum_kwh_m2
    letter = _class_rank(share, installation)
    losses = _losses(planes, irradiation, table, installation)
    reason = np.array(list(losses), dtype=object)[
        np.argmax(np.nan_to_num(np.stack(list(losses.values()), axis=1)), axis=1)
    ]
    reason = np.where(letter == 0, "none", reason)
    cap = CLASSES.index(installation.small_area_class)
    small = (module_count.to_numpy() < installation.small_area_modules) & (letter < cap)
    letter = np.where(small, cap, letter)
    reason = np.where(small, "small_area", reason)
    known = np.isfinite(share)
    return pd.DataFrame(
        {
            "suitability_class": pd.array(
                np.where(known, np.array(CLASSES, dtype=object)[letter], None), dtype="string"
            ),
            "suitability_reason": pd.array(np.where(known, reason, "unknown"), dtype="string"),
            "optimum_share": share,
        },
        index=planes.index,
    )


def building_suitability(
    planes: pd.DataFrame, suitability: pd.DataFrame, installation: parameters.Installation
) -> pd.DataFrame:
    """Class and reason of each building: those of what its modules receive together.

    Parameters
    ----------
    planes
        building_id, area_sloped_m2, module_count.
    suitability
        As :func:`plane_suitability` returns it, same index.

    Returns
    -------
    pandas.DataFrame
        suitability_class, suitability_reason, optimum_share by building_id (sorted). Planes
        weigh by their modules; a building without module takes its best plane, and its class is
        then that of a small area at best.
    """
    frame = pd.DataFrame(
        {
            "building_id": planes["building_id"].astype("string"),
            "weight": planes["module_count"].to_numpy(np.float64),
            "share": suitability["optimum_share"].to_numpy(np.float64),
            "reason": suitability["suitability_reason"].astype("string"),
        }
    )
    frame = frame[np.isfinite(frame["share"])]
    frame["product"] = frame["weight"] * frame["share"]
    by = frame.groupby("building_id", sort=True)
    sums = by[["weight", "product"]].sum()
    best = by["share"].max()
    equipped = sums["weight"] > 0
    share = (sums["product"] / sums["weight"].where(equipped)).where(equipped, best)
    letter = _class_rank(share.to_numpy(), installation)
    cap = CLASSES.index(installation.small_area_class)
    few = sums["weight"].to_numpy() < installation.small_area_modules
    small = few & (letter < cap)
    lead = frame.sort_values(["building_id", "product", "share"], kind="stable")
    reason = lead.groupby("building_id", sort=True)["reason"].last().astype(object)
    reason = np.where(letter == 0, "none", np.where(reason == "none", "orientation", reason))
    reason = np.where(small | (few & ~equipped.to_numpy()), "small_area", reason)
    letter = np.where(small, cap, letter)
    return pd.DataFrame(
        {
            "suitability_class": pd.array(np.array(CLASSES, dtype=object)[letter], dtype="string"),
            "suitability_reason": pd.array(reason, dtype="string"),
            "optimum_share": share.to_numpy(),
        },
        index=share.index,
    )


def _class_rank(share: NDArray, installation: parameters.Installation) -> NDArray[np.int64]:
    limits = np.array(installation.class_limits)
    return (np.nan_to_num(share)[:, None] < limits[None, :]).sum(axis=1)


def _losses(
    planes: pd.DataFrame,
    irradiation: PlaneIrradiation,
    table: YieldTable,
    installation: parameters.Installation,
) -> dict[str, NDArray[np.float64]]:
    """Tell what each reason takes from the optimum, kWh/m² a year."""
    tilt = planes["surface_tilt"].to_numpy(np.float64)
    azimuth = planes["surface_azimuth"].to_numpy(np.float64)
    level = np.isnan(azimuth)
    azimuth = np.where(level, table.optimum_azimuth, azimuth)
    turned = table.unshaded_year(tilt, np.full(len(tilt), table.optimum_azimuth))
    free = irradiation.unshaded.sum(axis=1)
    shaded = irradiation.monthly.sum(axis=1)
    near = free - irradiation.near_only
    far = irradiation.near_only - shaded
    shade = free - shaded
    is_far = far > installation.far_reason_share * shade
    return {
        "orientation": np.where(level, 0.0, np.maximum(turned - free, 0.0)),
        "tilt": np.maximum(table.optimum_kwh_m2 - turned, 0.0),
        "near_shading": np.where(is_far, near, shade),
        "far_horizon": np.where(is_far, shade, far),
    }
