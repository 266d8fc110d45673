"""Who runs the pieces of work of a stage: what is missing only, each outcome written down."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from cadastre.pipeline import weather_stage
from cadastre.pipeline.early_tasks import EarlyWork, ReliefTask
from cadastre.pipeline.journal import Journal, StageRecord
from cadastre.pipeline.outcomes import Outcome
from cadastre.pipeline.progress import Reporter
from cadastre.pipeline.runner import run_tasks
from cadastre.pipeline.store import Store
from cadastre.publishing.texts_fr.cli import SENTENCES

TILE_STAGES = ("toits", "rendement")


class _Work(Protocol):
    """Anything with the name of a product and its key."""

    @property
    def tile_id(self) -> str: ...

    @property
    def key(self) -> str: ...


Named = TypeVar("Named", bound=_Work)


@dataclass
class Options:
    """How one run is made; nothing here changes a result."""

    process_count: int = field(default_factory=lambda: os.cpu_count() or 1)
    scheduler: str | None = None
    dask_report: str | None = None
    only_tiles: Sequence[str] = ()
    force: str | None = None


class Foreman:
    """Runs the stages of one run; keeps failures and counts for the report.

    ``failed`` maps tiles set aside to their trace, ``failed_squares`` squares of surface,
    ``recomputed`` counts the tiles worked at, ``early`` holds what was made once for all of them.
    """

    def __init__(
        self, options: Options, attempts: int, reporter: Reporter, store: Store, journal: Journal
    ) -> None:
        self.options, self.attempts = options, attempts
        self.reporter, self.store, self.journal = reporter, store, journal
        self.failed: dict[str, str] = {}
        self.failed_squares: dict[str, str] = {}
        self.recomputed = 0
        self.early = EarlyWork()

    def missing_cells(self, cells: list[weather_stage.SkyTask]) -> list[weather_stage.SkyTask]:
        """Return the weather cells whose tables are not on the shelf."""
        return [
            cell
            for cell in cells
            if self.store.read_product(weather_stage.STAGE, cell.cell_id, cell.key) is None
        ]

    def skies(self, cells: list[weather_stage.SkyTask]) -> None:
        """Make the tables of weather cells that are not on the shelf, and not yet tried."""
        untried = [cell for cell in cells if cell.cell_id not in self.early.failed_cells]
        waiting = self.missing_cells(untried)
        self.reporter.stage("ciel", len(waiting))
        for outcome in run_tasks(
            weather_stage.tables_of_cell,
            waiting,
            process_count=self.options.process_count,
            attempts=self.attempts,
            scheduler=self.options.scheduler,
        ):
            self._take_early(outcome)
            self.reporter.advance()

    def _take_early(self, outcome: Outcome[Any]) -> None:
        """Keep what is made once for the whole territory."""
        self.early.take(outcome)
        cell = getattr(outcome.task, "cell_id", None)
        if outcome.failure is not None and cell is not None:  # its tiles will fail, and say so
            self.reporter.say(SENTENCES["sky_failed"].format(cell=cell))

    def stale(self, stage: str, tickets: Sequence[Named]) -> list[Named]:
        """Return the pieces of work whose product is not on the shelf, whole, under their key."""
        return [
            ticket
            for ticket in tickets
            if self.store.read_product(stage, ticket.tile_id, ticket.key) is None
        ]

    def run(
        self,
        name: str,
        waiting: Sequence[Named],
        function: Callable[[Any], dict[str, object]],
        took: StageRecord,
        prepare: Callable[[Any], Any] | None = None,
        early: Sequence[weather_stage.SkyTask | ReliefTask] = (),
        foresee: Callable[[Any], None] | None = None,
    ) -> None:
        """Apply ``function`` to what waits, ``prepare`` making each ready when its turn comes.

        ``early`` goes first: what is made once for the whole territory. ``foresee`` is told of
        each of the others while those before it are computed.
        """

        def ready(task: Any) -> Any:
            once = isinstance(task, weather_stage.SkyTask | ReliefTask)
            return task if prepare is None or once else prepare(task)

        def soon(task: Any) -> None:
            if foresee is not None and not isinstance(task, weather_stage.SkyTask | ReliefTask):
                foresee(task)

        self.reporter.stage(name, len(waiting))
        self.recomputed += len(waiting) if name in TILE_STAGES else 0
        for outcome in run_tasks(
            function,
            [*early, *waiting],
            process_count=self.options.process_count,
            attempts=self.attempts,
            scheduler=self.options.scheduler,
            prepare=ready,
            report=self._dask_report(name),
            foresee=soon,
        ):
            if isinstance(outcome.task, weather_stage.SkyTask | ReliefTask):
                self._take_early(outcome)
                continue
            self._settle(name, outcome, took)
            self.reporter.advance()

    def _dask_report(self, name: str) -> str | None:
        """Path of the page on a stage: its name goes before the ending of the file asked for."""
        asked = self.options.dask_report
        if asked is None:
            return None
        path = Path(asked)
        return str(path.with_name(f"{path.stem}-{name}{path.suffix or '.html'}"))

    def _settle(self, name: str, outcome: Outcome[Any], took: StageRecord) -> None:
        """Write down what became of one piece of work."""
        tile = outcome.task.tile_id
        took.cpu_s += outcome.cpu_s
        facts = {"stage": name, "tile": tile, "attempts": outcome.attempts}
        if outcome.failure is None:
            took.done += 1
            self.journal.event(
                "tile_done", **facts, seconds=round(outcome.seconds, 2),
                cpu_s=round(outcome.cpu_s, 2), worker_peak_mib=round(outcome.peak_mib),
                buildings=outcome.result.get("buildings"),
            )  # fmt: skip
            return
        took.failed += 1
        self.journal.event("tile_failed", **facts, traceback=outcome.failure)
        if name in TILE_STAGES:  # a square that failed is tried again by the tiles that see it
            self.failed[tile] = outcome.failure
            self.reporter.say(SENTENCES["tile_failed"].format(tile=tile))
        else:
            self.failed_squares[tile] = outcome.failure
