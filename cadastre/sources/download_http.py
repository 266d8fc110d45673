"""One polite HTTP client: limits by service, retries, resumed files. Nothing here knows a format.

Every request goes through the gate of its service: a few at a time, a pause between two starts,
and a stop of the whole service when it answers 429 or 503 with ``Retry-After`` (the Géoplateforme
blocks an address, not a request). Passing faults are tried again with exponential back-off and
jitter; the others are raised at once. A file is received beside its target and renamed when it
is whole and checked; what an interruption leaves is continued with ``Range`` and ``If-Range``
(RFC 9110, sections 13.1.5 and 14.2), or restarted when the server will not say that the file is
the same.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

from cadastre import __version__
from cadastre.errors import FetchError
from cadastre.parameters.download import Download
from cadastre.sources.catalogue import Catalogue
from cadastre.sources.download_partial import Partial, check_room, file_sha256
from cadastre.sources.download_replies import (
    AttemptError,
    Reply,
    StoppedError,
    as_json,
    check_complete,
    inflated,
    not_data,
    retry_after_s,
)

# Status codes worth another try: RFC 9110 and RFC 6585; 529 is PVGIS's "overloaded". A service
# may add its own in the catalogue.
PASSING_STATUS = frozenset({408, 416, 425, 429, 500, 502, 503, 504, 529})
# What another try would not change.
FINAL_CODES = frozenset({"fetch_no_coverage"})
_BLOCKING_STATUS = frozenset({429, 503})
_CHUNK = 1 << 18
_NETWORK = (
    urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError,
)  # fmt: skip
_USER_AGENT = f"cadastre-solaire/{__version__}"

Result = TypeVar("Result")


@dataclass(frozen=True)
class Received:
    """A file that arrived whole. ``resumed_bytes`` were there from an interrupted download."""

    size: int
    sha256: str
    etag: str
    last_modified: str
    attempts: int
    resumed_bytes: int


@dataclass
class Gate:
    """How one service may be asked: at most so many at once, so long between two starts."""

    slots: threading.Semaphore
    pause_s: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    next_start: float = 0.0

    def reserve(self, now: float) -> float:
        """Take the next start; return how long to wait for it, s."""
        with self.lock:
            start = max(now, self.next_start)
            self.next_start = start + self.pause_s
            return start - now

    def block(self, until: float) -> None:
        """Let nobody start before ``until``."""
        with self.lock:
            self.next_start = max(self.next_start, until)


class Client:
    """Fetches addresses of the catalogue's services.

    Parameters
    ----------
    catalogue
        Services, their addresses and limits.
    parameters
        Politeness, retries, timeouts.
    seed
        Of the jitter of the waiting times.
    """

    def __init__(self, catalogue: Catalogue, parameters: Download, seed: int = 0) -> None:
        self.catalogue = catalogue
        self.parameters = parameters
        self.stop = threading.Event()
        self._random = random.Random(seed)
        self._gates = {name: self._gate(name) for name in catalogue.services}
        self._opener = urllib.request.build_opener()

    def _gate(self, name: str) -> Gate:
        published = self.catalogue.services[name].requests_per_second
        share = self.parameters.rate_share
        rate = self.parameters.default_rate_per_s if published is None else published * share
        return Gate(threading.Semaphore(self.parameters.connections), 1.0 / rate)

    # -- waiting ------------------------------------------------------------------------------

    def _sleep(self, seconds: float) -> None:
        if self.stop.wait(max(seconds, 0.0)):
            raise StoppedError

    @contextlib.contextmanager
    def _turn(self, service: str) -> Iterator[None]:
        gate = self._gates[service]
        with gate.slots:
            self._sleep(gate.reserve(time.monotonic()))
            yield

    def backoff_s(self, attempt: int) -> float:
        """Wait before the try after ``attempt`` (1 is the first), jitter included, s."""
        chosen = self.parameters
        wait = chosen.backoff_first_s * chosen.backoff_factor ** (attempt - 1)
        wait = min(wait, chosen.backoff_max_s)
        return wait * (1.0 + chosen.backoff_jitter * self._random.random())

    def retrying(self, service: str, action: Callable[[], Result]) -> tuple[Result, int]:
        """Run ``action`` until it succeeds; return its result and the number of tries.

        Raises
        ------
        FetchError
            Of the last try, when all have failed or when the fault is not a passing one.
        """
        for attempt in range(1, self.parameters.attempts + 1):
            try:
                with self._turn(service):
                    return action(), attempt
            except AttemptError as fault:
                if fault.wait_s > self.parameters.retry_after_max_s:
                    raise fault.error from fault
                if fault.blocks_service:
                    self._gates[service].block(time.monotonic() + fault.wait_s)
                if not fault.passing or attempt == self.parameters.attempts:
                    raise fault.error from fault
                self._sleep(max(self.backoff_s(attempt), fault.wait_s))
        raise AssertionError  # pragma: no cover - the loop returns or raises

    # -- asking -------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _open(self, url: str, headers: Mapping[str, str]) -> Iterator[http.client.HTTPResponse]:
        """Open an address; every fault of the network becomes a :class:`AttemptError`."""
        request = urllib.request.Request(
            self.catalogue.reach(url),
            headers={"User-Agent": _USER_AGENT, "Cache-Control": "no-cache", **headers},
        )
        try:
            with self._opener.open(request, timeout=self.parameters.timeout_s) as response:
                yield response
        except urllib.error.HTTPError as error:
            raise self._status_fault(error, url) from error
        except _NETWORK as error:
            reason = getattr(error, "reason", error)
            code = "fetch_timeout" if isinstance(reason, TimeoutError) else "fetch_connection"
            detail = str(reason) or type(reason).__name__
            raise AttemptError(FetchError(code, url=url, detail=detail)) from error

    def _status_fault(self, error: urllib.error.HTTPError, url: str) -> AttemptError:
        with contextlib.suppress(*_NETWORK):
            detail = not_data(error.read(2000), url, "").facts.get("detail", "")
            found = FetchError("fetch_status", url=url, status=error.code, detail=detail)
            own = self.catalogue.owner(url).retry_status
            passing = error.code in PASSING_STATUS or error.code in own
            blocks = error.code in _BLOCKING_STATUS
            return AttemptError(found, passing, retry_after_s(error.headers), blocks)
        return AttemptError(FetchError("fetch_status", url=url, status=error.code, detail=""))

    def _chunks(self, response: IO[bytes], url: str) -> Iterator[bytes]:
        """Read to the end; a server that drips is abandoned."""
        window_start, in_window = time.monotonic(), 0
        read = getattr(response, "read1", response.read)
        while chunk := read(_CHUNK):
            if self.stop.is_set():
                raise StoppedError
            in_window += len(chunk)
            yield chunk
            elapsed = time.monotonic() - window_start
            if elapsed > self.parameters.slow_window_s:
                if in_window < self.parameters.slow_limit_b_per_s * elapsed:
                    raise AttemptError(FetchError("fetch_slow", url=url, rate=in_window / elapsed))
                window_start, in_window = time.monotonic(), 0

    def get(self, service: str, url: str, check: Callable[[Reply], Result]) -> Result:
        """Fetch a body into memory and hand it to ``check``, which may refuse it.

        ``check`` raises :class:`FetchError` for what is not the expected answer: it is asked
        again. The body is asked gzip-compressed.
        """

        def once() -> Result:
            with self._open(url, {"Accept-Encoding": "gzip"}) as response:
                body = b"".join(self._chunks(response, url))
                check_complete(response.headers, len(body), url)
                reply = Reply(inflated(body, response.headers, url), response.headers, url)
            try:
                return check(reply)
            except FetchError as error:
                raise AttemptError(error) from error

        return self.retrying(service, once)[0]

    def get_json(self, service: str, url: str) -> Any:
        """Fetch a JSON document."""
        return self.get(service, url, as_json)

    def get_file(
        self,
        service: str,
        url: str,
        target: Path,
        check: Callable[[Path], None],
        *,
        resumable: bool = True,
        on_bytes: Callable[[int], None] = lambda _: None,
    ) -> Received:
        """Fetch a file, whole or not at all.

        Parameters
        ----------
        target
            Where it goes; received beside it as ``.partiel`` and renamed at the end.
        check
            Raises :class:`FetchError` when the content is not what was asked; may rewrite the
            file (lossless compression).
        resumable
            False for answers computed on demand, which have no lasting bytes.
        on_bytes
            Told the size of each piece.

        Raises
        ------
        FetchError
            When it could not be had, named by what the last try met.
        """
        part = Partial(target, url, resumable)
        resumed = part.offset()

        def once() -> None:
            if not part.whole():
                self._receive(url, part, on_bytes)
            try:
                check(part.path)
            except FetchError as error:
                part.discard()
                raise AttemptError(error, passing=error.code not in FINAL_CODES) from error

        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _, attempts = self.retrying(service, once)
        except FetchError:
            if not resumable:
                part.discard()
            raise
        said = part.said()
        size, digest = part.path.stat().st_size, file_sha256(part.path)
        part.path.replace(target)
        part.forget()
        return Received(size, digest, said.etag, said.modified, attempts, resumed)

    def _receive(self, url: str, part: Partial, on_bytes: Callable[[int], None]) -> None:
        """Receive what is missing of a file."""
        headers = {"Accept-Encoding": "identity", **part.range_headers()}
        try:
            with self._open(url, headers) as response:
                offset, total = part.accept(response.status, response.headers, url)
                check_room(part.path, total, offset, self.parameters.free_space_margin_gb)
                with part.path.open("ab" if offset else "wb") as handle:
                    for chunk in self._chunks(response, url):
                        handle.write(chunk)
                        on_bytes(len(chunk))
                    handle.flush()
                    os.fsync(handle.fileno())
        except AttemptError as fault:
            if fault.error.facts.get("status") == 416:
                part.discard()
            raise
        except OSError as error:
            raise AttemptError(
                FetchError("fetch_disk", file=str(part.path), detail=str(error)), passing=False
            ) from error
        size = part.path.stat().st_size
        if total is not None and size != total:
            if size > total:
                part.discard()
            raise AttemptError(FetchError("fetch_truncated", url=url, size=size, expected=total))
