"""Ground that is no roof: car parks (BD TOPO, OpenStreetMap) and brownfields (Cartofriches).

Nothing is computed on them; they are read, placed in their commune and on their parcels, and
published, because panels over a car park or on a brownfield compete with those on roofs.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.errors import InputError
from cadastre.parameters.sources import Sources
from cadastre.sources.attributes import number_column, text_column
from cadastre.sources.crs import bring_to_crs, territory_crs
from cadastre.sources.notes import Notes
from cadastre.sources.polygons import polygons_from
from cadastre.sources.vector import VectorRequest, first_present, fold, read_layer, split_layer

PARKINGS, BROWNFIELDS = "parkings", "friches"
LAYERS = {
    PARKINGS: ("equipement_de_transport", "parkings", "parking"),
    BROWNFIELDS: ("geofriches", "friches", "cartofriches"),
}
SITE_KIND = {PARKINGS: "car_park", BROWNFIELDS: "brownfield"}
# BD TOPO v3 and OpenStreetMap; standard "friches" of the CNIG, version 1.0.1.
VARIABLE_MAP: dict[str, tuple[str, ...]] = {
    "site_id": ("site_id", "cleabs", "osm_id", "id", "full_id"),
    "site_name": ("site_nom", "toponyme", "name", "nom"),
    "site_status": ("site_statut",),
    "commune_code": ("comm_insee", "code_insee", "insee_com"),
    "parcel_ids": ("unite_fonciere_refcad",),
    "area": ("unite_fonciere_surface", "site_surface"),
}
_NATURE = ("nature", "amenity")
_PARKING = "parking"
_POINT = 0
_MIN_AREA_M2 = 1.0


def read_sites(paths: Sequence[str], kind: str, crs: str, notes: Notes) -> gpd.GeoDataFrame:
    """Read car parks (``kind`` ``parkings``) or brownfields (``friches``).

    Returns
    -------
    GeoDataFrame
        Sorted by ``site_id`` (unique): site_kind, site_name, site_status, commune_code (as told,
        NA), parcel_ids (``|``-separated, NA), site_area_m2 (of the polygon, else as told),
        geometry (polygon, or point where nothing else is known) in ``crs``. Rows of another
        nature, without place, and repeated identifiers are left out with a note.

    Raises
    ------
    InputError
        ``input_empty``, ``column_missing``, those of ``read_layer``.
    """
    territory_crs(crs)
    if not paths:
        raise InputError("input_empty", kind=kind, file="")
    whole = pd.concat(
        [_read_one(path, kind, crs, notes) for path in sorted(map(str, paths))], ignore_index=True
    )
    frame = gpd.GeoDataFrame(whole, geometry="geometry", crs=crs)
    frame = frame.sort_values("site_id", kind="stable").reset_index(drop=True)
    repeated = frame["site_id"].duplicated().to_numpy()
    if repeated.any():
        notes.add(kind, split_layer(str(paths[0]))[0].name, "sites_repeated",
                  int(repeated.sum()), frame["site_id"][repeated])  # fmt: skip
    return frame[~repeated].reset_index(drop=True)


def _read_one(path: str, kind: str, crs: str, notes: Notes) -> gpd.GeoDataFrame:
    file = split_layer(path)[0].name
    raw = read_layer(path, VectorRequest(kind, None, LAYERS[kind]), notes).reset_index(drop=True)
    notes.add(kind, file, "rows_read", len(raw))
    if first_present(raw, VARIABLE_MAP["site_id"]) is None and len(raw):
        raise InputError(
            "column_missing", kind=kind, file=file, column=VARIABLE_MAP["site_id"][0],
            columns=sorted(set(raw.columns) - {"geometry"}) or ["aucune"],
            known=VARIABLE_MAP["site_id"][1:],
        )  # fmt: skip
    if len(raw):
        raw = bring_to_crs(raw, crs, kind, file, notes)
    shapes = raw.geometry.to_numpy()
    polygons = polygons_from(shapes, _MIN_AREA_M2, -np.inf)
    points = np.asarray(shapely.get_type_id(shapes) == _POINT) & ~shapely.is_empty(shapes)
    place = np.where(points, shapely.force_2d(shapes), polygons.geometry)
    identifier = text_column(raw, VARIABLE_MAP["site_id"])
    other = _other_nature(raw, kind)
    lost = ~other & (shapely.is_missing(place) | identifier.isna().to_numpy())
    for rows, code in (
        (other, "sites_other_nature"),
        (lost, "geometry_empty"),
        (polygons.repaired & ~other, "geometry_repaired"),
    ):
        if rows.any():
            notes.add(kind, file, code, int(rows.sum()), identifier[rows].fillna("?"))
    area = shapely.area(place)
    told = number_column(raw, VARIABLE_MAP["area"]).to_numpy()
    table = {
        name: text_column(raw, VARIABLE_MAP[name])
        for name in ("site_id", "site_name", "site_status", "commune_code", "parcel_ids")
    }
    frame = gpd.GeoDataFrame(
        table | {
            "site_kind": pd.Series(SITE_KIND[kind], index=raw.index, dtype="string"),
            "site_area_m2": np.where(area > 0.0, area, told),
        },
        geometry=gpd.GeoSeries(place, index=raw.index, crs=crs),
        crs=crs,
    )  # fmt: skip
    return frame[~other & ~lost]


def _other_nature(raw: pd.DataFrame, kind: str) -> NDArray[np.bool_]:
    """Tell the rows of a layer of transport equipment that are no car park."""
    if kind != PARKINGS:
        return np.zeros(len(raw), dtype=bool)
    nature = text_column(raw, _NATURE).map(fold, na_action="ignore").astype("string")
    other = nature.notna() & ~nature.str.contains(_PARKING).fillna(False)
    return other.to_numpy(dtype=bool)


def join_sites(
    sites: gpd.GeoDataFrame,
    communes: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None,
    limits: Sources | None = None,
) -> gpd.GeoDataFrame:
    """Place sites in their commune and on their parcels.

    ``commune_code`` is the commune under the representative point, else what the source told.
    ``parcel_ids``, where the source told none: the parcel under that point and those covered for
    ``min_site_parcel_share`` or more, sorted, ``|``-separated.
    """
    limits = limits or Sources()
    out = sites.copy()
    shapes = out.geometry.to_numpy()
    points = shapely.point_on_surface(shapes)
    if len(communes) and len(out):
        ordered = communes.sort_values("commune_code", kind="stable")
        tree = shapely.STRtree(ordered.geometry.to_numpy())
        row, which = tree.query(points, predicate="intersects")
        codes = ordered["commune_code"].to_numpy(dtype=object)[which]
        found = pd.Series(codes, index=row).groupby(level=0).min()
        code = found.reindex(range(len(out))).set_axis(out.index).astype("string")
        out["commune_code"] = code.fillna(out["commune_code"])
    if parcels is not None and len(parcels) and len(out):
        told = _parcels_under(shapes, points, parcels, limits.min_site_parcel_share)
        out["parcel_ids"] = out["parcel_ids"].fillna(told.set_axis(out.index))
    return out


def _parcels_under(
    shapes: NDArray[np.object_],
    points: NDArray[np.object_],
    parcels: gpd.GeoDataFrame,
    share: float,
) -> pd.Series:
    land = parcels.geometry.to_numpy()
    row, which = shapely.STRtree(land).query(shapes, predicate="intersects")
    covered = shapely.area(shapely.intersection(shapes[row], land[which]))
    kept = covered >= share * np.maximum(shapely.area(land[which]), 1e-9)
    kept |= shapely.intersects(points[row], land[which])
    names = parcels["parcel_id"].to_numpy(dtype=object)[which[kept]]
    pairs = pd.DataFrame({"row": row[kept], "name": names}).sort_values(["row", "name"])
    joined = pairs.groupby("row")["name"].agg("|".join)
    return joined.reindex(range(len(shapes))).astype("string")
