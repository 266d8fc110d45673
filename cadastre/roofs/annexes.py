"""Roof parts that the footprint forgot: planes that touch the building outside of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels import pixels
from cadastre.parameters import Roofs
from cadastre.roofs.outline import Outline
from cadastre.roofs.segmentation import Segments
from cadastre.roofs.windows import Window

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]


def annex_outlines(
    window: Window,
    segments: Segments,
    candidates: NDArray[np.int64],
    own: MaskArray,
    direction: float,
    parameters: Roofs,
) -> tuple[list[tuple[int, Outline]], bool]:
    """Find which planes outside the footprint are annexes of it, each with a rectangle.

    A plane is an annex when it touches the roof, lies on its pixels,
    fills a rectangle along the building's walls and is neither small nor steep. Trees fail the
    second and third tests.

    Parameters
    ----------
    window, segments
        Heights and planes of the window.
    candidates
        Rows of ``segments.planes`` that lie mostly outside of the footprint.
    own
        Pixels of the registered footprint.
    direction
        Direction of the walls, rad; NaN for none.
    parameters
        Limits.

    Returns
    -------
    annexes, cut
        Rows of planes with their rectangle before its edges are refined; whether one reaches the
        end of the window.
    """
    res = window.resolution
    if len(candidates) == 0 or own.sum() * res**2 < parameters.annex_min_footprint_m2:
        return [], False
    residual = np.abs(pixels.residuals(window.z, segments.labels, segments.planes, res))
    supported = residual <= parameters.trim_noise_factor * segments.noise
    near_own = pixels.dilate(own, 3)
    found, cut = [], False
    for k in candidates:
        held = segments.labels == k + 1
        mask = held & supported
        count = int(mask.sum())
        tilt = math.degrees(math.atan(math.hypot(*segments.planes[k, :2])))
        if (
            count * res**2 < parameters.annex_area_m2
            or count < parameters.annex_support * held.sum()
            or tilt > parameters.annex_tilt_deg
            or count > parameters.annex_share * own.sum()
        ):
            continue
        if int((held & near_own).sum()) < 3:
            continue
        if tilt > parameters.annex_aligned_tilt_deg and not _aligned(
            segments.planes[k], direction, parameters.annex_turn_deg
        ):
            continue
        rectangle, fill = _rectangle(mask, direction, res)
        if fill >= parameters.annex_fill:
            found.append((int(k), rectangle))
            cut = cut or _touches_border(held)
    return found, cut


def _touches_border(mask: MaskArray) -> bool:
    """Tell whether a mask comes within two pixels of the end of its window."""
    return bool(mask[:2].any() or mask[-2:].any() or mask[:, :2].any() or mask[:, -2:].any())


def _aligned(plane: FloatArray, direction: float, turn: float) -> bool:
    """Tell whether a plane faces along or across the walls within ``turn`` degrees."""
    if math.isnan(direction):
        return True
    angle = math.degrees(math.atan2(-plane[1], -plane[0]) - direction)
    return abs((angle + 45.0) % 90.0 - 45.0) <= turn


def _rectangle(mask: MaskArray, direction: float, resolution: float) -> tuple[Outline, float]:
    """Rectangle along a direction around a mask's pixels, and the share of it they fill.

    Its sides leave out the outermost one in fifty of the pixels.
    """
    rows, cols = np.nonzero(mask)
    x, y = (cols + 0.5) * resolution, -(rows + 0.5) * resolution
    angle = 0.0 if math.isnan(direction) else direction
    c, s = math.cos(angle), math.sin(angle)
    u, v = c * x + s * y, -s * x + c * y
    half = 0.5 * resolution
    u0, u1 = np.quantile(u, [0.02, 0.98]) + np.array([-half, half])
    v0, v1 = np.quantile(v, [0.02, 0.98]) + np.array([-half, half])
    inside = (u >= u0) & (u <= u1) & (v >= v0) & (v <= v1)
    fill = float(inside.sum()) * resolution**2 / float((u1 - u0) * (v1 - v0))
    corner_u = np.array([u0, u1, u1, u0, u0])
    corner_v = np.array([v0, v0, v1, v1, v0])
    return (
        Outline(
            c * corner_u - s * corner_v, s * corner_u + c * corner_v, np.array([0, 5], np.int64)
        ),
        fill,
    )
