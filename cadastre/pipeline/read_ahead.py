"""Files a later piece of work will open, read by the system while others are computed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from cadastre.sources.remote import address_of

_MOST_BYTES = 64 * 2**20  # of a larger file, only a part is read, and nobody knows which


def read_ahead(paths: Iterable[str]) -> None:
    """Ask the system to have files in memory soon; returns at once.

    Nothing happens where the system has no such request, nor for files that are large, remote or
    cannot be opened: whoever reads them says so.
    """
    if not hasattr(os, "posix_fadvise"):
        return
    for path in paths:
        if address_of(path) is None:
            with suppress(OSError):
                _announce(path)


def _announce(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(handle).st_size
        if size <= _MOST_BYTES:
            os.posix_fadvise(handle, 0, size, os.POSIX_FADV_WILLNEED)
    finally:
        os.close(handle)
