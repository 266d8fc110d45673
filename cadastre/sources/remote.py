"""Input files in object storage (any fsspec address): each machine keeps a copy of what it reads.

Readers open plain files; a bucket is met here and nowhere else. An address such as
``s3://bucket/mns/a.tif`` stands for a path in the cache of the machine,
``.../s3/bucket/mns/a.tif/STATE/a.tif``, which tells the address and the state of the file again: a
worker elsewhere, handed that path, fetches its own copy, of the same state or none. Where the
cache lies: ``CADASTRE_CACHE``, else ``XDG_CACHE_HOME/cadastre``, else ``~/.cache/cadastre``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import fsspec

from cadastre.errors import InputError, first_line

_MARK = "entrees-distantes"
_TAGS = (
    "ETag", "etag", "md5Hash", "content_md5", "generation", "LastModified", "last_modified",
    "updated", "mtime", "created",
)  # fmt: skip
_CHUNK = 1 << 22
_State = dict[str, str]  # name -> size and tag, of a file and of what lies beside it


def is_remote(pattern: str) -> bool:
    """Tell an address (``protocol://...``) from a path."""
    return "://" in pattern


def filesystem(address: str, **options: object) -> tuple[Any, str]:
    """File system of an address (``options`` of fsspec), and the name it has there.

    Raises
    ------
    InputError
        ``remote_protocol``: nobody here speaks the protocol, or its module is not installed.
    """
    try:
        fs, name = fsspec.core.url_to_fs(address, **options)
    except (ImportError, ValueError) as error:
        raise InputError("remote_protocol", address=address, detail=first_line(error)) from error
    return fs, str(name)


def listed(pattern: str) -> list[str]:
    """Files of an address or glob, sorted, as the paths of their copies; nothing is fetched.

    Raises
    ------
    InputError
        ``remote_protocol``, or ``remote_unreachable`` when the storage does not answer.
    """
    fs, name = filesystem(pattern)
    protocol = pattern.partition("://")[0]
    try:
        fs.invalidate_cache()
        names = fs.glob(name) if any(sign in name for sign in "*?[") else [name] * fs.exists(name)
        plain = sorted({_bare(str(one)) for one in names if fs.isfile(one)})
        folders = {folder: _infos(fs, folder) for folder in {_folder(one) for one in plain}}
        return [
            str(_copy(f"{protocol}://{one.lstrip('/')}", _state(fs, one, folders[_folder(one)])))
            for one in plain
        ]
    except Exception as error:  # storages have errors of their own, not all of them OSError
        raise InputError(
            "remote_unreachable", address=pattern, detail=first_line(error)
        ) from error


def address_of(path: str | Path) -> str | None:
    """Address a path stands for; None where it is a file like any other."""
    parts = Path(path).parts
    if _MARK not in parts:
        return None
    protocol, *rest = parts[parts.index(_MARK) + 1 : -2]
    root = "/" if protocol in ("file", "local") else ""
    return f"{protocol}://{root}{'/'.join(rest)}"


def at_hand(path: str | Path) -> Path:
    """Return the file to open: the path itself, or this machine's copy of what it names.

    What lies beside a remote file under its name (``.prj``, ``.dbf``, ``.aux.xml``) comes along.

    Raises
    ------
    InputError
        ``remote_unreachable`` with the address that failed, ``remote_changed`` where the storage
        no longer holds the state the path names.
    """
    address = address_of(path)
    if address is None:
        return Path(path)
    wanted = Path(path).parent.name
    fs, name = filesystem(address)
    folder = _cache() / _MARK / Path(address.replace("://", "/", 1)) / wanted
    target = folder / Path(path).name
    if target.exists():
        return target
    try:
        fs.invalidate_cache()
        state = _state(fs, _bare(name), _infos(fs, _folder(_bare(name))))
        if _print(state) != wanted:
            raise InputError("remote_changed", address=address)
        folder.mkdir(parents=True, exist_ok=True)
        for other in sorted(
            state, key=lambda one: one == target.name
        ):  # itself last: all is there
            _fetch(fs, f"{_folder(name)}/{other}", folder / other)
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            "remote_unreachable", address=address, detail=first_line(error)
        ) from error
    return target


def _fetch(fs: Any, name: str, target: Path) -> None:
    """Copy a file, whole or not at all."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with fs.open(name, "rb") as source, part.open("wb") as sink:
            shutil.copyfileobj(source, sink, _CHUNK)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _infos(fs: Any, folder: str) -> dict[str, Any]:
    """Return what a folder holds, by bare name; empty where a server lists nothing."""
    try:
        return {_bare(str(one["name"])).rstrip("/"): one for one in fs.ls(folder, detail=True)}
    except (OSError, NotImplementedError):
        return {}


def _state(fs: Any, name: str, infos: dict[str, Any]) -> _State:
    """Size and tag of a file and of what shares its name up to the first ending."""
    if name not in infos:
        infos = {name: fs.info(name)}
    start = f"{_folder(name)}/{name.rpartition('/')[2].partition('.')[0]}."
    alike = {
        one: info for one, info in infos.items()
        if one == name or (
            one.startswith(start) and info.get("type") == "file" and not one.endswith(".ovr")
        )
    }  # fmt: skip
    return {
        one.rpartition("/")[2]: json.dumps([info.get("size"), *map(str, _tag(info))])
        for one, info in sorted(alike.items())
    }


def _tag(info: dict[str, Any]) -> list[Any]:
    return [info[key] for key in _TAGS if info.get(key)][:1]


def _print(state: _State) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16]


def _copy(address: str, state: _State) -> Path:
    place = _cache() / _MARK / Path(address.replace("://", "/", 1))
    return place / _print(state) / place.name


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _cache() -> Path:
    if told := os.environ.get("CADASTRE_CACHE"):
        return Path(told).resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "cadastre"


def _bare(name: str) -> str:
    return name.partition("://")[2] if is_remote(name) else name
