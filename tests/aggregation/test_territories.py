"""Totals by commune, EPCI and whole: six buildings added by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cadastre.aggregation.checks import check_conservation
from cadastre.aggregation.territories import territory_totals
from cadastre.publishing.texts_fr.checks import fault_sentence


def communes():
    return gpd.GeoDataFrame(
        {
            "commune_code": ["62A01", "62A02", "62A03"],
            "commune_name": ["Un", "Deux", "Trois"],
            "epci_code": ["E1", "E1", "E2"],
            "epci_name": ["Ensemble", "Ensemble", "Vide"],
        },
        geometry=[shapely.box(i, 0, i + 1, 1) for i in range(3)],
        crs="EPSG:2154",
    )


def buildings():
    """Four assessed, one without data, one outside every commune."""
    frame = pd.DataFrame(
        {
            "building_id": list("abcdef"),
            "status": [
                "computed",
                "computed",
                "low_confidence",
                "no_data",
                "computed",
                "computed",
            ],
            "usage": ["residential", "industry", "residential", "residential", "annex", "annex"],
            "commune_code": ["62A01", "62A01", "62A02", "62A02", "62A02", None],
            "footprint_area_m2": [100.0, 900.0, 80.0, 70.0, 20.0, 30.0],
            "area_sloped_m2": [120.0, 900.0, 100.0, np.nan, 20.0, 30.0],
            "irradiation_kwh": [120e3, 810e3, 70e3, np.nan, 10e3, 30e3],
            "usable_area_m2": [60.0, 700.0, 50.0, np.nan, 5.0, 10.0],
            "module_count": [20.0, 300.0, 10.0, np.nan, 0.0, 4.0],
            "capacity_kwp": [9.0, 135.0, 4.5, np.nan, 0.0, 1.8],
            "annual_energy_kwh": [8100.0, 108000.0, 4050.0, np.nan, 0.0, 1700.0],
            "advised_capacity_kwp": [4.5, 135.0, 4.5, np.nan, 0.0, 1.8],
            "advised_energy_kwh": [4500.0, 108000.0, 4050.0, np.nan, 0.0, 1700.0],
            "thermal_energy_kwh": [1250.0, np.nan, 1300.0, np.nan, np.nan, np.nan],
            "thermal_wanted_kwh": [1700.0, np.nan, 1800.0, np.nan, np.nan, np.nan],
            "displaced_energy_kwh": [1200.0, 0.0, 1300.0, np.nan, 0.0, 0.0],
            "energy_with_thermal_kwh": [6900.0, 108000.0, 2750.0, np.nan, 0.0, 1700.0],
        }
    )
    months = [None if np.isnan(e) else [e / 12.0] * 12 for e in frame["annual_energy_kwh"]]
    return frame.assign(monthly_energy_kwh=pd.Series(months, dtype=object))


def planes():
    """Two planes of ``a``, one of every other assessed building."""
    rows = buildings().dropna(subset=["capacity_kwp"])
    half = rows.iloc[[0, 0, 1, 2, 3, 4]].copy()
    names = [
        "area_sloped_m2", "usable_area_m2", "module_count", "capacity_kwp", "annual_energy_kwh",
    ]  # fmt: skip
    half.iloc[:2, [half.columns.get_loc(name) for name in names]] /= 2.0
    return half[["building_id", *names]].reset_index(drop=True)


def totals():
    return territory_totals(buildings(), communes(), "Tout")


def row(table, level, code, usage="all"):
    return table.set_index(["level", "code", "usage"]).loc[(level, code, usage)]


def test_sums_counts_and_ratios_by_hand():
    table = totals()
    first = row(table, "commune", "62A01")
    assert first["building_count"] == first["assessed_building_count"] == 2
    assert first["annual_energy_kwh"] == 116_100.0
    assert first["advised_energy_kwh"] == 112_500.0
    assert first["specific_yield_kwh_per_kwp"] == pytest.approx(116_100 / 144)  # not a mean
    assert first["advised_yield_kwh_per_kwp"] == pytest.approx(112_500 / 139.5)
    assert first["irradiation_kwh_m2"] == pytest.approx(930e3 / 1020)
    assert first["solar_fraction"] == pytest.approx(1250 / 1700)
    second = row(table, "commune", "62A02")
    assert (second["building_count"], second["unassessed_building_count"]) == (3, 1)
    assert second["footprint_area_m2"] == 170.0
    np.testing.assert_allclose(second["monthly_energy_kwh"], 4050 / 12)
    epci = row(table, "epci", "E1")
    assert epci["annual_energy_kwh"] == 120_150.0
    assert epci["displaced_energy_kwh"] == 2_500.0
    assert epci["energy_with_thermal_kwh"] + epci["displaced_energy_kwh"] == 120_150.0
    whole = row(table, "whole", "whole")
    assert whole["annual_energy_kwh"] == 121_850.0  # the one outside every commune counts here
    assert whole["name"] == "Tout"


def test_uses_add_up_and_nothing_known_stays_missing():
    table = totals()
    uses = table[(table["level"] == "whole") & (table["usage"] != "all")]
    assert uses["annual_energy_kwh"].sum() == 121_850.0
    assert set(uses["usage"]) == {"residential", "industry", "annex"}
    annex = row(table, "commune", "62A02", "annex")
    assert annex["annual_energy_kwh"] == 0.0  # known to be nothing
    assert np.isnan(annex["thermal_energy_kwh"])  # unknown: not zero
    assert np.isnan(annex["specific_yield_kwh_per_kwp"])


def test_empty_territories_have_a_row():
    table = totals()
    third = row(table, "commune", "62A03")
    assert third["building_count"] == 0
    assert np.isnan(third["annual_energy_kwh"])
    assert row(table, "epci", "E2")["name"] == "Vide"
    assert row(table, "epci", "E1").geometry.area == 2.0
    keys = table[["level", "code", "usage"]].apply(tuple, axis=1)
    assert list(keys) == sorted(keys)


def faults(change=None, of_planes=None, of_totals=None, ids="abcdef"):
    rows, parts, table = buildings(), planes(), totals()
    for frame, edit in ((rows, change), (parts, of_planes), (table, of_totals)):
        if edit is not None:
            edit(frame)
    return check_conservation(pd.Series(list(ids)), rows, parts, table)


def test_what_adds_up_passes():
    assert faults() == []


def _one(name, value, row=0):
    def edit(frame):
        frame.loc[row, name] = value

    return edit


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"ids": "abcdefg"}, "building_lost:1:g"),
        ({"ids": "abcde"}, "building_invented:1:f"),
        ({"change": _one("building_id", "b")}, "building_repeated:b"),
        ({"of_planes": _one("building_id", "z")}, "plane_without_building:1:z"),
        ({"of_planes": _one("capacity_kwp", 5.0)}, "planes_to_building:capacity_kwp:1:a"),
        ({"change": _one("energy_with_thermal_kwh", 8100.0)}, "roof_counted_twice:1:a"),
        ({"of_totals": _one("level", "gone", slice(None))}, "whole_rows:0"),
    ],
)
def test_each_fault_is_named_and_said_in_french(broken, code):
    found = faults(**broken)
    assert code in found
    for fault in found:
        assert fault_sentence(fault).endswith(".")


@pytest.mark.parametrize("name", ["annual_energy_kwh", "advised_energy_kwh", "module_count"])
def test_a_total_that_lost_something_is_refused(name):
    def less(table):
        table.loc[table["level"] == "whole", name] -= 1.0

    found = faults(of_totals=less)
    assert any(fault.startswith(f"buildings_to_whole:{name}") for fault in found)
    assert any(fault.startswith(f"buildings_to_usages:{name}") for fault in found)
    miscounted = faults(of_totals=lambda t: t.__setitem__("building_count", 5))
    assert "whole_count:5:6" in miscounted
