"""Mosaics: pixels as rasterio reads them, seams that do not show, windows that agree."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
import rasterio
import rasterio.errors
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre.errors import InputError
from cadastre.grid import Grid
from cadastre.sources.elevation import Mosaic, read_surface
from cadastre.sources.notes import Notes
from cadastre.sources.resample import resample
from tests.shared_data import data_file, reference_file
from tests.sources import scenes
from tests.sources.scenes import CRS, SIDE, X0, Y0


def open_mosaic(*paths, kind="mns", crs=CRS):
    return Mosaic.open([str(path) for path in paths], crs, Notes(), kind)


def whole_and_tiles(tmp_path, shift=0.0):
    """One raster and the same cut in four, pixel for pixel."""
    random = np.random.default_rng(7)
    values = (scenes.heights(256, 256) + random.normal(0, 1, (256, 256))).astype(np.float32)
    values[30:60, 100:180] = -9999.0
    corner = (X0 + shift, Y0 + 2 * SIDE + shift)
    whole = scenes.write_raster(tmp_path / "whole.tif", values, corner, nodata=-9999.0)
    tiles = [
        scenes.write_raster(
            tmp_path / f"t{r}{c}.tif",
            values[r : r + 128, c : c + 128].copy(),
            (corner[0] + c * 0.5, corner[1] - r * 0.5),
            nodata=-9999.0,
        )
        for r in (0, 128)
        for c in (0, 128)
    ]
    return whole, tiles, values


@pytest.mark.parametrize("shift", [0.0, 0.25])
def test_tiles_make_the_whole(tmp_path, shift):
    """Half a pixel off, as LiDAR HD rasters are, changes nothing."""
    whole, tiles, values = whole_and_tiles(tmp_path, shift)
    first, second = open_mosaic(whole), open_mosaic(*tiles)
    assert first.grid == second.grid
    expected = np.where(values < -9000, np.nan, values).astype(np.float32)
    np.testing.assert_array_equal(first.read(first.grid), expected)
    np.testing.assert_array_equal(second.read(second.grid), expected)


@settings(max_examples=20, deadline=None)
@given(st.tuples(*[st.integers(-40, 290)] * 4))
def test_any_window_is_a_part_of_the_whole(tmp_path_factory, ends):
    folder = tmp_path_factory.getbasetemp() / "windows"
    if not folder.exists():
        folder.mkdir()
        whole_and_tiles(folder)
    mosaic = open_mosaic(*sorted(folder.glob("t*.tif")))
    everything = mosaic.read(mosaic.grid)
    r0, r1 = sorted(ends[:2])
    c0, c1 = sorted(ends[2:])
    window = mosaic.grid.sub(slice(r0, r1), slice(c0, c1))
    padded = np.pad(everything, 300, constant_values=np.nan)
    np.testing.assert_array_equal(
        mosaic.read(window), padded[r0 + 300 : r1 + 300, c0 + 300 : c1 + 300]
    )


def test_a_mosaic_travels(tmp_path):
    whole, _, _ = whole_and_tiles(tmp_path)
    mosaic = open_mosaic(whole)
    again = pickle.loads(pickle.dumps(mosaic))
    assert again == mosaic
    np.testing.assert_array_equal(again.read(mosaic.grid), mosaic.read(mosaic.grid))


def test_where_files_overlap_the_first_with_a_value_wins(tmp_path):
    low = np.full((64, 64), 10.0, np.float32)
    low[:10] = np.nan
    scenes.write_raster(tmp_path / "a.tif", low)
    scenes.write_raster(tmp_path / "b.tif", np.full((64, 64), 20.0, np.float32))
    mosaic = open_mosaic(tmp_path / "b.tif", tmp_path / "a.tif")
    got = mosaic.read(mosaic.grid)
    assert (got[:10] == 20.0).all()
    assert (got[10:] == 10.0).all()


# ---- resampling -----------------------------------------------------------------------------


def plane(grid: Grid) -> np.ndarray:
    x, y = grid.xy(np.arange(grid.rows)[:, None], np.arange(grid.cols)[None, :])
    return (0.3 * (x - X0) - 0.2 * (y - Y0) + 40.0).astype(np.float32)


@pytest.mark.parametrize("step", [0.5, 0.4, 0.6, 0.37])
def test_bilinear_keeps_a_plane(step):
    """Closed form: bilinear interpolation of a plane is the plane."""
    source = Grid(CRS, X0, Y0 + SIDE, 0.5, 128, 128)
    target = Grid(CRS, X0 + 5.13, Y0 + SIDE - 4.77, step, 60, 60)
    np.testing.assert_allclose(resample(plane(source), source, target), plane(target), atol=1e-4)


@pytest.mark.parametrize("ratio", [2, 5, 10])
def test_average_is_the_mean_of_blocks(ratio):
    source = Grid(CRS, X0, Y0 + SIDE, 0.5, 100, 100)
    values = np.random.default_rng(1).normal(30, 5, (100, 100)).astype(np.float32)
    values[:7, :3] = np.nan
    target = Grid(CRS, X0, Y0 + SIDE, 0.5 * ratio, 100 // ratio, 100 // ratio)
    blocks = values.reshape(target.rows, ratio, target.cols, ratio).swapaxes(1, 2)
    blocks = blocks.reshape(target.rows, target.cols, -1).astype(np.float64)
    count = np.isfinite(blocks).sum(axis=-1)
    total = np.nansum(blocks, axis=-1)
    expected = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    np.testing.assert_allclose(resample(values, source, target), expected, rtol=1e-6)


def test_bilinear_does_not_invent_heights_over_holes():
    source = Grid(CRS, X0, Y0 + SIDE, 0.5, 20, 20)
    values = plane(source)
    values[5:10, 5:10] = np.nan
    target = Grid(CRS, X0 + 0.2, Y0 + SIDE - 0.2, 0.5, 19, 19)
    got = resample(values, source, target)
    assert np.isnan(got[5:9, 5:9]).all()
    assert np.isfinite(got).sum() >= 19 * 19 - 36


@pytest.mark.parametrize("step", [0.5, 0.3, 2.5])
def test_two_windows_of_another_lattice_agree_to_the_bit(tmp_path, step):
    whole, _, _ = whole_and_tiles(tmp_path, 0.13)
    mosaic = open_mosaic(whole)
    lattice = Grid(CRS, X0, Y0 + 2 * SIDE, step, int(128 / step), int(128 / step))
    everything = mosaic.read(lattice)
    for r0, r1, c0, c1 in ((3, 40, 5, 33), (11, 30, 0, 50)):
        part = lattice.sub(slice(r0, r1), slice(c0, c1))
        np.testing.assert_array_equal(mosaic.read(part), everything[r0:r1, c0:c1])


def test_terrain_of_another_step_on_the_surface_grid(tmp_path):
    coarse = Grid(CRS, X0 - 5, Y0 + SIDE + 5, 1.0, 80, 80)
    mns = open_mosaic(scenes.write_raster(tmp_path / "s.tif", scenes.heights()))
    path = scenes.write_raster(tmp_path / "t.tif", plane(coarse), (X0 - 5, Y0 + SIDE + 5), 1.0)
    surface = read_surface(mns, open_mosaic(path, kind="mnt"), mns.grid)
    np.testing.assert_allclose(surface.dtm, plane(mns.grid), atol=1e-4)
    assert read_surface(mns, None, mns.grid).dtm.dtype == np.float32
    assert np.isnan(read_surface(mns, None, mns.grid).dtm).all()


# ---- nodata, dates, refusals ----------------------------------------------------------------


def test_nodata_dies_here(tmp_path):
    values = scenes.heights()
    values[0, :5] = [-9999.0, -99999.0, np.nan, 3.4e38, -32768.0]
    mosaic = open_mosaic(scenes.write_raster(tmp_path / "a.tif", values))
    got = mosaic.read(mosaic.grid)
    assert np.isnan(got[0, :5]).all()
    assert np.isfinite(got).sum() == got.size - 5


def test_scaled_integers(tmp_path):
    """Centimetres as int16 with scale 0.01: half a centimetre at most is lost."""
    values = scenes.heights()
    path = scenes.write_raster(
        tmp_path / "a.tif", np.round(values * 100).astype(np.int16), nodata=-9999, scale=0.01
    )
    mosaic = open_mosaic(path)
    np.testing.assert_allclose(mosaic.read(mosaic.grid), values, atol=0.00501)


@pytest.mark.parametrize(
    ("name", "tags", "date"),
    [
        ("LHD_FXX_0685_7038_MNS_O_0M50_LAMB93_IGN69.tif", {}, None),
        ("MNS_2021_0685.tif", {}, "2021"),
        ("MNS_20210528.tif", {}, "2021-05-28"),
        ("a.tif", {"TIFFTAG_DATETIME": "2022:07:14 12:00:00"}, "2022-07-14"),
    ],
)
def test_date_of_the_data(tmp_path, name, tags, date):
    path = scenes.write_raster(tmp_path / name, scenes.heights(), tags=tags)
    mosaic = open_mosaic(path)
    assert mosaic.date == date
    assert mosaic.date_at(np.array([X0 + 1]), np.array([Y0 + 1])).tolist() == [date]


def test_the_flight_comes_before_the_file_s_date(tmp_path):
    tags = {"TIFFTAG_DATETIME": "2024:01:01 00:00:00"}
    path = scenes.write_raster(tmp_path / "MNS_20210528.tif", scenes.heights(), tags=tags)
    assert open_mosaic(path).date == "2021-05-28"


def test_dates_of_an_index_come_first(tmp_path):
    path = scenes.write_raster(tmp_path / "LHD_FXX_0685_7038_MNS.tif", scenes.heights())
    mosaic = Mosaic.open([str(path)], CRS, Notes(), dates={path.name: "2022-03-09"})
    assert mosaic.date == "2022-03-09"


def test_a_lost_position_is_found_in_the_name_of_the_tile(tmp_path):
    """LHD tiles: km of the north-west corner, pixel centres on multiples of the step (IGN)."""
    path = tmp_path / "LHD_FXX_0709_6762_MNS_O_0M50_LAMB93_IGN69.tif"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        scenes.write_raster(
            path, scenes.heights(2000, 2000), crs=None, transform=Affine.identity()
        )
    notes = Notes()
    grid = Mosaic.open([str(path)], CRS, notes).grid
    # the service's own box for this tile: 708999.75, 6761000.25, 709999.75, 6762000.25
    assert grid.bounds == (708999.75, 6761000.25, 709999.75, 6762000.25)
    assert notes.with_code("raster_placed_by_name")


def test_coverage(tmp_path):
    mosaic = open_mosaic(scenes.write_raster(tmp_path / "a.tif", scenes.heights()))
    x, y = np.array([X0 + 1, X0 - 1, X0 + SIDE + 1]), np.full(3, Y0 + 1)
    assert mosaic.covers(x, y).tolist() == [True, False, False]


def test_damage_found_while_reading_names_the_file(tmp_path):
    noise = np.random.default_rng(1).normal(30, 1, (1024, 1024)).astype(np.float32)
    path = scenes.write_raster(tmp_path / "damaged.tif", noise, compress="deflate")
    with rasterio.open(path) as data:
        assert data.block_shapes == [(64, 64)]
    mosaic = open_mosaic(path)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3 : len(raw) // 3 + 60000] = b"\xff" * 60000
    path.write_bytes(bytes(raw))
    with pytest.raises(InputError) as caught:
        mosaic.read(mosaic.grid)
    assert caught.value.code == "raster_unreadable"
    assert caught.value.facts["file"] == "damaged.tif"


def _noisy_tiles(tmp_path):
    """Two tiles side by side whose blocks do not compress, and where the first block lies."""
    random = np.random.default_rng(3)
    paths = []
    for number, name in enumerate(("east.tif", "west.tif")):
        values = random.normal(30.0, 1.0, (512, 512)).astype(np.float32)
        corner = (X0 + 256.0 * (1 - number), Y0 + 256.0)
        paths.append(scenes.write_raster(tmp_path / name, values, corner, compress="deflate"))
    return paths


def _spoil_first_block(path):
    with rasterio.open(path) as data:
        start, size = (
            int(data.get_tag_item(f"BLOCK_{what}_0_0", "TIFF", bidx=1))
            for what in ("OFFSET", "SIZE")
        )
    raw = bytearray(path.read_bytes())
    raw[start : start + size] = b"\xff" * size
    path.write_bytes(raw)


def test_one_damaged_file_of_several_keeps_its_frame_and_is_named(tmp_path):
    """Its first block, looked at at once, is spoilt: the rest is what rasterio reads."""
    paths = _noisy_tiles(tmp_path)
    _spoil_first_block(paths[1])
    notes = Notes()
    mosaic = Mosaic.open([str(path) for path in paths], CRS, notes)
    (note,) = notes.with_code("raster_damaged")
    assert note.file == "west.tif"
    assert len(mosaic.files) == 2
    assert mosaic.grid.bounds == (X0, Y0, X0 + 512.0, Y0 + 256.0)
    with rasterio.open(paths[0]) as data:
        np.testing.assert_array_equal(mosaic.read(mosaic.files[0].grid), data.read(1))
    spoilt = mosaic.files[1].grid
    sound = spoilt.sub(slice(64, 512), slice(0, 512))
    with rasterio.open(paths[1]) as data:
        rest = data.read(1, window=((64, 512), (0, 512)))
    np.testing.assert_array_equal(mosaic.read(sound), rest)
    with pytest.raises(InputError) as caught:
        mosaic.read(spoilt)
    assert caught.value.facts["file"] == "west.tif"


def test_what_can_be_read_around_damage_is_read(tmp_path):
    """``read_known`` loses the spoilt block of 64 x 64 pixels, and coarse cells beside it."""
    paths = _noisy_tiles(tmp_path)
    _, west = open_mosaic(*paths).files
    whole = open_mosaic(*paths)
    fine, coarse = west.grid, Grid(CRS, X0, Y0 + 256.0, 8.0, 32, 64)
    expected = whole.read(fine), whole.read(coarse)
    _spoil_first_block(paths[1])
    mosaic = open_mosaic(*paths)
    for grid, honest, lost in ((fine, expected[0], 64), (coarse, expected[1], 8)):
        values, damaged = mosaic.read_known(grid)
        assert damaged == ("west.tif",)
        assert np.isnan(values[:lost, :lost]).all()
        values[:lost, :lost] = honest[:lost, :lost]
        np.testing.assert_array_equal(values, honest)
    assert whole.read_known(mosaic.files[0].grid)[1] == ()


def test_a_file_without_a_header_is_a_hole_and_no_sound_file_a_refusal(tmp_path):
    paths = _noisy_tiles(tmp_path)
    paths[0].write_text("<ServiceException>LayerNotDefined</ServiceException>")
    notes = Notes()
    mosaic = Mosaic.open([str(path) for path in paths], CRS, notes)
    (note,) = notes.with_code("raster_left_out")
    assert note.file == "east.tif"
    assert [file.path for file in mosaic.files] == [str(paths[1])]
    paths[1].write_bytes(paths[1].read_bytes()[:100])
    with pytest.raises(InputError) as caught:
        open_mosaic(*paths)
    assert caught.value.code == "raster_unreadable"


# ---- real files -----------------------------------------------------------------------------


@pytest.mark.reference
def test_ign_half_pixel_grid():
    """IGN's own 0.5 m surface model: edges on quarters of a metre, pixels as rasterio reads."""
    path = data_file("ign_lidarhd_770500_6277500", "ref_raster_DSM",
                     "test_data_77055_627760_50CM_DSM.tif")  # fmt: skip
    mosaic = open_mosaic(path)
    assert mosaic.grid.x_min % 0.5 == 0.25
    with rasterio.open(path) as data:
        expected = data.read(1, masked=True).filled(np.nan)
    np.testing.assert_array_equal(mosaic.read(mosaic.grid), expected)


@pytest.mark.reference
@pytest.mark.parametrize("scene", ["D", "E", "denhaag"])
def test_reference_scenes(scene):
    """The last lies off the zone of its declared system, as made-up scenes do: it is read."""
    path = reference_file("planes", scene, "DSM.tif")
    mosaic = open_mosaic(path)
    with rasterio.open(path) as data:
        expected = data.read(1, masked=True).filled(np.nan)
    np.testing.assert_array_equal(mosaic.read(mosaic.grid), expected)
