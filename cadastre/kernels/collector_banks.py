"""Banks of collectors laid on the places of modules: rectangles inside the field, nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

_HELD = 0.99  # part of a bank that stands on places of modules: clamps are no edge


@kernel
def _weighed(
    place: Reals, pad: Reals, gone: Flags, bank: tuple[float, float, float, float]
) -> tuple[float, int]:
    """Area of a bank (u0, v0, u1, v1) on free places, and the number of modules it takes."""
    u0, v0, u1, v1 = bank
    held, number = 0.0, 0
    for j in range(len(place)):
        if gone[j]:
            continue
        wide = min(u1, place[j, 2]) - max(u0, place[j, 0])
        high = min(v1, place[j, 3]) - max(v0, place[j, 1])
        if wide <= 0.0 or high <= 0.0:
            continue
        held += wide * high
        if wide > pad[j, 0] + 1e-6 and high > pad[j, 1] + 1e-6:
            number += 1
    return held, number


@kernel
def _best_bank(
    place: Reals, pad: Reals, gone: Flags, number: int, side: Reals, turns: bool
) -> tuple[bool, tuple[float, float, float, float]]:
    """Find the rectangle of ``number`` collectors that takes the fewest modules, at an end."""
    best, far = len(place) + 1, -1.0
    chosen = (0.0, 0.0, 0.0, 0.0)
    middle_u = (place[:, 0] + place[:, 2]).mean() / 2.0
    middle_v = (place[:, 1] + place[:, 3]).mean() / 2.0
    for turn in range(2 if turns else 1):
        for columns in range(1, number + 1):
            if number % columns:
                continue
            wide = columns * side[turn]
            high = number // columns * side[1 - turn]
            for i in range(len(place)):
                if gone[i]:
                    continue
                for corner in range(4):
                    u0 = place[i, 0] if corner % 2 == 0 else place[i, 2] - wide
                    v0 = place[i, 1] if corner < 2 else place[i, 3] - high
                    bank = (u0, v0, u0 + wide, v0 + high)
                    held, taken = _weighed(place, pad, gone, bank)
                    if held < _HELD * wide * high or taken > best:
                        continue
                    away = (u0 + wide / 2.0 - middle_u) ** 2 + (v0 + high / 2.0 - middle_v) ** 2
                    if taken < best or away > far + 1e-6:
                        best, far, chosen = taken, away, bank
    return best <= len(place), chosen


@kernel
def lay_collectors(
    place: Reals, pad: Reals, gone: Flags, side: Reals, turns: bool, wished: Whole
) -> int:
    """Lay banks of collectors on the places of the modules of one plane.

    Parameters
    ----------
    place
        float64 (m, 4): u0, v0, u1, v1 of the place of each module on the roof, its share of the
        gaps included, m.
    pad
        (m, 2): what of it is gap, on either side, along u and v.
    gone
        bool (m,): places not to be used; those taken are added.
    side
        (2,): a collector along u and along v, m of roof; ``turns``: it may be turned.
    wished
        int64 (3,): number of banks of one size, collectors in each, fewest in each. A number of
        banks of 0 asks for as many collectors in all as the second says, in banks of at most as
        many as the third.

    Returns
    -------
    int
        Collectors laid: of equal banks the largest that all fit, else 0 (and nothing is taken).
    """
    banks, each, least = wished
    before = gone.copy()
    if banks > 0:
        for size in range(each, least - 1, -1):
            laid = 0
            while laid < banks:
                found, bank = _best_bank(place, pad, gone, size, side, turns)
                if not found:
                    break
                _take(place, pad, gone, bank)
                laid += 1
            if laid == banks:
                return banks * size
            gone[:] = before
        return 0
    total, size = 0, min(each, least)
    while size > 0 and total < each:
        size = min(size, each - total)
        found, bank = _best_bank(place, pad, gone, size, side, turns)
        if found:
            _take(place, pad, gone, bank)
            total += size
        else:
            size -= 1
    return total


@kernel
def _take(place: Reals, pad: Reals, gone: Flags, bank: tuple[float, float, float, float]) -> None:
    for j in range(len(place)):
        wide = min(bank[2], place[j, 2]) - max(bank[0], place[j, 0])
        high = min(bank[3], place[j, 3]) - max(bank[1], place[j, 1])
        if wide > pad[j, 0] + 1e-6 and high > pad[j, 1] + 1e-6:
            gone[j] = True
