"""The coarse relief that far skylines are cast on, from the relief given or from the terrain.

It is shelved block by block: where no file of a block has changed, nothing is read again. Not
here: what a tile sees of it (``far_views``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.grid import Bounds, Grid, expand
from cadastre.parameters import Parameters
from cadastre.pipeline.blocks import packed, unpacked
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.ingest import Rasters
from cadastre.pipeline.store import Store, fingerprint
from cadastre.shading.far import FarRelief
from cadastre.sources.elevation import Mosaic

STAGE = "etapes/relief"
VERSION = 1
_NAME, _FILE = "relief", "hauteurs.blocs"
_BLOCK = 64  # cells of a side: what one changed file makes read again


@dataclass(frozen=True)
class FarSource:
    """What the far relief of a territory is read from, and on which grid."""

    mosaic: Mosaic
    grid: Grid


def far_source(
    rasters: Rasters, bounds: Bounds, crs: str, parameters: Parameters
) -> FarSource | None:
    """Relief around a territory of some bounds; None where nothing lies beyond the near search.

    The relief given is read on its own lattice, as far as ``far_reach_m``. Without one that
    reaches the territory, its terrain is averaged to ``far_cell_m``: what lies outside it hides
    nothing, and what cannot be read neither (``damaged`` says of which files).
    """
    horizon = parameters.horizon
    whole = expand(bounds, horizon.far_reach_m)
    if rasters.relief is not None and relief_reaches(rasters, bounds, parameters):
        common = _common(whole, rasters.relief.grid.bounds)
        return FarSource(rasters.relief, rasters.relief.grid.covering(common))
    if rasters.mnt is None:
        return None
    low_x, low_y, high_x, high_y = _common(whole, rasters.mnt.grid.bounds)
    if low_x >= high_x or low_y >= high_y:
        return None
    if math.hypot(high_x - low_x, high_y - low_y) <= horizon.reach_m:
        return None
    cell = parameters.tiles.far_cell_m
    grid = Grid(crs, 0.0, 0.0, cell, 1, 1).covering((low_x, low_y, high_x, high_y))
    return FarSource(rasters.mnt, grid)


def relief_reaches(rasters: Rasters, bounds: Bounds, parameters: Parameters) -> bool:
    """Tell whether a relief is given and holds something of the territory's surroundings."""
    if rasters.relief is None:
        return False
    whole = expand(bounds, parameters.horizon.far_reach_m)
    left, low, right, top = _common(whole, rasters.relief.grid.bounds)
    return left < right and low < top


def far_blocks(source: FarSource, prints: Fingerprints) -> dict[str, str]:
    """Key of each block of the far relief: its cells and the files that touch them, in order."""
    mosaic = source.mosaic
    boxes = np.array([file.grid.bounds for file in mosaic.files]).reshape(-1, 4)
    contents = prints.of_all(file.path for file in mosaic.files)
    rules = (VERSION, source.grid.crs, mosaic.max_elevation, mosaic.min_elevation)
    found = {}
    for name, window in _blocks(source.grid):
        grid = source.grid.sub(*window)
        x_min, y_min, x_max, y_max = grid.bounds
        touching = np.flatnonzero(
            (boxes[:, 0] < x_max) & (boxes[:, 2] > x_min)
            & (boxes[:, 1] < y_max) & (boxes[:, 3] > y_min)
        )  # fmt: skip
        found[name] = fingerprint(
            rules, grid.x_min, grid.y_max, grid.resolution, grid.shape,
            [contents[at] for at in touching],
        )  # fmt: skip
    return found


def far_relief(store: Store, source: FarSource, keys: dict[str, str], keep: bool) -> FarRelief:
    """Far relief from the shelf; blocks that are not there under ``keys`` are read.

    ``keys`` as :func:`far_blocks` gives them; with ``keep`` what was read is shelved. What cannot
    be read hides nothing; ``damaged`` says of which files. Such a relief is read whole.
    """
    grid, key = source.grid, fingerprint(keys)
    heights = np.full(grid.shape, np.nan, np.float32)
    known, shelved, old, damaged = _shelved(store)
    if known != keys and damaged:
        known, old, damaged = {}, None, ()
    windows = dict(_blocks(grid))
    missing = [name for name, told in keys.items() if known.get(name) != told]
    if old is not None:
        places = dict(_blocks(old))
        for name in keys.keys() - set(missing):
            heights[windows[name]] = shelved[places[name]]
    whole = len(missing) == len(keys)
    for name in () if whole else missing:
        heights[windows[name]], holes = source.mosaic.read_known(grid.sub(*windows[name]))
        whole = whole or bool(holes)
    if whole:
        heights, damaged = source.mosaic.read_known(grid)
    if keep and (missing or len(keys) != len(known)):
        facts = {"blocks": keys, "grid": _told(grid), "damaged": list(damaged)}
        store.write_product(
            STAGE, _NAME, key, {_FILE: packed({"heights": heights}, windowed=True)}, facts
        )
    return FarRelief(heights, grid, damaged)


def is_kept(store: Store, keys: dict[str, str]) -> bool:
    """Tell whether the far relief is on the shelf, whole."""
    return store.read_product(STAGE, _NAME, fingerprint(keys)) is not None


def damaged_files(store: Store, keys: dict[str, str]) -> tuple[str, ...] | None:
    """Name the files that the relief on the shelf goes without; None when it is another one."""
    product = store.manifest(STAGE, _NAME)
    if product is None or product.key != fingerprint(keys):
        return None
    return tuple(product.facts.get("damaged", ()))


def _shelved(
    store: Store,
) -> tuple[dict[str, str], NDArray[np.float32], Grid | None, tuple[str, ...]]:
    """Keys of the blocks on the shelf, heights, grid, damaged files; nothing when not whole."""
    nothing = np.empty((0, 0), np.float32)
    product = store.read_product(STAGE, _NAME)
    if product is None:
        return {}, nothing, None, ()
    heights = unpacked(store.read_bytes(STAGE, f"{_NAME}.{_FILE}"))["heights"]
    grid = Grid(*json.loads(product.facts["grid"]))
    return product.facts["blocks"], heights, grid, tuple(product.facts.get("damaged", ()))


def _told(grid: Grid) -> str:
    return json.dumps([grid.crs, grid.x_min, grid.y_max, grid.resolution, grid.rows, grid.cols])


def _blocks(grid: Grid) -> Iterator[tuple[str, tuple[slice, slice]]]:
    """Name and place of the blocks of a grid: those of an absolute lattice, cut at its edges."""
    left = math.floor(grid.x_min / grid.resolution + 1e-4)
    top = math.floor(-grid.y_max / grid.resolution + 1e-4)
    for row in range(top // _BLOCK, -(-(top + grid.rows) // _BLOCK)):
        for col in range(left // _BLOCK, -(-(left + grid.cols) // _BLOCK)):
            down = slice(max(row * _BLOCK - top, 0), min((row + 1) * _BLOCK - top, grid.rows))
            across = slice(max(col * _BLOCK - left, 0), min((col + 1) * _BLOCK - left, grid.cols))
            yield f"{col}_{row}", (down, across)


def _common(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    return (
        max(first[0], second[0]), max(first[1], second[1]),
        min(first[2], second[2]), min(first[3], second[3]),
    )  # fmt: skip
