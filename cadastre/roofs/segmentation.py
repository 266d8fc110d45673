"""From the heights of a window to labelled planes: local fits, growing, merging, smoothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels import pixels, plane_fit, region
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
    moments: FloatArray
    noise: float


def window_noise(best_rmse: FloatArray, domain: MaskArray, parameters: Roofs) -> float:
    """Height noise of a window: median residual of the smoothest local fits, bounded, m."""
    values = best_rmse[domain & np.isfinite(best_rmse)]
    if len(values) == 0:
        return parameters.noise_low_m
    typical = float(np.median(values)) * parameters.noise_factor
    return min(max(typical, parameters.noise_low_m), parameters.noise_high_m)


def segment(
    z: FloatArray, domain: MaskArray, own: MaskArray, resolution: float, parameters: Roofs
) -> Segments:
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
    heights = np.where(domain, z, np.nan)
    search = _Search(heights, own, resolution, parameters)
    search.grow(parameters.fit_window_m, parameters.grow_angle_deg)
    search.settle()
    search.grow(parameters.small_window_m, parameters.small_angle_deg)
    for _ in range(parameters.refit_rounds):
        search.settle()
    return search.segments()


class _Search:
    """The state of one window while its planes are found."""

    def __init__(
        self, z: FloatArray, own: MaskArray, resolution: float, parameters: Roofs
    ) -> None:
        self.z, self.own, self.resolution, self.parameters = z, own, resolution, parameters
        self.labels = np.zeros(z.shape, np.int32)
        self.planes = np.empty((0, 3))
        self.noise = 0.0
        self.min_pixels = max(4, math.ceil(parameters.min_region_area_m2 / resolution**2))

    def grow(self, size: float, angle: float) -> None:
        """Add the planes that smooth windows of ``size`` (m) find among pixels without label."""
        p = self.parameters
        half = max(1, round(size / (2.0 * self.resolution) - 0.5))
        residual = pixels.residuals(self.z, self.labels, self.planes, self.resolution)
        open_ = (self.labels == 0) | (np.abs(residual) > p.trim_noise_factor * self.noise)
        left = np.where(open_, self.z, np.nan)
        fits, rmse = plane_fit.window_planes(left, self.resolution, half, p.fit_window_share)
        best, best_rmse = plane_fit.best_window_planes(left, fits, rmse, half)
        if self.noise == 0.0:
            self.noise = window_noise(best_rmse, self.own, p)
        more, found = region.grow_regions(
            left, open_, best, best_rmse, self.resolution,
            max(p.seed_noise_factor * self.noise, p.seed_rmse_m),
            p.grow_noise_factor * self.noise, angle, self.min_pixels, p.max_regions,
        )  # fmt: skip
        offset = len(self.planes)
        self.labels = np.where(more > 0, more + offset, self.labels).astype(np.int32)
        self.planes = np.concatenate((self.planes, found))

    def settle(self) -> None:
        """Merge planes that are one, let pixels choose their plane, refit."""
        p = self.parameters
        self._merge()
        if len(self.planes) == 0:
            return
        pixels.smooth_labels(
            self.z, np.isfinite(self.z), self.labels, self.planes, self.resolution,
            max(self.noise, p.label_sigma_m), p.label_smoothness, p.label_outlier_cost,
            p.edge_step_m, 8,
        )  # fmt: skip
        self.planes, _, _ = self._refit()

    def segments(self) -> Segments:
        """Merge a last time and return what was found."""
        self._merge()
        planes, rmse, moments = self._refit()
        return Segments(self.labels, planes, rmse, moments, self.noise)

    def _refit(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        cut = self.parameters.trim_noise_factor * self.noise
        return region.refit_regions(
            self.z, self.labels, self.planes, self.resolution, cut, self.min_pixels
        )

    def _merge(self) -> None:
        """Join neighbours on one plane; drop regions that too few pixels support."""
        p = self.parameters
        count = len(self.planes)
        if count == 0:
            return
        cut = p.trim_noise_factor * self.noise
        moments = region.region_moments(self.z, self.labels, self.planes, self.resolution, cut)
        neighbours = pixels.adjacency(self.labels, count)
        neighbours[0, :] = 0
        neighbours[:, 0] = 0
        into = region.merge_regions(moments, neighbours, p.merge_noise_factor * self.noise, 2)
        few = moments[into, 0] < self.min_pixels
        planes = self.planes.copy()
        joined = np.bincount(into, minlength=count) > 1
        for k in np.flatnonzero(joined):
            planes[k] = plane_fit.solve_moments(moments[k])[:3]
        target = np.where(few | ~np.isfinite(planes[into, 0]), -1, into).astype(np.int32)
        before = self.labels.copy()
        kept = pixels.compact_labels(self.labels, target)
        held = self.labels > 0
        self.planes = np.empty((kept, 3))
        self.planes[self.labels[held] - 1] = planes[into[before[held] - 1]]
