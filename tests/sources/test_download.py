"""A small territory fetched from end to end: whole, with faults, killed and resumed, mended."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.io import MemoryFile
from shapely.geometry import shape

from cadastre.publishing.texts_fr.download import report_lines
from cadastre.sources.download import FetchOptions, FetchReport, Progress, fetch_territory
from cadastre.sources.download_manifest import NAME
from tests.sources.local_client import SCOPE, catalogue, quick, stray
from tests.sources.local_data import (
    COMMUNES,
    UNPUBLISHED,
    buildings,
    commune_box,
    geotiff,
)
from tests.sources.local_services import LocalServices

TERRITORY = commune_box(0).union(commune_box(1))
RNB = "/rnb/RNB_62.csv.zip"


def fetch(
    services: LocalServices, folder: Path, options: FetchOptions | None = None, **values: object
) -> FetchReport:
    """Fetch the two communes."""
    chosen = options or FetchOptions(also=("enedis_production",))
    return fetch_territory(SCOPE, catalogue(services.override), folder, chosen, quick(**values))


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file but the manifest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != NAME
    }


def manifest(folder: Path) -> dict[str, dict]:
    """Rows of the manifest by path."""
    content = json.loads((folder / NAME).read_text(encoding="utf-8"))
    return {row["path"]: row for row in content["fichiers"]}


def assert_whole(folder: Path) -> None:
    """Every file is noted with its own SHA-256, every note has its file, nothing is left over."""
    found, rows = digests(folder), manifest(folder)
    assert {path: row["sha256"] for path, row in rows.items() if not row["empty"]} == found
    assert not stray(folder)
    assert not (folder / ".morceaux").exists()


def statuses(report: FetchReport) -> dict[str, dict[str, int]]:
    """Number of files by status, of each source."""
    return {row["source"]: row["statuses"] for row in report.rows()}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a download without a fault leaves."""
    place = tmp_path_factory.mktemp("clean")
    served = LocalServices(place / "served")
    try:
        assert fetch(served, place / "raw").exit_code == 0
        assert not served.surprises
    finally:
        served.close()
    return digests(place / "raw")


