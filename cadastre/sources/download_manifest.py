"""What is on the disk and where it came from: ``manifeste.json`` beside the raw files.

Each file is noted the moment it is whole (one line added to a journal), so that an interruption
loses nothing; the journal is folded into the manifest at the next start and at the end. A file
is *intact* when its size and date are those noted, or else its SHA-256; a file noted for another
request (other years, another layer) or changed since is fetched again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cadastre.errors import FetchError
from cadastre.sources.catalogue import Source
from cadastre.sources.download_partial import file_sha256

NAME = "manifeste.json"
JOURNAL = ".manifeste.journal"
VERSION = 1

State = Literal["absent", "intact", "changed", "other_request", "no_coverage", "unknown"]


@dataclass(frozen=True)
class Entry:
    """What is known of one file.

    ``request`` identifies what was asked (the documented address with its parameters).
    ``empty`` marks what the service has nothing for: no file, not asked again.
    """

    path: str
    source: str
    url: str
    request: str
    date: str
    sha256: str
    size: int
    mtime_ns: int
    vintage: str
    licence: str
    attribution: str
    etag: str = ""
    last_modified: str = ""
    empty: bool = False


def note_of(source: Source, folder: Path, target: str, url: str, **facts: Any) -> Entry:
    """Return what is to be noted of a file that is whole.

    Parameters
    ----------
    facts
        Other fields of :class:`Entry`; ``request`` is the address and ``vintage`` that of the
        source unless they are given.
    """
    path = folder / target
    empty = bool(facts.get("empty"))
    found = None if empty else path.stat()
    values = {
        "path": target,
        "source": source.name,
        "url": url,
        "request": url,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": "" if empty else file_sha256(path),
        "size": 0 if found is None else found.st_size,
        "mtime_ns": 0 if found is None else found.st_mtime_ns,
        "vintage": source.vintage,
        "licence": source.licence,
        "attribution": source.attribution,
    }
    values.update({name: value for name, value in facts.items() if value})
    return Entry(**values)


class Manifest:
    """The files of one download folder.

    Parameters
    ----------
    folder
        The download folder; made when absent.

    Raises
    ------
    FetchError
        ``manifest_unreadable``: the manifest is there and is not one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self.entries: dict[str, Entry] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._load()

    def _load(self) -> None:
        path = self.folder / NAME
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            rows = [Entry(**row) for row in content["fichiers"]]
        except FileNotFoundError:
            rows = []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FetchError("manifest_unreadable", file=str(path), detail=str(error)) from error
        self.entries = {row.path: row for row in rows}
        for line in self._journal_lines():
            removed = line.pop("removed", None)
            if removed is not None:
                self.entries.pop(removed, None)
            else:
                row = Entry(**line)
                self.entries[row.path] = row

    def _journal_lines(self) -> list[dict[str, Any]]:
        """Lines of the journal; the last one may be cut by an interruption."""
        try:
            text = (self.folder / JOURNAL).read_text(encoding="utf-8")
        except OSError:
            return []
        lines = []
        for line in text.splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                break
        return lines

    def _append(self, line: dict[str, Any]) -> None:
        with (self.folder / JOURNAL).open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(line, ensure_ascii=False) + "\n")

    def record(self, entry: Entry) -> None:
        """Note one file."""
        with self._lock:
            self.entries[entry.path] = entry
            self._append(asdict(entry))

    def remove(self, path: str) -> None:
        """Forget one file."""
        with self._lock:
            if self.entries.pop(path, None) is not None:
                self._append({"removed": path})

    def save(self) -> None:
        """Write the manifest, sorted by path, and empty the journal."""
        with self._lock:
            content = {
                "version": VERSION,
                "fichiers": [asdict(self.entries[path]) for path in sorted(self.entries)],
            }
            path = self.folder / NAME
            beside = path.with_name(NAME + ".tmp")
            beside.write_text(
                json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )
            beside.replace(path)
            (self.folder / JOURNAL).unlink(missing_ok=True)

    def state(self, path: str, request: str, thorough: bool = False) -> State:
        """Say what stands at a path.

        Parameters
        ----------
        request
            What would be asked for it now.
        thorough
            Recompute the SHA-256 even where size and date are those noted.

        Returns
        -------
        State
            ``unknown``: a file that nobody noted (it may be whole).
        """
        entry, file = self.entries.get(path), self.folder / path
        if entry is None:
            return "unknown" if file.exists() else "absent"
        if entry.request != request:
            return "other_request"
        if entry.empty:
            return "no_coverage"
        if not file.exists():
            return "absent"
        found = file.stat()
        same = found.st_size == entry.size
        if same and (thorough or found.st_mtime_ns != entry.mtime_ns):
            same = file_sha256(file) == entry.sha256
            if same:
                self.record(replace(entry, mtime_ns=found.st_mtime_ns))
        return "intact" if same else "changed"


def provenance(paths: Iterable[Path]) -> dict[Path, Entry]:
    """Find what the manifests know of some files: source, vintage, licence, attribution.

    The manifest of a file stands in its folder or above; files that none names are absent from
    the answer. Nothing is verified here.
    """
    known: dict[Path, dict[str, Entry]] = {}
    found: dict[Path, Entry] = {}
    for path in paths:
        for folder in path.resolve().parents:
            if not (folder / NAME).exists():
                continue
            if folder not in known:
                known[folder] = Manifest(folder).entries
            entry = known[folder].get(path.resolve().relative_to(folder).as_posix())
            if entry is not None:
                found[path] = entry
            break
    return found
