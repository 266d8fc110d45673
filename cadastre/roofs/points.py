"""LiDAR points by window: sorted once, cut out for each building."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cadastre.exchange import PointCloud
from cadastre.parameters import Roofs
from cadastre.roofs.windows import FloatArray, MaskArray, Window

LabelArray = NDArray[np.int32]
_CELL_M = 8.0


@dataclass(frozen=True)
class RoofPoints:
    """Points of one window, window coordinates: x, y, z in (n, 3).

    ``roof`` are roof points, ``heights`` roof and ground points, ``other`` all others.
    """

    roof: FloatArray
    heights: FloatArray
    other: FloatArray

    def density(self, window: Window, roof: MaskArray) -> float:
        """Roof points per m² of the pixels of a mask."""
        pixels = int(roof.sum())
        if pixels == 0:
            return 0.0
        count = _count(self.roof, window)[roof].sum()
        return float(count) / (pixels * window.resolution**2)

    def without_trees(self, window: Window, noise: float) -> Window:
        """Free the window of what stands above roof points, or where there are none of them.

        A pixel is lowered to its highest roof point where that lies below the surface by more
        than half a pixel of its slope and ``noise`` (m), and a point that is neither roof nor
        ground stands as high within a pixel. Elsewhere the surface knows better: its heights are
        those of pixel centres, and the roof points of a slope lie lower in half of the pixels.
        A pixel without roof points, but with such others, becomes unknown, and vegetation.
        """
        roof, other = _highest(self.roof, window), _highest(self.other, window)
        seen = np.isfinite(roof)
        level = np.where(seen, roof, 0.0)
        up = _around(np.where(seen, roof, -np.inf)) - level
        down = _around(np.where(seen, -roof, -np.inf)) + level
        reach = level + 0.5 * np.where(seen, np.minimum(up, down), 0.0) + noise
        tree = seen & (window.z > reach) & (_around(other) > reach)
        z = np.where(tree, roof, window.z)
        hidden = ~seen & np.isfinite(other)
        return replace(
            window, z=np.where(hidden, np.nan, z), vegetation=window.vegetation | hidden
        )

    def near_share(
        self, window: Window, labels: LabelArray, planes: FloatArray, reach: float
    ) -> FloatArray:
        """Share of the roof points of each pixel within ``reach`` (m) of its plane, across it.

        NaN for pixels without such points or without label.
        """
        _, cell, near = self._on_planes(window, labels, planes, reach)
        total = np.bincount(cell, minlength=labels.size).reshape(labels.shape)
        good = np.bincount(cell[near], minlength=labels.size).reshape(labels.shape)
        return np.where(total > 0, good / np.maximum(total, 1), np.nan)

    def over_planes(
        self, window: Window, labels: LabelArray, planes: FloatArray, reach: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count the roof points over each plane, and those within ``reach`` (m) of it, across."""
        plane, _, near = self._on_planes(window, labels, planes, reach)
        count = len(planes)
        return np.bincount(plane, minlength=count), np.bincount(plane[near], minlength=count)

    def _on_planes(
        self, window: Window, labels: LabelArray, planes: FloatArray, reach: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], MaskArray]:
        """Row of its plane, pixel, and whether near to the plane, of each roof point over one."""
        row, col, inside = _cells(self.roof, window)
        plane = labels[row, col].astype(np.int64) - 1
        held = plane >= 0
        plane = plane[held]
        x, y, z = self.roof[inside][held].T
        a, b, c = planes[plane].T
        near = np.abs(z - (a * x + b * y + c)) <= reach * np.sqrt(1.0 + a**2 + b**2)
        return plane, row[held] * labels.shape[1] + col[held], near


def _cells(
    points: FloatArray, window: Window
) -> tuple[NDArray[np.int64], NDArray[np.int64], MaskArray]:
    row = np.floor(-points[:, 1] / window.resolution).astype(np.int64)
    col = np.floor(points[:, 0] / window.resolution).astype(np.int64)
    rows, cols = window.z.shape
    inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
    return row[inside], col[inside], inside


def _highest(points: FloatArray, window: Window) -> FloatArray:
    """Height of the highest point of each pixel, -inf without any."""
    out = np.full(window.z.shape, -np.inf)
    row, col, inside = _cells(points, window)
    np.maximum.at(out, (row, col), points[inside, 2])
    return out


