"""Tables of a small invented quarter, shaped like the results of the chain.

Forty-four buildings in two communes of two EPCI around Lens: gabled twins, hipped houses, a
flat warehouse, one building without data, one excluded, one in error. The figures follow simple
rules of thumb, not the method: they only have to be plausible and to add up.
"""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.affinity import rotate, translate
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

CRS = "EPSG:2154"
X0, Y0 = 685_600.0, 7_036_400.0
MONTH_SHARE = np.array([25, 42, 94, 140, 160, 159, 156, 138, 95, 56, 30, 20], float)
MONTH_SHARE /= MONTH_SHARE.sum()
MODULE_KWP = 0.45
SECTORS = 72


def _unshaded(tilt: float, azimuth: float) -> float:
    south = math.cos(math.radians(azimuth - 180.0)) if not math.isnan(azimuth) else 0.0
    return 1080.0 + 330.0 * math.sin(math.radians(min(tilt, 45.0))) * south - 1.2 * tilt


def _class_of(irradiation: float) -> tuple[str, str]:
    share = irradiation / 1242.0
    for letter, floor in zip("ABCD", (0.95, 0.85, 0.70, 0.50)):
        if share >= floor:
            return letter, "none" if letter == "A" else "orientation"
    return "E", "orientation"


def _horizon(rng: np.random.Generator, height: float) -> np.ndarray:
    azimuth = np.arange(SECTORS) * 360.0 / SECTORS
    bump = height * np.exp(-(((azimuth - rng.uniform(60, 300)) / 35.0) ** 2))
    return (1.0 + bump + 0.5 * rng.random(SECTORS)).astype(np.float32)


def _roof(kind: str, width: float, depth: float) -> list[tuple[Polygon, float, float]]:
    """Facets of a roof around the origin: (outline, tilt, azimuth before rotation)."""
    w, d = width / 2.0, depth / 2.0
    if kind == "flat":
        return [(box(-w, -d, w, d), 1.0, math.nan)]
    if kind == "gable":
        return [(box(-w, -d, w, 0), 38.0, 180.0), (box(-w, 0, w, d), 38.0, 0.0)]
    r = max(w - d, 0.5)
    return [
        (Polygon([(-w, -d), (w, -d), (r, 0), (-r, 0)]), 35.0, 180.0),
        (Polygon([(-w, d), (-r, 0), (r, 0), (w, d)]), 35.0, 0.0),
        (Polygon([(w, -d), (w, d), (r, 0)]), 35.0, 90.0),
        (Polygon([(-w, d), (-w, -d), (-r, 0)]), 35.0, 270.0),
    ]


def _modules(outline: Polygon, tilt: float, turn: float) -> list[BaseGeometry]:
    length, width = 1.722 * math.cos(math.radians(tilt)), 1.134
    center = outline.centroid
    straight = rotate(outline, -turn, origin=center)
    inside = straight.buffer(-0.4)
    x_min, y_min, x_max, y_max = straight.bounds
    cells = [
        box(x, y, x + width, y + length)
        for y in np.arange(y_min, y_max, length + 0.02)
        for x in np.arange(x_min, x_max, width + 0.02)
    ]
    return [rotate(cell, turn, origin=center) for cell in cells if inside.contains(cell)]


def _building_places() -> list[tuple[float, float, str, float, float, float]]:
    """Return x, y, kind, width, depth, turn of every building."""
    places = []
    for row, turn in enumerate((0.0, 25.0, 90.0, -40.0)):
        for rank in range(10):
            kind = "hip" if (row + rank) % 4 == 0 else "gable"
            wide = 9.0 + (rank % 3)
            places.append((40.0 + 26.0 * rank, 60.0 + 55.0 * row, kind, wide, 8.0, turn))
    places.append((380.0, 90.0, "flat", 60.0, 38.0, 12.0))
    places.append((360.0, 200.0, "flat", 22.0, 14.0, 0.0))
    places.append((400.0, 260.0, "gable", 14.0, 10.0, 60.0))
    places.append((430.0, 330.0, "gable", 6.0, 4.0, 0.0))
    return places


