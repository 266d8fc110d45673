"""Heights of a triangulated cloud at pixel centres, triangle by triangle.

Looking up the triangle of each pixel fails now and then on a cloud this regular and then searches
every triangle; filling pixels from the triangles never does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from cadastre.grid import Grid

FloatArray = NDArray[np.float64]
_SMALL = 4


def triangulated(x: FloatArray, y: FloatArray, z: FloatArray, grid: Grid) -> FloatArray:
    """Interpolate linearly over the Delaunay triangles of (x, y) at the pixel centres of ``grid``.

    NaN outside the hull of the points, arrays (rows, cols), m.
    """
    # pixels as units: centres at whole numbers, coordinates small
    col = (x - grid.x_min) / grid.resolution - 0.5
    row = (grid.y_max - y) / grid.resolution - 0.5
    corners = Delaunay(np.column_stack([col, row])).simplices
    out = np.full(grid.shape, np.nan)
    c, r, h = col[corners], row[corners], z[corners]
    c0 = np.maximum(np.ceil(c.min(axis=1)).astype(np.int64), 0)
    c1 = np.minimum(np.floor(c.max(axis=1)).astype(np.int64), grid.cols - 1)
    r0 = np.maximum(np.ceil(r.min(axis=1)).astype(np.int64), 0)
    r1 = np.minimum(np.floor(r.max(axis=1)).astype(np.int64), grid.rows - 1)
    holds = (c0 <= c1) & (r0 <= r1)
    small = holds & (c1 - c0 < _SMALL) & (r1 - r0 < _SMALL)
    for down in range(_SMALL):
        for right in range(_SMALL):
            these = np.flatnonzero(small & (r0 + down <= r1) & (c0 + right <= c1))
            pixel_row, pixel_col = r0[these] + down, c0[these] + right
            values = _heights(c[these], r[these], h[these], pixel_col, pixel_row)
            inside = ~np.isnan(values)
            out[pixel_row[inside], pixel_col[inside]] = values[inside]
    for i in np.flatnonzero(holds & ~small):
        rows, cols = np.mgrid[r0[i] : r1[i] + 1, c0[i] : c1[i] + 1]
        values = _heights(c[i], r[i], h[i], cols, rows)
        inside = ~np.isnan(values)
        out[rows[inside], cols[inside]] = values[inside]
    return out


def _heights(
    c: FloatArray, r: FloatArray, h: FloatArray, col: NDArray[np.int64], row: NDArray[np.int64]
) -> FloatArray:
    """Height at (col, row) in triangles given by their corners (..., 3); NaN outside."""
    c0, r0 = c[..., 0], r[..., 0]
    ec, er = c[..., 1] - c0, r[..., 1] - r0
    fc, fr = c[..., 2] - c0, r[..., 2] - r0
    double = ec * fr - er * fc
    flat = np.abs(double) < 1e-12
    double = np.where(flat, 1.0, double)
    dc, dr = col - c0, row - r0
    second = (dc * fr - dr * fc) / double
    third = (ec * dr - er * dc) / double
    first = 1.0 - second - third
    outside = flat | (np.minimum(np.minimum(first, second), third) < -1e-9)
    height = first * h[..., 0] + second * h[..., 1] + third * h[..., 2]
    return np.where(outside, np.nan, height)
