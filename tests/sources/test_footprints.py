"""Footprints of every source: once each, in our words, whatever the file, its order, its names."""

from __future__ import annotations

import gzip
import shutil
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre.errors import InputError
from cadastre.sources.footprints import read_footprints
from cadastre.sources.joins import best_overlap
from cadastre.sources.notes import Notes
from tests.shared_data import data_file
from tests.sources import scenes
from tests.sources.broken import written
from tests.sources.scenes import CRS, X0, Y0


def read(path, crs=CRS, **options):
    return read_footprints([str(path)], crs, options.pop("id_column", None), Notes(), **options)


def test_columns_and_values_of_bd_topo(tmp_path):
    base = scenes.buildings()
    got = read(written(base, tmp_path / "a.gpkg"))
    assert list(got["building_id"]) == sorted(base["cleabs"])
    assert np.array_equal(got["building_height"], base["hauteur"])
    assert np.allclose(got["footprint_area_m2"], 48.0)
    assert got["is_light"].sum() == base["construction_legere"].sum()
    assert got["status"].isna().all()
    meaning = {
        "Résidentiel": "residential", "Commercial et services": "business", "Agricole": "farm",
        "Annexe": "annex",
    }  # fmt: skip
    for ours, theirs, light in zip(
        got["usage"], base["usage_1"], base["construction_legere"], strict=True
    ):
        if theirs in meaning:
            assert ours == meaning[theirs]
        else:  # undifferentiated: lived in, or light, or unknown
            assert ours in ("residential", "annex", "unknown")
            assert not light or ours != "unknown"


@pytest.mark.parametrize("ending", ["gpkg", "fgb", "geojson", "parquet", "shp", "sqlite", "gml"])
def test_same_table_from_every_format(tmp_path, ending):
    base = scenes.buildings()
    reference = read(written(base, tmp_path / "reference.gpkg"))
    options = {"driver": "SQLite"} if ending == "sqlite" else {}
    frame = base.to_crs(4326) if ending == "geojson" else base
    got = read(written(frame, tmp_path / f"a.{ending}", **options))
    assert list(got["building_id"]) == list(reference["building_id"])
    assert list(got["usage"]) == list(reference["usage"])
    assert np.allclose(got["building_height"], reference["building_height"])
    gap = shapely.hausdorff_distance(got.geometry.to_numpy(), reference.geometry.to_numpy())
    assert gap.max() < 0.01  # geojson: degrees to 7 decimals, a centimetre


def test_archives(tmp_path):
    path = written(scenes.buildings(), tmp_path / "a.shp")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in sorted(tmp_path.glob("a.*")):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    geojson = written(scenes.buildings().to_crs(4326), tmp_path / "b.json", driver="GeoJSON")
    with geojson.open("rb") as source, gzip.open(tmp_path / "b.json.gz", "wb") as target:
        shutil.copyfileobj(source, target)
    first, second, third = read(path), read(tmp_path / "a.zip"), read(tmp_path / "b.json.gz")
    assert list(first["building_id"]) == list(second["building_id"])
    assert list(first["building_id"]) == list(third["building_id"])


def test_cadastre_types(tmp_path):
    """Etalab: ``type`` 01 is solid, 02 light (etalab cadastre documentation)."""
    frame = (
        scenes.buildings(2)
        .to_crs(4326)[["geometry"]]
        .assign(type=["01", "02"], commune=["62498", "62498"], nom=[None, None])
    )
    got = read(written(frame, tmp_path / "cadastre-62498-batiments.geojson"))
    assert list(got["is_light"]) == [False, True]
    assert list(got["usage"]) == ["unknown", "annex"]
    assert list(got["commune_code"]) == ["62498", "62498"]


def test_result_does_not_depend_on_order_of_rows_or_files(tmp_path):
    base = scenes.buildings()
    base.loc[[3, 9, 11], "cleabs"] = "TWIN"
    base = gpd.GeoDataFrame(pd.concat([base, base.iloc[[5]]], ignore_index=True), crs=CRS)
    reference = read(written(base, tmp_path / "a.gpkg"))
    mixed = base.sample(frac=1.0, random_state=4).reset_index(drop=True)
    first = written(mixed.iloc[:10], tmp_path / "b.gpkg")
    second = written(mixed.iloc[10:], tmp_path / "c.gpkg")
    got = read_footprints([str(second), str(first)], CRS, None, Notes())
    drop = ["source_file"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(got.drop(columns=[*drop, "geometry"])),
        pd.DataFrame(reference.drop(columns=[*drop, "geometry"])),
    )
    assert shapely.equals(got.geometry.to_numpy(), reference.geometry.to_numpy()).all()
    assert got["building_id"].is_unique
    assert (got["status_reason"] == "duplicate_geometry").sum() == 1


