"""Memory of a worker, against what the system says of this process."""

from __future__ import annotations

import os
import resource
import sys

import pytest

from cadastre.pipeline.memory import keep_memory, resident_mib


def test_keeping_memory_is_asked_once_and_never_fails():
    assert keep_memory() is keep_memory()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_resident_memory_is_that_of_the_system():
    # proportional share: at most what the system counts at the peak, at least a bare interpreter
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    found = resident_mib(os.getpid())
    assert found is not None
    assert 5.0 < found <= peak
    assert resident_mib(2**22 + 1) is None
