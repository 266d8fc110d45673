"""Sentences and tables of ``rapport.md``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadastre.publishing.texts_fr import words
from cadastre.publishing.texts_fr.cli import STAGES
from cadastre.publishing.texts_fr.failures import causes, names
from cadastre.publishing.texts_fr.numbers import (
    count,
    date,
    duration,
    energy,
    number,
    percent,
    with_unit,
)
from cadastre.publishing.texts_fr.reasons import KINDS

WARNINGS = "## À savoir d'abord"
RESULT = "## Résultat"
FAILED = "## Ce qui n'a pas abouti"
FAILED_HEADS = ("cause", "combien", "lesquels")
FAILED_MORE = (
    "Les traces complètes sont dans `rapport.json` (`failed_tiles`, `failed_squares`). Une dalle "
    "mise de côté est reprise au prochain calcul. Un carré de surface qui n'a pas pu être redessiné "
    "d'un bloc l'est par chaque dalle, là où elle regarde : seules échouent les dalles qui voient "
    "ce qui est illisible."
)
BY_STATUS = "## Bâtiments par état et motif"
STATUS_HEADS = ("état", "motif", "bâtiments", "part")
READ = "## Ce qui a été lu"
INPUT_HEADS = ("rôle", "fichier", "millésime", "SHA-256")
NOTICED = "## Ce qui a été remarqué en lisant"
NOTE_HEADS = ("entrée", "fichier", "suite donnée", "constat")
PARAMETERS = "## Paramètres modifiés"
NO_PARAMETER = "Aucun : toutes les valeurs par défaut."
PARAMETER_HEADS = ("paramètre", "valeur")
DURATIONS = "## Durées"
DURATION_HEADS = ("étape", "durée")
VERSIONS = "## Versions"


def title(report: Mapping[str, Any]) -> str:
    """Return the first line of the report."""
    return f"# Rapport de calcul — {report.get('territory', {}).get('name', '')}"


def warning_lines(report: Mapping[str, Any]) -> list[str]:
    """Return what the reader must know before any figure; empty when there is nothing."""
    lines = []
    if report.get("territory", {}).get("fictitious"):
        lines.append(f"**{words.FICTITIOUS}.** {words.FICTITIOUS_LONG}")
    if report.get("weather", {}).get("embedded"):
        lines.append(f"**{words.EMBEDDED_CLIMATE}.** {words.EMBEDDED_CLIMATE_LONG}")
    totals = report.get("totals", {})
    if totals.get("error_buildings"):
        errors = count(totals["error_buildings"], "bâtiment est", "bâtiments sont")
        lines.append(f"**{errors} en erreur** : relancez le calcul, ils seront repris.")
    failed = report.get("failed_tiles") or {}
    if failed:
        tiles = count(len(failed), "dalle n'a pas abouti", "dalles n'ont pas abouti")
        lines.append(f"**{tiles}** : {', '.join(sorted(failed))}. Causes plus bas.")
    for column, code in report.get("codes_without_text", []):
        lines.append(f"Le code « {code} » de la colonne {column} n'a pas de texte français.")
    return lines


def failure_rows(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (cause, what, which) of the tiles and of the squares of surface that failed."""
    rows = []
    for key, one, several in (
        ("failed_tiles", "dalle", "dalles"),
        ("failed_squares", "carré de surface", "carrés de surface"),
    ):
        for sentence, found in causes(report.get(key) or {}):
            rows.append((sentence, count(len(found), one, several), names(found)))
    return rows


def total_rows(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the totals of the territory as (name, value)."""
    totals = report.get("totals", {})
    known, every = totals.get("assessed_building_count"), totals.get("building_count")
    rows = [("Bâtiments", number(every)), ("dont évalués", number(known))]
    if known is not None and every:
        rows[1] = ("dont évalués", f"{number(known)} ({percent(known / every)})")
    rows += [
        ("Pans de toit", number(totals.get("plane_count"))),
        ("Modules posables", number(totals.get("module_count"))),
        ("Installations conseillées", with_unit(totals.get("advised_capacity_kwp"), "kWc")),
        ("Production conseillée (P50)", energy(totals.get("advised_energy_kwh"))),
        ("Production conseillée (P90)", energy(totals.get("advised_energy_p90_kwh"))),
        ("Potentiel technique", with_unit(totals.get("capacity_kwp"), "kWc")),
        ("Production technique (P50)", energy(totals.get("annual_energy_kwh"))),
        ("Production technique (P90)", energy(totals.get("annual_energy_p90_kwh"))),
    ]
    return rows


def status_rows(report: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return (state, reason, count, share) of the buildings, largest first."""
    entries = report.get("totals", {}).get("by_status", [])
    every = sum(entry["count"] for entry in entries) or 1
    ordered = sorted(entries, key=lambda e: (-e["count"], e["status"], e["reason"]))
    return [
        (
            _label("status", entry["status"]),
            _label("status_reason", entry["reason"]),
            number(entry["count"]),
            percent(entry["count"] / every, 1),
        )
        for entry in ordered
    ]


def _label(kind: str, code: str) -> str:
    known = KINDS[kind].get(code)
    return known.label if known else code


def input_rows(report: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return (role, file, vintage, checksum) of every file read."""
    return [
        (
            words.ROLES.get(item.get("kind", ""), item.get("kind", "")),
            f"`{item.get('file', '')}`",
            date(item.get("vintage")),
            f"`{str(item.get('sha256') or '')[:16]}`",
        )
        for item in report.get("inputs", [])
    ]


def duration_rows(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (stage, time) in the order given, the whole last."""
    times = dict(report.get("durations_s", {}))
    whole = times.pop("total", None)
    rows = [(STAGES.get(name, name), duration(seconds)) for name, seconds in times.items()]
    if whole is not None:
        rows.append(("**Ensemble**", duration(whole)))
    return rows


def machine_line(report: Mapping[str, Any]) -> str:
    """Return how the run was made: tiles, processes, memory, end."""
    parts = []
    if report.get("tile_count") is not None:
        parts.append(
            f"{count(report['tile_count'], 'dalle', 'dalles')}, "
            f"{count(report.get('tiles_recomputed', 0), 'étape refaite', 'étapes refaites')}"
        )
    if report.get("process_count"):
        parts.append(count(report["process_count"], "processus", "processus"))
    if report.get("peak_memory_mib"):
        parts.append(f"mémoire de pointe {with_unit(report['peak_memory_mib'], 'Mio')}")
    if report.get("finished"):
        parts.append(f"terminé le {date(report['finished'])}")
    return ", ".join(parts) + "." if parts else ""


def weather_line(report: Mapping[str, Any]) -> str:
    """Return what weather was used."""
    weather = report.get("weather", {})
    if not weather:
        return ""
    years = weather.get("years")
    label = weather.get("label") or weather.get("origin", "")
    text = f"Météo : {words.WEATHER_ORIGINS.get(label, label)}"
    if years:
        text += f", {count(years, 'année', 'années')}"
    if weather.get("latitude") is not None and weather.get("longitude") is not None:
        text += (
            f", au point {number(weather['latitude'], 2)}° N, {number(weather['longitude'], 2)}° E"
        )
    cells = len(weather.get("cells", ()))
    if cells > 1:
        text += f" et {count(cells - 1, 'autre', 'autres')} : chaque bâtiment prend le plus proche"
    return text + "."
