"""One download or one plan, in its order: what the rest depends on, then what is to be done.

It begins with the limits of the communes, then the index of LiDAR tiles; a source that needs
neither is fetched even when they cannot be had.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from cadastre.errors import FetchError, InputError
from cadastre.parameters.download import Download
from cadastre.sources.catalogue import Catalogue, Source
from cadastre.sources.download_expected import Expectation
from cadastre.sources.download_http import Client
from cadastre.sources.download_jobs import Job, Situation, Work
from cadastre.sources.download_manifest import Manifest
from cadastre.sources.download_plan import (
    NEEDS_LIMITS,
    NEEDS_TILES,
    chosen_sources,
    source_names,
    work_of,
)
from cadastre.sources.download_report import (
    GOOD,
    FetchOptions,
    FetchReport,
    Listener,
    Outcome,
    PlanLine,
)
from cadastre.sources.download_run import Runner
from cadastre.sources.download_territory import (
    CRS,
    Limits,
    TerritoryScope,
    departments,
    fetch_limits,
    limits_request,
    read_limits,
)
from cadastre.sources.services_files import latest_delivery
from cadastre.sources.services_raster import lidar_tiles
from cadastre.sources.services_wfs import count_features


class Session:
    """One download or one plan: limits, index, then everything else."""

    def __init__(
        self,
        territory: TerritoryScope,
        catalogue: Catalogue,
        folder: Path,
        options: FetchOptions,
        parameters: Download,
        progress: Listener,
    ) -> None:
        known = source_names(catalogue)
        strange = sorted({*options.only, *options.without, *options.also} - set(known))
        if strange:
            raise InputError("source_unknown", names=strange, known=known)
        self.territory = territory
        self.catalogue = catalogue
        self.options = options
        titles = {name: source.title for name, source in catalogue.sources.items()}
        self.report = FetchReport(territory.name, str(folder), titles)
        client = Client(catalogue, parameters)
        self.runner = Runner(client, Manifest(folder), options, self.report, progress)
        codes = territory.communes
        self.at = Situation(catalogue, parameters, codes, departments(codes))

    # -- what the rest depends on ---------------------------------------------------------------

    def prepare(self) -> None:
        """Have the limits, then the tile index where a source needs it."""
        limits = self._limits()
        if limits is not None:
            self.report.notes.extend(limits.notes)
            self.at = replace(
                self.at,
                communes=limits.communes,
                departments=limits.departments,
                limits=limits,
            )
        names = {source.name for source in self._chosen()}
        if limits is not None and names & {*NEEDS_TILES, "lidar_index"}:
            index = self.catalogue.sources["lidar_index"]
            self.runner.run([(index, work_of(index, self.at))])
            self._read_tiles(index)
        if "bdtopo_departement" in names:
            self._find_deliveries()

    def _limits(self) -> Limits | None:
        """Fetch the limits, or read those that are there."""
        communes, epci = (self.catalogue.sources[name] for name in ("communes", "epci"))
        request = limits_request(self.territory, communes, epci)
        both: list[bytes] = []

        def make(client: Client, rank: int) -> bytes:
            if not both:
                both.extend(fetch_limits(client, communes, epci, self.territory))
            return both[rank]

        for rank, source in enumerate((communes, epci)):
            job = Job(
                source,
                source.target,
                source.service,
                f"{self.at.base(source)} {source.layer}",
                Expectation("limits"),
                source.mean_bytes,
                make=lambda client, rank=rank: make(client, rank),
                request=request,
            )
            self.runner.run([(source, Work((job,)))])
            if self.report.interrupted or self.report.outcomes[-1].status not in GOOD:
                return None
        paths = [self.runner.folder / source.target for source in (communes, epci)]
        try:
            return read_limits(paths[0], paths[1], self.territory)
        except (OSError, ValueError, KeyError) as error:
            raise FetchError(
                "fetch_corrupt", url=communes.target, kind="GeoJSON", detail=str(error)
            ) from error

    def _read_tiles(self, index: Source) -> None:
        path = self.runner.folder / index.target
        if self.report.outcomes[-1].status in GOOD and path.exists():
            features = json.loads(path.read_text(encoding="utf-8"))["features"]
            self.at = replace(self.at, tiles=tuple(lidar_tiles(features)))

    def _find_deliveries(self) -> None:
        source = self.catalogue.sources["bdtopo_departement"]
        for code in self.at.departments:
            try:
                found = latest_delivery(self.runner.client, source, code)
                self.at.cache[f"delivery_{code}"] = found
            except FetchError as error:
                target = source.target.format(name=f"D{code}")
                self.report.outcomes.append(Outcome(source.name, target, "failed", error=error))

    # -- what is to be done -----------------------------------------------------------------------

    def _chosen(self) -> list[Source]:
        without = set(self.options.without)
        extra = set(self.options.also)
        if self.options.points:
            extra.add("lidar_points")
        if self.options.department_package or "bdtopo_departement" in extra:
            extra.add("bdtopo_departement")
            without.add("bdtopo_batiments")
        return chosen_sources(self.catalogue, self.options.only, without, extra)

    def works(self) -> list[tuple[Source, Work]]:
        """List the work of every source; those that cannot begin are told in the report."""
        listed: list[tuple[Source, Work]] = []
        for source in self._chosen():
            if source.name == "lidar_index":
                continue
            cause = self._cause(source)
            if cause is not None:
                outcome = Outcome(source.name, source.pattern, "blocked", error=cause)
                self.report.outcomes.append(outcome)
            else:
                listed.append((source, work_of(source, self.at)))
        return listed

    def _cause(self, source: Source) -> FetchError | None:
        """Say what keeps a source from beginning."""
        if not self.at.communes or (source.name in NEEDS_LIMITS and self.at.limits is None):
            return FetchError("fetch_needs", name=self.catalogue.sources["communes"].title)
        if source.name in NEEDS_TILES and self.at.tiles is None:
            return FetchError("fetch_needs", name=self.catalogue.sources["lidar_index"].title)
        return None

    def check_room(self, works: list[tuple[Source, Work]]) -> None:
        """Refuse to begin what does not fit on the disk."""
        needed = sum(self.line(source, work, count=False).missing_size for source, work in works)
        free = shutil.disk_usage(self.runner.folder).free
        margin = self.at.parameters.free_space_margin_gb * 1e9
        if needed and needed + margin > free:
            raise FetchError("fetch_room", needed_gb=(needed + margin) / 1e9, free_gb=free / 1e9)

    def line(self, source: Source, work: Work, count: bool = True) -> PlanLine:
        """Sum up the work of one source."""
        pending = self.runner.pending(work)
        title, files = source.title, len(work.jobs)
        assembly = work.assembly
        if assembly is None:
            size = sum(job.size for job in work.jobs)
            missing = sum(job.size for job in pending)
            travel = sum(job.transfer or job.size for job in pending)
            return PlanLine(
                source.name, title, files, size, len(pending), missing, transfer=travel
            )
        size, counted = assembly.size, None
        if count and pending and self.at.limits is not None:
            counted = self._count(source)
            size = size if counted is None else counted * source.mean_bytes
        missing = size if pending else 0
        return PlanLine(
            source.name,
            title,
            1,
            size,
            int(bool(pending)),
            missing,
            counted=counted,
            transfer=missing,
        )

    def _count(self, source: Source) -> int | None:
        assert self.at.limits is not None
        bounds = self.at.limits.geometry.bounds
        try:
            return count_features(self.runner.client, source, bounds=bounds, crs=CRS)
        except FetchError:
            return None
