"""A new vintage of one input recomputes what it touches, nothing else; ``etat`` says what and why.

The reference is a territory computed from scratch with the new input.
"""

from __future__ import annotations

import json

import pytest
import rasterio
import rasterio.windows

from cadastre.cli import main
from tests.pipeline.support import SMALL_TILES, config_of, digests

NEAR_SIGHT = (
    "\n[parametres.horizon]\nreach_m = 20.0\nopenness_reach_m = 10.0\nopenness_radius_m = 8.0\n"
)


def _cut_in_files(folder):
    """The surface model of the quarter in files of 20 m, as a new flight would replace them."""
    with rasterio.open(folder / "mns.tif") as source:
        size = round(20.0 / source.res[0])
        for row in range(0, source.height, size):
            for col in range(0, source.width, size):
                window = rasterio.windows.Window(
                    col, row, min(size, source.width - col), min(size, source.height - row)
                )
                profile = {
                    "driver": "GTiff", "height": window.height, "width": window.width, "count": 1,
                    "dtype": "float32", "crs": source.crs, "nodata": source.nodata,
                    "transform": rasterio.Affine(
                        source.res[0], 0.0, source.bounds.left + col * source.res[0],
                        0.0, -source.res[1], source.bounds.top - row * source.res[1],
                    ),
                }  # fmt: skip
                path = folder / "vols" / f"mns_{row:04d}_{col:04d}.tif"
                path.parent.mkdir(exist_ok=True)
                with rasterio.open(path, "w", **profile) as target:
                    target.write(source.read(1, window=window), 1)
    return sorted((folder / "vols").glob("*.tif"))


def _done(output):
    """Tiles made by the last run, by stage."""
    last = sorted((output / "journaux").glob("*.jsonl"), key=lambda path: path.stat().st_mtime)[-1]
    lines = [json.loads(line) for line in last.read_text(encoding="utf-8").splitlines()]
    made = [(line["stage"], line["tile"]) for line in lines if line["event"] == "tile_done"]
    return {stage: {tile for at, tile in made if at == stage} for stage in ("toits", "rendement")}


@pytest.mark.slow
def test_a_new_flight_over_a_corner_recomputes_that_corner(quarter, capfd):
    files = _cut_in_files(quarter.parent)
    extra = SMALL_TILES + "roof_margin_m = 10.0\n" + NEAR_SIGHT

    def config(name):
        return config_of(
            quarter, name, extra, lambda text: text.replace('"mns.tif"', '"vols/*.tif"')
        )

    path = config("millesime")
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    output = path.parent / "millesime"
    everything = _done(output)["rendement"]
    capfd.readouterr()
    with rasterio.open(files[0], "r+") as corner:
        values = corner.read(1)
        values[:8, :8] += 1.0
        corner.write(values, 1)
    assert main(["etat", str(path)]) == 0
    told = capfd.readouterr().out
    assert "un modèle de surface ou de terrain a changé" in told
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    again = _done(output)
    assert 0 < len(again["toits"]) < len(everything)
    assert 0 < len(again["rendement"]) < len(everything)
    scratch = config("neuf")
    assert main(["calculer", str(scratch), "--processus", "1"]) == 0
    assert digests(output) == digests(scratch.parent / "neuf")
    files[0].touch()  # a new date, the same content
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    assert _done(output) == {"toits": set(), "rendement": set()}
