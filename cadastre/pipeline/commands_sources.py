"""What is done before a territory is computed: open data fetched, stand-in footprints drawn."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cadastre.errors import InputError
from cadastre.parameters import Sources, parameters_from_mapping
from cadastre.pipeline.progress import DONE, Reporter, say
from cadastre.pipeline.territory import read_table
from cadastre.publishing.texts_fr.download import plan_lines, report_lines
from cadastre.sources import download
from cadastre.sources.building_outlines import outlines_from_points
from cadastre.sources.catalogue import read_catalogue
from cadastre.sources.notes import Notes
from cadastre.sources.pointcloud import PointTiles


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


def outlines(options: argparse.Namespace) -> int:
    """Draw stand-in footprints from classified points."""
    files = [str(path) for pattern in options.lidar for path in _files(pattern)]
    points = PointTiles.open(files, options.crs, Notes())
    table = outlines_from_points(points.read(points.bounds), options.crs, Sources())
    target: Path = options.sortie
    target.parent.mkdir(parents=True, exist_ok=True)
    table.to_file(target, driver="GPKG", layer="batiment")
    say("outlines_made", count=len(table), file=target)
    return DONE


def _files(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.exists():
        return [path]
    found = sorted(path.parent.glob(path.name))
    if not found:
        raise InputError("pattern_without_file", pattern=pattern)
    return found
