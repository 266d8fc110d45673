"""What a shapefile has lost: its index rebuilt, a projection that cannot be read set aside."""

from __future__ import annotations

import glob
import shutil
import struct
from pathlib import Path

from pyproj import CRS
from pyproj.exceptions import CRSError

from cadastre.sources.notes import Notes


def mended_shapefile(path: Path, folder: Path, kind: str, notes: Notes) -> str:
    """Return the shapefile, or a copy whose lost index is rebuilt and unreadable .prj left out."""
    indexed = any(path.with_suffix(end).exists() for end in (".shx", ".SHX"))
    projection = next((p for p in _parts(path) if _is_bad_prj(p)), None)
    if indexed and projection is None:
        return str(path)
    for part in _parts(path):
        if part != projection:
            shutil.copyfile(part, folder / part.name)
    if projection is not None:
        notes.add(kind, path, "projection_unreadable")
    if not indexed:
        (folder / path.name).with_suffix(".shx").write_bytes(shape_index(path.read_bytes()))
        notes.add(kind, path, "index_rebuilt")
    return str(folder / path.name)


def _parts(path: Path) -> list[Path]:
    return sorted(path.parent.glob(glob.escape(path.stem) + ".*"))


def _is_bad_prj(path: Path) -> bool:
    if path.suffix.lower() != ".prj":
        return False
    try:
        CRS.from_wkt(path.read_text(encoding="utf-8"))
    except (CRSError, UnicodeDecodeError, OSError):
        return True
    return False


def shape_index(shp: bytes) -> bytes:
    """Index of a shapefile whose .shx is lost (ESRI white paper, July 1998, "Index File")."""
    records = []
    place = 100
    while place + 8 <= len(shp):
        length = struct.unpack(">i", shp[place + 4 : place + 8])[0]
        if length <= 0 or place + 8 + 2 * length > len(shp):
            break
        records.append(struct.pack(">ii", place // 2, length))
        place += 8 + 2 * length
    size = struct.pack(">i", 50 + 4 * len(records))
    return shp[:24] + size + shp[28:100] + b"".join(records)
