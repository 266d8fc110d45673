"""Real module rectangles on the usable part of every plane.

Pitched planes: rows along the eave, portrait or landscape, or columns up the slope where that
holds clearly more. Flat roofs: racks facing south or back-to-back racks along the main edge.
Modules in the shade and those left alone are dropped. Nothing here knows of energy beyond the
irradiation of samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.exchange import PlaneIrradiation, Samples
from cadastre.kernels.layout import lay_rows
from cadastre.kernels.module_light import module_means
from cadastre.potential.layout_tasks import (
    EAST_WEST,
    PITCHED,
    SOUTH,
    Tasks,
    layout_tasks,
)
from cadastre.potential.placed_modules import Placed, grouped, module_table, those_that_stay

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
    placed = _as_modules(rectangles, tasks, planes, modules, site.convergence_deg)
    light = _module_light(placed, samples, irradiation)
    placed = placed.at(_bright_enough(placed.plane, light, irradiation, site, modules), light)
    placed = grouped(placed, modules)
    count = np.bincount(placed.plane, minlength=len(planes))
    placed = placed.at(count[placed.plane] >= modules.min_count)
    kept = those_that_stay(placed, planes, window_share, modules)
    if not kept.all():
        placed = grouped(placed.at(kept), modules)
    return module_table(placed, planes)


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
) -> Placed:
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
    return Placed(
        plane, layout, tilt, azimuth, ring, ring.mean(axis=1),
        np.column_stack([side_1[:, 0] / (2.0 * half_1), side_1[:, 1] / (2.0 * half_1)]),
        np.column_stack([half_1, half_2]), np.full(len(plane), np.nan),
        np.zeros(len(plane), np.int64),
    )  # fmt: skip


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
    placed: Placed, samples: Samples | None, irradiation: PlaneIrradiation | None
) -> NDArray[np.float64]:
    if samples is None or irradiation is None or not len(placed):
        return np.full(len(placed), np.nan)
    return module_means(
        samples.x,
        samples.y,
        np.asarray(irradiation.sample_year, np.float64),
        samples.plane_start,
        placed.plane,
        placed.centre,
        placed.axis,
        placed.half,
        _BIN_M,
    )


def _bright_enough(
    plane: NDArray[np.int64],
    light: NDArray[np.float64],
    irradiation: PlaneIrradiation | None,
    site: Site,
    modules: parameters.Modules,
) -> NDArray[np.bool_]:
    """Tell which modules receive enough; those with unknown irradiation stay."""
    dim = np.zeros(len(plane), dtype=bool)
    if irradiation is not None:
        free = irradiation.unshaded.sum(axis=1)[plane]
        dim |= light < modules.min_unshaded_share * free
        light = np.where(np.isnan(light), irradiation.monthly.sum(axis=1)[plane], light)
    if site.optimum_kwh_m2 is not None:
        dim |= light < modules.min_optimum_share * site.optimum_kwh_m2
    return ~dim
