"""Inputs in object storage: fsspec's own memory and file systems stand for the bucket."""

from __future__ import annotations

from pathlib import Path

import fsspec
import numpy as np
import pytest
import rasterio

from cadastre.errors import InputError
from cadastre.sources import remote
from cadastre.sources.elevation import Mosaic
from cadastre.sources.notes import Notes


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    monkeypatch.setenv("CADASTRE_CACHE", str(tmp_path / "cache"))
    fs = fsspec.filesystem("memory")
    fs.pipe({"/seau/mns/b.tif": b"bb", "/seau/mns/a.tif": b"aaa", "/seau/mns/a.prj": b"here"})
    yield fs
    fs.rm("/seau", recursive=True)


def test_a_glob_names_copies_that_are_fetched_when_opened_companions_too(bucket):
    first, second = remote.listed("memory://seau/mns/*.tif")
    assert (Path(first).name, Path(second).name) == ("a.tif", "b.tif")
    assert not Path(first).exists()
    place = remote.at_hand(first)
    assert place.read_bytes() == b"aaa"
    assert place.with_suffix(".prj").read_bytes() == b"here"
    assert remote.address_of(first) == "memory://seau/mns/a.tif"
    assert remote.address_of("/data/mns/a.tif") is None
    assert remote.at_hand("/data/mns/a.tif") == Path("/data/mns/a.tif")


def test_another_machine_fetches_its_own_copy_of_the_same_state(bucket, tmp_path, monkeypatch):
    (path,) = remote.listed("memory://seau/mns/a.tif")
    monkeypatch.setenv("CADASTRE_CACHE", str(tmp_path / "ailleurs"))
    place = remote.at_hand(path)
    assert place.is_relative_to(tmp_path / "ailleurs")
    assert place.read_bytes() == b"aaa"


@pytest.mark.parametrize("changed", ["/seau/mns/a.tif", "/seau/mns/a.prj"])
def test_a_changed_file_is_another_path_and_the_old_state_is_refused(bucket, changed):
    (old,) = remote.listed("memory://seau/mns/a.tif")
    bucket.pipe(changed, b"newer and longer")
    (new,) = remote.listed("memory://seau/mns/a.tif")
    assert new != old
    with pytest.raises(InputError) as caught:
        remote.at_hand(old)
    assert caught.value.code == "remote_changed"
    assert remote.at_hand(new).with_name(Path(changed).name).read_bytes() == b"newer and longer"


def test_a_copy_at_hand_needs_no_storage_and_a_cut_one_never_takes_the_name(bucket, monkeypatch):
    first, second = remote.listed("memory://seau/mns/*.tif")
    remote.at_hand(first)

    class EndpointConnectionError(Exception):
        """botocore's errors are no OSError."""

    def gone(*_, **__):
        raise EndpointConnectionError("connection reset")

    monkeypatch.setattr(type(bucket), "_open", gone)
    assert remote.at_hand(first).read_bytes() == b"aaa"
    with pytest.raises(InputError) as caught:
        remote.at_hand(second)
    assert caught.value.code == "remote_unreachable"
    assert "connection reset" in str(caught.value)
    assert [one for one in Path(second).parent.glob("*") if one.is_file()] == []


def test_an_unknown_or_missing_protocol_is_said(bucket):
    assert remote.listed("memory://seau/absent.tif") == []
    with pytest.raises(InputError) as caught:
        remote.listed("nulle-part://seau/a.tif")
    assert caught.value.code == "remote_protocol"


def test_a_raster_in_a_bucket_reads_as_on_disk(tmp_path, monkeypatch):
    """The mosaic travels to workers with the path of the copy; heights are those written."""
    monkeypatch.setenv("CADASTRE_CACHE", str(tmp_path / "cache"))
    heights = np.arange(400, dtype=np.float32).reshape(20, 20) / 10.0 + 30.0
    folder = tmp_path / "seau avec é"
    folder.mkdir()
    shape = rasterio.Affine(0.5, 0.0, 685_000.0, 0.0, -0.5, 7_037_010.0)
    with rasterio.open(
        folder / "mns.tif", "w", driver="GTiff", width=20, height=20, count=1, dtype="float32",
        crs="EPSG:2154", transform=shape,
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    paths = remote.listed(f"file://{folder}/*.tif")
    mosaic = Mosaic.open(paths, "EPSG:2154", Notes())
    monkeypatch.setenv("CADASTRE_CACHE", str(tmp_path / "travailleur"))
    np.testing.assert_array_equal(mosaic.read(mosaic.grid), heights)
    assert list((tmp_path / "travailleur").rglob("mns.tif"))
