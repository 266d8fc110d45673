"""Order of planes, curves, classes and reasons: worked by hand on small tables."""

from __future__ import annotations

import dataclasses
import functools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cadastre import parameters
from cadastre.exchange import PlaneIrradiation
from cadastre.potential.installation import (
    advised_planes,
    energy_at,
    installations,
    smaller_installations,
)
from cadastre.potential.plane_yield import plane_yields
from cadastre.potential.pv_yield import Received, plane_energy, rack_received, yield_table
from cadastre.potential.suitability import building_suitability, plane_suitability
from tests.potential.support import ALBEDO, sky, weather

SETTINGS = parameters.Installation(min_yield_share=0.8)
MODULE, PV = parameters.Modules(), parameters.Photovoltaics()


@functools.cache
def table():
    return yield_table(weather(), sky(), PV, MODULE, ALBEDO)


def roof_planes():
    return pd.DataFrame(
        {
            "plane_id": ["b/0", "a/0", "a/1", "a/2", "b/1"],
            "building_id": ["b", "a", "a", "a", "b"],
            "module_count": [10, 10, 20, 4, 0],
            "capacity_kwp": [4.5, 4.5, 9.0, 1.8, 0.0],
            "annual_energy_kwh": [4000.0, 3150.0, 9000.0, 1800.0, 0.0],
        }
    )


def test_best_planes_come_first_and_the_curve_adds_up():
    """Yields 1000, 1000, 700 kWh/kWp: ties by id; below 80 % of the best is not advised."""
    out = installations(roof_planes(), SETTINGS, PV)
    a = out.loc["a"]
    assert list(a["plane_order"]) == ["a/1", "a/2", "a/0"]
    np.testing.assert_allclose(a["curve_capacity_kwp"], [9.0, 10.8, 15.3])
    np.testing.assert_allclose(a["curve_energy_kwh"], [9000.0, 10800.0, 13950.0])
    np.testing.assert_allclose(a["curve_marginal_kwh_per_kwp"], [1000.0, 1000.0, 700.0])
    assert a["advised_plane_count"] == 2
    assert a["advised_module_count"] == 24
    assert list(advised_planes(roof_planes(), SETTINGS)) == [True, False, True, True, False]
    assert a["advised_capacity_kwp"] == pytest.approx(10.8)
    assert a["advised_energy_kwh"] == pytest.approx(10800.0)
    assert a["specific_yield_kwh_per_kwp"] == pytest.approx(13950.0 / 15.3)
    assert list(out.index) == ["a", "b"]
    assert list(out.loc["b", "plane_order"]) == ["b/0"]


def test_a_smaller_installation_takes_the_best_plane_first():
    curve = (np.array([9.0, 15.3]), np.array([9000.0, 13410.0]))
    assert energy_at(*curve, 3.0) == pytest.approx(3000.0)
    assert energy_at(*curve, 12.0) == pytest.approx(9000.0 + 3.0 * 700.0)
    assert energy_at(*curve, 99.0) == pytest.approx(13410.0)


def test_sizes_to_choose_from_and_what_each_adds():
    """3 and 6 kWp on a plane of 1 000 kWh/kWp; 9 to 15.3 kWp, 6.3 on one of 700, by hand."""
    curve = (np.array([9.0, 15.3]), np.array([9000.0, 13410.0]))
    sizes = smaller_installations(*curve, (36.0, 6.0, 3.0, 12.0))
    assert [size[0] for size in sizes] == [3.0, 6.0, 12.0, 15.3]
    np.testing.assert_allclose([size[1] for size in sizes], [3000.0, 6000.0, 11100.0, 13410.0])
    np.testing.assert_allclose([size[2] for size in sizes], [1000.0, 1000.0, 850.0, 700.0])
    whole = smaller_installations(*curve, (15.3, 99.0))
    assert [size[0] for size in whole] == [15.3]


