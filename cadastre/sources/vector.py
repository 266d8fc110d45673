"""Open one layer of any vector file as a table with plain column names; nothing is judged here.

Column names come out folded (lower case, no accents); encodings are repaired; a file that cannot
be read to its end is refused by name. The raw folder is never written to.
"""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import pyogrio.errors
import shapely
from pyproj.exceptions import CRSError

from cadastre.errors import InputError, first_line
from cadastre.sources.archives import (
    GZIP,
    TABLE_ERRORS,
    ZIP,
    bytes_of,
    members_named,
    vector_members,
)
from cadastre.sources.notes import Notes
from cadastre.sources.shapefile import mended_shapefile

RASTER_SUFFIXES = (".tif", ".tiff", ".asc", ".vrt", ".jp2", ".img", ".png", ".jpg", ".jpeg")
PARQUET = (".parquet", ".geoparquet", ".pq")
_SIGNS_OF_UTF8 = re.compile("[ÃÂÅ][\u0080-\u00bf\u2018-\u203a\u0152-\u0178€™]")


@dataclass(frozen=True)
class VectorRequest:
    """What to read of a vector file.

    ``columns``: folded names wanted (None for all). ``layers``: folded layer names preferred when
    the path names none.
    """

    kind: str
    columns: tuple[str, ...] | None = None
    layers: tuple[str, ...] = ()


def fold(name: str) -> str:
    """Lower case, no accents, underscores for the rest: how names are compared."""
    text = str(name).lstrip("\ufeff").lower().replace("œ", "oe").replace("æ", "ae")
    plain = unicodedata.normalize("NFKD", text)
    ascii_only = plain.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")


def split_layer(text: str) -> tuple[Path, str | None]:
    """Split ``file.gpkg|layer`` (or ``|layername=layer``) into path and layer."""
    path, _, layer = str(text).partition("|")
    layer = layer.removeprefix("layername=").strip()
    return Path(path.strip()), layer or None


def read_layer(text: str, request: VectorRequest, notes: Notes) -> gpd.GeoDataFrame:
    """Read one layer, folded column names, CRS as declared (or None).

    Raises
    ------
    InputError
        ``file_missing``, ``vector_unreadable``, ``vector_is_raster``, ``vector_layer_missing``,
        ``vector_layers``, ``vector_no_geometry``.
    """
    path, layer = split_layer(text)
    if not path.exists():
        raise InputError("file_missing", kind=request.kind, file=str(path))
    if path.suffix.lower() in PARQUET or path.name.lower().endswith(".parquet.gz"):
        frame = _read_parquet(path, request)
    else:
        with tempfile.TemporaryDirectory() as folder:
            source, layer = _readable(path, layer, Path(folder), request, notes)
            frame = _read_ogr(source, layer, request, notes)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError("vector_no_geometry", kind=request.kind, file=path.name)
    shape = frame.geometry.name
    names = {name: fold(name) for name in frame.columns if name != shape}
    # an attribute called Geometry would stand in the place of the shapes
    frame = frame.drop(columns=[name for name in names if names[name] in ("geometry", shape)])
    frame = frame.rename(columns=names)
    frame = frame.loc[:, ~frame.columns.duplicated()]
    return frame.rename_geometry("geometry") if shape != "geometry" else frame


def _wanted(fields: Iterable[str], request: VectorRequest) -> list[str]:
    if request.columns is None:
        return list(fields)
    return [name for name in fields if fold(name) in request.columns]


def _read_parquet(path: Path, request: VectorRequest) -> gpd.GeoDataFrame:
    try:
        import pyarrow.parquet as pq

        schema = pq.read_schema(path)
        told = json.loads((schema.metadata or {}).get(b"geo", b"{}")).get("columns", {})
        geometry = [name for name in schema.names if name in told]
        chosen = None
        if request.columns is not None and geometry:
            chosen = [*_wanted(schema.names, request), *geometry]
            chosen = [name for name in schema.names if name in set(chosen)]
        with np.errstate(invalid="ignore"):  # NaN coordinates are judged on the rows
            frame = gpd.read_parquet(path, columns=chosen)
    except (
        pa.ArrowException, ValueError, OSError, TypeError, AttributeError,
        shapely.errors.ShapelyError, CRSError,
    ) as error:  # fmt: skip
        raise InputError(
            "vector_unreadable", kind=request.kind, file=path.name, detail=first_line(error)
        ) from error
    return frame


def _readable(
    path: Path, layer: str | None, folder: Path, request: VectorRequest, notes: Notes
) -> tuple[str, str | None]:
    """Return what GDAL can open, and the layer still to choose there.

    Virtual paths for archives, a repaired copy of a .shp alone.
    """
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return f"{GZIP}{path}", layer
    if suffix == ".zip":
        return _member(path, layer, request, notes)
    if suffix == ".shp":
        return mended_shapefile(path, folder, request.kind, notes), layer
    return str(path), layer


