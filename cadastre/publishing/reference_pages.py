"""Pages derived from the code: parameters (TOML and page) and dictionary of tables.

``python -m cadastre.publishing.reference_pages`` writes them; a test proves that the committed
files are in step.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from cadastre.parameters import Group, Parameters
from cadastre.publishing.texts_fr.reference import (
    ADDS_UP_FR,
    DICTIONARY_INTRO,
    DICTIONARY_TITLE,
    HEADS,
    PARAMETERS_INTRO,
    PARAMETERS_TITLE,
    TABLES_FR,
    TOML_INTRO,
)  # fmt: skip
from cadastre.schema import COLUMNS, TABLES


def _groups() -> list[tuple[str, Group]]:
    defaults = Parameters()
    return [(entry.name, getattr(defaults, entry.name)) for entry in dataclasses.fields(defaults)]


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    return repr(value)


def _bounds(note: Any) -> str:
    if note.choices:
        return " | ".join(note.choices)
    low = "" if note.low is None else f"{note.low:g}"
    high = "" if note.high is None else f"{note.high:g}"
    return f"{low} … {high}" if low or high else ""


def parameters_toml() -> str:
    """Every parameter with its default, as a territory file may override it."""
    lines = [f"# {line}".rstrip() for line in TOML_INTRO.splitlines()]
    for name, group in _groups():
        lines += ["", f"[parametres.{name}]"]
        for field in dataclasses.fields(group):  # type: ignore[arg-type]
            note = field.metadata["quantity"]
            lines.append(f"# {note.text} [{note.unit}] {_bounds(note)}".rstrip())
            lines.append(f"{field.name} = {_toml_value(field.default)}")
    return "\n".join(lines) + "\n"


def parameters_page() -> str:
    """Markdown page of the parameters: value, unit, range, meaning, source."""
    lines = [f"# {PARAMETERS_TITLE}", "", PARAMETERS_INTRO]
    for name, group in _groups():
        lines += ["", f"## `[parametres.{name}]`", "", _row(HEADS["parameters"]), _rule(6)]
        for field in dataclasses.fields(group):  # type: ignore[arg-type]
            note = field.metadata["quantity"]
            lines.append(
                _row(
                    (f"`{field.name}`", _toml_value(field.default), note.unit, _bounds(note),
                     note.text, note.source)
                )
            )  # fmt: skip
    return "\n".join(lines) + "\n"


def dictionary_page() -> str:
    """Markdown page of the tables and their columns, with the French export names."""
    lines = [f"# {DICTIONARY_TITLE}", "", DICTIONARY_INTRO]
    for name, text in TABLES_FR.items():
        table = TABLES[name]
        lines += ["", f"## {name}", "", text, "", _row(HEADS["columns"]), _rule(5)]
        for column_name in (*table.key, *table.columns):
            column = COLUMNS[column_name]
            lines.append(
                _row((f"`{column.name}`", f"`{column.french}`", column.unit, column.text,
                      ADDS_UP_FR[column.adds_up]))
            )  # fmt: skip
    return "\n".join(lines) + "\n"


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _rule(count: int) -> str:
    return "|" + "---|" * count


def pages() -> dict[str, str]:
    """Content of every derived file by its path in the repository."""
    return {
        "config/parametres.toml": parameters_toml(),
        "docs/parametres.md": parameters_page(),
        "docs/dictionnaire.md": dictionary_page(),
    }


def write_pages(root: Path) -> None:
    """Write every derived file under the root of the repository."""
    for name, content in pages().items():
        (root / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(__file__).resolve().parents[2])
