"""Files damaged at random: a reader refuses in words or reads; nothing else ever comes out of it.

The seed is fixed, so that a run is repeatable; other seeds (some 15 000 files) were run by hand,
with ``DAMAGE_SEED`` and ``DAMAGE_COUNT``.
"""

from __future__ import annotations

import gzip
import os
import random
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest

from cadastre.errors import InputError
from cadastre.publishing.texts_fr.errors import error_sentence
from cadastre.sources.addresses import read_addresses
from cadastre.sources.boundaries import read_parcels
from cadastre.sources.footprints import read_footprints
from cadastre.sources.notes import Notes
from cadastre.sources.pointcloud import PointTiles
from cadastre.sources.rnb import read_rnb
from tests.sources import broken, scenes
from tests.sources.broken_base import Variant, written
from tests.sources.scenes import CRS
from tests.sources.test_installed import PRODUCTION, register
from tests.sources.test_sites import brownfields, car_parks

SEED = int(os.environ.get("DAMAGE_SEED", "11"))
COUNT = int(os.environ.get("DAMAGE_COUNT", "8"))  # for each kind of file
Reader = Callable[[list[str]], object]


def _by_kind(kind: str) -> Reader:
    def read(paths: list[str]) -> object:
        got = broken.read(Variant(kind, kind, "", lambda *_: []), paths)
        if got.refused:
            raise InputError(got.refused, **got.facts)
        return got.rows

    return read


def _bases(folder: Path) -> dict[str, tuple[Path, Reader]]:
    """Good files of every kind, and who reads them."""
    base = scenes.buildings()
    rnb = "rnb_id;point;ext_ids\n" + "\n".join(
        f"R{k:03d};SRID=4326;POINT ({2.79 + k * 1e-4:.4f} 50.43);[]" for k in range(30)
    )
    archive = folder / "RNB_62.csv.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("RNB_62.csv", rnb)
    parcels = base[["cleabs", "geometry"]].rename(columns={"cleabs": "id"}).to_crs(4326)
    packed = folder / "parcelles.json.gz"
    packed.write_bytes(gzip.compress(parcels.to_json().encode()))
    production = folder / "enedis.csv"
    production.write_text(PRODUCTION, encoding="utf-8")
    addresses = folder / "adresses.csv.gz"
    addresses.write_bytes(gzip.compress(scenes.write_addresses(folder / "a.csv").read_bytes()))
    files: dict[str, tuple[Path, Reader]] = {
        end: (written(base, folder / f"b.{end}"), _by_kind("batiments"))
        for end in ("gpkg", "geojson", "fgb", "parquet", "shp")
    }
    return files | {
        "tif": (scenes.write_raster(folder / "m.tif", scenes.heights(), compress="deflate"),
                _by_kind("mns")),
        "las": (scenes.write_points(folder / "p.las", density=3.0), _by_kind("lidar")),
        "laz": (scenes.write_points(folder / "p.laz", density=3.0), _by_kind("lidar")),
        "weather": (scenes.write_weather(folder / "w.csv", scenes.weather()), _by_kind("meteo")),
        "register": (Path(register(folder / "r.csv")), _by_kind("registre_pv")),
        "production": (production, _by_kind("production_pv")),
        "car_parks": (Path(car_parks(folder / "k.gpkg")), _by_kind("parkings")),
        "brownfields": (Path(brownfields(folder / "f.geojson")), _by_kind("friches")),
        "rnb": (archive, lambda paths: read_rnb(paths, CRS, Notes())),
        "parcels": (packed, lambda paths: read_parcels(paths, CRS, Notes())),
        "addresses": (addresses, lambda paths: read_addresses(paths, CRS, Notes())),
    }  # fmt: skip


def _damaged(raw: bytes, chance: random.Random) -> bytes:
    """Cut, change, blank, repeat or insert bytes somewhere."""
    out = bytearray(raw)
    place = chance.randrange(len(out))
    how = chance.choice(("cut", "change", "blank", "repeat", "insert"))
    if how == "cut":
        del out[place:]
    elif how == "change":
        for _ in range(chance.choice((1, 3, 20, 200))):
            out[chance.randrange(len(out))] = chance.randrange(256)
    elif how == "blank":
        end = min(place + chance.choice((4, 64, 1024)), len(out))
        out[place:end] = bytes(end - place)
    elif how == "repeat":
        out[place:place] = out[place : place + chance.choice((10, 1000))]
    else:
        out[place:place] = chance.randbytes(chance.choice((1, 50)))
    return bytes(out)


def _said(read: Reader, path: str) -> str:
    """Sentence of the refusal, empty where the file is read."""
    try:
        read([path])
    except InputError as error:
        return error_sentence(error)
    except AssertionError as odd:  # heights that bytes at random spell out: read, and odd
        return str(odd)
    return ""


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Reader]]:
    return _bases(tmp_path_factory.mktemp("good"))


KINDS = (
    "gpkg", "geojson", "fgb", "parquet", "shp", "tif", "las", "laz", "weather", "register",
    "production", "car_parks", "brownfields", "rnb", "parcels", "addresses",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_damage_ends_in_words(bases, kind, tmp_path):
    path, read = bases[kind]
    chance = random.Random(f"{SEED} {kind}")
    for rank in range(COUNT):
        place = tmp_path / str(rank)
        place.mkdir()
        parts = sorted(path.parent.glob(f"{path.stem}.*")) if kind == "shp" else [path]
        for part in parts:
            if kind != "shp" or part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                shutil.copy(part, place / part.name)
        victim = place / chance.choice([p.name for p in parts if (place / p.name).exists()])
        victim.write_bytes(_damaged(victim.read_bytes(), chance))
        assert _said(read, str(place / path.name)) is not None


def test_a_ring_that_does_not_close_keeps_its_row(tmp_path):
    """ESRI white paper of July 1998: a record of a polygon starts with 44 bytes of counts."""
    path = written(scenes.buildings(), tmp_path / "a.shp")
    content = bytearray(path.read_bytes())
    struct.pack_into("<d", content, 100 + 8 + 44 + 4, 12345.0)  # first corner of the first ring
    path.write_bytes(content)
    notes = Notes()
    found = read_footprints([str(path)], CRS, None, notes)
    assert len(found) == 24
    lost = found[found["status"].eq("error").fillna(False)]
    assert lost["building_id"].tolist() == ["BATIMENT0000000000000000"]
    assert isinstance(found, gpd.GeoDataFrame)


@pytest.mark.parametrize("points", [4_000_000_000, 1_000_000_000, 0, 1, 0xFFFFFFFF])
def test_a_chunk_size_that_cannot_be_brings_nothing_down(tmp_path, points):
    """The decompressor would allocate it: 120 GB, and the whole process ends."""
    path = scenes.write_points(tmp_path / "a.laz", density=1.0)
    content = bytearray(path.read_bytes())
    place = content.find(b"laszip encoded") - 2 + 54 + 12
    assert struct.unpack_from("<I", content, place) == (50_000,)
    struct.pack_into("<I", content, place, points)
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        PointTiles.open([str(path)], CRS, Notes(), has_surface=True)
    assert caught.value.code in ("points_unreadable", "points_truncated")
