"""What is to be done: the buildings to compute, shared out to tiles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.grid import Bounds
from cadastre.parameters import Parameters
from cadastre.pipeline.ingest import Ingested
from cadastre.pipeline.tiles import Tile, plan_tiles

_ATTRIBUTES = ("building_id", "building_height", "usage", "status")
_DIGITS = 16
_AT_ONCE = 20_000  # footprints whose bytes are in memory together
_SLACK_M = 1.0  # against rounding of a width


@dataclass(frozen=True)
class Plan:
    """Tiles of a territory and the inputs each depends on.

    ``footprints`` is the one table of all buildings; ``located`` are the rows of those that have
    a geometry, ``to_compute`` of those that tiles own. Rows of a tile count in ``to_compute``.
    """

    tiles: tuple[Tile, ...]
    footprints: gpd.GeoDataFrame
    located: NDArray[np.int64]
    to_compute: NDArray[np.int64]

    @property
    def bounds(self) -> Bounds:
        """Bounds of all footprints."""
        x_min, y_min, x_max, y_max = (float(value) for value in self.footprints.total_bounds)
        return x_min, y_min, x_max, y_max

    @property
    def computable(self) -> gpd.GeoDataFrame:
        """A table of the buildings to compute."""
        return self.footprints.iloc[self.to_compute].reset_index(drop=True)

    @property
    def every(self) -> gpd.GeoDataFrame:
        """A table of all buildings that have a geometry."""
        return self.footprints.iloc[self.located].reset_index(drop=True)

    def owned(self, tile: Tile) -> gpd.GeoDataFrame:
        """Return the buildings of a tile."""
        return self.footprints.iloc[self.to_compute[tile.rows]].set_axis(tile.rows, axis=0)

    def of_owned(self, name: str, tile: Tile) -> pd.Series:
        """Column of the buildings of a tile."""
        return self.footprints[name].iloc[self.to_compute[tile.rows]]

    def some(self, rows: NDArray[np.int64]) -> gpd.GeoDataFrame:
        """Rows of ``located``: buildings that surround something."""
        return self.footprints.iloc[self.located[rows]].set_axis(rows, axis=0)


def plan_territory(ingested: Ingested, parameters: Parameters) -> Plan:
    """Share the buildings to compute out to tiles.

    Excluded and unreadable footprints own no roof; they still count as surroundings when they
    have a geometry.
    """
    buildings = ingested.buildings
    shapes = buildings.geometry.to_numpy()
    located = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    to_compute = located[buildings["status"].isna().to_numpy()[located]]
    shapes = shapes[to_compute]
    points = shapely.point_on_surface(shapes)
    tiles = plan_tiles(
        shapely.get_x(points), shapely.get_y(points), shapely.bounds(shapes), parameters.tiles,
        shapely.area(shapes),
    )  # fmt: skip
    return Plan(tuple(tiles), buildings, located, to_compute)


def row_prints(
    buildings: gpd.GeoDataFrame,
    attributes: Sequence[str] = _ATTRIBUTES,
    rows: NDArray[np.int64] | None = None,
) -> NDArray[np.bytes_]:
    """Digest of each footprint (of some ``rows``) and of some attributes, (n,) of 16 digits.

    By default the attributes that the roofs read.
    """
    rows = np.arange(len(buildings)) if rows is None else rows
    names = [name for name in attributes if name in buildings.columns]
    prints = np.empty(len(rows), f"S{_DIGITS}")
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        shapes = shapely.to_wkb(buildings.geometry.to_numpy()[some])
        columns = [buildings[name].iloc[some].astype("string").fillna("") for name in names]
        for at, (shape, *values) in enumerate(zip(shapes, *columns), first):
            told = b"|".join([shape, *(str(value).encode() for value in values)])
            prints[at] = hashlib.sha256(told).hexdigest()[:_DIGITS].encode()
    return prints


def print_texts(prints: NDArray[np.bytes_]) -> list[str]:
    """Digests as the text that keys are made of."""
    return [str(one) for one in prints.astype(f"U{_DIGITS}")]


class Boxes:
    """Bounds of many things, asked for those that touch a window; a few words a thing."""

    def __init__(self, bounds: NDArray[np.float64]) -> None:
        """``bounds``: x_min, y_min, x_max, y_max of each, (n, 4)."""
        self._order = np.argsort(bounds[:, 0], kind="stable")
        self._bounds = bounds[self._order]
        self._widest = float(np.max(bounds[:, 2] - bounds[:, 0], initial=0.0))

    def touching(self, window: Bounds) -> NDArray[np.int64]:
        """Places of those that share a point with a window, in order."""
        west, south, east, north = window
        first, last = np.searchsorted(self._bounds[:, 0], [west - self._widest - _SLACK_M, east],
                                      side="right")  # fmt: skip
        near = self._bounds[first:last]
        hit = (near[:, 2] >= west) & (near[:, 1] <= north) & (near[:, 3] >= south)
        return np.sort(self._order[first:last][hit])
