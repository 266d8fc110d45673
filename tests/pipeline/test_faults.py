"""Faults in the middle of a run: set aside with a trace, flagged, mended by running again.

The undisturbed run is the reference; what is injected is what disks, files and machines do.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re

import geopandas as gpd
import pytest

from cadastre.cli import main
from cadastre.errors import CadastreError
from cadastre.pipeline import run, store, tables, yield_stage
from cadastre.pipeline.store import Store
from cadastre.sources import elevation
from tests.pipeline.support import SMALL_TILES, config_of, digests


@pytest.mark.slow
def test_an_unreadable_raster_then_a_full_disk_are_told_and_mended(
    quarter, computed, monkeypatch, capfd
):  # fmt: skip
    path = config_of(quarter, "pannes")
    output = path.parent / "pannes"
    command = ["calculer", str(path), "--processus", "1"]
    honest_read, honest_replace, calls = elevation.read_window, os.replace, []

    def unreadable(file, grid, *limits):
        calls.append(file.path)
        if file.path.endswith("mns.tif"):
            raise OSError("TIFFReadEncodedTile() failed")
        return honest_read(file, grid, *limits)

    def full(source, target):
        if re.search(r"etapes/rendement/.*parquet", str(target)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        honest_replace(source, target)

    with monkeypatch.context() as fault:
        fault.setattr(elevation, "read_window", unreadable)
        assert main(command) == 1
    assert sum(name.endswith("mns.tif") for name in calls) == 2  # tried again, then set aside
    assert _failures(output, "TIFFReadEncodedTile")
    with monkeypatch.context() as fault:
        fault.setattr(store.os, "replace", full)
        assert main(command) == 1
    assert _failures(output, "No space left")
    assert not list(output.rglob("*.part"))
    assert main(command) == 0
    assert digests(output) == digests(computed[1])
    assert "Traceback" not in capfd.readouterr().err


def _failures(output, word):
    """The report has the trace of each tile set aside, and every building says so."""
    report = json.loads((output / "rapport.json").read_text(encoding="utf-8"))
    traces = list(report["failed_tiles"].values())
    buildings = gpd.read_parquet(output / "buildings.parquet")
    assert set(buildings["status"]) == {"error"}
    assert set(buildings["status_reason"]) == {"tile_failed"}
    assert report["totals"]["error_buildings"] == len(buildings)
    return bool(traces) and all("Traceback" in text and word in text for text in traces)


def test_the_journal_tells_the_run_and_the_report_what_each_stage_took(computed):
    _, output = computed
    report = json.loads((output / "rapport.json").read_text(encoding="utf-8"))
    assert {"toits", "rendement", "totaux"} <= set(report["stages"]) | {"totaux"}
    assert all(took["peak_memory_mib"] >= 0 for took in report["stages"].values())
    assert report["stages"]["ingestion"]["cpu_s"] > 0  # read by the process that leads
    first = sorted((output / "journaux").glob("*.jsonl"))[0]
    lines = [json.loads(line) for line in first.read_text(encoding="utf-8").splitlines()]
    events = [line["event"] for line in lines]
    assert events[0] == "run_started"
    assert events[-1] == "run_ended"
    assert lines[-1]["error"] is None
    done = {(line["stage"], line["tile"]) for line in lines if line["event"] == "tile_done"}
    assert {"toits", "surfaces", "rendement"} == {stage for stage, _ in done}
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)


def test_shelves_of_an_unknown_version_are_refused_in_words(tmp_path):
    shelf = Store(str(tmp_path))
    shelf.write_bytes(b'{"store_version": 999}', "etapes", "version.json")
    with pytest.raises(CadastreError) as caught:
        run.prepare(shelf, None)
    assert caught.value.code == "store_version"
    assert caught.value.facts["found"] == 999


@pytest.mark.slow
def test_shelves_and_tables_may_lie_in_object_storage(quarter, computed):
    """fsspec's own memory file system stands for the bucket; the bytes are those of the disk."""
    url = "memory://cadastre-seau/lens"
    path = config_of(
        quarter, "seau", change=lambda text: text.replace('dossier = "seau"', f'dossier = "{url}"')
    )
    command = ["calculer", str(path), "--processus", "1"]
    assert main(command) == 0
    bucket = Store(url)
    for name, digest in digests(computed[1]).items():
        assert hashlib.sha256(bucket.read_bytes(f"{name}.parquet")).hexdigest() == digest
    assert bucket.names("journaux")
    assert bucket.names("rasters")
    assert main(["etat", str(path)]) == 0
    assert main(command) == 0
    assert bucket.read_json("rapport.json")["tiles_recomputed"] == 0
    assert not (path.parent / "lens").exists()


