"""The same tables from a dask cluster of two workers, one of which is killed midway."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from cadastre.cli import main
from tests.pipeline.support import SMALL_TILES, config_of, digests

distributed = pytest.importorskip("distributed")


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(quarter, computed):
    path = config_of(quarter, "grappe", SMALL_TILES)
    shelf = path.parent / "grappe" / "etapes" / "toits"
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        victim = next(iter(cluster.workers.values())).pid

        def kill() -> None:
            while not list(shelf.glob("*.json")):
                time.sleep(0.02)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        assert main(["calculer", str(path), "--ordonnanceur", cluster.scheduler_address]) == 0
        killer.join()
    assert digests(path.parent / "grappe") == digests(computed[1])
