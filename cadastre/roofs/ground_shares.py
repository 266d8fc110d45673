"""Which ground belongs to which of two neighbouring buildings: no two roofs overlap in plan.

Between two footprints a roof goes as far as the points that are nearer to its own. Both
footprints are moved as their pair says, so that either building, computed alone, finds the same
border. Where footprints overlap, the one that loses the larger share keeps it.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.kernels.nearest_cells import nearer_cells
from cadastre.kernels.shape_pairs import point_distances
from cadastre.roofs import overlay
from cadastre.roofs.registration import Pairs
from cadastre.roofs.windows import rings_from_geometries

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]

_TOUCH_M = 0.01  # less is rounding, or the width of nothing
_STEP_M = 0.25  # spacing of the points that stand for a wall
_MARGIN_M = 3.0  # boxes may hide so much of how far an outline goes out
_LEAST_M2 = 2e-3
_WHOLE_M2 = 0.05  # smaller pieces of ground go whole to the footprint nearer to their middle


def own_ground(
    outlines: ObjectArray,
    rows: IndexArray,
    shapes: ObjectArray,
    roof: IndexArray,
    pairs: Pairs,
) -> ObjectArray:
    """Take from roof outlines what belongs to the neighbours.

    Parameters
    ----------
    outlines
        Plan (multi)polygons of roofs, registered, m.
    rows
        Row of ``shapes`` of the footprint of each.
    shapes
        Footprints as given.
    roof, pairs
        Row of ``outlines`` of each pair of neighbours, and the pairs.

    Returns
    -------
    ndarray
        Outlines, cut where needed. The result of a pair is disjoint whichever is cut first.
    """
    if len(roof) == 0:
        return outlines
    chosen = _meeting(outlines, rows, shapes, roof, pairs)
    roof, own, other = roof[chosen], rows[roof[chosen]], pairs.other[chosen]
    first = own < other
    whole, mine = outlines[roof], _moved(shapes[own], pairs.mine[chosen])
    theirs = _moved(shapes[other], pairs.theirs[chosen])
    far = _farthest(whole, mine)
    close = shapely.dwithin(whole, theirs, far)
    far = far[close]
    roof, own, other, first = roof[close], own[close], other[close], first[close]
    whole, mine, theirs = whole[close], mine[close], theirs[close]
    taken: dict[int, list[shapely.Geometry]] = {}
    lost = _lost(mine, theirs, first)
    inside = shapely.area(overlay.intersection(whole, lost)) > _LEAST_M2
    for k in np.flatnonzero(inside):
        taken.setdefault(int(roof[k]), []).append(lost[k])
    beyond = overlay.difference(overlay.difference(whole, mine), theirs)
    beyond = overlay.intersection(beyond, shapely.buffer(theirs, far))
    step = _steps(shapely.distance(mine, theirs))
    parts, of = shapely.get_parts(beyond, return_index=True)
    area = shapely.area(parts)
    parts, of, area = parts[area > 0.0], of[area > 0.0], area[area > 0.0]
    small = np.flatnonzero(area < _WHOLE_M2)
    middle = shapely.centroid(parts[small])
    away = shapely.distance(middle, theirs[of[small]]) - shapely.distance(middle, mine[of[small]])
    for k in small[away < -_TOUCH_M]:
        taken.setdefault(int(roof[of[k]]), []).append(parts[k])
    parts, of = parts[area >= _WHOLE_M2], of[area >= _WHOLE_M2]
    for part, box in _nearer_boxes(parts, theirs[of], mine[of]):
        k = of[part]
        ground = overlay.intersection(parts[part], shapely.box(*box))
        cells = _cells(mine[k], theirs[k], bool(first[k]), box, float(far[k]), float(step[k]))
        cut = overlay.intersection(cells, ground)
        taken.setdefault(int(roof[k]), []).extend(cut[shapely.area(cut) > 0.0])
    out = outlines.copy()
    for k, cuts in taken.items():
        cut = cuts[0] if len(cuts) == 1 else overlay.union_all(np.array(cuts, np.object_))
        out[k] = overlay.difference(out[k], cut)
    return out


def _meeting(
    outlines: ObjectArray, rows: IndexArray, shapes: ObjectArray, roof: IndexArray, pairs: Pairs
) -> NDArray[np.bool_]:
    """Tell which pairs may meet: the box of the other is nearer than the outline goes out."""
    box, foot = shapely.bounds(outlines)[roof], shapely.bounds(shapes)
    mine, theirs = foot[rows[roof]], foot[pairs.other]
    out = np.maximum(mine[:, :2] + pairs.mine - box[:, :2], box[:, 2:] - mine[:, 2:] - pairs.mine)
    reach = np.maximum(out.max(axis=1), 0.0)[:, None] + _MARGIN_M
    low, high = theirs[:, :2] + pairs.theirs - reach, theirs[:, 2:] + pairs.theirs + reach
    return (box[:, :2] <= high).all(axis=1) & (box[:, 2:] >= low).all(axis=1)


def _farthest(outlines: ObjectArray, own: ObjectArray) -> FloatArray:
    """How far each outline goes beyond its own footprint, m."""
    corners, which = shapely.get_coordinates(outlines, return_index=True)
    away = _distances(corners, which, own)
    out = np.zeros(len(outlines))
    np.maximum.at(out, which, away)
    return out + _TOUCH_M


def _distances(points: FloatArray, which: IndexArray, shapes: ObjectArray) -> FloatArray:
    """Distance of points from the shape each names, m; 0 inside."""
    rings = rings_from_geometries(shapes)
    return point_distances(
        np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1]), which,
        rings.x, rings.y, rings.ring_start, rings.start,
    )  # fmt: skip


def _moved(shapes: ObjectArray, shift: FloatArray) -> ObjectArray:
    """Shapes moved each by its own shift (m)."""
    count = np.repeat(np.arange(len(shapes)), shapely.get_num_coordinates(shapes))
    return shapely.set_coordinates(shapes.copy(), shapely.get_coordinates(shapes) + shift[count])


def _lost(mine: ObjectArray, theirs: ObjectArray, first: NDArray[np.bool_]) -> ObjectArray:
    """Return what footprints leave to others: theirs, but for an overlap that is kept."""
    shared = shapely.area(overlay.intersection(mine, theirs))
    with np.errstate(divide="ignore", invalid="ignore"):
        my_share, their_share = shared / shapely.area(mine), shared / shapely.area(theirs)
    close = np.abs(my_share - their_share) < 1e-6
    kept = (shared > _LEAST_M2) & np.where(close, first, my_share > their_share)
    out = theirs.copy()
    out[kept] = overlay.difference(theirs[kept], mine[kept])
    return out


def _nearer_boxes(
    ground: ObjectArray, to: ObjectArray, than: ObjectArray
) -> list[tuple[int, FloatArray]]:
    """Pieces of ground with points nearer to one shape than to another, and a box around these."""
    fine = shapely.segmentize(ground, 2.0 * _STEP_M)
    corners, which = shapely.get_coordinates(fine, return_index=True)
    nearer = _distances(corners, which, to) < _distances(corners, which, than) - _TOUCH_M
    found = []
    for part in np.unique(which[nearer]):
        xy = corners[nearer & (which == part)]
        low, high = xy.min(axis=0) - 2.5 * _STEP_M, xy.max(axis=0) + 2.5 * _STEP_M
        found.append((int(part), np.concatenate((low, high))))
    return found


def _steps(gap: FloatArray) -> FloatArray:
    """Spacing of points along two walls: half of the gap between them, coarse where they touch."""
    return np.where(gap < _TOUCH_M, _STEP_M, np.clip(0.5 * gap, 0.2 * _STEP_M, _STEP_M))


def _cells(
    own: shapely.Geometry,
    other: shapely.Geometry,
    own_first: bool,
    box: FloatArray,
    far: float,
    step: float,
) -> ObjectArray:
    """Cells of the ground of a box nearer to ``other`` than to ``own``, from points on both walls.

    Both buildings draw the same points, relative to the same origin; those farther than ``far``
    from the box have no say in it.
    """
    origin = np.floor(np.array(shapely.bounds(own if own_first else other)[:2]))
    near = box + (far + step) * np.array([-1.0, -1.0, 1.0, 1.0]) - np.tile(origin, 2)
    mine, theirs = _wall_points(own, origin, near, step), _wall_points(other, origin, near, step)
    shared = (mine[:, None, 0] == theirs[None, :, 0]) & (mine[:, None, 1] == theirs[None, :, 1])
    mine, theirs = mine[~shared.any(axis=1)], theirs[~shared.any(axis=0)]
    if len(mine) == 0:
        return np.empty(0, object)
    corners, start = nearer_cells(theirs, mine, far + step)
    count = np.diff(start)
    full = np.repeat(count >= 3, count)
    number = np.repeat(np.cumsum(count >= 3) - 1, count)
    return shapely.polygons(shapely.linearrings(corners[full] + origin, indices=number[full]))


def _wall_points(
    shape: shapely.Geometry, origin: FloatArray, near: FloatArray, step: float
) -> FloatArray:
    """Points along the walls of a shape that lie in a box, whole millimetres, once each."""
    wall = shapely.segmentize(shapely.boundary(shape), step)
    xy = shapely.get_coordinates(wall) - origin
    inside = (xy >= near[:2]).all(axis=1) & (xy <= near[2:]).all(axis=1)
    return np.unique(np.round(xy[inside], 3), axis=0)
