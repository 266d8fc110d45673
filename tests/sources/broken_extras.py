"""Broken side inputs: tile index, register of installations, car parks, brownfields, headers."""

from __future__ import annotations

import struct
from pathlib import Path

import geopandas as gpd

from tests.sources import scenes
from tests.sources.broken_base import cut, variant, written
from tests.sources.test_installed import PRODUCTION, register
from tests.sources.test_lidar_index import WEST, index
from tests.sources.test_sites import brownfields, car_parks


@variant("index_lidar", "vector_unreadable")
def tile_index_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = index(folder / "index.geojson", [(WEST, "2022-02-10", "2022-02-14")])
    return [str(cut(Path(path), 0.6))]


@variant("index_lidar", "column_missing")
def footprints_as_tile_index(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(base, folder / "a.gpkg"))]


@variant("registre_pv", "register_disconnected", rows=2)
def register_with_dead_and_absurd_rows(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [register(folder / "a.csv")]


@variant("registre_pv", "encoding_repaired", rows=2)
def register_in_latin_1(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [register(folder / "a.csv", encoding="cp1252")]


@variant("registre_pv", "vector_unreadable")
def register_cut_in_a_row(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(Path(register(folder / "a.csv")), 0.7))]


@variant("registre_pv", "column_missing")
def page_instead_of_register(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = folder / "a.csv"
    path.write_text("<html>\n<body>Erreur 404</body>\n</html>\n", encoding="utf-8")
    return [str(path)]


@variant("production_pv", "production_older", rows=2)
def production_of_several_years(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = folder / "a.csv"
    path.write_text(PRODUCTION, encoding="utf-8")
    return [str(path)]


@variant("parkings", "sites_repeated", rows=2)
def car_parks_among_stations(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [car_parks(folder / "a.gpkg")]


@variant("friches", "column_missing")
def brownfields_without_identifier(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(base[["nature", "geometry"]], folder / "a.gpkg"))]


@variant("friches", "crs_reprojected", rows=2)
def brownfields_in_degrees(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [brownfields(folder / "a.geojson")]


def _lie(folder: Path, place: int, form: str, value: float) -> list[str]:
    path = scenes.write_points(folder / "a.laz", density=2.5)
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, place, value)
    path.write_bytes(content)
    return [str(path)]


@variant("lidar", "points_unreadable")
def points_that_announce_billions_of_records(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return _lie(folder, 100, "<I", 4_000_000_000)


@variant("lidar", "points_unreadable")
def points_with_a_step_of_zero(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return _lie(folder, 131, "<d", 0.0)


@variant("lidar", "points_unreadable")
def points_with_a_box_at_infinity(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return _lie(folder, 179, "<d", 1e300)
