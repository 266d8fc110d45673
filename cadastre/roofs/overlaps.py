"""Planes of one roof that overlap a little: each place goes to one of them."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.roofs import overlay

ObjectArray = NDArray[np.object_]
_LEAST_M2 = 1e-6  # less is rounding
_SIZE_DECIMALS = 6  # sizes alike to the mm² are alike, whatever the last bits


def disjoint(shapes: ObjectArray, owner: NDArray[np.int64]) -> ObjectArray:
    """Take from each plane what a larger plane of the same building holds too.

    Borders are straightened one by one and may cross where planes are narrow. The larger plane
    keeps the place, of two alike the first; borders become those of the plane that keeps it.

    Parameters
    ----------
    shapes
        Valid outlines in plan (n,), some may be empty.
    owner
        Building of each.

    Returns
    -------
    ndarray of geometries
        Same order; what shares less than a mm² with the others comes back as it was.
    """
    one, two = shapely.STRtree(shapes).query(shapes, "intersects")
    pair = (one < two) & (owner[one] == owner[two])
    one, two = one[pair], two[pair]
    crossed = shapely.area(overlay.intersection(shapes[one], shapes[two])) > _LEAST_M2
    one, two = one[crossed], two[crossed]
    size = shapely.area(shapes).round(_SIZE_DECIMALS)
    loser = np.where(size[two] > size[one], one, two)
    winner = one + two - loser
    out = shapes.copy()
    for index in np.unique(loser):
        taken = overlay.union_all(shapes[winner[loser == index]])
        out[index] = overlay.difference(out[index], taken)
    return out
