"""Tasks on the workers of a dask.distributed scheduler that somebody else keeps running."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from cadastre.errors import CadastreError, InputError, first_line
from cadastre.pipeline.outcomes import Done, Outcome, Task, Work, call, success, threads, trace_of

_IDLE_S = 120  # seconds a cluster may take to show a first worker
_AHEAD = 3  # tasks sent ahead for each worker: enough to keep it busy, few enough to hold


def on_cluster(
    work: Work[Task],
    tasks: Sequence[Task],
    attempts: int,
    scheduler: str,
    report: str | None,
) -> Iterator[Outcome[Task]]:
    """Yield the outcomes of tasks as the workers of a scheduler end them.

    As :func:`cadastre.pipeline.runner.run_tasks` says.

    Raises
    ------
    InputError
        ``cluster_extra_missing``, ``cluster_unreachable``, ``cluster_idle``, ``cluster_lost``,
        ``cluster_report_missing``.
    """
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
                yield success(task, future.result(), 1)  # its retries are dask's own affair
            else:
                yield Outcome(task, None, trace_of(future.exception()), attempts)
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


def _call_alone(function: Callable[[Any], Any], argument: Any) -> Done:
    """Apply a function on one thread: a cluster has as many workers as it wants busy cores."""
    with threads(1):
        return call(function, argument)
