"""The shelf: whole or absent, damaged counts as absent, same content same bytes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cadastre.errors import StoreError
from cadastre.pipeline.lock import exclusive
from cadastre.pipeline.store import Store, fingerprint, json_bytes, table_bytes


@pytest.fixture
def store(tmp_path):
    return Store(str(tmp_path / "sortie"))


def _write(store, key="k1"):
    frame = pd.DataFrame({"building_id": ["a", "b"], "capacity_kwp": [1.5, np.nan]})
    store.write_product("etapes/x", "t", key, {"pans.parquet": table_bytes(frame)}, {"n": 2})
    return frame


def test_product_round_trip(store):
    frame = _write(store)
    product = store.read_product("etapes/x", "t", "k1")
    pd.testing.assert_frame_equal(store.table(product, "pans.parquet"), frame, check_dtype=False)
    assert product.facts == {"n": 2}


def test_other_key_counts_as_absent(store):
    _write(store)
    assert store.read_product("etapes/x", "t", "k2") is None
    assert store.read_product("etapes/x", "absent") is None


@pytest.mark.parametrize("damage", ["cut", "flip", "remove", "manifest"])
def test_damaged_product_counts_as_absent(store, tmp_path, damage):
    _write(store)
    path = tmp_path / "sortie/etapes/x/t.pans.parquet"
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[:-7])
    elif damage == "flip":
        path.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    elif damage == "remove":
        path.unlink()
    else:
        (tmp_path / "sortie/etapes/x/t.json").write_text("{ cut")
    assert store.read_product("etapes/x", "t", "k1") is None


def test_failing_writer_leaves_the_old_file_and_no_rest(store, tmp_path):
    store.write_bytes(b"old", "a.bin")

    def broken(handle):
        handle.write(b"ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreError) as caught:
        store.write_with(broken, "a.bin")
    assert caught.value.code == "store_write"
    assert store.read_bytes("a.bin") == b"old"
    assert store.names() == ["a.bin"]


def test_second_run_is_refused(store):
    with exclusive(store), pytest.raises(StoreError) as caught, exclusive(store):
        pass
    assert caught.value.code == "store_locked"
    with exclusive(store):
        pass


def test_object_storage_works_too():
    store = Store("memory://cadastre-test")
    frame = _write(store)
    product = store.read_product("etapes/x", "t", "k1")
    assert list(store.table(product, "pans.parquet")["building_id"]) == list(frame["building_id"])
    with exclusive(store):
        pass


def test_same_content_same_bytes():
    assert json_bytes({"b": 1, "a": "é"}) == json_bytes({"a": "é", "b": 1})
    assert fingerprint("a", 1) != fingerprint("a", 2)
