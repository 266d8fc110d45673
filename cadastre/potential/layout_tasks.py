"""From usable parts to the polygons the layout kernel works on, one task a part and variant.

Variants of a pitched plane: rows along the eave (0) and columns up the slope (1). Variants of a
flat roof: racks facing south (0) and back-to-back racks along the main edge (2).
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.angles import azimuth_difference, tilt_from_slopes
from cadastre.potential.frames import (
    Frames,
    facing_frames,
    joined,
    main_edge_deg,
    slope_frames,
)

PITCHED, SOUTH, EAST_WEST = range(3)
_POLYGON = 3


@dataclass(frozen=True)
class Tasks:
    """Flat arrays for the kernel, one task a row, and what its rectangles become."""

    plane: NDArray[np.int64]
    variant: NDArray[np.int64]
    layout: NDArray[np.int64]
    facing_deg: NDArray[np.float64]
    frame: NDArray[np.int64]
    frames: Frames
    edges: NDArray[np.float64]
    edge_start: NDArray[np.int64]
    kinds: NDArray[np.float64]
    kind_start: NDArray[np.int64]
    steps: NDArray[np.float64]
    capacity: NDArray[np.int64]


@dataclass(frozen=True)
class _Variant:
    """A way of laying some planes: their rows, frames, kinds of rectangle."""

    rows: NDArray[np.int64]
    number: int
    layout: int
    facing_deg: NDArray[np.float64]
    frames: Frames
    kinds: NDArray[np.float64]


def south_pitch_m(modules: parameters.Modules) -> float:
    """Distance between rows of south racks, m in plan."""
    tilt_rad = np.radians(modules.south_rack_tilt_deg)
    if modules.south_spacing == "ratio":
        return modules.width_m / modules.south_ground_coverage
    low_sun = np.tan(np.radians(modules.winter_sun_deg))
    return float(modules.width_m * (np.cos(tilt_rad) + np.sin(tilt_rad) / low_sun))


def east_west_pitch_m(modules: parameters.Modules) -> float:
    """Distance between ridges of back-to-back racks, m in plan."""
    depth = modules.width_m * np.cos(np.radians(modules.east_west_tilt_deg))
    return float(2.0 * depth + modules.east_west_ridge_gap_m + modules.east_west_valley_gap_m)


def layout_tasks(
    planes: gpd.GeoDataFrame,
    usable: gpd.GeoSeries,
    modules: parameters.Modules,
    rack_yields: tuple[float, float],
) -> Tasks:
    """Tasks of every plane whose usable part is not empty; see :func:`modules.place_modules`."""
    shapes = usable.to_numpy()
    filled = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    tilt = tilt_from_slopes(planes["plane_a"], planes["plane_b"])
    pitched = np.flatnonzero(filled & (tilt >= modules.rack_below_deg))
    flat = np.flatnonzero(filled & (tilt < modules.rack_below_deg))
    variants = [
        _pitched(planes, pitched, modules, columns=False),
        _pitched(planes, pitched, modules, columns=True),
        *_racks(planes, flat, modules, rack_yields),
    ]
    return _assembled(variants, shapes, modules)


def _pitched(
    planes: gpd.GeoDataFrame, rows: NDArray, modules: parameters.Modules, *, columns: bool
) -> _Variant:
    long, short, gap = modules.length_m, modules.width_m, modules.gap_m
    portrait, landscape = [long, short, gap, gap, 1.0], [short, long, gap, gap, 1.0]
    kinds = {"portrait": [portrait], "landscape": [landscape]}.get(
        modules.orientation, [portrait, landscape]
    )
    table = np.array(kinds, np.float64)
    if columns:
        table[:, :2] = table[:, 1::-1]
    frames = slope_frames(planes.iloc[rows], swapped=columns)
    return _Variant(rows, int(columns), PITCHED, np.full(len(rows), np.nan), frames, table)


def _racks(
    planes: gpd.GeoDataFrame,
    rows: NDArray,
    modules: parameters.Modules,
    rack_yields: tuple[float, float],
) -> list[_Variant]:
    part = planes.iloc[rows]
    edge = main_edge_deg(shapely.force_2d(part.geometry.to_numpy()))
    turns = edge[:, None] + np.array([0.0, 90.0, 180.0, 270.0])
    off_south = azimuth_difference(turns, 180.0)
    aligned = np.take_along_axis(turns, off_south.argmin(axis=1)[:, None], 1)[:, 0]
    south = np.where(off_south.min(axis=1) <= modules.south_align_deg, aligned, 180.0)
    off_east = azimuth_difference(turns, 90.0)
    east = np.take_along_axis(turns, off_east.argmin(axis=1)[:, None], 1)[:, 0]
    length, gap = modules.length_m, modules.gap_m
    south_depth = modules.width_m * np.cos(np.radians(modules.south_rack_tilt_deg))
    valley = modules.east_west_valley_gap_m
    south_kind = [
        south_depth,
        length,
        gap,
        max(south_pitch_m(modules) - south_depth, 0.0),
        rack_yields[0],
    ]
    pair_kind = [east_west_pitch_m(modules) - valley, length, gap, valley, 2.0 * rack_yields[1]]
    out = []
    if modules.flat_layout != "east_west":
        frames = facing_frames(part, south)
        out.append(_Variant(rows, 0, SOUTH, south, frames, np.array([south_kind])))
    if modules.flat_layout != "south":
        frames = facing_frames(part, east)
        out.append(_Variant(rows, 2, EAST_WEST, east, frames, np.array([pair_kind])))
    return out


def _assembled(variants: list[_Variant], shapes: NDArray, modules: parameters.Modules) -> Tasks:
    frames = joined([v.frames for v in variants])
    rows = np.concatenate([v.rows for v in variants])
    number = np.concatenate([np.full(len(v.rows), v.number) for v in variants])
    layout = np.concatenate([np.full(len(v.rows), v.layout) for v in variants])
    facing = np.concatenate([v.facing_deg for v in variants])
    sort = np.concatenate([np.full(len(v.rows), i) for i, v in enumerate(variants)])
    parts, frame = _parts(frames.shapes_to_frame(shapes[rows], np.arange(len(rows))))
    parts, frame = _with_access_paths(parts, frame, modules)
    edges, edge_start = _edges(parts)
    kinds = [variants[s].kinds for s in sort[frame]]
    kind_start = np.concatenate([[0], np.cumsum([len(k) for k in kinds])]).astype(np.int64)
    smallest = np.array([(v.kinds[:, 0] * v.kinds[:, 1]).min() for v in variants])
    fits = np.floor(shapely.area(parts) / smallest[sort[frame]] + 1e-6).astype(np.int64)
    bounds = shapely.bounds(parts)
    extent = bounds[:, 3] - bounds[:, 1]
    steps = np.where(extent > modules.large_extent_m, modules.large_row_step_m, modules.row_step_m)
    return Tasks(
        plane=rows[frame],
        variant=number[frame],
        layout=layout[frame],
        facing_deg=facing[frame],
        frame=frame,
        frames=frames,
        edges=edges,
        edge_start=edge_start,
        kinds=np.concatenate(kinds) if kinds else np.empty((0, 5)),
        kind_start=kind_start,
        steps=steps,
        capacity=np.concatenate([[0], np.cumsum(fits)]).astype(np.int64),
    )


def _parts(shapes: NDArray) -> tuple[NDArray, NDArray[np.int64]]:
    """Parts of shapes and the shape of each; those of one part are not copied, that costs."""
    several = shapely.get_num_geometries(shapes) != 1
    several |= shapely.get_type_id(shapes) != _POLYGON
    pieces, of = shapely.get_parts(shapes[several], return_index=True)
    owner = np.concatenate([np.flatnonzero(~several), np.flatnonzero(several)[of]])
    order = np.argsort(owner, kind="stable")
    return np.concatenate([shapes[~several], pieces])[order], owner[order]


def _edges(parts: NDArray) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Edges (u0, v0, u1, v1) of polygons, shell and holes, and where each polygon's start."""
    rings, part = shapely.get_rings(parts, return_index=True)
    uv, ring = shapely.get_coordinates(rings, return_index=True)
    follows = np.flatnonzero(ring[1:] == ring[:-1])
    edges = np.column_stack([uv[follows], uv[follows + 1]])
    counts = np.bincount(part[ring[follows]], minlength=len(parts))
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return np.ascontiguousarray(edges, np.float64), start


