"""Overlays that one bad polygon cannot stop."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.errors import GEOSException

from cadastre.roofs import overlay

SQUARES = np.array([shapely.box(k, 0, k + 2, 2) for k in range(4)], dtype=object)
BOW = shapely.Polygon([(0, 0), (3, 3), (3, 0), (0, 3), (0, 0)])


def test_same_as_shapely_on_valid_polygons():
    moved = shapely.transform(SQUARES, lambda points: points + 0.5)
    assert (overlay.intersection(SQUARES, moved) == shapely.intersection(SQUARES, moved)).all()
    assert (overlay.difference(SQUARES, moved) == shapely.difference(SQUARES, moved)).all()
    assert overlay.union_all(SQUARES) == shapely.union_all(SQUARES)
    one = overlay.intersection(SQUARES[0], SQUARES[1])
    assert one.equals(shapely.box(1, 0, 2, 2))


def test_an_invalid_polygon_is_repaired_and_the_others_untouched():
    """Even-odd area of the bow-tie over a square of 3 m: two triangles of 2.25 m²."""
    mixed = np.array([SQUARES[0], BOW, SQUARES[1]], dtype=object)
    frame = shapely.box(-1, -1, 9, 9)
    with pytest.raises(GEOSException):
        shapely.difference(mixed, shapely.box(1, 1, 2, 2))
    found = overlay.difference(mixed, shapely.box(1, 1, 2, 2))
    assert found[0] == shapely.difference(SQUARES[0], shapely.box(1, 1, 2, 2))
    assert shapely.is_valid(found).all()
    areas = shapely.area(overlay.intersection(mixed, np.array([frame] * 3, dtype=object)))
    np.testing.assert_allclose(areas, [4.0, 4.5, 4.0], atol=1e-3)
    assert overlay.union_all(mixed).area == pytest.approx(6.0 + 2 * 0.5, abs=0.01)


def test_touching_lines_are_no_part_of_a_roof():
    """Polygons that overlap and also touch along a line share an area, not a collection."""
    comb = shapely.box(0, 0, 4, 4) - shapely.box(1, 1, 2, 4)
    other = shapely.union(shapely.box(1, 2, 2, 3), shapely.box(2, 2, 3, 3))
    assert shapely.intersection(comb, other).geom_type == "GeometryCollection"
    found = overlay.intersection(comb, other)
    assert found.geom_type == "Polygon"
    assert found.area == pytest.approx(1.0)
    array = overlay.intersection(np.array([comb], dtype=object), np.array([other], dtype=object))
    assert array[0] == found


def test_mitred_keeps_right_angles_and_is_valid():
    assert overlay.mitred(SQUARES[0], 1.0).equals(shapely.box(-1, -1, 3, 3))
    assert overlay.mitred(overlay.mitred(SQUARES, 0.5), -0.5)[2].equals(SQUARES[2])
    generator = np.random.default_rng(1)
    rough = [shapely.Polygon(generator.uniform(0, 5, (9, 2))).buffer(0.0) for _ in range(50)]
    grown = overlay.mitred(np.array(rough, dtype=object), 0.02)
    assert shapely.is_valid(grown).all()
