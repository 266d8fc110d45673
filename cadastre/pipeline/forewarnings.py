"""What a run says before it works: which shades will be missing, what memory it takes."""

from __future__ import annotations

from cadastre.parameters import Parameters
from cadastre.pipeline.far_stage import relief_reaches
from cadastre.pipeline.ingest import Rasters
from cadastre.pipeline.memory import free_mib
from cadastre.pipeline.plan import Plan
from cadastre.pipeline.progress import Reporter
from cadastre.publishing.texts_fr.cli import SENTENCES
from cadastre.sources.notes import Notes


def say_what_is_unseen(
    rasters: Rasters, plan: Plan, parameters: Parameters, notes: Notes, reporter: Reporter
) -> None:
    """Say which shades will be missing: far relief elsewhere, trees that nothing tells."""
    if rasters.relief is not None and not relief_reaches(rasters, plan.bounds, parameters):
        notes.add("relief", rasters.relief.files[0].path, "relief_elsewhere")
        reporter.say(SENTENCES["relief_elsewhere"])
    if rasters.mns is None and rasters.points is None:
        notes.add("mns", "—", "no_near_shading")
        reporter.say(SENTENCES["no_near_shading"])
    unknown = rasters.points is None and rasters.mnt is None
    if parameters.sky.sees_through_trees and unknown:
        notes.add("parametres", "—", "vegetation_unknown")
        reporter.say(SENTENCES["vegetation_unknown"])


def say_memory(expected: int, processes: int, reporter: Reporter) -> None:
    """Say what memory the run will take, and whether the machine has it."""
    free = free_mib()
    short = free is not None and free < expected
    reporter.say(
        SENTENCES["memory_short" if short else "memory_expected"].format(
            expected=expected, processes=processes,
            free=round(free or 0.0),
        )
    )  # fmt: skip