SPECIAL = {
    39: ("no_data", "no_surface"),
    40: ("low_confidence", "few_points"),
    43: ("excluded", "greenhouse"),
}


def quarter(seed: int = 3) -> dict[str, pd.DataFrame]:
    """Return buildings, roof_planes, modules, territories as the store would hold them."""
    rng = np.random.default_rng(seed)
    buildings, planes, modules = [], [], []
    for rank, (dx, dy, kind, width, depth, turn) in enumerate(_building_places()):
        identifier = f"BATIMENT{rank:016d}"
        status, reason = SPECIAL.get(rank, ("computed", "ok"))
        own, placed = [], []
        if status in ("computed", "low_confidence"):
            own, placed = _planes(rng, identifier, (dx, dy, kind, width, depth, turn))
        planes += own
        modules += placed
        footprint = translate(
            rotate(box(-width / 2, -depth / 2, width / 2, depth / 2), turn, origin=(0, 0)),
            X0 + dx,
            Y0 + dy,
        )
        buildings.append(_building_row(identifier, rank, (status, reason), own, footprint))
    tables: dict[str, pd.DataFrame] = {
        "buildings": gpd.GeoDataFrame(buildings, crs=CRS),
        "roof_planes": gpd.GeoDataFrame(planes, crs=CRS),
        "modules": gpd.GeoDataFrame(modules, crs=CRS),
    }
    tables["territories"] = _territories(tables["buildings"])
    return tables


def _planes(
    rng: np.random.Generator, identifier: str, place: tuple[float, float, str, float, float, float]
) -> tuple[list[dict], list[dict]]:
    dx, dy, kind, width, depth, turn = place
    own, placed = [], []
    for k, (shape, tilt, azimuth) in enumerate(_roof(kind, width, depth)):
        azimuth = (azimuth - turn) % 360.0
        outline = translate(rotate(shape, turn, origin=(0, 0)), X0 + dx, Y0 + dy)
        loss = float(rng.uniform(0.0, 0.2))
        unshaded = _unshaded(tilt, azimuth)
        year = unshaded * (1.0 - loss)
        rectangles = _modules(outline, tilt, turn)
        energy = len(rectangles) * MODULE_KWP * year * 0.86
        sloped = outline.area / math.cos(math.radians(tilt))
        letter, reason = _class_of(year)
        own.append(
            {
                "plane_id": f"{identifier}/{k}",
                "building_id": identifier,
                "surface_tilt": tilt,
                "surface_azimuth": azimuth,
                "area_horizontal_m2": outline.area,
                "area_sloped_m2": sloped,
                "usable_area_m2": 0.7 * sloped,
                "plane_source": "lidar",
                "fit_rmse_m": 0.04,
                "quality_flag": "ok" if sloped > 15 else "few_points",
                "sky_view_factor": 0.85,
                "irradiation_kwh_m2": year,
                "irradiation_unshaded_kwh_m2": unshaded,
                "irradiation_monthly_kwh_m2": (year * MONTH_SHARE).tolist(),
                "shading_loss": loss,
                "horizon_elevation_deg": _horizon(rng, 60 * loss).tolist(),
                "module_count": len(rectangles),
                "capacity_kwp": len(rectangles) * MODULE_KWP,
                "annual_energy_kwh": energy,
                "monthly_energy_kwh": (energy * MONTH_SHARE).tolist(),
                "suitability_class": letter,
                "suitability_reason": reason,
                "geometry": outline,
            }
        )
        placed += [
            {
                "plane_id": f"{identifier}/{k}",
                "module_rank": rank,
                "building_id": identifier,
                "surface_tilt": tilt,
                "surface_azimuth": azimuth,
                "annual_energy_kwh": energy / len(rectangles),
                "geometry": cell,
            }
            for rank, cell in enumerate(rectangles)
        ]
    return own, placed


