"""Surface and terrain rasters as one mosaic on one lattice; nodata dies here.

A mosaic is a value (paths and lattices, no open file): it travels between processes. A window of
it depends on nothing but the window. LiDAR HD rasters, whose pixel *centres* fall on multiples of
0.5 m, keep their own lattice: nothing is ever shifted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cadastre.errors import InputError, first_line
from cadastre.exchange import Surface
from cadastre.grid import Grid, overlap
from cadastre.parameters.sources import Sources
from cadastre.sources.crs import territory_crs
from cadastre.sources.notes import Notes
from cadastre.sources.raster_files import (
    READ_ERRORS,
    RasterFile,
    look_at,
    read_window,
)
from cadastre.sources.resample import resample

_SMALLEST_READ = 64.0  # pixels of a file on a side: what cannot be read is not cut up further


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
        dates: Mapping[str, str] | None = None,
        look: Callable[[str, str, str, Notes, Sources], RasterFile] = look_at,
    ) -> Mosaic:
        """Look at every file: lattice, CRS, a few blocks; read nothing else.

        ``dates`` tells the day of the flight by file name where an index does (LiDAR HD);
        ``look`` may remember what it saw of a file. Of several files, a damaged one costs its
        own place: it keeps its frame, where reading fails, or is left out when not even its
        header can be read. Where nothing looked at can be read, all is refused.

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
        files = _looked_at(paths, lambda path: look(path, crs, kind, notes, limits), kind, notes)
        told = dates or {}
        files = [replace(f, date=told.get(Path(f.path).name, f.date)) for f in files]
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
            if overlap(file.grid.bounds, grid.bounds):
                self._paste(file, grid, out)
        return out

    def read_known(self, grid: Grid) -> tuple[NDArray[np.float32], tuple[str, ...]]:
        """Heights on ``grid``, NaN also where a file cannot be read; names of such files.

        For what is worth having with holes; the others take :meth:`read`.
        """
        out = np.full(grid.shape, np.nan, dtype=np.float32)
        damaged = [
            Path(file.path).name
            for file in self.files
            if overlap(file.grid.bounds, grid.bounds) and not self._paste_known(file, grid, out)
        ]
        return out, tuple(damaged)

    def _paste_known(self, file: RasterFile, grid: Grid, out: NDArray[np.float32]) -> bool:
        """Paste what can be read, in ever smaller parts; tell whether that was all."""
        try:
            self._paste(file, grid, out)
        except InputError:
            rows, cols = grid.window(file.grid.bounds)
            side = max(rows.stop - rows.start, cols.stop - cols.start)
            if side * grid.resolution > max(
                _SMALLEST_READ * file.grid.resolution, grid.resolution
            ):
                for down in _halves(rows):
                    for across in _halves(cols):
                        self._paste_known(file, grid.sub(down, across), out[down, across])
            return False
        return True

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
            return read_window(file, source, self.min_elevation, self.max_elevation)
        except READ_ERRORS as error:
            raise InputError(
                "raster_unreadable", kind=self.kind, file=Path(file.path).name,
                detail=first_line(error, "?"),
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


def _halves(part: slice) -> tuple[slice, ...]:
    middle = (part.start + part.stop) // 2
    both = slice(part.start, middle), slice(middle, part.stop)
    return tuple(half for half in both if half.start < half.stop)


def _looked_at(
    paths: Sequence[str], look: Callable[[str], RasterFile], kind: str, notes: Notes
) -> list[RasterFile]:
    """Look at every file; say the damaged ones by name, refuse when none is sound."""
    files: list[RasterFile] = []
    left_out: list[InputError] = []
    for path in sorted(map(str, paths)):
        try:
            files.append(look(path))
        except InputError as error:
            if error.code != "raster_unreadable":
                raise
            left_out.append(error)
    damaged = [file for file in files if file.fault is not None]
    if not any(file.readable for file in files):
        if left_out:
            raise left_out[0]
        raise InputError(
            "raster_unreadable", kind=kind, file=Path(damaged[0].path).name,
            detail=damaged[0].fault,
        )  # fmt: skip
    for code, names in (
        ("raster_left_out", [str(error.facts["file"]) for error in left_out]),
        ("relief_damaged" if kind == "relief" else "raster_damaged",
         [Path(file.path).name for file in damaged]),
    ):  # fmt: skip
        if names:
            notes.add(kind, names[0], code, len(names), names if len(names) > 1 else ())
    return files


def _source_grid(whole: Grid, target: Grid) -> Grid:
    """Part of a file needed for a target: one more cell all round where lattices differ."""
    margin = 0.0 if whole.shares_lattice(target) else 2.0 * whole.resolution
    box = target.bounds
    rows, cols = whole.window((box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin))
    return whole.sub(rows, cols)


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
