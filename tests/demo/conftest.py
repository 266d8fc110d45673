from __future__ import annotations

import pytest

from cadastre.demo.scene import Scene, quarter_scene
from cadastre.parameters.demo import Demo

SMALL = Demo(width_m=320.0, height_m=300.0)


@pytest.fixture(scope="session")
def default_scene() -> Scene:
    return quarter_scene()
