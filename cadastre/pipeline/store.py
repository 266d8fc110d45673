"""The shelf: the only place between rooms that touches disks.

One product = some files plus a manifest ``{key, files: {name: {sha256, bytes}}}`` written last.
Each file goes to a temporary name, is flushed to the disk, then renamed: after a power cut a
product is whole or absent. A product whose bytes no longer match its manifest counts as absent.
Folders may be object storage: paths are fsspec URLs.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq

from cadastre.errors import CadastreError, StoreError, first_line
from cadastre.sources.remote import filesystem

STORE_VERSION = 1


@dataclass(frozen=True)
class Product:
    """What a manifest says of one output of one stage."""

    stage: str
    name: str
    key: str
    files: dict[str, dict[str, Any]]
    facts: dict[str, Any]


class Store:
    """Files of one output folder, on disk or object storage."""

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/")
        # no remembered listings: other processes write to the same folders
        self._fs, self._base = filesystem(self.root, use_listings_cache=False)
        self.is_local = "file" in (
            self._fs.protocol if isinstance(self._fs.protocol, tuple) else (self._fs.protocol,)
        )

    def path(self, *parts: str) -> str:
        """Return the full path of a file of the store."""
        return "/".join([self._base.rstrip("/"), *parts])

    def exists(self, *parts: str) -> bool:
        """Tell whether a file or folder is there."""
        with self._in_words():
            return bool(self._fs.exists(self.path(*parts)))

    def names(self, *parts: str) -> list[str]:
        """Names in a folder, sorted; empty when the folder is absent."""
        folder = self.path(*parts)
        with self._in_words():
            if not self._fs.isdir(folder):
                return []
            entries = self._fs.ls(folder, detail=False)
        return sorted(str(entry).rstrip("/").rsplit("/", 1)[-1] for entry in entries)

    def read_bytes(self, *parts: str) -> bytes:
        """Read a whole file."""
        with self._in_words(), self._fs.open(self.path(*parts), "rb") as handle:
            return bytes(handle.read())

    def read_json(self, *parts: str) -> dict[str, Any]:
        """Read a JSON file; empty when it is no JSON object."""
        try:
            content = json.loads(self.read_bytes(*parts))
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def read_list(self, *parts: str) -> list[dict[str, Any]]:
        """Read a JSON list; empty when it is none."""
        try:
            content = json.loads(self.read_bytes(*parts))
        except ValueError:
            return []
        return content if isinstance(content, list) else []

    def remove(self, *parts: str) -> None:
        """Remove a file or folder; nothing when absent."""
        if self.exists(*parts):
            with self._in_words():
                self._fs.rm(self.path(*parts), recursive=True)

    def write_bytes(self, content: bytes, *parts: str) -> None:
        """Write a file so that it is whole or absent, whatever happens."""
        self.write_with(lambda handle: handle.write(content), *parts)

    def write_with(self, writer: Callable[[Any], object], *parts: str) -> None:
        """Let ``writer`` fill a file that appears under its name only when complete."""
        self.write_aside(writer, *parts).publish()

    def write_aside(self, writer: Callable[[Any], object], *parts: str) -> Aside:
        """Let ``writer`` fill a file, flushed to the disk, that has no name yet.

        What stands under the name stays until :meth:`Aside.publish`.
        """
        target = self.path(*parts)
        if self.is_local:
            self._fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
            aside = Aside(self, target, f"{target}.{os.getpid()}.part", None)
        else:
            folder = tempfile.TemporaryDirectory(prefix="cadastre-")
            aside = Aside(self, target, os.path.join(folder.name, "whole"), folder)  # noqa: PTH118
        try:
            with self._in_words(), open(aside.temporary, "wb") as handle:  # noqa: PTH123
                writer(handle)
                handle.flush()
                os.fsync(handle.fileno())
        except BaseException as error:
            aside.drop()
            if isinstance(error, OSError) and not isinstance(error, StoreError):
                raise StoreError("store_write", file=target, detail=str(error)) from error
            raise
        return aside

    def put(self, whole: str, target: str) -> None:
        """Send a file to object storage: once complete, for what is half sent must not be seen."""
        with self._in_words():
            self._fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
            self._fs.put_file(whole, target)

    def waiting_folder(self) -> str | None:
        """Folder on this store's disk for what waits to be written; None on object storage."""
        if not self.is_local:
            return None
        folder = self.path("etapes")
        self._fs.makedirs(folder, exist_ok=True)
        return folder

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Give the faults of an object storage, of whatever library, one name."""
        try:
            yield
        except (OSError, CadastreError):
            raise
        except Exception as error:
            if self.is_local:
                raise
            raise StoreError(
                "store_unreachable", folder=self.root, detail=first_line(error)
            ) from error

    def manifest(self, stage: str, name: str) -> Product | None:
        """Return what the manifest of a product says, files unseen; None without one."""
        try:
            content = json.loads(self.read_bytes(stage, f"{name}.json"))
            return Product(stage, name, content["key"], content["files"], content["facts"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def read_product(self, stage: str, name: str, key: str | None = None) -> Product | None:
        """Return a product whose files are all intact, else None.

        With ``key``, a product made under another key counts as absent.
        """
        product = self.manifest(stage, name)
        if product is None or (key is not None and product.key != key):
            return None
        return product if self._intact(product) else None

    def read_files(
        self, stage: str, name: str, key: str | None, endings: tuple[str, ...]
    ) -> tuple[Product, dict[str, bytes]] | None:
        """Return a product as :meth:`read_product` and some of its files, each read once."""
        product = self.manifest(stage, name)
        if product is None or (key is not None and product.key != key):
            return None
        wanted = {f"{stage}/{name}.{ending}": ending for ending in endings}
        found: dict[str, bytes] = {}
        for file_name in product.files:
            content = self._whole(product, file_name)
            if content is None:
                return None
            if file_name in wanted:
                found[wanted[file_name]] = content
        return product, found

    def _intact(self, product: Product) -> bool:
        return all(self._whole(product, name) is not None for name in product.files)

    def _whole(self, product: Product, name: str) -> bytes | None:
        """Return the bytes of a file of a product; None unless they are what was written."""
        facts = product.files[name]
        try:
            content = self.read_bytes(name)
        except OSError:
            return None
        intact = len(content) == facts["bytes"] and _digest(content) == facts["sha256"]
        return content if intact else None

    def write_product(
        self, stage: str, name: str, key: str, files: dict[str, bytes], facts: dict[str, Any]
    ) -> None:
        """Write the files of a product, then its manifest.

        ``files`` maps the ending of each file name (as ``pans.parquet``), or a path from the root
        of the store (with a ``/``), to its bytes.
        """
        written = {}
        for ending, content in sorted(files.items()):
            file_name = ending if "/" in ending else f"{stage}/{name}.{ending}"
            self.write_bytes(content, file_name)
            written[file_name] = {"sha256": _digest(content), "bytes": len(content)}
        manifest = {"key": key, "files": written, "facts": facts, "store_version": STORE_VERSION}
        self.write_bytes(json_bytes(manifest), stage, f"{name}.json")

    def table(self, product: Product, ending: str) -> pd.DataFrame:
        """Read one table of a product."""
        return table_from_bytes(self.read_bytes(product.stage, f"{product.name}.{ending}"))


@dataclass(frozen=True)
class Aside:
    """A file that is whole and on the disk, and waits under a provisional name."""

    store: Store
    target: str
    temporary: str
    folder: tempfile.TemporaryDirectory[str] | None

    def publish(self) -> None:
        """Give the file its name, in place of what stood there.

        Raises
        ------
        StoreError
            ``store_write``: it cannot; the file is dropped.
        """
        try:
            if self.folder is not None:
                self.store.put(self.temporary, self.target)
            else:
                os.replace(self.temporary, self.target)  # noqa: PTH105
                _flush_folder(self.target)
        except StoreError:
            raise
        except OSError as error:
            raise StoreError("store_write", file=self.target, detail=str(error)) from error
        finally:
            self.drop()

    def drop(self) -> None:
        """Remove what waits; nothing once published."""
        if self.folder is not None:
            self.folder.cleanup()
        elif os.path.exists(self.temporary):  # noqa: PTH110
            os.unlink(self.temporary)  # noqa: PTH108


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _flush_folder(path: str) -> None:
    """Flush the folder of a file just renamed: its new name must outlive a power cut too."""
    try:
        folder = os.open(os.path.dirname(path), os.O_RDONLY)  # noqa: PTH120
    except OSError:  # not a POSIX system
        return
    try:
        os.fsync(folder)
    except OSError:  # some network drives refuse
        pass
    finally:
        os.close(folder)


def fingerprint(*parts: object) -> str:
    """Key of a stage from what made it: 24 hexadecimal digits, order matters."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:24]


def json_bytes(content: object) -> bytes:
    """JSON in UTF-8, sorted keys, one final newline: same content, same bytes."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode()


def table_bytes(frame: pd.DataFrame) -> bytes:
    """Parquet bytes of a table of the shelf (GeoParquet when it has a geometry)."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def table_from_bytes(content: bytes, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read what :func:`table_bytes` wrote; of some columns, those that are there."""
    wanted = columns
    if columns is not None:
        wanted = [name for name in pq.read_schema(io.BytesIO(content)).names if name in columns]
    try:
        return gpd.read_parquet(io.BytesIO(content), columns=wanted)
    except ValueError:  # no geometry: an ordinary table
        return pd.read_parquet(io.BytesIO(content), columns=wanted)
