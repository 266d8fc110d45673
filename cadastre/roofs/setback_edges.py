"""Edges of outlines, their kind (eave, ridge, verge...) and the setback each asks for."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.angles import tilt_from_slopes
from cadastre.roofs.siblings import Siblings
from cadastre.roofs.windows import Rings

EAVE, RIDGE, VERGE, FLAT, OBSTACLE = range(5)
EDGE_KINDS = ("eave", "ridge", "verge", "flat", "obstacle")
_ALONG_SLOPE = np.cos(np.radians(45.0))


class Edges:
    """Edges of outlines, the inside on their left: plane, ends, ring, hole or shell."""

    def __init__(self, rings: Rings, chosen: NDArray[np.bool_] | None = None) -> None:
        size = np.diff(rings.ring_start)
        ring = np.repeat(np.arange(len(size)), size)
        plane = np.repeat(np.arange(len(rings.start) - 1), np.diff(rings.start))[ring]
        follows = ring[1:] == ring[:-1]
        if chosen is not None:
            follows &= chosen[plane[1:]]
        at = np.flatnonzero(follows)
        xy = np.column_stack([rings.x, rings.y])
        self.start, self.end = xy[at], xy[at + 1]
        self.ring, self.plane = ring[at], plane[at]
        # shells run counter-clockwise; from their first vertex, far origins cost no digits
        first = xy[rings.ring_start[self.ring]]
        one, two = self.start - first, self.end - first
        area = np.bincount(self.ring, one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
        self.is_hole = area[self.ring] < 0.0

    def split(self, longest: float) -> None:
        """Cut edges longer than ``longest`` into equal pieces."""
        length = np.hypot(*(self.end - self.start).T)
        pieces = np.maximum(np.ceil(length / longest).astype(np.int64), 1)
        source = np.repeat(np.arange(len(pieces)), pieces)
        rank = np.arange(len(source)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        step = (self.end - self.start)[source] / pieces[source, None]
        start = self.start[source] + rank[:, None] * step
        self.start, self.end = start, start + step
        self.ring = self.ring[source]
        self.plane, self.is_hole = self.plane[source], self.is_hole[source]

    def lines(self, chosen: NDArray[np.bool_], plane_count: int) -> NDArray:
        """One (multi)line per plane of the chosen edges, empty where none."""
        out = np.full(plane_count, shapely.LineString(), dtype=object)
        picked = np.flatnonzero(chosen)
        if picked.size:
            # runs of edges that follow each other make one line; the order is that of the ring,
            # where a graph merge would follow memory addresses and change in the last digits
            first = np.ones(len(picked), dtype=bool)
            first[1:] = (self.plane[picked[1:]] != self.plane[picked[:-1]]) | (
                self.start[picked[1:]] != self.end[picked[:-1]]
            ).any(axis=1)
            run = np.cumsum(first) - 1
            points = np.concatenate([self.start[picked[first]], self.end[picked]])
            rank = np.concatenate([np.flatnonzero(first) - 0.5, np.arange(len(picked))])
            of_run = np.concatenate([run[first], run])
            order = np.argsort(rank, kind="stable")
            lines = shapely.linestrings(points[order], indices=of_run[order])
            owners, dense = np.unique(self.plane[picked[first]], return_inverse=True)
            out[owners] = shapely.multilinestrings(lines, indices=dense)
        return out


def setback_of_each(
    planes: gpd.GeoDataFrame, siblings: Siblings, edges: Edges, usable: parameters.Usable
) -> NDArray[np.float64]:
    """Setback of each edge, m on the slope; splits the edges so that a piece has one kind."""
    kinds = _edge_kinds(planes, siblings, edges, usable)
    distances = np.array(
        [
            usable.eave_setback_m,
            usable.ridge_setback_m,
            usable.verge_setback_m,
            usable.flat_setback_m,
            usable.obstacle_setback_m,
        ]
    )[kinds]
    small = shapely.area(siblings.outlines)[edges.plane] < usable.flat_small_m2
    distances[small & (kinds == FLAT)] = usable.flat_small_setback_m
    return distances


def _edge_kinds(
    planes: gpd.GeoDataFrame, siblings: Siblings, edges: Edges, usable: parameters.Usable
) -> NDArray[np.int64]:
    edges.split(usable.edge_piece_m)
    a = planes["plane_a"].to_numpy(np.float64)[edges.plane]
    b = planes["plane_b"].to_numpy(np.float64)[edges.plane]
    slope = np.hypot(a, b)
    direction = edges.end - edges.start
    length = np.hypot(direction[:, 0], direction[:, 1])
    outward_up = (direction[:, 1] * a - direction[:, 0] * b) / np.maximum(length * slope, 1e-12)
    kinds = np.full(len(slope), VERGE)
    kinds[outward_up < -_ALONG_SLOPE] = EAVE
    kinds[outward_up > _ALONG_SLOPE] = RIDGE
    middle = (edges.start + edges.end) / 2.0
    meeting = siblings.meeting(middle, edges.plane, usable.shared_edge_m, usable.shared_step_m)
    kinds[meeting] = RIDGE
    kinds[tilt_from_slopes(a, b) < usable.flat_below_deg] = FLAT
    kinds[edges.is_hole] = OBSTACLE
    return kinds
