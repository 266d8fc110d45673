"""Published tables: GeoParquet other readers open, same bytes whatever the order of arrival."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely import box

from cadastre.pipeline import tables, yield_stage
from cadastre.pipeline.gathering import _is_of_this_layout
from cadastre.pipeline.hands import hands
from cadastre.pipeline.layout import arrow_column, arrow_table, parquet_bytes, rows_from_bytes
from cadastre.pipeline.store import Product, Store
from cadastre.pipeline.tables import Asides, SortedTable, range_boundaries, read_result


def _modules(ids):
    rows = [(f"{b}/1", rank, b, 30.0, 180.0, 400.5) for b in ids for rank in range(2)]
    names = [
        "plane_id",
        "module_rank",
        "building_id",
        "surface_tilt",
        "surface_azimuth",
        "annual_energy_kwh",
    ]
    frame = pd.DataFrame(rows, columns=names)
    return gpd.GeoDataFrame(
        frame, geometry=[box(i, 0, i + 1, 1) for i in range(len(rows))], crs=2154
    )


def _written(tmp_path, parts, cuts):
    store = Store(str(tmp_path))
    with SortedTable("modules", cuts, "building_id") as table:
        for part in parts:
            table.add(arrow_table(part, "modules"))
        table.write(store, "modules.parquet", "EPSG:2154")
    return store.read_bytes("modules.parquet")


def test_order_of_arrival_leaves_no_trace(tmp_path):
    ids = [f"B{i:03d}" for i in np.random.default_rng(0).permutation(40)]
    whole = _modules(sorted(ids))
    cuts = range_boundaries(ids, 15)
    pieces = [whole[whole["building_id"].isin(ids[i::3])] for i in range(3)]
    first = _written(tmp_path / "a", pieces, cuts)
    second = _written(tmp_path / "b", pieces[::-1], cuts)
    third = _written(tmp_path / "c", [whole], cuts)
    assert first == second == third


def test_many_threads_leave_no_trace(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_SPREAD_AT", 1)  # every addition is spread at once
    ids = [f"B{i:03d}" for i in range(40)]
    whole, cuts = _modules(ids), range_boundaries(ids, 15)
    alone = _written(tmp_path / "a", [whole], cuts)
    store = Store(str(tmp_path / "b"))
    pieces = [arrow_table(whole.iloc[i : i + 1], "modules") for i in range(len(whole))]
    with SortedTable("modules", cuts, "building_id") as table, hands(4) as workers:
        list(workers.each(table.add, pieces))
        assert table.write(store, "modules.parquet", "EPSG:2154") == len(whole)
    assert store.read_bytes("modules.parquet") == alone


def test_tables_take_their_names_together_or_not_at_all(tmp_path):
    store = Store(str(tmp_path))
    store.write_bytes(b"before", "modules.parquet")
    with SortedTable("modules", [], "building_id") as table:
        table.add(arrow_table(_modules(["B1"]), "modules"))
        with Asides(store, "EPSG:2154") as aside:
            assert aside.table(table) == 2
        assert store.names() == ["modules.parquet"]
        assert store.read_bytes("modules.parquet") == b"before"
        with Asides(store, "EPSG:2154") as aside:
            aside.table(table)
            aside.publish()
    assert store.names() == ["modules.parquet"]
    assert len(gpd.read_parquet(tmp_path / "modules.parquet")) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_hands_keep_the_order_and_hand_over_what_goes_wrong(count):
    with hands(count) as workers:
        assert list(workers.each(lambda item: item * item, range(20))) == [
            i * i for i in range(20)
        ]
        ready = workers.begin(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ready()


def test_rows_of_the_shelf_are_those_geopandas_reads(tmp_path):
    rows = arrow_table(_modules(["B1", "B2"]), "modules")
    content = parquet_bytes(rows, "EPSG:2154")
    assert rows_from_bytes(content).equals(rows)
    (tmp_path / "pans.parquet").write_bytes(content)
    read = gpd.read_parquet(tmp_path / "pans.parquet")
    assert read.geometry.to_wkb().tolist() == rows["geometry"].to_pylist()
    assert read.crs == "EPSG:2154"


def test_lists_go_over_whole_and_what_is_not_known_stays_null():
    months = np.arange(12.0)
    months[3] = np.nan
    for items in ([months, months * 2], [months, None]):
        told = arrow_column(pd.Series(items, dtype=object), pa.list_(pa.float32())).to_pylist()
        assert len(told) == len(items)
        for row, item in zip(told, items, strict=True):
            assert (row is None) == (item is None)
            if item is not None:
                np.testing.assert_array_equal(np.array(row, np.float32), np.float32(item))


def test_geoparquet_is_read_by_geopandas(tmp_path):
    whole = _modules(["B1", "B2"])
    _written(tmp_path, [whole], [])
    read = gpd.read_parquet(tmp_path / "modules.parquet")
    assert read.crs == whole.crs
    assert len(gpd.read_parquet(tmp_path / "modules.parquet", bbox=(0, 0, 0.5, 0.5))) == 1
    geo = pq.read_schema(tmp_path / "modules.parquet").metadata[b"geo"]
    assert b'"version": "1.1.0"' in geo
    result = read_result(Store(str(tmp_path)), "modules.parquet")
    assert list(result["module_rank"]) == [0, 1, 0, 1]
    assert result.geometry.area.sum() == pytest.approx(4.0)


def test_missing_values_are_null_not_zero(tmp_path):
    frame = _modules(["B1"])
    frame["annual_energy_kwh"] = [np.nan, 3.0]
    table = arrow_table(frame, "modules")
    assert table.column("annual_energy_kwh").null_count == 1


@pytest.mark.parametrize(("count", "size", "expected"), [(5, 10, []), (5, 2, ["2", "4"])])
def test_ranges_follow_the_data(count, size, expected):
    assert range_boundaries([str(i) for i in range(count)], size) == expected


def test_rows_that_an_earlier_version_laid_out_are_told_apart():
    """A run of some tiles keeps the others: never those whose columns are not today's."""
    made = {"version": f"{yield_stage.VERSION} 3"}
    assert _is_of_this_layout(Product("s", "t", "k", {}, {"made_of": made}))
    for facts in ({}, {"made_of": None}, {"made_of": {"version": f"{yield_stage.VERSION - 1} 3"}}):
        assert not _is_of_this_layout(Product("s", "t", "k", {}, facts))
