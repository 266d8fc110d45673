"""The stage ``toits``: the planes, obstacles and usable outlines of one tile's buildings.

Each building takes the best source that covers it: 3D model, LiDAR points, surface model, else an
assumption from its footprint. A building that fails alone is flagged; its neighbours go on.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.exchange import PointCloud, Roofs, Surface
from cadastre.grid import Bounds, Grid, expand
from cadastre.pipeline.context import Context, TileTask, load_context
from cadastre.pipeline.store import Store, json_bytes, table_bytes
from cadastre.roofs.assumed import planes_assumed
from cadastre.roofs.planes import planes_from_points, planes_from_surface
from cadastre.roofs.usable import usable_geometry
from cadastre.sources.elevation import read_surface
from cadastre.sources.pointcloud import surface_from_points

STAGE = "etapes/toits"
VERSION = 10
_SETTLED = ("computed", "low_confidence")


@dataclass(frozen=True)
class View:
    """The surface around some buildings, and the points where there are any."""

    surface: Surface | None
    points: PointCloud | None


def lattice_grid(context: Context, bounds: Bounds) -> Grid:
    """Grid of the surface model covering ``bounds``; a 0.5 m one where only points exist."""
    mosaic = context.rasters.mns
    if mosaic is not None:
        return mosaic.grid.covering(bounds)
    step = context.parameters.sources.surface_resolution_m
    return Grid(context.crs, 0.0, 0.0, step, 1, 1).covering(bounds)


def view(context: Context, bounds: Bounds, with_points: bool, with_terrain: bool = True) -> View:
    """Read the surface (and points) of a window; None where the territory has no such input.

    Without ``with_terrain``, the terrain below a surface model is left unknown.
    """
    rasters = context.rasters
    grid = lattice_grid(context, bounds)
    points = None
    if rasters.points is not None and (with_points or rasters.mns is None):
        points = rasters.points.read(bounds)
    surface = None
    if rasters.mns is not None:
        surface = read_surface(rasters.mns, rasters.mnt if with_terrain else None, grid)
    elif points is not None:
        surface = surface_from_points(points, grid)
        if rasters.mnt is not None:
            dtm = rasters.mnt.read(grid)
            surface = replace(surface, dtm=np.where(np.isnan(dtm), surface.dtm, dtm))
    return View(surface, points)


def roofs_of_tile(task: TileTask) -> dict[str, object]:
    """Compute and shelve the roofs of one tile; returns the facts of its manifest."""
    started = time.perf_counter()
    context = load_context(task.store_root, task.context_key)
    margin = context.parameters.tiles.roof_margin_m
    owned = task.owned
    window = expand(_bounds(owned), margin)
    seen = view(context, window, with_points=True)
    parts, traces = _planes(context, task, seen)
    planes = _concat([part.planes for part in parts], owned.crs)
    obstacles = _concat([part.obstacles for part in parts], owned.crs)
    quality = pd.concat([part.quality for part in parts], ignore_index=True)
    planes = planes.sort_values("plane_id", kind="stable").reset_index(drop=True)
    planes["usable"] = shapely.to_wkb(
        usable_geometry(
            planes, obstacles, context.parameters.usable, _placed_footprints(owned, quality)
        ).to_numpy()
    )
    facts: dict[str, object] = {
        "buildings": len(owned),
        "planes": len(planes),
        "seconds": round(time.perf_counter() - started, 3),
        "failed": len(traces),
        "made_of": task.parts,
    }
    Store(task.store_root).write_product(
        STAGE,
        task.tile_id,
        task.key,
        {
            "pans.parquet": table_bytes(planes),
            "obstacles.parquet": table_bytes(obstacles),
            "qualite.parquet": table_bytes(quality),
            "traces.json": json_bytes(traces),
        },
        facts,
    )
    return facts


def _placed_footprints(owned: gpd.GeoDataFrame, quality: pd.DataFrame) -> gpd.GeoSeries:
    """Footprints by building_id, moved to where the heights found them."""
    shift = quality.set_index("building_id").reindex(owned["building_id"])
    x, y = (
        shift[name].astype("float64").fillna(0.0).to_numpy()
        if name in shift.columns
        else np.zeros(len(owned))
        for name in ("shift_x_m", "shift_y_m")
    )
    shapes = shapely.force_2d(owned.geometry.to_numpy())
    xy, row = shapely.get_coordinates(shapes, return_index=True)
    moved = shapely.set_coordinates(shapes.copy(), xy + np.column_stack([x[row], y[row]]))
    return gpd.GeoSeries(moved, index=pd.Index(owned["building_id"]), crs=owned.crs)


def _bounds(table: gpd.GeoDataFrame) -> Bounds:
    x_min, y_min, x_max, y_max = (float(value) for value in table.total_bounds)
    return x_min, y_min, x_max, y_max


def _concat(tables: list[gpd.GeoDataFrame], crs: object) -> gpd.GeoDataFrame:
    full = [table for table in tables if len(table)] or tables[:1]
    return gpd.GeoDataFrame(pd.concat(full, ignore_index=True), geometry="geometry", crs=crs)


def _planes(context: Context, task: TileTask, seen: View) -> tuple[list[Roofs], dict[str, str]]:
    """Go through the sources from best to worst; what one leaves, the next one takes."""
    parameters = context.parameters
    around = task.owned if task.context is None else task.context
    left = task.owned
    parts: list[Roofs] = []
    traces: dict[str, str] = {}
    last: pd.DataFrame | None = None

    def attempt(method: Callable[[gpd.GeoDataFrame], Roofs]) -> None:
        nonlocal left, last
        if len(left) == 0:
            return
        found = _each_or_all(method, left, traces)
        settled = found.quality.loc[
            found.quality["status"].isin((*_SETTLED, "error")), "building_id"
        ]
        keep = set(settled) & (set(found.planes["building_id"]) | set(traces))
        parts.append(found.of(keep))
        last = found.quality[~found.quality["building_id"].isin(keep)]
        left = left[~left["building_id"].isin(keep)]

    if task.model is not None:
        model = task.model
        attempt(lambda _: model)
    if seen.points is not None and seen.surface is not None:
        points, surface = seen.points, seen.surface
        attempt(
            lambda some: planes_from_points(
                points, surface, some, around, parameters.roofs,
                own_surface=context.rasters.mns is not None,
            )
        )  # fmt: skip
    elif seen.surface is not None:
        surface = seen.surface
        attempt(lambda some: planes_from_surface(surface, some, around, parameters.roofs))
    attempt(lambda some: planes_assumed(some, seen.surface, parameters.assumed, parameters.roofs))
    if len(left) and last is not None:
        parts.append(Roofs(_no_rows(parts[-1].planes), _no_rows(parts[-1].obstacles), last))
    return parts, traces


def _no_rows(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return table.iloc[:0]


def _each_or_all(
    method: Callable[[gpd.GeoDataFrame], Roofs],
    buildings: gpd.GeoDataFrame,
    traces: dict[str, str],
) -> Roofs:
    """Treat all buildings together; when that fails, halve until the guilty one stands alone."""
    try:
        return method(buildings)
    except Exception:
        if len(buildings) == 1:
            building_id = str(buildings["building_id"].iloc[0])
            traces[building_id] = traceback.format_exc()
            return _failed(buildings, building_id)
    middle = len(buildings) // 2
    first = _each_or_all(method, buildings.iloc[:middle], traces)
    second = _each_or_all(method, buildings.iloc[middle:], traces)
    return Roofs(
        _concat([first.planes, second.planes], buildings.crs),
        _concat([first.obstacles, second.obstacles], buildings.crs),
        pd.concat([first.quality, second.quality], ignore_index=True),
    )


def _failed(buildings: gpd.GeoDataFrame, building_id: str) -> Roofs:
    planes = gpd.GeoDataFrame(
        {"plane_id": [], "building_id": []}, geometry=gpd.GeoSeries([], crs=buildings.crs)
    )
    obstacles = gpd.GeoDataFrame({"plane_id": []}, geometry=gpd.GeoSeries([], crs=buildings.crs))
    quality = pd.DataFrame(
        {
            "building_id": [building_id],
            "status": ["error"],
            "status_reason": ["computation_failed"],
        }
    )
    return Roofs(planes, obstacles, quality)
