"""Which address is whose: the main address of each building, and the others it has.

Same rules as ``joins``: the table of buildings comes back with columns added, same rows, same
order, same index.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.parameters.sources import Sources
from cadastre.sources.joins import picked


def join_addresses(
    buildings: gpd.GeoDataFrame, addresses: gpd.GeoDataFrame, limits: Sources | None = None
) -> gpd.GeoDataFrame:
    """Add address, address_id, address_link (``parcel``, ``nearest`` or NA), other_addresses.

    An address that names the building's parcel (``cad_parcelles``) comes first, the nearest of
    them; else the nearest address within ``address_reach_m`` of the outline. Every address
    belongs to one building besides (the nearest of those on its parcels, else the nearest within
    reach): those a building has beyond its own are its ``other_addresses``, ``|``-separated.
    """
    limits = limits or Sources()
    out = buildings.copy()
    addresses = addresses.sort_values("address_id", kind="stable").reset_index(drop=True)
    points = addresses.geometry.to_numpy()
    shapes = out.geometry.to_numpy()
    chosen = _by_parcel(out, addresses, shapes, points)
    link = np.where(chosen >= 0, "parcel", "nearest").astype(object)
    rest = np.flatnonzero((chosen < 0) & ~shapely.is_missing(shapes))
    chosen[rest] = _nearest(shapes[rest], points, limits.address_reach_m)
    link[chosen < 0] = pd.NA
    out["address"] = picked(addresses["address"], chosen, out.index)
    out["address_id"] = picked(addresses["address_id"], chosen, out.index)
    out["address_link"] = pd.Series(link, index=out.index, dtype="string")
    out["other_addresses"] = _others(out, addresses, shapes, chosen, limits.address_reach_m)
    return out


def _others(
    buildings: gpd.GeoDataFrame,
    addresses: gpd.GeoDataFrame,
    shapes: NDArray[np.object_],
    chosen: NDArray[np.int64],
    reach: float,
) -> pd.Series:
    """Addresses of each building beyond the chosen one, by id, ``|``-separated."""
    owner = _owners(buildings, addresses, shapes, reach)
    held = np.flatnonzero(owner >= 0)
    held = held[chosen[owner[held]] != held]
    pairs = pd.DataFrame({"row": owner[held], "text": addresses["address"].to_numpy()[held]})
    main = picked(addresses["address"], chosen, pd.RangeIndex(len(chosen)))
    pairs = pairs[pairs["text"].to_numpy() != main.to_numpy(dtype=object)[pairs["row"]]]
    joined = pairs.drop_duplicates().groupby("row")["text"].agg("|".join)
    return joined.reindex(range(len(chosen))).astype("string").set_axis(buildings.index)


def _owners(
    buildings: gpd.GeoDataFrame,
    addresses: gpd.GeoDataFrame,
    shapes: NDArray[np.object_],
    reach: float,
) -> NDArray[np.int64]:
    """Find the building of each address (-1: none), the first by row on a tie."""
    points = addresses.geometry.to_numpy()
    owner = np.full(len(points), -1, dtype=np.int64)
    pairs = _same_parcel(buildings, addresses)
    if len(pairs):
        gap = shapely.distance(shapes[pairs["row"]], points[pairs["address"]])
        order = np.lexsort((pairs["row"], np.round(gap, 3), pairs["address"]))
        first = pairs.iloc[order].drop_duplicates("address")
        owner[first["address"].to_numpy()] = first["row"].to_numpy()
    there = np.flatnonzero(~shapely.is_missing(shapes))
    rest = np.flatnonzero(owner < 0)
    if len(there) and len(rest):
        which, row = shapely.STRtree(shapes[there]).query_nearest(
            points[rest], max_distance=reach, all_matches=True
        )
        best = np.full(len(rest), len(shapes), dtype=np.int64)
        np.minimum.at(best, which, there[row])
        owner[rest] = np.where(best < len(shapes), best, -1)
    return owner


def _nearest(
    shapes: NDArray[np.object_], points: NDArray[np.object_], reach: float
) -> NDArray[np.int64]:
    """Index of the nearest point within reach of each shape, the first by name on a tie."""
    best = np.full(len(shapes), len(points), dtype=np.int64)
    if len(shapes) and len(points):
        tree = shapely.STRtree(points)
        row, which = tree.query_nearest(shapes, max_distance=reach, all_matches=True)
        np.minimum.at(best, row, which)
    return np.where(best < len(points), best, -1)


def _by_parcel(
    buildings: gpd.GeoDataFrame,
    addresses: gpd.GeoDataFrame,
    shapes: NDArray[np.object_],
    points: NDArray[np.object_],
) -> NDArray[np.int64]:
    chosen = np.full(len(buildings), -1, dtype=np.int64)
    pairs = _same_parcel(buildings, addresses)
    if pairs.empty:
        return chosen
    gap = shapely.distance(shapes[pairs["row"]], points[pairs["address"]])
    order = np.lexsort((pairs["address"], np.round(gap, 3), pairs["row"]))
    first = pairs.iloc[order].drop_duplicates("row")
    chosen[first["row"].to_numpy()] = first["address"].to_numpy()
    return chosen


def _same_parcel(buildings: gpd.GeoDataFrame, addresses: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pairs (``row`` of buildings, ``address`` row) that share a parcel."""
    if "parcel_id" not in buildings.columns or addresses["parcels"].isna().all():
        return pd.DataFrame({"parcel_id": [], "row": [], "address": []})
    told = addresses["parcels"].dropna().str.split("|").explode().str.strip()
    links = pd.DataFrame({"parcel_id": told.to_numpy(), "address": told.index.to_numpy()})
    wanted = pd.DataFrame(
        {"parcel_id": buildings["parcel_id"].to_numpy(), "row": np.arange(len(buildings))}
    ).dropna()
    return wanted.merge(links, on="parcel_id", how="inner")
