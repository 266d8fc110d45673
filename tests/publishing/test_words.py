"""Every code and phrase has its French text, and no text is left unused."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pandas as pd
import pytest

import cadastre
from cadastre.errors import SchemaError
from cadastre.potential import suitability
from cadastre.potential.uncertainty import CAUSES
from cadastre.publishing.texts_fr import map_words, reasons
from cadastre.schema import COLUMNS
from cadastre.sources.usage import EXCLUDED_NATURES, EXCLUDED_STATES

PACKAGE = Path(cadastre.__file__).parent
ASSETS = PACKAGE / "publishing" / "assets"


@pytest.mark.parametrize("name", [name for name in reasons.KINDS if COLUMNS[name].categories])
def test_every_category_of_the_dictionary_has_a_label(name: str) -> None:
    missing = set(COLUMNS[name].categories) - set(reasons.KINDS[name])
    assert not missing


def test_reasons_of_exclusion_and_class_have_texts() -> None:
    excluded = {*EXCLUDED_NATURES.values(), *EXCLUDED_STATES.values()}
    assert excluded <= set(reasons.STATUS_REASON)
    assert set(suitability.REASONS) <= set(reasons.SUITABILITY_REASON)


def status_reasons_in(source: str) -> set[str]:
    """Snake-case words in the statements of a module that fill ``status_reason`` or ``reason``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict):
            pairs = [
                value
                for key, value in zip(node.keys, node.values)
                if isinstance(key, ast.Constant) and key.value == "status_reason"
            ]
            found |= _words(pairs)
        if isinstance(node, ast.Assign) and any(_fills_reason(target) for target in node.targets):
            found |= _words([node.value])
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "select":
            found |= _words(node.args)  # np.select of codes, case by case
        if isinstance(node, ast.For) and any(
            isinstance(part, ast.Assign) and any(_fills_reason(t) for t in part.targets)
            for part in ast.walk(node)
        ):
            found |= _words([node.iter])
    return {word for word in found if re.fullmatch(r"[a-z][a-z_]+", word)} - set(COLUMNS)


def _fills_reason(target: ast.expr) -> bool:
    return any(
        (isinstance(part, ast.Constant) and part.value == "status_reason")
        or (isinstance(part, ast.Name) and part.id in ("status_reason", "reason"))
        for part in ast.walk(target)
    )


def _words(nodes: list[ast.expr]) -> set[str]:
    return {
        part.value
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def test_the_scan_sees_a_planted_code() -> None:
    source = (
        "q = {'status_reason': np.select([a], ['planted_code'], 'ok')}\nreason = 'other_code'\n"
    )
    source += "for x, code in ((a, 'third_code'),):\n    s, reason = mask(x, code)"
    assert status_reasons_in(source) == {"planted_code", "ok", "other_code", "third_code"}


# rooms whose ``reason`` is the state of a building; statuses are told apart from reasons
SCANNED = ("roofs/*.py", "pipeline/*.py", "sources/footprint*.py")
# their ``reason`` says why a face of a model was set aside, not the state of a building
OTHER_REASONS = ("faces.py", "match_rest.py", "match_overlaps.py")
# np.select also fills quality flags, whose texts another test asks for
NOT_REASONS = {"object", "string", *reasons.STATUS, *reasons.QUALITY_FLAG}


def test_every_reason_written_by_the_rooms_has_a_text() -> None:
    codes: dict[str, str] = {}
    for pattern in SCANNED:
        for path in sorted(PACKAGE.glob(pattern)):
            if path.name in OTHER_REASONS:
                continue
            for code in status_reasons_in(path.read_text(encoding="utf-8")):
                codes[code] = path.name
    unknown = {
        code: place
        for code, place in codes.items()
        if code not in reasons.STATUS_REASON and code not in NOT_REASONS
    }
    assert not unknown
    assert {"tile_failed", "invalid_geometry", "no_model"} <= set(codes)


def test_an_unknown_code_is_refused_and_reported() -> None:
    with pytest.raises(SchemaError) as caught:
        reasons.text_of("status_reason", "never_heard_of")
    assert caught.value.code == "code_without_text"
    frame = pd.DataFrame({"status_reason": ["ok", "never_heard_of", None], "status": "computed"})
    assert reasons.unknown_codes({"buildings": frame}) == [("status_reason", "never_heard_of")]


def test_phrases_of_the_map_are_all_there_and_all_used() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob("*.js")))
    asked = set(re.findall(r'say\("(\w+)"', scripts))
    asked |= set(re.findall(r'"(col_\w+)"', scripts)) | {"june", "equinox", "december"}
    assert asked <= set(map_words.PHRASES)
    rest = scripts + "".join(
        path.read_text(encoding="utf-8")
        for folder in ("templates", "texts_fr", ".")
        for path in sorted((PACKAGE / "publishing" / folder).glob("*.[hp]*"))
        if path.name != "map_words.py"
    )
    unused = {
        key
        for key in map_words.PHRASES
        if not re.search(rf'phrases\.{key}\b|"{key}"|sun_lines.*{key}', rest)
    }
    assert not unused - {"june", "equinox", "december"}


def test_blanks_of_phrases_are_filled_by_the_scripts() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob("*.js")))
    for key, facts in re.findall(r'say\("(\w+)", (\{.*?\})\)', scripts, flags=re.DOTALL):
        wanted = set(re.findall(r"\{(\w+)\}", map_words.PHRASES[key]))
        given = set(re.findall(r"(\w+):", facts))
        assert wanted <= given, key


def test_no_french_outside_the_texts() -> None:
    accents = re.compile(r"[àâçéèêëîïôùûœ]", re.IGNORECASE)
    room = PACKAGE / "publishing"
    guilty = [
        path.name
        for path in [*room.glob("*.py"), *ASSETS.glob("*.js"), *ASSETS.glob("*.css")]
        if accents.search(re.sub(r"replace\(/[œæ]/g", "", path.read_text(encoding="utf-8")))
    ]
    assert not guilty


def test_every_cause_of_uncertainty_has_words() -> None:
    assert set(reasons.UNCERTAINTY_CAUSE) == set(CAUSES)
    assert reasons.causes_text("shading,plane_fit") == "ombres, pente et orientation"
    assert reasons.causes_text(None) == ""
