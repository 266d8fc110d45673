"""Inputs of the tiles to come are read by the system while others are computed."""

from __future__ import annotations

import os

import pytest

from cadastre.pipeline import read_ahead as room
from cadastre.pipeline.runner import run_tasks

pytestmark = pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="no such request here")


def test_what_comes_next_is_told_before_what_is_computed():
    told: list[str] = []

    def work(task: int) -> int:
        told.append(f"compute {task}")
        return task

    outcomes = run_tasks(
        work, [1, 2, 3], process_count=1, attempts=1, foresee=lambda task: told.append(f"{task}")
    )
    assert [one.result for one in outcomes] == [1, 2, 3]
    assert told == ["2", "compute 1", "3", "compute 2", "compute 3"]


def test_several_processes_are_told_of_every_task():
    told: list[int] = []
    outcomes = run_tasks(abs, [-1, -2, -3, -4], process_count=2, attempts=1, foresee=told.append)
    assert sorted(one.result for one in outcomes) == [1, 2, 3, 4]
    assert told == [-1, -2, -3, -4]


def test_files_are_announced_unless_large_missing_or_elsewhere(tmp_path, monkeypatch):
    small, large = tmp_path / "small.tif", tmp_path / "large.tif"
    small.write_bytes(b"1" * 1000)
    large.write_bytes(b"1" * 3000)
    monkeypatch.setattr(room, "_MOST_BYTES", 2000)
    asked: list[tuple[int, int, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _, *request: asked.append(request))
    room.read_ahead([str(small), str(large), str(tmp_path / "none.tif"), str(tmp_path)])
    assert (0, 1000, os.POSIX_FADV_WILLNEED) in asked
    assert all(size <= 2000 for _, size, _ in asked)
