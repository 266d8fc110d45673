"""Compiled kernels kept on disk follow the sources of all kernels."""

from __future__ import annotations

import numba
import pytest

from cadastre.kernels import _cache, _jit
from cadastre.kernels.horizon import skylines


def test_any_change_of_any_source_is_seen(tmp_path):
    (tmp_path / "one.py").write_text("LANES = 32\n", encoding="utf-8")
    (tmp_path / "two.py").write_text("from one import LANES\n", encoding="utf-8")
    found = {_cache.digest_of(tmp_path)}
    (tmp_path / "one.py").write_text("LANES = 16\n", encoding="utf-8")
    found.add(_cache.digest_of(tmp_path))
    (tmp_path / "one.py").rename(tmp_path / "three.py")
    found.add(_cache.digest_of(tmp_path))
    (tmp_path / "notes.txt").write_text("not a source", encoding="utf-8")
    assert len(found) == 3
    assert _cache.digest_of(tmp_path) in found


@pytest.mark.skipif(_jit.WITHOUT_JIT, reason="kernels are plain Python here")
def test_kernels_are_kept_with_the_sources_of_all():
    """What numba compares with the stamp in its index, under all the threading of decorators."""
    stamp = skylines._cache._impl.locator.get_source_stamp()
    assert stamp == _cache.digest_of(_cache._FOLDER)
    assert not numba.config.CACHE_LOCATOR_CLASSES  # nobody else's functions are touched


def test_a_choice_of_the_user_stays(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_LOCATOR_CLASSES", "InTreeCacheLocator")
    with _cache.kept_with_all_kernels():
        assert numba.config.CACHE_LOCATOR_CLASSES == "InTreeCacheLocator"
