"""Order of repeated footprints, and the memory it takes."""

from __future__ import annotations

import tracemalloc

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.parameters import Sources
from cadastre.sources.footprint_table import unique_ids
from cadastre.sources.notes import Notes


def _table(names, shapes):
    table = {
        "building_id": pd.Series(names, dtype="string"),
        "status": pd.Series(pd.NA, index=range(len(names)), dtype="string"),
        "source_file": "a.gpkg",
    }
    table["status_reason"] = table["status"]
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=2154)


def test_repeated_ids_go_by_their_shape_as_text_sorts_it():
    """Python sorts the pairs (id, WKB in hexadecimal); boxes apart from one another."""
    random = np.random.default_rng(5)
    places = random.permutation(200) * 10.0
    shapes = shapely.box(places, 0, places + random.integers(1, 9, 200), 5)
    shapes[7] = None
    names = [f"B{number}" for number in random.integers(0, 60, 200)]
    told = [shape.normalize().wkb_hex if shape is not None else "" for shape in shapes]
    expected = [shape for _, shape in sorted(zip(names, told, strict=True))]
    got = unique_ids(_table(names, shapes), Notes(), Sources())
    first = got["building_id"].str.split("#").str[0].astype(object)
    number = got["building_id"].str.extract(r"#(\d+)")[0].fillna("1").astype(int)
    got = got.assign(first=first, number=number).sort_values(["first", "number"])
    found = [s.normalize().wkb_hex if s is not None else "" for s in got.geometry]
    assert found == expected


def test_one_building_of_many_corners_does_not_weigh_on_the_others():
    """A circle of 20 000 corners among 3 000 boxes: kilobytes a building once, 7.7 GB in all."""
    shapes = shapely.box(np.arange(3000.0) * 10, 0, np.arange(3000.0) * 10 + 5, 5)
    shapes[0] = shapely.Point(0, -5000).buffer(1000.0, quad_segs=5000)
    table = _table([f"B{i}" for i in range(3000)], shapes)
    tracemalloc.start()
    unique_ids(table, Notes(), Sources())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30e6
