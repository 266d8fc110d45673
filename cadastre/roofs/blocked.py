"""What stands over a plane: its obstacles, those of its neighbours, higher planes.

Plan geometry and heights only; setbacks belong to ``usable``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.roofs.siblings import Siblings
from cadastre.roofs.windows import rings_from_geometries

_SNAP_M = 1e-4
_TOUCH_M2 = 0.01
_TOGETHER = 64
_STRIP_M = 1e-4  # a shared strip this narrow is under _TOUCH_M2, up to 50 m long


@dataclass(frozen=True)
class Blocked:
    """What stands over planes: row of the plane, whether the obstacle's setback applies, shape."""

    row: NDArray[np.int64]
    setback: NDArray[np.bool_]
    shape: NDArray


def blocked_by_others(
    planes: gpd.GeoDataFrame,
    siblings: Siblings,
    obstacles: gpd.GeoDataFrame,
    usable: parameters.Usable,
) -> Blocked:
    """Obstacles of each plane, those that reach over it from other planes of its building too.

    A higher plane that overlaps another in plan blocks it like an obstacle.
    """
    own = pd.Index(planes["plane_id"]).get_indexer(pd.Index(obstacles["plane_id"]))
    shapes = shapely.force_2d(obstacles.geometry.to_numpy())
    known = np.flatnonzero((own >= 0) & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    own, shapes = own[known], shapes[known]
    rise = np.full(len(known), np.inf)
    if "height_m" in obstacles.columns:
        rise = obstacles["height_m"].to_numpy(np.float64)[known]
        rise = np.where(np.isnan(rise), np.inf, rise)
    which, row = siblings.pairs_over(
        rings_from_geometries(shapes), siblings.building[own], _TOUCH_M2, _STRIP_M
    )
    far = row != own[which]
    which, row = which[far], row[far]
    over = _rises_above(
        siblings, shapes[which], (own[which], rise[which]), row, usable.obstacle_rise_m
    )
    high, low = siblings.pairs_over(siblings.rings, siblings.building, _TOUCH_M2, _STRIP_M)
    high, low = high[high != low], low[high != low]
    above = _rises_above(
        siblings, siblings.outlines[high], (high, np.zeros(len(high))), low, usable.obstacle_rise_m
    )
    return Blocked(
        np.concatenate([own, row[over], low[above]]),
        np.repeat([True, False], [len(own) + int(over.sum()), int(above.sum())]),
        np.concatenate([shapes, shapes[which[over]], siblings.outlines[high[above]]]),
    )


def _rises_above(
    siblings: Siblings,
    shapes: NDArray,
    stands: tuple[NDArray[np.int64], NDArray[np.float64]],
    below: NDArray[np.int64],
    least: float,
) -> NDArray[np.bool_]:
    """Tell which shapes overlap the plane ``below`` and reach above it by at least ``least``.

    ``stands``: plane each stands on (or is) and its height above that plane, m.
    """
    common = overlay_pairs(shapely.intersection, shapes, siblings.outlines[below])
    higher = shapely.area(common) > _TOUCH_M2
    centre = shapely.centroid(common[higher])
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    top = siblings.height(stands[0][higher], x, y) + stands[1][higher]
    higher[higher] = top - siblings.height(below[higher], x, y) >= least
    return higher


def union_by_owner(shapes: NDArray, owner: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray]:
    """Owners, in order, and the union of the shapes of each."""
    order = np.argsort(owner, kind="stable")
    owners, dense, counts = np.unique(owner[order], return_inverse=True, return_counts=True)
    shapes = shapes[order]
    unions = shapes[np.cumsum(counts) - counts]
    several = counts > 1
    if several.any():
        some = several[dense]
        rank = np.cumsum(several) - 1
        groups = shapely.geometrycollections(shapes[some], indices=rank[dense[some]])
        unions[several] = shapely.union_all(groups[:, None], axis=1)
    return owners, unions


def overlay_pairs(operation: Callable[..., NDArray], first: NDArray, second: NDArray) -> NDArray:
    """Overlay pair by pair; pairs that GEOS cannot overlay exactly are repaired and snapped.

    A pair gives the same result whatever stands beside it.
    """
    if len(first) > _TOGETHER:  # one bad pair costs its neighbours a second time, no others
        starts = range(0, len(first), _TOGETHER)
        halves = [slice(start, start + _TOGETHER) for start in starts]
        return np.concatenate([overlay_pairs(operation, first[h], second[h]) for h in halves])
    try:
        return operation(first, second)
    except shapely.errors.GEOSException:
        middle = len(first) // 2
        if middle:
            halves = [slice(None, middle), slice(middle, None)]
            return np.concatenate([overlay_pairs(operation, first[h], second[h]) for h in halves])
        a, b = (
            shapely.make_valid(shapes, method="structure", keep_collapsed=False)
            for shapes in (first, second)
        )
        return operation(a, b, grid_size=_SNAP_M)
