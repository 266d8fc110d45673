"""What became of a task, and how a worker, wherever it is, does one and measures it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numba

from cadastre.pipeline.memory import peak_mib

Task = TypeVar("Task")


@dataclass(frozen=True)
class Outcome(Generic[Task]):
    """What became of one task: a result, or the traceback of its last attempt.

    ``seconds`` and ``cpu_s`` are those of the attempt that succeeded, ``peak_mib`` the highest
    memory its process ever had.
    """

    task: Task
    result: Any
    failure: str | None
    attempts: int
    seconds: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0


@dataclass(frozen=True)
class Done:
    """What a worker sends back."""

    result: Any
    seconds: float
    cpu_s: float
    peak_mib: float


def call(function: Callable[[Any], Any], argument: Any) -> Done:
    """Apply a function in a worker and measure it."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = function(argument)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    return Done(result, *spent, peak_mib=peak_mib())


def success(task: Task, done: Done, attempts: int) -> Outcome[Task]:
    """Outcome of a task that a worker has done, at one of its attempts."""
    return Outcome(task, done.result, None, attempts, done.seconds, done.cpu_s, done.peak_mib)


@dataclass(frozen=True)
class Work(Generic[Task]):
    """What is done to a task, what makes it ready just before, and what is told of it earlier."""

    function: Callable[[Any], Any]
    prepare: Callable[[Task], Any] | None
    foresee: Callable[[Task], None] | None = None

    def ready(self, task: Task) -> Any:
        """Return what the function takes."""
        return task if self.prepare is None else self.prepare(task)

    def soon(self, task: Task) -> None:
        """Say that a task comes next, while others are computed."""
        if self.foresee is not None:
            self.foresee(task)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let the kernels of this process use some threads, then as many as before."""
    before = numba.get_num_threads()
    numba.set_num_threads(max(1, min(count, numba.config.NUMBA_NUM_THREADS)))
    try:
        yield
    finally:
        numba.set_num_threads(before)


def trace_of(error: BaseException) -> str:
    """Traceback of what a worker could not do."""
    return "".join(traceback.format_exception(error))
