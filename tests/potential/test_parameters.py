"""Every number of the potential says where it comes from and when that was read."""

from __future__ import annotations

import dataclasses
import re

import pytest

from cadastre import parameters

GROUPS = ("pv", "modules", "usable", "thermal", "uncertainty", "installation")


@pytest.mark.parametrize("group", GROUPS)
def test_each_parameter_has_a_dated_source_or_says_it_is_assumed(group):
    """A source read (``relevé``), a value worked out, or an assumption said to be one; a date."""
    values = getattr(parameters.Parameters(), group)
    for field in dataclasses.fields(values):
        source = field.metadata["quantity"].source
        said = re.search(
            r"relevé|hypothèse|calculé|choix (numérique|de présentation|du projet)", source
        )
        assert said, (group, field.name, source)
        assert re.search(r"20\d\d-\d\d", source), (group, field.name, source)
