"""Every error code of the package has its French sentence, with the facts it is raised with."""

from __future__ import annotations

import ast
import pickle
import string
from pathlib import Path

import cadastre
from cadastre.errors import InputError
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
