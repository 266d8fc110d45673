"""The work of each tile in each stage, under a key that holds all it depends on.

Keys are light and made for every tile; the work itself (rows of buildings) is made when its turn
comes, so that memory does not grow with the territory.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cadastre.exchange import Roofs
from cadastre.grid import Bounds, expand
from cadastre.parameters import Parameters, group_key
from cadastre.pipeline import roof_stage, surface_stage, weather_stage, yield_stage
from cadastre.pipeline.context import SurfaceTask, TileTask
from cadastre.pipeline.far_views import FarViews
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.footprints import Boxes, print_texts, row_prints
from cadastre.pipeline.ingest import Rasters
from cadastre.pipeline.plan import Plan
from cadastre.pipeline.read_ahead import read_ahead
from cadastre.pipeline.store import fingerprint, table_bytes
from cadastre.pipeline.surface_stage import squares_of
from cadastre.pipeline.tickets import Ticket
from cadastre.pipeline.tiles import Tile, expected_mib
from cadastre.shading.horizon import window_margin_m

_DESCRIPTION = (
    "building_id", "usage", "building_height", "footprint_area_m2", "dwelling_count",
)  # fmt: skip


class TaskMaker:
    """Makes the tickets and the tasks of the tile stages."""

    def __init__(
        self,
        plan: Plan,
        parameters: Parameters,
        rasters: Rasters,
        prints: Fingerprints,
        store_root: str,
        model: Roofs | None,
        far: FarViews,
    ) -> None:
        self._plan, self._parameters, self._rasters = plan, parameters, rasters
        self._prints, self._root, self._model = prints, store_root, model
        self._boxes = Boxes(plan.footprints.bounds[plan.located])
        self._row_prints = row_prints(plan.footprints, plan.located)
        self._own_prints = row_prints(plan.footprints, plan.to_compute, _DESCRIPTION)
        self._tiles = {tile.tile_id: tile for tile in plan.tiles}
        self._names = np.array(list(self._tiles), dtype=object)
        self._bounds = np.array([tile.bounds for tile in plan.tiles]).reshape(-1, 4)
        self._raster_files = _files_of(rasters)
        self.far = far
        self._values = {
            entry.name: group_key(getattr(parameters, entry.name))
            for entry in dataclasses.fields(parameters)
        }

    def roof_ticket(self, tile: Tile) -> Ticket:
        """Ticket of the stage ``toits``."""
        margin = self._parameters.tiles.roof_margin_m
        window = expand(tile.bounds, margin)
        owned = self._plan.of_owned("building_id", tile)
        model = None if self._model is None else self._model.of(owned)
        parts = {
            "version": str(roof_stage.VERSION),
            **self._groups("roofs", "usable", "sources", "model3d", "assumed"),
            "parametres.tiles": fingerprint(margin),
            "batiments": fingerprint(
                sorted(owned), print_texts(self._row_prints[self._around(window)])
            ),
            **self._rasters_touching(window),
            "modele_3d": "" if model is None else fingerprint(_content(model)),
        }
        return Ticket(tile.tile_id, fingerprint(parts), parts)

    def roof_task(self, ticket: Ticket, context_key: str) -> TileTask:
        """Task of the stage ``toits``."""
        tile = self._tiles[ticket.tile_id]
        around = self._around(expand(tile.bounds, self._parameters.tiles.roof_margin_m))
        owned = self._plan.owned(tile)
        model = None if self._model is None else self._model.of(owned["building_id"])
        return TileTask(
            self._root, context_key, tile.tile_id, ticket.key, owned,
            self._plan.some(around), parts=ticket.parts, model=model,
        )  # fmt: skip

    def foresee_roofs(self, ticket: Ticket) -> None:
        """Have the files that the roofs of a tile are found in read ahead."""
        tile = self._tiles[ticket.tile_id]
        window = expand(tile.bounds, self._parameters.tiles.roof_margin_m)
        for _, _, boxes, paths in self._raster_files:
            read_ahead(paths[at] for at in np.flatnonzero(_touching(boxes, window)))

    def neighbours(self, tile: Tile) -> tuple[str, ...]:
        """Tiles whose buildings lie within reach of a tile's, itself included."""
        return self._tiles_touching(self._sight(tile))

    def surface_tasks(
        self, roofs: Mapping[str, str], only: set[str], context_key: str
    ) -> dict[str, SurfaceTask]:
        """Squares to redraw that a tile of ``only`` (all when empty) looks at, by name.

        ``roofs``: what the roofs of each tile hold (:func:`tickets.roof_contents`).
        """
        groups, found = self._parameters, dict[str, SurfaceTask]()
        if self._rasters.mns is None and self._rasters.points is None:
            return {}
        margin = surface_stage.surroundings_m(groups, self._rasters)
        side = groups.tiles.surface_square_m
        trees, squares = surface_stage.trees(groups), self.squares()
        seen = {
            name
            for tile_id in only
            for name, _ in squares_of(self._sight(self._tiles[tile_id]), side)
        }
        for name in sorted(squares):
            if only and name not in seen:
                continue
            window = expand(squares[name], margin)
            near = tuple(tile for tile in self._tiles_touching(window) if tile in roofs)
            around = self._around(window) if trees else np.empty(0, np.int64)
            parts = {
                "version": str(surface_stage.VERSION),
                **self._groups("horizon", "sources"),
                "parametres.tiles": fingerprint(side),
                "parametres.sky": fingerprint(trees),
                "batiments": fingerprint(print_texts(self._row_prints[around])),
                "toits": fingerprint(sorted(roofs[tile] for tile in near)),
                **self._rasters_touching(window),
            }
            found[name] = SurfaceTask(
                self._root, context_key, name, fingerprint(parts), squares[name], near, parts,
                tuple(self._plan.footprints.wkb(self._plan.located[around])),
            )  # fmt: skip
        return found

    def squares(self) -> dict[str, Bounds]:
        """Squares of redrawn surface of the territory: name and bounds."""
        groups = self._parameters
        margin = surface_stage.surroundings_m(groups, self._rasters)
        trees = surface_stage.trees(groups)
        return {
            name: core
            for tile in self._plan.tiles
            for name, core in squares_of(
                self._sight(tile) if trees else expand(tile.bounds, margin),
                groups.tiles.surface_square_m,
            )
        }

    def yield_ticket(
        self, tile: Tile, weather: Mapping[str, str], roofs: Mapping[str, str]
    ) -> Ticket:
        """Ticket of the stage ``rendement``.

        ``weather`` holds the fingerprint of the series of each weather cell, ``roofs`` what the
        roofs of each tile hold; tiles that failed are left out. The parts ``ombres.*`` say what
        the part ``ombres``, key of the skylines, is made of.
        """
        cells = self._cells(tile, weather)
        skylines = self._geometry(tile, roofs)
        parts = {
            "version": f"{yield_stage.VERSION} {weather_stage.VERSION}",
            **self._groups(
                "sky", "modules", "pv", "usable", "uncertainty", "installation", "thermal"
            ),
            "meteo": fingerprint(cells, self._cells_of(tile) if len(cells) > 1 else ""),
            "batiments": fingerprint(print_texts(self._own_prints[tile.rows])),
            "ombres": fingerprint(skylines),
            **{f"ombres.{name}": told for name, told in skylines.items()},
        }
        return Ticket(tile.tile_id, fingerprint(parts), parts)

    def yield_task(
        self,
        ticket: Ticket,
        context_key: str,
        weather_keys: Mapping[str, str],
        squares: Mapping[str, SurfaceTask],
    ) -> TileTask:
        """Task of the stage ``rendement``; ``squares`` as :meth:`surface_tasks` gives them."""
        tile = self._tiles[ticket.tile_id]
        owned = self._plan.owned(tile)
        side = self._parameters.tiles.surface_square_m
        seen = [name for name, _ in squares_of(self._sight(tile), side)]
        return TileTask(
            self._root, context_key, tile.tile_id, ticket.key, owned,
            parts=ticket.parts, geometry_key=ticket.parts["ombres"],
            weather_keys=self._cells(tile, weather_keys),
            squares=tuple(squares[name] for name in seen if name in squares),
        )  # fmt: skip

    def _geometry(self, tile: Tile, roofs: Mapping[str, str]) -> dict[str, str]:
        """Say what the skylines of a tile are made of."""
        window = self._sight(tile)
        near = [name for name in self._tiles_touching(window) if name in roofs]
        return {
            "version": f"{yield_stage.SHADING_VERSION} {surface_stage.VERSION}",
            **self._groups("horizon", "roofs"),
            "parametres.sky": fingerprint(surface_stage.trees(self._parameters)),
            "toits": fingerprint(roofs[tile.tile_id], sorted(roofs[name] for name in near)),
            **self._rasters_touching(window),
            "lointain": self.far.of(tile),
        }

    def expected_mib(self) -> float:
        """Memory that a process will take at most for a tile of the plan, MiB."""
        groups, mosaic = self._parameters, self._rasters.mns
        step = groups.sources.surface_resolution_m if mosaic is None else mosaic.grid.resolution
        return max(
            (
                expected_mib(tile, self._sight(tile), step, groups.tiles)
                for tile in self._plan.tiles
            ),
            default=groups.tiles.process_mib,
        )

    def weather_cells(self, tile: Tile) -> list[str]:
        """Weather cells that the buildings of a tile lie in."""
        return sorted(set(self._plan.of_owned("weather_cell_id", tile)))

    def _cells(self, tile: Tile, weather_keys: Mapping[str, str]) -> dict[str, str]:
        return {name: weather_keys[name] for name in self.weather_cells(tile)}

    def _cells_of(self, tile: Tile) -> list[str]:
        """Each building and its weather cell, where a tile meets several."""
        ids, cells = (
            self._plan.of_owned(name, tile).astype(str)
            for name in ("building_id", "weather_cell_id")
        )
        return sorted(ids + " " + cells)

    def _sight(self, tile: Tile) -> Bounds:
        """Window that decides what a tile's roofs see: reach, and what redraws its edge."""
        redrawn = surface_stage.surroundings_m(self._parameters, self._rasters)
        beyond = self._parameters.tiles.roof_margin_m + redrawn
        return expand(tile.bounds, window_margin_m(self._parameters.horizon) + beyond)

    def _around(self, window: Bounds) -> NDArray[np.int64]:
        return self._boxes.touching(window)

    def _tiles_touching(self, window: Bounds) -> tuple[str, ...]:
        return tuple(self._names[_touching(self._bounds, window)])

    def _groups(self, *names: str) -> dict[str, str]:
        """Parts of a key: the values of some groups of parameters."""
        return {f"parametres.{name}": self._values[name] for name in names}

    def _rasters_touching(self, window: Bounds) -> dict[str, str]:
        """Parts of a key: the files of each surface input that touch a window."""
        return {
            kind: fingerprint(
                lattice,
                [self._prints.of(paths[at]) for at in np.flatnonzero(_touching(boxes, window))],
            )
            for kind, lattice, boxes, paths in self._raster_files
        }


