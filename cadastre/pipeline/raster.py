"""The yearly irradiation of roof pixels, burnt back on the lattice of the surface model."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import rasterio
from numpy.typing import NDArray

from cadastre.exchange import Samples
from cadastre.grid import Grid
from cadastre.kernels.nearest_samples import nearest_samples
from cadastre.kernels.polygon_raster import label_outlines
from cadastre.shading.rebuilt import outline_rings

_NODATA = -9999.0
_OFF_PLANE_M, _ON_PLANE_M = 0.3, 0.15
_NEIGHBOURS = ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))


def irradiation_raster(
    planes: gpd.GeoDataFrame,
    samples: Samples,
    sample_year: NDArray[np.float32],
    grid: Grid,
    dsm: NDArray[np.float32] | None,
) -> bytes | None:
    """GeoTIFF of kWh per m² of sloped area a year; None when no pixel centre lies on a plane.

    A pixel takes the value of the nearest sample of its own plane, the most northern, then western
    of those equally near. Along a step between two
    planes the surface model (``dsm`` on ``grid``, None where unknown) tells which of them a pixel
    belongs to: outlines are good to a few centimetres, a pixel centre may lie closer than that.
    """
    owner = np.zeros(grid.shape, np.int32)
    x, y, ring_start, plane_ring = outline_rings(planes)
    label_outlines(x - grid.x_min, y - grid.y_max, ring_start, plane_ring, grid.resolution, owner)
    lit_rows, lit_cols = np.nonzero(owner)
    if len(lit_rows) == 0:
        return None
    if dsm is not None:
        owner = _by_height(owner, planes, grid, dsm)
    plane = owner[lit_rows, lit_cols] - 1
    nearest = np.empty(len(plane), np.int64)
    nearest_samples(
        lit_rows, lit_cols, plane.astype(np.int64), samples.plane_start, samples.row, samples.col,
        nearest,
    )  # fmt: skip
    values = np.full(grid.shape, _NODATA, np.float32)
    found = sample_year[nearest]
    values[lit_rows, lit_cols] = np.where(np.isfinite(found), found, _NODATA)
    return _geotiff(values, grid)


def _by_height(
    owner: NDArray[np.int32], planes: gpd.GeoDataFrame, grid: Grid, dsm: NDArray[np.float32]
) -> NDArray[np.int32]:
    """Give a pixel to a neighbouring plane where its height agrees with that one only."""
    a, b, c, x0, y0 = (
        planes[f"plane_{name}"].to_numpy(np.float64) for name in ("a", "b", "c", "x0", "y0")
    )

    def misfit(rows: NDArray, cols: NDArray, plane: NDArray) -> NDArray[np.float64]:
        x, y = grid.xy(rows, cols)
        height = c[plane] + a[plane] * (x - x0[plane]) + b[plane] * (y - y0[plane])
        return np.abs(dsm[rows, cols] - height)

    rows, cols = np.nonzero(owner)
    best = owner[rows, cols].copy()
    off = misfit(rows, cols, best - 1)
    doubtful = np.flatnonzero(off > _OFF_PLANE_M)  # NaN is never larger: unknown stays
    rows, cols, off = rows[doubtful], cols[doubtful], off[doubtful]
    chosen = best[doubtful]
    for step_row, step_col in _NEIGHBOURS:
        at_row = np.clip(rows + step_row, 0, grid.rows - 1)
        at_col = np.clip(cols + step_col, 0, grid.cols - 1)
        other = owner[at_row, at_col]
        candidate = np.flatnonzero((other > 0) & (other != chosen))
        there = misfit(rows[candidate], cols[candidate], other[candidate] - 1)
        better = candidate[(there < _ON_PLANE_M) & (there < off[candidate])]
        off[better] = there[(there < _ON_PLANE_M) & (there < off[candidate])]
        chosen[better] = other[better]
    out = owner.copy()
    out[rows, cols] = chosen
    return out


def _geotiff(values: NDArray[np.float32], grid: Grid) -> bytes:
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=grid.rows, width=grid.cols, count=1, dtype="float32",
            crs=grid.crs, transform=grid.transform, nodata=_NODATA, compress="deflate",
            predictor=3, zlevel=1, tiled=True, blockxsize=256, blockysize=256,
        ) as target:  # fmt: skip
            target.write(values, 1)
        return bytes(memory.read())
