"""A run that is killed, starved or cut up another way gives the same tables, byte for byte.

    python benchmarks/pannes.py coups --km2 4 --nombre 50
    python benchmarks/pannes.py fautes --km2 4
    python benchmarks/pannes.py decoupages --km2 4

``coups``: SIGKILL at random moments, resumed each time. ``fautes``: a damaged file on the shelves,
a full disk (a limit on the size of files), a worker that dies, a surface model that cannot be
read. ``decoupages``: 1, 2 and 4 processes, tiles of 500 m, 1 km and 2 km, a cluster of two workers
one of which is killed. Everything is compared with one undisturbed run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import rasterio
from territoire import territory

from cadastre.grid import Bounds
from cadastre.parameters import Horizon, Tiles
from cadastre.pipeline.memory import family

TABLES = ("buildings", "roof_planes", "modules", "territories")
SMALL_TILES = "[parametres.tiles]\nsize_m = 500.0\nmerge_buildings = 0\nmin_size_m = 250.0\n"
BIG_FILE = 9_000_000  # bytes: the tables of the weather pass, the skylines of a dense tile do not


def digests(output: Path) -> dict[str, str]:
    """Checksums of the published tables; empty where one is missing."""
    paths = {name: output / f"{name}.parquet" for name in TABLES}
    if not all(path.exists() for path in paths.values()):
        return {}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}


def configured(config: Path, name: str, extra: str = "") -> tuple[Path, Path]:
    """Territory file with an output folder of its own (emptied), and that folder."""
    output = config.parent / name
    shutil.rmtree(output, ignore_errors=True)
    path = config.parent / f"{name}.toml"
    text = config.read_text(encoding="utf-8").replace('dossier = "sortie"', f'dossier = "{name}"')
    path.write_text(f"{text}\n{extra}", encoding="utf-8")
    return path, output


def started(config: Path, *options: str, before: Callable[[], None] | None = None):
    """Begin ``calculer``; its output goes to a file beside the territory file."""
    command = [sys.executable, "-m", "cadastre", "calculer", str(config), *options]
    with config.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=before)


def finished(config: Path, *options: str, before: Callable[[], None] | None = None) -> int:
    """Run ``calculer`` to its end; returns the exit status."""
    return started(config, *options, before=before).wait()


def kills(config: Path, count: int, seed: int, expected: dict[str, str]) -> bool:
    """Kill a run at random moments, resume it each time, begin again when it gets to its end."""
    path, output = configured(config, "tue", SMALL_TILES)
    chance, ends, same, stages = random.Random(seed), 0, True, Counter()
    begin = time.perf_counter()
    for number in range(count):
        process = started(path, "--processus", "2")
        # a moment of the work, not of the clock: some pieces of work later, and a little more
        goal = _made(output) + chance.randint(0, 4)
        deadline = time.perf_counter() + 120.0
        while process.poll() is None and time.perf_counter() < deadline and _made(output) < goal:
            time.sleep(0.05)
        late = time.perf_counter() + chance.uniform(0.0, 3.0)
        while process.poll() is None and time.perf_counter() < late:
            time.sleep(0.02)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            stages[_stage(output)] += 1
            continue
        ends += 1
        same &= process.returncode == 0 and digests(output) == expected
        shutil.rmtree(output)
        print(f"  end reached after kill {number}, same tables: {same}", flush=True)
    same &= finished(path, "--processus", "2") == 0 and digests(output) == expected
    spent = time.perf_counter() - begin
    print(
        f"{sum(stages.values())} kills during {dict(stages)}, {ends + 1} runs to their end,"
        f" {spent:.0f} s: same bytes: {same}; leavings: {len(list(output.rglob('*.part')))}"
    )
    return same


def _made(output: Path) -> int:
    """Pieces of work on the shelves."""
    return len(list(output.glob("etapes/*/*.json")))


def _stage(output: Path) -> str:
    """Stage that the last journal was in."""
    journals = sorted((output / "journaux").glob("*.jsonl"))
    names = ["début"]
    for line in journals[-1].read_text(encoding="utf-8").splitlines() if journals else []:
        try:
            names.append(json.loads(line).get("stage", names[-1]))
        except ValueError:  # the kill cut the line
            continue
    return names[-1]


def faults(config: Path, expected: dict[str, str]) -> bool:
    """Inject four faults one after the other; each time lift it and resume."""
    path, output = configured(config, "faute", SMALL_TILES)
    checks = [
        ("full disk", _full_disk(path, output)),
        ("dying worker", _dying_worker(path, output)),
        ("same tables", digests(output) == expected),
        ("damaged file", _damaged(path, output) and digests(output) == expected),
        ("unreadable raster", _unreadable(path, output) and digests(output) == expected),
    ]
    for name, fine in checks:
        print(f"{name}: {'as expected' if fine else 'WRONG'}")
    return all(fine for _, fine in checks)


def _full_disk(path: Path, output: Path) -> bool:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (BIG_FILE, BIG_FILE))

    status = finished(path, "--processus", "2", before=limited)
    said = path.with_suffix(".log").read_text(encoding="utf-8").strip().splitlines()[-1]
    print(f"  full disk: exit {status}: {said[:150]}")
    return status in (1, 2) and "Traceback" not in said and not list(output.rglob("*.part"))


def _dying_worker(path: Path, output: Path) -> bool:
    """Kill a worker twice in a run from nothing, some pieces of work apart."""
    shutil.rmtree(output)
    process = started(path, "--processus", "2")
    killed = 0
    for pieces in (3, 12):
        while process.poll() is None and _made(output) < pieces:
            time.sleep(0.05)
        # the first child is the tracker of shared resources
        workers = [pid for pid in family(process.pid) if pid != process.pid][1:]
        if workers:
            os.kill(workers[-1], signal.SIGKILL)
            killed += 1
    status = process.wait()
    print(f"  dying worker: {killed} killed, exit {status}")
    return status == 0 and killed == 2


def _damaged(path: Path, output: Path) -> bool:
    victims = [
        sorted((output / "etapes" / stage).glob(f"*.{ending}"))[3]
        for stage, ending in (("toits", "pans.parquet"), ("rendement", "modules.parquet"),
                              ("ombres", "blocs"), ("surfaces", "blocs"))
    ]  # fmt: skip
    for victim in victims:
        content = bytearray(victim.read_bytes())
        content[len(content) // 2] ^= 0xFF
        victim.write_bytes(content)
    return finished(path, "--processus", "2") == 0


def _unreadable(path: Path, output: Path) -> bool:
    """Damage one block in a corner: the tiles that see it, and no other, are set aside."""
    victim = sorted((path.parent / "mns").glob("*.tif"))[0]
    whole, times = victim.read_bytes(), victim.stat()
    place, start, length = _corner_block(victim)
    seeing = _seeing(output, place)
    everything = len(list((output / "etapes" / "rendement").glob("*.batiments.parquet")))
    content = bytearray(whole)
    content[start : start + length] = os.urandom(length)
    victim.write_bytes(content)
    status = finished(path, "--processus", "2")
    buildings = pd.read_parquet(output / "buildings.parquet", columns=["building_id", "status"])
    lost = set(buildings.loc[buildings["status"] == "error", "building_id"])
    failed = json.loads((output / "rapport.json").read_text(encoding="utf-8"))["failed_tiles"]
    exact = set(failed) == set(seeing) and lost == set().union(*seeing.values())
    traced = all("Traceback" in text for text in failed.values())
    named = f"{victim.name} (mns) est illisible" in (output / "rapport.md").read_text("utf-8")
    print(
        f"  unreadable raster: exit {status}, {len(failed)} tiles of {everything} set aside,"
        f" {len(seeing)} see the block, {dict(Counter(buildings['status']))}"
    )
    victim.write_bytes(whole)
    os.utime(victim, ns=(times.st_atime_ns, times.st_mtime_ns))
    again = finished(path, "--processus", "2")
    return status == 1 and bool(failed) and exact and traced and named and again == 0


def _corner_block(path: Path) -> tuple[Bounds, int, int]:
    """Bounds of the first block of a raster (north-west), and its place in the file."""
    with rasterio.open(path) as data:
        rows, cols = data.block_shapes[0]
        start, length = (
            int(data.get_tag_item(f"BLOCK_{what}_0_0", "TIFF", bidx=1))
            for what in ("OFFSET", "SIZE")
        )
        west, north, step = data.bounds.left, data.bounds.top, data.res[0]
    return (west, north - rows * step, west + cols * step, north), start, length


def _seeing(output: Path, place: Bounds) -> dict[str, set[str]]:
    """Tiles of an undisturbed run that look at a place, with the buildings they own.

    By their footprints (planes are sought around) or by their planes (whose rays reach so far,
    over pixels redrawn from what stands within 9 m of them).
    """
    footprints = gpd.read_parquet(output / "buildings.parquet").set_index("building_id").geometry
    planes = gpd.read_parquet(output / "roof_planes.parquet", columns=["building_id", "geometry"])
    margin, horizon = Tiles().roof_margin_m, Horizon()
    sight = horizon.reach_m * (1.0 + 4.0 * horizon.ring_ratio) + 9.0
    found = {}
    for path in (output / "etapes" / "rendement").glob("*.batiments.parquet"):
        owned = set(pd.read_parquet(path)["building_id"])
        roofs = planes[planes["building_id"].isin(owned)].total_bounds
        if any(
            box[0] - reach < place[2] and place[0] < box[2] + reach
            and box[1] - reach < place[3] and place[1] < box[3] + reach
            for box, reach in ((footprints[list(owned)].total_bounds, margin), (roofs, sight))
        ):  # fmt: skip
            found[path.name.partition(".")[0]] = owned
    return found


def cuts(config: Path, expected: dict[str, str]) -> bool:
    """Compute the territory in other tiles, with other workers."""
    same = True
    for size in (500, 1000, 2000):
        for processes in (1, 2, 4):
            tiles = (
                f"[parametres.tiles]\nsize_m = {size}.0\nmerge_buildings = 0\n"
                "max_buildings = 100000\nmax_roof_m2 = 1e8\n"
            )
            path, output = configured(config, f"coupe-{size}-{processes}", tiles)
            begin = time.perf_counter()
            status = finished(path, "--processus", str(processes))
            equal = status == 0 and digests(output) == expected
            same &= equal
            report = json.loads((output / "rapport.json").read_text(encoding="utf-8"))
            print(
                f"{size} m, {processes} processes: {report['tile_count']} tiles,"
                f" {time.perf_counter() - begin:.0f} s,"
                f" {report['peak_memory_mib']} MiB: same bytes: {equal}",
                flush=True,
            )
            shutil.rmtree(output)
    return _cluster(config, expected) and same


def _cluster(config: Path, expected: dict[str, str]) -> bool:
    from distributed import LocalCluster

    path, output = configured(config, "grappe", SMALL_TILES)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        process = started(path, "--ordonnanceur", cluster.scheduler_address)
        while process.poll() is None and len(list(output.glob("etapes/rendement/*.json"))) < 3:
            time.sleep(0.2)
        victim = next(iter(cluster.workers.values()))
        os.kill(victim.pid, signal.SIGKILL)
        status = process.wait()
    equal = status == 0 and digests(output) == expected
    print(f"cluster of 2 workers, one killed midway: exit {status}, same bytes: {equal}")
    return equal


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("essai", choices=["coups", "fautes", "decoupages"])
    parser.add_argument("--km2", type=int, default=4)
    parser.add_argument("--nombre", type=int, default=50, help="how many kills")
    parser.add_argument("--graine", type=int, default=1)
    parser.add_argument("--dossier", type=Path, default=Path("build") / "pannes")
    options = parser.parse_args()
    folder = options.dossier / f"{options.km2}km2"
    folder.mkdir(parents=True, exist_ok=True)
    config = territory(folder, options.km2)
    kept = folder / "reference.json"
    path, output = folder / "reference.toml", folder / "reference"
    if not kept.exists():
        path, output = configured(config, "reference")
        if finished(path, "--processus", "2") != 0:
            raise SystemExit("the undisturbed run failed")
        kept.write_text(json.dumps(digests(output)), encoding="utf-8")
        count = len(pd.read_parquet(output / "buildings.parquet"))
        print(f"undisturbed run: {count} buildings", flush=True)
    expected = json.loads(kept.read_text(encoding="utf-8"))
    fine = {
        "coups": lambda: kills(config, options.nombre, options.graine, expected),
        "fautes": lambda: faults(config, expected),
        "decoupages": lambda: cuts(config, expected),
    }[options.essai]()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
