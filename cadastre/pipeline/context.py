"""What every tile needs besides its own buildings, made once and loaded once per process."""

from __future__ import annotations

import functools
import pickle
from dataclasses import dataclass, field

import geopandas as gpd

from cadastre.exchange import Roofs
from cadastre.grid import Bounds
from cadastre.parameters import Parameters
from cadastre.pipeline.ingest import Rasters
from cadastre.pipeline.memory import keep_memory
from cadastre.pipeline.store import Store
from cadastre.shading.far import FarRelief

CONTEXT_FILE = ("etapes", "contexte.pickle")


@dataclass(frozen=True)
class Context:
    """Values common to all tiles of a run; read-only, the same in every process."""

    crs: str
    parameters: Parameters
    rasters: Rasters
    relief: FarRelief | None = None


@dataclass(frozen=True)
class TileTask:
    """One tile's work in one stage: what to make, from which buildings, under which key.

    ``owned`` are the buildings of the tile, ``context`` all buildings around, owned ones
    included (None where nothing reads them). ``squares`` are the redrawn squares of surface that
    its roofs look at. ``model`` holds what a 3D model says of the owned buildings. ``parts`` says
    what the key is made of, ``geometry_key`` is the key of the skylines, ``weather_keys`` that of
    the tables of each weather cell that an owned building lies in.
    """

    store_root: str
    context_key: str
    tile_id: str
    key: str
    owned: gpd.GeoDataFrame
    context: gpd.GeoDataFrame | None = None
    model: Roofs | None = None
    parts: dict[str, str] = field(default_factory=dict)
    geometry_key: str = ""
    weather_keys: dict[str, str] = field(default_factory=dict)
    squares: tuple[SurfaceTask, ...] = ()


@dataclass(frozen=True)
class SurfaceTask:
    """One square of surface to redraw: ``near`` names the tiles whose planes may touch it.

    ``footprints`` (WKB) are those of its surroundings, only where trees are to be told apart.
    """

    store_root: str
    context_key: str
    tile_id: str
    key: str
    core: Bounds
    near: tuple[str, ...]
    parts: dict[str, str] = field(default_factory=dict)
    footprints: tuple[bytes, ...] = ()


def save_context(store: Store, context: Context, key: str) -> None:
    """Put the context on the shelf for the workers."""
    store.write_bytes(pickle.dumps((key, context), protocol=5), *CONTEXT_FILE)


@functools.lru_cache(maxsize=2)
def load_context(store_root: str, key: str) -> Context:
    """Return the context of a run; ``key`` guards against a stale one of an earlier run."""
    keep_memory()
    found, context = pickle.loads(Store(store_root).read_bytes(*CONTEXT_FILE))
    if found != key:
        raise RuntimeError(f"context {found} on the shelf, {key} expected")
    if not isinstance(context, Context):
        raise TypeError(type(context).__name__)
    return context
