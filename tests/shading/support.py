"""Small worlds for skylines."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadastre.exchange import Samples, Surface
from cadastre.grid import Grid

X0, Y0 = 685_000.0, 7_037_000.0


def grid_of(rows: int, cols: int, resolution: float = 0.5, x: float = X0, y: float = Y0) -> Grid:
    """North-west corner at (x, y)."""
    return Grid("EPSG:2154", x, y, resolution, rows, cols)


def surface_of(heights: np.ndarray, resolution: float = 0.5, **place: float) -> Surface:
    heights = np.asarray(heights, np.float32)
    return Surface(
        grid_of(*heights.shape, resolution, **place), heights, np.zeros_like(heights), None
    )


def cut(surface: Surface, rows: slice, cols: slice) -> Surface:
    """A window of a surface, as a tile sees it."""
    vegetation = surface.vegetation
    return Surface(
        surface.grid.sub(rows, cols),
        surface.dsm[rows, cols],
        surface.dtm[rows, cols],
        None if vegetation is None else vegetation[rows, cols],
    )


def samples_at(x, y, z, planes: int = 1) -> tuple[Samples, pd.DataFrame]:
    """Samples of level planes, all of the first one unless there is one plane each."""
    x, y, z = (np.atleast_1d(np.asarray(v, np.float64)) for v in (x, y, z))
    count = len(x)
    start = np.arange(count + 1) if planes == count else np.array([0, count])
    whole = np.zeros(count, np.int32)
    samples = Samples(start.astype(np.int64), x, y, z, whole, whole, np.ones(count, np.float32))
    level = np.zeros(len(start) - 1)
    return samples, pd.DataFrame({"plane_a": level, "plane_b": level})


def town(rows: int, cols: int, seed: int, highest: float = 12.0) -> np.ndarray:
    """Blocks of random heights on flat ground."""
    rng = np.random.default_rng(seed)
    heights = np.zeros((rows, cols), np.float32)
    for _ in range(rows * cols // 300):
        r, c = rng.integers(rows), rng.integers(cols)
        h, w = rng.integers(1, 14, 2)
        heights[r : r + h, c : c + w] = rng.uniform(0.5, highest)
    return heights