def _around(heights: FloatArray) -> FloatArray:
    """Greatest height of each pixel and its eight neighbours."""
    rows, cols = heights.shape
    padded = np.pad(heights, 1, constant_values=-np.inf)
    wide = np.maximum(np.maximum(padded[:, :cols], padded[:, 1:-1]), padded[:, 2:])
    return np.maximum(np.maximum(wide[:rows], wide[1:-1]), wide[2:])


def _count(points: FloatArray, window: Window) -> NDArray[np.int64]:
    row, col, _ = _cells(points, window)
    shape = window.z.shape
    return np.bincount(row * shape[1] + col, minlength=shape[0] * shape[1]).reshape(shape)


class PointIndex:
    """All points of a tile, sorted by cells of 8 m; cut out in an order of their own.

    The order of the input has no effect on what a window gets.
    """

    def __init__(self, points: PointCloud, parameters: Roofs, own_surface: bool = False) -> None:
        """Sort points; with ``own_surface`` a roof may do without them (see :meth:`over`)."""
        self.least = parameters.low_points_per_m2 if own_surface else 0.0
        x, y, z = (np.asarray(a, np.float64) for a in (points.x, points.y, points.z))
        row = np.floor(-y / _CELL_M).astype(np.int64)
        col = np.floor(x / _CELL_M).astype(np.int64)
        self.first_row = int(row.min()) if len(row) else 0
        self.first_col = int(col.min()) if len(col) else 0
        row -= self.first_row
        col -= self.first_col
        self.rows = int(row.max(initial=-1)) + 1
        self.cols = int(col.max(initial=-1)) + 1
        cell = row * self.cols + col
        order = np.argsort(cell, kind="stable")
        self.start = np.searchsorted(cell[order], np.arange(self.rows * self.cols + 1))
        self.x, self.y, self.z = x[order], y[order], z[order]
        kind = np.asarray(points.classification)[order]
        is_roof, is_ground = np.zeros(256, bool), np.zeros(256, bool)
        is_roof[list(parameters.roof_classes)] = True
        is_ground[list(parameters.ground_classes)] = True
        self.roof, self.ground = is_roof[kind], is_ground[kind]

    def over(self, window: Window, own: MaskArray) -> RoofPoints | None:
        """Cut out the points of a window; None where the surface does better without them.

        It does where the footprint ``own`` holds too few roof points, if it is not made of them.
        """
        points = self._within(window)
        thin = self.least > 0.0 and points.density(window, own) < self.least
        return None if thin else points

    def _within(self, window: Window) -> RoofPoints:
        """Cut out the points of a window."""
        rows, cols = window.z.shape
        x1 = window.x0 + cols * window.resolution
        y1 = window.y0 - rows * window.resolution
        top = max(math.floor(-window.y0 / _CELL_M) - self.first_row, 0)
        bottom = min(math.floor(-y1 / _CELL_M) - self.first_row, self.rows - 1)
        left = max(math.floor(window.x0 / _CELL_M) - self.first_col, 0)
        right = min(math.floor(x1 / _CELL_M) - self.first_col, self.cols - 1)
        spans = [
            np.arange(self.start[row * self.cols + left], self.start[row * self.cols + right + 1])
            for row in range(top, bottom + 1)
            if left <= right
        ]
        chosen = np.concatenate([*spans, np.empty(0, np.int64)])
        x, y = self.x[chosen], self.y[chosen]
        chosen = chosen[(x >= window.x0) & (x < x1) & (y <= window.y0) & (y > y1)]
        points = np.column_stack(
            (self.x[chosen] - window.x0, self.y[chosen] - window.y0, self.z[chosen] - window.z0)
        )
        order = np.lexsort((self.roof[chosen], points[:, 2], points[:, 1], points[:, 0]))
        points, chosen = points[order], chosen[order]
        roof, ground = self.roof[chosen], self.ground[chosen]
        return RoofPoints(
            np.ascontiguousarray(points[roof]),
            np.ascontiguousarray(points[roof | ground]),
            np.ascontiguousarray(points[~roof & ~ground]),
        )
