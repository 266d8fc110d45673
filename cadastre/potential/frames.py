"""Frames in which modules are laid: rows along u, stacked along v, metres on the slope.

A frame belongs to one plane and one way of laying it: from the plane's own slope on a pitched
roof, from the azimuth the racks face on a flat one.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Frames:
    """One frame a row: origin, direction of v in plan, stretch of v, u and v swapped or not."""

    x0: Floats
    y0: Floats
    up_x: Floats
    up_y: Floats
    stretch: Floats
    swapped: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.x0)

    def to_frame(self, x: Floats, y: Floats, frame: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Plan to (u, v) of frame ``frame[i]``, metres."""
        dx, dy = x - self.x0[frame], y - self.y0[frame]
        along = dx * self.up_y[frame] - dy * self.up_x[frame]
        up = (dx * self.up_x[frame] + dy * self.up_y[frame]) * self.stretch[frame]
        swap = self.swapped[frame]
        return np.where(swap, up, along), np.where(swap, along, up)

    def to_plan(self, u: Floats, v: Floats, frame: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """(u, v) of frame ``frame[i]`` to plan, metres."""
        swap = self.swapped[frame]
        along = np.where(swap, v, u)
        up = np.where(swap, u, v) / self.stretch[frame]
        x = along * self.up_y[frame] + up * self.up_x[frame] + self.x0[frame]
        y = up * self.up_y[frame] - along * self.up_x[frame] + self.y0[frame]
        return x, y

    def shapes_to_frame(self, shapes: NDArray, frame: NDArray[np.int64]) -> NDArray:
        """Geometries in plan to the frame of each."""
        xy, index = shapely.get_coordinates(shapes, return_index=True)
        u, v = self.to_frame(xy[:, 0], xy[:, 1], frame[index])
        return shapely.set_coordinates(shapes.copy(), np.column_stack([u, v]))


def slope_frames(planes: gpd.GeoDataFrame, *, swapped: bool) -> Frames:
    """Frames of pitched planes: v up the slope and measured on it; ``swapped`` stacks columns."""
    a = planes["plane_a"].to_numpy(np.float64)
    b = planes["plane_b"].to_numpy(np.float64)
    slope = np.hypot(a, b)
    level = slope < 1e-9
    safe = np.where(level, 1.0, slope)
    return Frames(
        *_origins(planes),
        np.where(level, 0.0, a / safe),
        np.where(level, 1.0, b / safe),
        np.hypot(1.0, slope),
        np.full(len(planes), swapped),
    )


def facing_frames(planes: gpd.GeoDataFrame, facing_deg: Floats) -> Frames:
    """Frames in plan of racks that face an azimuth from grid north: v points away from it."""
    facing_rad = np.radians(facing_deg)
    ones = np.ones(len(planes))
    return Frames(
        *_origins(planes),
        -np.sin(facing_rad),
        -np.cos(facing_rad),
        ones,
        np.zeros(len(planes), dtype=bool),
    )


def _origins(planes: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    return planes["plane_x0"].to_numpy(np.float64), planes["plane_y0"].to_numpy(np.float64)


def joined(frames: list[Frames]) -> Frames:
    """All frames in one, in order."""
    names = ("x0", "y0", "up_x", "up_y", "stretch", "swapped")
    return Frames(*(np.concatenate([getattr(f, name) for f in frames]) for name in names))


def main_edge_deg(outlines: NDArray) -> Floats:
    """Direction of the main edges of each outline, degrees in [0, 90) from grid north.

    Mean of the edge directions modulo 90 degrees, weighted by squared length.
    """
    xy, shape = shapely.get_coordinates(outlines, return_index=True)
    follows = np.flatnonzero(shape[1:] == shape[:-1])
    dx, dy = (xy[follows + 1] - xy[follows]).T
    weight = dx * dx + dy * dy
    fourfold = 4.0 * np.arctan2(dx, dy)
    owner = shape[follows]
    real = np.bincount(owner, weight * np.cos(fourfold), minlength=len(outlines))
    imaginary = np.bincount(owner, weight * np.sin(fourfold), minlength=len(outlines))
    return np.mod(np.degrees(np.arctan2(imaginary, real)) / 4.0, 90.0)
