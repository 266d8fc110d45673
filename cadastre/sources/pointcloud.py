"""Classified LiDAR points: which files, which points, and the surface model they make.

Class numbers are ASPRS's with IGN's additions (LiDAR HD: 2 ground, 3-5 vegetation, 6 building,
9 water, 17 bridge, 64 and 67 lasting objects, 65 artefacts, 66 virtual points).
"""

from __future__ import annotations

import datetime as dt
import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import laspy
import laspy.errors
import lazrs
import numpy as np
from numpy.typing import NDArray

from cadastre.errors import InputError
from cadastre.exchange import PointCloud, Surface
from cadastre.grid import Bounds, Grid
from cadastre.parameters.sources import Sources
from cadastre.sources.crs import crs_name, same_place, settle, territory_crs, transformer
from cadastre.sources.holes import fill_holes
from cadastre.sources.notes import Notes

KIND = "lidar"
GROUND = (2,)
VEGETATION = (3, 4, 5)
WATER = (9,)
NOISE = (7, 18, 65, 66, 135)
CANDIDATE = 202  # IGN working files: candidate buildings, not yet confirmed
UNCLASSIFIED = 1
_CHUNK = 2_000_000
_DATED_POINTS = 1000
_SECONDS_OF_WEEK = 604_800.0
_GPS_EPOCH = dt.datetime(1980, 1, 6, tzinfo=dt.UTC)
_SPARSE_CELL_M = 5.0
_READ_ERRORS = (
    laspy.errors.LaspyException, lazrs.LazrsError, OSError, ValueError, struct.error,
    IndexError, RuntimeError, EOFError,
)  # fmt: skip


@dataclass(frozen=True)
class PointFile:
    """One LAS/LAZ file: bounds in the territory's CRS, points, date of its header."""

    path: str
    bounds: Bounds
    count: int
    density: float
    warp_from: str | None
    date: str | None


@dataclass(frozen=True)
class PointTiles:
    """Point files seen as one; holds no open file, travels between processes."""

    crs: str
    files: tuple[PointFile, ...]
    bounds: Bounds
    density: float
    date: str | None
    overlapping: bool

    @classmethod
    def open(
        cls,
        paths: Sequence[str],
        crs: str,
        notes: Notes,
        has_surface: bool = False,
        limits: Sources | None = None,
    ) -> PointTiles:
        """Read headers, refuse cut files, measure densities.

        Files too sparse for roof planes are set aside with a note where others remain or where
        ``has_surface`` tells that a surface model exists.

        Raises
        ------
        InputError
            ``file_missing``, ``points_unreadable``, ``points_truncated``, ``points_too_sparse``,
            ``crs_missing``, ``crs_far_away``, ``input_empty``.
        """
        limits = limits or Sources()
        territory_crs(crs)
        if not paths:
            raise InputError("input_empty", kind=KIND, file="")
        found = [_look(str(path), crs, notes) for path in sorted(map(str, paths))]
        files = _dense(found, notes, limits, has_surface)
        boxes = np.array([file.bounds for file in files]).reshape(-1, 4)
        total = sum(file.count for file in files)
        area = sum(_area(file.bounds) for file in files)
        overlapping = _overlap(files)
        dates = sorted({file.date for file in files if file.date})
        date = None if not dates else (dates[0] if len(dates) == 1 else f"{dates[0]}/{dates[-1]}")
        if files:
            density = total / area if area else 0.0
            notes.add(KIND, files[0].path, "points_read", total, files=len(files),
                      density=round(density, 1))  # fmt: skip
            if overlapping:
                notes.add(KIND, files[0].path, "points_duplicated", len(files))
            low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
            return cls(crs, tuple(files), (*map(float, low), *map(float, high)), density, date,
                       overlapping)  # fmt: skip
        return cls(crs, (), (0.0, 0.0, 0.0, 0.0), 0.0, None, False)

    def read(self, bounds: Bounds) -> PointCloud:
        """Points within ``bounds`` (west and south edges included), noise left out.

        Ordered by file name, then as in the file; points present in two files come once.

        Raises
        ------
        InputError
            ``points_unreadable`` with the file that failed.
        """
        parts = [
            part
            for file in self.files
            if _touch(file.bounds, bounds)
            for part in _points_of(file, self.crs, bounds)
        ]
        if not parts:
            none = np.empty(0)
            return PointCloud(none, none.copy(), none.copy(), np.empty(0, np.uint8))
        x, y, z = (np.concatenate([part[k] for part in parts]) for k in range(3))
        classes = np.concatenate([part[3] for part in parts])
        if self.overlapping:
            keep = _first_of_twins(x, y, z)
            x, y, z, classes = x[keep], y[keep], z[keep], classes[keep]
        return PointCloud(x, y, z, classes)


