"""What the tests of the whole chain share: territory files, checksums of the tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

TABLES = ("buildings", "roof_planes", "modules", "territories")
QUICK = "\n[parametres.climate]\nyear_count = 1\n"
SMALL_TILES = (
    "\n[parametres.tiles]\nsize_m = 100.0\nmax_buildings = 50\nmerge_buildings = 0\n"
    "min_size_m = 50.0\n"
)


def config_of(
    quarter: Path, name: str, extra: str = "", change: Callable[[str], str] = lambda text: text
) -> Path:
    """Territory file beside that of a quarter, with an output folder of its own."""
    path = quarter.parent / f"{name}.toml"
    text = quarter.read_text(encoding="utf-8").replace('dossier = "sortie"', f'dossier = "{name}"')
    path.write_text(change(text) + QUICK + extra, encoding="utf-8")
    return path


def digests(folder: Path) -> dict[str, str]:
    """Checksums of the published tables."""
    return {
        name: hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest()
        for name in TABLES
    }
