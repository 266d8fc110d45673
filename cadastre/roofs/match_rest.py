"""What of a 3D model became part of no plane: nothing is dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.exchange import ModelFaces
from cadastre.parameters.model3d import Model3D
from cadastre.roofs.faces import Pieces, RoofFaces, set_aside_rows
from cadastre.roofs.match_assign import Assignment

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]


@dataclass(frozen=True)
class RestOfModel:
    """Accounts of roof surfaces: sloped areas, m²; below ``min_face_area_m2`` nothing is listed.

    ``ids`` are the identifiers of the footprints.
    """

    model: ModelFaces
    faces: RoofFaces
    ids: ObjectArray
    parameters: Model3D

    def without_footprint(self, given: Assignment, pieces: Pieces) -> pd.DataFrame:
        """Faces of objects that stand on no footprint, and what reaches too far beyond one."""
        count = len(self.faces.row)
        plan = shapely.area(self.faces.outline)
        taken = np.bincount(pieces.face, shapely.area(pieces.outline), count)
        rest = np.where(given.linked, plan - taken, plan) / self.faces.normal[:, 2]
        listed = (rest >= self.parameters.min_face_area_m2) & (given.complete | ~given.linked)
        rows = np.flatnonzero(listed)
        reason = np.where(given.linked[rows], "outside_footprint", "no_footprint").astype(object)
        return self._table(rows, reason, rest[rows], np.full(len(rows), "", dtype=object))

    def covered(self, pieces: Pieces, seen: Pieces) -> pd.DataFrame:
        """Parts of faces under another roof of the same building, or on a neighbour's ground."""
        before = self._by_face(pieces, pieces.area_sloped)
        after = self._by_face(seen, seen.area_sloped)
        hidden = before.sub(after, fill_value=0.0)
        return self._from_series(hidden, "covered")

    def refused(self, seen: Pieces, plane_of_piece: IntArray, fate: ObjectArray) -> pd.DataFrame:
        """Pieces whose plane is not published."""
        why = fate[plane_of_piece]
        tables = [
            self._from_series(
                self._by_face(seen, np.where(why == reason, seen.area_sloped, 0.0)), reason
            )
            for reason in ("low_coverage", "too_small")
        ]
        return pd.concat(tables, ignore_index=True)

    def _by_face(self, pieces: Pieces, area: FloatArray) -> pd.Series:
        keys = [pd.Series(pieces.face, name="face"), pd.Series(pieces.group, name="building")]
        return pd.Series(area).groupby(keys).sum()

    def _from_series(self, area: pd.Series, reason: str) -> pd.DataFrame:
        area = area[area >= self.parameters.min_face_area_m2].sort_index()
        face = area.index.get_level_values("face").to_numpy(np.int64)
        building = area.index.get_level_values("building").to_numpy(np.int64)
        why = np.full(len(area), reason, dtype=object)
        return self._table(face, why, area.to_numpy(), self.ids[building])

    def _table(
        self, face: IntArray, reason: ObjectArray, area: FloatArray, ids: ObjectArray
    ) -> pd.DataFrame:
        table = set_aside_rows(self.model, self.faces.row[face], reason, area)
        table["building_id"] = pd.array(ids, dtype="string")
        return table
