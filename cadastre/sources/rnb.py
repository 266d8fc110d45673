"""Identifiers of the national register of buildings (RNB), from its csv export or a layer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.errors import InputError, first_line
from cadastre.sources.archives import TABLE_ERRORS
from cadastre.sources.attributes import text_column
from cadastre.sources.crs import bring_to_crs, territory_crs
from cadastre.sources.notes import Notes
from cadastre.sources.vector import VectorRequest, fold, read_layer, split_layer

KIND = "rnb"
_UNUSED = ("addresses", "plots")
# Statuses of the RNB, standing buildings first; one of the rest, or none, ranks after "notusable".
_RANKS = {
    "constructed": 0, "ongoingchange": 1, "notusable": 2, "ongoingconstruction": 4,
    "constructionproject": 5,
}  # fmt: skip
_UNKNOWN_RANK = 3
_GONE = ("demolished", "canceledconstructionproject")


def read_rnb(paths: Sequence[str], crs: str, notes: Notes) -> gpd.GeoDataFrame:
    """Read RNB identifiers.

    The csv export has ``rnb_id;point;shape;status;ext_ids;...`` separated by semicolons, the point
    as EWKT in WGS 84, ``ext_ids`` a JSON list of links to other registers. Buildings demolished
    or never built are left out; of rows that bear one id the best placed stays. Both are said, as
    are rows without an id, and rows with neither point nor link.

    Returns
    -------
    GeoDataFrame
        rnb_id (unique, sorted), linked_ids (``|``-separated identifiers in other registers, NA
        when none), status_rank (0: standing; the higher, the less a roof is there), geometry
        (Point in ``crs``, None where only a link is given).

    Raises
    ------
    InputError
        No ``rnb_id`` column, unreadable.
    """
    territory_crs(crs)
    if not paths:
        raise InputError("input_empty", kind=KIND, file="")
    parts = []
    for path in sorted(map(str, paths)):
        file = split_layer(path)[0].name
        raw = _read_one(path, notes)
        if "rnb_id" not in raw.columns:
            raise InputError(
                "column_missing", kind=KIND, file=file, column="rnb_id",
                columns=sorted(set(raw.columns) - {"geometry"}), known=("rnb_id",),
            )  # fmt: skip
        raw = bring_to_crs(raw, crs, KIND, file, notes)
        notes.add(KIND, file, "rows_read", len(raw))
        table = pd.DataFrame(
            {
                "rnb_id": text_column(raw, ("rnb_id",)),
                "linked_ids": text_column(raw, ("ext_ids",)).map(_links).astype("string"),
                "status": text_column(raw, ("status",))
                .map(fold, na_action="ignore")
                .astype("string"),
            }
        )
        frame = gpd.GeoDataFrame(table, geometry=raw.geometry.representative_point(), crs=crs)
        parts.append(_usable(frame, file, notes))
    whole = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=crs)
    return _once(whole, split_layer(str(paths[0]))[0].name, notes)


def _usable(frame: gpd.GeoDataFrame, file: str, notes: Notes) -> gpd.GeoDataFrame:
    """Leave out, and say, rows without an id, without a place, and buildings that are no more."""
    named = frame["rnb_id"].notna()
    if not named.all():
        notes.add(KIND, file, "rows_incomplete", int((~named).sum()),
                  np.flatnonzero(~named) + 1, column="rnb_id")  # fmt: skip
    gone = named & frame["status"].isin(_GONE).astype(bool)
    if gone.any():
        notes.add(KIND, file, "rnb_gone", int(gone.sum()), frame["rnb_id"][gone])
    pointed = frame.geometry.notna() & ~frame.geometry.is_empty
    lost = named & ~gone & ~pointed & frame["linked_ids"].isna()
    if lost.any():
        notes.add(KIND, file, "rnb_unplaced", int(lost.sum()), frame["rnb_id"][lost])
    ranks = frame["status"].map(_RANKS).fillna(_UNKNOWN_RANK).astype("int64")
    kept = frame.assign(status_rank=ranks)[named & ~gone & ~lost]
    return kept[["rnb_id", "linked_ids", "status_rank", "geometry"]]


def _once(whole: gpd.GeoDataFrame, file: str, notes: Notes) -> gpd.GeoDataFrame:
    """One row per id: the best status, then a point, then the place, then the links."""
    points = whole.geometry.to_numpy()
    keys = whole[["rnb_id", "status_rank", "linked_ids"]].assign(
        x=shapely.get_x(points), y=shapely.get_y(points)
    )
    order = keys.sort_values(
        ["rnb_id", "status_rank", "x", "y", "linked_ids"], kind="stable"
    ).index
    whole = whole.loc[order].reset_index(drop=True)
    twin = whole["rnb_id"].duplicated()
    if twin.any():
        notes.add(KIND, file, "rows_repeated", int(twin.sum()), whole["rnb_id"][twin])
    return whole[~twin].reset_index(drop=True)


def _links(text: object) -> object:
    try:
        links = json.loads(str(text))
    except ValueError:
        return pd.NA
    if not isinstance(links, list):
        return pd.NA
    ids = sorted({str(link["id"]) for link in links if isinstance(link, dict) and link.get("id")})
    return "|".join(ids) if ids else pd.NA


def _read_one(path: str, notes: Notes) -> gpd.GeoDataFrame:
    place = split_layer(path)[0]
    if ".csv" not in place.name.lower():
        return read_layer(path, VectorRequest(KIND), notes).reset_index(drop=True)
    if not place.exists():
        raise InputError("file_missing", kind=KIND, file=path)
    try:
        header = pd.read_csv(Path(place), sep=";", nrows=0, encoding="utf-8-sig").columns
        pointed = any(fold(name) == "point" for name in header)
        left = {"shape"} if pointed else set()  # outlines weigh ten times the rest
        table = pd.read_csv(
            Path(place), sep=";", dtype="string", encoding="utf-8-sig",
            usecols=[name for name in header if fold(name) not in left | set(_UNUSED)],
            index_col=False,
        )  # fmt: skip
        table = table.rename(columns={name: fold(name) for name in table.columns})
        source = next((n for n in ("point", "shape") if n in table.columns), None)
        if source is None:
            raise InputError(
                "column_missing", kind=KIND, file=place.name, column="point",
                columns=sorted(table.columns), known=("point", "shape"),
            )  # fmt: skip
        wkt = table[source].str.replace(r"^SRID=\d+;", "", regex=True)
        points = shapely.from_wkt(wkt.to_numpy(dtype=object, na_value=None))
    except (*TABLE_ERRORS, shapely.errors.ShapelyError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            "vector_unreadable", kind=KIND, file=place.name,
            detail=first_line(error, "?"),
        ) from error  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")
