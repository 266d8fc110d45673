"""Plane fits, regions and labels against numpy's least squares, scipy and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from cadastre.kernels import label_maps, pixels, plane_fit, plane_priors, region

RES = 0.5


def centres(shape, resolution=RES):
    row, col = np.mgrid[: shape[0], : shape[1]]
    return (col + 0.5) * resolution, -(row + 0.5) * resolution


def window(seed=0, shape=(18, 21), noise=0.05):
    """Noisy gable with its ridge on column 10, some pixels missing."""
    x, y = centres(shape)
    random = np.random.default_rng(seed)
    z = 6.0 - 0.8 * np.abs(x - 5.25) + 0.02 * y + noise * random.standard_normal(shape)
    z[random.random(shape) < 0.05] = np.nan
    return z


def least_squares(x, y, z):
    design = np.column_stack((x, y, np.ones(len(x))))
    solution, *_ = np.linalg.lstsq(design, z, rcond=None)
    return solution, float(((z - design @ solution) ** 2).sum())


def test_window_planes_are_least_squares():
    z = window()
    x, y = centres(z.shape)
    planes, rmse = plane_fit.window_planes(z, RES, 2, 0.6)
    fitted = 0
    for row in range(2, z.shape[0] - 2):
        for col in range(2, z.shape[1] - 2):
            cut = (slice(row - 2, row + 3), slice(col - 2, col + 3))
            known = np.isfinite(z[cut])
            if known.sum() < 15:
                assert np.isnan(rmse[row, col])
                continue
            solution, rss = least_squares(x[cut][known], y[cut][known], z[cut][known])
            assert planes[row, col] == pytest.approx(solution, abs=1e-8)
            assert rmse[row, col] == pytest.approx(math.sqrt(rss / (known.sum() - 3)), abs=1e-8)
            fitted += 1
    assert fitted > 150


def test_best_window_is_the_smoothest_that_holds_the_pixel():
    z = window(1)
    planes, rmse = plane_fit.window_planes(z, RES, 1, 0.8)
    best, best_rmse = plane_fit.best_window_planes(z, planes, rmse, 1)
    for row in range(z.shape[0]):
        for col in range(z.shape[1]):
            near = rmse[max(row - 1, 0) : row + 2, max(col - 1, 0) : col + 2]
            if np.isnan(z[row, col]) or np.isnan(near).all():
                assert np.isnan(best_rmse[row, col])
            else:
                assert best_rmse[row, col] == np.nanmin(near)
                assert np.isfinite(best[row, col]).all()


def test_degenerate_moments_have_no_plane():
    line = np.zeros(10)
    for k in range(5):
        plane_fit.add_moment(line, float(k), 2.0 * k, 1.0, 1.0)
    assert np.isnan(plane_fit.solve_moments(line)[0])
    assert np.isnan(plane_fit.solve_moments(np.zeros(10))[0])


def test_growing_finds_both_sides_of_a_gable():
    z = window(2, (30, 40), 0.03)
    z = np.where(np.isnan(z), 5.0, z)
    fits, rmse = plane_fit.window_planes(z, RES, 2, 0.8)
    best, best_rmse = plane_fit.best_window_planes(z, fits, rmse, 2)
    labels, planes = region.grow_regions(
        z, np.ones(z.shape, bool), best, best_rmse, RES, 0.1, 0.12, 12.0, 10, 50
    )
    big = np.bincount(labels.ravel())[1:] > 100
    slopes = sorted(planes[big, 0])
    assert slopes == pytest.approx([-0.8, 0.8], abs=0.02)


def test_merging_joins_one_plane_and_keeps_two():
    x, _y = centres((20, 40))
    random = np.random.default_rng(5)
    z = np.where(x < 15, 0.3 * x, 0.3 * 15 - 0.1 * (x - 15)) + 0.03 * random.standard_normal(
        x.shape
    )
    labels = np.where(x < 7, 1, np.where(x < 15, 2, 3)).astype(np.int32)
    start = np.array([[0.3, 0, 0], [0.3, 0, 0], [-0.1, 0, 6.0]])
    moments = region.region_moments(z, labels, start, RES, 1.0)
    into = region.merge_regions(moments, label_maps.adjacency(labels, 3), 0.04, 2)
    assert into.tolist() == [0, 0, 2]


def test_adjacency_counts_pixel_edges():
    labels = np.array([[1, 1, 2], [1, 0, 2], [3, 3, 2]], np.int32)
    beside = label_maps.adjacency(labels, 3)
    assert (beside == beside.T).all()
    assert (beside[1, 2], beside[1, 3], beside[2, 3]) == (1, 1, 1)
    assert (beside[0, 1], beside[0, 2], beside[0, 3]) == (2, 1, 1)


def test_refit_leaves_borders_and_outliers_out():
    """A plane with a spoilt border and a chimney: the fit equals that on its clean pixels."""
    x, y = centres((16, 16))
    z = 0.5 * x + 0.2 * y
    z[0], z[-1], z[:, 0], z[:, -1] = 9.0, -9.0, 3.0, 3.0
    z[7:9, 7:9] += 1.2
    labels = np.ones(z.shape, np.int32)
    planes, rmse, moments = region.refit_regions(
        z, labels, np.array([[0.5, 0.2, 0.02]]), RES, 0.1, 9
    )
    assert planes[0] == pytest.approx([0.5, 0.2, 0.0], abs=1e-9)
    assert rmse[0] == pytest.approx(0.0, abs=1e-6)
    assert moments[0, 0] == 14 * 14 - 4


def test_smoothing_moves_the_border_to_where_the_planes_meet():
    x, _ = centres((12, 30))
    z = np.minimum(0.6 * x, 0.6 * (15.0 - x))
    labels = np.where(x < 5.0, 1, 2).astype(np.int32)
    planes = np.array([[0.6, 0.0, 0.0], [-0.6, 0.0, 9.0]])
    label_maps.smooth_labels(
        z, np.ones(z.shape, bool), labels, planes, RES, 0.06, 0.8, 8.0, 0.35, 40
    )
    assert (labels == np.where(x < 7.5, 1, 2)).all()


def test_ramp_at_the_foot_of_a_step_goes_to_the_lower_plane():
    x, _ = centres((10, 20))
    z = np.clip(6.0 - 3.0 * (x - 5.0), 3.0, 6.0)  # upper plane to x = 5, ramp of 1 m, lower plane
    labels = np.where(x < 5.0, 1, np.where(x > 6.0, 2, 0)).astype(np.int32)
    planes = np.array([[0.0, 0.0, 6.0], [0.0, 0.0, 3.0]])
    label_maps.smooth_labels(
        z, np.ones(z.shape, bool), labels, planes, RES, 0.06, 0.8, 8.0, 0.35, 10
    )
    assert (labels == np.where(x < 5.0, 1, 2)).all()
    feet = np.zeros(z.shape, bool)
    for row, col in np.ndindex(z.shape):
        feet[row, col] = pixels.is_foot(z, labels, planes, row, col, RES, 0.35)
    assert (feet == ((x > 5.0) & (x < 6.0))).all()


def test_distance_dilation_and_parts_against_scipy():
    random = np.random.default_rng(3)
    mask = random.random((40, 50)) < 0.02
    chamfer = pixels.distance_to(mask)
    exact = ndimage.distance_transform_edt(~mask)
    # the chamfer path of straight and diagonal steps is never shorter, at most 8.3 % longer
    assert (chamfer >= exact - 1e-9).all()
    assert (chamfer <= 1.083 * exact + 1e-9).all()
    straight = ndimage.binary_dilation(mask)
    assert (pixels.dilate(mask, 1) == straight).all()
    both = ndimage.binary_dilation(straight, np.ones((3, 3), bool))
    assert (pixels.dilate(mask, 2) == both).all()
    blobs = (random.random((40, 50)) < 0.5).astype(np.int32)
    parts, source, size = label_maps.split_components(blobs, np.array([1], np.int64))
    wanted, count = ndimage.label(blobs)
    assert len(source) == count
    assert (parts == wanted).all()
    assert size.tolist() == np.bincount(wanted.ravel())[1:].tolist()
    large, _, _ = label_maps.split_components(blobs, np.array([6], np.int64))
    assert (
        (large > 0) == np.isin(wanted, np.flatnonzero(np.bincount(wanted.ravel()) >= 6)[1:])
    ).all()


def test_spreading_gives_the_nearest_label():
    labels = np.zeros((5, 9), np.int32)
    labels[2, 1], labels[2, 7] = 1, 2
    label_maps.spread_labels(labels, np.ones(labels.shape, bool))
    assert (labels[:, :4] == 1).all()
    assert (labels[:, 5:] == 2).all()
    alone = np.zeros((3, 3), np.int32)
    label_maps.spread_labels(alone, np.ones(alone.shape, bool))
    assert (alone == 0).all()


def test_aligned_small_plane_takes_the_wall_and_large_one_keeps_its_azimuth():
    """Weighted least squares with the prior as one more equation, solved by numpy."""
    for side, noise in ((4, 0.1), (40, 0.02)):
        x, y = centres((side, side))
        random = np.random.default_rng(8)
        truth = np.array([0.7 * math.cos(0.03), 0.7 * math.sin(0.03), 4.0])
        z = truth[0] * x + truth[1] * y + truth[2] + noise * random.standard_normal(x.shape)
        moments = np.zeros((1, 10))
        for one in zip(x.ravel(), y.ravel(), z.ravel(), strict=True):
            plane_fit.add_moment(moments[0], *one, 1.0)
        free = np.array([plane_fit.solve_moments(moments[0])[:3]])
        spread = math.radians(0.7)
        found = plane_priors.align_planes(free, moments, np.array([0.0]), noise, spread, 4.0, 0.03)
        slope = math.hypot(*free[0, :2])
        mx, my = x.mean(), y.mean()
        design = np.column_stack(((x - mx).ravel(), (y - my).ravel()))
        weight = noise / (slope * spread)
        rows = np.vstack((design, [[0.0, weight]]))
        right = np.append((z - z.mean()).ravel(), 0.0)
        wanted, *_ = np.linalg.lstsq(rows, right, rcond=None)
        assert found[0, :2] == pytest.approx(wanted, rel=1e-6)
    turned = plane_priors.align_planes(
        np.array([[0.5, 0.5, 0.0]]), moments, np.array([0.0]), 0.02, spread, 2.5, 0.03
    )
    assert turned[0].tolist() == [0.5, 0.5, 0.0]  # 45 degrees off: the prior does not apply


def test_pitches_of_one_roof_are_pooled_and_others_left():
    x, y = centres((20, 12))
    planes, moments = [], []
    for slope, way in ((0.70, 1), (0.72, -1), (0.2, 1)):
        m = np.zeros(10)
        for px, py in zip(x.ravel(), y.ravel(), strict=True):
            plane_fit.add_moment(m, px, py, way * slope * px, 1.0)
        planes.append([way * slope, 0.0, 0.0])
        moments.append(m)
    planes, moments = np.array(planes), np.array(moments)
    out = plane_priors.pool_pitches(planes, moments, 0.5, 0.1, 3.0, 20.0)
    tilts = np.degrees(np.arctan(np.abs(out[:, 0])))
    apart = math.degrees(math.atan(0.72) - math.atan(0.70))
    assert 0.0 < tilts[1] - tilts[0] < 0.4 * apart
    assert 35.0 < tilts[0] < math.degrees(math.atan(0.72))
    assert out[2].tolist() == planes[2].tolist()
    # the height at the middle of the pixels stays
    middle = moments[:, 1] / moments[:, 0]
    assert out[:, 0] * middle + out[:, 2] == pytest.approx(planes[:, 0] * middle, abs=1e-9)


def test_plane_facing_a_wall_among_outliers():
    _x, y = centres((6, 6))
    z = 5.0 + 1.2 * y
    z[0, :] += 2.0
    labels = np.ones(z.shape, np.int32)
    planes, rmse, inliers = plane_priors.planes_facing(
        z, labels, np.array([0]), np.array([0.0]), RES, 0.1, 3.0, 100, 0.5
    )
    assert planes[0] == pytest.approx([0.0, 1.2, 5.0], abs=1e-9)
    assert inliers[0] == 30
    assert rmse[0] == pytest.approx(0.0, abs=1e-6)
    none = plane_priors.planes_facing(
        z, labels, np.array([0]), np.array([0.0]), RES, 0.1, 3.0, 20, 0.5
    )
    assert np.isnan(none[0]).all()


def test_refit_on_points_is_least_squares_on_the_points_of_the_plane():
    random = np.random.default_rng(4)
    points = np.column_stack(
        (random.uniform(1, 9, 400), -random.uniform(1, 9, 400), np.zeros(400))
    )
    points[:, 2] = (
        0.4 * points[:, 0] - 0.1 * points[:, 1] + 3.0 + 0.01 * random.standard_normal(400)
    )
    points[:20, 2] += 2.0
    labels = np.ones((20, 20), np.int32)
    planes, rmse, moments = plane_fit.refit_on_points(
        points, labels, np.array([[0.4, -0.1, 3.1]]), RES, 0.3, 4.0, 8, 30
    )
    solution, _ = least_squares(*points[20:].T)
    assert planes[0] == pytest.approx(solution, abs=2e-3)
    assert rmse[0] == pytest.approx(0.01, rel=0.15)
    assert moments[0, 0] > 370
    few, none, _ = plane_fit.refit_on_points(
        points[:3], labels, np.array([[0.4, -0.1, 3.1]]), RES, 0.3, 4.0, 8, 30
    )
    assert few[0].tolist() == [0.4, -0.1, 3.1]
    assert np.isnan(none[0])
