"""The coarse relief that far skylines are cast on, from the relief given or from the terrain."""

from __future__ import annotations

import math

from cadastre.grid import Bounds, Grid, expand
from cadastre.parameters import Parameters
from cadastre.pipeline.ingest import Rasters
from cadastre.pipeline.store import Store
from cadastre.shading.far import FarRelief


def far_relief(
    rasters: Rasters, bounds: Bounds, crs: str, parameters: Parameters
) -> FarRelief | None:
    """Relief around a territory of some bounds; None where nothing lies beyond the near search.

    The relief given is read on its own lattice, as far as ``far_reach_m``. Without one that
    reaches the territory, its terrain is averaged to ``far_cell_m``: what lies outside it hides
    nothing, and what cannot be read neither (``damaged`` says of which files).
    """
    horizon = parameters.horizon
    whole = expand(bounds, horizon.far_reach_m)
    if rasters.relief is not None and relief_reaches(rasters, bounds, parameters):
        grid = rasters.relief.grid.covering(_common(whole, rasters.relief.grid.bounds))
        heights, damaged = rasters.relief.read_known(grid)
        return FarRelief(heights, grid, damaged)
    if rasters.mnt is None:
        return None
    low_x, low_y, high_x, high_y = _common(whole, rasters.mnt.grid.bounds)
    if low_x >= high_x or low_y >= high_y:
        return None
    if math.hypot(high_x - low_x, high_y - low_y) <= horizon.reach_m:
        return None
    cell = parameters.tiles.far_cell_m
    grid = Grid(crs, 0.0, 0.0, cell, 1, 1).covering((low_x, low_y, high_x, high_y))
    heights, damaged = rasters.mnt.read_known(grid)
    return FarRelief(heights, grid, damaged)


def damaged_before(store: Store) -> tuple[str, ...]:
    """Files that the far relief of the last run could not read everywhere, from its report."""
    report = store.read_json("rapport.json") if store.exists("rapport.json") else {}
    return tuple(
        str(name)
        for note in report.get("notes", ())
        if note.get("code") == "relief_damaged"
        for name in note.get("ids") or [note.get("file")]
    )


def relief_reaches(rasters: Rasters, bounds: Bounds, parameters: Parameters) -> bool:
    """Tell whether a relief is given and holds something of the territory's surroundings."""
    if rasters.relief is None:
        return False
    whole = expand(bounds, parameters.horizon.far_reach_m)
    left, low, right, top = _common(whole, rasters.relief.grid.bounds)
    return left < right and low < top


def _common(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    return (
        max(first[0], second[0]), max(first[1], second[1]),
        min(first[2], second[2]), min(first[3], second[3]),
    )  # fmt: skip
