"""What changed between the inputs and parameters of today and those of what is on the shelves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.ingest import STAGE, ingestion_parts
from cadastre.pipeline.store import Store
from cadastre.pipeline.territory import Territory
from cadastre.sources.remote import address_of


@dataclass(frozen=True)
class FileChange:
    """One input file: ``change`` is ``new``, ``gone`` or ``other`` (content)."""

    kind: str
    name: str
    change: str


def file_changes(territory: Territory, store: Store, prints: Fingerprints) -> list[FileChange]:
    """Files that changed, by kind.

    Those that ingestion reads are compared with what it read, the others (surface models,
    points, 3D model) with the report of the last run that ended.
    """
    now = {
        kind: {address_of(path) or path: prints.of(path) for path in paths}
        for kind, paths in territory.inputs.items()
    }
    joined = ingestion_parts(territory, prints)["fichiers"]
    read = _made_of_ingestion(store).get("fichiers", {})
    ended: dict[str, dict[str, str]] = {}
    for entry in _last_report(store).get("inputs", []):
        ended.setdefault(entry["kind"], {})[entry["file"]] = entry["sha256"]
    found = []
    for kind in sorted(now.keys() | read.keys() | ended.keys()):
        before = read if kind in joined or kind in read else ended
        if before:
            found += _between(kind, before.get(kind, {}), now.get(kind, {}))
    return found


def rules_changed(territory: Territory, store: Store, prints: Fingerprints) -> list[str]:
    """Return what else ingestion is made of that changed: ``version``, ``zone``, groups."""
    before = _made_of_ingestion(store)
    return sorted(
        name
        for name, told in ingestion_parts(territory, prints).items()
        if name != "fichiers" and before and before.get(name) != told
    )


def parameter_changes(territory: Territory, store: Store) -> list[tuple[str, str, str]]:
    """Parameters (name, former, present) that the territory file sets otherwise than it did.

    Compared with the last run that ended; empty text where the default holds.
    """
    report = _last_report(store)
    if not report:
        return []
    before = _flat(report.get("parameters_overridden", {}))
    now = _flat(territory.overrides)
    return [
        (name, _told(before.get(name)), _told(now.get(name)))
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ]


def parts_changed(made_of: dict[str, Any], today: dict[str, str]) -> list[str]:
    """Parts of a key that changed, the finest known.

    Where the version changed, parts that only one of both knows say nothing.
    """
    if not made_of:
        return ["version"]
    names = made_of.keys() | today.keys()
    if made_of.get("version") != today.get("version"):
        names = made_of.keys() & today.keys()
    changed = {name for name in names if made_of.get(name) != today.get(name)}
    if any(name.startswith("ombres.") for name in changed):
        changed.discard("ombres")
    return sorted(changed)


def _made_of_ingestion(store: Store) -> dict[str, Any]:
    product = store.manifest(STAGE, "territoire")
    return {} if product is None else dict(product.facts.get("made_of") or {})


def _last_report(store: Store) -> dict[str, Any]:
    return store.read_json("rapport.json") if store.exists("rapport.json") else {}


def _between(kind: str, before: dict[str, str], now: dict[str, str]) -> list[FileChange]:
    """Return the changes of one kind; a file that only moved has not changed."""
    names = {_short(path) for path in before}
    left = {_short(path) for path in now}
    found = [
        FileChange(kind, _short(path), "other" if _short(path) in names else "new")
        for path, told in sorted(now.items())
        if told not in before.values()
    ]
    return found + [
        FileChange(kind, _short(path), "gone")
        for path, told in sorted(before.items())
        if _short(path) not in left and told not in now.values()
    ]


def _short(path: str) -> str:
    return PurePosixPath(path).name


def _told(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    return json.dumps(value, ensure_ascii=False, default=str)


def _flat(groups: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{group}.{name}": value
        for group, values in groups.items()
        for name, value in values.items()
    }
