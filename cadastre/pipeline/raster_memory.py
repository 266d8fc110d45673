"""What was seen of each raster, remembered by size and date: a thousand tiles open in a second.

A raster is looked at (lattice, CRS, a few blocks) before it is believed; every command of a
territory would do it again. What was said of it (repaired, assumed) is remembered too.
"""

from __future__ import annotations

import pickle

from cadastre import __version__
from cadastre.parameters import group_key
from cadastre.parameters.sources import Sources
from cadastre.pipeline.store import Store, fingerprint
from cadastre.sources.companions import with_companions
from cadastre.sources.notes import Note, Notes
from cadastre.sources.raster_files import RasterFile, look_at
from cadastre.sources.remote import at_hand

_MEMORY = ("etapes", "rasters.pickle")
_VERSION = 3
_Seen = tuple[RasterFile, tuple[Note, ...]]


class RasterMemory:
    """Looks at rasters, once for each state of a file."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, _Seen] = {}
        self._used: dict[str, _Seen] = {}
        try:
            version, known = pickle.loads(store.read_bytes(*_MEMORY))
        except Exception:  # absent, cut, or of another version of the package: look again
            return
        if version == (_VERSION, __version__):
            self._known = known

    def look(self, path: str, crs: str, kind: str, notes: Notes, limits: Sources) -> RasterFile:
        """Do what :func:`cadastre.sources.raster_files.look_at` does."""
        key = self._key(path, crs, kind, limits)
        seen = self._known.get(key) if key else None
        if seen is None:
            told = Notes()
            seen = look_at(path, crs, kind, told, limits), tuple(told)
        if key:
            self._used[key] = seen
        notes.extend(seen[1])
        return seen[0]

    def save(self) -> None:
        """Keep what was used; nothing is written where nothing changed."""
        if self._used.keys() - self._known.keys():
            content = pickle.dumps(((_VERSION, __version__), self._known | self._used), protocol=5)
            self._store.write_bytes(content, *_MEMORY)
            self._known |= self._used

    @staticmethod
    def _key(path: str, crs: str, kind: str, limits: Sources) -> str:
        try:
            states = [(part, part.stat()) for part in with_companions(at_hand(path))]
        except OSError:
            return ""
        stamps = [(part.name, state.st_size, state.st_mtime_ns) for part, state in states]
        return fingerprint(path, stamps, crs, kind, group_key(limits))
