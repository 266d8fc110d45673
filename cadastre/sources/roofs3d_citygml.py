"""CityGML 2.0 (1.0 and 3.0 where they are alike): roof surfaces of buildings and their parts.

Read building by building (lxml ``iterparse``), so that a file of any size fits in memory. Of each
object the highest level of detail is read: ``RoofSurface`` where there are some, else the
surfaces of its solid or multisurface, ``untyped``. Standard: OGC 12-019, sections 10.3.2 (boundary
surfaces) and 8.1 (geometry); GML 3.1.1 (OGC 03-105r1).
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from lxml import etree

from cadastre.errors import InputError
from cadastre.sources.roofs3d_crs import declared_reference
from cadastre.sources.roofs3d_faces import FileFaces

HREF = "{http://www.w3.org/1999/xlink}href"
_LOD = re.compile(r"lod([1-4])(MultiSurface|Solid|Geometry|Surface)$")
_LEAVES = ("Polygon", "PolygonPatch", "Triangle", "Rectangle")
_PARTS = ("consistsOfBuildingPart", "buildingPart")
_INSTALLATIONS = ("outerBuildingInstallation", "buildingInstallation")
_BOUNDARIES = ("boundedBy", "boundary")
_MAX_DEPTH = 50
Element = Any


class _UnreadableSurfaceError(ValueError):
    """A surface that cannot be read; the message is the reason code."""


def local(element: Element) -> str:
    """Name of an element without its namespace; empty for comments."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def identifier_of(element: Element) -> str:
    """``gml:id`` of an element, whatever the version of GML; empty when it has none."""
    for name, value in element.attrib.items():
        if name.rpartition("}")[2] == "id":
            return str(value)
    return ""


def read_citygml(path: Path) -> FileFaces:
    """Read one CityGML file, plain or ``.gz``.

    Raises
    ------
    InputError
        ``model_unreadable`` (truncated, no XML), ``model_not_citygml``, ``model_crs_unknown``,
        ``model_crs_mixed``.
    """
    file = FileFaces(path)
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            _read_stream(file, cast(IO[bytes], stream))
    except (OSError, EOFError, etree.XMLSyntaxError) as error:
        raise InputError("model_unreadable", file=path.name, detail=str(error)) from error
    return file


def _read_stream(file: FileFaces, stream: IO[bytes]) -> None:
    events = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=("{*}Building", "{*}BuildingPart", "{*}Envelope", "{*}CityModel"),
        resolve_entities=False,
        no_network=True,
        huge_tree=True,
    )
    declared: set[str] = set()
    depth, seen = 0, False
    for event, element in events:
        name = local(element)
        if name == "CityModel":
            seen = True
        elif name == "Envelope":
            _declare(file, declared, element.get("srsName") if event == "start" else None)
        elif event == "start":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                _Building(file, declared, element).read()
                _forget(element)
    if not seen:
        raise InputError("model_not_citygml", file=file.name, kind=local(events.root))


def _declare(file: FileFaces, declared: set[str], text: str | None) -> None:
    if text and text not in declared:
        declared.add(text)
        file.declare(declared_reference(text, file.name))


def _forget(element: Element) -> None:
    """Free what was read, and the emptied members before it."""
    element.clear()
    member = element.getparent()
    while member is not None and member.getparent() is not None:
        while member.getprevious() is not None:
            del member.getparent()[0]
        member = member.getparent()


@dataclass
class _Shapes:
    """Geometries of one object: (level of detail, is a roof surface, element)."""

    found: list[tuple[int, bool, Element]] = field(default_factory=list)

    def best(self) -> tuple[int, list[tuple[bool, Element]], int]:
        """Highest level of detail, its roof surfaces (else all), how many lower ones are left."""
        if not self.found:
            return -1, [], 0
        top = max(lod for lod, _, _ in self.found)
        here = [(roof, element) for lod, roof, element in self.found if lod == top]
        roofs = [item for item in here if item[0]]
        return top, roofs or here, len(self.found) - len(here)


