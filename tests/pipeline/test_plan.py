"""The plan: one table of footprints, windows asked of boxes, digests as keys tell them."""

from __future__ import annotations

import hashlib

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import STRtree

from cadastre.pipeline.footprints import Boxes, Footprints, print_texts, row_prints
from cadastre.pipeline.plan import Plan
from cadastre.pipeline.tiles import Tile


@pytest.mark.parametrize("seed", range(3))
def test_boxes_find_what_the_tree_of_shapely_finds(seed):
    random = np.random.default_rng(seed)
    low = random.uniform(0, 1000, (400, 2)).round(1)
    # a few very wide ones, points, and many that share an edge with a window
    size = np.where(random.random((400, 1)) < 0.02, 600.0, random.integers(0, 30, (400, 2)))
    shapes = shapely.box(*low.T, *(low + size).T)
    tree, boxes = STRtree(shapes), Boxes(shapely.bounds(shapes))
    corners = random.integers(0, 1000, (200, 2)).astype(float)
    for west, south in [*corners, *low[:50], *(low + size)[:50]]:
        window = (west, south, west + random.integers(0, 200), south + random.integers(0, 200))
        expected = np.sort(tree.query(shapely.box(*window)))
        np.testing.assert_array_equal(boxes.touching(window), expected)
    assert len(Boxes(np.empty((0, 4))).touching((0.0, 0.0, 1.0, 1.0))) == 0


def _footprints():
    shapes = [shapely.box(i, 0, i + 1, 1) for i in range(5)]
    shapes[1] = None
    table = {
        "building_id": [f"B{i}" for i in range(5)],
        "usage": ["residential", None, "annex", "farm", "other"],
        "building_height": [3.5, np.nan, 4.0, 5.0, np.nan],
    }
    return gpd.GeoDataFrame(table, geometry=shapes, crs=2154)


def test_rows_of_a_tile_count_among_the_buildings_to_compute():
    table = _footprints()
    tile = Tile("t", (0, 0, 1, 1), np.array([0, 2]), (0, 0, 1, 1))
    plan = Plan((tile,), Footprints(table), np.array([0, 2, 3, 4]), np.array([0, 3, 4]))
    assert plan.owned(tile)["building_id"].tolist() == ["B0", "B4"]
    assert plan.owned(tile).index.tolist() == [0, 2]
    assert plan.owned(tile).equals(plan.computable.iloc[tile.rows])
    assert plan.of_owned("usage", tile).tolist() == ["residential", "other"]
    assert plan.some(np.array([1, 3])).equals(plan.every.iloc[[1, 3]])
    assert Footprints(table).rows(np.arange(5)).equals(table)
    assert plan.bounds == (0.0, 0.0, 5.0, 1.0)


def test_a_print_is_the_sha256_of_the_shape_and_the_attributes():
    table = _footprints()
    told = print_texts(row_prints(Footprints(table), np.array([0, 4]), ("building_id", "usage")))
    expected = [
        hashlib.sha256(b"|".join([table.geometry.iloc[row].wkb, *words])).hexdigest()[:16]
        for row, words in ((0, (b"B0", b"residential")), (4, (b"B4", b"other")))
    ]
    assert told == expected
