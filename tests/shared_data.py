"""Where the real files are: never in the repository, skipped with a reason when absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"


def _existing(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"real data absent: {path.name} (set CADASTRE_DONNEES to the data folder)")
    return path


def data_folder() -> Path:
    """Return the folder of real files: CADASTRE_DONNEES or ../shared/data; skip when absent."""
    return _existing(Path(os.environ.get("CADASTRE_DONNEES", _DEFAULT)))


def data_file(*parts: str) -> Path:
    """Return one real file or folder, or skip."""
    return _existing(data_folder().joinpath(*parts))


def reference_file(*parts: str) -> Path:
    """Return one file of the reference scenes, beside the data folder, or skip."""
    return _existing(data_folder().parent.joinpath("reference", *parts))
