"""Broken inputs by the dozen: each maker damages a good file in one way that happens in life.

``python -m tests.sources.broken [DOSSIER]`` prints the table of what each got. A maker returns the
paths to read; ``expected`` is the code of the refusal or of a note. No variant may crash; a reader
of rows that does not refuse gives back every row.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import laspy
import numpy as np
import pandas as pd
import rasterio.errors
import shapely
from affine import Affine

from cadastre.errors import InputError
from cadastre.sources.addresses import read_addresses
from cadastre.sources.boundaries import read_communes
from cadastre.sources.constraints import read_protections
from cadastre.sources.elevation import Mosaic
from cadastre.sources.footprints import read_footprints
from cadastre.sources.notes import Notes
from cadastre.sources.pointcloud import PointTiles
from cadastre.sources.weather import read_weather
from tests.sources import scenes
from tests.sources.scenes import CRS, SIDE, X0, Y0

Maker = Callable[[Path, gpd.GeoDataFrame], list[str]]
ID_COLUMN = "cleabs"


@dataclass(frozen=True)
class Variant:
    """One way of breaking an input; ``rows`` is how many rows the file is meant to hold."""

    name: str
    kind: str
    expected: str
    make: Maker
    rows: int | None = None
    id_column: str | None = None
    bounds: tuple[float, float, float, float] | None = None


VARIANTS: list[Variant] = []


def variant(kind: str, expected: str, **options: object) -> Callable[[Maker], Maker]:
    def register(make: Maker) -> Maker:
        VARIANTS.append(Variant(make.__name__, kind, expected, make, **options))
        return make

    return register


def cut(path: Path, share: float) -> Path:
    """Keep the first part of a file."""
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    return path


SHAPEFILE_NAMES = {
    "cleabs": "ID", "nature": "NATURE", "usage_1": "USAGE1", "construction_legere": "LEGER",
    "etat_de_l_objet": "ETAT", "hauteur": "HAUTEUR", "nombre_de_logements": "NB_LOGTS",
    "code_insee": "INSEE_COM", "nom": "NOM", "siren_epci": "SIREN_EPCI", "nom_epci": "NOM_EPCI",
}  # fmt: skip


def written(frame: gpd.GeoDataFrame, path: Path, **options: object) -> Path:
    """Write a layer; shapefiles get the 10-character names of IGN's deliveries."""
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".shp":
        frame.rename(columns=SHAPEFILE_NAMES).to_file(path, **options)
    else:
        frame.to_file(path, **options)
    return path


def with_shapes(base: gpd.GeoDataFrame, rows: slice, shapes: list) -> gpd.GeoDataFrame:
    out = base.copy()
    geometry = out.geometry.to_numpy().copy()
    geometry[rows] = shapes
    return out.set_geometry(gpd.GeoSeries(geometry, index=out.index, crs=base.crs))


# ---- footprints: the file itself -----------------------------------------------------------


@variant("batiments", "vector_unreadable")
def gpkg_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(written(base, folder / "a.gpkg"), 0.5))]


@variant("batiments", "vector_unreadable")
def geojson_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(written(base.to_crs(4326), folder / "a.geojson"), 0.7))]


@variant("batiments", "vector_unreadable")
def flatgeobuf_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(written(base, folder / "a.fgb"), 0.8))]


@variant("batiments", "vector_unreadable")
def parquet_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(written(base, folder / "a.parquet"), 0.9))]


@variant("batiments", "geometry_empty")
def shapefile_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(written(base, folder / "a.shp"), 0.6))]


@variant("batiments", "vector_unreadable")
def dbf_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = written(base, folder / "a.shp")
    cut(path.with_suffix(".dbf"), 0.5)
    return [str(path)]


