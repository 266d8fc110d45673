"""Every error code of the package has its French sentence, with the facts it is raised with."""

from __future__ import annotations

import ast
import dataclasses
import pickle
import re
import string
import tomllib
from pathlib import Path

import pytest

import cadastre
from cadastre.errors import InputError, ParameterError, first_line
from cadastre.parameters import Parameters, parameters_from_mapping
from cadastre.publishing.texts_fr.details import french_detail
from cadastre.publishing.texts_fr.errors import SENTENCES, error_sentence

PACKAGE = Path(cadastre.__file__).parent
KINDS = {"InputError", "ParameterError", "SchemaError", "StoreError", "FetchError", "CheckError"}


def _raised():
    """Yield (file, code, fact names or None when they are passed on) of every raise."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id not in KINDS or not node.args:
                continue
            code = node.args[0]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                names = {keyword.arg for keyword in node.keywords}
                yield path.name, code.value, None if None in names else names


def test_every_code_has_a_sentence_and_its_facts():
    faults = []
    for file, code, facts in _raised():
        if code not in SENTENCES:
            faults.append(f"{file}: {code} has no sentence")
            continue
        wanted = {
            part[1].split("!")[0] for part in string.Formatter().parse(SENTENCES[code]) if part[1]
        }
        if facts is not None and not wanted <= facts:
            faults.append(f"{file}: {code} lacks {sorted(wanted - facts)}")
    assert faults == []


def test_sentences_join_lists():
    error = InputError("no_building", files=("a.gpkg", "b.gpkg"))
    assert error_sentence(error) == "Aucun bâtiment dans a.gpkg, b.gpkg."


def test_errors_travel_between_processes():
    error = pickle.loads(pickle.dumps(InputError("no_building", files=("a",))))
    assert (error.code, error.facts) == ("no_building", {"files": ("a",)})


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError("read failed\nat block 12"), "read failed"),
        (ValueError("x" * 500), "x" * 160),
        (KeyError(), "KeyError"),
    ],
)
def test_what_a_library_says_is_cut_to_a_line(error, said):
    assert first_line(error) == said
    assert first_line(KeyError(), "?") == "?"


def test_sentences_count_in_french():
    far = InputError("input_far_away", file="a.tif", kind="mns", other="b", distance_km=4.9)
    assert "4,9\u00a0km les séparent" in error_sentence(far)
    flat = InputError("weather_units", file="a.csv", column="ghi", highest=10.0)
    assert "ne dépasse jamais 10 :" in error_sentence(flat)


@pytest.mark.parametrize(
    ("said", "french"),
    [
        ("Read failed. See previous exception for details.", "lecture interrompue"),
        (
            "'a.tif' not recognized as being in a supported file format.; It might help to "
            "specify the correct driver explicitly by prefixing the file path",
            "'a.tif' : format non reconnu",
        ),
    ],
)
def test_what_libraries_say_is_put_into_french(said, french):
    assert french_detail(said) == french


@pytest.mark.parametrize("text", ["a b", "a = ", "[a", "a = [1", 'a = "x', "a = 1\na = 2"])
def test_what_toml_says_is_put_into_french(text):
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    said = french_detail(str(caught.value))
    assert not re.search(r"Expected|Invalid|Un|Illegal|Cannot|\bat\b|line|end of", said)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"modules": {"power_wp": "450"}},
         "[parametres.modules] power_wp vaut « 450 » : un nombre est attendu."),
        ({"pv": {"nonsense": 1}}, "Paramètre inconnu dans [parametres.pv] : nonsense."),
        ({"modules": {"power_wp": -1.5}},
         "[parametres.modules] power_wp vaut \u22121,5\u00a0Wc : valeurs admises, minimum "),
    ],
)  # fmt: skip
def test_parameters_are_named_as_in_the_file(values, sentence):
    with pytest.raises(ParameterError) as caught:
        parameters_from_mapping(values)
    said = error_sentence(caught.value)
    assert said.startswith(sentence)
    assert ".0" not in said


@pytest.mark.parametrize("entry", dataclasses.fields(Parameters), ids=lambda entry: entry.name)
def test_a_table_bears_the_name_of_its_module(entry):
    assert entry.default_factory.__module__ == f"cadastre.parameters.{entry.name}"
