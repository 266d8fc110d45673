"""The table ``buildings``: every footprint with what its tile computed, range by range.

Only the columns that totals are made from stay in memory, as plain numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cadastre.aggregation.checks import ADDITIVE, SHARED
from cadastre.aggregation.territories import LISTS, SUMMED
from cadastre.pipeline.building_table import SIGMA_COLUMNS
from cadastre.pipeline.footprints import Footprints
from cadastre.pipeline.ingest import Rasters
from cadastre.pipeline.layout import (
    arrow_column,
    arrow_rows,
    arrow_schema,
    list_series,
    plain_frame,
)  # fmt: skip
from cadastre.pipeline.tables import SortedTable
from cadastre.publishing.texts_fr.reasons import unknown_codes
from cadastre.schema import TABLES, faults

_STATUS = ("status", "status_reason")
_PUBLISHED = arrow_schema("buildings")
_NUMBERS = tuple(
    dict.fromkeys(
        name
        for name in (*SUMMED, *ADDITIVE, *SHARED, *SIGMA_COLUMNS)
        if name in SIGMA_COLUMNS or name in _PUBLISHED.names
    )
)
_WORDS = ("usage", "commune_code", "weather_cell_id")
_MONTHS = 12


@dataclass
class Kept:
    """What is kept of the buildings gone by: columns for the totals, faults, unspoken codes.

    ``repeated``: ids that more than one tile computed.
    """

    numbers: dict[str, np.ndarray]
    months: dict[str, np.ndarray]
    words: dict[str, np.ndarray]
    faults: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    unspoken: set[tuple[str, str]] = field(default_factory=set)
    identifiers: list[pa.Array] = field(default_factory=list)

    @classmethod
    def of(cls, count: int) -> Kept:
        """Room for so many buildings."""
        return cls(
            {name: np.full(count, np.nan) for name in _NUMBERS},
            {name: np.full((count, _MONTHS), np.nan) for name in LISTS},
            {name: np.full(count, None, dtype=object) for name in _STATUS},
        )

    def take(self, at: slice, rows: pa.Table) -> None:
        """Keep what the totals need of some rows."""
        for name, room in self.numbers.items():
            room[at] = pc.cast(rows.column(name), pa.float64()).to_numpy()
        for name, months in self.months.items():
            lists = rows.column(name).combine_chunks()
            whole = np.flatnonzero(pc.equal(pc.list_value_length(lists), _MONTHS).fill_null(False))
            if len(whole):
                numbers = lists.take(pa.array(whole)).flatten().to_numpy(zero_copy_only=False)
                months[at][whole] = numbers.reshape(-1, _MONTHS)
        for name, words in self.words.items():
            words[at] = rows.column(name).to_pandas().to_numpy(dtype=object, na_value=None)
        self.identifiers.append(rows.column("building_id"))

    def frame(self, footprints: pd.DataFrame) -> pd.DataFrame:
        """Return the columns that totals are made from, one row per building."""
        starts = np.arange(len(footprints) + 1, dtype=np.int64) * _MONTHS
        lists = {
            name: list_series(pa.LargeListArray.from_arrays(starts, values.ravel()))
            for name, values in self.months.items()
        }
        known = {name: footprints[name].array for name in _WORDS if name in footprints.columns}
        ids = pa.chunked_array(
            [chunk for column in self.identifiers for chunk in column.chunks], pa.string()
        ).to_pandas()
        table = {"building_id": ids, **known, **self.words, **lists, **self.numbers}
        return pd.DataFrame(table, copy=False)


@dataclass(frozen=True)
class BuildingRows:
    """Makes the published rows of the buildings from footprints sorted by ``building_id``.

    ``results`` holds what the tiles computed, ``lost`` the ids of tiles that failed.
    """

    footprints: Footprints
    results: SortedTable
    lost: pd.Index
    rasters: Rasters
    range_size: int

    def ranges(self, kept: Kept) -> Iterator[pa.Table]:
        """Yield published rows, range by range, sorted; ``kept`` is filled on the way."""
        count = len(self.footprints)
        self.results.finish()
        for place, first in enumerate(range(0, max(count, 1), self.range_size)):
            at = slice(first, min(first + self.range_size, count))
            some = self.footprints.rows(np.arange(at.start, at.stop))
            computed = self.results.rows(place, ("building_id",))
            yield self._rows(some, computed, at, kept)

    def _rows(
        self, footprints: gpd.GeoDataFrame, computed: pa.Table, at: slice, kept: Kept
    ) -> pa.Table:
        ids = arrow_column(footprints["building_id"], pa.string())
        kept.repeated += _repeated(computed["building_id"])
        found = computed.take(pc.index_in(ids, value_set=computed["building_id"]))
        given = arrow_rows(footprints, _PUBLISHED)
        arrays = {
            name: found[name]
            if name in found.schema.names and name not in footprints.columns
            else given[name]
            for name in _PUBLISHED.names
        }
        arrays |= _statuses(footprints, found, self.lost)
        arrays["plane_count"] = pc.fill_null(arrays["plane_count"], 0)
        arrays["data_date"] = _dates(footprints, self.rasters)
        rows = pa.table([arrays[name] for name in _PUBLISHED.names], schema=_PUBLISHED)
        frame = plain_frame(rows, footprints.geometry.to_numpy(), footprints.crs)
        kept.faults += faults(frame, TABLES["buildings"])
        kept.unspoken |= set(unknown_codes({"buildings": frame}))
        for name in SIGMA_COLUMNS:
            rows = rows.append_column(name, found[name])
        kept.take(at, rows)
        return rows.select(_PUBLISHED.names).combine_chunks()


def _repeated(ids: pa.ChunkedArray) -> list[str]:
    if pc.count_distinct(ids).as_py() == len(ids):
        return []
    names = ids.to_pandas()
    return list(names[names.duplicated()])


def _statuses(
    footprints: gpd.GeoDataFrame, found: pa.Table, failed: pd.Index
) -> dict[str, pa.Array]:
    """Status and its reason: what ingestion says, else the tile, else why nothing was computed."""
    both = {}
    for name in _STATUS:
        words = found[name].to_pandas().to_numpy(dtype=object, na_value=None)
        before = footprints[name].to_numpy(dtype=object, na_value=None)
        both[name] = np.where(pd.isna(before), words, before)
    lost = footprints["building_id"].isin(failed).to_numpy()
    both["status"][lost], both["status_reason"][lost] = "error", "tile_failed"
    waiting = pd.isna(both["status"])
    both["status"][waiting], both["status_reason"][waiting] = "no_data", "not_computed"
    return {name: pa.array(words, pa.string()) for name, words in both.items()}


def _dates(footprints: gpd.GeoDataFrame, rasters: Rasters) -> pa.Array:
    """Date of the surface under each building, null where nothing says."""
    dated = rasters.mns if rasters.mns is not None else rasters.points
    if dated is None:
        return pa.nulls(len(footprints), pa.string())
    points = shapely.point_on_surface(footprints.geometry.to_numpy())
    dates = dated.date_at(shapely.get_x(points), shapely.get_y(points))
    return arrow_column(pd.Series(dates, dtype=object), pa.string())
