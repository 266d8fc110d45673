"""Weather of every format against pvlib's readers, the sun, and the stations' own totals."""

from __future__ import annotations

import dataclasses
import json
import warnings

import numpy as np
import pandas as pd
import pvlib
import pytest

from cadastre.errors import InputError
from cadastre.exchange import WEATHER_COLUMNS
from cadastre.parameters.sources import Sources
from cadastre.sources.notes import Notes
from cadastre.sources.sun_check import closure_error, sun_of
from cadastre.sources.weather import read_weather
from cadastre.sources.weather_formats import parse_weather
from tests.shared_data import data_file, reference_file
from tests.sources import scenes
from tests.sources.scenes import LATITUDE, LONGITUDE

UCCLE = ("uccle_tmyx", "BEL_VLG_Uccle.064470_TMYx.2007-2021.epw")
LONDON = ("london_city_tmyx", "GBR_ENG_London.City.AP.037683_TMYx.2007-2021.epw")
LEUVEN = ("vliet_leuven_2021_measured", "Vliet_2021.mos")
PARIS = ("paris_nsrdb_2020", "paris_nsrdb_2020_48.85_2.34.csv")
TMY = ("pvgis_samples_pvlib", "tmy_45.000_8.000_2005_2023.csv")
HOURLY = "pvgis_hourly_Timeseries_45.000_8.000"
TMY_JSON = ("pvgis_samples_pvlib", "tmy_45.000_8.000_2005_2023.json")


def read(*paths, latitude=LATITUDE, longitude=LONGITUDE, notes=None):
    notes = Notes() if notes is None else notes
    return read_weather([str(path) for path in paths], latitude, longitude, notes)


def closure(series):
    spot = (series.latitude, series.longitude, series.altitude)
    cosine = sun_of(series.data.index, spot, series.step_minutes)["cosine"].to_numpy()
    return closure_error(series.data, cosine)


def codes(notes):
    return {note.code for note in notes}


# ---- plain csv ------------------------------------------------------------------------------


def test_a_clean_series_is_given_back(tmp_path):
    data = scenes.weather()
    notes = Notes()
    got = read(scenes.write_weather(tmp_path / "a.csv", data), notes=notes)
    assert tuple(got.data.columns) == WEATHER_COLUMNS
    pd.testing.assert_frame_equal(got.data, data[list(WEATHER_COLUMNS)], check_freq=False,
                                  check_names=False)  # fmt: skip
    assert got.step_minutes == 60
    assert (got.latitude, got.longitude) == (LATITUDE, LONGITUDE)
    assert codes(notes) == {"weather_read"}


def test_years_in_several_files_make_one_series(tmp_path):
    data = scenes.weather(2018, 3)
    paths = [
        scenes.write_weather(tmp_path / f"{y}.csv", data[data.index.year == y])
        for y in (2020, 2018, 2019)
    ]
    got = read(*paths)
    np.testing.assert_allclose(got.data["ghi"], data["ghi"])
    assert not got.typical_year


@pytest.mark.parametrize("minutes", [15, 30])
def test_finer_steps(tmp_path, minutes):
    hourly = scenes.weather()
    index = pd.date_range(
        "2019-01-01", "2020-01-01", freq=f"{minutes}min", inclusive="left", tz="UTC"
    )
    spot = (LATITUDE, LONGITUDE, 0.0)
    cosine = sun_of(index, spot, minutes)["cosine"].to_numpy()
    dni = np.where(cosine > 0.05, 500.0, 0.0)
    fine = pd.DataFrame({"ghi": 100.0 * cosine + dni * cosine, "dni": dni, "dhi": 100.0 * cosine,
                         "temp_air": 10.0, "wind_speed": 3.0}, index=index)  # fmt: skip
    got = read(scenes.write_weather(tmp_path / "a.csv", fine))
    assert got.step_minutes == minutes
    assert len(got.data) == len(hourly) * 60 // minutes


def test_short_gaps_follow_the_clearness(tmp_path):
    """Two hours of a clear noon removed: interpolated within 5 % of what stood there."""
    data = scenes.weather()
    gap = data.index[(data.index.month == 6) & (data.index.day == 12)][10:12]
    notes = Notes()
    got = read(scenes.write_weather(tmp_path / "a.csv", data.drop(gap)), notes=notes).data
    np.testing.assert_allclose(got.loc[gap, "ghi"], data.loc[gap, "ghi"], rtol=0.05)
    assert notes.with_code("weather_gap_interpolated")[0].count == 2
    other = data.index.difference(gap)
    np.testing.assert_allclose(got.loc[other, "ghi"], data.loc[other, "ghi"])


