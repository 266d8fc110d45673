"""Broken inputs by the dozen: each maker damages a good file in one way that happens in life.

``python -m tests.sources.broken`` prints the page docs/entrees-abimees.md. A maker returns the
paths to read; ``expected`` is the code of the refusal or of a note. No variant may crash; a reader
of rows that does not refuse gives back every row.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np

from cadastre.errors import InputError
from cadastre.publishing.texts_fr.errors import error_sentence
from cadastre.publishing.texts_fr.notes import note_sentence
from cadastre.sources.addresses import read_addresses
from cadastre.sources.boundaries import read_communes
from cadastre.sources.constraints import read_protections
from cadastre.sources.elevation import Mosaic
from cadastre.sources.footprints import read_footprints
from cadastre.sources.installed import read_production, read_register
from cadastre.sources.lidar_index import read_flight_dates
from cadastre.sources.notes import Notes
from cadastre.sources.pointcloud import PointTiles
from cadastre.sources.sites import read_sites
from cadastre.sources.weather import read_weather
from tests.sources import (
    broken_extras,
    broken_footprints,
    broken_grids,
    broken_tables,
    scenes,
)
from tests.sources.broken_base import VARIANTS, Variant, written
from tests.sources.scenes import CRS

__all__ = [
    "VARIANTS",
    "Variant",
    "broken_extras",
    "broken_footprints",
    "broken_grids",
    "broken_tables",
    "written",
]

# ---- what each got --------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What a reader made of a variant: the code of its refusal, or its notes and rows."""

    refused: str | None
    facts: dict[str, object]
    notes: Notes
    rows: int | None


def read(variant: Variant, paths: list[str]) -> Outcome:
    """Run the reader of the variant's kind."""
    notes = Notes()
    try:
        rows = _rows(variant, paths, notes)
    except InputError as error:
        return Outcome(error.code, dict(error.facts), notes, None)
    return Outcome(None, {}, notes, rows)


def _rows(variant: Variant, paths: list[str], notes: Notes) -> int | None:
    if variant.kind == "batiments":
        bounds, column = variant.bounds, variant.id_column
        return len(read_footprints(paths, CRS, column, notes, bounds))
    if variant.kind in ("mns", "mnt"):
        mosaic = Mosaic.open(paths, CRS, notes, variant.kind)
        values = mosaic.read(mosaic.grid)
        known = values[np.isfinite(values)]
        if not (known.size and known.min() > 20 and known.max() < 50):
            raise AssertionError(f"heights {known.min()} to {known.max()}")
        return None
    if variant.kind == "lidar":
        tiles = PointTiles.open(paths, CRS, notes)
        return len(tiles.read(tiles.bounds).x) and None
    if variant.kind == "meteo":
        series = read_weather(paths, scenes.LATITUDE, scenes.LONGITUDE, notes)
        if series.data.isna().any(axis=None) or len(series.data) % 8760 > 24:
            raise AssertionError("holes")
        return None
    if variant.kind in ("parkings", "friches"):
        return len(read_sites(paths, variant.kind, CRS, notes))
    tables = {
        "index_lidar": read_flight_dates, "registre_pv": read_register,
        "production_pv": read_production,
    }  # fmt: skip
    if variant.kind in tables:
        return len(tables[variant.kind](paths, notes))
    readers = {
        "communes": read_communes, "adresses": read_addresses, "protections": read_protections
    }  # fmt: skip
    return len(readers[variant.kind](paths, CRS, notes))


def table(base: gpd.GeoDataFrame, folder: Path) -> list[tuple[str, str, str, str]]:
    """Rows of the table: variant, input, what it got, in a French sentence."""
    rows = []
    for case in VARIANTS:
        place = folder / case.name
        place.mkdir()
        got = read(case, case.make(place, base))
        if got.refused:
            sentence = error_sentence(InputError(got.refused, **got.facts))
            rows.append((case.name, case.kind, f"refusé ({got.refused})", sentence))
            continue
        said = [r for r in got.notes.table() if r["code"] == case.expected]
        sentence = " ".join(note_sentence(row) for row in said[:1])
        rows.append((case.name, case.kind, f"lu ({case.expected})", sentence))
    return rows


HEADER = """# Entrées abîmées : ce que chacune obtient

Page produite par `python -m tests.sources.broken` (ne pas la modifier à la main). Chaque variante
abîme un bon fichier d'une façon qui se rencontre ; la lecture la refuse en une phrase (code de
sortie 2) ou la lit en disant ce qui a été réparé, supposé ou mis de côté. Aucune ligne ne se perd.

| variante | entrée | issue | phrase |
|---|---|---|---|"""


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(HEADER)  # noqa: T201
        for line in table(scenes.buildings(), Path(scratch)):
            told = line[3].replace(scratch + "/", "").replace("|", "\\|")
            print("| " + " | ".join([*line[:3], told]) + " |")  # noqa: T201
