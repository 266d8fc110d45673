"""What ``rendement`` needs of the whole territory, made while the roofs are: sky and far relief.

Each keeps one processor busy for seconds and waits for no roof: among the tiles of the stage
``toits`` they cost no time on the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cadastre.grid import Bounds
from cadastre.pipeline import roof_stage
from cadastre.pipeline.context import TileTask, load_context
from cadastre.pipeline.far_stage import far_relief, far_source
from cadastre.pipeline.outcomes import Outcome
from cadastre.pipeline.store import Store
from cadastre.pipeline.weather_stage import SkyTask, tables_of_cell


@dataclass(frozen=True)
class ReliefTask:
    """The far relief of a territory to read and shelve.

    ``bounds`` of all its footprints, ``keys`` of its blocks.
    """

    store_root: str
    context_key: str
    bounds: Bounds
    keys: dict[str, str]
    tile_id: str = "relief"


def roofs_or_early(task: TileTask | SkyTask | ReliefTask) -> Any:
    """Do one piece of work of the stage ``toits``: a tile, a weather cell, the far relief."""
    if isinstance(task, SkyTask):
        return tables_of_cell(task)
    if isinstance(task, ReliefTask):
        context = load_context(task.store_root, task.context_key)
        source = far_source(context.rasters, task.bounds, context.crs, context.parameters)
        if source is not None:
            far_relief(Store(task.store_root), source, task.keys, keep=True)
        return None
    return roof_stage.roofs_of_tile(task)


@dataclass
class EarlyWork:
    """What became of the early tasks: the weather cells that failed, CPU seconds."""

    failed_cells: set[str] = field(default_factory=set)
    cpu_s: float = 0.0

    def take(self, outcome: Outcome[Any]) -> None:
        """Keep the outcome of a :class:`SkyTask` or a :class:`ReliefTask`.

        A relief that could not be read is read again, and its failure said, when its turn comes.
        """
        self.cpu_s += outcome.cpu_s
        if isinstance(outcome.task, SkyTask) and outcome.failure is not None:
            self.failed_cells.add(outcome.task.cell_id)
