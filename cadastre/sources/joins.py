"""What the map knows of each building: commune, district, parcel, address, RNB, BDNB, heritage.

Every join takes the table of buildings and gives it back with columns added: same rows, same
order, same index. A building counts where its representative point lies; ties go to the smallest
code, so that results depend on no order. Rows without geometry get NA.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.parameters.sources import Sources
from cadastre.sources.notes import Notes

_STRICT = ("ac1", "ac4", "ac2")
_MAX_NAMES = 3
OUTSIDE = "outside_territory"


def representative_points(buildings: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return a point inside each building, None where there is no geometry, shape (n,)."""
    return shapely.point_on_surface(buildings.geometry.to_numpy())


def _containing(
    points: NDArray[np.object_], polygons: NDArray[np.object_], reach: float = 0.0
) -> NDArray[np.int64]:
    """Index of the first polygon that holds each point (-1: none, or none within ``reach``)."""
    out = np.full(len(points), -1, dtype=np.int64)
    there = np.flatnonzero(~shapely.is_missing(points) & ~shapely.is_empty(points))
    if not len(there) or not len(polygons):
        return out
    tree = shapely.STRtree(points[there])
    which, row = tree.query(polygons, predicate="intersects")
    best = np.full(len(there), len(polygons), dtype=np.int64)
    np.minimum.at(best, row, which)
    out[there] = np.where(best < len(polygons), best, -1)
    lost = there[best == len(polygons)]
    if reach > 0.0 and len(lost):
        near = shapely.STRtree(polygons)
        row, which = near.query_nearest(points[lost], max_distance=reach, all_matches=True)
        best = np.full(len(lost), len(polygons), dtype=np.int64)
        np.minimum.at(best, row, which)
        out[lost] = np.where(best < len(polygons), best, -1)
    return out


def picked(values: pd.Series, index: NDArray[np.int64], rows: pd.Index) -> pd.Series:
    """``values`` at positions ``index``; NA at -1."""
    text = values.astype("string").to_numpy(dtype=object)
    found = np.full(len(index), pd.NA, dtype=object)
    found[index >= 0] = text[index[index >= 0]]
    return pd.Series(found, index=rows, dtype="string")


def join_communes(
    buildings: gpd.GeoDataFrame,
    communes: gpd.GeoDataFrame,
    notes: Notes | None = None,
    limits: Sources | None = None,
) -> gpd.GeoDataFrame:
    """Add commune_code, commune_name, epci_code, epci_name.

    A point outside every outline (a gap, the coast) takes the nearest commune within
    ``border_reach_m``, else the code its source gave (``commune_code`` of ``buildings``), else NA.
    """
    reach = (limits or Sources()).border_reach_m
    out = buildings.copy()
    communes = communes.sort_values("commune_code", kind="stable").reset_index(drop=True)
    where = _containing(representative_points(out), communes.geometry.to_numpy(), reach)
    code = picked(communes["commune_code"], where, out.index)
    if "commune_code" in out.columns:
        code = code.fillna(out["commune_code"].astype("string"))
    place = communes.set_index("commune_code")
    out["commune_code"] = code
    for name in ("commune_name", "epci_code", "epci_name"):
        out[name] = code.map(place[name]).astype("string")
    lost = (where < 0) & ~shapely.is_missing(out.geometry.to_numpy())
    if notes is not None and lost.any():
        notes.add("communes", "communes", "rows_unmatched", int(lost.sum()),
                  out["building_id"][lost], table="communes")  # fmt: skip
    return out


def restrict_to_communes(
    buildings: gpd.GeoDataFrame, codes: set[str], notes: Notes | None = None
) -> gpd.GeoDataFrame:
    """Exclude the buildings that stand in none of the communes, reason ``outside_territory``.

    They keep their row and go on casting shadows. Those without geometry stay as they are:
    nobody can tell where they stand. Names of communes and EPCI of the excluded are dropped.
    """
    out = buildings.copy()
    located = ~shapely.is_missing(out.geometry.to_numpy())
    away = located & ~out["commune_code"].isin(codes).to_numpy()
    out["status"] = out["status"].mask(away, "excluded")
    out["status_reason"] = out["status_reason"].mask(away, OUTSIDE)
    for name in ("commune_code", "commune_name", "epci_code", "epci_name"):
        if name in out.columns:
            out[name] = out[name].mask(away)
    if notes is not None and away.any():
        notes.add("batiments", "batiments", "territory_outside", int(away.sum()),
                  out["building_id"][away])  # fmt: skip
    return out


