"""The shelf: whole or absent, damaged counts as absent, same content same bytes."""

from __future__ import annotations

import fsspec
import numpy as np
import pandas as pd
import pytest
from fsspec.dircache import DirCache
from fsspec.implementations.local import LocalFileSystem

from cadastre.errors import CadastreError, StoreError
from cadastre.pipeline.lock import exclusive
from cadastre.pipeline.shelves import prepare
from cadastre.pipeline.store import (
    STORE_VERSION,
    Store,
    fingerprint,
    json_bytes,
    table_bytes,
)
from cadastre.publishing.texts_fr.errors import error_sentence


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


class ListingBucket(LocalFileSystem):
    """A folder that behaves like s3fs: listings are remembered unless told otherwise."""

    protocol = "seau"
    cachable = False

    def __init__(self, **options):
        super().__init__(**options)
        self.dircache = DirCache(**options)

    @classmethod
    def _strip_protocol(cls, path):
        return LocalFileSystem._strip_protocol(str(path).removeprefix("seau://"))

    def ls(self, path, detail=False, **options):
        if path not in self.dircache:
            self.dircache[path] = super().ls(path, detail=True, **options)
        try:
            entries = self.dircache[path]
        except KeyError:  # nothing is remembered
            entries = super().ls(path, detail=True, **options)
        return entries if detail else [entry["name"] for entry in entries]

    def info(self, path, **options):
        folder = str(path).rpartition("/")[0]
        if folder in self.dircache:
            found = [entry for entry in self.dircache[folder] if entry["name"] == path]
            if not found:
                raise FileNotFoundError(path)
            return found[0]
        return super().info(path, **options)

    def _open(self, path, mode="rb", **options):
        if "r" in mode:
            self.info(path)
        return super()._open(path, mode, **options)


@pytest.fixture
def bucket(tmp_path):
    fsspec.register_implementation("seau", ListingBucket, clobber=True)
    return f"seau://{tmp_path}/lens"


def test_what_workers_put_in_a_bucket_after_a_listing_is_seen(bucket):
    parent, worker = Store(bucket), Store(bucket)
    assert not parent.is_local
    parent.write_product("etapes/toits", "a", "k", {"p": b"1"}, {})
    assert parent.names("etapes", "toits") == ["a.json", "a.p"]  # as every start does
    worker.write_product("etapes/toits", "b", "k", {"p": b"2"}, {})
    assert parent.read_product("etapes/toits", "b", "k") is not None
    assert "b.json" in parent.names("etapes", "toits")


def test_nothing_half_written_appears_in_a_bucket(bucket):
    store = Store(bucket)

    def dies(handle):
        handle.write(b"half of it")
        raise RuntimeError("the table does not fit its schema")

    with pytest.raises(StoreError):
        store.write_with(dies, "buildings.parquet")
    assert not store.exists("buildings.parquet")


def test_the_faults_of_a_bucket_have_one_name(bucket, monkeypatch):
    class NoCredentialsError(Exception):
        """botocore's errors are no OSError."""

    def refused(*_, **__):
        raise NoCredentialsError("Unable to locate credentials")

    monkeypatch.setattr(ListingBucket, "exists", refused)
    with pytest.raises(StoreError) as caught:
        Store(bucket).exists("etapes", "version.json")
    assert caught.value.code == "store_unreachable"
    assert "credentials" in error_sentence(caught.value)


def test_a_cut_version_file_is_told_again_by_the_manifests(tmp_path):
    store = Store(str(tmp_path))
    store.write_product("etapes/toits", "a", "k", {"p": b"1"}, {})
    store.write_bytes(b"", "etapes", "version.json")
    prepare(store, None)
    assert store.read_json("etapes", "version.json") == {"store_version": STORE_VERSION}
    manifest = store.read_json("etapes", "toits", "a.json") | {"store_version": 999}
    store.write_bytes(json_bytes(manifest), "etapes", "toits", "a.json")
    store.write_bytes(b"{", "etapes", "version.json")
    with pytest.raises(CadastreError) as caught:
        prepare(store, None)
    assert caught.value.facts["found"] == 999