@pytest.mark.slow
def test_inputs_may_lie_in_object_storage(quarter, computed, tmp_path, monkeypatch):
    """A file:// address goes the way of any bucket: the bytes are those of the disk."""
    monkeypatch.setenv("CADASTRE_CACHE", str(tmp_path / "cache"))
    bucket = f"file://{quarter.parent}"
    names = r'"(?=\w+\.(?:gpkg|tif|csv)")'
    path = config_of(quarter, "distant", change=lambda text: re.sub(names, f'"{bucket}/', text))
    assert path.read_text(encoding="utf-8").count(bucket) >= 5
    output = Store(str(path.parent / "distant"))
    assert main(["calculer", str(path), "--processus", "2"]) == 0
    assert digests(path.parent / "distant") == digests(computed[1])
    told = {one["kind"]: one["file"] for one in output.read_json("rapport.json")["inputs"]}
    assert told["mns"] == f"{bucket}/mns.tif"
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    assert output.read_json("rapport.json")["tiles_recomputed"] == 0


@pytest.mark.slow
def test_a_product_that_vanished_is_an_error_and_kept_ones_of_other_inputs_are_told(
    quarter, computed, monkeypatch, capfd
):  # fmt: skip
    path = config_of(quarter, "perdu", SMALL_TILES)
    output = Store(str(path.parent / "perdu"))
    honest, lost = yield_stage.yields_of_tile, []

    def forgetful(task):
        done = honest(task)
        if not lost or task.tile_id in lost:
            lost.append(task.tile_id)
            output.remove("etapes", "rendement", f"{task.tile_id}.json")
        return done

    with monkeypatch.context() as fault:
        fault.setattr(yield_stage, "yields_of_tile", forgetful)
        assert main(["calculer", str(path), "--processus", "1"]) == 1
    report = output.read_json("rapport.json")
    assert list(report["failed_tiles"]) == lost[:1]
    assert report["totals"]["error_buildings"] > 0
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    assert digests(path.parent / "perdu") == digests(computed[1])

    path.write_text(f"{path.read_text(encoding='utf-8')}\n[parametres.modules]\npower_wp = 300\n")
    assert main(["calculer", str(path), "--processus", "1", "--dalles", lost[0]]) == 0
    notes = {note["code"]: note["count"] for note in output.read_json("rapport.json")["notes"]}
    assert notes["tiles_stale"] == output.read_json("rapport.json")["tile_count"] - 1
    assert "tables mêlent deux" in capfd.readouterr().err


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_disk_full_at_the_totals_leaves_the_tables_of_the_run_before(
    computed, monkeypatch, capfd, processes
):  # fmt: skip
    """The largest table fails half-way, here or in a thread beside the totals."""
    path, output = computed
    before, honest = digests(output), tables.pq.ParquetWriter.write_table

    def full(writer, rows, **options):
        if "plane_source" in rows.schema.names:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        honest(writer, rows, **options)

    with monkeypatch.context() as fault:
        fault.setattr(tables.pq.ParquetWriter, "write_table", full)
        assert main(["calculer", str(path), "--processus", processes]) == 2
    assert "Libérez de la place" in capfd.readouterr().err
    assert digests(output) == before
    assert not list(output.rglob("*.part"))
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    assert digests(output) == before