def _member(
    path: Path, layer: str | None, request: VectorRequest, notes: Notes
) -> tuple[str, str | None]:
    """Choose the member of a zip: the only one, the one named (``a.zip|b.shp``), or a known one.

    Several members and nothing that tells which: refused, as the layers of one file are.
    """
    try:
        members = vector_members(path)
    except TABLE_ERRORS as error:
        raise InputError(
            "vector_unreadable", kind=request.kind, file=path.name, detail=first_line(error)
        ) from error
    if not members:
        return str(path), layer
    if layer is not None:
        text, _, rest = layer.partition("|")
        found = members_named(members, text.strip())
        if len(found) == 1:
            return f"{ZIP}{path}/{found[0]}", rest.strip() or None
        if not found and len(members) == 1:
            return f"{ZIP}{path}/{members[0]}", layer
        code = "vector_layers" if found else "vector_layer_missing"
        raise InputError(code, kind=request.kind, file=path.name, layer=layer, layers=members)
    known = members
    if len(members) > 1:
        known = [name for name in members if fold(Path(name).stem) in request.layers]
        if len(known) != 1:
            raise InputError("vector_layers", kind=request.kind, file=path.name, layers=members)
        notes.add(request.kind, path, "layer_chosen", layer=known[0], layers=", ".join(members))
    return f"{ZIP}{path}/{known[0]}", None


def _read_ogr(
    source: str, layer: str | None, request: VectorRequest, notes: Notes
) -> gpd.GeoDataFrame:
    file = Path(source).name if not source.startswith("/vsi") else source.split("/")[-1]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks; what matters is checked on the rows
            chosen = _choose_layer(source, layer, file, request, notes)
            return _read_decoded(source, chosen, file, request, notes)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.FieldError,
        shapely.errors.ShapelyError,
        CRSError,
        UnicodeDecodeError,
        ValueError,
        OverflowError,
    ) as error:
        if isinstance(error, InputError):
            raise
        if Path(file).suffix.lower() in RASTER_SUFFIXES:
            raise InputError("vector_is_raster", kind=request.kind, file=file) from error
        raise InputError(
            "vector_unreadable", kind=request.kind, file=file, detail=first_line(error)
        ) from error


def _choose_layer(
    source: str, layer: str | None, file: str, request: VectorRequest, notes: Notes
) -> str:
    listed = pyogrio.list_layers(source)
    names = [str(name) for name in listed[:, 0]]
    if layer is not None:
        exact = [n for n in names if n == layer] or [n for n in names if fold(n) == fold(layer)]
        if not exact:
            raise InputError(
                "vector_layer_missing", kind=request.kind, file=file, layer=layer, layers=names
            )
        return exact[0]
    spatial = [str(name) for name, kind in listed if kind is not None] or names
    if len(spatial) == 1:
        return spatial[0]
    known = [n for n in spatial if fold(n) in request.layers]
    if len(known) != 1:
        raise InputError("vector_layers", kind=request.kind, file=file, layers=spatial)
    notes.add(request.kind, file, "layer_chosen", layer=known[0], layers=", ".join(spatial))
    return known[0]


def _read_decoded(
    source: str, layer: str, file: str, request: VectorRequest, notes: Notes
) -> gpd.GeoDataFrame:
    """Read with the declared encoding, then with the one the bytes speak for."""
    try:
        frame = _read_once(source, layer, None, request)
    except UnicodeDecodeError:
        frame = None
    if frame is not None and not _looks_like_utf8(frame):
        return frame
    encoding = "cp1252" if frame is None else "UTF-8"
    try:
        repaired = _read_once(source, layer, encoding, request)
    except UnicodeDecodeError:
        if frame is not None:  # a real text that only resembles: keep what was declared
            return frame
        repaired = _read_once(source, layer, "ISO-8859-1", request)
    notes.add(request.kind, file, "encoding_repaired", len(repaired), encoding=encoding)
    return repaired


def _read_once(
    source: str, layer: str, encoding: str | None, request: VectorRequest
) -> gpd.GeoDataFrame:
    readable: str | bytes = source
    options: dict[str, object] = {"layer": layer}
    if encoding is not None and source.lower().endswith((".shp", ".zip", ".dbf", ".tab")):
        options["encoding"] = encoding
    elif encoding is not None:  # GDAL takes these formats for UTF-8: give it the text recoded
        readable = bytes_of(source).decode(encoding).encode("utf-8")
        if len(pyogrio.list_layers(readable)) == 1:  # its name may come from that of the file
            del options["layer"]
    info = pyogrio.read_info(readable, **options)
    options["columns"] = _wanted(info["fields"], request)
    # a geometry that cannot be is None, and its row stays
    frame = pyogrio.read_dataframe(readable, on_invalid="ignore", **options)
    if info["features"] not in (-1, len(frame)):
        raise ValueError(f"{len(frame)} / {info['features']}")
    return frame


def _looks_like_utf8(frame: gpd.GeoDataFrame) -> bool:
    """Tell whether texts read as Latin-1 are in truth UTF-8 (``Ã©`` for ``é``)."""
    for name in frame.columns:
        values = frame[name]
        if name == "geometry" or not (
            pd.api.types.is_string_dtype(values) or values.dtype == object
        ):
            continue
        texts = {text for text in values.dropna() if isinstance(text, str)}
        if any(_SIGNS_OF_UTF8.search(text) for text in texts):
            return True
    return False


def first_present(frame: pd.DataFrame, names: Iterable[str]) -> str | None:
    """Return the first of the names that is a column, or None."""
    return next((name for name in names if name in frame.columns), None)
