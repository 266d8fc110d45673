"""The folded sky: nothing lost, months and years weighed right, refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cadastre import parameters
from cadastre.errors import InputError
from cadastre.sky.cumulative_sky import cumulative_sky
from tests.sky.support import made_weather

SKY = parameters.Sky()


@pytest.fixture(scope="module")
def one():
    return cumulative_sky(made_weather(), SKY, 72)


def test_light_on_level_ground_is_the_ghi_of_the_file(one):
    """Beam, circumsolar and isotropic light close on GHI month by month.

    Exact but for suns lower than 5 degrees, where Perez limits its circumsolar term.
    """
    data = made_weather().data
    month = data.index.month
    expected = data["ghi"].groupby(np.asarray(month)).sum().to_numpy() / 1000.0
    up = one.sun_table[:, 0, 24:36].sum(axis=0) + one.sun_table[:, 0, 60:72].sum(axis=0)
    np.testing.assert_allclose(one.ghi, expected, rtol=1e-12)
    np.testing.assert_allclose(up + one.isotropic, expected, rtol=2e-3)


def test_the_sum_over_sectors_is_every_sun(one):
    total = one.sun_table[:, 0].sum(axis=0, dtype=np.float64).reshape(6, 12)
    for month in range(12):
        chosen = one.free_month == month
        np.testing.assert_allclose(
            total[:3, month], one.free_beam[chosen].sum(axis=0), rtol=1e-5, atol=1e-4
        )
        np.testing.assert_allclose(
            total[3:, month], one.free_circumsolar[chosen].sum(axis=0), rtol=1e-5, atol=1e-4
        )


def test_tables_empty_themselves_as_the_skyline_rises(one):
    up = one.sun_table[:, :, 24:36]
    assert (np.diff(up, axis=1) <= 0.0).all()
    assert (one.sun_table[:, -1] == 0.0).all()
    assert one.sun_row.max() + 1 == len(one.sun_table)


def test_a_finer_sector_count_holds_the_same_suns(one):
    finer = cumulative_sky(made_weather(), SKY, 120)
    np.testing.assert_allclose(
        finer.sun_table[:, 0].sum(axis=0), one.sun_table[:, 0].sum(axis=0), rtol=1e-4, atol=1e-3
    )
    assert len(finer.sun_row) == 120


def test_the_mean_of_two_years_is_the_mean():
    both = cumulative_sky(made_weather(2021, 2), SKY, 72)
    data = made_weather(2021, 2).data
    yearly = data["ghi"].groupby(np.asarray(data.index.year)).sum().to_numpy() / 1000.0
    assert both.years.tolist() == [2021, 2022]
    np.testing.assert_allclose(both.ghi_by_year, yearly, rtol=1e-12)
    assert both.ghi.sum() == pytest.approx(yearly.mean(), rel=1e-12)
    np.testing.assert_allclose(
        both.year_table[:, 0].reshape(-1, 3, 2).sum(axis=(0, 2)) / 2.0,
        both.sun_table[:, 0].reshape(-1, 2, 3, 12).sum(axis=(0, 1, 3)),
        rtol=1e-4,
    )


def test_february_of_a_leap_year_counts_for_a_quarter():
    weather = made_weather(2021, 4)  # 2024 is a leap year
    data = weather.data
    february = data[data.index.month == 2]
    expected = february["ghi"].mean() * 24.0 * 28.25 / 1000.0
    assert cumulative_sky(weather, SKY, 36).ghi[1] == pytest.approx(expected, rel=1e-12)


def test_gaps_and_unfinished_years_do_not_bias_the_mean_year():
    weather = made_weather(2021, 2)
    data = weather.data.loc[: pd.Timestamp("2022-07-16", tz="UTC")]
    data = data.drop(data.loc["2021-05-03":"2021-05-05"].index)
    sky = cumulative_sky(dataclasses.replace(weather, data=data), SKY, 36)
    may = data[data.index.month == 5]["ghi"].mean() * 31 * 24 / 1000.0
    july = data[data.index.month == 7]["ghi"].mean() * 31 * 24 / 1000.0
    assert sky.ghi[4] == pytest.approx(may, rel=1e-12)
    assert sky.ghi[6] == pytest.approx(july, rel=1e-12)
    assert sky.years.tolist() == [2021]


def test_a_typical_year_is_taken_as_long_as_it_says():
    weather = made_weather(2024)  # a leap year's calendar without its leap day
    data = weather.data[~((weather.data.index.month == 2) & (weather.data.index.day == 29))]
    typical = dataclasses.replace(weather, data=data, typical_year=True)
    sky = cumulative_sky(typical, SKY, 36)
    assert sky.ghi.sum() == pytest.approx(data["ghi"].sum() / 1000.0, rel=1e-12)


def test_a_half_hourly_series_gives_the_same_year():
    weather = made_weather()
    index = pd.date_range(
        weather.data.index[0], periods=2 * len(weather.data), freq="30min", tz="UTC"
    )
    data = weather.data.loc[weather.data.index.repeat(2)].set_axis(index)
    half = cumulative_sky(dataclasses.replace(weather, data=data, step_minutes=30), SKY, 72)
    hourly = cumulative_sky(weather, SKY, 72)
    np.testing.assert_allclose(half.ghi, hourly.ghi, rtol=1e-12)
    # two suns an hour instead of one: beam vectors shorten by the arc they span, 0.3 % at most
    np.testing.assert_allclose(
        half.sun_table[:, 0, 24:36].sum(axis=0), hourly.sun_table[:, 0, 24:36].sum(axis=0),
        rtol=6e-3,
    )  # fmt: skip


def test_a_series_without_a_month_is_refused_by_name():
    weather = made_weather()
    data = weather.data[weather.data.index.month != 3]
    with pytest.raises(InputError) as caught:
        cumulative_sky(dataclasses.replace(weather, data=data), SKY, 36)
    assert caught.value.code == "weather_month_missing"
    assert caught.value.facts["months"] == [3]


def test_a_series_without_sun_is_refused():
    weather = made_weather()
    data = weather.data.assign(ghi=0.0, dni=0.0, dhi=0.0)
    with pytest.raises(InputError) as caught:
        cumulative_sky(dataclasses.replace(weather, data=data), SKY, 36)
    assert caught.value.code == "weather_without_sun"
