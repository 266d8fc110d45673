"""3D polygons of vector files: shapefile and geodatabase MultiPatch, GeoPackage with heights.

GDAL gives triangle strips and fans as TIN, which GEOS cannot hold, and takes the loose rings of a
MultiPatch (part type 5) for holes of the first one; so the bytes (WKB) are read here and rings are
sorted by what they are in space. ESRI shapefile technical description (July 1998), MultiPatch;
OGC 06-103r4, section 8.2 (WKB).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
from numpy.typing import NDArray

from cadastre.errors import InputError
from cadastre.sources.roofs3d_crs import declared_reference
from cadastre.sources.roofs3d_faces import FileFaces

ID_COLUMNS = (
    "building_id", "batiment_id", "id_batiment", "gml_parent_id", "parent_id", "cleabs", "rnb_id",
    "gml_id", "identificatie", "uuid", "id",
)  # fmt: skip
ROOF_WORD = "RoofSurface"
COPLANAR_M = 0.02
FARTHEST = 1e8  # no coordinate on Earth is larger; beyond, rings are not compared
_COLLECTIONS = (4, 5, 6, 7, 15, 16)
_POLYGONS = (3, 17)
FloatArray = NDArray[np.float64]


def read_multipatch(path: Path, layer: str | None = None) -> FileFaces:
    """Read the 3D faces of one layer of a vector file; one building per identifier.

    Faces are ``untyped``, unless a text column says ``RoofSurface`` of some rows: then those rows
    are the roofs and the others are walls and floors.

    Raises
    ------
    InputError
        ``model_unreadable``, ``model_without_heights`` when the layer is flat.
    """
    file = FileFaces(path)
    try:
        meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer)
    except Exception as error:
        raise InputError("model_unreadable", file=path.name, detail=str(error)) from error
    if meta["crs"]:
        file.declare(declared_reference(str(meta["crs"]), path.name))
    table = dict(zip(meta["fields"], columns))
    typed = _typed_rows(table, len(shapes))
    names = _identifiers(table, len(shapes))
    reader = _FeatureReader(file, typed is not None)
    flat = 0
    for row, shape in enumerate(shapes):
        if typed is not None and not typed[row]:
            file.building(names[row], {})
        else:
            flat += reader.read(shape, names[row], _attributes(table, row))
    if flat == len(shapes) and flat:
        raise InputError("model_without_heights", file=path.name)
    return file


def _typed_rows(table: dict[str, Any], count: int) -> NDArray[np.bool_] | None:
    for values in table.values():
        if values.dtype == object:
            roofs = np.array([value == ROOF_WORD for value in values], np.bool_)
            if roofs.any():
                return roofs
    return None if count else np.empty(0, np.bool_)


def _identifiers(table: dict[str, Any], count: int) -> list[str]:
    by_name = {name.lower(): values for name, values in table.items()}
    for name in ID_COLUMNS:
        values = by_name.get(name)
        if values is not None and all(value not in (None, "") for value in values):
            return [str(value) for value in values]
    return [f"#{row + 1}" for row in range(count)]


def _attributes(table: dict[str, Any], row: int) -> dict[str, Any]:
    plain = {}
    for name, values in table.items():
        value = values[row]
        plain[name] = value.item() if isinstance(value, np.generic) else value
    return plain


class _FeatureReader:
    """Takes the faces of features; features of one identifier make one building."""

    def __init__(self, file: FileFaces, typed: bool) -> None:
        self.file = file
        self.typed = typed
        self.rows: dict[str, int] = {}
        self.next_number: dict[str, int] = {}

    def read(self, shape: bytes | None, name: str, attributes: dict[str, Any]) -> int:
        """Take one feature; return 1 when it has no height."""
        file = self.file
        building = file.building(name, attributes)
        if name not in self.rows:
            self.rows[name] = file.object(name, building, attributes)
        number = self.next_number.get(name, 0)
        if shape is None:
            file.refuse(name, name, number, "degenerate")
            return 0
        try:
            polygons, has_height = wkb_polygons(shape)
        except (struct.error, ValueError, IndexError):
            file.refuse(name, name, number, "unreadable_geometry")
            return 0
        if not has_height:
            file.refuse(name, name, number, "no_height")
            return 1
        for rings in polygons:
            for face in faces_of_rings(rings):
                if face:
                    file.xyz.extend(face)
                    sizes = [len(ring) for ring in face]
                    file.add_face(self.rows[name], number, self.typed, np.nan, sizes)
                else:
                    file.refuse(name, name, number, "degenerate")
                number += 1
        self.next_number[name] = number
        return 0


def wkb_polygons(data: bytes) -> tuple[list[list[FloatArray]], bool]:
    """Polygons of a WKB geometry as lists of rings (n, 3), not closed; and whether it has heights.

    Understands polygons, triangles, their collections, TIN and polyhedral surfaces, ISO and
    extended WKB, either byte order. Without heights the list is empty.

    Raises
    ------
    ValueError, struct.error
        A type that holds no polygon, or bytes that end too early.
    """
    polygons: list[list[FloatArray]] = []
    _, has_height = _geometry(data, 0, polygons)
    return polygons, has_height


def _geometry(data: bytes, at: int, polygons: list[list[FloatArray]]) -> tuple[int, bool]:
    order = "<" if data[at] == 1 else ">"
    (code,) = struct.unpack_from(order + "I", data, at + 1)
    at += 5
    if code & 0x20000000:
        at += 4
    iso = (code & 0xFFFF) // 1000
    has_height = bool(code & 0x80000000) or iso in (1, 3)
    has_measure = bool(code & 0x40000000) or iso in (2, 3)
    kind = (code & 0xFFFF) % 1000
    (count,) = struct.unpack_from(order + "I", data, at)
    at += 4
    if kind in _COLLECTIONS:
        heights = []
        for _ in range(count):
            at, inner = _geometry(data, at, polygons)
            heights.append(inner)
        return at, any(heights) if heights else has_height
    if kind not in _POLYGONS:
        raise ValueError(f"WKB type {code}")
    rings = []
    size = 2 + has_height + has_measure
    for _ in range(count):
        (points,) = struct.unpack_from(order + "I", data, at)
        at += 4
        if at + 8 * size * points > len(data):
            raise ValueError("WKB ends too early")
        values = np.frombuffer(data, order + "f8", size * points, at).reshape(points, size)
        at += 8 * size * points
        if points > 1 and np.array_equal(values[0], values[-1]):
            values = values[:-1]
        rings.append(values[:, :3].astype(np.float64))
    if has_height:
        polygons.append(rings)
    return at, has_height


def faces_of_rings(rings: list[FloatArray]) -> list[list[FloatArray]]:
    """Sort the rings of one polygon into faces: a hole lies in the plane of its outline and in it.

    An empty face stands for a ring of fewer than three points.
    """
    if len(rings) == 1 or not all((np.abs(ring) < FARTHEST).all() for ring in rings):
        return [[ring] if len(ring) >= 3 else [] for ring in rings]
    faces: list[list[FloatArray]] = []
    for ring in rings:
        if len(ring) < 3:
            faces.append([])
            continue
        home = next((face for face in faces if face and _is_hole(ring, face[0])), None)
        if home is None:
            faces.append([ring])
        else:
            home.append(ring)
    return faces


def _is_hole(ring: FloatArray, outline: FloatArray) -> bool:
    origin = outline[0]
    area = _area_vector(outline - origin)
    length = float(np.linalg.norm(area))
    if length == 0.0 or float(np.linalg.norm(_area_vector(ring - ring[0]))) >= length:
        return False
    off_plane = np.abs((ring - origin) @ (area / length)).max()
    inside = (ring.min(0) >= outline.min(0) - COPLANAR_M).all() and (
        ring.max(0) <= outline.max(0) + COPLANAR_M
    ).all()
    return bool(off_plane <= COPLANAR_M and inside)


def _area_vector(ring: FloatArray) -> FloatArray:
    return np.cross(ring, np.roll(ring, -1, axis=0)).sum(axis=0) / 2.0