def test_long_gaps_take_the_nearest_day(tmp_path):
    data = scenes.weather()
    gap = data.index[4000:4240]
    got = read(scenes.write_weather(tmp_path / "a.csv", data.drop(gap))).data
    assert got.notna().all(axis=None)
    lit = data.loc[gap, "ghi"] > 0
    assert (got.loc[gap, "ghi"][lit] > 0).mean() > 0.97


def test_swapped_columns_are_put_right(tmp_path):
    data = scenes.weather()
    for first, second in (("ghi", "dni"), ("dni", "dhi"), ("ghi", "dhi")):
        wrong = data.rename(columns={first: second, second: first})
        notes = Notes()
        got = read(scenes.write_weather(tmp_path / "a.csv", wrong), notes=notes).data
        assert notes.with_code("weather_columns_swapped")
        pd.testing.assert_frame_equal(got[["ghi", "dni", "dhi"]], data[["ghi", "dni", "dhi"]],
                                      check_freq=False, check_names=False)  # fmt: skip


@pytest.mark.parametrize("minutes", [60, -60, 120, 30])
def test_a_wrong_clock_is_put_right(tmp_path, minutes):
    data = scenes.weather()
    wrong = data.set_axis(data.index + pd.Timedelta(minutes=minutes))
    notes = Notes()
    got = read(scenes.write_weather(tmp_path / "a.csv", wrong), notes=notes)
    assert dict(notes.with_code("weather_time_shifted")[0].facts) == {"minutes": -minutes}
    assert closure(got) < 1.0


def test_global_alone_is_split_as_pvlib_does(tmp_path):
    data = scenes.weather()
    got = read(scenes.write_weather(tmp_path / "a.csv", data[["ghi"]])).data
    middle = got.index + pd.Timedelta(minutes=30)
    zenith = pvlib.solarposition.get_solarposition(middle, LATITUDE, LONGITUDE, 0.0)
    zenith = zenith["apparent_zenith"].to_numpy()
    expected = pvlib.irradiance.erbs(got["ghi"].to_numpy(), zenith, middle.day_of_year.to_numpy())
    high = zenith < 85
    np.testing.assert_allclose(got["dni"][high], expected["dni"][high], atol=0.01)
    cosine = np.maximum(np.cos(np.radians(zenith)), 0.0)
    np.testing.assert_allclose(got["ghi"], got["dhi"] + got["dni"] * cosine, atol=1e-6)


def test_direct_and_diffuse_alone_make_the_global(tmp_path):
    data = scenes.weather()
    got = read(scenes.write_weather(tmp_path / "a.csv", data[["dni", "dhi"]])).data
    np.testing.assert_allclose(got["ghi"], data["ghi"], atol=0.3)


@pytest.mark.parametrize("given", [["ghi", "dhi"], ["ghi", "dni"]])
def test_the_third_component_is_derived(tmp_path, given):
    """Closed form: ghi = dhi + dni cos z, sun above 3 degrees."""
    data = scenes.weather()
    notes = Notes()
    got = read(scenes.write_weather(tmp_path / "a.csv", data[given]), notes=notes)
    missing = ({"dni", "dhi"} - set(given)).pop()
    assert dict(notes.with_code("weather_component_derived")[0].facts) == {"column": missing}
    zenith = sun_of(got.data.index, (LATITUDE, LONGITUDE, 0.0), 60)["zenith"]
    high = (zenith < 80).to_numpy()
    np.testing.assert_allclose(got.data[missing][high], data[missing][high], atol=2.0)


