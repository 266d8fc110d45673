"""Solar hot water as a table: useful heat by collector area, demand, orientation and shade.

The hourly model of ``hot_water`` runs once per weather cell on a grid; installations of a whole
territory look their year up there.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cadastre import parameters
from cadastre.exchange import SkyHours, WeatherSeries
from cadastre.potential.hot_water import (
    Floats,
    HotWaterSystem,
    HotWaterYears,
    balance,
    beam_incidence,
    collective_system,
    collector_gain,
    demand_shape,
    hot_water_years,
    household_system,
)

__all__ = [
    "HotWaterSystem", "HotWaterYears", "ThermalTable", "beam_incidence", "collective_system",
    "collector_gain", "hot_water_years", "household_system", "thermal_table", "useful_heat",
]  # fmt: skip


@dataclass(frozen=True)
class ThermalTable:
    """Yearly useful heat of one weather cell, kWh for each litre drawn a day.

    Installations are told apart by ``ratios`` (m² of collector for one litre a day, rising): the
    number of whole collectors and of persons matter by that alone, save for the tank, which
    loses less by litre the larger it is. ``heat`` (n_ratios, n_shades, n_tilts, n_azimuths) is
    that of an installation of the reference size; ``size`` (n_ratios, n_litres) what others give
    beside it at the reference orientation, by litres a day; shades are the kept shares of the
    irradiation. ``wanted``: yearly demand of one litre a day.
    """

    ratios: Floats
    litres: Floats
    tilts: Floats
    azimuth_step: float
    shades: Floats
    heat: Floats
    size: Floats
    wanted: float


def thermal_table(
    weather: WeatherSeries, hours: SkyHours, thermal: parameters.Thermal, albedo: float
) -> ThermalTable:
    """Run installations of every collector area for one demand on a grid of tilt, azimuth, shade.

    The grid runs over the first years of a long series; each ratio is then scaled by what the
    whole series gives over those years at the reference orientation.
    """
    ratios = np.array(sorted(thermal.ratio_nodes)) / 100.0
    litres = np.array(sorted(thermal.litres_nodes))
    azimuths = np.arange(0.0, 360.0, thermal.azimuth_step_deg)
    tilts = np.array(thermal.tilt_nodes)
    shades = np.array(sorted(thermal.shade_nodes))
    first = _first_years(weather, thermal.table_years)
    demand = demand_shape(first, thermal)
    steps = len(first.data)
    systems = [_sized(ratio, thermal.reference_litres, thermal) for ratio in ratios]
    heat = np.zeros((len(ratios), len(shades), len(tilts), len(azimuths)))
    for t, tilt in enumerate(tilts):
        for a, azimuth in enumerate(azimuths):
            if tilt == 0.0 and a > 0:
                heat[:, :, t, a] = heat[:, :, t, 0]
                continue
            gain = _free_gain(hours, float(tilt), float(azimuth), thermal, albedo)[:steps]
            for s, system in enumerate(systems):
                for k, kept in enumerate(shades):
                    found = balance(gain * kept, first, system, thermal, demand)
                    heat[s, k, t, a] = found.year("delivered")
    reference = _free_gain(hours, thermal.reference_tilt_deg, 180.0, thermal, albedo)
    size = np.ones((len(ratios), len(litres)))
    for s, system in enumerate(systems):
        whole = hot_water_years(reference, weather, system, thermal)
        part = balance(reference[:steps], first, system, thermal, demand)
        heat[s] *= whole.year("delivered") / part.year("delivered")
        for n, drawn in enumerate(litres):
            other = _sized(ratios[s], drawn, thermal)
            found = balance(reference[:steps], first, other, thermal, demand)
            size[s, n] = found.year("delivered") / drawn
        size[s] *= thermal.reference_litres / part.year("delivered")
    return ThermalTable(
        ratios, litres, tilts, thermal.azimuth_step_deg, shades,
        heat / thermal.reference_litres, size, whole.year("wanted") / thermal.reference_litres,
    )  # fmt: skip


def _sized(ratio: float, litres_per_day: float, thermal: parameters.Thermal) -> HotWaterSystem:
    """Installation of ``ratio`` m² of collector for one litre a day, whole collectors or not."""
    area = float(ratio * litres_per_day)
    return HotWaterSystem(area, area * thermal.tank_litres_per_m2, float(litres_per_day))


def _first_years(weather: WeatherSeries, count: int) -> WeatherSeries:
    """Cut a series after some years; shorter ones stay as they are."""
    steps = round(count * 8766 * 60 / weather.step_minutes)
    return dataclasses.replace(weather, data=weather.data.iloc[:steps])


def _free_gain(
    hours: SkyHours, tilt: float, azimuth: float, thermal: parameters.Thermal, albedo: float
) -> Floats:
    """Optical gain of an unshaded collector at every step of a series, W/m²."""
    tilt_rad, azimuth_rad = np.radians(tilt), np.radians(azimuth)
    normal = np.array([
        np.sin(tilt_rad) * np.sin(azimuth_rad), np.sin(tilt_rad) * np.cos(azimuth_rad),
        np.cos(tilt_rad),
    ])  # fmt: skip
    cosine = np.maximum(hours.vector @ normal, 0.0)
    weight = cosine * (hours.beam + hours.circumsolar) * beam_incidence(cosine, thermal)
    direct = np.bincount(hours.step, weight, minlength=len(hours.ghi))
    sky = hours.isotropic * (1.0 + np.cos(tilt_rad)) / 2.0 + hours.horizon_band * np.sin(tilt_rad)
    ground = albedo * hours.ghi * (1.0 - np.cos(tilt_rad)) / 2.0
    diffuse = np.maximum(sky, 0.0) + ground
    return thermal.eta0_beam * (direct + thermal.diffuse_modifier * diffuse)


def useful_heat(
    table: ThermalTable,
    surface_tilt: ArrayLike,
    surface_azimuth: ArrayLike,
    kept: ArrayLike,
    area_m2: ArrayLike,
    litres_per_day: ArrayLike,
) -> tuple[Floats, Floats]:
    """Yearly useful heat and heat wanted of installations, kWh, by interpolation of the table.

    Parameters
    ----------
    table
        Of the weather cell.
    surface_tilt, surface_azimuth
        Of the collectors, degrees, (n,).
    kept
        Shaded over unshaded irradiation of the plane, 0-1, (n,).
    area_m2, litres_per_day
        Collectors and hot water drawn by the whole installation, (n,). Below the smallest ratio
        of the table heat follows the area, above the largest it is held.
    """
    tilt, azimuth, kept, area, litres = (
        np.atleast_1d(np.asarray(v, np.float64))
        for v in (surface_tilt, surface_azimuth, kept, area_m2, litres_per_day)
    )
    azimuth = np.where(np.isnan(azimuth), 180.0, azimuth)
    ratio = area / litres
    ratios = _between(np.log(table.ratios), np.log(ratio))
    # the loss of a tank by litre falls with the root of its size
    sizes = _between(-1.0 / np.sqrt(table.litres), -1.0 / np.sqrt(litres))
    around = _around(table.azimuth_step, table.heat.shape[3], azimuth)
    total, size = np.zeros(len(tilt)), np.zeros(len(tilt))
    for r, vr in _corners(ratios):
        for n, vn in _corners(sizes):
            size += vr * vn * table.size[r, n]
        for k, vk in _corners(_between(table.shades, kept)):
            for t, vt in _corners(_between(table.tilts, tilt)):
                for a, va in around:
                    total += vr * vk * vt * va * table.heat[r, k, t, a]
    small = np.minimum(ratio / table.ratios[0], 1.0)
    wanted = table.wanted * litres
    return np.clip(total * size * small * litres, 0.0, wanted), wanted


def _corners(place: tuple[NDArray, NDArray, Floats]) -> tuple[tuple[NDArray, Floats], ...]:
    low, high, weight = place
    return (low, 1.0 - weight), (high, weight)


def _around(step: float, count: int, azimuth: Floats) -> list[tuple[NDArray, Floats]]:
    """Four nodes of a periodic grid around each azimuth and their weights (Catmull-Rom)."""
    turn = np.mod(azimuth, 360.0) / step
    first = np.floor(turn).astype(np.int64)
    x = turn - first
    weights = (
        x * (x * (2.0 - x) - 1.0) / 2.0,
        (x * x * (3.0 * x - 5.0) + 2.0) / 2.0,
        x * (x * (4.0 - 3.0 * x) + 1.0) / 2.0,
        x * x * (x - 1.0) / 2.0,
    )
    return [((first + k) % count, w) for k, w in zip((-1, 0, 1, 2), weights, strict=True)]


def _between(nodes: Floats, value: Floats) -> tuple[NDArray, NDArray, Floats]:
    """Nodes on either side of each value and the weight of the upper; held at the ends."""
    high = np.clip(np.searchsorted(nodes, value, side="right"), 1, len(nodes) - 1)
    low = high - 1
    weight = (value - nodes[low]) / (nodes[high] - nodes[low])
    return low, high, np.clip(np.nan_to_num(weight), 0.0, 1.0)
