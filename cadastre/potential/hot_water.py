"""Solar hot water hour by hour: collectors, a mixed tank, the water drawn.

Steady-state collector equation of ISO 9806 on a mixed tank that preheats the water of a
dwelling (CESI) or of several; the rest of the heat comes from elsewhere, after the tank. Useful
heat is what the tank gives to the water drawn, so it is bounded by the demand. The table for
territories stands in ``solar_thermal``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cadastre import parameters
from cadastre.exchange import WeatherSeries
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


def household_system(persons: float, thermal: parameters.Thermal) -> HotWaterSystem:
    """Size the installation of one dwelling: the nearest number of collectors, tank, demand."""
    return _system(persons, persons * thermal.area_per_person_m2, thermal)


def collective_system(dwellings: float, thermal: parameters.Thermal) -> HotWaterSystem:
    """Size one installation for several dwellings of average size."""
    persons = dwellings * thermal.persons_per_dwelling
    share = persons * thermal.area_per_person_m2 * thermal.collective_area_share
    return _system(persons, share, thermal)


def _system(persons: float, wanted_m2: float, thermal: parameters.Thermal) -> HotWaterSystem:
    """Collectors nearest to an area, one at least."""
    number = max(np.floor(wanted_m2 / thermal.collector_area_m2 + 0.5), 1.0)
    area = float(number * thermal.collector_area_m2)
    return HotWaterSystem(
        area, area * thermal.tank_litres_per_m2, persons * thermal.litres_per_person_day
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
    day, cold, month = demand_shape(weather, thermal)
    return balance(gain, weather, system, thermal, (day, cold, month))


def balance(
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


def demand_shape(
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
