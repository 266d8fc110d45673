"""Tiles: squares of an absolute lattice that own buildings by their representative point.

A tile never cuts a building and never appears in a result: it only says who computes what
together. Crowded squares are split in four until they hold few enough buildings and roofs; four
squares that hold very few together make one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.grid import Bounds
from cadastre.parameters import Tiles


@dataclass(frozen=True)
class Tile:
    """A compute unit.

    ``core`` is half-open (west and south edges in, east and north out); ``rows`` are positions
    in the table of buildings, ``bounds`` their common bounds, m, ``area_m2`` their footprints.
    """

    tile_id: str
    core: Bounds
    rows: NDArray[np.int64]
    bounds: Bounds
    area_m2: float = 0.0


def expected_mib(tile: Tile, sight: Bounds, resolution: float, tiles: Tiles) -> float:
    """Memory that the process computing a tile will take at most, MiB, told beforehand.

    ``sight``: the window of surface the tile looks at, read at ``resolution`` m.
    """
    pixels = (sight[2] - sight[0]) * (sight[3] - sight[1]) / resolution**2
    taken = pixels * tiles.pixel_bytes + tile.area_m2 * tiles.roof_m2_bytes
    return tiles.process_mib + taken / 2.0**20


def tile_name(x_west: float, y_north: float, size_m: float) -> str:
    """Name of a tile by its north-west corner in km, as LiDAR HD names its own.

    Sizes that are no whole number of kilometres add the metres: ``0685_7037`` or
    ``0685500_7037000``.
    """
    if size_m % 1000 == 0:
        return f"{round(x_west / 1000):04d}_{round(y_north / 1000):04d}"
    return f"{round(x_west):07d}_{round(y_north):07d}"


def plan_tiles(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    bounds: NDArray[np.float64],
    tiles: Tiles,
    area_m2: NDArray[np.float64] | None = None,
) -> list[Tile]:
    """Share buildings out to tiles.

    Parameters
    ----------
    x, y
        Representative points, m, shape (n,); NaN for buildings without geometry (left out).
    bounds
        Bounds of each building, m, shape (n, 4).
    tiles
        Size, most buildings and roof a tile, smallest size a split may reach, most buildings of
        a merged tile.
    area_m2
        Footprint of each building, shape (n,); not looked at when absent.

    Returns
    -------
    list of Tile
        Sorted by tile_id; every located building in exactly one.
    """
    located = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    found: list[Tile] = []
    area = np.zeros(len(x)) if area_m2 is None else area_m2
    _split(located, _Places(x, y, bounds, area), 2.0 * tiles.size_m, tiles, found)
    return sorted(found, key=lambda tile: tile.tile_id)


@dataclass(frozen=True)
class _Places:
    """Where the buildings stand and how large they are."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    bounds: NDArray[np.float64]
    area: NDArray[np.float64]


def _is_split(count: int, area: float, size_m: float, tiles: Tiles) -> bool:
    """Tell whether a square of some buildings is too much for one tile."""
    if size_m > tiles.size_m:
        return count > min(tiles.merge_buildings, tiles.max_buildings) or area > tiles.max_roof_m2
    if size_m / 2 < tiles.min_size_m:
        return False
    return count > tiles.max_buildings or area > tiles.max_roof_m2


def _split(
    rows: NDArray[np.int64], places: _Places, size_m: float, tiles: Tiles, found: list[Tile]
) -> None:
    if len(rows) == 0:
        return
    col = np.floor(places.x[rows] / size_m).astype(np.int64)
    row = np.floor(places.y[rows] / size_m).astype(np.int64)
    order = np.lexsort((rows, row, col))
    cells = np.stack([col[order], row[order]], axis=1)
    starts = np.flatnonzero(np.r_[True, np.any(np.diff(cells, axis=0) != 0, axis=1)])
    for first, last in zip(starts, np.r_[starts[1:], len(order)]):
        owned = np.sort(rows[order[first:last]])
        if _is_split(len(owned), float(places.area[owned].sum()), size_m, tiles):
            _split(owned, places, size_m / 2, tiles, found)
            continue
        west, south = cells[first][0] * size_m, cells[first][1] * size_m
        found.append(
            Tile(
                tile_name(west, south + size_m, size_m),
                (west, south, west + size_m, south + size_m),
                owned,
                _union(places.bounds[owned]),
                float(places.area[owned].sum()),
            )
        )


def _union(bounds: NDArray[np.float64]) -> Bounds:
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
