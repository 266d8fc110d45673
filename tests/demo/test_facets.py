"""Roof forms against the areas and heights of school geometry."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cadastre.demo import facets as f
from cadastre.demo.facets import Facet, Rectangle

BOX = Rectangle(-6.0, 0.0, 8.0, 9.0)
EAVE, TILT = 4.0, 42.0


def sloped(facet: Facet) -> float:
    """Area of the facet in space: half the sum of cross products of its corners (Newell)."""
    corners = np.array([(u, v, facet.a * u + facet.b * v + facet.c) for u, v in facet.outline])
    edges = np.cross(corners - corners[0], np.roll(corners, -1, axis=0) - corners[0])
    return 0.5 * float(np.linalg.norm(edges.sum(axis=0)))


def height(facets: list[Facet], u: float, v: float) -> float:
    return max(
        facet.a * u + facet.b * v + facet.c
        for facet in facets
        if shapely.Polygon(facet.outline).buffer(1e-9).contains(shapely.Point(u, v))
    )


def test_a_gable_covers_its_box_and_rises_to_half_the_span() -> None:
    roof = f.gable(BOX, EAVE, TILT)
    assert len(roof) == 2
    assert sum(map(sloped, roof)) == pytest.approx(14.0 * 9.0 / math.cos(math.radians(TILT)))
    ridge = EAVE + 4.5 * math.tan(math.radians(TILT))
    assert height(roof, 0.0, 4.5) == pytest.approx(ridge)
    assert f.ridge_height(BOX, EAVE, TILT) == pytest.approx(ridge)
    assert height(roof, 3.0, 0.0) == pytest.approx(EAVE)


def test_a_hip_with_equal_tilts_has_end_triangles_of_half_the_span() -> None:
    roof = f.hipped(BOX, EAVE, TILT, TILT)
    plan = sorted(f.area(facet.outline) for facet in roof)
    # two triangles 9 m wide and 4.5 m deep, two trapezes sharing the rest
    assert plan == pytest.approx([20.25, 20.25, 42.75, 42.75])


def test_a_half_hip_cuts_the_upper_part_of_the_gable_wall_only() -> None:
    roof = f.half_hipped(BOX, EAVE, TILT, 50.0)
    ends = [facet for facet in roof if facet.kind == "halfhip"]
    assert len(ends) == 2
    rise = 4.5 * math.tan(math.radians(TILT))
    base = 2.0 * 4.5 * 0.45  # width of the gable at 55 % of its height
    depth = 0.45 * rise / math.tan(math.radians(50.0))
    assert f.area(ends[0].outline) == pytest.approx(0.5 * base * depth)
    assert sum(f.area(facet.outline) for facet in roof) == pytest.approx(126.0)


@pytest.mark.parametrize(
    ("facing", "low", "slopes"),
    [
        ("v-", (1.0, 0.0), (0, 1)),
        ("v+", (1.0, 9.0), (0, -1)),
        ("u-", (-6.0, 2.0), (1, 0)),
        ("u+", (8.0, 2.0), (-1, 0)),
    ],
)
def test_a_lean_to_is_lowest_on_the_side_it_faces(
    facing: str, low: tuple[float, float], slopes: tuple[int, int]
) -> None:
    facet = f.mono(BOX, 2.5, 20.0, facing, "leanto")
    assert height([facet], *low) == pytest.approx(2.5)
    tangent = math.tan(math.radians(20.0))
    assert (facet.a, facet.b) == pytest.approx((slopes[0] * tangent, slopes[1] * tangent))


def test_a_parapet_is_a_ring_of_its_thickness() -> None:
    ring = f.parapet(BOX, 0.4, 8.0)
    assert sum(f.area(strip.outline) for strip in ring) == pytest.approx(14 * 9 - 13.2 * 8.2)


@given(
    st.floats(-180, 180),
    st.floats(-50, 50),
    st.floats(-50, 50),
    st.floats(-3, 3),
    st.floats(0.05, 0.95),
    st.floats(0.05, 0.95),
)
def test_turning_and_moving_a_roof_moves_its_heights(
    bearing: float, east: float, north: float, up: float, share_u: float, share_v: float
) -> None:
    roof = f.hipped(BOX, EAVE, TILT, 50.0)
    moved = f.shifted(f.turned(roof, bearing), east, north, up)
    u, v = -6.0 + 14.0 * share_u, 9.0 * share_v
    cos, sin = math.cos(math.radians(bearing)), math.sin(math.radians(bearing))
    x, y = cos * u - sin * v + east, sin * u + cos * v + north
    assert height(moved, x, y) == pytest.approx(height(roof, u, v) + up, abs=1e-6)


def test_halves_of_a_roof_share_the_wall_and_nothing_else() -> None:
    roof = f.hipped(BOX, EAVE, TILT, 50.0)
    low, high = f.halves(roof, 1.0)
    assert sum(f.area(x.outline) for x in low) == pytest.approx(7.0 * 9.0)
    assert sum(f.area(x.outline) for x in high) == pytest.approx(7.0 * 9.0)
    assert max(u for x in low for u, _ in x.outline) == 1.0
