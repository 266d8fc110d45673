"""Runs the same function over many tiles: in this process, in local processes, or on a cluster.

The results come back by tile, in any order; nothing here decides what a tile contains, so the
tables are the same however the work is shared out. A tile that fails is tried again, then set
aside with its traceback; the others go on.
"""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Generic

from cadastre.pipeline.cluster import on_cluster
from cadastre.pipeline.crew import CREW, single_threaded_children, start_pool
from cadastre.pipeline.outcomes import Outcome, Task, Work, call, success, threads, trace_of


def run_tasks(
    function: Callable[[Task], Any],
    tasks: Sequence[Task],
    *,
    process_count: int,
    attempts: int,
    scheduler: str | None = None,
    prepare: Callable[[Task], Any] | None = None,
    report: str | None = None,
    foresee: Callable[[Task], None] | None = None,
) -> Iterator[Outcome[Task]]:
    """Apply ``function`` to every task and yield outcomes as they come.

    Parameters
    ----------
    function
        Importable at module level; must not depend on the order of tasks.
    process_count
        Cores to keep busy: 1 runs in this process, more start as many single-threaded
        processes; a task alone uses as many threads.
    attempts
        How often a failing task is tried in all.
    scheduler
        Address of an existing dask.distributed scheduler, instead of local processes.
    prepare
        Turns a task into what ``function`` takes, when its turn comes: only what is being
        computed is held in memory.
    report
        Path of the performance report that dask.distributed is to write; clusters only.
    foresee
        Called with a task while others are computed, on this machine, not on a cluster.

    Yields
    ------
    Outcome
        One per task. A dead worker counts as a failed attempt of the tasks it held.
    """
    work = Work(function, prepare, foresee)
    if scheduler is not None:
        yield from on_cluster(work, tasks, attempts, scheduler, report)
    elif process_count <= 1 or len(tasks) <= 1:
        with threads(process_count):
            yield from _in_this_process(work, tasks, attempts)
    else:
        yield from _in_processes(work, tasks, attempts, process_count)


def _in_this_process(
    work: Work[Task], tasks: Sequence[Task], attempts: int
) -> Iterator[Outcome[Task]]:
    for task, following in itertools.zip_longest(tasks, tasks[1:]):
        if following is not None:
            work.soon(following)
        failure = None
        for attempt in range(1, attempts + 1):
            try:
                yield success(task, call(work.function, work.ready(task)), attempt)
                break
            except Exception:
                failure = traceback.format_exc()
        else:
            yield Outcome(task, None, failure, attempts)


class _Feeder(Generic[Task]):
    """Feeds one pool until it is empty or dies; keeps what is left for the next one."""

    def __init__(self, work: Work[Task], queue: list[tuple[Task, int]], attempts: int) -> None:
        self._work, self._attempts = work, attempts
        self._waiting = iter(queue)
        self._pending: dict[Future[Any], tuple[Task, int]] = {}
        self._alive = True
        self.left: list[tuple[Task, int]] = []
        self.broken: list[tuple[Task, int]] = []

    def outcomes(self, pool: ProcessPoolExecutor, most: int) -> Iterator[Outcome[Task]]:
        """Yield outcomes; at most ``most`` tasks are in the pool at once."""
        self._fill(pool, most)
        while self._pending:
            done, _ = wait(self._pending, return_when=FIRST_COMPLETED)
            for future in done:
                yield from self._settle(future)
            self._fill(pool, most)
        self.left.extend(self._waiting)

    @property
    def died(self) -> bool:
        """Tell whether the pool lost a worker: it takes no task any more."""
        return not self._alive

    def _fill(self, pool: ProcessPoolExecutor, most: int) -> None:
        while self._alive and len(self._pending) < most:
            entry = next(self._waiting, None)
            if entry is None:
                return
            try:
                self._pending[
                    pool.submit(call, self._work.function, self._work.ready(entry[0]))
                ] = entry
                self._work.soon(entry[0])  # it waits in the pool for those before it
            except BrokenProcessPool:
                self._alive = False
                self.left.append(entry)

    def _settle(self, future: Future[Any]) -> Iterator[Outcome[Task]]:
        task, attempt = self._pending.pop(future)
        error = future.exception()
        if error is None:
            yield success(task, future.result(), attempt)
        elif isinstance(error, BrokenProcessPool):
            self._alive = False
            self.broken.append((task, attempt))
        elif attempt < self._attempts:
            self.left.append((task, attempt + 1))
        else:
            yield Outcome(task, None, trace_of(error), attempt)


def _in_processes(
    work: Work[Task], tasks: Sequence[Task], attempts: int, process_count: int
) -> Iterator[Outcome[Task]]:
    """Feed a pool, and start a new one when a worker dies, with what was left."""
    queue = [(task, 1) for task in tasks]
    while queue:
        feeder = _Feeder(work, queue, attempts)
        with single_threaded_children(), CREW.pool(process_count) as pool:
            yield from feeder.outcomes(pool, 2 * process_count)
        queue = feeder.left
        if feeder.died:
            CREW.dismiss()
        if feeder.broken:
            yield from _after_a_death(work, feeder.broken, attempts)


def _after_a_death(
    work: Work[Task], broken: list[tuple[Task, int]], attempts: int
) -> Iterator[Outcome[Task]]:
    """Try each task a dead pool held in a pool of its own: only the guilty one fails again."""
    for task, first in broken:
        failure = "worker died"
        for attempt in range(first + 1, attempts + 2):
            with single_threaded_children(), start_pool(1) as pool:
                try:
                    future = pool.submit(call, work.function, work.ready(task))
                    yield success(task, future.result(), attempt)
                    break
                except BrokenProcessPool:
                    failure = "worker died"
                except Exception as error:
                    failure = trace_of(error)
        else:
            yield Outcome(task, None, failure, attempts)
