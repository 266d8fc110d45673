"""Speed, memory and cost of years of the irradiation chain; GRASS on the same model if installed.

    python benchmarks/irradiation.py

Reads the reference scene beside the data folder (CADASTRE_DONNEES or ../shared/data) and makes a
town of its own where there is none. A sample is a roof pixel: its skyline over 500 m and twelve
months of direct, diffuse and reflected light, and every year of weather.
"""

from __future__ import annotations

import dataclasses
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
import pandas as pd
import pvlib
import rasterio

from cadastre import parameters
from cadastre.exchange import CumulativeSky, Samples, Surface, WeatherSeries
from cadastre.grid import Grid
from cadastre.irradiance.plane_of_array import plane_irradiation
from cadastre.shading.horizon import horizons
from cadastre.sky.cumulative_sky import cumulative_sky

DATA = Path(os.environ.get("CADASTRE_DONNEES", Path(__file__).parents[2] / "shared" / "data"))
SCENE = DATA.parent / "reference" / "irradiation"
LATITUDE, LONGITUDE, ALTITUDE = 50.4325, 2.79, 35.0
SKY = parameters.Sky()
GRASS_DAYS = (17, 47, 75, 105, 135, 162, 198, 228, 258, 288, 318, 344)  # Klein's mean days


@dataclasses.dataclass(frozen=True)
class Roofs:
    """Roof pixels and the planes they lie on."""

    surface: Surface
    samples: Samples
    planes: pd.DataFrame


def reference_roofs() -> Roofs:
    """Every roof pixel of the reference scene on its true plane."""
    import geopandas as gpd

    with rasterio.open(SCENE / "DSM.tif") as source:
        dsm, transform = source.read(1), source.transform
    with rasterio.open(SCENE / "plane_id.tif") as source:
        label = source.read(1)
    grid = Grid("EPSG:2154", transform.c, transform.f, transform.a, *dsm.shape)
    planes = gpd.read_file(SCENE / "planes_truth.gpkg").sort_values("plane_id")
    row, col = np.nonzero(label)
    index = np.searchsorted(planes["plane_id"].to_numpy(), label[row, col])
    slopes = planes[["a", "b", "c"]].to_numpy()
    return _roofs(Surface(grid, dsm, np.zeros_like(dsm)), row, col, index, slopes)


