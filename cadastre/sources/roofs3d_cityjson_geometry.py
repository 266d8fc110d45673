"""Geometries of CityJSON objects: the best level of detail, roofs by their semantics.

Boundaries nest by type of geometry (specification 2.0.0, sections 3.2 and 3.3); semantic values
nest the same way, and a null stands for all below it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cadastre.sources.roofs3d_faces import FileFaces

# Shells nested above the list of surfaces, by type of geometry.
DEPTH = {
    "MultiSurface": 0,
    "CompositeSurface": 0,
    "Solid": 1,
    "MultiSolid": 2,
    "CompositeSolid": 2,
}
LOWEST_LOD = 1.0  # below, a footprint or an edge, no roof
UNKNOWN_LOD = 2.0  # rank of a geometry that does not say its level of detail
FloatArray = NDArray[np.float64]
DAMAGE = (TypeError, ValueError, KeyError, IndexError, AttributeError)


def attributes_of(item: dict[str, Any]) -> dict[str, Any]:
    """Attributes of an object, empty when it has none."""
    attributes = item.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _lod(geometry: dict[str, Any]) -> float:
    try:
        return float(geometry.get("lod"))
    except (TypeError, ValueError):
        return math.nan


def _rank(lod: float) -> float:
    return UNKNOWN_LOD if math.isnan(lod) else lod


def _roof_indices(geometry: dict[str, Any]) -> set[int] | None:
    """Semantic indices that mean roof; None when the geometry types nothing."""
    semantics = geometry.get("semantics")
    surfaces = semantics.get("surfaces") if isinstance(semantics, dict) else None
    if not isinstance(surfaces, list) or not surfaces:
        return None
    return {
        index
        for index, surface in enumerate(surfaces)
        if isinstance(surface, dict) and surface.get("type") == "RoofSurface"
    }


def _surfaces(boundaries: Any, values: Any, depth: int, outer: bool = True) -> Iterator[Any]:
    """Yield (surface, semantic index or None), outer shells only, whatever the nesting."""
    if depth == 0:
        listed = values if isinstance(values, list) else []
        for position, surface in enumerate(boundaries):
            yield surface, listed[position] if position < len(listed) else None
        return
    for position, inner in enumerate(boundaries):
        below = None
        if isinstance(values, list) and position < len(values):
            below = values[position]
        if depth == 1 and position > 0:
            return  # inner shells are voids
        yield from _surfaces(inner, below, depth - 1, outer)


class ObjectReader:
    """Reads the geometries of objects that share one list of vertices."""

    def __init__(self, file: FileFaces) -> None:
        self.file = file
        self.indices: list[int] = []
        self.first_face = len(file.face_rings)
        self.first_ring = len(file.ring_size)

    def close(self, vertices: FloatArray) -> None:
        """Turn the indices of all faces into coordinates; faces with a wrong index are marked."""
        index = _integers(self.indices)
        wrong = (index < 0) | (index >= len(vertices))
        if wrong.any():
            points = np.cumsum([0, *self.file.ring_size[self.first_ring :]])
            rings = np.cumsum([0, *self.file.face_rings[self.first_face :]])
            face = np.searchsorted(points[rings], np.flatnonzero(wrong), side="right") - 1
            for number in np.unique(face):
                self.file.face_reason[self.first_face + int(number)] = "bad_index"
            vertices = np.vstack([vertices, np.full((1, 3), np.nan)])
            index = np.where(wrong, len(vertices) - 1, index)
        self.file.xyz.append(vertices[index])

    def read(self, identifier: str, item: dict[str, Any], root: str, building: int) -> None:
        """Read the best geometries of one object."""
        geometries = [g for g in item.get("geometry") or () if isinstance(g, dict)]
        installation = item.get("type") == "BuildingInstallation"
        if not geometries:
            return
        chosen = self._best(geometries, identifier, root)
        if installation:  # a balcony without semantics is no roof
            chosen = [geometry for geometry in chosen if _roof_indices(geometry)]
        if not chosen:
            return
        row = self.file.object(identifier, building, attributes_of(item))
        number = 0
        for geometry in chosen:
            try:
                number = self._geometry(geometry, row, number, (root, identifier))
            except DAMAGE:
                self.file.refuse(root, identifier, number, "unreadable_geometry")
                number += 1

    def _best(
        self, geometries: list[dict[str, Any]], identifier: str, root: str
    ) -> list[dict[str, Any]]:
        """Geometries of the highest level of detail; typed ones before untyped ones."""
        known = [geometry for geometry in geometries if geometry.get("type") in DEPTH]
        if any(geometry.get("type") == "GeometryInstance" for geometry in geometries):
            self.file.refuse(root, identifier, -1, "geometry_instance")
        top = max((_rank(_lod(geometry)) for geometry in known), default=0.0)
        if top < LOWEST_LOD:
            self.file.count("lower_lod", len(known))
            return []
        best = [geometry for geometry in known if _rank(_lod(geometry)) == top]
        self.file.count("lower_lod", len(known) - len(best))
        typed = [geometry for geometry in best if _roof_indices(geometry)]
        if typed:
            return typed
        solids = [geometry for geometry in best if DEPTH[geometry["type"]] > 0]
        return solids[:1] or best

    def _geometry(
        self, geometry: dict[str, Any], row: int, number: int, names: tuple[str, str]
    ) -> int:
        """Take the roof and untyped surfaces of one geometry; return the next surface number."""
        roof = _roof_indices(geometry)
        semantics = geometry.get("semantics")
        values = semantics.get("values") if roof is not None else None
        lod = _lod(geometry)
        boundaries = geometry["boundaries"]
        for surface, meaning in _surfaces(boundaries, values, DEPTH[geometry["type"]]):
            if roof is None or meaning is None or meaning in roof:
                typed = roof is not None and meaning is not None
                self._surface(surface, (row, number, typed, lod), names)
            number += 1
        return number

    def _surface(
        self, surface: Any, place: tuple[int, int, bool, float], names: tuple[str, str]
    ) -> None:
        row, number, typed, lod = place
        points: list[int] = []
        sizes: list[int] = []
        for position, ring in enumerate(surface):
            if len(ring) > 1 and ring[0] == ring[-1]:
                ring = ring[:-1]
            if len(ring) >= 3:
                points.extend(ring)
                sizes.append(len(ring))
            elif position == 0:
                break
        if not sizes:
            self.file.refuse(*names, number, "degenerate")
            return
        self.indices.extend(points)
        self.file.add_face(row, number, typed, lod, sizes)


def _integers(values: list[Any]) -> NDArray[np.int64]:
    """Return indices as integers, -1 for what is no whole number."""
    try:
        return np.asarray(values, np.int64) if set(map(type, values)) <= {int} else _slow(values)
    except OverflowError:
        return _slow(values)


def _slow(values: list[Any]) -> NDArray[np.int64]:
    good = [type(value) is int and 0 <= value < 2**62 for value in values]
    return np.array([value if ok else -1 for value, ok in zip(values, good)], np.int64)
