"""Every footprint once, with what its tile says: against a table joined by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cadastre.aggregation.territories import territory_totals
from cadastre.pipeline.building_rows import BuildingRows, Kept
from cadastre.pipeline.building_table import SIGMA_COLUMNS, results_schema
from cadastre.pipeline.footprints import Footprints
from cadastre.pipeline.ingest import Rasters
from cadastre.pipeline.layout import arrow_rows, arrow_schema
from cadastre.pipeline.tables import SortedTable, range_boundaries
from tests.aggregation.test_territories import communes

IDS = [f"B{i}" for i in range(7)]
NO_RASTERS = Rasters(None, None, None, None)


def _footprints():
    table = {
        "building_id": IDS,
        "status": [None, "excluded", None, None, "error", None, None],
        "status_reason": [None, "too_small_footprint", None, None, "no_geometry", None, None],
        "usage": ["residential", "annex", "annex", None, "residential", "farm", "farm"],
        "commune_code": ["62A01", "62A01", "62A02", "62A02", None, "62A01", "62A02"],
        "footprint_area_m2": np.arange(7.0) * 10,
        "weather_cell_id": ["c"] * 7,
    }
    shapes = [shapely.box(i, 0, i + 1, 1) for i in range(7)]
    shapes[4] = None
    return gpd.GeoDataFrame(table, geometry=shapes, crs=2154)


def _results(ids):
    rows = [int(name[1:]) for name in ids]
    frame = pd.DataFrame({"building_id": ids, "status": "computed", "plane_count": 2})
    frame["annual_energy_kwh"] = [100.0 + row for row in rows]
    frame["monthly_energy_kwh"] = [np.full(12, 1.0 + row) for row in rows]
    frame["module_count"] = [3.0, *[np.nan] * (len(ids) - 1)]
    for name in SIGMA_COLUMNS:
        frame[name] = 0.1
    return frame


def _made(parts, lost=(), size=3):
    """Published rows and what is kept, from the results of some tiles."""
    footprints = _footprints()
    cuts, kept = range_boundaries(IDS, size), Kept.of(len(IDS))
    with SortedTable("results", cuts, "building_id", schema=results_schema()) as results:
        for part in parts:
            results.add(arrow_rows(part, results_schema()))
        rows = BuildingRows(
            Footprints(footprints), results, pd.Index(list(lost)), NO_RASTERS, size
        )
        ranges = list(rows.ranges(kept))
    assert [len(part) for part in ranges] == [3, 3, 1]
    assert all(part.schema.equals(arrow_schema("buildings")) for part in ranges)
    return pd.concat([part.to_pandas() for part in ranges]).set_index("building_id"), kept


def test_what_a_tile_computed_stands_beside_its_footprint():
    rows, kept = _made([_results(["B6", "B0"]), _results(["B2"])], lost=["B3"])
    assert rows.index.tolist() == IDS
    told = rows["status"].tolist()
    assert told == ["computed", "excluded", "computed", "error", "error", "no_data", "computed"]
    assert rows["status_reason"].dropna().to_dict() == {
        "B1": "too_small_footprint", "B3": "tile_failed", "B4": "no_geometry",
        "B5": "not_computed",
    }  # fmt: skip
    assert rows["plane_count"].tolist() == [2, 0, 2, 0, 0, 0, 2]
    assert rows["annual_energy_kwh"].dropna().to_dict() == {"B0": 100.0, "B2": 102.0, "B6": 106.0}
    assert rows["module_count"].dropna().to_dict() == {"B2": 3.0, "B6": 3.0}
    assert rows.loc["B6", "monthly_energy_kwh"].tolist() == [7.0] * 12
    assert rows["footprint_area_m2"].tolist() == (np.arange(7.0) * 10).tolist()
    assert rows["geometry"].isna().tolist() == [name == "B4" for name in IDS]
    assert kept.faults == kept.repeated == []
    assert rows["data_date"].isna().all()


def test_a_building_that_two_tiles_computed_and_a_value_out_of_range_are_told():
    wrong = _results(["B0"]).assign(annual_energy_kwh=-5.0)
    _, kept = _made([_results(["B2", "B6"]), _results(["B2"]), wrong])
    assert kept.repeated == ["B2"]
    assert len(kept.faults) == 1
    assert "annual_energy_kwh" in kept.faults[0]


@pytest.mark.parametrize("parts", [[], [_results(["B6", "B0"])]])
def test_totals_are_those_of_the_published_rows(parts):
    rows, kept = _made(parts)
    by_hand = rows.reset_index()
    found = territory_totals(kept.frame(_footprints()), communes(), "Tout")
    expected = territory_totals(by_hand, communes(), "Tout")
    pd.testing.assert_frame_equal(found[expected.columns], expected, check_dtype=False)
    whole = found[(found["level"] == "whole") & (found["usage"] == "all")].iloc[0]
    assert whole["building_count"] == 7
    if parts:
        assert whole["annual_energy_kwh"] == 206.0
        assert list(whole["monthly_energy_kwh"]) == [8.0] * 12
