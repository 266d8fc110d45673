"""Planes without obstacles: what they would receive under a free sky, and the local optimum.

Not here: skylines (``plane_of_array``), hours (``hours``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cadastre.angles import normal_from_angles
from cadastre.exchange import CumulativeSky
from cadastre.kernels.sky_sums import free_sums

# the search narrows its step until the optimum is known to a hundredth of a degree
_COARSE_DEG = 5.0
_FINE_DEG = 0.01


@dataclass(frozen=True)
class FreeIrradiation:
    """Monthly irradiation of planes under a free sky, kWh/m², each (n_planes, 12).

    ``beam`` of the sun alone; ``circumsolar``, ``isotropic``, ``horizon_band``: the parts of
    the sky; ``ground``: reflected by level ground of the given albedo.
    """

    beam: NDArray[np.float64]
    circumsolar: NDArray[np.float64]
    isotropic: NDArray[np.float64]
    horizon_band: NDArray[np.float64]
    ground: NDArray[np.float64]

    @property
    def sky_diffuse(self) -> NDArray[np.float64]:
        """Diffuse light of the sky, circumsolar part included, as pvlib counts it."""
        return self.circumsolar + self.isotropic + self.horizon_band

    @property
    def total(self) -> NDArray[np.float64]:
        """Everything."""
        return self.beam + self.sky_diffuse + self.ground


def free_irradiation(
    surface_tilt: ArrayLike, surface_azimuth: ArrayLike, sky: CumulativeSky, albedo: float
) -> FreeIrradiation:
    """Irradiation of planes without obstacle, month by month.

    Parameters
    ----------
    surface_tilt, surface_azimuth
        Degrees, azimuth from true north, shape (n,); an azimuth that is NaN (flat) counts as
        south.
    sky
        Weather cell.
    albedo
        Reflectance of the ground, 0-1.
    """
    tilt = np.atleast_1d(np.asarray(surface_tilt, np.float64))
    azimuth = np.atleast_1d(np.asarray(surface_azimuth, np.float64))
    tilt, azimuth = np.broadcast_arrays(tilt, np.where(np.isnan(azimuth), 180.0, azimuth))
    normals = np.ascontiguousarray(normal_from_angles(tilt, azimuth))
    shape = (len(tilt), len(sky.isotropic))
    beam, circumsolar = np.empty(shape), np.empty(shape)
    free_sums(normals, sky.free_beam, sky.free_circumsolar, sky.free_month, beam, circumsolar)
    up = normals[:, 2:3]
    return FreeIrradiation(
        beam,
        circumsolar,
        sky.isotropic * (1.0 + up) / 2.0,
        sky.horizon_band * np.hypot(normals[:, 0:1], normals[:, 1:2]),
        albedo * sky.ghi * (1.0 - up) / 2.0,
    )


def unshaded(
    surface_tilt: ArrayLike, surface_azimuth: ArrayLike, sky: CumulativeSky, albedo: float
) -> NDArray[np.float64]:
    """Total irradiation of planes without obstacle, kWh/m² by month, shape (n, 12)."""
    return free_irradiation(surface_tilt, surface_azimuth, sky, albedo).total


def local_optimum(sky: CumulativeSky, albedo: float) -> tuple[float, float, float]:
    """Tilt, azimuth (degrees) and yearly kWh/m² of the plane that would receive the most.

    A grid over all orientations, narrowed around its best point; the irradiation of a free
    plane has one maximum.
    """
    step = _COARSE_DEG
    tilts, azimuths = np.arange(0.0, 90.0 + step, step), np.arange(0.0, 360.0, step)
    while True:
        tilt, azimuth = (grid.ravel() for grid in np.meshgrid(tilts, azimuths, indexing="ij"))
        yearly = unshaded(tilt, azimuth, sky, albedo).sum(axis=1)
        best = int(np.argmax(yearly))
        if step <= _FINE_DEG:
            return float(tilt[best]), float(azimuth[best] % 360.0), float(yearly[best])
        around = np.linspace(-step, step, 9)
        tilts = np.clip(tilt[best] + around, 0.0, 90.0)
        azimuths = azimuth[best] + around
        step /= 4.0


def vertical_ratio(sky: CumulativeSky, albedo: float) -> NDArray[np.float64]:
    """Light on vertical walls over light on level ground, by month, mean of all azimuths."""
    azimuth = np.arange(0.0, 360.0, _COARSE_DEG)
    walls = unshaded(np.full(len(azimuth), 90.0), azimuth, sky, albedo).mean(axis=0)
    return walls / np.maximum(sky.ghi, 1e-9)
