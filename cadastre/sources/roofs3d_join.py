"""Closing the files of a 3D model into one value: one CRS, unique names, nothing lost.

The readers of formats know files, this module knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre.errors import InputError
from cadastre.exchange import SET_ASIDE_COLUMNS, ModelFaces
from cadastre.sources.crs import same_place, settle, transformer
from cadastre.sources.notes import Notes
from cadastre.sources.roofs3d_faces import FileFaces

KIND = "modele_3d"
ROOF, UNTYPED = "roof", "untyped"
SAME_SHAPE_M = 0.01
FARTHEST = 1e8  # no coordinate on Earth is larger, whatever the system

OnNote = Callable[..., None]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def model_from_files(files: Sequence[FileFaces], crs: str, on_note: OnNote) -> ModelFaces:
    """Close the gathered files into one value in the CRS of the territory.

    Faces with a coordinate that is no finite number are set aside (``bad_coordinates``), so are
    repeated copies of one building (``repeated_building``: tiles that overlap).

    Raises
    ------
    InputError
        ``model_without_faces``, or the refusals of :func:`cadastre.sources.crs.settle`.
    """
    tables = [_FileTable.of(file, crs, on_note) for file in files]
    if not sum(len(table.face_object) for table in tables):
        raise InputError("model_without_faces", files=[file.name for file in files])
    building_ids = _unique_ids(files, tables, on_note)
    return _join(files, tables, building_ids, crs)


@dataclass
class _FileTable:
    """Arrays of one file; ``keep`` (n_faces,) becomes False for what is set aside."""

    vertices: FloatArray
    ring_start: IntArray
    face_start: IntArray
    face_object: IntArray
    face_building: IntArray
    keep: NDArray[np.bool_]
    reason: NDArray[np.object_]

    @classmethod
    def of(cls, file: FileFaces, crs: str, on_note: OnNote) -> _FileTable:
        vertices = np.concatenate(file.xyz) if file.xyz else np.empty((0, 3))
        face_start = _starts(file.face_rings)
        ring_start = _starts(file.ring_size)
        face_object = np.asarray(file.face_object, np.int64)
        building_of = np.array([building for _, building, _ in file.objects], np.int64)
        vertices = _bring_to_crs(file, vertices, crs, on_note)
        n_faces = len(face_object)
        finite = _sane(vertices)
        first, last = ring_start[face_start[:-1]], ring_start[face_start[1:]]
        bad_before = np.concatenate([[0], np.cumsum(~finite)])
        keep = bad_before[last] == bad_before[first] if n_faces else np.empty(0, np.bool_)
        reason = np.where(keep, "", "bad_coordinates").astype(object)
        for face, why in file.face_reason.items():
            keep[face], reason[face] = False, why
        buildings = building_of[face_object] if n_faces else np.empty(0, np.int64)
        return cls(vertices, ring_start, face_start, face_object, buildings, keep, reason)


def _starts(sizes: Sequence[int]) -> IntArray:
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, np.int64))]).astype(np.int64)


def _sane(xyz: FloatArray) -> NDArray[np.bool_]:
    """Points whose coordinates are numbers that can be a place."""
    with np.errstate(invalid="ignore"):
        return (np.abs(xyz) < FARTHEST).all(axis=1)


def _bring_to_crs(file: FileFaces, xyz: FloatArray, crs: str, on_note: OnNote) -> FloatArray:
    """Coordinates in the CRS of the territory; heights in metres, their datum untouched."""
    xyz = np.array(xyz, np.float64)
    declared = None
    if file.reference is not None:
        declared = file.reference.crs
        xyz[:, 2] *= file.reference.height_factor
        if file.reference.north_first:
            xyz = xyz[:, [1, 0, 2]]
    finite = _sane(xyz)
    if not finite.any():
        return xyz
    middle = (float(np.median(xyz[finite, 0])), float(np.median(xyz[finite, 1])))
    notes = Notes()
    believed, exchange = settle(declared, crs, middle, (KIND, file.name), notes)
    for note in notes:
        on_note(note.kind, note.file, note.code, note.count, note.ids, **dict(note.facts))
    if exchange:
        xyz = xyz[:, [1, 0, 2]]
        middle = middle[::-1]
    if same_place(believed, crs, *middle):
        return xyz
    x, y = transformer(believed, crs).transform(xyz[:, 0], xyz[:, 1])
    on_note(KIND, file.name, "crs_reprojected", len(file.buildings), declared=believed, crs=crs)
    return np.column_stack([x, y, xyz[:, 2]])


def _unique_ids(
    files: Sequence[FileFaces], tables: Sequence[_FileTable], on_note: OnNote
) -> list[list[str]]:
    """Name buildings uniquely over all files; copies of one building are set aside."""
    seen: dict[str, list[FloatArray]] = {}
    names: list[list[str]] = []
    for file, table in zip(files, tables):
        points = np.diff(table.ring_start[table.face_start])
        boxes = _boxes(table.vertices, np.repeat(table.face_building, points), len(file.buildings))
        repeated = np.zeros(len(file.buildings), np.bool_)
        own = []
        for row, (identifier, _) in enumerate(file.buildings):
            known = seen.setdefault(identifier, [])
            repeated[row] = any(_same_box(boxes[row], box) for box in known)
            turn = f"#{len(known)}" if len(known) > 1 else ""
            own.append(f"{identifier}@{file.name}{turn}" if known else identifier)
            known.append(boxes[row])
        copies = repeated[table.face_building] & table.keep
        table.keep[copies] = False
        table.reason[copies] = "repeated_building"
        names.append(own)
        new = [row for row, (identifier, _) in enumerate(file.buildings) if own[row] != identifier]
        renamed = [file.buildings[row][0] for row in new if not repeated[row]]
        again = [file.buildings[row][0] for row in new if repeated[row]]
        for code, ids in (("model_repeated", again), ("ids_duplicated", renamed)):
            if ids:
                on_note(KIND, file.name, code, len(ids), ids)
    return names


def _boxes(vertices: FloatArray, owner: IntArray, count: int) -> FloatArray:
    """3D boxes of the points of each owner, (count, 6); NaN without point."""
    low = np.full((count, 3), np.inf)
    high = np.full((count, 3), -np.inf)
    np.minimum.at(low, owner, vertices)
    np.maximum.at(high, owner, vertices)
    box = np.hstack([low, high])
    box[~np.isfinite(box).all(axis=1)] = np.nan
    return box


def _same_box(first: FloatArray, second: FloatArray) -> bool:
    return bool(np.all(np.abs(first - second) <= SAME_SHAPE_M))


def _join(
    files: Sequence[FileFaces],
    tables: Sequence[_FileTable],
    names: Sequence[Sequence[str]],
    crs: str,
) -> ModelFaces:
    """Concatenate the kept faces of all files and list the others."""
    building_base = _starts([len(file.buildings) for file in files])
    object_base = _starts([len(file.objects) for file in files])
    vertices, ring_sizes, face_rings, frames, aside = [], [], [], [], []
    for k, (file, table) in enumerate(zip(files, tables)):
        rings = np.repeat(table.keep, np.diff(table.face_start))
        points = np.repeat(rings, np.diff(table.ring_start))
        vertices.append(table.vertices[points])
        ring_sizes.append(np.diff(table.ring_start)[rings])
        face_rings.append(np.diff(table.face_start)[table.keep])
        kept = table.keep
        frames.append(
            pd.DataFrame(
                {
                    "object": table.face_object[kept] + object_base[k],
                    "surface_number": np.asarray(file.face_number, np.int64)[kept],
                    "surface_kind": np.where(
                        np.asarray(file.face_typed, bool)[kept], ROOF, UNTYPED
                    ),
                    "lod": np.asarray(file.face_lod, np.float64)[kept],
                }
            )
        )
        aside.extend(_aside_rows(file, table, names[k]))
    objects = [
        (identifier, int(building_base[k]) + building, attributes)
        for k, file in enumerate(files)
        for identifier, building, attributes in file.objects
    ]
    buildings = [
        (names[k][row], file.name, attributes)
        for k, file in enumerate(files)
        for row, (_, attributes) in enumerate(file.buildings)
    ]
    xyz = np.ascontiguousarray(np.concatenate(vertices))
    ring_start = _starts(np.concatenate(ring_sizes))
    face_start = _starts(np.concatenate(face_rings))
    faces = pd.concat(frames, ignore_index=True)
    owner = np.repeat(faces["object"].to_numpy(np.int64), np.diff(ring_start[face_start]))
    object_table = pd.DataFrame(objects, columns=["model_object_id", "building", "attributes"])
    boxes = _boxes(xyz, owner, len(objects))
    object_table[["x_min", "y_min", "x_max", "y_max"]] = boxes[:, [0, 1, 3, 4]]
    return ModelFaces(
        crs,
        xyz,
        ring_start,
        face_start,
        faces,
        object_table,
        pd.DataFrame(buildings, columns=["model_building_id", "source_file", "attributes"]),
        set_aside_table(aside),
    )


def _aside_rows(
    file: FileFaces, table: _FileTable, names: Sequence[str]
) -> list[tuple[str, str, int, str, str, float, str]]:
    unread = {building for building, _, _, _ in file.set_aside}
    named = {identifier: names[row] for identifier, row in file.building_rows.items()}
    rows = [
        (named.get(building, building), identifier, number, file.name, reason, np.nan, "")
        for building, identifier, number, reason in file.set_aside
    ]
    with_face = np.bincount(table.face_building, minlength=len(file.buildings)) > 0
    for row in np.flatnonzero(~with_face):
        if file.buildings[row][0] not in unread:
            rows.append((names[row], names[row], -1, file.name, "no_roof_surface", np.nan, ""))
    for face in np.flatnonzero(~table.keep):
        identifier, building, _ = file.objects[table.face_object[face]]
        number, reason = file.face_number[face], str(table.reason[face])
        rows.append((names[building], identifier, number, file.name, reason, np.nan, ""))
    return rows


def set_aside_table(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """Table of surfaces set aside, columns of ``SET_ASIDE_COLUMNS``; area NaN when unknown."""
    frame = pd.DataFrame(rows, columns=list(SET_ASIDE_COLUMNS))
    text = [name for name in SET_ASIDE_COLUMNS if name not in ("surface_number", "area_sloped_m2")]
    kinds = {**dict.fromkeys(text, "string"), "surface_number": "int64"}
    return frame.astype({**kinds, "area_sloped_m2": "float64"})
