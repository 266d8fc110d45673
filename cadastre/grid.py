"""The grid as a value: CRS, north-west corner, resolution, shape; north up, square pixels.

Rows run south from ``y_max``, columns run east from ``x_min``; ``x_min`` and ``y_max`` are pixel
*edges*. All grids cut from one ``Grid`` share its lattice, so that a roof computed in two tiles
reads the same pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import ArrayLike, NDArray

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Grid:
    """A raster lattice.

    Parameters
    ----------
    crs
        Projected metric CRS, as ``EPSG:2154``.
    x_min, y_max
        Outer edges of the north-west pixel, m.
    resolution
        Pixel size, m.
    rows, cols
        Shape.
    """

    crs: str
    x_min: float
    y_max: float
    resolution: float
    rows: int
    cols: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.rows, self.cols

    @property
    def x_max(self) -> float:
        """East edge, m."""
        return self.x_min + self.cols * self.resolution

    @property
    def y_min(self) -> float:
        """South edge, m."""
        return self.y_max - self.rows * self.resolution

    @property
    def bounds(self) -> Bounds:
        """(x_min, y_min, x_max, y_max), m."""
        return self.x_min, self.y_min, self.x_max, self.y_max

    @property
    def transform(self) -> Affine:
        """Affine from (col, row) to (x, y), as rasterio writes it."""
        return Affine(self.resolution, 0.0, self.x_min, 0.0, -self.resolution, self.y_max)

    def xy(
        self, row: ArrayLike, col: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates of pixel centres, m."""
        x = self.x_min + (np.asarray(col, np.float64) + 0.5) * self.resolution
        y = self.y_max - (np.asarray(row, np.float64) + 0.5) * self.resolution
        return x, y

    def row_col(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row and column of the pixel holding each point; may lie outside the grid."""
        col = np.floor((np.asarray(x, np.float64) - self.x_min) / self.resolution)
        row = np.floor((self.y_max - np.asarray(y, np.float64)) / self.resolution)
        return row.astype(np.int64), col.astype(np.int64)

    def window(self, bounds: Bounds) -> tuple[slice, slice]:
        """Slices of the pixels that touch ``bounds``, clipped to the grid; may be empty."""
        x_min, y_min, x_max, y_max = bounds
        tiny = 1e-9
        row_0 = math.floor((self.y_max - y_max) / self.resolution + tiny)
        row_1 = math.ceil((self.y_max - y_min) / self.resolution - tiny)
        col_0 = math.floor((x_min - self.x_min) / self.resolution + tiny)
        col_1 = math.ceil((x_max - self.x_min) / self.resolution - tiny)
        return (
            slice(min(max(row_0, 0), self.rows), min(max(row_1, 0), self.rows)),
            slice(min(max(col_0, 0), self.cols), min(max(col_1, 0), self.cols)),
        )

    def sub(self, rows: slice, cols: slice) -> Grid:
        """Return the grid of a window; slices as :meth:`window` gives them."""
        return Grid(
            self.crs,
            self.x_min + cols.start * self.resolution,
            self.y_max - rows.start * self.resolution,
            self.resolution,
            rows.stop - rows.start,
            cols.stop - cols.start,
        )

    def covering(self, bounds: Bounds) -> Grid:
        """Return the grid of the same lattice that just covers ``bounds``, beyond this one too."""
        x_min, y_min, x_max, y_max = bounds
        tiny = 1e-9
        col_0 = math.floor((x_min - self.x_min) / self.resolution + tiny)
        col_1 = math.ceil((x_max - self.x_min) / self.resolution - tiny)
        row_0 = math.floor((self.y_max - y_max) / self.resolution + tiny)
        row_1 = math.ceil((self.y_max - y_min) / self.resolution - tiny)
        return Grid(
            self.crs,
            self.x_min + col_0 * self.resolution,
            self.y_max - row_0 * self.resolution,
            self.resolution,
            max(row_1 - row_0, 0),
            max(col_1 - col_0, 0),
        )

    def shares_lattice(self, other: Grid) -> bool:
        """Tell whether both grids have the same CRS, pixel size and pixel edges."""
        if self.crs != other.crs or not math.isclose(self.resolution, other.resolution):
            return False
        shift_x = (self.x_min - other.x_min) / self.resolution
        shift_y = (self.y_max - other.y_max) / self.resolution
        return abs(shift_x - round(shift_x)) < 1e-6 and abs(shift_y - round(shift_y)) < 1e-6


def overlap(first: Bounds, second: Bounds) -> bool:
    """Tell whether bounds share an area: those that only touch do not."""
    return (
        first[0] < second[2] and second[0] < first[2]
        and first[1] < second[3] and second[1] < first[3]
    )  # fmt: skip


def expand(bounds: Bounds, margin: float) -> Bounds:
    """Bounds grown by ``margin`` metres on each side."""
    return bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin
