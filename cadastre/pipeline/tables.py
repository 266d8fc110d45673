"""The published tables: GeoParquet 1.1, sorted by key, same content same bytes, bounded memory.

Rows arrive tile by tile. They are spread over ranges of building_id (ranges follow the data, not
the tiles), then each range is sorted and written as row groups of its own.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from cadastre.errors import StoreError
from cadastre.pipeline.store import Store, table_from_bytes
from cadastre.schema import COLUMNS, TABLES, Column

_BBOX = pa.struct([(side, pa.float64()) for side in ("xmin", "ymin", "xmax", "ymax")])
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
ROW_GROUP = 20_000


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
    schema = arrow_schema(name)
    arrays = []
    for field in schema:
        if field.name == "bbox":
            arrays.append(_bbox(frame))
        elif field.name == "geometry":
            arrays.append(pa.array(_wkb(frame), pa.binary()))
        elif field.name not in frame.columns:
            arrays.append(pa.nulls(len(frame), field.type))
        else:
            arrays.append(_column(frame[field.name], field, COLUMNS[field.name]))
    return pa.Table.from_arrays(arrays, schema=schema)


def _column(values: pd.Series, field: pa.Field, column: Column) -> pa.Array:
    if column.dtype.startswith("list"):
        return pa.array([None if _absent(item) else item for item in values], field.type)
    if column.dtype in ("float64", "float32"):
        numbers = pd.to_numeric(values).to_numpy(np.float64, na_value=np.nan)
        return pa.array(numbers, field.type, from_pandas=True)
    if column.dtype == "int64":
        return pa.array(values.astype("Int64"), field.type, from_pandas=True)
    if column.dtype == "boolean":
        return pa.array(values.astype("boolean"), field.type, from_pandas=True)
    return pa.array(values.astype("string"), field.type, from_pandas=True)


def _absent(item: Any) -> bool:
    return item is None or item is pd.NA or (isinstance(item, float) and item != item)


def _wkb(frame: pd.DataFrame) -> list[bytes | None]:
    return list(shapely.to_wkb(np.asarray(frame.geometry.array), output_dimension=2))


def _bbox(frame: pd.DataFrame) -> pa.Array:
    bounds = shapely.bounds(np.asarray(frame.geometry.array))
    missing = np.isnan(bounds).any(axis=1)
    sides = [pa.array(bounds[:, side], pa.float64(), from_pandas=True) for side in range(4)]
    return pa.StructArray.from_arrays(sides, fields=list(_BBOX), mask=pa.array(missing))


class SortedTable:
    """A published table being gathered: ``add`` rows in any order, then ``write`` once.

    Use it in a ``with`` block: what waits on the disk is removed at its end.
    """

    def __init__(
        self, name: str, boundaries: Sequence[str], range_column: str, folder: str | None = None
    ) -> None:
        """Spread rows over ``len(boundaries) + 1`` ranges of the values of ``range_column``.

        What waits lies in ``folder``, else where the system keeps temporary files.
        """
        self._name = name
        self._boundaries = list(boundaries)
        self._column = range_column
        self._folder = tempfile.TemporaryDirectory(prefix="cadastre-", suffix=".part", dir=folder)
        self._spools: dict[int, pa.RecordBatchFileWriter] = {}
        self._counts: dict[int, int] = {}
        self._bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])

    def __enter__(self) -> SortedTable:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # a full disk has been told already
            for spool in self._spools.values():
                spool.close()
        self._folder.cleanup()

    def add(self, rows: pa.Table) -> None:
        """Take rows in the layout of :func:`arrow_table`.

        Raises
        ------
        StoreError
            ``store_write``: the disk is full.
        """
        if rows.num_rows == 0:
            return
        try:
            self._spread(rows)
        except OSError as error:
            raise StoreError("store_write", file=self._folder.name, detail=str(error)) from error

    def _spread(self, rows: pa.Table) -> None:
        self._widen(rows)
        values = rows.column(self._column).to_pylist()
        which = np.searchsorted(np.array(self._boundaries, dtype=object), values, side="right")
        for place in np.unique(which):
            part = rows.take(pa.array(np.flatnonzero(which == place)))
            if place not in self._spools:
                path = Path(self._folder.name) / f"{place}.arrow"
                self._spools[int(place)] = pa.ipc.new_file(
                    str(path), rows.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")
                )
            self._spools[int(place)].write_table(part)

    def _widen(self, rows: pa.Table) -> None:
        if "bbox" not in rows.schema.names:
            return
        for side, name in enumerate(("xmin", "ymin", "xmax", "ymax")):
            values = pc.struct_field(rows.column("bbox"), name)
            found = (pc.min if side < 2 else pc.max)(values).as_py()
            if found is not None:
                pick = min if side < 2 else max
                self._bounds[side] = pick(self._bounds[side], found)

    def write(self, store: Store, file_name: str, crs: str) -> int:
        """Sort and write everything; returns the number of rows."""
        for spool in self._spools.values():
            spool.close()
        schema = arrow_schema(self._name)
        if "geometry" in schema.names:
            schema = schema.with_metadata({b"geo": _geo_metadata(crs, self._bounds)})
        keys = [(column, "ascending") for column in TABLES[self._name].key]
        count = 0

        def fill(handle: Any) -> None:
            nonlocal count
            with pq.ParquetWriter(handle, schema, compression="zstd") as writer:
                for place in sorted(self._spools):
                    path = Path(self._folder.name) / f"{place}.arrow"
                    with pa.memory_map(str(path)) as source:
                        rows = pa.ipc.open_file(source).read_all().sort_by(keys)
                        writer.write_table(rows.cast(schema), row_group_size=ROW_GROUP)
                    count += rows.num_rows

        store.write_with(fill, file_name)
        return count


def _geo_metadata(crs: str, bounds: np.ndarray) -> bytes:
    geometry: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [],
        "crs": CRS.from_user_input(crs).to_json_dict(),
        "covering": {"bbox": {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}},
    }
    if np.isfinite(bounds).all():
        geometry["bbox"] = [float(value) for value in bounds]
    content = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
    return json.dumps(content, sort_keys=True).encode()


def range_boundaries(ids: Iterable[str], buildings_a_range: int) -> list[str]:
    """Split sorted ids into ranges of equal count: the first id of each range but the first."""
    ordered = sorted(ids)
    return ordered[buildings_a_range::buildings_a_range]


def read_result(store: Store, file_name: str) -> pd.DataFrame:
    """Read a published table; a GeoDataFrame when it has a geometry."""
    frame = table_from_bytes(store.read_bytes(file_name))
    return frame.drop(columns="bbox", errors="ignore")
