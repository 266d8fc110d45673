"""Points: as laspy reads them; the surface they make against IGN's and against slow code."""

from __future__ import annotations

import shutil
import struct
import time

import laspy
import numpy as np
import pytest
from pyproj import Transformer

from cadastre.errors import InputError
from cadastre.exchange import PointCloud
from cadastre.grid import Grid
from cadastre.sources.elevation import Mosaic
from cadastre.sources.holes import fill_holes
from cadastre.sources.notes import Notes
from cadastre.sources.pointcloud import PointTiles, surface_from_points
from tests.shared_data import data_file
from tests.sources import scenes
from tests.sources.copc_file import write_copc
from tests.sources.scenes import CRS, SIDE, X0, Y0

FOLDER = "ign_lidarhd_770500_6277500"
TILES = [
    f"test_data_{x}_{y}_LA93_IGN69.laz" for x in (77050, 77055, 77060) for y in (627755, 627760)
]


@pytest.mark.parametrize("ending", ["las", "laz"])
def test_points_within_bounds(tmp_path, ending):
    path = scenes.write_points(tmp_path / f"a.{ending}")
    raw = laspy.read(path)
    tiles = PointTiles.open([str(path)], CRS, Notes())
    box = (X0 + 10.0, Y0 + 20.0, X0 + 30.0, Y0 + 50.0)
    x, y = np.asarray(raw.x), np.asarray(raw.y)
    inside = (x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3])
    got = tiles.read(box)
    np.testing.assert_array_equal(got.x, x[inside])
    np.testing.assert_array_equal(got.classification, np.asarray(raw.classification)[inside])
    assert tiles.density == pytest.approx(10.0, rel=0.02)


def test_copc_is_read_by_its_nodes(tmp_path):
    """Same points, same order as the whole file read and cut; written by our own small writer."""
    plain = scenes.write_points(tmp_path / "a.las")
    path = write_copc(plain, tmp_path / "a.copc.laz")
    tiles = PointTiles.open([str(path)], CRS, Notes())
    assert tiles.files[0].copc
    box = (X0 + 10.0, Y0 + 20.0, X0 + 30.0, Y0 + 50.0)
    whole = laspy.read(path)
    x, y = np.asarray(whole.x), np.asarray(whole.y)
    inside = (x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3])
    got = tiles.read(box)
    assert inside.sum() > 1000
    np.testing.assert_array_equal(got.x, x[inside])
    np.testing.assert_array_equal(got.z, np.asarray(whole.z)[inside])
    reference = PointTiles.open([str(plain)], CRS, Notes()).read(box)
    np.testing.assert_array_equal(np.sort(got.x), np.sort(reference.x))


def test_noise_withheld_and_virtual_points_are_left_out(tmp_path):
    path = scenes.write_points(tmp_path / "a.laz")
    cloud = laspy.read(path)
    kinds = np.asarray(cloud.classification).copy()
    kinds[:5] = [7, 18, 65, 66, 202]
    cloud.classification = kinds
    cloud.withheld[5:10] = 1
    cloud.write(path)
    tiles = PointTiles.open([str(path)], CRS, Notes())
    got = tiles.read((X0, Y0, X0 + SIDE, Y0 + SIDE))
    assert len(got.x) == len(kinds) - 9
    assert not np.isin(got.classification, [7, 18, 65, 66, 202]).any()


def test_points_in_two_files_come_once(tmp_path):
    first = scenes.write_points(tmp_path / "a.laz")
    shutil.copyfile(first, tmp_path / "b.laz")
    box = (X0, Y0, X0 + SIDE, Y0 + SIDE)
    alone = PointTiles.open([str(first)], CRS, Notes()).read(box)
    both = PointTiles.open([str(first), str(tmp_path / "b.laz")], CRS, Notes()).read(box)
    np.testing.assert_array_equal(alone.z, both.z)


def test_sparse_points_are_set_aside_when_a_surface_model_exists(tmp_path):
    path = scenes.write_points(tmp_path / "a.laz", density=0.3)
    notes = Notes()
    tiles = PointTiles.open([str(path)], CRS, notes, has_surface=True)
    assert tiles.files == ()
    assert notes.with_code("points_sparse")[0].count == int(0.3 * SIDE * SIDE)


