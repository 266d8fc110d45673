"""After the jobs: parts put together, layers taken out of archives, all of it noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cadastre.errors import FetchError
from cadastre.sources.catalogue import Service, Source
from cadastre.sources.download_assemble import assemble, extract_layers
from cadastre.sources.download_jobs import PARTS, Assembly
from cadastre.sources.download_manifest import Manifest, note_of
from cadastre.sources.download_report import GOOD, Outcome

Said = list[tuple[str, dict[str, Any]]]


def put_together(
    manifest: Manifest, assembly: Assembly, outcomes: Mapping[str, Outcome], service: Service
) -> tuple[Outcome, Said]:
    """Make one file of its parts; without all of them, none: a hole would not be seen.

    Parts are removed when the file stands; those received stay when another is missing.
    """
    source, target, folder = assembly.source, assembly.target, manifest.folder
    lost = [part for part in assembly.parts if not _good(outcomes.get(part))]
    if lost:
        told = (outcomes.get(part) for part in lost)
        error = next((one.error for one in told if one is not None and one.error), None)
        facts = {"title": source.title, "missing": len(lost), "total": len(assembly.parts)}
        return Outcome(source.name, target, "failed", error=error), [("parts_missing", facts)]
    was_changed = manifest.state(target, assembly.request) == "changed"
    try:
        files = [folder / part for part in assembly.parts]
        made = assemble(files, folder / target, source, assembly.area)
    except FetchError as error:
        return Outcome(source.name, target, "failed", error=error), []
    url = f"{service.published} {source.layer}"
    manifest.record(
        note_of(source, folder, target, url, request=assembly.request, vintage=made.vintage)
    )
    for part in assembly.parts:
        manifest.remove(part)
        (folder / part).unlink(missing_ok=True)
    _prune(folder / PARTS / source.name)
    notes: Said = []
    if made.missing:
        facts = {"title": source.title, "file": target, "names": list(made.missing)}
        notes.append(("columns_absent", facts))
    size = manifest.entries[target].size
    return Outcome(source.name, target, "replaced" if was_changed else "fetched", size), notes


def _good(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.status in GOOD


def extract(
    manifest: Manifest,
    source: Source,
    outcomes: list[Outcome],
    stands: Callable[[str, str], bool],
) -> list[Outcome]:
    """Take the layers out of the archives of a source, where they are not there already.

    Layers go to the folder above the archive's.
    """
    told: list[Outcome] = []
    for outcome in outcomes if source.members else ():
        if not _good(outcome):
            continue
        archive = manifest.folder / outcome.target
        entry = manifest.entries[outcome.target]
        above = archive.parent.parent
        names = [above / f"{name}.geojson" for _, name in source.members]
        targets = [path.relative_to(manifest.folder).as_posix() for path in names]
        noted = [target for target in targets if target in manifest.entries]
        if noted and all(stands(target, entry.sha256) for target in noted):
            continue
        try:
            written = extract_layers(archive, source, above)
        except FetchError as error:
            told.append(Outcome(source.name, outcome.target, "failed", error=error))
            continue
        for path in written.values():
            target = path.relative_to(manifest.folder).as_posix()
            manifest.record(
                note_of(source, manifest.folder, target, entry.url, request=entry.sha256)
            )
    return told


def _prune(folder: Path) -> None:
    """Remove the folders of parts that are empty."""
    for one in (folder, folder.parent):
        if one.is_dir() and not any(one.iterdir()):
            one.rmdir()
