"""Hourly balance of a mixed solar tank fed by collectors and emptied by draws of hot water."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]

_HEAT_WH = 1.163  # Wh per litre and kelvin


@kernel
def run_tank(
    gain: Reals,
    temp_air: Reals,
    draw_litres: Reals,
    cold: Reals,
    month: Whole,
    hours: float,
    settings: Reals,
    litres: float,
    area: float,
    start: float,
    monthly: Reals,
) -> float:
    """Run one installation through a series; returns the last temperature of the tank.

    Parameters
    ----------
    gain
        (n,) light turned into heat at no loss, W per m² of collector: eta0 (Kb Gb + Kd Gd).
    temp_air, cold
        (n,) air and cold water, °C.
    draw_litres
        (n,) hot water wanted in the step at the temperature of use, litres.
    month
        (n,) 0 to 11.
    hours
        Length of a step, h.
    settings
        (9,): a1, a2, exchanger W/m²/K, pipe loss share, pump start W/m², tank loss W/K,
        tank maximum, room, temperature of use.
    litres, area, start
        Volume of the tank (l), collector area (m²), first temperature (°C).
    monthly
        (12, 6) receives kWh into the tank, delivered, wanted, lost by the tank, lost by pipes,
        and hours of pump; added to what it holds.

    The collector follows ISO 9806 in steady state at the temperature of the tank, halfway
    through what it gains in the step; the tank cools exponentially, then gives hot water, mixed
    with cold where it is hotter than needed, at most its volume in one step.
    """
    a1, a2, exchanger, pipe_share, pump_start = (
        settings[0],
        settings[1],
        settings[2],
        settings[3],
        settings[4],
    )
    tank_loss, top, room, use = settings[5], settings[6], settings[7], settings[8]
    capacity = litres * _HEAT_WH
    cooled = 1.0 - np.exp(-tank_loss * hours / capacity)
    rise = area * hours * (1.0 - pipe_share) / (2.0 * capacity)
    tank = start
    for i in range(len(gain)):
        collected = 0.0
        pipes = 0.0
        pumped = 0.0
        if gain[i] > 0.0 and tank < top:
            warm = tank - temp_air[i]
            steep = a1 + 2.0 * a2 * abs(warm)
            flux = (gain[i] - a1 * warm - a2 * warm * abs(warm)) / (
                1.0 + a1 / exchanger + steep * rise
            )
            if flux > pump_start:
                heat = flux * area * hours
                collected = min(heat * (1.0 - pipe_share), (top - tank) * capacity)
                pipes = collected * pipe_share / (1.0 - pipe_share)
                pumped = hours
        lost = capacity * (tank - room) * cooled
        tank += (collected - lost) / capacity
        wanted = draw_litres[i] * _HEAT_WH * (use - cold[i])
        delivered = 0.0
        if draw_litres[i] > 0.0 and tank > cold[i]:
            share = min((use - cold[i]) / (tank - cold[i]), 1.0)
            drawn = min(draw_litres[i] * share, litres)
            delivered = drawn * _HEAT_WH * (tank - cold[i])
            tank -= delivered / capacity
        m = month[i]
        monthly[m, 0] += collected / 1000.0
        monthly[m, 1] += delivered / 1000.0
        monthly[m, 2] += wanted / 1000.0
        monthly[m, 3] += lost / 1000.0
        monthly[m, 4] += pipes / 1000.0
        monthly[m, 5] += pumped
    return tank
