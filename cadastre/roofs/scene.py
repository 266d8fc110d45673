"""Footprints among their neighbours: rings, who is near whom, shifts on the surface model."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.exchange import Surface
from cadastre.kernels.shifts import EVIDENCE
from cadastre.parameters import Roofs
from cadastre.roofs.plane_table import valid_footprints
from cadastre.roofs.registration import (
    Shifts,
    Surroundings,
    joined_shifts,
    shift_evidence,
    touching_pairs,
)
from cadastre.roofs.windows import (
    Neighbours,
    Rings,
    Window,
    cut_window,
    neighbours_within,
    number_footprints,
    rings_from_geometries,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Scene:
    """The footprints of a window of the territory, seen from the buildings to be computed.

    Parameters
    ----------
    surface
        Surface model around all of them.
    buildings, context
        Tables with building_id and geometry; ``context`` holds every footprint around, the
        buildings too (those it lacks are added).
    parameters
        Margins and registration.
    """

    def __init__(
        self,
        surface: Surface,
        buildings: gpd.GeoDataFrame,
        context: gpd.GeoDataFrame,
        parameters: Roofs,
    ) -> None:
        self.surface, self.parameters = surface, parameters
        own_ids = buildings["building_id"].astype("string").to_numpy(object)
        all_ids = context["building_id"].astype("string").to_numpy(object)
        known = set(all_ids)
        absent = np.array([name not in known for name in own_ids], bool)
        shapes = np.concatenate((valid_footprints(context), valid_footprints(buildings)[absent]))
        ids = np.concatenate((all_ids, own_ids[absent]))
        # sums over neighbours must not depend on the order of the rows
        order = np.argsort(ids.astype(str), kind="stable")
        self.shapes, self.ids = shapes[order], ids[order]
        place = {name: row for row, name in reversed(list(enumerate(self.ids)))}
        self.rows = np.array([place[name] for name in own_ids], np.int64)
        self.rings: Rings = rings_from_geometries(self.shapes)
        self.bounds = shapely.bounds(self.shapes)
        self.area = shapely.area(self.shapes)
        size = np.sqrt(self.area)
        self.margin = np.clip(
            parameters.window_margin_share * size,
            parameters.window_margin_m,
            0.5 * parameters.window_margin_max_m,
        )
        self.near = self._near(parameters.register_radius_m)
        needed = np.unique(np.concatenate([self.rows, *self.near]))
        self.around = dict(
            zip(
                needed.tolist(),
                neighbours_within(
                    self.shapes, needed, self.shapes, parameters.window_margin_max_m
                ),
                strict=True,
            )
        )

    def _near(self, radius: float) -> list[IntArray]:
        """Footprints whose whole window lies within ``radius`` of each building's bounds."""
        found = neighbours_within(self.shapes, self.rows, self.shapes, radius)
        low = self.bounds[:, :2] - self.margin[:, None]
        high = self.bounds[:, 2:] + self.margin[:, None]
        inside = []
        for row, near in zip(self.rows.tolist(), found, strict=True):
            whole = (low[near] >= self.bounds[row, :2] - radius).all(axis=1) & (
                high[near] <= self.bounds[row, 2:] + radius
            ).all(axis=1)
            inside.append(near[whole])
        return inside

    def window(self, row: int, margin: float) -> Window:
        """Cut the window of one footprint, ``margin`` (m) around it."""
        return cut_window(self.surface, self.bounds[row], margin)

    def neighbours(
        self, window: Window, row: int, theirs: FloatArray, beyond: FloatArray
    ) -> Neighbours:
        """Put the other footprints around one into its window, each moved by its shift, m.

        ``beyond``: see :class:`Neighbours`.
        """
        near = self.around[row]
        near = near[near != row]
        moved = theirs - np.array([window.x0, window.y0])
        return Neighbours(number_footprints(window, self.rings, near, moved), beyond,
                          self.rings, near, moved)  # fmt: skip

    def evidence(self) -> FloatArray:
        """Ask the edges of each footprint for its shift; zeros for those not needed."""
        out = np.zeros((len(self.shapes), EVIDENCE))
        for row, near in self.around.items():
            if self.area[row] > 0.0:
                window = self.window(row, float(self.margin[row]))
                still = np.zeros((int((near != row).sum()), 2))
                others = self.neighbours(window, row, still, still)
                out[row] = shift_evidence(window, others.mask, self.rings, row, self.parameters)
        return out

    def shifts(self) -> Shifts:
        """Shifts of the buildings to be computed, and of the pairs they make."""
        p = self.parameters
        margin, radius = self.margin[:, None], p.register_radius_m
        low, high = self.bounds[:, :2], self.bounds[:, 2:]
        needed = np.array(sorted(self.around), np.int64)
        touching, unfit = touching_pairs(self.shapes, needed, p)
        place = Surroundings(
            self.near, [self.around[row] for row in self.rows],
            np.hstack((low - radius, high + radius)), np.hstack((low - margin, high + margin)),
            touching, unfit,
        )  # fmt: skip
        return joined_shifts(self.evidence(), self.rows, place, p)
