"""Surface and terrain rasters as one mosaic on one lattice; nodata dies here.

A mosaic is a value (paths and lattices, no open file): it travels between processes. A window of
it depends on nothing but the window. LiDAR HD rasters, whose pixel *centres* fall on multiples of
0.5 m, keep their own lattice: nothing is ever shifted.
"""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
import rasterio.errors
import rasterio.windows
from numpy.typing import NDArray
from rasterio.vrt import WarpedVRT
from rasterio.warp import Resampling

from cadastre.errors import InputError
from cadastre.exchange import Surface
from cadastre.grid import Bounds, Grid
from cadastre.parameters.sources import Sources
from cadastre.sources.crs import crs_name, extent, same_place, settle, territory_crs
from cadastre.sources.notes import Notes
from cadastre.sources.resample import resample

_READ_ERRORS = (rasterio.errors.RasterioError, OSError, ValueError, MemoryError)
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d{2})[-_:]?(0[1-9]|1[0-2])?[-_:]?(0[1-9]|[12]\d|3[01])?(?!\d)"
)
_DATE_TAGS = ("TIFFTAG_DATETIME", "ACQUISITIONDATETIME", "ACQUISITION_DATE", "DATE")
_BLOCKS_TRIED = 3


@dataclass(frozen=True)
class RasterFile:
    """One raster of a mosaic on its lattice; ``warp_from`` names its CRS where it must be bent."""

    path: str
    grid: Grid
    warp_from: str | None
    zero_is_nodata: bool
    date: str | None


