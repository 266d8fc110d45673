"""French label and explanation of every code a table can hold.

Labels are short (a legend, a cell of a spreadsheet), explanations are one or two sentences for
the resident who asks why. A test gathers the codes of the package and refuses one without text.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cadastre.errors import SchemaError


@dataclass(frozen=True)
class Text:
    """What a code is called, and why it is so."""

    label: str
    explanation: str = ""


STATUS = {
    "computed": Text("Calculé", "Le potentiel a été calculé sur la forme réelle du toit."),
    "low_confidence": Text(
        "À confirmer",
        "Le potentiel a été calculé, mais les données laissent un doute : lisez le motif.",
    ),
    "excluded": Text("Écarté", "Ce bâtiment n'est pas étudié : lisez le motif."),
    "no_data": Text("Sans données", "Les données disponibles ne décrivent pas ce toit."),
    "error": Text(
        "En erreur", "Le calcul de ce bâtiment a échoué ; il sera repris au prochain calcul."
    ),
}

SUITABILITY = {
    "A": Text("Excellent", "Au niveau des meilleurs toits possibles de la région."),
    "B": Text("Très bon", "Un peu en dessous des meilleurs toits de la région."),
    "C": Text("Bon", "Une production correcte, par exemple un toit tourné vers l'est ou l'ouest."),
    "D": Text("Limité", "Une production nettement réduite : à étudier avec soin."),
    "E": Text("Peu adapté", "Trop peu de soleil, ou pas assez de place, pour être intéressant."),
}

QUALITY_FLAG = {
    "ok": Text("Bonne", "Le pan suit bien les mesures."),
    "no_dsm": Text("Sans mesure", "Aucun modèle de surface ne couvre ce pan."),
    "few_points": Text("Peu de mesures", "Le pan repose sur peu de points mesurés."),
    "poor_fit": Text("Forme complexe", "Le toit s'écarte d'un plan : la pente est approximative."),
    "too_small": Text("Très petit pan", "Le pan est trop petit pour être mesuré avec précision."),
    "vegetation": Text("Sous les arbres", "Des arbres cachent une partie du pan."),
    "steep": Text(
        "Très raide", "Le pan est presque vertical : la mesure par le dessus y est rare."
    ),
    "assumed": Text(
        "Forme supposée", "Le toit n'a pas été mesuré : sa forme est supposée d'après l'emprise."
    ),
    "unmatched_model": Text(
        "Maquette décalée", "La maquette 3D ne correspond pas exactement à l'emprise du bâtiment."
    ),
}

USAGE = {
    "all": Text("Tous usages"),
    "residential": Text("Résidentiel"),
    "business": Text("Commerces et services"),
    "public": Text("Équipement public"),
    "farm": Text("Agricole"),
    "industry": Text("Industriel"),
    "annex": Text("Annexe"),
    "other": Text("Autre"),
    "unknown": Text("Non renseigné"),
}

PLANE_SOURCE = {
    "lod2": Text("Maquette 3D", "La forme du toit vient d'une maquette 3D."),
    "lidar": Text("Relevé LiDAR", "La forme du toit vient de points mesurés par avion."),
    "dsm": Text("Modèle de surface", "La forme du toit vient d'une image des altitudes."),
    "assumed": Text("Supposée", "La forme du toit est supposée : elle n'a pas été mesurée."),
}

STATUS_REASON = {
    "ok": Text("Aucune réserve", "Les données décrivent bien ce toit."),
}

SUITABILITY_REASON = {
    "": Text("—"),
}

LEVEL = {
    "commune": Text("Commune"),
    "epci": Text("Intercommunalité"),
    "whole": Text("Ensemble"),
}

KINDS: dict[str, dict[str, Text]] = {
    "status": STATUS,
    "status_reason": STATUS_REASON,
    "quality_flag": QUALITY_FLAG,
    "suitability_class": SUITABILITY,
    "suitability_reason": SUITABILITY_REASON,
    "usage": USAGE,
    "plane_source": PLANE_SOURCE,
    "level": LEVEL,
}


def text_of(kind: str, code: str) -> Text:
    """Return the text of a code of a column.

    Raises
    ------
    SchemaError
        The code has no French text.
    """
    try:
        return KINDS[kind][code]
    except KeyError:
        raise SchemaError("code_without_text", column=kind, value=code) from None


def unknown_codes(tables: dict[str, pd.DataFrame]) -> list[tuple[str, str]]:
    """Return the (column, code) pairs of some tables that have no French text, sorted."""
    found = {
        (name, str(code))
        for frame in tables.values()
        for name in KINDS
        if name in frame.columns
        for code in frame[name].dropna().unique()
        if str(code) not in KINDS[name]
    }
    return sorted(found)