def test_a_corner_of_a_tile_is_not_called_sparse(tmp_path):
    """Dense points over a twentieth of their box: judged on the cells that hold points."""
    path = scenes.write_points(tmp_path / "a.laz", density=10.0)
    cloud = laspy.read(path)
    x, y = np.asarray(cloud.x) - X0, np.asarray(cloud.y) - Y0
    keep = (abs(x - y) < 2.0) | ((x < 1) & (y < 1))
    cloud.points = cloud.points[keep]
    cloud.write(path)
    assert keep.sum() / SIDE**2 < 2.0
    assert PointTiles.open([str(path)], CRS, Notes()).files


# ---- surface --------------------------------------------------------------------------------


def random_cloud(count=4000, seed=3):
    random = np.random.default_rng(seed)
    x, y = X0 + random.uniform(0, 20, count), Y0 + random.uniform(0, 20, count)
    z = np.round(30 + random.gamma(0.3, 4.0, count), 3)
    kind = random.choice(np.array([1, 2, 3, 5, 6], np.uint8), count)
    return PointCloud(x, y, z, kind)


def test_surface_against_slow_code():
    """One loop over cells: the highest where a cell is steep, the mean where it is not."""
    cloud, grid = random_cloud(), Grid(CRS, X0, Y0 + 20, 0.5, 40, 40)
    got = surface_from_points(cloud, grid)
    row, col = grid.row_col(cloud.x, cloud.y)
    for r in range(40):
        for c in range(40):
            here = (row == r) & (col == c)
            if not here.any():
                continue
            z = cloud.z[here]
            expected = z.max() if z.max() - z.min() > 1.0 else z.mean()
            assert got.dsm[r, c] == pytest.approx(expected, abs=1e-4)
            top = cloud.classification[here][z == z.max()]
            assert got.vegetation[r, c] == np.isin(top, [3, 4, 5]).any()
            ground = z[cloud.classification[here] == 2]
            if len(ground):
                assert got.dtm[r, c] == pytest.approx(ground.mean(), abs=1e-4)


def test_surface_does_not_depend_on_the_order_of_points():
    cloud, grid = random_cloud(), Grid(CRS, X0, Y0 + 20, 0.5, 40, 40)
    mixed = np.random.default_rng(9).permutation(len(cloud.x))
    shuffled = PointCloud(
        cloud.x[mixed], cloud.y[mixed], cloud.z[mixed], cloud.classification[mixed]
    )
    first, second = surface_from_points(cloud, grid), surface_from_points(shuffled, grid)
    np.testing.assert_array_equal(first.dsm, second.dsm)
    np.testing.assert_array_equal(first.dtm, second.dtm)
    np.testing.assert_array_equal(first.vegetation, second.vegetation)


def test_no_vegetation_mask_without_vegetation_classes():
    cloud = random_cloud()
    bare = PointCloud(
        cloud.x, cloud.y, cloud.z, np.where(cloud.classification == 6, 6, 2).astype(np.uint8)
    )
    assert surface_from_points(bare, Grid(CRS, X0, Y0 + 20, 0.5, 40, 40)).vegetation is None


def test_holes_are_filled_alike_in_two_windows():
    """Windows cut off the lattice of the pyramid agree where both hold the surroundings."""
    grid = Grid(CRS, X0, Y0 + 64, 0.5, 128, 128)
    values = np.random.default_rng(2).normal(30, 1, (128, 128))
    values[np.random.default_rng(3).uniform(size=(128, 128)) < 0.6] = np.nan
    whole = fill_holes(values, grid, 4)
    for r, c in ((1, 0), (3, 7), (16, 5)):
        part = grid.sub(slice(r, 120), slice(c, 121))
        got = fill_holes(values[r:120, c:121], part, 4)
        margin = slice(34, -34)
        np.testing.assert_array_equal(got[margin, margin], whole[r:120, c:121][margin, margin])


