"""The tables of the sky and of the yield, once for each weather cell, on the shelf.

A building reads the tables of its own cell only, so its result knows nothing of how many cells a
territory has or which tile a building lies in.
"""

from __future__ import annotations

import functools
import hashlib
import pickle
from dataclasses import dataclass

import pandas as pd

from cadastre.exchange import CumulativeSky, WeatherSeries
from cadastre.parameters import Parameters, group_key
from cadastre.pipeline.ingest import Ingested
from cadastre.pipeline.store import Store, fingerprint
from cadastre.potential import pv_yield
from cadastre.potential.pv_yield import YieldTable
from cadastre.potential.solar_thermal import ThermalTable, thermal_table
from cadastre.sky.cumulative_sky import cumulative_sky
from cadastre.sky.sun import sky_hours

STAGE = "etapes/ciel"
VERSION = 1
_FILE = "tables.pickle"


@dataclass(frozen=True)
class CellTables:
    """What one weather cell says to the roofs that lie in it."""

    weather: WeatherSeries
    sky: CumulativeSky
    yields: YieldTable
    thermal: ThermalTable


@dataclass(frozen=True)
class SkyTask:
    """The tables of one cell to make, under the key that says what they are made of."""

    store_root: str
    cell_id: str
    key: str
    weather: WeatherSeries
    parameters: Parameters
    parts: dict[str, str]

    @property
    def tile_id(self) -> str:
        """Name of the product."""
        return self.cell_id


def series_prints(ingested: Ingested) -> dict[str, str]:
    """Fingerprint of the series of each weather cell, whatever is made of it."""
    return {series.cell_id: fingerprint(_content(series)) for series in ingested.weathers}


def _content(series: WeatherSeries) -> tuple[object, ...]:
    digest = hashlib.sha256(series.data.to_numpy().tobytes())
    digest.update(pd.DatetimeIndex(series.data.index).as_unit("s").asi8.tobytes())
    return (
        digest.hexdigest(), series.latitude, series.longitude, series.altitude, series.cell_id,
        series.step_minutes, series.origin, series.typical_year,
    )  # fmt: skip


def sky_tasks(ingested: Ingested, parameters: Parameters, store_root: str) -> list[SkyTask]:
    """List the tables of every cell of a territory."""
    names = ("sky", "pv", "modules", "thermal", "horizon")
    rules = {f"parametres.{name}": group_key(getattr(parameters, name)) for name in names}
    contents, tasks = series_prints(ingested), []
    for series in ingested.weathers:
        parts = {"version": str(VERSION), "meteo": contents[series.cell_id], **rules}
        tasks.append(
            SkyTask(store_root, series.cell_id, fingerprint(parts), series, parameters, parts)
        )
    return tasks


def tables_of(weather: WeatherSeries, parameters: Parameters) -> CellTables:
    """Fold the weather of a cell into the tables that roofs read."""
    hours = sky_hours(weather, parameters.sky)
    return CellTables(
        weather,
        cumulative_sky(weather, parameters.sky, parameters.horizon.sector_count),
        pv_yield.yield_table(
            weather, hours, parameters.pv, parameters.modules, parameters.sky.albedo
        ),
        thermal_table(weather, hours, parameters.thermal, parameters.sky.albedo),
    )


def tables_of_cell(task: SkyTask) -> dict[str, object]:
    """Make and shelve the tables of one cell; returns the facts of its manifest."""
    tables = tables_of(task.weather, task.parameters)
    facts: dict[str, object] = {
        "optimum_kwh_m2": tables.yields.optimum_kwh_m2, "made_of": task.parts,
    }  # fmt: skip
    content = {_FILE: pickle.dumps(tables, protocol=5)}
    Store(task.store_root).write_product(STAGE, task.cell_id, task.key, content, facts)
    return facts


@functools.lru_cache(maxsize=4)
def load_cell(store_root: str, cell_id: str, key: str) -> CellTables:
    """Return the tables of a cell from the shelf; ``key`` guards against stale ones."""
    store = Store(store_root)
    product = store.read_product(STAGE, cell_id, key)
    if product is None:
        raise RuntimeError(f"tables of weather cell {cell_id} are not on the shelf")
    tables = pickle.loads(store.read_bytes(STAGE, f"{cell_id}.{_FILE}"))
    if not isinstance(tables, CellTables):
        raise TypeError(type(tables).__name__)
    return tables
