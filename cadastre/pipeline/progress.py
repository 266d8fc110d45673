"""How long work shows: a bar on a terminal, plain lines elsewhere; always on standard error.

And what a command says when it is done, on standard output.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)  # fmt: skip

from cadastre.publishing.texts_fr.cli import SENTENCES, STAGES

DONE, WITH_ERRORS = 0, 1
_LINE_EVERY_S = 10.0


def say(code: str, **facts: Any) -> None:
    """Write one sentence of the command line to standard output."""
    sys.stdout.write(SENTENCES[code].format(**facts) + "\n")
    sys.stdout.flush()


class Reporter:
    """Tells what stage runs, how far it is, how long it will take."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._task = None
        self._stage, self._done, self._total = "", 0, 0
        self._started = self._said = time.monotonic()

    def __enter__(self) -> Reporter:
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                TimeElapsedColumn(), TimeRemainingColumn(), console=self._console,
            )  # fmt: skip
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of ``total`` steps."""
        self._stage, self._done, self._total = STAGES.get(name, name), 0, total
        self._started = self._said = time.monotonic()
        if self._bar is not None:
            self._task = self._bar.add_task(self._stage, total=total or 1, completed=not total)
        else:
            self._line(self._stage if total <= 1 else f"{self._stage} : 0/{total}")

    def advance(self, steps: int = 1) -> None:
        """Count steps of the current stage as done."""
        self._done += steps
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, steps)
            return
        now = time.monotonic()
        if self._total > 1 and (now - self._said >= _LINE_EVERY_S or self._done == self._total):
            self._said = now
            spent = now - self._started
            left = spent / self._done * (self._total - self._done)
            self._line(
                f"{self._stage} : {self._done}/{self._total} ({spent:.0f} s, reste {left:.0f} s)"
            )

    def say(self, text: str) -> None:
        """Write one line of French text."""
        if self._bar is not None:
            self._bar.console.print(text, highlight=False)
        else:
            self._line(text)

    @staticmethod
    def _line(text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
