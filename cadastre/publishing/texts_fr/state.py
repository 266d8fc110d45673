"""What ``cadastre etat`` says."""

from __future__ import annotations

from typing import Any

from cadastre.publishing.texts_fr.cli import STAGES
from cadastre.publishing.texts_fr.failures import causes, names
from cadastre.publishing.texts_fr.numbers import duration

PARTS: dict[str, str] = {
    "version": "la méthode a changé",
    "parametres": "des paramètres ont changé",
    "batiments": "des bâtiments ont changé",
    "relief": "un modèle de surface ou de terrain a changé",
    "modele_3d": "le modèle 3D a changé",
    "meteo": "la météo a changé",
    "ombres": "les toits ou les alentours ont changé",
}
_DAMAGED = "fichier abîmé, sera refait"


def head_lines(name: str, folder: str) -> list[str]:
    """Name of the territory and where its results lie."""
    return [f"{name} — {folder}"]


def never_line(config: str) -> str:
    """Nothing has been computed yet."""
    return f"Rien n'est encore calculé : lancez « cadastre calculer {config} »."


def stale_inputs_line() -> str:
    """Say that the inputs have changed since they were read."""
    return (
        "Les entrées (bâtiments, communes, adresses, protections ou météo) ou leurs réglages ont "
        "changé : « calculer » les relira et refera ce qui en dépend."
    )


def counts_line(
    stage: str, total: int, fresh: int, missing: int, seconds: float, reasons: dict[str, int]
) -> list[str]:
    """How many tiles of a stage are up to date, stale or missing, and why."""
    stale = total - fresh - missing
    lines = [
        f"{STAGES[stage]} : {fresh} dalle(s) à jour sur {total}, {stale} à refaire, "
        f"{missing} jamais calculée(s) ou abîmée(s) ; temps de calcul {duration(seconds)}"
    ]
    lines += [
        f"  - {PARTS.get(part, _DAMAGED)} : {count} dalle(s)"
        for part, count in sorted(reasons.items())
    ]
    return lines


def failures_lines(report: dict[str, Any]) -> list[str]:
    """Say what the last run could not do."""
    failed = report.get("failed_tiles", {})
    errors = report.get("totals", {}).get("error_buildings", 0)
    if not failed and not errors:
        return ["Aucune erreur au dernier calcul."]
    lines = [f"Dernier calcul : {errors} bâtiment(s) en erreur, {len(failed)} dalle(s) en échec"]
    for sentence, tiles in causes(failed):
        lines += [f"  - {sentence}", f"    dalles : {names(tiles)}"]
    return lines
