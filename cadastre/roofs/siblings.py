"""Planes of the same building, flat: who they are, where they lie, their rings."""

from __future__ import annotations

from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.kernels.shape_pairs import (
    bounds_of_each,
    pairs_apart,
    pairs_in_groups,
    pairs_within,
    points_meeting_others,
)
from cadastre.roofs.windows import Rings, rings_from_geometries

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Siblings:
    """Planes by building, with their outlines (clean polygons) in plan."""

    def __init__(self, planes: gpd.GeoDataFrame, outlines: NDArray) -> None:
        self.outlines = outlines
        self.building = pd.factorize(planes["building_id"])[0].astype(np.int64)
        self.members = np.argsort(self.building, kind="stable").astype(np.int64)
        self.start = np.concatenate([[0], np.cumsum(np.bincount(self.building))]).astype(np.int64)
        self.heights = np.column_stack(
            [planes[f"plane_{name}"].to_numpy(np.float64) for name in ("a", "b", "c", "x0", "y0")]
        )

    @cached_property
    def rings(self) -> Rings:
        """Rings of the outlines."""
        return rings_from_geometries(self.outlines)

    @cached_property
    def bounds(self) -> Floats:
        """Bounds (n, 4) of the outlines."""
        return bounds_of(self.rings)

    def height(self, plane: Whole, x: Floats, y: Floats) -> Floats:
        """Height of planes at points, m."""
        a, b, c, x0, y0 = self.heights[plane].T
        return a * (x - x0) + b * (y - y0) + c

    def meeting(self, points: Floats, plane: Whole, distance: float, step: float) -> Flags:
        """Tell which points of planes meet another plane of the building, at the same height."""
        return points_meeting_others(
            np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1]), plane,
            self.building, self.start, self.members, *flat(self.rings), self.bounds, self.heights,
            distance, step,
        )  # fmt: skip

    def pairs_over(
        self, rings: Rings, building: Whole, least_area: float, slack: float
    ) -> tuple[Whole, Whole]:
        """Shapes and the planes of their building they may share an area with, by shape."""
        one, two = pairs_in_groups(
            building, bounds_of(rings), self.start, self.members, self.bounds, least_area
        )
        apart = pairs_apart(one, *flat(rings), two, *flat(self.rings), slack)
        return one[~apart], two[~apart]


def flat(rings: Rings) -> tuple[Floats, Floats, Whole, Whole]:
    """Arrays of rings as the kernels of shapes take them."""
    return rings.x, rings.y, rings.ring_start, rings.start


def bounds_of(rings: Rings) -> Floats:
    """Bounds (n, 4) of flat shapes."""
    return bounds_of_each(*flat(rings))


def surely_within(one: Whole, inner: Rings, two: Whole, outer: Rings, slack: float) -> Flags:
    """Tell pairs of shapes of which the first lies in the second; False is "not sure"."""
    return pairs_within(one, *flat(inner), two, *flat(outer), slack)


def some_rings(rings: Rings, x: Floats, y: Floats) -> Rings:
    """Rings with other coordinates."""
    return Rings(np.ascontiguousarray(x), np.ascontiguousarray(y), rings.ring_start, rings.start)


def clean_outlines(shapes: NDArray) -> NDArray:
    """Flat, valid, polygonal outlines; empty where there is none."""
    out = np.where(shapely.is_missing(shapes), shapely.Polygon(), shapes)
    deep = shapely.has_z(out)
    out[deep] = shapely.force_2d(out[deep])
    broken = ~shapely.is_valid(out)
    if broken.any():
        out[broken] = shapely.buffer(shapely.make_valid(out[broken]), 0.0)
    return out
