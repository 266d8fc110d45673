"""Planes and borders on points against exhaustive search in numpy and planes that are known."""

from __future__ import annotations

import numpy as np
import pytest

from cadastre.kernels import point_growth, point_lines, point_regions

SHAPE, RES = (24, 24), 0.5


def scattered(count, seed):
    """Points all over a window of 12 m, heights 0, sorted."""
    random = np.random.default_rng(seed)
    plan = random.uniform(0.5, 11.5, (count, 2))
    points = np.column_stack((plan[:, 0], -plan[:, 1], np.zeros(count)))
    return points[np.lexsort(points.T[::-1])]


def test_best_split_against_every_threshold():
    """The number of points on the wrong side is the least that any threshold leaves."""
    random = np.random.default_rng(4)
    for _ in range(15):
        distance = random.uniform(-0.6, 0.6, 30)
        edge = random.uniform(-0.4, 0.4)
        side = np.where((distance < edge) ^ (random.random(30) < 0.1), 1.0, -1.0)
        place = point_lines.best_split(distance, side, 30, 0.6)

        def wrong(at, distance=distance, side=side):
            return ((distance < at) & (side < 0)).sum() + ((distance > at) & (side > 0)).sum()

        assert wrong(place) <= min(wrong(at) for at in np.linspace(-0.6, 0.6, 801))


def test_a_border_stays_without_points_of_both_planes():
    distance = np.linspace(-0.5, 0.5, 10)
    assert point_lines.best_split(distance, np.ones(10), 10, 0.6) == 0.0


def test_cells_leave_facades_out():
    """Every point of a pixel but those more than the depth below its highest."""
    points = scattered(600, 1)
    points[::7, 2] = -2.0
    start, members = point_regions.point_cells(points, SHAPE, RES, 0.75)
    cell = np.floor(-points[:, 1] / RES).astype(int) * SHAPE[1] + np.floor(
        points[:, 0] / RES
    ).astype(int)
    for k in range(SHAPE[0] * SHAPE[1]):
        inside = np.flatnonzero(cell == k)
        kept = inside[points[inside, 2] >= points[inside, 2].max(initial=-9.0) - 0.75]
        assert members[start[k] : start[k + 1]].tolist() == kept.tolist()


def test_growing_finds_the_planes_that_made_the_points():
    """Two planes that meet in a valley, a level one above and scatter that belongs to none."""
    points = scattered(1400, 2)
    x, y = points[:, 0], points[:, 1]
    random = np.random.default_rng(3)
    truth = np.where(x < 6.0, 0, 1)
    truth[(np.abs(x - 3.0) < 1.0) & (np.abs(y + 4.0) < 1.0)] = 2
    truth[(x > 8.0) & (y < -9.0)] = 3
    planes = np.array([[0.8, 0.0, 0.0], [-0.8, 0.1, 10.4], [0.0, 0.0, 7.0]])
    a, b, c = planes[np.minimum(truth, 2)].T
    points[:, 2] = np.where(truth == 3, random.uniform(0.0, 9.0, len(x)), a * x + b * y + c)
    points[:, 2] += random.normal(0.0, 0.02, len(x))
    start, members = point_regions.point_cells(points, SHAPE, RES, 99.0)
    region, found = point_growth.grow_on_points(
        points, start, members, np.ones(len(x), bool), SHAPE, RES, 0.9, 0.08, 3.0, 12, 8
    )
    for k in range(3):
        number = np.bincount(region[truth == k]).argmax()
        assert number > 0
        assert (region[truth == k] == number).mean() > 0.97
        # 30 points or more with 0.02 m of noise over 2 m and more
        assert found[number - 1, :2] == pytest.approx(planes[k, :2], abs=0.02)
    assert (region[truth == 3] > 0).mean() < 0.35


def test_labels_follow_points():
    """A border off the raster: a pixel takes the plane that most of its points lie on."""
    points = scattered(1500, 5)
    upper = points[:, 0] + 0.3 * points[:, 1] < 4.1
    points[upper, 2] = 2.0
    start, members = point_regions.point_cells(points, SHAPE, RES, 99.0)
    planes = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 2.0]])
    labels = np.ones(SHAPE, np.int32)
    labels[:, :3] = 2
    point_regions.smooth_on_points(
        points, start, members, np.ones(SHAPE, bool), labels, planes, 0.06, 0.8, 8.0, 3.0, 50
    )
    row, col = np.floor(-points[:, 1] / RES).astype(int), np.floor(points[:, 0] / RES).astype(int)
    # pixels the border cuts hold a tenth of the points, less than half of these on its wrong side
    assert (labels[row, col] == np.where(upper, 2, 1)).mean() > 0.95
