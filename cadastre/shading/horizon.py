"""Skylines of roof samples on the surface model, joined with the far relief.

Not here: weather, irradiation, the far relief itself (``far``), rebuilt edges (``rebuilt``).
"""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.exchange import FarHorizon, Horizons, Samples, Surface
from cadastre.kernels.skyline_parts import join_far, openness, own_horizons
from cadastre.shading.relief import (
    EARTH_DROP,
    RayRules,
    Relief,
    cast,
    relief_from_heights,
    sector_directions,
)


def window_margin_m(horizon: parameters.Horizon) -> float:
    """Width of surface model needed around the samples, m: reach and the cells read there."""
    coarsest = 2.0 * horizon.ring_ratio * horizon.reach_m
    surroundings = horizon.openness_radius_m + horizon.openness_step_m + horizon.openness_reach_m
    return max(horizon.reach_m, surroundings) + 2.0 * coarsest


def horizons(
    surface: Surface,
    samples: Samples,
    planes: gpd.GeoDataFrame,
    far: FarHorizon | None,
    horizon: parameters.Horizon,
    convergence_deg: float,
) -> Horizons:
    """Skyline of every sample, by sector from true north.

    Parameters
    ----------
    surface
        Window of the surface model; at least :func:`window_margin_m` around the samples
        wherever data exist. Unknown cells hide nothing.
    samples
        Points of roof planes, on the plane.
    planes
        ``plane_a``, ``plane_b``: slopes of the planes the samples belong to, in their order.
    far
        Far relief, or None.
    horizon
        Sectors, reach, tolerances.
    convergence_deg
        Azimuth of grid north counted clockwise from true north (true = grid + convergence).

    Returns
    -------
    Horizons
        Depends only on what stands within the margin: not on the window, the order of the
        samples or the number of threads.
    """
    plane = samples.plane_index
    slopes = (
        planes["plane_a"].to_numpy(np.float64)[plane],
        planes["plane_b"].to_numpy(np.float64)[plane],
    )
    rules = _near_rules(horizon)
    top = rules.top_level(surface.grid.resolution)
    relief = relief_from_heights(surface.dsm, surface.grid, top)
    directions = sector_directions(horizon.sector_count, convergence_deg)
    near = _near(relief, samples, slopes, directions, horizon)
    opaque = None
    bare = surface.without_trees()
    if bare is not None:
        without = relief_from_heights(bare, surface.grid, top)
        opaque = _near(without, samples, slopes, directions, horizon)
    result = Horizons(
        elevation=near,
        far_elevation=np.zeros(horizon.sector_count, np.float32),
        sky_openness=sky_openness(relief, samples, directions_of=horizon),
        opaque_elevation=opaque,
    )
    return result if far is None else _with_far(result, far, samples, planes, directions)


def far_horizons(
    samples: Samples,
    planes: gpd.GeoDataFrame,
    far: FarHorizon | None,
    horizon: parameters.Horizon,
    convergence_deg: float,
) -> Horizons:
    """Skylines where no surface model is known: nothing near by, the far relief alone.

    Parameters are those of :func:`horizons`.
    """
    count, sectors = len(samples.x), horizon.sector_count
    open_sky = Horizons(
        np.zeros((count, sectors), np.float32),
        np.zeros(sectors, np.float32),
        np.ones(count, np.float32),
    )
    if far is None:
        return open_sky
    return _with_far(open_sky, far, samples, planes, sector_directions(sectors, convergence_deg))


def _near_rules(horizon: parameters.Horizon) -> RayRules:
    return RayRules(
        tolerance=horizon.own_plane_tolerance_m,
        start=0.0,
        reach=horizon.reach_m,
        ring_ratio=horizon.ring_ratio,
        drop=EARTH_DROP,
        device=horizon.device,
    )


def _near(
    relief: Relief,
    samples: Samples,
    slopes: tuple[NDArray, NDArray],
    directions: NDArray,
    horizon: parameters.Horizon,
) -> NDArray[np.float32]:
    points = (samples.x, samples.y, samples.z + horizon.sample_offset_m)
    return cast(relief, points, slopes, directions, _near_rules(horizon))


