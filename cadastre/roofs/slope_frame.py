"""The frame of each plane in which distances are those on the slope."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


class SlopeFrame:
    """Plan to slope coordinates: u level along the plane, v up the slope, from its origin."""

    def __init__(self, planes: gpd.GeoDataFrame) -> None:
        a = planes["plane_a"].to_numpy(np.float64)
        b = planes["plane_b"].to_numpy(np.float64)
        slope = np.hypot(a, b)
        level = slope < 1e-9
        safe = np.where(level, 1.0, slope)
        self.up_x = np.where(level, 0.0, a / safe)
        self.up_y = np.where(level, 1.0, b / safe)
        self.stretch = np.hypot(1.0, slope)
        self.x0 = planes["plane_x0"].to_numpy(np.float64)
        self.y0 = planes["plane_y0"].to_numpy(np.float64)

    def points_to_slope(self, xy: Floats, plane: Whole) -> Floats:
        """Points (n, 2) in plan to the slope of the plane of each."""
        x, y = xy[:, 0] - self.x0[plane], xy[:, 1] - self.y0[plane]
        along = x * self.up_y[plane] - y * self.up_x[plane]
        up = (x * self.up_x[plane] + y * self.up_y[plane]) * self.stretch[plane]
        return np.column_stack([along, up])

    def points_to_plan(self, uv: Floats, plane: Whole) -> Floats:
        """Points (n, 2) on the slope of the plane of each, back to plan."""
        up = uv[:, 1] / self.stretch[plane]
        x = uv[:, 0] * self.up_y[plane] + up * self.up_x[plane] + self.x0[plane]
        y = -uv[:, 0] * self.up_x[plane] + up * self.up_y[plane] + self.y0[plane]
        return np.column_stack([x, y])

    def to_slope(self, shapes: NDArray, owner: Whole | None = None) -> NDArray:
        """Geometries in plan to slope coordinates; ``owner`` tells the plane of each."""
        xy, index = shapely.get_coordinates(shapes, return_index=True)
        plane = index if owner is None else owner[index]
        return shapely.set_coordinates(shapes.copy(), self.points_to_slope(xy, plane))

    def to_plan(self, shapes: NDArray) -> NDArray:
        """Geometries in slope coordinates, one a plane, back to plan."""
        uv, plane = shapely.get_coordinates(shapes, return_index=True)
        return shapely.set_coordinates(shapes.copy(), self.points_to_plan(uv, plane))
