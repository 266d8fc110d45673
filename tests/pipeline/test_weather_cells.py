"""Several weather cells in one run: each building lives under its own, and nothing else changes.

The outside is the same chain with one weather file: a building of the western cell must get, bit
for bit, what the whole quarter gets under the western file alone.
"""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from cadastre.cli import main
from cadastre.demo.quarter import generate_quarter
from cadastre.parameters.demo import Demo
from cadastre.sources.notes import Notes
from cadastre.sources.weather import read_weather
from cadastre.sources.weather_cells import read_weather_cells
from tests.sources import scenes

STEP = 0.06  # degrees between the two places, that is 4 km, with the quarter between them


def _place(folder, name, latitude, longitude, factor):
    data = scenes.weather()
    data = data.assign(**{key: data[key] * factor for key in ("ghi", "dni", "dhi")})
    return scenes.write_weather(folder / name, data.assign(latitude=latitude, longitude=longitude))


@pytest.fixture(scope="module")
def quarter(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cells")
    config = generate_quarter(folder, Demo(width_m=110.0, height_m=110.0, seed=5))
    outlines = gpd.read_file(folder / "batiments.gpkg").representative_point().to_crs("EPSG:4326")
    middle, latitude = float(outlines.x.median()), float(outlines.y.median())
    _place(folder, "ouest.csv", latitude, middle - STEP / 2, 1.0)
    _place(folder, "est.csv", latitude, middle + STEP / 2, 0.93)
    return config, middle


def _run(config, name, weather):
    path = config.parent / f"{name}.toml"
    text = config.read_text(encoding="utf-8").replace('dossier = "sortie"', f'dossier = "{name}"')
    path.write_text(text.replace("[entrees]", f"[entrees]\nmeteo = {weather}"), encoding="utf-8")
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    return path.parent / name


def test_each_building_gets_the_weather_of_its_side(quarter, capsys):
    config, middle = quarter
    west = _run(config, "seul_ouest", '"ouest.csv"')
    said = capsys.readouterr().err  # what was read is told before anything is computed
    assert 0 <= said.index("Ce qui a été lu") < said.index("Météo") < said.index("Pans de toit")
    report = json.loads((west / "rapport.json").read_text(encoding="utf-8"))
    assert report["intake"]["total"] == report["totals"]["building_count"]
    assert {"weather_read", "rows_read"} <= {note["code"] for note in report["notes"]}
    both = _run(config, "deux", '["est.csv", "ouest.csv"]')
    tables = {}
    for name in ("buildings", "roof_planes", "modules"):
        for folder in (west, both):
            tables[name, folder] = gpd.read_parquet(folder / f"{name}.parquet")
    found = tables["buildings", both].set_index("building_id")
    westward = found.representative_point().to_crs("EPSG:4326").x < middle
    assert westward.sum() > 2
    assert (~westward).sum() > 2
    cells = found["weather_cell_id"].groupby(westward).unique()
    assert [len(names) for names in cells] == [1, 1]
    assert cells[True] != cells[False]
    mine, others = found.index[westward], found.index[~westward]
    for name in ("buildings", "roof_planes", "modules"):
        rows, alone = (
            tables[name, folder][tables[name, folder]["building_id"].isin(mine)]
            for folder in (both, west)
        )
        pd.testing.assert_frame_equal(
            rows.reset_index(drop=True), alone.reset_index(drop=True), check_exact=True
        )
    alone = tables["buildings", west].set_index("building_id")
    share = found["irradiation_kwh"][others].sum() / alone["irradiation_kwh"][others].sum()
    # the eastern sky is the western one less 7 %, its sun 4 km further east (0.3 minutes)
    assert share == pytest.approx(0.93, abs=0.004)


def _cells(paths, latitude, longitude, notes=None):
    return read_weather_cells(
        [str(path) for path in paths], np.array(latitude), np.array(longitude), notes or Notes()
    )


def test_the_nearest_place_wins_and_a_cell_of_nobody_is_set_aside(tmp_path):
    paths = [
        _place(tmp_path, f"{name}.csv", scenes.LATITUDE, longitude, 1.0)
        for name, longitude in (("a", 2.775), ("b", 2.925), ("c", 4.0))
    ]
    notes = Notes()
    found = _cells(paths, [scenes.LATITUDE] * 4, [2.7, 2.84, 2.86, np.nan], notes)
    assert [one.longitude for one in found.series] == [2.775, 2.925]
    assert found.cell.tolist() == [0, 0, 1, -1]
    (aside,) = notes.with_code("file_far_away")
    assert aside.file == "c.csv"
    assert dict(aside.facts)["distance_km"] == round(1.14 * 111.2 * np.cos(np.radians(50.43)))


def test_the_order_of_files_and_other_buildings_change_nothing(tmp_path):
    paths = [
        _place(tmp_path, f"{name}.csv", scenes.LATITUDE, longitude, factor)
        for name, longitude, factor in (("a", 2.775, 1.0), ("b", 2.925, 0.9))
    ]
    all_of_them = _cells(paths, [scenes.LATITUDE] * 2, [2.7, 3.0])
    turned = _cells(paths[::-1], [scenes.LATITUDE] * 2, [2.7, 3.0])
    alone = _cells(paths, [scenes.LATITUDE], [3.0])
    for one, other in zip(all_of_them.series, turned.series, strict=True):
        pd.testing.assert_frame_equal(one.data, other.data, check_exact=True)
    pd.testing.assert_frame_equal(
        alone.series[0].data, all_of_them.series[1].data, check_exact=True
    )


def test_one_cell_is_what_the_plain_reader_gives(tmp_path):
    path = _place(tmp_path, "a.csv", scenes.LATITUDE, scenes.LONGITUDE, 1.0)
    (series,) = _cells([path], [scenes.LATITUDE], [scenes.LONGITUDE]).series
    plain = read_weather([str(path)], scenes.LATITUDE, scenes.LONGITUDE, Notes())
    pd.testing.assert_frame_equal(series.data, plain.data, check_exact=True)
    assert (series.cell_id, series.latitude) == (plain.cell_id, plain.latitude)
