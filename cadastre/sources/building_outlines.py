"""Outlines of buildings drawn from classified LiDAR points, where no footprints are at hand.

A stand-in, not a register: touching houses become one outline, and eaves widen it.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import rasterio.features
import shapely
from affine import Affine
from scipy import ndimage

from cadastre.exchange import PointCloud
from cadastre.parameters import Sources

BUILDING_CLASS = 6


def outlines_from_points(points: PointCloud, crs: str, sources: Sources) -> gpd.GeoDataFrame:
    """Draw one polygon around each patch of points of class 6.

    Parameters
    ----------
    points
        Classified points.
    crs
        CRS of the points.
    sources
        ``outline_cell_m``, ``outline_min_area_m2``, ``outline_simplify_m``.

    Returns
    -------
    GeoDataFrame
        building_id (``lidar-`` and the south-west corner in decimetres), geometry; sorted by id.
    """
    cell = sources.outline_cell_m
    kept = points.classification == BUILDING_CLASS
    if not kept.any():
        return gpd.GeoDataFrame({"building_id": []}, geometry=[], crs=crs)
    col = np.floor(points.x[kept] / cell).astype(np.int64)
    row = np.floor(-points.y[kept] / cell).astype(np.int64)
    first_col, first_row = col.min() - 3, row.min() - 3
    mask = np.zeros((row.max() - first_row + 4, col.max() - first_col + 4), dtype=bool)
    mask[row - first_row, col - first_col] = True
    square = np.ones((3, 3), dtype=bool)
    mask = ndimage.binary_closing(mask, square)
    mask = ndimage.binary_opening(mask, square)
    transform = Affine(cell, 0.0, first_col * cell, 0.0, -cell, -first_row * cell)
    shapes = [
        shapely.geometry.shape(shape)
        for shape, _ in rasterio.features.shapes(
            mask.astype(np.uint8), mask=mask, connectivity=4, transform=transform
        )
    ]
    outlines = shapely.simplify(np.array(shapes, dtype=object), sources.outline_simplify_m)
    outlines = outlines[shapely.area(outlines) >= sources.outline_min_area_m2]
    corners = np.floor(shapely.bounds(outlines)[:, :2] * 10).astype(np.int64)
    names = [f"lidar-{x}-{y}" for x, y in corners]
    table = gpd.GeoDataFrame({"building_id": names}, geometry=outlines, crs=crs)
    return table.sort_values("building_id", kind="stable").reset_index(drop=True)
