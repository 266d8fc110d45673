"""A whole territory on one machine: speed, memory, disk, extrapolated to 1 002 km2.

    python benchmarks/territoire.py --km2 25 50 100 --processus 2 --comparer 25

Generates synthetic territories with the density of the Pôle métropolitain de l'Artois, runs
``cadastre calculer`` on each in a process of its own and prints what it took, from the report of
the run and from the system. Every measure is kept in the folder: a benchmark that was interrupted
goes on where it stopped (``--refaire`` measures again). On a busy machine look at the processor
seconds: the time on the clock then says little.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cadastre.demo.territory import generate_territory
from cadastre.parameters.demo import DemoTerritory
from cadastre.pipeline.memory import family, resident_mib

PMA_KM2 = 1002.0
STAGES = ("toits", "surfaces", "rendement")
ONCE = ("ciel", "modele")  # made once, whatever the size
EACH_S = 1.0


@dataclass
class Measure:
    """What one run took."""

    km2: int
    processes: int
    buildings: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    disk_mb: float
    results_mb: float
    load_before: float
    stages_s: dict[str, float] = field(default_factory=dict)
    tiles: int = 0
    expected_mib: float = 0.0
    beside: int = 0
    stage_cpu_s: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Buildings per second, the whole command."""
        return self.buildings / self.wall_s

    @property
    def compute_s(self) -> float:
        """Seconds of the stages that are shared between processes."""
        return sum(self.stages_s.get(name, 0.0) for name in STAGES)


def sides(km2: int) -> tuple[int, int]:
    """Width and height, km, of the squarest rectangle of an area."""
    height = next(side for side in range(math.isqrt(km2), 0, -1) if km2 % side == 0)
    return km2 // height, height


def territory(folder: Path, km2: int) -> Path:
    """Generate a territory once; returns its territory file."""
    config, done = folder / "territoire.toml", folder / "genere.json"
    if not done.exists():
        width, height = sides(km2)
        begin = time.perf_counter()
        generate_territory(folder, DemoTerritory(width_km=width, height_km=height))
        spent = {"km2": km2, "seconds": round(time.perf_counter() - begin, 1)}
        done.write_text(json.dumps(spent), encoding="utf-8")
        print(f"{km2} km2 generated in {spent['seconds']} s", flush=True)
    return config


def measured(folder: Path, km2: int, processes: int, again: bool, twin: str = "") -> Measure:
    """Measure a run, or read what an earlier benchmark measured.

    ``twin`` names one of several runs at the same time, each with an output of its own.
    """
    name = f"{processes}{twin}"
    kept = folder / f"mesure-{name}.json"
    if kept.exists() and not again:
        return Measure(**json.loads(kept.read_text(encoding="utf-8")))
    config = territory(folder, km2)
    output = folder / f"sortie-{name}"
    shutil.rmtree(output, ignore_errors=True)
    mine = folder / f"territoire-{name}.toml"
    text = config.read_text(encoding="utf-8")
    mine.write_text(text.replace('dossier = "sortie"', f'dossier = "{output.name}"'), "utf-8")
    command = [
        sys.executable, "-m", "cadastre", "calculer", str(mine), "--processus", str(processes),
    ]  # fmt: skip
    journal = folder / f"journal-{name}.jsonl"
    load = os.getloadavg()[0]
    begin = time.perf_counter()
    with (folder / f"journal-{name}.txt").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        watch = Watch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    peak = watch.stop()
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"calculer failed, see {log.name}")
    report = json.loads((output / "rapport.json").read_text(encoding="utf-8"))
    shutil.copy(sorted((output / "journaux").glob("*.jsonl"))[-1], journal)
    results = sum(path.stat().st_size for path in output.glob("*.parquet"))
    found = Measure(
        km2, processes, report["totals"]["building_count"], round(wall, 2),
        round(usage.ru_utime + usage.ru_stime, 2), round(peak), _size_mb(output),
        round(results / 1e6, 1), round(load, 2), report["durations_s"], report["tile_count"],
        report["expected_memory_mib"],
        stage_cpu_s={stage: took["cpu_s"] for stage, took in report["stages"].items()},
        beside=1 if twin else 0,
    )  # fmt: skip
    kept.write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")
    return found


def side_by_side(folder: Path, km2: int, again: bool) -> list[Measure]:
    """Measure two runs of one process each, of the same territory, at the same time.

    They share nothing but the machine: no sharing of work can do better than they do.
    """
    territory(folder, km2)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(measured, folder, km2, 1, again, twin) for twin in "ab"]
        return [run.result() for run in runs]


