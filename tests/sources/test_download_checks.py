"""What passes for a file and is not one: each format cut, swapped, displaced, renamed."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio

from cadastre.errors import FetchError
from cadastre.publishing.texts_fr.errors import error_sentence
from cadastre.sources.download_checks import check_file
from cadastre.sources.download_expected import Expectation
from tests.shared_data import data_file
from tests.sources.local_data import geotiff, laz, series, seven_zip, zipped

PLACE = (680_000.0, 7_038_000.0, 681_000.0, 7_039_000.0)
RASTER = Expectation("geotiff", PLACE, 50, 50, "EPSG:2154")
PICTURE = geotiff(PLACE, 50, 50)
TABLE = b"id;numero;nom_voie\n1;2;Rue\n" * 50
COLLECTION = json.dumps(
    {"type": "FeatureCollection",
     "features": [{"type": "Feature", "properties": {"id": 1}, "geometry": None}] * 50}
).encode()  # fmt: skip
YEAR = {"lat": "50.4", "lon": "2.8", "startyear": "2023", "endyear": "2023"}
CLOUD = Expectation("laz", nw_km=(680, 7039))
PVGIS = Expectation("pvgis.csv", columns=("time", "Gb(i)"), rows=8760)

WHOLE: list[tuple[bytes, Expectation]] = [
    (PICTURE, RASTER),
    (COLLECTION, Expectation("geojson", columns=("id",))),
    (gzip.compress(COLLECTION), Expectation("geojson.gz", columns=("id",))),
    (TABLE, Expectation("csv", columns=("id", "numero"))),
    (gzip.compress(TABLE), Expectation("csv.gz", columns=("id",))),
    (zipped({"a.csv": TABLE}), Expectation("csv.zip", columns=("id",))),
    (zipped({"a.shp": TABLE}), Expectation("zip")),
    (laz(680, 7039), CLOUD),
    (seven_zip(b"x" * 500), Expectation("7z")),
    (series(YEAR), PVGIS),
]
IDS = [expected.format for _, expected in WHOLE]


def refused(path: Path, expected: Expectation) -> str:
    """The code of the refusal; its French sentence exists."""
    with pytest.raises(FetchError) as caught:
        check_file(path, expected)
    assert error_sentence(caught.value)
    return caught.value.code


@pytest.mark.parametrize(("body", "expected"), WHOLE, ids=IDS)
def test_whole_files_pass(tmp_path: Path, body: bytes, expected: Expectation) -> None:
    path = tmp_path / "f"
    path.write_bytes(body)
    assert check_file(path, expected) == ()
    assert path.read_bytes() == body


# A table without a known length cannot tell that it was cut; the last lines of a PVGIS series
# are a footer.
CUTS = [
    pytest.param(body, expected, share, id=f"{expected.format}-{share}")
    for body, expected in WHOLE
    for share in (0.15, 0.5, 0.9, 0.999)
    if expected.format != "csv" and (expected.format, share) != ("pvgis.csv", 0.999)
]


@pytest.mark.parametrize(("body", "expected", "share"), CUTS)
def test_cut_files_are_refused(
    tmp_path: Path, body: bytes, expected: Expectation, share: float
) -> None:
    path = tmp_path / "f"
    path.write_bytes(body[: int(len(body) * share)])
    assert refused(path, expected) in {
        "fetch_corrupt", "fetch_kind", "fetch_rows", "fetch_empty", "fetch_columns",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "fetch_empty"),
        (b"<!DOCTYPE html><html><title>Maintenance</title></html>", "fetch_page"),
        (b"<?xml version='1.0'?><ServiceExceptionReport/>", "fetch_exception"),
        (b"\x00\x01\x02 un autre format", "fetch_kind"),
    ],
)
@pytest.mark.parametrize(("whole", "expected"), WHOLE, ids=IDS)
def test_what_is_not_data_is_named(
    tmp_path: Path, whole: bytes, expected: Expectation, body: bytes, code: str
) -> None:
    del whole
    path = tmp_path / "f"
    path.write_bytes(body)
    if code == "fetch_kind" and expected.format in ("csv", "pvgis.csv"):
        code = "fetch_columns"  # text has no signature: its columns tell
    assert refused(path, expected) == code


def displaced(bounds: tuple[float, ...] = PLACE, side: int = 50) -> bytes:
    return geotiff(bounds, side, side)


@pytest.mark.parametrize(
    "make",
    [
        lambda: displaced(side=49),
        lambda: displaced((680_000.25, 7_037_999.75, 681_000.25, 7_038_999.75)),
        lambda: displaced((0.0, 0.0, 1000.0, 1000.0)),
    ],
    ids=["other size", "half a pixel of LiDAR HD away", "elsewhere"],
)
def test_rasters_of_another_place_are_refused(tmp_path: Path, make: Callable[[], bytes]) -> None:
    path = tmp_path / "f.tif"
    path.write_bytes(make())
    assert refused(path, RASTER) == "fetch_grid"


def test_rasters_without_a_value_are_no_coverage(tmp_path: Path) -> None:
    path = tmp_path / "f.tif"
    path.write_bytes(geotiff(PLACE, 50, 50, value=-99_999.0))
    assert refused(path, RASTER) == "fetch_no_coverage"


def test_compression_loses_nothing(tmp_path: Path) -> None:
    place = (680_000.0, 7_038_000.0, 681_000.0, 7_039_000.0)
    path, plain = tmp_path / "f.tif", tmp_path / "plain.tif"
    for one in (path, plain):
        one.write_bytes(geotiff(place, 400, 400))
    check_file(path, Expectation("geotiff", place, 400, 400, "EPSG:2154", compress=True))
    assert path.stat().st_size < 0.5 * plain.stat().st_size
    with rasterio.open(path) as after, rasterio.open(plain) as before:
        assert np.array_equal(after.read(1), before.read(1))
        assert tuple(after.transform) == tuple(before.transform)
        assert (after.crs, after.nodata) == (before.crs, before.nodata)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["f.tif", "plain.tif"]


def test_clouds_of_another_tile_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.laz"
    path.write_bytes(laz(680, 7039))
    assert refused(path, Expectation("laz", nw_km=(681, 7039))) == "fetch_grid"
    assert refused(path, Expectation("laz", nw_km=(680, 7040))) == "fetch_grid"


def test_columns_that_must_be_there_and_columns_that_should(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(TABLE)
    wished = Expectation("csv", columns=("id",), wished=("id", "cad_parcelles"))
    assert check_file(path, wished) == ("cad_parcelles",)
    assert refused(path, Expectation("csv", columns=("id_ban",))) == "fetch_columns"


def test_a_year_too_few_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(series(YEAR))
    assert refused(path, Expectation("pvgis.csv", rows=17_520)) == "fetch_rows"


@pytest.mark.parametrize(("body", "expected"), WHOLE, ids=IDS)
def test_damaged_bytes_are_refused_or_harmless(
    tmp_path: Path, body: bytes, expected: Expectation
) -> None:
    # Bytes changed at random, half of the time in the header: a named refusal or a pass, never
    # another exception nor an endless reading.
    path, draw = tmp_path / "f", random.Random(20261122)
    refusals: list[FetchError] = []
    for turn in range(40):
        damaged = bytearray(body)
        for _ in range(draw.choice((1, 3, 20))):
            reach = len(damaged) if turn % 2 else min(len(damaged), 400)
            damaged[draw.randrange(reach)] = draw.randrange(256)
        path.write_bytes(bytes(damaged))
        try:
            check_file(path, expected)
        except FetchError as error:
            refusals.append(error)
    assert all(error_sentence(error) for error in refusals)


def test_absurd_counts_of_records_are_refused_at_once(tmp_path: Path) -> None:
    # Number of variable length records, byte 100 of the LAS header: 4 billion announced.
    body = bytearray(laz(680, 7039))
    body[100:104] = b"\xff\xff\xff\xff"
    path = tmp_path / "f.laz"
    path.write_bytes(bytes(body))
    assert refused(path, CLOUD) == "fetch_corrupt"


@pytest.mark.reference
def test_real_files_pass(tmp_path: Path) -> None:
    # Files as the services gave them once: PVGIS hourly csv of the JRC, LAZ tile of the IGN.
    hourly = data_file("pvgis_hourly_glarus_ch", "pvgis_hourly_47.114_9.111.csv")
    assert check_file(hourly, Expectation("pvgis.csv", columns=("time", "T2m"), rows=8760)) == ()
    cloud = data_file("ign_lidarhd_770500_6277500", "test_data_77055_627760_LA93_IGN69.laz")
    assert check_file(cloud, Expectation("laz", nw_km=(770, 6278))) == ()
    cut = tmp_path / "cut.laz"
    cut.write_bytes(cloud.read_bytes()[:-2000])
    assert refused(cut, Expectation("laz")) == "fetch_corrupt"
    limits = data_file("communes_pma", "pma_communes_contours.geojson")
    assert check_file(limits, Expectation("geojson", columns=("code_insee",))) == ()
