"""Broken models: refused in words, or the bad surface listed and the rest read."""

from __future__ import annotations

import json
import random
import re
import string
from pathlib import Path

import pytest

import cadastre
from cadastre.errors import InputError
from cadastre.publishing.texts_fr.model import MODEL_ERRORS, MODEL_NOTES, SET_ASIDE_REASONS
from cadastre.sources.notes import ACTIONS
from tests.model_files import (
    OUTER,
    X0,
    Y0,
    citygml,
    cityjson,
    cityjson_sequence,
    closed,
    flat_house,
    gable_house,
    write_multipatch,
)  # fmt: skip
from tests.sources.test_roofs3d_cityjson import expected, read, roofs_of


def refusal(path, content, crs="EPSG:2154"):
    path.write_text(content)
    with pytest.raises(InputError) as error:
        read(path, crs)
    code, facts = error.value.code, error.value.facts
    if code in MODEL_ERRORS:
        wanted = {name for _, name, _, _ in string.Formatter().parse(MODEL_ERRORS[code]) if name}
        assert wanted <= set(facts)
    return code


def test_truncated_files_are_refused(tmp_path):
    text = json.dumps(cityjson({"A": gable_house()}))
    assert refusal(tmp_path / "a.json", text[: len(text) // 2]) == "model_unreadable"
    text = citygml({"A": gable_house(), "B": flat_house(x=40.0)})
    assert refusal(tmp_path / "a.gml", text[: len(text) - 200]) == "model_unreadable"
    path = write_multipatch(tmp_path / "a", [[(OUTER, closed(gable_house()[0][1][0]))]], ["A"])
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(InputError) as error:
        read(path)
    assert error.value.code == "model_unreadable"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.json", "", "model_unreadable"),
        ("a.json", "pas du json", "model_unreadable"),
        ("a.json", "[1, 2]", "model_not_cityjson"),
        ("a.json", '{"type": "FeatureCollection", "features": []}', "model_not_cityjson"),
        ("a.json", '{"type": "CityJSON", "version": "0.9", "CityObjects": {}}', "model_version"),
        ("a.json", '{"type": "CityJSON", "version": "2.0"}', "model_unreadable"),
        ("a.gml", "<html><body/></html>", "model_not_citygml"),
        ("a.gml", "", "model_unreadable"),
        ("a.txt", "bonjour", "model_format"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path, name, content, code):
    assert refusal(tmp_path / name, content) == code


def test_missing_file_vertices_roofs_and_strange_references(tmp_path):
    with pytest.raises(InputError) as error:
        read(tmp_path / "absent.json")
    assert error.value.code == "model_missing"
    document = cityjson({"A": gable_house()})
    bare = {key: value for key, value in document.items() if key != "vertices"}
    assert refusal(tmp_path / "a.json", json.dumps(bare)) == "model_no_vertices"
    empty = cityjson({})
    assert refusal(tmp_path / "b.json", json.dumps(empty)) == "model_without_faces"
    document["metadata"]["referenceSystem"] = "Lambert à la louche"
    assert refusal(tmp_path / "c.json", json.dumps(document)) == "model_crs_unknown"
    far = json.dumps(cityjson({"A": gable_house()}, crs=None))
    assert refusal(tmp_path / "d.json", far, "EPSG:31256") == "crs_missing"
    mixed = citygml({"A": gable_house()}).replace(
        "<cityObjectMember>",
        '<gml:boundedBy><gml:Envelope srsName="EPSG:3950"/></gml:boundedBy><cityObjectMember>',
    )
    assert refusal(tmp_path / "e.gml", mixed) == "model_crs_mixed"


def broken(change, **options):
    document = cityjson({"A": gable_house(), "B": flat_house(x=40.0)}, **options)
    change(document, document["CityObjects"]["A"]["geometry"][0])
    return document


def _bad_index(document, geometry):
    geometry["boundaries"][0][0][0][1] = 10_000


def _negative_index(document, geometry):
    geometry["boundaries"][0][0][0][1] = -1


def _word_index(document, geometry):
    geometry["boundaries"][0][0][0][1] = "deux"


def _two_points(document, geometry):
    geometry["boundaries"][0][0][0] = [0, 1]


def _no_ring(document, geometry):
    geometry["boundaries"][0][0] = []


def _nan(document, geometry):
    ring = geometry["boundaries"][0][0][0]
    document["vertices"].append([float("nan"), 0, 0])
    ring[1] = len(document["vertices"]) - 1


def _short_vertex(document, geometry):
    document["vertices"].append([1, 2])
    geometry["boundaries"][0][0][0][1] = len(document["vertices"]) - 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_bad_index, "bad_index"),
        (_negative_index, "bad_index"),
        (_word_index, "bad_index"),
        (_two_points, "degenerate"),
        (_no_ring, "degenerate"),
        (_nan, "bad_coordinates"),
        (_short_vertex, "bad_coordinates"),
    ],
)
def test_a_bad_surface_is_listed_and_the_others_read(tmp_path, change, reason):
    path = tmp_path / "m.json"
    path.write_text(json.dumps(broken(change)))
    model, notes = read(path)
    row = model.set_aside.iloc[0]
    assert len(model.set_aside) == 1
    assert (row["model_building_id"], row["surface_number"], row["reason"]) == ("A", 0, reason)
    assert roofs_of(model, "A") == expected(gable_house())[1:]
    assert roofs_of(model, "B") == expected(flat_house(x=40.0))
    assert notes.with_code("model_set_aside")[0].ids == ("A",)


