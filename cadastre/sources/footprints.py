"""Building footprints of any source in our words; every input row comes out exactly once.

Belongs here: which foreign column means what, duplicated ids, what makes a row unusable.
Does not: geometry repair (``polygons``), usage (``usage``), coordinate systems (``crs``).
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.errors import InputError
from cadastre.grid import Bounds
from cadastre.parameters.sources import Sources
from cadastre.sources.attributes import number_column, text_column
from cadastre.sources.crs import bring_to_crs, check_overlap, territory_crs
from cadastre.sources.footprint_table import rescale_heights, unique_ids
from cadastre.sources.notes import Notes
from cadastre.sources.polygons import Polygons, polygons_from
from cadastre.sources.usage import building_usage, exclusions, folded
from cadastre.sources.vector import VectorRequest, first_present, fold, read_layer, split_layer

KIND = "batiments"
LAYERS = ("batiment", "batiments", "buildings", "building", "footprints", "buildingpart", "pand",
          "batiment_groupe_complet", "batiment_construction")  # fmt: skip

# Our name -> folded names in BD TOPO v3 (GeoPackage, then 10-character shapefile), BDNB,
# cadastre Etalab, RNB, OpenStreetMap; the first present wins.
VARIABLE_MAP: dict[str, tuple[str, ...]] = {
    "building_id": (
        "cleabs", "rnb_id", "building_id", "batiment_construction_id", "batiment_c",
        "batiment_groupe_id", "osm_id", "id",
    ),
    "building_height": (
        "hauteur", "building_height", "hauteur_mean", "measuredheight", "height", "hauteur_m",
    ),
    "z_min_ground": ("altitude_minimale_sol", "z_min_sol", "altitude_sol", "altitude_s"),
    "z_min_roof": ("altitude_minimale_toit", "z_min_toit"),
    "z_max_roof": ("altitude_maximale_toit", "z_max_toit"),
    "dwelling_count": ("nombre_de_logements", "nb_logts", "nb_log", "dwelling_count"),
    "storey_count": (
        "nombre_d_etages", "nb_etages", "nb_niveau", "building_levels", "storey_count",
    ),
    "light": ("construction_legere", "leger", "is_light"),
    "object_state": ("etat_de_l_objet", "etat"),
    "nature": ("nature", "building", "fclass"),
    "rnb_id": ("identifiants_rnb", "rnb_id", "id_rnb"),
    "roof_material": ("materiaux_de_la_toiture", "mat_toits", "mat_toit_txt"),
    "construction_year": (
        "annee_construction", "construction_year", "date_d_apparition", "date_app",
    ),
    "electricity_homes": ("conso_res_dle_elec_2020",),
    "electricity_business": ("conso_pro_dle_elec_2020",),
    "commune_code": ("commune", "code_commune_insee", "code_commu", "insee_com", "code_insee"),
}  # fmt: skip
_EXTRA = ("usage_1", "usage1", "usage_2", "usage2", "usage_niveau_1_txt", "usage_niv",
          "usage_principal_bdnb_open", "usage_prin", "type")  # fmt: skip
_TRUE = ("true", "t", "1", "oui", "yes")
_LIGHT_TYPE = ("02", "2")  # cadastre


def read_footprints(
    paths: Sequence[str],
    crs: str,
    id_column: str | None,
    notes: Notes,
    bounds: Bounds | None = None,
    limits: Sources | None = None,
) -> gpd.GeoDataFrame:
    """Read building footprints of one or several files.

    Parameters
    ----------
    paths
        Vector files, ``file|layer`` allowed. Read in sorted order.
    crs
        Metric CRS of the territory.
    id_column
        Column of the identifier, or None to look for the usual ones.
    notes
        Where to say what was repaired or set aside.
    bounds
        Box of the surface model in ``crs``: buildings that all lie outside are refused. No row is
        left out for lying outside.
    limits
        What counts as absurd.

    Returns
    -------
    GeoDataFrame
        One row per input row, sorted by ``building_id`` (unique): usage, usage_reason,
        building_height (m above ground, to the gutter; NaN when unknown), z_min_ground,
        z_min_roof, z_max_roof (m), dwelling_count, storey_count (float, NaN unknown), is_light,
        object_state, nature, rnb_id, roof_material, construction_year,
        electricity_kwh_per_year, footprint_area_m2, status, status_reason (NA where nothing was
        decided), source_file, geometry (2D polygon, None where status is ``error``).

    Raises
    ------
    InputError
        A file that cannot be read, lies elsewhere, or holds no polygon.
    """
    limits = limits or Sources()
    territory_crs(crs)
    if not paths:
        raise InputError("input_empty", kind=KIND, file="")
    tables = []
    start = 0
    for path in sorted(map(str, paths)):
        table = _read_one(path, crs, id_column, notes, limits, start)
        start += len(table)
        tables.append(table)
    whole = pd.concat(tables, ignore_index=True)
    if whole.empty:
        raise InputError("input_empty", kind=KIND, file=", ".join(_names(paths)))
    if bounds is not None:
        _check_place(whole, bounds, ", ".join(_names(paths)))
    whole = rescale_heights(whole, notes, limits)
    whole = unique_ids(whole, notes, limits)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=crs)


def _check_place(whole: pd.DataFrame, bounds: Bounds, file: str) -> None:
    """Refuse buildings that all lie outside the surface model."""
    boxes = shapely.bounds(whole["geometry"].to_numpy())
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    meets = (boxes[:, 0] < bounds[2]) & (boxes[:, 2] > bounds[0])
    meets &= (boxes[:, 1] < bounds[3]) & (boxes[:, 3] > bounds[1])
    if len(boxes) and not meets.any():
        whole_box = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
        check_overlap(KIND, file, tuple(map(float, whole_box)), "mns", bounds)
        raise InputError("input_far_away", kind=KIND, file=file, other="mns", distance_km=0.0)


def _names(paths: Sequence[str]) -> list[str]:
    return [split_layer(path)[0].name for path in paths]


def _columns(id_column: str | None) -> tuple[str, ...]:
    names = {name for group in VARIABLE_MAP.values() for name in group} | set(_EXTRA)
    return tuple(sorted(names | ({fold(id_column)} if id_column else set())))


def _read_one(
    path: str,
    crs: str,
    id_column: str | None,
    notes: Notes,
    limits: Sources,
    start: int,
) -> pd.DataFrame:
    file = split_layer(path)[0].name
    request = VectorRequest(KIND, _columns(id_column), LAYERS)
    raw = read_layer(path, request, notes).reset_index(drop=True)
    notes.add(KIND, file, "rows_read", len(raw))
    if raw.empty:
        return pd.DataFrame({"building_id": pd.Series(dtype="string")})
    raw = bring_to_crs(raw, crs, KIND, file, notes)
    shapes = polygons_from(
        raw.geometry.to_numpy(), limits.min_footprint_m2, limits.unknown_height_m
    )
    if not shapes.repaired.any() and (shapes.invalid | shapes.empty).all():
        raise InputError("footprints_no_polygon", kind=KIND, file=file, rows=len(raw))
    table = _attributes(raw, shapes, limits)
    _say_numbers(raw, file, notes)
    table.insert(0, "building_id", _identifiers(raw, id_column, file, start, notes))
    table["source_file"] = pd.Series(file, index=table.index, dtype="string")
    _status(table, raw, shapes)
    _check_sizes(table, file, limits)
    _say(table, shapes, file, notes)
    return table


def _identifiers(
    raw: gpd.GeoDataFrame, id_column: str | None, file: str, start: int, notes: Notes
) -> pd.Series:
    """Return identifiers as text; rows without one get ``row-N``, N over all files from 1."""
    numbers = pd.Series(np.arange(start + 1, start + len(raw) + 1), index=raw.index)
    fallback = "row-" + numbers.astype("string")
    if id_column is not None and fold(id_column) not in raw.columns:
        columns = sorted(set(raw.columns) - {"geometry"})
        raise InputError(
            "id_column_missing", kind=KIND, file=file, column=id_column, columns=columns
        )
    name = fold(id_column) if id_column else first_present(raw, VARIABLE_MAP["building_id"])
    others = () if id_column else VARIABLE_MAP["building_id"]
    ids = text_column(raw, (name or "", *others))
    if name is None or ids.isna().all():
        notes.add(KIND, file, "id_row_number", len(raw))
        return fallback.astype("string")
    notes.add(KIND, file, "id_column_used", len(raw), column=name)
    absent = ids.isna()
    if absent.any():
        notes.add(KIND, file, "ids_missing", int(absent.sum()), fallback[absent], column=name)
    return ids.fillna(fallback).astype("string")


def _attributes(raw: gpd.GeoDataFrame, shapes: Polygons, limits: Sources) -> pd.DataFrame:
    def numbers(name: str) -> pd.Series:
        values = number_column(raw, VARIABLE_MAP[name])
        return values.mask(values <= limits.unknown_height_m)

    light = folded(text_column(raw, VARIABLE_MAP["light"])).isin(_TRUE)
    light = (light | text_column(raw, ("type",)).isin(_LIGHT_TYPE)).fillna(False).astype(bool)
    dwellings = number_column(raw, VARIABLE_MAP["dwelling_count"])
    height = numbers("building_height")
    electricity = pd.concat(
        [
            number_column(raw, VARIABLE_MAP[k])
            for k in ("electricity_homes", "electricity_business")
        ],
        axis=1,
    ).sum(axis=1, min_count=1)
    table = building_usage(raw, light, dwellings)
    table["building_height"] = height.mask(height <= 0.0)
    table["z_min_ground"] = numbers("z_min_ground")
    table["z_min_roof"] = numbers("z_min_roof").fillna(pd.Series(shapes.z_highest, raw.index))
    table["z_max_roof"] = numbers("z_max_roof")
    table["dwelling_count"] = dwellings
    table["storey_count"] = number_column(raw, VARIABLE_MAP["storey_count"])
    table["is_light"] = light
    for name in ("object_state", "nature", "rnb_id", "roof_material", "commune_code"):
        table[name] = text_column(raw, VARIABLE_MAP[name])
    table["construction_year"] = _years(raw)
    table["electricity_kwh_per_year"] = electricity.mask(electricity < 0)
    table["footprint_area_m2"] = np.nan_to_num(shapely.area(shapes.geometry))
    table["geometry"] = gpd.GeoSeries(shapes.geometry, index=raw.index)
    return table


def _say_numbers(raw: gpd.GeoDataFrame, file: str, notes: Notes) -> None:
    """Say which columns of numbers hold text that is none."""
    for name in ("building_height", "dwelling_count", "storey_count"):
        told = text_column(raw, VARIABLE_MAP[name])
        lost = told.notna() & number_column(raw, VARIABLE_MAP[name]).isna()
        if lost.any():
            notes.add(KIND, file, "numbers_unreadable", int(lost.sum()), column=name)


def _years(raw: gpd.GeoDataFrame) -> pd.Series:
    text = text_column(raw, VARIABLE_MAP["construction_year"]).str.extract(
        r"^(\d{4})", expand=False
    )
    years = pd.to_numeric(text, errors="coerce").astype("float64")
    return years.where((years >= 1000) & (years <= 2100))


def _status(table: pd.DataFrame, raw: gpd.GeoDataFrame, shapes: Polygons) -> None:
    """Prefill status and reason: errors of geometry first, then objects that carry no roof."""
    status = pd.Series(pd.NA, index=table.index, dtype="string")
    reason = exclusions(raw)
    status = status.mask(reason.notna(), "excluded")
    for rows, code in ((shapes.invalid, "invalid_geometry"), (shapes.empty, "empty_geometry")):
        status, reason = status.mask(rows, "error"), reason.mask(rows, code)
    table["status"], table["status_reason"] = status, reason


def _check_sizes(table: pd.DataFrame, file: str, limits: Sources) -> None:
    areas = table["footprint_area_m2"].to_numpy()
    areas = areas[areas > 0]
    if len(areas) and np.median(areas) > limits.max_median_footprint_m2:
        raise InputError(
            "footprints_not_buildings",
            kind=KIND,
            file=file,
            area=round(float(np.median(areas))),
            limit=round(limits.max_median_footprint_m2),
        )


def _say(table: pd.DataFrame, shapes: Polygons, file: str, notes: Notes) -> None:
    ids = table["building_id"].to_numpy()
    for rows, code in (
        (shapes.repaired, "geometry_repaired"),
        (shapes.empty, "geometry_empty"),
        (shapes.invalid, "geometry_invalid"),
    ):
        if rows.any():
            notes.add(KIND, file, code, int(rows.sum()), ids[rows])
    for reason, rows in table[table["status"].eq("excluded").fillna(False)].groupby(
        "status_reason"
    ):
        code = (
            "state_excluded" if reason in ("planned", "ruin", "demolished") else "nature_excluded"
        )
        notes.add(KIND, file, code, len(rows), rows["building_id"], reason=reason)
    if table["building_height"].isna().all():
        notes.add(KIND, file, "columns_missing", 1, columns="hauteur")
