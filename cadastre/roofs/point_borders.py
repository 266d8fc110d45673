"""Borders between planes by points: labels on a finer lattice than the surface model's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels import label_maps, pixels
from cadastre.parameters import Roofs
from cadastre.roofs.outline import Outline
from cadastre.roofs.point_planes import point_cells, smooth_by_points
from cadastre.roofs.points import RoofPoints
from cadastre.roofs.windows import Window, mask_of

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]


def finer(mask: NDArray[np.generic], times: int) -> NDArray[np.generic]:
    """Cut each pixel of an array into ``times`` by ``times``."""
    return np.repeat(np.repeat(mask, times, axis=0), times, axis=1)


def fine_labels(
    window: Window,
    parts: LabelArray,
    planes: FloatArray,
    noise: float,
    masks: tuple[list[Outline], MaskArray],
    points: RoofPoints,
    parameters: Roofs,
) -> tuple[LabelArray, MaskArray, IndexArray, float]:
    """Labels of the parts of a roof on pixels ``point_finer`` times as fine, by their points.

    ``masks``: outlines of the roof, pixels of it that are not its own. Returned: labels, the
    roof's pixels, the row of ``planes`` of each label, pixel size (m).
    """
    times = parameters.point_finer
    outlines, not_own = masks
    fine = replace(
        window, resolution=window.resolution / times, z=finer(window.z, times),
        ground=finer(window.ground, times), vegetation=finer(window.vegetation, times),
    )  # fmt: skip
    roof = np.zeros(fine.z.shape, bool)
    for outline in outlines:
        roof |= mask_of(fine, outline.x, outline.y, outline.starts)
    not_own = finer(not_own, times)
    roof &= ~not_own
    labels = np.ascontiguousarray(finer(parts, times))
    wide = pixels.dilate(roof, 2 * times) | (labels > 0)
    label_maps.spread_labels(labels, wide)
    cells = point_cells(fine, points, parameters)
    smooth_by_points(cells, roof, labels, planes, noise, parameters)
    level = parameters.min_plane_area_m2 / np.sqrt(1.0 + (planes[:, :2] ** 2).sum(axis=1))
    smallest = np.maximum(parameters.min_region_area_m2, level) / fine.resolution**2
    found, source, _ = label_maps.split_components(labels, np.ceil(smallest).astype(np.int64))
    label_maps.spread_labels(found, wide)
    return found, roof, source, fine.resolution
