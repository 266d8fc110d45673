"""Hours of one plane or building: plane-of-array irradiance at every step of a series.

Not here: tables of the year (``plane_of_array``), production (room ``potential``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.angles import normal_from_angles
from cadastre.exchange import CumulativeSky, Horizons, SkyHours
from cadastre.irradiance.transposition import vertical_ratio
from cadastre.kernels.sky_integral import view_factor_tables
from cadastre.kernels.sky_sums import sky_seen, sunlit_share

MONTHS = 12


def hourly_plane_of_array(
    hours: SkyHours,
    surface_tilt: float,
    surface_azimuth: float,
    horizons: Horizons,
    area_m2: NDArray[np.float32],
    sky: CumulativeSky,
    parameters_sky: parameters.Sky,
) -> pd.DataFrame:
    """Irradiance of a plane at every step, mean of its samples under their skylines.

    Parameters
    ----------
    hours
        Sun and sky of the series (``sky.sun.sky_hours``), of the same cell as ``sky``.
    surface_tilt, surface_azimuth
        Of the plane, degrees, azimuth from true north. Published azimuths of nearly flat roofs
        are NaN: take that of their slopes (``plane_a``, ``plane_b``), which their year has used.
    horizons
        Skylines of the plane's samples (``Horizons.of``).
    area_m2
        Area of each sample, (n_samples,).
    sky
        Tables of the cell (they give the light of walls over that of the ground).
    parameters_sky
        Albedo, transmittance of vegetation.

    Raises
    ------
    ValueError
        No azimuth for a plane that is not level.

    Returns
    -------
    DataFrame
        Index of the series; ``poa_direct`` (beam), ``poa_sky_diffuse`` (circumsolar
        included), ``poa_ground_diffuse`` (ground and what hides the sky), ``poa_global``,
        W/m², and ``sunlit_fraction``, the share of the plane that sees the sun, NaN where there
        is none. The sums agree with the tables of the year within their discretisation.
    """
    if np.isnan(surface_azimuth) and surface_tilt > 0.0:
        raise ValueError("a plane that leans has an azimuth")
    weights = np.asarray(area_m2, np.float64) / np.asarray(area_m2, np.float64).sum()
    azimuth = 180.0 if np.isnan(surface_azimuth) else float(surface_azimuth)
    normal = np.ascontiguousarray(normal_from_angles(float(surface_tilt), azimuth))
    month = (hours.times + pd.Timedelta(minutes=hours.step_minutes / 2)).month.to_numpy() - 1
    through = np.asarray(parameters_sky.vegetation_transmittance, np.float64)
    walls = vertical_ratio(sky, parameters_sky.albedo)
    cosine = np.maximum(hours.vector @ normal, 0.0)

    parts = _under(hours, normal, horizons.elevation, weights)
    if horizons.opaque_elevation is not None and through.any():
        bare = _under(hours, normal, horizons.opaque_elevation, weights)
        share = through[month]
        lit = parts[0] + through[month[hours.step]] * (bare[0] - parts[0])
        view, band, lost = (a + share * (b - a) for a, b in zip(parts[1:], bare[1:]))
    else:
        lit = parts[0]
        view, band, lost = (np.full(len(month), value) for value in parts[1:])

    count = len(hours.times)
    beam = np.bincount(hours.step, weights=hours.beam * cosine * lit, minlength=count)
    around = np.bincount(hours.step, weights=hours.circumsolar * cosine * lit, minlength=count)
    diffuse = around + hours.isotropic * view + hours.horizon_band * band
    albedo = parameters_sky.albedo
    openness = horizons.sky_openness.astype(np.float64)
    bounce = albedo * openness / (1.0 - albedo * (1.0 - openness))
    mean_bounce = float(weights @ bounce)
    seen = 0.5 * (1.0 - normal[2]) + walls[month] * lost
    frame = pd.DataFrame(
        {
            "poa_direct": beam,
            "poa_sky_diffuse": np.maximum(diffuse, 0.0),
            "poa_ground_diffuse": hours.ghi * mean_bounce * seen,
        },
        index=hours.times,
    )
    frame["poa_global"] = frame.sum(axis=1)
    suns = np.bincount(hours.step, minlength=count)
    with np.errstate(invalid="ignore"):
        frame["sunlit_fraction"] = np.bincount(hours.step, weights=lit, minlength=count) / suns
    return frame


def _under(
    hours: SkyHours, normal: NDArray, skylines: NDArray[np.float32], weights: NDArray
) -> tuple[NDArray, float, float, float]:
    """Sunlit share of each sun; mean view factor, horizon-band factor, lost view factor."""
    lit = np.empty(len(hours.step))
    sunlit_share(hours.solar_azimuth, hours.solar_elevation, normal, skylines, weights, lit)
    lost = np.empty((len(skylines), 2))
    sectors = skylines.shape[1]
    azimuths = np.arange(sectors) * (2.0 * np.pi / sectors)
    cosines = np.stack([np.sin(azimuths), np.cos(azimuths)], axis=-1)
    sky_seen(skylines, normal, cosines, view_factor_tables(), hours.horizon_band_deg, lost)
    lost_view, lost_band = (float(weights @ lost[:, k]) for k in range(2))
    slope = float(np.hypot(normal[0], normal[1]))
    return lit, 0.5 * (1.0 + normal[2]) - lost_view, slope - lost_band, lost_view
