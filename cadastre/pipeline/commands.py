"""What each command does: reads the territory file, calls the stages, says how it ended."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from cadastre.demo.quarter import generate_quarter
from cadastre.errors import InputError
from cadastre.parameters import Sources, parameters_from_mapping
from cadastre.parameters.demo import Demo
from cadastre.pipeline import check, delivery, state_of
from cadastre.pipeline.consult import advisers_server
from cadastre.pipeline.progress import Reporter
from cadastre.pipeline.run import Options, Result
from cadastre.pipeline.run import compute as compute_territory
from cadastre.pipeline.territory import Territory, read_table, read_territory
from cadastre.publishing.texts_fr import numbers
from cadastre.publishing.texts_fr.cli import SENTENCES
from cadastre.publishing.texts_fr.download import plan_lines, report_lines
from cadastre.sources import download
from cadastre.sources.building_outlines import outlines_from_points
from cadastre.sources.catalogue import read_catalogue
from cadastre.sources.notes import Notes
from cadastre.sources.pointcloud import PointTiles

DONE, WITH_ERRORS = 0, 1
_DEMO_POINTS_PER_M2 = 10.0  # the density LiDAR HD promises


def _say(code: str, **facts: Any) -> None:
    sys.stdout.write(SENTENCES[code].format(**facts) + "\n")
    sys.stdout.flush()


def demo(options: argparse.Namespace) -> int:
    """Generate the demonstration quarter and run the whole chain on it."""
    choices = {
        "seed": options.graine,
        "width_m": options.taille,
        "height_m": options.taille,
        "points_per_m2": _DEMO_POINTS_PER_M2 if options.laz else None,
    }
    wanted = Demo(**{name: value for name, value in choices.items() if value is not None})
    with Reporter() as reporter:
        reporter.stage("demo", 0)
        config = generate_quarter(options.folder, wanted)
    _say("demo_made", folder=options.folder)
    status = _compute(read_territory(config), Options(**_workers(options)))
    territory = read_territory(config)
    _export(territory)
    _publish(territory)
    return status


def _workers(options: argparse.Namespace) -> dict[str, Any]:
    return {} if options.processus is None else {"process_count": options.processus}


def compute(options: argparse.Namespace) -> int:
    """Compute a territory."""
    tiles = tuple(filter(None, (options.dalles or "").split(",")))
    wanted = Options(
        **_workers(options),
        scheduler=options.ordonnanceur,
        dask_report=options.rapport_dask,
        only_tiles=tiles,
        force=options.forcer,
    )
    return _compute(read_territory(options.config), wanted)


def _compute(territory: Territory, options: Options) -> int:
    started = time.perf_counter()
    with Reporter() as reporter:
        result = compute_territory(territory, options, reporter)
    return _ending(territory, result, time.perf_counter() - started)


def _ending(territory: Territory, result: Result, seconds: float) -> int:
    totals = result.report["totals"]
    if result.report["weather"]["embedded"]:
        _say("embedded_climate")
    if result.recomputed == 0:
        _say("nothing_to_do")
    _say(
        "done",
        duration=numbers.duration(seconds),
        buildings=numbers.number(totals["building_count"]),
        computed=numbers.number(totals["assessed_building_count"]),
        planes=numbers.number(totals["plane_count"]),
        capacity=numbers.number(totals["capacity_kwp"] or 0),
        energy=numbers.energy(totals["annual_energy_kwh"] or 0),
        advised_capacity=numbers.number(totals["advised_capacity_kwp"] or 0),
        advised_energy=numbers.energy(totals["advised_energy_kwh"] or 0),
    )
    assumed = sum(
        row["count"] for row in totals["by_status"] if row["reason"] == "assumed_geometry"
    )
    if assumed:
        _say("assumed_roofs", count=numbers.number(assumed))
    _say("results", folder=territory.store_root)
    if result.failed_tiles or result.error_buildings:
        _say(
            "done_with_errors",
            buildings=numbers.number(result.error_buildings),
            tiles=numbers.number(len(result.failed_tiles)),
            report=f"{territory.store_root}/rapport.md",
        )
        return WITH_ERRORS
    return DONE


def fetch(options: argparse.Namespace) -> int:
    """Fetch the open data of a territory, or say what would be fetched."""
    content = read_table(options.config)
    catalogue = read_catalogue()
    scope = download.scope_from_table(content.get("territoire", {}), options.config.stem)
    folder = download.default_folder(
        options.config.resolve(), content.get("entrees", {}), catalogue
    )
    groups = parameters_from_mapping(content.get("parametres", {}))
    wanted = download.FetchOptions(
        only=_names(options.seulement),
        without=_names(options.sans),
        also=_names(options.avec),
        points=options.nuages,
        department_package=options.livraison,
        refresh=options.rafraichir,
        verify=options.verifier,
    )
    with Reporter() as reporter:
        counted = _FetchProgress(reporter)
        if options.simuler:
            plan = download.plan(scope, catalogue, folder, wanted, groups.download, counted)
            lines, status = plan_lines(plan), DONE
        else:
            report = download.fetch_territory(
                scope, catalogue, folder, wanted, groups.download, counted
            )
            lines, status = report_lines(report), report.exit_code
    sys.stdout.write("\n".join(lines) + "\n")
    return status


def _names(text: str | None) -> tuple[str, ...]:
    """Names of a list parted by commas, each once."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, (text or "").split(",")))))


