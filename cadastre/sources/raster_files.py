"""One raster file: where it lies, whether it can be read, its heights without nodata."""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
import rasterio.errors
import rasterio.windows
from numpy.typing import NDArray
from rasterio.vrt import WarpedVRT
from rasterio.warp import Resampling

from cadastre.errors import InputError, first_line
from cadastre.grid import Grid
from cadastre.parameters.sources import Sources
from cadastre.sources.crs import crs_name, same_place, settle, short_name
from cadastre.sources.notes import Notes
from cadastre.sources.remote import at_hand

READ_ERRORS = (rasterio.errors.RasterioError, OSError, ValueError, MemoryError, ArithmeticError)
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d{2})[-_:]?(0[1-9]|1[0-2])?[-_:]?(0[1-9]|[12]\d|3[01])?(?!\d)"
)
_DATE_TAGS = ("ACQUISITIONDATETIME", "ACQUISITION_DATE", "DATE", "TIFFTAG_DATETIME")
_TILE = re.compile(r"_(\d{4})_(\d{4})(?=[_.])")
LAMBERT_93 = "EPSG:2154"
_BLOCKS_TRIED = 3
_VECTOR_SUFFIXES = (
    ".gpkg", ".geojson", ".json", ".shp", ".fgb", ".parquet", ".geoparquet", ".gml", ".kml",
    ".tab", ".csv", ".zip", ".gz",
)  # fmt: skip


@dataclass(frozen=True)
class RasterFile:
    """One raster of a mosaic on its lattice; ``warp_from`` names its CRS where it must be bent.

    ``fault`` says why a block that was looked at cannot be read; None where all could. Of a file
    that is not ``readable``, none could.
    """

    path: str
    grid: Grid
    warp_from: str | None
    zero_is_nodata: bool
    date: str | None
    fault: str | None = None
    readable: bool = True


