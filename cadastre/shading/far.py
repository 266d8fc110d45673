"""Skyline of the far relief, once per node of a coarse lattice.

Hills between the reach of the near search and some tens of kilometres change little from one
roof to the next: their skyline is computed at nodes a few hundred metres apart and read
bilinearly. Earth's curvature and refraction are taken into account. Not here: near obstacles.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.exchange import FarHorizon
from cadastre.grid import Bounds, Grid
from cadastre.shading.relief import (
    EARTH_DROP,
    RayRules,
    Relief,
    cast,
    relief_from_heights,
    sector_directions,
)


@dataclass(frozen=True, eq=False)
class FarRelief:
    """Coarse terrain: float32 heights (rows, cols) on ``grid``, NaN where unknown.

    ``damaged`` names the files that could not be read everywhere.
    """

    heights: NDArray[np.float32]
    grid: Grid
    damaged: tuple[str, ...] = ()


def far_horizon(
    relief: FarRelief, bounds: Bounds, horizon: parameters.Horizon, convergence_deg: float
) -> FarHorizon:
    """Skyline of the relief beyond ``reach_m``, at the lattice nodes around ``bounds``.

    Parameters
    ----------
    relief
        Coarse terrain, ideally ``far_reach_m`` around; what lies outside hides nothing.
    bounds
        Of the samples to come, m.
    horizon
        Sectors, reaches, step of the nodes, height of roofs above the terrain.
    convergence_deg
        Azimuth of grid north counted clockwise from true north.

    Returns
    -------
    FarHorizon
        0 at nodes whose own height is unknown.
    """
    step = horizon.far_step_m
    first_col, first_row = math.floor(bounds[0] / step), math.floor(bounds[1] / step)
    last_col, last_row = math.floor(bounds[2] / step) + 1, math.floor(bounds[3] / step) + 1
    cols, rows = last_col - first_col + 1, last_row - first_row + 1
    x = np.tile(np.arange(first_col, last_col + 1) * step, rows)
    y = np.repeat(np.arange(first_row, last_row + 1) * step, cols)
    rules = RayRules(
        tolerance=0.0,
        start=horizon.reach_m,
        reach=horizon.far_reach_m,
        ring_ratio=horizon.far_ring_ratio,
        drop=EARTH_DROP,
    )
    pyramid = _pyramid(relief, rules.top_level(relief.grid.resolution))
    elevation = np.zeros((rows * cols, horizon.sector_count), np.float32)
    height = pyramid.heights(x, y).astype(np.float64)
    known = np.flatnonzero(np.isfinite(height))
    if len(known):
        level = np.zeros(len(known))
        elevation[known] = cast(
            pyramid,
            (x[known], y[known], height[known] + horizon.far_roof_height_m),
            (level, level),
            sector_directions(horizon.sector_count, convergence_deg),
            rules,
        )
    return FarHorizon(first_col * step, first_row * step, step, elevation.reshape(rows, cols, -1))


@functools.lru_cache(maxsize=1)
def _pyramid(relief: FarRelief, top_level: int) -> Relief:
    """Pyramid of a relief, made once for all the places that look at it."""
    return relief_from_heights(relief.heights, relief.grid, top_level)
