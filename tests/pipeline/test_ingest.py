"""Ingestion of small territories written by other libraries: what is joined, kept, set aside."""

from __future__ import annotations

import os

import numpy as np
import pytest
import shapely

from cadastre.aggregation.checks import check_conservation
from cadastre.aggregation.territories import territory_totals
from cadastre.errors import InputError
from cadastre.pipeline import raster_memory
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.ingest import ingest, intake, open_rasters
from cadastre.pipeline.plan import plan_territory
from cadastre.pipeline.store import Store
from cadastre.pipeline.territory import read_territory
from cadastre.publishing.texts_fr.notes import quality_lines
from cadastre.sources.notes import Notes
from tests.sources import scenes
from tests.sources.test_sites import car_parks

MIDDLE = scenes.X0 + 30.0  # between the two communes of the scene


def config(folder, land="", entries="", parameters=""):
    """Territory file over 24 buildings, 3 columns of them in each of two communes."""
    scenes.buildings().to_file(folder / "batiments.gpkg")
    scenes.communes().to_file(folder / "communes.gpkg")
    path = folder / "ville.toml"
    path.write_text(
        f'[territoire]\nnom = "Ville"\n{land}\n'
        f'[entrees]\nbatiments = "batiments.gpkg"\n{entries}\n'
        f'[sortie]\ndossier = "sortie"\n[parametres.climate]\nyear_count = 1\n{parameters}',
        encoding="utf-8",
    )
    return path


def ingested(path):
    """Territory and what ingestion leaves of it."""
    territory = read_territory(path)
    store = Store(str(territory.output))
    rasters = open_rasters(territory, Notes())
    return territory, ingest(territory, store, Fingerprints(store), rasters)


def codes(found):
    return [note["code"] for note in found.notes]


COMMUNES = 'communes = "communes.gpkg"'


@pytest.mark.parametrize(
    "land", ['communes_insee = ["62498"]', 'epci_siren = ["246200364"]'], ids=["commune", "epci"]
)
def test_only_the_named_communes_are_computed(tmp_path, land):
    territory, found = ingested(config(tmp_path, land, COMMUNES))
    table = found.buildings
    west = shapely.get_x(table.representative_point().to_numpy()) < MIDDLE
    assert len(table) == 24
    assert west.sum() == 12
    assert (table.loc[~west, "status_reason"] == "outside_territory").all()
    assert table.loc[~west, "commune_code"].isna().all()
    assert (table.loc[west, "commune_code"] == "62498").all()
    assert found.communes["commune_code"].tolist() == ["62498"]
    plan = plan_territory(found, territory.parameters)
    assert set(plan.computable["building_id"]) == set(
        table.loc[west & table["status"].isna(), "building_id"]
    )
    assert len(plan.every) == 24  # the others go on casting shadows
    (note,) = [note for note in found.notes if note["code"] == "territory_outside"]
    assert note["count"] == 12


def test_totals_leave_out_what_is_outside_and_still_add_up(tmp_path):
    _, found = ingested(config(tmp_path, 'communes_insee = ["62498"]', COMMUNES))
    buildings = found.buildings.assign(annual_energy_kwh=np.nan)
    computed = buildings["status"].isna()
    buildings["status"] = buildings["status"].mask(computed, "computed")
    buildings.loc[computed, "annual_energy_kwh"] = 100.0
    totals = territory_totals(buildings, found.communes, "Ville")
    whole = totals[(totals["level"] == "whole") & (totals["usage"] == "all")].iloc[0]
    assert whole["building_count"] == 12
    assert whole["annual_energy_kwh"] == 100.0 * computed.sum()
    assert set(totals.loc[totals["level"] == "commune", "code"]) == {"62498"}
    planes = buildings.loc[computed, ["building_id", "annual_energy_kwh"]]
    assert check_conservation(found.buildings["building_id"], buildings, planes, totals) == []


def test_every_building_is_computed_where_no_commune_is_named(tmp_path):
    _, found = ingested(config(tmp_path, "", COMMUNES))
    assert not (found.buildings["status_reason"] == "outside_territory").any()
    assert set(found.buildings["commune_code"]) == {"62498", "62427"}


def test_named_communes_without_limits_are_said_to_bound_nothing(tmp_path):
    _, found = ingested(config(tmp_path, 'communes_insee = ["62498"]'))
    assert "territory_unbounded" in codes(found)
    assert not (found.buildings["status_reason"] == "outside_territory").any()


def test_a_named_commune_that_no_table_holds_is_said(tmp_path):
    _, found = ingested(config(tmp_path, 'communes_insee = ["62498", "62001"]', COMMUNES))
    (note,) = [note for note in found.notes if note["code"] == "communes_absent"]
    assert note["ids"] == ["62001"]
    with pytest.raises(InputError) as caught:
        ingested(config(tmp_path, 'communes_insee = ["62001"]', COMMUNES))
    assert caught.value.code == "territory_communes_absent"


def test_sites_and_connected_power_reach_the_shelf(tmp_path):
    car_parks(tmp_path / "parkings.gpkg")
    head = "codeinseecommune;codefiliere;regime;puismaxinstallee;nbinstallations"
    (tmp_path / "registre.csv").write_text(
        f"{head}\n62498;SOLAI;En service;310.5;92\n62427;SOLAI;En service;12;4\n", "utf-8"
    )
    entries = f'{COMMUNES}\nparkings = "parkings.gpkg"\nregistre_pv = "registre.csv"'
    _, found = ingested(config(tmp_path, 'communes_insee = ["62498"]', entries))
    assert found.sites["site_id"].tolist() == ["EQUIP_TR_1"]
    assert found.communes["installed_pv_kw"].tolist() == [310.5]
    assert found.communes["installed_pv_count"].tolist() == [92]


