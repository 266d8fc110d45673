"""Exports read back by GDAL and pandas as LISEZMOI says, against the tables they come from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest

from cadastre.errors import InputError
from cadastre.parameters import Publishing
from cadastre.publishing.exports import write_exports
from cadastre.publishing.french_tables import flat_lists, french_table
from cadastre.schema import COLUMNS, TABLES
from tests.publishing.fixture import provenance, quarter

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def folder(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exports")
    write_exports(tables, path, provenance())
    return path


def read_csv(path: Path) -> pd.DataFrame:
    """Exactly the call that LISEZMOI gives."""
    return pd.read_csv(
        path, sep=";", decimal=",", encoding="utf-8-sig", dtype={"code_insee": str, "code": str}
    )


def geojson(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["features"]


def test_every_building_once_in_every_format(folder: Path, tables: Tables) -> None:
    wanted = tables["buildings"]["building_id"].tolist()
    assert read_csv(folder / "batiments.csv")["id_batiment"].tolist() == wanted
    assert [f["id"] for f in geojson(folder / "batiments.geojson")] == wanted
    layer = pyogrio.read_dataframe(folder / "cadastre_solaire.gpkg", layer="batiments")
    assert layer["id_batiment"].tolist() == wanted


def test_communes_partition_the_roofs(folder: Path, tables: Tables) -> None:
    names = (("batiments", "id_batiment", "buildings"), ("pans", "id_pan", "roof_planes"))
    for name, key, table in names:
        parts = [
            geojson(path) for path in sorted((folder / "par_commune").glob(f"*_{name}.geojson"))
        ]
        ids = [feature["properties"][key] for part in parts for feature in part]
        assert len(parts) == 2
        assert sorted(ids) == sorted(tables[table][TABLES[table].key[0]])


def test_figures_are_those_of_the_tables(folder: Path, tables: Tables) -> None:
    french = read_csv(folder / "batiments.csv").set_index("id_batiment")
    inside = tables["buildings"].set_index("building_id")
    # published with one decimal: half a tenth apart at most
    for name in ("annual_energy_kwh", "annual_energy_p90_kwh", "specific_yield_kwh_per_kwp"):
        np.testing.assert_allclose(french[COLUMNS[name].french], inside[name], atol=0.0501)
    months = french[[f"production_kwh_mois_{m:02d}" for m in range(1, 13)]].sum(
        axis=1, min_count=12
    )
    np.testing.assert_allclose(months, inside["annual_energy_kwh"], atol=12 * 0.0501)
    assert french["code_insee"].str.len().eq(5).all()


def test_sums_of_the_exports_agree(folder: Path) -> None:
    buildings, territories = (
        read_csv(folder / "batiments.csv"),
        read_csv(folder / "territoires.csv"),
    )
    every = territories[territories["usage"] == "Tous usages"].set_index(["niveau", "code"])
    sums = buildings.groupby("code_insee")["production_kwh_an"].sum()
    for code, total in sums.items():
        # each building is rounded to a tenth of a kWh
        assert abs(every.loc[("Commune", code), "production_kwh_an"] - total) < 0.05 * len(
            buildings
        )
    whole = every.loc[("Ensemble", "whole")]
    assert whole["nb_batiments"] == len(buildings)
    assert whole["nb_batiments_evalues"] + whole["nb_batiments_non_evalues"] == len(buildings)


def test_ratios_leave_as_percentages(tables: Tables) -> None:
    planes = tables["roof_planes"]
    french = french_table(planes)
    np.testing.assert_allclose(
        french["perte_ombrage_pct"], 100 * planes["shading_loss"], atol=0.05
    )
    assert "shading_loss" not in french.columns
    for column in COLUMNS.values():
        assert column.french.endswith("_pct") <= (column.unit in ("1", "%")), column.name


def test_codes_leave_as_words(folder: Path) -> None:
    french = read_csv(folder / "batiments.csv")
    assert set(french["etat"]) == {"Calculé", "À confirmer", "Écarté", "Sans données"}
    assert set(french["usage"]) == {"Résidentiel", "Commerces et services"}
    assert set(french["classe_potentiel"].dropna()) <= set("ABCDE")


def test_french_names_are_the_dictionary_s(folder: Path) -> None:
    known = {column.french for column in COLUMNS.values()}
    for name in ("batiments.csv", "pans.csv", "territoires.csv"):
        for column in read_csv(folder / name).columns:
            stem = column[:-3] if column[-3] == "_" and column[-2:].isdigit() else column
            assert stem in known, column


def test_every_french_name_is_unique_ascii() -> None:
    names = [column.french for column in COLUMNS.values()]
    assert len(set(names)) == len(names)
    assert all(
        name.isascii() and name.replace("_", "").isalnum() and name.islower() for name in names
    )


def test_csv_opens_in_a_french_spreadsheet(folder: Path) -> None:
    raw = (folder / "batiments.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    head, first = raw.decode("utf-8-sig").split("\r\n")[:2]
    assert head.count(";") == first.count(";") > 20
    assert "." not in first.split(";")[5]


def test_lists_and_counts_read_in_a_french_spreadsheet() -> None:
    """By hand: decimal comma between bars, counts without decimals, months in their columns."""
    frame = pd.DataFrame(
        {
            "nb_logements": [2.0, np.nan],
            "puissance_kwc": [3.0, 4.5],
            "liste": [[13.05, None, 7.0], None],
            "irradiation_kwh_m2_mois": [[1.5] * 12, None],
        }
    )
    flat = flat_lists(frame, french=True)
    lines = flat.to_csv(sep=";", decimal=",", index=False).splitlines()
    assert lines[1] == "2;3,0;13,05||7,0;" + ";".join(["1,5"] * 12)
    assert lines[2] == ";4,5;;" + ";" * 11
    assert flat_lists(frame)["liste"].iloc[0] == "[13.05, null, 7.0]"


def test_geopackage_holds_metres_and_months(folder: Path, tables: Tables) -> None:
    path = folder / "cadastre_solaire.gpkg"
    layers = {name for name, _ in pyogrio.list_layers(path)}
    assert layers == {"batiments", "pans", "modules", "communes", "epci", "ensemble"}
    planes = pyogrio.read_dataframe(path, layer="pans")
    assert planes.crs.to_epsg() == 2154
    np.testing.assert_allclose(planes.area, tables["roof_planes"].area, atol=1e-6)
    assert "production_kwh_mois_12" in planes.columns
    assert len(json.loads(planes["hauteur_horizon_deg"].iloc[0])) == 72


def test_same_tables_same_bytes(tmp_path: Path) -> None:
    digests = []
    for run in ("a", "b"):
        files = write_exports(quarter(), tmp_path / run, provenance())
        digests.append([(p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files])
    assert digests[0] == digests[1]
    assert len(digests[0]) == 14


def test_large_tables_are_written_by_commune_only(tables: Tables, tmp_path: Path) -> None:
    files = write_exports(tables, tmp_path, provenance(), Publishing(whole_file_max_rows=50))
    names = {path.relative_to(tmp_path).as_posix() for path in files}
    assert "batiments.geojson" in names
    assert "pans.geojson" not in names
    assert "par_commune/99001_pans.geojson" in names


def test_a_territory_without_roof_is_still_written(tables: Tables, tmp_path: Path) -> None:
    empty = {name: frame.iloc[:0] for name, frame in tables.items()}
    files = write_exports(empty, tmp_path, {})
    assert geojson(tmp_path / "batiments.geojson") == []
    assert files[-1].name == "LISEZMOI.md"


def test_files_of_an_earlier_export_do_not_linger(tables: Tables, tmp_path: Path) -> None:
    (tmp_path / "par_commune").mkdir()
    (tmp_path / "par_commune" / "98765_pans.geojson").write_text("{}")
    (tmp_path / "notes.txt").write_text("mine")
    write_exports(tables, tmp_path, provenance())
    assert not (tmp_path / "par_commune" / "98765_pans.geojson").exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_notice_says_columns_units_licence_and_limits(folder: Path) -> None:
    text = (folder / "LISEZMOI.md").read_text(encoding="utf-8")
    for wanted in (
        "production_p90_kwh_an", "kWh/kWc", "Licence Ouverte 2.0", "Données fictives",
        "Climat embarqué", "pas un devis", "RFC 7946", "perte_ombrage_pct | %",
        "classe_potentiel = A : Excellent", "etat = Sans données",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_a_missing_table_is_named(tables: Tables, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_exports({"buildings": tables["buildings"]}, tmp_path, {})
    assert caught.value.facts == {"table": "roof_planes"}
