"""What the download says: what would be fetched, what was, what is missing and how to go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from cadastre.errors import CadastreError
from cadastre.publishing.texts_fr.errors import error_sentence
from cadastre.publishing.texts_fr.numbers import BEFORE_UNIT, number

STATUSES: dict[str, tuple[str, str]] = {
    "fetched": ("reçu", "reçus"),
    "resumed": ("repris et terminé", "repris et terminés"),
    "intact": ("déjà là", "déjà là"),
    "adopted": ("déjà là, reconnu", "déjà là, reconnus"),
    "replaced": (
        "modifié sur le disque, reçu à nouveau",
        "modifiés sur le disque, reçus à nouveau",
    ),
    "no_coverage": ("sans donnée à cet endroit", "sans donnée à cet endroit"),
    "failed": ("en échec", "en échec"),
    "blocked": ("remis à plus tard", "remis à plus tard"),
}

NOTES: dict[str, str] = {
    "communes_unknown": (
        "Communes demandées qu'ADMIN EXPRESS ne connaît pas (fusion ?), {count} : {names}."
    ),
    "communes_left_out": (
        "Communes de « {epci} » absentes de la liste demandée, {count} : {names}."
    ),
    "tiles_unpublished": (
        "{title} : dalles pas encore publiées par l'IGN, {count} ({names}) ; les toits y seront "
        "supposés d'après leur emprise."
    ),
    "columns_absent": "{title}, {file} : colonnes attendues absentes, {names}.",
    "parts_missing": (
        "{title} : il manque {missing} carrés sur {total}, le fichier n'est pas assemblé ; "
        "ce qui est reçu est gardé."
    ),
    "archive_to_open": (
        "Ouvrez l'archive {file} (7-Zip) et nommez le GeoPackage dans [entrees] : "
        'batiments = "....gpkg|batiment".'
    ),
    "package_opened": (
        'GeoPackage : {file}. Nommez-le dans [entrees] : batiments = "{file}|batiment".'
    ),
}

TEXTS: dict[str, str] = {
    "plan_title": "{territory} : {communes} communes, dossier {folder}",
    "plan_source": "source",
    "plan_files": "fichiers",
    "plan_size": "taille",
    "plan_missing": "à récupérer",
    "plan_counted": "{count} objets comptés",
    "plan_unknown": "inconnu : il y faut les limites des communes ou l'index des dalles",
    "plan_cause": "{title} : {cause}",
    "plan_total": (
        "À récupérer : environ {travel}, soit {size} une fois rangés (ordre de grandeur, d'après "
        "des tailles usuelles). Disque libre : {free}."
    ),
    "plan_partial": (
        "À récupérer : {travel} au moins ; le reste n'est pas connu. Disque libre : {free}."
    ),
    "plan_nothing": "Tout est déjà là : rien à récupérer.",
    "plan_nothing_line": "rien",
    "done": "{territory} : {files} en place, {size} reçus en {duration}.",
    "missing": "Il manque {files} :",
    "missing_line": "{title} : {files}, dont {first}. {cause}",
    "missing_one": "{title} : {first}. {cause}",
    "complete": (
        "Pour compléter, relancez la même commande : ce qui est déjà là n'est pas redemandé."
    ),
    "interrupted": "Interrompu : relancez la même commande, rien de ce qui est reçu n'est perdu.",
    "entries": "Ces fichiers se lisent avec :",
}

_SHOWN = 6


class _Line(Protocol):
    """A line of a plan (``cadastre.sources.download_report.PlanLine``)."""

    title: str
    files: int
    size: int
    missing_files: int
    missing_size: int
    known: bool
    counted: int | None
    transfer: int


class _Plan(Protocol):
    """A plan (``cadastre.sources.download_report.Plan``)."""

    territory: str
    folder: str
    communes: int
    lines: tuple[Any, ...]
    free_bytes: int
    notes: tuple[tuple[str, dict[str, Any]], ...]
    causes: tuple[tuple[str, CadastreError], ...]


class _Report(Protocol):
    """A report (``cadastre.sources.download_report.FetchReport``)."""

    territory: str
    outcomes: list[Any]
    notes: list[tuple[str, dict[str, Any]]]
    received_bytes: int
    seconds: float
    interrupted: bool

    @property
    def missing(self) -> list[Any]: ...

    def rows(self) -> list[dict[str, Any]]: ...


def size_text(size: float) -> str:
    """Return a number of bytes as a person says it.

    >>> size_text(39_200_000_000).replace("\u00a0", " ")
    '39,2 Go'
    """
    for unit, scale in (("Go", 1e9), ("Mo", 1e6), ("ko", 1e3)):
        if size >= scale:
            return f"{number(size / scale, 1)}{BEFORE_UNIT}{unit}"
    return f"{number(size)}{BEFORE_UNIT}octets"


def duration_text(seconds: float) -> str:
    """Return a duration in the two largest units that matter."""
    minutes, left = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {left:02d} s" if minutes else f"{left}{BEFORE_UNIT}s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def note_sentence(code: str, facts: Mapping[str, Any]) -> str:
    """Return the sentence of a note; long lists are cut."""
    return NOTES[code].format(**{name: _listed(value) for name, value in facts.items()})


def _listed(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return value
    shown = ", ".join(map(str, value[:_SHOWN]))
    return shown + (f" et {len(value) - _SHOWN} autres" if len(value) > _SHOWN else "")


def files_text(count: int) -> str:
    """Return a number of files in words.

    >>> files_text(1), files_text(2)
    ('1 fichier', '2 fichiers')
    """
    return f"{number(count)} fichier" + ("s" if count > 1 else "")


def plan_lines(plan: _Plan) -> list[str]:
    """Return what ``--simuler`` prints: a table of the sources, then the total."""
    lines = [
        TEXTS["plan_title"].format(
            territory=plan.territory, communes=plan.communes, folder=plan.folder
        )
    ]
    lines += _plan_table(plan.lines)
    lines += [note_sentence(code, facts) for code, facts in plan.notes]
    lines += [
        TEXTS["plan_cause"].format(title=title, cause=error_sentence(error))
        for title, error in plan.causes
    ]
    missing = sum(line.missing_size for line in plan.lines)
    unknown = any(not line.known for line in plan.lines)
    if not missing and not unknown:
        return [*lines, TEXTS["plan_nothing"]]
    travel = sum(line.transfer for line in plan.lines)
    total = TEXTS["plan_partial" if unknown else "plan_total"].format(
        travel=size_text(travel), size=size_text(missing), free=size_text(plan.free_bytes)
    )
    return [*lines, total]


def _plan_table(lines: tuple[Any, ...]) -> list[str]:
    head = [TEXTS[f"plan_{name}"] for name in ("source", "files", "size", "missing")]
    rows = [head] + [_plan_cells(line) for line in lines]
    widths = [max(len(row[k]) for row in rows if len(row) > 2) for k in range(4)]
    widths[0] = max(len(row[0]) for row in rows)
    table = []
    for row in rows:
        if len(row) == 2:
            table.append(f"  {row[0]:<{widths[0]}}  {row[1]}")
            continue
        cells = [f"{row[k]:>{widths[k]}}" for k in (1, 2, 3)]
        table.append("  ".join(["", f"{row[0]:<{widths[0]}}", *cells, *row[4:]]).rstrip())
    return table


def _plan_cells(line: _Line) -> list[str]:
    if not line.known:
        return [line.title, TEXTS["plan_unknown"]]
    missing = size_text(line.missing_size) if line.missing_files else TEXTS["plan_nothing_line"]
    cells = [line.title, number(line.files), size_text(line.size), missing]
    if line.counted is not None:
        cells.append(TEXTS["plan_counted"].format(count=number(line.counted)))
    return cells


def report_lines(report: _Report) -> list[str]:
    """Return what a download says at its end: what is there, what is missing, how to go on."""
    lines = []
    for row in report.rows():
        states = ", ".join(
            f"{number(count)} {STATUSES[status][count > 1]}"
            for status, count in row["statuses"].items()
        )
        lines.append(f"  {row['title']} : {states}")
    lines += [note_sentence(code, facts) for code, facts in report.notes]
    there = len(report.outcomes) - len(report.missing)
    lines.append(
        TEXTS["done"].format(
            territory=report.territory,
            files=files_text(there),
            size=size_text(report.received_bytes),
            duration=duration_text(report.seconds),
        )
    )
    if report.missing:
        lines.append(TEXTS["missing"].format(files=files_text(len(report.missing))))
        lines += [f"  {_missing_line(row)}" for row in report.rows() if row["missing"]]
        lines.append(TEXTS["complete"])
    if report.interrupted:
        lines.append(TEXTS["interrupted"])
    return lines


def _missing_line(row: Mapping[str, Any]) -> str:
    error: CadastreError | None = row["error"]
    missing = row["missing"]
    text = TEXTS["missing_one" if len(missing) == 1 else "missing_line"].format(
        title=row["title"],
        files=files_text(len(missing)),
        first=missing[0],
        cause="" if error is None else error_sentence(error),
    )
    return text.rstrip()


_PAGE_HEAD = """# Les données ouvertes