def test_mean_year_over_the_life():
    """25 years that lose 0.5 % each: the sum of the geometric series over 25."""
    a = installations(roof_planes(), SETTINGS, PV).loc["a"]
    expected = 10800.0 * (1.0 - 0.995**25) / (0.005 * 25)
    assert a["advised_life_energy_kwh"] == pytest.approx(expected)


def test_no_module_no_installation():
    none = roof_planes().assign(module_count=0)
    assert len(installations(none, SETTINGS, PV)) == 0


def light_of(tilt, azimuth, near=0.0, far=0.0):
    """Irradiation of free planes less shares lost to near and far obstacles."""
    tilt, azimuth = np.atleast_1d(tilt).astype(float), np.atleast_1d(azimuth).astype(float)
    free = table().free_received(tilt, np.where(np.isnan(azimuth), 180.0, azimuth))
    near, far = (np.broadcast_to(np.asarray(v, float), len(tilt))[:, None] for v in (near, far))
    kept = 1.0 - near - far
    total = free.unshaded
    return PlaneIrradiation(
        free.direct * kept, free.sky_diffuse * kept, free.reflected * kept,
        np.zeros_like(total), total, (total * (1 - near)).sum(axis=1),
        (total * kept).sum(axis=1)[:, None], np.ones(len(tilt)),
        np.zeros((len(tilt), 8), np.float32), np.zeros(0, np.float32),
    )  # fmt: skip


def plane_table(tilt, azimuth, count=20, **columns):
    frame = pd.DataFrame(
        {"surface_tilt": np.atleast_1d(tilt), "surface_azimuth": np.atleast_1d(azimuth)}
    )
    bare = {
        "layout": None, "module_tilt": np.nan, "module_irradiation_kwh_m2": np.nan,
        "module_unshaded_kwh_m2": np.nan,
    }  # fmt: skip
    return frame.assign(module_count=count, **{**bare, **columns})


def suitability_of(tilt, azimuth, count=20, **shade):
    planes = plane_table(tilt, azimuth, count)
    return plane_suitability(planes, light_of(tilt, azimuth, **shade), table(), SETTINGS, MODULE)


def test_a_level_roof_is_judged_by_what_its_racks_receive():
    """South racks at 15°: the light of a free plane of 15° less the rows, class A or B for it.

    The bare level roof receives 0.86 of the optimum (B, tilt); the racks, by pvlib's geometry of
    a 15° plane, about 0.94.
    """
    planes = pd.DataFrame({"plane_id": ["r/0"], "building_id": ["r"],
                           "surface_tilt": [0.0], "surface_azimuth": [np.nan]})  # fmt: skip
    light = light_of(0.0, np.nan)
    free = table().unshaded_year(15.0, 180.0)[0]
    for layout, tilt, azimuths in (
        ("rack_south", 15.0, (180.0,)), ("rack_east_west", 10.0, (90.0, 270.0)),
    ):  # fmt: skip
        modules = modules_of(
            [("r/0", layout, tilt, azimuth, light.monthly.sum(), 10) for azimuth in azimuths]
        )
        out, _ = plane_yields(planes, modules, light, table(), MODULE, PV)
        found = plane_suitability(planes.join(out), light, table(), SETTINGS, MODULE).iloc[0]
        assert out["layout"][0] == layout
        assert (out["module_tilt"][0], out["module_azimuth"][0]) == (tilt, azimuths[0])
        received = out["module_irradiation_kwh_m2"][0]
        assert found["optimum_share"] == pytest.approx(received / table().optimum_kwh_m2)
        assert found["suitability_reason"] == "tilt"  # whichever way the racks face
        if layout == "rack_south":
            assert 0.96 * free < received < free  # the rows in front take 1 to 4 %
            assert (
                found["optimum_share"] > 0.9 > 0.88 > light.monthly.sum() / table().optimum_kwh_m2
            )


