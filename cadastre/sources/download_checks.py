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
from pathlib import Path
from typing import Any

from cadastre.errors import FetchError
from cadastre.sources.download_check_tiles import check_geotiff, check_laz
from cadastre.sources.download_expected import Expectation, corrupt, missing_columns
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
_ZIP_ERRORS = (
    zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, ValueError,
    RuntimeError,
)  # fmt: skip


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


def _is_markup(head: bytes) -> bool:
    return head.lstrip().startswith(b"<")


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
        raise corrupt(path, "GeoJSON", error) from error
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
        raise corrupt(path, "gzip", error) from error


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
        raise corrupt(path, "gzip", error) from error
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
        raise corrupt(path, "zip", error) from error
    if damaged is not None:
        raise corrupt(path, "zip", damaged)
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


def _check_7z(path: Path, expected: Expectation) -> None:
    """Check both headers of a 7z archive: a cut file has lost the second one (7zFormat.txt)."""
    del expected
    length = path.stat().st_size
    with path.open("rb") as handle:
        start = handle.read(32)
        if len(start) < 32:
            raise corrupt(path, "7z", f"{length} < 32")
        start_crc = struct.unpack("<I", start[8:12])[0]
        shift, size, crc = struct.unpack("<QQI", start[12:32])
        if zlib.crc32(start[12:32]) != start_crc or 32 + shift + size != length:
            raise corrupt(path, "7z", f"{length} != {32 + shift + size}")
        handle.seek(32 + shift)
        if zlib.crc32(handle.read(size)) != crc:
            raise corrupt(path, "7z", "CRC")


_CHECKS: dict[str, Callable[[Path, Expectation], Iterable[str] | None]] = {
    "geotiff": check_geotiff,
    "geojson": _check_geojson,
    "geojson.gz": _check_geojson_gz,
    "csv": _check_csv,
    "csv.gz": _check_csv_gz,
    "csv.zip": _check_zip,
    "zip": _check_zip,
    "pvgis.csv": _check_pvgis,
    "laz": check_laz,
    "7z": _check_7z,
}
