"""Rasters unreadable by places: only the tiles that see such a place are set aside.

Which tiles see it is worked out here from the place of the damaged block, the roofs of the
undisturbed run and the distances of the method, not from what the run says.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio

from cadastre.cli import main
from cadastre.pipeline.context import CONTEXT_FILE, SurfaceTask
from cadastre.pipeline.roof_stage import lattice_grid
from cadastre.pipeline.store import Store
from cadastre.pipeline.surface_stage import redrawn, squares_of
from tests.pipeline.support import SMALL_TILES, config_of, digests

_ROOF_MARGIN_M, _REACH_M = 10.0, 20.0
_REDRAWN_M = 9.0  # "a pixel depends on what is within 9 m" (docs/passage-a-l-echelle.md)
_NEAR = (
    f"{SMALL_TILES}roof_margin_m = {_ROOF_MARGIN_M}\n"
    f"\n[parametres.horizon]\nreach_m = {_REACH_M}\n"
    "openness_reach_m = 10.0\nopenness_radius_m = 5.0\nopenness_step_m = 2.0\n"
)


def test_a_part_of_a_square_has_the_bytes_of_the_whole(computed):
    """Whatever window is redrawn: corners, slices of a few pixels, across roofs."""
    _, output = computed
    store = Store(str(output))
    _, context = pickle.loads(store.read_bytes(*CONTEXT_FILE))
    roofs = gpd.read_parquet(output / "roof_planes.parquet")
    tiles = tuple(path.stem for path in (output / "etapes" / "toits").glob("*.json"))
    name, bounds = next(squares_of(tuple(roofs.total_bounds), 1000.0))
    task = SurfaceTask(str(output), "", name, "", bounds, tiles)
    square = lattice_grid(context, bounds)
    whole = redrawn(context, store, task, square)["dsm"]
    known = np.argwhere(np.isfinite(whole))
    assert len(known) > 50_000
    random = np.random.default_rng(7)
    for row, col in known[random.integers(0, len(known), 6)]:
        high, wide = random.integers(1, 150, 2)
        part = slice(row, min(row + high, 2000)), slice(col, min(col + wide, 2000))
        found = redrawn(context, store, task, square.sub(*part))["dsm"]
        assert found.tobytes() == whole[part].tobytes()


def _in_small_blocks(source: Path, target: Path) -> None:
    with rasterio.open(source) as data:
        profile = data.profile | {
            "tiled": True, "blockxsize": 32, "blockysize": 32, "compress": "deflate",
        }  # fmt: skip
        with rasterio.open(target, "w", **profile) as copy:
            copy.write(data.read())


def _damage(path: Path, row: int, col: int) -> tuple[float, float, float, float]:
    """Overwrite one block; returns its bounds."""
    with rasterio.open(path) as data:
        start, length = (
            int(data.get_tag_item(f"BLOCK_{what}_{col}_{row}", "TIFF", bidx=1))
            for what in ("OFFSET", "SIZE")
        )
        step, west, north = data.transform.a, data.transform.c, data.transform.f
    content = bytearray(path.read_bytes())
    content[start : start + length] = np.random.default_rng(1).bytes(length)
    path.write_bytes(content)
    side = 32 * step
    return west + col * side, north - (row + 1) * side, west + (col + 1) * side, north - row * side


def _sees(around: np.ndarray, reach_m: float, place: tuple[float, float, float, float]) -> bool:
    west, south, east, north = np.asarray(around) + reach_m * np.array([-1, -1, 1, 1])
    return west < place[2] and place[0] < east and south < place[3] and place[1] < north


def _seeing(output: Path, place: tuple[float, float, float, float]) -> dict[str, set[str]]:
    """Tiles of an undisturbed run that see a place: by footprints or by planes; their ids."""
    footprints = gpd.read_parquet(output / "buildings.parquet").set_index("building_id").geometry
    planes = gpd.read_parquet(output / "roof_planes.parquet")
    # reach, and the cells of the last ring there (ring_ratio 0.015: 0.3 m wide, four of them)
    sight = _REACH_M + 4.0 * 0.015 * _REACH_M + _REDRAWN_M
    found = {}
    for path in (output / "etapes" / "rendement").glob("*.batiments.parquet"):
        owned = set(pd.read_parquet(path)["building_id"])
        roofs = planes[planes["building_id"].isin(owned)]
        near = _sees(footprints[list(owned)].total_bounds, _ROOF_MARGIN_M, place)
        if near or (len(roofs) and _sees(roofs.total_bounds, sight, place)):
            found[path.name.partition(".")[0]] = owned
    return found


@pytest.mark.slow
def test_only_the_tiles_that_see_a_damaged_block_are_set_aside(quarter, capfd):
    raster = quarter.parent / "petits-blocs.tif"
    _in_small_blocks(quarter.parent / "mns.tif", raster)

    def config(name: str) -> Path:
        return config_of(
            quarter, name, _NEAR, lambda text: text.replace('"mns.tif"', f'"{raster.name}"')
        )

    before, path = config("intact"), config("abime")
    undisturbed, output = before.parent / "intact", before.parent / "abime"
    assert main(["calculer", str(before), "--processus", "1"]) == 0
    whole, times = raster.read_bytes(), raster.stat()
    place = _damage(raster, 0, 3)
    expected = _seeing(undisturbed, place)
    tiles = list((undisturbed / "etapes" / "rendement").glob("*.batiments.parquet"))
    assert 0 < len(expected) < len(tiles)
    assert main(["calculer", str(path), "--processus", "1"]) == 1
    report = json.loads((output / "rapport.json").read_text(encoding="utf-8"))
    assert set(report["failed_tiles"]) == set(expected)
    assert all("Traceback" in trace for trace in report["failed_tiles"].values())
    assert report["failed_squares"]
    buildings = gpd.read_parquet(output / "buildings.parquet").set_index("building_id")
    lost = set(buildings.index[buildings["status"] == "error"])
    assert lost == set().union(*expected.values())
    told = f"{raster.name} (mns) est illisible ou tronqué"
    assert told in (output / "rapport.md").read_text(encoding="utf-8")
    capfd.readouterr()
    assert main(["etat", str(path)]) == 0
    assert told in capfd.readouterr().out
    raster.write_bytes(whole)
    os.utime(raster, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    assert digests(output) == digests(undisturbed)
    shutil.rmtree(output)
