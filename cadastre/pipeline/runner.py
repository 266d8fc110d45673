"""Runs the same function over many tiles: in this process, in local processes, or on a cluster.

The results come back by tile, in any order; nothing here decides what a tile contains, so the
tables are the same however the work is shared out. A tile that fails is tried again, then set
aside with its traceback; the others go on.
"""

from __future__ import annotations

import importlib.util
import itertools
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numba

from cadastre.errors import CadastreError, InputError, first_line
from cadastre.pipeline.crew import CREW, single_threaded_children, start_pool
from cadastre.pipeline.memory import peak_mib

Task = TypeVar("Task")
_IDLE_S = 120  # seconds a cluster may take to show a first worker
_AHEAD = 3  # tasks sent ahead for each worker: enough to keep it busy, few enough to hold


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
class _Done:
    """What a worker sends back."""

    result: Any
    seconds: float
    cpu_s: float
    peak_mib: float


def _call(function: Callable[[Any], Any], argument: Any) -> _Done:
    """Apply a function in a worker and measure it."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = function(argument)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    return _Done(result, *spent, peak_mib=peak_mib())


def _success(task: Task, done: _Done, attempts: int) -> Outcome[Task]:
    return Outcome(task, done.result, None, attempts, done.seconds, done.cpu_s, done.peak_mib)


@dataclass(frozen=True)
class _Work(Generic[Task]):
    """What is done to a task, and what makes it ready just before."""

    function: Callable[[Any], Any]
    prepare: Callable[[Task], Any] | None

    def ready(self, task: Task) -> Any:
        """Return what the function takes."""
        return task if self.prepare is None else self.prepare(task)


def run_tasks(
    function: Callable[[Task], Any],
    tasks: Sequence[Task],
    *,
    process_count: int,
    attempts: int,
    scheduler: str | None = None,
    prepare: Callable[[Task], Any] | None = None,
    report: str | None = None,
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

    Yields
    ------
    Outcome
        One per task. A dead worker counts as a failed attempt of the tasks it held.
    """
    work = _Work(function, prepare)
    if scheduler is not None:
        yield from _on_cluster(work, tasks, attempts, scheduler, report)
    elif process_count <= 1 or len(tasks) <= 1:
        with _threads(process_count):
            yield from _in_this_process(work, tasks, attempts)
    else:
        yield from _in_processes(work, tasks, attempts, process_count)


def _in_this_process(
    work: _Work[Task], tasks: Sequence[Task], attempts: int
) -> Iterator[Outcome[Task]]:
    for task in tasks:
        failure = None
        for attempt in range(1, attempts + 1):
            try:
                yield _success(task, _call(work.function, work.ready(task)), attempt)
                break
            except Exception:
                failure = traceback.format_exc()
        else:
            yield Outcome(task, None, failure, attempts)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let the kernels of this process use some threads, then as many as before."""
    before = numba.get_num_threads()
    numba.set_num_threads(max(1, min(count, numba.config.NUMBA_NUM_THREADS)))
    try:
        yield
    finally:
        numba.set_num_threads(before)


def _call_alone(function: Callable[[Any], Any], argument: Any) -> _Done:
    """Apply a function on one thread: a cluster has as many workers as it wants busy cores."""
    with _threads(1):
        return _call(function, argument)


class _Feeder(Generic[Task]):
    """Feeds one pool until it is empty or dies; keeps what is left for the next one."""

    def __init__(self, work: _Work[Task], queue: list[tuple[Task, int]], attempts: int) -> None:
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
                    pool.submit(_call, self._work.function, self._work.ready(entry[0]))
                ] = entry
            except BrokenProcessPool:
                self._alive = False
                self.left.append(entry)

    def _settle(self, future: Future[Any]) -> Iterator[Outcome[Task]]:
        task, attempt = self._pending.pop(future)
        error = future.exception()
        if error is None:
            yield _success(task, future.result(), attempt)
        elif isinstance(error, BrokenProcessPool):
            self._alive = False
            self.broken.append((task, attempt))
        elif attempt < self._attempts:
            self.left.append((task, attempt + 1))
        else:
            yield Outcome(task, None, _trace(error), attempt)


def _in_processes(
    work: _Work[Task], tasks: Sequence[Task], attempts: int, process_count: int
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
    work: _Work[Task], broken: list[tuple[Task, int]], attempts: int
) -> Iterator[Outcome[Task]]:
    """Try each task a dead pool held in a pool of its own: only the guilty one fails again."""
    for task, first in broken:
        failure = "worker died"
        for attempt in range(first + 1, attempts + 2):
            with single_threaded_children(), start_pool(1) as pool:
                try:
                    future = pool.submit(_call, work.function, work.ready(task))
                    yield _success(task, future.result(), attempt)
                    break
                except BrokenProcessPool:
                    failure = "worker died"
                except Exception as error:
                    failure = _trace(error)
        else:
            yield Outcome(task, None, failure, attempts)


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _on_cluster(
    work: _Work[Task],
    tasks: Sequence[Task],
    attempts: int,
    scheduler: str,
    report: str | None,
) -> Iterator[Outcome[Task]]:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise InputError("cluster_extra_missing", scheduler=scheduler) from error
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError("cluster_unreachable", scheduler=scheduler, detail=str(error)) from error
    with client, _dask_report(report), _while_it_lives(client, scheduler):
        waiting: Iterator[Task] = iter(tasks)
        pending: dict[Any, Task] = {}
        finished = as_completed()

        def fill() -> None:
            """Keep every worker busy, those that joined since too."""
            most = _AHEAD * max(sum(client.ncores().values()), 1)
            for task in itertools.islice(waiting, max(most - len(pending), 0)):
                future = client.submit(
                    _call_alone, work.function, work.ready(task), pure=False, retries=attempts - 1
                )
                pending[future] = task
                finished.add(future)

        fill()
        try:
            client.wait_for_workers(1, timeout=_IDLE_S)
        except TimeoutError as error:
            raise InputError("cluster_idle", scheduler=scheduler, seconds=_IDLE_S) from error
        for future in finished:
            task = pending.pop(future)
            if future.status == "finished":
                yield _success(task, future.result(), 1)  # its retries are dask's own affair
            else:
                yield Outcome(task, None, _trace(future.exception()), attempts)
            future.release()
            fill()


@contextmanager
def _while_it_lives(client: Any, scheduler: str) -> Iterator[None]:
    """Say in words that the scheduler went away while tasks were out."""
    from distributed import CancelledError

    try:
        yield
    except (OSError, CancelledError) as error:
        if isinstance(error, CadastreError) or client.status == "running":
            raise  # a disk, not the wire
        raise InputError("cluster_lost", scheduler=scheduler, detail=first_line(error)) from error


def _dask_report(path: str | None) -> AbstractContextManager[Any]:
    """Have dask.distributed write what its workers do to a page; nothing without a path."""
    if path is None:
        return nullcontext()
    if importlib.util.find_spec("bokeh") is None:
        raise InputError("cluster_report_missing", file=path)
    from distributed import performance_report

    return performance_report(filename=path)  # type: ignore[no-any-return]
