"""The cells that rays visit: near cells one by one, then larger and larger blocks (rings).

Which cells a ray visits depends on the direction and on the place of the point in its own cell
only, not on the point: points of the lattice share one table.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Heights = NDArray[np.float32]

FAR_AWAY = 1.0e30
NEAREST = 1.0e-3  # cells; an obstacle that touches the point stands at this distance


@kernel
def ray_table(
    part_row: float, part_col: float, directions: Reals, resolution: float, start: float,
    reach: float, ring_ratio: float, drop: float, top: int, cells: Whole, values: Heights,
    counts: Whole,
) -> None:  # fmt: skip
    """List the cells visited by rays from a point at a given place of its cell.

    ``part_row``, ``part_col``: place in the cell, south and east, 0-1. ``directions`` (d, 2):
    east, north. Obstacles are sought from ``start`` to ``reach`` metres. Cells are read one by
    one up to ``1 / ring_ratio`` cells, then in blocks of 2^l cells (``l`` at most ``top``), from
    ``ring_ratio`` to twice that of the distance. ``drop``: fall of the horizontal below the line
    of sight per squared metre. Outputs: ``cells`` (d, k, 3) level, rows and columns from the
    own cell; ``values`` (d, k, 4) 1 / distance, fall, place east and north of the point where
    the own plane is compared (m); ``counts`` (d,).
    """
    limit = reach / resolution
    first = start / resolution
    near = min(1.0 / ring_ratio, limit)
    for d in range(directions.shape[0]):
        east, south = directions[d, 0], -directions[d, 1]
        count = 0
        # cell by cell: an obstacle stands where the ray enters its cell
        per_col = 1.0 / abs(east) if abs(east) > 1e-12 else FAR_AWAY
        per_row = 1.0 / abs(south) if abs(south) > 1e-12 else FAR_AWAY
        to_col, to_row = FAR_AWAY, FAR_AWAY
        if per_col < FAR_AWAY:
            to_col = (1.0 - part_col if east > 0.0 else part_col) * per_col
        if per_row < FAR_AWAY:
            to_row = (1.0 - part_row if south > 0.0 else part_row) * per_row
        i, j = 0, 0
        while True:
            entry = min(to_col, to_row)
            if entry > near:
                break
            if to_col < to_row:
                to_col += per_col
                j += 1 if east > 0.0 else -1
            else:
                to_row += per_row
                i += 1 if south > 0.0 else -1
            if min(to_col, to_row) < first:
                continue
            path = max(entry, NEAREST) * resolution
            cells[d, count, 0], cells[d, count, 1], cells[d, count, 2] = 0, i, j
            values[d, count, 0], values[d, count, 1] = 1.0 / path, drop * path * path
            values[d, count, 2] = (j + 0.5 - part_col) * resolution
            values[d, count, 3] = -(i + 0.5 - part_row) * resolution
            count += 1
        # rings: blocks along the ray, read at their middle
        level = 1
        entry = near
        main = max(abs(east), abs(south))
        while entry < limit:
            while level < top and ring_ratio * entry >= (1 << level):
                level += 1
            step = (1 << level) / main
            if entry + step >= first:
                middle = entry + 0.5 * step
                path = middle * resolution
                down = part_row + south * middle
                across = part_col + east * middle
                cells[d, count, 0] = level
                cells[d, count, 1] = math.floor(down)
                cells[d, count, 2] = math.floor(across + 0.5)
                values[d, count, 0], values[d, count, 1] = 1.0 / path, drop * path * path
                values[d, count, 2] = (across - part_col) * resolution
                values[d, count, 3] = -(down - part_row) * resolution
                count += 1
            entry += step
        counts[d] = count