@pytest.mark.parametrize(
    ("tilt", "azimuth", "shade", "reason"),
    [
        (38.0, 180.0, {}, "no_room"),
        (45.0, 0.0, {}, "no_light"),
        (38.0, 180.0, {"near": 0.4}, "no_light"),
    ],
)
def test_a_roof_without_module_is_e_and_says_why(tilt, azimuth, shade, reason):
    found = suitability_of(tilt, azimuth, 0, **shade).iloc[0]
    assert (found["suitability_class"], found["suitability_reason"]) == ("E", reason)


@pytest.mark.parametrize(
    ("tilt", "azimuth", "shade", "count", "letter", "reason"),
    [
        (38.0, 180.0, {}, 20, "A", "none"),
        (40.0, 90.0, {}, 20, "C", "orientation"),
        (40.0, 0.0, {}, 20, "E", "orientation"),
        (0.0, np.nan, {}, 20, "B", "tilt"),
        (38.0, 180.0, {"near": 0.2}, 20, "C", "near_shading"),
        (38.0, 180.0, {"near": 0.05, "far": 0.15}, 20, "C", "far_horizon"),
        (38.0, 180.0, {}, 3, "C", "small_area"),
        (38.0, 180.0, {}, 0, "E", "no_room"),
        (40.0, 0.0, {}, 3, "E", "orientation"),
    ],
)
def test_classes_and_reasons(tilt, azimuth, shade, count, letter, reason):
    """Shares of the optimum known from the plane: 1.0, about 0.77, 0.49, 0.86, 0.8."""
    found = suitability_of(tilt, azimuth, count, **shade).iloc[0]
    assert found["suitability_class"] == letter
    assert found["suitability_reason"] == reason


def test_unknown_irradiation_has_no_class():
    light = light_of(30.0, 180.0)
    unknown = dataclasses.replace(light, direct=light.direct * np.nan)
    planes = plane_table(30.0, 180.0, 5)
    found = plane_suitability(planes, unknown, table(), SETTINGS, MODULE).iloc[0]
    assert pd.isna(found["suitability_class"])
    assert found["suitability_reason"] == "unknown"


def test_a_building_takes_what_its_modules_receive():
    planes = pd.DataFrame(
        {
            "building_id": ["a", "a", "a", "b", "c"],
            "module_count": [30, 10, 12, 0, 20],
            "advised_flag": [True, True, False, False, True],
        }
    )
    # the north plane of "a" carries modules that nobody is advised to buy
    shares = pd.DataFrame(
        {
            "suitability_reason": ["none", "orientation", "orientation", "no_room", "unknown"],
            "optimum_share": [0.97, 0.77, 0.5, 0.55, np.nan],
        }
    )
    found = building_suitability(planes, shares, SETTINGS)
    assert list(found.index) == ["a", "b"]
    assert found.loc["a", "optimum_share"] == pytest.approx((30 * 0.97 + 10 * 0.77) / 40)
    assert found.loc["a", "suitability_class"] == "B"
    assert found.loc["a", "suitability_reason"] == "orientation"
    assert found.loc["b", "suitability_class"] == "E"
    assert found.loc["b", "suitability_reason"] == "no_room"


def modules_of(rows):
    """Modules table from (plane_id, layout, tilt, azimuth, light, number)."""
    parts = []
    for plane_id, layout, tilt, azimuth, light, number in rows:
        parts += [
            {
                "plane_id": plane_id, "layout": layout, "surface_tilt": tilt,
                "surface_azimuth": azimuth, "irradiation_kwh_m2": light,
                "geometry": shapely.box(0, 0, 1, 1),
            }
        ] * number  # fmt: skip
    return gpd.GeoDataFrame(parts, crs="EPSG:2154")


