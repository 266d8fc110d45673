"""What is downloaded is what the readers of this room read: same files, nothing set aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadastre.sources.addresses import read_addresses
from cadastre.sources.boundaries import read_communes, read_iris, read_parcels
from cadastre.sources.constraints import read_protections
from cadastre.sources.download import FetchOptions, fetch_territory
from cadastre.sources.download_manifest import provenance
from cadastre.sources.footprints import read_footprints
from cadastre.sources.notes import Notes
from cadastre.sources.weather import read_weather
from tests.sources.local_client import SCOPE, catalogue, quick
from tests.sources.local_data import COMMUNES, SIREN
from tests.sources.local_services import LocalServices

CRS = "EPSG:2154"


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A downloaded territory."""
    place = tmp_path_factory.mktemp("lecture")
    served = LocalServices(place / "served")
    options = FetchOptions(without=("lidar_mns", "lidar_mnt", "relief", "rnb"))
    try:
        report = fetch_territory(
            SCOPE, catalogue(served.override), place / "raw", options, quick()
        )
        assert report.exit_code == 0
        assert not served.surprises
    finally:
        served.close()
    return place / "raw"


def paths(raw: Path, pattern: str) -> list[str]:
    """Files of a pattern, as the territory file gives them."""
    found = sorted(str(path) for path in raw.glob(pattern))
    assert found
    return found


def set_aside(notes: Notes) -> list[str]:
    return [note.code for note in notes if note.action == "set_aside"]


def test_buildings_and_limits(raw: Path) -> None:
    notes = Notes()
    table = read_footprints(paths(raw, "bdtopo/batiments.geojson"), CRS, "cleabs", notes)
    assert len(table) == 231
    assert table.crs.to_epsg() == 2154
    communes = read_communes(paths(raw, "limites/communes.geojson"), CRS, notes)
    assert dict(zip(communes["commune_code"], communes["commune_name"], strict=True)) == COMMUNES
    assert set(communes["epci_code"]) == {SIREN}
    assert set(communes["epci_name"]) == {"CA d'essai"}
    assert communes.area.sum() == pytest.approx(2 * 1500.0**2)
    assert len(read_iris(paths(raw, "limites/iris.geojson"), CRS, notes)) == 2
    assert len(read_parcels(paths(raw, "cadastre/parcelles/*.json.gz"), CRS, notes)) == 2
    assert not set_aside(notes)


def test_addresses_protections_weather(raw: Path) -> None:
    notes = Notes()
    addresses = read_addresses(paths(raw, "ban/adresses-*.csv.gz"), CRS, notes)
    assert list(addresses["commune_code"]) == ["62801"]
    protections = read_protections(paths(raw, "protections/*.geojson"), CRS, notes)
    assert sorted(protections["kind"]) == ["ac1", "ac2", "ac4", *["unesco"] * 4]
    weather = read_weather(paths(raw, "meteo/*.csv"), 50.475, 2.775, notes)
    assert weather.origin == "pvgis"
    assert len(weather.data) == 8760
    assert not weather.typical_year


def test_the_vintage_of_a_file_is_found_again(raw: Path, tmp_path: Path) -> None:
    buildings = raw / "bdtopo/batiments.geojson"
    (tmp_path / "autre.geojson").write_text("{}")
    found = provenance([buildings, tmp_path / "autre.geojson"])
    assert set(found) == {buildings}
    assert found[buildings].vintage == "2026-09-11"
    assert found[buildings].attribution == "IGN, BD TOPO"
