"""Fused steps of a window against numpy, scipy and plain loops over the definitions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from cadastre.kernels import label_maps, pixels, plane_fit, settling

RES = 0.5
PLANES = np.array([[0.6, 0.0, 0.0], [-0.6, 0.0, 9.0], [0.0, 0.3, 4.0]])


def scene(seed=0, shape=(26, 30)):
    """Heights of a noisy gable, some missing; labels with a wrong patch; a mask."""
    random = np.random.default_rng(seed)
    col = np.indices(shape)[1]
    x = (col + 0.5) * RES
    z = np.minimum(0.6 * x, 9.0 - 0.6 * x) + 0.06 * random.standard_normal(shape)
    z[random.random(shape) < 0.04] = np.nan
    z[5:9, 4:8] += 1.5
    labels = np.where(x < 7.0, 1, 2).astype(np.int32)
    labels[15:20, 20:26] = 3
    labels[:2] = 0
    return z, labels, random.random(shape) < 0.7


def misfit(z, labels):
    """Residual over steepness by numpy, NaN without label."""
    row, col = np.indices(z.shape)
    a, b, c = np.moveaxis(PLANES[np.maximum(labels - 1, 0)], 2, 0)
    above = z - (a * (col + 0.5) * RES - b * (row + 0.5) * RES + c)
    return np.where(labels > 0, above / np.maximum(1.0, np.sqrt(1 + a * a + b * b) / 1.5), np.nan)


def feet_of(z, labels):
    feet = np.zeros(z.shape, bool)
    for row, col in np.ndindex(z.shape):
        feet[row, col] = pixels.is_foot(z, labels, PLANES, row, col, RES, 0.35)
    return feet


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8])
def test_median_under_a_mask_is_numpys(count):
    values = np.random.default_rng(count).random((4, 5))
    values[0, 0] = np.nan
    mask = np.zeros(20, bool)
    mask[: count + 1] = True
    found = settling.median_where(values, mask.reshape(4, 5))
    wanted = np.median(values.ravel()[1 : count + 1]) if count else np.nan
    assert found == wanted or (np.isnan(found) and count == 0)


def test_unexplained_and_odd_pixels_follow_their_definition():
    z, labels, own = scene()
    limit = 0.3
    free = settling.unexplained(z, labels, PLANES, RES, limit)
    assert (free == ((labels == 0) | (np.abs(misfit(z, labels)) > limit))).all()
    odd = settling.odd_pixels(z, labels, PLANES, own, RES, limit, 0.35)
    feet = feet_of(z, labels)
    assert feet.any()
    assert (odd == (free & own & ~feet & np.isfinite(z))).all()


def test_best_window_goes_through_all_windows_in_one_order():
    """Ties and gaps included: smallest residual, then distance, then row order, by brute force."""
    random = np.random.default_rng(4)
    z = random.random((12, 14))
    z[3, 4] = np.nan
    rmse = random.integers(0, 4, z.shape) / 10.0
    rmse[random.random(z.shape) < 0.3] = np.nan
    planes = random.random((*z.shape, 3))
    best, best_rmse = plane_fit.best_window_planes(z, planes, rmse, 2)
    for row, col in np.ndindex(z.shape):
        near = [
            (rmse[r, c], (r - row) ** 2 + (c - col) ** 2, r, c)
            for r in range(max(row - 2, 0), min(row + 3, 12))
            for c in range(max(col - 2, 0), min(col + 3, 14))
            if np.isfinite(rmse[r, c])
        ]
        if np.isnan(z[row, col]) or not near:
            assert np.isnan(best_rmse[row, col])
            continue
        value, _, r, c = min(near)
        assert best_rmse[row, col] == value
        assert (best[row, col] == planes[r, c]).all()


def test_smoothing_ends_where_no_sweep_changes_anything():
    """Skipping unstirred pixels must not stop early: a fresh call finds nothing to do."""
    z, labels, _ = scene(7)
    domain = np.isfinite(z)
    label_maps.smooth_labels(z, domain, labels, PLANES, RES, 0.06, 0.8, 8.0, 0.35, 40)
    again = labels.copy()
    assert label_maps.smooth_labels(z, domain, again, PLANES, RES, 0.06, 0.8, 8.0, 0.35, 1) == 0
    assert (again == labels).all()


def test_merging_numbers_by_first_pixel_and_drops_small_regions():
    z, _, _ = scene(2)
    x = (np.indices(z.shape)[1] + 0.5) * RES
    # the second half first; the first half in two pieces of one plane; a patch on neither
    labels = np.where(x >= 7.5, 1, np.where(np.arange(26)[:, None] < 12, 3, 2)).astype(np.int32)
    labels[20:22, 3:5] = 4
    planes = np.array([PLANES[1], PLANES[0], PLANES[0], [0.0, 0.0, 50.0]])
    found = settling.merge_planes(z, labels, planes, RES, 0.4, 0.1, 20)
    assert found[:, 0] == pytest.approx([0.6, -0.6], abs=0.01)
    assert set(np.unique(labels)) == {0, 1, 2}
    assert (labels[:, 0] == 1).all()
    assert (labels[:, -1] == 2).all()
    assert (labels[20:22, 3:5] == 0).all()


def test_growing_and_settling_leave_a_gable():
    z, _, _ = scene(3)
    labels = np.zeros(z.shape, np.int32)
    fits, rmse = plane_fit.window_planes(z, RES, 2, 0.6)
    best = plane_fit.best_window_planes(z, fits, rmse, 2)
    planes = settling.grow_planes(
        z, labels, np.empty((0, 3)), *best, RES, 0.2, 0.1, 0.15, 15.0, 20, 50
    )
    planes = settling.settle_planes(
        z, labels, planes, RES, 0.2, 0.1, 20, 20, (0.06, 0.8, 8.0, 0.35), 8
    )
    big = np.bincount(labels.ravel(), minlength=len(planes) + 1)[1:] > 150
    assert sorted(planes[big, 0]) == pytest.approx([-0.6, 0.6], abs=0.01)
    # every region of the small windows is joined, by scipy's labelling of the two sides
    left, count = ndimage.label(labels == labels[12, 2])
    assert count == 1
    assert (left[12] > 0).sum() >= 14
    more = settling.small_window_planes(z, labels, planes, RES, 0.2, 1, 0.6)
    assert np.isnan(more[1][12, 2])
    assert np.isfinite(more[1][6, 5])
