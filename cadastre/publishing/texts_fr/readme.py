"""LISEZMOI of the exports: files, columns, units, licences, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadastre.publishing.texts_fr import words
from cadastre.publishing.texts_fr.numbers import date, file_size
from cadastre.publishing.texts_fr.reasons import KEPT_CODES, KINDS
from cadastre.schema import COLUMNS

FORMATS = (
    "- GeoJSON (.geojson) : norme RFC 7946, coordonnées géographiques WGS 84 (EPSG:4326), "
    "longitude puis latitude.",
    "- GeoPackage (.gpkg) : pour QGIS, coordonnées {crs} ; une couche par table. Les valeurs "
    "mensuelles y tiennent en douze colonnes, de _01 (janvier) à _12 (décembre).",
    "- CSV (.csv) : s'ouvre d'un double clic dans un tableur français : séparateur point-virgule, "
    "virgule décimale, UTF-8 avec marque d'ordre (BOM) ; les listes tiennent dans une case, "
    "séparées par une barre (13,05|13,95). Pour le relire en Python : "
    "pandas.read_csv(fichier, sep=';', decimal=',', encoding='utf-8-sig', "
    "dtype={{'code_insee': str}}).",
)

CONVENTIONS = (
    "- Azimuts en degrés depuis le nord vrai, dans le sens des aiguilles d'une montre "
    "(sud = 180).",
    "- Les colonnes en _pct sont des pourcentages (0 à 100).",
    "- Les surfaces « pan » et « utile » suivent la pente ; les surfaces projetées sont vues du "
    "ciel.",
    "- Une case vide veut dire « inconnu », jamais zéro.",
    "- Chaque bâtiment d'entrée figure une fois et une seule, même sans résultat : la colonne "
    "etat dit pourquoi.",
)


def readme(
    provenance: Mapping[str, Any],
    files: list[tuple[str, int, int]],
    columns: list[tuple[str, str, str]],
) -> str:
    """Return the text of LISEZMOI.md.

    Parameters
    ----------
    provenance
        See ``cadastre.publishing.provenance``.
    files
        Name, rows and size in bytes of each export.
    columns
        French name, unit, description.
    """
    lines = [f"# {words.PRODUCT} — {provenance.get('territory', '')}".rstrip(" —"), ""]
    if provenance.get("fictitious"):
        lines += [f"**{words.FICTITIOUS}.** {words.FICTITIOUS_LONG}", ""]
    if provenance.get("embedded_climate"):
        lines += [f"**{words.EMBEDDED_CLIMATE}.** {words.EMBEDDED_CLIMATE_LONG}", ""]
    lines += ["## Fichiers", "", "| fichier | lignes | taille |", "|---|---|---|"]
    lines += [f"| {name} | {rows} | {file_size(size)} |" for name, rows, size in files]
    lines += ["", "## Formats", ""]
    lines += [line.format(crs=provenance.get("crs", "du territoire")) for line in FORMATS]
    lines += ["", "## Conventions", "", *CONVENTIONS]
    lines += ["", "## Colonnes", "", "| colonne | unité | contenu |", "|---|---|---|"]
    lines += [f"| {name} | {unit} | {text} |" for name, unit, text in columns]
    lines += ["", "## Valeurs", "", *_values("status"), *_values("suitability_class")]
    lines += ["", "## Comment lire les productions", "", words.P50_P90]
    lines += ["", "## Limites", "", *[f"- {limit}" for limit in words.LIMITS]]
    lines += ["", "## Sources et licences", ""]
    lines += [source_line(source) for source in provenance.get("sources", [])]
    if provenance.get("weather"):
        lines += [weather_line(provenance)]
    lines += ["", f"Licence de ces fichiers : {words.LICENCE_DEFAULT}, sauf condition plus "]
    lines[-1] += "stricte d'une source ci-dessus."
    lines += ["", made_by(provenance), ""]
    return "\n".join(lines)


def _values(name: str) -> list[str]:
    """Return what each value of a column means, as list items."""
    french = COLUMNS[name].french
    if name in KEPT_CODES:
        lines = [(f"{code} : {text.label}.", text) for code, text in KINDS[name].items()]
    else:
        lines = [(f"{text.label} :", text) for text in KINDS[name].values()]
    return [f"- {french} = {head} {text.explanation}" for head, text in lines]


def source_line(source: Mapping[str, str]) -> str:
    """Return one source as a list item: what, name, vintage, licence, attribution."""
    role = words.ROLES.get(source.get("role", ""), source.get("role", ""))
    parts = [source.get("name", "")]
    if source.get("vintage"):
        parts.append(f"millésime {date(source['vintage'])}")
    if source.get("licence"):
        parts.append(source["licence"])
    if source.get("attribution"):
        parts.append(f"© {source['attribution']}")
    return f"- {role} : " + ", ".join(part for part in parts if part) + "."


def weather_line(provenance: Mapping[str, Any]) -> str:
    """Return the weather as a list item."""
    label = words.WEATHER_ORIGINS.get(provenance["weather"], provenance["weather"])
    return f"- Météo : {label}."


def made_by(provenance: Mapping[str, Any]) -> str:
    """Return who computed and when."""
    text = (
        f"Calculé par le logiciel libre cadastre-solaire {provenance.get('version', '')}".rstrip()
    )
    if provenance.get("computed_on"):
        text += f", le {date(provenance['computed_on'])}"
    return text + "."


def attribution(provenance: Mapping[str, Any]) -> str:
    """Return one line of credits: the territory's own, else that of each source, once."""
    if provenance.get("attribution"):
        return str(provenance["attribution"])
    names = [source.get("attribution", "") for source in provenance.get("sources", [])]
    unique = list(dict.fromkeys(name for name in names if name))
    return ", ".join(f"© {name}" for name in unique)
