"""LiDAR points by window: sorted once, cut out for each building."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cadastre.exchange import PointCloud
from cadastre.parameters import Roofs
from cadastre.roofs.windows import FloatArray, MaskArray, Window

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

    def without_trees(self, window: Window) -> Window:
        """Free the window of what stands above roof points, or where there are none of them.

        A pixel with roof points gets the highest of these; one without any, but with points
        that are neither roof nor ground, becomes unknown.
        """
        roof = np.full(window.z.shape, -np.inf)
        row, col, inside = _cells(self.roof, window)
        np.maximum.at(roof, (row, col), self.roof[inside, 2])
        seen = np.isfinite(roof)
        z = np.where(seen, np.minimum(window.z, roof), window.z)
        tree = ~seen & (_count(self.other, window) > 0)
        return replace(window, z=np.where(tree, np.nan, z))


def _cells(
    points: FloatArray, window: Window
) -> tuple[NDArray[np.int64], NDArray[np.int64], MaskArray]:
    row = np.floor(-points[:, 1] / window.resolution).astype(np.int64)
    col = np.floor(points[:, 0] / window.resolution).astype(np.int64)
    rows, cols = window.z.shape
    inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
    return row[inside], col[inside], inside


def _count(points: FloatArray, window: Window) -> NDArray[np.int64]:
    row, col, _ = _cells(points, window)
    shape = window.z.shape
    return np.bincount(row * shape[1] + col, minlength=shape[0] * shape[1]).reshape(shape)


class PointIndex:
    """All points of a tile, sorted by cells of 8 m and inside them by coordinates.

    The order of the input has no effect on what a window gets.
    """

    def __init__(self, points: PointCloud, parameters: Roofs) -> None:
        x, y, z = (np.asarray(a, np.float64) for a in (points.x, points.y, points.z))
        row, col = np.floor(-y / _CELL_M), np.floor(x / _CELL_M)
        order = np.lexsort((points.classification, z, y, x, col, row))
        self.x, self.y, self.z = x[order], y[order], z[order]
        kind = np.asarray(points.classification)[order]
        self.roof = np.isin(kind, parameters.roof_classes)
        self.ground = np.isin(kind, parameters.ground_classes)
        self.row, self.col = row[order], col[order]
        self.first_row = float(self.row[0]) if len(order) else 0.0
        count = int(self.row[-1] - self.first_row) + 1 if len(order) else 0
        self.row_start = np.searchsorted(self.row, self.first_row + np.arange(count + 1))

    def within(self, window: Window) -> RoofPoints:
        """Cut out the points of a window."""
        rows, cols = window.z.shape
        x1 = window.x0 + cols * window.resolution
        y1 = window.y0 - rows * window.resolution
        first, last = np.floor(-window.y0 / _CELL_M), np.floor(-y1 / _CELL_M)
        left, right = np.floor(window.x0 / _CELL_M), np.floor(x1 / _CELL_M)
        parts = []
        for row in np.arange(first, last + 1.0):
            k = int(row - self.first_row)
            if k < 0 or k >= len(self.row_start) - 1:
                continue
            start, end = self.row_start[k], self.row_start[k + 1]
            low = start + np.searchsorted(self.col[start:end], left)
            high = start + np.searchsorted(self.col[start:end], right, side="right")
            parts.append(np.arange(low, high))
        chosen = np.concatenate(parts) if parts else np.empty(0, np.int64)
        x, y = self.x[chosen], self.y[chosen]
        chosen = chosen[(x >= window.x0) & (x < x1) & (y <= window.y0) & (y > y1)]
        points = np.column_stack(
            (self.x[chosen] - window.x0, self.y[chosen] - window.y0, self.z[chosen] - window.z0)
        )
        roof, ground = self.roof[chosen], self.ground[chosen]
        return RoofPoints(
            np.ascontiguousarray(points[roof]),
            np.ascontiguousarray(points[roof | ground]),
            np.ascontiguousarray(points[~roof & ~ground]),
        )
