"""The two heavy kernels as CUDA runs them; only loaded where a card is asked for.

One thread a point and direction, then one thread a sample. The light of a sample is the very
function the processor runs (:func:`cadastre.kernels.sky_integral.sample_light`); rays read the
table of cells of :func:`cadastre.kernels.ray_table.ray_table`, one cell after the other.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numba import cuda

from cadastre.kernels.pyramid import LANES, MARGIN
from cadastre.kernels.sky_integral import COLUMNS, sample_light

_STEEPEST = np.float32(1.0e4)  # tangent of 89.994°, as on the processor


@cuda.jit  # type: ignore[untyped-decorator]
def cast(
    flat: Any, offsets: Any, rows: int, cols: int, row: Any, col: Any, height: Any,
    slope_east: Any, slope_north: Any, directions: Any, tolerance: Any, cells: Any, values: Any,
    counts: Any, out: Any,
) -> None:  # fmt: skip
    """Skyline of one point in one direction; see :func:`cadastre.kernels.horizon.skylines`."""
    n, d = cuda.grid(2)
    if n >= out.shape[0] or d >= out.shape[1]:
        return
    width = cols + 2 * MARGIN
    upwards = slope_east[n] * directions[d, 0] + slope_north[n] * directions[d, 1]
    own = max(np.float32(0.0), upwards)
    best = own
    for k in range(counts[d]):
        level = cells[d, k, 0]
        i = row[n] + cells[d, k, 1]
        j = col[n] + cells[d, k, 2]
        if i < 0 or i >= rows or j < -MARGIN or j >= cols + LANES:
            break
        rise = flat[offsets[level] + (i >> level) * width + j + MARGIN] - height[n]
        plane = slope_east[n] * values[d, k, 2] + slope_north[n] * values[d, k, 3]
        if rise > plane + tolerance:
            best = max(best, (rise - values[d, k, 1]) * values[d, k, 0])
    best = min(best, _STEEPEST)
    out[n, d] = math.degrees(math.atan(best)) if best > own else 0.0


@cuda.jit  # type: ignore[untyped-decorator]
def light(
    plane_of: Any, normals: Any, skylines: Any, own_bin: Any, own_deg: Any, openness: Any,
    month_share: Any, free_beam: Any, free_circumsolar: Any, monthly: Any, albedo: float,
    sun_row: Any, table: Any, step_deg: float, band_deg: float, cosines: Any, factors: Any,
    years: Any, parts: Any,
) -> None:  # fmt: skip
    """Light of one sample; arrays as in :func:`kernels.sky_sums.planes_under_skylines`."""
    i = cuda.grid(1)
    if i >= skylines.shape[0]:
        return
    hidden = cuda.local.array(COLUMNS, numba.float32)
    p = plane_of[i]
    years[i] = sample_light(
        normals[p], skylines[i], own_bin[p], own_deg[p], openness[i], month_share,
        free_beam[p], free_circumsolar[p], monthly, albedo, sun_row, table, step_deg, band_deg,
        cosines, factors, hidden, parts[i],
    )  # fmt: skip
