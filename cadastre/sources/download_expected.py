"""What a file must be, and how to say that it is cut or lacks columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cadastre.errors import FetchError
from cadastre.grid import Bounds


@dataclass(frozen=True)
class Expectation:
    """What a file must be.

    ``bounds``, ``width``, ``height``, ``crs`` hold for rasters, ``columns`` (which must be there)
    and ``wished`` (whose absence is only said) for tables and the properties of GeoJSON, ``rows``
    for tables whose length is known, ``nw_km`` for point tiles.
    """

    format: str
    bounds: Bounds | None = None
    width: int = 0
    height: int = 0
    crs: str = ""
    columns: tuple[str, ...] = ()
    wished: tuple[str, ...] = ()
    rows: int = 0
    nw_km: tuple[int, int] | None = None
    compress: bool = False


def missing_columns(present: Iterable[str], expected: Expectation, where: str) -> tuple[str, ...]:
    """Return the wished columns that are not there; refuse when one that must be is not."""
    there = set(present)
    missing = [name for name in expected.columns if name not in there]
    if missing:
        found = sorted(there)
        name = where.removesuffix(".partiel")
        raise FetchError("fetch_columns", file=name, names=missing, found=found)
    return tuple(name for name in expected.wished if name not in there)


def corrupt(path: Path, kind: str, detail: object) -> FetchError:
    """Say that a file is cut or damaged."""
    name = path.name.removesuffix(".partiel")
    return FetchError("fetch_corrupt", url=name, kind=kind, detail=str(detail))