class Watch:
    """Adds up the memory of a process and of all its children, and keeps the highest sum."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak = pid, 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(EACH_S):
            parts = [resident_mib(pid) for pid in family(self._pid)]
            self._peak = max(self._peak, sum(part for part in parts if part is not None))

    def stop(self) -> float:
        """Return the highest sum, MiB."""
        self._over.set()
        self._thread.join()
        return self._peak


def _size_mb(folder: Path) -> float:
    files = (path for path in folder.rglob("*") if path.is_file())
    return round(sum(path.stat().st_size for path in files) / 1e6, 1)


def print_table(measures: list[Measure]) -> None:
    """Print one line a run, as a Markdown table."""
    heads = (
        "km2", "buildings", "processes", "wall s", "buildings/s", "CPU ms/building",
        "CPU-bound buildings/s", *[f"{name} s" for name in (*STAGES, "totaux")],
        "peak memory MiB", "told beforehand", "disk MB/km2", "results MB", "load before",
    )  # fmt: skip
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for one in measures:
        cpu_ms = 1000.0 * one.cpu_s / one.buildings
        cells = (
            one.km2, one.buildings, f"{one.processes}{' beside another' * one.beside}",
            f"{one.wall_s:.0f}", f"{one.rate:.0f}",
            f"{cpu_ms:.2f}", f"{1000.0 * one.processes / cpu_ms:.0f}",
            *[f"{one.stages_s.get(name, 0.0):.0f}" for name in (*STAGES, "totaux")],
            f"{one.peak_mib:.0f}", f"{one.expected_mib:.0f}", f"{one.disk_mb / one.km2:.1f}",
            f"{one.results_mb:.0f}",
            f"{one.load_before:.1f}",
        )  # fmt: skip
        print("| " + " | ".join(map(str, cells)) + " |")


def print_conclusions(measures: list[Measure]) -> None:
    """Print flatness, extrapolation and what a second process brings."""
    widest = max(one.processes for one in measures)
    many = sorted(
        (m for m in measures if m.processes == widest and not m.beside), key=lambda one: one.km2
    )
    last = many[-1]
    costs = [1000.0 * one.cpu_s / one.buildings for one in many]
    for one in many:
        parts = {
            name: round(1000.0 * spent / one.buildings, 2)
            for name, spent in one.stage_cpu_s.items()
            if spent
        }
        print(f"{one.km2} km2, CPU ms a building by stage: {parts}")
    if len(many) > 1:
        spread = (max(costs) - min(costs)) / min(costs)
        print(f"CPU per building over {[one.km2 for one in many]} km2: {100 * spread:.1f} % apart")
    if len(many) > 2:
        each, once = np.polyfit([one.buildings for one in many], [one.cpu_s for one in many], 1)
        apart = [abs(one.cpu_s - once) / one.buildings / each - 1.0 for one in many]
        print(
            f"straight line through them: {once:.0f} s of CPU once (libraries, sky, far relief),"
            f" then {1000.0 * each:.2f} ms a building, {100.0 * max(map(abs, apart)):.1f} % off"
            " at the most"
        )
    once = sum(last.stages_s.get(name, 0.0) for name in ONCE)
    scale = PMA_KM2 / last.km2
    whole = once + (last.wall_s - once) * scale
    print(
        f"extrapolated from {last.km2} to {PMA_KM2:.0f} km2 (all but the tables of the sky in"
        f" proportion to the area, same density): {last.buildings * scale:,.0f} buildings,"
        f" {whole / 60:.0f} min, {last.disk_mb * scale / 1000:.1f} GB on disk"
    )
    for one in measures:
        if one.processes == 1 and not one.beside:
            twins = [m.compute_s for m in measures if m.km2 == one.km2 and m.beside]
            if twins:
                gain = one.compute_s * len(twins) / max(twins)
                print(
                    f"{one.km2} km2, two runs of 1 process side by side, sharing nothing:"
                    f" {gain:.2f} times the work of one in the same time (compute stages)"
                )
            pair = [m for m in measures if m.km2 == one.km2 and m.processes == 2]
            for two in pair:
                print(
                    f"{one.km2} km2, 1 process against 2: {one.compute_s / two.compute_s:.2f}"
                    f" times on the compute stages, {one.wall_s / two.wall_s:.2f} on the whole"
                )


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--km2", type=int, nargs="+", default=[25, 50, 100])
    parser.add_argument("--processus", type=int, default=2)
    parser.add_argument("--comparer", type=int, nargs="*", default=[], help="also with 1 process")
    parser.add_argument(
        "--plafond", type=int, nargs="*", default=[],
        help="also two runs of 1 process at once: the most a second core can bring",
    )  # fmt: skip
    parser.add_argument("--dossier", type=Path, default=Path("build") / "territoire")
    parser.add_argument("--refaire", action="store_true", help="measure again")
    parser.add_argument("--garder", action="store_true", help="keep the outputs of the runs")
    options = parser.parse_args(arguments)
    wanted = [(km2, options.processus) for km2 in options.km2]
    wanted += [(km2, 1) for km2 in options.comparer]
    measures = []
    for km2, processes in wanted:
        folder = options.dossier / f"{km2}km2"
        folder.mkdir(parents=True, exist_ok=True)
        measures.append(measured(folder, km2, processes, options.refaire))
        if not options.garder:
            shutil.rmtree(folder / f"sortie-{processes}", ignore_errors=True)
        print_table(measures[-1:])
    for km2 in options.plafond:
        folder = options.dossier / f"{km2}km2"
        measures += side_by_side(folder, km2, options.refaire)
        for twin in "ab":
            shutil.rmtree(folder / f"sortie-1{twin}", ignore_errors=True)
    print()
    print_table(measures)
    print_conclusions(measures)
    return {"measures": [asdict(one) for one in measures]}


if __name__ == "__main__":
    main()