def _with_access_paths(
    parts: NDArray, frame: NDArray[np.int64], modules: parameters.Modules
) -> tuple[NDArray, NDArray[np.int64]]:
    """Cut parts above the access area into fields separated by paths, along u and along v."""
    large = shapely.area(parts) > modules.access_area_m2
    if not large.any():
        return parts, frame
    pieces, owners = [parts[~large]], [frame[~large]]
    for part, owner in zip(parts[large], frame[large], strict=True):
        fields = shapely.get_parts(_fields(part, modules))
        fields = fields[shapely.get_dimensions(fields) == 2]
        pieces.append(fields)
        owners.append(np.full(len(fields), owner))
    joined_owner = np.concatenate(owners)
    order = np.argsort(joined_owner, kind="stable")
    return np.concatenate(pieces)[order], joined_owner[order]


def _fields(part: shapely.Polygon, modules: parameters.Modules) -> shapely.Geometry:
    u0, v0, u1, v1 = part.bounds
    block, path = modules.access_block_m, modules.access_width_m
    strips = []
    for low, high, vertical in ((u0, u1, True), (v0, v1, False)):
        number = int(np.ceil((high - low + path) / (block + path) - 1e-6))
        side = (high - low + path) / number - path
        for i in range(1, number):
            start = low + i * (side + path) - path
            strips.append(
                shapely.box(start, v0, start + path, v1)
                if vertical
                else shapely.box(u0, start, u1, start + path)
            )
    return shapely.difference(part, shapely.union_all(strips)) if strips else part
