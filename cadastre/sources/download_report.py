"""What is planned and what was done: plain values, rendered in French by ``publishing``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from cadastre.errors import CadastreError

Status = Literal[
    "fetched", "resumed", "intact", "adopted", "replaced", "no_coverage", "failed", "blocked"
]
GOOD: frozenset[str] = frozenset(
    {"fetched", "resumed", "intact", "adopted", "replaced", "no_coverage"}
)


@dataclass(frozen=True)
class FetchOptions:
    """What is wanted of a download.

    Parameters
    ----------
    only, without
        Names of sources: those alone, or all but those.
    also
        Names of sources that are fetched only when asked for.
    points
        Also the LiDAR point clouds.
    department_package
        The departmental GeoPackage of BD TOPO in place of its WFS layer of buildings.
    refresh
        Ask again for what is there.
    verify
        Recompute the SHA-256 of every file already there.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    points: bool = False
    department_package: bool = False
    refresh: bool = False
    verify: bool = False


@dataclass(frozen=True)
class Progress:
    """Where a download stands: files done of those asked, bytes received, the last file."""

    done: int
    total: int
    received_bytes: int
    title: str
    target: str
    status: str


Listener = Callable[[Progress], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one file (or of a source that could not begin).

    Statuses: ``fetched``, ``resumed`` (continued from an interruption), ``intact`` (nothing
    asked), ``adopted`` (was there, unknown, and is whole), ``replaced`` (had changed on the
    disk), ``no_coverage`` (the service has nothing there), ``failed``, ``blocked`` (not tried:
    what it depends on failed).
    """

    source: str
    target: str
    status: Status
    size: int = 0
    error: CadastreError | None = None


@dataclass
class FetchReport:
    """All outcomes of a download, and what is to be said besides."""

    territory: str
    folder: str
    titles: dict[str, str]
    outcomes: list[Outcome] = field(default_factory=list)
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    received_bytes: int = 0
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def missing(self) -> list[Outcome]:
        """Files that are not there."""
        return [outcome for outcome in self.outcomes if outcome.status not in GOOD]

    @property
    def exit_code(self) -> int:
        """0 when everything is there, 1 when something is missing."""
        return 1 if self.missing or self.interrupted else 0

    def rows(self) -> list[dict[str, Any]]:
        """Count by source: title, files by status, bytes, first error."""
        table: dict[str, dict[str, Any]] = {}
        for outcome in self.outcomes:
            row = table.setdefault(
                outcome.source,
                {
                    "source": outcome.source,
                    "title": self.titles.get(outcome.source, outcome.source),
                    "statuses": {},
                    "bytes": 0,
                    "missing": [],
                    "error": None,
                },
            )
            row["statuses"][outcome.status] = row["statuses"].get(outcome.status, 0) + 1
            row["bytes"] += outcome.size
            if outcome.status not in GOOD:
                row["missing"].append(outcome.target)
                row["error"] = row["error"] or outcome.error
        return list(table.values())


@dataclass(frozen=True)
class PlanLine:
    """What one source would ask: files and bytes in all, and those that are not there yet.

    ``known`` is false where the numbers could not be had (the limits of the territory, the tile
    index); ``counted`` where the service was asked how many objects it holds.
    """

    source: str
    title: str
    files: int
    size: int
    missing_files: int
    missing_size: int
    known: bool = True
    counted: int | None = None
    transfer: int = 0


@dataclass(frozen=True)
class Plan:
    """What a download would fetch.

    ``causes`` tells, by title, what could not be asked and why.
    """

    territory: str
    folder: str
    communes: int
    lines: tuple[PlanLine, ...]
    free_bytes: int
    notes: tuple[tuple[str, dict[str, Any]], ...] = ()
    causes: tuple[tuple[str, CadastreError], ...] = ()

    @property
    def missing_size(self) -> int:
        """Bytes to come on the disk, estimated."""
        return sum(line.missing_size for line in self.lines)

    @property
    def transfer(self) -> int:
        """Bytes to travel, estimated."""
        return sum(line.transfer for line in self.lines)
