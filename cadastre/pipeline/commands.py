"""The commands that compute: the territory file read, the stages called, how it ended.

The libraries are loaded once the territory file is known to be good, while workers load theirs.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING, Any

from cadastre.pipeline.crew import called_ahead
from cadastre.pipeline.progress import DONE, WITH_ERRORS, Reporter, say
from cadastre.pipeline.territory import Territory, read_territory
from cadastre.publishing.texts_fr import numbers

if TYPE_CHECKING:
    from cadastre.pipeline.run import Result

_HOLES = (
    "raster_left_out",
    "points_left_out",
    "relief_damaged",
)  # notes of files that results go without
_DEMO_POINTS_PER_M2 = 10.0  # the density LiDAR HD promises


def demo(options: argparse.Namespace) -> int:
    """Generate the demonstration quarter and run the whole chain on it."""
    from cadastre.demo.quarter import generate_quarter
    from cadastre.parameters.demo import Demo
    from cadastre.pipeline.commands_results import write_export_files, write_site_files

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
    say("demo_made", folder=options.folder)
    status = _compute(read_territory(config), _workers(options), ahead=False)
    territory = read_territory(config)
    write_export_files(territory)
    write_site_files(territory)
    return status


def _workers(options: argparse.Namespace) -> dict[str, Any]:
    return {} if options.processus is None else {"process_count": options.processus}


def compute(options: argparse.Namespace) -> int:
    """Compute a territory."""
    tiles = tuple(filter(None, (options.dalles or "").split(",")))
    wanted = {
        **_workers(options),
        "scheduler": options.ordonnanceur,
        "dask_report": options.rapport_dask,
        "only_tiles": tiles,
        "force": options.forcer,
    }
    return _compute(read_territory(options.config), wanted)


def _compute(territory: Territory, wanted: dict[str, Any], ahead: bool = True) -> int:
    """Run the stages; ``wanted`` are fields of :class:`cadastre.pipeline.foreman.Options`.

    With ``ahead`` the workers start at once: not for a territory of one tile, that needs none.
    """
    started = time.perf_counter()
    count = wanted.get("process_count") or os.cpu_count() or 1
    with called_ahead(count if ahead and wanted.get("scheduler") is None else 1):
        from cadastre.pipeline import foreman, run

        with Reporter() as reporter:
            result = run.compute(territory, foreman.Options(**wanted), reporter)
    return _ending(territory, result, time.perf_counter() - started)


def _ending(territory: Territory, result: Result, seconds: float) -> int:
    totals = result.report["totals"]
    if result.report["weather"]["embedded"]:
        say("embedded_climate")
    if result.recomputed == 0:
        say("reread_only" if result.reread else "nothing_to_do")
    say(
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
        say("assumed_roofs", count=numbers.number(assumed))
    say("results", folder=territory.store_root)
    holes = sorted(
        {
            name
            for note in result.report["notes"]
            if note["code"] in _HOLES
            for name in note["ids"] or [note["file"]]
        }
    )
    if holes:
        say("done_with_holes", files=", ".join(holes))
    if result.failed_tiles or result.error_buildings:
        say(
            "done_with_errors",
            buildings=numbers.number(result.error_buildings),
            tiles=numbers.number(len(result.failed_tiles)),
            report=f"{territory.store_root}/rapport.md",
        )
        return WITH_ERRORS
    return WITH_ERRORS if holes else DONE
