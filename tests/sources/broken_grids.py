"""Broken rasters and point clouds."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import geopandas as gpd
import laspy
import numpy as np
import rasterio.errors
from affine import Affine

from tests.sources import scenes
from tests.sources.broken_base import cut, variant
from tests.sources.scenes import CRS, SIDE, X0, Y0

# ---- rasters --------------------------------------------------------------------------------


def _noisy() -> np.ndarray:
    """Heights that do not compress: a cut hits them."""
    noise = np.random.default_rng(1).normal(0, 0.05, (512, 512))
    return (scenes.heights(512, 512) + noise).astype(np.float32)


@variant("mns", "raster_unreadable")
def raster_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(scenes.write_raster(folder / "a.tif", _noisy()), 0.5))]


@variant("mns", "raster_unreadable")
def raster_damaged_in_the_middle(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = scenes.write_raster(folder / "a.tif", _noisy(), compress="deflate")
    raw = bytearray(path.read_bytes())
    for start in range(len(raw) // 3, 2 * len(raw) // 3, 1000):
        raw[start : start + 200] = b"\x00" * 200
    path.write_bytes(bytes(raw))
    return [str(path)]


@variant("mns", "raster_unreadable")
def page_instead_of_raster(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    (folder / "a.tif").write_text("<ServiceException>LayerNotDefined</ServiceException>")
    return [str(folder / "a.tif")]


@variant("mns", "crs_assumed")
def raster_without_crs(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_raster(folder / "a.tif", scenes.heights(), crs=None))]


@variant("mns", "crs_contradicted")
def raster_said_in_degrees(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_raster(folder / "a.tif", scenes.heights(), crs="EPSG:4326"))]


@variant("mns", "crs_reprojected")
def raster_in_conic_conform_50(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    corner = gpd.GeoSeries.from_xy([X0], [Y0 + SIDE], crs=CRS).to_crs(3950)[0]
    return [
        str(scenes.write_raster(folder / "a.tif", scenes.heights(), (corner.x, corner.y),
                                crs="EPSG:3950"))
    ]  # fmt: skip


@variant("mns", "crs_outside_area")
def raster_far_away(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_raster(folder / "a.tif", scenes.heights(), (8.0e6, 1.0e6)))]


@variant("mns", "raster_not_placed")
def raster_without_position(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = folder / "a.tif"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        scenes.write_raster(path, scenes.heights(), crs=None, transform=Affine.identity())
    return [str(path)]


@variant("mns", "files_read")
def plateau_of_minus_9999_undeclared(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    values = scenes.heights()
    values[:40, :40] = -9999.0
    return [str(scenes.write_raster(folder / "a.tif", values))]


@variant("mns", "files_read")
def plateau_of_nan(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    values = scenes.heights()
    values[:40, :40] = np.nan
    return [str(scenes.write_raster(folder / "a.tif", values))]


@variant("mns", "zero_is_nodata")
def plateau_of_zeros(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    values = scenes.heights()
    values[:40, :40] = 0.0
    return [str(scenes.write_raster(folder / "a.tif", values))]


@variant("mns", "files_read")
def largest_float_as_nodata(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    values = scenes.heights()
    values[:40, :40] = np.finfo(np.float32).max
    return [str(scenes.write_raster(folder / "a.tif", values))]


@variant("mns", "raster_unit")
def raster_in_centimetres(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_raster(folder / "a.tif", scenes.heights() * 100))]


@variant("mns", "files_read")
def centimetres_with_a_scale(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    values = np.round(scenes.heights() * 100).astype(np.int16)
    values[:40, :40] = -9999
    return [str(scenes.write_raster(folder / "a.tif", values, nodata=-9999, scale=0.01))]


@variant("mns", "lattice_resampled")
def tiles_half_a_pixel_apart(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [
        str(scenes.write_raster(folder / "a.tif", scenes.heights())),
        str(scenes.write_raster(folder / "b.tif", scenes.heights(), (X0 + SIDE, Y0 + SIDE))),
        str(scenes.write_raster(folder / "c.tif", scenes.heights(),
                                (X0 + 2 * SIDE - 0.25, Y0 + SIDE + 0.25))),
    ]  # fmt: skip


@variant("mns", "resolution_resampled")
def tiles_of_two_resolutions(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [
        str(scenes.write_raster(folder / "a.tif", scenes.heights())),
        str(scenes.write_raster(folder / "b.tif", scenes.heights(64, 64),
                                (X0 + SIDE, Y0 + SIDE), 1.0)),
    ]  # fmt: skip


@variant("mns", "raster_too_coarse")
def surface_model_at_5_m(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_raster(folder / "a.tif", scenes.heights(), step=5.0))]


@variant("mns", "raster_straightened")
def raster_south_up(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    turned = Affine(0.5, 0, X0, 0, 0.5, Y0)
    return [
        str(scenes.write_raster(folder / "a.tif", scenes.heights()[::-1].copy(), transform=turned))
    ]


@variant("mns", "raster_straightened")
def raster_rotated(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    turned = Affine(0.5, 0.0, X0, 0.0, -0.5, Y0 + SIDE) @ Affine.rotation(10)
    return [str(scenes.write_raster(folder / "a.tif", scenes.heights(), transform=turned))]


@variant("mnt", "files_read")
def terrain_in_ascii(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    values = scenes.heights(64, 64).astype(np.float64)
    values[:20, :20] = -99999.0
    lines = [
        "ncols 64", "nrows 64", f"xllcorner {X0}", f"yllcorner {Y0}", "cellsize 1",
        "NODATA_value -99999.00",
    ]  # fmt: skip
    lines += [" ".join(f"{v:.2f}" for v in row) for row in values]
    (folder / "a.asc").write_text("\n".join(lines) + "\n")
    return [str(folder / "a.asc")]


@variant("mnt", "raster_unreadable")
def terrain_in_ascii_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(Path(terrain_in_ascii(folder, base)[0]), 0.5))]


# ---- points ---------------------------------------------------------------------------------


@variant("lidar", "points_truncated")
def laz_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(scenes.write_points(folder / "a.laz"), 0.6))]


@variant("lidar", "points_truncated")
def las_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(scenes.write_points(folder / "a.las"), 0.6))]


@variant("lidar", "points_truncated")
def laz_cut_in_its_header(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = scenes.write_points(folder / "a.laz")
    path.write_bytes(path.read_bytes()[:300])
    return [str(path)]


@variant("lidar", "points_unreadable")
def page_instead_of_points(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    (folder / "a.laz").write_text("<html>404</html>")
    return [str(folder / "a.laz")]


@variant("lidar", "points_empty")
def laz_without_points(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    laspy.LasData(laspy.LasHeader(point_format=6, version="1.4")).write(folder / "a.laz")
    return [str(folder / "a.laz")]


@variant("lidar", "points_too_sparse")
def laz_decimated(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_points(folder / "a.laz", density=0.3))]


@variant("lidar", "crs_assumed")
def laz_without_crs(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_points(folder / "a.laz", crs=None))]


@variant("lidar", "crs_outside_area")
def laz_far_away(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_points(folder / "a.laz", x0=8.0e6, y0=1.0e6))]


@variant("lidar", "points_duplicated")
def laz_given_twice(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    first = scenes.write_points(folder / "a.laz")
    shutil.copyfile(first, folder / "b.laz")
    return [str(first), str(folder / "b.laz")]