def read_points(paths: Sequence[str], crs: str, notes: Notes, bounds: Bounds) -> PointCloud:
    """Points of some files within bounds: :meth:`PointTiles.open`, then :meth:`PointTiles.read`."""
    return PointTiles.open(paths, crs, notes, has_surface=True).read(bounds)


def _area(box: Bounds) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def _touch(first: Bounds, second: Bounds) -> bool:
    return (
        first[0] < second[2] and second[0] <= first[2]
        and first[1] < second[3] and second[1] <= first[3]
    )  # fmt: skip


def _overlap(files: Sequence[PointFile]) -> bool:
    """Tell whether two files share more than a strip."""
    boxes = np.array([file.bounds for file in files])
    for i in range(len(boxes) - 1):
        low = np.maximum(boxes[i, :2], boxes[i + 1 :, :2])
        high = np.minimum(boxes[i, 2:], boxes[i + 1 :, 2:])
        shared = np.prod(np.maximum(high - low, 0.0), axis=1)
        if (shared > 0.05 * _area(tuple(boxes[i]))).any():
            return True
    return False


def _look(path: str, crs: str, notes: Notes) -> PointFile:
    name = Path(path).name
    if not Path(path).exists():
        raise InputError("file_missing", kind=KIND, file=path)
    try:
        with laspy.open(path) as reader:
            header = reader.header
            _refuse_cut(path, header)
            declared = _declared(header)
            box = (*header.mins[:2], *header.maxs[:2])
            date = _flight_date(reader)
    except _READ_ERRORS as error:
        if isinstance(error, InputError):
            raise
        cut = _looks_cut(path)
        detail = (str(error).splitlines() or ["?"])[0][:160]
        raise InputError(
            "points_truncated" if cut else "points_unreadable", kind=KIND, file=name, detail=detail
        ) from error
    if header.point_count == 0:
        raise InputError("points_empty", kind=KIND, file=name)
    middle = ((box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0)
    believed, exchange = settle(declared, crs, middle, (KIND, path), notes)
    if exchange:
        raise InputError("raster_axes", kind=KIND, file=name)
    warp_from = None if same_place(believed, crs, *middle) else believed
    if warp_from is not None:
        notes.add(KIND, path, "crs_reprojected", header.point_count, declared=believed, crs=crs)
        box = transformer(believed, crs).transform_bounds(*box)
    bounds = tuple(float(value) for value in box)
    density = header.point_count / max(_area(bounds), 1e-9)
    return PointFile(path, bounds, int(header.point_count), density, warp_from, date)


def _flight_date(reader: laspy.LasReader) -> str | None:
    """Day of the flight from the GPS clock of the first points, else the header's date.

    Adjusted standard GPS time counts from 1980-01-06 less 10^9 s (LAS 1.4 R15); smaller values
    are seconds of a week and tell no date.
    """
    points = reader.read_points(_DATED_POINTS)
    if "gps_time" in points.point_format.dimension_names and len(points):
        seconds = float(np.median(np.asarray(points.gps_time)))
        if _SECONDS_OF_WEEK < seconds < 2e9:
            return (_GPS_EPOCH + dt.timedelta(seconds=seconds + 1e9)).date().isoformat()
    created = reader.header.creation_date
    return created.isoformat() if created else None


def _declared(header: laspy.LasHeader) -> str | None:
    try:
        crs = header.parse_crs()
    except Exception:  # foreign WKT of any quality: the numbers decide
        return None
    return None if crs is None else crs_name(crs)


def _refuse_cut(path: str, header: laspy.LasHeader) -> None:
    """Refuse a file shorter than its header says."""
    size = Path(path).stat().st_size
    start = header.offset_to_point_data
    compressed = header.are_points_compressed
    needed = start + header.point_count * header.point_format.size
    if compressed:
        with Path(path).open("rb") as stream:
            stream.seek(start)
            head = stream.read(8)
        needed = struct.unpack("<q", head)[0] + 8 if len(head) == 8 else size + 1
        needed = size if needed == 7 else needed  # -1: the table's place stands at the end
    if size < needed:
        raise InputError(
            "points_truncated", kind=KIND, file=Path(path).name,
            detail=f"{size} / {needed}",
        )  # fmt: skip


def _looks_cut(path: str) -> bool:
    """Tell a LAS header without its body from a file of another kind."""
    with Path(path).open("rb") as stream:
        return stream.read(4) == b"LASF"


def _dense(
    found: Sequence[PointFile], notes: Notes, limits: Sources, has_surface: bool
) -> list[PointFile]:
    """Files dense enough; a sparse box is judged again on the cells that hold points."""
    kept, sparse = [], []
    for file in found:
        density = file.density
        if density < limits.min_points_per_m2:
            density = _true_density(file)
        if density < limits.min_points_per_m2:
            sparse.append((file, density))
        else:
            kept.append(file)
    if sparse and not kept and not has_surface:
        raise InputError(
            "points_too_sparse", kind=KIND, file=Path(sparse[0][0].path).name,
            density=round(sparse[0][1], 2), limit=limits.min_points_per_m2,
        )  # fmt: skip
    for file, density in sparse:
        notes.add(KIND, file.path, "points_sparse", file.count, density=round(density, 2),
                  limit=limits.min_points_per_m2)  # fmt: skip
    return kept


def _true_density(file: PointFile) -> float:
    """Median points per m² of the 5 m cells that hold any."""
    cells: dict[tuple[int, int], int] = {}
    for x, y, _, _ in _chunks(file):
        keys, counts = np.unique(
            np.stack([np.floor(x / _SPARSE_CELL_M), np.floor(y / _SPARSE_CELL_M)]).astype(np.int64),
            axis=1, return_counts=True,
        )  # fmt: skip
        for key, count in zip(keys.T.tolist(), counts.tolist(), strict=True):
            cells[tuple(key)] = cells.get(tuple(key), 0) + count
    return float(np.median(list(cells.values()))) / _SPARSE_CELL_M**2 if cells else 0.0


def _chunks(
    file: PointFile,
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray]]:
    """Coordinates and classes in the file's CRS, noise and withheld points left out."""
    try:
        with laspy.open(file.path) as reader:
            for points in reader.chunk_iterator(_CHUNK):
                classes = np.asarray(points.classification, dtype=np.uint8)
                keep = ~np.isin(classes, NOISE)
                keep &= ~np.asarray(points.withheld, dtype=bool)
                classes = np.where(classes == CANDIDATE, np.uint8(UNCLASSIFIED), classes)[keep]
                x, y, z = (
                    np.asarray(c, dtype=np.float64)[keep] for c in (points.x, points.y, points.z)
                )
                yield x, y, z, classes
    except _READ_ERRORS as error:
        raise InputError(
            "points_unreadable", kind=KIND, file=Path(file.path).name,
            detail=(str(error).splitlines() or ["?"])[0][:160],
        ) from error  # fmt: skip


