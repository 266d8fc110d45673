"""Production of one building hour by hour, on demand, from the light of its planes.

The year's figures come from the yield table (``pv_yield``); these hours agree with it within
1 % and serve what needs a profile, such as self-consumption.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.angles import normal_from_angles
from cadastre.exchange import SkyHours, WeatherSeries
from cadastre.potential.pv_model import (
    ac_power,
    beam_modifier,
    cell_temperature,
    dc_power,
    diffuse_modifiers,
)
from cadastre.potential.rack_shade import beam_left, racks, shaded_fraction, sky_left

Floats = NDArray[np.float64]


def hourly_production(
    light: pd.DataFrame,
    hours: SkyHours,
    weather: WeatherSeries,
    surface_tilt: float,
    surface_azimuth: float,
    layout: str,
    module: parameters.Modules,
    pv: parameters.Photovoltaics,
) -> pd.Series:
    """AC power of 1 kWp of modules at each step of a series, W.

    Parameters
    ----------
    light
        poa_direct (beam alone), poa_sky_diffuse (circumsolar included), poa_ground_diffuse in
        the plane of the *modules*, W/m², shade included: what the room ``irradiance`` gives for
        the samples of the roof and this tilt and azimuth.
    hours, weather
        Of the same series.
    surface_tilt, surface_azimuth
        Of the modules, degrees (a NaN azimuth counts as south).
    layout
        ``pitched``, ``rack_south`` or ``rack_east_west``: racks shade the row behind.
    module, pv
        Racks, module, losses, inverter.

    Returns
    -------
    pandas.Series
        On the index of ``light``.
    """
    azimuth = 180.0 if np.isnan(surface_azimuth) else float(surface_azimuth)
    sun = _sun_on_plane(hours, float(surface_tilt), azimuth)
    beam = light["poa_direct"].to_numpy(np.float64)
    lit = np.clip(beam / np.maximum(sun["beam"], 1e-9), 0.0, 1.0)
    around = np.minimum(lit * sun["around"], light["poa_sky_diffuse"].to_numpy(np.float64))
    direct = beam + around
    sky = light["poa_sky_diffuse"].to_numpy(np.float64) - around
    ground = light["poa_ground_diffuse"].to_numpy(np.float64)
    through = direct * beam_modifier(sun["aoi"], pv)
    mounting = pv.pitched_mounting
    for rack in racks(module, pv):
        if rack.name == layout:
            mounting = "open_rack"
            shaded = shaded_fraction(rack, azimuth, sun["elevation"], sun["azimuth"])
            through = through * beam_left(shaded, rack.blocks)
            direct = direct * (1.0 - shaded)
            sky = sky * sky_left(rack)
    sky_share, ground_share = diffuse_modifiers(float(surface_tilt), pv)
    effective = through + sky * sky_share + ground * ground_share
    data = weather.data
    cell = cell_temperature(
        direct + sky + ground, data["temp_air"], data["wind_speed"], mounting, pv
    )
    return pd.Series(ac_power(dc_power(effective, cell, pv), pv), index=light.index, name="pac")


def _sun_on_plane(hours: SkyHours, tilt: float, azimuth: float) -> dict[str, Floats]:
    """Free beam and circumsolar, incidence and place of the sun at each step.

    Steps with several positions of a low sun take their means, weighted by the light each sends
    to the plane.
    """
    count = len(hours.times)
    cosine = np.maximum(hours.vector @ normal_from_angles(tilt, azimuth), 0.0)
    weight = (hours.beam + hours.circumsolar) * cosine + 1e-12

    def mean(values: Floats) -> Floats:
        total = np.bincount(hours.step, weight, minlength=count)
        return np.bincount(hours.step, weight * values, minlength=count) / np.maximum(total, 1e-12)

    east, north, up = (mean(hours.vector[:, i]) for i in range(3))
    return {
        "beam": np.bincount(hours.step, hours.beam * cosine, minlength=count),
        "around": np.bincount(hours.step, hours.circumsolar * cosine, minlength=count),
        "aoi": np.degrees(np.arccos(np.clip(mean(cosine), 0.0, 1.0))),
        "elevation": np.degrees(np.arctan2(up, np.maximum(np.hypot(east, north), 1e-12))),
        "azimuth": np.mod(np.degrees(np.arctan2(east, north)), 360.0),
    }
