"""Skylines and light of samples on a graphics card: data to the card and back.

Results are those of the processor within the rounding of single precision. Nothing of CUDA is
loaded before it is asked for. Not here: the kernels (``device_kernels``), which of both runs
(parameter ``horizon.device``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels.sky_integral import MONTHS, own_horizon

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Heights = NDArray[np.float32]

_PARTS = 3 * MONTHS + 1
_BLOCK = 128  # threads of a block
_AT_ONCE = 1 << 18  # samples on the card at once: 120 MB of results


def why_not() -> str:
    """Tell in a few words why no graphics card can be used; empty when one can."""
    try:
        from numba import cuda
    except ImportError as error:
        return str(error)
    if cuda.is_available():
        return ""
    return str(cuda.cuda_error() or "no CUDA device")


def _cuda() -> Any:
    reason = why_not()
    if reason:
        raise RuntimeError(reason)
    from numba import cuda

    return cuda


def skylines(
    flat: Heights, offsets: Whole, rows: int, cols: int, row: Whole, col: Whole, height: Heights,
    slope_east: Heights, slope_north: Heights, directions: Reals, tolerance: np.float32,
    cells: Whole, values: Heights, counts: Whole,
) -> Heights:  # fmt: skip
    """Skylines of points, float32 (n, d) degrees; see :func:`cadastre.kernels.horizon.skylines`.

    The points share one table of cells: they stand at one place of their cell.

    Raises
    ------
    RuntimeError
        There is no graphics card to be used (:func:`why_not`).
    """
    cuda = _cuda()
    from cadastre.kernels.device_kernels import cast as kernel

    out = np.empty((len(row), len(directions)), np.float32)
    fixed = [
        cuda.to_device(a)
        for a in (flat, offsets, directions.astype(np.float32), cells, values, counts)
    ]
    for first in range(0, len(row), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        points = [
            cuda.to_device(np.ascontiguousarray(a[part]))
            for a in (row, col, height, slope_east, slope_north)
        ]
        found = cuda.device_array(out[part].shape, np.float32)
        blocks = (-(-len(found) // _BLOCK), len(directions))
        kernel[blocks, (_BLOCK, 1)](
            fixed[0], fixed[1], rows, cols, *points, fixed[2], tolerance, *fixed[3:], found
        )
        found.copy_to_host(out[part])
    return out


def light_of_samples(
    plane_start: Whole, normals: Reals, skylines: Heights, openness: Heights,
    month_share: Reals, free_beam: Reals, free_circumsolar: Reals, monthly: Reals, albedo: float,
    sun_row: NDArray[np.int32], table: Heights, step_deg: float, band_deg: float, cosines: Reals,
    factors: Reals,
) -> tuple[Reals, Reals]:  # fmt: skip
    """Yearly total (n,) and parts (n, 37) of samples under their skylines.

    Arguments as in :func:`cadastre.kernels.sky_sums.planes_under_skylines`.

    Raises
    ------
    RuntimeError
        There is no graphics card to be used (:func:`why_not`).
    """
    cuda = _cuda()
    from cadastre.kernels.device_kernels import light as kernel

    sectors = skylines.shape[1]
    own_bin = np.empty((len(normals), sectors), np.int64)
    own_deg = np.empty((len(normals), sectors))
    for p in range(len(normals)):
        own_horizon(normals[p], sectors, step_deg, own_bin[p], own_deg[p])
    plane_of = np.repeat(np.arange(len(normals)), np.diff(plane_start))
    count = len(skylines)
    years, parts = np.empty(count), np.empty((count, _PARTS))
    put = cuda.to_device
    planes = [put(a) for a in (normals, own_bin, own_deg)]
    fixed = [put(a) for a in (month_share, free_beam, free_circumsolar, monthly)]
    tables = [put(sun_row), put(table)]
    last = [put(cosines), put(factors)]
    for first in range(0, count, _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        size = len(years[part])
        of_year, of_part = cuda.device_array(size), cuda.device_array((size, _PARTS))
        kernel[-(-size // _BLOCK), _BLOCK](
            put(plane_of[part]), planes[0], put(skylines[part]), *planes[1:],
            put(openness[part]), *fixed, albedo, *tables, step_deg, band_deg, *last,
            of_year, of_part,
        )  # fmt: skip
        of_year.copy_to_host(years[part])
        of_part.copy_to_host(parts[part])
    return years, parts
