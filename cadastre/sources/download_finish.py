"""After the jobs: parts put together, layers taken out of archives, all of it noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cadastre.errors import FetchError
from cadastre.sources.catalogue import Service, Source
from cadastre.sources.download_archive import extract_layers, open_package
from cadastre.sources.download_assemble import assemble
from cadastre.sources.download_jobs import PARTS, Assembly
from cadastre.sources.download_manifest import Manifest, note_of
from cadastre.sources.download_report import GOOD, Outcome, Status

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
        told_parts = {"title": source.title, "missing": len(lost), "total": len(assembly.parts)}
        return Outcome(source.name, target, "failed", error=error), [("parts_missing", told_parts)]
    was_changed = manifest.state(target, assembly.request) == "changed"
    try:
        files = [folder / part for part in assembly.parts]
        made = assemble(files, folder / target, source, assembly.area)
    except Exception as error:  # whatever a part holds, the others must come
        cause = error if isinstance(error, FetchError) else _unread(target, error)
        return Outcome(source.name, target, "failed", error=cause), []
    url = f"{service.published} {source.layer}"
    if not made.count:  # an empty file would be read as one that is wrong
        (folder / target).unlink(missing_ok=True)
    facts = {"request": assembly.request, "vintage": made.vintage, "empty": not made.count}
    manifest.record(note_of(source, folder, target, url, **facts))
    for part in assembly.parts:
        manifest.remove(part)
        (folder / part).unlink(missing_ok=True)
    _prune(folder / PARTS / source.name)
    notes: Said = []
    if made.missing:
        absent = {"title": source.title, "file": target, "names": list(made.missing)}
        notes.append(("columns_absent", absent))
    status: Status = "replaced" if was_changed else "fetched"
    size = manifest.entries[target].size
    return Outcome(source.name, target, status if made.count else "no_coverage", size), notes


def _good(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.status in GOOD


def extract(
    manifest: Manifest,
    source: Source,
    outcomes: list[Outcome],
    stands: Callable[[str, str], bool],
) -> tuple[list[Outcome], Said]:
    """Take the layers out of the archives of a source, where they are not there already.

    Layers of a zip go to the folder above the archive's, a GeoPackage beside its 7z.
    """
    told: list[Outcome] = []
    notes: Said = []
    archives = outcomes if source.members or source.format == "7z" else []
    for outcome in filter(_good, archives):
        entry = manifest.entries[outcome.target]
        archive = manifest.folder / outcome.target
        targets = [
            path.relative_to(manifest.folder).as_posix() for path in _wanted(source, archive)
        ]
        noted = [target for target in targets if target in manifest.entries]
        if noted and all(stands(target, entry.sha256) for target in noted):
            continue
        try:
            written = _opened(source, archive)
        except Exception as error:  # whatever an archive holds, the others must come
            cause = error if isinstance(error, FetchError) else _unread(outcome.target, error)
            told.append(Outcome(source.name, outcome.target, "failed", error=cause))
            continue
        for path in written:
            target = path.relative_to(manifest.folder).as_posix()
            manifest.record(
                note_of(source, manifest.folder, target, entry.url, request=entry.sha256)
            )
        if source.format == "7z":
            code = "package_opened" if written else "archive_to_open"
            notes.append((code, {"file": str(written[0] if written else archive)}))
    return told, notes


def _unread(target: str, error: Exception) -> FetchError:
    detail = f"{type(error).__name__}: {error}"
    return FetchError("fetch_unexpected", file=target, detail=detail)


def _wanted(source: Source, archive: Path) -> list[Path]:
    if source.format == "7z":
        return [archive.with_suffix(".gpkg")]
    return [archive.parent.parent / f"{name}.geojson" for _, name in source.members]


def _opened(source: Source, archive: Path) -> list[Path]:
    if source.format == "7z":
        package = open_package(archive)
        return [] if package is None else [package]
    return list(extract_layers(archive, source, archive.parent.parent).values())


def _prune(folder: Path) -> None:
    """Remove the folders of parts that are empty."""
    for one in (folder, folder.parent):
        if one.is_dir() and not any(one.iterdir()):
            one.rmdir()
