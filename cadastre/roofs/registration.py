"""Footprints set right on the surface model: a shift by building, shared among neighbours.

Each edge free of neighbours tells where the height drops across it; a shift (two numbers) and a
common overhang explain these offsets. What one building cannot see (a terraced house has no side)
its neighbours lend it, touching ones most, at a fixed radius, so that the result does not depend
on the tile.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels.edges import edge_crossings
from cadastre.parameters import Roofs
from cadastre.roofs.windows import Rings, Window

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.bool_]


@dataclass(frozen=True)
class ShiftEvidence:
    """Normal equations of one footprint's shift: ``information @ shift = vector`` (2 x 2, 2)."""

    information: FloatArray
    vector: FloatArray


def no_evidence() -> ShiftEvidence:
    """Return what a footprint without a word to say contributes."""
    return ShiftEvidence(np.zeros((2, 2)), np.zeros(2))


def shift_evidence(
    window: Window, foreign: MaskArray, rings: Rings, index: int, parameters: Roofs
) -> ShiftEvidence:
    """Ask the free edges of footprint ``index`` for its shift; zero information where none speaks.

    Robust least squares of the edge offsets on (shift east, shift north, overhang), the overhang
    eliminated at the end.
    """
    x, y, starts = rings.of(index)
    if len(x) == 0:
        return no_evidence()
    x, y = x - window.x0, y - window.y0
    width = max(1.0, 2.0 * window.resolution)
    found = edge_crossings(
        window.z, foreign, x, y, starts, window.resolution, parameters.register_reach_m, width,
        parameters.register_drop_m, parameters.register_edge_m,
    )  # fmt: skip
    ex, ey = np.diff(x, append=0.0), np.diff(y, append=0.0)
    length = np.hypot(ex, ey)
    use = np.isfinite(found[:, 0]) & (length > 0.0)
    if not use.any():
        return no_evidence()
    nx, ny = ey[use] / length[use], -ex[use] / length[use]
    design = np.column_stack((nx, ny, np.ones(use.sum())))
    offset = found[use, 0]
    variance = found[use, 1] ** 2 + parameters.overhang_spread_m**2
    prior = np.diag([parameters.register_prior_m**-2.0] * 2 + [parameters.overhang_spread_m**-2.0])
    start = prior @ np.array([0.0, 0.0, parameters.overhang_m + 0.2])
    weight = np.ones(len(offset))
    for _ in range(5):
        normal = (design * (weight / variance)[:, None]).T @ design + prior
        solution = np.linalg.solve(normal, design.T @ (weight / variance * offset) + start)
        score = np.abs(offset - design @ solution) / np.sqrt(variance)
        weight = 1.0 / np.maximum(1.0, score / 1.5) ** 2
    evidence = (design * (weight / variance)[:, None]).T @ design
    evidence[2, 2] += prior[2, 2]
    right = design.T @ (weight / variance * offset)
    right[2] += start[2]
    # Schur complement: eliminate the overhang
    information = evidence[:2, :2] - np.outer(evidence[:2, 2], evidence[2, :2]) / evidence[2, 2]
    vector = right[:2] - evidence[:2, 2] * right[2] / evidence[2, 2]
    return ShiftEvidence(information, vector)


def combined_shift(
    own: ShiftEvidence,
    others: list[tuple[ShiftEvidence, bool]],
    parameters: Roofs,
) -> tuple[float, float]:
    """Join a footprint's own evidence with its neighbours' (each with: does it touch), m.

    A neighbour's shift equals the building's up to a spread that is small when they touch; its
    information is weakened accordingly. The prior is no shift.
    """
    information = own.information + np.eye(2) * parameters.register_prior_m**-2.0
    vector = own.vector.copy()
    if others:
        each = np.array([evidence.information for evidence, _ in others])
        right = np.array([evidence.vector for evidence, _ in others])
        touching = np.array([touches for _, touches in others])
        spread = np.where(touching, parameters.register_touching_m, parameters.register_apart_m)
        # information of a sum of independent errors: (I^-1 + s^2)^-1 = (1 + s^2 I)^-1 I
        weaken = np.linalg.inv(np.eye(2) + spread[:, None, None] ** 2 * each)
        information += (weaken @ each).sum(axis=0)
        vector += (weaken @ right[:, :, None]).sum(axis=0)[:, 0]
    shift = np.linalg.solve(information, vector)
    limit = parameters.register_reach_m
    return float(np.clip(shift[0], -limit, limit)), float(np.clip(shift[1], -limit, limit))
