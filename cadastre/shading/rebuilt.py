"""Sharp edges for rays: the surface model redrawn from the planes fitted on it.

A surface model made from LiDAR spreads every wall over about a metre, and its noise makes steps
on flat roofs. Both throw shadows that do not exist. Here the pixels of a fitted plane go back to
the plane, chimneys and other obstacles stay, and the ramps at the foot of walls, on the ground
and on lower roofs, are taken away. Not here: fitting of planes (room ``roofs``), rays.
"""

from __future__ import annotations

import dataclasses
import math

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.exchange import Surface
from cadastre.kernels.rebuild import (
    clean_roofs,
    erode,
    lower_eaves,
    lower_ramps,
    occupied_blocks,
    paint_planes,
    walls_around,
)


def redraw_margin_m(horizon: parameters.Horizon, resolution: float) -> float:
    """How far from a pixel stands what decides its redrawn height, m, on the safe side."""
    walls = horizon.rebuild_wall_m + horizon.rebuild_strip_m
    return walls + 2.0 * horizon.rebuild_opening_m + 4.0 * resolution


def sharp_surface(
    surface: Surface, planes: gpd.GeoDataFrame, horizon: parameters.Horizon
) -> Surface:
    """Redraw a surface model with the planes known in its window.

    Parameters
    ----------
    surface
        Window of the surface model.
    planes
        Table ``roof_planes_geometry`` of *all* buildings near the samples to come, neighbours
        of the tile included: within a few metres of the window's inner edge they decide what
        the samples there see. Order does not matter where outlines do not overlap exactly.
    horizon
        Group ``horizon``: the ``rebuild_*`` lengths.

    Returns
    -------
    Surface
        Same grid, terrain and vegetation; ``dsm`` redrawn. Where trees are known, ``bare`` holds
        it without them: the terrain, or the plane where a crown hangs over a roof.
    """
    if len(planes) == 0:
        return surface
    resolution = surface.grid.resolution
    dsm = np.ascontiguousarray(surface.dsm, np.float32)
    label = np.full(dsm.shape, -1, np.int32)
    height = np.full(dsm.shape, np.nan, np.float32)
    coefficients = np.stack(
        [planes[f"plane_{name}"].to_numpy(np.float64) for name in ("a", "b", "c", "x0", "y0")],
        axis=-1,
    )
    east, north = _centres(surface)
    paint_planes(*outline_rings(planes), coefficients, east, north, dsm, label, height)

    out = np.empty_like(dsm)
    clean_roofs(
        dsm, label, height, coefficients, east, north, horizon.rebuild_tolerance_m,
        horizon.rebuild_wall_m / resolution, horizon.rebuild_step_m,
        horizon.rebuild_above_m, out,
    )  # fmt: skip
    wall, around, eroded = (np.empty_like(dsm) for _ in range(3))
    opening = round(horizon.rebuild_opening_m / 2.0 / resolution)
    strip = horizon.rebuild_strip_m / resolution
    size = math.ceil(strip) + 2 * opening
    blocks = np.empty((-(-dsm.shape[0] // size), -(-dsm.shape[1] // size)), np.int32)
    occupied_blocks(label, size, blocks)
    walls_around(label, height, strip, blocks, size, wall)
    walls_around(label, height, strip + 2 * opening, blocks, size, around)
    erode(dsm, label, around, opening, eroded)
    lower_ramps(eroded, wall, opening, horizon.rebuild_above_m, out)
    lower_eaves(out, label, height, coefficients, east, north, horizon.rebuild_step_m, eroded)
    bare = None
    if surface.vegetation is not None and surface.vegetation.any():
        below = np.where(label >= 0, height, surface.dtm)
        bare = np.where(surface.vegetation, below, eroded).astype(np.float32)
    return dataclasses.replace(surface, dsm=eroded, bare=bare)


def _centres(surface: Surface) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centres of columns and rows, rounded to a micrometre: the same from every window."""
    grid = surface.grid
    x, _ = grid.xy(0, np.arange(grid.cols))
    _, y = grid.xy(np.arange(grid.rows), 0)
    return np.round(x, 6), np.round(y, 6)


def outline_rings(
    planes: gpd.GeoDataFrame,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Vertices of all outlines, where their rings start, rings of each plane."""
    shapes = planes.geometry.to_numpy()
    polygonal = np.isin(shapely.get_type_id(shapes), (3, 6))
    shapes = np.where(polygonal, shapes, shapely.MultiPolygon())
    parts, part_plane = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    ring_start = np.searchsorted(point_ring, np.arange(len(rings) + 1))
    plane_ring = np.searchsorted(part_plane[ring_part], np.arange(len(shapes) + 1))
    return (
        np.ascontiguousarray(points[:, 0]),
        np.ascontiguousarray(points[:, 1]),
        ring_start.astype(np.int64),
        plane_ring.astype(np.int64),
    )
