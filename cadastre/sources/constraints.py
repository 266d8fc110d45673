"""Protected areas: public easements AC1, AC2, AC4 and UNESCO perimeters, with their names.

AC1 surroundings of a historic monument, AC2 listed or registered site, AC4 remarkable heritage
site (art. L111-17 of the planning code); ``unesco`` is a label, not by itself an easement.
"""

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
from cadastre.sources.vector import VectorRequest, fold, read_layer, split_layer

KIND = "protections"
LAYERS = ("assiette_sup_s", "protections", "perimetres")
_CODE_NAMES = ("suptype", "type_sup")
_KIND_NAMES = ("categorie", "kind", "typeass", "protection")
_CODE = r"(?i)[a-z]{1,3}\d{1,2}(?:[ _-]?[a-z])?"  # AC1, PM1, EL7, INT1, PT2...: any easement
_MAX_SAID = 8
_NAME_NAMES = (
    "nomsuplitt", "nom_sup", "nomsup", "nom", "nom_cite", "toponyme", "name", "nomass", "titre",
    "appellatio", "denomination",
)  # fmt: skip
_WORDS = (
    ("ac1", ("ac1", "monument_historique", "abords", "500m", "pda")),
    ("ac2", ("ac2", "site_inscrit", "site_classe", "sites_inscrits", "sites_classes")),
    ("ac4", ("ac4", "spr", "zppaup", "avap", "remarquable", "secteur_sauvegarde", "psmv")),
    ("unesco", ("unesco", "patrimoine_mondial", "bien_inscrit", "zone_tampon", "cite",
                "bassin_minier")),
)  # fmt: skip


def read_protections(paths: Sequence[str], crs: str, notes: Notes) -> gpd.GeoDataFrame:
    """Read protected perimeters.

    The kind comes from a column (``suptype``...), else from the layer or file name. Rows that
    state another kind (``pm1``, a risk) protect no heritage: left out, and said. Only where
    nothing is stated is one assumed: ``unesco`` where the file carries UNESCO numbers, else
    ``ac1``, the strictest.

    Returns
    -------
    GeoDataFrame
        kind (``ac1``, ``ac2``, ``ac4``, ``unesco``), name (NA when unknown), source_file,
        geometry (polygons in ``crs``), sorted by kind, name, then shape.

    Raises
    ------
    InputError
        Unreadable, or no polygon.
    """
    territory_crs(crs)
    if not paths:
        raise InputError("input_empty", kind=KIND, file="")
    parts = [_read_one(str(path), crs, notes) for path in sorted(map(str, paths))]
    whole = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=crs)
    whole["_x"] = whole.geometry.bounds["minx"]
    whole["_y"] = whole.geometry.bounds["miny"]
    whole = whole.sort_values(["kind", "name", "_x", "_y"], kind="stable", na_position="last")
    return whole.drop(columns=["_x", "_y"]).reset_index(drop=True)


def _read_one(path: str, crs: str, notes: Notes) -> gpd.GeoDataFrame:
    place, layer = split_layer(path)
    raw = read_layer(path, VectorRequest(KIND, None, LAYERS), notes).reset_index(drop=True)
    raw = bring_to_crs(raw, crs, KIND, place.name, notes)
    notes.add(KIND, place.name, "rows_read", len(raw))
    shapes = polygons_from(raw.geometry.to_numpy(), 1.0, -np.inf)
    for rows, code in (
        (shapes.repaired, "geometry_repaired"),
        (shapes.empty, "geometry_empty"),
        (shapes.invalid, "geometry_invalid"),
    ):
        if rows.any():
            notes.add(KIND, place.name, code, int(rows.sum()), np.flatnonzero(rows) + 1)
    good = ~(shapes.empty | shapes.invalid)
    if not good.any():
        raise InputError("footprints_no_polygon", kind=KIND, file=place.name, rows=len(raw))
    kinds, foreign = _told_kinds(raw, _kind_of(f"{layer or ''} {place.stem}"))
    if foreign.notna().any():
        good &= foreign.isna().to_numpy()
        rows = np.flatnonzero(foreign.notna())
        names = sorted(foreign.dropna().unique())[:_MAX_SAID]
        notes.add(KIND, place.name, "kind_unknown", len(rows), rows + 1, kinds=names)
    fallback = "unesco" if "id_unesco" in raw.columns else "ac1"
    silent = int((good & kinds.isna().to_numpy()).sum())
    if silent:
        notes.add(KIND, place.name, "kind_assumed", silent, protection=fallback)
    frame = gpd.GeoDataFrame(
        {
            "kind": kinds.fillna(fallback),
            "name": text_column(raw, _NAME_NAMES),
            "source_file": pd.Series(place.name, index=raw.index, dtype="string"),
        },
        geometry=gpd.GeoSeries(shapes.geometry, crs=crs),
        crs=crs,
    )
    return frame[good]


def _told_kinds(raw: gpd.GeoDataFrame, by_file: str | None) -> tuple[pd.Series, pd.Series]:
    """Kind of each row (NA: nothing said), and what was said where that is no kind of ours.

    A code (``suptype``) decides alone; else other columns in order, then the name of the file.
    Those columns also hold plain descriptions, which state no kind unless they read as a code.
    """
    codes = text_column(raw, ())
    for name in _CODE_NAMES:
        codes = codes.fillna(text_column(raw, (name,)))
    kinds, said = _meaning(codes), codes
    for name in _KIND_NAMES:
        told = text_column(raw, (name,))
        kinds = kinds.fillna(_meaning(told).mask(codes.notna()))
        said = said.fillna(told.where(told.str.fullmatch(_CODE).fillna(False)))
    if by_file is not None:
        kinds = kinds.fillna(pd.Series(by_file, index=raw.index).mask(codes.notna()))
    return kinds.astype("string"), said.mask(kinds.notna())


def _meaning(told: pd.Series) -> pd.Series:
    kinds = {text: _kind_of(text) for text in told.dropna().unique()}
    return told.map(kinds).astype("string")


def _kind_of(text: str) -> str | None:
    plain = fold(text)
    return next((kind for kind, words in _WORDS if any(w in plain for w in words)), None)
