"""Real models: every building and every roof surface read, planes as a slow code finds them."""

from __future__ import annotations

import numpy as np
import pytest

from cadastre.kernels.faces3d import face_planes
from cadastre.sources.notes import Notes
from cadastre.sources.roofs3d import read_model
from tests.model_oracle import buildings_of, surfaces_of
from tests.polygon_oracle import plane_of
from tests.shared_data import data_file

# Counts as the PROVENANCE.md of each folder gives them (3DBAG: as its own semantics count).
FILES = {
    "denhaag": ("denhaag_01/DenHaag_01.city.json", "EPSG:28992", 844, 3004),
    "vienna": ("vienna/vienna.city.jsonl", "EPSG:31256", 149, 1930),
    "zurich": ("zurich_subset/zurich_subset_lod2.city.json", "EPSG:2056", 49, 644),
    "3dbag": ("3dbag_delft/delft_subset_3dbag_v20240420.city.jsonl", "EPSG:28992", 10, 26),
    "3dbag_old": ("3dbag_delft/3dbag_tile_901_trimmed.city.jsonl", "EPSG:28992", 52, 119),
}
RENNES = "rennes_solar/CityGML_Rennes_Solar_Irradiation_Dynamizer.gml"


@pytest.mark.reference
@pytest.mark.parametrize("name", FILES)
def test_every_building_and_roof_surface_is_read(name):
    """Face by face against the slow code: points, then tilt, azimuth and area of their planes.

    Tilt within 0.05 deg and area within 0.2 % or 1 cm²: coordinates are rounded to 1 mm, and on
    faces of a few dm² Newell's plane and the least-squares plane differ by that much.
    """
    file, crs, buildings, surfaces = FILES[name]
    path = data_file(*file.split("/"))
    notes = Notes()
    model = read_model([str(path)], crs, notes.add)
    assert len(model.buildings) == buildings == len(buildings_of(path))
    assert set(model.buildings["model_building_id"]) == set(buildings_of(path))
    assert len(model.faces) == surfaces
    assert len(model.set_aside) == 0
    assert bool(notes.with_code("crs_assumed")) is (name == "vienna")
    wanted = surfaces_of(path)
    assert len(wanted) == surfaces
    owner = model.objects["building"].to_numpy()[model.faces["object"].to_numpy()]
    ids = model.buildings["model_building_id"].to_numpy()[owner]
    normal, area, _, residual = face_planes(model.vertices, model.ring_start, model.face_start)
    for face, (building, rings) in enumerate(wanted):
        assert ids[face] == building
        first = model.ring_start[model.face_start[face]]
        last = model.ring_start[model.face_start[face + 1]]
        points = np.array([point for ring in rings for point in ring])
        np.testing.assert_allclose(model.vertices[first:last], points, atol=1e-9)
        tilt, azimuth, size = plane_of(rings)
        warp = residual[face, 1] if area[face] else np.inf
        if size < 0.05 or warp > 0.02:
            continue  # slivers and warped faces have no one plane
        assert area[face] == pytest.approx(size, rel=2e-3, abs=1e-4)
        up = normal[face] * np.sign(normal[face, 2] or 1.0)
        narrow = size / np.ptp(points, axis=0).max()  # mean width, m
        tolerance = 0.05 + np.degrees(2 * warp / narrow) + 0.06 / narrow * 0.1
        assert np.degrees(np.arccos(min(1.0, up[2]))) == pytest.approx(tilt, abs=tolerance)
        if 3 < tilt < 87:
            turn = np.degrees(np.arctan2(up[0], up[1])) - azimuth
            limit = tolerance / np.sin(np.radians(tilt))
            assert abs((turn + 180) % 360 - 180) < limit


@pytest.mark.reference
def test_rennes_citygml_in_its_own_system_and_in_lambert_93():
    """EPSG:3948 with NGF heights; in Lambert-93 lengths change by 1.0004 at most there."""
    path = data_file(*RENNES.split("/"))
    wanted = surfaces_of(path)
    model = read_model([str(path)], "EPSG:3948", Notes().add)
    assert len(model.buildings) == 1
    assert len(model.faces) == len(wanted) == 2
    points = np.array([point for _, rings in wanted for ring in rings for point in ring])
    np.testing.assert_array_equal(model.vertices, points)
    normal, area, _, _ = face_planes(model.vertices, model.ring_start, model.face_start)
    for face, (_, rings) in enumerate(wanted):
        tilt, _, size = plane_of(rings)
        assert area[face] == pytest.approx(size, rel=1e-4)
        assert np.degrees(np.arccos(abs(normal[face, 2]))) == pytest.approx(tilt, abs=0.05)
    moved = read_model([str(path)], "EPSG:2154", Notes().add)
    _, there, _, _ = face_planes(moved.vertices, moved.ring_start, moved.face_start)
    np.testing.assert_allclose(there, area, rtol=1e-3)
    np.testing.assert_array_equal(moved.vertices[:, 2], model.vertices[:, 2])
