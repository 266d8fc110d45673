"""One run at a time in a folder: the second is refused in words."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cadastre.errors import StoreError
from cadastre.pipeline.store import Store

try:
    import fcntl
except ImportError:  # no POSIX locks: the folder is not protected there
    fcntl = None  # type: ignore[assignment]


@contextmanager
def exclusive(store: Store) -> Iterator[None]:
    """Hold the folder of a store until the end of the block.

    The lock belongs to the process: the system drops it when the process dies, however it dies.
    On object storage nothing is locked.

    Raises
    ------
    StoreError
        Another run holds the folder.
    """
    if fcntl is None or not store.is_local:
        yield
        return
    path = Path(store.path("etapes", "verrou"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StoreError("store_write", file=str(path), detail=str(error)) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.seek(0)
            holder = handle.read() or "?"
            raise StoreError("store_locked", folder=store.root, holder=holder) from error
        handle.seek(0)
        handle.truncate()
        handle.write(json.dumps({"pid": os.getpid(), "machine": socket.gethostname()}))
        handle.flush()
        yield
