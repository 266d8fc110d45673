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
    """Yearly useful heat by orientation, of one weather cell, kWh.

    ``heat`` (n_systems, n_shades, n_tilts, n_azimuths): systems are those of ``persons`` (one
    dwelling each) and, last, the share of one dwelling in a collective installation; shades are
    the kept shares of the irradiation. ``wanted`` (n_systems,): yearly demand. ``systems``:
    their sizes (collective: the whole installation).
    """

    persons: Floats
    systems: tuple[HotWaterSystem, ...]
    tilts: Floats
    azimuth_step: float
    shades: Floats
    heat: Floats
    wanted: Floats


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
    """Run every household size and the collective one on a grid of tilt, azimuth and shade.

    The grid runs over the first years of a long series; each system is then scaled by what the
    whole series gives over those years at the reference orientation.
    """
    systems = [household_system(persons, thermal) for persons in thermal.persons_nodes]
    systems.append(collective_system(thermal.collective_dwellings, thermal))
    azimuths = np.arange(0.0, 360.0, thermal.azimuth_step_deg)
    tilts = np.array(thermal.tilt_nodes)
    shades = np.array(sorted(thermal.shade_nodes))
    first = _first_years(weather, thermal.table_years)
    demand = _demand(first, thermal)
    steps = len(first.data)
    heat = np.zeros((len(systems), len(shades), len(tilts), len(azimuths)))
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
    wanted = np.zeros(len(systems))
    for s, system in enumerate(systems):
        whole = hot_water_years(reference, weather, system, thermal)
        part = _balance(reference[:steps], first, system, thermal, demand)
        heat[s] *= whole.year("delivered") / part.year("delivered")
        wanted[s] = whole.year("wanted")
    heat[-1] /= thermal.collective_dwellings
    wanted[-1] /= thermal.collective_dwellings
    return ThermalTable(
        np.array(thermal.persons_nodes), tuple(systems), tilts, thermal.azimuth_step_deg, shades,
        heat, wanted,
    )  # fmt: skip


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
    persons: ArrayLike,
) -> tuple[Floats, Floats]:
    """Yearly useful heat and heat wanted of one dwelling, kWh, by interpolation of the table.

    Parameters
    ----------
    table
        Of the weather cell.
    surface_tilt, surface_azimuth
        Of the collectors, degrees, (n,).
    kept
        Shaded over unshaded irradiation of the plane, 0-1, (n,).
    persons
        Of the dwelling, (n,); NaN for a dwelling of a collective installation.
    """
    tilt, azimuth, kept, persons = (
        np.atleast_1d(np.asarray(v, np.float64))
        for v in (surface_tilt, surface_azimuth, kept, persons)
    )
    azimuth = np.where(np.isnan(azimuth), 180.0, azimuth)
    together = np.isnan(persons)
    p0, p1, wp = _between(table.persons, np.where(together, table.persons[0], persons))
    last = len(table.persons)
    p0, p1 = np.where(together, last, p0), np.where(together, last, p1)
    k0, k1, wk = _between(table.shades, kept)
    t0, t1, wt = _between(table.tilts, tilt)
    count = table.heat.shape[3]
    turn = np.mod(azimuth, 360.0) / table.azimuth_step
    a0 = np.floor(turn).astype(np.int64) % count
    wa = turn - np.floor(turn)
    total = np.zeros(len(tilt))
    for p, vp in ((p0, 1.0 - wp), (p1, wp)):
        for k, vk in ((k0, 1.0 - wk), (k1, wk)):
            for t, vt in ((t0, 1.0 - wt), (t1, wt)):
                low = table.heat[p, k, t, a0]
                high = table.heat[p, k, t, (a0 + 1) % count]
                total += vp * vk * vt * ((1.0 - wa) * low + wa * high)
    return total, table.wanted[p0] * (1.0 - wp) + table.wanted[p1] * wp


def _between(nodes: Floats, value: Floats) -> tuple[NDArray, NDArray, Floats]:
    """Nodes on either side of each value and the weight of the upper; held at the ends."""
    high = np.clip(np.searchsorted(nodes, value, side="right"), 1, len(nodes) - 1)
    low = high - 1
    weight = (value - nodes[low]) / (nodes[high] - nodes[low])
    return low, high, np.clip(np.nan_to_num(weight), 0.0, 1.0)
