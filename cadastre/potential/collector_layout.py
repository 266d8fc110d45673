"""Where collectors stand: rectangles on the places of modules of one plane, side by side.

Only places with the light asked of a module count. On racks the place of a module includes its
share of the space between rows, and so does that of a collector.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.kernels.collector_banks import lay_collectors
from cadastre.potential.layout_tasks import east_west_pitch_m, south_pitch_m
from cadastre.potential.pv_yield import RACKS

Floats = NDArray[np.float64]


def lay_on_planes(
    planes: pd.DataFrame,
    modules: gpd.GeoDataFrame,
    module: parameters.Modules,
    thermal: parameters.Thermal,
) -> pd.DataFrame:
    """Lay the collectors each plane has room and light for.

    Parameters
    ----------
    planes
        plane_id, surface_tilt, irradiation_kwh_m2, irradiation_unshaded_kwh_m2,
        optimum_irradiation_kwh_m2 and what is wished: thermal_installation_count (banks of one
        size; 1 with thermal_collective, whose collectors may stand in several banks) and
        wished_collectors (of each installation).
    modules
        plane_id, module_group, layout, surface_tilt, surface_azimuth, irradiation_kwh_m2,
        annual_energy_kwh and geometry in plan.

    Returns
    -------
    pandas.DataFrame
        On the index of ``planes``: collectors (0 without room, or for less than the stated share
        of those wished), collector_kept (irradiation on them over that of the free plane),
        displaced_module_count and displaced_energy_kwh, modules left alone included.
    """
    row = pd.Index(planes["plane_id"]).get_indexer(pd.Index(modules["plane_id"]))
    order = np.argsort(row, kind="stable")
    order = order[row[order] >= 0]
    row, modules = row[order], modules.iloc[order]
    start = np.searchsorted(row, np.arange(len(planes) + 1))
    place, pad = _places(modules, start, module)
    light = _light(planes, modules, row)
    dark = _too_dark(planes, light, row, module)
    energy = modules["annual_energy_kwh"].to_numpy(np.float64)
    fields = modules["module_group"].to_numpy(np.int64)
    sides = _sides(planes["surface_tilt"].to_numpy(np.float64), module, thermal)
    level = planes["surface_tilt"].to_numpy(np.float64) < module.rack_below_deg
    wishes = _wishes(planes, thermal)
    free = planes["irradiation_unshaded_kwh_m2"].to_numpy(np.float64)
    out = np.zeros((len(planes), 4))
    for p in np.flatnonzero(np.diff(start)):
        own = slice(start[p], start[p + 1])
        gone = dark[own].copy()
        laid = lay_collectors(place[own], pad[own], gone, sides[p], not level[p], wishes[p])
        taken = gone & ~dark[own]
        lost = with_leftovers(np.flatnonzero(taken), fields[own], module)
        if laid:
            kept = light[own][taken].mean() / free[p]
            out[p] = laid, kept, len(lost), energy[own][lost].sum()
    found = pd.DataFrame(
        out, index=planes.index,
        columns=["collectors", "collector_kept", "displaced_module_count", "displaced_energy_kwh"],
    )  # fmt: skip
    wished = planes["wished_collectors"] * planes["thermal_installation_count"]
    short = found["collectors"] < thermal.least_area_share * wished
    found.loc[short, "collectors"] = 0
    return found.astype({"collectors": "int64", "displaced_module_count": "int64"})


def _wishes(planes: pd.DataFrame, thermal: parameters.Thermal) -> NDArray[np.int64]:
    """Banks, collectors in each and fewest (or, of a collective one, most) of a bank."""
    each = planes["wished_collectors"].to_numpy(np.int64)
    together = planes["thermal_collective"].to_numpy(bool)
    banks = planes["thermal_installation_count"].to_numpy(np.int64)
    fewest = np.maximum(np.ceil(thermal.least_area_share * each), 1).astype(np.int64)
    return np.stack(
        [np.where(together, 0, banks), each, np.where(together, thermal.bank_collectors, fewest)],
        axis=1,
    )


def _sides(tilt: Floats, module: parameters.Modules, thermal: parameters.Thermal) -> Floats:
    """Roof taken by a collector along the rows and up the slope, pipes included, m."""
    wide = np.full(len(tilt), thermal.collector_area_m2 / thermal.collector_width_m)
    high = thermal.collector_width_m * roof_per_collector(tilt, module, thermal)
    return np.stack([wide, high], axis=1)


def roof_per_collector(
    surface_tilt: Floats, module: parameters.Modules, thermal: parameters.Thermal
) -> Floats:
    """Roof area taken by 1 m² of collector: pipes and, on a level roof, the shade behind a row.

    Rows of collectors tilted to the south stand as far apart as rows of modules would: the winter
    sun at noon passes over one and reaches the foot of the next.
    """
    tilt_rad = np.radians(thermal.flat_tilt_deg)
    low_sun = np.tan(np.radians(module.winter_sun_deg))
    spaced = np.cos(tilt_rad) + np.sin(tilt_rad) / low_sun
    flat = np.asarray(surface_tilt, np.float64) < module.rack_below_deg
    return thermal.pack_ratio * np.where(flat, spaced, 1.0)


def _places(
    modules: gpd.GeoDataFrame, start: NDArray[np.int64], module: parameters.Modules
) -> tuple[Floats, Floats]:
    """Place of each module (u0, v0, u1, v1, m on the roof; v up the slope) and its gaps.

    Origin: the first corner of the first module of the plane; results do not depend on anything
    but the plane.
    """
    if not len(modules):
        return np.zeros((0, 4)), np.zeros((0, 2))
    ring = shapely.get_coordinates(modules.geometry.to_numpy()).reshape(-1, 5, 2)[:, :4]
    first = np.repeat(start[:-1], np.diff(start))
    side = ring[first, 1] - ring[first, 0]
    side = side / np.hypot(side[:, 0], side[:, 1])[:, None]
    facing = np.radians(modules["surface_azimuth"].to_numpy(np.float64)[first])
    up = np.abs(side[:, 0] * np.sin(facing) + side[:, 1] * np.cos(facing)) > np.sqrt(0.5)
    turned = np.stack([-side[:, 1], side[:, 0]], axis=1)
    axis = np.where(up[:, None], turned, side)
    local = ring - ring[first, :1]
    u = (local * axis[:, None, :]).sum(axis=2)
    v = local[..., 1] * axis[:, None, 0] - local[..., 0] * axis[:, None, 1]
    layout = modules["layout"].astype("object").fillna("").to_numpy()
    racked = np.isin(layout, RACKS)
    tilt = np.radians(modules["surface_tilt"].to_numpy(np.float64))
    v = v / np.where(racked, 1.0, np.cos(tilt))[:, None]
    pitch = np.select(
        [layout == RACKS[0], layout == RACKS[1]],
        [south_pitch_m(module), east_west_pitch_m(module) / 2.0], 0.0,
    )  # fmt: skip
    gap_v = np.where(racked, np.maximum(pitch - np.ptp(v, axis=1), 0.0), module.gap_m) / 2.0
    pad = np.stack([np.full(len(v), module.gap_m / 2.0), gap_v], axis=1)
    low = np.stack([u.min(axis=1), v.min(axis=1)], axis=1) - pad
    high = np.stack([u.max(axis=1), v.max(axis=1)], axis=1) + pad
    return np.concatenate([low, high], axis=1), pad


def _light(planes: pd.DataFrame, modules: pd.DataFrame, row: NDArray[np.int64]) -> Floats:
    """Irradiation of each module in the plane of the roof; the plane's where it is unknown."""
    light = modules["irradiation_kwh_m2"].to_numpy(np.float64)
    whole = planes["irradiation_kwh_m2"].to_numpy(np.float64)[row]
    return np.where(np.isnan(light), whole, light)


def _too_dark(
    planes: pd.DataFrame, light: Floats, row: NDArray[np.int64], module: parameters.Modules
) -> NDArray[np.bool_]:
    """Tell which places receive less than a module is asked to."""
    free = planes["irradiation_unshaded_kwh_m2"].to_numpy(np.float64)[row]
    best = planes["optimum_irradiation_kwh_m2"].to_numpy(np.float64)[row]
    dark = (light < module.min_unshaded_share * free) | (light < module.min_optimum_share * best)
    return np.asarray(dark | np.isnan(light))


def with_leftovers(
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
