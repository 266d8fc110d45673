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
from cadastre.pipeline.far_stage import far_relief
from cadastre.pipeline.runner import Outcome
from cadastre.pipeline.weather_stage import SkyTask, tables_of_cell
from cadastre.shading.far import FarRelief


@dataclass(frozen=True)
class ReliefTask:
    """The far relief of a territory to read: ``bounds`` of all its footprints."""

    store_root: str
    context_key: str
    bounds: Bounds
    tile_id: str = "relief"


def roofs_or_early(task: TileTask | SkyTask | ReliefTask) -> Any:
    """Do one piece of work of the stage ``toits``: a tile, a weather cell, the far relief."""
    if isinstance(task, SkyTask):
        return tables_of_cell(task)
    if isinstance(task, ReliefTask):
        context = load_context(task.store_root, task.context_key)
        return Relief(far_relief(context.rasters, task.bounds, context.crs, context.parameters))
    return roof_stage.roofs_of_tile(task)


@dataclass(frozen=True)
class Relief:
    """Far relief of a territory; ``heights`` is None where nothing lies beyond the near search."""

    heights: FarRelief | None


@dataclass
class EarlyWork:
    """What became of the early tasks: the relief, the weather cells that failed, CPU seconds."""

    relief: Relief | None = None
    failed_cells: set[str] = field(default_factory=set)
    cpu_s: float = 0.0

    def take(self, outcome: Outcome[Any]) -> None:
        """Keep the outcome of a :class:`SkyTask` or a :class:`ReliefTask`.

        A relief that could not be read is read again, and its failure said, when its turn comes.
        """
        self.cpu_s += outcome.cpu_s
        if isinstance(outcome.result, Relief):
            self.relief = outcome.result
        if isinstance(outcome.task, SkyTask) and outcome.failure is not None:
            self.failed_cells.add(outcome.task.cell_id)
