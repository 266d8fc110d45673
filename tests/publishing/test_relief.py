"""The shaded picture: right place, right side lit, read back by another program (GDAL)."""

from __future__ import annotations

import warnings

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pyproj import Transformer
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from cadastre.grid import Grid
from cadastre.publishing.relief import hillshade, png_bytes, relief_picture

GRID = Grid("EPSG:2154", 685_000.0, 7_037_000.0, 0.5, 400, 300)


def read_back(png: bytes) -> np.ndarray:
    with warnings.catch_warnings():
        # a PNG carries no position: the page places it
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with MemoryFile(png) as memory, memory.open() as picture:
            return picture.read()


@given(arrays(np.uint8, st.tuples(st.integers(2, 9), st.integers(2, 9))))
def test_png_is_read_by_gdal(grey: np.ndarray) -> None:
    alpha = np.roll(grey, 1)
    back = read_back(png_bytes(grey, alpha))
    assert (back[0] == grey).all()
    assert (back[1] == alpha).all()


def test_slopes_facing_north_west_are_lit() -> None:
    rows, cols = np.mgrid[0:20, 0:20].astype(np.float32)
    facing_north_west = hillshade(rows + cols, 1.0)[5, 5]  # rises to the south-east
    facing_south_east = hillshade(-rows - cols, 1.0)[5, 5]
    level = hillshade(np.zeros((20, 20), np.float32), 1.0)[5, 5]
    assert facing_north_west > level > facing_south_east
    # closed form: cos of the angle to a light at 45 degrees is sin(45) on level ground
    np.testing.assert_allclose(level, 128 + 122 * np.sin(np.pi / 4), rtol=1e-6)


def test_picture_lies_where_the_building_stands() -> None:
    dsm = np.zeros(GRID.shape, np.float32)
    dsm[100:110, 200:210] = 8.0
    relief = relief_picture(dsm, GRID, 10**9)
    picture = read_back(relief.png)[0].astype(float)
    alpha = read_back(relief.png)[1]
    odd = np.abs(picture - np.median(picture[alpha > 0])) * (alpha > 0) > 5
    row, col = (values.mean() for values in np.nonzero(odd))
    to_mercator = Transformer.from_crs(4326, 3857, always_xy=True)
    west, south, east, north = relief.bounds
    x0, y0 = to_mercator.transform(west, south)
    x1, y1 = to_mercator.transform(east, north)
    found = (x0 + (col + 0.5) / picture.shape[1] * (x1 - x0),
             y1 - (row + 0.5) / picture.shape[0] * (y1 - y0))  # fmt: skip
    x, y = GRID.x_min + 205 * 0.5, GRID.y_max - 105 * 0.5
    wanted = Transformer.from_crs(2154, 3857, always_xy=True).transform(x, y)
    # one pixel of the picture: 0.5 m on the ground, 0.8 m in Mercator at 50.4 degrees north
    assert np.hypot(found[0] - wanted[0], found[1] - wanted[1]) < 0.8


def test_unknown_heights_are_transparent() -> None:
    dsm = np.zeros(GRID.shape, np.float32)
    dsm[:, :100] = np.nan
    alpha = read_back(relief_picture(dsm, GRID, 10**9).png)[1]
    share = (alpha == 0).mean()
    # a third of the grid, the row beside it, and the thin wedges of the turned picture
    assert 0.33 < share < 0.36


def test_large_pictures_are_made_coarser() -> None:
    relief = relief_picture(np.zeros(GRID.shape, np.float32), GRID, 10_000)
    assert read_back(relief.png)[0].size < 11_000
    fine = relief_picture(np.zeros(GRID.shape, np.float32), GRID, 10**9)
    np.testing.assert_allclose(relief.bounds, fine.bounds, atol=5e-5)
