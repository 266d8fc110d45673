"""Doing the jobs: what is intact is left, the rest is fetched, one failure never stops another."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from cadastre.errors import FetchError
from cadastre.parameters.download import Download
from cadastre.sources.catalogue import Source
from cadastre.sources.download_checks import check_file
from cadastre.sources.download_finish import extract, put_together
from cadastre.sources.download_http import Client, Received
from cadastre.sources.download_jobs import Job, Work
from cadastre.sources.download_manifest import Manifest, note_of
from cadastre.sources.download_partial import file_sha256
from cadastre.sources.download_replies import StoppedError
from cadastre.sources.download_report import (
    FetchOptions,
    FetchReport,
    Listener,
    Outcome,
    Progress,
    Status,
)

_KEPT: frozenset[str] = frozenset({"intact", "no_coverage"})
_CHECKED_WHEN_MADE = frozenset({"geojson", "csv"})


@dataclass
class Runner:
    """Carries out jobs in one folder and keeps the account in ``report``."""

    client: Client
    manifest: Manifest
    options: FetchOptions
    report: FetchReport
    listener: Listener

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, int] = defaultdict(int)
        self._answered: set[str] = set()
        self._unreachable: dict[str, FetchError] = {}
        self._done = 0
        self._total = 0

    @property
    def parameters(self) -> Download:
        """Politeness and limits."""
        return self.client.parameters

    @property
    def folder(self) -> Path:
        """The download folder."""
        return self.manifest.folder

    # -- what is there ------------------------------------------------------------------------

    def stands(self, target: str, request: str) -> bool:
        """Tell whether nothing has to be asked for a file."""
        if self.options.refresh:
            return False
        return self.manifest.state(target, request, self.options.verify) in _KEPT

    def pending(self, work: Work) -> list[Job]:
        """List the jobs of a work that must be done."""
        assembly = work.assembly
        if assembly is not None and self.stands(assembly.target, assembly.request):
            return []
        return [job for job in work.jobs if not self.stands(job.target, job.identity)]

    # -- doing --------------------------------------------------------------------------------

    def run(self, works: Iterable[tuple[Source, Work]]) -> None:
        """Do all jobs, services side by side, then put the parts together."""
        listed = [(source, work) for source, work in works if work.jobs]
        settled = {
            source.name
            for source, work in listed
            if work.assembly is not None
            and self.stands(work.assembly.target, work.assembly.request)
        }
        by_service: dict[str, list[Job]] = defaultdict(list)
        for source, work in listed:
            for job in work.jobs if source.name not in settled else ():
                by_service[job.service].append(job)
        with self._lock:
            self._total += sum(map(len, by_service.values()))
        outcomes = self._all(by_service)
        for source, work in listed:
            self.report.notes.extend(work.notes)
            self.report.outcomes.extend(self._finish(source, work, outcomes, settled))
        self.manifest.save()

    def _finish(
        self, source: Source, work: Work, outcomes: dict[str, Outcome], settled: set[str]
    ) -> list[Outcome]:
        if work.assembly is None:
            told = [outcomes[job.target] for job in work.jobs if job.target in outcomes]
            more, said = extract(self.manifest, source, told, self.stands)
            self.report.notes.extend(said)
            return told + more
        if source.name in settled:
            entry = self.manifest.entries[work.assembly.target]
            kept: Status = "no_coverage" if entry.empty else "intact"
            return [Outcome(source.name, work.assembly.target, kept, entry.size)]
        outcome, notes = put_together(
            self.manifest, work.assembly, outcomes, self.client.catalogue.services[source.service]
        )
        self.report.notes.extend(notes)
        return [outcome]

    def _all(self, by_service: dict[str, list[Job]]) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        pools = {
            service: ThreadPoolExecutor(self.parameters.connections, thread_name_prefix=service)
            for service in by_service
        }
        futures = [
            pools[service].submit(self._job, job)
            for service, jobs in by_service.items()
            for job in jobs
        ]
        try:
            for future in as_completed(futures):
                outcome = future.result()
                outcomes[outcome.target] = outcome
                self._tell(outcome)
        except (KeyboardInterrupt, StoppedError):
            self.report.interrupted = True
            self.client.stop.set()
        finally:
            for pool in pools.values():
                pool.shutdown(wait=True, cancel_futures=True)
        return outcomes

    def _tell(self, outcome: Outcome) -> None:
        with self._lock:
            self._done += 1
            done, total, received = self._done, self._total, self.report.received_bytes
        title = self.report.titles.get(outcome.source, outcome.source)
        self.listener(Progress(done, total, received, title, outcome.target, outcome.status))

    def _count(self, size: int) -> None:
        with self._lock:
            self.report.received_bytes += size

    # -- one job ------------------------------------------------------------------------------

    def _job(self, job: Job) -> Outcome:
        """Do one job; whatever happens to it is told in its outcome."""
        name = job.source.name
        state = self.manifest.state(job.target, job.identity, self.options.verify)
        if not self.options.refresh:
            if state in _KEPT:
                entry = self.manifest.entries[job.target]
                kept: Status = "no_coverage" if entry.empty else "intact"
                return Outcome(name, job.target, kept, entry.size)
            if state == "unknown" and self._adopt(job):
                size = self.manifest.entries[job.target].size
                return Outcome(name, job.target, "adopted", size)
        cause = self._unreachable.get(job.service)
        if cause is None and self._failures[name] >= self.parameters.give_up_after:
            cause = FetchError("fetch_given_up")
        if cause is not None:
            return Outcome(name, job.target, "blocked", error=cause)
        try:
            outcome = self._fetch(job, replaced=state == "changed")
        except StoppedError:
            raise
        except Exception as error:  # whatever a file holds, the others must come
            cause = _named(error, job)
            with self._lock:
                self._failures[name] += 1
                if cause.code == "fetch_connection" and job.service not in self._answered:
                    self._unreachable[job.service] = cause  # all tries, and never an answer
            return Outcome(name, job.target, "failed", error=cause)
        with self._lock:
            self._failures[name] = 0
            self._answered.add(job.service)
        return outcome

    def _adopt(self, job: Job) -> bool:
        """Take a file that nobody noted, when it is whole and what would be asked."""
        if job.make is not None:
            return False
        try:
            check_file(self.folder / job.target, job.expected)
        except FetchError:
            return False
        self._note(job)
        return True

    def _fetch(self, job: Job, *, replaced: bool) -> Outcome:
        missing: list[str] = []

        def check(found: Path) -> None:
            missing[:] = check_file(found, job.expected)

        try:
            received = self._received(job, check)
        except FetchError as error:
            if error.code != "fetch_no_coverage":
                raise
            self._note(job, empty=True)
            return Outcome(job.source.name, job.target, "no_coverage")
        self._note(job, received)
        if missing:
            facts = {"title": job.source.title, "file": job.target, "names": list(missing)}
            with self._lock:
                self.report.notes.append(("columns_absent", facts))
        status: Status = "resumed" if received.resumed_bytes else "fetched"
        return Outcome(
            job.source.name, job.target, "replaced" if replaced else status, received.size
        )

    def _received(self, job: Job, check: Callable[[Path], None]) -> Received:
        path = self.folder / job.target
        if job.make is None:
            return self.client.get_file(
                job.service, job.url, path, check, resumable=job.resumable, on_bytes=self._count
            )
        body = job.make(self.client)
        self._count(len(body))
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".partiel")
        beside.write_bytes(body)
        if job.expected.format in _CHECKED_WHEN_MADE:
            check(beside)
        beside.replace(path)
        return Received(len(body), file_sha256(path), "", "", 1, 0)

    def _note(self, job: Job, received: Received | None = None, *, empty: bool = False) -> None:
        modified = "" if received is None else received.last_modified
        self.manifest.record(
            note_of(
                job.source,
                self.folder,
                job.target,
                job.url,
                request=job.identity,
                vintage=job.vintage or _date(modified),
                etag="" if received is None else received.etag,
                last_modified=modified,
                empty=empty,
            )
        )


def _named(error: Exception, job: Job) -> FetchError:
    if isinstance(error, FetchError):
        return error
    detail = f"{type(error).__name__}: {error}"
    return FetchError("fetch_unexpected", file=job.target, detail=detail)


def _date(text: str) -> str:
    """Date of a ``Last-Modified`` header, ISO; empty when there is none."""
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except (TypeError, ValueError):
        return ""
