"""Footprints set right on the surface model: a shift by building, shared among neighbours.

Each edge free of neighbours tells where the height drops across it; a shift (two numbers) and a
common overhang explain these offsets. What one building cannot see (a terraced house has no side)
its neighbours lend it, touching ones most, at a fixed radius, so that the result does not depend
on the tile. The wall between two neighbours is placed by what both of them hear, so that it is
the same from either side: by one shift in common where their footprints fit, else by one each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.kernels import shifts
from cadastre.kernels.edges import edge_crossings
from cadastre.parameters import Roofs
from cadastre.roofs import overlay
from cadastre.roofs.windows import Rings, Window

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
MaskArray = NDArray[np.bool_]
ObjectArray = NDArray[np.object_]
_ROUNDS = 5


def shift_evidence(
    window: Window, foreign: MaskArray, rings: Rings, index: int, parameters: Roofs
) -> FloatArray:
    """Ask the free edges of footprint ``index`` for its shift; zeros where none speaks.

    Returns
    -------
    ndarray, shape (5,)
        Normal equations, see :mod:`cadastre.kernels.shifts`.
    """
    x, y, starts = rings.of(index)
    if len(x) == 0:
        return np.zeros(shifts.EVIDENCE)
    x, y = x - window.x0, y - window.y0
    width = max(1.0, 2.0 * window.resolution)
    found = edge_crossings(
        window.z, foreign, x, y, starts, window.resolution, parameters.register_reach_m, width,
        parameters.register_drop_m, parameters.register_edge_m,
    )  # fmt: skip
    found[starts[1:-1] - 1, 0] = np.nan
    return shifts.edge_evidence(
        found, x, y, parameters.overhang_m + 0.2, parameters.overhang_spread_m,
        parameters.register_prior_m, _ROUNDS,
    )  # fmt: skip


@dataclass(frozen=True)
class Pairs:
    """A building and its neighbours: rows of these, and the shift of either in each pair, m.

    The same two buildings get the same shifts (k, 2) whichever of them is asked.
    """

    other: IndexArray
    mine: FloatArray
    theirs: FloatArray


@dataclass(frozen=True)
class Shifts:
    """Shift of each building (n, 2), m, and the pairs it makes, ``start[i]:start[i + 1]``."""

    own: FloatArray
    start: IndexArray
    pairs: Pairs

    def of(self, index: int) -> tuple[float, float]:
        """Shift of one building, east and north, m."""
        return float(self.own[index, 0]), float(self.own[index, 1])

    def pairs_of(self, index: int) -> Pairs:
        """Pairs of one building."""
        here = slice(self.start[index], self.start[index + 1])
        return Pairs(self.pairs.other[here], self.pairs.mine[here], self.pairs.theirs[here])


@dataclass(frozen=True)
class Surroundings:
    """Who listens to whom.

    ``near``: for each building to be computed, the footprints that have a say in its shift,
    sorted, itself among them. ``around``: the neighbours it makes a pair with. ``reach`` and
    ``seen`` (n, 4) of all footprints: the box where one listens, and what must lie in there for
    another to be heard. ``touching``, ``unfit``: see :func:`touching_pairs`.
    """

    near: list[IndexArray]
    around: list[IndexArray]
    reach: FloatArray
    seen: FloatArray
    touching: tuple[IndexArray, IndexArray]
    unfit: MaskArray


def joined_shifts(
    evidence: FloatArray, rows: IndexArray, place: Surroundings, parameters: Roofs
) -> Shifts:
    """Join the evidence of footprints (n, 5) into shifts of buildings ``rows`` and of pairs."""
    count = len(evidence)
    key = place.touching[0] * count + place.touching[1]
    apart, close = parameters.register_apart_m, parameters.register_touching_m

    def spread(of: IndexArray, member: IndexArray) -> FloatArray:
        touches = np.isin(of * count + member, key)
        return np.where(member == of, 0.0, np.where(touches, close, apart))

    def joined(start: IndexArray, member: IndexArray, spreads: FloatArray) -> FloatArray:
        return shifts.joined_shifts(
            evidence, start, member, spreads, parameters.register_prior_m,
            parameters.register_reach_m,
        )  # fmt: skip

    start, member = _starts(place.near), _joined_lists(place.near)
    own = joined(start, member, spread(np.repeat(rows, np.diff(start)), member))
    neighbours = [found[found != row] for row, found in zip(rows, place.around, strict=True)]
    pair_start = _starts(neighbours)
    first = np.repeat(rows, np.diff(pair_start))
    second = _joined_lists(neighbours)
    # members of a pair: what the first hears, when the second hears it too
    index = np.repeat(np.arange(len(rows)), np.diff(pair_start))
    every = _joined_lists([place.near[k] for k in index])
    of_pair = np.repeat(np.arange(len(second)), np.diff(start)[index])
    audible = _within(place.seen[every], place.reach[second[of_pair]])
    every, of_pair = every[audible], of_pair[audible]
    starts = np.concatenate(([0], np.cumsum(np.bincount(of_pair, minlength=len(second)))))
    to_first, to_second = spread(first[of_pair], every), spread(second[of_pair], every)
    itself = (every == first[of_pair]) | (every == second[of_pair])
    one = joined(starts, every, np.where(itself, close, np.minimum(to_first, to_second)))
    fits = ~np.isin(first * count + second, key[place.unfit])[:, None]
    pairs = Pairs(
        second, np.where(fits, one, joined(starts, every, to_first)),
        np.where(fits, one, joined(starts, every, to_second)),
    )  # fmt: skip
    return Shifts(own, pair_start, pairs)


def _within(inner: FloatArray, outer: FloatArray) -> MaskArray:
    return (inner[:, :2] >= outer[:, :2]).all(axis=1) & (inner[:, 2:] <= outer[:, 2:]).all(axis=1)


def _starts(lists: list[IndexArray]) -> IndexArray:
    return np.concatenate(([0], np.cumsum([len(found) for found in lists]))).astype(np.int64)


def _joined_lists(lists: list[IndexArray]) -> IndexArray:
    return np.concatenate([*lists, np.empty(0, np.int64)]).astype(np.int64)


def touching_pairs(
    shapes: ObjectArray, rows: IndexArray, parameters: Roofs
) -> tuple[tuple[IndexArray, IndexArray], MaskArray]:
    """Pairs (one of ``rows``, any shape) that touch; and which of them do not fit.

    Footprints within ``touching_m`` touch. They fit when neither a gap nor an overlap of more
    than ``wall_gap_m`` (mean width) lies between them: one survey drew both.
    """
    first, second = shapely.STRtree(shapes).query(shapes[rows], "dwithin", parameters.touching_m)
    first = rows[first]
    apart = first != second
    first, second = first[apart], second[apart].astype(np.int64)
    low, high = shapes[np.minimum(first, second)], shapes[np.maximum(first, second)]
    shared = overlay.intersection(low, high)
    width = 2.0 * shapely.area(shared) / np.maximum(shapely.length(shared), 1e-9)
    gap = shapely.distance(low, high)
    unfit = (width > parameters.wall_gap_m) | (gap > parameters.wall_gap_m)
    return (first, second), unfit
