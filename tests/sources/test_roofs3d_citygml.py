"""CityGML in all its shapes gives the roof surfaces that were written."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from cadastre.sources.notes import Notes
from cadastre.sources.roofs3d import read_model
from cadastre.sources.roofs3d_crs import declared_reference
from tests.model_files import X0, Y0, citygml, flat_house, gable_house
from tests.sources.test_roofs3d_cityjson import expected, read, roofs_of

HOUSES = {"A": gable_house(), "B": flat_house(x=40.0, hole=(3, 2, 6, 5))}


@pytest.mark.parametrize("form", ["typed", "linked_solid", "linked_surfaces"])
@pytest.mark.parametrize("style", ["posList", "pos", "coordinates"])
def test_reads_typed_surfaces(tmp_path, form, style):
    path = tmp_path / "m.gml"
    path.write_text(citygml(HOUSES, form=form, style=style))
    model, _ = read(path)
    assert roofs_of(model, "A") == expected(HOUSES["A"])
    assert roofs_of(model, "B") == expected(HOUSES["B"])
    assert set(model.faces["surface_kind"]) == {"roof"}
    assert len(model.set_aside) == 0
    attributes = json.loads(model.buildings["attributes"][0])
    assert attributes == {"measuredHeight": "8.0", "toit": "tuile"}


@pytest.mark.parametrize("form", ["solid", "multi"])
def test_reads_untyped_shapes_whole(tmp_path, form):
    path = tmp_path / "m.gml"
    path.write_text(citygml({"A": gable_house()}, form=form))
    model, _ = read(path)
    assert len(model.faces) == 7
    assert set(model.faces["surface_kind"]) == {"untyped"}


def test_version_1_and_gzip(tmp_path):
    path = tmp_path / "m.gml.gz"
    path.write_bytes(gzip.compress(citygml(HOUSES, version="1.0").encode()))
    model, _ = read(path)
    assert roofs_of(model, "B") == expected(HOUSES["B"])


def test_parts_are_objects_of_their_building(tmp_path):
    parts = {"H": {"H1": gable_house(), "H2": flat_house(x=10.0)}}
    path = tmp_path / "m.gml"
    path.write_text(citygml(parts))
    model, _ = read(path)
    assert list(model.buildings["model_building_id"]) == ["H"]
    assert list(model.objects["model_object_id"]) == ["H1", "H2"]
    assert roofs_of(model, "H") == expected(parts["H"]["H1"]) + expected(parts["H"]["H2"])


@pytest.mark.parametrize(
    ("reference", "north_first"),
    [
        ("urn:ogc:def:crs:EPSG::31467", True),  # official order: northing first
        ("EPSG:31467", False),
        ("urn:ogc:def:crs:EPSG::31467", False),  # a common mistake, seen in the numbers
    ],
)
def test_axis_order_of_the_reference(tmp_path, reference, north_first):
    """Gauss-Krüger zone 3 (x east 3 500 000): its URN promises north before east."""
    house = [
        (kind, [[(x - X0 + 3.5e6, y - Y0 + 5.8e6, z) for x, y, z in ring] for ring in rings])
        for kind, rings in gable_house()
    ]
    path = tmp_path / "m.gml"
    path.write_text(citygml({"A": house}, crs=reference, north_first=north_first))
    model, notes = read(path, "EPSG:31467")
    assert roofs_of(model, "A") == expected(house)
    mistaken = reference.startswith("urn") and not north_first
    assert bool(notes.with_code("axes_swapped")) is mistaken


@pytest.mark.parametrize(
    ("text", "crs"),
    [
        ("urn:ogc:def:crs,crs:EPSG:6.12:3948,crs:EPSG:6.12:5720", "EPSG:3948"),
        ("urn:ogc:def:crs:EPSG::7415", "EPSG:28992"),
        ("https://www.opengis.net/def/crs/EPSG/0/2056", "EPSG:2056"),
        ("http://www.opengis.net/gml/srs/epsg.xml#31467", "EPSG:31467"),
        ("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH", "EPSG:25832"),
        ("IGNF:LAMB93", "IGNF:LAMB93"),
    ],
)
def test_references_met_in_deliveries(text, crs):
    assert declared_reference(text, "m.gml").crs == crs


def test_orientable_surface_and_comments_are_read_through(tmp_path):
    text = citygml({"A": gable_house()})
    text = text.replace(
        '<gml:Polygon gml:id="A_p0">', '<!-- pan --><gml:OrientableSurface orientation="-">'
        '<gml:baseSurface><gml:Polygon gml:id="A_p0">', 1
    )  # fmt: skip
    head, tail = text.split("</gml:Polygon>", 1)
    text = f"{head}</gml:Polygon></gml:baseSurface></gml:OrientableSurface>{tail}"
    path = tmp_path / "m.gml"
    path.write_text(text)
    model, _ = read(path)
    assert roofs_of(model, "A") == expected(gable_house())


def test_surfaces_that_cannot_be_read_are_listed(tmp_path):
    """A dangling reference, a word among numbers, two points only: three rows, three reasons."""
    text = citygml({"A": gable_house(), "B": flat_house(x=40.0), "C": gable_house(y=30.0)})
    text = text.replace(f"{X0 + 40.0} {Y0} 6.0", f"{X0 + 40.0} abc 6.0")
    text = text.replace(
        "</bldg:RoofSurface>",
        '<bldg:lod2MultiSurface xlink:href="#perdue"/></bldg:RoofSurface>', 1
    )  # fmt: skip
    ring = text.index("<gml:posList>", text.index('gml:id="C_p0"'))
    end = text.index("</gml:posList>", ring)
    text = text[:ring] + "<gml:posList>0 0 0 1 1 1 0 0 0" + text[end:]
    path = tmp_path / "m.gml"
    path.write_text(text)
    model, notes = read(path)
    rows = model.set_aside.set_index("model_building_id")["reason"].to_dict()
    assert rows == {"A": "unresolved_reference", "B": "bad_coordinates", "C": "degenerate"}
    assert len(model.faces) == 3
    assert notes.with_code("model_set_aside")[0].count == 3


def test_flat_positions_have_no_height(tmp_path):
    path = tmp_path / "m.gml"
    text = citygml({"A": gable_house(), "B": gable_house(x=30.0)})
    flat = citygml({"B": gable_house(x=30.0)}, style="flat")
    start = flat.index("<cityObjectMember>")
    text = text[: text.rindex("<cityObjectMember>")] + flat[start:]
    path.write_text(text)
    model, _ = read(path)
    assert set(model.set_aside["reason"]) == {"no_height"}
    assert set(model.set_aside["model_building_id"]) == {"B"}
    assert roofs_of(model, "A") == expected(gable_house())


def test_building_without_roof_is_listed(tmp_path):
    walls = [face for face in flat_house(x=40.0) if face[0] == "WallSurface"]
    path = tmp_path / "m.gml"
    path.write_text(citygml({"A": gable_house(), "W": walls}))
    model, _ = read(path)
    row = model.set_aside.iloc[0]
    assert (row["model_building_id"], row["reason"]) == ("W", "no_roof_surface")


def test_many_buildings_are_read_in_one_pass(tmp_path):
    """Memory is freed building by building; nothing is lost on the way."""
    count = 400
    houses = {
        f"b{k:03d}": gable_house(x=20.0 * (k % 20), y=20.0 * (k // 20)) for k in range(count)
    }
    path = tmp_path / "m.gml"
    path.write_text(citygml(houses))
    model = read_model([str(path)], "EPSG:2154", Notes().add)
    assert len(model.buildings) == count
    assert len(model.faces) == 2 * count
    lowest = np.minimum.reduceat(model.vertices[:, 0], model.ring_start[:-1:2])
    np.testing.assert_allclose(lowest, [X0 + 20.0 * (k % 20) for k in range(count)])
