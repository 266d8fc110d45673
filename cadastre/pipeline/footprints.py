"""The footprints of a territory in the leading process: one table, and shapes as bytes.

A shape as an object takes several times its bytes; a territory has half a million. Shapes are
made again for the few that are worked at together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from cadastre.grid import Bounds

_ATTRIBUTES = ("building_id", "building_height", "usage", "status")
_DIGITS = 16
_AT_ONCE = 20_000  # footprints whose shapes are in memory together
_SLACK_M = 1.0  # against rounding of a width


class Footprints:
    """All footprints: ``table`` without the shapes, ``bounds`` (NaN without a shape), ``crs``."""

    def __init__(self, footprints: gpd.GeoDataFrame) -> None:
        shapes = footprints.geometry.to_numpy()
        self._columns = list(footprints.columns)
        self._name = str(footprints.geometry.name)
        self.table = pd.DataFrame(footprints.drop(columns=self._name))
        self.crs = footprints.crs
        self.bounds = shapely.bounds(shapes)
        parts = [
            pa.array(shapely.to_wkb(shapes[part]), pa.large_binary())
            for part in _parts(len(shapes))
        ]
        self._wkb = pa.chunked_array(parts, pa.large_binary()).combine_chunks()

    def __len__(self) -> int:
        return len(self.table)

    def rows(self, rows: NDArray[np.int64]) -> gpd.GeoDataFrame:
        """Return some rows as a table with geometries."""
        frame = self.table.iloc[rows].assign(**{self._name: shapely.from_wkb(self.wkb(rows))})
        return gpd.GeoDataFrame(frame[self._columns], geometry=self._name, crs=self.crs)

    def wkb(self, rows: NDArray[np.int64]) -> NDArray[np.object_]:
        """Shapes of some rows as bytes, None where there is none."""
        found = self._wkb.take(pa.array(rows))
        return np.asarray(found.to_numpy(zero_copy_only=False))

    @property
    def total_bounds(self) -> Bounds:
        """Bounds of all footprints."""
        low = np.fmin.reduce(self.bounds[:, :2], axis=0, initial=np.nan)
        high = np.fmax.reduce(self.bounds[:, 2:], axis=0, initial=np.nan)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _parts(count: int) -> Iterator[slice]:
    return (slice(first, first + _AT_ONCE) for first in range(0, count, _AT_ONCE))


def row_prints(
    footprints: Footprints,
    rows: NDArray[np.int64],
    attributes: Sequence[str] = _ATTRIBUTES,
) -> NDArray[np.bytes_]:
    """Digest of the shape and of some attributes of some rows, (n,) of 16 digits.

    By default the attributes that the roofs read.
    """
    names = [name for name in attributes if name in footprints.table.columns]
    prints = np.empty(len(rows), f"S{_DIGITS}")
    for part in _parts(len(rows)):
        some = rows[part]
        words = [
            footprints.table[name].iloc[some].astype("string").fillna("").to_numpy(object)
            for name in names
        ]
        for at, (shape, *values) in enumerate(zip(footprints.wkb(some), *words), part.start):
            told = b"|".join([shape, *(value.encode() for value in values)])
            prints[at] = hashlib.sha256(told).hexdigest()[:_DIGITS].encode()
    return prints


def print_texts(prints: NDArray[np.bytes_]) -> list[str]:
    """Digests as the text that keys are made of."""
    return [str(one) for one in prints.astype(f"U{_DIGITS}")]


class Boxes:
    """Bounds of many things, asked for those that touch a window; a few words a thing."""

    def __init__(self, bounds: NDArray[np.float64]) -> None:
        """``bounds``: x_min, y_min, x_max, y_max of each, (n, 4)."""
        self._order = np.argsort(bounds[:, 0], kind="stable")
        self._bounds = bounds[self._order]
        self._widest = float(np.max(bounds[:, 2] - bounds[:, 0], initial=0.0))

    def touching(self, window: Bounds) -> NDArray[np.int64]:
        """Places of those that share a point with a window, in order."""
        west, south, east, north = window
        first, last = np.searchsorted(self._bounds[:, 0], [west - self._widest - _SLACK_M, east],
                                      side="right")  # fmt: skip
        near = self._bounds[first:last]
        hit = (near[:, 2] >= west) & (near[:, 1] <= north) & (near[:, 3] >= south)
        return np.sort(self._order[first:last][hit])
