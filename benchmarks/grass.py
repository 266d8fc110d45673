"""The whole chain beside GRASS (r.horizon, 36 directions; r.sun, 12 days) on the same ground.

    python benchmarks/grass.py --cote 1000

GRASS computes the irradiation of every pixel and stops there; ours finds the planes of the roofs,
lays the modules and adds up the energy, for roofs only. Both start from the same surface model;
wall time, processor time and memory of all processes are measured the same way, one after the
other. Needs ``grass`` (Debian and Ubuntu: package grass-core).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import rasterio
import rasterio.windows
import shapely
from irradiation import GRASS_DAYS
from territoire import Watch

from cadastre.demo.territory import generate_territory
from cadastre.parameters.demo import DemoTerritory

DIRECTIONS = 36
# a square kilometre of about the mean density of the territory
PLACE = DemoTerritory(west_km=681, north_km=7040, width_km=1, height_km=1)


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def measured(command: list[str], log: Path) -> Cost:
    """Run a command and measure it with all its children."""
    begin = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        watch = Watch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
    wall, peak = time.perf_counter() - begin, watch.stop()
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(log.read_text(encoding="utf-8", errors="replace")[-2000:])
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak)


def cropped(config: Path, folder: Path, side_m: float) -> Path:
    """Copy the south-east corner of a territory: rasters, and the footprints wholly inside."""
    for name in ("mns", "mnt"):
        (source_path,) = sorted((config.parent / name).glob("*.tif"))
        with rasterio.open(source_path) as source:
            size = round(side_m / source.res[0])
            window = rasterio.windows.Window(source.width - size, source.height - size, size, size)
            box = source.window_bounds(window)
            profile = source.profile | {
                "height": size, "width": size,
                "transform": rasterio.transform.from_bounds(*box, size, size),
            }  # fmt: skip
            (folder / name).mkdir()
            with rasterio.open(folder / name / source_path.name, "w", **profile) as target:
                target.write(source.read(1, window=window), 1)
    footprints = gpd.read_file(config.parent / "batiments.gpkg")
    inside = footprints[footprints.within(shapely.box(*box))]
    inside.to_file(folder / "batiments.gpkg", layer="batiment")
    shutil.copy(config.parent / "communes.gpkg", folder / "communes.gpkg")
    return Path(shutil.copy(config, folder / "territoire.toml"))


def grass(dsm: Path, folder: Path) -> tuple[Cost, float, float]:
    """Cost of r.horizon and r.sun on a surface model, and the seconds of each."""
    days = " && ".join(
        f"r.sun elevation=dsm aspect=as slope=sl horizon_basename=h"
        f" horizon_step={360 // DIRECTIONS} day={day} glob_rad=g{day} --q"
        for day in GRASS_DAYS
    )
    script = (
        f"r.in.gdal -o input={dsm} output=dsm --q && g.region raster=dsm"
        " && r.slope.aspect elevation=dsm slope=sl aspect=as --q"
        f" && date +%s.%N > {folder}/0"
        f" && r.horizon elevation=dsm step={360 // DIRECTIONS} maxdistance=500 output=h --q"
        f" && date +%s.%N > {folder}/1 && {days} && date +%s.%N > {folder}/2"
    )
    command = ["grass", "--tmp-location", "EPSG:2154", "--exec", "sh", "-c", script]
    cost = measured(command, folder / "grass.txt")
    marks = [float((folder / str(k)).read_text()) for k in range(3)]
    return cost, marks[1] - marks[0], marks[2] - marks[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cote", type=float, default=1000.0, help="side of the square, m")
    parser.add_argument("--dossier", type=Path, default=Path("build") / "grass")
    options = parser.parse_args()
    if shutil.which("grass") is None:
        print("GRASS is not installed (package grass-core): nothing to compare with")
        return 1
    options.dossier.mkdir(parents=True, exist_ok=True)
    whole = options.dossier / "territoire.toml"
    if not whole.exists():
        generate_territory(options.dossier, PLACE)
    with tempfile.TemporaryDirectory(dir=options.dossier) as name:
        folder = Path(name)
        config = cropped(whole, folder, options.cote)
        (dsm,) = sorted((folder / "mns").glob("*.tif"))
        print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
        command = [sys.executable, "-m", "cadastre", "calculer", str(config), "--processus"]
        ours = measured([*command, "1"], folder / "cadastre.txt")
        report = json.loads((folder / "sortie" / "rapport.json").read_text(encoding="utf-8"))
        theirs, horizon_s, sun_s = grass(dsm, folder)
        planes = pd.read_parquet(folder / "sortie" / "roof_planes.parquet")
    pixels = (options.cote / 0.5) ** 2
    roofs = planes["area_horizontal_m2"].sum() / 0.25
    rows = [
        ("cadastre, whole chain, 1 process", ours),
        ("GRASS r.horizon + r.sun", theirs),
    ]
    print("| | wall s | CPU s | peak memory MiB |\n|---|---|---|---|")
    for label, cost in rows:
        print(f"| {label} | {cost.wall_s:.0f} | {cost.cpu_s:.0f} | {cost.peak_mib:.0f} |")
    stages = {name: took["seconds"] for name, took in report["stages"].items()}
    print(f"{report['totals']['building_count']} buildings; ours by stage, s: {stages}")
    print(
        f"r.horizon {horizon_s:.0f} s, r.sun {sun_s:.0f} s for {pixels:,.0f} pixels;"
        f" ours for {roofs:,.0f} roof pixels, 72 directions, every hour of the years:"
        f" {theirs.wall_s / ours.wall_s:.1f} times less time on the clock,"
        f" {theirs.cpu_s / ours.cpu_s:.1f} times less processor time"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
