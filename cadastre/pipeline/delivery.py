"""From the results on disk to exports, site and sheets: reads once, hands over plain tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cadastre.aggregation.territories import inside_territory
from cadastre.errors import InputError
from cadastre.grid import expand
from cadastre.pipeline.context import Context
from cadastre.pipeline.hourly import building_hours
from cadastre.pipeline.ingest import open_rasters
from cadastre.pipeline.roof_stage import lattice_grid, view
from cadastre.pipeline.store import Store
from cadastre.pipeline.tables import read_result
from cadastre.pipeline.territory import Territory
from cadastre.pipeline.territory_stages import RESULTS
from cadastre.potential.installation import energy_at, smaller_installations
from cadastre.publishing.exports import write_exports
from cadastre.publishing.fiche import fiche_html
from cadastre.publishing.hours_csv import write_hours
from cadastre.publishing.map import write_site
from cadastre.publishing.pdf import print_pdf
from cadastre.publishing.provenance import Provenance, Source
from cadastre.publishing.relief import Relief, relief_picture
from cadastre.sources.download_manifest import provenance
from cadastre.sources.notes import Notes

_RELIEF_MARGIN_M = 15.0
_RELIEF_READ_FACTOR = 16  # a larger territory would be read whole for a blurred picture


@dataclass(frozen=True)
class Results:
    """The published tables of a territory and what made them."""

    territory: Territory
    tables: dict[str, pd.DataFrame]
    provenance: Provenance
    report: dict[str, Any]


def read_results(territory: Territory) -> Results:
    """Read the tables of the last run.

    Raises
    ------
    InputError
        Nothing has been computed yet, or a table is damaged.
    """
    store = Store(territory.store_root)
    missing = [name for name in RESULTS if not store.exists(f"{name}.parquet")]
    if missing or not store.exists("rapport.json"):
        raise InputError("no_results", folder=territory.store_root, config=str(territory.path))
    tables = {}
    for name in RESULTS:
        try:
            tables[name] = read_result(store, f"{name}.parquet")
        except (OSError, ValueError) as error:
            raise InputError(
                "result_damaged", file=f"{name}.parquet", detail=str(error)
            ) from error
    if store.exists("sites.parquet"):
        tables["sites"] = read_result(store, "sites.parquet")
    report = store.read_json("rapport.json")
    return Results(territory, tables, _provenance(territory, report), report)


def _provenance(territory: Territory, report: dict[str, Any]) -> Provenance:
    weather = report.get("weather", {})
    sources: list[Source] = [
        {
            "role": item["kind"],
            "name": Path(item["file"].partition("|")[0]).name,
            "sha256": item["sha256"],
        }
        for item in report.get("inputs", [])
    ]
    known = provenance([Path(item["file"].partition("|")[0]) for item in report.get("inputs", [])])
    for source, item in zip(sources, report.get("inputs", []), strict=True):
        entry = known.get(Path(item["file"].partition("|")[0]))
        if entry is not None:
            source["vintage"] = entry.vintage
            source["licence"], source["attribution"] = entry.licence, entry.attribution
    if report.get("surface_date"):
        for source in sources:
            if source["role"] in ("mns", "mnt"):
                source["vintage"] = report["surface_date"]
    found: Provenance = {
        "territory": territory.name,
        "fictitious": territory.fictitious,
        "embedded_climate": bool(weather.get("embedded")),
        "weather": str(weather.get("label", "")),
        "computed_on": str(report.get("finished", ""))[:10],
        "version": str(report.get("versions", {}).get("cadastre", "")),
        "crs": territory.crs,
        "attribution": territory.attribution,
        "sources": sources,
        "parameters_changed": {
            f"{group}.{name}": value
            for group, values in report.get("parameters_overridden", {}).items()
            for name, value in values.items()
        },
    }
    optimum = report.get("optimum_irradiation_kwh_m2")
    if optimum is not None:
        found["optimum_irradiation_kwh_m2"] = float(optimum)
    return found


def _of_territory(results: Results) -> dict[str, pd.DataFrame]:
    """Tables without the footprints that stand in none of the named communes."""
    return results.tables | {"buildings": inside_territory(results.tables["buildings"])}


def export(results: Results) -> list[Path]:
    """Write ``exports/``."""
    return write_exports(
        _of_territory(results), results.territory.output / "exports", results.provenance,
        results.territory.parameters.publishing,
    )  # fmt: skip


def publish(results: Results) -> Path:
    """Write ``site/``; returns its page."""
    publishing = results.territory.parameters.publishing
    return write_site(
        _of_territory(results), results.territory.output / "site", results.provenance, publishing,
        relief=_relief(results, publishing.relief_max_pixels),
    )  # fmt: skip


def _relief(results: Results, max_pixels: int) -> Relief | None:
    """Hillshade under the roofs; None where it is not wanted, unknown, or too large to be read."""
    if max_pixels == 0:
        return None
    context = Context(
        results.territory.crs,
        results.territory.parameters,
        open_rasters(results.territory, Notes()),
    )
    if context.rasters.mns is None and context.rasters.points is None:
        return None
    x_min, y_min, x_max, y_max = (
        float(v) for v in inside_territory(results.tables["buildings"]).total_bounds
    )
    bounds = expand((x_min, y_min, x_max, y_max), _RELIEF_MARGIN_M)
    grid = lattice_grid(context, bounds)
    if grid.rows * grid.cols > _RELIEF_READ_FACTOR * max_pixels:
        return None
    surface = view(context, bounds, with_points=False).surface
    return None if surface is None else relief_picture(surface.dsm, surface.grid, max_pixels)


def sheet(
    results: Results, building_id: str, target: Path | None, chosen_kwp: float | None = None
) -> Path:
    """Write the sheet of one building: HTML, or PDF where ``target`` ends so and Chromium is here.

    Raises
    ------
    InputError
        No building of that id, or a PDF is asked where nothing can print one.
    """
    content = sheet_html(results, building_id, chosen_kwp)
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in building_id)
    path = target or results.territory.output / "fiches" / f"{safe}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".pdf":
        print_pdf(content, path)
    else:
        path.write_text(content, encoding="utf-8")
    return path


def sheet_html(results: Results, building_id: str, chosen_kwp: float | None = None) -> str:
    """Return the sheet of one building as a self-contained page.

    ``chosen_kwp`` adds the installation of whole modules nearest to that size to those one can
    choose from.

    Raises
    ------
    InputError
        No building of that id.
    """
    building = _building(results, building_id)
    planes, modules = results.tables["roof_planes"], results.tables["modules"]
    sizes, chosen = _sizes(building, results.territory, chosen_kwp)
    return fiche_html(
        building,
        planes[planes["building_id"] == building_id],
        modules[modules["building_id"] == building_id],
        results.provenance,
        results.territory.parameters.publishing,
        sizes,
        chosen,
    )


def _building(results: Results, building_id: str) -> pd.Series:
    buildings = results.tables["buildings"]
    row = buildings[buildings["building_id"] == building_id]
    if len(row) == 0:
        raise InputError("building_unknown", building_id=building_id)
    return row.iloc[0]


def _sizes(
    building: pd.Series, territory: Territory, chosen_kwp: float | None
) -> tuple[list[tuple[float, float, float]], float | None]:
    """Sizes to choose from, best planes first, up to the advised one; and the one asked for.

    Whole modules, the nearest number below each step; a size asked for becomes the nearest number
    of modules, one at least, and may go beyond what is advised, up to the whole roof.
    """
    capacity, energy = building["curve_capacity_kwp"], building["curve_energy_kwh"]
    if capacity is None or not np.size(capacity):
        if chosen_kwp is not None:
            raise InputError("hours_without_module", building_id=building["building_id"])
        return [], None
    capacity, energy = np.asarray(capacity, np.float64), np.asarray(energy, np.float64)
    one = territory.parameters.modules.power_wp / 1000.0
    most, chosen = float(building["advised_capacity_kwp"]), None
    steps = {
        math.floor(step / one + 1e-6) * one
        for step in territory.parameters.installation.size_steps_kwp
    }
    if chosen_kwp is not None:
        if chosen_kwp > capacity[-1] + 1e-6:
            raise InputError("size_too_large", value=chosen_kwp, most=float(capacity[-1]))
        chosen = max(math.floor(chosen_kwp / one + 0.5), 1) * one
        chosen = min(chosen, float(capacity[-1]))
        most = max(most, chosen)
        steps |= {chosen, float(building["advised_capacity_kwp"])}
    below = capacity < most - 1e-6
    curve = np.append(capacity[below], most)
    made = np.append(energy[below], energy_at(capacity, energy, most))
    listed = sorted(step for step in steps if step > 1e-6)
    apart = [b for a, b in zip([0.0, *listed], listed, strict=False) if b - a > 1e-6]
    return smaller_installations(curve, made, tuple(apart)), chosen


def hours(results: Results, building_id: str) -> pd.DataFrame:
    """Return the production of one building hour by hour, kWh (``hourly.building_hours``).

    Raises
    ------
    InputError
        No building of that id, no module on it, or the shelf is gone.
    """
    building = _building(results, building_id)
    return building_hours(results.territory, building_id, str(building["weather_cell_id"]))


def write_hours_of(results: Results, building_id: str, target: Path) -> Path:
    """Write them as CSV."""
    write_hours(hours(results, building_id), target)
    return target
