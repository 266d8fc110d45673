"""The whole chain on a small quarter: contract, same bytes whatever happens, faults.

The quarter is our own generator's; what is compared with outside is the list of columns of the
contract, the sums, and runs against each other.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from cadastre.cli import main
from tests.pipeline.support import QUICK, digests
from tests.pipeline.support import config_of as _config

BUILDING_COLUMNS = [
    "building_id", "status", "status_reason", "commune_code", "usage", "plane_count",
    "area_sloped_m2", "usable_area_m2", "irradiation_kwh_m2", "module_count", "capacity_kwp",
    "annual_energy_kwh", "annual_energy_p90_kwh", "specific_yield_kwh_per_kwp",
    "monthly_energy_kwh", "suitability_class", "data_date",
]  # fmt: skip
PLANE_COLUMNS = [
    "plane_id", "building_id", "surface_tilt", "surface_azimuth", "area_horizontal_m2",
    "area_sloped_m2", "usable_area_m2", "plane_source", "fit_rmse_m", "quality_flag",
    "sky_view_factor", "irradiation_kwh_m2", "irradiation_unshaded_kwh_m2",
    "irradiation_monthly_kwh_m2", "shading_loss", "horizon_elevation_deg", "module_count",
    "capacity_kwp", "annual_energy_kwh", "monthly_energy_kwh",
]  # fmt: skip


def test_tables_hold_what_the_contract_says(quarter, computed):
    _, output = computed
    buildings = gpd.read_parquet(output / "buildings.parquet")
    planes = gpd.read_parquet(output / "roof_planes.parquet")
    modules = gpd.read_parquet(output / "modules.parquet")
    footprints = gpd.read_file(quarter.parent / "batiments.gpkg")
    assert set(BUILDING_COLUMNS) <= set(buildings.columns)
    assert set(PLANE_COLUMNS) <= set(planes.columns)
    assert {"plane_id", "surface_tilt", "surface_azimuth", "annual_energy_kwh"} <= set(
        modules.columns
    )
    assert sorted(buildings["building_id"]) == sorted(footprints["cleabs"])
    assert buildings["building_id"].is_monotonic_increasing
    assert planes["plane_id"].is_monotonic_increasing
    assert buildings.crs.to_epsg() == planes.crs.to_epsg() == 2154
    assert (planes.dropna(subset="surface_azimuth")["surface_azimuth"].between(0, 360)).all()
    assert all(len(months) == 12 for months in planes["monthly_energy_kwh"])
    assert (buildings["annual_energy_p90_kwh"] <= buildings["annual_energy_kwh"]).all()


def test_totals_are_the_sums_of_buildings(computed):
    _, output = computed
    buildings = gpd.read_parquet(output / "buildings.parquet")
    totals = gpd.read_parquet(output / "territories.parquet").set_index(["level", "code", "usage"])
    whole = totals.loc[("whole", "whole", "all")]
    for name in ("annual_energy_kwh", "capacity_kwp", "area_sloped_m2", "module_count"):
        assert whole[name] == pytest.approx(buildings[name].sum(), rel=1e-12)
        communes = totals.loc[("commune", slice(None), "all"), name].sum()
        assert communes == pytest.approx(buildings[name].sum(), rel=1e-12)
    assert whole["building_count"] == len(buildings)
    assert whole["specific_yield_kwh_per_kwp"] == pytest.approx(
        whole["annual_energy_kwh"] / whole["capacity_kwp"]
    )


def test_raster_lies_on_the_surface_model(quarter, computed):
    _, output = computed
    (path,) = sorted((output / "rasters").glob("irradiation_*.tif"))
    with rasterio.open(path) as burnt, rasterio.open(quarter.parent / "mns.tif") as model:
        assert burnt.res == model.res
        assert (burnt.bounds.left - model.bounds.left) % 0.5 == 0
        values = burnt.read(1)
        known = values[values != burnt.nodata]
    assert len(known) * 0.25 / 1000.0 > 0.1
    assert (known > 50).all()
    assert (known < 1500).all()


def test_second_run_recomputes_nothing(computed, capfd):
    path, output = computed
    before = digests(output)
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    assert json.loads((output / "rapport.json").read_text())["tiles_recomputed"] == 0
    assert "Tout était à jour" in capfd.readouterr().out
    assert digests(output) == before


@pytest.mark.slow
def test_processes_and_tiles_leave_no_trace(quarter, computed):
    other = _config(
        quarter,
        "tuiles",
        "\n[parametres.tiles]\nsize_m = 100.0\nmax_buildings = 50\n"
        "merge_buildings = 0\nmin_size_m = 50.0\n"
        "surface_square_m = 250.0\n",
    )
    assert main(["calculer", str(other), "--processus", "2"]) == 0
    report = json.loads((other.parent / "tuiles" / "rapport.json").read_text())
    assert report["tile_count"] > 2
    assert digests(other.parent / "tuiles") == digests(computed[1])


@pytest.mark.slow
def test_killed_and_resumed_gives_the_same_bytes(quarter, computed):
    path = _config(
        quarter,
        "tue",
        "\n[parametres.tiles]\nsize_m = 100.0\nmax_buildings = 50\n"
        "merge_buildings = 0\nmin_size_m = 50.0\n",
    )
    command = [sys.executable, "-m", "cadastre", "calculer", str(path), "--processus", "1"]
    steps = path.parent / "tue" / "etapes"
    for folder, count in (("toits", 1), ("rendement", 1)):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while len(list((steps / folder).glob("*.json"))) < count and time.monotonic() < deadline:
            assert process.poll() is None, "the run ended before it could be killed"
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (path.parent / "tue" / "buildings.parquet").exists()
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    assert digests(path.parent / "tue") == digests(computed[1])
    assert not list((path.parent / "tue").rglob("*.part"))


def test_damaged_store_file_is_seen_and_made_again(quarter, computed):
    path, output = computed
    before = digests(output)
    victim = next((output / "etapes" / "rendement").glob("*.pans.parquet"))
    content = victim.read_bytes()
    victim.write_bytes(content[: len(content) // 2])
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    assert json.loads((output / "rapport.json").read_text())["tiles_recomputed"] == 1
    assert digests(output) == before


def test_a_module_parameter_leaves_roofs_and_skylines_alone(quarter, computed):
    path, output = computed
    stamp = {
        name: [p.stat().st_mtime_ns for p in sorted((output / "etapes" / name).iterdir())]
        for name in ("toits", "ombres")
    }
    before = gpd.read_parquet(output / "buildings.parquet")["capacity_kwp"].sum()
    original = path.read_text(encoding="utf-8")
    try:
        path.write_text(original + "\n[parametres.modules]\npower_wp = 500\n", encoding="utf-8")
        assert main(["etat", str(path)]) == 0
        assert main(["calculer", str(path), "--processus", "1"]) == 0
        after = gpd.read_parquet(output / "buildings.parquet")["capacity_kwp"].sum()
        assert after == pytest.approx(before * 500 / 450, rel=1e-9)
        for name, times in stamp.items():
            now = [p.stat().st_mtime_ns for p in sorted((output / "etapes" / name).iterdir())]
            assert now == times, f"{name} was computed again"
    finally:
        path.write_text(original, encoding="utf-8")
        main(["calculer", str(path), "--processus", "1"])


def test_checks_and_state(computed, capfd):
    path, _ = computed
    assert main(["verifier", str(path)]) == 0
    assert main(["etat", str(path)]) == 0
    out = capfd.readouterr().out
    assert "Tout est cohérent" in out
    assert "à jour sur 1, 0 à refaire" in out


def test_wrong_totals_block(quarter, computed, monkeypatch, capfd):
    from cadastre.pipeline import territory_stages

    path, output = computed
    before = digests(output)
    honest = territory_stages.territory_totals

    def cheating(*arguments):
        totals = honest(*arguments)
        totals.loc[totals["level"] == "whole", "annual_energy_kwh"] *= 1.01
        return totals

    monkeypatch.setattr(territory_stages, "territory_totals", cheating)
    assert main(["calculer", str(path), "--processus", "1"]) == 1
    assert "rien n'est publié" in capfd.readouterr().err
    assert digests(output) == before


def test_a_failing_building_is_flagged_and_the_rest_goes_on(quarter, monkeypatch):
    from cadastre.pipeline import roof_stage

    honest = roof_stage.planes_from_surface
    victim = sorted(gpd.read_file(quarter.parent / "batiments.gpkg")["cleabs"])[2]

    def failing(surface, buildings, context, parameters):
        if victim in set(buildings["building_id"]):
            raise RuntimeError("boom")
        return honest(surface, buildings, context, parameters)

    monkeypatch.setattr(roof_stage, "planes_from_surface", failing)
    path = _config(quarter, "faute")
    assert main(["calculer", str(path), "--processus", "1"]) == 1
    buildings = gpd.read_parquet(path.parent / "faute" / "buildings.parquet").set_index(
        "building_id"
    )
    assert buildings.loc[victim, "status"] == "error"
    assert (buildings["status"] == "error").sum() == 1
    assert "boom" in "".join(
        p.read_text() for p in (path.parent / "faute" / "etapes" / "toits").glob("*.traces.json")
    )


def test_a_failing_tile_is_set_aside(quarter, monkeypatch, capfd):
    from cadastre.pipeline import yield_stage

    def failing(*arguments, **options):
        raise MemoryError("too big")

    monkeypatch.setattr(yield_stage, "plane_irradiation", failing)
    path = _config(quarter, "dalle")
    assert main(["calculer", str(path), "--processus", "1"]) == 1
    buildings = gpd.read_parquet(path.parent / "dalle" / "buildings.parquet")
    assert set(buildings["status"]) == {"error"}
    assert set(buildings["status_reason"]) == {"tile_failed"}
    report = json.loads((path.parent / "dalle" / "rapport.json").read_text())
    assert "too big" in "".join(report["failed_tiles"].values())


def test_footprints_alone_are_enough(quarter):
    keep = (
        "[territoire]",
        "nom",
        "crs",
        "fictif",
        "[entrees]",
        "batiments",
        "[sortie]",
        "dossier",
    )

    def only_footprints(text):
        return "\n".join(
            line for line in text.splitlines() if line.split("=")[0].strip().startswith(keep)
        )

    path = _config(quarter, "nu", change=only_footprints)
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    buildings = gpd.read_parquet(path.parent / "nu" / "buildings.parquet")
    assert set(buildings["status"]) <= {"low_confidence", "excluded", "no_data"}
    assert (buildings["status"] == "low_confidence").mean() > 0.8
    planes = gpd.read_parquet(path.parent / "nu" / "roof_planes.parquet")
    assert set(planes["plane_source"]) == {"assumed"}
    assert planes["irradiation_kwh_m2"].between(300, 1400).all()


def _cut(path):
    path.write_bytes(path.read_bytes()[:20_000])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda folder: _cut(folder / "mns.tif"), "mns.tif"),
        (lambda folder: (folder / "batiments.gpkg").write_bytes(b"no"), "batiments.gpkg"),
        (lambda folder: (folder / "communes.gpkg").unlink(), "communes"),
    ],
)  # fmt: skip
def test_broken_files_are_refused_in_words(tmp_path, quarter, change, word, capfd):
    for file in quarter.parent.iterdir():
        if file.is_file() and file.suffix in (".tif", ".gpkg", ".csv"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "t.toml"
    path.write_text(quarter.read_text(encoding="utf-8") + QUICK, encoding="utf-8")
    change(tmp_path)
    assert main(["calculer", str(path), "--processus", "1"]) == 2
    message = capfd.readouterr().err.strip().splitlines()[-1]
    assert word in message
    assert "Traceback" not in message


def test_second_run_on_the_same_folder_is_refused(computed, capfd):
    from cadastre.pipeline.lock import exclusive
    from cadastre.pipeline.store import Store

    path, output = computed
    with exclusive(Store(str(output))):
        assert main(["calculer", str(path), "--processus", "1"]) == 2
    assert "tient déjà le dossier" in capfd.readouterr().err


def test_results_open_elsewhere(computed):
    """The tables are plain GeoParquet: read by pyarrow without our package."""
    _, output = computed
    frame = pd.read_parquet(
        output / "roof_planes.parquet",
        columns=["plane_id", "irradiation_monthly_kwh_m2", "irradiation_kwh_m2"],
    )
    months = np.stack(frame["irradiation_monthly_kwh_m2"])
    np.testing.assert_allclose(months.sum(axis=1), frame["irradiation_kwh_m2"], rtol=1e-9)


def test_sheet_by_address_and_by_building(computed, capfd, tmp_path):
    path, output = computed
    buildings = gpd.read_parquet(output / "buildings.parquet")
    row = buildings[buildings["address"].notna()].iloc[0]
    assert main(["fiche", str(path), "--batiment", row["building_id"]]) == 0
    sheet = output / "fiches" / f"{row['building_id']}.html"
    assert row["building_id"] in sheet.read_text(encoding="utf-8")
    target = tmp_path / "f.html"
    status = main(
        ["fiche", str(path), "--adresse", row["address"].upper(), "--sortie", str(target)]
    )
    assert (status == 0) == target.exists()
    assert main(["fiche", str(path), "--adresse", "rue qui n'existe pas"]) == 2
    assert main(["fiche", str(path), "--batiment", "absent"]) == 2
    assert "Traceback" not in capfd.readouterr().err


def test_advisers_page_finds_and_shows(computed):
    from cadastre.pipeline.consult import advisers_server
    from cadastre.pipeline.delivery import read_results
    from cadastre.pipeline.territory import read_territory

    results = read_results(read_territory(computed[0]))
    row = results.tables["buildings"].dropna(subset="address").iloc[0]
    with advisers_server(results, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"

        def page(path):
            try:
                with urllib.request.urlopen(base + path, timeout=20) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        street = urllib.parse.quote(row["address"].split(",")[0])
        assert f"/fiche/{row['building_id']}" in page(f"/recherche?q={street}")[1]
        assert row["building_id"] in page(f"/fiche/{row['building_id']}")[1]
        assert page("/carte/")[0] == 200
        assert page("/fiche/absent")[0] == 404
        assert page("/carte/../../../../etc/passwd")[0] == 404
        assert page("/carte/%2e%2e/%2e%2e/rapport.json")[0] == 404
        server.shutdown()


def test_unusable_footprints_keep_their_rows(quarter):
    """Empty, missing and crossed outlines: the run ends, each has its row and its reason."""
    table = gpd.read_file(quarter.parent / "batiments.gpkg")
    shapes = list(table.geometry)
    box = shapes[2].bounds
    bow_tie = shapely.Polygon(
        [(box[0], box[1]), (box[2], box[3]), (box[2], box[1]), (box[0], box[3])]
    )
    shapes[0], shapes[1], shapes[2] = shapely.Polygon(), None, bow_tie
    broken = table.set_geometry(gpd.GeoSeries(shapes, crs=table.crs))
    broken.to_file(quarter.parent / "casses.gpkg", layer="batiments")
    path = _config(quarter, "casses", change=lambda t: t.replace("batiments.gpkg", "casses.gpkg"))
    assert main(["calculer", str(path), "--processus", "1"]) == 1
    buildings = gpd.read_parquet(path.parent / "casses" / "buildings.parquet")
    assert len(buildings) == len(table)
    assert (buildings["status"] == "error").sum() == 2
    assert set(buildings.loc[buildings["status"] == "error", "status_reason"]) == {
        "empty_geometry"
    }


def test_stale_results_are_said(quarter, computed, capfd):
    path, _ = computed
    original = path.read_text(encoding="utf-8")
    try:
        path.write_text(original + "\n[parametres.modules]\npower_wp = 600\n", encoding="utf-8")
        assert main(["verifier", str(path)]) == 1
        assert "relancez" in capfd.readouterr().out
    finally:
        path.write_text(original, encoding="utf-8")
    assert main(["verifier", str(path)]) == 0


def test_unknown_tile_is_refused(computed, capfd):
    assert main(["calculer", str(computed[0]), "--dalles", "zzz", "--processus", "1"]) == 2
    assert "Dalle inconnue : zzz" in capfd.readouterr().err


def test_kernels_are_compiled_at_installation_without_a_word(capfd):
    from cadastre.pipeline.warm_up import warm_up

    warm_up()
    assert capfd.readouterr().out == ""
