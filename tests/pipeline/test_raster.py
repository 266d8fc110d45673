"""Planes burnt on a lattice, against the rasteriser of GDAL."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import rasterio.features
import shapely

from cadastre.grid import Grid
from cadastre.kernels.polygon_raster import label_outlines
from cadastre.pipeline.yield_stage import without_obstacles
from cadastre.shading.rebuilt import outline_rings

GRID = Grid("EPSG:2154", 685_000.25, 7_037_100.25, 0.5, 160, 180)


def test_pixels_of_overlapping_outlines_with_holes_are_those_of_gdal():
    # vertices drawn at random: no pixel centre lies on an edge, where both may choose
    rng = np.random.default_rng(5)
    shapes = []
    for _ in range(40):
        x, y = 685_000.0 + rng.uniform(0, 90), 7_037_020.0 + rng.uniform(0, 80)
        ring = shapely.Point(x, y).buffer(rng.uniform(0.4, 12.0), quad_segs=3)
        hole = shapely.Point(x + rng.uniform(-3, 3), y).buffer(rng.uniform(0.2, 3.0), quad_segs=2)
        shapes.append(shapely.difference(ring, hole))
    shapes.append(
        shapely.MultiPolygon(
            [
                shapely.box(685_010.1, 7_037_030.1, 685_012.3, 7_037_033.7),
                shapely.box(685_020.1, 7_037_030.1, 685_022.3, 7_037_033.7),
            ]
        )
    )
    planes = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:2154")
    x, y, ring_start, plane_ring = outline_rings(planes)
    found = np.zeros(GRID.shape, np.int32)
    label_outlines(x - GRID.x_min, y - GRID.y_max, ring_start, plane_ring, GRID.resolution, found)
    expected = rasterio.features.rasterize(
        [(shape, number + 1) for number, shape in enumerate(shapes)],
        out_shape=GRID.shape, transform=GRID.transform, dtype="int32",
    )  # fmt: skip
    assert (expected > 0).sum() > 5000
    np.testing.assert_array_equal(found, expected)


def test_an_obstacle_of_no_plane_at_hand_takes_from_none():
    planes = gpd.GeoDataFrame(
        {"plane_id": ["a", "b"]}, geometry=[shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)]
    )
    obstacles = gpd.GeoDataFrame(
        {"plane_id": ["a", "elsewhere", "a"]},
        geometry=[shapely.box(1, 1, 3, 3), shapely.box(21, 1, 23, 3), shapely.box(2, 1, 4, 3)],
    )
    left = without_obstacles(planes, obstacles)
    assert left.area.tolist() == [94.0, 100.0]
