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
from cadastre.roofs import overlay
from cadastre.roofs.registration import Pairs

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]

_TOUCH_M = 0.005  # less is rounding, or the width of nothing
_STEP_M = 0.25  # spacing of the points that stand for a wall
_WALL_REACH_M = 6.0  # walls farther than this from the other building have no say
_MARGIN_M = 3.0  # boxes may hide so much of how far an outline goes out
_CELL_M = 60.0  # no cell reaches farther from its point
_LEAST_M2 = 1e-4


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
    close = shapely.dwithin(whole, theirs, _farthest(whole, mine))
    roof, own, other, first = roof[close], own[close], other[close], first[close]
    whole, mine, theirs = whole[close], mine[close], theirs[close]
    taken: dict[int, list[shapely.Geometry]] = {}
    lost = _lost(mine, theirs, first)
    inside = shapely.area(overlay.intersection(whole, lost)) > _LEAST_M2
    for k in np.flatnonzero(inside):
        taken.setdefault(int(roof[k]), []).append(lost[k])
    beyond = overlay.difference(overlay.difference(whole, mine), theirs)
    beyond = overlay.intersection(beyond, shapely.buffer(theirs, _farthest(whole, mine)))
    for k in np.flatnonzero(_is_nearer(beyond, theirs, mine)):
        cells = _cells(mine[k], theirs[k], bool(first[k]))
        parts = overlay.intersection(cells, beyond[k])
        taken.setdefault(int(roof[k]), []).extend(parts[shapely.area(parts) > 0.0])
    out = outlines.copy()
    for k, cuts in taken.items():
        out[k] = overlay.difference(out[k], overlay.union_all(np.array(cuts, np.object_)))
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
    away = shapely.distance(shapely.points(corners), own[which])
    out = np.zeros(len(outlines))
    np.maximum.at(out, which, away)
    return out + _TOUCH_M


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


def _is_nearer(ground: ObjectArray, to: ObjectArray, than: ObjectArray) -> NDArray[np.bool_]:
    """Tell which ground holds points nearer to one shape than to another."""
    fine = shapely.segmentize(ground, _STEP_M)
    corners, which = shapely.get_coordinates(fine, return_index=True)
    points = shapely.points(corners)
    nearer = shapely.distance(points, to[which]) < shapely.distance(points, than[which]) - _TOUCH_M
    return np.bincount(which[nearer], minlength=len(ground)) > 0


def _cells(own: shapely.Geometry, other: shapely.Geometry, own_first: bool) -> ObjectArray:
    """Cells of the ground nearer to ``other`` than to ``own``, from points along both walls.

    Both buildings draw the same points, relative to the same origin.
    """
    origin = np.floor(np.array(shapely.bounds(own if own_first else other)[:2]))
    mine, theirs = _wall_points(own, other, origin), _wall_points(other, own, origin)
    shared = (mine[:, None, :] == theirs[None, :, :]).all(axis=2)
    mine, theirs = mine[~shared.any(axis=1)], theirs[~shared.any(axis=0)]
    if len(mine) == 0:
        return np.empty(0, object)
    corners, start = nearer_cells(theirs, mine, _CELL_M)
    count = np.diff(start)
    full = np.repeat(count >= 3, count)
    number = np.repeat(np.cumsum(count >= 3) - 1, count)
    return shapely.polygons(shapely.linearrings(corners[full] + origin, indices=number[full]))


def _wall_points(
    shape: shapely.Geometry, near: shapely.Geometry, origin: FloatArray
) -> FloatArray:
    """Points along the walls of a shape within reach of another, whole millimetres, once each."""
    wall = shapely.intersection(shapely.boundary(shape), shapely.buffer(near, _WALL_REACH_M))
    xy = shapely.get_coordinates(shapely.segmentize(wall, _STEP_M)) - origin
    return np.unique(np.round(xy, 3), axis=0)
