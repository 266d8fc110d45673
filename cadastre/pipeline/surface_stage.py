"""The stage ``surfaces``: the surface model redrawn with the planes found, once for all tiles.

Rays look hundreds of metres around, so each place is read by many tiles: it is redrawn once, in
squares of an absolute lattice that owe nothing to the tiles, and shelved. A pixel is redrawn from
what lies within a few metres of it, so squares fit together exactly. Squares without any plane
near by are not shelved: there the surface model is what it was.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio.features
import shapely
from numpy.typing import NDArray

from cadastre.exchange import Surface
from cadastre.grid import Bounds, Grid, expand
from cadastre.parameters import Parameters
from cadastre.pipeline import roof_stage
from cadastre.pipeline.blocks import packed, unpacked
from cadastre.pipeline.context import Context, SurfaceTask, load_context
from cadastre.pipeline.ingest import Rasters
from cadastre.pipeline.store import Store, fingerprint, table_from_bytes
from cadastre.shading.rebuilt import redraw_margin_m, sharp_surface
from cadastre.sources.pointcloud import surface_from_points

STAGE = "etapes/surfaces"
VERSION = 2
_FILE = "surface.blocs"
_DRAWN = (
    "plane_id", "plane_a", "plane_b", "plane_c", "plane_x0", "plane_y0", "geometry",
)  # fmt: skip


def squares_of(window: Bounds, side_m: float) -> Iterator[tuple[str, Bounds]]:
    """Name and bounds of the squares of the absolute lattice that a window touches."""
    for col in range(math.floor(window[0] / side_m), math.ceil(window[2] / side_m)):
        for row in range(math.floor(window[1] / side_m), math.ceil(window[3] / side_m)):
            west, south = col * side_m, row * side_m
            name = f"{round(west):07d}_{round(south + side_m):07d}"
            yield name, (west, south, west + side_m, south + side_m)


def surroundings_m(parameters: Parameters, rasters: Rasters) -> float:
    """How far around a square its pixels look: planes, and points where holes are filled."""
    sources = parameters.sources
    if rasters.mns is not None:
        return redraw_margin_m(parameters.horizon, rasters.mns.grid.resolution)
    step = sources.surface_resolution_m
    filled = step * 2.0 ** max(sources.hole_levels, sources.terrain_hole_levels)
    return redraw_margin_m(parameters.horizon, step) + filled


def surface_of_square(task: SurfaceTask) -> dict[str, object]:
    """Redraw and shelve one square; returns the facts of its manifest."""
    started = time.perf_counter()
    context = load_context(task.store_root, task.context_key)
    store = Store(task.store_root)
    arrays = redrawn(context, store, task, roof_stage.lattice_grid(context, task.core))
    facts: dict[str, object] = {
        "seconds": round(time.perf_counter() - started, 3), "made_of": task.parts,
    }  # fmt: skip
    store.write_product(
        STAGE, task.tile_id, task.key, {_FILE: packed(arrays, windowed=True)}, facts
    )
    return facts


def redrawn(context: Context, store: Store, task: SurfaceTask, core: Grid) -> dict[str, NDArray]:
    """Rasters of a square, or of a part of it, on the lattice of the surface model.

    ``dsm``, and ``bare`` without trees where light goes through them. A part has the bytes that
    the whole has there, and reads nothing of the surface model beyond its surroundings.
    """
    parameters = context.parameters
    window = expand(core.bounds, surroundings_m(parameters, context.rasters))
    planes = planes_seen(store, task.near, window, context.crs)
    seen = _seen(context, window, task.footprints)
    if seen is None:
        raise RuntimeError("no surface model to redraw")
    sharp = sharp_surface(seen, planes, parameters.horizon)
    return _layers(sharp, _shared(sharp.grid, core), parameters)


def trees(parameters: Parameters) -> str:
    """Say how trees are told apart; empty where no light goes through them."""
    sky = parameters.sky
    if not sky.sees_through_trees:
        return ""
    return f"{sky.vegetation_height_m} {sky.vegetation_gap_m}"


def _seen(context: Context, window: Bounds, footprints: tuple[bytes, ...]) -> Surface | None:
    """Surface model of a window; with what is known of its trees where light goes through them.

    Classified points tell them; else whatever stands higher than a tree's height above the
    terrain, away from footprints (WKB).
    """
    sky = context.parameters.sky
    asked = sky.sees_through_trees
    found = roof_stage.view(context, window, with_points=asked, with_terrain=asked)
    surface = found.surface
    if surface is None:
        return None
    if not asked:
        return dataclasses.replace(surface, vegetation=None)
    if surface.vegetation is None and found.points is not None:
        classed = surface_from_points(found.points, surface.grid)
        terrain = np.where(np.isnan(surface.dtm), classed.dtm, surface.dtm)
        return dataclasses.replace(surface, vegetation=classed.vegetation, dtm=terrain)
    if surface.vegetation is None:
        tall = surface.dsm - surface.dtm > sky.vegetation_height_m
        shapes = list(shapely.buffer(shapely.from_wkb(footprints), sky.vegetation_gap_m))
        off = np.ones(tall.shape, bool)
        if shapes:
            off = rasterio.features.geometry_mask(
                shapes, tall.shape, surface.grid.transform, all_touched=True
            )
        return dataclasses.replace(surface, vegetation=tall & off)
    return surface


def _layers(
    surface: Surface, inner: tuple[slice, slice], parameters: Parameters
) -> dict[str, NDArray]:
    """Rasters of a square: heights, and heights without trees where light goes through them."""
    layers: dict[str, NDArray] = {"dsm": surface.dsm[inner]}
    if parameters.sky.sees_through_trees:
        bare = surface.without_trees()
        layers["bare"] = layers["dsm"] if bare is None else bare[inner]
    return layers


def planes_seen(
    store: Store, tile_ids: tuple[str, ...], window: Bounds, crs: str
) -> gpd.GeoDataFrame:
    """Planes of some tiles that the data show and that touch a window, sorted by plane_id.

    Assumed roofs are left out: their height is no observation to redraw a surface with.
    """
    parts = []
    for tile_id in sorted(tile_ids):
        product = store.manifest(roof_stage.STAGE, tile_id)
        if product is None:
            continue
        try:
            planes = _observed(store.root, tile_id, product.key, fingerprint(product.files))
        except FileNotFoundError:  # damaged: its own stage makes it again
            continue
        bounds = shapely.bounds(np.asarray(planes.geometry.array))
        touching = (
            (bounds[:, 0] <= window[2]) & (bounds[:, 2] >= window[0])
            & (bounds[:, 1] <= window[3]) & (bounds[:, 3] >= window[1])
        )  # fmt: skip
        parts.append(planes[touching])
    full = [part for part in parts if len(part)] or parts[:1]
    if not full:
        return gpd.GeoDataFrame({"plane_id": []}, geometry=gpd.GeoSeries([], crs=crs))
    table = gpd.GeoDataFrame(pd.concat(full, ignore_index=True), geometry="geometry", crs=crs)
    return table.sort_values("plane_id", kind="stable").reset_index(drop=True)


@functools.lru_cache(maxsize=12)
def _observed(store_root: str, tile_id: str, key: str, content: str) -> gpd.GeoDataFrame:
    """Planes of a tile that the data show: what redraws a surface, no more.

    Squares side by side look at the same tiles: the last ones are kept. ``content`` tells one
    writing of a tile from another.

    Raises
    ------
    FileNotFoundError
        The roofs of the tile are not on the shelf, whole.
    """
    store = Store(store_root)
    found = store.read_files(roof_stage.STAGE, tile_id, key, ("pans.parquet",))
    if found is None or fingerprint(found[0].files) != content:
        raise FileNotFoundError(tile_id)
    table = table_from_bytes(found[1]["pans.parquet"], (*_DRAWN, "plane_source"))
    planes = gpd.GeoDataFrame(table)
    columns = [name for name in _DRAWN if name in planes.columns]  # an empty table has fewer
    return planes.loc[planes["plane_source"] != "assumed", columns]


def surface_around(
    context: Context, store: Store, window: Bounds, squares: tuple[SurfaceTask, ...]
) -> Surface | None:
    """Redrawn surface of a window: from the shelf, made on the spot where a square is missing.

    None where the territory has neither surface model nor points.
    """
    if context.rasters.mns is None and context.rasters.points is None:
        return None
    grid = roof_stage.lattice_grid(context, window)
    known = {task.tile_id: task for task in squares}
    layers: dict[str, NDArray] = {}
    for name, core in squares_of(grid.bounds, context.parameters.tiles.surface_square_m):
        square = roof_stage.lattice_grid(context, core)
        inside, place = _shared(square, grid), _shared(grid, square)
        if name in known:
            found = _shelved(context, store, known[name], inside)
        else:
            found = _as_it_was(context, square.sub(*inside))
        for layer, values in found.items():
            if layer not in layers:
                layers[layer] = np.full(grid.shape, np.nan, np.float32)
            layers[layer][place] = values
    nothing = np.broadcast_to(np.float32(np.nan), grid.shape)
    return Surface(grid, layers["dsm"], nothing, bare=layers.get("bare"))


def _shared(grid: Grid, other: Grid) -> tuple[slice, slice]:
    """Rows and columns of a grid that another one of the same lattice holds too."""
    top = round((grid.y_max - other.y_max) / grid.resolution)
    left = round((other.x_min - grid.x_min) / grid.resolution)
    return (
        slice(max(top, 0), max(min(top + other.rows, grid.rows), max(top, 0))),
        slice(max(left, 0), max(min(left + other.cols, grid.cols), max(left, 0))),
    )


def _shelved(
    context: Context, store: Store, task: SurfaceTask, inside: tuple[slice, slice]
) -> dict[str, NDArray]:
    """Return a part of a square; what is not on the shelf is redrawn, that part and no more.

    Of a square that could not be redrawn whole, a tile needs only what it sees to be readable.
    """
    product = store.read_product(STAGE, task.tile_id, task.key)
    if product is None:
        square = roof_stage.lattice_grid(context, task.core)
        return redrawn(context, store, task, square.sub(*inside))
    return unpacked(store.read_bytes(STAGE, f"{task.tile_id}.{_FILE}"), inside)


def _as_it_was(context: Context, grid: Grid) -> dict[str, NDArray]:
    """Surface of a place without planes."""
    if context.rasters.mns is not None:
        return {"dsm": context.rasters.mns.read(grid)}
    window = expand(grid.bounds, surroundings_m(context.parameters, context.rasters))
    seen = _seen(context, window, ())
    return {} if seen is None else _layers(seen, _shared(seen.grid, grid), context.parameters)
