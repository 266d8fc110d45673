"""The territory file: what the contract shows is read, everything else refused by name."""

from __future__ import annotations

import pytest

from cadastre.errors import CadastreError
from cadastre.pipeline.territory import read_territory
from cadastre.publishing.texts_fr.errors import error_sentence

CONTRACT = """
[territoire]
nom = "Quartier d'essai"
crs = "EPSG:2154"
[entrees]
batiments = "footprints.gpkg|batiment"
batiments_id = "cleabs"
mns = "mns/*.tif"
[sortie]
dossier = "sortie"
[parametres.modules]
power_wp = 400
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "footprints.gpkg").write_bytes(b"")
    (tmp_path / "mns").mkdir()
    for name in ("b.tif", "a.tif"):
        (tmp_path / "mns" / name).write_bytes(b"")
    return tmp_path


def _read(folder, text):
    path = folder / "t.toml"
    path.write_text(text, encoding="utf-8")
    return read_territory(path)


def test_contract_example(folder):
    territory = _read(folder, CONTRACT)
    assert territory.name == "Quartier d'essai"
    assert territory.inputs["batiments"] == (f"{folder}/footprints.gpkg|batiment",)
    assert [p.rsplit("/", 1)[1] for p in territory.inputs["mns"]] == ["a.tif", "b.tif"]
    assert territory.output == folder / "sortie"
    assert territory.parameters.modules.power_wp == 400.0
    assert territory.building_id_column == "cleabs"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("batiments =", "batimentz ="), "territory_key_unknown"),
        (("[sortie]", "[sorties]"), "territory_section_unknown"),
        (('"mns/*.tif"', '"mnx/*.tif"'), "territory_input_missing"),
        (('"mns/*.tif"', "3"), "territory_path_not_text"),
        (('"EPSG:2154"', '"EPSG:4326"'), "territory_crs_not_metric"),
        (('"EPSG:2154"', '"EPSG:999999"'), "territory_crs_unknown"),
        (('nom = "', "nom = "), "territory_malformed"),
        (("power_wp", "puissance"), "parameter_unknown"),
        (('"mns/*.tif"', '"${CADASTRE_RIEN_DE_TEL}/x.tif"'), "territory_variable_undefined"),
        (('batiments = "footprints.gpkg|batiment"', ""), "territory_without_buildings"),
    ],
)
def test_refusals(folder, change, code):
    with pytest.raises(CadastreError) as caught:
        _read(folder, CONTRACT.replace(*change))
    assert caught.value.code == code
    assert error_sentence(caught.value)


def test_absent_file(tmp_path):
    with pytest.raises(CadastreError) as caught:
        read_territory(tmp_path / "absent.toml")
    assert caught.value.code == "territory_missing"


def test_list_of_paths_and_variables(folder, monkeypatch):
    monkeypatch.setenv("CADASTRE_DONNEES", str(folder))
    text = CONTRACT.replace('"mns/*.tif"', '["${CADASTRE_DONNEES}/mns/b.tif", "mns/a.tif"]')
    assert len(_read(folder, text).inputs["mns"]) == 2


def test_one_missing_pattern_costs_only_its_own_files(folder):
    """Where the data were fetched; a missing footprint file, or a list by hand, is refused."""
    text = CONTRACT.replace('"mns/*.tif"', '["mns/a.tif", "mnx/*.tif", "mns/b.tif"]')
    named = text.replace("[entrees]", 'communes_insee = ["62498"]\n[entrees]')
    territory = _read(folder, named)
    assert [p.rsplit("/", 1)[1] for p in territory.inputs["mns"]] == ["a.tif", "b.tif"]
    assert territory.absent == {"mns": "mnx/*.tif"}
    for refused in (text, named.replace('"footprints.gpkg|batiment"', '["footprints.gpkg", "x"]')):
        with pytest.raises(CadastreError) as caught:
            _read(folder, refused)
        assert caught.value.code == "territory_input_missing"
