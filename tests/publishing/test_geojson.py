"""GeoJSON against RFC 7946, read back by GDAL, and the encoding of the map's data."""

from __future__ import annotations

import json
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from cadastre.publishing import map_data
from cadastre.publishing.geojson import plain_value, to_wgs84, write_geojson


def signed_area(ring: list[list[float]]) -> float:
    """Shoelace, positive when anticlockwise."""
    return 0.5 * sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1]))


@pytest.fixture
def frame() -> gpd.GeoDataFrame:
    hole = Polygon(box(0, 0, 20, 20).exterior.coords, [box(5, 5, 9, 9).exterior.coords])
    shapes = [
        shapely.affinity.translate(hole.reverse(), 685_000, 7_036_000),
        MultiPolygon([
            box(685_100, 7_036_000, 685_110, 7_036_010),
            box(685_120, 7_036_000, 685_121, 7_036_001),
        ]),
        None,
        shapely.force_3d(box(685_200, 7_036_000, 685_210, 7_036_010), 55.0),
    ]  # fmt: skip
    return gpd.GeoDataFrame(
        {"id": list("abcd"), "value": [1.5, math.nan, 3.0, 4.0], "nom": ["Œ", "<b>", None, '"']},
        geometry=shapes,
        crs="EPSG:2154",
    )


def test_rfc_7946(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    write_geojson(frame, path, "id", {"attribution": "x"})
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["type"] == "FeatureCollection"
    assert "crs" not in content  # section 4
    west, south, east, north = content["bbox"]
    assert 2.7 < west < east < 2.9
    assert 50.3 < south < north < 50.5
    kinds = [f["geometry"] and f["geometry"]["type"] for f in content["features"]]
    assert kinds == ["Polygon", "MultiPolygon", None, "Polygon"]
    for feature in content["features"]:
        geometry = feature["geometry"]
        if geometry is None:  # section 3.2: unlocated feature
            continue
        polygons = geometry["coordinates"]
        for polygon in polygons if geometry["type"] == "MultiPolygon" else [polygons]:
            for rank, ring in enumerate(polygon):
                assert ring[0] == ring[-1]  # section 3.1.6
                assert all(len(position) == 2 for position in ring)
                area = signed_area(ring[:-1])
                assert area > 0 if rank == 0 else area < 0
                assert all(round(v, 7) == v for position in ring for v in position)
    assert [f["properties"]["value"] for f in content["features"]] == [1.5, None, 3, 4]


def test_gdal_reads_it_back_within_a_centimetre(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    write_geojson(frame, path, "id", {})
    back = pyogrio.read_dataframe(path).to_crs("EPSG:2154")
    assert back["id"].tolist() == frame["id"].tolist()
    for one, other in zip(frame.geometry, back.geometry):
        if one is None:
            assert other is None
        else:
            # 1e-7 degree is 1.1 cm north-south; half of it rounded, on each of two vertices
            assert shapely.hausdorff_distance(shapely.force_2d(one), other) < 0.012
            assert other.is_valid


def test_tiny_polygons_are_not_lost() -> None:
    speck = gpd.GeoDataFrame(
        geometry=[box(685_000, 7_036_000, 685_000.001, 7_036_000.001)], crs=2154
    )
    assert not to_wgs84(speck).geometry.iloc[0].is_empty


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_plain_values_are_json(value: float) -> None:
    text = json.dumps(plain_value(np.float64(value)), allow_nan=False)
    assert (text == "null") == (not math.isfinite(value))


def test_plain_value_of_pandas_missing() -> None:
    assert plain_value(pd.NA) is plain_value(pd.NaT) is plain_value(None) is None
    assert plain_value(np.bool_(True)) is True
    assert plain_value([1.0, math.nan]) == [1, None]


def decoded(polygons: list[list[list[int]]], origin: tuple[int, int]) -> MultiPolygon:
    """The page's ``decode``, written again in Python with plain sums."""
    parts = []
    for rings in polygons:
        shapes = []
        for flat in rings:
            x, y, ring = origin[0], origin[1], []
            for k in range(0, len(flat), 2):
                x, y = x + flat[k], y + flat[k + 1]
                ring.append((x / 1e7, y / 1e7))
            shapes.append(ring)
        parts.append(Polygon(shapes[0], shapes[1:]))
    return MultiPolygon(parts)


degrees = st.floats(-1.0, 1.0)


@given(degrees, degrees, st.floats(1e-5, 0.1), st.integers(-(10**8), 10**8))
def test_encoding_round_trip(x: float, y: float, radius: float, shift: int) -> None:
    shape = Point(x, y).buffer(radius, 4).difference(Point(x, y).buffer(radius / 3, 2))
    origin = (shift, -shift)
    back = decoded(map_data.encoded(shape, origin), origin)
    assert back.geoms[0].exterior.hausdorff_distance(shape.exterior) <= 1e-7
    assert len(back.geoms[0].interiors) == 1


def test_encoding_of_nothing() -> None:
    assert map_data.encoded(None, (0, 0)) == map_data.encoded(Polygon(), (0, 0)) == []


def test_fewer_sectors_keep_the_highest_around_each_azimuth() -> None:
    skyline = np.zeros(144)
    skyline[71], skyline[143] = 30.0, 12.0  # just west of south and of north
    kept = map_data.fewer_sectors(skyline, 72)
    assert kept is not None
    assert len(kept) == 72
    assert kept[36] == 30.0  # sector of the south holds 71 (half before) and 72
    assert kept[0] == 12.0
    assert sum(value > 0 for value in kept) == 2
    assert map_data.fewer_sectors(skyline[:36], 72) == [0.0] * 36
    assert map_data.fewer_sectors(None, 72) is None


def test_scripts_cannot_end_early(tmp_path: Path) -> None:
    path = tmp_path / "d.js"
    map_data.write_script("roofs", {"nom": "</script><!-- \u2028"}, path)
    text = path.read_text(encoding="utf-8")
    assert "<" not in text
    assert "\u2028" not in text
    inside = text.removeprefix('CADASTRE.receive("roofs",').removesuffix(");\n")
    assert json.loads(inside) == {"nom": "</script><!-- \u2028"}


def test_a_hair_on_an_outline_survives_the_change_to_degrees():
    """A real plane of the demonstration: valid in metres, crossing itself once in degrees."""
    hair = shapely.from_wkt(
        "POLYGON ((685347.8807423847 7037129.972694022, 685347.1205515739 7037133.156482549,"
        " 685351.2935236375 7037134.152859975, 685351.2418378119 7037134.1405189885,"
        " 685351.2464572533 7037134.121172103, 685351.2982776546 7037134.132949467,"
        " 685352.0608564555 7037130.939159694, 685347.8807423847 7037129.972694022))"
    )
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[hair], crs="EPSG:2154")
    found = to_wgs84(frame)
    assert found.geometry.is_valid.all()
    back = found.to_crs("EPSG:2154").geometry.iloc[0]
    # rounded to 1e-7 degrees, a centimetre: the outline moves by no more
    assert back.symmetric_difference(hair).area < 0.02 * hair.length
