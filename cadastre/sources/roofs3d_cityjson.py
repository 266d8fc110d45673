"""CityJSON 1.0, 1.1, 2.0 and CityJSONSeq: roof surfaces of buildings and their parts.

Of each object the highest level of detail is read, surfaces typed ``RoofSurface`` where the model
types them, all surfaces (``untyped``) where it does not. Coordinates are east, north, up, as
files are in practice. Specification: https://www.cityjson.org/specs/2.0.0/ (sections 2 to 6 and
"CityJSONSeq"), doi:10.1186/s40965-019-0064-0.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cadastre.errors import InputError
from cadastre.sources.roofs3d_cityjson_geometry import DAMAGE, ObjectReader, attributes_of
from cadastre.sources.roofs3d_crs import declared_reference
from cadastre.sources.roofs3d_faces import FileFaces

BUILDING_TYPES = ("Building", "BuildingPart", "BuildingInstallation")
FloatArray = NDArray[np.float64]


@dataclass
class _Frame:
    """What the header of a file or stream says of coordinates."""

    scale: FloatArray
    translate: FloatArray


def read_cityjson(path: Path) -> FileFaces:
    """Read one CityJSON file or CityJSONSeq stream, plain or ``.gz``.

    Raises
    ------
    InputError
        ``model_unreadable`` (truncated, no JSON), ``model_not_cityjson``, ``model_version``,
        ``model_no_vertices``.
    """
    file = FileFaces(path)
    frame = _Frame(np.ones(3), np.zeros(3))
    found = False
    for line, document in _documents(path):
        if document is None:
            file.refuse("", f"#{line}", -1, "unreadable_line")
            continue
        kind = document.get("type") if isinstance(document, dict) else None
        if kind not in ("CityJSON", "CityJSONFeature"):
            if not found:
                raise InputError("model_not_cityjson", file=path.name, kind=str(kind))
            file.refuse("", f"#{line}", -1, "unreadable_line")
            continue
        found = True
        _header(file, frame, document)
        _read_objects(file, frame, document)
    if not found:
        raise InputError("model_unreadable", file=path.name, detail="CityJSON")
    return file


def _documents(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield (line, document): the whole file, or each line of a stream; None where damaged."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig") as stream:
            first = _first_line(stream)
            head = _loads(first)
            if head is not None:
                yield 1, head
                for number, text in enumerate(stream, start=2):
                    if text.strip():
                        yield number, _loads(text)
                return
            whole = first + stream.read()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError("model_unreadable", file=path.name, detail=str(error)) from error
    try:
        document = json.loads(whole)
    except (ValueError, RecursionError) as error:
        raise InputError("model_unreadable", file=path.name, detail=str(error)) from error
    yield 1, document


def _first_line(stream: Any) -> str:
    for text in stream:
        if text.strip():
            return str(text)
    return ""


def _loads(text: str) -> Any:
    """Document of a line; None when the line is no complete JSON object."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _header(file: FileFaces, frame: _Frame, document: dict[str, Any]) -> None:
    """Take version, transform and CRS from a document that states them."""
    version = str(document.get("version", ""))
    if document["type"] == "CityJSON" and not version.startswith(("1.", "2.")):
        raise InputError("model_version", file=file.name, version=version or "?")
    transform = document.get("transform")
    if transform is not None:
        try:
            scale = np.asarray(transform["scale"], np.float64)
            translate = np.asarray(transform["translate"], np.float64)
            numbers = np.concatenate([scale, translate])
            if numbers.shape != (6,) or not np.isfinite(numbers).all() or not scale.all():
                raise ValueError("transform")
        except DAMAGE as error:
            raise InputError("model_unreadable", file=file.name, detail="transform") from error
        frame.scale, frame.translate = scale, translate
    metadata = document.get("metadata")
    reference = metadata.get("referenceSystem") if isinstance(metadata, dict) else None
    if reference:
        declared = declared_reference(str(reference), file.name)
        file.declare(replace(declared, north_first=False))


def _read_objects(file: FileFaces, frame: _Frame, document: dict[str, Any]) -> None:
    """Read every building of one document."""
    objects = document.get("CityObjects")
    if not isinstance(objects, dict):
        raise InputError("model_unreadable", file=file.name, detail="CityObjects")
    ours = {
        key: value
        for key, value in objects.items()
        if isinstance(value, dict) and value.get("type") in BUILDING_TYPES
    }
    if not ours:
        return
    reader = ObjectReader(file)
    for identifier, item in ours.items():
        root = _root(identifier, ours)
        building = file.building(root, attributes_of(ours[root]))
        try:
            reader.read(identifier, item, root, building)
        except DAMAGE:
            file.refuse(root, identifier, -1, "unreadable_geometry")
    listed = document.get("vertices")
    if isinstance(listed, list):
        with np.errstate(invalid="ignore", over="ignore"):
            reader.close(_vertices(listed) * frame.scale + frame.translate)
    elif document["type"] == "CityJSON":
        raise InputError("model_no_vertices", file=file.name)
    else:
        reader.close(np.empty((0, 3)))


def _vertices(listed: list[Any]) -> FloatArray:
    """Vertices as written, (n, 3); entries that are no three numbers become NaN."""
    if not listed:
        return np.empty((0, 3))
    try:
        raw = np.asarray(listed, np.float64)
    except (TypeError, ValueError):
        raw = np.empty(0)
    if raw.ndim != 2 or raw.shape[1] != 3:
        raw = np.array([_point(item) for item in listed], np.float64)
    return raw


def _point(item: Any) -> tuple[float, float, float]:
    try:
        x, y, z = (float(value) for value in item[:3])
    except DAMAGE:
        return math.nan, math.nan, math.nan
    return x, y, z


def _root(identifier: str, objects: dict[str, Any]) -> str:
    """Id of the building an object belongs to: up its parents, never in circles."""
    seen = {identifier}
    while True:
        parents = objects[identifier].get("parents")
        parents = parents if isinstance(parents, list) else []
        above = [p for p in parents if isinstance(p, str) and p in objects and p not in seen]
        if not above:
            return identifier
        identifier = above[0]
        seen.add(identifier)
