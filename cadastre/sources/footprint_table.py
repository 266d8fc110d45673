"""The table of footprints as a whole: units of heights, repeated ids, repeated shapes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

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


def unique_ids(whole: pd.DataFrame, notes: Notes, limits: Sources) -> pd.DataFrame:
    """Sort by id, then by shape; number repeated ids, exclude repeated shapes.

    A footprint that covers, and is covered by, one before it over ``twin_overlap_share`` is
    excluded; overlaps beyond ``noted_overlap_share`` of the smaller are told. Rows already
    decided take no part. The order does not depend on the order of rows or files, except among
    rows equal in every respect.
    """
    whole = _number(whole.iloc[_order(whole)].reset_index(drop=True), notes)
    whole = _exclude_twins(whole, notes, limits)
    return whole.sort_values("building_id", kind="stable").reset_index(drop=True)


def _order(whole: pd.DataFrame) -> NDArray[np.int64]:
    """Rows by id, those of one id by their shape: only these shapes are ever written out."""
    names = whole["building_id"].reset_index(drop=True)
    order = np.asarray(names.sort_values(kind="stable").index, np.int64)
    places = np.flatnonzero(names.duplicated(keep=False).to_numpy()[order])
    rows = order[places]
    shapes = shapely.normalize(whole["geometry"].to_numpy()[rows])
    keys = [key or "" for key in shapely.to_wkb(shapes, hex=True)]
    told = sorted(zip(names.iloc[rows], keys, rows.tolist(), strict=True))
    order[places] = [row for _, _, row in told]
    return order


def _number(whole: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Add #2, #3... to repeated ids, passing over those some row bears already."""
    names = whole["building_id"].to_numpy(dtype=object)
    repeated = whole["building_id"].duplicated().to_numpy()
    if not repeated.any():
        return whole
    taken = set(names)
    following: dict[str, int] = {}
    for row in np.flatnonzero(repeated):
        base = names[row]
        number = following.get(base, 2)
        while f"{base}#{number}" in taken:
            number += 1
        following[base] = number + 1
        names[row] = f"{base}#{number}"
        taken.add(names[row])
    whole["building_id"] = pd.Series(names, index=whole.index, dtype="string")
    notes.add(
        KIND, whole["source_file"].iloc[0], "ids_duplicated", int(repeated.sum()),
        whole["building_id"][repeated],
    )  # fmt: skip
    return whole


def _exclude_twins(whole: pd.DataFrame, notes: Notes, limits: Sources) -> pd.DataFrame:
    first, second, share_first, share_second = _overlaps(whole, limits.noted_overlap_share)
    same = np.minimum(share_first, share_second) > limits.twin_overlap_share
    twin = np.zeros(len(whole), dtype=bool)
    for one, other in zip(first[same].tolist(), second[same].tolist(), strict=True):
        if not twin[one]:  # sorted by the second: the first is decided already
            twin[other] = True
    file = str(whole["source_file"].iloc[0])
    if twin.any():
        whole.loc[twin, "status"] = "excluded"
        whole.loc[twin, "status_reason"] = "duplicate_geometry"
        notes.add(KIND, file, "geometry_duplicated", int(twin.sum()), whole["building_id"][twin])
    partly = np.unique(second[~same & ~twin[first] & ~twin[second]])
    if len(partly):
        notes.add(KIND, file, "geometry_overlapping", len(partly),
                  whole["building_id"].iloc[partly])  # fmt: skip
    return whole


def _overlaps(
    whole: pd.DataFrame, least: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Pairs of undecided rows that share more than ``least`` of the smaller, and both shares.

    Sorted by the later row of the pair, then the earlier.
    """
    shapes = whole["geometry"].to_numpy()
    rows = np.flatnonzero(whole["status"].isna().to_numpy() & ~shapely.is_missing(shapes))
    shapes = shapes[rows]
    first, second = shapely.STRtree(shapes).query(shapes)
    once = first < second
    first, second = first[once], second[once]
    boxes, areas = shapely.bounds(shapes), shapely.area(shapes)
    smaller = np.minimum(areas[first], areas[second])
    low = np.maximum(boxes[first, :2], boxes[second, :2])
    high = np.minimum(boxes[first, 2:], boxes[second, 2:])
    near = (high - low).clip(0.0).prod(axis=1) > least * smaller  # holds whatever they share
    first, second, smaller = first[near], second[near], smaller[near]
    common = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    much = common > least * smaller
    first, second, common = first[much], second[much], common[much]
    order = np.lexsort((first, second))
    first, second, common = first[order], second[order], common[order]
    return rows[first], rows[second], common / areas[first], common / areas[second]