_SHAPES = st.sampled_from(
    [
        shapely.box(X0, Y0, X0 + 8, Y0 + 6),
        shapely.Polygon([(X0, Y0), (X0 + 8, Y0 + 6), (X0 + 8, Y0), (X0, Y0 + 6)]),
        shapely.Polygon([(X0, Y0), (X0 + 8, Y0), (X0, Y0)]),
        shapely.MultiPolygon([shapely.box(X0, Y0, X0 + 1, Y0 + 1)]),
        shapely.Polygon(),
        shapely.Point(X0, Y0),
        shapely.LineString([(X0, Y0), (X0 + 1, Y0)]),
        None,
    ]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(_SHAPES, st.sampled_from(["a", "b", None])), min_size=1, max_size=8))
def test_every_row_comes_out_once(tmp_path_factory, rows):
    rows = [*rows, (shapely.box(X0, Y0, X0 + 2, Y0 + 2), "whole")]
    frame = gpd.GeoDataFrame({"id": [r[1] for r in rows]}, geometry=[r[0] for r in rows], crs=CRS)
    path = tmp_path_factory.mktemp("rows") / "a.parquet"
    frame.to_parquet(path)
    got = read(path)
    assert len(got) == len(rows)
    assert got["building_id"].is_unique
    assert got["building_id"].is_monotonic_increasing
    usable = got["status"].isna() | got["status"].eq("excluded")
    assert (got.geometry.notna() & got.geometry.is_valid)[usable].all()
    assert got["status_reason"][~usable].isin(["empty_geometry", "invalid_geometry"]).all()


def test_far_surface_model_is_refused_with_the_distance(tmp_path):
    path = written(scenes.buildings(), tmp_path / "a.gpkg")
    with pytest.raises(InputError) as caught:
        read(path, bounds=(X0 + 30000.0, Y0, X0 + 31000.0, Y0 + 1000.0))
    assert caught.value.code == "input_far_away"
    # the buildings reach 60 m east of X0
    assert caught.value.facts["distance_km"] == pytest.approx(29.9, abs=0.1)


def test_rows_outside_the_surface_model_stay(tmp_path):
    path = written(scenes.buildings(), tmp_path / "a.gpkg")
    assert len(read(path, bounds=(X0, Y0, X0 + 5.0, Y0 + 5.0))) == 24


# ---- real files -----------------------------------------------------------------------------


