"""Grids: round trips, and windows that partition the whole (properties, no reference needed)."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import rowcol

from cadastre.grid import Grid, expand, overlap

GRID = Grid("EPSG:2154", 685000.25, 7037000.25, 0.5, 40, 60)


@given(st.integers(0, 39), st.integers(0, 59))
def test_pixel_centres_round_trip(row, col):
    x, y = GRID.xy(row, col)
    assert tuple(map(int, GRID.row_col(x, y))) == (row, col)


@given(st.floats(685000.3, 685030.2), st.floats(7036980.3, 7037000.2))
def test_row_col_as_rasterio(x, y):
    row, col = GRID.row_col(x, y)
    assert (int(row), int(col)) == tuple(map(int, rowcol(GRID.transform, x, y)))


@given(st.integers(1, 7), st.integers(1, 9))
def test_windows_partition_the_grid(down, across):
    seen = np.zeros(GRID.shape, int)
    ys = np.linspace(0, GRID.rows, down + 1).astype(int)
    xs = np.linspace(0, GRID.cols, across + 1).astype(int)
    for top, bottom in itertools.pairwise(ys):
        for left, right in itertools.pairwise(xs):
            part = GRID.sub(slice(top, bottom), slice(left, right))
            if part.rows and part.cols:
                rows, cols = GRID.window(part.bounds)
                assert (rows.start, rows.stop, cols.start, cols.stop) == (top, bottom, left, right)
                seen[rows, cols] += 1
    assert (seen == 1).all()


@given(
    st.floats(684900, 685100), st.floats(7036900, 7037100), st.floats(1, 300), st.floats(1, 300)
)
def test_covering_keeps_the_lattice_and_covers(x, y, width, height):
    bounds = (x, y, x + width, y + height)
    grid = GRID.covering(bounds)
    assert grid.shares_lattice(GRID)
    assert grid.x_min <= x + 1e-6
    assert grid.y_min <= y + 1e-6
    assert grid.x_max >= x + width - 1e-6
    assert grid.y_max >= y + height - 1e-6
    assert grid.cols * 0.5 < width + 1.0 + 1e-6


def test_window_outside_is_empty():
    rows, cols = GRID.window((0.0, 0.0, 1.0, 1.0))
    assert rows.start == rows.stop or cols.start == cols.stop


def test_half_pixel_shift_is_another_lattice():
    shifted = Grid("EPSG:2154", 685000.0, 7037000.0, 0.5, 40, 60)
    assert not shifted.shares_lattice(GRID)
    other_crs = Grid("EPSG:3950", 685000.25, 7037000.25, 0.5, 40, 60)
    assert not GRID.shares_lattice(other_crs)


@pytest.mark.parametrize("margin", [0.0, 2.5])
def test_expand(margin):
    assert expand((0, 0, 1, 1), margin) == (-margin, -margin, 1 + margin, 1 + margin)


@given(st.lists(st.integers(0, 6), min_size=8, max_size=8))
def test_bounds_overlap_where_shapely_finds_an_area(values):
    first, second = (
        (*sorted(xs), *sorted(ys))
        for xs, ys in ((values[0:2], values[2:4]), (values[4:6], values[6:8]))
    )
    boxes = [(x0, y0, x1 + 1, y1 + 1) for x0, x1, y0, y1 in (first, second)]
    shared = shapely.intersection(shapely.box(*boxes[0]), shapely.box(*boxes[1]))
    assert overlap(*boxes) == (shared.area > 0.0)
