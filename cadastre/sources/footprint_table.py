"""The table of footprints as a whole: units of heights, repeated ids, repeated shapes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from cadastre.parameters.sources import Sources
from cadastre.sources.notes import Notes

KIND = "batiments"


def rescale_heights(whole: pd.DataFrame, notes: Notes, limits: Sources) -> pd.DataFrame:
    """Bring heights written in centimetres or millimetres to metres; drop absurd ones."""
    for file, rows in whole.groupby("source_file", sort=True).groups.items():
        heights = whole.loc[rows, "building_height"]
        middle = heights.median()
        for unit, factor in (("cm", 100.0), ("mm", 1000.0)):
            plausible = 1.0 <= middle / factor <= limits.max_median_height_m
            if middle > limits.max_median_height_m * 2.5 and plausible:
                heights = heights / factor
                notes.add(KIND, str(file), "heights_rescaled", int(heights.count()), unit=unit)
                break
        absurd = heights > limits.max_height_m
        if absurd.any():
            names = whole.loc[rows, "building_id"][absurd]
            notes.add(KIND, str(file), "heights_absurd", int(absurd.sum()), names)
        whole.loc[rows, "building_height"] = heights.mask(absurd)
    return whole


def unique_ids(whole: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Sort by id, then by shape; number repeated ids, exclude repeated shapes.

    The order does not depend on the order of rows or files, except among rows equal in every
    respect.
    """
    shape_key = shapely.to_wkb(shapely.normalize(whole["geometry"].to_numpy()), hex=True)
    shape_key = pd.Series(shape_key, index=whole.index).fillna("")
    order = np.lexsort((shape_key.to_numpy(str), whole["building_id"].to_numpy(str)))
    return _number(whole.iloc[order].reset_index(drop=True), shape_key.iloc[order], notes)


def _number(whole: pd.DataFrame, shape_key: pd.Series, notes: Notes) -> pd.DataFrame:
    shape_key = shape_key.reset_index(drop=True)
    rank = whole.groupby("building_id", sort=False).cumcount()
    repeated = (rank > 0).to_numpy()
    names = whole["building_id"]
    if repeated.any():
        suffixed = names + "#" + (rank + 1).astype("string")
        whole["building_id"] = names.mask(repeated, suffixed)
        notes.add(
            KIND, whole["source_file"].iloc[0], "ids_duplicated", int(repeated.sum()),
            whole["building_id"][repeated],
        )  # fmt: skip
    twin = (shape_key.duplicated() & (shape_key != "")).to_numpy() & whole[
        "status"
    ].isna().to_numpy()
    if twin.any():
        whole.loc[twin, "status"] = "excluded"
        whole.loc[twin, "status_reason"] = "duplicate_geometry"
        notes.add(
            KIND, whole["source_file"].iloc[0], "geometry_duplicated", int(twin.sum()),
            whole["building_id"][twin],
        )  # fmt: skip
    return whole.sort_values("building_id", kind="stable").reset_index(drop=True)