def _building_row(
    identifier: str, rank: int, state: tuple[str, str], own: list[dict], footprint: BaseGeometry
) -> dict:
    known = bool(own)
    total = {
        name: sum(p[name] for p in own) if known else math.nan
        for name in ("area_sloped_m2", "usable_area_m2", "capacity_kwp", "annual_energy_kwh")
    }
    advised = _advised(own)
    energy, sloped = total["annual_energy_kwh"], total["area_sloped_m2"]
    year = (
        sum(p["irradiation_kwh_m2"] * p["area_sloped_m2"] for p in own) / sloped
        if known
        else math.nan
    )
    best = max(own, key=lambda p: p["irradiation_kwh_m2"]) if known else None
    return {
        "building_id": identifier,
        "status": state[0],
        "status_reason": state[1],
        "commune_code": "99001" if rank % 10 < 5 or rank >= 42 else "99002",
        "usage": "business" if rank in (40, 41) else "residential",
        "footprint_area_m2": footprint.area,
        "plane_count": len(own),
        **total,
        "irradiation_kwh_m2": year,
        "irradiation_kwh": year * sloped,
        "module_count": sum(p["module_count"] for p in own),
        "annual_energy_p90_kwh": 0.78 * energy,
        "specific_yield_kwh_per_kwp": energy / total["capacity_kwp"]
        if known and total["capacity_kwp"]
        else math.nan,
        "monthly_energy_kwh": (energy * MONTH_SHARE).tolist() if known else None,
        "uncertainty_causes": "usable_area,source,interannual" if known else None,
        "optimum_share": best["irradiation_kwh_m2"] / 1242.0 if best else math.nan,
        **advised,
        **_hot_water(own, advised["advised_energy_kwh"]),
        "suitability_class": best["suitability_class"] if best else None,
        "suitability_reason": best["suitability_reason"] if best else None,
        "data_date": "2023-02" if known else None,
        "heritage_flag": rank in (3, 4),
        "heritage_name": "Chevalement de la fosse fictive" if rank in (3, 4) else None,
        "address": f"{rank + 1} rue de l'Œillet" if rank < 20 else f"{rank + 1} rue Émile-Zola",
        "geometry": footprint if rank != 41 else MultiPolygon([footprint]),
    }


def _advised(own: list[dict]) -> dict:
    """Best planes first, those within a fifth of the best are advised; thermal beside them."""
    equipped = [p for p in own if p["module_count"]]
    equipped.sort(key=lambda p: -p["annual_energy_kwh"] / p["capacity_kwp"])
    best = equipped[0]["annual_energy_kwh"] / equipped[0]["capacity_kwp"] if equipped else 0.0
    kept = [p for p in equipped if p["annual_energy_kwh"] / p["capacity_kwp"] >= 0.8 * best]
    for plane in own:
        plane["advised_flag"] = plane in kept
    known = bool(own)
    energy = float(sum(p["annual_energy_kwh"] for p in kept)) if known else math.nan
    capacity = float(sum(p["capacity_kwp"] for p in kept)) if known else math.nan
    return {
        "curve_capacity_kwp": np.cumsum([p["capacity_kwp"] for p in equipped]).tolist(),
        "curve_energy_kwh": np.cumsum([p["annual_energy_kwh"] for p in equipped]).tolist(),
        "advised_module_count": sum(p["module_count"] for p in kept),
        "advised_capacity_kwp": capacity,
        "advised_energy_kwh": energy,
        "advised_energy_p90_kwh": 0.76 * energy,
        "advised_life_energy_kwh": 0.94 * energy,
        "advised_yield_kwh_per_kwp": energy / capacity if capacity else math.nan,
        "advised_yield_p90_kwh_per_kwp": 0.9 * energy / capacity if capacity else math.nan,
        "advised_monthly_energy_kwh": (energy * MONTH_SHARE).tolist() if known else None,
    }


