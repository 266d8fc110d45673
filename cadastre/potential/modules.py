"""Real module rectangles on the usable part of every plane.

Pitched planes: rows along the eave, portrait or landscape, or columns up the slope where that
holds clearly more. Flat roofs: racks facing south or back-to-back racks along the main edge.
Modules in the shade and those left alone are dropped. Nothing here knows of energy beyond the
irradiation of samples.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.exchange import PlaneIrradiation, Samples
from cadastre.kernels.layout import lay_rows
from cadastre.kernels.module_groups import neighbouring_groups, thinned
from cadastre.kernels.module_light import module_means
from cadastre.potential.layout_tasks import (
    EAST_WEST,
    PITCHED,
    SOUTH,
    Tasks,
    layout_tasks,
    south_pitch_m,
)

LAYOUTS = {PITCHED: "pitched", SOUTH: "rack_south", EAST_WEST: "rack_east_west"}
_MOST_EXACT = 64
_BIN_M = 2.0


@dataclass(frozen=True)
class Site:
    """What the layout needs to know of a place.

    ``optimum_kwh_m2``: yearly irradiation of the best unshaded orientation, or None where it is
    unknown (no module is then dropped for its orientation). ``rack_yields``: yearly energy per
    module of south and of east-west racks, to choose between them. ``convergence_deg``: azimuth
    of grid north from true north, added to the azimuth of racks.
    """

    optimum_kwh_m2: float | None = None
    rack_yields: tuple[float, float] = (1.0, 0.9)
    convergence_deg: float = 0.0


def place_modules(
    planes: gpd.GeoDataFrame,
    usable: gpd.GeoSeries,
    modules: parameters.Modules,
    *,
    samples: Samples | None = None,
    irradiation: PlaneIrradiation | None = None,
    window_share: NDArray | None = None,
    site: Site | None = None,
) -> gpd.GeoDataFrame:
    """Lay modules on the usable parts.

    Parameters
    ----------
    planes
        Table ``roof_planes_geometry``.
    usable
        Usable part of each plane in plan, on the index of ``planes``.
    modules
        Module, spacing and thresholds.
    samples, irradiation
        Samples and irradiation of the same planes, in the same order; without them no module is
        dropped for shade.
    window_share
        (n_planes,) share of the modules taken off for roof windows nobody sees; rounded by a
        seeded draw on the plane's id, so that totals are unbiased.
    site
        What the weather and the map say of the place, see :class:`Site`.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a module, ordered as ``planes``: plane_id, geometry (rectangle in plan),
        surface_tilt, surface_azimuth (true north, NaN never), layout (``pitched``,
        ``rack_south``, ``rack_east_west``), irradiation_kwh_m2 (mean of the samples under the
        module in the plane of the roof; NaN without samples), module_group (field of neighbours
        in its plane, from 0).
    """
    site = Site() if site is None else site
    tasks = layout_tasks(planes, usable, modules, site.rack_yields)
    rectangles = _laid(tasks, modules)
    rectangles = _best_layout(rectangles, tasks, len(planes), modules)
    table = _as_modules(rectangles, tasks, planes, modules, site.convergence_deg)
    light = _module_light(table, samples, irradiation)
    table["irradiation_kwh_m2"] = light
    kept = _bright_enough(table, irradiation, site.optimum_kwh_m2, modules)
    table = _grouped(table[kept].reset_index(drop=True), modules)
    plane = table["plane_row"].to_numpy()
    count = np.bincount(plane, minlength=len(planes))
    table = table[count[plane] >= modules.min_count].reset_index(drop=True)
    kept = _thinned(table, planes, window_share, modules)
    if not kept.all():
        table = _grouped(table[kept].reset_index(drop=True), modules)
    return table.drop(columns=["plane_row", "axis_x", "axis_y", "half_1", "half_2", "x", "y"])


def _laid(tasks: Tasks, modules: parameters.Modules) -> pd.DataFrame:
    """Rectangles of every task: task, u, v, width, height; and the score of the task."""
    out, number, scores = lay_rows(
        tasks.edges.copy(),
        tasks.edge_start,
        tasks.kinds,
        tasks.kind_start,
        tasks.steps,
        tasks.capacity,
        modules.mixed_gain if modules.orientation == "best" else 0.0,
        _MOST_EXACT,
    )
    task = np.repeat(np.arange(len(number)), number)
    rank = np.arange(len(task)) - np.repeat(np.cumsum(number) - number, number)
    rows = out[tasks.capacity[task] + rank]
    return pd.DataFrame(
        {
            "task": task,
            "u": rows[:, 0],
            "v": rows[:, 1],
            "width": rows[:, 2],
            "height": rows[:, 3],
            "score": scores[task],
        }
    )


def _best_layout(
    rectangles: pd.DataFrame, tasks: Tasks, plane_count: int, modules: parameters.Modules
) -> pd.DataFrame:
    """Keep, for every plane, the rectangles of the variant with the best total score."""
    variants = int(tasks.variant.max(initial=0)) + 1
    task_score = np.zeros(len(tasks.plane))
    task_score[rectangles["task"]] = rectangles["score"]
    score = np.zeros((plane_count, variants))
    np.add.at(score, (tasks.plane, tasks.variant), task_score)
    score[:, 1:2] /= 1.0 + (modules.mixed_gain if modules.orientation != "mixed" else 0.0)
    best = np.argmax(score, axis=1)
    chosen = best[tasks.plane] == tasks.variant
    kept = rectangles[chosen[rectangles["task"].to_numpy()]]
    plane = tasks.plane[kept["task"].to_numpy()]
    return kept.iloc[np.argsort(plane, kind="stable")]


def _as_modules(
    rectangles: pd.DataFrame,
    tasks: Tasks,
    planes: gpd.GeoDataFrame,
    modules: parameters.Modules,
    convergence_deg: float,
) -> gpd.GeoDataFrame:
    """Turn rectangles of the frames into modules in plan; a back-to-back rack gives two."""
    layout = tasks.layout[rectangles["task"].to_numpy()]
    task = rectangles["task"].to_numpy()
    low = rectangles["v"].to_numpy()
    height = rectangles["height"].to_numpy().copy()
    pair = layout == EAST_WEST
    height[pair] = (height[pair] - modules.east_west_ridge_gap_m) / 2.0
    source = np.repeat(np.arange(len(task)), np.where(pair, 2, 1))
    second = np.concatenate([[False], source[1:] == source[:-1]])[: len(source)]
    task, layout, height = task[source], layout[source], height[source]
    low = low[source] + np.where(second, height + modules.east_west_ridge_gap_m, 0.0)
    u = rectangles["u"].to_numpy()[source]
    width = rectangles["width"].to_numpy()[source]
    corners_u = np.stack([u, u + width, u + width, u], axis=1)
    corners_v = np.stack([low, low, low + height, low + height], axis=1)
    x, y = tasks.frames.to_plan(corners_u.T, corners_v.T, tasks.frame[task])
    ring = np.stack([x.T, y.T], axis=2)
    plane = tasks.plane[task]
    side_1 = ring[:, 1] - ring[:, 0]
    side_2 = ring[:, 3] - ring[:, 0]
    half_1, half_2 = np.hypot(*side_1.T) / 2.0, np.hypot(*side_2.T) / 2.0
    tilt, azimuth = _orientation(tasks, planes, task, plane, second, modules, convergence_deg)
    centre = ring.mean(axis=1)
    return gpd.GeoDataFrame(
        {
            "plane_id": planes["plane_id"].to_numpy()[plane],
            "surface_tilt": tilt,
            "surface_azimuth": azimuth,
            "layout": np.array([LAYOUTS[k] for k in sorted(LAYOUTS)], dtype=object)[layout],
            "plane_row": plane,
            "x": centre[:, 0],
            "y": centre[:, 1],
            "axis_x": side_1[:, 0] / (2.0 * half_1),
            "axis_y": side_1[:, 1] / (2.0 * half_1),
            "half_1": half_1,
            "half_2": half_2,
        },
        geometry=shapely.orient_polygons(shapely.polygons(ring)),
        crs=planes.crs,
    )


def _orientation(
    tasks: Tasks,
    planes: gpd.GeoDataFrame,
    task: NDArray,
    plane: NDArray,
    second: NDArray,
    modules: parameters.Modules,
    convergence_deg: float,
) -> tuple[NDArray, NDArray]:
    """Tilt and azimuth of modules: the plane's, or the rack's."""
    layout = tasks.layout[task]
    tilt = planes["surface_tilt"].to_numpy(np.float64)[plane]
    azimuth = planes["surface_azimuth"].to_numpy(np.float64)[plane]
    level = np.isnan(azimuth)
    azimuth = np.where(level, 180.0, azimuth)
    racked = layout != PITCHED
    facing = tasks.facing_deg[task] + np.where(second, 180.0, 0.0) + convergence_deg
    azimuth = np.where(racked, np.mod(facing, 360.0), azimuth)
    rack_tilt = np.where(layout == SOUTH, modules.south_rack_tilt_deg, modules.east_west_tilt_deg)
    return np.where(racked, rack_tilt, tilt), azimuth


def _module_light(
    table: gpd.GeoDataFrame, samples: Samples | None, irradiation: PlaneIrradiation | None
) -> NDArray[np.float64]:
    if samples is None or irradiation is None or not len(table):
        return np.full(len(table), np.nan)
    return module_means(
        samples.x,
        samples.y,
        np.asarray(irradiation.sample_year, np.float64),
        samples.plane_start,
        table["plane_row"].to_numpy(np.int64),
        table[["x", "y"]].to_numpy(np.float64),
        table[["axis_x", "axis_y"]].to_numpy(np.float64),
        table[["half_1", "half_2"]].to_numpy(np.float64),
        _BIN_M,
    )


def _bright_enough(
    table: gpd.GeoDataFrame,
    irradiation: PlaneIrradiation | None,
    optimum_kwh_m2: float | None,
    modules: parameters.Modules,
) -> NDArray[np.bool_]:
    """Tell which modules receive enough; those with unknown irradiation stay."""
    light = table["irradiation_kwh_m2"].to_numpy()
    dim = np.zeros(len(table), dtype=bool)
    plane = table["plane_row"].to_numpy()
    if irradiation is not None:
        free = irradiation.unshaded.sum(axis=1)[plane]
        dim |= light < modules.min_unshaded_share * free
        light = np.where(np.isnan(light), irradiation.monthly.sum(axis=1)[plane], light)
    if optimum_kwh_m2 is not None:
        dim |= light < modules.min_optimum_share * optimum_kwh_m2
    return ~dim


def _thinned(
    table: gpd.GeoDataFrame,
    planes: gpd.GeoDataFrame,
    window_share: NDArray | None,
    modules: parameters.Modules,
) -> NDArray[np.bool_]:
    """Take off what unseen roof windows exclude, dimmest first and fields that become too small.

    The mean over a seeded draw on the plane's id is the stated share, on small planes too.
    """
    if window_share is None or not len(table):
        return np.ones(len(table), dtype=bool)
    plane = table["plane_row"].to_numpy(np.int64)
    count = np.bincount(plane, minlength=len(planes))
    expected = count * np.asarray(window_share, np.float64)
    draw = np.zeros(len(planes))
    ids = planes["plane_id"].to_numpy()
    for row in np.flatnonzero(expected > 0):
        text = f"{modules.allowance_seed}:{ids[row]}".encode()
        draw[row] = zlib.crc32(text) / 2.0**32
    return thinned(
        np.concatenate([[0], np.cumsum(count)]),
        *_fields_of(table, modules),
        np.nan_to_num(table["irradiation_kwh_m2"].to_numpy(np.float64), nan=0.0),
        expected, draw, np.array([modules.min_string, modules.min_count]),
    )  # fmt: skip


def _fields_of(
    table: gpd.GeoDataFrame, modules: parameters.Modules
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Centres, axes, half sides and gaps between neighbours, as the kernels of fields read."""
    layout = table["layout"].to_numpy().astype(str)
    gap = np.full((len(table), 2), modules.group_gap_m)
    depth = modules.width_m * np.cos(np.radians(modules.south_rack_tilt_deg))
    between = max(south_pitch_m(modules) - depth, 0.0)
    gap[layout == LAYOUTS[SOUTH], 1] += between
    gap[layout == LAYOUTS[EAST_WEST], 1] += modules.east_west_valley_gap_m
    return (
        table[["x", "y"]].to_numpy(np.float64),
        table[["axis_x", "axis_y"]].to_numpy(np.float64),
        table[["half_1", "half_2"]].to_numpy(np.float64),
        gap,
    )


def _grouped(table: gpd.GeoDataFrame, modules: parameters.Modules) -> gpd.GeoDataFrame:
    """Give each field of a plane its rank and drop those too small to make a string."""
    plane = table["plane_row"].to_numpy(np.int64)
    first = neighbouring_groups(plane, *_fields_of(table, modules))
    count = np.bincount(first, minlength=len(table))
    kept = count[first] >= modules.min_string
    table, first, plane = table[kept].reset_index(drop=True), first[kept], plane[kept]
    leads = np.unique(first)  # rows of the first modules: planes in order, fields in order
    if not len(leads):
        return table.assign(module_group=np.zeros(0, np.int64))
    rank = np.searchsorted(leads, first)
    opening = np.searchsorted(plane, plane)
    return table.assign(module_group=rank - rank[opening])
