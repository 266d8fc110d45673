"""Data of the map: small script files the page loads by itself, from disk or from a server.

A page opened from disk cannot fetch files, but it can load scripts: each file calls
``CADASTRE.receive(kind, data)``. Roofs and modules go by commune, loaded when they come into
view. Geometry is in units of 1e-7 degree, each ring a flat list of differences.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from cadastre.publishing.french_tables import decimals_of
from cadastre.publishing.geojson import plain_value
from cadastre.schema import COLUMNS

BUILDING_FIELDS = (
    "building_id", "status", "status_reason", "usage", "address", "footprint_area_m2",
    "plane_count", "area_sloped_m2", "usable_area_m2", "irradiation_kwh_m2", "module_count",
    "capacity_kwp", "annual_energy_kwh", "annual_energy_p90_kwh", "specific_yield_kwh_per_kwp",
    "suitability_class", "suitability_reason", "data_date",
    "heritage_flag", "heritage_name", "vegetation_share", "uncertainty_causes",
    "advised_yield_p90_kwh_per_kwp", "advised_module_count", "advised_capacity_kwp",
    "sure_energy_kwh", "advised_energy_kwh", "advised_energy_p90_kwh", "advised_yield_kwh_per_kwp",
    "advised_monthly_energy_kwh", "advised_energy_with_thermal_kwh", "thermal_energy_kwh",
    "collector_area_m2", "collector_roof_m2", "tank_litres", "solar_fraction",
    "displaced_module_count", "hot_water_litres_per_day",
)  # fmt: skip
PLANE_FIELDS = (
    "plane_id", "building_id", "surface_tilt", "surface_azimuth", "area_sloped_m2",
    "usable_area_m2", "plane_source", "fit_rmse_m", "quality_flag", "sky_view_factor",
    "irradiation_kwh_m2", "irradiation_unshaded_kwh_m2", "optimum_irradiation_kwh_m2",
    "orientation_loss_kwh_m2", "near_shading_loss_kwh_m2", "far_horizon_loss_kwh_m2",
    "shading_loss", "horizon_elevation_deg", "module_count", "capacity_kwp",
    "annual_energy_kwh", "suitability_class", "suitability_reason", "advised_flag",
)  # fmt: skip
TERRITORY_FIELDS = (
    "level", "code", "name", "usage", "building_count", "assessed_building_count",
    "unassessed_building_count", "module_count", "capacity_kwp", "annual_energy_kwh",
    "annual_energy_p90_kwh", "specific_yield_kwh_per_kwp", "irradiation_kwh_m2",
    "usable_area_m2", "advised_module_count", "advised_capacity_kwp", "advised_energy_kwh",
    "advised_energy_p90_kwh", "advised_yield_kwh_per_kwp", "advised_monthly_energy_kwh",
    "advised_energy_with_thermal_kwh", "thermal_energy_kwh", "collector_area_m2",
    "installed_pv_count", "installed_pv_kw",
    "injected_pv_kwh", "injected_pv_year",
)  # fmt: skip
UNIT = 10_000_000
NO_COMMUNE = "hors_commune"


def encoded(shape: BaseGeometry | None, origin: tuple[int, int]) -> list[list[list[int]]]:
    """Return polygons > rings > flat list of differences in 1e-7 degree from ``origin``.

    Rings are not closed: the first vertex is not repeated. Missing geometry gives an empty list.
    """
    if shape is None or shape.is_empty:
        return []
    parts = shape.geoms if hasattr(shape, "geoms") else [shape]
    return [
        [_ring(ring.coords, origin) for ring in (part.exterior, *part.interiors)]
        for part in parts
        if isinstance(part, Polygon)
    ]


def _ring(coordinates: Iterable[tuple[float, ...]], origin: tuple[int, int]) -> list[int]:
    points = np.array([point[:2] for point in coordinates], dtype=np.float64)[:-1]
    units = np.rint(points * UNIT).astype(np.int64)
    steps = np.diff(units, axis=0, prepend=np.array([origin], dtype=np.int64))
    return [int(value) for value in steps.ravel()]


def columnar(frame: pd.DataFrame, fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the chosen columns that exist as ``{columns, rows}``, figures rounded."""
    names = [name for name in fields if name in frame.columns]
    cells = [[_cell(name, value) for value in frame[name].tolist()] for name in names]
    return {"columns": names, "rows": [list(row) for row in zip(*cells)] if names else []}


def _cell(name: str, value: Any) -> Any:
    plain = plain_value(value)
    column = COLUMNS.get(name)
    if column is None or not column.dtype.startswith(("float", "list")):
        return plain
    # a ratio shown as a percentage keeps two more decimals than its percentage
    decimals = decimals_of(column) + (2 if column.french.endswith("_pct") else 0)
    return _round(plain, decimals)


def _round(value: Any, decimals: int) -> Any:
    if isinstance(value, list):
        return [_round(item, decimals) for item in value]
    return plain_value(round(value, decimals) + 0.0) if isinstance(value, float) else value


