"""Classified LiDAR points: which files, which points, and the surface model they make.

Class numbers are ASPRS's with IGN's additions (LiDAR HD: 2 ground, 3-5 vegetation, 6 building,
9 water, 17 bridge, 64 and 67 lasting objects, 65 artefacts, 66 virtual points).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cadastre.errors import InputError
from cadastre.exchange import PointCloud, Surface
from cadastre.grid import Bounds, Grid
from cadastre.parameters.sources import Sources
from cadastre.sources.crs import territory_crs
from cadastre.sources.holes import fill_holes
from cadastre.sources.notes import Notes
from cadastre.sources.point_files import KIND, PointFile, area_of, dense_files, look_at, points_of

GROUND = (2,)
VEGETATION = (3, 4, 5)


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
        dates: Mapping[str, str] | None = None,
    ) -> PointTiles:
        """Read headers, measure densities; refuse cut files.

        Of several files, one that is cut or cannot be read is left out with a note.
        Files too sparse for roof planes are set aside with a note where others remain or where
        ``has_surface`` tells that a surface model exists. ``dates`` tells the day of the flight
        by file name where an index does; else it is read from the clock of the points.

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
        found = _sound(paths, crs, notes)
        known = dates or {}
        found = [replace(one, date=known.get(Path(one.path).name, one.date)) for one in found]
        files = dense_files(found, notes, limits, has_surface)
        boxes = np.array([file.bounds for file in files]).reshape(-1, 4)
        total = sum(file.count for file in files)
        area = sum(area_of(file.bounds) for file in files)
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
            for part in points_of(file, self.crs, bounds)
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

    def date_at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.object_]:
        """Date of the file under each point, str or None, (n,)."""
        dates = np.full(np.shape(x), None, dtype=object)
        for file in reversed(self.files):
            box = file.bounds
            dates[(x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])] = file.date
        return dates


def _sound(paths: Sequence[str], crs: str, notes: Notes) -> list[PointFile]:
    """Look at every file; those that cannot be read are left out, and refused when all are."""
    found: list[PointFile] = []
    left_out: list[InputError] = []
    for path in sorted(map(str, paths)):
        try:
            found.append(look_at(path, crs, notes))
        except InputError as error:
            if error.code not in ("points_truncated", "points_unreadable"):
                raise
            left_out.append(error)
    if not found:
        raise left_out[0]
    if left_out:
        names = [str(error.facts["file"]) for error in left_out]
        notes.add(KIND, names[0], "points_left_out", len(names), names if names[1:] else ())
    return found


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
        if (shared > 0.05 * area_of(tuple(boxes[i]))).any():
            return True
    return False


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
