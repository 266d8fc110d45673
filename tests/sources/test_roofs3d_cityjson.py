"""CityJSON in all its shapes gives the roof surfaces that were written, and nothing else."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from cadastre.sources.notes import Notes
from cadastre.sources.roofs3d import read_model
from tests.model_files import X0, Y0, cityjson, cityjson_sequence, flat_house, gable_house

CRS = "EPSG:2154"
HOUSES = {"A": gable_house(), "B": flat_house(x=40.0, hole=(3, 2, 6, 5))}


def roofs_of(model, building=None):
    """Faces as sets of rings of rounded points, roof or untyped."""
    owner = model.objects["building"].to_numpy()[model.faces["object"].to_numpy()]
    names = model.buildings["model_building_id"].to_numpy()[owner]
    found = []
    for face in range(len(model.faces)):
        if building is not None and names[face] != building:
            continue
        rings = range(model.face_start[face], model.face_start[face + 1])
        found.append(
            [
                model.vertices[model.ring_start[r] : model.ring_start[r + 1]].round(3).tolist()
                for r in rings
            ]
        )
    return found


def expected(faces):
    return [
        [[list(map(float, point)) for point in ring] for ring in rings]
        for kind, rings in faces
        if kind == "RoofSurface"
    ]


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def read(path, crs=CRS):
    notes = Notes()
    return read_model([str(path)], crs, notes.add), notes


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0"])
@pytest.mark.parametrize("kind", ["MultiSurface", "CompositeSurface", "Solid", "MultiSolid"])
def test_reads_every_nesting_and_version(tmp_path, version, kind):
    path = write(tmp_path / "m.city.json", cityjson(HOUSES, kind=kind, version=version))
    model, notes = read(path)
    for name, faces in HOUSES.items():
        assert roofs_of(model, name) == expected(faces)
    assert set(model.faces["surface_kind"]) == {"roof"}
    assert set(model.faces["lod"]) == {2.2}
    assert len(model.set_aside) == 0
    assert notes.with_code("model_read")[0].count == 2
    assert json.loads(model.buildings["attributes"][0]) == {"n": "A"}


def test_reads_without_transform(tmp_path):
    """CityJSON 1.0 files may hold real coordinates."""
    path = write(tmp_path / "m.json", cityjson(HOUSES, scale=None, version="1.0"))
    model, _ = read(path)
    assert roofs_of(model, "A") == expected(HOUSES["A"])


@pytest.mark.parametrize("zipped", [False, True])
def test_reads_sequences_plain_and_gzipped(tmp_path, zipped):
    text = cityjson_sequence(HOUSES)
    path = tmp_path / ("m.city.jsonl.gz" if zipped else "m.city.jsonl")
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    model, _ = read(path)
    assert roofs_of(model, "A") == expected(HOUSES["A"])
    assert roofs_of(model, "B") == expected(HOUSES["B"])


def test_a_later_header_of_a_sequence_changes_the_transform(tmp_path):
    """Two streams put end to end: the second header counts for what follows it."""
    first = cityjson_sequence({"A": HOUSES["A"]})
    head, feature = cityjson_sequence({"B": HOUSES["B"]}).splitlines()
    header, second = json.loads(head), json.loads(feature)
    header["transform"]["translate"][0] -= 1000.0
    second["vertices"] = [[x + 1_000_000, y, z] for x, y, z in second["vertices"]]
    both = first + json.dumps(header) + "\n" + json.dumps(second)
    model, _ = read(write(tmp_path / "m.jsonl", both))
    assert roofs_of(model, "B") == expected(HOUSES["B"])


def test_pretty_printed_file_and_file_without_ending(tmp_path):
    path = tmp_path / "maquette"
    path.write_text("\ufeff" + json.dumps(cityjson(HOUSES), indent=2), encoding="utf-8")
    model, _ = read(path)
    assert roofs_of(model, "A") == expected(HOUSES["A"])


def test_parts_belong_to_their_building(tmp_path):
    parts = {"H": {"H-1": gable_house(), "H-2": flat_house(x=10.0)}}
    model, _ = read(write(tmp_path / "m.json", cityjson(parts)))
    assert list(model.buildings["model_building_id"]) == ["H"]
    assert list(model.objects["model_object_id"]) == ["H-1", "H-2"]
    assert roofs_of(model, "H") == expected(parts["H"]["H-1"]) + expected(parts["H"]["H-2"])


def test_highest_level_of_detail_is_read_once(tmp_path):
    document = cityjson({"A": gable_house()}, lod="2.2")
    lower = json.loads(json.dumps(document["CityObjects"]["A"]["geometry"][0]))
    lower["lod"] = "1.3"
    ground = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2]]]}
    document["CityObjects"]["A"]["geometry"] = [
        ground,
        lower,
        *document["CityObjects"]["A"]["geometry"],
    ]
    model, notes = read(write(tmp_path / "m.json", document))
    assert roofs_of(model, "A") == expected(gable_house())
    assert notes.with_code("model_lower_lod")[0].count == 2


def test_typed_geometry_is_preferred_to_untyped_of_the_same_level(tmp_path):
    """Vienna gives each part twice at LoD2: a typed multisurface and an untyped solid."""
    document = cityjson({"A": gable_house()}, kind="MultiSurface", lod="2")
    solid = {
        "type": "Solid",
        "lod": 2,
        "boundaries": [document["CityObjects"]["A"]["geometry"][0]["boundaries"]],
    }
    document["CityObjects"]["A"]["geometry"].insert(0, solid)
    model, _ = read(write(tmp_path / "m.json", document))
    assert roofs_of(model, "A") == expected(gable_house())


def test_untyped_solid_gives_all_its_faces(tmp_path):
    model, _ = read(write(tmp_path / "m.json", cityjson({"A": gable_house()}, typed=False)))
    assert len(model.faces) == 7
    assert set(model.faces["surface_kind"]) == {"untyped"}


def test_null_semantics_are_untyped_and_others_skipped(tmp_path):
    document = cityjson({"A": gable_house()}, kind="MultiSurface")
    document["CityObjects"]["A"]["geometry"][0]["semantics"]["values"] = [0, None, 2, 1, 1, 1, 1]
    model, _ = read(write(tmp_path / "m.json", document))
    assert list(model.faces["surface_kind"]) == ["roof", "untyped"]
    document["CityObjects"]["A"]["geometry"][0]["semantics"]["values"] = None
    model, _ = read(write(tmp_path / "m.json", document))
    assert list(model.faces["surface_kind"]) == ["untyped"] * 7


def test_inner_shells_are_voids(tmp_path):
    document = cityjson({"A": gable_house()}, typed=False)
    solid = document["CityObjects"]["A"]["geometry"][0]
    solid["boundaries"].append([[[0, 1, 2]]])
    model, _ = read(write(tmp_path / "m.json", document))
    assert len(model.faces) == 7


def test_compound_crs_and_reprojection(tmp_path):
    """EPSG:7415 is RD New with NAP heights: x, y of RD New, untouched in EPSG:28992."""
    from pyproj import Transformer

    to_rd = Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True)
    x, y = (round(value) for value in to_rd.transform(4.36, 52.01))
    house = [
        (kind, [[(px - X0 + x, py - Y0 + y, z) for px, py, z in ring] for ring in rings])
        for kind, rings in gable_house()
    ]
    document = cityjson({"A": house}, crs="EPSG/0/7415", scale=None)
    model, notes = read(write(tmp_path / "m.json", document), "EPSG:28992")
    assert roofs_of(model, "A") == expected(house)
    assert not notes.with_code("crs_reprojected")
    document = cityjson({"A": gable_house()}, crs="EPSG/0/2154")
    moved, notes = read(write(tmp_path / "m.json", document), "EPSG:3950")
    there = Transformer.from_crs("EPSG:2154", "EPSG:3950", always_xy=True)
    wanted = np.column_stack(there.transform(X0 + np.array([0, 10.0]), Y0 + np.array([0, 0.0])))
    np.testing.assert_allclose(moved.vertices[:2, :2], wanted, atol=1e-3)
    assert notes.with_code("crs_reprojected")


def test_missing_reference_is_assumed_with_a_note(tmp_path):
    model, notes = read(write(tmp_path / "m.json", cityjson({"A": gable_house()}, crs=None)))
    assert roofs_of(model, "A") == expected(gable_house())
    assert notes.with_code("crs_assumed")[0].kind == "modele_3d"


def test_buildings_of_overlapping_tiles_are_read_once(tmp_path):
    """Copies are set aside; another building under the same id gets a name of its own."""
    one = write(tmp_path / "a.json", cityjson({"A": gable_house(), "B": flat_house(x=40.0)}))
    two = write(tmp_path / "b.json", cityjson({"A": gable_house(), "B": flat_house(x=80.0)}))
    notes = Notes()
    model = read_model([two, one], CRS, notes.add)
    assert list(model.buildings["model_building_id"]) == ["A", "B", "A@b.json", "B@b.json"]
    assert list(model.set_aside["reason"]) == ["repeated_building"] * 2
    assert roofs_of(model, "B@b.json") == expected(flat_house(x=80.0))
    assert notes.with_code("model_repeated")[0].ids == ("A",)
    again = read_model([one, two], CRS, Notes().add)
    assert again.vertices.tobytes() == model.vertices.tobytes()


def test_polygons_have_their_holes(tmp_path):
    model, _ = read(write(tmp_path / "m.json", cityjson({"B": HOUSES["B"]})))
    assert [shape.area for shape in model.polygons()] == [pytest.approx(10 * 8 - 3 * 3)]
