"""Is a file what was asked? Whole, of the right kind, in the right place, with its columns.

Servers answer "200 OK" with a web page, an XML exception, half an archive or the picture of
another place. Every file is opened before it takes its name; what is wrong is named by a code.
"""

from __future__ import annotations

import gzip
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import laspy
import lazrs
import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from cadastre.errors import FetchError
from cadastre.grid import Bounds
from cadastre.sources.download_replies import not_data

_MAGIC: dict[str, tuple[bytes, ...]] = {
    "geotiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    "geojson": (b"{",),
    "geojson.gz": (b"\x1f\x8b",),
    "csv.gz": (b"\x1f\x8b",),
    "zip": (b"PK\x03\x04",),
    "csv.zip": (b"PK\x03\x04",),
    "laz": (b"LASF",),
    "7z": (b"7z\xbc\xaf\x27\x1c",),
}
_HEAD = 4096
_HEADER = 1 << 16
_NODATA_BELOW = -9000.0  # -9999 and -99999 both mean that nothing was measured
_POSITION_TOLERANCE = 1e-3
_ZIP_ERRORS = (
    zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, ValueError,
    RuntimeError,
)  # fmt: skip
_LAS_ERRORS = (
    laspy.LaspyException, lazrs.LazrsError, ValueError, IndexError, struct.error, OSError,
)  # fmt: skip


@dataclass(frozen=True)
class Expectation:
    """What a file must be.

    ``bounds``, ``width``, ``height``, ``crs`` hold for rasters, ``columns`` (which must be there)
    and ``wished`` (whose absence is only said) for tables and the properties of GeoJSON, ``rows``
    for tables whose length is known, ``nw_km`` for point tiles.
    """

    format: str
    bounds: Bounds | None = None
    width: int = 0
    height: int = 0
    crs: str = ""
    columns: tuple[str, ...] = ()
    wished: tuple[str, ...] = ()
    rows: int = 0
    nw_km: tuple[int, int] | None = None
    compress: bool = False


def check_file(path: Path, expected: Expectation) -> tuple[str, ...]:
    """Open a file and compare it with what was asked.

    Returns
    -------
    tuple
        The wished columns that are not there.

    Raises
    ------
    FetchError
        ``fetch_empty``, ``fetch_page``, ``fetch_exception``, ``fetch_kind`` (not data),
        ``fetch_corrupt`` (cut or damaged), ``fetch_grid`` (another place or size),
        ``fetch_columns``, ``fetch_rows``, ``fetch_no_coverage`` (a raster without one value).
    """
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    signs = _MAGIC.get(expected.format)
    start = head.lstrip() if expected.format == "geojson" else head
    if not head or (signs and not start.startswith(signs)) or (not signs and _is_markup(head)):
        raise not_data(head, path.name.removesuffix(".partiel"), expected.format)
    present = _CHECKS[expected.format](path, expected)
    return () if present is None else missing_columns(present, expected, path.name)


def missing_columns(present: Iterable[str], expected: Expectation, where: str) -> tuple[str, ...]:
    """Return the wished columns that are not there; refuse when one that must be is not."""
    there = set(present)
    missing = [name for name in expected.columns if name not in there]
    if missing:
        found = sorted(there)
        name = where.removesuffix(".partiel")
        raise FetchError("fetch_columns", file=name, names=missing, found=found)
    return tuple(name for name in expected.wished if name not in there)


def _is_markup(head: bytes) -> bool:
    return head.lstrip().startswith(b"<")


def _corrupt(path: Path, kind: str, detail: object) -> FetchError:
    name = path.name.removesuffix(".partiel")
    return FetchError("fetch_corrupt", url=name, kind=kind, detail=str(detail))


def _check_geotiff(path: Path, expected: Expectation) -> None:
    try:
        with rasterio.open(path, driver="GTiff") as raster:
            _check_grid(path, raster, expected)
            values = raster.read(1)
            profile, crs = raster.profile, raster.crs
    except (RasterioError, NotGeoreferencedWarning) as error:
        raise _corrupt(path, "GeoTIFF", error) from error
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


def _check_geojson(path: Path, expected: Expectation) -> set[str] | None:
    del expected
    return _collection_columns(path, path.read_bytes())


def _check_geojson_gz(path: Path, expected: Expectation) -> set[str] | None:
    del expected
    return _collection_columns(path, _gunzipped(path))


def _collection_columns(path: Path, body: bytes) -> set[str] | None:
    """Return the properties of a feature collection; None when it is empty."""
    if not body.lstrip().startswith(b"{"):
        raise not_data(body[:_HEAD], path.name, "GeoJSON")
    try:
        content = json.loads(body)
    except ValueError as error:
        raise _corrupt(path, "GeoJSON", error) from error
    features = content.get("features")
    if content.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise FetchError("fetch_kind", url=path.name, kind="GeoJSON", detail=str(content)[:60])
    return property_names(features)


def property_names(features: list[Any]) -> set[str] | None:
    """Return the properties that any feature has; None when there is no feature."""
    if not features:
        return None
    return set().union(*(feature.get("properties") or {} for feature in features))


def _gunzipped(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise _corrupt(path, "gzip", error) from error


def _check_csv(path: Path, expected: Expectation) -> list[str]:
    del expected
    with path.open("rb") as handle:
        return _header(path, handle.read(_HEADER))


def _check_csv_gz(path: Path, expected: Expectation) -> list[str]:
    del expected
    try:
        with gzip.open(path, "rb") as handle:
            head = handle.read(_HEADER)
            while handle.read(1 << 22):  # the checksum stands at the end
                pass
    except (OSError, EOFError, zlib.error) as error:
        raise _corrupt(path, "gzip", error) from error
    return _header(path, head)


def _header(path: Path, head: bytes) -> list[str]:
    """Return the column names of the first line, semicolons or commas."""
    line = head.decode("utf-8-sig", "replace").split("\n", 1)[0].strip()
    if line.startswith("<"):
        raise not_data(head, path.name, "CSV")
    separator = ";" if line.count(";") >= line.count(",") else ","
    return [name.strip().strip('"') for name in line.split(separator)]


def _check_zip(path: Path, expected: Expectation) -> list[str] | None:
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            members = [name for name in archive.namelist() if name.lower().endswith(".csv")]
            head = b""
            if expected.format == "csv.zip" and members:
                with archive.open(members[0]) as handle:
                    head = handle.read(_HEADER)
    except _ZIP_ERRORS as error:
        raise _corrupt(path, "zip", error) from error
    if damaged is not None:
        raise _corrupt(path, "zip", damaged)
    return _header(path, head) if expected.format == "csv.zip" else None


def _check_pvgis(path: Path, expected: Expectation) -> list[str]:
    """Check an hourly series: its columns and as many hours as the years asked have."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if text.lstrip().startswith("{"):
        raise FetchError("fetch_exception", url=path.name, detail=text[:300])
    lines = text.splitlines()
    header = next((line for line in lines if line.startswith("time,")), "")
    missing_columns(header.split(","), expected, path.name)
    rows = sum(1 for line in lines if line[:8].isdigit() and line[8:9] == ":")
    if rows != expected.rows:
        name = path.name.removesuffix(".partiel")
        raise FetchError("fetch_rows", file=name, found=rows, expected=expected.rows)
    return header.split(",")


def _check_laz(path: Path, expected: Expectation) -> None:
    """Check a LAS or LAZ header, its place, and that its last point is there."""
    _check_las_counts(path)
    try:
        with laspy.open(path, laz_backend=laspy.LazBackend.Lazrs) as cloud:
            place, count = (cloud.header.mins, cloud.header.maxs), cloud.header.point_count
            cloud.seek(max(count - 1, 0))
            last = len(cloud.read_points(1))
    except _LAS_ERRORS as error:
        raise _corrupt(path, "LAS", error) from error
    if last != 1:
        raise _corrupt(path, "LAS", f"{count} points")
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
        raise _corrupt(path, "LAS", f"{length} < 227")
    size, points, records = struct.unpack("<HII", head[94:104])
    fits = size <= points <= length and records * 54 <= points - size
    if head[24:26] == b"\x01\x04" and len(head) == 375:
        start, extended = struct.unpack("<QI", head[235:247])
        fits = fits and (not extended or start + extended * 60 <= length)
    if not fits:
        raise _corrupt(path, "LAS", f"{length} < {points}")


def _check_7z(path: Path, expected: Expectation) -> None:
    """Check both headers of a 7z archive: a cut file has lost the second one (7zFormat.txt)."""
    del expected
    length = path.stat().st_size
    with path.open("rb") as handle:
        start = handle.read(32)
        if len(start) < 32:
            raise _corrupt(path, "7z", f"{length} < 32")
        start_crc = struct.unpack("<I", start[8:12])[0]
        shift, size, crc = struct.unpack("<QQI", start[12:32])
        if zlib.crc32(start[12:32]) != start_crc or 32 + shift + size != length:
            raise _corrupt(path, "7z", f"{length} != {32 + shift + size}")
        handle.seek(32 + shift)
        if zlib.crc32(handle.read(size)) != crc:
            raise _corrupt(path, "7z", "CRC")


_CHECKS: dict[str, Callable[[Path, Expectation], Iterable[str] | None]] = {
    "geotiff": _check_geotiff,
    "geojson": _check_geojson,
    "geojson.gz": _check_geojson_gz,
    "csv": _check_csv,
    "csv.gz": _check_csv_gz,
    "csv.zip": _check_zip,
    "zip": _check_zip,
    "pvgis.csv": _check_pvgis,
    "laz": _check_laz,
    "7z": _check_7z,
}
