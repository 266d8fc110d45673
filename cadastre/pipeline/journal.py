"""The journal of a run: one JSON object a line, and what each stage took.

``journaux/<UTC>-<process>.jsonl`` in the output folder; a line is on the disk as soon as the thing
has happened, so that a killed run leaves its story. Times are UTC; nothing here is a result.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from cadastre.pipeline.memory import family, resident_mib
from cadastre.pipeline.store import Store

FOLDER = "journaux"
_KEPT = 20
_EACH_S = 2.0


@dataclass
class StageRecord:
    """What one stage took: seconds on the clock and of processors, MiB of all processes."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    peak_memory_mib: float = 0.0
    done: int = 0
    failed: int = 0


class Journal:
    """Writes events as they come; adds up what each stage takes. Use it in a ``with`` block."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lines: list[str] = []
        self._file: TextIO | None = None
        self._stages: dict[str, StageRecord] = {}
        self._current: StageRecord | None = None
        self._over = threading.Event()
        self._started = time.perf_counter()
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S")
        self.name = f"{stamp}-{os.getpid()}.jsonl"

    def __enter__(self) -> Journal:
        if self._store.is_local:
            path = Path(self._store.path(FOLDER, self.name))
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8", buffering=1)
        for old in self._store.names(FOLDER)[:-_KEPT]:
            self._store.remove(FOLDER, old)
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._watch.join()
        self.event(
            "run_ended",
            seconds=round(time.perf_counter() - self._started, 2),
            error=None if kind is None else kind.__name__,
            detail=None if error is None else str(error)[:500],
        )
        if self._file is not None:
            self._file.close()

    def event(self, kind: str, **facts: Any) -> None:
        """Write one line: when, what, facts."""
        now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "event": kind, **facts}, default=str, ensure_ascii=False)
        if self._file is not None:
            # a full disk must not stop the run twice: the stage that fills it says so
            with contextlib.suppress(OSError):
                self._file.write(line + "\n")
            return
        self._lines.append(line)
        if kind in ("stage_ended", "run_ended"):  # object stores have no appending
            self._store.write_bytes(("\n".join(self._lines) + "\n").encode(), FOLDER, self.name)

    @contextlib.contextmanager
    def stage(self, name: str, alone: bool = False, **facts: Any) -> Iterator[StageRecord]:
        """Time a stage; entering the same one again adds to it.

        ``alone``: this process works at it, and no other: its processor seconds count.
        """
        record = self._stages.setdefault(name, StageRecord())
        before, self._current = self._current, record
        self.event("stage_started", stage=name, **facts)
        begin, cpu = time.perf_counter(), time.process_time()
        try:
            yield record
        finally:
            record.seconds += time.perf_counter() - begin
            record.cpu_s += time.process_time() - cpu if alone else 0.0
            self._weigh()
            self._current = before
            self.event("stage_ended", stage=name, **_rounded(record))

    def table(self) -> dict[str, dict[str, float]]:
        """Return what each stage took so far, by name."""
        return {name: _rounded(record) for name, record in self._stages.items()}

    def peak_memory_mib(self) -> int:
        """Return the highest memory of all processes together seen so far, MiB."""
        return round(max((one.peak_memory_mib for one in self._stages.values()), default=0.0))

    def seconds(self) -> float:
        """Seconds since the journal was opened."""
        return time.perf_counter() - self._started

    def _look(self) -> None:
        while not self._over.wait(_EACH_S):
            self._weigh()

    def _weigh(self) -> None:
        record = self._current
        if record is None:
            return
        found = [resident_mib(pid) for pid in family(os.getpid())]
        total = sum(part for part in found if part is not None)
        record.peak_memory_mib = max(record.peak_memory_mib, total)


def _rounded(record: StageRecord) -> dict[str, float]:
    return {name: round(value, 2) for name, value in asdict(record).items()}