def test_energy_of_planes_and_modules():
    """Modules under the plane's mean light give the plane's energy; module shares add up."""
    planes = pd.DataFrame(
        {
            "plane_id": ["a/0", "a/1", "b/0"],
            "building_id": ["a", "a", "b"],
            "surface_tilt": [35.0, 35.0, 0.0],
            "surface_azimuth": [170.0, 350.0, np.nan],
        }
    )
    tilt, azimuth = planes["surface_tilt"], planes["surface_azimuth"].to_numpy()
    light = light_of(tilt, azimuth, near=0.1)
    mean = light.monthly.sum(axis=1)
    modules = modules_of(
        [
            ("a/0", "pitched", 35.0, 170.0, mean[0], 10),
            ("b/0", "rack_east_west", 10.0, 90.0, mean[2], 4),
            ("b/0", "rack_east_west", 10.0, 270.0, mean[2], 4),
        ]
    )
    out, placed = plane_yields(planes, modules, light, table(), MODULE, PV)
    assert list(out["module_count"]) == [10, 0, 8]
    received = Received(light.direct, light.sky_diffuse, light.reflected, light.unshaded)
    south = plane_energy(table(), [35.0], [170.0], "on_roof", received.at([0]), [4.5]).sum()
    assert out["annual_energy_kwh"][0] == pytest.approx(south)
    assert out["annual_energy_kwh"][1] == 0.0
    assert np.isnan(out["specific_yield_kwh_per_kwp"][1])
    flat = rack_received(table(), "rack_east_west", [90.0, 270.0], received.at([2, 2]))
    pair = plane_energy(
        table(), [10.0, 10.0], [90.0, 270.0], "rack_east_west", flat, [1.8, 1.8]
    ).sum()
    assert out["annual_energy_kwh"][2] == pytest.approx(pair)
    assert placed["annual_energy_kwh"].sum() == pytest.approx(out["annual_energy_kwh"].sum())
    np.testing.assert_allclose(out["monthly_energy_kwh"][0].sum(), south)
    assert list(placed["module_rank"]) == [*range(10), *range(8)]
    assert list(placed["building_id"]) == ["a"] * 10 + ["b"] * 8


def test_modules_out_of_the_shade_give_more_than_the_mean_of_the_plane():
    """Bright modules tend to the free plane, dim ones lose alike, unknown take the mean."""
    planes = pd.DataFrame(
        {"plane_id": ["a/0"], "building_id": ["a"], "surface_tilt": [35.0],
         "surface_azimuth": [180.0]}
    )  # fmt: skip
    light = light_of(35.0, 180.0, near=0.2)
    free, mean = light.unshaded.sum(), light.monthly.sum()
    whole = light_of(35.0, 180.0)
    received = Received(whole.direct, whole.sky_diffuse, whole.reflected, whole.unshaded)
    best = plane_energy(table(), [35.0], [180.0], "on_roof", received, [0.45 * 6]).sum()

    def energy(value):
        modules = modules_of([("a/0", "pitched", 35.0, 180.0, value, 6)])
        return plane_yields(planes, modules, light, table(), MODULE, PV)[0]["annual_energy_kwh"][0]

    assert energy(free) == pytest.approx(best, rel=5e-3)  # reflected light stays the plane's
    assert energy(np.nan) == pytest.approx(energy(mean))
    assert energy(0.8 * mean) == pytest.approx(0.8 * energy(mean), rel=0.02)
    assert energy(mean) < energy(0.5 * (mean + free)) < best


def test_east_and_west_stay_advised_beside_a_small_south_plane_and_north_does_not():
    """Default share against the yields of the table: a south porch, 35° planes all round."""
    facing = {"south": 180.0, "east": 90.0, "west": 270.0, "north": 0.0}
    light = [table().free_received([35.0], [azimuth]) for azimuth in facing.values()]
    yields = [
        plane_energy(table(), [35.0], [azimuth], "on_roof", received, [1.0]).sum()
        for azimuth, received in zip(facing.values(), light, strict=True)
    ]
    capacity = np.array([0.9, 4.5, 4.5, 4.5])
    planes = pd.DataFrame(
        {
            "building_id": "b", "module_count": [2, 10, 10, 10], "capacity_kwp": capacity,
            "annual_energy_kwh": capacity * yields,
        },
        index=list(facing),
    )  # fmt: skip
    advised = advised_planes(planes, parameters.Installation())
    assert dict(advised) == {"south": True, "east": True, "west": True, "north": False}
