"""A synthetic territory of any number of square kilometres, tile by tile.

==================================  =================================================
``territoire.toml``                 territory file
``mns/DEMO_0685_7037_MNS_0M50.tif``  surface of one tile, 1 km, named by its north-west corner
``mnt/DEMO_0685_7037_MNT_0M50.tif``  terrain of the same tile
``batiments.gpkg``                  footprints wholly inside the rectangle
``communes.gpkg``                   square communes of three agglomerations
==================================  =================================================

Built land follows the Pôle métropolitain de l'Artois in the mean (about 500 buildings a square
kilometre, in towns, cités, villages and countryside). What a tile holds depends on the seed and
on its coordinates only, so two rectangles that share a tile share its bytes. Memory holds a few
rows of cells, whatever the size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.demo import files, names
from cadastre.demo.buildings import Building
from cadastre.demo.cells import CELL_M, Cell, make_cell, rolling_terrain
from cadastre.demo.context import CRS, footprint_frame
from cadastre.demo.raster import Canvas, draw_buildings, draw_hedges, draw_trees
from cadastre.demo.terrain import Terrain
from cadastre.grid import Bounds, Grid, overlap
from cadastre.parameters.demo import DemoTerritory

RESOLUTION_M = 0.5
_STRIP = 8
"""Tiles in a row before the next row begins: bounds the cells held in memory."""
_AGGLOMERATIONS = (
    ("999000001", "Agglomération fictive du Levant"),
    ("999000002", "Agglomération fictive du Couchant"),
    ("999000003", "Agglomération fictive du Milieu"),
)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Tile:
    """One square kilometre: exact heights (float32, m), and the buildings whose site it holds."""

    tile_id: str
    grid: Grid
    dsm: NDArray[np.float32]
    dtm: NDArray[np.float32]
    buildings: tuple[Building, ...]
    outlines: tuple[shapely.Geometry, ...]
    ids: tuple[str, ...]


class Cells:
    """Cells made on demand, the latest kept."""

    def __init__(self, seed: int, capacity: int = 3 * (_STRIP + 1)) -> None:
        self.seed = seed
        self.capacity = capacity
        self._made: dict[tuple[int, int], Cell] = {}

    def around(self, x_km: int, y_km: int) -> list[Cell]:
        """Four cells that a tile (north-west corner, km) overlaps, in a fixed order."""
        corners = [(x_km, y_km), (x_km + 1, y_km), (x_km, y_km - 1), (x_km + 1, y_km - 1)]
        return [self._cell(x, y) for x, y in corners]

    def _cell(self, x: int, y: int) -> Cell:
        if (x, y) not in self._made:
            while len(self._made) >= self.capacity:
                self._made.pop(next(iter(self._made)))
            self._made[x, y] = make_cell(self.seed, x, y)
        return self._made[x, y]


def territory_tile(cells: Cells, terrain: Terrain, x_km: int, y_km: int) -> Tile:
    """Draw the tile whose north-west corner is (x_km, y_km); touches no file."""
    size = round(CELL_M / RESOLUTION_M)
    grid = Grid(CRS, x_km * CELL_M, y_km * CELL_M, RESOLUTION_M, size, size)
    around = cells.around(x_km, y_km)
    canvas = _ground(grid, terrain)
    for cell in around:
        if cell.terril is not None:
            _raise_terril(canvas, cell)
    first = 1
    mine: list[tuple[Building, shapely.Geometry, str]] = []
    for cell in around:
        near = [b for b in cell.buildings if overlap(b.bounds, grid.bounds)]
        first = draw_buildings(canvas, near, first)
        draw_trees(canvas, _near(cell.trees, grid.bounds, cell.trees[:, 4]))
        draw_hedges(canvas, _near(cell.hedges, grid.bounds, cell.hedges[:, 3]))
        for rank, building in enumerate(cell.buildings):
            if _holds(grid.bounds, building.site.x, building.site.y):
                mine.append((building, cell.outlines[rank], cell.building_id(rank)))
    mine.sort(key=lambda entry: entry[2])
    return Tile(
        tile_name(x_km, y_km),
        grid,
        canvas.top.astype(np.float32),
        canvas.ground.astype(np.float32),
        tuple(b for b, _, _ in mine),
        tuple(outline for _, outline, _ in mine),
        tuple(name for _, _, name in mine),
    )


def tile_name(x_km: int, y_km: int) -> str:
    """Name of a tile by its north-west corner in km, as LiDAR HD names its tiles."""
    return f"{x_km:04d}_{y_km:04d}"


def _ground(grid: Grid, terrain: Terrain) -> Canvas:
    """Lay the ground at pixel centres; each wave is a product of rows and columns."""
    x, _ = grid.xy(0, np.arange(grid.cols))
    _, y = grid.xy(np.arange(grid.rows), 0)
    ground = np.full(grid.shape, terrain.altitude)
    for east, north, phase, amplitude in terrain.waves:
        across = east * (x - terrain.origin[0]) + phase
        down = north * (y - terrain.origin[1])
        ground += np.outer(amplitude * np.cos(down), np.sin(across))
        ground += np.outer(amplitude * np.sin(down), np.cos(across))
    return Canvas(
        grid,
        np.broadcast_to(x[None, :], grid.shape),
        np.broadcast_to(y[:, None], grid.shape),
        ground,
        np.full(grid.shape, -np.inf),
        np.full(grid.shape, -np.inf),
        np.zeros(grid.shape, np.int32),
    )


def _raise_terril(canvas: Canvas, cell: Cell) -> None:
    terril = cell.terril
    if terril is None:
        return
    reach = 1.1 * terril.radius
    window = canvas.grid.window(
        (terril.x - reach, terril.y - reach, terril.x + reach, terril.y + reach)
    )
    canvas.ground[window] += terril.rise(canvas.x[window], canvas.y[window])


def _holds(bounds: Bounds, x: float, y: float) -> bool:
    """Tell whether a tile owns a point: west and north edges belong to it."""
    return bounds[0] <= x < bounds[2] and bounds[1] < y <= bounds[3]


def _near(
    plants: NDArray[np.float64], bounds: Bounds, reach: NDArray[np.float64]
) -> NDArray[np.float64]:
    x, y = plants[:, 0], plants[:, 1]
    keep = (x + reach > bounds[0]) & (x - reach < bounds[2])
    return plants[keep & (y + reach > bounds[1]) & (y - reach < bounds[3])]


def tile_order(options: DemoTerritory) -> Iterator[tuple[int, int]]:
    """North-west corners of the tiles, km, by strips of a few columns, north to south."""
    for first in range(0, options.width_km, _STRIP):
        for down in range(options.height_km):
            for right in range(first, min(first + _STRIP, options.width_km)):
                yield options.west_km + right, options.north_km - down


def generate_territory(
    folder: Path,
    options: DemoTerritory | None = None,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Write the territory into ``folder`` and give its territory file.

    ``progress`` is told the name of each tile once it is written.
    """
    options = options if options is not None else DemoTerritory()
    for name in ("mns", "mnt"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for old in (folder / name).glob("DEMO_*.tif"):
            old.unlink()
    cells, terrain = Cells(options.seed), rolling_terrain(options.seed)
    footprints = folder / "batiments.gpkg"
    footprints.unlink(missing_ok=True)
    limits = _limits(options)
    creation: dict[str, str | float] = {
        "compress": "LERC_ZSTD",
        "max_z_error": options.precision_m,
    }
    for x_km, y_km in tile_order(options):
        tile = territory_tile(cells, terrain, x_km, y_km)
        for name, heights in (("mns", tile.dsm), ("mnt", tile.dtm)):
            path = folder / name / f"DEMO_{tile.tile_id}_{name.upper()}_0M50.tif"
            files.write_heights(path, heights, tile.grid, options.survey_date, **creation)
        _append_footprints(footprints, tile, limits)
        if progress is not None:
            progress(tile.tile_id)
    files.write_layer(folder / "communes.gpkg", _communes(options))
    inputs = {
        "batiments": "batiments.gpkg",
        "batiments_id": "cleabs",
        "mns": "mns/*.tif",
        "mnt": "mnt/*.tif",
        "communes": "communes.gpkg",
    }
    territory = folder / "territoire.toml"
    files.write_territory_file(territory, names.SYNTHETIC_TERRITORY, inputs)
    return territory


def _limits(options: DemoTerritory) -> Bounds:
    west, north = options.west_km * CELL_M, options.north_km * CELL_M
    return west, north - options.height_km * CELL_M, west + options.width_km * CELL_M, north


def _append_footprints(path: Path, tile: Tile, limits: Bounds) -> None:
    """Add the buildings of a tile that lie wholly inside the rectangle."""
    boxes = shapely.bounds(np.array(tile.outlines, dtype=object)).reshape(-1, 4)
    inside = (boxes[:, :2] >= limits[:2]).all(axis=1) & (boxes[:, 2:] <= limits[2:]).all(axis=1)
    ranks = np.flatnonzero(inside)
    frame = footprint_frame(
        [tile.buildings[i] for i in ranks],
        [tile.outlines[i] for i in ranks],
        [tile.ids[i] for i in ranks],
    )
    if len(frame) or not path.exists():
        files.write_layer(path, frame, append=path.exists())


def _communes(options: DemoTerritory) -> gpd.GeoDataFrame:
    """Square communes aligned on multiples of their side, cut by the rectangle."""
    side = options.commune_km
    whole = shapely.box(*_limits(options))
    south = options.north_km - options.height_km
    rows: list[tuple[str, ...]] = []
    geometries: list[shapely.Geometry] = []
    for j in range(south // side, -(-options.north_km // side)):
        for i in range(options.west_km // side, -(-(options.west_km + options.width_km) // side)):
            square = shapely.box(
                i * side * CELL_M,
                j * side * CELL_M,
                (i + 1) * side * CELL_M,
                (j + 1) * side * CELL_M,
            )
            rank = len(rows)
            code = f"62{_DIGITS[10 + rank // 1296]}{_DIGITS[rank // 36 % 36]}{_DIGITS[rank % 36]}"
            siren, agglomeration = _AGGLOMERATIONS[i % len(_AGGLOMERATIONS)]
            rows.append((code, f"Commune fictive {rank + 1}", siren, agglomeration))
            geometries.append(shapely.intersection(square, whole))
    columns = ["code_insee", "nom", "siren_epci", "nom_epci"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=geometries, crs=CRS)