def _points_of(
    file: PointFile, crs: str, bounds: Bounds
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray]]:
    for x, y, z, classes in _chunks(file):
        if file.warp_from is not None:
            x, y = transformer(file.warp_from, crs).transform(x, y)
        inside = (x >= bounds[0]) & (x < bounds[2]) & (y >= bounds[1]) & (y < bounds[3])
        inside &= np.isfinite(z)
        if inside.any():
            yield x[inside], y[inside], z[inside], classes[inside]


def _first_of_twins(
    x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Rows to keep so that no point comes twice, in order."""
    order = np.lexsort((np.arange(len(x)), z, y, x))
    same = (np.diff(x[order]) == 0) & (np.diff(y[order]) == 0) & (np.diff(z[order]) == 0)
    return np.sort(order[np.concatenate([[True], ~same])])


def surface_from_points(points: PointCloud, grid: Grid, limits: Sources | None = None) -> Surface:
    """Surface model, terrain and vegetation mask of classified points.

    Parameters
    ----------
    points
        Points about the grid; those outside are ignored.
    grid
        Lattice of the result.
    limits
        ``max_cell_relief_m``: where the points of a cell differ by more, the highest is the
        surface (an edge, a tree, a chimney); where they differ by less, their mean is (a slope).
        ``hole_levels``, ``terrain_hole_levels``: how far holes are filled, doublings of the pixel.

    Returns
    -------
    Surface
        ``vegetation`` marks cells whose highest point is vegetation; None when no point is.
        NaN beyond the reach of the filling.
    """
    limits = limits or Sources()
    row, col = grid.row_col(points.x, points.y)
    inside = (row >= 0) & (row < grid.rows) & (col >= 0) & (col < grid.cols)
    cell = (row * grid.cols + col)[inside]
    z, classes = points.z[inside], points.classification[inside]
    highest = _extreme(cell, z, grid, np.maximum, -np.inf)
    lowest = _extreme(cell, z, grid, np.minimum, np.inf)
    mean = _mean(cell, z, grid)
    with np.errstate(invalid="ignore"):
        steep = (highest - lowest) > limits.max_cell_relief_m
    dsm = np.where(steep, highest, mean)
    ground = np.isin(classes, GROUND)
    dtm = _mean(cell[ground], z[ground], grid)
    size = grid.shape
    vegetation = None
    if np.isin(classes, VEGETATION).any():
        top = z >= highest[cell]
        green = cell[top & np.isin(classes, VEGETATION)]
        vegetation = np.zeros(grid.rows * grid.cols, dtype=bool)
        vegetation[green] = True
        vegetation = vegetation.reshape(size)
    return Surface(
        grid,
        fill_holes(dsm.reshape(size), grid, limits.hole_levels).astype(np.float32),
        fill_holes(dtm.reshape(size), grid, limits.terrain_hole_levels).astype(np.float32),
        vegetation,
    )


def _extreme(
    cell: NDArray[np.int64], z: NDArray[np.float64], grid: Grid, which: np.ufunc, start: float
) -> NDArray[np.float64]:
    out = np.full(grid.rows * grid.cols, start)
    which.at(out, cell, z)
    out[~np.isfinite(out)] = np.nan
    return out


def _mean(cell: NDArray[np.int64], z: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
    """Mean height by cell; sums are of whole tenths of a millimetre, exact in any order."""
    count = np.bincount(cell, minlength=grid.rows * grid.cols)
    total = np.bincount(cell, np.round(z * 1e4), grid.rows * grid.cols)
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count / 1e4


def lattice_of(bounds: Bounds, crs: str, resolution: float) -> Grid:
    """Grid of absolute multiples of ``resolution`` that covers bounds: points have no lattice."""
    x_min = math.floor(bounds[0] / resolution) * resolution
    y_max = math.ceil(bounds[3] / resolution) * resolution
    rows = math.ceil((y_max - bounds[1]) / resolution)
    cols = math.ceil((bounds[2] - x_min) / resolution)
    return Grid(crs, x_min, y_max, resolution, rows, cols)
