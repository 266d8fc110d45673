"""Communes, inter-communal bodies and statistical districts, whatever the edition calls them."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre.errors import InputError
from cadastre.sources.attributes import text_column
from cadastre.sources.crs import bring_to_crs, territory_crs
from cadastre.sources.notes import Notes
from cadastre.sources.polygons import polygons_from
from cadastre.sources.vector import VectorRequest, read_layer, split_layer

KIND = "communes"
LAYERS = ("commune", "communes", "commune_carto", "chflieu_commune")

# Folded foreign names: files of territories, Admin Express (shapefile, then WFS), OpenStreetMap.
VARIABLE_MAP: dict[str, tuple[str, ...]] = {
    "commune_code": (
        "commune_code", "code_insee", "insee_com", "insee", "code_commune", "codgeo", "code",
        "ref_insee", "depcom",
    ),
    "commune_name": (
        "commune_name", "nom_officiel", "nom", "nom_com", "nom_commune", "libgeo", "name",
        "libelle",
    ),
    "epci_code": (
        "epci_code", "siren_epci", "epci_siren", "codes_siren_des_epci", "code_epci",
        "code_siren_epci", "siren_epc",
    ),
    "epci_name": ("epci_name", "nom_epci", "epci_nom", "libepci", "epci"),
}  # fmt: skip
EPCI_MAP: dict[str, tuple[str, ...]] = {
    "epci_code": ("epci_code", "code_siren", "siren_epci", "codes_siren", "code_epci", "siren"),
    "epci_name": ("epci_name", "nom_officiel", "nom", "nom_epci", "raison_sociale"),
}
IRIS_MAP: dict[str, tuple[str, ...]] = {
    "iris_code": ("iris_code", "code_iris", "dcomiris", "iris", "cleabs_iris"),
    "iris_name": ("iris_name", "nom_iris", "lab_iris", "libiris"),
}
PARCEL_MAP: dict[str, tuple[str, ...]] = {
    "parcel_id": ("parcel_id", "idu", "id", "geo_parcelle", "parcelle_id"),
}
_MIN_AREA_M2 = 1.0


def read_communes(paths: Sequence[str], crs: str, notes: Notes) -> gpd.GeoDataFrame:
    """Read commune outlines.

    Returns
    -------
    GeoDataFrame
        One row per commune, sorted by commune_code: commune_code (5 characters, leading zero
        kept), commune_name, epci_code, epci_name (NA where the source does not tell), geometry in
        ``crs``. Parts of one commune found in several rows are joined.

    Raises
    ------
    InputError
        No code column, no polygon, unreadable.
    """
    frame = _read(paths, crs, notes, KIND, VARIABLE_MAP, LAYERS, "commune_code")
    frame["commune_code"] = frame["commune_code"].str.zfill(5)
    frame["commune_name"] = frame["commune_name"].fillna(frame["commune_code"])
    # Admin Express lists several bodies where there are two floors of them: the first counts
    frame["epci_code"] = frame["epci_code"].str.extract(r"(\d{9})", expand=False)
    return frame


def read_epci(paths: Sequence[str], crs: str, notes: Notes) -> gpd.GeoDataFrame:
    """Read inter-communal bodies: epci_code (SIREN), epci_name, geometry, sorted by code."""
    return _read(paths, crs, notes, "epci", EPCI_MAP, ("epci",), "epci_code")


def with_epci_names(communes: gpd.GeoDataFrame, epci: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Complete ``epci_name`` of communes from the table of bodies, by code."""
    names = epci.drop_duplicates("epci_code").set_index("epci_code")["epci_name"]
    told = communes["epci_code"].map(names).astype("string")
    return communes.assign(epci_name=told.fillna(communes["epci_name"]))


def read_iris(paths: Sequence[str], crs: str, notes: Notes) -> gpd.GeoDataFrame:
    """Read statistical districts: iris_code (9 characters), iris_name, geometry, by code."""
    return _read(paths, crs, notes, "iris", IRIS_MAP, ("iris", "iris_ge", "contours_iris"),
                 "iris_code")  # fmt: skip


def read_parcels(paths: Sequence[str], crs: str, notes: Notes) -> gpd.GeoDataFrame:
    """Read cadastral parcels: parcel_id (14 characters), geometry, sorted by id."""
    return _read(paths, crs, notes, "parcelles", PARCEL_MAP, ("parcelle", "parcelles"),
                 "parcel_id")  # fmt: skip


def _read(
    paths: Sequence[str],
    crs: str,
    notes: Notes,
    kind: str,
    names: dict[str, tuple[str, ...]],
    layers: tuple[str, ...],
    key: str,
) -> gpd.GeoDataFrame:
    territory_crs(crs)
    if not paths:
        raise InputError("input_empty", kind=kind, file="")
    wanted = tuple(sorted({name for group in names.values() for name in group}))
    parts = []
    for path in sorted(map(str, paths)):
        file = split_layer(path)[0].name
        raw = read_layer(path, VectorRequest(kind, wanted, layers), notes).reset_index(drop=True)
        if text_column(raw, names[key]).isna().all():
            every = read_layer(path, VectorRequest(kind, None, layers), notes).columns
            known = tuple(name for name in names[key] if name != key)
            raise InputError(
                "column_missing", kind=kind, file=file, column=known[0],
                columns=sorted(set(every) - {"geometry"}) or ["aucune"], known=known,
            )  # fmt: skip
        raw = bring_to_crs(raw, crs, kind, file, notes)
        parts.append(_table(raw, crs, notes, kind, file, names, key))
        notes.add(kind, file, "rows_read", len(raw))
    whole = pd.concat(parts, ignore_index=True)
    frame = gpd.GeoDataFrame(whole, geometry="geometry", crs=crs)
    if frame[key].duplicated().any():
        frame = frame.dissolve(by=key, aggfunc="first", as_index=False)
    return frame.sort_values(key, kind="stable").reset_index(drop=True)


def _table(
    raw: gpd.GeoDataFrame,
    crs: str,
    notes: Notes,
    kind: str,
    file: str,
    names: dict[str, tuple[str, ...]],
    key: str,
) -> gpd.GeoDataFrame:
    table = pd.DataFrame({ours: text_column(raw, foreign) for ours, foreign in names.items()})
    shapes = polygons_from(raw.geometry.to_numpy(), _MIN_AREA_M2, -np.inf)
    codes = table[key].fillna("?").to_numpy()
    for rows, code in (
        (shapes.repaired, "geometry_repaired"),
        (shapes.empty, "geometry_empty"),
        (shapes.invalid, "geometry_invalid"),
    ):
        if rows.any():
            notes.add(kind, file, code, int(rows.sum()), codes[rows])
    good = ~(shapes.empty | shapes.invalid) & table[key].notna().to_numpy()
    nameless = table[key].isna().to_numpy()
    if nameless.any():
        notes.add(kind, file, "rows_incomplete", int(nameless.sum()), column=key)
    if not good.any():
        raise InputError("footprints_no_polygon", kind=kind, file=file, rows=len(raw))
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes.geometry, crs=crs), crs=crs)
    return frame[good]
