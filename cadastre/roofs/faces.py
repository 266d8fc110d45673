"""Faces of a 3D model as roof faces: which ones are roofs, their planes, their outlines in plan.

Nothing here knows footprints; ``roofs.match`` joins both. Every face of the model comes out
either as a row of :class:`RoofFaces` or as a row of the table of surfaces set aside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.exchange import SET_ASIDE_COLUMNS, ModelFaces
from cadastre.kernels.faces3d import face_planes, grow_regions, pairs_in_groups, shared_edge_length
from cadastre.parameters.model3d import Model3D
from cadastre.roofs import overlay

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class RoofFaces:
    """Roof faces of a model, one entry a face; all normals point up.

    ``row`` (row of the model's faces table), ``object`` (row of its objects table), ``normal``
    (n, 3) unit, ``centroid`` (n, 3) m, ``area_sloped`` m², ``surface_tilt`` deg, ``rmse`` m
    (points of the face to its plane), ``outline`` plan polygons (Polygon or MultiPolygon).
    """

    row: IntArray
    object: IntArray
    normal: FloatArray
    centroid: FloatArray
    area_sloped: FloatArray
    surface_tilt: FloatArray
    rmse: FloatArray
    outline: ObjectArray


def roof_faces(model: ModelFaces, parameters: Model3D) -> tuple[RoofFaces, pd.DataFrame]:
    """Fit every face of a model and keep those that are roofs.

    Returns
    -------
    tuple
        The roof faces, and the others (``SET_ASIDE_COLUMNS``, ``building_id`` empty) with a
        reason: ``degenerate`` (no area), ``self_intersecting`` (repair would change its area),
        ``lod_too_low``, ``vertical`` (typed as a roof, steeper than ``max_tilt_deg``),
        ``untyped_wall``, ``untyped_underside`` (untyped and no roof by its normal).
    """
    normal, area, centroid, residual = face_planes(
        model.vertices, model.ring_start, model.face_start
    )
    tilt = np.degrees(np.arctan2(np.hypot(normal[:, 0], normal[:, 1]), np.abs(normal[:, 2])))
    reason = np.full(len(area), "", dtype=object)
    typed = (model.faces["surface_kind"] == "roof").to_numpy()
    wall = tilt > parameters.max_tilt_deg
    degenerate = ~(area >= parameters.min_face_area_m2)
    reason[wall & typed] = "vertical"
    reason[wall & ~typed] = "untyped_wall"
    under = ~typed & ~wall & ~degenerate
    under[under] = _undersides(model, normal, area, centroid, wall, parameters)[under]
    reason[under] = "untyped_underside"
    plan = np.where(area > 0.0, area * np.abs(normal[:, 2]), 0.0)
    outline, broken = _outlines(model, plan, wall, parameters)
    reason[degenerate] = "degenerate"
    reason[broken] = "self_intersecting"
    low = model.faces["lod"].to_numpy() < parameters.min_lod
    reason[low] = "lod_too_low"
    kept = np.flatnonzero(reason == "")
    upward = np.where(normal[kept, 2:3] < 0.0, -normal[kept], normal[kept])
    faces = RoofFaces(
        kept,
        model.faces["object"].to_numpy(np.int64)[kept],
        upward,
        centroid[kept],
        area[kept],
        tilt[kept],
        residual[kept, 0],
        outline[kept],
    )
    rest = np.flatnonzero(reason != "")
    return faces, set_aside_rows(model, rest, reason[rest], area[rest])


def set_aside_rows(
    model: ModelFaces, rows: IntArray, reason: ObjectArray, area: FloatArray
) -> pd.DataFrame:
    """Table of some faces of a model (rows of its faces table) with their reason and area, m²."""
    objects = model.faces["object"].to_numpy(np.int64)[rows]
    buildings = model.objects["building"].to_numpy(np.int64)[objects]
    frame = pd.DataFrame(
        {
            "model_building_id": model.buildings["model_building_id"].to_numpy()[buildings],
            "model_object_id": model.objects["model_object_id"].to_numpy()[objects],
            "surface_number": model.faces["surface_number"].to_numpy(np.int64)[rows],
            "source_file": model.buildings["source_file"].to_numpy()[buildings],
            "reason": reason,
            "area_sloped_m2": np.asarray(area, np.float64),
            "building_id": "",
        },
        columns=list(SET_ASIDE_COLUMNS),
    )
    text = [name for name in SET_ASIDE_COLUMNS if name not in ("surface_number", "area_sloped_m2")]
    return frame.astype(dict.fromkeys(text, "string"))


def _outlines(
    model: ModelFaces, plan_area: FloatArray, wall: BoolArray, parameters: Model3D
) -> tuple[ObjectArray, BoolArray]:
    """Return plan outlines of all faces but walls, and which ones no repair can save."""
    count = len(plan_area)
    outline = np.full(count, shapely.Polygon(), dtype=object)
    broken = np.zeros(count, np.bool_)
    flat = np.flatnonzero(~wall)
    if not len(flat):
        return outline, broken
    drawn = shapely.force_2d(model.polygons()[flat])
    bad = np.flatnonzero(~shapely.is_valid(drawn))
    if len(bad):
        repaired = _surfaces_of(shapely.make_valid(drawn[bad]))
        before, after = plan_area[flat[bad]], shapely.area(repaired)
        gap = np.abs(after - before)
        tolerance = np.maximum(parameters.repair_area_share * before, parameters.min_face_area_m2)
        broken[flat[bad]] = ~(gap <= tolerance)
        drawn[bad] = repaired
    outline[flat] = drawn
    return outline, broken


def _surfaces_of(geometries: ObjectArray) -> ObjectArray:
    """Keep the polygons of repaired geometries (few), joined to (multi)polygons."""
    kept = np.empty(len(geometries), dtype=object)
    for k, geometry in enumerate(geometries):
        parts = shapely.get_parts(shapely.get_parts(geometry))
        kept[k] = overlay.union_all(parts[shapely.get_type_id(parts) == 3])
    return kept


def _undersides(
    model: ModelFaces,
    normal: FloatArray,
    area: FloatArray,
    centroid: FloatArray,
    wall: BoolArray,
    parameters: Model3D,
) -> BoolArray:
    """Tell, for faces the model does not type, floors and soffits from roofs.

    A closed volume knows its outside: its area vectors sum to zero and its signed volume tells
    which way they point. In an open one, faces near the foot of the walls are floors.
    """
    owner = model.faces["object"].to_numpy(np.int64)
    count = len(model.objects)
    first = np.zeros((count, 3))
    known = np.isfinite(centroid).all(axis=1)
    first[owner[known][::-1]] = centroid[known][::-1]
    vector = np.where(known[:, None], area[:, None] * normal, 0.0)
    arm = np.where(known[:, None], centroid - first[owner], 0.0)
    total = np.bincount(owner, area, count)
    balance = np.column_stack([np.bincount(owner, vector[:, k], count) for k in range(3)])
    volume = np.bincount(owner, (vector * arm).sum(axis=1), count) / 3.0
    has_wall = np.bincount(owner, wall, count) > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        open_share = np.linalg.norm(balance, axis=1) / total
    closed = (open_share <= parameters.closure_share) & (volume != 0.0) & has_wall
    downward = normal[:, 2] * np.sign(volume)[owner] < 0.0
    foot = _foot_of_walls(model, owner, wall, count)
    low = centroid[:, 2] <= foot[owner] + parameters.ground_margin_m
    return np.where(closed[owner], downward, low & has_wall[owner])


def _foot_of_walls(model: ModelFaces, owner: IntArray, wall: BoolArray, count: int) -> FloatArray:
    """Lowest height of the walls of each object; -inf without wall."""
    foot = np.full(count, np.inf)
    points = np.diff(model.ring_start[model.face_start])
    of_wall = np.repeat(wall, points)
    np.minimum.at(foot, np.repeat(owner, points)[of_wall], model.vertices[of_wall, 2])
    return np.where(np.isfinite(foot), foot, -np.inf)


@dataclass(frozen=True)
class Pieces:
    """Pieces of roof faces, each in one building: simple polygons with the plane of their face.

    Sorted by ``group`` (a building), within a group largest first. ``face`` (row of
    :class:`RoofFaces`), ``normal``, ``centroid`` (a point of the plane over the piece),
    ``area_sloped`` m², ``rmse`` m, ``outline`` Polygons.
    """

    group: IntArray
    face: IntArray
    normal: FloatArray
    centroid: FloatArray
    area_sloped: FloatArray
    rmse: FloatArray
    outline: ObjectArray


def pieces_of(faces: RoofFaces, group: IntArray, face: IntArray, outline: ObjectArray) -> Pieces:
    """Cut (multi)polygons into simple pieces, sorted: by group, largest first, then by place."""
    parts, back = shapely.get_parts(outline, return_index=True)
    polygons = (shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)
    parts, back = shapely.normalize(parts[polygons]), back[polygons]
    group, face = group[back], face[back]
    plan = shapely.area(parts)
    middle = shapely.get_coordinates(shapely.centroid(parts))
    normal = faces.normal[face]
    z = height_on(normal, faces.centroid[face], middle[:, 0], middle[:, 1])
    area = plan / normal[:, 2]
    order = np.lexsort((z, middle[:, 1], middle[:, 0], -area, group))
    centroid = np.column_stack([middle, z])
    return Pieces(
        group[order], face[order], normal[order], centroid[order], area[order],
        faces.rmse[face][order], parts[order],
    )  # fmt: skip


def height_on(normal: FloatArray, point: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Height at (x, y) of the planes through ``point`` (n, 3) with ``normal`` (n, 3), m."""
    dx, dy = x - point[:, 0], y - point[:, 1]
    return point[:, 2] - (normal[:, 0] * dx + normal[:, 1] * dy) / normal[:, 2]


def group_starts(group: IntArray) -> IntArray:
    """First row of each group of a sorted array, and its length at the end."""
    edges = np.flatnonzero(np.diff(group)) + 1
    return np.concatenate([[0], edges, [len(group)]] if len(group) else [[0]]).astype(np.int64)


def coplanar_regions(pieces: Pieces, parameters: Model3D) -> IntArray:
    """Region (plane) number of each piece: touching pieces of one plane get one number.

    Triangulated and split faces come together; a region keeps to the plane of its largest piece,
    so that a vault of narrow strips does not melt into one plane.
    """
    count = len(pieces.group)
    start = group_starts(pieces.group)
    bounds = shapely.bounds(pieces.outline).reshape(-1, 4)
    pairs = pairs_in_groups(bounds, start, parameters.merge_gap_m)
    cos_angle = float(np.cos(np.radians(parameters.merge_angle_deg)))
    pairs = _alike(pieces, pairs, parameters)
    origin = pieces.centroid[np.repeat(start[:-1], np.diff(start))]
    ring_start, face_start, xy, owner = _flat_rings(pieces.outline)
    local = xy - origin[owner, :2]
    shared = shared_edge_length(local, ring_start, face_start, pairs, parameters.merge_gap_m)
    pairs = pairs[shared >= parameters.min_shared_edge_m]
    height = height_on(pieces.normal[owner], pieces.centroid[owner], xy[:, 0], xy[:, 1])
    points = np.column_stack([local, height - origin[owner, 2]])
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    neighbour_start = np.searchsorted(both[:, 0], np.arange(count + 1)).astype(np.int64)
    return grow_regions(
        pieces.normal, pieces.area_sloped, pieces.centroid - origin, points,
        ring_start[face_start], neighbour_start, np.ascontiguousarray(both[:, 1]),
        cos_angle, parameters.merge_distance_m, parameters.merge_small_area_m2,
    )  # fmt: skip


def _alike(pieces: Pieces, pairs: IntArray, parameters: Model3D) -> IntArray:
    """Pairs whose normals could belong to one plane: a first sieve, looser than the last one."""
    one, two = pairs[:, 0], pairs[:, 1]
    small = np.minimum(pieces.area_sloped[one], pieces.area_sloped[two])
    cosine = (pieces.normal[one] * pieces.normal[two]).sum(axis=1)
    limit = np.cos(np.radians(2.0 * parameters.merge_angle_deg))
    return pairs[(cosine >= limit) | (small < parameters.merge_small_area_m2)]


def _flat_rings(outline: ObjectArray) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    """Rings of polygons, not closed: ring starts, first ring of each, points (n, 2), owners."""
    rings, of_polygon = shapely.get_rings(outline, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    closing = np.concatenate([of_ring[1:] != of_ring[:-1], [True]]) if len(of_ring) else of_ring
    points, of_ring = points[~closing.astype(bool)], of_ring[~closing.astype(bool)]
    ring_start = np.searchsorted(of_ring, np.arange(len(rings) + 1)).astype(np.int64)
    face_start = np.searchsorted(of_polygon, np.arange(len(outline) + 1)).astype(np.int64)
    return ring_start, face_start, np.ascontiguousarray(points), of_polygon[of_ring]