Page écrite d'après `cadastre/sources/sources.toml`, le seul endroit où se trouvent les adresses.
Les faits viennent des publications nommées, lues à la date indiquée ; les services eux-mêmes
n'ont pas pu être interrogés ce jour-là.

| source | producteur | fichier | format | millésime | licence |
|---|---|---|---|---|---|
"""


def sources_page(rows: Iterable[Mapping[str, Any]]) -> str:
    """Write ``docs/sources.md`` from the rows of the catalogue (``Catalogue.rows``)."""
    listed = list(rows)
    page = _PAGE_HEAD
    for row in listed:
        page += (
            f"| [{row['title']}](#{row['name']}) | {row['producer']} | `{row['target']}` "
            f"| {row['format']} | {row['vintage']} | {row['licence']} |\n"
        )
    return page + "".join(_section(row) for row in listed)


def _section(row: Mapping[str, Any]) -> str:
    lines = [
        f'\n<a id="{row["name"]}"></a>\n\n## {row["title"]}\n',
        f"* Nom : `{row['name']}`" + ("" if row["default"] else " (par option)"),
        f"* Adresse : `{row['address']}`, {row['request'] and '`' + row['request'] + '`'}",
        f"* Mention : {row['attribution']} ({row['licence']})",
        f"* Colonnes attendues : {', '.join(f'`{name}`' for name in row['schema'])}",
    ]
    if row["entry"]:
        lines.append(f"* Entrée du fichier de territoire : `{row['entry']}`")
    lines += [f"* {text}" for text in (row["note"], row["service_note"]) if text]
    links = ", ".join(f"<{link}>" for link in row["documentation"])
    lines.append(f"* Documentation (lue le {row['checked']}) : {links}")
    return "\n".join(lines) + "\n"
