"""LiDAR points by window: sorted once, cut out for each building."""

from __future__ import annotations

import math
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
    """All points of a tile, sorted by cells of 8 m; cut out in an order of their own.

    The order of the input has no effect on what a window gets.
    """

    def __init__(self, points: PointCloud, parameters: Roofs) -> None:
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

    def within(self, window: Window) -> RoofPoints:
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