def test_global_alone_by_dirint(tmp_path):
    """The other named model, against pvlib's own call."""
    data = scenes.weather()
    path = scenes.write_weather(tmp_path / "a.csv", data[["ghi"]])
    limits = dataclasses.replace(Sources(), decomposition_model="dirint")
    got = read_weather([str(path)], LATITUDE, LONGITUDE, Notes(), limits).data
    index = pd.DatetimeIndex(got.index)
    sun = pvlib.solarposition.get_solarposition(
        index + pd.Timedelta(minutes=30), LATITUDE, LONGITUDE, 0.0
    )
    zenith = pd.Series(sun["apparent_zenith"].to_numpy(), index=index)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = pvlib.irradiance.dirint(got["ghi"], zenith, index)
    high = (zenith < 80).to_numpy()
    cosine = np.cos(np.radians(zenith.to_numpy()[high]))
    most = got["ghi"].to_numpy()[high] / cosine
    wanted = np.minimum(np.nan_to_num(expected.to_numpy()[high]), most)
    np.testing.assert_allclose(got["dni"].to_numpy()[high], wanted, atol=1.0)


def test_the_nearest_place_is_chosen(tmp_path):
    for name, latitude in (("far", 51.5), ("near", 50.4)):
        data = scenes.weather().assign(latitude=latitude, longitude=LONGITUDE)
        scenes.write_weather(tmp_path / f"{name}.csv", data)
    notes = Notes()
    got = read(tmp_path / "far.csv", tmp_path / "near.csv", notes=notes)
    assert got.latitude == 50.4
    assert notes.with_code("file_far_away")[0].file == "far.csv"


# ---- PVGIS ----------------------------------------------------------------------------------


def pvgis_hourly(data, minute=11, slope=0):
    """Hourly PVGIS csv of a horizontal plane, stamps at hh:mm, as the service writes it."""
    stamps = pd.date_range("2019-01-01", "2020-01-01", freq="h", inclusive="left") + pd.Timedelta(
        minutes=minute
    )
    sun = pvlib.solarposition.get_solarposition(stamps.tz_localize("UTC"), LATITUDE, LONGITUDE)
    cosine = np.maximum(np.cos(np.radians(sun["apparent_zenith"].to_numpy())), 0.0)
    beam, diffuse = 500.0 * np.where(cosine > 0.06, cosine, 0.0), 120.0 * cosine
    head = [
        f"Latitude (decimal degrees):\t{LATITUDE}", f"Longitude (decimal degrees):\t{LONGITUDE}",
        "Elevation (m):\t40", "Radiation database:\tPVGIS-SARAH3", "", "",
        f"Slope: {slope} deg. ", "Azimuth: 0 deg. ", "time,Gb(i),Gd(i),Gr(i),H_sun,T2m,WS10m,Int",
    ]  # fmt: skip
    rows = [
        f"{t:%Y%m%d:%H%M},{b:.3f},{d:.3f},0.0,0.0,9.5,3.1,0.0"
        for t, b, d in zip(stamps, beam, diffuse, strict=True)
    ]
    return "\n".join(
        [*head, *rows, "", "Gb(i): Beam", "PVGIS (c) European Union, 2001-2024", ""]
    ), cosine


@pytest.mark.parametrize("minute", [10, 11, 55])
def test_pvgis_stamps_are_instants(tmp_path, minute):
    """The sun stands at the stamp: dni is exactly the 500 W/m² the beam was made of."""
    text, _ = pvgis_hourly(scenes.weather(), minute)
    (tmp_path / "a.csv").write_text(text)
    got = read(tmp_path / "a.csv")
    assert got.origin == "pvgis"
    assert set(got.data.index.year) == {2019}
    assert len(got.data) == 8760
    middle = got.data.index[0] + pd.Timedelta(minutes=30)
    assert middle.minute == minute
    high = got.data["dni"] > 0
    np.testing.assert_allclose(got.data["dni"][high], 500.0, rtol=2e-3)
    assert closure(got) < 0.5


@pytest.mark.reference
@pytest.mark.parametrize("parts", [TMY, TMY_JSON])
def test_pvgis_typical_year(parts):
    """GHI 1 436 kWh/m² (PROVENANCE); hours as pvlib reads them, moved by the header's offset."""
    path = data_file(*parts)
    got = read(path, latitude=45.0, longitude=8.0)
    theirs, _ = pvlib.iotools.read_pvgis_tmy(str(path), map_variables=True)
    assert got.typical_year
    assert got.data["ghi"].sum() / 1000 == pytest.approx(1436, abs=0.5)
    assert got.data["ghi"].sum() == pytest.approx(theirs["ghi"].sum(), rel=1e-9)
    # 0.1761 h = 11 min after the stamp: labels are 19 min before it
    assert got.data.index[0].minute == 41
    assert closure(got) < 1.0
    july = theirs[(theirs.index.month == 7) & (theirs.index.day == 10)]["dni"].to_numpy()
    ours = got.data.loc["2001-07-09 23:30":"2001-07-10 23:30", "dni"].to_numpy()
    np.testing.assert_allclose(np.maximum(july, 0.0), ours, atol=1e-9)


