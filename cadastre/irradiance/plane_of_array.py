"""Planes under their skylines: twelve months and every year of weather from the sky's tables.

Not here: skylines (room ``shading``), the weather (room ``sky``), hours (``hours``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cadastre import parameters
from cadastre.angles import normal_from_angles
from cadastre.errors import ParameterError
from cadastre.exchange import CumulativeSky, Horizons, PlaneIrradiation, Samples
from cadastre.irradiance.transposition import FreeIrradiation, free_irradiation, vertical_ratio
from cadastre.kernels import device as device_kernels
from cadastre.kernels.sky_integral import view_factor_tables
from cadastre.kernels.sky_sums import add_samples, planes_under_skylines, years_under_skylines

MONTHS = 12
_PARTS = 3 * MONTHS + 1
_CHUNKS = 64  # pieces of work shared between threads; does not change any result


@dataclass(frozen=True)
class SampleIrradiation:
    """Irradiation of each sample by month, kWh/m² of sloped area, (n_samples, 12) each.

    ``beam``: the sun alone; ``sky_diffuse``: the visible sky, circumsolar part included;
    ``reflected``: from the ground and what hides the sky. ``sky_view_factor`` (n_samples,).
    """

    beam: NDArray[np.float64]
    sky_diffuse: NDArray[np.float64]
    reflected: NDArray[np.float64]
    sky_view_factor: NDArray[np.float64]

    @property
    def total(self) -> NDArray[np.float64]:
        """Sum of the three, (n_samples, 12)."""
        return self.beam + self.sky_diffuse + self.reflected


@dataclass(frozen=True)
class _Sums:
    """Outputs of the kernel: by plane (p, 37), skyline (p, s), sample (n,), parts (n or 0, 37).

    ``near``: by plane without far relief, (p, 37), or (0, 37) where it was not worked out.
    """

    plane: NDArray[np.float64]
    near: NDArray[np.float64]
    skyline: NDArray[np.float64]
    sample: NDArray[np.float64]
    parts: NDArray[np.float64]


def sample_irradiation(
    surface_tilt: ArrayLike,
    surface_azimuth: ArrayLike,
    samples: Samples,
    horizons: Horizons,
    sky: CumulativeSky,
    parameters_sky: parameters.Sky,
    device: str = "cpu",
) -> SampleIrradiation:
    """Beam, diffuse and reflected light of each sample, twelve months of the mean year.

    Parameters
    ----------
    surface_tilt, surface_azimuth
        Of the planes, degrees, azimuth from true north (NaN where flat), shape (n_planes,).
    samples, horizons
        Samples of those planes and their skylines.
    sky
        Weather cell, folded with as many sectors as the skylines have.
    parameters_sky
        Albedo, transmittance of vegetation.
    device
        ``cpu`` or ``gpu``: where the samples are computed.
    """
    work = _Work(surface_tilt, surface_azimuth, samples, sky, parameters_sky, device)
    parts = work.lit(horizons, keep_parts=True).parts
    return SampleIrradiation(
        parts[:, :MONTHS],
        parts[:, MONTHS : 2 * MONTHS],
        parts[:, 2 * MONTHS : 3 * MONTHS],
        parts[:, 3 * MONTHS],
    )


def plane_irradiation(
    surface_tilt: ArrayLike,
    surface_azimuth: ArrayLike,
    samples: Samples,
    horizons: Horizons,
    sky: CumulativeSky,
    parameters_sky: parameters.Sky,
    device: str = "cpu",
) -> PlaneIrradiation:
    """Irradiation of planes: monthly parts, years of weather, losses, mean skyline.

    Parameters are those of :func:`sample_irradiation`. Samples weigh by their area; the sums
    run in the order of the samples, so that a plane's result depends on nothing else.
    """
    work = _Work(surface_tilt, surface_azimuth, samples, sky, parameters_sky, device)
    sums = work.lit(horizons, keep_parts=False)
    empty = np.diff(samples.plane_start) == 0
    plane = np.where(empty[:, None], np.nan, sums.plane)
    skyline = np.where(empty[:, None], np.nan, sums.skyline).astype(np.float32)
    yearly = plane[:, : 3 * MONTHS].sum(axis=1)
    near_only = yearly
    if horizons.near_elevation is not None:
        regained = work.hidden_by_far(horizons, sums)
        near_only = yearly + regained[:, : 3 * MONTHS].sum(axis=1)
    return PlaneIrradiation(
        direct=plane[:, :MONTHS],
        sky_diffuse=plane[:, MONTHS : 2 * MONTHS],
        reflected=plane[:, 2 * MONTHS : 3 * MONTHS],
        circumsolar=_circumsolar(plane[:, :MONTHS], work.free),
        unshaded=work.free.total,
        near_only=near_only,
        by_year=yearly[:, None] * work.year_ratios(horizons),
        sky_view_factor=plane[:, 3 * MONTHS],
        horizon_elevation=skyline,
        sample_year=sums.sample.astype(np.float32),
    )


def _circumsolar(beam: NDArray[np.float64], free: FreeIrradiation) -> NDArray[np.float64]:
    """Circumsolar part of the sky by month, hidden in the same proportion as the beam."""
    kept = np.where(free.beam > 0.0, beam / np.where(free.beam > 0.0, free.beam, 1.0), 1.0)
    return free.circumsolar * np.clip(kept, 0.0, 1.0)


class _Work:
    """Everything the kernels need of a set of planes and a sky, prepared once."""

    def __init__(
        self,
        surface_tilt: ArrayLike,
        surface_azimuth: ArrayLike,
        samples: Samples,
        sky: CumulativeSky,
        parameters_sky: parameters.Sky,
        device: str,
    ) -> None:
        azimuth = np.asarray(surface_azimuth, np.float64)
        azimuth = np.where(np.isnan(azimuth), 180.0, azimuth)
        self.normals = np.ascontiguousarray(normal_from_angles(surface_tilt, azimuth))
        self.free: FreeIrradiation = free_irradiation(
            surface_tilt, azimuth, sky, parameters_sky.albedo
        )
        self.samples = samples
        self.sky = sky
        self.parameters = parameters_sky
        self.device = device
        self.walls = vertical_ratio(sky, parameters_sky.albedo)
        area = samples.area_m2.astype(np.float64)
        plane = samples.plane_index
        total = np.bincount(plane, weights=area, minlength=len(self.normals))
        self.weights = area / total[plane]
        count, planes = len(samples.x), len(self.normals)
        targets = np.linspace(0, count, min(_CHUNKS, max(planes, 1)) + 1)[1:-1]
        bounds = np.searchsorted(samples.plane_start, targets)
        self.chunks = np.concatenate([[0], np.minimum(bounds, planes), [planes]]).astype(np.int64)
        azimuths = np.arange(sky.sector_count) * (2.0 * np.pi / sky.sector_count)
        self.cosines = np.stack([np.sin(azimuths), np.cos(azimuths)], axis=-1)
        self.factors = view_factor_tables()

    def under(
        self,
        skylines: NDArray[np.float32],
        openness: NDArray[np.float32],
        month_share: NDArray[np.float64],
        into: _Sums | None = None,
        keep_parts: bool = False,
        near: NDArray[np.float32] | None = None,
    ) -> _Sums:
        """One pass of the kernel, added to ``into`` where given; with ``near`` both at once."""
        sky = self.sky
        if skylines.shape[1] != sky.sector_count:
            raise ParameterError(
                "sector_count_differs", skylines=skylines.shape[1], sky=sky.sector_count
            )
        if into is None:
            rows = len(skylines)
            into = _Sums(
                np.zeros((len(self.normals), _PARTS)),
                np.zeros((0 if near is None else len(self.normals), _PARTS)),
                np.zeros((len(self.normals), skylines.shape[1])),
                np.zeros(rows),
                np.zeros((rows if keep_parts else 0, _PARTS)),
            )
        monthly = np.stack([sky.isotropic, sky.horizon_band, sky.ghi, self.walls])
        if self.device == "gpu":
            years, parts = device_kernels.light_of_samples(
                self.samples.plane_start, self.normals, skylines, openness, month_share,
                self.free.beam, self.free.circumsolar, monthly, self.parameters.albedo,
                sky.sun_row, sky.sun_table, sky.elevation_step_deg, sky.horizon_band_deg,
                self.cosines, self.factors,
            )  # fmt: skip
            add_samples(
                self.samples.plane_start, years, parts, skylines, self.weights, month_share,
                into.plane, into.skyline, into.sample, into.parts,
            )  # fmt: skip
            return into
        planes_under_skylines(
            self.chunks,
            self.samples.plane_start,
            self.normals,
            skylines,
            skylines[:0] if near is None else near,
            self.weights,
            openness,
            month_share,
            self.free.beam,
            self.free.circumsolar,
            monthly,
            self.parameters.albedo,
            sky.sun_row,
            sky.sun_table,
            sky.elevation_step_deg,
            sky.horizon_band_deg,
            self.cosines,
            self.factors,
            into.plane,
            into.near,
            into.skyline,
            into.sample,
            into.parts,
        )
        return into

    def hidden_by_far(self, horizons: Horizons, lit: _Sums) -> NDArray[np.float64]:
        """Return what the far relief takes from each plane, no light passing through leaves."""
        if len(lit.near):
            return lit.near - lit.plane
        if horizons.near_elevation is None:
            return np.zeros_like(lit.plane)
        opaque = np.ones(MONTHS)
        joined = self.under(horizons.elevation, horizons.sky_openness, opaque)
        near = self.under(horizons.near_elevation, horizons.sky_openness, opaque)
        return near.plane - joined.plane

    def lit(self, horizons: Horizons, *, keep_parts: bool) -> _Sums:
        """Planes under their skylines, vegetation letting its share of light through."""
        through = np.asarray(self.parameters.vegetation_transmittance, np.float64)
        opaque = horizons.opaque_elevation
        if opaque is None or not through.any():
            through = np.zeros(MONTHS)
        # nothing lets light through: the same pass tells what the far relief takes
        near = None if through.any() or self.device == "gpu" else horizons.near_elevation
        sums = self.under(
            horizons.elevation, horizons.sky_openness, 1.0 - through, keep_parts=keep_parts,
            near=near,
        )  # fmt: skip
        if opaque is not None and through.any():
            self.under(opaque, horizons.sky_openness, through, into=sums)
        return sums

    def year_ratios(self, horizons: Horizons) -> NDArray[np.float64]:
        """Each year's irradiation over the mean of the years, (n_planes, n_years).

        Taken on a few samples of each plane, evenly spread: the weather of a year changes the
        light of all samples of a plane nearly alike. NaN for a plane without sample.
        """
        sky = self.sky
        start, counts = self.samples.plane_start, np.diff(self.samples.plane_start)
        few = np.minimum(counts, self.parameters.year_sample_count)
        plane = np.repeat(np.arange(len(counts)), few)
        rank = np.arange(len(plane)) - np.repeat(np.cumsum(few) - few, few)
        chosen = start[plane] + (2 * rank + 1) * counts[plane] // (2 * few[plane])
        years = len(sky.years)
        out = np.empty((len(chosen), years))
        walls = np.full(years, np.average(self.walls, weights=sky.ghi))
        yearly = np.stack(
            [sky.isotropic_by_year, sky.horizon_band_by_year, sky.ghi_by_year, walls]
        )
        years_under_skylines(
            plane,
            self.normals,
            np.ascontiguousarray(horizons.elevation[chosen]),
            horizons.sky_openness[chosen],
            yearly,
            self.parameters.albedo,
            sky.sun_row,
            sky.year_table,
            sky.elevation_step_deg,
            sky.horizon_band_deg,
            self.cosines,
            self.factors,
            out,
        )
        total = np.stack(
            [np.bincount(plane, weights=out[:, y], minlength=len(counts)) for y in range(years)],
            axis=-1,
        )
        with np.errstate(invalid="ignore"):
            return total / total.mean(axis=1, keepdims=True)
