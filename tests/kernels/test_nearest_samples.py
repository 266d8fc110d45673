"""Nearest sample of a pixel's own plane, against a search through all of them."""

from __future__ import annotations

import numpy as np

from cadastre.kernels.nearest_samples import nearest_samples


def test_nearest_sample_is_that_of_an_exhaustive_search_the_first_on_a_tie():
    rng = np.random.default_rng(3)
    rows, cols, start = [], [], [0]
    for size in (1, 7, 60, 400):
        cells = np.unique(rng.integers(0, 30, (size, 2)), axis=0)  # sorted by row, then column
        rows.append(cells[:, 0])
        cols.append(cells[:, 1] + 5)
        start.append(start[-1] + len(cells))
    row = np.concatenate(rows).astype(np.int32)
    col = np.concatenate(cols).astype(np.int32)
    plane = rng.integers(0, 4, 2000)
    pixel = rng.integers(-10, 45, (2000, 2))
    found = np.empty(2000, np.int64)
    nearest_samples(pixel[:, 0], pixel[:, 1], plane, np.array(start), row, col, found)
    for k in range(2000):
        own = np.arange(start[plane[k]], start[plane[k] + 1])
        apart = (row[own] - pixel[k, 0]) ** 2 + (col[own] - pixel[k, 1]) ** 2
        assert found[k] == own[np.argmin(apart)]
