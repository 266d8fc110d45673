"""The French sentence of every error code: what is wrong, where, and how to mend it."""

from __future__ import annotations

from cadastre.errors import CadastreError

SENTENCES: dict[str, str] = {
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
    # tables
    "table_faults": "La table « {table} » n'est pas conforme au dictionnaire : {faults}.",
}


def error_sentence(error: CadastreError) -> str:
    """Return the French sentence of an error, lists joined by commas."""
    facts = {
        key: ", ".join(map(str, value)) if isinstance(value, list | tuple | set) else value
        for key, value in error.facts.items()
    }
    return SENTENCES[error.code].format(**facts)