def test_everything_arrives_once_and_where_it_belongs(
    services: LocalServices, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    report = fetch(services, raw)
    assert report.exit_code == 0
    assert_whole(raw)
    # buildings: those that meet the communes, once, though squares share some and pages are short
    content = json.loads((raw / "bdtopo/batiments.geojson").read_text(encoding="utf-8"))
    keys = [one["properties"]["cleabs"] for one in content["features"]]
    expected = {
        one["properties"]["cleabs"]
        for one in buildings()
        if shape(one["geometry"]).intersects(TERRITORY)
    }
    assert len(keys) == len(set(keys))
    assert set(keys) == expected
    assert 0 < len(expected) < len(buildings())
    table = gpd.read_file(raw / "bdtopo/batiments.geojson")
    assert table.crs.to_epsg() == 2154
    assert len(gpd.read_file(raw / "bdtopo/parkings.geojson")) == 10  # "Péage" is left out
    heritage = gpd.read_file(raw / "protections/servitudes.geojson")
    assert sorted(heritage["suptype"]) == ["ac1", "ac2", "ac4"]
    for name in ("bien_inscrit", "zone_tampon", "cites_minieres", "zone_tampon_cites"):
        assert len(gpd.read_file(raw / f"protections/unesco_{name}.geojson")) == 1
    with (raw / "production/enedis_production_communes.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle, delimiter=";"))
    assert len(rows) == 14 * len(COMMUNES)
    assert len(gpd.read_file(raw / "friches/friches_62.geojson")) == 6
    # a second time: nothing is asked, nothing moves
    before = digests(raw)
    services.forget()
    again = fetch(services, raw)
    assert services.count() == 0
    assert again.exit_code == 0
    assert {status for row in statuses(again).values() for status in row} == {
        "intact", "no_coverage",
    }  # fmt: skip
    assert digests(raw) == before


def test_rasters_stand_on_the_lattice_of_the_ign(services: LocalServices, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    options = FetchOptions(only=("lidar_mns", "lidar_mnt", "relief"))
    report = fetch(services, raw, options, surface_margin_m=500.0)
    for product in ("mns", "mnt"):
        paths = sorted((raw / f"lidar_hd/{product}").glob("*.tif"))
        assert len(paths) == 11  # 5 x 4 squares, two columns over the sea, one not published
        for path in paths:
            match = re.search(r"_(\d{4})_(\d{4})_", path.name)
            assert match is not None
            x, y = 1000.0 * int(match[1]), 1000.0 * int(match[2])
            with rasterio.open(path) as raster:
                assert tuple(raster.bounds) == (x - 5, y - 995, x + 995, y + 5)
                assert (raster.width, raster.height, raster.dtypes[0]) == (100, 100, "float32")
                assert raster.profile["compress"] == "zstd"
                with MemoryFile(geotiff(tuple(raster.bounds), 100, 100)) as memory:
                    sent = memory.open().read(1)  # what the service sent, bit for bit
                assert np.array_equal(raster.read(1), sent)
    assert statuses(report)["lidar_mns"] == {"fetched": 11, "no_coverage": 8}
    named = f"{UNPUBLISHED[0]:04d}_{UNPUBLISHED[1]:04d}"
    notes = [facts for code, facts in report.notes if code == "tiles_unpublished"]
    assert [facts["names"] for facts in notes] == [[named], [named]]
    with rasterio.open(next((raw / "relief").glob("*.tif"))) as raster:
        assert raster.res == (50.0, 50.0)
        assert all(edge % 5000 == 0 for edge in raster.bounds)


def test_the_manifest_carries_vintages_and_licences(
    services: LocalServices, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    only = ("lidar_mns", "bdtopo_batiments", "ban_adresses", "pvgis")
    fetch(services, raw, FetchOptions(only=only))
    rows = manifest(raw)
    tile = next(row for path, row in rows.items() if path.startswith("lidar_hd/mns"))
    assert tile["vintage"] == "2025-03-04"  # end of the flight, from the index
    assert rows["bdtopo/batiments.geojson"]["vintage"] == "2026-09-11"  # latest modification
    assert rows["ban/adresses-62.csv.gz"]["vintage"] == "2026-06-01"  # Last-Modified
    assert next(row for p, row in rows.items() if "pvgis" in p)["vintage"] == "2023-2023"
    assert all(row["licence"] and row["attribution"] for row in rows.values())
    assert all(row["url"].startswith("https://") for row in rows.values())  # as documented


FAULTS = [
    ("commune", "status", {"status": 503, "retry_after": "0"}),
    ("BDTOPO_V3:batiment.*STARTINDEX=0", "truncate", {}),
    ("BDTOPO_V3:batiment.*STARTINDEX=20", "status", {"status": 429, "retry_after": "0"}),
    ("BDTOPO_V3:batiment", "reset", {}),
    ("BDTOPO_V3:equipement", "page", {}),
    ("assiette_sup_s", "exception", {}),
    ("METADONNEE", "truncate", {}),
    ("MNS_ELEVATION", "exception", {"times": 3}),
    ("MNS_ELEVATION", "wrong_type", {"times": 2}),
    ("MNT_ELEVATION", "truncate", {"times": 2}),
    ("MNT_ELEVATION", "status", {"status": 400, "times": 2}),
    ("HIGHRES", "page", {"times": 2}),
    ("seriescalc", "truncate", {}),
    ("seriescalc", "status", {"status": 529}),
    ("batiments.json.gz", "reset", {}),
    ("parcelles.json.gz", "truncate", {}),
    ("adresses-62", "page", {}),
    ("RNB_62", "truncate", {"times": 2}),
    ("data_gouv", "status", {"status": 500}),
    ("enedis/x1y2z3", "truncate", {}),
    ("odre", "silent", {"seconds": 0.7}),
    ("cerema", "wrong_type", {}),
    ("zt_cites", "status", {"status": 504}),
]


def test_passing_faults_everywhere_leave_the_same_files(
    services: LocalServices, tmp_path: Path, clean: dict[str, str]
) -> None:
    for pattern, kind, how in FAULTS:
        services.lay(pattern, kind, **how)
    report = fetch(services, tmp_path / "raw", attempts=8, timeout_s=0.5)
    assert report.exit_code == 0, report_lines(report)
    assert all(fault.times == 0 for _, fault in services.faults)
    assert_whole(tmp_path / "raw")
    assert digests(tmp_path / "raw") == clean


def test_sources_that_are_down_lose_nothing_of_the_others(
    services: LocalServices, tmp_path: Path, clean: dict[str, str]
) -> None:
    raw = tmp_path / "raw"
    services.lay("MNS_ELEVATION", "status", status=503, times=10_000)
    services.lay("adresses-62", "status", status=404, times=10_000)
    services.lay("RNB_62", "page", times=10_000)
    services.lay("BDTOPO_V3:batiment.*STARTINDEX=0.*BBOX=681000.00,7039", "truncate", times=10_000)
    services.lay("enedis", "status", status=500, times=10_000)
    report = fetch(services, raw, attempts=2, give_up_after=2, connections=1)
    down = {"lidar_mns", "ban_adresses", "rnb", "bdtopo_batiments", "enedis_production"}
    assert report.exit_code == 1
    assert {outcome.source for outcome in report.missing} == down
    assert all(outcome.error is not None for outcome in report.missing)
    # what is there is whole and the same; nothing half there takes a name
    for path, digest in digests(raw).items():
        if not path.startswith(".morceaux"):
            assert clean[path] == digest
    assert not (raw / "bdtopo/batiments.geojson").exists()
    # a service that is down is not asked for each file with all its tries
    assert services.count("MNS_ELEVATION") == 2 * 2
    assert statuses(report)["lidar_mns"] == {"failed": 2, "blocked": 5}
    text = "\n".join(report_lines(report))
    assert "Pour compléter, relancez la même commande" in text
    assert "page web" in text
    assert "code 404" in text
    # mended: only what was missing is asked, and of the buildings only the squares that failed
    services.faults.clear()
    services.forget()
    again = fetch(services, raw)
    assert again.exit_code == 0
    assert digests(raw) == clean
    assert_whole(raw)
    asked = [path for path, _ in services.requests]
    wanted = "MNS_ELEVATION|adresses-62|RNB_62|BDTOPO_V3:batiment|enedis"
    assert all(re.search(wanted, path) for path in asked)
    assert all("BBOX=681000.00,7039" in path for path in asked if "BDTOPO_V3:batiment" in path)


def test_a_machine_without_network_learns_it_once_a_service(
    services: LocalServices, tmp_path: Path
) -> None:
    services.lay("", "reset", times=100_000)
    report = fetch(services, tmp_path / "raw", connections=1, attempts=2)
    assert report.exit_code == 1
    assert {status for row in statuses(report).values() for status in row} == {
        "failed", "blocked",
    }  # fmt: skip
    assert services.count("etalab_cadastre") == 2  # one file of four, both tries
    assert services.count("geopf_wfs") == 2


def test_without_limits_the_files_by_code_still_come(
    services: LocalServices, tmp_path: Path
) -> None:
    services.lay("geopf_wfs", "status", status=503, times=10_000)
    report = fetch(services, tmp_path / "raw", attempts=2)
    assert report.exit_code == 1
    found = statuses(report)
    for name in ("cadastre_batiments", "ban_adresses", "rnb", "odre_registre", "cartofriches"):
        assert set(found[name]) == {"fetched"}
    for name in ("bdtopo_batiments", "lidar_mns", "relief", "pvgis"):
        assert set(found[name]) == {"blocked"}


def test_files_changed_or_lost_on_the_disk_are_fetched_again(
    services: LocalServices, tmp_path: Path, clean: dict[str, str]
) -> None:
    raw = tmp_path / "raw"
    fetch(services, raw)
    tile = next((raw / "lidar_hd/mns").glob("*.tif"))
    with tile.open("r+b") as handle:
        handle.seek(300)
        handle.write(b"\x00" * 40)
    buildings_file = raw / "bdtopo/batiments.geojson"
    buildings_file.write_bytes(buildings_file.read_bytes()[:5000])
    (raw / "ban/adresses-62.csv.gz").unlink()
    (raw / "protections/unesco_bien_inscrit.geojson").write_text("{}")
    services.forget()
    report = fetch(services, raw)
    assert report.exit_code == 0
    found = statuses(report)
    assert found["lidar_mns"]["replaced"] == 1
    assert found["bdtopo_batiments"] == {"replaced": 1}
    assert found["ban_adresses"] == {"fetched": 1}
    assert digests(raw) == clean
    asked = [path for path, _ in services.requests]
    assert all(re.search("MNS_ELEVATION|BDTOPO_V3:batiment|adresses-62", path) for path in asked)


def test_files_without_a_manifest_are_recognised(
    services: LocalServices, tmp_path: Path, clean: dict[str, str]
) -> None:
    raw = tmp_path / "raw"
    fetch(services, raw)
    (raw / NAME).unlink()
    services.forget()
    report = fetch(services, raw)
    assert report.exit_code == 0
    assert services.count("wms|ban|rnb|etalab|pvgis|data_gouv") == 2 * 2  # the two empty tiles
    assert digests(raw) == clean


def test_other_years_are_another_request(services: LocalServices, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    options = FetchOptions(only=("pvgis", "rnb"))
    fetch(services, raw, options)
    services.forget()
    report = fetch(services, raw, options, weather_first_year=2022)
    assert report.exit_code == 0
    assert services.count() == services.count("seriescalc.*startyear=2022") == 1
    services.forget()
    fetch(services, raw, FetchOptions(only=("rnb",), refresh=True))
    assert services.count("RNB_62") == 1


# -- killed -------------------------------------------------------------------------------------

_SCRIPT = """
import sys
from pathlib import Path
from cadastre.sources.download import FetchOptions, fetch_territory
from tests.sources.local_client import SCOPE, catalogue, quick
fetch_territory(SCOPE, catalogue(sys.argv[1]), Path(sys.argv[2]), FetchOptions(), quick())
"""


def test_killed_in_the_middle_and_resumed(
    services: LocalServices, tmp_path: Path, clean: dict[str, str]
) -> None:
    raw, big = tmp_path / "raw", services.files[RNB]
    head = b"rnb_id;point;shape;status;ext_ids;addresses;plots;validated_by\n"
    services.files[RNB] = _stored_zip("RNB_62.csv", head + os.urandom(400_000).hex().encode())
    services.rate = 150_000.0
    services.lay("BDTOPO_V3:batiment.*BBOX=682000", "silent", times=1, seconds=30.0)
    root = Path(__file__).resolve().parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, services.override, str(raw)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root), "no_proxy": "*"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    part = raw / "rnb/RNB_62.csv.zip.partiel"
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            arrived = part.exists() and part.stat().st_size > 200_000
            if arrived and len(list((raw / "lidar_hd/mnt").glob("*.tif"))) == 5:
                break
            time.sleep(0.02)
        else:
            pytest.fail("the child did not get that far")
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait(10)
    there = part.stat().st_size
    assert 0 < there < len(services.files[RNB])
    assert not (raw / "rnb/RNB_62.csv.zip").exists()
    standing = {path: digest for path, digest in digests(raw).items() if ".partiel" not in path}
    services.rate = 0.0
    services.faults.clear()
    services.forget()
    report = fetch(services, raw)
    assert report.exit_code == 0, report_lines(report)
    # the file that was on its way is continued from its last byte
    (asked,) = [headers for path, headers in services.requests if path == RNB]
    assert asked["Range"] == f"bytes={there}-"
    assert statuses(report)["rnb"] == {"resumed": 1}
    assert (raw / "rnb/RNB_62.csv.zip").read_bytes() == services.files[RNB]
    # what stood is not asked again
    assert services.count("MNT_ELEVATION") == 0
    after = digests(raw)
    for path, digest in standing.items():
        assert after.get(path, digest) == digest or path.startswith(".morceaux")
    assert {p: d for p, d in after.items() if "RNB" not in p} == {
        p: d for p, d in clean.items() if "RNB" not in p
    }
    assert_whole(raw)
    services.files[RNB] = big


def _stored_zip(name: str, body: bytes) -> bytes:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(name), body)
    return out.getvalue()


def test_an_interruption_from_the_keyboard_keeps_what_came(
    services: LocalServices, tmp_path: Path, clean: dict[str, str]
) -> None:
    raw = tmp_path / "raw"
    told: list[Progress] = []

    def listener(progress: Progress) -> None:
        told.append(progress)
        if len(told) == 12:
            raise KeyboardInterrupt

    report = fetch_territory(
        SCOPE, catalogue(services.override), raw, FetchOptions(), quick(), listener
    )
    assert report.interrupted
    assert report.exit_code == 1
    assert "Interrompu" in report_lines(report)[-1]
    assert [progress.done for progress in told] == list(range(1, 13))
    assert fetch(services, raw).exit_code == 0
    assert digests(raw) == clean


# -- hazards of WFS -----------------------------------------------------------------------------


def test_pages_that_repeat_objects_are_not_taken_for_whole(
    services: LocalServices, tmp_path: Path
) -> None:
    # A loose order gives some objects twice and others never; the count alone would not tell.
    whole = services.layers["BDTOPO_V3:batiment"]
    services.layers["BDTOPO_V3:batiment"] = whole[:200] + whole[:200]
    report = fetch(services, tmp_path / "raw", FetchOptions(only=("bdtopo_batiments",)))
    (lost,) = report.missing
    assert lost.error is not None
    assert lost.error.code == "wfs_incomplete"
    assert not (tmp_path / "raw/bdtopo/batiments.geojson").exists()


def test_pages_of_a_layer_without_order_are_compared_too(
    services: LocalServices, tmp_path: Path
) -> None:
    # No order is asked of these layers: the second page gives rows of the first again.
    one = services.layers["wfs_sup:assiette_sup_s"][0]
    rows = [one | {"properties": one["properties"] | {"nomsuplitt": str(k)}} for k in range(20)]
    options = FetchOptions(only=("protections_gpu",))
    services.layers["wfs_sup:assiette_sup_s"] = rows + rows[:1]
    (lost,) = fetch(services, tmp_path / "raw", options).missing
    assert lost.error is not None
    assert lost.error.code == "wfs_incomplete"
    # Twins of one page are twins of the layer: nothing is missing.
    services.layers["wfs_sup:assiette_sup_s"] = [one, one]
    assert fetch(services, tmp_path / "other", options).exit_code == 0


def test_a_layer_without_an_object_leaves_no_file(services: LocalServices, tmp_path: Path) -> None:
    services.layers["BDTOPO_V3:equipement_de_transport"] = []
    services.layers["mission_bassin_minier:zt_cites_minires"] = []
    options = FetchOptions(only=("bdtopo_parkings", "unesco_cites_tampon"))
    report = fetch(services, tmp_path / "raw", options)
    assert report.exit_code == 0
    assert statuses(report)["bdtopo_parkings"] == {"no_coverage": 1}
    assert statuses(report)["unesco_cites_tampon"] == {"no_coverage": 1}
    assert not (tmp_path / "raw/bdtopo/parkings.geojson").exists()
    services.forget()
    fetch(services, tmp_path / "raw", options)
    assert services.count() == 0


def test_a_changed_schema_is_refused_or_said(services: LocalServices, tmp_path: Path) -> None:
    for one in services.layers["BDTOPO_V3:batiment"]:
        one["properties"]["hauteur_max"] = one["properties"].pop("hauteur")
    report = fetch(services, tmp_path / "raw", FetchOptions(only=("bdtopo_batiments",)))
    absent = [facts for code, facts in report.notes if code == "columns_absent"]
    assert ["hauteur"] in [facts["names"] for facts in absent]
    assert (tmp_path / "raw/bdtopo/batiments.geojson").exists()
    # without its key column a layer is refused
    services.layers["BDTOPO_V3:equipement_de_transport"] = [
        {**one, "properties": {"nature": "Parking", "code": rank}}
        for rank, one in enumerate(services.layers["BDTOPO_V3:equipement_de_transport"])
    ]
    services.sorts = False
    report = fetch(services, tmp_path / "other", FetchOptions(only=("bdtopo_parkings",)))
    (lost,) = report.missing
    assert lost.error is not None
    assert lost.error.code == "fetch_columns"
    assert not (tmp_path / "other/bdtopo/parkings.geojson").exists()


def test_squares_too_full_are_asked_in_quarters(
    services: LocalServices, tmp_path: Path, clean: dict[str, str]
) -> None:
    # 51 houses a square: pages and quarters, each house once.
    report = fetch(
        services, tmp_path / "raw", FetchOptions(only=("bdtopo_batiments",)), tile_max_features=12
    )
    assert report.exit_code == 0
    found = gpd.read_file(tmp_path / "raw/bdtopo/batiments.geojson")
    assert (
        digests(tmp_path / "raw")["bdtopo/batiments.geojson"] == clean["bdtopo/batiments.geojson"]
    )
    assert found["cleabs"].is_unique
    assert services.count("BBOX=680250.00,7038250.00,680500.00,7038500.00") > 0  # a sixteenth


# -- options ------------------------------------------------------------------------------------


def test_point_clouds_and_departmental_package_by_option(
    services: LocalServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "raw"
    only = FetchOptions(only=("iris",), points=True, department_package=True)
    monkeypatch.setenv("PATH", "/nonexistent")
    report = fetch(services, raw, only)
    assert report.exit_code == 0
    assert len(list((raw / "lidar_hd/points").glob("*.laz"))) == 7
    assert "LHD_FXX_0680_7039_PTS_LAMB93_IGN69.copc.laz" in {
        path.name for path in (raw / "lidar_hd/points").iterdir()
    }
    (archive,) = (raw / "bdtopo").glob("*.7z")
    assert archive.name == "BDTOPO_3-5_TOUSTHEMES_GPKG_LAMB93_D062_2026-09-15.7z"  # the latest
    assert manifest(raw)[f"bdtopo/{archive.name}"]["vintage"] == "2026-09-15"
    assert "archive_to_open" in dict(report.notes)
    # with a program that opens 7z, the GeoPackage comes out
    tools = tmp_path / "tools"
    tools.mkdir()
    opener = tools / "7zz"
    opener.write_text(
        '#!/bin/sh\nfor w in "$@"; do case $w in -o*) echo gpkg > "${w#-o}/a.gpkg";; esac; done\n'
    )
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    report = fetch(services, raw, only)
    assert "package_opened" in dict(report.notes)
    assert archive.with_suffix(".gpkg").read_text() == "gpkg\n"
    services.forget()
    again = fetch(services, raw, only)
    assert "package_opened" not in dict(again.notes)
    assert services.count("7z|laz") == 0
