"""Heights of the exact geometry at given points: a lattice of pixel centres, or scattered points.

Three layers are kept apart: the ground, the highest roof facet, the highest plant.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.demo.buildings import Building
from cadastre.demo.facets import Facet
from cadastre.demo.terrain import Terrain
from cadastre.grid import Grid, expand

FloatArray = NDArray[np.float64]
_EDGE_M = 1e-9


@dataclass(frozen=True)
class Canvas:
    """Points one a cell of ``grid`` and the heights of what stands there, arrays (rows, cols).

    ``roof`` is -inf where there is no roof, ``plant`` where there is no plant; ``facet`` is the
    rank of the highest facet over all buildings, from 1, 0 where there is none.
    """

    grid: Grid
    x: FloatArray
    y: FloatArray
    ground: FloatArray
    roof: FloatArray
    plant: FloatArray
    facet: NDArray[np.int32]

    @property
    def top(self) -> FloatArray:
        """Height of the highest thing, m."""
        return np.maximum(np.maximum(self.ground, self.roof), self.plant)


def blank_canvas(grid: Grid, terrain: Terrain, offsets: FloatArray | None = None) -> Canvas:
    """Ground alone, at pixel centres or at ``offsets`` (2, rows, cols) in [0, 1) of the pixel.

    Offsets run east and south from the north-west corner of each pixel.
    """
    if offsets is None:
        x, y = grid.xy(np.arange(grid.rows)[:, None], np.arange(grid.cols)[None, :])
        x, y = np.broadcast_to(x, grid.shape), np.broadcast_to(y, grid.shape)
    else:
        cols, rows = np.arange(grid.cols)[None, :], np.arange(grid.rows)[:, None]
        x = grid.x_min + (cols + offsets[0]) * grid.resolution
        y = grid.y_max - (rows + offsets[1]) * grid.resolution
    ground = terrain.height(x, y)
    return Canvas(
        grid,
        x,
        y,
        ground,
        np.full(grid.shape, -np.inf),
        np.full(grid.shape, -np.inf),
        np.zeros(grid.shape, np.int32),
    )


def draw_buildings(canvas: Canvas, buildings: Iterable[Building], first: int = 1) -> int:
    """Raise the roof layer to every facet; give the rank after the last facet."""
    rank = first
    for building in buildings:
        for facet in building.facets:
            _draw_facet(canvas, facet, building.site.x, building.site.y, rank)
            rank += 1
    return rank


def _draw_facet(canvas: Canvas, facet: Facet, x0: float, y0: float, rank: int) -> None:
    us = [u for u, _ in facet.outline]
    vs = [v for _, v in facet.outline]
    bounds = (x0 + min(us), y0 + min(vs), x0 + max(us), y0 + max(vs))
    window = canvas.grid.window(expand(bounds, 1e-6))
    east, north = canvas.x[window] - x0, canvas.y[window] - y0
    if east.size == 0:
        return
    inside = np.ones(east.shape, np.bool_)
    for (u0, v0), (u1, v1) in zip(
        facet.outline, (*facet.outline[1:], facet.outline[0]), strict=True
    ):
        length = math.hypot(u1 - u0, v1 - v0)
        inside &= (u1 - u0) * (north - v0) - (v1 - v0) * (east - u0) >= -_EDGE_M * length
    z = facet.a * east + facet.b * north + facet.c
    roof = canvas.roof[window]
    higher = inside & (z > roof)
    roof[higher] = z[higher]
    canvas.facet[window][higher] = rank


def draw_trees(canvas: Canvas, trees: FloatArray) -> None:
    """Raise the plant layer to the upper half of each crown, an ellipsoid.

    Rows of ``trees``: x, y, ground, top, radius, base of the crown; the crown is widest midway
    between its base and its top.
    """
    for x0, y0, _, top, radius, base in trees:
        window = canvas.grid.window((x0 - radius, y0 - radius, x0 + radius, y0 + radius))
        away = ((canvas.x[window] - x0) ** 2 + (canvas.y[window] - y0) ** 2) / radius**2
        middle = (top + base) / 2.0
        z = middle + (top - middle) * np.sqrt(np.maximum(1.0 - away, 0.0))
        plant = canvas.plant[window]
        np.maximum(plant, np.where(away < 1.0, z, -np.inf), out=plant)


def draw_hedges(canvas: Canvas, hedges: FloatArray) -> None:
    """Raise the plant layer to each hedge, a band of constant height above the ground.

    Rows of ``hedges``: x, y, bearing (degrees), length, width, height.
    """
    for x0, y0, bearing, length, width, height in hedges:
        cos, sin = math.cos(math.radians(bearing)), math.sin(math.radians(bearing))
        reach_x = (abs(cos) * length + abs(sin) * width) / 2.0
        reach_y = (abs(sin) * length + abs(cos) * width) / 2.0
        window = canvas.grid.window((x0 - reach_x, y0 - reach_y, x0 + reach_x, y0 + reach_y))
        east, north = canvas.x[window] - x0, canvas.y[window] - y0
        inside = (np.abs(cos * east + sin * north) <= length / 2.0) & (
            np.abs(cos * north - sin * east) <= width / 2.0
        )
        plant = canvas.plant[window]
        z = np.where(inside, canvas.ground[window] + height, -np.inf)
        np.maximum(plant, z, out=plant)
