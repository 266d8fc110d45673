"""MultiPatch shapefiles, written byte by byte, and other vector files of 3D polygons."""

from __future__ import annotations

import struct

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from cadastre.errors import InputError
from cadastre.sources.roofs3d_multipatch import faces_of_rings, wkb_polygons
from tests.model_files import (
    FAN,
    FIRST,
    INNER,
    OUTER,
    RING,
    STRIP,
    X0,
    Y0,
    closed,
    flat_house,
    gable_house,
    write_multipatch,
)  # fmt: skip
from tests.sources.test_roofs3d_cityjson import read, roofs_of

WKT = pyproj.CRS.from_epsg(2154).to_wkt("WKT1_ESRI")


def all_faces(faces):
    return [[[list(map(float, p)) for p in ring] for ring in rings] for _, rings in faces]


def parts_of(faces, outer, inner):
    return [
        (outer if k == 0 else inner, closed(ring))
        for _, rings in faces
        for k, ring in enumerate(rings)
    ]


@pytest.mark.parametrize(("outer", "inner"), [(OUTER, INNER), (FIRST, RING), (RING, RING)])
def test_rings_of_every_type(tmp_path, outer, inner):
    """GDAL takes loose rings (part type 5) for holes; a courtyard is one, a wall is not."""
    houses = [gable_house(), flat_house(x=40.0, hole=(3, 2, 6, 5))]
    path = write_multipatch(
        tmp_path / "m", [parts_of(faces, outer, inner) for faces in houses], ["A", "B"], WKT
    )
    model, _ = read(path)
    assert list(model.buildings["model_building_id"]) == ["A", "B"]
    for name, faces in zip("AB", houses):
        found = sorted(map(_turned, roofs_of(model, name)))
        assert found == sorted(map(_turned, all_faces(faces)))
    assert set(model.faces["surface_kind"]) == {"untyped"}
    assert np.isnan(model.faces["lod"]).all()


def _turned(rings):
    """Rings as sets of points: readers may start a ring elsewhere."""
    return [sorted(map(tuple, ring)) for ring in rings]


def test_strips_and_fans(tmp_path):
    """Two slopes as a strip of four triangles; a pyramid as a fan of four."""
    x, y = X0, Y0
    strip = [(x, y, 3), (x + 10, y, 3), (x, y + 4, 6), (x + 10, y + 4, 6), (x, y + 8, 3),
             (x + 10, y + 8, 3)]  # fmt: skip
    corners = [(x, y, 3), (x + 6, y, 3), (x + 6, y + 6, 3), (x, y + 6, 3)]
    fan = [(x + 3, y + 3, 7), *corners, corners[0]]
    path = write_multipatch(tmp_path / "m", [[(STRIP, strip)], [(FAN, fan)]], ["S", "F"], WKT)
    model, _ = read(path)
    area = [polygon.area for polygon in shapely.force_2d(model.polygons())]
    assert area == pytest.approx([20.0] * 4 + [9.0] * 4)
    assert [len(rings[0]) for rings in roofs_of(model)] == [3] * 8


def test_missing_reference_and_missing_id(tmp_path):
    shapes = [parts_of(gable_house(), OUTER, INNER)]
    path = write_multipatch(tmp_path / "m", shapes, [""])
    model, notes = read(path)
    assert list(model.buildings["model_building_id"]) == ["#1"]
    assert notes.with_code("crs_assumed")


def test_typed_rows_of_a_geopackage(tmp_path):
    """One row a surface, with its type and the building it belongs to."""
    faces = gable_house()
    frame = gpd.GeoDataFrame(
        {
            "gml_parent_id": ["A"] * len(faces),
            "surface": [kind for kind, _ in faces],
            "hauteur": 8.0,
        },
        geometry=[shapely.Polygon(rings[0]) for _, rings in faces],
        crs=2154,
    )
    path = tmp_path / "m.gpkg"
    frame.to_file(path, layer="toits")
    model, _ = read(f"{path}|toits")
    assert set(model.faces["surface_kind"]) == {"roof"}
    assert len(model.buildings) == 1
    assert sorted(map(_turned, roofs_of(model, "A"))) == sorted(map(_turned, all_faces(faces[:2])))


def test_flat_layer_is_refused(tmp_path):
    path = tmp_path / "m.gpkg"
    gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=2154).to_file(path)
    with pytest.raises(InputError) as error:
        read(path)
    assert error.value.code == "model_without_heights"


@pytest.mark.parametrize("flavor", ["iso", "extended"])
@pytest.mark.parametrize("order", [0, 1])
def test_wkb_against_shapely(flavor, order):
    """Both flavours of WKB, both byte orders, as shapely writes them."""
    shape = shapely.MultiPolygon(
        [
            shapely.Polygon(
                [(0, 0, 1), (4, 0, 1), (4, 4, 2)], [[(2, 1, 1), (3, 1, 1), (3, 2, 1)]]
            ),
            shapely.Polygon([(9, 9, 9), (8, 9, 9), (8, 8, 9)]),
        ]
    )
    polygons, has_height = wkb_polygons(shapely.to_wkb(shape, byte_order=order, flavor=flavor))
    assert has_height
    assert [len(rings) for rings in polygons] == [2, 1]
    np.testing.assert_array_equal(polygons[0][0], [(0, 0, 1), (4, 0, 1), (4, 4, 2)])
    _, flat = wkb_polygons(shapely.to_wkb(shapely.box(0, 0, 1, 1), byte_order=order))
    assert not flat


def test_wkb_that_ends_early_or_holds_lines():
    data = shapely.to_wkb(shapely.Polygon([(0, 0, 1), (4, 0, 1), (4, 4, 2)]))
    with pytest.raises((struct.error, ValueError)):
        wkb_polygons(data[:40])
    with pytest.raises(ValueError, match="WKB"):
        wkb_polygons(shapely.to_wkb(shapely.LineString([(0, 0), (1, 1)])))


def test_a_ring_in_the_plane_but_beside_is_a_face():
    square = np.array([(0, 0, 5), (4, 0, 5), (4, 4, 5), (0, 4, 5)], float)
    hole = square / 4 + [1, 1, 5 * 0.75]
    beside = square / 4 + [10, 0, 5 * 0.75]
    under = square / 4 + [1, 1, 1]
    assert [len(face) for face in faces_of_rings([square, hole, beside, under])] == [2, 1, 1]
