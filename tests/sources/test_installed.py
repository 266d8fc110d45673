"""What already produces, by commune.

Columns and the row of Hernicourt are those of the register as ODRÉ published it on 31 July 2026
(14 installations of less than 36 kW, 49.46 kW in one row); the columns of Enedis are those of
its yearly production by commune.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from cadastre.aggregation.territories import territory_totals
from cadastre.errors import InputError
from cadastre.sources.installed import (
    COLUMNS,
    join_installed,
    read_production,
    read_register,
)
from cadastre.sources.notes import Notes
from tests.sources import scenes

HEAD = (
    "nominstallation;codeinseecommune;codedepartement;codefiliere;regime;datederaccordement;"
    "puismaxinstallee;nbinstallations"
)
ROWS = (
    "Agrégation des installations de moins de 36KW;62442;62;SOLAI;En service;;49.46;14",
    "Confidentiel;62498;62;SOLAI;En service;;250;1",
    "Confidentiel;62498;62;SOLAI;En service;;99.5;1",
    "Agrégation des installations de moins de 36KW;62498;62;SOLAI;En service;;310.54;92",
    "Vieux parc;62498;62;SOLAI;Déclassée;;12;1",
    "Débranché;62498;62;SOLAI;En service;03/02/2020;1000;1",
    "Éolienne;62498;62;EOLIE;En service;;2000;1",
    "Erreur;62498;62;SOLAI;En service;;90000000;1",
    "Sans commune;;62;SOLAI;En service;;500;1",
)
PRODUCTION = (
    "annee;code_commune;domaine_de_tension;nb_sites_photovoltaique_enedis;"
    "energie_produite_annuelle_photovoltaique_enedis_mwh\n"
    "2022;62498;BT <= 36 kVA;80;210.5\n2023;62498;BT <= 36 kVA;95;250.25\n"
    "2023;62498;HTA;1;1100\n2023;62442;BT <= 36 kVA;14;\n"
)


def register(path, rows=ROWS, head=HEAD, encoding="utf-8"):
    """Write an export of the register."""
    path.write_bytes("\n".join([head, *rows, ""]).encode(encoding))
    return str(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_register_adds_up_by_commune(tmp_path, encoding):
    notes = Notes()
    found = read_register([register(tmp_path / "a.csv", encoding=encoding)], notes)
    found = found.set_index("commune_code")
    assert found.loc["62442"].tolist() == [14, 49.46]
    assert found.loc["62498"].tolist() == [94, pytest.approx(660.04)]
    assert len(found) == 2
    told = {note.code: note.count for note in notes}
    assert told["rows_read"] == len(ROWS)
    aside = ("register_other_sector", "register_disconnected", "register_absurd_power",
             "rows_incomplete")  # fmt: skip
    # every row is either counted in a commune or said to be left out
    assert [told[code] for code in aside] == [1, 2, 1, 1]
    assert 4 + sum(told[code] for code in aside) == len(ROWS)


def test_older_exports_with_commas_and_camel_case(tmp_path):
    head = "nomInstallation,codeINSEECommune,filiere,puisMaxInstallee,nbInstallations"
    rows = ['"Parc, nord",1004,Solaire,"12,5",2', "x,01004,Nucléaire,900000,1"]
    found = read_register([register(tmp_path / "a.csv", rows, head)], Notes())
    assert found.to_numpy().tolist() == [["01004", 2.0, 12.5]]


def test_the_latest_year_counts_and_voltages_add_up(tmp_path):
    path = tmp_path / "enedis.csv"
    path.write_text(PRODUCTION, encoding="utf-8")
    notes = Notes()
    found = read_production([str(path)], notes).set_index("commune_code")
    assert found.loc["62498", "injected_pv_kwh"] == pytest.approx(1_350_250.0)
    assert found.loc["62498", "injected_pv_year"] == 2023
    assert np.isnan(found.loc["62442", "injected_pv_kwh"])  # secret or missing is no zero
    assert notes.with_code("production_older")[0].count == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a;b\n1;2\n", "column_missing"),
        ("codeinseecommune;puismaxinstallee\n62498;1;2\n", "vector_unreadable"),
        ("", "vector_unreadable"),
    ],
)
def test_what_is_no_register_is_refused(tmp_path, text, code):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_register([str(path)], Notes())
    assert caught.value.code == code


def test_communes_epci_and_whole_say_what_is_connected(tmp_path):
    table = read_register([register(tmp_path / "a.csv")], Notes())
    communes = scenes.communes().rename(
        columns={"code_insee": "commune_code", "nom": "commune_name",
                 "siren_epci": "epci_code", "nom_epci": "epci_name"}
    )  # fmt: skip
    joined = join_installed(communes, table, None)
    assert set(COLUMNS) <= set(joined.columns)
    buildings = gpd.GeoDataFrame(
        {"building_id": ["a"], "status": ["computed"], "status_reason": [None],
         "commune_code": ["62498"], "usage": ["residential"], "capacity_kwp": [3.0]}
    )  # fmt: skip
    totals = territory_totals(buildings, joined, "Ville").set_index(["level", "code", "usage"])
    power = totals["installed_pv_kw"]
    assert power["commune", "62498", "all"] == pytest.approx(660.04)
    assert power["commune", "62427", "all"] == 0.0  # the register knows its department
    assert power["epci", "246200364", "all"] == pytest.approx(660.04)
    assert power["whole", "whole", "all"] == pytest.approx(660.04)
    assert np.isnan(power["whole", "whole", "residential"])
    assert totals["injected_pv_kwh"].isna().all()
