"""What stands over a plane: its obstacles, those of its neighbours, higher planes.

Plan geometry and heights only; setbacks belong to ``usable``.
"""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre import parameters

_SNAP_M = 1e-4
_TOUCH_M2 = 0.01


def plane_height(
    planes: gpd.GeoDataFrame, plane: NDArray[np.int64], x: NDArray, y: NDArray
) -> NDArray[np.float64]:
    """Height of planes (rows of ``planes``) at points, m."""
    a, b, c, x0, y0 = (
        planes[name].to_numpy(np.float64)[plane]
        for name in ("plane_a", "plane_b", "plane_c", "plane_x0", "plane_y0")
    )
    return a * (x - x0) + b * (y - y0) + c


def blocked_by_others(
    planes: gpd.GeoDataFrame,
    outlines: NDArray,
    obstacles: gpd.GeoDataFrame,
    usable: parameters.Usable,
) -> gpd.GeoDataFrame:
    """Obstacles of each plane, those that reach over it from other planes of its building too.

    A higher plane that overlaps another in plan blocks it like an obstacle. Columns: row (of
    ``planes``), setback (whether the obstacle's setback applies), geometry.
    """
    building = pd.factorize(planes["building_id"])[0]
    own = pd.Index(planes["plane_id"]).get_indexer(pd.Index(obstacles["plane_id"]))
    shapes = shapely.force_2d(obstacles.geometry.to_numpy())
    known = np.flatnonzero((own >= 0) & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    own, shapes = own[known], shapes[known]
    rise = np.full(len(known), np.inf)
    if "height_m" in obstacles.columns:
        rise = obstacles["height_m"].to_numpy(np.float64)[known]
        rise = np.where(np.isnan(rise), np.inf, rise)
    tree = shapely.STRtree(outlines)
    which, row = tree.query(shapes, predicate="intersects")
    far = (building[row] == building[own[which]]) & (row != own[which])
    which, row = which[far], row[far]
    over = _rises_above(
        planes, outlines, shapes[which], (own[which], rise[which]), row, usable.obstacle_rise_m
    )
    first, second = tree.query(outlines, predicate="overlaps")
    first2, second2 = tree.query(outlines, predicate="contains")
    high, low = np.concatenate([first, first2, second2]), np.concatenate([second, second2, first2])
    pair = (building[high] == building[low]) & (high != low)
    high, low = high[pair], low[pair]
    above = _rises_above(
        planes, outlines, outlines[high], (high, np.zeros(len(high))), low, usable.obstacle_rise_m
    )
    return gpd.GeoDataFrame(
        {
            "row": np.concatenate([own, row[over], low[above]]),
            "setback": np.repeat([True, False], [len(own) + int(over.sum()), int(above.sum())]),
        },
        geometry=np.concatenate([shapes, shapes[which[over]], outlines[high[above]]]),
    )


def _rises_above(
    planes: gpd.GeoDataFrame,
    outlines: NDArray,
    shapes: NDArray,
    stands: tuple[NDArray[np.int64], NDArray[np.float64]],
    below: NDArray[np.int64],
    least: float,
) -> NDArray[np.bool_]:
    """Tell which shapes overlap the plane ``below`` and reach above it by at least ``least``.

    ``stands``: plane each stands on (or is) and its height above that plane, m.
    """
    common = overlay_pairs(shapely.intersection, shapes, outlines[below])
    centre = shapely.centroid(common)
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    top = plane_height(planes, stands[0], x, y) + stands[1]
    higher = top - plane_height(planes, below, x, y) >= least  # NaN where nothing is common: False
    return (shapely.area(common) > _TOUCH_M2) & higher


def overlay_pairs(operation: Callable[..., NDArray], first: NDArray, second: NDArray) -> NDArray:
    """Overlay pair by pair; pairs that GEOS cannot overlay exactly are repaired and snapped.

    A pair gives the same result whatever stands beside it.
    """
    try:
        return operation(first, second)
    except shapely.errors.GEOSException:
        middle = len(first) // 2
        if middle:
            halves = (slice(None, middle), slice(middle, None))
            return np.concatenate([overlay_pairs(operation, first[h], second[h]) for h in halves])
        a, b = (
            shapely.make_valid(shapes, method="structure", keep_collapsed=False)
            for shapes in (first, second)
        )
        return operation(a, b, grid_size=_SNAP_M)
