"""A new vintage of one input recomputes what it touches, nothing else; ``etat`` says what and why.

The reference is a territory computed from scratch with the new input.
"""

from __future__ import annotations

import json
import shutil

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterio.windows
import shapely

from cadastre.cli import main
from cadastre.parameters import Parameters
from cadastre.pipeline.far_views import FarViews
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.footprints import Footprints
from cadastre.pipeline.ingest import Rasters
from cadastre.pipeline.plan import Plan
from cadastre.pipeline.shelves import sweep
from cadastre.pipeline.store import Store
from cadastre.pipeline.tiles import Tile
from cadastre.sources.elevation import Mosaic
from cadastre.sources.notes import Notes
from tests.pipeline.support import SMALL_TILES, config_of, digests

NEAR_SIGHT = (
    "\n[parametres.horizon]\nreach_m = 20.0\nopenness_reach_m = 10.0\nopenness_radius_m = 8.0\n"
)


def _cut_in_files(folder, kind):
    """A raster of the quarter in files of 20 m, as a new flight would replace them."""
    with rasterio.open(folder / f"{kind}.tif") as source:
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
                path = folder / "vols" / f"{kind}_{row:04d}_{col:04d}.tif"
                path.parent.mkdir(exist_ok=True)
                with rasterio.open(path, "w", **profile) as target:
                    target.write(source.read(1, window=window), 1)
    return sorted((folder / "vols").glob(f"{kind}_*.tif"))


def _done(output):
    """Tiles made by the last run, by stage."""
    last = sorted((output / "journaux").glob("*.jsonl"), key=lambda path: path.stat().st_mtime)[-1]
    lines = [json.loads(line) for line in last.read_text(encoding="utf-8").splitlines()]
    made = [(line["stage"], line["tile"]) for line in lines if line["event"] == "tile_done"]
    return {stage: {tile for at, tile in made if at == stage} for stage in ("toits", "rendement")}


@pytest.mark.slow
def test_a_new_flight_over_a_corner_recomputes_that_corner(quarter, capfd):
    files = _cut_in_files(quarter.parent, "mns")
    terrain = _cut_in_files(quarter.parent, "mnt")
    extra = SMALL_TILES + "roof_margin_m = 10.0\n" + NEAR_SIGHT

    def config(name):
        def cut(text):
            for kind in ("mns", "mnt"):
                text = text.replace(f'"{kind}.tif"', f'"vols/{kind}_*.tif"')
            return text

        return config_of(quarter, name, extra, cut)

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
    assert "le modèle de surface (mns) a changé" in told
    assert f"mns : {files[0].name} (contenu changé)" in told
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    again = _done(output)
    assert 0 < len(again["toits"]) < len(everything)
    assert 0 < len(again["rendement"]) < len(everything)
    with rasterio.open(terrain[-1], "r+") as corner:  # without relief, all look at the terrain
        values = corner.read(1)
        values[:6, :6] += 0.3
        corner.write(values, 1)
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    assert len(_done(output)["toits"]) < len(everything)
    assert len(_done(output)["rendement"]) < len(everything)
    scratch = config("neuf")
    assert main(["calculer", str(scratch), "--processus", "1"]) == 0
    assert digests(output) == digests(scratch.parent / "neuf")
    files[0].touch()  # a new date, the same content
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    assert _done(output) == {"toits": set(), "rendement": set()}


CRS, WEST, NORTH, SIDE = "EPSG:2154", 684_000.0, 7_048_000.0, 4_000.0


