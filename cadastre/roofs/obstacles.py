"""What stands on a plane: chimneys, boxes, parapets, small dormers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels import label_maps, pixel_counts, pixels
from cadastre.parameters import Roofs
from cadastre.roofs.outline import plain_borders, plane_rings
from cadastre.roofs.windows import Window

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Obstacles:
    """Obstacles of one roof: row of the plane, kind, height (m) and closed rings.

    Rings are in window coordinates; ``ring_of`` says which obstacle a ring belongs to.
    """

    plane: IndexArray
    kind: list[str]
    height: FloatArray
    points: FloatArray
    ring_start: IndexArray
    ring_of: IndexArray


def no_obstacle() -> Obstacles:
    """Return an empty set."""
    return Obstacles(
        np.empty(0, np.int64), [], np.empty(0), np.empty((0, 2)), np.zeros(1, np.int64),
        np.empty(0, np.int64),
    )  # fmt: skip


def obstacles_on(
    window: Window,
    labels: LabelArray,
    planes: FloatArray,
    noise: float,
    direction: float,
    parameters: Roofs,
) -> Obstacles:
    """Find groups of pixels that stand above their plane by ``obstacle_height_m`` or more.

    Ramps at the foot of higher planes and tree crowns (large or ragged) are no obstacles.

    Parameters
    ----------
    window, labels, planes
        Heights, plane of each pixel under the outline (k + 1) and planes.
    noise
        Height noise, m.
    direction
        Direction of the walls, rad.
    parameters
        Heights and areas.
    """
    above, groups = pixel_counts.standing_pixels(
        window.z, labels, planes, window.resolution,
        max(parameters.obstacle_height_m, 4.0 * noise), parameters.edge_step_m,
    )  # fmt: skip
    cell = window.resolution**2
    smallest = np.full(len(planes), max(1, round(parameters.obstacle_area_m2 / cell)), np.int64)
    parts, source, size = label_maps.split_components(groups, smallest)
    if len(source) == 0:
        return no_obstacle()
    keep = np.zeros(len(source), bool)
    height = np.zeros(len(source))
    kind = []
    border = pixels.dilate(labels == 0, 1)
    for k in range(len(source)):
        held = parts == k + 1
        height[k] = pixel_counts.quantile_of(above, parts, k + 1, 0.8)
        name = _kind(held, border, size[k] * cell, planes[source[k]], parameters)
        crown = size[k] * cell > parameters.vegetation_area_m2 and (
            float(np.std(above[held])) > parameters.vegetation_height_m / 2.0
        )
        keep[k] = not crown
        kind.append(name)
    number = np.concatenate(([0], np.where(keep, np.cumsum(keep), 0))).astype(np.int32)
    parts = number[parts]
    rows = np.flatnonzero(keep)
    points, ring_start, ring_label = plane_rings(
        parts, parts > 0, np.zeros((len(rows), 3)), window.resolution, plain_borders(direction),
        parameters,
    )  # fmt: skip
    return Obstacles(
        source[rows], [kind[k] for k in rows], height[rows], points, ring_start,
        ring_label.astype(np.int64) - 1,
    )  # fmt: skip


def _kind(
    held: MaskArray, border: MaskArray, area: float, plane: FloatArray,
    parameters: Roofs,
) -> str:  # fmt: skip
    """Chimney, box, parapet or dormer, after its size, place and the slope under it."""
    flat = float(np.hypot(plane[0], plane[1])) < np.tan(np.radians(parameters.flat_tilt_deg))
    inner = ~pixels.dilate(~held, 1) & held
    thin = not inner.any() or 2.0 * inner.sum() < 0.2 * held.sum()
    if flat and thin and (held & border).any() and area > parameters.chimney_area_m2:
        return "parapet"
    if area <= parameters.chimney_area_m2:
        return "chimney"
    return "box" if flat else "dormer"
