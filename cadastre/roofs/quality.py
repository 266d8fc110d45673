"""How far a roof can be trusted, in figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels import label_maps, pixel_counts
from cadastre.parameters import Roofs
from cadastre.roofs.points import RoofPoints
from cadastre.roofs.windows import Window

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]


def trusted_planes(
    planes: FloatArray,
    rmse: FloatArray,
    support: FloatArray,
    turn: FloatArray,
    resolution: float,
    noise: float,
    parameters: Roofs,
) -> MaskArray:
    """Tell roof planes from patches of tree crowns: small ones must face a wall and fit well.

    Parameters
    ----------
    planes, rmse, support
        (n, 3), residual (m) and number of pixels of each fit.
    turn
        Angle of each azimuth to the nearest wall, degrees.
    resolution, noise
        Pixel size and height noise, m.
    parameters
        ``doubt_area_m2`` and what follows it.
    """
    fitted = np.isfinite(rmse) & (support >= parameters.least_pixels)
    small = support * resolution**2 < parameters.doubt_area_m2
    sloped = np.hypot(planes[:, 0], planes[:, 1]) > np.tan(np.radians(parameters.doubt_tilt_deg))
    turned = sloped & (turn > parameters.doubt_turn_deg)
    steep = np.maximum(1.0, np.sqrt(1.0 + (planes[:, :2] ** 2).sum(axis=1)) / 1.5)
    rough = rmse > steep * max(parameters.doubt_rmse_m, parameters.doubt_noise_factor * noise)
    return fitted & ~(small & (turned | rough))


@dataclass(frozen=True)
class RoofQuality:
    """Share of the roof its planes explain, share under trees, measurements per m²."""

    explained_share: float
    vegetation_share: float
    points_per_m2: float


def roof_quality(
    window: Window,
    own: MaskArray,
    labels: LabelArray,
    planes: FloatArray,
    noise: float,
    points: RoofPoints | None,
    parameters: Roofs,
) -> RoofQuality:
    """Compare the measured heights under a roof with its planes.

    A pixel is explained when it lies within ``trim_noise_factor`` noises of its plane; ramps at
    the foot of steps do not count. With ``points``, pixels that hold roof points are judged by
    these instead, and the density is theirs: what gridding made of them is not the roof.
    Vegetation: known tree pixels and large groups of pixels well above their plane.
    """
    reach = max(parameters.trim_noise_factor * noise, 0.15)
    if points is None:
        seen = np.full(labels.shape, np.nan)
    else:
        seen = points.near_share(window, labels, planes, reach)
    total, measured, judged, explained, high = pixel_counts.roof_shares(
        window.z, own, labels, planes, window.vegetation, window.resolution,
        reach, parameters.edge_step_m, parameters.vegetation_height_m, seen,
    )  # fmt: skip
    if total == 0 or measured == 0:
        return RoofQuality(0.0, float("nan"), 0.0)
    smallest = max(1, round(parameters.vegetation_area_m2 / window.resolution**2))
    _, _, size = label_maps.split_components(high, np.array([smallest], np.int64))
    density = measured / total / window.resolution**2
    if points is not None:
        density = points.density(window, labels > 0)
    return RoofQuality(explained / judged if judged else 0.0, float(size.sum()) / total, density)
