"""Planes found on a surface model, asked again of the LiDAR points over them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels.plane_fit import refit_on_points
from cadastre.parameters import Roofs
from cadastre.roofs.orientation import aligned_planes, pooled_planes
from cadastre.roofs.points import RoofPoints
from cadastre.roofs.segmentation import Segments
from cadastre.roofs.windows import Window

FloatArray = NDArray[np.float64]


def refitted(
    window: Window,
    segments: Segments,
    points: RoofPoints,
    walls: FloatArray,
    parameters: Roofs,
    chosen: bool = False,
) -> Segments:
    """Refit planes on the roof points over them, walls as before.

    Planes with too few points keep their fit; those that their points do not lie on lose their
    pixels: ramps of gridding, and mixtures of several faces; not where the points have ``chosen``
    the planes of their pixels already. The noise becomes that of the points
    where it is more: gridding smooths.
    """
    planes, rmse, moments = refit_on_points(
        points.roof, segments.labels, segments.planes, window.resolution,
        parameters.point_reach_m, parameters.trim_noise_factor, parameters.few_pixels,
        parameters.inner_points,
    )  # fmt: skip
    better = np.isfinite(rmse)
    noise = float(np.median(rmse[better])) if better.any() else segments.noise
    noise = max(noise, parameters.noise_low_m / 2.0)
    aligned = aligned_planes(planes, moments, walls, noise, parameters)
    aligned = pooled_planes(aligned, moments, noise, parameters)
    planes = np.where(better[:, None], aligned, segments.planes)
    refuted = _refuted(window, segments, points, planes, better, parameters) & (not chosen)
    return replace(
        segments,
        labels=np.where(np.concatenate(([False], refuted))[segments.labels], 0, segments.labels)
        .astype(np.int32),
        planes=planes,
        rmse=np.where(better, rmse, segments.rmse),
        moments=np.where(better[:, None], moments, segments.moments),
        noise=max(segments.noise, noise),
    )  # fmt: skip


def _refuted(
    window: Window,
    segments: Segments,
    points: RoofPoints,
    planes: FloatArray,
    better: NDArray[np.bool_],
    parameters: Roofs,
) -> NDArray[np.bool_]:
    """Tell which planes fewer than ``point_share`` of the roof points over them lie on.

    Asked of small planes, and of those no fit was found for, where there are points enough.
    """
    over, near = points.over_planes(window, segments.labels, planes, parameters.doubt_rmse_m)
    size = np.bincount(segments.labels.ravel(), minlength=len(planes) + 1)[1:]
    small = size * window.resolution**2 < parameters.doubt_area_m2
    asked = (small | ~better) & (over >= parameters.few_pixels)
    return asked & (near < parameters.point_share * over)
