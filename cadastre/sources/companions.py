"""Files that lie beside another one and are part of what it says: position, CRS, attributes."""

from __future__ import annotations

import glob
from pathlib import Path

_RASTERS = (".tif", ".tiff", ".asc", ".vrt", ".jp2", ".img", ".png", ".jpg", ".jpeg", ".bil")
_TABLES = (".shp", ".tab", ".mif")


def with_companions(path: Path) -> list[Path]:
    """Return the file and what stands beside it, sorted: all that reading it depends on.

    A shapefile or a MapInfo table: every file of its name. A raster: its ``.prj``, world file and
    ``.aux.xml``; overviews are left out, since nothing reads them.
    """
    suffix = path.suffix.lower()
    if suffix in _TABLES:
        return sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))
    if suffix not in _RASTERS:
        return [path]
    letters = suffix[1:]
    worlds = {f".{letters[0]}{letters[-1]}w", f".{letters}w", ".wld"}
    names = [path.name + ".aux.xml", path.stem + ".aux.xml"]
    for end in (".prj", *sorted(worlds)):
        names += [path.stem + end, path.stem + end.upper()]
    beside = (path.with_name(name) for name in names)
    return sorted({path, *(other for other in beside if other.is_file())})