@pytest.mark.reference
def test_bare_list_of_pvgis_hours(tmp_path):
    path = data_file("pvgis_samples_pvlib", "tmy_45.000_8.000_userhorizon.json")
    got = read(path, latitude=45.0, longitude=8.0)
    assert got.data["ghi"].sum() / 1000 == pytest.approx(1251, abs=0.5)  # PROVENANCE
    assert len(json.loads(path.read_text())) == len(got.data)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("parts", "slope"),
    [
        (("pvgis_hourly_glarus_ch", "pvgis_hourly_47.114_9.111.csv"), "30 deg."),
        (("pvgis_samples_pvlib", f"{HOURLY}_SA_30deg_0deg_2016_2016.csv"), "30 deg."),
        (("pvgis_samples_pvlib", f"{HOURLY}_SA2_10kWp_CIS_5_2a_2013_2014.json"), "tracking"),
    ],
)  # fmt: skip
def test_tilted_pvgis_series_are_refused(parts, slope):
    with pytest.raises(InputError) as caught:
        read(data_file(*parts))
    assert caught.value.code == "weather_tilted"
    assert caught.value.facts["slope"] == slope


@pytest.mark.reference
@pytest.mark.parametrize("name", ["test_read_pvgis_horizon.csv", "pvgis_tmy_meta.json"])
def test_other_files_of_the_service_are_refused(name):
    with pytest.raises(InputError):
        read(data_file("pvgis_samples_pvlib", name))


# ---- other formats --------------------------------------------------------------------------


@pytest.mark.reference
@pytest.mark.parametrize(("parts", "ghi"), [(UCCLE, 1114), (LONDON, 1098)])
def test_epw_hours_are_pvlib_s(parts, ghi):
    """pvlib.iotools.read_epw labels the start of the local hour; ours is the same hour in UTC."""
    raw = parse_weather(data_file(*parts))
    theirs, meta = pvlib.iotools.read_epw(str(data_file(*parts)), coerce_year=2001)
    assert (raw.latitude, raw.longitude) == (meta["latitude"], meta["longitude"])
    moved = pd.DatetimeIndex(theirs.index).tz_convert("UTC")
    moved = moved.map(lambda t: t.replace(year=2001))
    theirs = theirs.set_axis(moved).sort_index()
    common = raw.data.index.intersection(theirs.index)
    assert len(common) == 8760
    for name in ("ghi", "dni", "dhi", "temp_air", "wind_speed"):
        np.testing.assert_allclose(raw.data.loc[common, name], theirs.loc[common, name])
    assert raw.data["ghi"].sum() / 1000 == pytest.approx(ghi, abs=0.6)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("parts", "before", "after"), [(UCCLE, 15.0, 4.0), (LONDON, 13.0, 5.0), (PARIS, 8.5, 1.0)]
)
def test_clocks_of_published_files_are_put_right(parts, before, after):
    """These files' irradiance is half an hour or a quarter off their own convention.

    Told by closure, and independently by the middle of the light (see below); the totals stay.
    """
    raw = parse_weather(data_file(*parts))
    spot = (raw.latitude, raw.longitude, raw.altitude)
    cosine = sun_of(raw.data.index, spot, 60)["cosine"].to_numpy()
    assert closure_error(raw.data, cosine) > before
    got = read(data_file(*parts))
    assert closure(got) < after
    assert got.data["ghi"].sum() == pytest.approx(raw.data["ghi"].sum(), rel=2e-3)


def light_is_late_by(series):
    """Minutes by which the centre of gravity of the light follows solar noon."""
    middle = series.data.index + pd.Timedelta(minutes=series.step_minutes / 2)
    clock = middle.hour.to_numpy() * 60.0 + middle.minute.to_numpy() + 4 * series.longitude
    clock += pvlib.solarposition.equation_of_time_spencer71(middle.day_of_year.to_numpy())
    ghi = series.data["ghi"].to_numpy()
    return float((np.mod(clock, 1440.0) @ ghi) / ghi.sum() - 720.0)


