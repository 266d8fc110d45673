"""Edges moved inwards by the kernels, against GEOS: buffers of lines, overlays, openings."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cadastre.kernels.shape_pairs import point_distances
from cadastre.roofs.insets import _buffered, _moved_inwards, _opened, without_slivers
from cadastre.roofs.setback_edges import Edges
from cadastre.roofs.siblings import Siblings, bounds_of, surely_within
from cadastre.roofs.slope_frame import SlopeFrame
from cadastre.roofs.windows import rings_from_geometries
from tests.potential.support import star_polygons

LEVEL = dict.fromkeys(("plane_a", "plane_b", "plane_c", "plane_x0", "plane_y0"), 0.0)


def planes_of(shapes):
    table = gpd.GeoDataFrame(LEVEL, index=range(len(shapes)), geometry=list(shapes))
    return table.assign(building_id="b")


def both_ways(shapes, distances):
    """What the kernel and what GEOS leave of shapes, where the kernel knows; and who these are."""
    shapes = shapely.orient_polygons(np.array(shapes, dtype=object))
    frame, edges = SlopeFrame(planes_of(shapes)), Edges(rings_from_geometries(shapes))
    distances = np.resize(np.asarray(distances, float), len(edges.plane))
    moved, known = _moved_inwards(shapes, edges, distances, frame)
    inside = shapes.copy()
    _buffered(inside, np.ones(len(shapes), bool), edges, distances, frame)
    return moved, inside, known


def turned(shape, degrees):
    return shapely.affinity.rotate(shape, degrees, origin=(0.0, 0.0))


CORNERS = {
    "rectangle": shapely.box(0, 0, 9, 4),
    "triangle": shapely.Polygon([(0, 0), (9, 0), (4, 5)]),
    "hip": shapely.Polygon([(0, 0), (12, 0), (8, 4), (4, 4)]),
    "angle": shapely.Polygon([(0, 0), (9, 0), (9, 4), (4, 4), (4, 9), (0, 9)]),
    "blunt": shapely.Polygon([(0, 0), (8, 0), (10, 1), (10, 6), (0, 6)]),
    "blunt angle": shapely.Polygon([(0, 0), (10, 0), (10, 8), (6, 5), (0, 5)]),
    "pierced": shapely.box(0, 0, 9, 8).difference(shapely.box(3, 3, 5, 5)),
    "straight": shapely.Polygon([(0, 0), (3, 0), (5, 0), (9, 0), (9, 4), (0, 4)]),
}


@pytest.mark.parametrize("distances", [(0.4,), (0.3, 0.4), (0.4, 0.3), (0.3, 0.9, 0.5)])
@pytest.mark.parametrize("name", list(CORNERS))
def test_moved_edges_are_those_of_geos(name, distances):
    """Any mix of distances, sharp, blunt and inner corners: known, the same to a millionth.

    GEOS overlays in doubles, the kernel writes the corners: rounding apart nothing differs, but
    where a ring of one distance starts at an inner corner GEOS caps a line twice.
    """
    shapes = [turned(CORNERS[name], angle) for angle in (0.0, 17.0, 90.0, 233.0)]
    moved, inside, known = both_ways(shapes, distances)
    assert known.all()
    assert shapely.is_valid(moved).all()
    apart = shapely.area(shapely.symmetric_difference(moved, inside))
    assert (apart <= 1e-6 * shapely.area(inside)).all()


def test_what_the_kernel_knows_of_any_shape_is_right():
    """3 000 random stars with holes, random distances: the same as buffers where known."""
    random = np.random.default_rng(3)
    shapes = star_polygons(3_000, 8)
    moved, inside, known = both_ways(shapes, random.choice([0.2, 0.3, 0.4, 0.9], 997))
    assert known.mean() > 0.8
    assert shapely.is_valid(moved[known]).all()
    apart = shapely.area(shapely.symmetric_difference(moved[known], inside[known]))
    # lines are simplified to a hundredth of their distance by GEOS before they grow
    assert apart.max() < 2e-2
    assert np.quantile(apart, 0.9) < 1e-9


@pytest.mark.parametrize("width", [0.7, 1.0, 2.0])
def test_narrow_places_are_those_of_geos(width):
    """What the kernel keeps of random stars is what mitred buffers in and out again keep."""
    shapes = np.concatenate(
        [star_polygons(2_000, 9), np.array([turned(s, 20.0) for s in CORNERS.values()])]
    )
    shapes = shapely.get_parts(shapely.orient_polygons(shapes))
    half = width / 2.0
    core = shapely.buffer(shapes, -half, join_style="mitre")
    grown = shapely.buffer(core, half, join_style="mitre", mitre_limit=3.0)
    # where both run on each other GEOS may leave nothing: not on a grid
    expected = shapely.area(shapely.intersection(shapes, grown, grid_size=1e-8))
    parts, plane = _opened(shapes, np.arange(len(shapes)), half)
    area = np.bincount(plane, shapely.area(parts), len(shapes))
    apart = np.abs(area - expected) / np.maximum(expected, 1.0)
    assert np.quantile(apart, 0.99) < 1e-5  # lines a micrometre apart
    assert apart.max() < 0.05  # GEOS simplifies a ring to a hundredth of the distance beforehand
    assert shapely.is_valid(parts).all()


def test_slivers_go_and_the_rest_stays():
    """A strip of 0.9 m and a part of 1 m² go, a field of 3 m stays to the last bit."""
    field = shapely.box(0, 0, 3, 5)
    parts = shapely.MultiPolygon([field, shapely.box(10, 0, 10.9, 9), shapely.box(20, 0, 21, 1)])
    left = without_slivers(np.array([parts, shapely.Polygon()]), 1.0, 1.9)
    assert left[0].equals_exact(shapely.orient_polygons(field), 0.0)
    assert left[1].is_empty


def test_within_is_never_wrong():
    """Random pairs: what is surely within is covered; of squares well inside none is missed."""
    random = np.random.default_rng(1)
    outer = star_polygons(500, 2)
    inner = shapely.affinity.scale
    small = np.array(
        [inner(s, f, f) for s, f in zip(outer, random.uniform(0.2, 1.1, 500), strict=True)]
    )
    row = np.arange(500)
    sure = surely_within(
        row, rings_from_geometries(small), row, rings_from_geometries(outer), 1e-4
    )
    assert shapely.covers(outer[sure], small[sure]).all()
    boxes = np.array([shapely.box(x, 0, x + 8, 8) for x in range(20)])
    seeds = shapely.buffer(shapely.centroid(boxes), 3.9)
    k = np.arange(20)
    assert surely_within(
        k, rings_from_geometries(seeds), k, rings_from_geometries(boxes), 1e-4
    ).all()


def test_pairs_of_a_building_that_share_an_area_are_never_missed():
    """Against GEOS on random stars in five buildings: areas above 0.01 m² are all candidates."""
    shapes = shapely.orient_polygons(star_polygons(60, 4))
    moves = np.random.default_rng(6).uniform(-4, 4, (60, 2))
    shapes = np.array(
        [shapely.affinity.translate(s, *m) for s, m in zip(shapes, moves, strict=True)]
    )
    planes = planes_of(shapes).assign(building_id=np.arange(60) % 5)
    siblings = Siblings(planes, shapes)
    one, two = siblings.pairs_over(siblings.rings, siblings.building, 0.01, 1e-4)
    found = set(zip(one.tolist(), two.tolist(), strict=True))
    for a in range(60):
        for b in range(a % 5, 60, 5):
            if shapely.area(shapely.intersection(shapes[a], shapes[b])) > 0.01:
                assert (a, b) in found
    assert len(found) < 60 * 12
    np.testing.assert_array_equal(bounds_of(siblings.rings), shapely.bounds(shapes))


def test_distances_from_polygons_are_those_of_geos():
    """2 000 points around stars with holes, far from the origin: to a nanometre."""
    random = np.random.default_rng(9)
    shapes = np.array(
        [shapely.affinity.translate(s, 685_000.0, 7_037_000.0) for s in star_polygons(100, 12)]
    )
    which = random.integers(0, 100, 2_000)
    points = random.uniform(-10, 10, (2_000, 2)) + np.array([685_000.0, 7_037_000.0])
    rings = rings_from_geometries(shapes)
    found = point_distances(
        *points.T.copy(), which, rings.x, rings.y, rings.ring_start, rings.start
    )
    expected = shapely.distance(shapely.points(points), shapes[which])
    np.testing.assert_allclose(found, expected, atol=1e-8)
    assert 0.1 < (expected == 0.0).mean() < 0.9


@pytest.mark.parametrize("name", ["rectangle", "angle", "hip"])
def test_edges_as_short_as_rounding_change_nothing_wherever_rings_begin(name):
    """Each corner in turn cut by 0.4 um, the ring begun at every vertex: the whole's areas."""
    corners = shapely.get_coordinates(CORNERS[name])[:-1]
    cut = []
    for at, (x, y) in enumerate(corners):
        ends = [corners[at - 1], corners[(at + 1) % len(corners)]]
        steps = [4e-7 * (end - (x, y)) / np.hypot(*(end - (x, y))) for end in ends]
        ring = np.insert(np.delete(corners, at, 0), at, corners[at] + np.array(steps), 0)
        cut += [shapely.Polygon(np.roll(ring, shift, 0)) for shift in range(len(ring))]
    whole = CORNERS[name]
    moved, _, known = both_ways([whole, *cut], 0.4)
    left = np.where(known, shapely.area(moved), shapely.area(moved[0]))
    np.testing.assert_allclose(left, shapely.area(moved[0]), atol=1e-4)
    opened = without_slivers(np.array([whole, *cut], dtype=object), 1.0, 1.0)
    np.testing.assert_allclose(shapely.area(opened), shapely.area(opened[0]), atol=1e-4)
    assert (shapely.area(shapely.difference(opened[1:], np.array(cut))) < 1e-4).all()


def test_shapes_of_very_many_corners_are_left_to_geos():
    """What the kernel does grows with the square of the edges: not begun beyond a few hundred."""
    round_roof = shapely.Point(0.0, 0.0).buffer(20.0, quad_segs=400)
    assert not both_ways([round_roof], 0.4)[2].any()
    opened = without_slivers(np.array([round_roof], dtype=object), 1.0, 1.0)
    assert opened[0].area == pytest.approx(round_roof.area, rel=1e-4)
