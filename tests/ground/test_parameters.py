"""Parameters: refusals by name, and derived files in step with the code."""

from __future__ import annotations

import ast
import dataclasses
import tomllib
from pathlib import Path

import pytest

from cadastre.errors import ParameterError
from cadastre.parameters import Parameters, group_key, parameters_from_mapping
from cadastre.publishing.reference_pages import pages

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted(pages()))
def test_derived_file_is_in_step(name):
    committed = (ROOT / name).read_text(encoding="utf-8")
    assert committed == pages()[name], "run python -m cadastre.publishing.reference_pages"


def test_default_toml_gives_the_defaults():
    content = tomllib.loads(pages()["config/parametres.toml"])
    assert parameters_from_mapping(content["parametres"]) == Parameters()


def test_every_parameter_is_described():
    for entry in dataclasses.fields(Parameters):
        for field in dataclasses.fields(entry.default_factory):
            note = field.metadata["quantity"]
            assert note.text, field.name
            assert note.unit, field.name
            assert note.source, field.name


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"modules": {"power_wpp": 450}}, "parameter_unknown"),
        ({"module": {"power_wp": 450}}, "parameter_group_unknown"),
        ({"modules": 3}, "parameter_group_not_table"),
        ({"modules": {"power_wp": "450"}}, "parameter_type"),
        ({"modules": {"power_wp": True}}, "parameter_type"),
        ({"modules": {"power_wp": -1.0}}, "parameter_range"),
        ({"modules": {"power_wp": float("nan")}}, "parameter_range"),
        ({"sky": {"diffuse_model": "isotrope"}}, "parameter_choice"),
        ({"sky": {"vegetation_transmittance": [0.5]}}, "parameter_length"),
        ({"sky": {"vegetation_transmittance": [0.5] * 24}}, "parameter_length"),
    ],
)
def test_wrong_values_are_refused_by_name(values, code):
    with pytest.raises(ParameterError) as caught:
        parameters_from_mapping(values)
    assert caught.value.code == code


def test_whole_numbers_stand_for_floats():
    assert parameters_from_mapping({"modules": {"power_wp": 400}}).modules.power_wp == 400.0


def test_key_changes_with_a_value_and_nothing_else():
    first, same = Parameters(), Parameters()
    other = parameters_from_mapping({"modules": {"power_wp": 400}})
    assert group_key(first.modules) == group_key(same.modules)
    assert group_key(first.modules) != group_key(other.modules)
    assert group_key(first.sky) == group_key(other.sky)


def test_every_parameter_is_read_somewhere():
    """A number that nobody reads can be set without effect. Some names are composed."""
    read: set[str] = set()
    for path in (ROOT / "cadastre").rglob("*.py"):
        if path.parent.name == "parameters":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                read.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                read.add(node.value)
    for path in (ROOT / "cadastre" / "parameters").glob("*.py"):  # properties made of others
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                read |= {node.attr} if node.value.id == "self" else set()
    composed = {"pv": "loss_", "uncertainty": "_shared"}
    unread = [
        f"{group.name}.{field.name}"
        for group in dataclasses.fields(Parameters)
        for field in dataclasses.fields(getattr(Parameters(), group.name))
        if field.name not in read and composed.get(group.name, "\0") not in field.name
    ]
    assert unread == []