def fewer_sectors(horizon: Any, sectors: int) -> list[int] | None:
    """Return a skyline of at most ``sectors`` values, whole degrees; each the highest of a group.

    Groups are centred on the kept azimuths, so that sector 0 remains the north.
    """
    if horizon is None or np.ndim(horizon) == 0 or len(horizon) == 0:
        return None
    values = np.asarray(horizon, dtype=np.float64)
    if len(values) <= sectors or len(values) % sectors:
        return [round(float(value)) for value in values]
    group = len(values) // sectors
    shifted = np.roll(values, group // 2).reshape(sectors, group)
    return [round(float(value)) for value in shifted.max(axis=1)]


def file_stem(code: str) -> str:
    """Return a commune code fit for a file name."""
    return re.sub(r"[^0-9A-Za-z_-]", "_", code) or NO_COMMUNE


def by_commune(buildings: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Split buildings by commune; those of no commune under ``hors_commune``; sorted codes."""
    code = buildings["commune_code"].astype("string").fillna("")
    code = code.where(code != "", NO_COMMUNE)
    return {str(name): part for name, part in buildings.groupby(code, sort=True)}


def parts_by_commune(
    frame: pd.DataFrame, key: str, buildings: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Split planes or modules as their buildings are split; ``key`` names the building.

    Every commune of ``buildings`` has its part, empty where nothing stands.
    """
    commune = {
        identifier: code for code, part in buildings.items() for identifier in part["building_id"]
    }
    groups = frame.groupby(frame[key].map(commune)).indices
    nothing = np.empty(0, dtype=np.int64)
    return {code: frame.iloc[groups.get(code, nothing)] for code in buildings}


def shard(
    code: str,
    buildings: gpd.GeoDataFrame,
    planes: gpd.GeoDataFrame,
    modules: gpd.GeoDataFrame,
    sectors: int,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the index entry, the roofs and the modules of one commune, given its rows.

    All tables in EPSG:4326. The index entry holds ``code``, ``file`` and ``bounds`` (west,
    south, east, north, degrees).
    """
    own = planes
    shapes = pd.concat([buildings.geometry, own.geometry])
    shapes = shapes[shapes.notna() & ~shapes.is_empty]
    bounds = shapes.total_bounds if len(shapes) else np.zeros(4)
    origin = (int(np.floor(bounds[0] * UNIT)), int(np.floor(bounds[1] * UNIT)))
    if "horizon_elevation_deg" in own.columns:
        lines = [fewer_sectors(item, sectors) for item in own["horizon_elevation_deg"]]
        own = own.assign(horizon_elevation_deg=pd.Series(lines, index=own.index, dtype="object"))
    # 9 chances in 10 to exceed, of the panels named: rounded figures would not multiply back
    low, power = (
        pd.to_numeric(buildings[name], errors="coerce") if name in buildings.columns else np.nan
        for name in ("advised_yield_p90_kwh_per_kwp", "advised_capacity_kwp")
    )
    buildings = buildings.assign(sure_energy_kwh=np.round(low * power))
    roofs = {
        "code": code,
        "origin": list(origin),
        "buildings": columnar(buildings, BUILDING_FIELDS),
        "footprints": [encoded(shape, origin) for shape in buildings.geometry],
        "planes": columnar(own, PLANE_FIELDS),
        "outlines": [encoded(shape, origin) for shape in own.geometry],
    }
    rectangles = [encoded(shape, origin) for shape in modules.geometry]
    placed = {"code": code, "origin": list(origin), "rectangles": rectangles}
    entry = {
        "code": code,
        "file": file_stem(code),
        "bounds": [round(float(value), 7) for value in bounds],
        "modules": len(rectangles),
    }
    return entry, roofs, placed


def address_index(buildings: gpd.GeoDataFrame) -> list[list[Any]]:
    """Return what finds each building, and what tells it from others at its address.

    A row is [address or nothing, building_id, commune file, longitude, latitude, usage code,
    ground area in whole m2], in EPSG:4326; a building of several addresses has a row for each, the
    main one first; one without outline is left out, since the map cannot show it.
    """
    rows = []
    for code, part in by_commune(buildings).items():
        known = part[part.geometry.notna() & ~part.geometry.is_empty]
        points = known.geometry.representative_point()
        names = known["address"] if "address" in known.columns else [None] * len(known)
        nothing = [None] * len(known)
        usages = known["usage"] if "usage" in known.columns else nothing
        areas = known["footprint_area_m2"] if "footprint_area_m2" in known.columns else nothing
        more = known["other_addresses"] if "other_addresses" in known.columns else nothing
        cells = zip(known["building_id"], names, more, points, usages, areas)
        for identifier, name, others, point, usage, area in cells:
            labels = [
                plain_value(name) or "",
                *filter(None, (plain_value(others) or "").split("|")),
            ]
            place = [round(point.x, 6), round(point.y, 6)]
            size = plain_value(area)
            size = None if size is None else round(size)
            rows += [
                [label, str(identifier), file_stem(code), *place, plain_value(usage), size]
                for label in labels
            ]
    return rows


def write_script(kind: str, data: Any, path: Path) -> None:
    """Write ``CADASTRE.receive(kind, data)``, with the characters HTML or JS could misread."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"CADASTRE.receive({json.dumps(kind)},{text});\n", encoding="utf-8", newline="\n"
    )
