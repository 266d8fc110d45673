"""What each tile sees of the far relief, said in a fingerprint: its skylines depend on no more.

A new terrain file changes the far relief of a whole territory by millimetres; only where the far
skyline changes by a hundredth of a degree has anything to be cast again.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

from cadastre.grid import expand
from cadastre.parameters import Parameters, group_key
from cadastre.pipeline import shading_stage
from cadastre.pipeline.far_stage import (
    STAGE,
    damaged_files,
    far_blocks,
    far_relief,
    far_source,
    is_kept,
)  # fmt: skip
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.ingest import Rasters
from cadastre.pipeline.plan import Plan
from cadastre.pipeline.store import Store, fingerprint, json_bytes
from cadastre.pipeline.tiles import Tile
from cadastre.shading.far import FarRelief

VERSION = 1
_MEMORY = (STAGE, "vues.json")


class FarViews:
    """The far relief of a run, and the fingerprint of what each tile sees of it.

    ``reads_only`` leaves the shelf as it is (``etat``).
    """

    def __init__(
        self,
        store: Store,
        rasters: Rasters,
        plan: Plan,
        crs: str,
        parameters: Parameters,
        prints: Fingerprints,
        reads_only: bool = False,
    ) -> None:
        self._store, self._crs, self._parameters = store, crs, parameters
        self._keep = not reads_only
        self._source = far_source(rasters, plan.bounds, crs, parameters)
        self.keys = {} if self._source is None else far_blocks(self._source, prints)
        self._made_of = fingerprint(
            VERSION, self.keys, crs, group_key(parameters.horizon),
            parameters.tiles.roof_margin_m, parameters.tiles.convergence_cell_m,
        )  # fmt: skip
        self.key = "" if self._source is None else fingerprint(self.keys)
        self._relief: FarRelief | None = None
        self._known: dict[str, Any] = store.read_json(*_MEMORY) if store.exists(*_MEMORY) else {}
        self._seen: dict[str, Any] = {}

    def is_to_read(self) -> bool:
        """Tell whether files must be read: there is a relief, and it is not on the shelf."""
        return self._source is not None and not is_kept(self._store, self.keys)

    def relief(self) -> FarRelief | None:
        """Far relief, read once; None where nothing lies beyond the near search."""
        if self._relief is None and self._source is not None:
            self._relief = far_relief(self._store, self._source, self.keys, self._keep)
        return self._relief

    def damaged(self) -> tuple[str, ...]:
        """Files that the far relief goes without in places."""
        if self._source is None:
            return ()
        told = damaged_files(self._store, self.keys) if self._relief is None else None
        relief = self.relief() if told is None else None
        return told or (() if relief is None else relief.damaged)

    def of(self, tile: Tile) -> str:
        """Fingerprint of the far skylines around a tile; empty without far relief."""
        if self._source is None:
            return ""
        asked = fingerprint(self._made_of, tile.bounds)
        known = self._known.get(tile.tile_id)
        if not (isinstance(known, list) and len(known) == 2 and known[0] == asked):
            known = [asked, self._print(tile)]
        self._seen[tile.tile_id] = known
        return str(known[1])

    def save(self) -> None:
        """Remember the fingerprints of the tiles asked about, and of the others."""
        if self._keep and any(self._known.get(name) != told for name, told in self._seen.items()):
            self._store.write_bytes(json_bytes(self._known | self._seen), *_MEMORY)

    def _print(self, tile: Tile) -> str:
        relief, side = self.relief(), self._parameters.tiles.convergence_cell_m
        if relief is None:
            return ""
        window = expand(tile.bounds, self._parameters.tiles.roof_margin_m)
        cells = [math.floor(value / side) for value in tile.bounds]
        digest = hashlib.sha256()
        for col in range(cells[0], cells[2] + 1):
            for row in range(cells[1], cells[3] + 1):
                north = shading_stage.convergence_deg(self._crs, col, row, side)
                seen = shading_stage.far_view(relief, window, self._parameters.horizon, north)
                digest.update(seen.elevation.tobytes())
        return digest.hexdigest()[:24]
