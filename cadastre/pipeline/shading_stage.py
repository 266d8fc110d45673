"""The skylines of one tile, on the shelf apart: weather and modules may change without them."""

from __future__ import annotations

import dataclasses
import functools

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Proj, Transformer

from cadastre.exchange import FarHorizon, Horizons, Samples
from cadastre.grid import Bounds, expand
from cadastre.kernels.skyline_parts import from_steps, to_steps
from cadastre.parameters.horizon import Horizon
from cadastre.pipeline.blocks import packed, unpacked
from cadastre.pipeline.context import Context, TileTask
from cadastre.pipeline.store import Product, Store
from cadastre.pipeline.surface_stage import surface_around
from cadastre.shading.far import FarRelief, far_horizon
from cadastre.shading.horizon import far_horizons, horizons, window_margin_m

STAGE = "etapes/ombres"
VERSION = 5
_FILE = "lignes.blocs"
# Skylines are kept in hundredths of a degree: a twentieth of the sun's radius.
_STEPS_PER_DEGREE = np.float32(100.0)


@functools.lru_cache(maxsize=8)
def _projection(crs: str) -> tuple[Transformer, Proj]:
    return Transformer.from_crs(crs, CRS(crs).geodetic_crs, always_xy=True), Proj(crs)


@functools.lru_cache(maxsize=4096)
def convergence_deg(crs: str, column: int, row: int, cell_m: float) -> float:
    """Azimuth of grid north from true north, clockwise, at the centre of an absolute square."""
    to_geodetic, projection = _projection(crs)
    longitude, latitude = to_geodetic.transform((column + 0.5) * cell_m, (row + 0.5) * cell_m)
    factors = projection.get_factors(longitude, latitude)
    return float(factors.meridian_convergence)


def convergence_cells(planes: gpd.GeoDataFrame, owned: gpd.GeoDataFrame, cell_m: float) -> NDArray:
    """Square (column, row) of each plane's building, int64 (n, 2)."""
    points = shapely.point_on_surface(owned.geometry.to_numpy())
    cells = pd.DataFrame(
        {
            "column": np.floor(shapely.get_x(points) / cell_m),
            "row": np.floor(shapely.get_y(points) / cell_m),
        },
        index=owned["building_id"],
    )
    return cells.loc[planes["building_id"]].to_numpy(np.int64)


def quantised(skylines: Horizons) -> dict[str, NDArray]:
    """Arrays of the shelf; the parts that are None are left out."""
    arrays = {"sky_openness": skylines.sky_openness}
    for name in ("elevation", "near_elevation", "opaque_elevation"):
        values = getattr(skylines, name)
        if values is not None:
            arrays[name] = np.empty(values.shape, np.uint16)
            to_steps(values, _STEPS_PER_DEGREE, arrays[name])
    return arrays


def restored(arrays: dict[str, NDArray]) -> Horizons:
    """Skylines from the shelf."""

    def degrees(name: str) -> NDArray[np.float32] | None:
        if name not in arrays:
            return None
        found = np.empty(arrays[name].shape, np.float32)
        from_steps(arrays[name], _STEPS_PER_DEGREE, found)
        return found

    elevation = degrees("elevation")
    if elevation is None:
        raise KeyError("elevation")
    return Horizons(
        elevation,
        np.zeros(elevation.shape[1], np.float32),
        arrays["sky_openness"],
        near_elevation=degrees("near_elevation"),
        opaque_elevation=degrees("opaque_elevation"),
    )


def skylines_of_tile(
    context: Context, task: TileTask, planes: gpd.GeoDataFrame, samples: Samples
) -> Horizons:
    """Read the skylines of a tile from the shelf, or cast and shelve them."""
    store = Store(task.store_root)
    product = store.read_product(STAGE, task.tile_id, task.geometry_key)
    if product is None:
        arrays = quantised(_cast(context, task, planes, samples))
        store.write_product(
            STAGE, task.tile_id, task.geometry_key, {_FILE: packed(_apart(arrays))},
            {"samples": len(samples.x), "made_of": skyline_parts(task.parts)},
        )  # fmt: skip
        return restored(arrays)
    return from_shelf(store, product)


def skyline_parts(parts: dict[str, str]) -> dict[str, str]:
    """Say what skylines are made of, from the parts of the yields that read them."""
    mark = "ombres."
    return {name.removeprefix(mark): parts[name] for name in parts if name.startswith(mark)}


