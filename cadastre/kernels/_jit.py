"""The one decorator of the kernels.

``CADASTRE_SANS_JIT=1`` runs the kernels as plain Python, so that coverage counts their lines.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import numba

from cadastre.kernels._cache import kept_with_all_kernels

Kernel = TypeVar("Kernel", bound=Callable[..., object])

WITHOUT_JIT = os.environ.get("CADASTRE_SANS_JIT") == "1"
prange = range if WITHOUT_JIT else numba.prange


def _compiled(function: Kernel, **options: bool) -> Kernel:
    with kept_with_all_kernels():
        return numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)


def kernel(function: Kernel) -> Kernel:
    """Compile a serial kernel: cached on disk, GIL released, strict IEEE arithmetic."""
    return function if WITHOUT_JIT else _compiled(function)


def inner_kernel(function: Kernel) -> Kernel:
    """Compile a kernel into those that call it: for the innermost of their loops."""
    return function if WITHOUT_JIT else _compiled(function, forceinline=True)


def parallel_kernel(function: Kernel) -> Kernel:
    """Compile a kernel whose ``prange`` loop runs on threads; no reduction across threads."""
    return function if WITHOUT_JIT else _compiled(function, parallel=True)
