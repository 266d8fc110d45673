"""Budget, P90 and what adds up, against seeded draws and closed forms."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pandas as pd
import pytest

from cadastre import parameters
from cadastre.exchange import PlaneIrradiation
from cadastre.potential.pv_yield import yield_table
from cadastre.potential.uncertainty import (
    CAUSES,
    YIELD_CAUSES,
    building_budget,
    group_budget,
    p90,
    plane_budget,
    total_sigma,
    widest_causes,
)
from tests.potential.support import ALBEDO, sky, weather

BUDGET = parameters.Uncertainty()


@functools.cache
def table():
    return yield_table(weather(), sky(), parameters.Photovoltaics(), parameters.Modules(), ALBEDO)


def light(count, loss=0.0, years=12, spread=0.04, seed=1):
    random = np.random.default_rng(seed)
    free = np.full((count, 12), 100.0)
    loss = np.broadcast_to(np.asarray(loss, float), count)
    kept = free * (1.0 - loss)[:, None]
    common = 1.0 + spread * random.standard_normal(years)
    zeros = np.zeros((count, 12))
    return PlaneIrradiation(
        kept, zeros, zeros, zeros, free, kept.sum(axis=1),
        kept.sum(axis=1)[:, None] * common[None, :], np.ones(count),
        np.zeros((count, 8), np.float32), np.zeros(0, np.float32),
    )  # fmt: skip


def planes(count=1, **changes):
    frame = pd.DataFrame(
        {
            "building_id": [f"b{i:04d}" for i in range(count)],
            "surface_tilt": 35.0,
            "surface_azimuth": 180.0,
            "area_sloped_m2": 40.0,
            "plane_source": "lidar",
            "fit_rmse_m": 0.05,
            "module_count": 12,
            "annual_energy_kwh": 5000.0,
            "vegetation_share": 0.0,
            "explained_share": 1.0,
            "layout": "pitched",
            "module_tilt": 35.0,
            "module_azimuth": 180.0,
        },
        index=range(count),
    )
    return frame.assign(**changes)


def test_typical_roof_lies_in_the_published_ranges():
    """Of one roof at one sigma: kWh/kWp 5 to 9 %, kWh 16 to 30 % (figures of the field)."""
    found = plane_budget(planes(), light(1), weather(), table(), BUDGET)
    assert list(found.columns) == list(CAUSES)
    assert 0.05 < total_sigma(found, YIELD_CAUSES)[0] < 0.09
    assert 0.16 < total_sigma(found)[0] < 0.30


def test_interannual_is_the_spread_of_the_years_where_there_are_enough():
    irradiation = light(1, years=12)
    years = irradiation.by_year[0]
    found = plane_budget(planes(), irradiation, weather(), table(), BUDGET)
    assert found["interannual"][0] == pytest.approx(np.std(years, ddof=1) / np.mean(years))
    few = plane_budget(planes(), light(1, years=2), weather(), table(), BUDGET)
    assert few["interannual"][0] == BUDGET.interannual
    typical = dataclasses.replace(weather(), typical_year=True)
    assert (
        plane_budget(planes(), irradiation, typical, table(), BUDGET)["interannual"][0]
        == BUDGET.interannual
    )
    embedded = dataclasses.replace(weather(), origin="embedded")
    assert (
        plane_budget(planes(), irradiation, embedded, table(), BUDGET)["source"][0]
        == BUDGET.source_embedded
    )


def test_what_is_worse_is_wider():
    base = planes(8)
    base["plane_source"] = ["lidar", "dsm", "assumed", *["lidar"] * 5]
    base["fit_rmse_m"] = [0.05, 0.05, 0.05, 0.6, 0.05, 0.05, 0.05, 0.05]
    base["vegetation_share"] = [0, 0, 0, 0, 0.4, 0, 0, 0]
    base["module_count"] = [12, 12, 12, 12, 12, 2, 12, 12]
    base["explained_share"] = [1, 1, 1, 1, 1, 1, 0.6, 1]
    shade = np.array([0, 0, 0, 0, 0, 0, 0, 0.3])
    found = plane_budget(base, light(8, shade), weather(), table(), BUDGET)
    fit, area, shading = found["plane_fit"], found["usable_area"], found["shading"]
    assert fit[0] < fit[1] < fit[2]
    assert fit[3] > fit[0]
    assert area[0] < area[1] < area[2]
    assert area[5] > area[0] < area[6]
    assert shading[4] > shading[0] < shading[7]
    assert shading[0] == pytest.approx(BUDGET.shading_floor)


def test_plane_fit_is_the_spread_of_redrawn_planes():
    """Monte-Carlo: tilt and azimuth redrawn with their errors, the table read again.

    The budget takes the root mean square at one sigma either side; drawn normal errors give the
    same within 15 % (the response is curved).
    """
    for tilt, azimuth in ((35.0, 180.0), (40.0, 100.0), (20.0, 300.0)):
        frame = planes(surface_tilt=tilt, surface_azimuth=azimuth, fit_rmse_m=0.0)
        found = plane_budget(frame, light(1), weather(), table(), BUDGET)["plane_fit"][0]
        random = np.random.default_rng(0)
        tilts = tilt + 1.5 * random.standard_normal(40_000)  # LiDAR errors of the parameters
        azimuths = azimuth + 3.0 * random.standard_normal(40_000)
        there = table().unshaded_year(tilts, azimuths)
        here = table().unshaded_year(tilt, azimuth)[0]
        drawn = np.sqrt(np.mean((there / here - 1.0) ** 2))
        assert found == pytest.approx(drawn, rel=0.15, abs=3e-4)


@pytest.mark.parametrize(("tilt", "azimuth"), [(1.0, 180.0), (2.0, 0.0), (1.5, 90.0)])
def test_a_nearly_level_plane_may_lean_the_other_way(tilt, azimuth):
    """Drawn tilts below zero face the other way: what is lost or gained follows the draw.

    Before, the azimuth was turned for the error of azimuth and not for that of tilt.
    """
    frame = planes(surface_tilt=tilt, surface_azimuth=azimuth, plane_source="dsm", fit_rmse_m=0.0)
    found = plane_budget(frame, light(1), weather(), table(), BUDGET)["plane_fit"][0]
    drawn_tilt = tilt + 3.0 * np.array([-1.0, 1.0])  # error of a surface model, parameters
    turned = np.where(drawn_tilt < 0.0, azimuth + 180.0, azimuth)
    there = table().unshaded_year(np.abs(drawn_tilt), turned)
    here = table().unshaded_year(tilt, azimuth)[0]
    spun = table().unshaded_year(np.full(2, tilt), azimuth + 6.0 * np.array([-1.0, 1.0]))
    squares = np.concatenate([there, spun]) / here - 1.0
    assert found == pytest.approx(np.sqrt((squares**2).sum() / 2.0), rel=1e-9)


def test_racks_are_judged_by_their_own_plane():
    """15° south racks on a level roof: as a plane of 15°; back-to-back ones nearly not at all.

    When the roof leans, one face gains what the other loses: the spread of the pair is a quarter
    of that of one face or less. Transposition follows the sine of the racks' tilt.
    """
    frame = planes(4, surface_tilt=0.0, surface_azimuth=np.nan, fit_rmse_m=0.0)
    frame["layout"] = ["rack_south", "pitched", "rack_east_west", "pitched"]
    frame["module_tilt"] = [15.0, 15.0, 10.0, 10.0]
    frame["module_azimuth"] = [180.0, 180.0, 90.0, 90.0]
    frame.loc[[1, 3], "surface_tilt"] = [15.0, 10.0]
    frame.loc[[1, 3], "surface_azimuth"] = [180.0, 90.0]
    found = plane_budget(frame, light(4), weather(), table(), BUDGET)
    fit, transposed = found["plane_fit"], found["transposition"]
    assert fit[0] == pytest.approx(fit[1])  # both azimuth errors are 3°
    assert fit[2] < 0.25 * fit[3]
    rise = np.sin(np.radians(15.0)) / np.sin(np.radians(BUDGET.transposition_tilt_deg))
    assert transposed[0] == pytest.approx(BUDGET.transposition * rise)
    assert transposed[0] == pytest.approx(transposed[1])


def test_slope_error_of_a_fit_by_monte_carlo():
    """Least squares on n noisy points of a square: slope error rmse sqrt(12/n)/L."""
    random = np.random.default_rng(1)
    side, points, noise = 6.0, 36, 0.2
    line = (np.arange(6) - 2.5) * side / 6
    x, y = (a.ravel() for a in np.meshgrid(line, line))
    design = np.column_stack([x, y, np.ones(points)])
    draws = noise * random.standard_normal((4_000, points))
    slopes = np.linalg.lstsq(design, draws.T, rcond=None)[0][0]
    assert np.std(slopes) == pytest.approx(noise * np.sqrt(12 / points) / side, rel=0.05)


def test_p90_is_exceeded_nine_times_in_ten():
    """Normal draws with the stated sigma: 90 % lie above (100 000 draws, 0.3 %)."""
    random = np.random.default_rng(3)
    draws = 5000.0 * (1.0 + 0.2 * random.standard_normal(100_000))
    limit = p90([5000.0, 0.0, 5000.0], [0.2, 0.2, 2.0], BUDGET)
    assert np.mean(draws > limit[0]) == pytest.approx(0.9, abs=0.003)
    assert list(limit[1:]) == [0.0, 0.0]


def drawn_total(shared, count, sigma, energy, draws=20_000):
    """Relative spread of a total whose errors share a part: drawn error by error."""
    random = np.random.default_rng(7)
    common = random.standard_normal((draws, 1))
    own = random.standard_normal((draws, count))
    error = sigma * (np.sqrt(shared) * common + np.sqrt(1.0 - shared) * own)
    return np.std((energy * (1.0 + error)).sum(axis=1)) / energy.sum()


@pytest.mark.parametrize("cause", ["source", "plane_fit", "shading", "usable_area"])
def test_territory_sums_follow_drawn_errors(cause):
    """Shared and own parts of one cause over 60 buildings of very different size."""
    count = 60
    energy = np.random.default_rng(5).lognormal(8.0, 1.0, count)
    sigma = np.linspace(0.02, 0.2, count)
    table_ = pd.DataFrame(dict.fromkeys(CAUSES, 0.0), index=range(count))
    table_[cause] = sigma
    shared = getattr(BUDGET, f"{cause}_shared")[1]
    found = group_budget(pd.Series(energy), table_, pd.Series(["whole"] * count), BUDGET).loc[
        "whole", cause
    ]
    assert found == pytest.approx(drawn_total(shared, count, sigma, energy), rel=0.03)


def test_weather_stays_and_geometry_averages_out():
    """Roof, commune of 50, territory of 2 000 like roofs: exact from the shared parts."""
    count = 2_000
    frame = planes(count)
    budget = plane_budget(frame, light(count), weather(), table(), BUDGET)
    roofs = building_budget(frame, budget, BUDGET)
    energy = frame.set_index("building_id")["annual_energy_kwh"]
    commune = pd.Series(np.arange(count) // 50, index=energy.index).where(np.arange(count) < 1_000)
    whole = pd.Series("whole", index=energy.index)
    communes = group_budget(energy, roofs, commune, BUDGET)
    territory = group_budget(energy, roofs, whole, BUDGET)
    assert len(communes) == 20  # the rest belongs to none
    for cause in ("interannual", "source", "transposition"):
        assert territory[cause].iloc[0] == pytest.approx(roofs[cause].iloc[0], rel=1e-9)
    assert communes["plane_fit"].iloc[0] == pytest.approx(
        roofs["plane_fit"].iloc[0] / np.sqrt(50), rel=1e-9
    )
    assert territory["plane_fit"].iloc[0] == pytest.approx(
        roofs["plane_fit"].iloc[0] / np.sqrt(count), rel=1e-9
    )
    rho = BUDGET.usable_area_shared[1]
    assert territory["usable_area"].iloc[0] == pytest.approx(
        roofs["usable_area"].iloc[0] * np.sqrt(rho + (1 - rho) / count), rel=1e-9
    )
    widths = [total_sigma(t).iloc[0] for t in (roofs, communes, territory)]
    assert widths[0] > widths[1] > widths[2]


def test_buildings_weigh_planes_by_energy():
    frame = planes(3, building_id=["a", "a", "b"])
    frame["annual_energy_kwh"] = [3000.0, 1000.0, np.nan]
    budget = pd.DataFrame({name: [0.1, 0.3, 0.2] for name in CAUSES}, index=frame.index)
    found = building_budget(frame, budget, BUDGET)
    assert list(found.index) == ["a"]
    assert found.loc["a", "interannual"] == pytest.approx((3 * 0.1 + 1 * 0.3) / 4)
    own = np.hypot(3 * 0.1, 0.3) / 4
    shared = BUDGET.plane_fit_shared[0]
    assert found.loc["a", "plane_fit"] == pytest.approx(
        np.sqrt(shared * (0.6 / 4) ** 2 + (1 - shared) * own**2)
    )


def test_the_widest_causes_are_named_in_order():
    row = dict.fromkeys(CAUSES, 0.01) | {"shading": 0.3, "usable_area": 0.2, "source": 0.05}
    found = widest_causes(pd.DataFrame([row], index=["a"]), BUDGET)
    assert found["a"] == "shading,usable_area,source"
