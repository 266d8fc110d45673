"""Counts and cuts of windows against numpy and scipy, masks written out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from cadastre.exchange import Surface
from cadastre.grid import Grid
from cadastre.kernels import pixel_counts
from cadastre.roofs.windows import cut_window
from tests.kernels.test_settling import PLANES, RES, feet_of, misfit, scene


def test_sizes_and_cores_of_labels():
    _, labels, _ = scene(1)
    size, core = pixel_counts.label_sizes(labels, 4)
    for k in range(4):
        mask = labels == k + 1
        assert size[k] == mask.sum()
        assert core[k] == ndimage.binary_erosion(mask, np.ones((3, 3))).sum()


def test_pixels_seen_inside_a_mask():
    z, labels, own = scene(2)
    seen = np.abs(misfit(z, labels)) <= 0.2
    inside, everywhere = pixel_counts.seen_inside(z, labels, PLANES, own, RES, 0.2)
    for k in range(3):
        assert everywhere[k] == (seen & (labels == k + 1)).sum()
        assert inside[k] == (seen & (labels == k + 1) & own).sum()


def above_planes(z, labels):
    row, col = np.indices(z.shape)
    a, b, c = np.moveaxis(PLANES[np.maximum(labels - 1, 0)], 2, 0)
    fitted = a * (col + 0.5) * RES - b * (row + 0.5) * RES + c
    return np.where(labels > 0, z - fitted, np.nan)


def test_standing_pixels_and_their_quantiles():
    z, labels, _ = scene(3)
    above, groups = pixel_counts.standing_pixels(z, labels, PLANES, RES, 0.5, 0.35)
    assert above == pytest.approx(above_planes(z, labels), abs=1e-12, nan_ok=True)
    high = (above > 0.5) & ~feet_of(z, labels)
    assert high.sum() > 10
    assert (groups == np.where(high, labels, 0)).all()
    for share in (0.0, 0.31, 0.8, 1.0):
        found = pixel_counts.quantile_of(above, groups, 1, share)
        assert found == np.quantile(above[groups == 1], share)
    assert np.isnan(pixel_counts.quantile_of(above, groups, 9, 0.5))


def test_shares_of_a_roof_follow_their_definition():
    z, labels, own = scene(4)
    labels[:, 25:] = 0
    trees = np.zeros(z.shape, bool)
    trees[20:24, 10:14] = True
    under, above, ramps = (labels > 0) | own, above_planes(z, labels), feet_of(z, labels)
    known, near = np.isfinite(z), (np.abs(above) <= 0.15).astype(float)
    seen = np.full(z.shape, np.nan)
    seen[5:9, 5:20] = np.arange(60).reshape(4, 15) % 5 / 4.0
    near = np.where(np.isnan(seen), near, seen)
    border = ndimage.binary_dilation(labels == 0)
    judged = under & known & ~ramps & ((near >= 0.5) | ~border)
    total, measured, count, explained, high = pixel_counts.roof_shares(
        z, own, labels, PLANES, trees, RES, 0.15, 0.35, 1.0, seen
    )
    assert (total, measured) == (under.sum(), (under & known).sum())
    assert (count, explained) == (judged.sum(), near[judged].sum())
    assert (high == (under & (trees | (above > 1.0)) & ~ramps)).all()


@pytest.mark.parametrize("with_trees", [False, True])
def test_windows_beyond_the_model_and_gaps_of_the_terrain(with_trees):
    """A window that hangs over the corner of a model: a slice of it, moved to a round level."""
    random = np.random.default_rng(5)
    grid = Grid("EPSG:2154", 1000.0, 2000.0, 0.5, 20, 24)
    dsm = (30.4 + random.random((20, 24))).astype(np.float32)
    dtm = (29.0 + random.random((20, 24))).astype(np.float32)
    dsm[4, 5], dtm[:6, :7] = np.nan, np.nan
    trees = random.random((20, 24)) < 0.2 if with_trees else None
    window = cut_window(Surface(grid, dsm, dtm, trees), np.array([1000, 1996, 1004, 2000.0]), 2.0)
    assert (window.x0, window.y0, window.z0) == (998.0, 2002.0, 30.0)
    assert window.z.shape == (16, 16)
    inner = (slice(4, None), slice(4, None))
    assert np.isnan(window.z[:4]).all()
    assert np.isnan(window.z[:, :4]).all()
    assert (window.z[inner] == dsm[:12, :12].astype(float) - 30.0)[~np.isnan(dsm[:12, :12])].all()
    lowest = np.nanmin(dtm[:12, :12]).astype(float) - 30.0
    wanted = np.where(np.isnan(dtm), lowest, dtm.astype(float) - 30.0)[:12, :12]
    assert (window.ground[inner] == wanted).all()
    assert (window.ground[:4] == lowest).all()
    assert window.vegetation.any() == with_trees
    if trees is not None:
        assert (window.vegetation[inner] == trees[:12, :12]).all()


def test_a_window_without_terrain_or_without_anything():
    grid = Grid("EPSG:2154", 1000.0, 2000.0, 0.5, 20, 20)
    nothing = np.full((20, 20), np.nan, np.float32)
    dsm = np.full((20, 20), 12.25, np.float32)
    bounds = np.array([1002, 1994, 1006, 1998.0])
    assert (cut_window(Surface(grid, dsm, nothing), bounds, 1.0).ground == 0.25).all()
    empty = cut_window(Surface(grid, nothing, nothing), bounds, 1.0)
    assert np.isnan(empty.z).all()
    assert (empty.ground == 0.0).all()
    assert empty.z0 == 0.0
