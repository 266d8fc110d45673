"""Filling pixels from triangles against SciPy's own interpolation."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import LinearNDInterpolator

from cadastre.demo.triangles import triangulated
from cadastre.grid import Grid

GRID = Grid("EPSG:2154", 685000.0, 7037040.0, 0.5, 80, 90)


def test_same_heights_as_scipy_inside_and_nothing_outside() -> None:
    rng = np.random.default_rng(3)
    x = 685000.0 + rng.uniform(3.0, 40.0, 900)
    y = 7037000.0 + rng.uniform(2.0, 36.0, 900)
    z = rng.normal(50.0, 5.0, 900)
    found = triangulated(x, y, z, GRID)
    px, py = np.broadcast_arrays(*GRID.xy(np.arange(80)[:, None], np.arange(90)[None, :]))
    # the same pixel frame, so that both triangulate the same numbers
    sites = np.column_stack([(x - 685000.0) / 0.5 - 0.5, (7037040.0 - y) / 0.5 - 0.5])
    expected = LinearNDInterpolator(sites, z)(
        (px - 685000) / 0.5 - 0.5, (7037040 - py) / 0.5 - 0.5
    )
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    assert np.isnan(found).any()
    assert np.nanmax(np.abs(found - expected)) < 1e-6


def test_a_plane_is_kept_by_triangles_of_any_size() -> None:
    rng = np.random.default_rng(4)
    x = 685000.0 + np.concatenate([[-60.0, 100.0, -60.0, 100.0], rng.uniform(0, 12, 400)])
    y = 7037000.0 + np.concatenate([[-60.0, -60.0, 100.0, 100.0], rng.uniform(0, 12, 400)])
    found = triangulated(x, y, 40.0 + 0.3 * (x - 685000) - 0.2 * (y - 7037000), GRID)
    px, py = GRID.xy(np.arange(80)[:, None], np.arange(90)[None, :])
    # Lambert-93 northings keep 1e-9 m; triangles of 160 m lose a few digits more
    assert np.allclose(found, 40.0 + 0.3 * (px - 685000) - 0.2 * (py - 7037000), atol=1e-6)
