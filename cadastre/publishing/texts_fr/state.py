"""What ``cadastre etat`` says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from cadastre.publishing.texts_fr.cli import STAGES
from cadastre.publishing.texts_fr.failures import causes, names
from cadastre.publishing.texts_fr.numbers import duration

_NAMES = STAGES | {"ombres": "Lignes d'horizon", "relief": "Relief lointain"}
_UNITS = {
    "ciel": "maille(s) météo", "surfaces": "carré(s)", "modele": "fichier", "relief": "fichier",
}  # fmt: skip
PARTS: dict[str, str] = {
    "version": "la méthode a changé",
    "parametres": "des paramètres ont changé",
    "batiments": "des bâtiments ont changé",
    "mns": "le modèle de surface (mns) a changé",
    "mnt": "le modèle de terrain (mnt) a changé",
    "lidar": "les points (lidar) ont changé",
    "modele_3d": "le modèle 3D a changé",
    "meteo": "la série météo a changé",
    "toits": "les toits, ou ceux des alentours, changent",
    "lointain": "la ligne d'horizon du relief lointain change",
    "ombres": "les ombres ont changé",
    "zone": "le périmètre, les coordonnées ou la colonne d'identifiants ont changé",
}
_IN_SKYLINES = {
    "version": "la méthode des ombres a changé",
    "mns": "le modèle de surface (mns) a changé aux alentours",
    "mnt": "le modèle de terrain (mnt) a changé aux alentours",
    "lidar": "les points (lidar) ont changé aux alentours",
}
_CHANGES = {"new": "nouveau", "gone": "retiré", "other": "contenu changé"}
_ON_DEMAND = ("ciel", "relief", "surfaces", "ombres")
_MANY = 8


def head_lines(name: str, folder: str) -> list[str]:
    """Name of the territory and where its results lie."""
    return [f"{name} — {folder}"]


def never_line(config: str) -> str:
    """Nothing has been computed yet."""
    return f"Rien n'est encore calculé : lancez « cadastre calculer {config} »."


def change_lines(
    files: Sequence[tuple[str, str, str]],
    rules: Sequence[str],
    parameters: Sequence[tuple[str, str, str]],
) -> list[str]:
    """Files (kind, name, change), rules of reading, parameters (name, former, present)."""
    by_kind = defaultdict(list)
    for kind, name, change in files:
        by_kind[kind].append(f"{name} ({_CHANGES[change]})")
    lines = [f"  - {kind} : {_some(names)}" for kind, names in sorted(by_kind.items())]
    lines += [f"  - {_reason(part)}" for part in rules]
    lines += [
        f"  - {name} : {before or 'valeur par défaut'} → {now or 'valeur par défaut'}"
        for name, before, now in parameters
    ]
    return ["Changé depuis le dernier calcul :", *lines] if lines else []


def ingestion_line(fresh: bool, damaged: bool) -> str:
    """Tell whether what was read of the inputs still holds."""
    name = STAGES["ingestion"]
    if damaged:
        return f"{name} : fichier abîmé, les entrées seront relues"
    if fresh:
        return f"{name} : à jour"
    return f"{name} : à refaire (relues ici pour savoir ce qui en dépend)"


def stage_lines(
    stage: str,
    total: int,
    counts: Mapping[str, int],
    damaged: Sequence[str],
    reasons: Mapping[str, int],
    seconds: float,
) -> list[str]:
    """How many products of a stage are up to date, stale, missing or damaged, and why."""
    unit = _UNITS.get(stage, "dalle(s)")
    line = (
        f"{_NAMES[stage]} : {counts.get('fresh', 0)} {unit} à jour sur {total}, "
        f"{counts.get('stale', 0)} à refaire, {counts.get('missing', 0)} jamais calculé(s), "
        f"{len(damaged)} abîmé(s)"
    )
    if seconds:
        line += f" ; temps de calcul {duration(seconds)}"
    again = "refait dès qu'un toit en a besoin" if stage in _ON_DEMAND else "sera refait"
    lines = [line] + ([f"  - abîmé, {again} : {_some(damaged)}"] if damaged else [])
    mark = "ombres." if stage == "ombres" else ""
    return lines + [
        f"  - {_reason(mark + part)} : {count} {unit}" for part, count in sorted(reasons.items())
    ]


def tables_line(absent: Sequence[str]) -> str:
    """Tell whether the published tables are there."""
    told = f"manque {_some(absent)}" if absent else "tables publiées présentes"
    return f"{STAGES['totaux']} : {told}"


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


def _reason(part: str) -> str:
    """Say why: the part of a key that changed, with the group of a parameter."""
    name = part.removeprefix("ombres.")
    if name.startswith("parametres."):
        return f"{PARTS['parametres']} ({name.removeprefix('parametres.')})"
    if part != name and name in _IN_SKYLINES:
        return _IN_SKYLINES[name]
    return PARTS.get(name, name)


def _some(names: Sequence[str]) -> str:
    more = f" et {len(names) - _MANY} de plus" if len(names) > _MANY else ""
    return ", ".join(names[:_MANY]) + more
