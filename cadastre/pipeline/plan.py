"""What is to be done: the buildings to compute, shared out to tiles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import shapely

from cadastre.grid import Bounds
from cadastre.parameters import Parameters
from cadastre.pipeline.ingest import Ingested
from cadastre.pipeline.tiles import Tile, plan_tiles

_ATTRIBUTES = ("building_id", "building_height", "usage", "status")


@dataclass(frozen=True)
class Plan:
    """Tiles of a territory and the inputs each depends on."""

    tiles: tuple[Tile, ...]
    computable: gpd.GeoDataFrame
    every: gpd.GeoDataFrame

    @property
    def bounds(self) -> Bounds:
        """Bounds of all footprints."""
        x_min, y_min, x_max, y_max = (float(value) for value in self.every.total_bounds)
        return x_min, y_min, x_max, y_max


def plan_territory(ingested: Ingested, parameters: Parameters) -> Plan:
    """Share the buildings to compute out to tiles.

    Excluded and unreadable footprints own no roof; they still count as surroundings when they
    have a geometry.
    """
    buildings = ingested.buildings
    shapes = buildings.geometry.to_numpy()
    located = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    every = buildings[located].reset_index(drop=True)
    computable = every[every["status"].isna()].reset_index(drop=True)
    points = shapely.point_on_surface(computable.geometry.to_numpy())
    tiles = plan_tiles(
        shapely.get_x(points), shapely.get_y(points),
        shapely.bounds(computable.geometry.to_numpy()), parameters.tiles,
        shapely.area(computable.geometry.to_numpy()),
    )  # fmt: skip
    return Plan(tuple(tiles), computable, every)


def row_prints(buildings: gpd.GeoDataFrame, attributes: Sequence[str] = _ATTRIBUTES) -> list[str]:
    """Digest of each footprint and of some of its attributes: by default what the roofs read."""
    shapes = shapely.to_wkb(buildings.geometry.to_numpy())
    columns = [
        buildings[name].astype("string").fillna("")
        for name in attributes
        if name in buildings.columns
    ]
    return [
        hashlib.sha256(b"|".join([shape, *(str(value).encode() for value in values)])).hexdigest()[
            :16
        ]
        for shape, *values in zip(shapes, *columns)
    ]
