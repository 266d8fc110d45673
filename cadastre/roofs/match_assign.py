"""Which object of a 3D model stands on which footprint, and which piece of roof each one gets.

An object goes with a footprint when it covers half of it, stands on it by half, or overlaps it by
more than a sliver. What a footprint gets depends on the footprints within twice the overhang and
on the objects that touch it, on nothing else: not on the tile, not on the order of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi

from cadastre.parameters.model3d import Model3D
from cadastre.roofs import overlay
from cadastre.roofs.faces import RoofFaces

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]
_CORNER_LIMIT = 2.0  # a zone reaches at most twice its distance beyond a sharp corner
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Contacts:
    """Faces over footprints: rows of both, ``outline`` and ``area`` (m²) of the part inside."""

    face: IntArray
    building: IntArray
    outline: ObjectArray
    area: FloatArray


@dataclass(frozen=True)
class Assignment:
    """Parts of faces given to footprints: rows of faces and footprints, plan outlines.

    ``linked`` (n_faces,) tells whether the object of a face goes with any footprint, ``complete``
    whether all the footprints it goes with were asked for.
    """

    face: IntArray
    building: IntArray
    outline: ObjectArray
    linked: BoolArray
    complete: BoolArray


def assign_faces(
    faces: RoofFaces, footprints: ObjectArray, wanted: BoolArray, parameters: Model3D
) -> Assignment:
    """Give each wanted footprint its part of the roof faces.

    Parameters
    ----------
    faces
        Roof faces of the model.
    footprints
        Polygons of all footprints around, sorted by identifier, empty where there is none.
    wanted
        Footprints whose roofs are asked for; the others only compete for overhangs.
    parameters
        ``overhang``, ``max_overhang_m``, ``same_building_share``, ``sliver_width_m``...
    """
    footprints = np.array(footprints, dtype=object)
    shapely.prepare(footprints)
    links = _links(faces, footprints, _contacts(faces, footprints), parameters)
    mine = wanted[links.building]
    linked = np.isin(faces.object, links.object)
    complete = linked & ~np.isin(faces.object, links.object[~mine])
    return Assignment(*_parts(faces, footprints, links, mine, parameters), linked, complete)


@dataclass(frozen=True)
class _Links:
    """Objects and footprints that go together, sorted; ``likeness``: intersection over union."""

    object: IntArray
    building: IntArray
    likeness: FloatArray


def _contacts(faces: RoofFaces, footprints: ObjectArray) -> Contacts:
    """Every overlap of a roof face with a footprint, its area and shape in plan."""
    tree = shapely.STRtree(footprints)
    face, building = tree.query(faces.outline)
    order = np.lexsort((building, face))
    face, building = face[order], building[order]
    touch = shapely.intersects(footprints[building], faces.outline[face])
    face, building = face[touch], building[touch]
    inside = shapely.covers(footprints[building], faces.outline[face])
    outline = np.where(inside, faces.outline[face], None)
    cut = np.flatnonzero(~inside)
    outline[cut] = overlay.intersection(footprints[building[cut]], faces.outline[face[cut]])
    area = shapely.area(outline)
    real = area > 0.0
    return Contacts(face[real], building[real], outline[real], area[real])


def _links(
    faces: RoofFaces, footprints: ObjectArray, contacts: Contacts, parameters: Model3D
) -> _Links:
    """Pairs (object, footprint) that go together."""
    if not len(contacts.face):
        return _Links(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    owner = faces.object[contacts.face]
    key, pair = np.unique(owner * len(footprints) + contacts.building, return_inverse=True)
    objects, buildings = key // len(footprints), key % len(footprints)
    overlap = np.bincount(pair, contacts.area)
    of_object = np.bincount(faces.object, shapely.area(faces.outline))[objects]
    of_building = shapely.area(footprints[buildings])
    share = np.maximum(overlap / of_object, overlap / of_building)
    likeness = overlap / (of_object + of_building - overlap)
    good = share >= parameters.same_building_share
    width = parameters.sliver_width_m
    doubtful = ~good & (overlap >= width * width)
    by_pair = np.argsort(pair, kind="stable")
    start = np.searchsorted(pair[by_pair], np.arange(len(key) + 1))
    for k in np.flatnonzero(doubtful):
        parts = contacts.outline[by_pair[start[k] : start[k + 1]]]
        left = overlay.mitred(overlay.union_all(parts), -width / 2.0)
        good[k] = not shapely.is_empty(left)
    return _Links(objects[good], buildings[good], likeness[good])


def _parts(
    faces: RoofFaces,
    footprints: ObjectArray,
    links: _Links,
    mine: BoolArray,
    parameters: Model3D,
) -> tuple[IntArray, IntArray, ObjectArray]:
    """Parts of faces each wanted link gets: within the overhang, shared with rivals near by."""
    reach = parameters.max_overhang_m if parameters.overhang == "keep" else 0.0
    order = np.argsort(faces.object, kind="stable")
    low = np.searchsorted(faces.object[order], links.object[mine])
    sizes = np.searchsorted(faces.object[order], links.object[mine], side="right") - low
    link = np.repeat(np.arange(len(sizes)), sizes)
    face = order[np.repeat(low - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())]
    building = links.building[mine][link]
    near = shapely.dwithin(footprints[building], faces.outline[face], reach)
    link, face, building = link[near], face[near], building[near]
    used, back = np.unique(building, return_inverse=True)
    zone = footprints[used]
    if reach:
        zone = overlay.mitred(zone, reach, _CORNER_LIMIT)
    shapely.prepare(zone)
    outline = faces.outline[face].copy()
    cut = np.flatnonzero(~shapely.covers(zone[back], outline))
    outline[cut] = overlay.intersection(zone[back[cut]], outline[cut])
    rivals = _rivals(links, mine, footprints, 2.0 * reach)
    contested = np.isin(link, np.fromiter(rivals, np.int64, len(rivals)))
    for row in np.flatnonzero(contested):
        others, stronger = rivals[int(link[row])]
        outline[row] = _share(
            outline[row], footprints[building[row]], footprints[others], stronger, parameters
        )
    return face, building, outline


def _rivals(
    links: _Links, mine: BoolArray, footprints: ObjectArray, reach: float
) -> dict[int, tuple[IntArray, BoolArray]]:
    """Wanted link (its rank) -> other footprints of its object within ``reach``, who is stronger.

    Where two footprints overlap, the one that resembles the object more is the stronger.
    """
    rank = np.cumsum(mine) - 1
    edges = np.flatnonzero(np.diff(links.object)) + 1
    start = np.concatenate([[0], edges, [len(links.object)]])
    found: dict[int, tuple[IntArray, BoolArray]] = {}
    for first in np.flatnonzero(np.diff(start) > 1):
        rows = np.arange(start[first], start[first + 1])
        for k in rows[mine[rows]]:
            own = footprints[links.building[k]]
            others = rows[rows != k]
            others = others[shapely.dwithin(own, footprints[links.building[others]], reach)]
            if len(others):
                gain = links.likeness[others] - links.likeness[k]
                stronger = (gain > 0) | ((gain == 0) & (others < k))
                found[int(rank[k])] = (links.building[others], stronger)
    return found


def _share(
    piece: shapely.Geometry,
    own: shapely.Geometry,
    others: ObjectArray,
    stronger: BoolArray,
    parameters: Model3D,
) -> shapely.Geometry:
    """Return what a footprint keeps of a piece of roof: its cover, and the overhang nearest."""
    inside = piece if shapely.covers(own, piece) else overlay.intersection(piece, own)
    over = others[stronger & shapely.intersects(others, inside)]
    if len(over):
        inside = overlay.difference(inside, overlay.union_all(over))
    rest = overlay.difference(overlay.difference(piece, own), overlay.union_all(others))
    if shapely.area(rest) < parameters.min_face_area_m2:
        return inside
    others = others[shapely.dwithin(others, rest, parameters.max_overhang_m)]
    if len(others):
        rest = _nearest_part(rest, own, others, parameters)
    return overlay.union_all(np.array([inside, rest], dtype=object))


def _nearest_part(
    rest: shapely.Geometry, own: shapely.Geometry, others: ObjectArray, parameters: Model3D
) -> shapely.Geometry:
    """Part of ``rest`` nearer to ``own`` than to the others: Voronoi cells of their edges."""
    around = overlay.mitred(rest, parameters.max_overhang_m, _CORNER_LIMIT)
    step = parameters.nearest_step_m
    clouds = []
    for shape in (own, *others):
        edge = shapely.intersection(shapely.boundary(shape), around)
        clouds.append(shapely.get_coordinates(shapely.segmentize(edge, step)))
    mine, theirs = clouds[0], np.concatenate(clouds[1:])
    if not len(mine):
        return shapely.Polygon()
    if not len(theirs):
        return rest
    origin = mine.min(axis=0)
    gaps = np.hypot(*(mine[:, None, :] - theirs[None, :, :]).transpose(2, 0, 1))
    common = step / 10.0  # points of a shared wall belong to nobody
    mine, theirs = mine[gaps.min(axis=1) > common], theirs[gaps.min(axis=0) > common]
    if not len(mine) or not len(theirs):
        return rest if len(mine) else shapely.Polygon()
    mine, theirs = np.unique(mine - origin, axis=0), np.unique(theirs - origin, axis=0)
    zone = shapely.transform(_cells(mine, theirs), lambda points: points + origin)
    return overlay.intersection(rest, zone)


def _cells(mine: FloatArray, theirs: FloatArray) -> shapely.Geometry:
    """Where a site of ``mine`` (n, 2) is the nearest: union of its Voronoi cells."""
    sites = np.concatenate([mine, theirs])
    size = 10.0 * (1.0 + np.ptp(sites, axis=0).max())
    far = sites.mean(axis=0) + size * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    diagram = Voronoi(np.concatenate([sites, far]))
    corners = [diagram.vertices[diagram.regions[k]] for k in diagram.point_region[: len(mine)]]
    return overlay.union_all(
        np.array([shapely.MultiPoint(cell).convex_hull for cell in corners], dtype=object)
    )
