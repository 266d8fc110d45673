"""``calculer``: every stage in order, resuming where the last run stopped."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cadastre import __version__
from cadastre.errors import InputError, ParameterError
from cadastre.kernels import device
from cadastre.pipeline import (
    roof_stage,
    shading_stage,
    surface_stage,
    territory_stages,
    weather_stage,
    yield_stage,
)
from cadastre.pipeline.context import Context, save_context
from cadastre.pipeline.crew import kept_workers
from cadastre.pipeline.early_tasks import ReliefTask, roofs_or_early
from cadastre.pipeline.far_views import FarViews
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.foreman import Foreman, Options
from cadastre.pipeline.forewarnings import say_memory, say_what_is_unseen
from cadastre.pipeline.ingest import Ingested, Rasters, ingest, intake, open_rasters
from cadastre.pipeline.journal import FOLDER, Journal
from cadastre.pipeline.lock import exclusive
from cadastre.pipeline.memory import give_back
from cadastre.pipeline.model_stage import model_roofs
from cadastre.pipeline.plan import Plan, plan_territory
from cadastre.pipeline.progress import Reporter
from cadastre.pipeline.shelves import FORCEABLE, prepare, sweep
from cadastre.pipeline.store import Store, fingerprint
from cadastre.pipeline.tasks import TaskMaker
from cadastre.pipeline.territory import Territory
from cadastre.pipeline.tickets import Ticket, roof_contents, skyline_ticket
from cadastre.publishing.texts_fr.cli import SENTENCES, STAGES
from cadastre.publishing.texts_fr.notes import quality_lines
from cadastre.sources.notes import Notes


@dataclass
class Result:
    """How a run ended."""

    report: dict[str, Any]
    failed_tiles: dict[str, str]
    error_buildings: int
    recomputed: int
    reread: bool = False


def compute(territory: Territory, options: Options, reporter: Reporter) -> Result:
    """Compute a territory up to its totals.

    Raises
    ------
    CadastreError
        Nothing can be done with the inputs, or another run holds the folder.
    CheckError
        Totals do not add up; tables of the last good run are kept.
    """
    if options.force is not None and options.force not in FORCEABLE:
        raise InputError("stage_unknown", stage=options.force, known=FORCEABLE)
    if territory.parameters.horizon.device == "gpu" and (reason := device.why_not()):
        raise ParameterError("no_device", reason=" ".join(reason.split()))
    store = Store(territory.store_root)
    with exclusive(store):
        prepare(store, options.force)
        return _Run(territory, options, reporter, store).everything()


class _Run:
    """One run of the stages; keeps times, failures and counts for the report."""

    def __init__(
        self, territory: Territory, options: Options, reporter: Reporter, store: Store
    ) -> None:
        self.territory, self.options = territory, options
        self.reporter, self.store = reporter, store
        self.damaged_relief: tuple[str, ...] = ()
        self.expected_mib = 0
        self.journal = Journal(store)
        attempts = territory.parameters.tiles.attempts
        self.foreman = Foreman(options, attempts, reporter, store, self.journal)
        self.failed = self.foreman.failed

    def everything(self) -> Result:
        """Run every stage, keeping the journal."""
        with self.journal:
            self.journal.event(
                "run_started", territory=self.territory.name, file=str(self.territory.path),
                version=__version__, processes=self.options.process_count,
                scheduler=self.options.scheduler,
            )  # fmt: skip
            return self._everything()

    def _everything(self) -> Result:
        prints = Fingerprints(self.store)
        notes = Notes()
        for kind, pattern in sorted(self.territory.absent.items()):
            notes.add(kind, pattern, "input_absent")
            self.reporter.say(SENTENCES["input_absent"].format(kind=kind, pattern=pattern))
        rasters = open_rasters(self.territory, notes)
        with self.journal.stage("ingestion", alone=True):
            self.reporter.stage("ingestion", 0)
            ingested = ingest(self.territory, self.store, prints, rasters)
        door = [*notes.table(), *ingested.notes]
        for line in quality_lines(door, intake(ingested.buildings)):
            self.reporter.say(line)
        plan = plan_territory(ingested, self.territory.parameters)
        ingested = dataclasses.replace(ingested, buildings=plan.footprints.table)
        say_what_is_unseen(rasters, plan, self.territory.parameters, notes, self.reporter)
        names = {tile.tile_id for tile in plan.tiles}
        unknown = sorted(set(self.options.only_tiles) - names)
        if unknown:
            raise InputError("tile_unknown", tiles=unknown, known=sorted(names)[:20])
        with self.journal.stage("modele", alone=True):
            model, model_notes = model_roofs(self.territory, self.store, plan, prints)
        parameters = self.territory.parameters
        far = FarViews(self.store, rasters, plan, self.territory.crs, parameters, prints)
        maker = TaskMaker(plan, parameters, rasters, prints, self.store.root, model, far)
        context = Context(self.territory.crs, self.territory.parameters, rasters)
        self.expected_mib = self._expected_mib(maker, len(plan.located))
        self.journal.event("plan", tiles=len(plan.tiles), expected_memory_mib=self.expected_mib)
        if self.options.scheduler is None:  # the workers of a cluster are elsewhere
            say_memory(self.expected_mib, self.options.process_count, self.reporter)
        cells = weather_stage.sky_tasks(ingested, self.territory.parameters, self.store.root)
        weather = weather_stage.series_prints(ingested)
        give_back()
        with kept_workers():
            tickets = self._roofs(plan, maker, context, cells)
            roofs = roof_contents(self.store, tickets, self.failed)
            keys = self._yields(plan, maker, context, cells, roofs, weather)
        for file in self.damaged_relief:
            notes.add("relief", file, "relief_damaged")
        prints.save()
        far.save()
        with self.journal.stage("totaux", alone=True):
            self.reporter.stage("totaux", 0)
            give_back()
            totals = territory_stages.assemble(
                self.territory, self.store, ingested, plan, rasters, self.failed, keys,
                self.options,
            )  # fmt: skip
        if stale := totals.pop("stale_tiles"):
            notes.add("dalles", "—", "tiles_stale", stale)
            self.reporter.say(SENTENCES["tiles_stale"].format(count=stale))
        if not self.failed and not self.options.only_tiles:
            sweep(self.store, names, set(maker.squares()), set(weather))
        territory_stages.write_sites(self.store, ingested.sites, self.territory.crs)
        notes_table = [*notes.table(), *ingested.notes, *model_notes]
        report = self._report(ingested, rasters, plan, totals, notes_table, prints)
        territory_stages.write_reports(self.store, report)
        return Result(
            report,
            self.failed,
            totals["error_buildings"],
            self.foreman.recomputed,
            ingested.reread,
        )

    def _expected_mib(self, maker: TaskMaker, buildings: int) -> int:
        """Memory of all processes together at the most, MiB."""
        tiles, workers = self.territory.parameters.tiles, self.options.process_count
        lead = tiles.main_mib + buildings * tiles.building_bytes / 2**20
        lead += tiles.process_mib if workers > 1 else 0.0
        return round(maker.expected_mib() * workers + lead)

    def _roofs(
        self,
        plan: Plan,
        maker: TaskMaker,
        context: Context,
        cells: list[weather_stage.SkyTask],
    ) -> list[Ticket]:
        with self.journal.stage("toits") as took:
            context_key = fingerprint(
                "toits", time.time_ns()
            )  # names this run's context file only, never a result
            save_context(self.store, context, context_key)
            tickets = [maker.roof_ticket(tile) for tile in plan.tiles]
            only = set(self.options.only_tiles)
            near = {
                name
                for tile in plan.tiles
                if tile.tile_id in only
                for name in maker.neighbours(tile)
            }
            wanted = [ticket for ticket in tickets if not only or ticket.tile_id in near]
            waiting = _heaviest_first(self.foreman.stale(roof_stage.STAGE, wanted), plan)
            early = self._early(plan, maker, cells, context_key) if len(waiting) > 1 else []
            self.foreman.run(
                "toits", waiting, roofs_or_early, took,
                functools.partial(maker.roof_task, context_key=context_key), early,
                maker.foresee_roofs,
            )  # fmt: skip
        return tickets

    def _early(
        self,
        plan: Plan,
        maker: TaskMaker,
        cells: list[weather_stage.SkyTask],
        context_key: str,
    ) -> list[weather_stage.SkyTask | ReliefTask]:
        """List what waits for no roof and is better done among them."""
        only = set(self.options.only_tiles)
        tiles = [tile for tile in plan.tiles if not only or tile.tile_id in only]
        wanted = {name for tile in tiles for name in maker.weather_cells(tile)}
        skies = self.foreman.missing_cells([c for c in cells if c.cell_id in wanted])
        if not maker.far.is_to_read():
            return [*skies]
        return [*skies, ReliefTask(self.store.root, context_key, plan.bounds, maker.far.keys)]

    def _yields(
        self,
        plan: Plan,
        maker: TaskMaker,
        context: Context,
        cells: list[weather_stage.SkyTask],
        roofs: dict[str, str],
        weather: dict[str, str],
    ) -> dict[str, str]:
        """Make the yields that are missing; returns the key each tile's product should have."""
        weather_keys = {cell.cell_id: cell.key for cell in cells}
        only = set(self.options.only_tiles)
        tickets = [
            maker.yield_ticket(tile, weather, roofs)
            for tile in plan.tiles
            if tile.tile_id in roofs
        ]
        keys = {ticket.tile_id: ticket.key for ticket in tickets}
        wanted_now = [ticket for ticket in tickets if not only or ticket.tile_id in only]
        waiting = self.foreman.stale(yield_stage.STAGE, wanted_now)
        if not waiting:
            self.damaged_relief = maker.far.damaged()
            return keys
        with self.journal.stage("ciel") as sky:
            named = {ticket.tile_id for ticket in waiting}
            tiles = [tile for tile in plan.tiles if tile.tile_id in named]
            wanted = {name for tile in tiles for name in maker.weather_cells(tile)}
            self.foreman.skies([cell for cell in cells if cell.cell_id in wanted])
            sky.cpu_s = self.foreman.early.cpu_s
        context_key = fingerprint("rendement", time.time_ns())
        with self.journal.stage("surfaces") as took:
            self._look_at_relief(maker.far.damaged())
            whole = dataclasses.replace(context, relief=maker.far.relief())
            save_context(self.store, whole, context_key)
            squares = maker.surface_tasks(roofs, named, context_key)
            uncast = self.foreman.stale(
                shading_stage.STAGE, [skyline_ticket(ticket) for ticket in waiting]
            )
            looked_at = maker.surface_tasks(roofs, {t.tile_id for t in uncast}, context_key)
            stale = self.foreman.stale(
                surface_stage.STAGE, list(looked_at.values()) if uncast else []
            )
            self.foreman.run("surfaces", stale, surface_stage.surface_of_square, took)
        with self.journal.stage("rendement") as took:
            self.foreman.run(
                "rendement", _heaviest_first(waiting, plan), yield_stage.yields_of_tile,
                took,
                functools.partial(
                    maker.yield_task, context_key=context_key, weather_keys=weather_keys,
                    squares=squares,
                ),
            )  # fmt: skip
        return keys

    def _look_at_relief(self, damaged: tuple[str, ...]) -> None:
        """Say at once which files of the far relief cannot be read everywhere."""
        self.damaged_relief = damaged
        for file in self.damaged_relief:
            self.reporter.say(SENTENCES["relief_damaged"].format(file=file))

    def _report(
        self,
        ingested: Ingested,
        rasters: Rasters,
        plan: Plan,
        totals: dict[str, Any],
        notes: list[dict[str, Any]],
        prints: Fingerprints,
    ) -> dict[str, Any]:
        stages = self.journal.table()
        return territory_stages.report_content(
            self.territory,
            ingested,
            rasters,
            {
                "totals": totals,
                "notes": notes,
                "failed_tiles": self.failed,
                "failed_squares": self.foreman.failed_squares,
                "tile_count": len(plan.tiles),
                "tiles_recomputed": self.foreman.recomputed,
                "durations_s": {
                    **{name: took["seconds"] for name, took in stages.items()},
                    "total": round(self.journal.seconds(), 2),
                },
                "stages": stages,
                "journal": f"{FOLDER}/{self.journal.name}",
                "stages_fr": STAGES,
                "peak_memory_mib": self.journal.peak_memory_mib(),
                "expected_memory_mib": self.expected_mib,
                "process_count": self.options.process_count,
                "finished": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            },
            prints,
        )


def _heaviest_first(tickets: Sequence[Ticket], plan: Plan) -> list[Ticket]:
    """Begin with the largest tiles: at the end of a stage no worker waits long for the others."""
    weight = {tile.tile_id: len(tile.rows) for tile in plan.tiles}
    return sorted(tickets, key=lambda ticket: (-weight[ticket.tile_id], ticket.tile_id))
