"""Where the sun stands during each step of a weather series, and how the diffuse light splits.

Here: positions (pvlib, apparent elevation, mid-interval) and the three parts of the diffuse sky.
Not here: tables by sector (``cumulative_sky``), roofs, skylines.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.exchange import SkyHours, WeatherSeries

_TINY_IRRADIANCE = 1e-9
# lower limits of cos(zenith) written into the models themselves, as pvlib has them
_LOWEST_COSINE = {"perez": float(np.cos(np.radians(85.0))), "haydavies": 0.01745}


def sky_hours(weather: WeatherSeries, sky: parameters.Sky) -> SkyHours:
    """Sun positions and diffuse parts of every step of a series.

    A step whose sun stands below ``low_sun_deg`` at mid-interval is followed at
    ``low_sun_step_minutes``: its beam is shared between the positions above the horizon, which
    keeps the irradiation of the hours of sunrise and sunset that a mid-interval sun loses. Where
    the sun is up at mid-interval, the vectors of a step (not the positions) are shifted together
    so that their mean is the mid-interval vector: GHI, DNI and DHI stay closed and a plane that
    sees the whole step receives exactly what an hour-by-hour computation gives.

    Parameters
    ----------
    weather
        Regular series; label = start of the step.
    sky
        Diffuse model, low sun.

    Returns
    -------
    SkyHours
        W/m², degrees; diffuse with the sun below the horizon is isotropic.
    """
    data = weather.data
    middles = pd.DatetimeIndex(data.index) + pd.Timedelta(minutes=weather.step_minutes / 2)
    ghi, dni, dhi = (
        np.maximum(data[name].to_numpy(np.float64), 0.0) for name in ("ghi", "dni", "dhi")
    )
    lit = np.flatnonzero((dni > 0.0) | (dhi > 0.0) | (ghi > 0.0))
    middle = _positions(weather, middles[lit])
    parts = _diffuse_parts(middles[lit], dni[lit], dhi[lit], middle, sky)

    isotropic = np.zeros(len(data))
    horizon_band = np.zeros(len(data))
    isotropic[lit] = parts["isotropic"]
    horizon_band[lit] = parts["horizon_band"]

    coarse, fine = _sun_vectors(weather, sky, lit, middle)
    beam_of = dict(zip(("beam", "circumsolar"), (dni[lit], parts["circumsolar"])))
    positions = pd.concat([coarse, fine], ignore_index=True).sort_values("lit", kind="stable")
    of = positions["lit"].to_numpy()
    share = positions["share"].to_numpy()
    beam, circumsolar = (share * beam_of[name][of] for name in ("beam", "circumsolar"))
    keep = (beam + circumsolar) > _TINY_IRRADIANCE
    return SkyHours(
        times=data.index,
        step_minutes=weather.step_minutes,
        horizon_band_deg=sky.horizon_band_deg,
        ghi=ghi,
        isotropic=isotropic,
        horizon_band=horizon_band,
        step=lit[of][keep],
        solar_azimuth=positions["azimuth"].to_numpy()[keep],
        solar_elevation=positions["elevation"].to_numpy()[keep],
        vector=positions[["east", "north", "up"]].to_numpy()[keep],
        beam=beam[keep],
        circumsolar=circumsolar[keep],
    )


def _positions(weather: WeatherSeries, times: pd.DatetimeIndex) -> pd.DataFrame:
    """Apparent elevation and azimuth of the sun, degrees, one row a time."""
    if len(times) == 0:
        return pd.DataFrame({"elevation": np.empty(0), "azimuth": np.empty(0)})
    found = pvlib.solarposition.get_solarposition(
        times, weather.latitude, weather.longitude, weather.altitude
    )
    return pd.DataFrame(
        {
            "elevation": found["apparent_elevation"].to_numpy(),
            "azimuth": found["azimuth"].to_numpy(),
        }
    )


def _vectors(elevation: NDArray, azimuth: NDArray) -> NDArray[np.float64]:
    """Return unit vectors (east, north, up) of elevations and azimuths in degrees."""
    h, a = np.radians(elevation), np.radians(azimuth)
    return np.stack([np.cos(h) * np.sin(a), np.cos(h) * np.cos(a), np.sin(h)], axis=-1)


def _frame(
    lit: NDArray, elevation: NDArray, azimuth: NDArray, share: NDArray, vector: NDArray
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "lit": lit,
            "elevation": elevation,
            "azimuth": azimuth,
            "share": share,
            "east": vector[:, 0],
            "north": vector[:, 1],
            "up": vector[:, 2],
        }
    )


def _sun_vectors(
    weather: WeatherSeries, sky: parameters.Sky, lit: NDArray, middle: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Positions of high suns (one a step) and of low suns (several a step, those up)."""
    elevation, azimuth = middle["elevation"].to_numpy(), middle["azimuth"].to_numpy()
    count = int(np.ceil(weather.step_minutes / sky.low_sun_step_minutes - 1e-9))
    # half a step moves the sun by at most 15 degrees an hour
    reach = 15.0 * weather.step_minutes / 60.0 / 2.0
    low = (elevation < sky.low_sun_deg) & (elevation > -reach) & (count > 1)
    high = np.flatnonzero((elevation > 0.0) & ~low)
    coarse = _frame(
        high,
        elevation[high],
        azimuth[high],
        np.ones(len(high)),
        _vectors(elevation[high], azimuth[high]),
    )
    which = np.flatnonzero(low)
    if len(which) == 0:
        return coarse, coarse.iloc[:0]
    offsets = (np.arange(count) + 0.5) / count * weather.step_minutes
    starts = weather.data.index[lit[which]]
    times = starts.repeat(count) + pd.to_timedelta(np.tile(offsets, len(which)), unit="min")
    found = _positions(weather, times)
    shape = (len(which), count)
    fine_elevation = found["elevation"].to_numpy().reshape(shape)
    fine_azimuth = found["azimuth"].to_numpy().reshape(shape)
    up = fine_elevation > 0.0
    share = up / np.maximum(up.sum(axis=1), 1)[:, None]
    vector = _vectors(fine_elevation, fine_azimuth)
    mean = (vector * share[:, :, None]).sum(axis=1)
    drift = _vectors(elevation[which], azimuth[which]) - mean
    vector += np.where((elevation[which] > 0.0)[:, None], drift, 0.0)[:, None, :]
    fine = _frame(
        np.repeat(which, count),
        fine_elevation.ravel(),
        fine_azimuth.ravel(),
        share.ravel(),
        vector.reshape(-1, 3),
    )
    return coarse, fine[up.ravel()]


