"""Azimuths and tilts: clockwise from north, degrees, on every border.

Radians live inside functions only. A plane is ``z = a x + b y + c`` with x east, y north.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def wrap_azimuth(azimuth: ArrayLike) -> FloatArray:
    """Azimuth brought into [0, 360), degrees."""
    wrapped = np.mod(np.asarray(azimuth, dtype=np.float64), 360.0)
    return np.where(wrapped >= 360.0, 0.0, wrapped)


def azimuth_difference(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """Smallest absolute angle between two azimuths, degrees in [0, 180]."""
    difference = np.mod(np.asarray(first, np.float64) - np.asarray(second, np.float64), 360.0)
    return np.minimum(difference, 360.0 - difference)


def tilt_from_slopes(a: ArrayLike, b: ArrayLike) -> FloatArray:
    """Tilt of the plane ``z = a x + b y + c``, degrees from horizontal in [0, 90)."""
    return np.degrees(np.arctan(np.hypot(np.asarray(a, np.float64), np.asarray(b, np.float64))))


def azimuth_from_slopes(a: ArrayLike, b: ArrayLike) -> FloatArray:
    """Azimuth the plane faces (downslope), degrees clockwise from grid north; 0 when level."""
    return wrap_azimuth(
        np.degrees(np.arctan2(-np.asarray(a, np.float64), -np.asarray(b, np.float64)))
    )


def slopes_from_angles(
    surface_tilt: ArrayLike, surface_azimuth: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Slopes (a, b) of ``z = a x + b y + c`` for tilt and azimuth in degrees; tilt below 90."""
    slope = np.tan(np.radians(np.asarray(surface_tilt, np.float64)))
    azimuth_rad = np.radians(np.asarray(surface_azimuth, np.float64))
    return -slope * np.sin(azimuth_rad), -slope * np.cos(azimuth_rad)


def normal_from_angles(surface_tilt: ArrayLike, surface_azimuth: ArrayLike) -> FloatArray:
    """Upward unit normal (east, north, up), shape (..., 3), of tilt and azimuth in degrees."""
    tilt_rad = np.radians(np.asarray(surface_tilt, np.float64))
    azimuth_rad = np.radians(np.asarray(surface_azimuth, np.float64))
    return np.stack(
        np.broadcast_arrays(
            np.sin(tilt_rad) * np.sin(azimuth_rad),
            np.sin(tilt_rad) * np.cos(azimuth_rad),
            np.cos(tilt_rad),
        ),
        axis=-1,
    )