def _with_far(
    near: Horizons,
    far: FarHorizon,
    samples: Samples,
    planes: gpd.GeoDataFrame,
    directions: NDArray,
) -> Horizons:
    """Join the far relief by maximum, keeping the near skyline and the far part apart."""
    # nodes are counted on the absolute lattice, so that no window shows in the result
    across, up = samples.x / far.step, samples.y / far.step
    first_col, first_row = round(far.x_first / far.step), round(far.y_first / far.step)
    col = np.clip(np.floor(across), first_col, first_col + far.elevation.shape[1] - 2)
    row = np.clip(np.floor(up), first_row, first_row + far.elevation.shape[0] - 2)
    place = (
        row.astype(np.int64) - first_row,
        col.astype(np.int64) - first_col,
        np.clip(up - row, 0.0, 1.0),
        np.clip(across - col, 0.0, 1.0),
    )
    own = np.empty((len(planes), len(directions)))
    own_horizons(planes[["plane_a", "plane_b"]].to_numpy(np.float64), directions, own)

    def join(skylines: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        joined, part = np.empty_like(skylines), np.empty_like(skylines)
        join_far(skylines, far.elevation, *place, own, samples.plane_index, joined, part)
        return joined, part

    joined, part = join(near.elevation)
    opaque = near.opaque_elevation
    if opaque is not None:
        opaque, _ = join(opaque)
    return dataclasses.replace(
        near,
        elevation=joined,
        far_elevation=part,
        near_elevation=near.elevation,
        opaque_elevation=opaque,
    )


def sky_openness(
    relief: Relief, samples: Samples, directions_of: parameters.Horizon
) -> NDArray[np.float32]:
    """Mean share of the sky seen by the surroundings of each sample, float32 (n,), 0-1.

    What hides the sky from a roof and what lies below it is itself in the shade of its
    neighbours. The sky seen by horizontal patches of the surface model (ground, roofs, crowns)
    is measured at the nodes of an absolute lattice, then averaged over the nodes within
    ``openness_radius_m`` of the node nearest to the sample.
    """
    step = directions_of.openness_step_m
    reach = int(directions_of.openness_radius_m // step)
    east = np.rint(samples.x / step).astype(np.int64)
    north = np.rint(samples.y / step).astype(np.int64)
    if len(east) == 0:
        return np.empty(0, np.float32)
    shift = [
        (i, j)
        for i in range(-reach, reach + 1)
        for j in range(-reach, reach + 1)
        if (i * i + j * j) * step * step <= directions_of.openness_radius_m**2
    ]
    # nodes of the lattice that hold samples, then all nodes around them
    span = int(np.ptp(east)) + 2 * reach + 1
    low_east, low_north = int(east.min()) - reach, int(north.min()) - reach
    key = (north - low_north) * span + (east - low_east)
    homes, of_home = np.unique(key, return_inverse=True)
    around = homes[:, None] + np.array([i * span + j for i, j in shift])[None, :]
    nodes, of_node = np.unique(around, return_inverse=True)
    x = (nodes % span + low_east) * step
    y = (nodes // span + low_north) * step
    seen = _openness_at(relief, x.astype(np.float64), y.astype(np.float64), directions_of)
    values = seen[of_node.reshape(around.shape)]
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, values, 0.0).sum(axis=1) / count
    mean = np.where(known.any(axis=1), mean, 1.0)
    return mean[of_home].astype(np.float32)


def _openness_at(
    relief: Relief, x: NDArray, y: NDArray, horizon: parameters.Horizon
) -> NDArray[np.float64]:
    """Sky seen by horizontal patches of the surface at points; NaN outside or unknown."""
    height = relief.heights(x, y)
    usable = np.flatnonzero(np.isfinite(height))
    out = np.full(len(x), np.nan)
    if len(usable) == 0:
        return out
    level = np.zeros(len(usable))
    found = cast(
        relief,
        (x[usable], y[usable], height[usable] + horizon.sample_offset_m),
        (level, level),
        sector_directions(horizon.openness_sector_count, 0.0),
        dataclasses.replace(_near_rules(horizon), reach=horizon.openness_reach_m),
    )
    seen = np.empty(len(usable))
    openness(found, seen)
    out[usable] = seen
    return out
