"""The demonstration quarter in memory: inputs a program may read, and their truth."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre.demo.buildings import footprint, to_world
from cadastre.demo.context import (
    CRS,
    address_frame,
    building_id,
    commune_frame,
    footprint_frame,
    protection_frame,
)
from cadastre.demo.layout import Layout, quarter_layout
from cadastre.demo.raster import blank_canvas, draw_buildings, draw_hedges, draw_trees
from cadastre.demo.sensor import SCAN_MARGIN_M, given_outlines, holes, scan, surface_from_scan
from cadastre.demo.truth import truth_tables
from cadastre.exchange import PointCloud, Surface
from cadastre.grid import Grid
from cadastre.parameters.demo import Demo


@dataclass(frozen=True)
class Scene:
    """A quarter: what is given (surface, footprints, ...) and what is true.

    ``dsm`` and ``dtm`` are float32 (rows, cols), m, NaN in holes. ``plane_id`` (int32) is 0 where
    no roof is on top. ``planes`` is the truth as :func:`cadastre.demo.truth.truth_tables` gives
    it; ``footprints`` are those given (misplaced on demand), ``footprints_true`` the outlines of
    the roofs. ``vegetation`` marks pixels where a tree or a hedge is on top. ``layout`` holds the
    facets, the crowns (x, y, ground, top, radius, base) and the closed form of the ground.
    """

    options: Demo
    layout: Layout
    grid: Grid
    dsm: NDArray[np.float32]
    dtm: NDArray[np.float32]
    plane_id: NDArray[np.int32]
    vegetation: NDArray[np.bool_]
    planes: gpd.GeoDataFrame
    footprints: gpd.GeoDataFrame
    footprints_true: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame
    addresses: pd.DataFrame
    protections: gpd.GeoDataFrame
    points: PointCloud | None

    @property
    def surface(self) -> Surface:
        """Surface model and terrain as the rooms exchange them; vegetation is not told."""
        return Surface(self.grid, self.dsm, self.dtm)


def quarter_grid(layout: Layout, options: Demo) -> Grid:
    """Lattice of the surface model."""
    x_min, y_min, x_max, y_max = layout.bounds
    pixel = options.resolution_m
    rows, cols = round((y_max - y_min) / pixel), round((x_max - x_min) / pixel)
    return Grid(CRS, x_min, y_max, pixel, rows, cols)


def quarter_scene(options: Demo | None = None) -> Scene:
    """Make the quarter; touches no file and depends on ``options`` alone.

    Heights are the exact geometry at pixel centres unless ``options.lidar_surface`` asks for a
    simulated survey; the truth is exact in both cases.
    """
    options = options if options is not None else Demo()
    layout = quarter_layout(options)
    grid = quarter_grid(layout, options)
    canvas = blank_canvas(grid, layout.terrain)
    draw_buildings(canvas, layout.buildings)
    draw_trees(canvas, layout.trees)
    draw_hedges(canvas, layout.hedges)
    x_min, y_min = layout.bounds[:2]
    ids = [building_id(rank) for rank in range(len(layout.buildings))]
    planes, plane_id = truth_tables(layout.buildings, ids, canvas, (x_min, y_min))
    dsm = canvas.top
    if options.lidar_surface:
        cloud = scan(layout, options, options.sensor_points_per_m2, SCAN_MARGIN_M)
        dsm = surface_from_scan(cloud, grid)
    dsm = np.where(holes(grid, options), np.nan, dsm)
    points = scan(layout, options, options.points_per_m2) if options.points_per_m2 > 0 else None
    exact = [to_world(footprint(b.shape), b.site) for b in layout.buildings]
    given = given_outlines(layout, options)
    communes = commune_frame(layout)
    return Scene(
        options,
        layout,
        grid,
        dsm.astype(np.float32),
        canvas.ground.astype(np.float32),
        plane_id,
        canvas.plant > np.maximum(canvas.ground, canvas.roof),
        planes,
        footprint_frame(layout.buildings, given, ids),
        footprint_frame(layout.buildings, exact, ids),
        communes,
        address_frame(layout, communes),
        protection_frame(layout),
        points,
    )
