"""The yearly irradiation of roof pixels, burnt back on the lattice of the surface model."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import rasterio
import rasterio.features
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cadastre.exchange import Samples
from cadastre.grid import Grid

_NODATA = -9999.0


def irradiation_raster(
    planes: gpd.GeoDataFrame, samples: Samples, sample_year: NDArray[np.float32], grid: Grid
) -> bytes | None:
    """GeoTIFF of kWh per m² of sloped area a year; None when no pixel centre lies on a plane.

    A pixel takes the value of the nearest sample of its own plane.
    """
    shapes = [(shape, row + 1) for row, shape in enumerate(planes.geometry)]
    owner = rasterio.features.rasterize(
        shapes, out_shape=grid.shape, transform=grid.transform, fill=0, dtype="int32"
    )
    lit_rows, lit_cols = np.nonzero(owner)
    if len(lit_rows) == 0:
        return None
    plane = owner[lit_rows, lit_cols] - 1
    x, y = grid.xy(lit_rows, lit_cols)
    # the plane's number as a third coordinate, far apart, keeps neighbours on their own plane
    apart = 1.0e6
    tree = cKDTree(
        np.column_stack(
            [samples.x - grid.x_min, samples.y - grid.y_min, samples.plane_index * apart]
        )
    )
    _, nearest = tree.query(np.column_stack([x - grid.x_min, y - grid.y_min, plane * apart]))
    values = np.full(grid.shape, _NODATA, np.float32)
    found = sample_year[nearest]
    values[lit_rows, lit_cols] = np.where(np.isfinite(found), found, _NODATA)
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=grid.rows, width=grid.cols, count=1, dtype="float32",
            crs=grid.crs, transform=grid.transform, nodata=_NODATA, compress="deflate",
            predictor=3, tiled=True, blockxsize=256, blockysize=256,
        ) as target:  # fmt: skip
            target.write(values, 1)
        return bytes(memory.read())
