"""From the heights of a window to labelled planes: local fits, growing, merging, smoothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels import (
    label_maps,
    pixels,
    plane_fit,
    plane_priors,
    plane_twins,
    region,
    settling,
)
from cadastre.kernels.spare_planes import give_up_spare_planes
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


def window_noise(best_rmse: FloatArray, own: MaskArray, parameters: Roofs) -> float:
    """Height noise of a window: residual of the smoothest local fits, bounded, m.

    The median over the footprint, unless the roof is ragged: then that of the whole window, or
    what the smoothest ``noise_share`` of the footprint reach where that is more. Slopes may well
    be rougher than the ground around them: a raster that keeps the highest point of each pixel
    makes them so. Where even these fit no plane (``poor_rmse_m``), they say nothing of noise.
    """
    typical, middle = (settling.median_where(best_rmse, mask) for mask in (np.ones_like(own), own))
    if math.isnan(typical):
        return parameters.noise_high_m
    if not math.isnan(middle):
        inside = best_rmse[own & np.isfinite(best_rmse)]
        smooth = float(np.quantile(inside, parameters.noise_share))
        if smooth * parameters.noise_factor > parameters.poor_rmse_m:
            smooth = 0.0
        typical = min(middle, max(typical, smooth))
    typical *= parameters.noise_factor
    return min(max(typical, parameters.noise_low_m), parameters.noise_high_m)


def segment(
    z: FloatArray,
    domain: MaskArray,
    own: MaskArray,
    walls: FloatArray,
    resolution: float,
    parameters: Roofs,
) -> Segments:
    """Find the planes of the pixels of ``domain``.

    Parameters
    ----------
    z
        Heights, m, (rows, cols), NaN where missing.
    domain
        Pixels that may be roof.
    own
        Pixels of the footprint.
    walls
        Directions of its walls, rad.
    resolution
        Pixel size, m.
    parameters
        Tolerances.
    """
    heights = np.where(domain, z, np.nan)
    search = _Search(heights, resolution, parameters)
    half = search.half(parameters.fit_window_m)
    fits, rmse = plane_fit.window_planes(z, resolution, half, parameters.fit_window_share)
    best = plane_fit.best_window_planes(z, fits, rmse, half)
    search.noise = window_noise(best[1], own, parameters)
    search.grow(best, parameters.grow_angle_deg)
    search.settle()
    search.grow(search.small_fits(), parameters.small_angle_deg)
    for _ in range(parameters.refit_rounds - 1):
        search.settle()
    for _ in range(parameters.facing_rounds):
        search.face(own, walls)
        search.settle()
    if search.mirror(own):
        search.settle()
    if search.give_up_spare():
        search.settle()
    return search.segments()


class _Search:
    """The state of one window while its planes are found."""

    def __init__(self, z: FloatArray, resolution: float, parameters: Roofs) -> None:
        self.z, self.resolution, self.parameters = z, resolution, parameters
        self.labels = np.zeros(z.shape, np.int32)
        self.planes = np.empty((0, 3))
        self.noise = parameters.noise_high_m
        self.inner_pixels = max(4, math.ceil(parameters.inner_area_m2 / resolution**2))
        self.min_pixels = max(4, math.ceil(parameters.min_region_area_m2 / resolution**2))

    def half(self, size: float) -> int:
        """Half-width in pixels of a window of ``size`` (m)."""
        return max(1, round(size / (2.0 * self.resolution) - 0.5))

    @property
    def limit(self) -> float:
        """Misfit beyond which a pixel's plane does not explain it, m."""
        return self.parameters.trim_noise_factor * self.noise

    def unexplained(self) -> MaskArray:
        """Pixels without a plane, or too far from theirs."""
        return settling.unexplained(self.z, self.labels, self.planes, self.resolution, self.limit)

    def small_fits(self) -> tuple[FloatArray, FloatArray]:
        """Best fits of small windows among the pixels that no plane explains."""
        p = self.parameters
        return settling.small_window_planes(
            self.z, self.labels, self.planes, self.resolution, self.limit,
            self.half(p.small_window_m), p.fit_window_share,
        )  # fmt: skip

    def grow(self, best: tuple[FloatArray, FloatArray], angle: float) -> None:
        """Add the planes that local fits find among unexplained pixels."""
        p = self.parameters
        self.planes = settling.grow_planes(
            self.z, self.labels, self.planes, *best, self.resolution, self.limit,
            max(p.seed_noise_factor * self.noise, p.seed_rmse_m),
            p.grow_noise_factor * self.noise, angle, self.min_pixels, p.max_regions,
        )  # fmt: skip

    def face(self, own: MaskArray, walls: FloatArray) -> None:
        """Add planes facing a wall where groups of unexplained roof pixels agree on one.

        This finds what is too narrow for windows: the steep part of a mansard, half-hips, dormers.
        """
        p = self.parameters
        odd = settling.odd_pixels(
            self.z, self.labels, self.planes, own, self.resolution, self.limit, p.edge_step_m
        )
        least = np.array([p.facing_least], np.int64)
        groups, source, _ = label_maps.split_components(odd, least)
        if len(source) == 0 or len(walls) == 0:
            return
        cut = p.facing_noise_factor * self.noise
        planes, _, inliers = plane_priors.planes_facing(
            self.z, groups, np.arange(len(source)), walls, self.resolution, cut,
            np.tan(np.radians(p.facing_tilt_deg)), p.facing_pixels, p.facing_width_m,
        )  # fmt: skip
        misfit = pixels.misfits(self.z, groups, planes, self.resolution)
        size = np.bincount(groups.ravel(), minlength=len(source) + 1)[1:]
        good = (inliers >= p.facing_least) & (inliers >= p.group_share * size)
        good &= np.isfinite(planes[:, 0])
        number = np.where(good, np.cumsum(good) + len(self.planes), 0)
        chosen = (groups > 0) & (misfit <= cut)
        new = np.where(chosen, np.concatenate(([0], number))[groups], 0)
        self.labels = np.where(new > 0, new, self.labels).astype(np.int32)
        self.planes = np.concatenate((self.planes, planes[good]))

    def mirror(self, own: MaskArray) -> bool:
        """Add the missing halves of small gables (dormers); tell whether there were any."""
        p = self.parameters
        if len(self.planes) == 0:
            return False
        free = self.unexplained() & own & np.isfinite(self.z)
        cut = p.facing_noise_factor * self.noise
        twins, inliers = plane_twins.mirrored_planes(
            self.z, self.labels, free, self.planes, self.resolution, cut, p.twin_reach_m,
            math.ceil(p.twin_area_m2 / self.resolution**2),
            math.tan(math.radians(p.twin_tilt_deg)), p.twin_least, p.twin_share,
        )  # fmt: skip
        found = np.flatnonzero(inliers)
        for k in found[np.argsort(-inliers[found], kind="stable")]:
            alone = np.where(free & (self.labels != k + 1), len(self.planes) + 1, 0)
            labels = alone.astype(np.int32)
            near = pixels.dilate(self.labels == k + 1, self.half(2.0 * p.twin_reach_m))
            planes = np.concatenate((self.planes, twins[k : k + 1]))
            misfit = pixels.misfits(self.z, labels, planes, self.resolution)
            chosen = (labels > 0) & near & (misfit <= cut)
            self.labels = np.where(chosen, len(planes), self.labels).astype(np.int32)
            self.planes = planes
            free &= ~chosen
        return len(found) > 0

    def give_up_spare(self) -> bool:
        """Give up planes that those beside them explain as well; tell whether there were any."""
        p = self.parameters
        given = give_up_spare_planes(
            self.z, self.labels, self.planes, self.resolution, p.trim_noise_factor * self.noise,
            p.spare_noise_factor * self.noise, 2,
        )  # fmt: skip
        return bool(given > 0)

    def settle(self) -> None:
        """Merge planes that are one, let pixels choose their plane, refit."""
        p = self.parameters
        self.planes = settling.settle_planes(
            self.z, self.labels, self.planes, self.resolution, self.limit,
            p.merge_noise_factor * self.noise, self.min_pixels, self.inner_pixels,
            (max(self.noise, p.label_sigma_m), p.label_smoothness, p.label_outlier_cost,
             p.edge_step_m), 8,
        )  # fmt: skip

    def segments(self) -> Segments:
        """Merge a last time and return what was found."""
        self.planes = settling.merge_planes(
            self.z, self.labels, self.planes, self.resolution, self.limit,
            self.parameters.merge_noise_factor * self.noise, self.min_pixels,
        )  # fmt: skip
        planes, rmse, moments = region.refit_regions(
            self.z, self.labels, self.planes, self.resolution, self.limit, self.inner_pixels
        )
        return Segments(self.labels, planes, rmse, moments, self.noise)
