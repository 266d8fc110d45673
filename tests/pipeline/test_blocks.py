"""Arrays block by block: what comes back is what went in, whole or by windows."""

from __future__ import annotations

import numpy as np
import pytest

from cadastre.pipeline.blocks import BLOCK, packed, unpacked


def _rasters() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    heights = rng.normal(40.0, 5.0, (2 * BLOCK + 37, BLOCK + 5)).astype(np.float32)
    heights[rng.random(heights.shape) < 0.01] = np.nan
    return {"dsm": heights, "vegetation": rng.random(heights.shape) < 0.2}


@pytest.mark.parametrize(
    "window",
    [
        (slice(0, 1), slice(0, 1)),
        (slice(BLOCK - 3, BLOCK + 4), slice(BLOCK - 1, BLOCK + 5)),
        (slice(5, 2 * BLOCK + 37), slice(0, BLOCK + 5)),
        (slice(10, 10), slice(0, 4)),
    ],
)
def test_a_window_is_the_window_of_the_array(window):
    rasters = _rasters()
    found = unpacked(packed(rasters, windowed=True), window)
    assert list(found) == list(rasters)
    for name, values in rasters.items():
        np.testing.assert_array_equal(found[name], values[window])
        assert found[name].dtype == values.dtype


@pytest.mark.parametrize("count", [0, 1, 40_000])
def test_arrays_of_any_length_come_back(count):
    rng = np.random.default_rng(3)
    arrays = {
        "elevation": rng.integers(0, 9000, (count, 72)).astype(np.uint16),
        "openness": rng.random(count).astype(np.float32),
    }
    found = unpacked(packed(arrays))
    for name, values in arrays.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype
    assert packed(arrays) == packed({name: values.copy() for name, values in arrays.items()})


def test_what_is_no_file_of_arrays_is_refused():
    with pytest.raises(ValueError, match=r"."):
        unpacked(b"not an archive")
