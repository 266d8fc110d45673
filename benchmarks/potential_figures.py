"""Figures of the validation page, from the results of runs and from the tests' own models.

``python benchmarks/potential_figures.py SORTIE [SORTIE ...]``: for each results folder, the width
of the interval at roof, commune and territory, then modules beside the 17 365 real arrays of
``pv_france_installed`` (``CADASTRE_DONNEES``), then checks of where modules stand. With
``--modeles``: ModelChain, PVGIS, hot water, whole collectors, exhaustive layout.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre import parameters
from cadastre.pipeline.building_table import SIGMA
from cadastre.pipeline.store import table_from_bytes
from cadastre.potential.pv_yield import plane_energy, yield_table
from cadastre.potential.solar_thermal import (
    HotWaterSystem,
    _free_gain,
    collective_system,
    hot_water_years,
    household_system,
    useful_heat,
)
from cadastre.potential.uncertainty import CAUSES, YIELD_CAUSES, group_budget, total_sigma
from cadastre.sky.sun import sky_hours
from cadastre.sources.climate import embedded_weather

UNCERTAINTY, MODULES = parameters.Uncertainty(), parameters.Modules()


def shelf(folder: Path, stage: str, ending: str) -> pd.DataFrame:
    """Rows of every tile of a stage."""
    files = sorted((folder / "etapes" / stage).glob(f"*.{ending}"))
    return pd.concat([table_from_bytes(path.read_bytes()) for path in files], ignore_index=True)


def widths(folder: Path) -> None:
    """Relative sigma by cause at each level, and P90 over P50."""
    rows = shelf(folder, "rendement", "batiments.parquet").set_index("building_id")
    published = gpd.read_parquet(folder / "buildings.parquet").set_index("building_id")
    sigma = rows[[SIGMA + cause for cause in CAUSES]].dropna()
    sigma.columns = list(CAUSES)
    energy = rows["annual_energy_kwh"].reindex(sigma.index)
    commune = published["commune_code"].reindex(sigma.index)
    found = {f"un toit (médiane de {len(sigma)})": sigma.median()}
    if commune.notna().any():
        of_communes = group_budget(energy, sigma, commune, UNCERTAINTY)
        for code, row in of_communes.iterrows():
            found[f"commune {code} ({(commune == code).sum()} toits)"] = row
    whole = pd.Series("whole", index=sigma.index)
    found["territoire"] = group_budget(energy, sigma, whole, UNCERTAINTY).loc["whole"]
    table = pd.DataFrame(found).T
    by_yield, by_energy = total_sigma(table, YIELD_CAUSES), total_sigma(table)
    table["kWh/kWc"], table["kWh"] = by_yield, by_energy
    table["P90/P50 kWh/kWc"] = 1.0 - UNCERTAINTY.p90_quantile * by_yield
    table["P90/P50 kWh"] = 1.0 - UNCERTAINTY.p90_quantile * by_energy
    print((100 * table).round(1).to_string())


def beside_france(folder: Path) -> None:
    """Power by area and tilts of our modules beside those of real arrays."""
    path = Path(os.environ["CADASTRE_DONNEES"]) / "pv_france_installed/bdappv-metadata.csv"
    real = pd.read_csv(path)
    real = real[(real["surface"] > 5) & (real["kWp"] > 0.5) & (real["kWp"] < 500)]
    modules = gpd.read_parquet(folder / "modules.parquet")
    planes = gpd.read_parquet(folder / "roof_planes.parquet")
    buildings = gpd.read_parquet(folder / "buildings.parquet")
    equipped = planes[planes["module_count"] > 0]
    area = MODULES.length_m * MODULES.width_m
    placed = equipped["module_count"].sum() * area
    quantiles = [0.05, 0.25, 0.5, 0.75, 0.95]
    by_area = 1000.0 * real["kWp"] / real["surface"]
    print("Wc/m² réel", by_area.quantile(quantiles).round(0).tolist(), len(real))
    print("Wc/m² de module", round(MODULES.power_wp / area, 1), "de pan équipé",
          round(1000 * equipped["capacity_kwp"].sum() / equipped["area_sloped_m2"].sum(), 1),
          "couverture", round(placed / equipped["area_sloped_m2"].sum(), 3),
          "de l'utile", round(placed / equipped["usable_area_m2"].sum(), 3))  # fmt: skip
    pitched = modules[modules["layout"] == "pitched"]
    print("pente réelle", real["tilt"].quantile(quantiles).round(1).tolist(), "pente posée",
          pitched["surface_tilt"].quantile(quantiles).round(1).tolist())  # fmt: skip
    own = buildings.loc[buildings["module_count"] > 0, "capacity_kwp"]
    print("kWc réel", real["kWp"].quantile(quantiles).round(2).tolist(),
          "kWc posé", own.quantile(quantiles).round(2).tolist(), len(own))  # fmt: skip


def where_modules_stand(folder: Path) -> None:
    """Area of modules off their plane, off the (moved) footprint, over another, over obstacles."""
    modules = gpd.read_parquet(folder / "modules.parquet")
    planes = gpd.read_parquet(folder / "roof_planes.parquet").set_index("plane_id")
    buildings = gpd.read_parquet(folder / "buildings.parquet").set_index("building_id")
    quality = shelf(folder, "toits", "qualite.parquet").set_index("building_id")
    things = gpd.GeoDataFrame(shelf(folder, "toits", "obstacles.parquet"))
    shapes = modules.geometry.to_numpy()
    home = planes.geometry.reindex(modules["plane_id"]).to_numpy()
    shift = quality[["shift_x_m", "shift_y_m"]].reindex(modules["building_id"]).fillna(0.0)
    feet = buildings.geometry.reindex(modules["building_id"]).to_numpy()
    feet = [shapely.affinity.translate(f, *s) for f, s in zip(feet, shift.to_numpy(), strict=True)]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pair = first < second
    over = shapely.area(shapely.intersection(shapes[first[pair]], shapes[second[pair]]))
    which, thing = shapely.STRtree(things.geometry.to_numpy()).query(
        shapes, predicate="intersects"
    )
    on = shapely.area(shapely.intersection(shapes[which], things.geometry.to_numpy()[thing]))
    alone = modules.groupby(["plane_id", "module_group"]).size()
    print(
        f"{len(modules)} modules, hors du pan {_worst(shapely.difference(shapes, home))}, "
        f"hors de l'emprise {_worst(shapely.difference(shapes, np.array(feet)))}, "
        f"l'un sur l'autre {over.max(initial=0.0):.1e}, "
        f"sur un obstacle {on.max(initial=0.0):.1e} m² ; seuls {int((alone == 1).sum())}"
    )


def _worst(shapes: np.ndarray) -> str:
    return f"{shapely.area(shapes).max(initial=0.0):.1e} m²"


def models() -> None:
    """What the tests assert, in figures."""
    from tests.potential import test_modules, test_pv_yield, test_solar_thermal
    from tests.potential.support import planes_of, weather

    random, off = np.random.default_rng(8), []
    for case in range(50):
        tilt, azimuth = random.uniform(0, 60), random.uniform(0, 360)
        mounting = test_pv_yield.MOUNTINGS[case % 3]
        light = test_pv_yield.light_of(tilt, azimuth)
        received = test_pv_yield.received_of(light, light)
        ours = plane_energy(
            test_pv_yield.table(), [tilt], [azimuth], mounting, received, [1.0]
        ).sum()
        off.append(100 * (ours / test_pv_yield.model_chain_year(tilt, azimuth, mounting) - 1))
    print(f"ModelChain, 50 cas : au pire {np.abs(off).max():.2f} %, moyenne {np.mean(off):.2f} %")
    thermal, table = test_solar_thermal.THERMAL, test_solar_thermal.table()
    for area in (3.0, 4.0, 5.0):
        system = HotWaterSystem(area, 200.0, 165.0)
        gain = test_solar_thermal.gain_of(45.0, 180.0)
        years = hot_water_years(gain, weather(), system, thermal)
        closes = years.year("delivered") + years.year("tank_lost") + years.stored_kwh / years.years
        print(
            f"CESI {area:.0f} m², 165 l : {years.year('delivered'):.0f} kWh/an, "
            f"{years.year('delivered') / area:.0f} kWh/m², couverture "
            f"{years.solar_fraction:.2f}, bilan {years.year('collected') / closes - 1:.1e}"
        )
    _embedded_climate()
    random, off = np.random.default_rng(0), []
    for case in range(300):
        tilt, azimuth = random.uniform(15, 60), random.uniform(90, 270)
        kept = random.uniform(0.6, 1.0)
        system = (
            collective_system(float(random.integers(3, 60)), thermal)
            if case % 3 == 0
            else household_system(random.uniform(1.0, 8.0), thermal)
        )
        gain = test_solar_thermal.gain_of(tilt, azimuth, kept)
        hourly = hot_water_years(gain, weather(), system, thermal).year("delivered")
        found = useful_heat(table, tilt, azimuth, kept, system.area_m2, system.litres_per_day)
        off.append(100 * (found[0][0] / hourly - 1))
    print(
        f"table d'eau chaude, 300 cas : au pire {np.abs(off).max():.1f} %, "
        f"moyenne {np.mean(off):.1f} %"
    )
    shapes = test_modules.small_roofs(200, seed=11)
    cosine = np.cos(np.radians(30.0))
    outlines = np.array([shapely.affinity.scale(s, 1.0, cosine, origin=(0, 0)) for s in shapes])
    planes = planes_of(outlines, np.full(200, 30.0), np.full(200, 180.0))
    best = sum(test_modules.exhaustive(shape, 1.8, 1.2, 0.2) for shape in shapes)
    for least in (1, 2):
        module = parameters.Modules(
            length_m=1.8, width_m=1.2, gap_m=0.0, min_count=1, min_string=least
        )
        number = len(test_modules.place_modules(planes, planes.geometry, module))
        print(f"200 petits pans, champs d'au moins {least} : {number} modules, {best} au mieux")


def _embedded_climate() -> None:
    """Hot water and kWh/kWp of the embedded climate of the Artois."""
    everything = parameters.Parameters()
    weather = embedded_weather()
    hours = sky_hours(weather, everything.sky)
    gain = _free_gain(hours, 45.0, 180.0, everything.thermal, everything.sky.albedo)
    for area in (3.0, 4.0, 5.0):
        system = HotWaterSystem(area, 200.0, 165.0)
        years = hot_water_years(gain, weather, system, everything.thermal)
        print(
            f"Artois, CESI {area:.0f} m² : {years.year('delivered'):.0f} kWh/an, "
            f"{years.year('delivered') / area:.0f} kWh/m², couverture {years.solar_fraction:.2f}"
        )
    table = yield_table(weather, hours, everything.pv, everything.modules, everything.sky.albedo)
    for name, tilt, azimuth in (("sud", 35.0, 180.0), ("est", 35.0, 90.0), ("nord", 35.0, 0.0)):
        free = table.free_received([tilt], [azimuth])
        energy = plane_energy(table, [tilt], [azimuth], "on_roof", free, [1.0]).sum()
        print(f"Artois, 35° {name} : {energy:.0f} kWh/kWc, ratio {energy / free.total.sum():.3f}")
    print(f"Artois, optimum {table.optimum_kwh_m2:.0f} kWh/m² à {table.optimum_tilt:.0f}°")


def main() -> None:
    """Print what is asked."""
    warnings.simplefilter("ignore")
    for name in sys.argv[1:]:
        if name == "--modeles":
            models()
            continue
        print(f"\n== {name}")
        widths(Path(name))
        beside_france(Path(name))
        where_modules_stand(Path(name))


if __name__ == "__main__":
    main()
