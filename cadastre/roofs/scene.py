"""Footprints among their neighbours: rings, who is near whom, shifts on the surface model."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.exchange import Surface
from cadastre.parameters import Roofs
from cadastre.roofs.plane_table import valid_footprints
from cadastre.roofs.registration import (
    ShiftEvidence,
    combined_shift,
    no_evidence,
    shift_evidence,
)
from cadastre.roofs.windows import (
    MaskArray,
    Rings,
    Window,
    burn_footprint,
    cut_window,
    neighbours_within,
    rings_from_geometries,
)

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
        low, high = self.bounds[:, :2], self.bounds[:, 2:]
        margin = self.margin[:, None]
        inside = []
        for row, near in zip(self.rows.tolist(), found, strict=True):
            whole = ((low - margin)[near] >= low[row] - radius).all(axis=1) & (
                (high + margin)[near] <= high[row] + radius
            ).all(axis=1)
            inside.append(near[whole])
        return inside

    def window(self, row: int, margin: float) -> Window:
        """Cut the window of one footprint, ``margin`` (m) around it."""
        return cut_window(self.surface, self.bounds[row], margin)

    def foreign(self, window: Window, row: int, shift: tuple[float, float]) -> MaskArray:
        """Pixels of the other footprints of a window, moved like the building itself."""
        mask = np.zeros(window.z.shape, bool)
        rows, cols = window.z.shape
        near = self.around[row]
        low = self.bounds[near, :2] + shift
        high = self.bounds[near, 2:] + shift
        seen = (
            (low[:, 0] < window.x0 + cols * window.resolution) & (high[:, 0] > window.x0)
            & (low[:, 1] < window.y0) & (high[:, 1] > window.y0 - rows * window.resolution)
        )  # fmt: skip
        for other in near[seen & (near != row)]:
            burn_footprint(window, self.rings, other, shift, mask)
        return mask

    def shifts(self) -> list[tuple[float, float]]:
        """Shift of each building to be computed, east and north, m."""
        evidence: dict[int, ShiftEvidence] = {}
        for row in self.around:
            if not self.area[row] > 0.0:
                evidence[row] = no_evidence()
                continue
            window = self.window(row, float(self.margin[row]))
            evidence[row] = shift_evidence(
                window, self.foreign(window, row, (0.0, 0.0)), self.rings, row, self.parameters
            )
        found = []
        for row, near in zip(self.rows.tolist(), self.near, strict=True):
            others = near[near != row]
            touching = (
                shapely.distance(self.shapes[row], self.shapes[others])
                <= self.parameters.touching_m
            )
            joined = [
                (evidence[other], bool(touches))
                for other, touches in zip(others.tolist(), touching, strict=True)
            ]
            found.append(combined_shift(evidence[row], joined, self.parameters))
        return found
