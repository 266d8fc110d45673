"""Shifts of footprints: what their edges say, joined by least squares. Arrays only.

Evidence is five numbers, the normal equations of a shift (east, north):
I_ee, I_en, I_nn (1/m²), v_e, v_n (1/m) with ``I @ shift = v``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
EVIDENCE = 5


@kernel
def edge_evidence(
    crossings: FloatArray,
    x: FloatArray,
    y: FloatArray,
    overhang: float,
    overhang_spread: float,
    prior: float,
    rounds: int,
) -> FloatArray:
    """Robust least squares of edge offsets on (shift east, shift north, overhang).

    Parameters
    ----------
    crossings
        Offset of each edge along its outward normal and its standard error, m, shape (n, >= 2);
        NaN offset where the edge says nothing.
    x, y
        Vertices of closed rings, m; edge k runs from vertex k to k + 1.
    overhang, overhang_spread
        Expected overhang and its standard deviation, m; that of one edge too.
    prior
        Standard deviation of the shift, m; it steadies the weights and is not in the result.
    rounds
        Rounds of reweighting (Huber-like, 1.5 standard errors).

    Returns
    -------
    ndarray, shape (5,)
        Evidence on the shift, the overhang eliminated; zeros where no edge speaks.
    """
    out = np.zeros(EVIDENCE)
    count = len(x) - 1
    nx, ny, offset = np.empty(count), np.empty(count), np.empty(count)
    variance, weight = np.empty(count), np.ones(count)
    n = 0
    for k in range(count):
        ex, ey = x[k + 1] - x[k], y[k + 1] - y[k]
        length = math.hypot(ex, ey)
        if math.isnan(crossings[k, 0]) or math.isinf(crossings[k, 0]) or not length > 0.0:
            continue
        nx[n], ny[n], offset[n] = ey / length, -ex / length, crossings[k, 0]
        variance[n] = crossings[k, 1] ** 2 + overhang_spread**2
        n += 1
    if n == 0:
        return out
    loose, tight = prior**-2.0, overhang_spread**-2.0
    m = np.empty(9)
    for turn in range(rounds + 1):
        m[:] = 0.0
        for k in range(n):
            w = weight[k] / variance[k]
            m[0] += w * nx[k] * nx[k]
            m[1] += w * nx[k] * ny[k]
            m[2] += w * nx[k]
            m[3] += w * ny[k] * ny[k]
            m[4] += w * ny[k]
            m[5] += w
            m[6] += w * offset[k] * nx[k]
            m[7] += w * offset[k] * ny[k]
            m[8] += w * offset[k]
        m[5] += tight
        m[8] += tight * overhang
        if turn == rounds:
            break
        east, north, over = _solved(m, loose)
        for k in range(n):
            away = abs(offset[k] - nx[k] * east - ny[k] * north - over) / math.sqrt(variance[k])
            weight[k] = 1.0 / max(1.0, away / 1.5) ** 2
    out[0] = m[0] - m[2] * m[2] / m[5]
    out[1] = m[1] - m[2] * m[4] / m[5]
    out[2] = m[3] - m[4] * m[4] / m[5]
    out[3] = m[6] - m[2] * m[8] / m[5]
    out[4] = m[7] - m[4] * m[8] / m[5]
    return out


@kernel
def _solved(m: FloatArray, loose: float) -> tuple[float, float, float]:
    """Shift and overhang of the nine sums, the shift held by a prior: overhang first, then 2x2."""
    a = m[0] + loose - m[2] * m[2] / m[5]
    b = m[1] - m[2] * m[4] / m[5]
    d = m[3] + loose - m[4] * m[4] / m[5]
    p, q = m[6] - m[2] * m[8] / m[5], m[7] - m[4] * m[8] / m[5]
    det = a * d - b * b
    east, north = (p * d - q * b) / det, (q * a - p * b) / det
    return east, north, (m[8] - m[2] * east - m[4] * north) / m[5]


@kernel
def joined_shifts(
    evidence: FloatArray,
    start: IndexArray,
    member: IndexArray,
    spread: FloatArray,
    prior: float,
    limit: float,
) -> FloatArray:
    """Shift of each group of footprints, from the evidence of its members.

    A member's shift equals the group's up to an error of standard deviation ``spread`` (m), by
    which its information is weakened: I becomes (I^-1 + s²)^-1 = (1 + s² I)^-1 I.

    Parameters
    ----------
    evidence
        (n, 5).
    start, member, spread
        Members ``start[g]:start[g + 1]`` of group g: row of ``evidence`` and spread, m. Their
        order is the order of the sums.
    prior, limit
        Standard deviation of a shift about nil, and its greatest component, m.

    Returns
    -------
    ndarray, shape (n_groups, 2)
        Shift east and north, m.
    """
    out = np.empty((len(start) - 1, 2))
    loose = prior**-2.0
    for group in range(len(start) - 1):
        a, b, d, p, q = loose, 0.0, loose, 0.0, 0.0
        for k in range(start[group], start[group + 1]):
            e = evidence[member[k]]
            s2 = spread[k] * spread[k]
            # inverse of 1 + s² I
            xx, xy, yy = 1.0 + s2 * e[0], s2 * e[1], 1.0 + s2 * e[2]
            det = xx * yy - xy * xy
            ia, ib, id_ = yy / det, -xy / det, xx / det
            a += ia * e[0] + ib * e[1]
            b += ia * e[1] + ib * e[2]
            d += ib * e[1] + id_ * e[2]
            p += ia * e[3] + ib * e[4]
            q += ib * e[3] + id_ * e[4]
        det = a * d - b * b
        east, north = (p * d - q * b) / det, (q * a - p * b) / det
        out[group, 0] = min(max(east, -limit), limit)
        out[group, 1] = min(max(north, -limit), limit)
    return out
