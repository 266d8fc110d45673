"""The open data of a territory, fetched: what is there is kept, what is missing is said.

``fetch_territory`` does it, ``plan`` says what it would do and how many bytes, and
``default_folder`` where the files go.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cadastre.parameters.download import Download
from cadastre.sources.catalogue import Catalogue
from cadastre.sources.download_report import (
    FetchOptions,
    FetchReport,
    Listener,
    Plan,
    PlanLine,
    Progress,
)
from cadastre.sources.download_session import Session
from cadastre.sources.download_territory import TerritoryScope, scope_from_table

__all__ = [
    "FetchOptions",
    "FetchReport",
    "Listener",
    "Plan",
    "PlanLine",
    "Progress",
    "TerritoryScope",
    "default_folder",
    "fetch_territory",
    "plan",
    "scope_from_table",
]


def _silent(_: Progress) -> None:
    pass


def fetch_territory(
    territory: TerritoryScope,
    catalogue: Catalogue,
    folder: Path,
    options: FetchOptions,
    parameters: Download,
    progress: Listener = _silent,
) -> FetchReport:
    """Fetch the open data of a territory into ``folder``.

    Parameters
    ----------
    territory
        Commune codes or EPCI numbers (:func:`scope_from_table`).
    catalogue
        Sources and services (:func:`cadastre.sources.catalogue.read_catalogue`).
    folder
        Where the files go; ``manifeste.json`` there remembers them.
    options
        Which sources, what to verify.
    parameters
        Politeness, retries, margins.
    progress
        Told after each file.

    Returns
    -------
    FetchReport
        One outcome a file; ``exit_code`` is 1 when something is missing.

    Raises
    ------
    InputError
        ``source_unknown``: an option names no source.
    FetchError
        ``fetch_room``: what is missing does not fit on the disk; nothing was fetched then but
        the limits and the index.
    """
    session = Session(territory, catalogue, folder, options, parameters, progress)
    started = time.monotonic()
    try:
        session.prepare()
        works = session.works()
        session.check_room(works)
        session.runner.run(works)
    finally:
        session.runner.manifest.save()
    session.report.seconds = time.monotonic() - started
    return session.report


def plan(
    territory: TerritoryScope,
    catalogue: Catalogue,
    folder: Path,
    options: FetchOptions,
    parameters: Download,
    progress: Listener = _silent,
) -> Plan:
    """Say what :func:`fetch_territory` would fetch, and how many bytes.

    The limits and the tile index are fetched (a few megabytes, kept for the download); layers
    asked by squares are counted. What cannot be known is said to be unknown.
    """
    session = Session(territory, catalogue, folder, options, parameters, progress)
    try:
        session.prepare()
        lines = [session.line(source, work) for source, work in session.works()]
    finally:
        session.runner.manifest.save()
    lines += [
        PlanLine(outcome.source, session.report.titles[outcome.source], 0, 0, 0, 0, known=False)
        for outcome in session.report.outcomes
        if outcome.status == "blocked"
    ]
    return Plan(
        territory.name,
        str(folder),
        len(session.at.communes),
        tuple(line for line in lines if line.files or not line.known),
        shutil.disk_usage(folder).free,
        tuple(session.report.notes),
        tuple(
            (session.report.titles[outcome.source], outcome.error)
            for outcome in session.report.outcomes
            if outcome.status == "failed" and outcome.error is not None
        ),
    )


def default_folder(config: Path, entries: Mapping[str, Any], catalogue: Catalogue) -> Path:
    """Return where the files of a territory go: where its file will read them.

    The entries of the territory file that end as the list of sources names its files
    (``.../bdtopo/batiments.geojson``) say the folder; without any, it is ``data/raw/NAME`` beside
    the ``config`` folder, or ``data/raw`` beside the file.

    Parameters
    ----------
    config
        The territory file.
    entries
        Its ``[entrees]`` table.
    """
    for source in catalogue.sources.values():
        for value in _listed(entries.get(source.entry, ())) if source.entry else ():
            path = value.partition("|")[0]
            for ending in (source.pattern, f"{Path(source.pattern).parent.as_posix()}/"):
                found = path.rfind(f"/{ending}")
                if found > 0:
                    return (config.parent / path[:found]).resolve()
    if config.parent.name == "config":
        return (config.parent.parent / "data" / "raw" / config.stem).resolve()
    return (config.parent / "data" / "raw").resolve()


def _listed(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list | tuple) else [value])]
