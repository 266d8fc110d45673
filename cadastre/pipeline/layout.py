"""The layout of the published tables: their columns in Arrow, and back to bytes.

Workers hand their rows over in this layout, so that who gathers them only moves columns.
"""

from __future__ import annotations

import io
import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from cadastre.schema import COLUMNS, TABLES

_SIDES = ("xmin", "ymin", "xmax", "ymax")
_BBOX = pa.struct([(side, pa.float64()) for side in _SIDES])
_TYPES = {
    "string": pa.string(),
    "category": pa.string(),
    "float64": pa.float64(),
    "float32": pa.float32(),
    "int64": pa.int64(),
    "boolean": pa.bool_(),
    "list": pa.list_(pa.float64()),
    "list32": pa.list_(pa.float32()),
    "list_string": pa.list_(pa.string()),
    "geometry": pa.binary(),
}


def arrow_schema(name: str) -> pa.Schema:
    """Columns of a published table in the dictionary's order, geometry and bbox last."""
    table = TABLES[name]
    names = [column for column in (*table.key, *table.columns) if column != "geometry"]
    fields = [pa.field(column, _TYPES[COLUMNS[column].dtype]) for column in names]
    if "geometry" in table.columns:
        fields += [pa.field("geometry", pa.binary()), pa.field("bbox", _BBOX)]
    return pa.schema(fields)


def arrow_table(frame: pd.DataFrame, name: str) -> pa.Table:
    """Convert rows to the published layout; NaN becomes null, absent columns stay null."""
    return arrow_rows(frame, arrow_schema(name))


def arrow_rows(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """Convert rows to a layout, as :func:`arrow_table` to that of a published table."""
    arrays = []
    for field in schema:
        if field.name == "bbox":
            arrays.append(_bbox(frame))
        elif field.name == "geometry":
            arrays.append(pa.array(_wkb(frame), pa.binary()))
        elif field.name not in frame.columns:
            arrays.append(pa.nulls(len(frame), field.type))
        else:
            arrays.append(arrow_column(frame[field.name], field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def arrow_column(values: pd.Series, kind: pa.DataType) -> pa.Array:
    """Convert one column; what is missing becomes null."""
    if pa.types.is_list(kind):
        return _lists(values.to_list(), kind)
    if pa.types.is_floating(kind):
        numbers = pd.to_numeric(values).to_numpy(np.float64, na_value=np.nan)
        return pa.array(numbers, kind, from_pandas=True)
    if pa.types.is_int64(kind):
        return pa.array(values.astype("Int64"), kind, from_pandas=True)
    if pa.types.is_boolean(kind):
        return pa.array(values.astype("boolean"), kind, from_pandas=True)
    return pa.array(values.astype("string"), kind, from_pandas=True)


def _lists(items: list[Any], kind: pa.DataType) -> pa.Array:
    if items and all(isinstance(item, np.ndarray) and item.dtype.kind == "f" for item in items):
        starts = np.cumsum([0, *(len(item) for item in items)], dtype=np.int32)
        numbers = pa.array(np.concatenate(items), kind.value_type)
        return pa.ListArray.from_arrays(pa.array(starts), numbers, type=kind)
    return pa.array([None if _absent(item) else item for item in items], kind)


def _absent(item: Any) -> bool:
    return item is None or item is pd.NA or (isinstance(item, float) and item != item)


def _wkb(frame: pd.DataFrame) -> list[bytes | None]:
    return list(shapely.to_wkb(np.asarray(frame.geometry.array), output_dimension=2))


def _bbox(frame: pd.DataFrame) -> pa.Array:
    bounds = shapely.bounds(np.asarray(frame.geometry.array))
    missing = np.isnan(bounds).any(axis=1)
    sides = [pa.array(bounds[:, side], pa.float64(), from_pandas=True) for side in range(4)]
    return pa.StructArray.from_arrays(sides, fields=list(_BBOX), mask=pa.array(missing))


def table_bounds(rows: pa.Table) -> np.ndarray:
    """Bounds of all geometries of rows; infinite the wrong way round where there is none."""
    bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
    if "bbox" not in rows.schema.names:
        return bounds
    for side, name in enumerate(_SIDES):
        values = pc.struct_field(rows.column("bbox"), name)
        found = (pc.min if side < 2 else pc.max)(values).as_py()
        if found is not None:
            bounds[side] = found
    return bounds


def wider(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Bounds of two bounds together."""
    return np.r_[np.minimum(first[:2], second[:2]), np.maximum(first[2:], second[2:])]


def with_geo(schema: pa.Schema, crs: str, bounds: np.ndarray) -> pa.Schema:
    """Add the GeoParquet metadata to a layout that has a geometry."""
    if "geometry" not in schema.names:
        return schema
    return schema.with_metadata({b"geo": _geo_metadata(crs, bounds)})


def _geo_metadata(crs: str, bounds: np.ndarray) -> bytes:
    geometry: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [],
        "crs": CRS.from_user_input(crs).to_json_dict(),
        "covering": {"bbox": {side: ["bbox", side] for side in _SIDES}},
    }
    if np.isfinite(bounds).all():
        geometry["bbox"] = [float(value) for value in bounds]
    content = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
    return json.dumps(content, sort_keys=True).encode()


def parquet_bytes(rows: pa.Table, crs: str) -> bytes:
    """Parquet bytes of rows for the shelf; any reader of GeoParquet opens them.

    Quick to write and to read: numbers that hardly repeat get no dictionary.
    """
    buffer = io.BytesIO()
    schema = with_geo(rows.schema, crs, table_bounds(rows))
    words = [field.name for field in schema if pa.types.is_string(field.type)]
    pq.write_table(
        rows.cast(schema), buffer, compression="lz4", use_dictionary=words, write_statistics=False
    )
    return buffer.getvalue()


def rows_from_bytes(content: bytes, columns: list[str] | None = None) -> pa.Table:
    """Read what :func:`parquet_bytes` wrote, on one thread."""
    rows = pq.read_table(
        pa.BufferReader(content), columns=columns, use_threads=False, pre_buffer=False
    )
    return rows.replace_schema_metadata(None)


def list_series(values: pa.Array) -> pd.Series:
    """Arrow lists as a column of a table, without copying them."""
    return pd.Series(pd.arrays.ArrowExtensionArray(values))  # type: ignore[attr-defined]


def plain_frame(rows: pa.Table, geometry: np.ndarray, crs: Any) -> gpd.GeoDataFrame:
    """Rows as a table of pandas, lists left in Arrow, with the geometries they stand for."""
    names = [name for name in rows.schema.names if name not in ("geometry", "bbox")]
    frame = rows.select(names).to_pandas(
        types_mapper=lambda kind: pd.ArrowDtype(kind) if pa.types.is_list(kind) else None
    )
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=crs)
