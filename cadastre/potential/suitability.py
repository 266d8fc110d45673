"""Classes A to E relative to the local optimum, with the reason of what is missing.

The optimum is the best unshaded orientation of the weather cell: a class tells how much of it a
plane receives; a level roof is judged by what its racks receive, a plane on which no module
stands is E. Absolute figures stay beside the class. Codes only; words are elsewhere.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.exchange import PlaneIrradiation
from cadastre.potential.plane_yield import PITCHED
from cadastre.potential.pv_yield import YieldTable

CLASSES = ("A", "B", "C", "D", "E")
REASONS = (
    "none", "orientation", "tilt", "near_shading", "far_horizon", "row_shading", "small_area",
    "no_room", "no_light", "unknown",
)  # fmt: skip
_LAST = len(CLASSES) - 1


def plane_suitability(
    planes: pd.DataFrame,
    irradiation: PlaneIrradiation,
    table: YieldTable,
    installation: parameters.Installation,
    module: parameters.Modules,
) -> pd.DataFrame:
    """Class and reason of each plane.

    Parameters
    ----------
    planes
        surface_tilt, surface_azimuth (NaN when level), module_count, and of its modules layout,
        module_tilt, module_irradiation_kwh_m2, module_unshaded_kwh_m2 (``plane_yields``); rows
        as in ``irradiation``.
    irradiation
        Of the planes themselves: judges those without modules.
    table
        Local optimum and free irradiation by orientation.
    installation, module
        Limits of the classes; shares of light below which a module is left out.

    Returns
    -------
    pandas.DataFrame
        suitability_class (A to E; missing where irradiation is unknown), suitability_reason
        (``REASONS``: what takes most from the optimum; ``none`` in class A; ``small_area`` where
        the size lowers the class; ``no_room`` or ``no_light`` where no module stands),
        optimum_share (irradiation over optimum).
    """
    losses = _losses(planes, irradiation, table, installation)
    year = irradiation.monthly.sum(axis=1)
    seen = planes["module_irradiation_kwh_m2"].to_numpy(np.float64)
    light = np.where(np.isfinite(seen), seen, year)
    share = light / table.optimum_kwh_m2
    letter = _class_rank(share, installation)
    reason = np.array(list(losses), dtype=object)[
        np.argmax(np.nan_to_num(np.stack(list(losses.values()), axis=1)), axis=1)
    ]
    reason = np.where(letter == 0, "none", reason)
    count = planes["module_count"].to_numpy()
    letter, reason = _small(letter, reason, count, installation)
    kept = year / np.maximum(irradiation.unshaded.sum(axis=1), 1e-9)
    dark = (share < module.min_optimum_share) | (kept < module.min_unshaded_share)
    letter = np.where(count > 0, letter, _LAST)
    reason = np.where(count > 0, reason, np.where(dark, "no_light", "no_room"))
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
    """Class and reason of each building: those of what its advised modules receive together.

    Parameters
    ----------
    planes
        building_id, module_count, advised_flag.
    suitability
        As :func:`plane_suitability` returns it, same index.

    Returns
    -------
    pandas.DataFrame
        suitability_class, suitability_reason, optimum_share by building_id (sorted). Planes
        weigh by their modules; a building without module is E, for the reason of its brightest
        plane.
    """
    frame = pd.DataFrame(
        {
            "building_id": planes["building_id"].astype("string"),
            "weight": planes["module_count"].to_numpy(np.float64)
            * planes["advised_flag"].fillna(False).to_numpy(bool),
            "share": suitability["optimum_share"].to_numpy(np.float64),
            "reason": suitability["suitability_reason"].astype("string"),
        }
    )
    frame = frame[np.isfinite(frame["share"])]
    frame["product"] = frame["weight"] * frame["share"]
    by = frame.groupby("building_id", sort=True)
    sums = by[["weight", "product"]].sum()
    best = by["share"].max()
    equipped = (sums["weight"] > 0).to_numpy()
    share = (sums["product"] / sums["weight"].where(equipped)).where(equipped, best)
    letter = _class_rank(share.to_numpy(), installation)
    lead = frame.sort_values(["building_id", "product", "share"], kind="stable")
    first = lead.groupby("building_id", sort=True)["reason"].last().astype(object).to_numpy()
    reason = np.where(letter == 0, "none", np.where(first == "none", "orientation", first))
    count = sums["weight"].to_numpy()
    letter, reason = _small(letter, reason, count, installation)
    letter, reason = np.where(equipped, letter, _LAST), np.where(equipped, reason, first)
    return pd.DataFrame(
        {
            "suitability_class": pd.array(np.array(CLASSES, dtype=object)[letter], dtype="string"),
            "suitability_reason": pd.array(reason, dtype="string"),
            "optimum_share": share.to_numpy(),
        },
        index=share.index,
    )


def _small(
    letter: NDArray, reason: NDArray, count: NDArray, installation: parameters.Installation
) -> tuple[NDArray, NDArray]:
    """Hold the class of a few modules to that of a small area."""
    cap = CLASSES.index(installation.small_area_class)
    small = (count < installation.small_area_modules) & (letter < cap)
    return np.where(small, cap, letter), np.where(small, "small_area", reason)


def _class_rank(share: NDArray, installation: parameters.Installation) -> NDArray[np.int64]:
    limits = np.array(installation.class_limits)
    return (np.nan_to_num(share)[:, None] < limits[None, :]).sum(axis=1)


def _racked(planes: pd.DataFrame) -> NDArray[np.bool_]:
    return (planes["layout"].fillna(PITCHED) != PITCHED).to_numpy(bool)


def _losses(
    planes: pd.DataFrame,
    irradiation: PlaneIrradiation,
    table: YieldTable,
    installation: parameters.Installation,
) -> dict[str, NDArray[np.float64]]:
    """Tell what each reason takes from the optimum, kWh/m² a year: of racks, from their plane."""
    racked = _racked(planes)
    tilt = planes["surface_tilt"].to_numpy(np.float64)
    level = np.isnan(planes["surface_azimuth"].to_numpy(np.float64)) & ~racked
    tilt = np.where(racked, planes["module_tilt"], tilt)
    turned = table.unshaded_year(tilt, np.full(len(tilt), table.optimum_azimuth))
    flat = irradiation.unshaded.sum(axis=1)
    shaded = irradiation.monthly.sum(axis=1)
    free = np.where(racked, planes["module_unshaded_kwh_m2"], flat)
    scale = free / np.maximum(flat, 1e-9)
    near = (flat - irradiation.near_only) * scale
    far = (irradiation.near_only - shaded) * scale
    shade = near + far
    rows = np.where(racked, free - shade - planes["module_irradiation_kwh_m2"], 0.0)
    is_far = far > installation.far_reason_share * shade
    facing = np.maximum(turned - free, 0.0)
    lying = np.maximum(table.optimum_kwh_m2 - turned, 0.0)
    return {
        # a level roof lies low whichever way its racks face
        "orientation": np.where(level | racked, 0.0, facing),
        "tilt": lying + np.where(racked, facing, 0.0),
        "near_shading": np.where(is_far, near, shade),
        "far_horizon": np.where(is_far, shade, far),
        "row_shading": np.maximum(rows, 0.0),
    }
