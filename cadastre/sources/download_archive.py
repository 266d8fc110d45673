"""Archives: layers taken out of a zip, a GeoPackage out of a 7z when the machine can open it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio

from cadastre.errors import FetchError
from cadastre.sources.catalogue import Source
from cadastre.sources.services_files import member_stems

# Programs that open 7z, and how each is told to take the GeoPackages out, without folders.
_OPENERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("7zz", ("e", "-y", "-r", "-o{folder}", "{archive}", "*.gpkg")),
    ("7z", ("e", "-y", "-r", "-o{folder}", "{archive}", "*.gpkg")),
    ("7za", ("e", "-y", "-r", "-o{folder}", "{archive}", "*.gpkg")),
    ("bsdtar", ("-x", "-f", "{archive}", "-C", "{folder}", "--include", "*.gpkg")),
)


def extract_layers(archive: Path, source: Source, folder: Path) -> dict[str, Path]:
    """Take the wanted shapefiles out of a zip archive, as GeoJSON in ``folder``.

    Returns
    -------
    dict
        Name -> file, for the layers that were found.

    Raises
    ------
    FetchError
        ``archive_layer_absent``: none of the wanted layers is there.
    """
    written: dict[str, Path] = {}
    with zipfile.ZipFile(archive) as box, tempfile.TemporaryDirectory() as scratch:
        names = box.namelist()
        for member, given in sorted(member_stems(names, source.members).items()):
            stem = member[: -len(".shp")]
            for name in names:
                if name.startswith(stem + "."):
                    beside = Path(scratch) / f"{given}{Path(name).suffix.lower()}"
                    beside.write_bytes(box.read(name))
            written[given] = _as_geojson(Path(scratch) / f"{given}.shp", source, folder)
    if not written:
        raise FetchError("archive_layer_absent", file=archive.name, names=sorted(names)[:10])
    return written


def _as_geojson(shapes: Path, source: Source, folder: Path) -> Path:
    frame: gpd.GeoDataFrame = pyogrio.read_dataframe(shapes)
    if frame.crs is None:
        frame = frame.set_crs(source.crs)
    target = folder / f"{shapes.stem}.geojson"
    beside = target.with_name(target.name + ".partiel")
    pyogrio.write_dataframe(frame, beside, driver="GeoJSON")
    beside.replace(target)
    return target


def open_package(archive: Path, limit_s: float = 3600.0) -> Path | None:
    """Take the GeoPackage out of a 7z archive, beside it; None when nothing here opens 7z.

    Raises
    ------
    FetchError
        ``archive_layer_absent``: opened, and no GeoPackage in it.
    """
    found = next((one for one in _OPENERS if shutil.which(one[0])), None)
    if found is None:
        return None
    target = archive.with_suffix(".gpkg")
    with tempfile.TemporaryDirectory(dir=archive.parent) as scratch:
        words = [word.format(folder=scratch, archive=str(archive)) for word in found[1]]
        subprocess.run([found[0], *words], check=False, capture_output=True, timeout=limit_s)
        packages = sorted(Path(scratch).rglob("*.gpkg"))
        if not packages:
            raise FetchError("archive_layer_absent", file=archive.name, names=[found[0]])
        packages[0].replace(target)
    return target
