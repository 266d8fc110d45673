"""Borders, rings, ramps and rasterised polygons against shapely, numpy and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from shapely import affinity

from cadastre.kernels import arc_lines, arcs, edges, polygon_raster, ramps

RES = 0.5
LEVEL = (1.0, 2.0, 0.0, 0.0)


def polygons(labels, planes=None, split=1e-6, line=0.25, direction=math.nan, limit=0.0):
    """Polygon of every label, after the walk along borders."""
    planes = np.zeros((int(labels.max()), 3)) if planes is None else planes
    corners, starts, sides, closed, arc_of = arcs.trace_arcs(labels)
    lines, ends, pieces = arc_lines.fit_arcs(
        np.empty((0, 3)), labels, labels > 0, corners, starts, sides, closed, planes, RES, split,
        line, 0.0, direction, 0.2, 0.3, LEVEL, math.inf,
    )  # fmt: skip
    nodes = arcs.place_nodes(
        corners, starts, sides, closed, lines, pieces, labels.shape, RES, limit, 0.02
    )
    points, ring_start, ring_label = arcs.face_rings(
        labels, arc_of, corners, starts, closed, lines, ends, pieces, nodes, 1e-9 + limit
    )
    out = {}
    for k in range(1, int(labels.max()) + 1):
        rings = [
            points[ring_start[r] : ring_start[r + 1]] for r in np.flatnonzero(ring_label == k)
        ]
        out[k] = rings
    return out


def signed_area(ring):
    x, y = ring[:, 0], ring[:, 1]
    return 0.5 * float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())


@settings(max_examples=60, deadline=None)
@given(arrays.arrays(np.int32, (6, 7), elements=st.integers(0, 3)))
def test_rings_enclose_exactly_the_pixels_of_their_label(labels):
    """With borders kept as they are, signed areas add up to the pixels, whatever the pattern."""
    if labels.max() == 0:
        return
    for k, rings in polygons(labels).items():
        assert all((ring[0] == ring[-1]).all() for ring in rings)
        area = sum(signed_area(ring) for ring in rings)
        assert area == pytest.approx((labels == k).sum() * RES**2, abs=1e-9)


def test_holes_run_clockwise_and_neighbours_share_their_edges():
    labels = np.ones((8, 8), np.int32)
    labels[3:5, 3:6] = 2
    rings = polygons(labels)
    assert sorted(np.sign([signed_area(r) for r in rings[1]])) == [-1.0, 1.0]
    hole = next(r for r in rings[1] if signed_area(r) < 0)
    inner = rings[2][0]
    assert {tuple(p) for p in hole} == {tuple(p) for p in inner}


def test_border_of_two_planes_is_their_intersection():
    """A stepped border across a ridge that runs at 20 degrees: one exact straight edge."""
    row, col = np.mgrid[:24, :30]
    x, y = (col + 0.5) * RES, -(row + 0.5) * RES
    normal = np.array([-math.sin(math.radians(20)), math.cos(math.radians(20))])
    d = normal @ np.array([7.5, -6.0])
    side = normal[0] * x + normal[1] * y - d
    labels = np.where(side > 0, 1, 2).astype(np.int32)
    planes = np.array([[*(-0.5 * normal), 0.5 * d + 5], [*(0.5 * normal), -0.5 * d + 5]])
    rings = polygons(labels, planes, split=0.4, line=0.5, limit=1.0)
    # its ends are drawn back to their pixel corners with a weight of 2 %
    edge = [p for p in rings[1][0] if abs(normal @ p - d) < 0.02]
    assert len({tuple(p) for p in edge}) == 2
    # from side to side of the raster: 15 m / cos 20
    length = np.hypot(*(edge[0] - edge[1]))
    assert length == pytest.approx(15.0 / math.cos(math.radians(20)), abs=0.8)


def test_fall_at_an_eave_is_found_to_a_tenth_of_a_pixel():
    """Ramp of known middle and width sampled at random, 0.1 of noise in the share."""
    random = np.random.default_rng(6)
    for middle, width in ((0.3, 0.5), (-0.2, 1.1), (0.0, 0.05)):
        d = random.uniform(-1.5, 2.0, 200)
        share = np.clip(0.5 + (d - middle) / width, 0, 1) + 0.1 * random.standard_normal(200)
        found, wide, _ = ramps.fit_ramp(d, share, len(d), 0.2, 1.0, RES)
        assert found == pytest.approx(middle, abs=0.06)
        assert wide == pytest.approx(width, abs=0.25)
    assert ramps.ramp_retreat(0.05, (0.65, 1.0, 0.05, 0.44)) == 0.025
    assert ramps.ramp_retreat(1.2, (0.65, 1.0, 0.05, 0.44)) == pytest.approx(0.44)


def test_offset_rings_are_the_mitred_buffer():
    box = affinity.rotate(shapely.box(2, -12, 12, -4), 30)
    ring = shapely.get_coordinates(shapely.orient_polygons(box))
    starts = np.array([0, 5])
    for distance in (0.4, -0.4):
        x, y = edges.offset_rings(ring[:, 0], ring[:, 1], starts, np.full(5, distance), 3.0)
        wanted = box.buffer(distance, join_style="mitre")
        assert shapely.Polygon(np.column_stack((x, y))).symmetric_difference(wanted).area < 1e-9


def test_edge_crossings_of_a_box_beside_its_footprint():
    """A block 5 m high lies 0.5 m east of its ring: offsets +0.5 east, -0.5 west, 0 elsewhere."""
    row, col = np.mgrid[:40, :60]
    x, y = (col + 0.5) * RES, -(row + 0.5) * RES
    z = np.where((x > 8.5) & (x < 20.5) & (y < -6) & (y > -14), 5.0, 0.0)
    ring = np.array([[8, -14], [20, -14], [20, -6], [8, -6], [8, -14]], float)
    found = edges.edge_crossings(
        z, np.zeros(z.shape, bool), ring[:, 0], ring[:, 1], np.array([0, 5]), RES, 1.75, 1.0, 1.2,
        1.5,
    )  # fmt: skip
    # south, east, north, west; sampling every 0.25 m between pixel centres
    assert found[:4, 0] == pytest.approx([0.0, 0.5, 0.0, -0.5], abs=0.13)
    assert np.isnan(found[4, 0])


def shapes():
    ring = affinity.rotate(shapely.box(3, -11, 11, -3), 21)
    return [
        ring, ring.difference(shapely.Point(7, -7).buffer(2)),
        shapely.union(shapely.box(1.1, -4.1, 4.1, -1.1), shapely.box(6.1, -12.1, 12.1, -8.1)),
    ]  # fmt: skip


@pytest.mark.parametrize("shape", shapes())
def test_masks_and_lattice_points_against_shapely(shape):
    rings = shapely.get_rings(shapely.get_parts(shape))
    xy, of = shapely.get_coordinates(rings, return_index=True)
    starts = np.concatenate(([0], np.cumsum(np.bincount(of)))).astype(np.int64)
    x, y = np.ascontiguousarray(xy.T)
    mask = np.zeros((28, 30), bool)
    polygon_raster.fill_rings(x, y, starts, RES, mask)
    row, col = np.mgrid[:28, :30]
    centres = shapely.points((col + 0.5) * RES, -(row + 0.5) * RES)
    assert (mask == shapely.contains(shape, centres)).all()
    out = np.empty((1000, 2), np.int64)
    n = polygon_raster.lattice_points(x, y, starts, 1.0, (0.5, 0.5), (0, 0), (14, 15), out)
    points = shapely.points(out[:n, 1] + 0.5, -(out[:n, 0] + 0.5))
    assert shapely.contains(shape, points).all()
    row, col = np.mgrid[:14, :15]
    assert n == shapely.contains(shape, shapely.points(col + 0.5, -(row + 0.5))).sum()
    assert (
        polygon_raster.lattice_points(x, y, starts, 1.0, (0.5, 0.5), (0, 0), (14, 15), out[:2])
        == n
    )


def test_lattice_points_of_many_geometries_are_those_of_each():
    rng = np.random.default_rng(8)
    rings = [np.cumsum(rng.uniform(-4, 4, (5, 2)), axis=0) + rng.uniform(0, 60, 2) for _ in "abc"]
    rings = [np.vstack([ring, ring[:1]]) for ring in rings]
    x, y = np.concatenate(rings).T
    ring_start = np.array([0, 6, 12, 18])
    start = np.array([0, 1, 1, 3])  # the second has no ring, the third has two
    origin = np.array([[3, -2], [0, 0], [-7, 4]])
    shape = np.full((3, 2), 130)
    out, counts = np.empty((50_000, 2), np.int64), np.empty(3, np.int64)
    moved = y - 60.0
    polygon_raster.lattice_points_of_each(
        x, moved, ring_start, start, origin, shape, 0.5, (0.5, 0.25), out, counts
    )
    assert counts[1] == 0
    place = 0
    for g in (0, 2):
        first, last = ring_start[start[g]], ring_start[start[g + 1]]
        alone = np.empty((50_000, 2), np.int64)
        n = polygon_raster.lattice_points(
            x[first:last] - origin[g, 1] * 0.5, moved[first:last] + origin[g, 0] * 0.5,
            ring_start[start[g] : start[g + 1] + 1] - first, 0.5, (0.5, 0.25), (-1, -1),
            (130, 130), alone,
        )  # fmt: skip
        assert n == counts[g] > 0
        np.testing.assert_array_equal(out[place : place + n], alone[:n] + origin[g])
        place += n
