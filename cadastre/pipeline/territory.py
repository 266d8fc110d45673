"""The territory file: read once, checked key by key, paths resolved relative to the file."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from cadastre.errors import InputError
from cadastre.parameters import Parameters, parameters_from_mapping
from cadastre.sources.remote import is_remote, listed

INPUT_KEYS = (
    "batiments", "batiments_id", "mns", "mnt", "lidar", "modele_3d", "relief", "meteo",
    "communes", "adresses", "protections", "parkings", "epci", "iris", "parcelles", "rnb", "bdnb",
    "index_lidar", "registre_pv", "production_pv", "friches",
)  # fmt: skip
_SECTIONS = {
    "territoire": ("nom", "crs", "communes_insee", "epci_siren", "fictif", "attribution"),
    "entrees": INPUT_KEYS,
    "sortie": ("dossier",),
}
_DEFAULT_CRS = "EPSG:2154"


@dataclass(frozen=True)
class Territory:
    """What one run is about.

    ``inputs`` maps a key of ``INPUT_KEYS`` to resolved paths (``file|layer`` kept); keys that the
    file does not name are left out. ``absent`` maps optional keys to what they name and is not
    there (the other files of the key stay): allowed only where the data come from
    ``telecharger``, since one source that could not be fetched must not cost the others.
    ``output`` receives what people open (exports, site, sheets); tables and shelves too, unless
    ``output_url`` names an object storage. ``overrides``
    holds the ``[parametres.*]`` tables.
    """

    path: Path
    name: str
    crs: str
    inputs: dict[str, tuple[str, ...]]
    absent: dict[str, str]
    building_id_column: str | None
    output: Path
    parameters: Parameters
    overrides: dict[str, Any] = field(default_factory=dict)
    commune_codes: tuple[str, ...] = ()
    epci_codes: tuple[str, ...] = ()
    fictitious: bool = False
    attribution: str = ""
    output_url: str | None = None

    @property
    def store_root(self) -> str:
        """Folder of the tables and of the shelves: on a disk, or the URL of an object storage."""
        return self.output_url or str(self.output)


def read_territory(path: Path) -> Territory:
    """Read a territory file.

    Raises
    ------
    InputError
        A missing or malformed file, an unknown section or key, an input that names no file, a CRS
        that is not metric.
    """
    content = read_table(path)
    land = content.get("territoire", {})
    entries = dict(content.get("entrees", {}))
    id_column = entries.pop("batiments_id", None)
    if "batiments" not in entries:
        raise InputError("territory_without_buildings", file=str(path))
    folder = path.resolve().parent
    downloaded = bool(land.get("communes_insee") or land.get("epci_siren"))
    output = content.get("sortie", {}).get("dossier", "sortie")
    overrides = content.get("parametres", {})
    inputs, absent = _inputs(path, folder, entries, lenient=downloaded)
    target = _expand_variables(path, str(output))
    remote = "://" in target
    return Territory(
        path=path.resolve(),
        name=str(land.get("nom", path.stem)),
        crs=_metric_crs(path, str(land.get("crs", _DEFAULT_CRS))),
        inputs=inputs,
        absent=absent,
        building_id_column=None if id_column is None else str(id_column),
        output=(
            folder / target.rstrip("/").rpartition("/")[2] if remote else folder / target
        ).resolve(),
        output_url=target if remote else None,
        parameters=parameters_from_mapping(overrides),
        overrides=overrides,
        commune_codes=tuple(map(str, land.get("communes_insee", ()))),
        epci_codes=tuple(map(str, land.get("epci_siren", ()))),
        fictitious=bool(land.get("fictif", False)),
        attribution=str(land.get("attribution", "")),
    )


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InputError("territory_missing", file=str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("territory_unreadable", file=str(path), detail=str(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError("territory_malformed", file=str(path), detail=str(error)) from error


def _refuse_unknown(path: Path, content: dict[str, Any]) -> None:
    known = {*_SECTIONS, "parametres"}
    strange = sorted(set(content) - known)
    if strange:
        raise InputError(
            "territory_section_unknown", file=str(path), names=strange, known=sorted(known)
        )
    for section, keys in _SECTIONS.items():
        values = content.get(section, {})
        if not isinstance(values, dict):
            raise InputError("territory_section_not_table", file=str(path), name=section)
        strange = sorted(set(values) - set(keys))
        if strange:
            raise InputError(
                "territory_key_unknown", file=str(path), section=section, names=strange, known=keys
            )


def _metric_crs(path: Path, text: str) -> str:
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        raise InputError("territory_crs_unknown", file=str(path), crs=text) from error
    if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        raise InputError("territory_crs_not_metric", file=str(path), crs=text)
    return text


def _expand_variables(path: Path, text: str) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise InputError("territory_variable_undefined", file=str(path), name=name)
        return os.environ[name]

    return re.sub(r"\$\{(\w+)\}", value, text)


def _inputs(
    path: Path, folder: Path, entries: dict[str, Any], *, lenient: bool
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    found: dict[str, tuple[str, ...]] = {}
    absent: dict[str, str] = {}
    for key, value in entries.items():
        files, missing = _resolve(path, folder, key, value)
        if missing and (not lenient or key == "batiments"):
            raise InputError("territory_input_missing", file=str(path), key=key,
                             pattern=missing[0])  # fmt: skip
        if missing:
            absent[key] = ", ".join(missing)
        if files or not missing:
            found[key] = files
    return found, absent


def read_table(path: Path) -> dict[str, Any]:
    """Return the sections of a territory file, keys checked, paths left as written."""
    content = _toml(path)
    _refuse_unknown(path, content)
    return content


def _resolve(path: Path, folder: Path, key: str, value: Any) -> tuple[tuple[str, ...], list[str]]:
    """Return the files of an entry, and those of its patterns that name none."""
    patterns = value if isinstance(value, list) else [value]
    found: list[str] = []
    missing: list[str] = []
    for pattern in patterns:
        if not isinstance(pattern, str) or not pattern.strip():
            raise InputError("territory_path_not_text", file=str(path), key=key, value=pattern)
        matches = _matches(folder, _expand_variables(path, pattern))
        if not matches:
            missing.append(pattern)
        found.extend(matches)
    return tuple(dict.fromkeys(found)), missing


def _matches(folder: Path, pattern: str) -> list[str]:
    """Files of a path, glob or address, sorted; the ``|layer`` ending is kept on each."""
    name, separator, layer = pattern.partition("|")
    if is_remote(name):
        return [f"{match}{separator}{layer}" for match in listed(name)]
    target = Path(name) if Path(name).is_absolute() else folder / name
    if any(sign in name for sign in "*?["):
        anchor = Path(target.anchor)
        matches = sorted(anchor.glob(str(target.relative_to(anchor))))
    else:
        matches = [target] if target.exists() else []
    return [f"{match.resolve()}{separator}{layer}" for match in matches]
