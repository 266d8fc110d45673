"""Planes and skylines made for tests."""

from __future__ import annotations

import functools

import numpy as np

from cadastre import parameters
from cadastre.exchange import CumulativeSky, Horizons, Samples
from cadastre.sky.cumulative_sky import cumulative_sky
from tests.sky.support import made_weather

SKY = parameters.Sky()


@functools.lru_cache(maxsize=8)
def made_sky(sectors: int = 72, first: int = 2021, years: int = 1) -> CumulativeSky:
    return cumulative_sky(made_weather(first, years), SKY, sectors)


def samples_of(counts: list[int] | np.ndarray, area: np.ndarray | None = None) -> Samples:
    """Samples of planes with given numbers of samples; places do not matter."""
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    total = int(start[-1])
    none, whole = np.zeros(total), np.zeros(total, np.int32)
    areas = np.ones(total, np.float32) if area is None else np.asarray(area, np.float32)
    return Samples(start, none, none, none, whole, whole, areas)


def horizons_of(elevation: np.ndarray, **others: np.ndarray) -> Horizons:
    elevation = np.ascontiguousarray(elevation, np.float32)
    return Horizons(
        elevation,
        np.zeros(elevation.shape[1], np.float32),
        np.ones(len(elevation), np.float32),
        **others,
    )


def above_own_plane(elevation: np.ndarray, tilt: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Skylines (n, sectors) as rays give them: 0 where the own plane stands higher."""
    sectors = elevation.shape[1]
    sector = np.radians(np.arange(sectors) * 360.0 / sectors)
    slope = np.tan(np.radians(tilt))[:, None]
    own = np.degrees(np.arctan(-slope * np.cos(sector - np.radians(azimuth)[:, None])))
    return np.where(elevation > np.maximum(own, 0.0), elevation, 0.0)


def jagged_skylines(count: int, sectors: int, highest: float, seed: int) -> np.ndarray:
    """Random skylines made of blocks some sectors wide, open in places, (count, sectors)."""
    rng = np.random.default_rng(seed)
    out = np.zeros((count, sectors))
    for row in out:
        for _ in range(12):
            first, width = rng.integers(sectors), rng.integers(1, sectors // 6)
            row[np.arange(first, first + width) % sectors] = rng.uniform(0.0, highest)
    return out
