"""The country simulated from the measured costs of tiles: hours, memory, storage, money.

    python benchmarks/pays.py --journal build/territoire/100km2/journal-2.jsonl

Reads the journal of a measured run (processor seconds of each tile and how many buildings it
holds), fits a cost a tile and a cost a building, draws a country of 550 000 km2 and 50 million
buildings square by square, plans its tiles as the program does and shares them out to workers,
stage by stage, the heaviest first. Prices are assumptions, to be replaced by one's own.
"""

from __future__ import annotations

import argparse
import heapq
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cadastre.parameters import Tiles

STAGES = ("toits", "surfaces", "rendement")
COUNTRY_KM2, COUNTRY_BUILDINGS = 550_000, 50_000_000
EMPTY_SHARE, SPREAD = 0.10, 1.3  # of squares of 4 km2; lognormal: towns and open country
SHELF_MB_KM2, SHELF_KB_BUILDING, RESULT_KB_BUILDING = 3.0, 26.0, 5.2
INPUT_MB_KM2 = 18.0  # surface and terrain models of LiDAR HD, compressed
STORE_S = 1.5  # to read and write what a tile needs on an object storage, latencies included
EUR_CORE_HOUR, EUR_TB_MONTH = 0.04, 15.0


@dataclass(frozen=True)
class Cost:
    """Processor seconds: of a tile, and of a building more."""

    tile_s: float
    building_s: float


def fitted(journal: Path) -> dict[str, Cost]:
    """Cost of each stage by least squares on the tiles of a run."""
    found = {}
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    done = [line for line in lines if line["event"] == "tile_done"]
    buildings = {
        line["tile"]: line["buildings"] for line in done if line.get("buildings") is not None
    }
    for stage in STAGES:
        rows = [line for line in done if line["stage"] == stage]
        cpu = np.array([line["cpu_s"] for line in rows])
        if stage == "surfaces":  # squares own no building: their cost is that of their area
            found[stage] = Cost(float(cpu.mean()), 0.0)
            continue
        count = np.array([buildings[line["tile"]] for line in rows], float)
        slope, start = np.polyfit(count, cpu, 1)
        found[stage] = Cost(max(float(start), 0.0), float(slope))
    return found


def country(seed: int, tiles: Tiles) -> NDArray[np.float64]:
    """Buildings of each tile of a made country."""
    rng = np.random.default_rng(seed)
    squares = COUNTRY_KM2 // 4
    count = rng.lognormal(0.0, SPREAD, squares) * (rng.random(squares) > EMPTY_SHARE)
    count *= COUNTRY_BUILDINGS / count.sum()
    merged = count[(count > 0) & (count <= tiles.merge_buildings)]
    share = rng.dirichlet(np.full(4, 2.0), int((count > tiles.merge_buildings).sum()))
    single = (count[count > tiles.merge_buildings][:, None] * share).ravel()
    while (single > tiles.max_buildings).any():
        heavy = single > tiles.max_buildings
        parts = rng.dirichlet(np.full(4, 4.0), int(heavy.sum()))
        single = np.concatenate([single[~heavy], (single[heavy][:, None] * parts).ravel()])
    return np.concatenate([merged, single])


def makespan_h(seconds: NDArray[np.float64], workers: int) -> float:
    """Hours until the last of some tasks is done, the heaviest handed out first."""
    free = [0.0] * workers
    for spent in np.sort(seconds)[::-1]:
        heapq.heappush(free, heapq.heappop(free) + float(spent))
    return max(free) / 3600.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--coeurs", type=int, nargs="+", default=[2, 16, 64, 256, 1024])
    options = parser.parse_args()
    costs, plan = fitted(options.journal), country(1, Tiles())
    for stage, cost in costs.items():
        print(f"{stage}: {cost.tile_s:.2f} s a tile, {1000 * cost.building_s:.2f} ms a building")
    print(
        f"{len(plan):,} tiles, {plan.sum():,.0f} buildings,"
        f" {np.percentile(plan, 50):.0f} in the middle one, {plan.max():.0f} in the fullest"
    )
    work = {
        stage: np.full(COUNTRY_KM2 if stage == "surfaces" else len(plan), cost.tile_s + STORE_S)
        for stage, cost in costs.items()
    }
    for stage in ("toits", "rendement"):
        work[stage] = work[stage] + costs[stage].building_s * plan
    core_hours = sum(float(seconds.sum()) for seconds in work.values()) / 3600.0
    shelves = (SHELF_MB_KM2 * COUNTRY_KM2 + SHELF_KB_BUILDING * COUNTRY_BUILDINGS / 1e3) / 1e6
    results = RESULT_KB_BUILDING * COUNTRY_BUILDINGS / 1e9
    inputs = INPUT_MB_KM2 * COUNTRY_KM2 / 1e6
    print(
        f"{core_hours:,.0f} core-hours ({core_hours * EUR_CORE_HOUR:,.0f} EUR at"
        f" {EUR_CORE_HOUR} EUR); inputs {inputs:.1f} TB, shelves {shelves:.1f} TB, results"
        f" {results:.2f} TB ({(inputs + shelves + results) * EUR_TB_MONTH:,.0f} EUR a month at"
        f" {EUR_TB_MONTH} EUR/TB)"
    )
    print("| cores | hours | busy |\n|---|---|---|")
    for workers in options.coeurs:
        hours = sum(makespan_h(seconds, workers) for seconds in work.values())
        print(f"| {workers} | {hours:,.1f} | {100 * core_hours / hours / workers:.1f} % |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
