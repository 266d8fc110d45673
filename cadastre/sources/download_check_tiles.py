"""What is fetched by tiles, rasters and points: is it whole, and in the place that was asked."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import laspy
import lazrs
import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from cadastre.errors import FetchError
from cadastre.sources.download_expected import Expectation, corrupt

_NODATA_BELOW = -9000.0  # -9999 and -99999 both mean that nothing was measured
_POSITION_TOLERANCE = 1e-3
_LAS_ERRORS = (
    laspy.LaspyException, lazrs.LazrsError, ValueError, IndexError, struct.error, OSError,
)  # fmt: skip


def check_geotiff(path: Path, expected: Expectation) -> None:
    """Check that a raster reads to its end, its place, and that it holds a value; compress it."""
    try:
        with rasterio.open(path, driver="GTiff") as raster:
            _check_grid(path, raster, expected)
            values = raster.read(1)
            profile, crs = raster.profile, raster.crs
    except (RasterioError, NotGeoreferencedWarning) as error:
        raise corrupt(path, "GeoTIFF", error) from error
    if not bool(np.any(np.isfinite(values) & (values > _NODATA_BELOW))):
        raise FetchError("fetch_no_coverage", file=path.name.removesuffix(".partiel"))
    if expected.compress and str(profile.get("compress", "")).lower() in ("", "none"):
        _compress(path, values, {**profile, "crs": crs or expected.crs})


def _check_grid(path: Path, raster: Any, expected: Expectation) -> None:
    found = f"{raster.width} x {raster.height}"
    asked = f"{expected.width} x {expected.height}"
    if raster.count != 1 or (raster.width, raster.height) != (expected.width, expected.height):
        raise FetchError("fetch_grid", file=path.name, found=found, expected=asked)
    place = tuple(round(value, 3) for value in raster.bounds)
    if expected.bounds is not None and any(
        abs(one - other) > _POSITION_TOLERANCE
        for one, other in zip(place, expected.bounds, strict=True)
    ):
        raise FetchError("fetch_grid", file=path.name, found=place, expected=expected.bounds)
    if raster.crs is not None and raster.crs.is_geographic:
        raise FetchError(
            "fetch_grid", file=path.name, found=raster.crs.to_string(), expected=expected.crs
        )


def _compress(path: Path, values: np.ndarray, profile: dict[str, Any]) -> None:
    """Rewrite a raster without loss: same values, place and nodata, a third of the bytes."""
    options = {
        **profile,
        "compress": "zstd",
        "predictor": 3 if values.dtype.kind == "f" else 2,
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "interleave": "band",
    }
    smaller = path.with_name(path.name + ".compresse")
    try:
        with rasterio.open(smaller, "w", **options) as raster:
            raster.write(values, 1)
        with rasterio.open(smaller, driver="GTiff") as raster:
            same = np.array_equal(raster.read(1), values, equal_nan=True)
        if same and smaller.stat().st_size < path.stat().st_size:
            smaller.replace(path)
    finally:
        smaller.unlink(missing_ok=True)


def check_laz(path: Path, expected: Expectation) -> None:
    """Check a LAS or LAZ header, its place, and that its last point is there."""
    _check_las_counts(path)
    try:
        with laspy.open(path, laz_backend=laspy.LazBackend.Lazrs) as cloud:
            place, count = (cloud.header.mins, cloud.header.maxs), cloud.header.point_count
            cloud.seek(max(count - 1, 0))
            last = len(cloud.read_points(1))
    except _LAS_ERRORS as error:
        raise corrupt(path, "LAS", error) from error
    if last != 1:
        raise corrupt(path, "LAS", f"{count} points")
    if expected.nw_km is not None:
        x_min, y_max = (1000.0 * value for value in expected.nw_km)
        inside = place[0][0] >= x_min - 1 and place[1][0] <= x_min + 1001
        if not (inside and place[1][1] <= y_max + 1 and place[0][1] >= y_max - 1001):
            found = [round(float(value)) for value in (*place[0][:2], *place[1][:2])]
            raise FetchError("fetch_grid", file=path.name, found=found, expected=expected.nw_km)


def _check_las_counts(path: Path) -> None:
    """Refuse counts that the file cannot hold: a reader would run through billions of records.

    Offsets of the public header block, LAS 1.4 R15 (ASPRS): header size 94, points 96, VLR 100,
    first EVLR 235 and their number 243.
    """
    length = path.stat().st_size
    with path.open("rb") as handle:
        head = handle.read(375)
    if len(head) < 227:
        raise corrupt(path, "LAS", f"{length} < 227")
    size, points, records = struct.unpack("<HII", head[94:104])
    fits = size <= points <= length and records * 54 <= points - size
    if head[24:26] == b"\x01\x04" and len(head) == 375:
        start, extended = struct.unpack("<QI", head[235:247])
        fits = fits and (not extended or start + extended * 60 <= length)
    if not fits:
        raise corrupt(path, "LAS", f"{length} < {points}")