class _Building:
    """One top-level building of the file, with its parts and installations."""

    def __init__(self, file: FileFaces, declared: set[str], element: Element) -> None:
        self.file = file
        self.element = element
        self.root_id = identifier_of(element) or f"#{len(file.buildings) + 1}"
        self.numbers: list[float] = []
        self.ids: dict[str, Element] | None = None
        if not declared:
            named = element.xpath("(.//@srsName)[1]")
            _declare(file, declared, str(named[0]) if named else None)

    def read(self) -> None:
        """Take every roof surface of the building into the file's faces."""
        self.row = self.file.building(self.root_id, attributes_of(self.element))
        self._object(self.element, self.root_id, False)
        self.file.xyz.append(np.array(self.numbers, np.float64).reshape(-1, 3))

    def _object(self, element: Element, identifier: str, installation: bool) -> None:
        shapes = _Shapes()
        inner: list[tuple[Element, bool]] = []
        for child in element:
            name = local(child)
            match = _LOD.match(name)
            if match:
                shapes.found.append((int(match.group(1)), False, child))
            elif name in _BOUNDARIES:
                self._boundary(child, shapes)
            elif name in _PARTS:
                inner.extend((item, False) for item in child)
            elif name in _INSTALLATIONS:
                inner.extend((item, True) for item in child)
        self._shapes(element, identifier, shapes, installation)
        for number, (item, is_installation) in enumerate(inner, start=1):
            name = identifier_of(item) or f"{identifier}#{number}"
            self._object(item, name, is_installation)

    def _boundary(self, holder: Element, shapes: _Shapes) -> None:
        """Geometries of the thematic surface held by ``boundedBy``; roofs only."""
        for surface in holder:
            if local(surface) != "RoofSurface":
                continue
            for child in surface:
                match = _LOD.match(local(child))
                if match:
                    shapes.found.append((int(match.group(1)), True, child))

    def _shapes(
        self, element: Element, identifier: str, shapes: _Shapes, installation: bool
    ) -> None:
        lod, chosen, lower = shapes.best()
        if installation:  # a balcony without semantics is no roof
            chosen = [item for item in chosen if item[0]]
        if not chosen:
            return
        self.file.count("lower_lod", lower)
        row = self.file.object(identifier, self.row, attributes_of(element))
        number = 0
        for roof, geometry in chosen:
            for leaf in self._leaves(geometry, 0):
                try:
                    if leaf is None:
                        raise _UnreadableSurfaceError("unresolved_reference")
                    self._face((row, number, roof, float(lod)), leaf)
                except _UnreadableSurfaceError as error:
                    self.file.refuse(self.root_id, identifier, number, str(error))
                number += 1

    def _leaves(self, element: Element, depth: int) -> Iterator[Element | None]:
        """Yield polygons below an element, through references; None where one leads nowhere."""
        if depth > _MAX_DEPTH:
            yield None
            return
        name = local(element)
        if name in _LEAVES:
            yield element
            return
        link = element.get(HREF)
        if link and not len(element):
            target = self._target(link)
            if target is None:
                yield None
            else:
                yield from self._leaves(target, depth + 1)
            return
        for child in element:
            if name == "Solid" and local(child) == "interior":
                continue  # voids inside the solid
            yield from self._leaves(child, depth + 1)

    def _target(self, link: str) -> Element | None:
        if self.ids is None:
            self.ids = {}
            for element in self.element.iter(etree.Element):
                name = identifier_of(element)
                if name:
                    self.ids.setdefault(name, element)
        return self.ids.get(link.rpartition("#")[2])

    def _face(self, place: tuple[int, int, bool, float], leaf: Element) -> None:
        points: list[float] = []
        sizes: list[int] = []
        for holder in leaf:
            name = local(holder)
            if name not in ("exterior", "interior", "outerBoundaryIs", "innerBoundaryIs"):
                continue
            ring = [number for item in holder for number in _ring(item)]
            if ring[:3] == ring[-3:]:
                ring = ring[:-3]
            if len(ring) >= 9:
                points.extend(ring)
                sizes.append(len(ring) // 3)
            elif name in ("exterior", "outerBoundaryIs"):
                raise _UnreadableSurfaceError("degenerate")
        if not sizes:
            raise _UnreadableSurfaceError("degenerate")
        self.numbers.extend(points)
        self.file.add_face(*place, sizes)


def _ring(ring: Element) -> list[float]:
    """Coordinates of a ring as a flat list x, y, z, x, y, z...

    Raises
    ------
    _UnreadableSurfaceError
        ``no_height`` for two-dimensional positions, ``bad_coordinates`` for what is no number.
    """
    dimension = ring.get("srsDimension")
    texts: list[str] = []
    for element in ring.iter("{*}posList", "{*}pos", "{*}coordinates"):
        text = element.text or ""
        if local(element) == "coordinates":
            text = text.replace(element.get("cs") or ",", " ")
        dimension = element.get("srsDimension") or dimension
        texts.append(text)
    try:
        numbers = [float(word) for text in texts for word in text.split()]
    except ValueError as error:
        raise _UnreadableSurfaceError("bad_coordinates") from error
    if dimension == "2" or (len(numbers) % 3 and len(numbers) % 2 == 0):
        raise _UnreadableSurfaceError("no_height")
    if len(numbers) % 3:
        raise _UnreadableSurfaceError("bad_coordinates")
    return numbers


def attributes_of(element: Element) -> dict[str, str]:
    """Plain and generic attributes of an object: name -> text."""
    found: dict[str, str] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = local(child)
        if name.endswith("Attribute") and child.get("name"):
            value = "".join(child.itertext()).strip()
            found.setdefault(str(child.get("name")), value)
        elif not len(child) and child.text and child.text.strip():
            found.setdefault(name, child.text.strip())
    return found
