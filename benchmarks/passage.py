"""Everything docs/passage-a-l-echelle.md states, measured in one command on a quiet machine.

    python benchmarks/passage.py --dossier build/passage

Runs one after the other the benchmarks of the territory (25, 50 and 100 km2, and 25 km2 with one
process), of the country, of kills, faults and other tilings over 4 km2, and GRASS on one square
kilometre; what they print goes to ``passage.txt`` too. What is measured already is not measured
again: start it again after an interruption. Allow two hours, 15 GB of disk and 4 GB of memory.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dossier", type=Path, default=Path("build") / "passage")
    parser.add_argument("--km2", nargs="+", default=["25", "50", "100"])
    options = parser.parse_args()
    folder = options.dossier
    folder.mkdir(parents=True, exist_ok=True)
    largest = max(options.km2, key=int)
    journal = folder / "territoire" / f"{largest}km2" / "journal-2.jsonl"
    steps = [
        ["territoire.py", "--km2", *options.km2, "--comparer", options.km2[0],
         "--plafond", options.km2[0], "--dossier", str(folder / "territoire")],
        ["pays.py", "--journal", str(journal)],
        *[["pannes.py", trial, "--dossier", str(folder / "pannes")]
          for trial in ("fautes", "coups", "decoupages")],
        ["grass.py", "--dossier", str(folder / "grass")],
    ]  # fmt: skip
    failed = 0
    with (folder / "passage.txt").open("a", encoding="utf-8") as log:
        for name, *arguments in steps:
            done = folder / f"fait-{'-'.join([Path(name).stem, *arguments[:1]]).strip('-')}"
            if done.exists():
                continue
            command = [sys.executable, str(HERE / name), *arguments]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            for line in process.stdout or ():
                sys.stdout.write(line)
                log.write(line)
                log.flush()
            if process.wait() == 0:
                done.touch()
            else:
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
