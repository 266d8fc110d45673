"""The quarter on disk: readable by other programs, the same bytes, any size, faults on demand."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import geopandas as gpd
import laspy
import numpy as np
import pyproj
import pytest
import rasterio
import shapely

from cadastre.demo.layout import quarter_bounds
from cadastre.demo.quarter import STEPS, generate_quarter, noisy_options
from cadastre.demo.scene import Scene, quarter_scene
from cadastre.errors import ParameterError
from cadastre.parameters.demo import Demo
from cadastre.parameters.sources import Sources
from cadastre.sources.constraints import read_protections
from cadastre.sources.notes import Notes
from cadastre.sources.raster_files import look_at
from tests.demo.conftest import SMALL
from tests.shared_data import reference_file

TINY = Demo(width_m=150.0, height_m=140.0)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quarter")
    generate_quarter(folder, dataclasses.replace(SMALL, points_per_m2=4.0, noise_m=0.03))
    return folder


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    options = dataclasses.replace(TINY, points_per_m2=2.0, lidar_surface=True, noise_m=0.05)
    generate_quarter(tmp_path / "a", options)
    program = (
        "import sys; from pathlib import Path; from cadastre.demo.quarter import *;"
        "from cadastre.parameters.demo import Demo;"
        f"generate_quarter(Path(sys.argv[1]), {options!r})"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "b")],
        check=True,
        env={"PYTHONHASHSEED": "7", "PATH": ""},
    )
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    generate_quarter(tmp_path / "a", options)  # over the files already there
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_another_seed_is_another_quarter() -> None:
    other = quarter_scene(dataclasses.replace(TINY, seed=63))
    assert not np.array_equal(other.dsm, quarter_scene(TINY).dsm)


def test_territory_file_names_every_input_and_no_truth(written: Path) -> None:
    content = tomllib.loads((written / "demonstration.toml").read_text(encoding="utf-8"))
    assert content["territoire"]["crs"] == "EPSG:2154"
    assert "fictif" in content["territoire"]["nom"]
    assert content["sortie"] == {"dossier": "sortie"}
    inputs = content["entrees"]
    assert inputs.pop("batiments_id") == "cleabs"
    assert set(inputs) == {
        "batiments",
        "mns",
        "mnt",
        "communes",
        "adresses",
        "protections",
        "lidar",
    }
    for name in inputs.values():
        assert (written / name).is_file()
        assert "truth" not in name


def test_readers_need_no_guess(written: Path) -> None:
    notes = Notes()
    found = read_protections([str(written / "protections.gpkg")], "EPSG:2154", notes)
    assert found["kind"].tolist() == ["ac1"]
    assert "kind_assumed" not in {note.code for note in notes}
    for name in ("mns", "mnt"):
        file = look_at(str(written / f"{name}.tif"), "EPSG:2154", name, notes, Sources())
        assert file.date == Demo().survey_date


def test_rasters_share_the_grid_and_hold_the_ground(written: Path) -> None:
    with rasterio.open(written / "mns.tif") as dsm, rasterio.open(written / "mnt.tif") as dtm:
        for source in (dsm, dtm):
            assert source.crs.to_epsg() == 2154
            assert source.res == (0.5, 0.5)
            assert source.bounds == (685000, 7037000, 685320, 7037300)
            assert source.nodata == -9999
            assert source.dtypes == ("float32",)
        assert (dsm.read(1) >= dtm.read(1)).all()
    with rasterio.open(written / "truth" / "plane_id.tif") as planes:
        assert planes.read(1).max() == len(gpd.read_file(written / "truth/planes_truth.gpkg"))


def test_footprints_are_whole_valid_and_apart(written: Path) -> None:
    frame = gpd.read_file(written / "batiments.gpkg")
    assert frame.crs.to_epsg() == 2154
    assert frame["cleabs"].is_unique
    assert frame["cleabs"].str.fullmatch(r"BATIMENT\d{16}").all()
    assert frame.geometry.is_valid.all()
    assert (shapely.get_num_geometries(frame.geometry.values) == 1).all()
    holes = frame.geometry.map(lambda part: len(part.geoms[0].interiors))
    assert (holes == 0).all()
    assert frame.geometry.within(shapely.box(685000, 7037000, 685320, 7037300)).all()
    first, second = frame.sindex.query(frame.geometry, predicate="intersects")
    pairs = first < second
    shared = shapely.intersection(
        frame.geometry.values[first[pairs]], frame.geometry.values[second[pairs]]
    )
    # neighbours share walls, not ground: corners are rounded to 0.1 mm
    assert shapely.area(shared).max() < 5e-3
    assert (shapely.length(shared) > 5.0).sum() > 10
    heights = frame["altitude_minimale_toit"] - frame["altitude_minimale_sol"]
    assert np.allclose(heights, frame["hauteur"], atol=0.11)


def test_two_communes_of_two_agglomerations_share_the_quarter(written: Path) -> None:
    communes = gpd.read_file(written / "communes.gpkg")
    assert communes["code_insee"].str.len().tolist() == [5, 5]
    assert communes["siren_epci"].nunique() == 2
    assert communes["nom_epci"].str.contains("fictive").all()
    assert list(communes.columns[:4]) == ["code_insee", "nom", "siren_epci", "nom_epci"]
    whole = shapely.box(685000, 7037000, 685320, 7037300)
    assert communes.geometry.area.sum() == pytest.approx(whole.area, rel=1e-9)
    assert shapely.union_all(communes.geometry.values).symmetric_difference(whole).area < 1e-6
    assert (communes.geometry.area > 0.3 * whole.area).all()


def test_siren_numbers_fail_their_check_digit(written: Path) -> None:
    def luhn(number: str) -> int:
        digits = [int(c) * (2 if i % 2 else 1) for i, c in enumerate(reversed(number))]
        return sum(d - 9 if d > 9 else d for d in digits) % 10

    assert luhn("246200364") == 0  # CA de Lens - Liévin: the check itself
    assert all(luhn(siren) for siren in gpd.read_file(written / "communes.gpkg")["siren_epci"])


def test_addresses_read_as_the_ban_does(written: Path) -> None:
    with (written / "adresses.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    header = (
        "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;"
        "code_insee_ancienne_commune;nom_ancienne_commune;x;y;lon;lat;type_position;alias;nom_ld;"
        "libelle_acheminement;nom_afnor;source_position;source_nom_voie;certification_commune;"
        "cad_parcelles"
    )  # the 23 columns of the published CSV
    assert list(rows[0]) == header.split(";")
    assert len({row["id"] for row in rows}) == len(rows) > 50
    assert all(row["id"].startswith(row["code_insee"] + "_") for row in rows)
    to_degrees = pyproj.Transformer.from_crs(2154, 4326, always_xy=True)
    lon, lat = to_degrees.transform([float(r["x"]) for r in rows], [float(r["y"]) for r in rows])
    assert np.allclose(lon, [float(r["lon"]) for r in rows], atol=1e-6)
    assert np.allclose(lat, [float(r["lat"]) for r in rows], atol=1e-6)
    communes = gpd.read_file(written / "communes.gpkg").set_index("code_insee").geometry
    for row in rows:
        point = shapely.Point(float(row["x"]), float(row["y"]))
        assert communes[row["code_insee"]].distance(point) < 0.1
    footprints = gpd.read_file(written / "batiments.gpkg")
    points = gpd.points_from_xy([float(r["x"]) for r in rows], [float(r["y"]) for r in rows])
    _, distance = footprints.sindex.nearest(points, return_distance=True, return_all=False)
    assert distance.max() < 0.1


def test_the_perimeter_protects_some_buildings_not_all(default_scene: Scene) -> None:
    protections = default_scene.protections
    assert protections["suptype"].tolist() == ["ac1"]
    assert protections["nom"].iloc[0]
    inside = default_scene.footprints.geometry.intersects(protections.geometry.iloc[0])
    assert 5 < inside.sum() < 0.5 * len(inside)


def test_points_lie_on_the_scene(written: Path) -> None:
    cloud = laspy.read(written / "nuage.laz")
    assert cloud.header.parse_crs().to_epsg() == 2154
    kinds, counts = np.unique(np.asarray(cloud.classification), return_counts=True)
    assert kinds.tolist() == [2, 5, 6]
    assert counts.sum() == pytest.approx(4.0 * 320 * 300, rel=0.02)
    x, y, z = np.asarray(cloud.x), np.asarray(cloud.y), np.asarray(cloud.z)
    planes = gpd.read_file(written / "truth" / "planes_truth.gpkg")
    roof = np.asarray(cloud.classification) == 6
    for plane in planes[planes["area_2d"] > 25.0].head(12).itertuples():
        inside = roof & shapely.contains_xy(plane.geometry.buffer(-0.05), x, y)
        assert inside.sum() > 30
        gap = z[inside] - (
            plane.a * (x[inside] - plane.x0) + plane.b * (y[inside] - plane.y0) + plane.c
        )
        # noise of 0.03 m; the mean of n points stays within 4 sigma / sqrt(n)
        assert abs(gap.mean()) < 4 * 0.03 / np.sqrt(inside.sum()) + 0.005
        assert gap.std() == pytest.approx(0.03, abs=0.015)


def test_the_default_quarter_has_the_size_of_a_cite_miniere(default_scene: Scene) -> None:
    scene = default_scene
    assert 250 <= len(scene.footprints) <= 360
    assert scene.grid.shape == (1000, 1000)
    usage = scene.footprints["usage_1"].value_counts()
    assert usage["Résidentiel"] > 200
    assert {"Annexe", "Religieux", "Commercial et services"} <= set(usage.index)
    terril = scene.layout.terrain.terril
    assert terril is not None
    assert scene.dtm.max() - np.median(scene.dtm) > 0.8 * terril.height
    assert 0.05 < (scene.plane_id > 0).mean() < 0.25


@pytest.mark.parametrize(
    ("width", "height", "pixel"),
    [(60.0, 60.0, 0.5), (97.3, 210.0, 0.5), (400.0, 130.0, 1.0), (150.0, 150.0, 0.25)],
)
def test_any_size(width: float, height: float, pixel: float) -> None:
    options = Demo(width_m=width, height_m=height, resolution_m=pixel)
    scene = quarter_scene(options)
    x_min, y_min, x_max, y_max = quarter_bounds(options)
    assert scene.grid.bounds == pytest.approx((x_min, y_min, x_max, y_max))
    assert x_max - x_min == pytest.approx(width, abs=pixel)
    assert y_max - y_min == pytest.approx(height, abs=pixel)
    assert np.isfinite(scene.dsm).all()
    assert len(scene.footprints) == len(scene.planes["building_id"].unique())
    assert set(scene.addresses["code_insee"]) <= set(scene.communes["code_insee"])
    if width * height > 20_000:
        assert len(scene.footprints) > 5


def test_sizes_out_of_range_are_refused() -> None:
    with pytest.raises(ParameterError, match="width_m"):
        Demo(width_m=10.0)


def test_progress_is_told_every_step(tmp_path: Path) -> None:
    told: list[str] = []
    path = generate_quarter(tmp_path / "new", TINY, told.append)
    assert tuple(told) == STEPS
    assert path == tmp_path / "new" / "demonstration.toml"


# ---- the faults of a survey


@pytest.fixture(scope="module")
def noisy_scene() -> Scene:
    options = dataclasses.replace(
        noisy_options(3), width_m=260.0, height_m=240.0, missing_annex_share=0.3
    )
    return quarter_scene(options)


def test_noise_stays_on_the_planes_and_its_size_is_told(noisy_scene: Scene) -> None:
    scene, options = noisy_scene, noisy_scene.options
    planes = scene.planes.set_index("plane_id")
    inner = planes[planes["kind"].isin(["roof", "leanto"])].geometry.buffer(-1.5)
    rows, cols = np.nonzero(np.isin(scene.plane_id, inner[~inner.is_empty].index))
    x, y = scene.grid.xy(rows, cols)
    mine = planes.loc[scene.plane_id[rows, cols]]
    deep = shapely.contains_xy(inner.loc[mine.index].to_numpy(), x, y)
    gap = (
        scene.dsm[rows, cols]
        - (mine["a"] * (x - mine["x0"]) + mine["b"] * (y - mine["y0"]) + mine["c"]).to_numpy()
    )
    gap = gap[deep & ~np.isnan(gap)]
    assert gap.size > 500
    # highest of 2.5 points a cell: mean shift of +0.5 to +1.2 sigma, more where roofs are steep
    assert 0.0 < np.median(gap) < 1.5 * options.noise_m
    spread = np.subtract(*np.percentile(gap, [84, 16])) / 2
    assert 0.3 * options.noise_m < spread < 1.3 * options.noise_m


def test_walls_become_ramps_outside_the_eaves(noisy_scene: Scene) -> None:
    scene = noisy_scene
    exact = quarter_scene(
        dataclasses.replace(scene.options, lidar_surface=False, holes_per_km2=0.0)
    )
    roofs = shapely.union_all(scene.footprints_true.geometry.values)
    rows, cols = np.nonzero(~scene.vegetation & ~exact.vegetation)
    x, y = scene.grid.xy(rows, cols)
    points = shapely.points(x, y)
    away = shapely.distance(points, roofs)
    lift = (scene.dsm - exact.dsm)[rows, cols]
    near, far = (away > 0.1) & (away < 0.4), (away > 2.0)
    ramp = lift[near & (exact.dsm - exact.dtm < 0.01)[rows, cols]]
    assert (ramp > 0.5).mean() > 0.4
    assert np.nanmean(lift[far] > 0.5) < 0.05


def test_holes_are_as_many_as_asked(noisy_scene: Scene) -> None:
    missing = np.isnan(noisy_scene.dsm).mean()
    # discs of 0.5 to 2.4 m: 7.5 m² on average
    expected = noisy_scene.options.holes_per_km2 * 7.5e-6
    assert 0.3 * expected < missing < 2.0 * expected


def test_footprints_move_block_by_block_by_the_size_told() -> None:
    options = dataclasses.replace(SMALL, misregistration_m=0.35, width_m=700.0, height_m=700.0)
    scene = quarter_scene(options)
    given, true = scene.footprints.geometry, scene.footprints_true.geometry
    dx, dy = given.centroid.x - true.centroid.x, given.centroid.y - true.centroid.y
    blocks = np.array([b.site.block for b in scene.layout.buildings])
    shifts = []
    for block in np.unique(blocks):
        mine = blocks == block
        assert np.ptp(dx[mine]) < 1e-6
        assert np.ptp(dy[mine]) < 1e-6
        shifts.append((dx[mine].iloc[0], dy[mine].iloc[0]))
    rms = np.sqrt(np.mean(np.square(shifts).sum(axis=1)))
    # about 60 blocks: relative error of a root mean square 1 / sqrt(2 x 60), three of them
    assert len(shifts) > 30
    assert rms == pytest.approx(0.35, rel=0.3)


def test_some_footprints_lack_their_lean_to(noisy_scene: Scene) -> None:
    scene = noisy_scene
    short = scene.footprints_true.geometry.area - scene.footprints.geometry.area > 1.0
    holders = scene.planes[scene.planes["kind"] == "leanto"]["building_id"].unique()
    assert set(scene.footprints["cleabs"][short]) <= set(holders)
    share = short.sum() / len(holders)
    assert share == pytest.approx(0.3, abs=3 * np.sqrt(0.21 / len(holders)))
    lost = scene.planes[
        (scene.planes["kind"] == "leanto")
        & scene.planes["building_id"].isin(scene.footprints["cleabs"][short])
    ]
    assert len(lost) >= short.sum()  # the truth keeps them


@pytest.mark.reference
def test_the_evaluator_of_roof_planes_reads_the_truth(written: Path) -> None:
    path = reference_file("planes", "eval_planes.py")
    spec = importlib.util.spec_from_file_location("eval_planes", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    truth = module.read(written / "truth" / "planes_truth.gpkg")
    found = module.evaluate(
        truth.rename(columns={"tilt": "surface_tilt", "azimuth": "surface_azimuth"}), truth
    )
    assert found["ge4"]["f1"] == 1.0
    assert found["strict_ge10"]["f1"] == 1.0
    assert found["headline_irradiation_error"] < 1e-9
    assert set(found["recall_by_kind"]) >= {"roof", "leanto", "sawtooth"}
