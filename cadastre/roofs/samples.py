"""Sample points of roof planes: where skylines are cast and irradiation is evaluated."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cadastre.exchange import Samples
from cadastre.grid import Grid
from cadastre.kernels.polygon_raster import lattice_points_of_each
from cadastre.parameters import Roofs
from cadastre.roofs.windows import Rings, lattice_position, rings_from_geometries

IndexArray = NDArray[np.int64]


def samples_on_planes(planes: gpd.GeoDataFrame, grid: Grid, parameters: Roofs) -> Samples:
    """Lay sample points on roof planes.

    Small planes get one at each pixel centre inside their outline. Large ones get one every
    ``sample_step_m`` at pixel centres of an absolute lattice, and one at each pixel of the band
    of ``sample_edge_m`` along their edges, where walls and parapets change the light from one
    pixel to the next. A plane that holds none gets one at a point of its surface. Points of the
    band, and those of the middle, stand for equal areas.

    Parameters
    ----------
    planes
        Table ``roof_planes_geometry``: geometry in plan, plane_a, plane_b, plane_c, plane_x0,
        plane_y0.
    grid
        Grid of the surface model; ``row`` and ``col`` refer to it. Planes may reach beyond it.
    parameters
        ``sample_step_m``, ``sample_every_pixel_area_m2``, ``sample_edge_m``.

    Returns
    -------
    Samples
        In the order of ``planes``, then row, then col.
    """
    geometry = planes.geometry.to_numpy()
    area = shapely.area(geometry)
    rings = rings_from_geometries(geometry)
    bounds = shapely.bounds(geometry)
    stride = max(1, round(parameters.sample_step_m / grid.resolution))
    large = (area > parameters.sample_every_pixel_area_m2) & (stride > 1)
    middle = shapely.buffer(np.where(large, geometry, None), -parameters.sample_edge_m)
    middle_rings, middle_bounds = rings_from_geometries(middle), shapely.bounds(middle)
    middle_area = np.nan_to_num(shapely.area(middle))
    each = _pixels_of_each(rings, bounds, grid, 1)
    inner = _pixels_of_each(middle_rings, middle_bounds, grid, 1)
    lattice = _pixels_of_each(middle_rings, middle_bounds, grid, stride)
    found, weights = [], []
    for i in range(len(planes)):
        every = each.of(i)
        share = np.full(len(every), area[i] / max(len(every), 1))
        if middle_area[i] > 0.0:
            every, share = _thinned(every, inner.of(i), lattice.of(i), area[i], middle_area[i])
        found.append(every)
        weights.append(share)
    counts = np.array([len(pixels) for pixels in found], np.int64)
    pixels = np.concatenate([*found, np.empty((0, 2), np.int64)])
    x, y = grid.xy(pixels[:, 0], pixels[:, 1])
    lonely = np.flatnonzero(counts == 0)
    if len(lonely):
        inside = shapely.get_coordinates(shapely.point_on_surface(geometry[lonely]))
        before = np.concatenate(([0], np.cumsum(counts)))[lonely]
        x, y = np.insert(x, before, inside[:, 0]), np.insert(y, before, inside[:, 1])
        cells = np.column_stack(grid.row_col(inside[:, 0], inside[:, 1]))
        pixels = np.insert(pixels, before, cells, axis=0)
        weights = [w if len(w) else np.array([a]) for w, a in zip(weights, area, strict=True)]
        counts[lonely] = 1
    of = np.repeat(np.arange(len(planes)), counts)
    column = {name: planes[f"plane_{name}"].to_numpy(np.float64) for name in
              ("a", "b", "c", "x0", "y0")}  # fmt: skip
    z = column["c"][of] + column["a"][of] * (x - column["x0"][of])
    z = z + column["b"][of] * (y - column["y0"][of])
    return Samples(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        x, y, z, pixels[:, 0].astype(np.int32), pixels[:, 1].astype(np.int32),
        np.concatenate([*weights, np.empty(0)]).astype(np.float32),
    )  # fmt: skip


def _thinned(
    every: IndexArray, inner: IndexArray, lattice: IndexArray, area: float, inner_area: float
) -> tuple[IndexArray, NDArray[np.float64]]:
    """Keep the band of pixels outside ``inner`` and the ``lattice`` within, with their areas."""
    if len(lattice) == 0:
        return every, np.full(len(every), area / max(len(every), 1))
    wide = int(max(every[:, 1].max(), inner[:, 1].max(initial=0))) + 1 - int(every[:, 1].min())
    first = every.min(axis=0)

    def number(pixels: IndexArray) -> IndexArray:
        return (pixels[:, 0] - first[0]) * wide + pixels[:, 1] - first[1]

    band = every[~np.isin(number(every), number(inner))]
    kept = np.concatenate([band, lattice])
    share = np.concatenate([
        np.full(len(band), (area - inner_area) / max(len(band), 1)),
        np.full(len(lattice), (inner_area if len(band) else area) / len(lattice)),
    ])  # fmt: skip
    order = np.lexsort((kept[:, 1], kept[:, 0]))
    return kept[order], share[order]


@dataclass(frozen=True)
class _Pixels:
    """Pixels (row, col) of many planes: ``start[i]:start[i + 1]`` are those of plane i."""

    found: IndexArray
    start: IndexArray

    def of(self, index: int) -> IndexArray:
        """Pixels of one plane."""
        return self.found[self.start[index] : self.start[index + 1]]


def _pixels_of_each(rings: Rings, bounds: NDArray[np.float64], grid: Grid, stride: int) -> _Pixels:
    """Pixels (row, col of the grid) of planes, every ``stride``-th of the absolute lattice."""
    res = grid.resolution
    first_col, phase_x = lattice_position(grid.x_min, res)
    first_row, phase_y = lattice_position(-grid.y_max, res)
    step = stride * res
    middle = stride // 2 + 0.5
    phase = ((phase_y + middle) / stride, (phase_x + middle) / stride)
    low_x, low_y, high_x, high_y = np.nan_to_num(bounds).T
    origin = np.column_stack([np.floor(-high_y / step), np.floor(low_x / step)]).astype(np.int64)
    size = np.column_stack([np.ceil((high_y - low_y) / step), np.ceil((high_x - low_x) / step)])
    shape = size.astype(np.int64) + 3
    counts = np.empty(len(bounds), np.int64)
    rows_of = np.diff(rings.start) > 0
    out = np.empty((int(shape[rows_of].prod(axis=1).sum()), 2), np.int64)
    lattice_points_of_each(
        rings.x, rings.y, rings.ring_start, rings.start, origin, shape, step, phase, out, counts
    )
    found = out[: counts.sum()] * stride + (stride // 2 - first_row, stride // 2 - first_col)
    return _Pixels(found, np.concatenate([[0], np.cumsum(counts)]))
