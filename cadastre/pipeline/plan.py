"""What is to be done: tiles, the key of each tile in each stage, what is fresh already."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import STRtree

from cadastre.exchange import Roofs
from cadastre.grid import Bounds, expand
from cadastre.parameters import Parameters, group_key
from cadastre.pipeline import roof_stage, yield_stage
from cadastre.pipeline.context import TileTask
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.ingest import Ingested, Rasters
from cadastre.pipeline.store import fingerprint, table_bytes
from cadastre.pipeline.tiles import Tile, plan_tiles
from cadastre.shading.horizon import window_margin_m

_ATTRIBUTES = ("building_id", "building_height", "usage", "status")


@dataclass(frozen=True)
class Plan:
    """Tiles of a territory and the inputs each depends on."""

    tiles: tuple[Tile, ...]
    computable: gpd.GeoDataFrame
    every: gpd.GeoDataFrame


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
    )  # fmt: skip
    return Plan(tuple(tiles), computable, every)


class TaskMaker:
    """Makes the tasks of both tile stages, with keys that hold all they depend on."""

    def __init__(
        self,
        plan: Plan,
        parameters: Parameters,
        rasters: Rasters,
        prints: Fingerprints,
        store_root: str,
        model: Roofs | None,
    ) -> None:
        self._plan, self._parameters, self._rasters = plan, parameters, rasters
        self._prints, self._root, self._model = prints, store_root, model
        self._tree = STRtree(plan.every.geometry.to_numpy())
        self._row_prints = row_prints(plan.every)

    def roof_task(self, tile: Tile, context_key: str) -> TileTask:
        """Task of the stage ``toits``."""
        margin = self._parameters.tiles.roof_margin_m
        window = expand(tile.bounds, margin)
        around = self._around(window)
        owned = self._plan.computable.iloc[tile.rows]
        model = None if self._model is None else roofs_of(self._model, owned["building_id"])
        groups = self._parameters
        parts = {
            "version": str(roof_stage.VERSION),
            "parametres": fingerprint(
                group_key(
                    groups.roofs, groups.usable, groups.sources, groups.model3d, groups.assumed
                ),
                margin,
            ),
            "batiments": fingerprint(
                sorted(owned["building_id"]), [self._row_prints[row] for row in around]
            ),
            "relief": fingerprint(self._rasters_touching(window)),
            "modele_3d": "" if model is None else fingerprint(_content(model)),
        }
        return TileTask(
            self._root, context_key, tile.tile_id, fingerprint(parts), owned,
            self._plan.every.iloc[around], parts=parts, model=model,
        )  # fmt: skip

    def neighbours(self, tile: Tile) -> tuple[str, ...]:
        """Tiles whose buildings lie within reach of a tile's, itself included."""
        window = expand(tile.bounds, window_margin_m(self._parameters.horizon))
        return tuple(other.tile_id for other in self._plan.tiles if _overlap(other.bounds, window))

    def yield_task(
        self,
        tile: Tile,
        context_key: str,
        weather_keys: Mapping[str, str],
        roof_keys: dict[str, str],
    ) -> TileTask:
        """Task of the stage ``rendement``; needs the keys of the roof tasks that succeeded.

        ``weather_keys`` holds the key of each weather cell.
        """
        owned = self._plan.computable.iloc[tile.rows]
        cells = {name: weather_keys[name] for name in sorted(set(owned["weather_cell_id"]))}
        groups = self._parameters
        window = expand(tile.bounds, window_margin_m(groups.horizon))
        near = tuple(name for name in self.neighbours(tile) if name in roof_keys)
        around = self._around(window)
        far = self._rasters.relief or self._rasters.mnt
        geometry = {
            "version": str(yield_stage.SHADING_VERSION),
            "parametres": group_key(groups.horizon, groups.roofs),
            "toits": fingerprint(
                roof_keys[tile.tile_id], sorted(roof_keys[name] for name in near)
            ),
            "batiments": fingerprint([self._row_prints[row] for row in around]),
            "relief": fingerprint(
                self._rasters_touching(window),
                self._prints.of_all(file.path for file in far.files) if far else [],
            ),
        }
        parts = {
            "version": str(yield_stage.VERSION),
            "parametres": group_key(
                groups.sky, groups.modules, groups.pv, groups.usable, groups.uncertainty,
                groups.installation, groups.thermal,
            ),
            "meteo": fingerprint(cells, _cells_of(owned) if len(cells) > 1 else ""),
            "ombres": fingerprint(geometry),
        }  # fmt: skip
        return TileTask(
            self._root, context_key, tile.tile_id, fingerprint(parts),
            owned, self._plan.every.iloc[around], near,
            parts=parts, geometry_key=fingerprint(geometry), weather_keys=cells,
        )  # fmt: skip

    def _around(self, window: Bounds) -> np.ndarray:
        return np.sort(self._tree.query(shapely.box(*window)))

    def _rasters_touching(self, window: Bounds) -> list[str]:
        rasters = self._rasters
        found = []
        for mosaic in (rasters.mns, rasters.mnt):
            if mosaic is not None:
                found += [f.path for f in mosaic.files if _overlap(f.grid.bounds, window)]
                found.append(
                    repr((mosaic.grid.resolution, mosaic.grid.x_min % 1, mosaic.grid.y_max % 1))
                )
        if rasters.points is not None:
            found += [tile.path for tile in rasters.points.files if _overlap(tile.bounds, window)]
        return [item if item.startswith("(") else self._prints.of(item) for item in found]


def row_prints(buildings: gpd.GeoDataFrame) -> list[str]:
    """Digest of each footprint and of what the roofs read of it."""
    shapes = shapely.to_wkb(buildings.geometry.to_numpy())
    columns = [buildings[name].astype("string").fillna("") for name in _ATTRIBUTES]
    return [
        hashlib.sha256(b"|".join([shape, *(str(value).encode() for value in values)])).hexdigest()[
            :16
        ]
        for shape, *values in zip(shapes, *columns)
    ]


def _cells_of(owned: gpd.GeoDataFrame) -> list[str]:
    """Each building and its weather cell, where a tile meets several."""
    return sorted(owned["building_id"].astype(str) + " " + owned["weather_cell_id"].astype(str))


def _overlap(first: Bounds, second: Bounds) -> bool:
    return (
        first[0] <= second[2] and second[0] <= first[2]
        and first[1] <= second[3] and second[1] <= first[3]
    )  # fmt: skip


def roofs_of(roofs: Roofs, building_ids: pd.Series) -> Roofs:
    """Return the planes, obstacles and quality of some buildings."""
    planes = roofs.planes[roofs.planes["building_id"].isin(building_ids)]
    obstacles = roofs.obstacles[roofs.obstacles["plane_id"].isin(planes["plane_id"])]
    return Roofs(planes, obstacles, roofs.quality[roofs.quality["building_id"].isin(building_ids)])


def _content(roofs: Roofs) -> list[str]:
    """Digest of the rows of roofs, order included."""
    return [
        hashlib.sha256(table_bytes(table)).hexdigest()
        for table in (roofs.planes, roofs.obstacles, roofs.quality)
    ]
