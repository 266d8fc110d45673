"""Which planes of a window to trust, and a second chance for those in doubt."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels import label_maps, pixel_counts
from cadastre.kernels.plane_priors import planes_facing
from cadastre.parameters import Roofs
from cadastre.roofs.orientation import turn_from_walls
from cadastre.roofs.quality import trusted_planes
from cadastre.roofs.segmentation import Segments
from cadastre.roofs.windows import Window

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]


def judged(
    window: Window, whole: Segments, walls: FloatArray, parameters: Roofs
) -> tuple[Segments, MaskArray]:
    """Tell which planes to trust; doubtful ones get a second chance as planes facing a wall."""
    support = whole.moments[:, 0]
    trusted = trusted_planes(
        whole.planes, whole.rmse, support, turn_from_walls(whole.planes, walls),
        window.resolution, whole.noise, parameters,
    )  # fmt: skip
    rim = _rims(whole, parameters)
    trusted &= ~rim
    doubtful = np.flatnonzero(~trusted & ~rim)
    if len(doubtful) == 0 or len(walls) == 0:
        return whole, trusted
    most = math.ceil(parameters.doubt_area_m2 / window.resolution**2)
    found, rmse, inliers = planes_facing(
        window.z, whole.labels, doubtful, walls, window.resolution,
        parameters.facing_noise_factor * whole.noise,
        math.tan(math.radians(parameters.facing_tilt_deg)), most, 0.0,
    )  # fmt: skip
    size = np.bincount(whole.labels.ravel(), minlength=len(support) + 1)[1:][doubtful]
    saved = (inliers >= parameters.few_pixels) & (inliers >= parameters.facing_share * size)
    planes, residual, moments = whole.planes.copy(), whole.rmse.copy(), whole.moments.copy()
    rows = doubtful[saved]
    planes[rows], residual[rows], moments[rows, 0] = found[saved], rmse[saved], inliers[saved]
    trusted = trusted.copy()
    trusted[rows] = True
    return replace(whole, planes=planes, rmse=residual, moments=moments), trusted


def without_doubtful(
    window: Window, segments: Segments, first: int, walls: FloatArray, parameters: Roofs
) -> Segments:
    """Give up planes from row ``first`` on that are small and turned from every wall, or rough.

    Points agree on small planes anywhere: on a dome, on a crown, on things that lie about.
    """
    planes = segments.planes[first:]
    size = np.bincount(segments.labels.ravel(), minlength=len(segments.planes) + 1)[1 + first :]
    trusted = trusted_planes(
        planes, segments.rmse[first:], size.astype(np.float64), turn_from_walls(planes, walls),
        window.resolution, segments.noise, parameters,
    )  # fmt: skip
    if trusted.all():
        return segments
    kept = np.concatenate((np.ones(first + 1, bool), trusted))
    labels = np.where(kept[segments.labels], segments.labels, 0).astype(np.int32)
    return replace(segments, labels=labels)


def _rims(whole: Segments, parameters: Roofs) -> MaskArray:
    """Tell which planes are level, narrow and a little higher than the level roof beside them.

    These are parapets and the tops of chimneys and boxes too small to carry anything.
    """
    count = len(whole.planes)
    size, core = pixel_counts.label_sizes(whole.labels, count)
    limit = np.tan(np.radians(parameters.flat_tilt_deg))
    level = np.hypot(whole.planes[:, 0], whole.planes[:, 1]) < limit
    out = np.zeros(count, bool)
    narrow = np.flatnonzero(level & (core < parameters.rim_core_share * size))
    if len(narrow) == 0:
        return out
    beside = label_maps.adjacency(whole.labels, count)[1:, 1:]
    for k in narrow:
        if not beside[k].any():
            continue
        other = int(np.argmax(beside[k]))
        middle = whole.moments[k, 1:3] / max(whole.moments[k, 0], 1.0)
        above = (whole.planes[k] - whole.planes[other]) @ np.array([*middle, 1.0])
        out[k] = level[other] and (
            parameters.obstacle_height_m <= above <= parameters.parapet_height_m
        )
    return out
