"""Exports: GeoJSON, GeoPackage and CSV in French, with a LISEZMOI; same tables, same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from numpy.typing import NDArray

from cadastre.errors import InputError
from cadastre.parameters import Publishing
from cadastre.publishing.french_tables import flat_lists, french_name, french_table
from cadastre.publishing.geojson import write_geojson
from cadastre.publishing.map_data import NO_COMMUNE, file_stem
from cadastre.publishing.texts_fr import words
from cadastre.publishing.texts_fr.readme import attribution, readme
from cadastre.schema import COLUMNS

NEEDED = ("buildings", "roof_planes", "modules", "territories")
LAYERS = {"buildings": "batiments", "roof_planes": "pans", "modules": "modules", "sites": "sites"}
LEVELS = {"commune": "communes", "epci": "epci", "whole": "ensemble"}
KEYS = {
    "buildings": "building_id",
    "roof_planes": "plane_id",
    "modules": "plane_id",
    "sites": "site_id",
}
GEOPACKAGE = "cadastre_solaire.gpkg"
# GeoPackage files hold the time of writing: a fixed one keeps bytes reproducible
_FIXED_DATE = "2000-01-01T00:00:00.000Z"
# working columns of the chain that mean nothing outside
_INTERNAL = ("plane_a", "plane_b", "plane_c", "plane_x0", "plane_y0", "tile_id")


def write_exports(
    tables: Mapping[str, pd.DataFrame],
    folder: Path,
    provenance: Mapping[str, Any],
    publishing: Publishing | None = None,
) -> list[Path]:
    """Write every export of a territory.

    Parameters
    ----------
    tables
        ``buildings``, ``roof_planes``, ``modules`` and ``territories``:
        GeoDataFrames of the contract, in the CRS of the territory.
    folder
        Where to write; created. Files of an earlier export are replaced, others left alone.
    provenance
        See ``cadastre.publishing.provenance``.
    publishing
        Rounding and limits.

    Returns
    -------
    list of Path
        The files written, in order.

    Raises
    ------
    InputError
        A table is missing.
    """
    settings = publishing or Publishing()
    for name in NEEDED:
        if name not in tables:
            raise InputError("publish_table_absent", table=name)
    folder.mkdir(parents=True, exist_ok=True)
    french = {name: _published(frame) for name, frame in tables.items() if name in LAYERS}
    french |= {level: _published(frame) for level, frame in _levels(tables["territories"]).items()}
    written: list[tuple[Path, int]] = []
    members = {"attribution": attribution(provenance), "license": words.LICENCE_DEFAULT}
    written += _write_geojson(french, folder, members, settings)
    written += _write_csv(french, _published(tables["territories"]), folder)
    written += _write_geopackage(french, folder)
    columns = _described(list(tables.values()))
    listed = [
        (path.relative_to(folder).as_posix(), rows, path.stat().st_size) for path, rows in written
    ]
    notice = folder / "LISEZMOI.md"
    notice.write_text(readme(provenance, listed, columns), encoding="utf-8", newline="\n")
    return [path for path, _ in written] + [notice]


def _levels(territories: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows of all uses together, level by level."""
    every = territories
    if "usage" in territories.columns:
        every = territories[territories["usage"].astype("string") == "all"]
    level = every["level"].astype("string")
    return {name: every[level == name].reset_index(drop=True) for name in LEVELS}


def _published(frame: pd.DataFrame) -> pd.DataFrame:
    kept = frame.drop(columns=[name for name in _INTERNAL if name in frame.columns])
    table = french_table(kept)
    if "geometry" not in table.columns:
        return table
    return gpd.GeoDataFrame(table, geometry="geometry", crs=frame.crs)


