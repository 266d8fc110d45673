"""What an airborne survey makes of the exact scene: points, surface model, misplaced footprints.

Simulated: pulses spread over jittered cells and thinned at random, white noise in height, pulses
that pass through crowns, the highest point of each cell kept and triangulated as IGN does for
LiDAR HD (so walls become ramps of about a metre outside the eaves), holes without data,
footprints of a block moved together, lean-tos missing from footprints.
Not simulated: scan angles, strips and their seams, returns from walls, footprint of the beam.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.demo.buildings import footprint, to_world
from cadastre.demo.layout import Layout
from cadastre.demo.raster import blank_canvas, draw_buildings, draw_hedges, draw_trees
from cadastre.demo.triangles import triangulated
from cadastre.exchange import PointCloud
from cadastre.grid import Grid, expand
from cadastre.parameters.demo import Demo

FloatArray = NDArray[np.float64]

GROUND, VEGETATION, ROOF = 2, 5, 6
_OVERSAMPLING = 1.5
_STRIP_M = 100.0
_BLOCK_M = 130.0
_MARGIN_M = 12.0
SCAN_MARGIN_M = 4.0
_HOLE_RADIUS_M = (0.5, 2.4)


def scan(layout: Layout, options: Demo, density: float, margin: float = 0.0) -> PointCloud:
    """Points of the quarter, ``density`` a square metre on average, strips from north to south.

    ``margin`` metres around it are surveyed too. Heights carry ``noise_m``; the share
    ``canopy_penetration`` of the points over crowns lies on the roof or the ground below.
    """
    parts = list(_strips(layout, options, density, margin))
    x, y, z, kind = (np.concatenate([part[i] for part in parts]) for i in range(4))
    return PointCloud(x, y, z, kind.astype(np.uint8))


def _strips(
    layout: Layout, options: Demo, density: float, margin: float
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray, NDArray]]:
    x_min, y_min, x_max, y_max = expand(layout.bounds, margin)
    step = 1.0 / np.sqrt(density * _OVERSAMPLING)
    rows_each = max(int(_STRIP_M / step), 1)
    whole = Grid(
        "EPSG:2154",
        x_min,
        y_max,
        step,
        int(np.ceil((y_max - y_min) / step)),
        int(np.ceil((x_max - x_min) / step)),
    )
    for number, first in enumerate(range(0, whole.rows, rows_each)):
        rows = slice(first, min(first + rows_each, whole.rows))
        grid = whole.sub(rows, slice(0, whole.cols))
        rng = np.random.default_rng([options.seed, 11, number])
        canvas = blank_canvas(grid, layout.terrain, rng.random((2, *grid.shape)))
        draw_buildings(canvas, layout.buildings)
        draw_trees(canvas, layout.trees)
        draw_hedges(canvas, layout.hedges)
        below = np.maximum(canvas.ground, canvas.roof)
        through = rng.random(grid.shape) < options.canopy_penetration
        leafy = (canvas.plant > below) & ~through
        z = np.where(leafy, canvas.plant, below)
        kind = np.where(leafy, VEGETATION, np.where(canvas.roof >= canvas.ground, ROOF, GROUND))
        kept = rng.random(grid.shape) < 1.0 / _OVERSAMPLING
        kept &= (canvas.x < x_max) & (canvas.y > y_min)
        noise = rng.normal(0.0, 1.0, grid.shape) * options.noise_m
        yield canvas.x[kept], canvas.y[kept], (z + noise)[kept], kind[kept]


def surface_from_scan(points: PointCloud, grid: Grid) -> FloatArray:
    """Surface model of a cloud: highest point of each cell, triangulated, read at the centres.

    Triangulated by blocks whose margins overlap, so that no seam shows. NaN outside the cloud,
    which should reach ``SCAN_MARGIN_M`` beyond the grid.
    """
    row, col = grid.row_col(points.x, points.y)
    order = np.lexsort((points.z, col, row))
    row, col = row[order], col[order]
    last = np.append((row[1:] != row[:-1]) | (col[1:] != col[:-1]), True)
    highest = order[last]
    surface = np.empty(grid.shape)
    size = max(int(_BLOCK_M / grid.resolution), 1)
    for first_row in range(0, grid.rows, size):
        for first_col in range(0, grid.cols, size):
            rows = slice(first_row, min(first_row + size, grid.rows))
            cols = slice(first_col, min(first_col + size, grid.cols))
            block = grid.sub(rows, cols)
            near = (points.x > block.x_min - _MARGIN_M) & (points.x < block.x_max + _MARGIN_M)
            near &= (points.y > block.y_min - _MARGIN_M) & (points.y < block.y_max + _MARGIN_M)
            mine = highest[near[highest]]
            x, y, z = points.x[mine], points.y[mine], points.z[mine]
            surface[rows, cols] = triangulated(x, y, z, block)
    return surface


def holes(grid: Grid, options: Demo) -> NDArray[np.bool_]:
    """Pixels without data: discs at random, ``holes_per_km2`` on average."""
    rng = np.random.default_rng([options.seed, 12])
    area_km2 = grid.rows * grid.cols * grid.resolution**2 / 1e6
    missing = np.zeros(grid.shape, np.bool_)
    for _ in range(int(rng.poisson(options.holes_per_km2 * area_km2))):
        x, y = rng.uniform(grid.x_min, grid.x_max), rng.uniform(grid.y_min, grid.y_max)
        radius = rng.uniform(*_HOLE_RADIUS_M)
        window = grid.window((x - radius, y - radius, x + radius, y + radius))
        rows, cols = np.arange(grid.rows)[window[0]], np.arange(grid.cols)[window[1]]
        px, py = grid.xy(rows[:, None], cols[None, :])
        missing[window] |= np.hypot(px - x, py - y) <= radius
    return missing


def given_outlines(layout: Layout, options: Demo) -> list[shapely.Geometry]:
    """Footprints as a cadastre gives them, m: moved block by block, some without lean-tos.

    ``misregistration_m`` is the root mean square length of the shift of a block.
    """
    shifts = {}
    outlines = []
    for rank, building in enumerate(layout.buildings):
        block = building.site.block
        if block not in shifts:
            rng = np.random.default_rng([options.seed, 13, block])
            shifts[block] = rng.normal(0.0, 1.0, 2) * options.misregistration_m / np.sqrt(2.0)
        rng = np.random.default_rng([options.seed, 14, rank])
        without = ("leanto",) if rng.random() < options.missing_annex_share else ()
        east, north = (float(value) for value in shifts[block])
        outline = to_world(footprint(building.shape, without), building.site, (-east, -north))
        outlines.append(outline)
    return outlines
