"""Outlines: the footprint's edges moved to the eaves, planes that share straight edges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels import (
    arc_lines,
    arcs,
    eave_lines,
    edges,
    pixels,
    point_lines,
    ramps,
    settling,
)
from cadastre.parameters import Roofs
from cadastre.roofs.segmentation import Segments
from cadastre.roofs.windows import Neighbours, Window

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]
IndexArray = NDArray[np.int64]
RampModel = tuple[float, float, float, float]


@dataclass(frozen=True)
class Outline:
    """Closed rings in window coordinates (m): outer ones counter-clockwise, holes clockwise."""

    x: FloatArray
    y: FloatArray
    starts: IndexArray


def edge_vectors(
    x: FloatArray, y: FloatArray, starts: IndexArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """East, north and length of the edge after each vertex of closed rings, m.

    The length after the last vertex of a ring is zero, its direction without meaning.
    """
    ex, ey = np.empty_like(x), np.empty_like(y)
    ex[:-1], ey[:-1] = x[1:] - x[:-1], y[1:] - y[:-1]
    ex[-1:], ey[-1:] = -x[-1:], -y[-1:]
    length = np.hypot(ex, ey)
    length[starts[1:] - 1] = 0.0
    return ex, ey, length


def main_direction(x: FloatArray, y: FloatArray, starts: IndexArray) -> float:
    """Direction of the walls modulo a quarter turn, rad: mean of fourfold edge angles."""
    ex, ey, length = edge_vectors(x, y, starts)
    angle = 4.0 * np.arctan2(ey, ex)
    c, s = float((length**2 * np.cos(angle)).sum()), float((length**2 * np.sin(angle)).sum())
    if math.hypot(c, s) < 1e-9:
        return math.nan
    return math.atan2(s, c) / 4.0


def ramp_model(resolution: float, on_points: bool, parameters: Roofs) -> RampModel:
    """Give what :func:`cadastre.kernels.ramps.ramp_retreat` needs, for a pixel size (m).

    Points make no ramp.
    """
    if on_points:
        return 1.0, 2.0, 0.0, 0.0
    scale = max(1.0, 2.0 * resolution)
    return (
        parameters.ramp_narrow_m * scale,
        parameters.ramp_wide_m * scale,
        parameters.ramp_narrow_retreat_m * scale,
        parameters.ramp_wide_retreat_m * scale,
    )


def eave_outline(
    window: Window,
    heights: FloatArray,
    segments: Segments,
    neighbours: Neighbours,
    footprint: Outline,
    ramp: RampModel,
    parameters: Roofs,
) -> tuple[Outline, float, FloatArray]:
    """Move each edge of a registered footprint to the end of the roof seen along it.

    Edges that show no clear fall (trees, short edges) take the median overhang of the others;
    party walls go where both neighbours place them. No roof reaches farther than
    ``overhang_max_m`` beyond its wall. Also returned: the retreat from the middle of ramps, m,
    and the free edges after the move (x1, y1, x2, y2).
    """
    x, y, starts = footprint.x, footprint.y, footprint.starts
    found = ramps.edge_ramps(
        heights, window.z, segments.labels, segments.planes, neighbours.mask, x, y, starts,
        window.resolution, np.full(len(x), 2.0 * parameters.overhang_m),
        parameters.outline_reach_m, parameters.outline_drop_m, parameters.outline_edge_m,
    )  # fmt: skip
    free = found[:, 4] >= parameters.outline_free_share
    clear = np.isfinite(found[:, 0]) & (found[:, 2] <= parameters.outline_misfit) & free
    width = parameters.ramp_typical_m
    if clear.any():
        weight = found[clear, 3]
        width = float((found[clear, 1] * weight).sum() / weight.sum())
    retreat = ramps.ramp_retreat(width, ramp)
    offset = found[:, 0] - retreat
    typical = settling.median(offset[clear]) if clear.any() else parameters.overhang_m
    typical = min(max(typical, -0.3), parameters.overhang_m + 3.0 * parameters.overhang_spread_m)
    offset = np.minimum(np.where(clear, offset, typical), parameters.overhang_max_m)
    offset = np.where(
        free,
        offset,
        _wall_offsets(neighbours, footprint, window.resolution, parameters.touching_m),
    )
    x, y = edges.offset_rings(x, y, starts, np.where(np.isnan(offset), 0.0, offset), 1.0)
    clear[starts[1:] - 1] = False
    one = np.flatnonzero(clear)
    eaves = np.column_stack((x[one], y[one], x[one + 1], y[one + 1]))
    return Outline(x, y, starts), retreat, eaves


def _wall_offsets(
    neighbours: Neighbours, footprint: Outline, resolution: float, reach: float
) -> FloatArray:
    """Offset of each edge along its normal to the wall shared with the neighbour there, m."""
    x, y, starts = footprint.x, footprint.y, footprint.starts
    facing = edges.edge_partners(neighbours.numbers, x, y, starts, resolution)
    rings = neighbours.rings
    return edges.wall_offsets(
        x, y, starts, facing, neighbours.beyond, rings.x, rings.y, rings.ring_start, rings.start,
        neighbours.chosen, neighbours.moved, reach,
    )  # fmt: skip


def annex_outline(
    window: Window,
    heights: FloatArray,
    segments: Segments,
    foreign: MaskArray,
    roof: MaskArray,
    rectangle: Outline,
    retreat: float,
    parameters: Roofs,
) -> Outline | None:
    """Refine the edges of an annex's rectangle; those that face the roof reach into it.

    None when fewer than half of the free edges show a clear fall, or one lies far from the
    pixels: no built annex.
    """
    n = len(rectangle.x)
    found = ramps.edge_ramps(
        heights, window.z, segments.labels, segments.planes, foreign | pixels.dilate(roof, 2),
        rectangle.x, rectangle.y, rectangle.starts, window.resolution, np.full(n, retreat),
        parameters.outline_reach_m, parameters.outline_drop_m, parameters.outline_edge_m,
    )  # fmt: skip
    free = found[:, 4] >= 0.5
    offset = found[:, 0] - retreat
    measured = free & np.isfinite(offset)
    clear = measured & (found[:, 2] <= parameters.annex_misfit)
    if (
        2 * clear.sum() < max(free.sum(), 1)
        or (np.abs(offset[measured]) > parameters.annex_edge_m).any()
    ):
        return None
    offset = np.where(measured, offset, np.where(free, 0.0, 1.5))
    x, y = edges.offset_rings(
        rectangle.x, rectangle.y, rectangle.starts, np.nan_to_num(offset), 3.0
    )
    return Outline(x, y, rectangle.starts)


@dataclass(frozen=True)
class Borders:
    """What places the borders between planes.

    ``heights`` (n, 3) measured x, y, z (may be empty); ``noise`` of one height, m; ``direction``
    of the walls, rad, NaN for none; ``ramp`` of :func:`ramp_model`; ``eaves`` (m, 4): free edges
    of the outline (x1, y1, x2, y2), the roof on their left; ``points`` (k, 3): roof points, none
    without a point cloud.
    """

    heights: FloatArray
    noise: float
    direction: float
    ramp: RampModel
    eaves: FloatArray
    points: FloatArray


def plain_borders(direction: float) -> Borders:
    """Borders of shapes that are no planes: straight pieces along the walls, nothing else."""
    return Borders(
        np.empty((0, 3)), 0.0, direction, (1.0, 2.0, 0.0, 0.0), np.empty((0, 4)), np.empty((0, 3))
    )


def plane_rings(
    labels: NDArray[np.int32],
    roof: MaskArray,
    planes: FloatArray,
    resolution: float,
    borders: Borders,
    parameters: Roofs,
) -> tuple[FloatArray, IndexArray, NDArray[np.int32]]:
    """Polygons of labels with straight shared edges: points, ring starts, label of each ring.

    ``roof`` marks the pixels that count, see :func:`cadastre.kernels.arc_lines.fit_arcs`.
    """
    corners, starts, sides, closed, arc_of = arcs.trace_arcs(labels)
    on_points = len(borders.points) > 0
    lines, ends, piece_start = arc_lines.fit_arcs(
        borders.heights, labels, roof, corners, starts, sides, closed, planes, resolution,
        parameters.split_tolerance_px * resolution, parameters.line_tolerance_px * resolution,
        borders.noise, borders.direction, math.radians(parameters.snap_angle_deg),
        math.inf if on_points else parameters.edge_step_m, borders.ramp,
        parameters.point_stray_m if on_points else math.inf,
    )  # fmt: skip
    if len(borders.eaves):
        holders = eave_lines.eave_labels(borders.eaves, labels, resolution)
        eave_lines.draw_to_eaves(
            lines, ends, piece_start, sides, planes, borders.eaves, holders,
            parameters.eave_reach_m * max(1.0, 2.0 * resolution),
            (parameters.eave_step_low_m, parameters.eave_step_high_m),
            math.radians(parameters.snap_angle_deg),
        )  # fmt: skip
    if on_points:
        point_lines.draw_to_points(
            lines, ends, piece_start, sides, planes, borders.points,
            max(parameters.trim_noise_factor * borders.noise, parameters.point_near_m),
            parameters.point_border_m,
        )  # fmt: skip
    nodes = arcs.place_nodes(
        corners, starts, sides, closed, lines, piece_start, labels.shape, resolution,
        parameters.node_limit_m, parameters.node_damping,
    )  # fmt: skip
    return arcs.face_rings(
        labels, arc_of, corners, starts, closed, lines, ends, piece_start, nodes,
        2.0 * resolution,
    )  # fmt: skip
