"""Every broken variant is refused in words or read with a note; none crashes, none loses a row."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest

from cadastre.errors import InputError
from cadastre.publishing.texts_fr.errors import error_sentence
from cadastre.publishing.texts_fr.notes import note_sentence
from tests.shared_data import data_file
from tests.sources import broken, scenes


def test_there_are_sixty_variants_and_more():
    assert len(broken.VARIANTS) >= 60
    assert len({case.name for case in broken.VARIANTS}) == len(broken.VARIANTS)


def test_the_page_of_broken_inputs_is_in_step():
    page = Path(__file__).parents[2] / "docs" / "entrees-abimees.md"
    lines = [line.split(" | ") for line in page.read_text().splitlines() if line.startswith("| ")]
    told = {line[0].removeprefix("| "): line[2] for line in lines[1:]}
    assert set(told) == {case.name for case in broken.VARIANTS}
    assert all(f"({case.expected})" in told[case.name] for case in broken.VARIANTS)


def _check(case: broken.Variant, folder: Path, base: gpd.GeoDataFrame) -> None:
    got = broken.read(case, case.make(folder, base))
    codes = {note.code for note in got.notes} | {got.refused}
    assert case.expected in codes, f"{case.name}: {sorted(map(str, codes))}"
    if got.refused:
        sentence = error_sentence(InputError(got.refused, **got.facts))
        assert sentence.endswith((".", "?", "»", ")")), sentence
        return
    assert all(note_sentence(row) for row in got.notes.table())
    rows = case.rows
    if rows is None and case.kind == "batiments":
        rows = 2 * len(base) if case.name == "file_given_twice" else len(base)
    assert got.rows == rows


@pytest.mark.parametrize("case", broken.VARIANTS, ids=lambda case: case.name)
def test_broken_variant(case, tmp_path):
    _check(case, tmp_path, scenes.buildings())


_FOOTPRINTS = [case for case in broken.VARIANTS if case.kind == "batiments"]


@pytest.mark.reference
@pytest.mark.parametrize("case", _FOOTPRINTS, ids=lambda case: case.name)
def test_broken_variant_of_real_footprints(case, tmp_path):
    """BD TOPO v3 of Olemps (200 buildings), under the names of the GeoPackage delivery."""
    path = data_file("bdtopo_v3_olemps_12174", "BATIMENT.shp")
    real = gpd.read_file(path, encoding="utf-8", rows=400)
    names = {
        "ID": "cleabs", "NATURE": "nature", "USAGE1": "usage_1", "ETAT": "etat_de_l_objet",
        "HAUTEUR": "hauteur", "LEGER": "construction_legere", "NB_LOGTS": "nombre_de_logements",
    }  # fmt: skip
    real = real[real["HAUTEUR"] > 0].iloc[:200].reset_index(drop=True)
    real = real[[*names, "geometry"]].rename(columns=names)
    _check(case, tmp_path, real)
