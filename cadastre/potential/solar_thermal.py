"""Solar hot water: what collectors give to a tank, hour by hour, and a table for territories.

Steady-state collector equation of ISO 9806 on a mixed tank that preheats the water of a
dwelling (CESI) or of several; the rest of the heat comes from elsewhere, after the tank. Useful
heat is what the tank gives to the water drawn, so it is bounded by the demand.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cadastre import parameters
from cadastre.exchange import SkyHours, WeatherSeries
from cadastre.kernels.water_tank import run_tank

MONTHS = 12
_COLUMNS = ("collected", "delivered", "wanted", "tank_lost", "pipe_lost", "pump_hours")
_HEAT_WH = 1.163
_MOST_KB_ANGLE = 85.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HotWaterSystem:
    """Collectors, tank and demand of one installation: m², litres, litres a day."""

    area_m2: float
    tank_litres: float
    litres_per_day: float


@dataclass(frozen=True)
class HotWaterYears:
    """Balance of an installation over a series.

    ``monthly`` (12, 6): mean year by month, columns collected (into the tank), delivered (useful
    heat), wanted (heat of the hot water drawn), tank_lost, pipe_lost in kWh, pump_hours.
    ``stored_kwh``: rise of the tank's content over the whole series; ``years``: its length.
    """

    monthly: Floats
    stored_kwh: float
    years: float

    def year(self, name: str) -> float:
        """Yearly sum of one column of the balance."""
        return float(self.monthly[:, _COLUMNS.index(name)].sum())

    @property
    def solar_fraction(self) -> float:
        """Useful heat over heat wanted, 0-1."""
        return self.year("delivered") / self.year("wanted")


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


def household_system(persons: float, thermal: parameters.Thermal) -> HotWaterSystem:
    """Size the installation of one dwelling: whole collectors, tank and demand."""
    wanted = persons * thermal.area_per_person_m2 / thermal.collector_area_m2
    area = max(np.ceil(wanted - 0.25), 1.0) * thermal.collector_area_m2
    return HotWaterSystem(
        float(area),
        float(area * thermal.tank_litres_per_m2),
        persons * thermal.litres_per_person_day,
    )


def collective_system(dwellings: float, thermal: parameters.Thermal) -> HotWaterSystem:
    """Size one installation for several dwellings of average size."""
    persons = dwellings * thermal.persons_per_dwelling
    share = persons * thermal.area_per_person_m2 * thermal.collective_area_share
    area = max(np.ceil(share / thermal.collector_area_m2 - 0.25), 1.0) * thermal.collector_area_m2
    return HotWaterSystem(
        float(area),
        float(area * thermal.tank_litres_per_m2),
        persons * thermal.litres_per_person_day,
    )


def beam_incidence(cosine: ArrayLike, thermal: parameters.Thermal) -> Floats:
    """Incidence modifier of the beam, 1 - b0 (1/cos - 1), never negative; zero past 85 degrees."""
    lowest = np.cos(np.radians(_MOST_KB_ANGLE))
    c = np.maximum(np.asarray(cosine, np.float64), lowest)
    return np.maximum(1.0 - thermal.incidence_b0 * (1.0 / c - 1.0), 0.0)


def collector_gain(
    poa_direct: ArrayLike, poa_diffuse: ArrayLike, aoi: ArrayLike, thermal: parameters.Thermal
) -> Floats:
    """Light turned into heat before losses, W per m² of collector (ISO 9806, optical part).

    ``poa_direct`` holds beam and circumsolar, ``poa_diffuse`` sky and ground, W/m²; ``aoi`` the
    angle of incidence in degrees.
    """
    kb = beam_incidence(np.cos(np.radians(np.asarray(aoi, np.float64))), thermal)
    direct = np.asarray(poa_direct, np.float64) * kb
    return thermal.eta0_beam * (
        direct + thermal.diffuse_modifier * np.asarray(poa_diffuse, np.float64)
    )


def hot_water_years(
    gain: Floats,
    weather: WeatherSeries,
    system: HotWaterSystem,
    thermal: parameters.Thermal,
) -> HotWaterYears:
    """Run one installation through a whole series.

    Parameters
    ----------
    gain
        As :func:`collector_gain` gives it, at each step of ``weather``.
    weather
        Regular series; air temperature and calendar are read.
    system
        Sizes.
    thermal
        Collector, tank, demand.
    """
    day, cold, month = _demand(weather, thermal)
    return _balance(gain, weather, system, thermal, (day, cold, month))


def _balance(
    gain: Floats,
    weather: WeatherSeries,
    system: HotWaterSystem,
    thermal: parameters.Thermal,
    demand: tuple[Floats, Floats, NDArray[np.int64]],
) -> HotWaterYears:
    """Run the tank over a series whose demand is known by its shape (litres of one a day)."""
    day, cold, month = demand
    hours = weather.step_minutes / 60.0
    monthly = np.zeros((MONTHS, len(_COLUMNS)))
    last = run_tank(
        np.ascontiguousarray(gain, np.float64),
        weather.data["temp_air"].to_numpy(np.float64),
        day * system.litres_per_day, cold, month, hours, _settings(system, thermal),
        system.tank_litres, system.area_m2, thermal.start_c, monthly,
    )  # fmt: skip
    years = len(gain) * hours / 8766.0
    if weather.typical_year or 0.99 < years < 1.01:
        years = 1.0
    stored = (last - thermal.start_c) * system.tank_litres * _HEAT_WH / 1000.0
    return HotWaterYears(monthly / years, stored, years)


def _settings(system: HotWaterSystem, thermal: parameters.Thermal) -> Floats:
    loss = thermal.tank_loss_w_per_k * np.sqrt(system.tank_litres)
    return np.array([
        thermal.loss_a1, thermal.loss_a2, thermal.exchanger_w_per_m2_k, thermal.pipe_loss_share,
        thermal.pump_start_w_m2, loss, thermal.tank_max_c, thermal.tank_room_c, thermal.use_c,
    ])  # fmt: skip


def _demand(
    weather: WeatherSeries, thermal: parameters.Thermal
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Share of a day's water drawn, cold water in °C, month at each step (solar time)."""
    start = pd.DatetimeIndex(weather.data.index)
    middle = start + pd.Timedelta(minutes=weather.step_minutes / 2)
    solar = middle + pd.Timedelta(hours=weather.longitude / 15.0)
    profile = np.array(thermal.draw_profile)
    profile = profile / profile.sum()
    hours = weather.step_minutes / 60.0
    draw = profile[solar.hour.to_numpy()] * hours
    turn = 2.0 * np.pi * (middle.day_of_year.to_numpy() - thermal.cold_peak_day) / 365.25
    cold = thermal.cold_mean_c + thermal.cold_swing_c * np.cos(turn)
    return draw, cold, middle.month.to_numpy().astype(np.int64) - 1


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
    demand = _demand(first, thermal)
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
                    found = _balance(gain * kept, first, system, thermal, demand)
                    heat[s, k, t, a] = found.year("delivered")
    reference = _free_gain(hours, thermal.reference_tilt_deg, 180.0, thermal, albedo)
    size = np.ones((len(ratios), len(litres)))
    for s, system in enumerate(systems):
        whole = hot_water_years(reference, weather, system, thermal)
        part = _balance(reference[:steps], first, system, thermal, demand)
        heat[s] *= whole.year("delivered") / part.year("delivered")
        for n, drawn in enumerate(litres):
            other = _sized(ratios[s], drawn, thermal)
            found = _balance(reference[:steps], first, other, thermal, demand)
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