def test_filling_keeps_what_is_known_and_reaches_no_further():
    grid = Grid(CRS, X0, Y0 + 64, 0.5, 128, 128)
    values = np.full((128, 128), np.nan)
    values[:20] = 12.5
    got = fill_holes(values, grid, 3)
    assert (got[:20] == 12.5).all()
    assert np.nanmax(abs(got - 12.5)) < 1e-9
    assert np.isnan(got[40:]).all()
    assert np.array_equal(fill_holes(values, grid, 0), values, equal_nan=True)


# ---- real files -----------------------------------------------------------------------------


@pytest.mark.reference
def test_ign_tiles():
    """417 106 points flown on 28 May 2021 (GPS clock), six tiles side by side."""
    paths = [str(data_file(FOLDER, name)) for name in TILES]
    tiles = PointTiles.open(paths, CRS, Notes())
    assert sum(file.count for file in tiles.files) == 417_106
    assert tiles.date == "2021-05-28"
    assert not tiles.overlapping
    assert 22 < tiles.density < 34
    got = tiles.read((770500.0, 6277500.0, 770651.0, 6277601.0))
    assert len(got.x) == sum(len(laspy.read(path).points) for path in paths)


@pytest.mark.reference
def test_surface_against_ign_s_own():
    """IGN interpolates a TIN of the same points at pixel centres, on the half-pixel grid.

    Ours keeps the highest point under crowns and at edges, so it lies above there; on open
    ground and roofs both must agree to a few centimetres. Terrain: same points, same meaning.
    """
    paths = [str(data_file(FOLDER, name)) for name in TILES]
    tiles = PointTiles.open(paths, CRS, Notes())
    name = "test_data_77055_627760_50CM_{}.tif"
    folders = {
        kind: data_file(FOLDER, f"ref_raster_{kind}", name.format(kind)) for kind in ("DSM", "DTM")
    }
    theirs = {
        kind: Mosaic.open([str(path)], CRS, Notes(), "mns") for kind, path in folders.items()
    }
    grid = theirs["DSM"].grid
    box = grid.bounds
    cloud = tiles.read((box[0] - 20, box[1] - 20, box[2] + 20, box[3] + 20))
    got = surface_from_points(cloud, grid)
    ref = {kind: mosaic.read(grid) for kind, mosaic in theirs.items()}
    gap = got.dsm - ref["DSM"]
    known = np.isfinite(gap)
    assert abs(np.median(gap[known])) < 0.03
    assert np.median(abs(gap[known])) < 0.05
    hard = known & ~got.vegetation
    assert np.percentile(abs(gap[hard]), 75) < 0.15
    terrain = got.dtm - ref["DTM"]
    terrain = terrain[np.isfinite(terrain)]
    assert abs(np.median(terrain)) < 0.01
    assert np.percentile(abs(terrain), 95) < 0.15


@pytest.mark.reference
def test_decimated_tile_is_refused_in_words():
    """0.3 points/m²: too sparse for planes."""
    path = data_file(
        "ign_decimated_1km_0382_6565", "test_semis_2021_0382_6565_LA93_IGN69_cropped.laz"
    )
    with pytest.raises(InputError) as caught:
        PointTiles.open([str(path)], CRS, Notes())
    assert caught.value.code == "points_too_sparse"
    assert caught.value.facts["density"] == pytest.approx(0.29, abs=0.1)
    assert PointTiles.open([str(path)], CRS, Notes(), has_surface=True).files == ()


@pytest.mark.reference
def test_delft_without_a_declared_system():
    """848 942 points of AHN3, no CRS in the files: the territory's fits."""
    paths = [str(data_file("delft_ahn3", f"ahn3_cropped_{k}.laz")) for k in (1, 2)]
    notes = Notes()
    tiles = PointTiles.open(paths, "EPSG:28992", notes)
    assert len(notes.with_code("crs_assumed")) == 2
    grid = Grid("EPSG:28992", 0.0, 0.0, 0.5, 1, 1).covering(tiles.bounds)
    got = surface_from_points(tiles.read(tiles.bounds), grid)
    assert np.isfinite(got.dsm).mean() > 0.95
    assert np.isfinite(got.dtm).all()
    assert got.vegetation is None


