"""Optional files that hold no row: set aside with a note, so that they do not cost the others.

A commune without a protected zone, or an extract that found nothing, is no mistake.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

from cadastre.errors import InputError
from cadastre.sources.archives import TABLE_ERRORS
from cadastre.sources.notes import Notes
from cadastre.sources.vector import VectorRequest, read_layer, split_layer

_MAX_BYTES = 1 << 20  # an empty GeoPackage weighs 0.1 MB; a file of more than this holds rows
_TEXTS = (".csv", ".txt", ".csv.gz", ".txt.gz")


def files_with_rows(kind: str, paths: Iterable[str], notes: Notes) -> list[str]:
    """Return the files that hold rows, or that only their reader can judge; note the others.

    A file cut to nothing (0 bytes) is not an empty table: its reader refuses it.
    """
    kept = []
    for path in paths:
        if _is_empty(kind, path):
            notes.add(kind, split_layer(path)[0].name, "file_empty")
        else:
            kept.append(path)
    return kept


def _is_empty(kind: str, text: str) -> bool:
    path = split_layer(text)[0]
    try:
        if not 0 < path.stat().st_size <= _MAX_BYTES:
            return False
        if path.name.lower().endswith(_TEXTS):
            return _is_header_alone(path)
        return read_layer(text, VectorRequest(kind), Notes()).empty
    except (InputError, *TABLE_ERRORS):
        return False


def _is_header_alone(path: Path) -> bool:
    content = path.read_bytes()
    if path.suffix.lower() == ".gz":
        content = gzip.decompress(content)
    return sum(bool(line.strip()) for line in content.splitlines()) == 1
