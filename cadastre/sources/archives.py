"""Which member of an archive to read, and the bytes of a file that GDAL reaches inside one."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path, PurePosixPath

GZIP = "/vsigzip/"
ZIP = "/vsizip/"
# what archives and text tables of any quality raise while they are read
TABLE_ERRORS = (
    ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError,
    RuntimeError, OverflowError,
)  # fmt: skip
_VECTORS = (".gpkg", ".geojson", ".fgb", ".shp", ".gml")
_PLAIN_JSON = ".json"


def vector_members(path: Path) -> list[str]:
    """Members of a zip that are vector files, in any folder of it, sorted.

    A ``.json`` counts only where nothing else does: beside a shapefile it is a description.

    Raises
    ------
    Exception
        One of ``TABLE_ERRORS``: the archive cannot be listed.
    """
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if not _is_hidden(name))
    ends = {name: PurePosixPath(name).suffix.lower() for name in names}
    plain = [name for name in names if ends[name] == _PLAIN_JSON]
    return [name for name in names if ends[name] in _VECTORS] or plain


def members_named(members: list[str], text: str) -> list[str]:
    """Members that ``text`` names: whole path, else file name, else name without its ending."""
    wanted = text.lower()
    exact = [name for name in members if name.lower() == wanted]
    named = [name for name in members if PurePosixPath(name).name.lower() == wanted]
    if exact or named or len(members) == 1:  # the stem of an only member may be one of its layers
        return exact or named
    return [name for name in members if PurePosixPath(name).stem.lower() == wanted]


def bytes_of(source: str) -> bytes:
    """Content of a file, a gzipped file (``/vsigzip/``) or a member of a zip (``/vsizip/``).

    Raises
    ------
    ValueError
        The archive is damaged, or holds no such member.
    """
    try:
        if source.startswith(GZIP):
            return gzip.decompress(Path(source.removeprefix(GZIP)).read_bytes())
        if source.startswith(ZIP):
            inside = Path(source.removeprefix(ZIP))
            archive = next(p for p in [inside, *inside.parents] if p.is_file())
            with zipfile.ZipFile(archive) as opened:
                return opened.read(inside.relative_to(archive).as_posix())
        return Path(source).read_bytes()
    except (*TABLE_ERRORS, StopIteration, KeyError) as error:
        raise ValueError(str(error)) from error


def _is_hidden(name: str) -> bool:
    return name.endswith("/") or any(
        part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts
    )
