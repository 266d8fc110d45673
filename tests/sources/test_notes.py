"""Notes: every code has its action and its French sentence, every refusal its own."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pytest

import cadastre.sources
from cadastre.publishing.texts_fr import notes as french
from cadastre.publishing.texts_fr.errors import SENTENCES
from cadastre.sources.notes import ACTIONS, ORDER, Notes

ROOM = Path(cadastre.sources.__file__).parent


def test_every_code_has_a_sentence_and_an_action():
    assert set(ACTIONS) == set(french.NOTE_SENTENCES)
    assert set(ACTIONS.values()) <= set(ORDER) == set(french.ACTION_TITLES)


def _first_texts(tree: ast.AST, name: str, place: int) -> set[str]:
    """String constants given at a place of the calls of a name, both arms of a choice."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or len(node.args) <= place:
            continue
        called = (
            node.func.attr
            if isinstance(node.func, ast.Attribute)
            else getattr(node.func, "id", "")
        )
        if called == name:
            texts = [n for n in ast.walk(node.args[place]) if isinstance(n, ast.Constant)]
            found |= {n.value for n in texts if isinstance(n.value, str)}
    return found


def test_codes_used_by_the_readers_are_known():
    codes, notes = set(), set()
    for path in sorted(ROOM.glob("*.py")):
        tree = ast.parse(path.read_text())
        codes |= _first_texts(tree, "InputError", 0)
        if not path.name.startswith(("download", "services", "catalogue", "roofs3d")):
            notes |= _first_texts(tree, "add", 2)
    assert len(codes) > 20
    assert not {code for code in codes if "_" in code} - set(SENTENCES)
    assert len(notes) > 20
    assert not {code for code in notes if "_" in code} - set(ACTIONS)


def test_unknown_codes_are_refused():
    with pytest.raises(KeyError):
        Notes().add("mns", "a.tif", "made_up")


def test_ids_are_kept_to_twenty_and_facts_are_plain():
    notes = Notes()
    notes.add("batiments", "x/y/a.gpkg", "ids_duplicated", 50, range(50))
    notes.add(
        "meteo", "a.csv", "weather_read", 8760, years=list(np.array([2019])), ghi=np.int64(5)
    )
    rows = notes.table()
    assert len(rows[0]["ids"]) == 20
    assert rows[0]["file"] == "a.gpkg"
    assert json.loads(json.dumps(rows)) == rows


def test_what_is_said_alike_of_many_files_makes_one_row():
    notes = Notes()
    for k in range(1225):
        notes.add("mns", f"{k:04d}.tif", "crs_assumed", declared="", crs="EPSG:2154")
    notes.add("mns", "z.tif", "crs_assumed", declared="", crs="EPSG:3950")
    rows = notes.table()
    assert [(row["file"], row["count"]) for row in rows] == [
        ("0000.tif (+1224)", 1225),
        ("z.tif", 1),
    ]


def test_french_table():
    notes = Notes()
    notes.add("batiments", "b.gpkg", "nature_excluded", 2, ["A", "B"], reason="greenhouse")
    notes.add("batiments", "b.gpkg", "rows_read", 12345)
    rows = french.quality_table(notes.table())
    assert rows[0] == ("Bâtiments", "b.gpkg", "Lu", "Objets lus : 12\u202f345.")
    assert rows[1][2:] == ("Mis de côté", "Objets sans toit à équiper (serre) : 2. (A, B)")
