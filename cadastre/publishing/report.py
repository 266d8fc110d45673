"""The report of a run: ``rapport.json`` for programs, ``rapport.md`` for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cadastre.publishing.geojson import plain_value
from cadastre.publishing.texts_fr import report_words as say
from cadastre.publishing.texts_fr.notes import quality_table

Rows = Sequence[tuple[str, ...]]


def write_report(report: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the two files of the report by name; the caller shelves them.

    Parameters
    ----------
    report
        Plain data (see ``pipeline.territory_stages.report_content``): territory, inputs, weather,
        totals with ``by_status``, notes, failed_tiles, failed_squares, durations_s,
        parameters_overridden, versions... Every key is optional.

    Returns
    -------
    dict
        ``rapport.json``: UTF-8, sorted keys, missing numbers as null. ``rapport.md``: French.
    """
    text = json.dumps(
        plain_tree(report), ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True
    )
    return {
        "rapport.json": (text + "\n").encode("utf-8"),
        "rapport.md": markdown(report).encode("utf-8"),
    }


def plain_tree(value: Any) -> Any:
    """Return nested data as JSON holds it: text keys, null for NaN, other things as text."""
    if isinstance(value, Mapping):
        return {str(key): plain_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [plain_tree(item) for item in items]
    plain = plain_value(value)
    return plain if isinstance(plain, str | bool | int | float | list | None) else str(plain)


def markdown(report: Mapping[str, Any]) -> str:
    """Return the French report."""
    lines = [say.title(report), ""]
    warnings = say.warning_lines(report)
    if warnings:
        lines += [say.WARNINGS, "", *[f"- {text}" for text in warnings], ""]
    failures = say.failure_rows(report)
    if failures:
        lines += [say.FAILED, "", *table(say.FAILED_HEADS, failures), "", say.FAILED_MORE, ""]
    lines += [say.RESULT, "", *table(("", ""), say.total_rows(report)), ""]
    lines += [say.BY_STATUS, ""]
    lines += [*table(say.STATUS_HEADS, say.status_rows(report)), ""]
    lines += [say.READ, ""]
    lines += [*table(say.INPUT_HEADS, say.input_rows(report)), ""]
    lines += [say.weather_line(report), ""]
    lines += _notes(report)
    lines += _parameters(report)
    lines += [say.DURATIONS, "", *table(say.DURATION_HEADS, say.duration_rows(report)), ""]
    lines += [say.machine_line(report), "", say.VERSIONS, ""]
    versions = sorted(report.get("versions", {}).items())
    lines += [", ".join(f"{name} {version}" for name, version in versions), ""]
    return "\n".join(lines)


def _notes(report: Mapping[str, Any]) -> list[str]:
    """Return what the readers noticed; nothing when they noticed nothing."""
    notes = list(report.get("notes", []))
    if not notes:
        return []
    return [say.NOTICED, "", *table(say.NOTE_HEADS, quality_table(notes)), ""]


def _parameters(report: Mapping[str, Any]) -> list[str]:
    changed = [
        (f"{group}.{name}", json.dumps(plain_tree(value), ensure_ascii=False))
        for group, values in sorted(report.get("parameters_overridden", {}).items())
        for name, value in sorted(values.items())
    ]
    lines = [say.PARAMETERS, ""]
    if not changed:
        return [*lines, say.NO_PARAMETER, ""]
    return [*lines, *table(say.PARAMETER_HEADS, changed), ""]


def table(heads: tuple[str, ...], rows: Rows) -> list[str]:
    """Return a Markdown table; bars inside cells are escaped."""
    if not rows:
        return ["—"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return lines
