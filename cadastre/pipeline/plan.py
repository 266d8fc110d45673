"""What is to be done: the buildings to compute, shared out to tiles."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.grid import Bounds
from cadastre.parameters import Parameters
from cadastre.pipeline.footprints import Footprints
from cadastre.pipeline.ingest import Ingested
from cadastre.pipeline.tiles import Tile, plan_tiles


@dataclass(frozen=True)
class Plan:
    """Tiles of a territory and the inputs each depends on.

    ``footprints`` holds all buildings; ``located`` are the rows of those that have
    a geometry, ``to_compute`` of those that tiles own. Rows of a tile count in ``to_compute``.
    """

    tiles: tuple[Tile, ...]
    footprints: Footprints
    located: NDArray[np.int64]
    to_compute: NDArray[np.int64]

    @property
    def bounds(self) -> Bounds:
        """Bounds of all footprints."""
        return self.footprints.total_bounds

    @property
    def computable(self) -> gpd.GeoDataFrame:
        """A table of the buildings to compute."""
        return self.footprints.rows(self.to_compute).reset_index(drop=True)

    @property
    def every(self) -> gpd.GeoDataFrame:
        """A table of all buildings that have a geometry."""
        return self.footprints.rows(self.located).reset_index(drop=True)

    def owned(self, tile: Tile) -> gpd.GeoDataFrame:
        """Return the buildings of a tile."""
        return self.footprints.rows(self.to_compute[tile.rows]).set_axis(tile.rows, axis=0)

    def of_owned(self, name: str, tile: Tile) -> pd.Series:
        """Column of the buildings of a tile."""
        return self.footprints.table[name].iloc[self.to_compute[tile.rows]]

    def some(self, rows: NDArray[np.int64]) -> gpd.GeoDataFrame:
        """Rows of ``located``: buildings that surround something."""
        return self.footprints.rows(self.located[rows]).set_axis(rows, axis=0)


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
    return Plan(tuple(tiles), Footprints(buildings), located, to_compute)
