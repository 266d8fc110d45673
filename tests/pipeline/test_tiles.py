"""Tiles partition the buildings whatever their size (property), names follow LiDAR HD."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadastre.parameters import Tiles
from cadastre.pipeline.tiles import Tile, expected_mib, plan_tiles, tile_name


@given(
    st.lists(st.tuples(st.floats(684000, 690000), st.floats(7030000, 7036000)), max_size=60),
    st.sampled_from([250.0, 500.0, 1000.0, 2000.0]),
    st.integers(50, 60),
)
def test_every_building_in_exactly_one_tile(points, size, most):
    x = np.array([p[0] for p in points], float)
    y = np.array([p[1] for p in points], float)
    bounds = np.column_stack([x - 5, y - 5, x + 5, y + 5]).reshape(-1, 4)
    tiles = plan_tiles(x, y, bounds, Tiles(size_m=size, max_buildings=most))
    owned = np.concatenate([tile.rows for tile in tiles]) if tiles else np.empty(0, int)
    assert sorted(owned) == list(range(len(points)))
    for tile in tiles:
        west, south, east, north = tile.core
        assert (x[tile.rows] >= west).all()
        assert (x[tile.rows] < east).all()
        assert (y[tile.rows] >= south).all()
        assert (y[tile.rows] < north).all()


def test_crowded_tiles_are_split_and_unlocated_left_out():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(685000, 686000, 400), rng.uniform(7036000, 7037000, 400)
    x[7] = np.nan
    bounds = np.column_stack([x, y, x, y])
    tiles = plan_tiles(x, y, bounds, Tiles(max_buildings=150, min_size_m=250.0))
    assert len(tiles) == 4
    assert len(np.concatenate([t.rows for t in tiles])) == 399
    assert len({t.tile_id for t in tiles}) == 4


def test_wide_roofs_split_a_tile_too():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(684000, 685000, 40), rng.uniform(7036000, 7037000, 40)
    bounds = np.column_stack([x, y, x, y])
    area = np.full(40, 10_000.0)
    tiles = plan_tiles(x, y, bounds, Tiles(max_roof_m2=150_000.0), area)
    assert len(tiles) == 4
    assert all(area[tile.rows].sum() <= 150_000.0 for tile in tiles)


def test_the_countryside_goes_four_squares_together():
    # one building a square kilometre, but for one square of 50
    x = np.concatenate([np.arange(684_100.0, 688_000.0, 1000.0).repeat(4), np.full(50, 684_500.0)])
    y = np.concatenate(
        [
            np.tile(np.arange(7_032_100.0, 7_036_000.0, 1000.0), 4),
            np.linspace(7_032_200.0, 7_032_900.0, 50),
        ]
    )
    bounds = np.column_stack([x, y, x, y])
    tiles = plan_tiles(x, y, bounds, Tiles(merge_buildings=50))
    assert len(tiles) == 3 + 4
    assert {round(t.core[2] - t.core[0]) for t in tiles if len(t.rows) == 4} == {2000}
    assert len(plan_tiles(x, y, bounds, Tiles(merge_buildings=0))) == 16


def test_memory_is_told_beforehand():
    # measured on the synthetic territory: 1 374 MiB at the most for 1 840 houses in 1 km2
    tile = Tile("0682_7038", (0, 0, 1, 1), np.arange(1840), (0.0, 0.0, 1e3, 1e3), 1840 * 120.0)
    told = expected_mib(tile, (-600.0, -600.0, 1600.0, 1600.0), 0.5, Tiles())
    assert 1374 < told < 1.25 * 1374
    # the most a tile of the plan may hold, twice, and the process that shares out: under 4 GB
    fullest = Tile("0000_0000", (0, 0, 1, 1), np.arange(1500), (0.0, 0.0, 1e3, 1e3), 200_000.0)
    two = 2 * expected_mib(fullest, (-600.0, -600.0, 1600.0, 1600.0), 0.5, Tiles())
    assert two + Tiles().process_mib < 4000


@pytest.mark.parametrize(
    ("corner", "size", "name"),
    [((685000, 7037000), 1000, "0685_7037"), ((685500, 7036500), 500, "0685500_7036500")],
)
def test_names(corner, size, name):
    # LiDAR HD: km of the north-west corner (IGNF las-digital-models)
    assert tile_name(*corner, size) == name
