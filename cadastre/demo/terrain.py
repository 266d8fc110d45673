"""The street frame and the ground: closed forms, defined everywhere."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

TERRIL_SLOPE_DEG = 33.0
STREET_HALF_WIDTH_M = 3.2
STREET_DEPTH_M = 0.14
_BEND_PERIOD_M = 620.0
_FOOT = 0.03


@dataclass(frozen=True)
class Streets:
    """Bent parallel streets: s runs along them, t across, metres from (x, y).

    Street ``k`` is the line ``t = k * pitch``, cross street ``m`` the line ``s = m * block``.
    """

    x: float
    y: float
    bearing: float
    bend: float
    phase: float
    pitch: float
    block: float

    def world(self, s: ArrayLike, t: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Coordinates of points of the street frame, m."""
        s, t = np.asarray(s, np.float64), np.asarray(t, np.float64) + self._swing(s)
        cos, sin = math.cos(math.radians(self.bearing)), math.sin(math.radians(self.bearing))
        return self.x + cos * s - sin * t, self.y + sin * s + cos * t

    def local(self, x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Street frame coordinates (s, t) of points, m."""
        dx, dy = np.asarray(x, np.float64) - self.x, np.asarray(y, np.float64) - self.y
        cos, sin = math.cos(math.radians(self.bearing)), math.sin(math.radians(self.bearing))
        s = cos * dx + sin * dy
        return s, cos * dy - sin * dx - self._swing(s)

    def heading(self, s: float) -> float:
        """Bearing of the streets at ``s``, degrees counter-clockwise from east."""
        wave = 2.0 * math.pi / _BEND_PERIOD_M
        return self.bearing + math.degrees(
            math.atan(self.bend * wave * math.cos(wave * s + self.phase))
        )

    def _swing(self, s: ArrayLike) -> FloatArray:
        wave = 2.0 * math.pi / _BEND_PERIOD_M
        return self.bend * np.sin(wave * np.asarray(s, np.float64) + self.phase)


@dataclass(frozen=True)
class Terril:
    """A conical slag heap with a rounded summit and gullies."""

    x: float
    y: float
    height: float

    @property
    def radius(self) -> float:
        """Radius of its foot, m."""
        return self.height / math.tan(math.radians(TERRIL_SLOPE_DEG))

    def rise(self, x: ArrayLike, y: ArrayLike) -> FloatArray:
        """Height above the ground without it, m; 0 beyond 1.03 times the radius."""
        dx, dy = np.asarray(x, np.float64) - self.x, np.asarray(y, np.float64) - self.y
        distance = np.sqrt(dx * dx + dy * dy + 16.0)
        angle = np.arctan2(dy, dx)
        share = 1.0 - distance / self.radius
        # rounded foot: a parabola joins 0 and the straight flank, no rise beyond it
        foot = np.clip(share + _FOOT, 0.0, 2.0 * _FOOT)
        smooth = foot * foot / (4.0 * _FOOT) + np.maximum(share - _FOOT, 0.0)
        flank = np.clip(share * (1.0 - share), 0.0, None)
        gullies = 0.035 * flank * (np.sin(17.0 * angle) + 0.6 * np.sin(29.0 * angle + 1.0))
        return self.height * (smooth + gullies)


@dataclass(frozen=True)
class Terrain:
    """Gently rolling ground, streets a hand lower, and perhaps a terril.

    ``waves`` has rows (wave number east, wave number north, phase, amplitude), rad/m, rad, m;
    they and the gradient start at ``origin``. ``street_depth`` may be 0.
    """

    streets: Streets
    origin: tuple[float, float]
    altitude: float
    gradient: tuple[float, float]
    waves: FloatArray
    terril: Terril | None
    street_depth: float = STREET_DEPTH_M

    def height(self, x: ArrayLike, y: ArrayLike, with_streets: bool = True) -> FloatArray:
        """Altitude of the ground, m."""
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        dx, dy = x - self.origin[0], y - self.origin[1]
        z = self.altitude + self.gradient[0] * dx + self.gradient[1] * dy
        for east, north, phase, amplitude in self.waves:
            z = z + amplitude * np.sin(east * dx + north * dy + phase)
        if self.terril is not None:
            z = z + self.terril.rise(x, y)
        if not with_streets or self.street_depth == 0.0:
            return z
        return z - self._carriageway(x, y)

    def _carriageway(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Depth of the streets below the ground, m, with kerbs half a metre wide."""
        s, t = self.streets.local(x, y)
        gap = np.minimum(
            np.abs(t - self.streets.pitch * np.round(t / self.streets.pitch)),
            np.abs(s - self.streets.block * np.round(s / self.streets.block)),
        )
        share = np.clip((STREET_HALF_WIDTH_M + 0.5 - gap) / 0.5, 0.0, 1.0)
        if self.terril is not None:
            away = np.hypot(x - self.terril.x, y - self.terril.y) / self.terril.radius
            share = np.where(away < 1.02, 0.0, share)
        return self.street_depth * share


def rolling_waves(rng: np.random.Generator, count: int = 7) -> FloatArray:
    """Draw waves of 120 to 600 m whose slopes stay near one per cent."""
    length = rng.uniform(120.0, 600.0, count)
    angle = rng.uniform(0.0, 2.0 * np.pi, count)
    number = 2.0 * np.pi / length
    amplitude = rng.uniform(0.0008, 0.0016, count) * length
    return np.column_stack(
        [
            number * np.cos(angle),
            number * np.sin(angle),
            rng.uniform(0, 2 * np.pi, count),
            amplitude,
        ]
    )
