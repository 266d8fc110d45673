"""Which faces of a model are roofs, and which neighbours are one plane."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cadastre.parameters.model3d import Model3D
from cadastre.roofs.faces import coplanar_regions, pieces_of, roof_faces
from tests.model_files import flat_house, gable_house
from tests.roofs.models import gable, level, model_of, slope


def reasons(aside):
    return dict(zip(aside["surface_number"], aside["reason"]))


def test_gable_in_closed_form():
    faces, aside = roof_faces(model_of({"A": gable_house()}), Model3D())
    assert len(aside) == 0
    np.testing.assert_allclose(faces.surface_tilt, math.degrees(math.atan2(3, 4)), atol=1e-9)
    np.testing.assert_allclose(faces.area_sloped, 10 * 5, rtol=1e-12)
    np.testing.assert_allclose(faces.normal[0], [0, -0.6, 0.8], atol=1e-12)  # south
    assert faces.rmse.max() < 1e-9


def test_a_face_drawn_upside_down_is_turned():
    faces = [(kind, [ring[::-1] for ring in rings]) for kind, rings in gable_house()]
    found, _ = roof_faces(model_of({"A": faces}), Model3D())
    np.testing.assert_allclose(found.normal[0], [0, -0.6, 0.8], atol=1e-12)


def test_what_is_no_roof_is_listed_with_its_reason():
    wall = ("RoofSurface", [[(0, 0, 0), (5, 0, 0), (5, 0, 4), (0, 0, 4)]])
    line = ("RoofSurface", [[(0, 0, 3), (5, 0, 3), (9, 0, 3)]])
    bow = ("RoofSurface", [[(0, 0, 3), (4, 0, 3), (0, 4, 3), (4, 4, 3)]])
    loop = ("RoofSurface", [[(0, 0, 3), (6, 0, 3), (6, 6, 3), (2, -2, 3)]])
    model = model_of({"A": [level(0, 0, 9, 9, 3), wall, line, bow, loop]})
    faces, aside = roof_faces(model, Model3D())
    assert list(faces.row) == [0]
    assert reasons(aside) == {
        1: "vertical", 2: "degenerate", 3: "self_intersecting", 4: "self_intersecting"
    }  # fmt: skip
    assert aside["area_sloped_m2"].iloc[0] == pytest.approx(20.0)
    low, aside = roof_faces(model_of({"A": [level(0, 0, 9, 9, 3)]}, lod=1.3), Model3D())
    assert len(low.row) == 0
    assert list(aside["reason"]) == ["lod_too_low"]


def test_a_harmless_crossing_is_repaired():
    """A spike of no width: the repaired outline has the area of the face."""
    ring = [(0, 0, 3), (6, 0, 3), (6, 4, 3), (6, 9, 3), (6, 4, 3), (0, 4, 3)]
    faces, aside = roof_faces(model_of({"A": [("RoofSurface", [ring])]}), Model3D())
    assert len(aside) == 0
    assert faces.outline[0].area == pytest.approx(24.0)
    assert faces.outline[0].is_valid


@pytest.mark.parametrize("inside_out", [False, True])
def test_untyped_volume_by_the_way_its_faces_point(inside_out):
    house = flat_house(hole=(3, 2, 6, 5))
    if inside_out:
        house = [(kind, [ring[::-1] for ring in rings]) for kind, rings in house]
    faces, aside = roof_faces(model_of({"A": house}, typed=False), Model3D())
    assert len(faces.row) == 1
    assert faces.normal[0, 2] == pytest.approx(1.0)
    assert faces.area_sloped[0] == pytest.approx(10 * 8 - 9)
    assert reasons(aside)[1] == "untyped_underside"
    assert set(aside["reason"]) == {"untyped_underside", "untyped_wall"}


@pytest.mark.parametrize("missing", [1, 3])
def test_untyped_open_shape_by_the_foot_of_its_walls(missing):
    """Faces in any order of turning, one wall missing: only heights can tell the floor."""
    house = gable_house(eave=4.0, ridge=7.0)
    mixed = [
        (kind, [ring[::-1] for ring in rings] if k % 2 else rings)
        for k, (kind, rings) in enumerate(house)
        if k != missing + 2
    ]
    faces, aside = roof_faces(model_of({"A": mixed}, typed=False), Model3D())
    assert len(faces.row) == 2
    np.testing.assert_allclose(faces.area_sloped, 50.0)
    assert reasons(aside)[2] == "untyped_underside"


def test_untyped_roof_alone_has_no_floor():
    roof = [face for face in gable_house() if face[0] == "RoofSurface"]
    shed = level(7e5, 7.03e6, 7e5 + 9, 7.03e6 + 9, 2)
    faces, _ = roof_faces(model_of({"A": [*roof, shed]}, typed=False), Model3D())
    assert len(faces.row) == 3


def pieces(*items):
    faces, _ = roof_faces(model_of({"A": list(items)}), Model3D())
    group = np.zeros(len(faces.row), np.int64)
    return pieces_of(faces, group, np.arange(len(faces.row)), faces.outline)


def triangles(face):
    ring = face[1][0]
    return [("RoofSurface", [[ring[0], ring[k], ring[k + 1]]]) for k in range(1, len(ring) - 1)]


def test_triangles_become_two_slopes():
    split = [part for face in gable(0, 0, 12, 8, 5, 8) for part in triangles(face)]
    found = pieces(*split)
    assert len(found.group) == 4
    assert len(set(coplanar_regions(found, Model3D()))) == 2


def test_faces_split_without_common_corners_are_one():
    """A long face against two short ones (T-junction), a millimetre of rounding."""
    found = pieces(
        slope(0, 0, 10, 4, 5, 8),
        slope(0, 4, 3.333, 8, 8.001, 11),
        slope(3.333, 4.001, 10, 8, 8, 11),
    )
    assert len(set(coplanar_regions(found, Model3D()))) == 1


@pytest.mark.parametrize(
    ("other", "count"),
    [
        (level(10, 0, 20, 8, 5.0), 1),
        (level(10, 0, 20, 8, 5.2), 2),  # a step
        (level(10.5, 0, 20, 8, 5.0), 2),  # a gap
        (level(10, 8, 20, 16, 5.0), 2),  # one common corner
        (slope(10, 0, 20, 8, 5.0, 5.6), 2),  # 4.3 degrees
    ],
)
def test_neighbours_join_only_in_one_plane(other, count):
    found = pieces(level(0, 0, 10, 8, 5.0), other)
    assert len(set(coplanar_regions(found, Model3D()))) == count


def test_a_vault_of_strips_stays_a_vault():
    """Half a cylinder of radius 6 m in strips of 4 degrees: no plane spans more than two."""
    turn = np.radians(np.arange(0, 181, 4))
    y, z = -6 * np.cos(turn), 6 * np.sin(turn)
    strips = [slope(0, y[k], 20, y[k + 1], z[k], z[k + 1]) for k in range(5, 40)]
    found = pieces(*strips)
    label = coplanar_regions(found, Model3D())
    assert np.bincount(label).max() <= 2