@variant("batiments", "index_rebuilt")
def shapefile_without_index(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = written(base, folder / "a.shp")
    path.with_suffix(".shx").unlink()
    return [str(path)]


@variant("batiments", "crs_assumed")
def shapefile_without_prj(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = written(base, folder / "a.shp")
    path.with_suffix(".prj").unlink()
    return [str(path)]


@variant("batiments", "id_row_number")
def shapefile_without_dbf(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = written(base, folder / "a.shp")
    path.with_suffix(".dbf").unlink()
    return [str(path)]


@variant("batiments", "vector_unreadable")
def zip_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = written(base, folder / "a.shp")
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.glob("a.*")):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    del path
    return [str(cut(folder / "a.zip", 0.7))]


@variant("batiments", "vector_unreadable")
def page_instead_of_file(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    (folder / "a.gpkg").write_text("<html><body>503 Service Unavailable</body></html>")
    return [str(folder / "a.gpkg")]


@variant("batiments", "vector_unreadable")
def file_of_zero_bytes(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    (folder / "a.geojson").write_bytes(b"")
    return [str(folder / "a.geojson")]


@variant("batiments", "input_empty")
def layer_without_rows(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    (folder / "a.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    return [str(folder / "a.geojson")]


@variant("batiments", "file_missing")
def file_absent(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(folder / "nowhere.gpkg")]


@variant("batiments", "vector_layers")
def several_layers_none_named(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    written(base, folder / "a.gpkg", layer="un")
    written(base, folder / "a.gpkg", layer="deux")
    return [str(folder / "a.gpkg")]


@variant("batiments", "layer_chosen")
def several_layers_one_known(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    written(base, folder / "a.gpkg", layer="batiment")
    written(base, folder / "a.gpkg", layer="troncon_de_route")
    return [str(folder / "a.gpkg")]


@variant("batiments", "vector_layer_missing")
def layer_misspelt(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    written(base, folder / "a.gpkg", layer="batiment")
    return [f"{folder / 'a.gpkg'}|batiments_durs"]


@variant("batiments", "vector_no_geometry")
def table_without_geometry(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    pd.DataFrame(base.drop(columns="geometry")).to_csv(folder / "a.csv", index=False)
    return [str(folder / "a.csv")]


# ---- footprints: coordinates ----------------------------------------------------------------


def _zone(base: gpd.GeoDataFrame) -> int:
    """EPSG code of the conic conform zone of a town: 3942 for CC42 to 3950 for CC50."""
    return 3900 + round(float(base.to_crs(4326).total_bounds[1]))


@variant("batiments", "crs_contradicted")
def lambert_in_geojson_without_crs(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(base.set_crs(4326, allow_override=True), folder / "a.geojson"))]


@variant("batiments", "crs_contradicted")
def declared_conic_conform_but_lambert(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(base.set_crs(_zone(base), allow_override=True), folder / "a.gpkg"))]


@variant("batiments", "crs_reprojected")
def conic_conform_zone(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(base.to_crs(_zone(base)), folder / "a.gpkg"))]


@variant("batiments", "crs_equivalent")
def rgf93_version_2b(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(base.set_crs(9794, allow_override=True), folder / "a.gpkg"))]


@variant("batiments", "axes_swapped")
def degrees_latitude_first(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = base.to_crs(4326)
    turned = shapely.transform(frame.geometry.to_numpy(), lambda c: c[:, ::-1])
    return [str(written(frame.set_geometry(turned, crs=4326), folder / "a.geojson"))]


@variant("batiments", "axes_swapped")
def metres_north_first(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    turned = shapely.transform(base.geometry.to_numpy(), lambda c: c[:, ::-1])
    return [str(written(base.set_geometry(turned, crs=CRS), folder / "a.gpkg"))]


@variant("batiments", "crs_missing")
def conic_conform_undeclared(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = base.to_crs(_zone(base)).set_crs(None, allow_override=True)
    return [str(written(frame, folder / "a.parquet"))]


@variant("batiments", "crs_assumed")
def degrees_undeclared(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = base.to_crs(4326).set_crs(None, allow_override=True)
    return [str(written(frame, folder / "a.parquet"))]


@variant("batiments", "crs_far_away")
def another_continent(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    moved = base.to_crs(4326)
    moved = moved.set_geometry(moved.translate(100.0, -60.0))
    return [str(written(moved, folder / "a.gpkg"))]


@variant("batiments", "crs_far_away")
def coordinates_in_centimetres(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    scaled = base.set_geometry(base.scale(100, 100, origin=(0, 0)))
    return [str(written(scaled, folder / "a.gpkg"))]


@variant("batiments", "input_far_away", bounds=(X0 + 5e4, Y0, X0 + 6e4, Y0 + 1e4))
def surface_model_elsewhere(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(base, folder / "a.gpkg"))]


@variant("batiments", "rows_read")
def one_row_at_the_origin(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = with_shapes(base, slice(0, 1), [shapely.box(0, 0, 8, 6)])
    return [str(written(frame, folder / "a.gpkg"))]


# ---- footprints: shapes ---------------------------------------------------------------------


def _bow_tie(x: float, y: float) -> shapely.Polygon:
    return shapely.Polygon([(x, y), (x + 8, y + 6), (x + 8, y), (x, y + 6)])


@variant("batiments", "geometry_repaired")
def bow_ties(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    shapes = [_bow_tie(X0 + 10 * k, Y0 + 100) for k in range(3)]
    return [str(written(with_shapes(base, slice(0, 3), shapes), folder / "a.gpkg"))]


@variant("batiments", "geometry_repaired")
def hole_outside_its_shell(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    shell = [(X0, Y0), (X0 + 8, Y0), (X0 + 8, Y0 + 6), (X0, Y0 + 6)]
    hole = [(X0 + 20, Y0), (X0 + 22, Y0), (X0 + 22, Y0 + 2), (X0 + 20, Y0 + 2)]
    shapes = [shapely.Polygon(shell, [hole])]
    return [str(written(with_shapes(base, slice(0, 1), shapes), folder / "a.gpkg"))]


@variant("batiments", "geometry_repaired")
def polygon_in_a_collection(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    box = shapely.box(X0, Y0, X0 + 8, Y0 + 6)
    shapes = [shapely.GeometryCollection([box, shapely.Point(X0, Y0)])]
    return [str(written(with_shapes(base, slice(0, 1), shapes), folder / "a.gpkg"))]


@variant("batiments", "geometry_invalid")
def coordinates_not_a_number(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    with np.errstate(invalid="ignore"):
        bad = shapely.Polygon([(X0, Y0), (X0 + 8, np.nan), (X0 + 8, Y0 + 6), (X0, Y0)])
    return [str(written(with_shapes(base, slice(0, 1), [bad]), folder / "a.parquet"))]


@variant("batiments", "geometry_empty")
def empty_polygons(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    shapes = [shapely.Polygon()] * 2
    return [str(written(with_shapes(base, slice(0, 2), shapes), folder / "a.gpkg"))]


@variant("batiments", "geometry_empty")
def null_geometries(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(with_shapes(base, slice(0, 2), [None, None]), folder / "a.gpkg"))]


@variant("batiments", "geometry_invalid")
def slivers_without_area(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    line = shapely.Polygon([(X0, Y0), (X0 + 8, Y0), (X0, Y0)])
    return [str(written(with_shapes(base, slice(0, 1), [line]), folder / "a.gpkg"))]


@variant("batiments", "geometry_invalid")
def lines_and_points_among_polygons(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    shapes = [shapely.LineString([(X0, Y0), (X0 + 8, Y0 + 6)]), shapely.Point(X0, Y0)]
    return [str(written(with_shapes(base, slice(0, 2), shapes), folder / "a.gpkg"))]


@variant("batiments", "footprints_no_polygon")
def points_only(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(base.set_geometry(base.centroid), folder / "a.gpkg"))]


@variant("batiments", "footprints_not_buildings")
def communes_instead_of_buildings(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(scenes.communes(), folder / "a.gpkg"))]


@variant("batiments", "rows_read")
def unknown_third_coordinate(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = base.set_geometry(shapely.force_3d(base.geometry.to_numpy(), -1000.0), crs=CRS)
    return [str(written(frame, folder / "a.gpkg"))]


# ---- footprints: attributes -----------------------------------------------------------------


@variant("batiments", "columns_missing")
def columns_renamed(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = base.rename(columns={c: f"champ_{c}" for c in base.columns if c != "geometry"})
    return [str(written(frame, folder / "a.gpkg"))]


@variant("batiments", "id_column_missing", id_column="identifiant")
def id_column_misspelt(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(base, folder / "a.gpkg"))]


@variant("batiments", "ids_duplicated")
def ids_repeated(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = base.assign(**{ID_COLUMN: base[ID_COLUMN].where(base.index > 3, "B")})
    return [str(written(frame, folder / "a.gpkg"))]


@variant("batiments", "geometry_duplicated")
def file_given_twice(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    whole = pd.concat([base, base], ignore_index=True)
    return [str(written(gpd.GeoDataFrame(whole, crs=CRS), folder / "a.gpkg"))]


@variant("batiments", "ids_missing")
def ids_null(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = base.assign(**{ID_COLUMN: base[ID_COLUMN].where(base.index > 3)})
    return [str(written(frame, folder / "a.gpkg"))]


@variant("batiments", "heights_rescaled")
def heights_in_centimetres(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(base.assign(hauteur=base["hauteur"] * 100), folder / "a.gpkg"))]


@variant("batiments", "heights_rescaled")
def heights_in_millimetres(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(written(base.assign(hauteur=base["hauteur"] * 1000), folder / "a.gpkg"))]


@variant("batiments", "heights_absurd")
def some_heights_absurd(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    tall = base["hauteur"].where(base.index > 1, 9999.0)
    return [str(written(base.assign(hauteur=tall), folder / "a.gpkg"))]


@variant("batiments", "columns_missing")
def heights_zero_or_minus_thousand(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    nil = np.where(np.arange(len(base)) % 2, 0.0, -1000.0)
    return [str(written(base.assign(hauteur=nil), folder / "a.gpkg"))]


@variant("batiments", "rows_read")
def heights_as_french_text(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    text = [f"{h:.2f} m".replace(".", ",") for h in base["hauteur"]]
    return [str(written(base.assign(hauteur=text), folder / "a.gpkg"))]


@variant("batiments", "encoding_repaired")
def latin_1_said_to_be_utf_8(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = written(base, folder / "a.shp", encoding="ISO-8859-1")
    path.with_suffix(".cpg").write_text("UTF-8")
    return [str(path)]


@variant("batiments", "encoding_repaired")
def utf_8_without_saying_so(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = written(base, folder / "a.shp", encoding="UTF-8")
    path.with_suffix(".cpg").unlink()
    return [str(path)]


@variant("batiments", "encoding_repaired")
def geojson_in_latin_1(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = written(base.to_crs(4326), folder / "a.geojson")
    text = path.read_bytes().decode("utf-8")
    path.write_bytes(text.encode("cp1252"))
    return [str(path)]


@variant("batiments", "state_excluded")
def planned_and_ruined(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    state = base["etat_de_l_objet"].where(base.index > 1, "En projet")
    return [str(written(base.assign(etat_de_l_objet=state), folder / "a.gpkg"))]


@variant("batiments", "nature_excluded")
def greenhouses(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [
        str(written(base.assign(nature=base["nature"].where(base.index > 1, "Serre")),
                    folder / "a.gpkg"))
    ]  # fmt: skip


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


# ---- weather --------------------------------------------------------------------------------


@variant("meteo", "weather_gap_interpolated")
def three_hours_missing(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    return [str(scenes.write_weather(folder / "a.csv", data.drop(data.index[4138:4141])))]


@variant("meteo", "weather_gap_typical")
def ten_days_missing(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    return [str(scenes.write_weather(folder / "a.csv", data.drop(data.index[4000:4240])))]


@variant("meteo", "weather_incomplete")
def half_a_year_missing(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather().iloc[:4380]))]


@variant("meteo", "weather_years_dropped")
def second_year_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather(2019, 2).iloc[:13000]))]


@variant("meteo", "weather_columns_swapped")
def global_and_direct_swapped(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather().rename(columns={"ghi": "dni", "dni": "ghi"})
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_columns_swapped")
def direct_and_diffuse_swapped(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather().rename(columns={"dhi": "dni", "dni": "dhi"})
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_time_shifted")
def local_time_said_to_be_utc(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    return [
        str(scenes.write_weather(folder / "a.csv", data.set_axis(data.index + pd.Timedelta("1h"))))
    ]


@variant("meteo", "weather_time_shifted")
def global_alone_two_hours_late(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()[["ghi", "temp_air"]]
    return [
        str(scenes.write_weather(folder / "a.csv", data.set_axis(data.index + pd.Timedelta("2h"))))
    ]


@variant("meteo", "weather_decomposed")
def global_alone(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather()[["ghi", "temp_air"]]))]


@variant("meteo", "weather_closure")
def direct_is_noise(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    noise = np.random.default_rng(3).uniform(0, 900, len(data))
    return [str(scenes.write_weather(folder / "a.csv", data.assign(dni=noise.round(1))))]


@variant("meteo", "weather_units")
def kilowatts(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    data[["ghi", "dni", "dhi"]] /= 1000.0
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_gap_typical")
def holes_coded_minus_999(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    data.iloc[3000:3100] = -999.0
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_duplicates")
def hours_repeated(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    return [str(scenes.write_weather(folder / "a.csv", pd.concat([data, data.iloc[100:200]])))]


@variant("meteo", "weather_read")
def rows_shuffled(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather().sample(frac=1.0, random_state=1)
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_read")
def french_separators(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather(), sep=";", decimal=","))]


@variant("meteo", "weather_columns")
def no_time_column(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    scenes.weather().to_csv(folder / "a.csv", index=False)
    return [str(folder / "a.csv")]


@variant("meteo", "weather_columns")
def no_irradiance(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather()[["temp_air"]]))]


@variant("meteo", "weather_filled_temp")
def no_temperature(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_weather(folder / "a.csv", scenes.weather().drop(columns="temp_air")))]


@variant("meteo", "weather_negative_zeroed")
def small_negative_values(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    data = scenes.weather()
    data["dhi"] = data["dhi"].where(data["dhi"] > 0, -2.0)
    return [str(scenes.write_weather(folder / "a.csv", data))]


@variant("meteo", "weather_tilted")
def pvgis_of_a_tilted_plane(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    rows = [f"20190101:{h:02d}10,0.0,0.0,0.0,0.0,3.4,1.4,0.0" for h in range(24)]
    head = [
        "Latitude (decimal degrees):\t50.430", "Longitude (decimal degrees):\t2.790",
        "Elevation (m):\t40", "Radiation database:\tPVGIS-SARAH3", "", "", "Slope: 35 deg. ",
        "Azimuth: 0 deg. ", "time,Gb(i),Gd(i),Gr(i),H_sun,T2m,WS10m,Int",
    ]  # fmt: skip
    (folder / "a.csv").write_text("\n".join([*head, *rows, ""]))
    return [str(folder / "a.csv")]


@variant("meteo", "weather_format")
def spreadsheet(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    with zipfile.ZipFile(folder / "a.csv", "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>" + "\x00" * 64)
    return [str(folder / "a.csv")]


@variant("meteo", "weather_unreadable")
def weather_of_zero_bytes(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    (folder / "a.epw").write_bytes(b"")
    return [str(folder / "a.epw")]


@variant("meteo", "weather_incomplete")
def weather_cut(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(cut(scenes.write_weather(folder / "a.csv", scenes.weather()), 0.3))]


# ---- communes, addresses, protections ---------------------------------------------------------


@variant("communes", "column_missing")
def communes_without_code(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = scenes.communes().rename(columns={"code_insee": "champ_1"})
    return [str(written(frame, folder / "a.gpkg"))]


@variant("communes", "crs_contradicted", rows=2)
def communes_lambert_in_geojson(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = scenes.communes().set_crs(4326, allow_override=True)
    return [str(written(frame, folder / "a.geojson"))]


@variant("communes", "encoding_repaired", rows=2)
def communes_utf_8_unsaid(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    path = written(scenes.communes(), folder / "a.shp", encoding="UTF-8")
    path.with_suffix(".cpg").unlink()
    return [str(path)]


@variant("adresses", "encoding_repaired", rows=6)
def addresses_in_latin_1(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_addresses(folder / "a.csv", encoding="cp1252"))]


@variant("adresses", "axes_swapped", rows=6)
def addresses_latitude_for_longitude(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    return [str(scenes.write_addresses(folder / "a.csv", swapped=True))]


@variant("adresses", "column_missing")
def addresses_without_coordinates(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    table = pd.read_csv(scenes.write_addresses(folder / "a.csv"), sep=";", dtype=str)
    table.drop(columns=["x", "y", "lon", "lat"]).to_csv(folder / "a.csv", sep=";", index=False)
    return [str(folder / "a.csv")]


@variant("adresses", "geometry_empty", rows=5)
def one_address_without_coordinates(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    table = pd.read_csv(scenes.write_addresses(folder / "a.csv"), sep=";", dtype=str)
    table.loc[0, ["x", "y", "lon", "lat"]] = ""
    table.to_csv(folder / "a.csv", sep=";", index=False)
    return [str(folder / "a.csv")]


@variant("protections", "geometry_repaired", rows=1)
def perimeter_as_bow_tie(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = gpd.GeoDataFrame(
        {"suptype": ["ac1"], "nomsuplitt": ["Église"]}, geometry=[_bow_tie(X0, Y0)], crs=CRS
    )
    return [str(written(frame, folder / "a.gpkg"))]


@variant("protections", "footprints_no_polygon")
def monuments_as_points(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    frame = gpd.GeoDataFrame({"suptype": ["ac1"]}, geometry=[shapely.Point(X0, Y0)], crs=CRS)
    return [str(written(frame, folder / "a.gpkg"))]


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
    readers = {
        "communes": read_communes, "adresses": read_addresses, "protections": read_protections
    }  # fmt: skip
    return len(readers[variant.kind](paths, CRS, notes))


def table(base: gpd.GeoDataFrame, folder: Path) -> list[tuple[str, str, str, str]]:
    """Rows of the table: variant, input, what it got, in a French sentence."""
    from cadastre.publishing.texts_fr.errors import error_sentence
    from cadastre.publishing.texts_fr.notes import note_sentence

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


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        print("| variante | entrée | issue | phrase |\n|---|---|---|---|")  # noqa: T201
        for line in table(scenes.buildings(), root):
            told = line[3].replace(str(root) + "/", "").replace("|", "\\|")
            print("| " + " | ".join([*line[:3], told]) + " |")  # noqa: T201
