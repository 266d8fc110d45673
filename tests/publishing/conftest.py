"""The quarter of the fixture, and its site written once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cadastre.publishing.assets_npm import STAMP, VENDOR
from tests.publishing.browser import launched
from tests.publishing.fixture import provenance, quarter


@pytest.fixture(scope="session")
def tables() -> dict[str, pd.DataFrame]:
    return quarter()


@pytest.fixture(scope="session")
def site(tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (VENDOR / STAMP).is_file():
        pytest.skip("map scripts absent: run python -m cadastre.publishing.assets_npm")
    from cadastre.publishing.map import write_site

    return write_site(tables, tmp_path_factory.mktemp("site"), provenance())


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with launched() as running:
        yield running
