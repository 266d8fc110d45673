"""The one decorator of the kernels.

``CADASTRE_SANS_JIT=1`` runs the kernels as plain Python, so that coverage counts their lines.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])

WITHOUT_JIT = os.environ.get("CADASTRE_SANS_JIT") == "1"
prange = range if WITHOUT_JIT else numba.prange


def kernel(function: Kernel) -> Kernel:
    """Compile a serial kernel: cached on disk, GIL released, strict IEEE arithmetic."""
    if WITHOUT_JIT:
        return function
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)


def inner_kernel(function: Kernel) -> Kernel:
    """Compile a kernel into those that call it: for the innermost of their loops."""
    if WITHOUT_JIT:
        return function
    return numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)(function)


def parallel_kernel(function: Kernel) -> Kernel:
    """Compile a kernel whose ``prange`` loop runs on threads; no reduction across threads."""
    if WITHOUT_JIT:
        return function
    return numba.njit(cache=True, nogil=True, parallel=True, error_model="numpy")(function)
