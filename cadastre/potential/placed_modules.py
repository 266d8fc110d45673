"""Modules of many planes in plan: their fields, those that stay, their table."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.kernels.module_groups import neighbouring_groups, thinned
from cadastre.potential.layout_tasks import EAST_WEST, PITCHED, SOUTH, south_pitch_m

LAYOUTS = {PITCHED: "pitched", SOUTH: "rack_south", EAST_WEST: "rack_east_west"}


@dataclass(frozen=True)
class Placed:
    """Modules, one a row, those of a plane together: rectangles in plan and what they face."""

    plane: NDArray[np.int64]
    layout: NDArray[np.int64]
    tilt: NDArray[np.float64]
    azimuth: NDArray[np.float64]
    ring: NDArray[np.float64]
    centre: NDArray[np.float64]
    axis: NDArray[np.float64]
    half: NDArray[np.float64]
    light: NDArray[np.float64]
    group: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.plane)

    def at(self, kept: NDArray[np.bool_], light: NDArray | None = None) -> Placed:
        """Keep some of the modules; ``light`` is that of all of them, where it was not known."""
        known = self if light is None else replace(self, light=light)
        return Placed(*(getattr(known, entry.name)[kept] for entry in fields(known)))


def module_table(placed: Placed, planes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Modules as a table, their outlines counter-clockwise."""
    ring = placed.ring
    one, two = ring[:, 1] - ring[:, 0], ring[:, 3] - ring[:, 0]
    clockwise = one[:, 0] * two[:, 1] < one[:, 1] * two[:, 0]
    ring = np.where(clockwise[:, None, None], ring[:, [0, 3, 2, 1]], ring)
    names = np.array([LAYOUTS[k] for k in sorted(LAYOUTS)], dtype=object)
    return gpd.GeoDataFrame(
        {
            "plane_id": planes["plane_id"].to_numpy()[placed.plane],
            "surface_tilt": placed.tilt,
            "surface_azimuth": placed.azimuth,
            "layout": names[placed.layout],
            "geometry": shapely.polygons(ring),
            "irradiation_kwh_m2": placed.light,
            "module_group": placed.group,
        },
        crs=planes.crs,
    )


def those_that_stay(
    placed: Placed,
    planes: gpd.GeoDataFrame,
    window_share: NDArray | None,
    modules: parameters.Modules,
) -> NDArray[np.bool_]:
    """Take off what unseen roof windows exclude, dimmest first and fields that become too small.

    The mean over a seeded draw on the plane's id is the stated share, on small planes too.
    """
    if window_share is None or not len(placed):
        return np.ones(len(placed), dtype=bool)
    count = np.bincount(placed.plane, minlength=len(planes))
    expected = count * np.asarray(window_share, np.float64)
    draw = np.zeros(len(planes))
    ids = planes["plane_id"].to_numpy()
    for row in np.flatnonzero(expected > 0):
        text = f"{modules.allowance_seed}:{ids[row]}".encode()
        draw[row] = zlib.crc32(text) / 2.0**32
    return thinned(
        np.concatenate([[0], np.cumsum(count)]),
        *_fields_of(placed, modules),
        np.nan_to_num(placed.light, nan=0.0),
        expected, draw, np.array([modules.min_string, modules.min_count]),
    )  # fmt: skip


def _fields_of(
    placed: Placed, modules: parameters.Modules
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Centres, axes, half sides and gaps between neighbours, as the kernels of fields read."""
    gap = np.full((len(placed), 2), modules.group_gap_m)
    depth = modules.width_m * np.cos(np.radians(modules.south_rack_tilt_deg))
    between = max(south_pitch_m(modules) - depth, 0.0)
    gap[placed.layout == SOUTH, 1] += between
    gap[placed.layout == EAST_WEST, 1] += modules.east_west_valley_gap_m
    return placed.centre, placed.axis, placed.half, gap


def grouped(placed: Placed, modules: parameters.Modules) -> Placed:
    """Give each field of a plane its rank and drop those too small to make a string."""
    first = neighbouring_groups(placed.plane, *_fields_of(placed, modules))
    count = np.bincount(first, minlength=len(placed))
    kept = count[first] >= modules.min_string
    placed, first = placed.at(kept), first[kept]
    leads = np.unique(first)  # rows of the first modules: planes in order, fields in order
    rank = np.searchsorted(leads, first)
    opening = np.searchsorted(placed.plane, placed.plane)
    return replace(placed, group=rank - rank[opening])
