"""Opening vector files: names, layers, encodings, lost indexes, polygons."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from shapely.geometry import box

from cadastre.errors import InputError
from cadastre.parameters.sources import Sources
from cadastre.sources.attributes import number_column, text_column
from cadastre.sources.boundaries import read_communes
from cadastre.sources.notes import Notes
from cadastre.sources.polygons import polygons_from
from cadastre.sources.raster_files import look_at
from cadastre.sources.shapefile import shape_index
from cadastre.sources.vector import (
    VectorRequest,
    fold,
    read_layer,
    split_layer,
)
from tests.shared_data import data_file
from tests.sources import scenes
from tests.sources.broken import written

REQUEST = VectorRequest("batiments")


def test_fold():
    assert fold("Nœux-les-Mines") == "noeux_les_mines"
    assert fold("\ufeffHAUTEUR ") == "hauteur"
    assert fold("État de l'objet") == "etat_de_l_objet"


def test_split_layer():
    assert split_layer("a/b.gpkg|couche")[1] == "couche"
    assert split_layer("a/b.gpkg|layername=couche")[1] == "couche"
    assert split_layer("a/b.gpkg")[1] is None


def test_columns_of_text_and_numbers():
    frame = pd.DataFrame(
        {"h": ["12,5 m", " 7 ", "abc", None], "code": [62498.0, 1.0, np.nan, 3.0]}
    )
    assert number_column(frame, ("x", "h")).tolist()[:2] == [12.5, 7.0]
    assert number_column(frame, ("h",)).isna().tolist() == [False, False, True, True]
    assert text_column(frame, ("code",)).tolist()[0] == "62498"
    assert text_column(frame, ("absent",)).isna().all()


def test_a_named_layer_is_read(tmp_path):
    written(scenes.buildings(4), tmp_path / "a.gpkg", layer="un")
    written(scenes.buildings(6), tmp_path / "a.gpkg", layer="deux")
    assert len(read_layer(f"{tmp_path / 'a.gpkg'}|deux", REQUEST, Notes())) == 6


def test_rebuilt_index_is_gdal_s(tmp_path):
    path = written(scenes.buildings(), tmp_path / "a.shp")
    assert shape_index(path.read_bytes()) == path.with_suffix(".shx").read_bytes()


@pytest.mark.reference
def test_rebuilt_index_of_a_real_file():
    path = data_file("bdtopo_v3_olemps_12174", "BATIMENT.shp")
    assert shape_index(path.read_bytes()) == path.with_suffix(".shx").read_bytes()


def test_the_raw_folder_is_left_alone(tmp_path):
    path = written(scenes.buildings(), tmp_path / "a.shp")
    path.with_suffix(".shx").unlink()
    before = sorted(tmp_path.iterdir())
    read_layer(str(path), REQUEST, Notes())
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("text", ["Étable à Liévin", "Âge, Île, Œuvre", "plain"])
def test_texts_in_utf_8_are_left_alone(tmp_path, text):
    base = scenes.buildings(2).assign(nature=text)
    notes = Notes()
    got = read_layer(str(written(base, tmp_path / "a.gpkg")), REQUEST, notes)
    assert not notes.with_code("encoding_repaired")
    assert set(got["nature"]) == {text}


def test_missing_file_is_named():
    with pytest.raises(InputError) as caught:
        read_layer("nowhere/absent.gpkg", REQUEST, Notes())
    assert "absent.gpkg" in str(caught.value.facts["file"])


# ---- polygons -------------------------------------------------------------------------------


def test_bow_tie_keeps_both_lobes():
    """Two triangles of base 8 m and height 3 m by hand: 24 m² in all."""
    tie = shapely.Polygon([(0, 0), (8, 6), (8, 0), (0, 6)])
    got = polygons_from(np.array([tie], dtype=object), 0.01, -500.0)
    assert got.repaired.all()
    assert shapely.area(got.geometry)[0] == pytest.approx(24.0)


def test_valid_polygons_are_untouched():
    rng = np.random.default_rng(2)
    shapes = np.array([shapely.box(*xy, *(xy + 5)) for xy in rng.uniform(0, 99, (50, 2))])
    got = polygons_from(shapes, 0.01, -500.0)
    assert not (got.repaired | got.invalid | got.empty).any()
    assert shapely.equals_identical(got.geometry, shapes).all()


def test_highest_third_coordinate_ignores_unknown_ones():
    shape = shapely.Polygon([(0, 0, 12.0), (5, 0, -1000.0), (5, 5, 14.5), (0, 0, 12.0)])
    flat = shapely.box(0, 0, 1, 1)
    unknown = shapely.force_3d(flat, -1000.0)
    got = polygons_from(np.array([shape, flat, unknown], dtype=object), 0.01, -500.0)
    assert got.z_highest[0] == 14.5
    assert np.isnan(got.z_highest[1:]).all()
    assert not shapely.has_z(got.geometry).any()


def test_kinds_of_trouble_are_told_apart():
    shapes = [None, shapely.Polygon(), shapely.Point(0, 0), shapely.box(0, 0, 0.05, 0.05)]
    got = polygons_from(np.array(shapes, dtype=object), 0.01, -500.0)
    assert got.empty.tolist() == [True, True, False, False]
    assert got.invalid.tolist() == [False, False, True, True]
    assert isinstance(gpd.GeoSeries(got.geometry), gpd.GeoSeries)


def test_a_raster_is_no_vector_and_a_vector_no_raster(tmp_path):
    grid = tmp_path / "a.tif"
    with rasterio.open(
        grid, "w", driver="GTiff", width=4, height=4, count=1, dtype="float32", crs="EPSG:2154",
        transform=rasterio.Affine(1, 0, 685000, 0, -1, 7037000),
    ) as target:  # fmt: skip
        target.write(np.ones((1, 4, 4), np.float32))
    layer = tmp_path / "a.geojson"
    frame = gpd.GeoDataFrame({"nom": ["a"]}, geometry=[box(0, 0, 9, 9)], crs="EPSG:2154")
    frame.to_file(layer, driver="GeoJSON")
    with pytest.raises(InputError) as caught:
        read_layer(str(grid), VectorRequest("batiments"), Notes())
    assert caught.value.code == "vector_is_raster"
    with pytest.raises(InputError) as caught:
        look_at(str(layer), "EPSG:2154", "mns", Notes(), Sources())
    assert caught.value.code == "raster_is_vector"


def test_a_wrong_communes_layer_lists_its_columns(tmp_path):
    frame = gpd.GeoDataFrame(
        {"cleabs": ["B1"], "hauteur": [6.5]}, geometry=[box(685000, 7037000, 685009, 7037009)],
        crs="EPSG:2154",
    )  # fmt: skip
    frame.to_file(tmp_path / "a.gpkg", driver="GPKG")
    with pytest.raises(InputError) as caught:
        read_communes([str(tmp_path / "a.gpkg")], "EPSG:2154", Notes())
    assert caught.value.code == "column_missing"
    assert caught.value.facts["columns"] == ["cleabs", "hauteur"]
    assert caught.value.facts["column"] == "code_insee"
    assert "commune_code" not in caught.value.facts["known"]
