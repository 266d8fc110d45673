"""3D city models with roof surfaces: one door for CityJSON, CityGML and MultiPatch.

Reads only; planes are fitted, merged and matched to footprints in the room ``roofs``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cadastre.errors import InputError
from cadastre.exchange import ModelFaces
from cadastre.sources.roofs3d_citygml import read_citygml
from cadastre.sources.roofs3d_cityjson import read_cityjson
from cadastre.sources.roofs3d_faces import FileFaces
from cadastre.sources.roofs3d_join import KIND, OnNote, model_from_files
from cadastre.sources.roofs3d_multipatch import read_multipatch

__all__ = ["read_model"]

_BY_ENDING: dict[str, Callable[[Path], FileFaces]] = {
    ".json": read_cityjson,
    ".jsonl": read_cityjson,
    ".cityjson": read_cityjson,
    ".gml": read_citygml,
    ".xml": read_citygml,
    ".citygml": read_citygml,
}
_VECTOR = (".shp", ".gdb", ".gpkg", ".fgb")
_SNIFFED = 4096


def read_model(paths: list[str], crs: str, on_note: OnNote) -> ModelFaces:
    """Read the roof surfaces of every building of some 3D models.

    Parameters
    ----------
    paths
        CityJSON, CityJSONSeq, CityGML (each plain or ``.gz``), MultiPatch shapefiles and other
        vector files of 3D polygons (``file|layer`` names a layer). Order is of no consequence.
    crs
        CRS of the territory, as ``EPSG:2154``; a file without reference is taken to be in it,
        with a note. Heights keep the datum of the file, in metres.
    on_note
        Called as :meth:`cadastre.sources.notes.Notes.add`: ``(kind, file, code, count, ids,
        **facts)``.

    Returns
    -------
    ModelFaces
        Faces of the highest level of detail of each object; surfaces that cannot be read are
        listed in ``set_aside``, each with its reason.

    Raises
    ------
    InputError
        A file that is missing, truncated, of no known format, or far from the territory.
    """
    files = [_read_file(text) for text in sorted(set(map(str, paths)))]
    if not files:
        raise InputError("model_without_faces", files=[])
    for file in files:
        on_note(KIND, file.name, "model_read", len(file.buildings), faces=len(file.face_rings))
        lower = file.counts.get("lower_lod", 0)
        if lower:
            on_note(KIND, file.name, "model_lower_lod", lower)
    model = model_from_files(files, crs, on_note)
    for name, rows in model.set_aside.groupby("source_file", sort=True):
        ids = rows["model_building_id"].where(rows["model_building_id"] != "")
        on_note(
            KIND,
            str(name),
            "model_set_aside",
            len(rows),
            ids.fillna(rows["model_object_id"]).unique(),
        )
    return model


def _read_file(text: str) -> FileFaces:
    name, _, layer = text.partition("|")
    path = Path(name)
    if not path.exists():
        raise InputError("model_missing", file=name)
    endings = [ending.lower() for ending in path.suffixes]
    last = next((ending for ending in reversed(endings) if ending != ".gz"), "")
    if last in _VECTOR:
        return read_multipatch(path, layer or None)
    if last in _BY_ENDING:
        return _BY_ENDING[last](path)
    return _sniffed(path)


def _sniffed(path: Path) -> FileFaces:
    """Read a file whose name says nothing by its first sign."""
    if path.is_file():
        with path.open("rb") as stream:
            start = stream.read(_SNIFFED).lstrip(b"\xef\xbb\xbf \t\r\n")
        if start.startswith(b"<"):
            return read_citygml(path)
        if start.startswith(b"{"):
            return read_cityjson(path)
    raise InputError("model_format", file=path.name, known=sorted([*_BY_ENDING, *_VECTOR]))
