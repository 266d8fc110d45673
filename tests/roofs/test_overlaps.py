"""Planes of one roof that overlap: truth is plain geometry, area by area."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cadastre.roofs.overlaps import disjoint
from cadastre.roofs.roof_polygons import sound_polygons


def test_the_larger_plane_keeps_the_place():
    """Three boxes over each other, and one of another building that is none of their business."""
    shapes = [
        shapely.box(0, 0, 10, 10),
        shapely.box(9, 0, 14, 10),
        shapely.box(8, 8, 12, 12),
        shapely.box(5, 5, 6, 6),
    ]
    found = disjoint(np.array(shapes, object), np.array([0, 0, 0, 1]))
    assert shapely.area(found).tolist() == pytest.approx([100.0, 40.0, 16.0 - 4.0 - 4.0, 1.0])
    union = shapely.union_all(found[:3])
    assert union.area == pytest.approx(shapely.union_all(shapes[:3]).area)
    assert shapely.area(found[:3]).sum() == pytest.approx(union.area)
    assert found[3] is shapes[3]


def test_two_alike_and_what_only_touches():
    left, right = shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)
    first, second = disjoint(np.array([left, right], object), np.zeros(2, np.int64))
    assert (first.area, second.area) == (4.0, 2.0)
    beside = np.array([left, shapely.box(2, 0, 4, 2), shapely.Polygon()], object)
    kept = disjoint(beside, np.zeros(3, np.int64))
    assert all(a is b for a, b in zip(kept, beside, strict=True))
    assert len(disjoint(beside[:0], np.zeros(0, np.int64))) == 0


def test_what_is_repaired_is_made_of_polygons_only():
    """A ring that crosses itself and one with a spike: their areas by hand; no line is left."""
    tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    spiked = shapely.Polygon([(0, 0), (2, 0), (2, 5), (2, 0), (2, 2), (0, 2)])
    slit = shapely.Polygon([(0, 0), (1, 0), (0, 0)])
    sound = shapely.box(0, 0, 1, 1)
    repaired = sound_polygons(np.array([tie, spiked, slit, sound], object))
    assert {shape.geom_type for shape in repaired} <= {"Polygon", "MultiPolygon"}
    np.testing.assert_allclose(shapely.area(repaired), [2.0, 4.0, 0.0, 1.0], atol=1e-12)
    assert repaired[3] is sound
