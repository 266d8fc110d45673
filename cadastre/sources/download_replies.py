"""What comes back from a server: how to tell data from what is not, and how long to wait."""

from __future__ import annotations

import email.utils
import gzip
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import Any

from cadastre.errors import FetchError


class StoppedError(Exception):
    """The download was asked to stop; what is received stays for the next time."""


class AttemptError(Exception):
    """One attempt that failed: what to report, whether to try again, how long to wait."""

    def __init__(
        self, error: FetchError, passing: bool = True, wait_s: float = 0.0, blocks: bool = False
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.passing = passing
        self.wait_s = wait_s
        self.blocks_service = blocks


@dataclass(frozen=True)
class Reply:
    """A body held in memory and its headers."""

    body: bytes
    headers: Message
    url: str


def as_json(reply: Reply) -> Any:
    """Parse a JSON body; a page or an exception report is refused by what it is."""
    head = reply.body[:2000].lstrip()
    if head[:1] not in (b"{", b"["):
        raise not_data(reply.body[:2000], reply.url, "JSON")
    try:
        return json.loads(reply.body)
    except ValueError as error:
        raise FetchError("fetch_corrupt", url=reply.url, kind="JSON", detail=str(error)) from error


def not_data(head: bytes, where: str, kind: str) -> FetchError:
    """Name what came in place of data: nothing, a web page, an exception report, or a riddle."""
    text = head.decode("utf-8", "replace").strip()
    if not text:
        return FetchError("fetch_empty", url=where)
    lowered = text.lower()
    if "exceptionreport" in lowered or "serviceexception" in lowered:
        message = re.sub(r"<[^>]+>", " ", text)
        return FetchError("fetch_exception", url=where, detail=" ".join(message.split())[:300])
    if "<html" in lowered or "<!doctype html" in lowered:
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.I | re.S)
        return FetchError(
            "fetch_page", url=where, detail=" ".join(title[1].split())[:120] if title else ""
        )
    return FetchError("fetch_kind", url=where, kind=kind, detail=text[:60])


def retry_after_s(headers: Message, now: datetime | None = None) -> float:
    """Seconds a server asks to wait: a number or a date (RFC 9110, 10.2.3); 0 when it does not."""
    text = (headers.get("Retry-After") or "").strip()
    if not text:
        return 0.0
    if text.isdigit():
        return float(text)
    try:
        date = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0.0
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max((date - (now or datetime.now(UTC))).total_seconds(), 0.0)


def check_complete(headers: Message, size: int, url: str) -> None:
    """Refuse a body shorter or longer than announced."""
    expected = content_length(headers)
    if expected is not None and size != expected:
        raise AttemptError(FetchError("fetch_truncated", url=url, size=size, expected=expected))


def inflated(body: bytes, headers: Message, url: str) -> bytes:
    """Return the body without its transfer compression."""
    if "gzip" not in headers.get("Content-Encoding", "").lower():
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError) as error:
        raise AttemptError(
            FetchError("fetch_corrupt", url=url, kind="gzip", detail=str(error))
        ) from error


def content_length(headers: Message) -> int | None:
    """Return the announced length; None when there is none."""
    text = headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def content_range(headers: Message) -> tuple[int, int | None]:
    """Return where a part starts and how long the whole is; (-1, None) when that is not said."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", "").strip())
    if found is None:
        return -1, None
    return int(found[1]), None if found[2] == "*" else int(found[2])