def test_the_door_tells_every_input_and_the_balance(tmp_path):
    _, found = ingested(config(tmp_path, 'communes_insee = ["62498"]', COMMUNES))
    lines = quality_lines(found.notes, intake(found.buildings))
    text = "\n".join(lines)
    assert "  Bâtiments\n    Lu           batiments.gpkg : Objets lus : 24." in text
    aside = next(line for line in lines if "hors des communes" in line)
    assert "Mis de côté" in aside
    assert aside.count("BATIMENT") == 3  # a few examples here, all of them in the report
    assert lines[-2] == "  Bâtiments : 24 lus, 12 à calculer, 12 écartés, 0 en erreur."


def test_rasters_are_looked_at_once_and_again_when_they_change(tmp_path, monkeypatch):
    """Same mosaic and same notes from memory; a file written again is looked at again."""
    seen = []
    look = raster_memory.look_at

    def counted(path, *others):
        seen.append(path)
        return look(path, *others)

    monkeypatch.setattr(raster_memory, "look_at", counted)
    values = scenes.heights()
    values[:4, :4] = 0.0  # zeros that mean nothing: a note to remember
    scenes.write_raster(tmp_path / "mns.tif", values)
    territory = read_territory(config(tmp_path, "", 'mns = "mns.tif"'))
    found = []
    for _ in range(2):
        notes = Notes()
        found.append((open_rasters(territory, notes).mns, notes.table()))
    assert len(seen) == 1
    assert found[0] == found[1]
    assert "zero_is_nodata" in {row["code"] for row in found[0][1]}
    scenes.write_raster(tmp_path / "mns.tif", scenes.heights() + 1.0)
    os.utime(tmp_path / "mns.tif", ns=(1, 1))
    notes = Notes()
    open_rasters(territory, notes)
    assert len(seen) == 2
    assert "zero_is_nodata" not in {row["code"] for row in notes.table()}
    territory.output.joinpath("etapes", "rasters.pickle").write_bytes(b"cut")
    open_rasters(territory, Notes())
    assert len(seen) == 3


@pytest.mark.parametrize("beside", ["mns.prj", "mns.tfw", "mns.tif.aux.xml"])
def test_what_lies_beside_a_raster_counts_as_the_raster(tmp_path, beside, monkeypatch):
    seen = []
    look = raster_memory.look_at
    monkeypatch.setattr(
        raster_memory, "look_at", lambda path, *others: seen.append(path) or look(path, *others)
    )
    scenes.write_raster(tmp_path / "mns.tif", scenes.heights())
    territory = read_territory(config(tmp_path, "", 'mns = "mns.tif"'))
    before = Fingerprints(Store(str(territory.output))).of(str(tmp_path / "mns.tif"))
    open_rasters(territory, Notes())
    text = {".prj": scenes.buildings().crs.to_wkt("WKT1_ESRI"), ".xml": "<PAMDataset/>"}
    (tmp_path / beside).write_text(
        text.get(beside[-4:], f"0.5\n0\n0\n-0.5\n{scenes.X0}\n{scenes.Y0 + 64}\n"), "utf-8"
    )
    open_rasters(territory, Notes())
    assert len(seen) == 2
    assert Fingerprints(Store(str(territory.output))).of(str(tmp_path / "mns.tif")) != before


def test_an_empty_optional_file_costs_nothing_but_a_note(tmp_path):
    nothing = '{"type": "FeatureCollection", "features": []}'
    for name in ("parcelles", "iris", "protections"):
        (tmp_path / f"{name}.geojson").write_text(nothing, "utf-8")
    (tmp_path / "adresses.csv").write_text("id;numero;nom_voie;lon;lat\n", "utf-8")
    kinds = {name: f"{name}.geojson" for name in ("parcelles", "iris", "protections")}
    kinds["adresses"] = "adresses.csv"
    entries = "\n".join(f'{kind} = "{name}"' for kind, name in kinds.items())
    _, found = ingested(config(tmp_path, "", entries))
    assert intake(found.buildings)["left"] == 24
    said = {note["kind"] for note in found.notes if note["code"] == "file_empty"}
    assert said == set(kinds)
    empty = tmp_path / "vide.geojson"
    empty.write_text(nothing, "utf-8")
    path = config(tmp_path)
    path.write_text(path.read_text("utf-8").replace("batiments.gpkg", "vide.geojson"), "utf-8")
    with pytest.raises(InputError) as caught:
        ingested(path)
    assert caught.value.code == "input_empty"


def test_weather_without_a_place_where_every_building_is_outside(tmp_path):
    table = scenes.communes()
    entries = 'communes = "loin.gpkg"\nmeteo = "meteo.csv"'
    path = config(tmp_path, 'communes_insee = ["62498"]', entries)
    table.geometry = table.geometry.translate(20000.0, 0.0)
    table.to_file(tmp_path / "loin.gpkg")
    scenes.write_weather(tmp_path / "meteo.csv", scenes.weather())
    _, found = ingested(path)
    assert intake(found.buildings)["left"] == 0
    assert found.buildings["weather_cell_id"].isna().all()
    assert len(found.weathers) == 1