def made_roofs(size: int = 400) -> Roofs:
    """Gables of 45° in rows, one roof pixel in five."""
    row, col = np.mgrid[0:size, 0:size]
    across = (col + 0.5) * 0.5 % 24.0
    half = np.abs(across - 5.0)
    house = (half < 4.0) & ((row + 0.5) * 0.5 % 20.0 < 12.0)
    height = np.where(house, 9.0 - half, 0.0).astype(np.float32)
    grid = Grid("EPSG:2154", 685_000.0, 7_037_200.0, 0.5, size, size)
    number = ((col + 0.5) * 0.5 // 24.0 * 2 + (across > 5.0)).astype(int)
    houses = ((row + 0.5) * 0.5 // 20.0).astype(int) * (number.max() + 1) + number
    row, col = np.nonzero(house)
    used, index = np.unique(houses[row, col], return_inverse=True)
    side = used % (number.max() + 1)
    ridge = side // 2 * 24.0 + 5.0
    a = np.where(side % 2 == 0, 1.0, -1.0)
    slopes = np.stack([a, np.zeros(len(used)), 9.0 - a * ridge], axis=-1)
    return _roofs(Surface(grid, height, np.zeros_like(height)), row, col, index, slopes)


def _roofs(surface: Surface, row, col, index, slopes) -> Roofs:
    order = np.lexsort((col, row, index))
    row, col, index = row[order], col[order], index[order]
    x, y = surface.grid.xy(row, col)
    a, b, c = slopes[index].T
    z = c + a * (x - surface.grid.x_min) + b * (y - surface.grid.y_min)
    samples = Samples(
        np.searchsorted(index, np.arange(len(slopes) + 1)).astype(np.int64), x, y, z,
        row.astype(np.int32), col.astype(np.int32), np.full(len(row), 0.25, np.float32),
    )  # fmt: skip
    a, b = slopes[:, 0], slopes[:, 1]
    planes = pd.DataFrame(
        {
            "plane_a": a,
            "plane_b": b,
            "surface_tilt": np.degrees(np.arctan(np.hypot(a, b))),
            "surface_azimuth": np.mod(np.degrees(np.arctan2(-a, -b)), 360.0),
        }
    )
    return Roofs(surface, samples, planes)


def square_kilometre(roofs: Roofs, times: int = 5) -> Roofs:
    """Repeat a scene of 200 m side by side."""
    grid, samples = roofs.surface.grid, roofs.samples
    height, width = grid.rows * grid.resolution, grid.cols * grid.resolution
    counts = np.diff(samples.plane_start)
    moves = [(i, j) for i in range(times) for j in range(times)]
    surface = Surface(
        Grid(grid.crs, grid.x_min, grid.y_max, grid.resolution, grid.rows * times,
             grid.cols * times),
        np.tile(roofs.surface.dsm, (times, times)), np.tile(roofs.surface.dtm, (times, times)),
    )  # fmt: skip
    start = np.concatenate([[0], np.cumsum(np.tile(counts, len(moves)))])
    moved = Samples(
        start.astype(np.int64),
        np.concatenate([samples.x + j * width for _, j in moves]),
        np.concatenate([samples.y - i * height for i, _ in moves]),
        np.tile(samples.z, len(moves)),
        np.concatenate([samples.row + i * grid.rows for i, _ in moves]).astype(np.int32),
        np.concatenate([samples.col + j * grid.cols for _, j in moves]).astype(np.int32),
        np.tile(samples.area_m2, len(moves)),
    )
    return Roofs(surface, moved, pd.concat([roofs.planes] * len(moves), ignore_index=True))


def weather_of(years: int) -> WeatherSeries:
    """The reference year, or a clear sky, under the calendar of several years."""
    if (SCENE / "weather.csv").exists():
        one = pd.read_csv(SCENE / "weather.csv", index_col=0).to_numpy()
    else:
        hours = pd.date_range("2021-01-01 00:30", periods=8760, freq="h", tz="UTC")
        sun = pvlib.solarposition.get_solarposition(hours, LATITUDE, LONGITUDE, ALTITUDE)
        ghi = pvlib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"].to_numpy()
        vertical = np.cos(np.radians(sun["apparent_zenith"].to_numpy()))
        dni = np.where(vertical > 0.05, 0.6 * ghi / np.maximum(vertical, 0.05), 0.0)
        dhi = ghi - dni * np.maximum(vertical, 0.0)
        one = np.stack([ghi, dni, dhi, np.full(8760, 10.0), np.full(8760, 3.0)], axis=-1)
    index = pd.date_range("2001-01-01", f"{2001 + years}-01-01", freq="h", tz="UTC")[:-1]
    index = index[~((index.month == 2) & (index.day == 29))]
    data = pd.DataFrame(
        np.tile(one[:8760], (years, 1)), index, ["ghi", "dni", "dhi", "temp_air", "wind_speed"]
    )
    return WeatherSeries(
        data, LATITUDE, LONGITUDE, ALTITUDE, 60, "csv", "", "", typical_year=False
    )


def run(
    roofs: Roofs,
    sky: CumulativeSky,
    rules: parameters.Horizon,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """Seconds for the skylines and for the light; ``time.process_time`` adds up the threads."""
    begin = clock()
    found = horizons(roofs.surface, roofs.samples, roofs.planes, None, rules, 0.0)
    middle = clock()
    plane_irradiation(
        roofs.planes["surface_tilt"].to_numpy(), roofs.planes["surface_azimuth"].to_numpy(),
        roofs.samples, found, sky, SKY,
    )  # fmt: skip
    return middle - begin, clock() - middle


def speed(roofs: Roofs) -> float:
    """Print samples a second at 72 and 120 sectors; return seconds for the whole at 72."""
    count = len(roofs.samples.x)
    whole = 0.0
    for sectors in (120, 72):
        rules = parameters.Horizon(sector_count=sectors, reach_m=500.0)
        sky = cumulative_sky(weather_of(1), SKY, sectors)
        run(roofs, sky, rules)
        best = min((run(roofs, sky, rules) for _ in range(5)), key=sum)
        whole = sum(best)
        busy = min(sum(run(roofs, sky, rules, time.process_time)) for _ in range(5))
        print(
            f"{sectors:4d} sectors: {count / whole:9,.0f} samples/s on"
            f" {numba.get_num_threads()} threads"
            f" (skylines {best[0] / count * 1e6:.2f}, light {best[1] / count * 1e6:.2f} us);"
            f" {count / busy:,.0f} per second of one core"
        )
    return whole


def years(roofs: Roofs) -> None:
    """Print what twenty years of weather cost more than one."""
    rules = parameters.Horizon(reach_m=500.0)
    folded, spent = {}, {}
    for count in (1, 20):
        weather = weather_of(count)
        begin = time.perf_counter()
        sky = cumulative_sky(weather, SKY, rules.sector_count)
        folded[count] = time.perf_counter() - begin
        run(roofs, sky, rules)
        # seconds of processor, so that a busy machine does not decide
        spent[count] = min(sum(run(roofs, sky, rules, time.process_time)) for _ in range(5))
    more = spent[20] / spent[1] - 1.0
    print(f"20 years against 1, every sample: {100 * more:+.1f} %")
    print(
        f"  table of the cell, once: {folded[1]:.2f} s and {folded[20]:.2f} s;"
        f" with it, 25 km2 of this density:"
        f" {100 * ((25 * spent[20] + folded[20]) / (25 * spent[1] + folded[1]) - 1):+.1f} %"
    )


def memory(roofs: Roofs) -> None:
    """Print the peak memory as tiles go by."""
    rules = parameters.Horizon(reach_m=500.0)
    sky = cumulative_sky(weather_of(1), SKY, rules.sector_count)
    peaks = []
    for tile in range(1, 9):
        run(roofs, sky, rules)
        if tile in (1, 2, 4, 8):
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
            peaks.append(f"{peak:.0f} MB after {tile}")
    print("peak memory: " + ", ".join(peaks))


def grass(roofs: Roofs, ours_s: float) -> None:
    """Time r.horizon (36 directions) and r.sun (12 days) on the same model."""
    if shutil.which("grass") is None:
        print("GRASS: not installed (package grass-core), skipped")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dsm.tif"
        grid = roofs.surface.grid
        with rasterio.open(
            path, "w", driver="GTiff", height=grid.rows, width=grid.cols, count=1,
            dtype="float32", crs=grid.crs, transform=grid.transform,
        ) as target:  # fmt: skip
            target.write(roofs.surface.dsm, 1)
        days = " && ".join(
            f"r.sun elevation=dsm aspect=as slope=sl horizon_basename=h horizon_step=10"
            f" day={day} glob_rad=g{day} --q"
            for day in GRASS_DAYS
        )
        script = (
            f"r.in.gdal -o input={path} output=dsm --q && g.region raster=dsm"
            " && r.slope.aspect elevation=dsm slope=sl aspect=as --q"
            f" && date +%s.%N > {folder}/0"
            " && r.horizon elevation=dsm step=10 maxdistance=500 output=h --q"
            f" && date +%s.%N > {folder}/1 && {days} && date +%s.%N > {folder}/2"
        )
        done = subprocess.run(
            ["grass", "--tmp-location", grid.crs, "--exec", "sh", "-c", script],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            print("GRASS failed:", done.stderr.strip().splitlines()[-1:])
            return
        marks = [float((Path(folder) / str(k)).read_text()) for k in range(3)]
    horizon_s, sun_s = marks[1] - marks[0], marks[2] - marks[1]
    pixels, count = grid.rows * grid.cols, len(roofs.samples.x)
    print(
        f"GRASS on the same {pixels * grid.resolution**2 / 1e6:.2f} km2:"
        f" r.horizon {horizon_s:.1f} s, r.sun {sun_s:.1f} s; ours {ours_s:.2f} s:"
        f" {(horizon_s + sun_s) / ours_s:.0f} times faster for the roofs"
    )
    per_pixel = (horizon_s + sun_s) / pixels / (ours_s / count)
    print(f"  a pixel against a pixel, with twice the directions: {per_pixel:.0f} times")


def main() -> None:
    real = (SCENE / "plane_id.tif").exists()
    roofs = reference_roofs() if real else made_roofs()
    name = "reference scene" if real else "made town"
    print(f"{name}: {len(roofs.samples.x)} roof pixels of 0.5 m, {len(roofs.planes)} planes")
    ours = speed(roofs)
    kilometre = square_kilometre(roofs)
    print(f"one square kilometre of it: {len(kilometre.samples.x)} roof pixels")
    years(kilometre)
    memory(kilometre)
    grass(roofs, ours)


if __name__ == "__main__":
    main()