def _hot_water(own: list[dict], advised: float) -> dict:
    """Two collectors on every roof of more than six modules: three modules less."""
    room = sum(p["module_count"] for p in own) > 6
    each = advised / max(sum(p["module_count"] for p in own if p["advised_flag"]), 1)
    return {
        "collector_area_m2": 4.0 if room else math.nan,
        "collector_roof_m2": 4.4 if room else math.nan,
        "tank_litres": 200.0 if room else math.nan,
        "hot_water_litres_per_day": 121.0 if own else math.nan,
        "thermal_energy_kwh": 1251.0 if room else math.nan,
        "solar_fraction": 0.73 if room else math.nan,
        "displaced_module_count": 3 if room else 0,
        "advised_energy_with_thermal_kwh": advised - 3.0 * each if room else advised,
    }


SUMS = (
    "footprint_area_m2", "area_sloped_m2", "usable_area_m2", "irradiation_kwh", "module_count",
    "capacity_kwp", "annual_energy_kwh", "advised_module_count", "advised_capacity_kwp",
    "advised_energy_kwh", "thermal_energy_kwh", "collector_area_m2",
    "advised_energy_with_thermal_kwh",
)  # fmt: skip


def _territories(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    west = box(X0, Y0, X0 + 170, Y0 + 420)
    east = box(X0 + 170, Y0, X0 + 480, Y0 + 420)
    groups = [
        ("commune", "99001", "Fosse-Neuve-lez-Essai", west, ["99001"]),
        ("commune", "99002", "Saint-Exemple", east, ["99002"]),
        ("epci", "990000001", "Agglomération du Couchant", west, ["99001"]),
        ("epci", "990000002", "Agglomération du Levant", east, ["99002"]),
        ("whole", "whole", "Quartier d'essai", west.union(east), ["99001", "99002"]),
    ]
    rows = []
    for level, code, name, outline, members in groups:
        inside = buildings[buildings["commune_code"].isin(members)]
        for usage in ("all", "business", "residential"):
            part = inside if usage == "all" else inside[inside["usage"] == usage]
            if len(part) == 0:
                continue
            rows.append(
                _territory_row(
                    part, level=level, code=code, name=name, usage=usage, geometry=outline
                )
            )
    return gpd.GeoDataFrame(rows, crs=CRS)


def _territory_row(part: gpd.GeoDataFrame, **names: object) -> dict:
    assessed = part[part["status"].isin(["computed", "low_confidence"])]
    sums = {name: float(part[name].sum()) for name in SUMS}
    months = np.sum([np.array(m) for m in assessed["monthly_energy_kwh"]], axis=0)
    return {
        **names,
        "building_count": len(part),
        "assessed_building_count": len(assessed),
        "unassessed_building_count": len(part) - len(assessed),
        **sums,
        "annual_energy_p90_kwh": 0.9 * sums["annual_energy_kwh"],
        "monthly_energy_kwh": months.tolist(),
        "advised_monthly_energy_kwh": (sums["advised_energy_kwh"] * MONTH_SHARE).tolist(),
        "advised_yield_kwh_per_kwp": sums["advised_energy_kwh"] / sums["advised_capacity_kwp"],
        "irradiation_kwh_m2": sums["irradiation_kwh"] / sums["area_sloped_m2"],
        "specific_yield_kwh_per_kwp": sums["annual_energy_kwh"] / sums["capacity_kwp"],
    }


def provenance() -> dict:
    """Return what the pipeline would say of this run."""
    return {
        "territory": "Quartier d'essai",
        "fictitious": True,
        "embedded_climate": True,
        "weather": "Climat embarqué de l'Artois, 10 années",
        "computed_on": "2026-11-22",
        "version": "0.1.0",
        "crs": CRS,
        "sources": [
            {
                "role": "batiments",
                "name": "Emprises fictives",
                "vintage": "2026",
                "licence": "Licence Ouverte 2.0",
                "attribution": "Générateur du cadastre solaire",
            },
            {
                "role": "mns",
                "name": "Modèle de surface fictif",
                "vintage": "2026",
                "licence": "Licence Ouverte 2.0",
                "attribution": "Générateur du cadastre solaire",
            },
        ],
        "parameters_changed": {"modules.power_wp": 430.0},
        "optimum_irradiation_kwh_m2": 1242.0,
    }
