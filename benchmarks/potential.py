"""Modules, yield and uncertainty of many buildings: buildings per second, stage by stage.

``python benchmarks/potential.py [buildings] [--profile]``. Gabled, hipped and flat roofs with
chimneys, samples every half metre, one weather cell of the embedded climate. CPU seconds of one
process, so
that twice the figure is what two cores give (tiles are independent). Aim: 250 buildings per
second on two cores for layout, yield and uncertainty together.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import affinity

from cadastre import parameters
from cadastre.exchange import PlaneIrradiation, Samples
from cadastre.potential import installation, suitability, uncertainty
from cadastre.potential.modules import Site, place_modules
from cadastre.potential.plane_yield import plane_yields
from cadastre.potential.pv_yield import YieldTable, rack_yields, yield_table
from cadastre.potential.shared_roof import building_thermal
from cadastre.potential.solar_thermal import thermal_table
from cadastre.roofs.usable import usable_area_m2, usable_geometry, window_share
from cadastre.sky.sun import sky_hours
from cadastre.sources.climate import embedded_weather

ALL = parameters.Parameters()
CRS = "EPSG:2154"


def roof(building, x, y, random):
    """Planes of one building: flat (1 in 10), hipped (3 in 10) or gabled."""
    w, d, turn = random.uniform(7, 14), random.uniform(6, 11), random.uniform(0, 360)
    h, tilt, sort = d / 2, random.uniform(25, 50), random.random()
    if sort < 0.1:
        w, d = random.uniform(8, 30), random.uniform(8, 30)
        faces = [(shapely.box(0, 0, w, d), 0.0, 0.0)]
    elif sort < 0.4:
        w = max(w, d + 1)
        faces = [
            (shapely.Polygon([(0, 0), (w, 0), (w - h, h), (h, h)]), tilt, 180.0),
            (shapely.Polygon([(0, d), (h, h), (w - h, h), (w, d)]), tilt, 0.0),
            (shapely.Polygon([(0, 0), (h, h), (0, d)]), tilt, 270.0),
            (shapely.Polygon([(w, 0), (w, d), (w - h, h)]), tilt, 90.0),
        ]
    else:
        faces = [(shapely.box(0, 0, w, h), tilt, 180.0), (shapely.box(0, h, w, d), tilt, 0.0)]
    rows = []
    for k, (shape, slope_deg, facing) in enumerate(faces):
        azimuth = (facing + turn) % 360
        slope = np.tan(np.radians(slope_deg))
        outline = affinity.translate(affinity.rotate(shape, -turn, origin=(w / 2, h)), x, y)
        rows.append(
            {
                "plane_id": f"b{building}/{k}", "building_id": f"b{building}",
                "surface_tilt": slope_deg, "surface_azimuth": azimuth if slope_deg else np.nan,
                "plane_a": -slope * np.sin(np.radians(azimuth)),
                "plane_b": -slope * np.cos(np.radians(azimuth)),
                "plane_c": 8.0, "plane_x0": x + w / 2, "plane_y0": y + h,
                "area_horizontal_m2": outline.area,
                "area_sloped_m2": outline.area / np.cos(np.radians(slope_deg)),
                "plane_source": "lidar", "fit_rmse_m": 0.06, "quality_flag": "ok",
                "vegetation_share": 0.0, "explained_share": 0.95, "geometry": outline,
            }
        )  # fmt: skip
    return rows


def scene(buildings, random):
    rows = []
    for i in range(buildings):
        rows += roof(i, 685_000.0 + 35 * (i % 200), 7_037_000.0 + 35 * (i // 200), random)
    planes = gpd.GeoDataFrame(rows, crs=CRS)
    chimneys = []
    for plane_id, shape in zip(planes["plane_id"], planes.geometry):
        x, y = shape.representative_point().coords[0]
        if random.random() < 0.4:
            square = shapely.box(x, y, x + 0.8, y + 0.8).intersection(shape)
            chimneys.append({"plane_id": plane_id, "geometry": square})
    return planes, gpd.GeoDataFrame(chimneys, crs=CRS)


def light(planes, table: YieldTable, random) -> tuple[Samples, PlaneIrradiation]:
    """Free irradiation less random shade, and samples every half metre around it."""
    tilt = planes["surface_tilt"].to_numpy()
    azimuth = planes["surface_azimuth"].fillna(180.0).to_numpy()
    free = table.free_received(tilt, azimuth)
    kept = 1.0 - random.beta(1, 10, len(planes))[:, None]
    direct, sky = free.direct * kept, free.sky_diffuse * (1 + kept) / 2
    year = (direct + sky + free.reflected).sum(axis=1)
    xs, ys, values, starts = [], [], [], [0]
    for shape, mean in zip(planes.geometry, year):
        x0, y0, x1, y1 = shape.bounds
        x, y = (a.ravel() for a in np.meshgrid(np.arange(x0, x1, 0.5), np.arange(y0, y1, 0.5)))
        inside = shapely.contains_xy(shape, x, y)
        xs.append(x[inside])
        ys.append(y[inside])
        starts.append(starts[-1] + int(inside.sum()))
        values.append(mean * random.normal(1.0, 0.04, inside.sum()))
    count = starts[-1]
    samples = Samples(
        np.array(starts), np.concatenate(xs), np.concatenate(ys), np.zeros(count),
        np.zeros(count, np.int32), np.zeros(count, np.int32), np.ones(count, np.float32),
    )  # fmt: skip
    by_year = year[:, None] * (1 + random.normal(0, 0.04, 12))[None, :]
    return samples, PlaneIrradiation(
        direct, sky, free.reflected, 0.2 * direct * 0, free.unshaded, year, by_year,
        np.ones(len(planes)), np.zeros((len(planes), 72), np.float32),
        np.concatenate(values).astype(np.float32),
    )  # fmt: skip


def whole_stage(planes, chimneys, samples, irradiation, weather, table, thermal):
    """Run the stage once; returns seconds by step and the number of modules."""
    seconds, last = {}, time.process_time()

    def lap(name):
        nonlocal last
        now = time.process_time()
        seconds[name] = now - last
        last = now

    usable = usable_geometry(planes, chimneys, ALL.usable)
    lap("usable geometry")
    usage = pd.Series("residential", index=planes.index)
    windows = window_share(usage, ALL.usable).to_numpy()
    site = Site(table.optimum_kwh_m2, rack_yields(table), 0.3)
    placed = place_modules(
        planes, usable, ALL.modules, samples=samples, irradiation=irradiation,
        window_share=windows, site=site,
    )  # fmt: skip
    lap("modules")
    yields, placed = plane_yields(planes, placed, irradiation, table, ALL.modules, ALL.pv)
    planes = planes.join(yields)
    lap("yield")
    budget = uncertainty.plane_budget(planes, irradiation, weather, table, ALL.uncertainty)
    roofs = uncertainty.building_budget(planes, budget, ALL.uncertainty)
    uncertainty.p90(planes["annual_energy_kwh"], uncertainty.total_sigma(budget), ALL.uncertainty)
    uncertainty.widest_causes(roofs, ALL.uncertainty)
    lap("uncertainty")
    planes["advised_flag"] = installation.advised_planes(planes, ALL.installation)
    shares = suitability.plane_suitability(
        planes, irradiation, table, ALL.installation, ALL.modules
    )
    suitability.building_suitability(planes, shares, ALL.installation)
    installation.installations(planes, ALL.installation, ALL.pv)
    lap("classes, installations")
    homes = pd.Series(1.0, index=pd.Index(sorted(set(planes["building_id"]))))
    windows = usable_area_m2(planes, usable)
    lit = planes.assign(
        usable_area_m2=windows, irradiation_kwh_m2=irradiation.monthly.sum(axis=1),
        irradiation_unshaded_kwh_m2=irradiation.unshaded.sum(axis=1),
    )  # fmt: skip
    building_thermal(homes, lit, placed, thermal, ALL.modules, ALL.thermal)
    lap("hot water")
    return seconds, len(placed)


def main():
    numbers = [int(a) for a in sys.argv[1:] if a.isdigit()]
    buildings = numbers[0] if numbers else 2_000
    warnings.simplefilter("ignore")
    weather = embedded_weather()
    hours = sky_hours(weather, ALL.sky)
    start = time.process_time()
    table = yield_table(weather, hours, ALL.pv, ALL.modules, ALL.sky.albedo)
    print(f"yield table of one weather cell, {len(weather.data) // 8760} years: "
          f"{time.process_time() - start:.1f} s")  # fmt: skip
    random = np.random.default_rng(1)
    small = scene(20, random)
    start = time.process_time()
    thermal = thermal_table(weather, hours, ALL.thermal, ALL.sky.albedo)
    print(f"thermal table: {time.process_time() - start:.1f} s")
    whole_stage(*small, *light(small[0], table, random), weather, table, thermal)  # compile
    planes, chimneys = scene(buildings, random)
    samples, irradiation = light(planes, table, random)
    profile = cProfile.Profile() if "--profile" in sys.argv else None
    if profile:
        profile.enable()
    seconds, modules = whole_stage(planes, chimneys, samples, irradiation, weather, table, thermal)
    if profile:
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(18)
    print(f"{buildings} buildings, {len(planes)} planes, {len(samples.x)} samples, "
          f"{modules} modules")  # fmt: skip
    for name, value in seconds.items():
        print(f"  {name:24s} {value:6.2f} s  {buildings / value:8.0f} buildings/s")
    stage = sum(seconds[name] for name in ("modules", "yield", "uncertainty"))
    total = sum(seconds.values())
    print(
        f"  layout+yield+uncertainty {stage:6.2f} s  {buildings / stage:8.0f} buildings/s a core"
    )
    print(
        f"  with all steps           {total:6.2f} s  {buildings / total:8.0f} buildings/s a core"
    )


if __name__ == "__main__":
    main()
