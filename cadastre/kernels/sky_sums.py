"""Kernels over many samples and planes: light month by month, year by year, hour by hour.

What one sample receives is :mod:`cadastre.kernels.sky_integral`; here are the loops, the threads
and the sums, in the order of the samples.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel, parallel_kernel, prange
from cadastre.kernels.sky_integral import (
    COLUMNS,
    MONTHS,
    hidden_sky,
    hidden_suns,
    own_horizon,
    sample_light,
    self_elevation,
)

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Singles = NDArray[np.float32]


@parallel_kernel
def free_sums(
    normals: Reals,
    beam: Reals,
    circumsolar: Reals,
    month: Whole,
    out_beam: Reals,
    out_circumsolar: Reals,
) -> None:
    """Monthly beam and circumsolar energy of planes without obstacle.

    ``normals`` (p, 3); ``beam``, ``circumsolar`` (n, 3) energy vectors of the suns, ``month``
    (n,); outputs (p, 12), overwritten.
    """
    for p in prange(normals.shape[0]):
        for m in range(MONTHS):
            out_beam[p, m] = 0.0
            out_circumsolar[p, m] = 0.0
        x, y, z = normals[p, 0], normals[p, 1], normals[p, 2]
        for i in range(beam.shape[0]):
            direct = x * beam[i, 0] + y * beam[i, 1] + z * beam[i, 2]
            if direct > 0.0:
                out_beam[p, month[i]] += direct
            around = x * circumsolar[i, 0] + y * circumsolar[i, 1] + z * circumsolar[i, 2]
            if around > 0.0:
                out_circumsolar[p, month[i]] += around


@kernel
def _add_sample(
    p: int,
    i: int,
    year: float,
    parts: Reals,
    skylines: Singles,
    weights: Reals,
    month_share: Reals,
    out_plane: Reals,
    out_skyline: Reals,
    out_sample: Reals,
    out_parts: Reals,
) -> None:
    """Add one sample to its plane, in the order of the samples."""
    mean_share = month_share.sum() / MONTHS
    out_sample[i] += year
    for s in range(skylines.shape[1]):
        out_skyline[p, s] += mean_share * weights[i] * skylines[i, s]
    for k in range(3 * MONTHS + 1):
        out_plane[p, k] += weights[i] * parts[k]
        if out_parts.shape[0] > 0:
            out_parts[i, k] += parts[k]


@kernel
def add_samples(
    plane_start: Whole,
    years: Reals,
    parts: Reals,
    skylines: Singles,
    weights: Reals,
    month_share: Reals,
    out_plane: Reals,
    out_skyline: Reals,
    out_sample: Reals,
    out_parts: Reals,
) -> None:
    """Add samples computed elsewhere (``years`` (n,), ``parts`` (n, 37)) to their planes."""
    for p in range(plane_start.shape[0] - 1):
        for i in range(plane_start[p], plane_start[p + 1]):
            _add_sample(
                p, i, years[i], parts[i], skylines, weights, month_share, out_plane,
                out_skyline, out_sample, out_parts,
            )  # fmt: skip


@parallel_kernel
def planes_under_skylines(
    chunk_start: Whole,
    plane_start: Whole,
    normals: Reals,
    skylines: Singles,
    near: Singles,
    weights: Reals,
    openness: Singles,
    month_share: Reals,
    free_beam: Reals,
    free_circumsolar: Reals,
    monthly: Reals,
    albedo: float,
    sun_row: NDArray[np.int32],
    table: Singles,
    step_deg: float,
    band_deg: float,
    cosines: Reals,
    factors: Reals,
    out_plane: Reals,
    out_near: Reals,
    out_skyline: Reals,
    out_sample: Reals,
    out_parts: Reals,
) -> None:
    """Irradiation of samples and planes under skylines, added to the outputs.

    ``chunk_start`` (c + 1,): planes of each piece of work. ``plane_start`` (p + 1,),
    ``normals`` (p, 3), ``skylines`` (n, sectors) degrees, 0 where no obstacle stands above the
    own plane; ``near`` (n, sectors) the same without far relief, or (0, sectors);
    ``weights`` (n,) share of each sample in its plane; ``openness`` (n,) sky seen by
    the surroundings; ``month_share`` (12,) factor of every month (1, or what is seen through
    leaves). ``free_beam``, ``free_circumsolar`` (p, 12). ``monthly`` (4, 12): isotropic,
    horizon band, ghi, light on walls over light on level ground. ``cosines`` (sectors, 2):
    east and north of the sector centres.

    Outputs, added to: ``out_plane`` (p, 37): beam, diffuse, reflected by month, view factor;
    ``out_near`` (p, 37) the same under ``near``, where that is given;
    ``out_skyline`` (p, sectors) mean skyline; ``out_sample`` (n,) yearly total; ``out_parts``
    (n, 37) or (0, 37) when not wanted.
    """
    sectors = skylines.shape[1]
    for chunk in prange(chunk_start.shape[0] - 1):
        own_bin = np.empty(sectors, np.int64)
        own_deg = np.empty(sectors, np.float64)
        hidden = np.empty(COLUMNS, np.float32)
        parts = np.empty(3 * MONTHS + 1, np.float64)
        for p in range(chunk_start[chunk], chunk_start[chunk + 1]):
            normal = normals[p]
            own_horizon(normal, sectors, step_deg, own_bin, own_deg)
            for i in range(plane_start[p], plane_start[p + 1]):
                year = sample_light(
                    normal, skylines[i], own_bin, own_deg, openness[i], month_share,
                    free_beam[p], free_circumsolar[p], monthly, albedo, sun_row, table,
                    step_deg, band_deg, cosines, factors, hidden, parts,
                )  # fmt: skip
                _add_sample(
                    p, i, year, parts, skylines, weights, month_share, out_plane, out_skyline,
                    out_sample, out_parts,
                )  # fmt: skip
                if near.shape[0] == 0:
                    continue
                if _differ(near[i], skylines[i]):
                    sample_light(
                        normal, near[i], own_bin, own_deg, openness[i], month_share,
                        free_beam[p], free_circumsolar[p], monthly, albedo, sun_row, table,
                        step_deg, band_deg, cosines, factors, hidden, parts,
                    )  # fmt: skip
                for k in range(3 * MONTHS + 1):
                    out_near[p, k] += weights[i] * parts[k]


@kernel
def _differ(first: Singles, other: Singles) -> bool:
    """Tell whether two skylines differ somewhere."""
    count = 0
    for s in range(first.shape[0]):
        count += first[s] != other[s]
    return count > 0


@parallel_kernel
def years_under_skylines(
    plane_of: Whole,
    normals: Reals,
    skylines: Singles,
    openness: Singles,
    yearly: Reals,
    albedo: float,
    sun_row: NDArray[np.int32],
    table: Singles,
    step_deg: float,
    band_deg: float,
    cosines: Reals,
    factors: Reals,
    out: Reals,
) -> None:
    """Irradiation of single samples in every year of weather.

    ``plane_of`` (n,): row of ``normals`` of each skyline; ``yearly`` (4, years): isotropic,
    horizon band, ghi, light on walls over light on level ground; ``table`` (rows, bins + 1,
    3 * years); ``out`` (n, years), overwritten.
    """
    sectors = skylines.shape[1]
    years = out.shape[1]
    for i in prange(skylines.shape[0]):
        own_bin = np.empty(sectors, np.int64)
        own_deg = np.empty(sectors, np.float64)
        hidden = np.empty(3 * years, np.float32)
        free = np.zeros(3 * years, np.float64)
        normal = normals[plane_of[i]]
        own_horizon(normal, sectors, step_deg, own_bin, own_deg)
        for f in range(sectors):
            if sun_row[f] >= 0:
                above = table[sun_row[f], min(own_bin[f], table.shape[1] - 1)]
                for c in range(3 * years):
                    free[c] += above[c]
        hidden_suns(skylines[i], own_bin, sun_row, table, step_deg, hidden)
        lost_view, lost_band = hidden_sky(skylines[i], own_deg, normal, cosines, factors, band_deg)
        slope = math.sqrt(normal[0] * normal[0] + normal[1] * normal[1])
        bounce = albedo * openness[i] / (1.0 - albedo * (1.0 - openness[i]))
        for y in range(years):
            direct = 0.0
            for k in range(3):
                direct += normal[k] * (free[k * years + y] - hidden[k * years + y])
            diffuse = yearly[0, y] * (0.5 * (1.0 + normal[2]) - lost_view) + yearly[1, y] * (
                slope - lost_band
            )
            seen = 0.5 * (1.0 - normal[2]) + yearly[3, y] * lost_view
            out[i, y] = max(direct, 0.0) + max(diffuse, 0.0) + yearly[2, y] * bounce * seen


@parallel_kernel
def sunlit_share(
    azimuth_deg: Reals,
    elevation_deg: Reals,
    normal: Reals,
    skylines: Singles,
    weights: Reals,
    out: Reals,
) -> None:
    """Share of a plane's samples (by weight) that see each position of the sun.

    ``azimuth_deg``, ``elevation_deg`` (n,); ``normal`` (3,) of the plane;
    ``skylines`` (samples, sectors); ``weights`` (samples,) summing to 1; ``out`` (n,).
    """
    sectors = skylines.shape[1]
    for t in prange(azimuth_deg.shape[0]):
        s = math.floor(azimuth_deg[t] * sectors / 360.0 + 0.5) % sectors
        own = self_elevation(normal, azimuth_deg[t])
        share = 0.0
        for i in range(skylines.shape[0]):
            height = skylines[i, s]
            if elevation_deg[t] > height or height <= own:
                share += weights[i]
        out[t] = share


@parallel_kernel
def sky_seen(
    skylines: Singles, normal: Reals, cosines: Reals, factors: Reals, band_deg: float, out: Reals
) -> None:
    """View factor and horizon-band factor that each skyline takes from one plane.

    ``skylines`` (n, sectors), ``normal`` (3,), ``out`` (n, 2), overwritten.
    """
    sectors = skylines.shape[1]
    for i in prange(skylines.shape[0]):
        own_deg = np.empty(sectors, np.float64)
        for s in range(sectors):
            own_deg[s] = self_elevation(normal, s * 360.0 / sectors)
        out[i, 0], out[i, 1] = hidden_sky(skylines[i], own_deg, normal, cosines, factors, band_deg)
