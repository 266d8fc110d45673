"""Tasks in one process or several: each outcome once, failures tried again then set aside."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from cadastre.pipeline.crew import called_ahead, kept_workers
from cadastre.pipeline.runner import run_tasks


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


def test_workers_called_ahead_are_those_that_work():
    with called_ahead(2):
        with kept_workers():
            found = list(run_tasks(own_number, range(8), process_count=2, attempts=1))
            assert len({outcome.result for outcome in found}) == 2
            loaded = run_tasks(has_loaded, ["cadastre.pipeline.yield_stage"] * 2,
                               process_count=2, attempts=1)  # fmt: skip
            assert all(outcome.result for outcome in loaded)
        assert not multiprocessing.active_children()


def has_loaded(module: str) -> bool:
    return module in sys.modules
