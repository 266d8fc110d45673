"""What the tiles made, gathered: their rows to the tables, what must be known of all in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cadastre.aggregation.checks import ADDITIVE
from cadastre.pipeline import yield_stage
from cadastre.pipeline.hands import Hands
from cadastre.pipeline.layout import rows_from_bytes
from cadastre.pipeline.store import Product, Store
from cadastre.pipeline.tables import SortedTable

# file of a tile's product: the table it goes to
_TABLES = {
    "pans.parquet": "roof_planes",
    "modules.parquet": "modules",
    "batiments.parquet": "results",
}


@dataclass
class Gathered:
    """What is known once all tiles were read.

    ``plane_sums``: by building, the additive columns of its planes; ``optimum``: by weather cell
    the yearly irradiation of the best unshaded orientation; ``lost``: tiles without the product
    they should have; ``stale``: how many products of other inputs were kept.
    """

    plane_sums: pd.DataFrame
    optimum: dict[str, float] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    stale: int = 0


def gather(
    store: Store,
    tiles: list[str],
    keys: Mapping[str, str],
    tables: Mapping[str, SortedTable],
    workers: Hands,
    *,
    partial: bool,
) -> Gathered:
    """Hand the rows of every tile to ``roof_planes``, ``modules`` and ``results`` (buildings).

    ``keys`` tells what the product of each tile is to be made of; in a ``partial`` run one made
    of something else is taken too, and counted, but not one that an earlier version laid out.
    """

    def one(tile: str) -> tuple[pa.Table, dict[str, float], str] | None:
        found = store.read_files(
            yield_stage.STAGE, tile, None if partial else keys.get(tile), tuple(_TABLES)
        )
        if found is None or len(found[1]) < len(_TABLES) or not _is_of_this_layout(found[0]):
            return None
        product, files = found
        sums = _NO_SUMS
        for ending, name in _TABLES.items():
            rows = rows_from_bytes(files.pop(ending))
            if name == "roof_planes":
                sums = _sums(rows)
            tables[name].add(rows)
        return sums, product.facts.get("optimum_kwh_m2") or {}, product.key

    sums, gathered = [_NO_SUMS], Gathered(pd.DataFrame())
    for tile, found in zip(tiles, workers.each(one, tiles), strict=True):
        if found is None:
            if not partial:
                gathered.lost.append(tile)
            continue
        sums.append(found[0])
        gathered.optimum |= found[1]
        gathered.stale += found[2] != keys.get(tile)
    gathered.plane_sums = pa.concat_tables(sums).to_pandas()
    return gathered


def _is_of_this_layout(product: Product) -> bool:
    made_of = product.facts.get("made_of") or {}
    return str(made_of.get("version", "")).partition(" ")[0] == str(yield_stage.VERSION)


def _sums(planes: pa.Table) -> pa.Table:
    """Additive columns of the planes of each building; nothing known stays missing."""
    known = pc.ScalarAggregateOptions(min_count=1)
    wanted = [(name, "sum", known) for name in ADDITIVE]
    found = planes.group_by("building_id", use_threads=False).aggregate(wanted)
    named = found.rename_columns([name.removesuffix("_sum") for name in found.column_names])
    return named.select(_NO_SUMS.schema.names).cast(_NO_SUMS.schema)


_NO_SUMS = pa.schema(
    [("building_id", pa.string()), *((name, pa.float64()) for name in ADDITIVE)]
).empty_table()
