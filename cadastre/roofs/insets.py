"""Setbacks and narrow places taken from polygons: by kernel where that is exact, else by GEOS.

Shapes are in slope coordinates, metres.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.kernels.chains import MANY, UNKNOWN
from cadastre.kernels.offsets import inset_shapes
from cadastre.kernels.openings import SAME, open_shapes
from cadastre.kernels.shape_pairs import with_straight_corners
from cadastre.roofs.blocked import overlay_pairs
from cadastre.roofs.setback_edges import Edges
from cadastre.roofs.siblings import flat
from cadastre.roofs.slope_frame import SlopeFrame
from cadastre.roofs.windows import polygons_of, rings_from_geometries

ARC = 4
_COLLINEAR_M = 1e-4
_MITRE_IN, _MITRE_OUT = 5.0, 3.0
_POLYGON = 3
_MORE_M = 1e-6


def without_setbacks(
    outlines: NDArray, edges: Edges, distances: NDArray[np.float64], frame: SlopeFrame
) -> NDArray:
    """Outlines (in plan) less what lies within the distance of each edge, in slope coordinates."""
    inside, known = _moved_inwards(outlines, edges, distances, frame)
    left = np.flatnonzero(~known)
    if left.size:
        inside[left] = frame.to_slope(outlines[left], left)
        _buffered(inside, ~known, edges, distances, frame)
    return inside


def _moved_inwards(
    outlines: NDArray, edges: Edges, distances: NDArray[np.float64], frame: SlopeFrame
) -> tuple[NDArray, NDArray[np.bool_]]:
    """Outlines whose edges move inwards without an overlay, and which these are."""
    single = shapely.get_type_id(outlines) == _POLYGON
    chosen = single[edges.plane]
    plane, ring_of = edges.plane[chosen], edges.ring[chosen]
    xy = frame.points_to_slope(edges.start[chosen], plane)
    opens = np.flatnonzero(np.concatenate([[True], ring_of[1:] != ring_of[:-1]])[: len(ring_of)])
    ring_start = np.append(opens, len(ring_of)).astype(np.int64)
    ring_plane = plane[opens]
    start = np.searchsorted(ring_plane, np.arange(len(outlines) + 1)).astype(np.int64)
    room = 2 * ARC + 2
    out = np.empty((room * len(xy), 2))
    ring = np.empty(len(out), np.int64)
    status = np.zeros(len(outlines), np.int8)
    inset_shapes(
        np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1]), distances[chosen],
        ring_start, start, ARC, out, ring, status,
    )  # fmt: skip
    inside = np.full(len(outlines), shapely.Polygon(), dtype=object)
    put_parts(inside, *_polygons(out, ring, plane[np.arange(len(ring)) // room], status))
    return inside, (status != UNKNOWN) | shapely.is_empty(outlines)


def _polygons(
    points: NDArray, ring: NDArray[np.int64], owner: NDArray[np.int64], status: NDArray
) -> tuple[NDArray, NDArray[np.int64]]:
    """Polygons of the rings that a kernel wrote, and the shape each is part of."""
    written = np.flatnonzero(ring >= 0)
    if not written.size:
        return np.empty(0, dtype=object), np.empty(0, np.int64)
    owner, number = owner[written], ring[written]
    opens = np.concatenate([[True], (np.diff(owner) != 0) | (np.diff(number) != 0)])
    rings = shapely.linearrings(points[written], indices=np.cumsum(opens) - 1)
    owner, number = owner[opens], number[opens]
    shell = (number == 0) | (status[owner] == MANY)
    return shapely.polygons(rings, indices=np.cumsum(shell) - 1), owner[shell]


def put_parts(shapes: NDArray, parts: NDArray, owner: NDArray[np.int64]) -> None:
    """Make (multi)polygons of parts, in the order of their owners, and put them in their place."""
    if not parts.size:
        return
    owners, dense, counts = np.unique(owner, return_inverse=True, return_counts=True)
    shapes[owners[counts == 1]] = parts[(counts == 1)[dense]]
    several = (counts > 1)[dense]
    if several.any():
        rank = np.cumsum(counts > 1) - 1
        shapes[owners[counts > 1]] = shapely.multipolygons(
            parts[several], indices=rank[dense[several]]
        )


def _buffered(
    inside: NDArray,
    chosen: NDArray[np.bool_],
    edges: Edges,
    distances: NDArray[np.float64],
    frame: SlopeFrame,
) -> None:
    """Take the grown lines of each distance from the chosen shapes, in place."""
    mine = chosen[edges.plane]
    for distance in np.unique(distances[mine & (distances > 0)]):
        lines = edges.lines(mine & (distances == distance), len(inside))
        has = np.flatnonzero(~shapely.is_empty(lines))  # a plane must not see others' distances
        lines = shapely.simplify(frame.to_slope(lines[has], has), _COLLINEAR_M)
        taken = shapely.buffer(lines, distance, quad_segs=ARC)
        inside[has] = shapely.normalize(overlay_pairs(shapely.difference, inside[has], taken))


def without_slivers(inside: NDArray, width: float, least_area: float) -> NDArray:
    """Drop what is narrower than ``width``, then parts under the smallest area."""
    parts, plane = polygons_of(inside)
    large = shapely.area(parts) >= least_area
    parts, plane = parts[large], plane[large]
    if width > 0.0:
        parts, plane = _opened(parts, plane, width / 2.0)
    bent = with_straight_corners(*flat(rings_from_geometries(parts)), _COLLINEAR_M)
    parts[bent] = shapely.simplify(parts[bent], _COLLINEAR_M)
    large = shapely.area(parts) >= least_area
    parts, plane = parts[large], plane[large]
    out = np.full(len(inside), shapely.Polygon(), dtype=object)
    put_parts(out, parts, plane)
    return out


def _opened(
    parts: NDArray, plane: NDArray[np.int64], half: float
) -> tuple[NDArray, NDArray[np.int64]]:
    """Parts in by ``half`` and out again, with mitres, kept to themselves; and their planes."""
    rings = rings_from_geometries(parts)
    status = np.zeros(len(parts), np.int8)
    points = np.empty((2 * len(rings.x), 2))
    ring = np.empty(len(points), np.int64)
    open_shapes(*flat(rings), half, (_MITRE_IN, _MITRE_OUT), points, ring, status)
    size = np.diff(rings.ring_start[rings.start])
    new, owner = _polygons(points, ring, np.repeat(np.arange(len(parts)), 2 * size), status)
    doubt = np.flatnonzero(status == UNKNOWN)
    cut, of = _opened_by_buffers(parts[doubt], half)
    same = np.flatnonzero(status == SAME)
    owner = np.concatenate([same, owner, doubt[of]])
    order = np.argsort(owner, kind="stable")
    return np.concatenate([parts[same], new, cut])[order], plane[owner[order]]


def _opened_by_buffers(shapes: NDArray, half: float) -> tuple[NDArray, NDArray[np.int64]]:
    """Open shapes with GEOS: the parts that are left, and the shape of each."""
    core = shapely.buffer(shapes, -half, join_style="mitre", mitre_limit=_MITRE_IN)
    # a little more on the way out: lines that run on each other to the last digits make GEOS slow,
    # and once in a while it leaves nothing of the shape
    grown = shapely.buffer(core, half + _MORE_M, join_style="mitre", mitre_limit=_MITRE_OUT)
    return polygons_of(overlay_pairs(shapely.intersection, shapes, grown))
