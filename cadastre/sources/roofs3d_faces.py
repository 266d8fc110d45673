"""What one file of a 3D model holds, gathered while it is read: flat lists of faces.

The readers of formats fill it; ``roofs3d_join`` closes several of them into ``ModelFaces``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cadastre.errors import InputError
from cadastre.sources.roofs3d_crs import Reference

FloatArray = NDArray[np.float64]


@dataclass
class FileFaces:
    """What one file holds, in its own coordinates; filled by a reader of a format.

    ``xyz`` chunks (n, 3), the points of the rings in the order the faces are added; ``ring_size``
    points of each ring, ``face_rings`` rings of each face; ``face_object``, ``face_number``,
    ``face_typed``, ``face_lod`` one entry a face, ``face_reason`` why a face cannot be used.
    ``objects``: (object id, building row, attributes), ``buildings``: (building id, attributes).
    ``set_aside``: (building id, object id, surface number or -1, reason).
    """

    path: Path
    reference: Reference | None = None
    xyz: list[FloatArray] = field(default_factory=list)
    ring_size: list[int] = field(default_factory=list)
    face_rings: list[int] = field(default_factory=list)
    face_object: list[int] = field(default_factory=list)
    face_number: list[int] = field(default_factory=list)
    face_typed: list[bool] = field(default_factory=list)
    face_lod: list[float] = field(default_factory=list)
    face_reason: dict[int, str] = field(default_factory=dict)
    objects: list[tuple[str, int, str]] = field(default_factory=list)
    buildings: list[tuple[str, str]] = field(default_factory=list)
    building_rows: dict[str, int] = field(default_factory=dict)
    set_aside: list[tuple[str, str, int, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the file without its folder."""
        return self.path.name

    def building(self, identifier: str, attributes: Mapping[str, Any]) -> int:
        """Return the row of a building, added on first sight."""
        row = self.building_rows.get(identifier)
        if row is None:
            row = self.building_rows[identifier] = len(self.buildings)
            self.buildings.append((identifier, as_json(attributes)))
        return row

    def object(self, identifier: str, building: int, attributes: Mapping[str, Any]) -> int:
        """Return the row of a new object (a building, a part or an installation)."""
        self.objects.append((identifier, building, as_json(attributes)))
        return len(self.objects) - 1

    def refuse(self, building_id: str, object_id: str, number: int, reason: str) -> None:
        """List a surface (or, with number -1, a whole object) that cannot be read."""
        self.set_aside.append((building_id, object_id, number, reason))

    def count(self, what: str, number: int = 1) -> None:
        """Count something a note will tell at the end."""
        self.counts[what] = self.counts.get(what, 0) + number

    def add_face(
        self, row: int, number: int, typed: bool, lod: float, ring_size: Sequence[int]
    ) -> None:
        """Take one face; its rings (open, three points at least) follow in ``xyz``, in order."""
        self.ring_size.extend(ring_size)
        self.face_rings.append(len(ring_size))
        self.face_object.append(row)
        self.face_number.append(number)
        self.face_typed.append(typed)
        self.face_lod.append(lod)

    def declare(self, reference: Reference) -> None:
        """Take the CRS the file states; two different ones in one file are refused.

        Raises
        ------
        InputError
            ``model_crs_mixed``.
        """
        if self.reference is not None and self.reference != reference:
            raise InputError(
                "model_crs_mixed", file=self.name, first=self.reference.crs, other=reference.crs
            )
        self.reference = reference


def as_json(attributes: Mapping[str, Any]) -> str:
    """Attributes as JSON text, in the order of the file."""
    return json.dumps(attributes, ensure_ascii=False, default=str) if attributes else "{}"
