"""Flight dates: what the published index says of a tile is what the buildings on it say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cadastre.errors import InputError
from cadastre.sources.elevation import Mosaic
from cadastre.sources.lidar_index import dates_of_files, read_flight_dates
from cadastre.sources.notes import Notes
from cadastre.sources.pointcloud import PointTiles
from tests.sources import scenes

WEST, EAST = (685, 7038), (686, 7038)
# File names as IGN writes them (geoservices, LiDAR HD product description, 2025).
NAME = "LHD_FXX_{0:04d}_{1:04d}_MNS_O_0M50_LAMB93_IGN69.tif"


def index(path, rows, dashed="-"):
    """Write an index of tiles: corner in km, begin and end of the flight."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "coordonnees_nw": f"{x:04d}{dashed}{y:04d}",
                "date_debut_acquisition": begin, "date_fin_acquisition": end,
            },
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x * 1e3, y * 1e3], [x * 1e3 + 1e3, y * 1e3],
                                 [x * 1e3, y * 1e3 - 1e3], [x * 1e3, y * 1e3]]],
            },
        }
        for (x, y), begin, end in rows
    ]  # fmt: skip
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    content = {"type": "FeatureCollection", "crs": crs, "features": features}
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def test_each_tile_says_the_day_it_was_flown(tmp_path):
    told = index(
        tmp_path / "index.geojson",
        [(WEST, "2022-02-10Z", "2022-02-14Z"), (EAST, "2023-01-02Z", "2023-03-04Z")],
    )
    paths = [
        str(scenes.write_raster(
            tmp_path / NAME.format(*tile), scenes.heights(),
            corner=(tile[0] * 1000.0 - 0.25, tile[1] * 1000.0 + 0.25),
            tags={"TIFFTAG_DATETIME": "2026:01:05 10:00:00"},
        ))
        for tile in (WEST, EAST)
    ]  # fmt: skip
    notes = Notes()
    flights = read_flight_dates([told], notes)
    mosaic = Mosaic.open(paths, scenes.CRS, notes, dates=dates_of_files(paths, flights))
    x = np.array([685_010.0, 686_010.0, 690_000.0])
    dates = mosaic.date_at(x, np.full(3, 7_037_990.0))
    assert dates.tolist() == ["2022-02-14", "2023-03-04", None]
    assert mosaic.date == "2022-02-14/2023-03-04"


def test_points_take_the_date_of_the_index_before_that_of_the_header(tmp_path):
    name = "LHD_FXX_0685_7038_PTS_LAMB93_IGN69.laz"
    path = scenes.write_points(tmp_path / name, x0=685_000.0, y0=7_037_100.0)
    told = index(tmp_path / "index.geojson", [(WEST, "2022-02-10", "2022-02-14")])
    dates = dates_of_files([str(path)], read_flight_dates([told], Notes()))
    tiles = PointTiles.open([str(path)], scenes.CRS, Notes(), dates=dates)
    here = tiles.date_at(np.array([685_010.0, 1.0]), np.array([7_037_110.0, 1.0]))
    assert here.tolist() == ["2022-02-14", None]


def test_the_latest_flight_counts_and_odd_rows_are_left(tmp_path):
    told = index(
        tmp_path / "index.geojson",
        [(WEST, "2021-02-10", "2021-02-14"), (WEST, "2024-05-01", "2024-05-02"),
         (EAST, "2020-01-01", None)],
        dashed="_",
    )  # fmt: skip
    assert read_flight_dates([told], Notes()) == {WEST: "2024-05-02"}
    assert dates_of_files(["a/mns.tif"], {WEST: "2024-05-02"}) == {}


def test_a_layer_without_corners_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    scenes.communes().to_file(path)
    with pytest.raises(InputError) as caught:
        read_flight_dates([str(path)], Notes())
    assert caught.value.code == "column_missing"
