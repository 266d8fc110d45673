"""Addresses of the Base Adresse Nationale (23 columns and older editions), or any point layer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre.errors import InputError, first_line
from cadastre.sources.archives import TABLE_ERRORS
from cadastre.sources.attributes import text_column
from cadastre.sources.crs import bring_to_crs, territory_crs
from cadastre.sources.notes import Notes
from cadastre.sources.vector import VectorRequest, fold, read_layer, split_layer

KIND = "adresses"
VARIABLE_MAP: dict[str, tuple[str, ...]] = {
    "address_id": ("id", "address_id", "cle_interop", "id_ban_adresse"),
    "number": ("numero", "housenumber", "addr_housenumber"),
    "suffix": ("rep", "suffixe"),
    "street": ("nom_voie", "street", "addr_street", "voie_nom", "nom_ld"),
    "postcode": ("code_postal", "code_post", "postcode", "addr_postcode"),
    "commune_code": ("code_insee", "commune_insee", "citycode"),
    "city": ("nom_commune", "commune_nom", "city", "libelle_acheminement", "addr_city"),
    "parcels": ("cad_parcelles", "cadastre"),
}
_X, _Y = ("x", "x_l93", "x_lamb93"), ("y", "y_l93", "y_lamb93")
_LON, _LAT = ("lon", "long", "longitude"), ("lat", "latitude")
_TEXT = (".csv", ".txt", ".gz")


def read_addresses(paths: Sequence[str], crs: str, notes: Notes) -> gpd.GeoDataFrame:
    """Read addresses as points.

    Returns
    -------
    GeoDataFrame
        Sorted by address_id (unique): address_id, address (``12 bis Rue X, 62000 Y``), number,
        street, postcode, commune_code, city, parcels (``|``-separated 14-character parcel ids,
        NA when unknown), geometry (Point in ``crs``). Rows without coordinates are left out, and
        said.

    Raises
    ------
    InputError
        No coordinates, no street, unreadable.
    """
    territory_crs(crs)
    if not paths:
        raise InputError("input_empty", kind=KIND, file="")
    parts = [_read_one(str(path), crs, notes) for path in sorted(map(str, paths))]
    whole = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=crs)
    twin = whole["address_id"].duplicated()
    if twin.any():
        notes.add(KIND, split_layer(str(paths[0]))[0], "rows_repeated", int(twin.sum()),
                  whole["address_id"][twin])  # fmt: skip
        whole = whole[~twin]
    return whole.sort_values("address_id", kind="stable").reset_index(drop=True)


def _read_one(path: str, crs: str, notes: Notes) -> gpd.GeoDataFrame:
    file = split_layer(path)[0].name
    if split_layer(path)[0].suffix.lower() in _TEXT and ".json" not in file.lower():
        raw = _read_text(Path(path), notes)
    else:
        raw = read_layer(path, VectorRequest(KIND), notes).reset_index(drop=True)
        raw = raw.set_geometry(raw.geometry.representative_point())
    raw = bring_to_crs(raw, crs, KIND, file, notes)
    notes.add(KIND, file, "rows_read", len(raw))
    table = pd.DataFrame({ours: text_column(raw, names) for ours, names in VARIABLE_MAP.items()})
    if table["street"].isna().all():
        raise InputError(
            "column_missing", kind=KIND, file=file, column="nom_voie",
            columns=sorted(set(raw.columns) - {"geometry"}), known=VARIABLE_MAP["street"],
        )  # fmt: skip
    points = raw.geometry
    good = points.notna() & ~points.is_empty & points.is_valid
    good &= np.isfinite(points.x.fillna(np.nan)) & np.isfinite(points.y.fillna(np.nan))
    if not good.all():
        notes.add(KIND, file, "geometry_empty", int((~good).sum()),
                  table["address_id"].fillna("?")[~good])  # fmt: skip
    row = pd.Series(np.arange(1, len(raw) + 1), index=raw.index).astype("string")
    table["address_id"] = table["address_id"].fillna(file + "-" + row)
    table["address"] = _sentence(table)
    frame = gpd.GeoDataFrame(table, geometry=points, crs=crs)
    columns = ["address_id", "address", "number", "street", "postcode", "commune_code", "city",
               "parcels", "geometry"]  # fmt: skip
    return frame.loc[good, columns]


def _sentence(table: pd.DataFrame) -> pd.Series:
    number = table["number"].mask(table["number"].isin(["0", "99999"])).fillna("")
    start = (number + " " + table["suffix"].fillna("")).str.strip()
    street = (start + " " + table["street"].fillna("")).str.strip()
    town = (table["postcode"].fillna("") + " " + table["city"].fillna("")).str.strip()
    return (street + ", " + town).str.strip(", ").astype("string")


def _read_text(path: Path, notes: Notes) -> gpd.GeoDataFrame:
    """CSV with a header, separator and encoding found: longitude and latitude, else x and y."""
    if not path.exists():
        raise InputError("file_missing", kind=KIND, file=str(path))
    table = None
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            table = pd.read_csv(
                path, sep=_separator(path, encoding), dtype="string", encoding=encoding,
                keep_default_na=False, na_values=[""], on_bad_lines="error",
                index_col=False,
            )  # fmt: skip
        except UnicodeDecodeError:
            notes.add(KIND, path, "encoding_repaired", 1, encoding="cp1252")
            continue
        except TABLE_ERRORS as error:
            raise InputError(
                "vector_unreadable", kind=KIND, file=path.name,
                detail=first_line(error, "?"),
            ) from error  # fmt: skip
        break
    if table is None or table.empty:
        raise InputError("input_empty", kind=KIND, file=path.name)
    table = table.rename(columns={name: fold(name) for name in table.columns})
    return _points(table, path.name)


def _separator(path: Path, encoding: str) -> str:
    head = pd.read_csv(
        path, sep="\x01", header=None, nrows=1, dtype="string", encoding=encoding,
        quoting=3, engine="python",
    )  # fmt: skip
    line = str(head.iloc[0, 0])
    return max((";", ",", "\t", "|"), key=line.count)


def _points(table: pd.DataFrame, file: str) -> gpd.GeoDataFrame:
    lambert = _pair(table, _X, _Y)
    degrees = _pair(table, _LON, _LAT)
    if degrees is None and lambert is None:
        raise InputError(
            "column_missing", kind=KIND, file=file, column="lon, lat",
            columns=sorted(table.columns), known=(*_LON, *_LAT, *_X, *_Y),
        )  # fmt: skip
    if degrees is not None and degrees[0].notna().any():
        x, y, crs = degrees[0], degrees[1], "EPSG:4326"
    elif lambert is not None:
        x, y, crs = lambert[0], lambert[1], None
    else:
        raise InputError("footprints_no_polygon", kind=KIND, file=file, rows=len(table))
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y), crs=crs)


def _pair(
    table: pd.DataFrame, first: tuple[str, ...], second: tuple[str, ...]
) -> tuple[pd.Series, pd.Series] | None:
    found = [next((n for n in names if n in table.columns), None) for names in (first, second)]
    if None in found:
        return None
    x, y = (
        pd.to_numeric(table[n].str.replace(",", ".", regex=False), errors="coerce") for n in found
    )
    return x.astype("float64"), y.astype("float64")