def _diffuse_parts(
    times: pd.DatetimeIndex,
    dni: NDArray,
    dhi: NDArray,
    middle: pd.DataFrame,
    sky: parameters.Sky,
) -> dict[str, NDArray[np.float64]]:
    """Split diffuse irradiance: isotropic (horizontal), circumsolar (normal), horizon band.

    Perez 1990 through pvlib: a vertical plane facing the sun receives ``dhi (1 - F1) / 2``
    from the uniform sky and ``dhi F2`` from the horizon band, from which the three parts of any
    plane follow; the circumsolar part is ``dhi F1 / max(cos 85, cos z)``. Hay-Davies has no
    horizon band; its circumsolar part is ``dhi dni / dni_extra / max(cos z, 0.01745)``.
    """
    zenith = 90.0 - middle["elevation"].to_numpy()
    azimuth = middle["azimuth"].to_numpy()
    none = np.zeros(len(dhi))
    parts = {"isotropic": dhi.copy(), "circumsolar": none.copy(), "horizon_band": none.copy()}
    up = np.flatnonzero((zenith < 90.0) & (dhi > 0.0))
    if len(up) == 0:
        return parts
    extra = np.asarray(
        pvlib.irradiance.get_extra_radiation(times[up].day_of_year.to_numpy()), np.float64
    )
    # a plane whose normal points at the sun's azimuth, on the horizon
    facing = (np.full(len(up), 90.0), azimuth[up])
    sun = (zenith[up], azimuth[up])
    if sky.diffuse_model == "perez":
        airmass = pvlib.atmosphere.get_relative_airmass(zenith[up])
        found = pvlib.irradiance.perez(
            *facing, dhi[up], dni[up], extra, *sun, airmass, return_components=True
        )
    else:
        found = pvlib.irradiance.haydavies(
            *facing, dhi[up], dni[up], extra, *sun, return_components=True
        )
    isotropic = 2.0 * np.asarray(found["poa_isotropic"])
    band = np.zeros(len(up))
    if sky.diffuse_model == "perez":
        band = np.asarray(found["poa_horizon"])
    # pvlib zeroes every part of a plane whose sum would be negative: back to a uniform sky
    lost = (isotropic == 0.0) & (band == 0.0)
    isotropic = np.where(lost, dhi[up], isotropic)
    lowest = _LOWEST_COSINE[sky.diffuse_model]
    around = (dhi[up] - isotropic) / np.maximum(np.cos(np.radians(zenith[up])), lowest)
    parts["isotropic"][up] = isotropic
    parts["circumsolar"][up] = around
    parts["horizon_band"][up] = band
    return parts
