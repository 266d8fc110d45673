"""Published tables: GeoParquet other readers open, same bytes whatever the order of arrival."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from shapely import box

from cadastre.pipeline.store import Store
from cadastre.pipeline.tables import SortedTable, arrow_table, range_boundaries, read_result


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
