"""Memory of a worker: kept from tile to tile, and measured.

A tile takes and gives back arrays of tens of megabytes by the hundred. Left to itself the C
library returns each to the system and asks again, and the system wipes it each time: a quarter of
the time of a tile. What a worker has taken it keeps, for the next tile needs as much.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import sys
from pathlib import Path

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4  # of mallopt(3)
_NEVER, _AHEAD = 2**31 - 1, 64 * 2**20


@functools.cache
def keep_memory() -> bool:
    """Make the C library of this process keep freed memory; False where it cannot (not glibc)."""
    try:
        library = ctypes.CDLL(None)
        version, mallopt = library.gnu_get_libc_version, library.mallopt
    except (OSError, AttributeError):
        return False
    if not version:
        return False
    wanted = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _NEVER), (_TOP_PAD, _AHEAD))
    return sum(mallopt(option, value) for option, value in wanted) == len(wanted)


def give_back() -> None:
    """Return to the system what this process took and no longer uses.

    For the process that leads, once the inputs are read: reading takes several times what it
    leaves, and those who compute need the room.
    """
    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def resident_mib(pid: int | str = "self") -> float | None:
    """Memory that a process has to itself (shared pages in proportion), MiB; None if untold."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024.0
    return None


def free_mib() -> float | None:
    """Memory that new processes may still take, MiB; None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) / 1024.0
    return None


def peak_mib() -> float:
    """Highest memory this process ever had, MiB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # not a POSIX system
        return 0.0
    kibi = 1.0 if sys.platform == "darwin" else 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kibi / 2.0**20


def family(pid: int) -> list[int]:
    """Return a process and all its living descendants; the process alone where none is told."""
    found, waiting = [], [pid]
    while waiting:
        parent = waiting.pop()
        found.append(parent)
        for path in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                waiting += [int(child) for child in path.read_text(encoding="ascii").split()]
            except OSError:  # the process ended meanwhile
                continue
    return found
