"""The published tables: GeoParquet 1.1, sorted by key, same content same bytes, bounded memory.

Rows arrive tile by tile. They are spread over ranges of building_id (ranges follow the data, not
the tiles), then each range is sorted and written as row groups of its own.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cadastre.errors import StoreError
from cadastre.pipeline.layout import arrow_schema, table_bounds, wider, with_geo
from cadastre.pipeline.store import Aside, Store, table_from_bytes
from cadastre.schema import TABLES

ROW_GROUP = 20_000
_SPREAD_AT = 24 * 2**20  # bytes gathered before they are spread: few and large batches
_WAITING = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)


class SortedTable:
    """Rows being gathered: ``add`` them in any order, then read them sorted, range by range.

    Several threads may add. Use it in a ``with`` block: what waits on the disk is removed at its
    end.
    """

    def __init__(
        self,
        name: str,
        boundaries: Sequence[str],
        range_column: str,
        folder: str | None = None,
        schema: pa.Schema | None = None,
    ) -> None:
        """Spread rows over ``len(boundaries) + 1`` ranges of the values of ``range_column``.

        What waits lies in ``folder``, else where the system keeps temporary files. Rows are in
        the layout of the published table ``name``, sorted by its key, unless ``schema`` says
        otherwise.
        """
        self.name = name
        self._schema = arrow_schema(name) if schema is None else schema
        self._boundaries = np.array(list(boundaries), dtype=object)
        self._column = range_column
        self._folder = tempfile.TemporaryDirectory(prefix="cadastre-", suffix=".part", dir=folder)
        self._spools: dict[int, pa.RecordBatchFileWriter] = {}
        self._bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
        self._waiting: list[pa.Table] = []
        self._waiting_bytes = 0
        self._adding, self._spreading = threading.Lock(), threading.Lock()

    def __enter__(self) -> SortedTable:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # a full disk has been told already
            for spool in self._spools.values():
                spool.close()
        self._folder.cleanup()

    def add(self, rows: pa.Table) -> None:
        """Take rows.

        Raises
        ------
        StoreError
            ``store_write``: the disk is full.
        """
        if rows.num_rows == 0:
            return
        with self._adding:
            self._waiting.append(rows)
            self._waiting_bytes += rows.nbytes
            if self._waiting_bytes < _SPREAD_AT:
                return
            ready, self._waiting, self._waiting_bytes = self._waiting, [], 0
        self._spread(ready)

    def _spread(self, parts: list[pa.Table]) -> None:
        rows = pa.concat_tables(parts)
        bounds = table_bounds(rows)
        pieces = list(self._pieces(rows))
        try:
            with self._spreading:
                self._bounds = wider(self._bounds, bounds)
                for place, piece in pieces:
                    self._spool(place).write_table(piece)
        except OSError as error:
            raise StoreError("store_write", file=self._folder.name, detail=str(error)) from error

    def _pieces(self, rows: pa.Table) -> Iterator[tuple[int, pa.Table]]:
        """Rows of each range."""
        if len(self._boundaries) == 0:
            yield 0, rows.combine_chunks()
            return
        values = rows.column(self._column).combine_chunks().dictionary_encode()
        names = values.dictionary.to_pylist()
        range_of = np.searchsorted(self._boundaries, names, side="right")
        which = range_of[values.indices.to_numpy()]
        order = np.argsort(which, kind="stable")
        starts = np.flatnonzero(np.diff(which[order], prepend=-1))
        for first, last in zip(starts, [*starts[1:], len(order)]):
            yield int(which[order[first]]), rows.take(pa.array(order[first:last]))

    def _spool(self, place: int) -> pa.RecordBatchFileWriter:
        if place not in self._spools:
            path = str(self._path(place))
            self._spools[place] = pa.ipc.new_file(path, self._schema, options=_WAITING)
        return self._spools[place]

    def _path(self, place: int) -> Path:
        return Path(self._folder.name) / f"{place}.arrow"

    def finish(self) -> None:
        """Put what was added last to the rest: the ranges can be read.

        Raises
        ------
        StoreError
            ``store_write``: the disk is full.
        """
        ready, self._waiting = self._waiting, []
        if ready:
            self._spread(ready)
        try:
            for spool in self._spools.values():
                spool.close()
        except OSError as error:
            raise StoreError("store_write", file=self._folder.name, detail=str(error)) from error

    def rows(self, place: int, keys: Sequence[str]) -> pa.Table:
        """Rows of one range, sorted by ``keys``, once all is finished."""
        if place not in self._spools:
            return self._schema.empty_table()
        options = pa.ipc.IpcReadOptions(use_threads=False)
        with pa.memory_map(str(self._path(place))) as source:
            found = pa.ipc.open_file(source, options=options).read_all()
            return found.sort_by([(key, "ascending") for key in keys])

    def write(self, store: Store, file_name: str, crs: str) -> int:
        """Sort and write everything; returns the number of rows."""
        aside, count = self.write_aside(store, file_name, crs)
        aside.publish()
        return count

    def write_aside(self, store: Store, file_name: str, crs: str) -> tuple[Aside, int]:
        """Sort and write everything to a file that waits for its name, with the number of rows."""
        self.finish()
        keys = TABLES[self.name].key
        ranges = (self.rows(place, keys) for place in sorted(self._spools))
        return ranges_aside(store, file_name, with_geo(self._schema, crs, self._bounds), ranges)


def ranges_aside(
    store: Store,
    file_name: str,
    schema: pa.Schema,
    ranges: Iterable[pa.Table],
) -> tuple[Aside, int]:
    """Write ranges of rows, each in row groups of its own, to a file that waits for its name.

    Returns the file and the number of rows.
    """
    count = 0

    def fill(handle: Any) -> None:
        nonlocal count
        with pq.ParquetWriter(handle, schema, compression="zstd") as writer:
            for rows in ranges:
                writer.write_table(rows.cast(schema), row_group_size=ROW_GROUP)
                count += rows.num_rows

    return store.write_aside(fill, file_name), count


class Asides:
    """Tables that are written and wait for their names until all are; dropped unless published."""

    def __init__(self, store: Store, crs: str) -> None:
        self._store, self._crs = store, crs
        self._files: list[Aside] = []

    def __enter__(self) -> Asides:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            file.drop()

    def table(self, table: SortedTable) -> int:
        """Write a table; returns the number of rows."""
        file, count = table.write_aside(self._store, f"{table.name}.parquet", self._crs)
        self._files.append(file)
        return count

    def ranges(self, name: str, bounds: np.ndarray, ranges: Iterable[pa.Table]) -> int:
        """Write a table whose rows come sorted, range by range; returns their number."""
        schema = with_geo(arrow_schema(name), self._crs, bounds)
        file, count = ranges_aside(self._store, f"{name}.parquet", schema, ranges)
        self._files.append(file)
        return count

    def publish(self) -> None:
        """Give every table its name, in place of that of the run before."""
        for file in self._files:
            file.publish()


def range_boundaries(ids: Iterable[str], buildings_a_range: int) -> list[str]:
    """Split sorted ids into ranges of equal count: the first id of each range but the first."""
    ordered = sorted(ids)
    return ordered[buildings_a_range::buildings_a_range]


def read_result(store: Store, file_name: str) -> pd.DataFrame:
    """Read a published table; a GeoDataFrame when it has a geometry."""
    frame = table_from_bytes(store.read_bytes(file_name))
    return frame.drop(columns="bbox", errors="ignore")
