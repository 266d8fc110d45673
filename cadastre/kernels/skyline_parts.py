"""What is made of skylines: joined with the far relief, the sky they leave, steps of the shelf."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel, parallel_kernel, prange

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Heights = NDArray[np.float32]


@kernel
def own_horizons(slopes: Reals, directions: Reals, out: Reals) -> None:
    """Elevation in degrees at which planes continued end, by direction; 0 downhill.

    ``slopes`` (p, 2) east, north; ``directions`` (d, 2); ``out`` (p, d), overwritten.
    """
    for p in range(slopes.shape[0]):
        for d in range(directions.shape[0]):
            slope = slopes[p, 0] * directions[d, 0] + slopes[p, 1] * directions[d, 1]
            out[p, d] = math.degrees(math.atan(max(0.0, slope)))


@parallel_kernel
def join_far(
    near: Heights, far: Heights, node_row: Whole, node_col: Whole, part_row: Reals,
    part_col: Reals, own: Reals, plane: Whole, joined: Heights, out: Heights,
) -> None:  # fmt: skip
    """Skyline of near and far obstacles together, and the far part alone above the own plane.

    ``near`` (n, d). ``far`` float32 (rows, cols, d) at the nodes of a lattice, read bilinearly
    at ``node_row + part_row``, ``node_col + part_col``. ``own`` (p, d) as
    :func:`own_horizons` gives it, ``plane`` (n,) its row. Outputs (n, d): ``joined`` the maximum
    of both, ``out`` the far part, 0 where it does not stand above the own plane.
    """
    for n in prange(near.shape[0]):
        u, v = part_col[n], part_row[n]
        here, mine = near[n], own[plane[n]]
        low_left, low_right = far[node_row[n], node_col[n]], far[node_row[n], node_col[n] + 1]
        up_left = far[node_row[n] + 1, node_col[n]]
        up_right = far[node_row[n] + 1, node_col[n] + 1]
        for d in range(near.shape[1]):
            above = (1.0 - u) * low_left[d] + u * low_right[d]
            below = (1.0 - u) * up_left[d] + u * up_right[d]
            height = (1.0 - v) * above + v * below
            seen = np.float32(height) if height > mine[d] else np.float32(0.0)
            out[n, d] = seen
            joined[n, d] = max(here[d], seen)


@parallel_kernel
def openness(skyline: Heights, out: Reals) -> None:
    """Share of the sky seen from a horizontal surface, cosine-weighted: mean of cos^2 h.

    ``skyline`` (n, sectors) degrees; ``out`` (n,), overwritten.
    """
    for n in prange(skyline.shape[0]):
        total = 0.0
        for s in range(skyline.shape[1]):
            cosine = math.cos(math.radians(skyline[n, s]))
            total += cosine * cosine
        out[n] = total / skyline.shape[1]


@kernel
def to_steps(degrees: Heights, per_degree: np.float32, out: NDArray[np.uint16]) -> None:
    """Round angles to whole steps, halves to the even one; arrays (n, d)."""
    for n in range(degrees.shape[0]):
        for d in range(degrees.shape[1]):
            out[n, d] = np.uint16(np.rint(degrees[n, d] * per_degree))


@kernel
def from_steps(steps: NDArray[np.uint16], per_degree: np.float32, out: Heights) -> None:
    """Angles in degrees from whole steps; arrays (n, d)."""
    for n in range(steps.shape[0]):
        for d in range(steps.shape[1]):
            out[n, d] = np.float32(steps[n, d]) / per_degree