def _files_of(rasters: Rasters) -> list[tuple[str, str, NDArray[np.float64], list[str]]]:
    """Kind, lattice, bounds and paths of the files of each surface input."""
    found = []
    for kind, mosaic in (("mns", rasters.mns), ("mnt", rasters.mnt)):
        if mosaic is not None:
            lattice = (mosaic.grid.resolution, mosaic.grid.x_min % 1, mosaic.grid.y_max % 1)
            boxes = np.array([file.grid.bounds for file in mosaic.files]).reshape(-1, 4)
            found.append((kind, repr(lattice), boxes, [file.path for file in mosaic.files]))
    if rasters.points is not None:
        boxes = np.array([file.bounds for file in rasters.points.files]).reshape(-1, 4)
        found.append(("lidar", "points", boxes, [file.path for file in rasters.points.files]))
    return found


def _touching(boxes: NDArray[np.float64], window: Bounds) -> NDArray[np.bool_]:
    return (
        (boxes[:, 0] <= window[2]) & (boxes[:, 2] >= window[0])
        & (boxes[:, 1] <= window[3]) & (boxes[:, 3] >= window[1])
    )  # fmt: skip


def _content(roofs: Roofs) -> list[str]:
    """Digest of the rows of roofs, order included."""
    return [
        hashlib.sha256(table_bytes(table)).hexdigest()
        for table in (roofs.planes, roofs.obstacles, roofs.quality)
    ]