@pytest.mark.reference
@pytest.mark.parametrize("parts", [UCCLE, LONDON, LEUVEN, PARIS, TMY])
def test_the_light_is_centred_on_noon(parts):
    """Independent of closure: 12 min at most, the asymmetry of cloudy afternoons."""
    assert abs(light_is_late_by(read(data_file(*parts)))) < 12.0


@pytest.mark.reference
def test_nsrdb_sun_is_the_file_s_own():
    """The file's column of solar zenith angles tells at which minute its sun stands."""
    path = data_file(*PARIS)
    table = pd.read_csv(path, skiprows=2)
    got = read(path)
    zenith = sun_of(got.data.index, (48.85, 2.34, 49.0), 60)["zenith"].to_numpy()
    given = table.sort_values(["Month", "Day", "Hour"])["Solar Zenith Angle"].to_numpy()
    given = np.roll(given, -1)  # the first stamp, at 00:15 less half an hour, wraps to the end
    up = given < 85  # refraction counts below
    assert np.abs(zenith - given)[up].mean() < 0.1
    assert got.data["ghi"].sum() / 1000 == pytest.approx(1155, abs=0.5)
    assert got.typical_year  # months of 2018 and 2020 under one roof


@pytest.mark.reference
def test_measured_year_of_leuven():
    """GHI 1 079, DNI 902, DHI 544 kWh/m² in 2021 (PROVENANCE)."""
    got = read(data_file(*LEUVEN))
    totals = got.data[["ghi", "dni", "dhi"]].sum() / 1000
    assert totals["ghi"] == pytest.approx(1079, abs=1)
    assert totals["dni"] == pytest.approx(902, abs=3)
    assert totals["dhi"] == pytest.approx(544, abs=1)
    assert set(got.data.index.year) == {2021}
    assert not got.typical_year


@pytest.mark.reference
def test_regulation_year_of_zone_h1a():
    """DNI 968, DHI 606 kWh/m² (PROVENANCE); the clock is UTC + 1, the light tells."""
    got = read(data_file("rt2012_h1a", "H1a.txt"))
    totals = got.data[["ghi", "dni", "dhi"]].sum() / 1000
    assert totals["dni"] == pytest.approx(968, abs=1)
    assert totals["dhi"] == pytest.approx(606, abs=1)
    assert 1130 < totals["ghi"] < 1170
    assert abs(light_is_late_by(got)) < 12.0


@pytest.mark.reference
def test_weather_of_the_reference_scene():
    """One year, closure exact: GHI 1080.0, DHI 609.6, DNI 801.3 kWh/m² (README of the scene)."""
    notes = Notes()
    got = read(reference_file("irradiation", "weather.csv"), notes=notes)
    totals = (got.data[["ghi", "dhi", "dni"]].sum() / 1000).round(1).tolist()
    assert totals == [1080.0, 609.6, 801.3]
    assert codes(notes) == {"weather_read"}


def test_twelve_months_across_new_year_make_a_conventional_year(tmp_path):
    data = scenes.weather(2018, 2)
    notes = Notes()
    got = read(
        scenes.write_weather(tmp_path / "a.csv", data.loc["2018-07":"2019-06"]), notes=notes
    )
    assert notes.with_code("weather_folded")
    assert got.typical_year
    assert len(got.data) == 8760
    np.testing.assert_allclose(got.data["ghi"].iloc[4000], data.loc["2019"]["ghi"].iloc[4000])


@pytest.mark.reference
def test_epw_with_several_records_an_hour(tmp_path):
    """Uccle's hours each written twice, declared two an hour: half-hour labels."""
    lines = data_file(*UCCLE).read_text(encoding="latin-1").splitlines()
    head, rows = lines[:8], lines[8:]
    head[7] = head[7].replace("DATA PERIODS,1,1", "DATA PERIODS,1,2")
    twice = [row for row in rows for _ in range(2)]
    (tmp_path / "a.epw").write_text("\n".join([*head, *twice]))
    raw = parse_weather(tmp_path / "a.epw")
    assert len(raw.data) == 2 * 8760
    assert not raw.data.index.has_duplicates
    assert set(raw.data.index.minute) == {0, 30}
