"""Footprints that lie over each other: each place belongs to one of them.

Models hold buildings that reach over their neighbours; counted twice, that roof would make more
energy than there is. The answer hangs on the two footprints alone, not on who asks.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.roofs import overlay
from cadastre.roofs.faces import Pieces

ObjectArray = NDArray[np.object_]
_LEAST_M2 = 0.01  # less is rounding
_ALIKE = 1e-6


def ground_of(footprints: ObjectArray, wanted: NDArray[np.bool_]) -> ObjectArray:
    """Return the wanted footprints without what belongs to others; the rest as they are.

    Of two that overlap, the one that would lose the larger share of itself keeps the place (a
    kiosk on a square, a tower in a block); of two alike, the first.

    Parameters
    ----------
    footprints
        Valid polygons, sorted by identifier, empty ones too.
    wanted
        Those that are asked for.
    """
    asked = np.flatnonzero(wanted)
    mine, other = shapely.STRtree(footprints).query(footprints[asked], "intersects")
    mine, other = asked[mine], other.astype(np.int64)
    apart = mine != other
    mine, other = mine[apart], other[apart]
    low, high = np.minimum(mine, other), np.maximum(mine, other)
    shared = overlay.intersection(footprints[low], footprints[high])
    area, own = shapely.area(shared), shapely.area(footprints)
    over = area >= _LEAST_M2
    mine, other, shared, area = mine[over], other[over], shared[over], area[over]
    mine_lost, other_lost = area / own[mine], area / own[other]
    alike = np.abs(mine_lost - other_lost) < _ALIKE
    lost = np.where(alike, mine > other, mine_lost < other_lost)
    out = footprints.copy()
    for row in np.unique(mine[lost]):
        taken = overlay.union_all(shared[lost & (mine == row)])
        out[row] = overlay.difference(out[row], taken)
    return out


def without_neighbours(
    pieces: Pieces, outline: ObjectArray, footprints: ObjectArray, ground: ObjectArray
) -> ObjectArray:
    """Take from outlines of pieces what of their footprint is not its ground."""
    cut = np.array([a is not b for a, b in zip(footprints, ground, strict=True)], np.bool_)
    rows = np.flatnonzero(cut[pieces.group])
    if len(rows) == 0:
        return outline
    group = pieces.group[rows]
    lost = np.full(len(footprints), None, object)
    for building in np.unique(group):
        lost[building] = overlay.difference(footprints[building], ground[building])
    out = outline.copy()
    out[rows] = overlay.difference(outline[rows], lost[group])
    return out