@pytest.mark.parametrize("value", [None, 7, "toit", {"a": 1}, [3], [[5]], [[[None]]]])
def test_malformed_boundaries_never_crash(tmp_path, value):
    document = cityjson({"A": gable_house(), "B": flat_house(x=40.0)})
    document["CityObjects"]["A"]["geometry"][0]["boundaries"] = value
    path = tmp_path / "m.json"
    path.write_text(json.dumps(document))
    model, _ = read(path)
    assert roofs_of(model, "B") == expected(flat_house(x=40.0))
    assert "A" in set(model.set_aside["model_building_id"])


def test_a_damaged_line_of_a_sequence_is_listed(tmp_path):
    houses = {"A": gable_house(), "B": flat_house(x=40.0), "C": gable_house(x=80.0)}
    lines = cityjson_sequence(houses).splitlines()
    lines[2] = lines[2][:100]
    missing = json.loads(lines[3])
    del missing["vertices"]
    path = tmp_path / "m.jsonl"
    path.write_text("\n".join([*lines[:3], json.dumps(missing)]))
    model, _ = read(path)
    assert roofs_of(model, "A") == expected(gable_house())
    found = list(model.set_aside[["model_object_id", "reason"]].itertuples(index=False, name=None))
    assert ("#3", "unreadable_line") in found
    assert found.count(("C", "bad_index")) == 2


def test_entities_are_not_expanded(tmp_path):
    """A file must not be able to read others: external entities stay unresolved."""
    secret = tmp_path / "secret.txt"
    secret.write_text(f"{X0} {Y0} 5")
    text = citygml({"A": gable_house()})
    text = text.replace(
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>',
    ).replace("<gml:posList>", "<gml:posList>&x; ", 1)
    path = tmp_path / "m.gml"
    path.write_text(text)
    model, _ = read(path)
    assert len(model.faces) == 1
    assert list(model.set_aside["reason"]) == ["degenerate"]


STRANGE = [None, -1, 10**9, 1e308, float("nan"), float("inf"), "x", [], {}, [[]], True, [0, 1, 2]]


def _places(item, path=()):
    if path:
        yield path
    if isinstance(item, dict):
        for key in item:
            yield from _places(item[key], (*path, key))
    elif isinstance(item, list):
        for key in range(len(item)):
            yield from _places(item[key], (*path, key))


@pytest.mark.parametrize("seed", range(4))
def test_anything_anywhere_is_refused_or_listed(tmp_path, seed):
    """One to four random values replaced in a model: words or rows, no crash, no warning."""
    dice = random.Random(seed)
    path = tmp_path / "m.json"
    read_well = 0
    for _ in range(60):
        document = cityjson({"A": gable_house(), "B": {"B1": flat_house(x=40.0)}})
        for _ in range(dice.choice([1, 1, 2, 4])):
            *way, last = dice.choice(list(_places(document)))
            holder = document
            for key in way:
                holder = holder[key]
            holder[last] = dice.choice(STRANGE)
        path.write_text(json.dumps(document))
        try:
            read(path)
            read_well += 1
        except InputError as error:
            assert error.code in MODEL_ERRORS or error.code.startswith("crs_")  # noqa: PT017
    assert read_well > 20


def test_every_reason_and_note_has_french_words():
    folder = Path(cadastre.__file__).parent
    sources = [*folder.glob("sources/roofs3d*.py"), *folder.glob("roofs/*.py")]
    text = "\n".join(path.read_text() for path in sources)
    for code in SET_ASIDE_REASONS:
        assert f'"{code}"' in text
    for code in MODEL_NOTES:
        assert code in ACTIONS
    for code in set(re.findall(r'"(model_[a-z_]+)"', text)) - {"model_building_id"}:
        known = code in MODEL_ERRORS or code in MODEL_NOTES or code.startswith("model_object")
        assert known, code
    for code in set(re.findall(r'refuse\([^)]*"([a-z_]+)"\)', text)):
        assert code in SET_ASIDE_REASONS, code
