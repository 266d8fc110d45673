"""What the yield of planes is looked up in: factors by orientation, and the light planes receive.

Values and their interpolation only; ``yield_hours`` fills them, ``pv_yield`` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cadastre.potential.pv_model import MOUNTINGS

MONTHS = 12
STATES = ((1.0, False), (0.0, False), (1.0, True), (0.0, True))  # beam kept, diffuse dimmed
TINY = 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Received:
    """Irradiation of planes by month, kWh/m², each (n, 12); ``unshaded`` is their free total."""

    direct: Floats
    sky_diffuse: Floats
    reflected: Floats
    unshaded: Floats

    @property
    def total(self) -> Floats:
        """Shaded total by month."""
        return self.direct + self.sky_diffuse + self.reflected

    def at(self, rows: NDArray) -> Received:
        """Return the rows asked for."""
        return Received(
            self.direct[rows], self.sky_diffuse[rows], self.reflected[rows], self.unshaded[rows]
        )


@dataclass(frozen=True)
class MountingTable:
    """Factors of one mounting on a grid of tilt and azimuth.

    ``factor`` (4, n_tilts, n_azimuths, 12): AC kWh per kWp over effective irradiation in kWh/m²,
    by state of shade; ``beam_share`` (n_tilts, n_azimuths, 12): beam passing the glass;
    ``direct`` (n_tilts, n_azimuths, 12): free direct irradiation, kWh/m².
    """

    tilts: Floats
    azimuth_step: float
    factor: Floats
    beam_share: Floats
    direct: Floats


@dataclass(frozen=True)
class YieldTable:
    """Everything the yield of a plane needs of the weather of one cell.

    ``mountings``: tables by name, those of ``MOUNTINGS`` and of ``RACKS``. ``isotropic``,
    ``horizon_band``, ``ghi`` (12,): kWh/m² by month of the mean year on the horizontal (band:
    per sine of the tilt). ``optimum_*``: best unshaded orientation of a fixed plane.
    """

    cell_id: str
    mountings: dict[str, MountingTable]
    rack_tilt: dict[str, float]
    isotropic: Floats
    horizon_band: Floats
    ghi: Floats
    albedo: float
    sky_dim: float
    iam_a_r: float
    optimum_kwh_m2: float
    optimum_tilt: float
    optimum_azimuth: float

    def sky_free(self, surface_tilt: ArrayLike) -> Floats:
        """Free sky diffuse by month on planes of a tilt, (n, 12) kWh/m²."""
        tilt_rad = np.radians(np.atleast_1d(np.asarray(surface_tilt, np.float64)))[:, None]
        half = (1.0 + np.cos(tilt_rad)) / 2.0
        return self.isotropic * half + self.horizon_band * np.sin(tilt_rad)

    def reflected_free(self, surface_tilt: ArrayLike) -> Floats:
        """Reflected irradiation of a free plane by month, (n, 12) kWh/m²."""
        tilt_rad = np.radians(np.atleast_1d(np.asarray(surface_tilt, np.float64)))[:, None]
        return self.albedo * self.ghi * (1.0 - np.cos(tilt_rad)) / 2.0

    def free_received(self, surface_tilt: ArrayLike, surface_azimuth: ArrayLike) -> Received:
        """Irradiation of planes with a free horizon, by interpolation of the grid."""
        grid = self.mountings[MOUNTINGS[0]]
        tilt = np.atleast_1d(np.asarray(surface_tilt, np.float64))
        azimuth = np.atleast_1d(np.asarray(surface_azimuth, np.float64))
        direct = interpolated(grid.direct, grid, tilt, azimuth)
        sky, ground = self.sky_free(tilt), self.reflected_free(tilt)
        return Received(direct, sky, ground, direct + sky + ground)

    def unshaded_year(self, surface_tilt: ArrayLike, surface_azimuth: ArrayLike) -> Floats:
        """Yearly free irradiation by interpolation of the grid, (n,) kWh/m²."""
        tilt = np.atleast_1d(np.asarray(surface_tilt, np.float64))
        azimuth = np.atleast_1d(np.asarray(surface_azimuth, np.float64))
        grid = self.mountings[MOUNTINGS[0]]
        direct = interpolated(grid.direct, grid, tilt, azimuth)
        return (direct + self.sky_free(tilt) + self.reflected_free(tilt)).sum(axis=1)


def interpolated(values: Floats, grid: MountingTable, tilt: Floats, azimuth: Floats) -> Floats:
    """Bilinear look-up of (..., n_tilts, n_azimuths, 12) values, azimuths periodic."""
    count = values.shape[-2]
    turn = np.mod(azimuth, 360.0) / grid.azimuth_step
    a0 = np.floor(turn).astype(np.int64) % count
    a1 = (a0 + 1) % count
    wa = (turn - np.floor(turn))[:, None]
    t1 = np.clip(np.searchsorted(grid.tilts, tilt, side="right"), 1, max(len(grid.tilts) - 1, 1))
    t0 = t1 - 1
    if len(grid.tilts) == 1:
        t1 = t0
        wt = np.zeros((len(tilt), 1))
    else:
        span = grid.tilts[t1] - grid.tilts[t0]
        wt = np.clip((tilt - grid.tilts[t0]) / span, 0.0, 1.0)[:, None]
    low = values[..., t0, a0, :] * (1.0 - wa) + values[..., t0, a1, :] * wa
    high = values[..., t1, a0, :] * (1.0 - wa) + values[..., t1, a1, :] * wa
    return low * (1.0 - wt) + high * wt
