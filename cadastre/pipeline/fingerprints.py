"""Content fingerprints of input files, remembered by size and date so that runs start quickly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from cadastre.errors import InputError
from cadastre.pipeline.store import Store, json_bytes
from cadastre.sources.companions import with_companions
from cadastre.sources.remote import at_hand

_MEMORY = ("etapes", "empreintes.json")
_CHUNK = 1 << 22


class Fingerprints:
    """sha256 of input files, computed once per (path, size, modification time)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        try:
            self._known: dict[str, list[object]] = json.loads(store.read_bytes(*_MEMORY))
        except (OSError, ValueError):
            self._known = {}
        self._changed = False

    def of(self, path: str) -> str:
        """Fingerprint of one file (``|layer`` ignored); companions included (.prj, .tfw, .dbf)."""
        name = path.partition("|")[0]
        target = at_hand(name)
        if target.is_dir():
            parts = sorted(p for p in target.rglob("*") if p.is_file())
        else:
            parts = with_companions(target)
        return hashlib.sha256("".join(self._one(part) for part in parts).encode()).hexdigest()

    def of_all(self, paths: Iterable[str]) -> list[str]:
        """Fingerprints of several files, in order."""
        return [self.of(path) for path in paths]

    def save(self) -> None:
        """Remember what was computed for the next run."""
        if self._changed:
            self._store.write_bytes(json_bytes(self._known), *_MEMORY)
            self._changed = False

    def _one(self, path: Path) -> str:
        try:
            status = path.stat()
            stamp = [status.st_size, status.st_mtime_ns]
            known = self._known.get(str(path))
            if known is not None and known[:2] == stamp:
                return str(known[2])
            digest = hashlib.sha256()
            with path.open("rb") as handle:
                while chunk := handle.read(_CHUNK):
                    digest.update(chunk)
        except OSError as error:
            raise InputError("input_unreadable", file=str(path), detail=str(error)) from error
        self._known[str(path)] = [*stamp, digest.hexdigest()]
        self._changed = True
        return digest.hexdigest()
