"""Tasks in one process or several: each outcome once, failures tried again then set aside."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from cadastre.cli import main
from cadastre.errors import InputError
from cadastre.pipeline import cluster as cluster_room
from cadastre.pipeline import commands
from cadastre.pipeline.crew import called_ahead, kept_workers
from cadastre.pipeline.runner import run_tasks
from cadastre.publishing.texts_fr.cli import SENTENCES


def square(number: int) -> int:
    return number * number


def fails_on_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def fails_once(path: str) -> str:
    marker = Path(path)
    if not marker.exists():
        marker.write_text("seen")
        raise ValueError("first time")
    return "done"


def dies_on_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def slow(number: int) -> int:
    time.sleep(0.2)
    return number


@pytest.mark.parametrize("processes", [1, 2])
def test_each_task_once(processes):
    outcomes = list(run_tasks(square, range(7), process_count=processes, attempts=1))
    assert sorted((o.task, o.result) for o in outcomes) == [(n, n * n) for n in range(7)]
    assert all(o.failure is None for o in outcomes)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_failing_task_is_set_aside_with_its_trace(processes):
    outcomes = list(run_tasks(fails_on_three, range(6), process_count=processes, attempts=2))
    failed = [o for o in outcomes if o.failure]
    assert [(o.task, o.attempts) for o in failed] == [(3, 2)]
    assert "ValueError: three" in failed[0].failure
    assert sorted(o.task for o in outcomes) == list(range(6))


@pytest.mark.parametrize("processes", [1, 2])
def test_a_second_attempt_may_succeed(tmp_path, processes):
    tasks = [str(tmp_path / name) for name in ("a", "b")]
    outcomes = list(run_tasks(fails_once, tasks, process_count=processes, attempts=2))
    assert [o.result for o in outcomes] == ["done", "done"]


def test_a_dying_worker_costs_only_its_own_task():
    outcomes = list(run_tasks(dies_on_three, range(8), process_count=2, attempts=2))
    assert [o.task for o in outcomes if o.failure] == [3]
    assert sorted(o.task for o in outcomes) == list(range(8))


def own_number(_: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def test_workers_are_kept_from_stage_to_stage_and_replaced_when_one_dies():
    def crew() -> set[int]:
        found = run_tasks(own_number, range(8), process_count=2, attempts=1)
        return {outcome.result for outcome in found}

    with kept_workers():
        first = crew()
        assert crew() <= first
        assert os.getpid() not in first
        list(run_tasks(dies_on_three, [3, 4], process_count=2, attempts=1))
        after = crew()
        assert after
        assert not after & first
    assert not crew() & (first | after)


def waits_for_another(folder: str) -> int:
    """Number of this worker, when a second one has come too (half a minute at most)."""
    Path(folder, str(os.getpid())).touch()
    until = time.monotonic() + 30.0
    while len(list(Path(folder).iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    return os.getpid()


def test_workers_called_ahead_are_those_that_work(tmp_path):
    with called_ahead(2):
        with kept_workers():
            tasks = [str(tmp_path)] * 4
            found = list(run_tasks(waits_for_another, tasks, process_count=2, attempts=1))
            assert len({outcome.result for outcome in found}) == 2
            loaded = run_tasks(has_loaded, ["cadastre.pipeline.yield_stage"] * 2,
                               process_count=2, attempts=1)  # fmt: skip
            assert all(outcome.result for outcome in loaded)
        assert not multiprocessing.active_children()


def has_loaded(module: str) -> bool:
    return module in sys.modules


def _wait_a_little(task):
    begin = time.time()
    time.sleep(0.15)
    return {"from": begin, "to": time.time(), "task": task}


def test_workers_that_join_a_cluster_later_are_given_work():
    """Twelve workers join one: with the queue of one worker, three tasks at most would run."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None,
        silence_logs=50,
    ) as cluster:  # fmt: skip
        outcomes = []
        for outcome in run_tasks(
            _wait_a_little, list(range(60)), process_count=1, attempts=1,
            scheduler=cluster.scheduler_address,
        ):  # fmt: skip
            if not outcomes:
                cluster.scale(12)
            outcomes.append(outcome.result)
    together = max(
        sum(one["from"] <= other["from"] < one["to"] for one in outcomes) for other in outcomes
    )
    assert sorted(one["task"] for one in outcomes) == list(range(60))
    assert together > 6


def test_a_scheduler_that_goes_away_is_said():
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None,
        silence_logs=50,
    )  # fmt: skip
    outcomes = run_tasks(
        _wait_a_little, list(range(60)), process_count=1, attempts=1,
        scheduler=cluster.scheduler_address,
    )  # fmt: skip
    next(outcomes)
    cluster.close()
    with pytest.raises(InputError) as caught:
        list(outcomes)
    assert caught.value.code == "cluster_lost"


def test_a_cluster_without_workers_is_said_after_a_while(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(cluster_room, "_IDLE_S", 0.5)
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address=None, silence_logs=50
        ) as cluster,
        pytest.raises(InputError) as caught,
    ):
        list(run_tasks(_wait_a_little, [1], process_count=1, attempts=1,
                       scheduler=cluster.scheduler_address))  # fmt: skip
    assert caught.value.code == "cluster_idle"


def test_sigterm_ends_a_command_like_ctrl_c(monkeypatch, capsys, tmp_path):
    """An officer's session that closes, a service manager that stops: a sentence, status 130."""

    def stopped(options):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5.0)

    monkeypatch.setattr(commands, "compute", stopped)
    before = signal.getsignal(signal.SIGTERM)
    assert main(["calculer", str(tmp_path / "t.toml")]) == 130
    assert signal.getsignal(signal.SIGTERM) is before
    assert capsys.readouterr().err.strip() == SENTENCES["interrupted"]
