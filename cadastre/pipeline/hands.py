"""Threads of the leading process, for what leaves Python's own lock: Arrow, files, digests.

One knob as everywhere: ``count`` cores; one is this thread alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Hands:
    """What one process works with; made by :func:`hands`."""

    def __init__(self, every: ThreadPoolExecutor | None, spare: ThreadPoolExecutor | None) -> None:
        self._every, self._spare = every, spare

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Apply a function to items on all cores, while the caller waits; results in order."""
        if self._every is None:
            return map(function, items)
        return self._every.map(function, items)

    def begin(self, function: Callable[[], Result]) -> Callable[[], Result]:
        """Start something beside what the caller goes on with; call what is returned for it.

        With one core it is done when it is asked for.
        """
        return function if self._spare is None else self._spare.submit(function).result


@contextmanager
def hands(count: int) -> Iterator[Hands]:
    """Lend threads until the end of the block; what has not begun by then never will."""
    if count <= 1:
        yield Hands(None, None)
        return
    every, spare = ThreadPoolExecutor(count), ThreadPoolExecutor(count - 1)
    try:
        yield Hands(every, spare)
    finally:
        every.shutdown(cancel_futures=True)
        spare.shutdown(cancel_futures=True)
