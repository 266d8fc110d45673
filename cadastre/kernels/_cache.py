"""Compiled kernels on disk are those of the sources at hand, all of them.

Numba knows what it compiled by the source file of the function alone, though a kernel has those
it calls compiled in, and the constants it imports: after an update of one file, others would go
on with the old code. Here the sources of all kernels together tell whether one is fresh.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numba
from numba.core import caching

_FOLDER = Path(__file__).parent


def digest_of(folder: Path) -> str:
    """SHA-256 of the names and contents of the Python files of a folder."""
    told = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        content = path.read_bytes()
        told.update(f"{path.name} {len(content)}\n".encode() + content)
    return told.hexdigest()


@functools.cache
def _digest() -> str:
    return digest_of(_FOLDER)


class _OfAllKernels:
    """A place of compiled kernels that are stale as soon as any kernel changes."""

    def get_source_stamp(self) -> str:
        """Tell the sources apart, as numba asks for it."""
        return _digest()


class GivenFolder(_OfAllKernels, caching.UserProvidedCacheLocator):  # type: ignore[misc]
    """The folder of ``NUMBA_CACHE_DIR``."""


class BesideSources(_OfAllKernels, caching.InTreeCacheLocator):  # type: ignore[misc]
    """``__pycache__``, where it can be written."""


class UserFolder(_OfAllKernels, caching.UserWideCacheLocator):  # type: ignore[misc]
    """The user's own folder of caches."""


@contextmanager
def kept_with_all_kernels() -> Iterator[None]:
    """Have the functions compiled within kept on disk that way; a user's own choice stays."""
    before = numba.config.CACHE_LOCATOR_CLASSES
    if not before:
        places = (GivenFolder, BesideSources, UserFolder)
        numba.config.CACHE_LOCATOR_CLASSES = ",".join(
            f"{__name__}.{one.__name__}" for one in places
        )
    try:
        yield
    finally:
        numba.config.CACHE_LOCATOR_CLASSES = before
