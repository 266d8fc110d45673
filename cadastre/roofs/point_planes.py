"""What points add to the planes of a raster: small planes, and whose each pixel is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels import label_maps, point_growth, point_regions
from cadastre.kernels.plane_fit import MOMENTS
from cadastre.parameters import Roofs
from cadastre.roofs.points import RoofPoints
from cadastre.roofs.segmentation import Segments
from cadastre.roofs.windows import Window

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]


@dataclass(frozen=True)
class PointCells:
    """Roof points of a window by pixel, as :func:`point_regions.point_cells` sorts them."""

    points: FloatArray
    start: IndexArray
    members: IndexArray


def point_cells(window: Window, points: RoofPoints, parameters: Roofs) -> PointCells:
    """Sort the roof points of a window by pixel."""
    rows, cols = window.z.shape
    start, members = point_regions.point_cells(
        points.roof, (rows, cols), window.resolution, parameters.point_depth_m
    )
    return PointCells(points.roof, start, members)


def points_noise(segments: Segments, parameters: Roofs) -> float:
    """Noise of points on planes refitted to them, m: what a raster made of them adds is none.

    Median of the residuals, at least half of ``noise_low_m`` and at most the noise of the raster.
    """
    known = segments.rmse[np.isfinite(segments.rmse)]
    if len(known) == 0:
        return segments.noise
    return min(max(float(np.median(known)), parameters.noise_low_m / 2.0), segments.noise)


def planes_among_points(
    window: Window, segments: Segments, cells: PointCells, own: MaskArray, parameters: Roofs
) -> Segments:
    """Add planes that the points under a roof agree on and that the raster did not show.

    Only points that lie on no plane of ``segments`` have a say.
    """
    p = parameters
    rows, cols = window.z.shape
    noise = points_noise(segments, p)
    labels = segments.labels.copy()
    smooth_by_points(cells, own, labels, segments.planes, noise, p)
    cut = max(p.trim_noise_factor * noise, p.point_near_m)
    free = point_regions.far_points(
        cells.points, cells.start, cells.members, labels, segments.planes, own, cut
    )
    region, found = point_growth.grow_on_points(
        cells.points, cells.start, cells.members, free, (rows, cols), window.resolution,
        p.point_step_m, cut, math.tan(math.radians(p.facing_tilt_deg)), p.point_least,
        max(2, math.ceil(p.point_area_m2 / window.resolution**2)),
    )  # fmt: skip
    if len(found) == 0:
        return replace(segments, labels=labels)
    point_regions.label_cells(region, cells.start, cells.members, labels, len(segments.planes))
    planes = np.concatenate((segments.planes, found))
    smooth_by_points(cells, own, labels, planes, noise, p)
    return Segments(
        labels, planes,
        np.concatenate((segments.rmse, np.full(len(found), np.nan))),
        np.concatenate((segments.moments, np.zeros((len(found), MOMENTS)))),
        segments.noise,
    )  # fmt: skip


def smooth_by_points(
    cells: PointCells,
    domain: MaskArray,
    labels: LabelArray,
    planes: FloatArray,
    noise: float,
    parameters: Roofs,
) -> None:
    """Let the points of each pixel of ``domain`` choose among the planes beside it, in place."""
    p = parameters
    point_regions.smooth_on_points(
        cells.points, cells.start, cells.members, domain, labels, planes,
        max(noise, p.label_sigma_m), p.label_smoothness, p.label_outlier_cost,
        p.point_label_weight, 8,
    )  # fmt: skip
    label_maps.spread_labels(labels, domain & (labels >= 0))
