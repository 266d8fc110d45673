"""Rays over the pyramid: closed forms, slow code, another ray tracer, no trace of the window."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numba
import numpy as np
import pytest

from cadastre.shading.relief import RayRules, Relief, cast, relief_from_heights, sector_directions
from tests.shading.support import X0, Y0, cut, grid_of, surface_of, town

CELL_BY_CELL = RayRules(tolerance=0.01, start=0.0, reach=200.0, ring_ratio=1e-3, drop=0.0)
RINGS = dataclasses.replace(CELL_BY_CELL, ring_ratio=0.015)
COARSE = dataclasses.replace(CELL_BY_CELL, ring_ratio=0.2, reach=500.0)  # blocks of 256 cells


def relief_of(heights: np.ndarray, rules: RayRules, resolution: float = 0.5) -> Relief:
    return relief_from_heights(
        np.asarray(heights, np.float32), grid_of(*heights.shape, resolution),
        rules.top_level(resolution),
    )  # fmt: skip


def level(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(count), np.zeros(count)


def centre(row: np.ndarray, col: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return X0 + (np.asarray(col) + 0.5) * 0.5, Y0 - (np.asarray(row) + 0.5) * 0.5


@pytest.mark.parametrize("rules", [CELL_BY_CELL, RINGS])
def test_an_endless_wall_stands_at_its_angle_in_every_direction(rules):
    """Wall 6 m high, its face 5.25 m east of the point: tan h = 6 cos(azimuth - 90°) / 5.25."""
    heights = np.zeros((801, 60))
    heights[:, 40:] = 6.0
    x, y = centre([400], [29])
    directions = sector_directions(72, 0.0)
    found = cast(relief_of(heights, rules), (x, y, np.zeros(1)), level(1), directions, rules)[0]
    along = np.maximum(directions[:, 0], 0.0)
    expected = np.degrees(np.arctan(6.0 * along / 5.25))
    near = along > 0.1  # within 50 m, cell by cell with both rules
    np.testing.assert_allclose(found[near], expected[near], atol=1e-3)
    assert (found[along < 1e-9] == 0.0).all()
    np.testing.assert_allclose(found[~near], expected[~near], atol=0.5)


def test_the_bottom_of_a_pit_sees_its_rim():
    """Round pit of 10 m radius and 5 m depth: 26.57°, but for the stairs of its rim."""
    row, col = np.mgrid[0:81, 0:81]
    heights = np.where(np.hypot(row - 40, col - 40) * 0.5 < 10.0, 0.0, 5.0)
    x, y = centre([40], [40])
    found = cast(
        relief_of(heights, CELL_BY_CELL), (x, y, np.zeros(1)), level(1),
        sector_directions(120, 0.0), CELL_BY_CELL,
    )  # fmt: skip
    exact = math.degrees(math.atan(5.0 / 10.0))
    assert found.mean() == pytest.approx(exact, abs=0.3)
    assert np.abs(found - exact).max() < 1.5


def slow_skyline(heights, row, col, part_row, part_col, z, azimuth, reach):
    """Independent: all crossings of grid lines, and the cell at the middle between two."""
    east, south = math.sin(azimuth), -math.cos(azimuth)
    crossings = [0.0]
    for k in range(-2 * heights.shape[1], 2 * heights.shape[1]):
        if abs(east) > 1e-12:
            crossings.append((k - part_col) / east)
        if abs(south) > 1e-12:
            crossings.append((k - part_row) / south)
    crossings = sorted(t for t in crossings if 0.0 <= t * 0.5 <= reach)
    best = 0.0
    for t0, t1 in itertools.pairwise(crossings):
        if t1 - t0 < 1e-12:
            continue
        middle = (t0 + t1) / 2.0
        i = math.floor(row + part_row + south * middle)
        j = math.floor(col + part_col + east * middle)
        if (i, j) == (row, col) or not (0 <= i < len(heights) and 0 <= j < len(heights[0])):
            continue
        rise = heights[i, j] - z
        if rise > 0.01:
            best = max(best, rise / (max(t0, 1e-3) * 0.5))
    return math.degrees(math.atan(best))


def test_random_towns_agree_with_a_slow_walk():
    heights = town(60, 60, 1)
    rng = np.random.default_rng(2)
    row, col = rng.integers(10, 50, 12), rng.integers(10, 50, 12)
    place = rng.integers(0, 16, (2, 12)) / 16.0  # the sixteenths that the table tells apart
    place[:, :6] = 0.5
    x, y = X0 + (col + place[1]) * 0.5, Y0 - (row + place[0]) * 0.5
    z = rng.uniform(0.0, 6.0, 12)
    azimuth = np.arange(40) * 9.0 + 3.7
    directions = np.stack([np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))], axis=-1)
    found = cast(relief_of(heights, CELL_BY_CELL), (x, y, z), level(12), directions, CELL_BY_CELL)
    expected = [
        [
            slow_skyline(heights, row[i], col[i], place[0, i], place[1, i], z[i], a, 200.0)
            for a in np.radians(azimuth)
        ]
        for i in range(12)
    ]
    np.testing.assert_allclose(found, expected, atol=2e-3)  # float32 tangents near 90°


@pytest.mark.parametrize("rules", [RINGS, COARSE])
def test_cells_and_ends_of_rays_left_out_change_nothing(rules):
    """The same bytes where every cell is told to be as high as the sky: none is left out.

    Slopes to all sides, roof samples high and low, a hill and points in one cell.
    """
    rng = np.random.default_rng(7)
    heights = town(700, 500, 6) + np.linspace(0.0, 20.0, 500, dtype=np.float32)
    heights[rng.random(heights.shape) < 0.01] = np.nan
    row, col = np.meshgrid(np.arange(300, 340), np.arange(200, 290), indexing="ij")
    row, col = np.append(row.ravel(), [310, 310]), np.append(col.ravel(), [220, 220])
    x, y = centre(row, col)
    z = np.nan_to_num(heights[row, col]) + rng.choice([0.05, 1.0, 4.0], len(row))
    slopes = rng.uniform(-1.0, 1.0, (2, len(row)))
    slopes[:, ::3] = 0.0
    directions = sector_directions(24, 1.3)
    relief = relief_of(heights, rules)
    blind = dataclasses.replace(relief, tops=np.full_like(relief.tops, 1.0e9))
    points = (x, y, z)
    found = cast(relief, points, (slopes[0], slopes[1]), directions, rules)
    every = cast(blind, points, (slopes[0], slopes[1]), directions, rules)
    assert 0.2 < (found > 0.0).mean() < 0.98
    np.testing.assert_array_equal(found, every)


def test_a_window_that_rays_cannot_number_is_refused():
    huge = np.broadcast_to(np.float32(0.0), (40_000, 40_000))
    with pytest.raises(ValueError, match="too large"):
        relief_of(huge, RINGS)


def test_embree_sees_the_same_boxes():
    """Every cell a box, traced by Embree: just under the skyline a ray hits, above it passes."""
    trimesh = pytest.importorskip("trimesh")
    pytest.importorskip("embreex")
    heights = town(70, 70, 5)
    boxes = []
    for i, j in zip(*np.nonzero(heights), strict=True):
        size = (0.5, 0.5, float(heights[i, j]))
        middle = ((j + 0.5) * 0.5, -(i + 0.5) * 0.5, size[2] / 2.0)
        move = trimesh.transformations.translation_matrix(middle)
        boxes.append(trimesh.creation.box(size, move))
    mesh = trimesh.util.concatenate(boxes)
    row, col = np.nonzero(heights == 0.0)
    chosen = np.random.default_rng(3).choice(len(row), 40, replace=False)
    row, col = row[chosen], col[chosen]
    z = np.full(40, 0.3)
    directions = sector_directions(72, 2.5)
    x, y = centre(row, col)
    found = cast(relief_of(heights, CELL_BY_CELL), (x, y, z), level(40), directions, CELL_BY_CELL)
    tracer = trimesh.ray.ray_pyembree.RayMeshIntersector(mesh, scale_to_box=False)

    def hits(elevation: np.ndarray) -> np.ndarray:
        h = np.radians(elevation).ravel()
        flat = np.tile(directions, (40, 1))
        towards = np.column_stack([flat * np.cos(h)[:, None], np.sin(h)])
        origin = np.repeat(np.column_stack([x - X0, y - Y0, z]), 72, axis=0)
        return tracer.intersects_any(origin, towards).reshape(40, 72)

    above, below = hits(found + 0.02), hits(np.maximum(found - 0.02, 0.01))
    seen = found > 0.03
    # a ray along an edge between two boxes may take either side
    assert above.mean() < 0.005
    assert below[seen].mean() > 0.995


def test_rings_raise_a_far_skyline_little():
    """Blocks read as their highest cell: biased upwards, by less than 0.2° in the mean."""
    heights = town(600, 600, 7, highest=9.0)
    rng = np.random.default_rng(8)
    x, y = centre(rng.integers(250, 350, 60), rng.integers(250, 350, 60))
    z = np.full(60, 6.0)
    directions = sector_directions(72, 0.0)
    exact, rings = (
        cast(relief_of(heights, rules), (x, y, z), level(60), directions, rules)
        for rules in (CELL_BY_CELL, RINGS)
    )
    difference = rings - exact
    assert 0.0 <= difference.mean() < 0.2
    assert np.abs(difference[exact > 5.0]).max() < 1.0


def test_the_own_plane_is_no_obstacle_and_what_stands_on_it_is():
    """Roof of 40° in stairs of half-metre cells, noise of 8 cm, one chimney."""
    rng = np.random.default_rng(4)
    row = np.mgrid[0:60, 0:60][0]
    slope = math.tan(math.radians(40.0))
    heights = 20.0 + slope * (row + 0.5) * -0.5 + 30.0 + rng.normal(0.0, 0.05, (60, 60))
    rules = dataclasses.replace(RINGS, tolerance=0.25)
    x, y = centre([30, 30], [30, 30])
    z = np.full(2, 50.0 - slope * 30.5 * 0.5 + 0.02)
    slopes = np.zeros(2), np.full(2, slope)
    directions = sector_directions(72, 0.0)
    bare = cast(relief_of(heights, rules), (x, y, z), slopes, directions, rules)
    assert (bare == 0.0).all()
    heights[24, 30] += 1.2  # a chimney straight upslope, its foot 2.75 m to the north
    found = cast(relief_of(heights, rules), (x, y, z), slopes, directions, rules)
    top = heights[24, 30] - z[0]
    assert found[0, 0] == pytest.approx(math.degrees(math.atan(top / 2.75)), abs=1e-3)
    assert (found[0, 3:70] == 0.0).all()


def test_curvature_lowers_what_is_far():
    heights = np.zeros((3, 900))
    heights[:, 890:] = 300.0
    rules = RayRules(tolerance=0.0, start=0.0, reach=60_000.0, ring_ratio=0.01, drop=6.8e-8)
    relief = relief_of(heights, rules, resolution=50.0)
    x, y = np.array([X0 + 25.0]), np.array([Y0 - 75.0])
    east = np.array([[1.0, 0.0]])
    found = cast(relief, (x, y, np.zeros(1)), level(1), east, rules)[0, 0]
    distance = 890 * 50.0 - 25.0
    expected = math.degrees(math.atan((300.0 - 6.8e-8 * distance**2) / distance))
    assert found == pytest.approx(expected, rel=0.01)
    flat = dataclasses.replace(rules, drop=0.0)
    assert cast(relief, (x, y, np.zeros(1)), level(1), east, flat)[0, 0] > 1.3 * found


def test_nothing_nearer_than_the_start_counts():
    heights = np.zeros((9, 100))
    heights[:, 20] = 5.0
    heights[:, 80] = 5.0
    x, y = centre([4], [4])
    east = np.array([[1.0, 0.0]])
    rules = dataclasses.replace(CELL_BY_CELL, start=20.0)
    found = cast(relief_of(heights, rules), (x, y, np.zeros(1)), level(1), east, rules)[0, 0]
    assert found == pytest.approx(math.degrees(math.atan(5.0 / 37.75)), abs=1e-3)


def test_unknown_cells_hide_nothing():
    heights = np.full((21, 21), np.nan)
    x, y = centre([10], [10])
    found = cast(
        relief_of(heights, RINGS), (x, y, np.zeros(1)), level(1), sector_directions(72, 0.0), RINGS
    )
    assert (found == 0.0).all()


def test_a_point_outside_the_window_is_refused():
    relief = relief_of(np.zeros((10, 10)), RINGS)
    with pytest.raises(IndexError):
        cast(
            relief, (np.array([X0 - 1.0]), np.array([Y0 - 1.0]), np.zeros(1)), level(1),
            sector_directions(8, 0.0), RINGS,
        )  # fmt: skip


@pytest.mark.parametrize(("resolution", "shift"), [(0.5, 0.0), (0.5, 0.25), (0.2, 0.1)])
def test_no_window_shows_in_the_skyline(resolution, shift):
    """Bit for bit: other corner, other size, other order, one thread or two."""
    heights = town(400, 420, 9)
    whole = surface_of(heights, resolution, x=X0 + shift, y=Y0 - shift)
    rng = np.random.default_rng(10)
    row, col = rng.integers(180, 220, 150), rng.integers(190, 230, 150)
    x, y = whole.grid.xy(row, col)
    z, slopes = rng.uniform(0, 8, 150), (rng.uniform(-1, 1, 150), rng.uniform(-1, 1, 150))
    directions = sector_directions(72, 1.3)
    rules = dataclasses.replace(RINGS, reach=60.0 * resolution / 0.5)

    def skylines_in(surface, order):
        relief = relief_from_heights(surface.dsm, surface.grid, rules.top_level(resolution))
        found = np.empty((150, 72), np.float32)
        found[order] = cast(
            relief, (x[order], y[order], z[order]), (slopes[0][order], slopes[1][order]),
            directions, rules,
        )  # fmt: skip
        return found

    straight = np.arange(150)
    expected = skylines_in(whole, straight)
    assert (expected > 0.0).any()
    window = cut(whole, slice(37, 371), slice(41, 399))
    np.testing.assert_array_equal(skylines_in(window, straight), expected)
    np.testing.assert_array_equal(skylines_in(window, rng.permutation(150)), expected)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        np.testing.assert_array_equal(skylines_in(whole, straight), expected)
    finally:
        numba.set_num_threads(threads)


def test_mirrors_of_the_world_are_mirrors_of_the_skyline():
    """East for west, and north for south; rays along cell corners may choose either side."""
    heights = town(121, 121, 12)
    x, y = centre([60], [60])
    z = np.full(1, 2.0)
    directions = sector_directions(72, 0.0)
    mirror = (-np.arange(72)) % 72
    for axis, turned in ((1, mirror), (0, (36 - np.arange(72)) % 72)):
        one, other = (
            cast(relief_of(h, CELL_BY_CELL), (x, y, z), level(1), directions, CELL_BY_CELL)[0]
            for h in (heights, np.flip(heights, axis))
        )
        oblique = np.arange(72) % 9 != 0  # not along the axes and diagonals, which meet corners
        np.testing.assert_allclose(other[turned][oblique], one[oblique], atol=1e-3)
