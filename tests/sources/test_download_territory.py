"""Territories by codes or EPCI, the file of the PMA, where files go, manifest, texts."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import shapely
from shapely.geometry import box, mapping, shape

from cadastre.errors import FetchError, InputError
from cadastre.parameters.download import Download
from cadastre.publishing.texts_fr.download import NOTES, plan_lines, report_lines, size_text
from cadastre.publishing.texts_fr.errors import SENTENCES, error_sentence
from cadastre.publishing.texts_fr.errors_download import DOWNLOAD
from cadastre.sources.catalogue import read_catalogue
from cadastre.sources.download import (
    FetchOptions,
    default_folder,
    fetch_territory,
    plan,
    scope_from_table,
)
from cadastre.sources.download_manifest import JOURNAL, NAME, Manifest, note_of
from cadastre.sources.download_territory import squares
from tests.shared_data import data_file
from tests.sources.local_client import SCOPE, catalogue, quick
from tests.sources.local_data import SIREN, commune_box, feature
from tests.sources.local_services import LocalServices

ROOT = Path(__file__).resolve().parents[2]
PMA = ROOT / "config" / "pma.toml"


# -- scopes -------------------------------------------------------------------------------------


def test_the_pma_is_150_communes_of_three_epci() -> None:
    # Issue 6 and the découpage administratif of Etalab: 100 + 36 + 14 communes, all in the 62.
    content = tomllib.loads(PMA.read_text(encoding="utf-8"))
    scope = scope_from_table(content["territoire"])
    assert len(scope.communes) == len(set(scope.communes)) == 150
    assert scope.epci == ("200072460", "246200364", "246200299")
    assert {code[:2] for code in scope.communes} == {"62"}
    assert {"62498", "62119", "62427"} <= set(scope.communes)  # Lens, Béthune, Hénin-Beaumont


@pytest.mark.reference
def test_the_pma_is_the_published_composition() -> None:
    rows = data_file("communes_pma", "pma_communes_2026.csv").read_text(encoding="utf-8")
    published = {line.split(",", 1)[0] for line in rows.splitlines()[1:]}
    content = tomllib.loads(PMA.read_text(encoding="utf-8"))
    assert set(content["territoire"]["communes_insee"]) == published


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ({}, "territory_scope_missing"),
        ({"communes_insee": []}, "territory_scope_missing"),
        ({"communes_insee": ["6249"]}, "territory_code_invalid"),
        ({"communes_insee": ["62498'); DROP"]}, "territory_code_invalid"),
        ({"communes_insee": ["97411"]}, "territory_overseas"),
        ({"epci_siren": ["20007246"]}, "territory_siren_invalid"),
        ({"epci_siren": ["200072461"]}, "territory_siren_invalid"),  # wrong check digit
    ],
)
def test_wrong_scopes_are_refused_in_words(table: dict, code: str) -> None:
    with pytest.raises(InputError) as caught:
        scope_from_table(table)
    assert caught.value.code == code
    assert error_sentence(caught.value)


def test_an_epci_alone_gives_its_communes(services: LocalServices, tmp_path: Path) -> None:
    scope = scope_from_table({"epci_siren": [SIREN]}, "Essai")
    options = FetchOptions(only=("iris",))
    report = fetch_territory(
        scope, catalogue(services.override), tmp_path / "raw", options, quick()
    )
    assert report.exit_code == 0
    limits = json.loads((tmp_path / "raw/limites/communes.geojson").read_text("utf-8"))
    rows = [one["properties"] for one in limits["features"]]
    assert [row["code_insee"] for row in rows] == ["62801", "62802"]
    assert {(row["siren_epci"], row["nom_epci"]) for row in rows} == {(SIREN, "CA d'essai")}
    assert limits["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::2154"


def test_merged_and_forgotten_communes_are_said(services: LocalServices, tmp_path: Path) -> None:
    table = {"nom": "E", "communes_insee": ["62801", "62999"], "epci_siren": [SIREN]}
    options = FetchOptions(only=("iris",))
    report = fetch_territory(
        scope_from_table(table), catalogue(services.override), tmp_path / "raw", options, quick()
    )
    notes = dict(report.notes)
    assert notes["communes_unknown"]["names"] == ["62999"]
    assert notes["communes_left_out"]["names"] == ["62802"]
    assert any("62999" in line for line in report_lines(report))


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ({"epci_siren": ["246200299"]}, "territory_epci_unknown"),
        ({"communes_insee": ["62000"]}, "territory_communes_unknown"),
    ],
)
def test_unknown_territories_end_in_a_report(
    services: LocalServices, tmp_path: Path, table: dict, code: str
) -> None:
    report = fetch_territory(
        scope_from_table(table), catalogue(services.override), tmp_path / "raw",
        FetchOptions(only=("iris", "bdtopo_batiments")), quick(),
    )  # fmt: skip
    assert report.exit_code == 1
    assert report.outcomes[0].error is not None
    assert report.outcomes[0].error.code == code
    assert any(outcome.status == "blocked" for outcome in report.outcomes)


def test_squares_cover_on_absolute_multiples() -> None:
    area = commune_box(0).union(commune_box(1))
    places = squares(area, 1000.0)
    cover = shapely.union_all(
        [box(1000 * x, 1000 * y, 1000 * x + 1000, 1000 * y + 1000) for x, y in places]
    )
    assert cover.covers(area)
    assert len(places) == 4 * 2
    hole = area.difference(area.buffer(-600)).buffer(0)
    assert set(squares(hole, 100.0)) < set(squares(area, 100.0))


# -- where files go -----------------------------------------------------------------------------


def test_files_land_where_the_territory_file_reads_them() -> None:
    found = read_catalogue(None, {})
    entries = tomllib.loads(PMA.read_text(encoding="utf-8"))["entrees"]
    folder = default_folder(PMA, entries, found)
    assert folder == ROOT / "data" / "raw" / "pma"
    layout = {
        "batiments": "bdtopo/batiments.geojson", "mns": "lidar_hd/mns/a.tif",
        "mnt": "lidar_hd/mnt/a.tif", "relief": "relief/relief_0650_7000_50m.tif",
        "index_lidar": "lidar_hd/index.geojson",
        "meteo": "meteo/pvgis_sarah3_50.475_2.775_2005_2023.csv",
        "communes": "limites/communes.geojson", "adresses": "ban/adresses-62.csv.gz",
        "epci": "limites/epci.geojson", "iris": "limites/iris.geojson",
        "parcelles": "cadastre/parcelles/cadastre-62498-parcelles.json.gz",
        "rnb": "rnb/RNB_62.csv.zip",
        "registre_pv": "production/odre_registre_62.csv",
        "friches": "friches/friches_62.geojson",
        "protections": "protections/servitudes.geojson", "parkings": "bdtopo/parkings.geojson",
    }  # fmt: skip
    assert set(layout) == set(entries)
    for key, target in layout.items():
        pattern = (PMA.parent / entries[key]).resolve().relative_to(folder)
        assert Path(target).match(str(pattern)), key
    patterns = {source.entry: source.pattern for source in found.sources.values()}
    for key in set(layout) - {"communes", "protections"}:
        assert Path(layout[key]).match(patterns[key]), key


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({"batiments": "brut/bdtopo/batiments.geojson"}, "brut"),
        ({"batiments": "emprises.gpkg", "mns": ["x.tif", "la/lidar_hd/mns/*.tif"]}, "la"),
        ({"batiments": "emprises.gpkg|couche"}, "data/raw"),
        ({}, "data/raw"),
    ],
)
def test_other_territories_choose_their_folder(
    tmp_path: Path, entries: dict, expected: str
) -> None:
    found = default_folder(tmp_path / "ville.toml", entries, read_catalogue(None, {}))
    assert found == (tmp_path / expected).resolve()


# -- manifest -----------------------------------------------------------------------------------


def noted(folder: Path, text: str = "abc") -> Manifest:
    """A folder with one noted file."""
    manifest = Manifest(folder)
    (folder / "a.txt").write_text(text)
    source = read_catalogue(None, {}).sources["rnb"]
    manifest.record(note_of(source, folder, "a.txt", "https://x/a"))
    return manifest


def test_states_of_a_file(tmp_path: Path) -> None:
    manifest = noted(tmp_path)
    assert manifest.state("a.txt", "https://x/a") == "intact"
    assert manifest.state("a.txt", "https://x/other") == "other_request"
    assert manifest.state("b.txt", "https://x/b") == "absent"
    (tmp_path / "b.txt").write_text("b")
    assert manifest.state("b.txt", "https://x/b") == "unknown"
    (tmp_path / "a.txt").write_text("abd")
    assert manifest.state("a.txt", "https://x/a") == "changed"
    (tmp_path / "a.txt").write_text("abc")  # same bytes, another date
    assert manifest.state("a.txt", "https://x/a") == "intact"
    (tmp_path / "a.txt").unlink()
    assert manifest.state("a.txt", "https://x/a") == "absent"


def test_a_change_that_keeps_size_and_date_is_found_by_the_thorough_check(tmp_path: Path) -> None:
    import os

    manifest = noted(tmp_path)
    before = (tmp_path / "a.txt").stat()
    (tmp_path / "a.txt").write_text("abx")
    os.utime(tmp_path / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert manifest.state("a.txt", "https://x/a") == "intact"
    assert manifest.state("a.txt", "https://x/a", thorough=True) == "changed"


def test_the_journal_survives_an_interruption(tmp_path: Path) -> None:
    noted(tmp_path)  # never saved
    with (tmp_path / JOURNAL).open("a") as journal:
        journal.write('{"path": "coup')  # the power fails in the middle of a line
    again = Manifest(tmp_path)
    assert again.state("a.txt", "https://x/a") == "intact"
    again.save()
    assert not (tmp_path / JOURNAL).exists()
    content = json.loads((tmp_path / NAME).read_text("utf-8"))
    (row,) = content["fichiers"]
    # What the issue asks of a manifest: address, date, sha256, size, vintage, licence.
    assert row["url"] == "https://x/a"
    assert len(row["sha256"]) == 64
    assert (row["size"], row["licence"]) == (3, "Licence Ouverte 2.0")
    assert row["vintage"]
    assert row["attribution"]
    again.remove("a.txt")
    assert Manifest(tmp_path).entries == {}


def test_a_manifest_that_is_not_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("[1, 2")
    with pytest.raises(FetchError, match="manifest_unreadable"):
        Manifest(tmp_path)


# -- plans and texts ----------------------------------------------------------------------------


def test_a_plan_fetches_only_what_it_needs_to_count(
    services: LocalServices, tmp_path: Path
) -> None:
    found = plan(SCOPE, catalogue(services.override), tmp_path / "raw", FetchOptions(), quick())
    lines = {line.source: line for line in found.lines}
    inside = [one for one in services.layers["BDTOPO_V3:batiment"]
              if _meets(one["geometry"])]  # fmt: skip
    assert lines["bdtopo_batiments"].counted == len(inside)
    assert lines["bdtopo_batiments"].missing_size == 1300 * len(inside)
    assert lines["cadastre_parcelles"].files == 2
    assert lines["lidar_mns"].files == 7  # 4 x 2 tiles, one not published
    assert "lidar_points" not in lines
    for name in ("etalab", "wms", "pvgis", "rnb", "ban", "odre", "enedis", "cerema"):
        assert services.count(name) == 0
    text = "\n".join(plan_lines(found))
    assert "À récupérer : environ" in text
    assert "Go" in text


def _meets(geometry: dict) -> bool:
    return bool(shape(geometry).intersects(commune_box(0).union(commune_box(1))))


def test_a_plan_without_network_says_what_it_does_not_know(
    services: LocalServices, tmp_path: Path
) -> None:
    services.lay("geopf_wfs", "status", status=500, times=999)
    found = plan(SCOPE, catalogue(services.override), tmp_path / "raw", FetchOptions(), quick())
    unknown = {line.source for line in found.lines if not line.known}
    assert {"bdtopo_batiments", "lidar_mns", "relief", "pvgis"} <= unknown
    assert "inconnu" in "\n".join(plan_lines(found))


def test_a_source_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    found = read_catalogue(None, {})
    with pytest.raises(InputError, match="source_unknown"):
        plan(SCOPE, found, tmp_path, FetchOptions(without=("lidar",)), quick())


def test_a_disk_too_small_is_refused_before_anything(
    services: LocalServices, tmp_path: Path
) -> None:
    chosen = quick(free_space_margin_gb=1000.0)
    with pytest.raises(FetchError) as caught:
        fetch_territory(
            SCOPE, catalogue(services.override), tmp_path / "raw",
            FetchOptions(only=("rnb",)), chosen,
        )  # fmt: skip
    assert caught.value.code == "fetch_room"
    assert "Go" in error_sentence(caught.value)
    assert services.count("/rnb/") == 0


def test_every_code_has_its_sentence() -> None:
    import re

    folder = ROOT / "cadastre" / "sources"
    text = "".join(
        path.read_text(encoding="utf-8")
        for pattern in ("download*.py", "services_*.py", "catalogue.py")
        for path in sorted(folder.glob(pattern))
    )
    raised = set(re.findall(r"(?:Fetch|Input)Error\(\s*\"(\w+)\"", text))
    raised |= {"fetch_timeout", "fetch_connection"}
    assert raised <= set(SENTENCES)
    assert set(DOWNLOAD) <= raised | {"fetch_page", "fetch_exception", "fetch_kind"}
    said = set(re.findall(r"\(\"(\w+)\", (?:\{|facts|absent|told_parts)", text))
    assert said <= set(NOTES)


def test_sizes_read_as_a_person_says_them() -> None:
    assert size_text(512).replace("\u00a0", " ") == "512 octets"
    assert size_text(38_000_000_000).replace("\u00a0", " ") == "38,0 Go"


def test_margins_follow_the_skyline_reach() -> None:
    from cadastre.parameters.horizon import Horizon

    assert Download().surface_margin_m >= Horizon().reach_m


@pytest.mark.reference
def test_the_pma_is_planned_whole(services: LocalServices, tmp_path: Path) -> None:
    """The 150 real outlines: tiles, weather cells, gigabytes that an officer must expect."""
    from pyproj import Transformer

    contours = json.loads(
        data_file("communes_pma", "pma_communes_contours.geojson").read_text(encoding="utf-8")
    )["features"]
    step = Transformer.from_crs("EPSG:4326", "EPSG:2154", always_xy=True)
    communes = [
        {
            "type": "Feature",
            "geometry": mapping(
                shapely.transform(shape(one["geometry"]), step.transform, interleaved=False)
            ),
            "properties": {
                "code_insee": one["properties"]["code_insee"],
                "nom_officiel": one["properties"]["nom"],
                "codes_siren_des_epci": one["properties"]["epci_siren"],
                "population": one["properties"]["population_municipale"],
            },
        }
        for one in contours
    ]
    content = tomllib.loads(PMA.read_text(encoding="utf-8"))["territoire"]
    services.layers["LIMITES_ADMINISTRATIVES_EXPRESS.LATEST:commune"] = communes
    services.layers["LIMITES_ADMINISTRATIVES_EXPRESS.LATEST:epci"] = [
        feature(box(0, 0, 1, 1), code_siren=siren, nom_officiel=siren,
                codes_insee_des_communes_membres="/".join(
                    one["properties"]["code_insee"] for one in communes
                    if one["properties"]["codes_siren_des_epci"] == siren))
        for siren in content["epci_siren"]
    ]  # fmt: skip
    services.layers["IGNF_LIDAR-HD_METADONNEE:metadata"] = [
        feature(box(1000 * x, 1000 * y - 1000, 1000 * x + 1000, 1000 * y),
                coordonnees_nw=f"{x:04d}-{y:04d}", url_mns="u", url_mnt="u",
                url_npl=f"https://data.geopf.fr/telechargement/download/L/{x}_{y}.laz",
                date_fin_acquisition="2024-01-01")
        for x in range(648, 708) for y in range(7028, 7063)
    ]  # fmt: skip
    services.cap = 5000
    found = plan(
        scope_from_table(content), catalogue(services.override), tmp_path / "raw",
        FetchOptions(), Download(backoff_first_s=0.01, default_rate_per_s=1000.0),
    )  # fmt: skip
    assert found.communes == 150
    assert not [note for note in found.notes if note[0].startswith("communes_")]
    lines = {line.source: line for line in found.lines}
    # 1 002.2 km2 (PROVENANCE.md of the contours) with 500 m around: between 1 150 and 1 300 tiles.
    assert 1150 <= lines["lidar_mns"].files <= 1300
    assert lines["lidar_mnt"].files == lines["lidar_mns"].files
    assert 10 <= lines["pvgis"].files <= 18
    assert lines["relief"].files <= 12
    assert found.transfer > 2 * lines["lidar_mns"].files * 16e6  # float32, 2000 x 2000
    assert 15e9 < found.missing_size < 0.6 * found.transfer
    print("\n".join(plan_lines(found)))  # noqa: T201 - read with pytest -s