def test_points_of_another_system_are_moved(tmp_path):
    """CC50 points read in Lambert-93 against pyproj, to a millimetre."""
    corner = Transformer.from_crs(CRS, "EPSG:3950", always_xy=True).transform(X0, Y0)
    path = scenes.write_points(tmp_path / "a.laz", crs="EPSG:3950", x0=corner[0], y0=corner[1])
    raw = laspy.read(path)
    x, y = Transformer.from_crs("EPSG:3950", CRS, always_xy=True).transform(
        np.asarray(raw.x), np.asarray(raw.y)
    )
    notes = Notes()
    tiles = PointTiles.open([str(path)], CRS, notes)
    got = tiles.read((X0 - 99, Y0 - 99, X0 + 199, Y0 + 199))
    assert notes.with_code("crs_reprojected")
    np.testing.assert_allclose(got.x, x, atol=1e-3)
    np.testing.assert_allclose(got.y, y, atol=1e-3)


def test_damage_inside_a_file_names_it(tmp_path):
    path = scenes.write_points(tmp_path / "damaged.laz")
    tiles = PointTiles.open([str(path)], CRS, Notes())
    raw = bytearray(path.read_bytes())
    with laspy.open(path) as reader:
        start = reader.header.offset_to_point_data
    place = struct.unpack("<q", raw[start : start + 8])[0]
    path.write_bytes(bytes(raw[:place]))  # the table of chunks is gone since it was opened
    with pytest.raises(InputError) as caught:
        tiles.read((X0, Y0, X0 + SIDE, Y0 + SIDE))
    assert caught.value.code == "points_unreadable"
    assert caught.value.facts["file"] == "damaged.laz"


# -- headers that lie ---------------------------------------------------------------------------

# Places of the fields: ASPRS LAS 1.4 R15, table 1.
LIES = {
    "vlr_count": (100, "<I", 4_000_000_000, "number_of_vlrs"),
    "evlr_count": (243, "<I", 4_000_000_000, "number_of_evlrs"),
    "header_size": (94, "<H", 65_535, "header_size"),
    "scale_nil": (131, "<d", 0.0, "scales"),
    "scale_nan": (139, "<d", float("nan"), "scales"),
    "box_far": (179, "<d", 1e300, "x_max"),
    "box_nan": (203, "<d", float("nan"), "y_max"),
    "point_count": (247, "<Q", 10**15, ""),
    "point_count_tenfold": (247, "<Q", 409_600, ""),
    "record_length": (105, "<H", 0, ""),
    "offset": (96, "<I", 4_000_000_000, ""),
}


@pytest.mark.parametrize("suffix", ["laz", "las"])
@pytest.mark.parametrize("lie", LIES)
def test_a_header_that_announces_the_impossible_is_refused_at_once(tmp_path, lie, suffix):
    place, form, value, word = LIES[lie]
    path = scenes.write_points(tmp_path / f"a.{suffix}", density=1.0)
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, place, value)
    path.write_bytes(content)
    before = time.process_time()
    with pytest.raises(InputError) as caught:
        PointTiles.open([str(path)], scenes.CRS, Notes(), has_surface=True).read(
            (scenes.X0, scenes.Y0, scenes.X0 + 64, scenes.Y0 + 64)
        )
    assert caught.value.code in ("points_unreadable", "points_truncated")
    assert word in str(caught.value.facts["detail"])
    assert time.process_time() - before < 2.0  # neither loop nor allocation


def test_one_cut_file_of_several_is_left_out_and_named(tmp_path):
    """The points of the sound file are those read from it alone; two cut files are refused."""
    sound = scenes.write_points(tmp_path / "a.laz")
    second = scenes.write_points(tmp_path / "b.laz", x0=X0 + SIDE)
    second.write_bytes(second.read_bytes()[: second.stat().st_size // 2])
    notes = Notes()
    tiles = PointTiles.open([str(sound), str(second)], CRS, notes)
    (note,) = notes.with_code("points_left_out")
    assert note.file == "b.laz"
    alone = PointTiles.open([str(sound)], CRS, Notes())
    assert tiles.files == alone.files
    sound.write_bytes(sound.read_bytes()[:2000])
    with pytest.raises(InputError) as caught:
        PointTiles.open([str(sound), str(second)], CRS, Notes())
    assert caught.value.code == "points_truncated"