def outside_territory(buildings: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell the buildings that :func:`restrict_to_communes` excluded."""
    return buildings["status_reason"].eq(OUTSIDE).fillna(False).to_numpy(dtype=bool)


def join_iris(
    buildings: gpd.GeoDataFrame, iris: gpd.GeoDataFrame, limits: Sources | None = None
) -> gpd.GeoDataFrame:
    """Add iris_code, of the nearest district within ``border_reach_m`` outside all of them."""
    reach = (limits or Sources()).border_reach_m
    out = buildings.copy()
    iris = iris.sort_values("iris_code", kind="stable").reset_index(drop=True)
    where = _containing(representative_points(out), iris.geometry.to_numpy(), reach)
    out["iris_code"] = picked(iris["iris_code"], where, out.index)
    return out


def join_parcels(buildings: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add parcel_id, the parcel under the representative point."""
    out = buildings.copy()
    parcels = parcels.sort_values("parcel_id", kind="stable").reset_index(drop=True)
    where = _containing(representative_points(out), parcels.geometry.to_numpy())
    out["parcel_id"] = picked(parcels["parcel_id"], where, out.index)
    return out


def join_rnb(buildings: gpd.GeoDataFrame, rnb: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add or complete rnb_id: as the source says, else by linked id, else by point in outline.

    Where several RNB buildings answer, the lowest ``status_rank`` wins, then the smallest id.
    """
    out = buildings.copy()
    order = [name for name in ("status_rank", "rnb_id") if name in rnb.columns]
    rnb = rnb.sort_values(order, kind="stable").reset_index(drop=True)
    known = (
        out["rnb_id"].astype("string") if "rnb_id" in out.columns
        else pd.Series(pd.NA, index=out.index, dtype="string")
    )  # fmt: skip
    linked = rnb[["rnb_id", "linked_ids"]].dropna()
    if len(linked):
        pairs = linked.assign(linked_ids=linked["linked_ids"].str.split("|")).explode("linked_ids")
        pairs = pairs.drop_duplicates("linked_ids").set_index("linked_ids")["rnb_id"]
        known = known.fillna(out["building_id"].map(pairs).astype("string"))
    points = rnb.geometry.to_numpy()
    tree = shapely.STRtree(points)
    rest = np.flatnonzero(known.isna().to_numpy())
    row, which = tree.query(out.geometry.to_numpy()[rest], predicate="intersects")
    best = np.full(len(rest), len(points), dtype=np.int64)
    np.minimum.at(best, row, which)
    found = np.full(len(out), -1, dtype=np.int64)
    found[rest] = np.where(best < len(points), best, -1)
    out["rnb_id"] = known.fillna(picked(rnb["rnb_id"], found, out.index))
    return out


def join_descriptions(
    buildings: gpd.GeoDataFrame, others: gpd.GeoDataFrame, limits: Sources | None = None
) -> gpd.GeoDataFrame:
    """Complete attributes from another description of the same town (BDNB), by overlap.

    The other building that covers most of this one, at least ``min_overlap_share`` of its area,
    lends construction_year, electricity_kwh_per_year, dwelling_count, storey_count,
    building_height, roof_material and usage where they are unknown; ``described_by`` is its id.
    Consumption goes to the building that covers most of the other, never twice.
    """
    limits = limits or Sources()
    out = buildings.copy()
    others = others.sort_values("building_id", kind="stable").reset_index(drop=True)
    match, share = best_overlap(out.geometry.to_numpy(), others.geometry.to_numpy())
    match = np.where(share >= limits.min_overlap_share, match, -1)
    out["described_by"] = picked(others["building_id"], match, out.index)
    for name in ("construction_year", "dwelling_count", "storey_count", "building_height",
                 "electricity_kwh_per_year"):  # fmt: skip
        given = np.full(len(out), np.nan)
        given[match >= 0] = others[name].to_numpy(np.float64)[match[match >= 0]]
        if name in ("electricity_kwh_per_year", "dwelling_count"):
            given[~_largest_only(match, out["footprint_area_m2"].to_numpy())] = np.nan
        out[name] = out[name].fillna(pd.Series(given, index=out.index))
    out["roof_material"] = out["roof_material"].fillna(
        picked(others["roof_material"], match, out.index)
    )
    unknown = out["usage"].eq("unknown").to_numpy()
    borrowed = picked(others["usage"], match, out.index)
    fresh = unknown & borrowed.notna().to_numpy() & borrowed.ne("unknown").fillna(False).to_numpy()
    out["usage"] = out["usage"].mask(fresh, borrowed)
    reason = "described:" + picked(others["usage_reason"], match, out.index)
    out["usage_reason"] = out["usage_reason"].mask(fresh, reason)
    return out


def _largest_only(match: NDArray[np.int64], area: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell the largest building of each matched other (the first on a tie)."""
    order = np.lexsort((np.arange(len(match)), -area, match))
    first = np.concatenate([[True], np.diff(match[order]) != 0])
    out = np.zeros(len(match), dtype=bool)
    out[order[first]] = True
    return out & (match >= 0)


def best_overlap(
    shapes: NDArray[np.object_], others: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each shape the other that covers most of it (-1: none) and the covered share, 0-1."""
    match = np.full(len(shapes), -1, dtype=np.int64)
    share = np.zeros(len(shapes))
    if not len(shapes) or not len(others):
        return match, share
    tree = shapely.STRtree(others)
    row, which = tree.query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(shapes[row], others[which]))
    part = np.round(common / np.maximum(shapely.area(shapes[row]), 1e-9), 9)
    order = np.lexsort((which, -part, row))
    row, which, part = row[order], which[order], part[order]
    first = np.concatenate([[True], np.diff(row) != 0]) if len(row) else np.empty(0, bool)
    match[row[first]], share[row[first]] = which[first], part[first]
    return match, share


def join_protections(
    buildings: gpd.GeoDataFrame, protections: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Add heritage_flag, heritage_kind, heritage_name, unesco_flag, unesco_name.

    A building counts where its outline meets a perimeter. ``heritage_flag`` tells the easements
    AC1, AC2, AC4, which bind; ``unesco_flag`` the label, which informs. ``heritage_kind`` is the
    strictest met; names are joined by `` ; ``, three at most.
    """
    out = buildings.copy()
    shapes = out.geometry.to_numpy()
    binding = protections[protections["kind"] != "unesco"]
    rank = {kind: place for place, kind in enumerate(_STRICT)}
    binding = binding.assign(_rank=binding["kind"].map(rank)).sort_values(
        ["_rank", "name"], kind="stable", na_position="last"
    )
    rows, which = _meeting(shapes, binding.geometry.to_numpy())
    flag = np.zeros(len(out), dtype=bool)
    flag[rows] = True
    out["heritage_flag"] = pd.array(flag, dtype="boolean")
    kinds = binding["kind"].to_numpy(dtype=object)
    kind = np.full(len(out), pd.NA, dtype=object)
    kind[rows[::-1]] = kinds[which[::-1]]  # the first, strictest, is written last
    out["heritage_kind"] = pd.Series(kind, index=out.index, dtype="string")
    out["heritage_name"] = _names(rows, which, binding["name"], out.index)
    label = protections[protections["kind"] == "unesco"].sort_values(
        "name", kind="stable", na_position="last"
    )
    rows, which = _meeting(shapes, label.geometry.to_numpy())
    flag = np.zeros(len(out), dtype=bool)
    flag[rows] = True
    out["unesco_flag"] = pd.array(flag, dtype="boolean")
    out["unesco_name"] = _names(rows, which, label["name"], out.index)
    return out


def _meeting(
    shapes: NDArray[np.object_], perimeters: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (building, perimeter) that meet, sorted by building then perimeter."""
    there = np.flatnonzero(~shapely.is_missing(shapes))
    if not len(there) or not len(perimeters):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    which, row = shapely.STRtree(shapes[there]).query(perimeters, predicate="intersects")
    row = there[row]
    order = np.lexsort((which, row))
    return row[order], which[order]


def _names(
    rows: NDArray[np.int64], which: NDArray[np.int64], names: pd.Series, index: pd.Index
) -> pd.Series:
    pairs = pd.DataFrame({"row": rows, "name": names.to_numpy(dtype=object)[which]}).dropna()
    pairs = pairs.drop_duplicates()
    pairs = pairs[pairs.groupby("row").cumcount() < _MAX_NAMES]
    joined = pairs.groupby("row", sort=True)["name"].agg(" ; ".join)
    out = pd.Series(pd.NA, index=range(len(index)), dtype="string")
    out.loc[joined.index] = joined.astype("string")
    return out.set_axis(index)
