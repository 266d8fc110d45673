"""From the heights of a window to labelled planes: local fits, growing, merging, smoothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels import plane_fit, region
from cadastre.parameters import Roofs

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Segments:
    """Planes of a window and the pixels they hold.

    ``labels`` int32 (rows, cols): 0 nowhere, ``k + 1`` on row ``k`` of ``planes`` (a, b, c in
    window coordinates). ``noise`` is the height noise estimated from the window, m.
    """

    labels: NDArray[np.int32]
    planes: FloatArray
    rmse: FloatArray
    used: NDArray[np.int32]
    noise: float


def window_noise(best_rmse: FloatArray, domain: MaskArray, parameters: Roofs) -> float:
    """Height noise of a window: median residual of the smoothest local fits, bounded, m."""
    values = best_rmse[domain & np.isfinite(best_rmse)]
    if len(values) == 0:
        return parameters.noise_low_m
    typical = float(np.median(values)) * parameters.noise_factor
    return min(max(typical, parameters.noise_low_m), parameters.noise_high_m)


def segment(z: FloatArray, domain: MaskArray, resolution: float, parameters: Roofs) -> Segments:
    """Find the planes of the pixels of ``domain``.

    Parameters
    ----------
    z
        Heights, m, (rows, cols), NaN where missing.
    domain
        Pixels that may be roof.
    resolution
        Pixel size, m.
    parameters
        Tolerances.
    """
    half = max(1, round(parameters.fit_window_m / (2.0 * resolution) - 0.5))
    heights = np.where(domain, z, np.nan)
    fits, rmse = plane_fit.window_planes(heights, resolution, half, parameters.fit_window_share)
    best, best_rmse = plane_fit.best_window_planes(heights, fits, rmse, half)
    noise = window_noise(best_rmse, domain, parameters)
    min_pixels = max(4, math.ceil(parameters.min_region_area_m2 / resolution**2))
    labels, planes = region.grow_regions(
        heights, domain, best, best_rmse, resolution,
        max(parameters.seed_noise_factor * noise, parameters.seed_rmse_m),
        parameters.grow_noise_factor * noise, parameters.grow_angle_deg, min_pixels,
        parameters.max_regions,
    )  # fmt: skip
    labels, planes = _merged(heights, labels, planes, resolution, noise, parameters)
    for _ in range(parameters.refit_rounds):
        if len(planes) == 0:
            break
        region.smooth_labels(
            heights, domain, labels, planes, resolution, max(noise, parameters.label_sigma_m),
            parameters.label_smoothness, parameters.label_outlier_cost, parameters.edge_step_m, 6,
        )  # fmt: skip
        planes, _, _ = region.refit_regions(
            heights, labels, planes, resolution, parameters.trim_noise_factor * noise, min_pixels
        )
        labels, planes = _merged(heights, labels, planes, resolution, noise, parameters)
    planes, fit_rmse, used = region.refit_regions(
        heights, labels, planes, resolution, parameters.trim_noise_factor * noise, min_pixels
    )
    return Segments(labels, planes, fit_rmse, used, noise)


def _merged(
    z: FloatArray, labels: NDArray[np.int32], planes: FloatArray, resolution: float,
    noise: float, parameters: Roofs,
) -> tuple[NDArray[np.int32], FloatArray]:  # fmt: skip
    """Merge neighbours on one plane; drop regions that no longer hold enough pixels."""
    count = len(planes)
    if count == 0:
        return labels, planes
    moments = region.region_moments(z, labels, count, resolution)
    neighbours = region.adjacency(labels, count)
    neighbours[0, :] = 0
    neighbours[:, 0] = 0
    pixels = moments[:, 0].copy()
    into = region.merge_regions(moments, neighbours, parameters.merge_noise_factor * noise, 2)
    total = np.bincount(into, weights=pixels, minlength=count)
    few = total[into] < max(4, math.ceil(parameters.min_region_area_m2 / resolution**2))
    target = np.where(few, -1, into).astype(np.int32)
    kept = region.compact_labels(labels, target)
    new_planes, _, _ = region.refit_regions(
        z, labels, np.full((kept, 3), np.nan), resolution, np.inf, 9
    )
    good = np.isfinite(new_planes[:, 0])
    if not good.all():
        kept = region.compact_labels(labels, np.where(good, np.arange(kept), -1).astype(np.int32))
        new_planes = new_planes[good]
    return labels, new_planes
