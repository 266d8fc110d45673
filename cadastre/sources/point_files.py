"""One LAS or LAZ file: where it lies, whether it is whole, when it was flown, its points."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import laspy
import laspy.errors
import lazrs
import numpy as np
from laspy.copc import Bounds as CopcBounds
from laspy.copc import CopcReader
from numpy.typing import NDArray

from cadastre.errors import InputError, first_line
from cadastre.grid import Bounds
from cadastre.parameters.sources import Sources
from cadastre.sources.crs import crs_name, same_place, settle, transformer
from cadastre.sources.las_header import header_fault
from cadastre.sources.notes import Notes
from cadastre.sources.remote import at_hand

KIND = "lidar"
NOISE = (7, 18, 65, 66, 135)
CANDIDATE = 202  # IGN working files: candidate buildings, not yet confirmed
UNCLASSIFIED = 1
_CHUNK = 2_000_000
_DATED_POINTS = 1000
_SECONDS_OF_WEEK = 604_800.0
_GPS_EPOCH = dt.datetime(1980, 1, 6, tzinfo=dt.UTC)
# the parallel reader allocates what a damaged chunk announces: only for files looked at before
_STEP_BY_STEP = laspy.LazBackend.Lazrs
_SPARSE_CELL_M = 2.0
_READ_ERRORS = (
    laspy.errors.LaspyException, lazrs.LazrsError, OSError, ValueError, struct.error,
    IndexError, RuntimeError, EOFError, MemoryError,
)  # fmt: skip


Chunk = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]


@contextmanager
def _without_panic() -> Iterator[None]:
    """Turn a panic of the decompressor, which is no ``Exception``, into an error of reading."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(str(error)) from None


def _safely(
    records: Iterator[laspy.point.record.ScaleAwarePointRecord],
) -> Iterator[laspy.point.record.ScaleAwarePointRecord]:
    while True:
        with _without_panic():
            points = next(records, None)
        if points is None:
            return
        yield points


@dataclass(frozen=True)
class PointFile:
    """One LAS, LAZ or COPC file: bounds in the territory's CRS, points, day of the flight."""

    path: str
    bounds: Bounds
    count: int
    density: float
    warp_from: str | None
    date: str | None
    copc: bool


def look_at(path: str, crs: str, notes: Notes) -> PointFile:
    """Read a header: bounds, CRS, flight date; refuse what is cut or empty."""
    name = Path(path).name
    place = str(at_hand(path))
    if not Path(place).exists():
        raise InputError("file_missing", kind=KIND, file=path)
    fault = header_fault(place)
    if fault:
        raise InputError("points_unreadable", kind=KIND, file=name, detail=fault)
    try:
        with _without_panic(), laspy.open(place, laz_backend=_STEP_BY_STEP) as reader:
            header = reader.header
            _refuse_cut(place, header)
            declared = _declared(header)
            box = (*header.mins[:2], *header.maxs[:2])
            date = _flight_date(reader)
    except _READ_ERRORS as error:
        if isinstance(error, InputError):
            raise
        cut = _looks_cut(place)
        detail = first_line(error, "?")
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
    density = header.point_count / max(area_of(bounds), 1e-9)
    copc = any(vlr.user_id == "copc" and vlr.record_id == 1 for vlr in header.vlrs)
    return PointFile(path, bounds, int(header.point_count), density, warp_from, date, copc)


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


def dense_files(
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
    """Median points per m² of the 2 m cells that hold any."""
    cells: dict[tuple[int, int], int] = {}
    for x, y, _, _ in _chunks(file):
        keys, counts = np.unique(
            np.floor(np.stack([x, y]) / _SPARSE_CELL_M).astype(np.int64),
            axis=1, return_counts=True,
        )  # fmt: skip
        for key, count in zip(keys.T.tolist(), counts.tolist(), strict=True):
            cells[tuple(key)] = cells.get(tuple(key), 0) + count
    return float(np.median(list(cells.values()))) / _SPARSE_CELL_M**2 if cells else 0.0


def _chunks(file: PointFile, box: Bounds | None = None) -> Iterator[Chunk]:
    """Coordinates and classes in the file's CRS, noise and withheld points left out.

    With ``box``, a COPC file is asked for the nodes that touch it alone; points come in the order
    of the file either way.
    """
    try:
        for points in _safely(_records(file, box)):
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
            detail=first_line(error, "?"),
        ) from error  # fmt: skip


def _records(
    file: PointFile, box: Bounds | None
) -> Iterator[laspy.point.record.ScaleAwarePointRecord]:
    if file.copc and box is not None:
        with at_hand(file.path).open("rb") as stream:
            reader = CopcReader(stream)
            yield reader.query(CopcBounds(np.array(box[:2]), np.array(box[2:])))
        return
    with laspy.open(at_hand(file.path)) as plain:
        yield from plain.chunk_iterator(_CHUNK)


def points_of(file: PointFile, crs: str, bounds: Bounds) -> Iterator[Chunk]:
    """Yield x, y, z, class of the points within bounds, in the territory's CRS."""
    box = bounds
    if file.warp_from is not None:
        box = transformer(crs, file.warp_from).transform_bounds(*bounds, densify_pts=21)
    for x, y, z, classes in _chunks(file, box):
        if file.warp_from is not None:
            x, y = transformer(file.warp_from, crs).transform(x, y)
        inside = (x >= bounds[0]) & (x < bounds[2]) & (y >= bounds[1]) & (y < bounds[3])
        inside &= np.isfinite(z)
        if inside.any():
            yield x[inside], y[inside], z[inside], classes[inside]


def area_of(box: Bounds) -> float:
    """Area of a box, m²; 0 where it is empty."""
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)
