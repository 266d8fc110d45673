"""Broken weather, communes, addresses and protections."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from tests.sources import scenes
from tests.sources.broken_base import bow_tie, cut, variant, written
from tests.sources.scenes import CRS, X0, Y0

# ---- weather --------------------------------------------------------------------------------


@variant("meteo", "weather_gap_interpolated")
def three_hours_missing(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    return [str(scenes.write_weather(folder / "a.csv", data.drop(data.index[4138:4141])))]


@variant("meteo", "weather_gap_typical")
def ten_days_missing(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    return [str(scenes.write_weather(folder / "a.csv", data.drop(data.index[4000:4240])))]


@variant("meteo", "weather_incomplete")
def half_a_year_missing(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather().iloc[:4380]))]


@variant("meteo", "weather_years_dropped")
def second_year_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather(2019, 2).iloc[:13000]))]


@variant("meteo", "weather_columns_swapped")
def global_and_direct_swapped(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather().rename(columns={"ghi": "dni", "dni": "ghi"})
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_columns_swapped")
def direct_and_diffuse_swapped(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather().rename(columns={"dhi": "dni", "dni": "dhi"})
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_time_shifted")
def local_time_said_to_be_utc(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    return [
        str(scenes.write_weather(folder / "a.csv", data.set_axis(data.index + pd.Timedelta("1h"))))
    ]


@variant("meteo", "weather_time_shifted")
def global_alone_two_hours_late(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()[["ghi", "temp_air"]]
    return [
        str(scenes.write_weather(folder / "a.csv", data.set_axis(data.index + pd.Timedelta("2h"))))
    ]


@variant("meteo", "weather_decomposed")
def global_alone(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather()[["ghi", "temp_air"]]))]


@variant("meteo", "weather_closure")
def direct_is_noise(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    noise = np.random.default_rng(3).uniform(0, 900, len(data))
    return [str(scenes.write_weather(folder / "a.csv", data.assign(dni=noise.round(1))))]


@variant("meteo", "weather_units")
def kilowatts(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    data[["ghi", "dni", "dhi"]] /= 1000.0
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_gap_typical")
def holes_coded_minus_999(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    data.iloc[3000:3100] = -999.0
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_duplicates")
def hours_repeated(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    return [str(scenes.write_weather(folder / "a.csv", pd.concat([data, data.iloc[100:200]])))]


@variant("meteo", "weather_read")
def rows_shuffled(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather().sample(frac=1.0, random_state=1)
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_read")
def french_separators(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather(), sep=";", decimal=","))]


@variant("meteo", "weather_columns")
def no_time_column(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    scenes.weather().to_csv(folder / "a.csv", index=False)
    return [str(folder / "a.csv")]


@variant("meteo", "weather_columns")
def no_irradiance(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather()[["temp_air"]]))]


@variant("meteo", "weather_filled_temp")
def no_temperature(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather().drop(columns="temp_air")))]


@variant("meteo", "weather_negative_zeroed")
def small_negative_values(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    data["dhi"] = data["dhi"].where(data["dhi"] > 0, -2.0)
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_tilted")
def pvgis_of_a_tilted_plane(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    rows = [f"20190101:{h:02d}10,0.0,0.0,0.0,0.0,3.4,1.4,0.0" for h in range(24)]
    head = [
        "Latitude (decimal degrees):\t50.430", "Longitude (decimal degrees):\t2.790",
        "Elevation (m):\t40", "Radiation database:\tPVGIS-SARAH3", "", "", "Slope: 35 deg. ",
        "Azimuth: 0 deg. ", "time,Gb(i),Gd(i),Gr(i),H_sun,T2m,WS10m,Int",
    ]  # fmt: skip
    (folder / "a.csv").write_text("\n".join([*head, *rows, ""]))
    return [str(folder / "a.csv")]


@variant("meteo", "weather_format")
def spreadsheet(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    with zipfile.ZipFile(folder / "a.csv", "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>" + "\x00" * 64)
    return [str(folder / "a.csv")]


@variant("meteo", "weather_unreadable")
def weather_of_zero_bytes(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    (folder / "a.epw").write_bytes(b"")
    return [str(folder / "a.epw")]


@variant("meteo", "weather_incomplete")
def weather_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(scenes.write_weather(folder / "a.csv", scenes.weather()), 0.3))]


# ---- communes, addresses, protections ---------------------------------------------------------


@variant("communes", "column_missing")
def communes_without_code(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = scenes.communes().rename(columns={"code_insee": "champ_1"})
    return [str(written(frame, folder / "a.gpkg"))]


@variant("communes", "crs_contradicted", rows=2)
def communes_lambert_in_geojson(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = scenes.communes().set_crs(4326, allow_override=True)
    return [str(written(frame, folder / "a.geojson"))]


@variant("communes", "encoding_repaired", rows=2)
def communes_utf_8_unsaid(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = written(scenes.communes(), folder / "a.shp", encoding="UTF-8")
    path.with_suffix(".cpg").unlink()
    return [str(path)]


@variant("adresses", "encoding_repaired", rows=6)
def addresses_in_latin_1(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_addresses(folder / "a.csv", encoding="cp1252"))]


@variant("adresses", "axes_swapped", rows=6)
def addresses_latitude_for_longitude(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_addresses(folder / "a.csv", swapped=True))]


@variant("adresses", "column_missing")
def addresses_without_coordinates(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    table = pd.read_csv(scenes.write_addresses(folder / "a.csv"), sep=";", dtype=str)
    table.drop(columns=["x", "y", "lon", "lat"]).to_csv(folder / "a.csv", sep=";", index=False)
    return [str(folder / "a.csv")]


@variant("adresses", "geometry_empty", rows=5)
def one_address_without_coordinates(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    table = pd.read_csv(scenes.write_addresses(folder / "a.csv"), sep=";", dtype=str)
    table.loc[0, ["x", "y", "lon", "lat"]] = ""
    table.to_csv(folder / "a.csv", sep=";", index=False)
    return [str(folder / "a.csv")]


@variant("protections", "geometry_repaired", rows=1)
def perimeter_asbow_tie(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = gpd.GeoDataFrame(
        {"suptype": ["ac1"], "nomsuplitt": ["Église"]}, geometry=[bow_tie(X0, Y0)], crs=CRS
    )
    return [str(written(frame, folder / "a.gpkg"))]


@variant("protections", "footprints_no_polygon")
def monuments_as_points(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = gpd.GeoDataFrame({"suptype": ["ac1"]}, geometry=[shapely.Point(X0, Y0)], crs=CRS)
    return [str(written(frame, folder / "a.gpkg"))]
