"""Planes face the walls: fitted azimuths drawn to the normals of footprint edges."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels.plane_priors import align_planes, pool_pitches
from cadastre.parameters import Roofs
from cadastre.roofs.outline import Outline, edge_vectors

FloatArray = NDArray[np.float64]
_SAME_WALL = math.radians(2.0)


def wall_directions(footprint: Outline, min_length: float) -> FloatArray:
    """Directions of footprint edges at least ``min_length`` (m) long, rad in [0, pi/2), by length.

    Parallel and perpendicular edges (within 2 degrees) count as one, at their weighted mean.
    """
    ex, ey, length = edge_vectors(footprint.x, footprint.y, footprint.starts)
    use = length >= min_length
    if not use.any():
        return np.empty(0)
    angle = np.mod(np.arctan2(ey[use], ex[use]), np.pi / 2.0)
    length = length[use]
    order = np.lexsort((angle, -length))
    angle, length = angle[order], length[order]
    east, north = length * np.cos(4.0 * angle), length * np.sin(4.0 * angle)
    found: list[list[float]] = []
    for turn, c, s in zip(angle.tolist(), east.tolist(), north.tolist(), strict=True):
        for group in found:
            mean = math.atan2(group[1], group[0]) / 4.0
            away = (turn - mean + math.pi / 4.0) % (math.pi / 2.0) - math.pi / 4.0
            if abs(away) < _SAME_WALL:
                group[0] += c
                group[1] += s
                break
        else:
            found.append([c, s])
    both = np.array(found)
    return np.arctan2(both[:, 1], both[:, 0]) / 4.0


def turn_from_walls(planes: FloatArray, directions: FloatArray) -> FloatArray:
    """Smallest angle between the azimuth of planes and wall directions or normals, degrees.

    45 where there is no wall; level planes get an angle without meaning.
    """
    if len(directions) == 0:
        return np.full(len(planes), 45.0)
    azimuth = np.arctan2(planes[:, 1], planes[:, 0])[:, None]
    quarter = np.pi / 2.0
    away = np.mod(azimuth - directions[None, :] + quarter / 2.0, quarter) - quarter / 2.0
    return np.degrees(np.abs(away).min(axis=1))


def aligned_planes(
    planes: FloatArray,
    moments: FloatArray,
    directions: FloatArray,
    noise: float,
    parameters: Roofs,
) -> FloatArray:
    """Draw planes to the walls (:func:`wall_directions`) where their pixels allow it.

    The slope along the nearest wall direction is expected to be nil up to a spread that
    corresponds to ``align_spread_deg`` of azimuth; where the fit contradicts it by more than
    ``align_sigmas``, the plane stays as fitted. Both errors enter with their weight, so that a
    large plane keeps its own azimuth and a small one takes the wall's.
    """
    return align_planes(
        planes, moments, directions, noise * parameters.align_noise_factor,
        np.radians(parameters.align_spread_deg), parameters.align_sigmas,
        np.tan(np.radians(parameters.align_min_tilt_deg)),
    )  # fmt: skip


def pooled_planes(
    planes: FloatArray, moments: FloatArray, noise: float, parameters: Roofs
) -> FloatArray:
    """Draw tilts within their errors of each other to their mean: a roof has few pitches."""
    return pool_pitches(
        planes, moments, noise * parameters.pitch_noise_factor, parameters.pitch_spread_deg,
        parameters.pitch_sigmas, parameters.pitch_min_tilt_deg,
    )  # fmt: skip