@pytest.mark.reference
def test_bd_topo_of_olemps():
    """2 273 buildings with all attributes, against the same file read by geopandas in UTF-8."""
    path = data_file("bdtopo_v3_olemps_12174", "BATIMENT.shp")
    raw = gpd.read_file(path, encoding="utf-8").sort_values("ID").reset_index(drop=True)
    notes = Notes()
    got = read_footprints([str(path)], CRS, None, notes)
    assert len(got) == 2273
    assert list(got["building_id"]) == list(raw["ID"])
    assert notes.with_code("encoding_repaired")
    expected = raw["HAUTEUR"].where(raw["HAUTEUR"] > 0)
    np.testing.assert_array_equal(got["building_height"], expected)
    assert got["is_light"].sum() == (raw["LEGER"] == "Oui").sum() == 437
    assert (got["usage"] == "residential").sum() >= (raw["USAGE1"] == "Résidentiel").sum()
    assert (got["status_reason"] == "greenhouse").sum() == (raw["NATURE"] == "Serre").sum() == 5
    assert set(got["object_state"]) == {"En service", "En construction"}
    # the third coordinate of BD TOPO is the altitude of the gutter, as Z_MIN_TOIT where given
    told = raw["Z_MIN_TOIT"].notna()
    np.testing.assert_allclose(got["z_min_roof"][told], raw["Z_MIN_TOIT"][told], atol=0.05)
    np.testing.assert_allclose(got["footprint_area_m2"], raw.area, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.reference
def test_perigueux_in_four_sources():
    """The same building found in BD TOPO, BDNB, cadastre and OpenStreetMap of one town."""
    counts = {"bd_topo": 14886, "bdnb_perigeux8": 10381, "cadastre_perigeux8": 15323, "osm": 14774}
    tables = {name: read(data_file("perigueux_4sources", f"{name}.shp.zip")) for name in counts}
    assert {name: len(table) for name, table in tables.items()} == counts
    ours = tables["bd_topo"].geometry.to_numpy()
    found = {
        name: best_overlap(ours, tables[name].geometry.to_numpy())[1] > 0.5
        for name in counts if name != "bd_topo"
    }  # fmt: skip
    # the BDNB file holds 10 381 of the 14 886 buildings: 0.697
    assert found["bdnb_perigeux8"].mean() > 0.65
    assert found["cadastre_perigeux8"].mean() > 0.9
    assert found["osm"].mean() > 0.9
    assert np.logical_and.reduce(list(found.values())).mean() > 0.6
    assert tables["bdnb_perigeux8"]["building_height"].notna().all()
    # -1000 stands for unknown altitudes in this edition
    assert tables["bd_topo"]["z_min_roof"].min() > 50.0


@pytest.mark.reference
def test_delft_outlines():
    """160 footprints of the Dutch base map, EPSG:28992, an SQLite file."""
    path = data_file("delft_ahn3", "bgt_pand.sqlite")
    got = read(path, crs="EPSG:28992", id_column="lokaalid")
    assert len(got) == 160
    assert got["status"].isna().all()
    assert got["building_id"].str.startswith("G0503").all()


def test_the_same_town_twice_counts_once(tmp_path):
    """Given again in degrees to 7 decimals, and drawn again 20 cm away under other ids."""
    base = scenes.buildings()
    first = written(base, tmp_path / "a.gpkg")
    again = written(base.to_crs(4326), tmp_path / "b.geojson")
    moved = base[["geometry"]].set_geometry(base.translate(0.2, 0.1))
    third = written(moved, tmp_path / "cadastre.gpkg")
    for other in (again, third):
        notes = Notes()
        got = read_footprints([str(first), str(other)], CRS, None, notes)
        assert got["status"].isna().sum() == len(base)
        assert (got["status_reason"] == "duplicate_geometry").sum() == len(base)
        assert notes.with_code("geometry_duplicated")[0].count == len(base)
    assert set(got["building_id"][got["status"].isna()]) == set(base["cleabs"])


def test_a_partial_overlap_is_said_and_kept(tmp_path):
    shapes = [shapely.box(X0, Y0, X0 + 10, Y0 + 10), shapely.box(X0 + 4, Y0, X0 + 14, Y0 + 10),
              shapely.box(X0 + 11, Y0, X0 + 21, Y0 + 10)]  # fmt: skip
    frame = gpd.GeoDataFrame({"cleabs": ["A", "B", "C"]}, geometry=shapes, crs=CRS)
    notes = Notes()
    got = read_footprints([str(written(frame, tmp_path / "a.gpkg"))], CRS, None, notes)
    assert got["status"].isna().all()
    (said,) = notes.with_code("geometry_overlapping")
    assert said.ids == ("B",)  # 60 of 100 m²; B and C share 30


def test_a_demolished_twin_does_not_hide_the_standing_one(tmp_path):
    box = shapely.box(X0, Y0, X0 + 10, Y0 + 10)
    frame = gpd.GeoDataFrame(
        {"cleabs": ["A", "B"], "etat_de_l_objet": ["En ruine", "En service"]},
        geometry=[box, box], crs=CRS,
    )  # fmt: skip
    got = read(written(frame, tmp_path / "a.gpkg"))
    assert got["status_reason"].tolist()[0] == "ruin"
    assert got["status"].isna().tolist() == [False, True]


def test_numbered_ids_pass_over_those_that_exist(tmp_path):
    base = scenes.buildings()
    base["cleabs"] = ["A"] * 12 + ["A#2"] * 12
    got = read(written(base, tmp_path / "a.gpkg"))
    assert got["building_id"].is_unique
    assert {"A", "A#2", "A#3", "A#13", "A#2#2", "A#2#12"} <= set(got["building_id"])