def _terrain(path, heights, x_min, y_max, step=25.0):
    profile = {
        "driver": "GTiff", "height": heights.shape[0], "width": heights.shape[1], "count": 1,
        "dtype": "float32", "crs": CRS, "nodata": -9999.0,
        "transform": rasterio.Affine(step, 0.0, x_min, 0.0, -step, y_max),
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as target:
        target.write(heights.astype(np.float32), 1)


@pytest.fixture
def hills(tmp_path):
    """Terrain of 8 km in four files: flat, with a ridge of 60 m in the north-east file."""
    for col in range(2):
        for row in range(2):
            heights = np.full((160, 160), 50.0)
            if (col, row) == (1, 0):
                heights[:, 80:84] = 110.0
            x_min, y_max = WEST + col * SIDE, NORTH - row * SIDE
            _terrain(tmp_path / f"mnt_{col}{row}.tif", heights, x_min, y_max)
    return tmp_path


def _views(folder, relief=None):
    """Far views of a territory of one building at the south-west of :func:`hills`."""

    def mosaic(kind, names):
        return Mosaic.open([str(one) for one in names], CRS, Notes(), kind)

    box = shapely.box(WEST + 1000, NORTH - 7010, WEST + 1010, NORTH - 7000)
    every = gpd.GeoDataFrame({"building_id": ["1"]}, geometry=[box], crs=CRS)
    tile = Tile("seule", box.bounds, np.array([0]), box.bounds)
    mnt = mosaic("mnt", sorted(folder.glob("mnt_*.tif")))
    rasters = Rasters(None, mnt, None if relief is None else mosaic("relief", [relief]), None)
    store = Store(str(folder / "sortie"))
    plan = Plan((tile,), Footprints(every), np.array([0]), np.array([0]))
    views = FarViews(store, rasters, plan, CRS, Parameters(), Fingerprints(store))
    return views, tile


def _raised(path, by):
    with rasterio.open(path, "r+") as source:
        source.write(source.read(1) + np.float32(by), 1)


def test_far_relief_matters_by_what_is_seen_of_it(hills):
    """6 km away a millimetre is 1e-5 degree, 20 m of ridge are a fifth of a degree."""
    views, tile = _views(hills)
    before = views.of(tile)
    views.save()
    _raised(hills / "mnt_10.tif", 0.001)
    views, tile = _views(hills)
    assert views.is_to_read()  # a file changed
    assert views.of(tile) == before  # nothing of it can be seen
    _raised(hills / "mnt_10.tif", 20.0)
    views, tile = _views(hills)
    assert views.of(tile) != before


def test_far_relief_falls_back_on_terrain_and_follows_it(hills):
    """A relief that touches nothing leaves the terrain in charge: its changes count."""
    _terrain(hills / "relief.tif", np.full((9, 9), 10.0), WEST - 300_000.0, NORTH)
    views, tile = _views(hills, hills / "relief.tif")
    before = views.of(tile)
    assert before == _views(hills)[0].of(tile)
    _raised(hills / "mnt_10.tif", 20.0)
    views, tile = _views(hills, hills / "relief.tif")
    assert views.of(tile) != before


def test_only_blocks_of_changed_files_are_read_again(hills, monkeypatch):
    views, _ = _views(hills)
    whole = views.relief()
    assert not _views(hills)[0].is_to_read()
    _raised(hills / "mnt_10.tif", 3.0)
    read, honest = [], Mosaic.read_known

    def noted(mosaic, grid):
        read.append(grid.rows * grid.cols)
        return honest(mosaic, grid)

    monkeypatch.setattr(Mosaic, "read_known", noted)
    again = _views(hills)[0].relief()
    assert 0 < sum(read) < whole.heights.size  # the others come from the shelf
    monkeypatch.undo()
    shutil.rmtree(hills / "sortie")
    fresh = _views(hills)[0].relief()
    assert np.array_equal(again.heights, fresh.heights)  # as if read at once, from nothing
    assert not np.array_equal(again.heights, whole.heights)


def test_a_damaged_far_relief_is_read_again(hills):
    views, _ = _views(hills)
    whole = views.relief()
    file = hills / "sortie" / "etapes" / "relief" / "relief.hauteurs.blocs"
    file.write_bytes(file.read_bytes()[:-3])
    views, _ = _views(hills)
    assert views.is_to_read()
    assert np.array_equal(views.relief().heights, whole.heights)


def test_squares_and_cells_of_former_plans_are_swept(tmp_path):
    store = Store(str(tmp_path))
    for shelf in ("surfaces", "ciel", "toits"):
        for name in ("garde", "vieux"):
            store.write_product(f"etapes/{shelf}", name, "k", {"a.bin": b"1"}, {})
    sweep(store, {"garde"}, {"garde"}, {"garde"})
    for shelf in ("surfaces", "ciel", "toits"):
        assert store.names("etapes", shelf) == ["garde.a.bin", "garde.json"]


@pytest.fixture
def copy(quarter, computed):
    """A territory of its own whose shelves are those of the reference run."""
    path = config_of(
        quarter, "etat", change=lambda text: text.replace('"adresses.csv"', '"adresses_a.csv"')
    )
    shutil.copyfile(quarter.parent / "adresses.csv", quarter.parent / "adresses_a.csv")
    folder = path.parent / "etat"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(computed[1], folder)
    return path, folder


def _told(path, capfd):
    capfd.readouterr()
    assert main(["etat", str(path)]) == 0
    return capfd.readouterr().out


def test_state_names_the_file_and_the_tiles_it_touches(copy, capfd):
    path, _ = copy
    addresses = pd.read_csv(path.parent / "adresses_a.csv", sep=";", dtype=str)
    addresses.iloc[:-1].to_csv(path.parent / "adresses_a.csv", sep=";", index=False)
    told = _told(path, capfd)
    assert "adresses : adresses_a.csv" in told
    assert "Lecture et jointures : à refaire" in told
    assert "Ombres, irradiation, modules : 1 dalle(s) à jour sur 1" in told
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    assert "Les entrées ont été relues ; aucune dalle" in capfd.readouterr().out
    addresses.to_csv(path.parent / "adresses_a.csv", sep=";", index=False)
    told = _told(path, capfd)
    assert "adresses : adresses_a.csv (contenu changé)" in told


def test_state_tells_parameters_from_weather(copy, capfd):
    path, _ = copy
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n[parametres.modules]\npower_wp = 300\n", encoding="utf-8")
    told = _told(path, capfd)
    assert "modules.power_wp : valeur par défaut → 300" in told
    assert "des paramètres ont changé (modules) : 1 dalle(s)" in told
    assert "météo a changé" not in told
    assert "Pans de toit : 1 dalle(s) à jour sur 1" in told


def test_state_names_what_is_damaged(copy, capfd):
    path, folder = copy
    for shelf, ending in (("ciel", ".pickle"), ("surfaces", ".blocs"), ("ombres", ".blocs")):
        file = next(f for f in (folder / "etapes" / shelf).iterdir() if f.suffix == ending)
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    told = _told(path, capfd)
    for name in ("Table du ciel", "Modèle de surface", "Lignes d'horizon"):
        line = next(line for line in told.splitlines() if line.startswith(name))
        assert line.endswith("1 abîmé(s)") or "1 abîmé(s) ;" in line
    file = folder / "etapes" / "ingestion" / "territoire.batiments.parquet"
    file.write_bytes(file.read_bytes()[:100])
    assert "Lecture et jointures : fichier abîmé" in _told(path, capfd)


def test_state_says_that_shelves_are_of_another_version(copy, capfd):
    path, folder = copy
    version = folder / "etapes" / "version.json"
    version.write_text('{"store_version": 999}', encoding="utf-8")
    assert "vient d'une autre version du cadastre (magasin 999" in _told(path, capfd)


def test_far_relief_goes_without_what_cannot_be_read_and_says_so(hills):
    views, _ = _views(hills)
    whole = views.relief()
    _raised(hills / "mnt_10.tif", 1.0)
    views, _ = _views(hills)  # opened, then cut
    file = hills / "mnt_10.tif"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    holed = views.relief()
    assert views.damaged() == ("mnt_10.tif",)
    assert np.isnan(holed.heights).any()
    assert not np.isnan(whole.heights).any()
    file.unlink()
    _terrain(file, np.full((160, 160), 50.0), WEST + SIDE, NORTH)
    views, _ = _views(hills)
    assert not np.isnan(views.relief().heights).any()
    assert views.damaged() == ()
