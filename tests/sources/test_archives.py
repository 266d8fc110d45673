"""Zipped and gzipped vector files: the right member, its texts, and no row lost in silence."""

from __future__ import annotations

import gzip
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cadastre.errors import InputError
from cadastre.publishing.texts_fr.errors import error_sentence
from cadastre.sources.notes import Notes
from cadastre.sources.vector import VectorRequest, read_layer
from tests.sources import scenes
from tests.sources.broken import written

REQUEST = VectorRequest("batiments", layers=("batiment",))


def _zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _latin(folder, name=None):
    table = scenes.buildings(3).to_crs(4326).assign(nature="Église")
    content = json.loads(written(table, folder / "source.geojson").read_text("utf-8"))
    content.pop("name", None)
    if name:
        content["name"] = name
    return json.dumps(content, ensure_ascii=False).encode("latin-1")


def test_several_members_are_refused_by_name_and_one_can_be_named(tmp_path):
    parts = {
        f"{name}.geojson": written(scenes.buildings(n), tmp_path / f"{name}.geojson").read_bytes()
        for name, n in (("est", 4), ("ouest", 6))
    }
    path = _zipped(tmp_path / "deux.zip", parts)
    with pytest.raises(InputError) as caught:
        read_layer(str(path), REQUEST, Notes())
    assert caught.value.code == "vector_layers"
    assert "est.geojson" in error_sentence(caught.value)
    assert "ouest.geojson" in error_sentence(caught.value)
    assert len(read_layer(f"{path}|ouest.geojson", REQUEST, Notes())) == 6
    assert len(read_layer(f"{path}|est", REQUEST, Notes())) == 4
    with pytest.raises(InputError) as caught:
        read_layer(f"{path}|nord", REQUEST, Notes())
    assert caught.value.code == "vector_layer_missing"


def test_a_shapefile_in_a_folder_of_the_archive_is_read(tmp_path):
    """As IGN delivers them; the member known by its name is taken and said."""
    members = {"LISEZMOI/notice.json": b"{}"}
    for name in ("BATIMENT", "CIMETIERE"):
        path = written(scenes.buildings(5), tmp_path / f"{name}.shp")
        for part in tmp_path.glob(f"{name}.*"):
            members[f"BDT/1_DONNEES/{path.stem}{part.suffix}"] = part.read_bytes()
    notes = Notes()
    found = read_layer(str(_zipped(tmp_path / "bdt.zip", members)), REQUEST, notes)
    assert len(found) == 5
    assert found.crs == 2154
    assert notes.with_code("layer_chosen")


@pytest.mark.parametrize("name", [None, "autre"])
@pytest.mark.parametrize("ending", ["q.geojson", "q.geojson.gz", "q.zip"])
def test_latin_texts_are_repaired_wherever_they_lie(tmp_path, name, ending):
    """Whatever the collection calls itself, bare, gzipped or zipped."""
    content = _latin(tmp_path, name)
    path = tmp_path / ending
    if ending.endswith(".zip"):
        _zipped(path, {"donnees/l.geojson": content})
    else:
        path.write_bytes(gzip.compress(content) if ending.endswith(".gz") else content)
    notes = Notes()
    assert set(read_layer(str(path), REQUEST, notes)["nature"]) == {"Église"}
    assert notes.with_code("encoding_repaired")


@pytest.mark.parametrize("ending", ["gpkg", "parquet"])
def test_an_attribute_called_geometry_does_not_hide_the_shapes(tmp_path, ending):
    table = scenes.buildings(3).assign(Geometry="x")
    path = tmp_path / f"a.{ending}"
    if ending == "gpkg":
        written(table, path)
    else:
        table.rename_geometry("geom").to_parquet(path)
    found = read_layer(str(path), REQUEST, Notes())
    assert found.geometry.area.tolist() == pytest.approx(table.geometry.area.tolist())


def test_a_geoparquet_whose_description_is_no_table_is_refused(tmp_path):
    table = pa.table({"a": [1]}).replace_schema_metadata({"geo": "[]"})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InputError) as caught:
        read_layer(str(tmp_path / "a.parquet"), REQUEST, Notes())
    assert caught.value.code == "vector_unreadable"
