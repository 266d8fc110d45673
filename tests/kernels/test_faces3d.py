"""Planes of faces against singular values and shoelace; pairs and shared edges against shapely."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre.kernels.faces3d import (
    face_planes,
    grow_regions,
    pairs_in_groups,
    separated,
    shared_edge_length,
)
from tests.polygon_oracle import plane_of


def flat(faces):
    """Faces (lists of rings) as the arrays the kernels take."""
    rings = [np.array(ring, np.float64) for face in faces for ring in face]
    sizes = [len(ring) for ring in rings]
    ring_start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    face_start = np.concatenate([[0], np.cumsum([len(face) for face in faces])]).astype(np.int64)
    return np.concatenate(rings), ring_start, face_start


def rotated(ring, tilt, azimuth, origin):
    """Points of the plane (u, v) carried into space, upper side facing ``azimuth``."""
    t, a = math.radians(tilt), math.radians(azimuth)
    along = np.array([-math.cos(a), math.sin(a), 0.0])
    down = np.array([math.sin(a) * math.cos(t), math.cos(a) * math.cos(t), -math.sin(t)])
    return [tuple(np.array(origin) + u * along - v * down) for u, v in ring]


@settings(max_examples=60, deadline=None)
@given(
    tilt=st.floats(0, 85),
    azimuth=st.floats(0, 359.9),
    width=st.floats(0.5, 80),
    depth=st.floats(0.5, 80),
    hole=st.booleans(),
    hole_turns=st.booleans(),
    far=st.sampled_from([0.0, 7.0e6]),
)
def test_plane_of_a_rectangle_with_a_hole(tilt, azimuth, width, depth, hole, hole_turns, far):
    """Closed form: area, tilt, azimuth; the step of a float64 at 7 000 km is 1e-9 m."""
    outline = [(0, 0), (width, 0), (width, depth), (0, depth)]
    rings = [outline]
    area = width * depth
    if hole:
        inner = [
            (width * a, depth * b) for a, b in [(0.2, 0.3), (0.2, 0.6), (0.5, 0.6), (0.5, 0.3)]
        ]
        rings.append(inner if hole_turns else inner[::-1])
        area *= 1 - 0.3 * 0.3
    face = [rotated(ring, tilt, azimuth, (far, far, 30.0)) for ring in rings]
    normal, size, centroid, residual = face_planes(*flat([face]))
    assert size[0] == pytest.approx(area, rel=1e-6)
    assert normal[0, 2] > 0
    assert math.degrees(math.acos(min(1.0, normal[0, 2]))) == pytest.approx(tilt, abs=1e-5)
    if tilt > 0.1:
        found = math.degrees(math.atan2(normal[0, 0], normal[0, 1]))
        assert abs((found - azimuth + 180) % 360 - 180) < 1e-3
    assert residual[0, 1] < 1e-6
    weights = [width * depth, -width * depth * 0.09]
    middles = [(width / 2, depth / 2), (width * 0.35, depth * 0.45)]
    middle = np.average(middles, axis=0, weights=weights) if hole else middles[0]
    np.testing.assert_allclose(
        centroid[0], rotated([middle], tilt, azimuth, (far, far, 30.0))[0], atol=1e-6
    )


def test_against_singular_values_on_irregular_faces():
    generator = np.random.default_rng(3)
    faces = []
    for _ in range(200):
        angle = np.sort(generator.uniform(0, 2 * np.pi, generator.integers(3, 12)))
        radius = generator.uniform(1, 9, len(angle))
        ring = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
        tilt, azimuth = generator.uniform(1, 80), generator.uniform(0, 360)
        faces.append([rotated(ring, tilt, azimuth, (84_000.0, 446_000.0, 5.0))])
    normal, area, _, _ = face_planes(*flat(faces))
    for k, rings in enumerate(faces):
        tilt, azimuth, size = plane_of(rings)
        up = normal[k] * np.sign(normal[k, 2])
        # nearly collinear triangles leave singular values less exact than cross products
        assert math.degrees(math.acos(up[2])) == pytest.approx(tilt, abs=1e-4)
        assert area[k] == pytest.approx(size, rel=1e-6, abs=1e-6)
        if tilt > 1:
            turn = math.degrees(math.atan2(up[0], up[1])) - azimuth
            assert abs((turn + 180) % 360 - 180) < 1e-3


def test_no_answer_is_nan():
    line = [[(0, 0, 0), (1, 1, 1), (2, 2, 2)]]
    normal, area, centroid, residual = face_planes(*flat([line]))
    assert area[0] == 0
    assert np.isnan(normal[0]).all()
    assert np.isnan(centroid[0]).all()
    assert np.isnan(residual[0]).all()


@pytest.mark.parametrize("turn", range(4))
def test_residual_of_a_warped_face(turn):
    """One corner of a square lifted by d: by symmetry each corner is d/4 off, along the vertical.

    Whichever corner comes first.
    """
    d = 0.4
    ring = [(0, 0, d), (8, 0, 0), (8, 8, 0), (0, 8, 0)]
    normal, _, _, residual = face_planes(*flat([[ring[turn:] + ring[:turn]]]))
    assert residual[0].tolist() == pytest.approx([d / 4 * normal[0, 2]] * 2, rel=1e-9)


def test_pairs_are_those_of_boxes_within_the_gap():
    generator = np.random.default_rng(5)
    low = generator.uniform(0, 30, (60, 2))
    bounds = np.hstack([low, low + generator.uniform(0.5, 6, (60, 2))])
    start = np.array([0, 25, 25, 60])
    wanted = {
        (i, j)
        for first, last in pairwise(start)
        for i in range(first, last)
        for j in range(i + 1, last)
        if shapely.box(*bounds[i])
        .buffer(0.5, join_style="mitre")
        .intersects(shapely.box(*bounds[j]))
    }
    assert {tuple(pair) for pair in pairs_in_groups(bounds, start, 0.5)} == wanted


def test_separated_never_hides_an_overlap():
    """Random convex outlines: what is called separate shares no more than a strip of 1 mm."""
    generator = np.random.default_rng(7)
    outlines = [
        shapely.MultiPoint(
            generator.uniform(0, 10, (6, 2)) + generator.uniform(0, 8, 2)
        ).convex_hull
        for _ in range(40)
    ]
    points, owner = shapely.get_coordinates(outlines, return_index=True)
    start = np.searchsorted(owner, np.arange(41)).astype(np.int64)
    pairs = np.array([(i, j) for i in range(40) for j in range(i + 1, 40)])
    apart = separated(points, start, pairs, 0.001)
    shared = shapely.area(
        shapely.intersection(np.array(outlines)[pairs[:, 0]], np.array(outlines)[pairs[:, 1]])
    )
    assert apart.any()
    assert not apart.all()
    assert shared[apart].max() < 0.001 * 20
    assert shared[~apart].min() > 0  # exact for convex outlines


def test_shared_edges_with_different_ends():
    """A 10 m edge faces one of 4 m and one of 3 m, the second 1 cm away."""
    wide = [[(0, 0), (10, 0), (10, 5), (0, 5)]]
    small = [[(1, 5), (5, 5), (5, 8), (1, 8)]]
    near = [[(6, 5.01), (9, 5.01), (9, 8), (6, 8)]]
    corner = [[(10, 5), (12, 5), (12, 7), (10, 7)]]
    points, ring_start, face_start = flat([wide, small, near, corner])
    pairs = np.array([(0, 1), (0, 2), (0, 3), (1, 2)])
    length = shared_edge_length(points, ring_start, face_start, pairs, 0.02)
    np.testing.assert_allclose(length, [4, 3, 0, 0], atol=1e-9)


def test_regions_follow_the_plane_of_the_seed_not_a_chain():
    """A vault of strips, 3 deg apart: with 4 deg allowed, a chain would take all of it."""
    angles = np.radians(np.arange(0, 30, 3.0))
    normal = np.column_stack([np.sin(angles), np.zeros(10), np.cos(angles)])
    n = len(angles)
    area = np.linspace(20, 11, n)
    x = np.cumsum(np.cos(angles))
    centroid = np.column_stack([x, np.zeros(n), -np.cumsum(np.sin(angles))])
    points = np.repeat(centroid, 1, axis=0)
    neighbours = [[j for j in (i - 1, i + 1) if 0 <= j < n] for i in range(n)]
    start = np.concatenate([[0], np.cumsum([len(item) for item in neighbours])]).astype(np.int64)
    flat_neighbours = np.array([j for item in neighbours for j in item], np.int64)
    label = grow_regions(
        normal, area, centroid, points, np.arange(n + 1, dtype=np.int64), start, flat_neighbours,
        math.cos(math.radians(4.0)), 10.0, 0.5,
    )  # fmt: skip
    spread = [np.ptp(np.degrees(angles[label == k])) for k in range(label.max() + 1)]
    assert label.max() > 2
    assert max(spread) <= 8.0
    assert (np.diff(label) >= 0).all()