def from_shelf(store: Store, product: Product) -> Horizons:
    """Read the skylines of a product of this stage."""
    return restored(_apart(unpacked(store.read_bytes(STAGE, f"{product.name}.{_FILE}"))))


def _apart(arrays: dict[str, NDArray]) -> dict[str, NDArray]:
    """Turn skylines that differ little from the main one into what is missing to it, and back."""
    main = arrays["elevation"]
    return {
        name: main - values if name in ("near_elevation", "opaque_elevation") else values
        for name, values in arrays.items()
    }


def _cast(
    context: Context, task: TileTask, planes: gpd.GeoDataFrame, samples: Samples
) -> Horizons:
    parameters = context.parameters
    x_min, y_min, x_max, y_max = (float(value) for value in planes.total_bounds)
    window = expand((x_min, y_min, x_max, y_max), window_margin_m(parameters.horizon))
    surface = surface_around(context, Store(task.store_root), window, task.squares)
    cell_m = parameters.tiles.convergence_cell_m
    cells = convergence_cells(planes, task.owned, cell_m)
    parts = []
    for column, row in np.unique(cells, axis=0):
        rows = np.flatnonzero((cells == (column, row)).all(axis=1))
        north = convergence_deg(context.crs, int(column), int(row), cell_m)
        mine = planes.iloc[rows]
        far = _far(context, mine, north)
        some = samples_of(samples, rows)
        if surface is None:
            found = far_horizons(some, mine, far, parameters.horizon, north)
        else:
            found = horizons(surface, some, mine, far, parameters.horizon, north)
        parts.append((rows, found))
    return parts[0][1] if len(parts) == 1 else _joined(parts, samples)


def _far(context: Context, planes: gpd.GeoDataFrame, north: float) -> FarHorizon | None:
    """Skyline of the far relief around some planes; None where no relief is known."""
    if context.relief is None:
        return None
    x_min, y_min, x_max, y_max = (float(value) for value in planes.total_bounds)
    bounds = (x_min, y_min, x_max, y_max)
    return far_view(context.relief, bounds, context.parameters.horizon, north)


def far_view(relief: FarRelief, bounds: Bounds, horizon: Horizon, north: float) -> FarHorizon:
    """Far skylines at the nodes around ``bounds``, in the steps that skylines are kept in.

    ``north``: azimuth of grid north. What a tile depends on is then what it can tell apart.
    """
    found = far_horizon(relief, bounds, horizon, north)
    steps = np.rint(found.elevation * _STEPS_PER_DEGREE)
    return dataclasses.replace(found, elevation=steps / _STEPS_PER_DEGREE)


def sample_rows(samples: Samples, rows: NDArray) -> NDArray[np.int64]:
    """Positions of the samples of some planes, in the order of the rows."""
    start = samples.plane_start
    return np.concatenate([np.arange(start[row], start[row + 1]) for row in rows])


def samples_of(samples: Samples, rows: NDArray) -> Samples:
    """Return the samples of some planes, in the order of the rows."""
    counts = np.diff(samples.plane_start)
    keep = sample_rows(samples, rows)
    start = np.concatenate([[0], np.cumsum(counts[rows])])
    return Samples(
        start, samples.x[keep], samples.y[keep], samples.z[keep], samples.row[keep],
        samples.col[keep], samples.area_m2[keep],
    )  # fmt: skip


def _joined(parts: list[tuple[NDArray, Horizons]], samples: Samples) -> Horizons:
    """Put the samples of several convergence squares back in the order of the planes."""
    counts = np.diff(samples.plane_start)
    total, sectors = int(counts.sum()), parts[0][1].elevation.shape[1]
    elevation = np.empty((total, sectors), np.float32)
    openness = np.empty(total, np.float32)
    extra: dict[str, NDArray | None] = {}
    for name in ("near_elevation", "opaque_elevation"):
        given = getattr(parts[0][1], name)
        extra[name] = None if given is None else np.empty((total, sectors), np.float32)
    for rows, found in parts:
        place = sample_rows(samples, rows)
        elevation[place], openness[place] = found.elevation, found.sky_openness
        for name, target in extra.items():
            if target is not None:
                target[place] = getattr(found, name)
    return Horizons(elevation, np.zeros(sectors, np.float32), openness, **extra)