class _FetchProgress:
    """Shows the files of a download as they end."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter, self._total, self._done = reporter, -1, 0

    def __call__(self, progress: download.Progress) -> None:
        if progress.total != self._total:
            self._total, self._done = progress.total, 0
            self._reporter.stage("telechargement", progress.total)
        self._reporter.advance(max(progress.done - self._done, 0))
        self._done = progress.done


def _results(territory: Territory) -> delivery.Results:
    return delivery.read_results(territory)


def export(options: argparse.Namespace) -> int:
    """Write the exports."""
    _export(read_territory(options.config))
    return DONE


def _export(territory: Territory) -> None:
    written = delivery.export(_results(territory))
    _say("exports", folder=territory.output / "exports", count=len(written))


def publish(options: argparse.Namespace) -> int:
    """Write the site."""
    _publish(read_territory(options.config))
    return DONE


def _publish(territory: Territory) -> None:
    _say("site", file=delivery.publish(_results(territory)))


def sheet(options: argparse.Namespace) -> int:
    """Write the sheet of one building."""
    territory = read_territory(options.config)
    results = _results(territory)
    if options.consommation is not None and options.consommation < 0:
        raise InputError("consumption_negative", value=options.consommation)
    if options.consommation is not None:
        _say("consumption_unused")
    if options.puissance is not None and not options.puissance > 0:
        raise InputError("size_not_positive", value=options.puissance)
    building_id = options.batiment or delivery.building_at(results, options.adresse)
    written = delivery.sheet(results, building_id, options.sortie, options.puissance)
    _say("sheet", file=written)
    if options.horaire is not None:
        _say("hours", file=delivery.write_hours_of(results, building_id, options.horaire))
    return DONE


def consult(options: argparse.Namespace) -> int:
    """Serve the advisers' page until interrupted."""
    results = _results(read_territory(options.config))
    with advisers_server(results, options.hote, options.port) as server:
        _say("consult", address=f"http://{options.hote}:{server.server_port}/")
        server.serve_forever()
    return DONE


def check_results(options: argparse.Namespace) -> int:
    """Check the results on disk."""
    territory = read_territory(options.config)
    count, faults = check.check_results(territory)
    if not faults:
        _say("checks_fine", count=count)
        return DONE
    _say("checks_faults")
    for fault in faults:
        sys.stdout.write(f"  - {fault}\n")
    return WITH_ERRORS


def state(options: argparse.Namespace) -> int:
    """Say what is computed, stale or in error."""
    for line in state_of.describe(read_territory(options.config)):
        sys.stdout.write(line + "\n")
    return DONE


def outlines(options: argparse.Namespace) -> int:
    """Draw stand-in footprints from classified points."""
    files = [str(path) for pattern in options.lidar for path in _files(pattern)]
    points = PointTiles.open(files, options.crs, Notes())
    table = outlines_from_points(points.read(points.bounds), options.crs, Sources())
    target: Path = options.sortie
    target.parent.mkdir(parents=True, exist_ok=True)
    table.to_file(target, driver="GPKG", layer="batiment")
    _say("outlines_made", count=len(table), file=target)
    return DONE


def _files(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.exists():
        return [path]
    found = sorted(path.parent.glob(path.name))
    if not found:
        raise InputError("pattern_without_file", pattern=pattern)
    return found