@dataclass(frozen=True)
class Mosaic:
    """Rasters of one kind (``mns``, ``mnt``, ``relief``) seen as one.

    ``grid`` is the lattice of most files, grown to cover all of them. Where files overlap, the
    first by name with a value wins.
    """

    kind: str
    files: tuple[RasterFile, ...]
    grid: Grid
    date: str | None
    max_elevation: float
    min_elevation: float

    @classmethod
    def open(
        cls,
        paths: Sequence[str],
        crs: str,
        notes: Notes,
        kind: str = "mns",
        limits: Sources | None = None,
    ) -> Mosaic:
        """Look at every file: lattice, CRS, a few blocks; read nothing else.

        Raises
        ------
        InputError
            ``file_missing``, ``raster_unreadable``, ``raster_too_coarse``, ``raster_unit``,
            ``crs_missing``, ``crs_far_away``, ``input_empty``.
        """
        limits = limits or Sources()
        territory_crs(crs)
        if not paths:
            raise InputError("input_empty", kind=kind, file="")
        files = [_look(str(path), crs, kind, notes, limits) for path in sorted(map(str, paths))]
        grid = _common_grid(files)
        notes.add(kind, files[0].path, "files_read", len(files), resolution=grid.resolution)
        _say_lattices(files, grid, kind, notes)
        if kind == "mns" and grid.resolution > limits.max_surface_resolution_m * 1.01:
            raise InputError(
                "raster_too_coarse",
                kind=kind,
                file=Path(files[0].path).name,
                resolution=round(grid.resolution, 3),
                limit=limits.max_surface_resolution_m,
            )
        dates = sorted({file.date for file in files if file.date})
        date = None if not dates else (dates[0] if len(dates) == 1 else f"{dates[0]}/{dates[-1]}")
        return cls(kind, tuple(files), grid, date, limits.max_elevation_m, limits.unknown_height_m)

    def read(self, grid: Grid) -> NDArray[np.float32]:
        """Heights on ``grid``, float32 (rows, cols), NaN where unknown.

        Pixels are copied where the lattice is the file's; otherwise cells are averaged (coarser)
        or interpolated bilinearly (finer, or shifted).

        Raises
        ------
        InputError
            ``raster_unreadable`` with the file that failed.
        """
        out = np.full(grid.shape, np.nan, dtype=np.float32)
        for file in self.files:
            if _touch(file.grid.bounds, grid.bounds):
                self._paste(file, grid, out)
        return out

    def _paste(self, file: RasterFile, grid: Grid, out: NDArray[np.float32]) -> None:
        rows, cols = grid.window(file.grid.bounds)
        if rows.start >= rows.stop or cols.start >= cols.stop:
            return
        target = grid.sub(rows, cols)
        source = _source_grid(file.grid, target)
        if source.rows == 0 or source.cols == 0:
            return
        values = self._values(file, source)
        if not (source.shares_lattice(target) and source.shape == target.shape):
            values = resample(values, source, target)
        hole = np.isnan(out[rows, cols])
        out[rows, cols][hole] = values[hole]

    def _values(self, file: RasterFile, source: Grid) -> NDArray[np.float32]:
        try:
            return _read_window(file, source, self.min_elevation, self.max_elevation)
        except _READ_ERRORS as error:
            raise InputError(
                "raster_unreadable", kind=self.kind, file=Path(file.path).name,
                detail=(str(error).splitlines() or ["?"])[0][:160],
            ) from error  # fmt: skip

    def covers(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which points lie within the frame of a file, bool (n,)."""
        inside = np.zeros(np.shape(x), dtype=bool)
        for file in self.files:
            box = file.grid.bounds
            inside |= (x >= box[0]) & (x < box[2]) & (y > box[1]) & (y <= box[3])
        return inside

    def date_at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.object_]:
        """Date of the file under each point, str or None, (n,)."""
        dates = np.full(np.shape(x), None, dtype=object)
        for file in reversed(self.files):
            box = file.grid.bounds
            dates[(x >= box[0]) & (x < box[2]) & (y > box[1]) & (y <= box[3])] = file.date
        return dates


def read_surface(mns: Mosaic, mnt: Mosaic | None, grid: Grid) -> Surface:
    """Surface model and terrain on one grid; the terrain is all NaN without ``mnt``."""
    dsm = mns.read(grid)
    dtm = np.full(grid.shape, np.nan, dtype=np.float32) if mnt is None else mnt.read(grid)
    return Surface(grid, dsm, dtm, None)


def _touch(first: Bounds, second: Bounds) -> bool:
    return (
        first[0] < second[2] and second[0] < first[2]
        and first[1] < second[3] and second[1] < first[3]
    )  # fmt: skip


def _source_grid(whole: Grid, target: Grid) -> Grid:
    """Part of a file needed for a target: one more cell all round where lattices differ."""
    margin = 0.0 if whole.shares_lattice(target) else 2.0 * whole.resolution
    box = target.bounds
    rows, cols = whole.window((box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin))
    return whole.sub(rows, cols)


def _look(path: str, crs: str, kind: str, notes: Notes, limits: Sources) -> RasterFile:
    name = Path(path).name
    if not Path(path).exists():
        raise InputError("file_missing", kind=kind, file=path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(path) as data:
                if data.transform.is_identity and data.gcps[0] == []:
                    raise InputError("raster_not_placed", kind=kind, file=name)
                grid, warp_from = _lattice(data, path, crs, kind, notes)
                date = _date(data, name)
                file = RasterFile(path, grid, warp_from, False, date)
                return _try_blocks(file, data, kind, notes, limits)
    except _READ_ERRORS as error:
        if isinstance(error, InputError):
            raise
        detail = (str(error).splitlines() or ["?"])[0][:160]
        raise InputError("raster_unreadable", kind=kind, file=name, detail=detail) from error


def _lattice(
    data: rasterio.DatasetReader, path: str, crs: str, kind: str, notes: Notes
) -> tuple[Grid, str | None]:
    """Grid of a file in the territory's CRS, and the CRS to bend it from (None when none)."""
    box = data.bounds
    middle = ((box.left + box.right) / 2.0, (box.bottom + box.top) / 2.0)
    declared = None
    if data.crs is not None and (data.crs.is_projected or data.crs.is_geographic):
        declared = crs_name(data.crs.to_wkt())
    believed, exchange = settle(declared, crs, middle, (kind, path), notes)
    if exchange:
        raise InputError("raster_axes", kind=kind, file=Path(path).name)
    shape = data.transform
    square = (
        shape.b == 0 and shape.d == 0 and shape.a > 0 and shape.e < 0
        and math.isclose(shape.a, -shape.e, rel_tol=1e-6)
    )  # fmt: skip
    if square and same_place(believed, crs, *middle):
        return Grid(crs, shape.c, shape.f, shape.a, data.height, data.width), None
    notes.add(kind, path, "crs_reprojected", 1, declared=believed, crs=crs)
    with WarpedVRT(data, src_crs=believed, crs=crs, resampling=Resampling.bilinear) as bent:
        step = bent.transform
        size = round(math.sqrt(abs(step.a * step.e)), 3)
        x_min = math.floor(bent.bounds.left / size) * size
        y_max = math.ceil(bent.bounds.top / size) * size
        rows = math.ceil((y_max - bent.bounds.bottom) / size)
        cols = math.ceil((bent.bounds.right - x_min) / size)
    return Grid(crs, x_min, y_max, size, rows, cols), believed


def _date(data: rasterio.DatasetReader, name: str) -> str | None:
    """Date of the data: a tag of the file, or a year or date in its name; None when neither."""
    tags = data.tags()
    for text in (*(str(tags.get(tag, "")) for tag in _DATE_TAGS), Path(name).stem):
        found = _DATE.search(text)
        if found:
            return "-".join(part for part in found.groups() if part)
    return None


def _try_blocks(
    file: RasterFile, data: rasterio.DatasetReader, kind: str, notes: Notes, limits: Sources
) -> RasterFile:
    """Read a few blocks: a cut file fails here, zeros that mean nothing and wrong units show."""
    size = min(256, file.grid.rows), min(256, file.grid.cols)
    places = [
        (int(f * (file.grid.rows - size[0])), int(f * (file.grid.cols - size[1])))
        for f in np.linspace(0.0, 1.0, _BLOCKS_TRIED)
    ]
    reliefs, zeros, others = [], 0, []
    for row, col in places:
        window = file.grid.sub(slice(row, row + size[0]), slice(col, col + size[1]))
        block = _window_of(file, data, window, limits.unknown_height_m, limits.max_elevation_m)
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


def _read_window(
    file: RasterFile, window: Grid, lowest: float, highest: float
) -> NDArray[np.float32]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(file.path) as data:
            return _window_of(file, data, window, lowest, highest)


def _window_of(
    file: RasterFile, data: rasterio.DatasetReader, window: Grid, lowest: float, highest: float
) -> NDArray[np.float32]:
    """Cleaned values of a window of the file's own lattice."""
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


def _common_grid(files: Sequence[RasterFile]) -> Grid:
    """Lattice of most files (the first by name on a tie), grown to cover all."""
    ranks: Counter[tuple[float, float, float]] = Counter()
    for file in files:
        ranks[_lattice_key(file.grid)] += 1
    best = max(ranks.values())
    lead = next(f.grid for f in files if ranks[_lattice_key(f.grid)] == best)
    boxes = np.array([file.grid.bounds for file in files])
    whole = (boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max())
    return lead.covering(tuple(map(float, whole)))


def _lattice_key(grid: Grid) -> tuple[float, float, float]:
    step = grid.resolution
    return (
        round(step, 6),
        round(grid.x_min / step % 1.0, 3) % 1.0,
        round(grid.y_max / step % 1.0, 3) % 1.0,
    )


def _say_lattices(files: Sequence[RasterFile], grid: Grid, kind: str, notes: Notes) -> None:
    other = [f for f in files if not f.grid.shares_lattice(grid)]
    same = [f for f in other if math.isclose(f.grid.resolution, grid.resolution)]
    for group, code in (
        (same, "lattice_resampled"),
        ([f for f in other if f not in same], "resolution_resampled"),
    ):
        if group:
            names = [Path(f.path).name for f in group]
            notes.add(kind, group[0].path, code, len(group), names, resolution=grid.resolution)
    if all(f.date is None for f in files):
        notes.add(kind, files[0].path, "date_unknown", len(files))
    box = extent(grid.crs)
    if box is not None and not _touch(box, grid.bounds):
        raise InputError(
            "crs_far_away",
            kind=kind,
            file=files[0].path,
            declared=grid.crs,
            x=grid.x_min,
            y=grid.y_max,
            crs=grid.crs,
            likely=["?"],
        )
