"""A file on its way: its bytes so far, and what the server said of them, beside the target."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path

from cadastre.errors import FetchError
from cadastre.sources.download_replies import AttemptError, content_length, content_range


@dataclass(frozen=True)
class Said:
    """What the server said of a file: enough to recognise its bytes the next time."""

    url: str = ""
    etag: str = ""
    modified: str = ""
    total: int | None = None

    @property
    def validator(self) -> str:
        """Return what ``If-Range`` may carry: a strong entity tag, else the date."""
        strong = self.etag and not self.etag.startswith("W/")
        return self.etag if strong else self.modified


class Partial:
    """A file on its way: its bytes so far and what the server said of them."""

    def __init__(self, target: Path, url: str, resumable: bool) -> None:
        self.path = target.with_name(target.name + ".partiel")
        self._side = target.with_name(target.name + ".partiel.json")
        self._url = url
        self._resumable = resumable

    def said(self) -> Said:
        """Return what was noted of these bytes; nothing when they are of another address."""
        try:
            found = Said(**json.loads(self._side.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return Said()
        return found if found.url == self._url else Said()

    def offset(self) -> int:
        """Bytes that may be kept; 0 when the server gave nothing to recognise them by."""
        if not self._resumable or not self.said().validator or not self.path.exists():
            return 0
        return self.path.stat().st_size

    def whole(self) -> bool:
        """Tell whether nothing is missing: stopped between the last byte and the renaming."""
        total = self.said().total
        return total is not None and total > 0 and self.offset() == total

    def range_headers(self) -> dict[str, str]:
        """Return the headers that ask for the rest."""
        offset = self.offset()
        if not offset:
            return {}
        return {"Range": f"bytes={offset}-", "If-Range": self.said().validator}

    def accept(self, status: int, headers: Message, url: str) -> tuple[int, int | None]:
        """Say where the coming bytes start and how long the file will be; note its validator."""
        offset, total = 0, content_length(headers)
        if status == 206:
            offset, total = content_range(headers)
            if offset != self.offset():
                self.discard()
                raise AttemptError(FetchError("fetch_range", url=url))
        else:
            self.path.unlink(missing_ok=True)
        said = Said(self._url, headers.get("ETag", ""), headers.get("Last-Modified", ""), total)
        self._side.write_text(json.dumps(asdict(said)), encoding="utf-8")
        return offset, total

    def discard(self) -> None:
        """Forget the bytes."""
        self.path.unlink(missing_ok=True)
        self.forget()

    def forget(self) -> None:
        """Forget what was said of the bytes."""
        self._side.unlink(missing_ok=True)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def check_room(path: Path, total: int | None, offset: int, margin_gb: float) -> None:
    """Refuse what would not leave the margin free on the disk."""
    if total is None:
        return
    free = shutil.disk_usage(path.parent).free
    needed = total - offset + margin_gb * 1e9
    if free < needed:
        raise AttemptError(
            FetchError("fetch_disk_full", needed_gb=needed / 1e9, free_gb=free / 1e9),
            passing=False,
        )
