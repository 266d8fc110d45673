"""A small quarter, generated and computed once for all tests of the chain."""

from __future__ import annotations

import pytest

from cadastre.cli import main
from cadastre.demo.quarter import generate_quarter
from cadastre.parameters.demo import Demo
from tests.pipeline.support import config_of


@pytest.fixture(scope="session")
def quarter(tmp_path_factory):
    """Territory file of a small quarter with a surface model."""
    folder = tmp_path_factory.mktemp("quarter")
    return generate_quarter(folder, Demo(width_m=160.0, height_m=160.0, seed=3))


@pytest.fixture(scope="session")
def computed(quarter):
    """A finished undisturbed run in this process: its territory file and its output."""
    path = config_of(quarter, "reference")
    assert main(["calculer", str(path), "--processus", "1"]) == 0
    return path, path.parent / "reference"
