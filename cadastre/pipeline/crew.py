"""Worker processes: called ahead of the work, kept from stage to stage, one thread each.

Nothing heavy is imported here: workers load the libraries while the process that calls them does.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

_LOADED = tuple(f"cadastre.pipeline.{stage}_stage" for stage in ("roof", "surface", "yield"))


@contextmanager
def single_threaded_children() -> Iterator[None]:
    """Make children use one thread each: the processes are the parallelism."""
    names = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GDAL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _exit_with_parent() -> None:
    """Watch the parent from a worker: a killed run must leave no orphan that still writes."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _begin() -> None:
    """Prepare a worker that was called ahead: libraries are loaded before the first task."""
    _exit_with_parent()
    for name in _LOADED:
        importlib.import_module(name)


def _ready() -> None:
    """Do nothing: a pool starts its processes as tasks are sent."""


def start_pool(worker_count: int, loaded: bool = False) -> ProcessPoolExecutor:
    """Return a pool of single-threaded processes, the libraries of the stages loaded or not."""
    # spawn: GDAL handles and numba threads do not survive a fork
    return ProcessPoolExecutor(
        worker_count,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin if loaded else _exit_with_parent,
    )


class _Crew:
    """Worker processes kept from stage to stage: to start one takes seconds."""

    def __init__(self) -> None:
        self._kept: ProcessPoolExecutor | None = None
        self._count = 0
        self.keeps = False

    def call(self, worker_count: int) -> None:
        """Start the processes now, to be lent later."""
        self.dismiss()
        self._kept, self._count = start_pool(worker_count, loaded=True), worker_count
        with single_threaded_children():
            for _ in range(worker_count):
                self._kept.submit(_ready)

    @contextmanager
    def pool(self, worker_count: int) -> Iterator[ProcessPoolExecutor]:
        """Lend a pool; it ends with the block unless the crew is kept."""
        if not self.keeps:
            with start_pool(worker_count) as pool:
                yield pool
            return
        if self._kept is None or self._count != worker_count:
            self.dismiss()
            self._kept, self._count = start_pool(worker_count), worker_count
        yield self._kept

    def dismiss(self) -> None:
        """End the processes kept."""
        if self._kept is not None:
            self._kept.shutdown(cancel_futures=True)
            self._kept = None


CREW = _Crew()


@contextmanager
def kept_workers() -> Iterator[None]:
    """Let the calls of :func:`cadastre.pipeline.runner.run_tasks` within share their processes."""
    CREW.keeps = True
    try:
        yield
    finally:
        CREW.keeps = False
        CREW.dismiss()


@contextmanager
def called_ahead(worker_count: int) -> Iterator[None]:
    """Start the workers of a run that begins soon; they end with the block at the latest.

    They load the libraries while this process does, and reads its inputs. One worker is none:
    the work is then done in this process.
    """
    if worker_count > 1:
        CREW.call(worker_count)
    try:
        yield
    finally:
        CREW.dismiss()
