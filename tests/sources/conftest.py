"""What several files of these tests start from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.local_services import LocalServices


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServices]:
    """Serve in place of the web; at the end, nothing was asked that is not served."""
    monkeypatch.setenv("no_proxy", "*")
    served = LocalServices(tmp_path / "served")
    yield served
    served.close()
    assert not served.surprises
