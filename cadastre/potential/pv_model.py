"""From plane-of-array irradiance to alternating current, hour by hour, per kWp.

Reflection losses (Martin and Ruiz), cell temperature by mounting, efficiency at low light, power
by temperature, stated losses, inverter with clipping; all by pvlib. Shading is not a loss here:
the irradiance given already carries it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pvlib import iam, inverter, temperature

from cadastre import parameters

MOUNTINGS = ("open_rack", "on_roof", "integrated")
STC_IRRADIANCE = 1000.0
STC_TEMPERATURE = 25.0
_KWP_W = 1000.0
_LOSSES = (
    "soiling", "snow", "mismatch", "wiring", "connections", "light_induced", "nameplate",
    "availability",
)  # fmt: skip


def system_loss(pv: parameters.Photovoltaics) -> float:
    """All stated losses together, 0-1: one minus the product of what each leaves.

    Follows PVWatts v5 (Dobos 2014, doi:10.2172/1158421) without its shading loss.
    """
    return 1.0 - float(np.prod([1.0 - getattr(pv, f"loss_{name}") for name in _LOSSES]))


def life_factor(pv: parameters.Photovoltaics) -> float:
    """Mean power over the life of the modules relative to the first year, 0-1."""
    years = np.arange(pv.life_years)
    return float(np.mean((1.0 - pv.degradation_per_year) ** years))


def diffuse_modifiers(
    surface_tilt: ArrayLike, pv: parameters.Photovoltaics
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of sky and of ground diffuse that passes the glass, 0-1; tilt in degrees.

    Martin and Ruiz 2001, doi:10.1016/S0927-0248(00)00408-6. A level plane sees no ground: the
    ground's share is then that of the sky.
    """
    tilt = np.asarray(surface_tilt, np.float64)
    shares = iam.martin_ruiz_diffuse(tilt, a_r=pv.iam_a_r)
    sky = np.asarray(shares["sky"], np.float64)
    return sky, np.where(tilt > 0.0, shares["ground"], sky).astype(np.float64)


def beam_modifier(aoi: ArrayLike, pv: parameters.Photovoltaics) -> NDArray[np.float64]:
    """Share of the beam that passes the glass, 0-1, for angles of incidence in degrees."""
    return np.asarray(iam.martin_ruiz(aoi, a_r=pv.iam_a_r), np.float64)


def low_light_efficiency(
    effective_irradiance: ArrayLike, pv: parameters.Photovoltaics
) -> NDArray[np.float64]:
    """Efficiency relative to full light: 1 + k1 ln G + k2 ln² G, never negative.

    Irradiance part of the model of Huld et al. 2011, doi:10.1016/j.solmat.2011.07.020; G is the
    effective irradiance in kW/m².
    """
    light = np.log(np.maximum(np.asarray(effective_irradiance, np.float64), 1e-3) / 1e3)
    k1, k2 = pv.low_light
    return np.maximum(1.0 + light * (k1 + k2 * light), 0.0)


def cell_temperature(
    poa_global: ArrayLike,
    temp_air: ArrayLike,
    wind_speed: ArrayLike,
    mounting: str,
    pv: parameters.Photovoltaics,
) -> NDArray[np.float64]:
    """Cell temperature in °C of a mounting of ``MOUNTINGS`` (pvlib's PVsyst model)."""
    which = MOUNTINGS.index(mounting)
    return temperature.pvsyst_cell(
        np.asarray(poa_global, np.float64),
        np.asarray(temp_air, np.float64),
        np.asarray(wind_speed, np.float64),
        u_c=pv.heat_loss_constant[which],
        u_v=pv.heat_loss_wind[which],
        module_efficiency=pv.module_efficiency,
        alpha_absorption=pv.heat_absorption,
    )


def dc_power(
    effective_irradiance: ArrayLike, temp_cell: ArrayLike, pv: parameters.Photovoltaics
) -> NDArray[np.float64]:
    """DC power of 1 kWp before losses, W.

    PVWatts' linear law in temperature on the low-light efficiency; with the cross terms
    (k4, k5, k6) of Huld it is that model exactly (k3 is gamma_pdc).
    """
    effective = np.asarray(effective_irradiance, np.float64)
    warm = np.asarray(temp_cell, np.float64) - STC_TEMPERATURE
    factor = low_light_efficiency(effective, pv) + pv.gamma_pdc * warm
    if any(pv.thermal_cross):
        light = np.log(np.maximum(effective, 1e-3) / STC_IRRADIANCE)
        k4, k5, k6 = pv.thermal_cross
        factor = factor + warm * (k4 * light + k5 * light * light + k6 * warm)
    return np.maximum(_KWP_W * effective / STC_IRRADIANCE * factor, 0.0)


def ac_power(pdc: ArrayLike, pv: parameters.Photovoltaics) -> NDArray[np.float64]:
    """AC power of 1 kWp after stated losses and the inverter, W (pvlib's PVWatts inverter)."""
    net = np.asarray(pdc, np.float64) * (1.0 - system_loss(pv))
    limit = _KWP_W / pv.dc_ac_ratio / pv.inverter_efficiency
    return np.asarray(inverter.pvwatts(net, limit, pv.inverter_efficiency), np.float64)


def hourly_yield(  # noqa: PLR0913 - irradiance components, weather and module are all needed
    poa_direct: ArrayLike,
    poa_sky_diffuse: ArrayLike,
    poa_ground_diffuse: ArrayLike,
    aoi: ArrayLike,
    surface_tilt: float,
    temp_air: ArrayLike,
    wind_speed: ArrayLike,
    mounting: str,
    pv: parameters.Photovoltaics,
) -> NDArray[np.float64]:
    """AC power of 1 kWp at each time step, W.

    Parameters
    ----------
    poa_direct, poa_sky_diffuse, poa_ground_diffuse
        Irradiance in the plane, W/m², shading included; direct holds beam and circumsolar.
    aoi
        Angle of incidence of the sun on the plane, degrees.
    surface_tilt
        Tilt of the modules, degrees.
    temp_air, wind_speed
        °C and m/s.
    mounting
        One of ``MOUNTINGS``.
    pv
        Module, losses and inverter.
    """
    sky, ground = diffuse_modifiers(surface_tilt, pv)
    direct = np.asarray(poa_direct, np.float64)
    diffuse = np.asarray(poa_sky_diffuse, np.float64)
    reflected = np.asarray(poa_ground_diffuse, np.float64)
    effective = direct * beam_modifier(aoi, pv) + diffuse * sky + reflected * ground
    cell = cell_temperature(direct + diffuse + reflected, temp_air, wind_speed, mounting, pv)
    return ac_power(dc_power(effective, cell, pv), pv)
