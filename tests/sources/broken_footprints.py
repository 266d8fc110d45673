"""Broken building footprints: files, coordinates, shapes, attributes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from tests.sources import scenes
from tests.sources.broken_base import ID_COLUMN, bow_tie, cut, variant, with_shapes, written
from tests.sources.scenes import CRS, X0, Y0

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


@variant("batiments", "geometry_repaired")
def bow_ties(folder: Path, base: gpd.GeoDataFrame) -> list[str]:
    shapes = [bow_tie(X0 + 10 * k, Y0 + 100) for k in range(3)]
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
