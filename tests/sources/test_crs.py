"""Coordinate systems: what is believed, what is refused, what is left untouched."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cadastre.errors import InputError
from cadastre.sources import crs as room
from cadastre.sources.notes import Notes

# Lens town hall in several systems, from IGN's Circé (Lambert-93) and pyproj for the others.
LAMBERT = (686_000.0, 7_037_000.0)


def _point(code: str) -> tuple[float, float]:
    moved = gpd.GeoSeries.from_xy([LAMBERT[0]], [LAMBERT[1]], crs=2154).to_crs(code)[0]
    return moved.x, moved.y


@pytest.mark.parametrize(
    "code", ["EPSG:2154", "EPSG:3950", "EPSG:4326", "EPSG:27572", "EPSG:32631"]
)
def test_a_true_declaration_is_believed(code):
    assert room.resolve(code, "EPSG:2154", *_point(code)) == (code, False, None)


@pytest.mark.parametrize("declared", [None, "EPSG:4326", "EPSG:3950", "EPSG:32631"])
def test_lambert_numbers_are_recognised(declared):
    believed, exchange, code = room.resolve(declared, "EPSG:2154", *LAMBERT)
    assert (believed, exchange) == ("EPSG:2154", False)
    assert code == ("crs_assumed" if declared is None else "crs_contradicted")


@pytest.mark.parametrize("code", ["EPSG:2154", "EPSG:4326"])
def test_exchanged_axes_are_recognised(code):
    x, y = _point(code)
    assert room.resolve(code, "EPSG:2154", y, x) == (code, True, "axes_swapped")


def test_a_refusal_names_what_the_numbers_look_like():
    assert room.resolve(None, "EPSG:2154", *_point("EPSG:3950"))[0] is None
    assert room.resembles("EPSG:2154", *_point("EPSG:3950")) == ["EPSG:3950"]
    assert "EPSG:2154 (cm)" in room.resembles("EPSG:2154", LAMBERT[0] * 100, LAMBERT[1] * 100)


def test_the_territory_s_own_system_is_believed_off_its_zone():
    """A made-up scene laid at (78 000, 458 000) in Lambert-93, far south-west of France."""
    scene = (78_700.0, 457_900.0)
    assert room.resolve("EPSG:2154", "EPSG:2154", *scene) == (
        "EPSG:2154", False, "crs_outside_area",
    )  # fmt: skip
    assert room.resolve(None, "EPSG:2154", *scene)[0] is None
    in_cm = (LAMBERT[0] * 100, LAMBERT[1] * 100)
    assert room.resolve("EPSG:2154", "EPSG:2154", *in_cm)[0] is None


def test_rgf93_variants_keep_their_bits():
    shape = shapely.box(*LAMBERT, LAMBERT[0] + 8.123456789, LAMBERT[1] + 6.987654321)
    for code in (2154, 9793, 9794, "EPSG:2154+5720"):
        frame = gpd.GeoDataFrame(geometry=[shape], crs=code)
        got = room.bring_to_crs(frame, "EPSG:2154", "batiments", "a", Notes())
        assert np.array_equal(
            shapely.get_coordinates(got.geometry[0]), shapely.get_coordinates(shape)
        )
        assert got.crs.to_epsg() == 2154


def test_other_systems_of_the_same_place_are_moved():
    assert not room.same_place("EPSG:3950", "EPSG:2154", *_point("EPSG:3950"))
    assert not room.same_place("EPSG:27572", "EPSG:2154", *_point("EPSG:27572"))
    assert room.same_place("EPSG:9794", "EPSG:2154", *LAMBERT)


@pytest.mark.parametrize("text", ["EPSG:4326", "EPSG:2229"])
def test_a_territory_needs_metres(text):
    with pytest.raises(InputError) as caught:
        room.territory_crs(text)
    assert caught.value.code == "crs_not_metric"


def test_an_unknown_system_is_refused():
    with pytest.raises(InputError) as caught:
        room.territory_crs("EPSG:123456")
    assert caught.value.code == "crs_unknown"


def test_overlap_tells_the_distance():
    room.check_overlap("mns", "a", (0.0, 0.0, 10.0, 10.0), "b", (5.0, 5.0, 20.0, 20.0))
    with pytest.raises(InputError) as caught:
        room.check_overlap("mns", "a", (0.0, 0.0, 10.0, 10.0), "b", (3010.0, 4010.0, 9e3, 9e3))
    assert caught.value.facts["distance_km"] == 5.0