def look_at(path: str, crs: str, kind: str, notes: Notes, limits: Sources) -> RasterFile:
    """Open a raster, settle its CRS and lattice, read a few blocks; ``kind`` names the input.

    A file whose header is sound and whose blocks are not comes back with its ``fault``.

    Raises
    ------
    InputError
        ``file_missing``, ``raster_unreadable``, ``raster_is_vector``, ``raster_not_placed``,
        ``raster_unit``, ``crs_missing``, ``crs_far_away``.
    """
    name = Path(path).name
    place = at_hand(path)
    if not place.exists():
        raise InputError("file_missing", kind=kind, file=path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(place) as data:
                if data.transform.is_identity and data.gcps[0] == []:
                    grid, warp_from = _placed_by_name(data, name, crs, kind, notes), None
                else:
                    grid, warp_from = _lattice(data, path, crs, kind, notes)
                date = _date(data, name)
                file = RasterFile(path, grid, warp_from, False, date)
                return _try_blocks(file, data, kind, notes, limits)
    except READ_ERRORS as error:
        if isinstance(error, InputError):
            raise
        if Path(path).suffix.lower() in _VECTOR_SUFFIXES:
            raise InputError("raster_is_vector", kind=kind, file=name) from error
        raise InputError(
            "raster_unreadable", kind=kind, file=name, detail=first_line(error, "?")
        ) from error


def _lattice(
    data: rasterio.DatasetReader, path: str, crs: str, kind: str, notes: Notes
) -> tuple[Grid, str | None]:
    """Grid of a file in the territory's CRS, and the CRS to bend it from (None when none)."""
    shape = data.transform
    across, down = data.width / 2.0, data.height / 2.0
    middle = (
        shape.c + shape.a * across + shape.b * down,
        shape.f + shape.d * across + shape.e * down,
    )
    declared = None
    if data.crs is not None and (data.crs.is_projected or data.crs.is_geographic):
        declared = crs_name(data.crs.to_wkt())
    believed, exchange = settle(declared, crs, middle, (kind, path), notes)
    if exchange:
        raise InputError("raster_axes", kind=kind, file=Path(path).name)
    square = (
        shape.b == 0 and shape.d == 0 and shape.a > 0 and shape.e < 0
        and math.isclose(shape.a, -shape.e, rel_tol=1e-6)
    )  # fmt: skip
    if square and same_place(believed, crs, *middle):
        return Grid(crs, shape.c, shape.f, shape.a, data.height, data.width), None
    straight = same_place(believed, crs, *middle)
    code = "raster_straightened" if straight else "crs_reprojected"
    notes.add(kind, path, code, 1, declared=short_name(believed), crs=crs)
    with WarpedVRT(data, src_crs=believed, crs=crs, resampling=Resampling.bilinear) as bent:
        step = bent.transform
        size = round(math.sqrt(abs(step.a * step.e)), 3)
        x_min = math.floor(bent.bounds.left / size) * size
        y_max = math.ceil(bent.bounds.top / size) * size
        rows = math.ceil((y_max - bent.bounds.bottom) / size)
        cols = math.ceil((bent.bounds.right - x_min) / size)
    return Grid(crs, x_min, y_max, size, rows, cols), believed


def tile_corner(name: str) -> tuple[float, float] | None:
    """North-west corner, m, that a tile of IGN names in km (``LHD_FXX_0685_7037_...``)."""
    found = _TILE.search(name)
    return (float(found[1]) * 1000.0, float(found[2]) * 1000.0) if found else None


def _placed_by_name(
    data: rasterio.DatasetReader, name: str, crs: str, kind: str, notes: Notes
) -> Grid:
    """Place a raster that lost its position by the kilometre its name tells.

    LiDAR HD rasters lie half a pixel north-west of the kilometre; RGE ALTI has no such tiles.
    """
    corner = tile_corner(name)
    if corner is None or data.width != data.height or crs != LAMBERT_93:
        raise InputError("raster_not_placed", kind=kind, file=name)
    step = 1000.0 / data.width
    notes.add(kind, name, "raster_placed_by_name", 1, x=corner[0], y=corner[1])
    return Grid(crs, corner[0] - step / 2.0, corner[1] + step / 2.0, step, data.height, data.width)


def _date(data: rasterio.DatasetReader, name: str) -> str | None:
    """Date of the data: of the flight, else in the name, else of the file; None when untold."""
    tags = data.tags()
    told = [str(tags.get(tag, "")) for tag in _DATE_TAGS]
    for text in (*told[:-1], Path(name).stem, told[-1]):
        found = _DATE.search(text)
        if found:
            return "-".join(part for part in found.groups() if part)
    return None


def _try_blocks(
    file: RasterFile, data: rasterio.DatasetReader, kind: str, notes: Notes, limits: Sources
) -> RasterFile:
    """Read a few blocks: faults of a cut file, zeros that mean nothing and wrong units show."""
    size = min(256, file.grid.rows), min(256, file.grid.cols)
    places = [
        (int(f * (file.grid.rows - size[0])), int(f * (file.grid.cols - size[1])))
        for f in np.linspace(0.0, 1.0, _BLOCKS_TRIED)
    ]
    reliefs, zeros, others, faults = [], 0, [], 0
    for row, col in places:
        window = file.grid.sub(slice(row, row + size[0]), slice(col, col + size[1]))
        try:
            block = _window_of(file, data, window, limits.unknown_height_m, limits.max_elevation_m)
        except READ_ERRORS as error:
            faults += 1
            file = replace(
                file, fault=file.fault or first_line(error, "?"), readable=faults < _BLOCKS_TRIED
            )
            continue
        known = block[np.isfinite(block)]
        zeros += int((known == 0.0).sum())
        known = known[known != 0.0]
        if known.size:
            reliefs.append(float(np.percentile(known, 99) - np.percentile(known, 1)))
            others.append(float(known.min()))
    if reliefs and kind != "relief" and np.median(reliefs) > limits.max_block_relief_m:
        raise InputError(
            "raster_unit", kind=kind, file=Path(file.path).name,
            relief=round(float(np.median(reliefs))), limit=round(limits.max_block_relief_m),
        )  # fmt: skip
    if zeros and others and min(others) > limits.zero_below_m:
        notes.add(kind, file.path, "zero_is_nodata", zeros)
        return replace(file, zero_is_nodata=True)
    return file


def read_window(
    file: RasterFile, window: Grid, lowest: float, highest: float
) -> NDArray[np.float32]:
    """Heights of a window of the file's lattice, NaN outside (``lowest``, ``highest``), m."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(at_hand(file.path)) as data:
            return _window_of(file, data, window, lowest, highest)


def _window_of(
    file: RasterFile, data: rasterio.DatasetReader, window: Grid, lowest: float, highest: float
) -> NDArray[np.float32]:
    """Return cleaned values of a window of the file's own lattice."""
    place = _offsets(file.grid, window)
    if file.warp_from is None:
        return _clean(file, data, data, place, lowest, highest)
    grid = file.grid
    with WarpedVRT(
        data, src_crs=file.warp_from, crs=grid.crs, resampling=Resampling.bilinear,
        transform=grid.transform, width=grid.cols, height=grid.rows, dtype="float32",
        nodata=np.nan, src_nodata=data.nodata if data.nodata is not None else -9999.0,
    ) as bent:  # fmt: skip
        return _clean(file, data, bent, place, lowest, highest)


def _offsets(whole: Grid, part: Grid) -> rasterio.windows.Window:
    col = round((part.x_min - whole.x_min) / whole.resolution)
    row = round((whole.y_max - part.y_max) / whole.resolution)
    return rasterio.windows.Window(col, row, part.cols, part.rows)


def _clean(
    file: RasterFile,
    data: rasterio.DatasetReader,
    view: rasterio.DatasetReader | WarpedVRT,
    place: rasterio.windows.Window,
    lowest: float,
    highest: float,
) -> NDArray[np.float32]:
    raw = view.read(1, window=place)
    hidden = view.read_masks(1, window=place) == 0
    values = raw.astype(np.float32)
    scale, offset = data.scales[0], data.offsets[0]
    with np.errstate(invalid="ignore", over="ignore"):
        if (scale, offset) != (1.0, 0.0):
            hidden |= raw == np.array(-9999).astype(raw.dtype)
            values = (values * np.float32(scale) + np.float32(offset)).astype(np.float32)
        if file.zero_is_nodata:
            hidden |= values == 0.0
        hidden |= ~((values > lowest) & (values < highest))
    values[hidden] = np.nan
    return values