def _write_geojson(
    french: dict[str, pd.DataFrame], folder: Path, members: dict[str, Any], settings: Publishing
) -> list[tuple[Path, int]]:
    written = []
    decimals = settings.coordinate_decimals

    def write(frame: pd.DataFrame, path: Path, key: str) -> None:
        write_geojson(frame, path, french_name(key), members, decimals)
        written.append((path, len(frame)))

    for level, name in LEVELS.items():
        write(french[level], folder / f"{name}.geojson", "code")
    for table in ("buildings", "roof_planes"):
        if len(french[table]) <= settings.whole_file_max_rows:
            write(french[table], folder / f"{LAYERS[table]}.geojson", KEYS[table])
    if "sites" in french:
        write(french["sites"], folder / f"{LAYERS['sites']}.geojson", KEYS["sites"])
    by_commune = folder / "par_commune"
    by_commune.mkdir(exist_ok=True)
    for table in ("buildings", "roof_planes"):
        for old in by_commune.glob(f"*_{LAYERS[table]}.geojson"):
            old.unlink()  # a commune that left the territory leaves no file behind
    for code, rows in _rows_by_commune(french["buildings"], french["roof_planes"]).items():
        for table in ("buildings", "roof_planes"):
            part = french[table].iloc[rows[table]]
            write(part, by_commune / f"{file_stem(code)}_{LAYERS[table]}.geojson", KEYS[table])
    return written


def _rows_by_commune(
    buildings: pd.DataFrame, planes: pd.DataFrame
) -> dict[str, dict[str, NDArray[np.int64]]]:
    """Return the rows of each commune; buildings of no commune under ``hors_commune``."""
    key = french_name("building_id")
    code = buildings[french_name("commune_code")].astype("string").fillna("")
    code = code.where(code != "", NO_COMMUNE)
    commune_of = dict(zip(buildings[key], code))
    own = buildings.groupby(code, sort=True).indices
    parts = planes.groupby(planes[key].map(commune_of)).indices
    nothing = np.empty(0, dtype=np.int64)
    return {
        str(name): {
            "buildings": np.asarray(rows),
            "roof_planes": np.asarray(parts.get(name, nothing)),
        }
        for name, rows in own.items()
    }


def _write_csv(
    french: dict[str, pd.DataFrame], territories: pd.DataFrame, folder: Path
) -> list[tuple[Path, int]]:
    written = []
    chosen = {"batiments": french["buildings"], "pans": french["roof_planes"]}
    for name, frame in (*chosen.items(), ("territoires", territories)):
        path = folder / f"{name}.csv"
        flat = flat_lists(frame.drop(columns="geometry", errors="ignore"), french=True)
        pd.DataFrame(flat).to_csv(
            path, sep=";", decimal=",", index=False, encoding="utf-8-sig", lineterminator="\r\n"
        )
        written.append((path, len(frame)))
    return written


def _write_geopackage(french: dict[str, pd.DataFrame], folder: Path) -> list[tuple[Path, int]]:
    path = folder / GEOPACKAGE
    path.unlink(missing_ok=True)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    rows = 0
    try:
        for name, layer in {**LAYERS, **LEVELS}.items():
            if name not in french or name == "sites":  # points among polygons: GeoJSON only
                continue
            frame = french[name]
            flat = gpd.GeoDataFrame(flat_lists(frame), geometry="geometry", crs=frame.crs)
            mode: dict[str, Any] = {"append": True} if path.exists() else {}
            pyogrio.write_dataframe(
                flat,
                path,
                layer=layer,
                driver="GPKG",
                geometry_type="MultiPolygon",
                promote_to_multi=True,
                **mode,
            )
            rows += len(flat)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    return [(path, rows)]


def _described(frames: list[pd.DataFrame]) -> list[tuple[str, str, str]]:
    """Return French name, unit and description of every column published, in their order."""
    names = dict.fromkeys(name for frame in frames for name in frame.columns)
    return [
        (column.french, "%" if column.french.endswith("_pct") else column.unit, column.text)
        for name in names
        if name not in _INTERNAL and name != "geometry" and (column := COLUMNS.get(name))
    ]
