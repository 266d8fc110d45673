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
    "": Text("Aucune réserve", "Les données décrivent bien ce toit."),
    "ok": Text("Aucune réserve", "Les données décrivent bien ce toit."),
    # objects that carry no roof to equip
    "planned": Text("En projet", "Ce bâtiment n'est pas encore construit d'après le fichier."),
    "ruin": Text("En ruine", "Ce bâtiment est en ruine d'après le fichier des bâtiments."),
    "demolished": Text("Démoli", "Ce bâtiment est démoli d'après le fichier des bâtiments."),
    "greenhouse": Text("Serre", "Une serre a besoin de la lumière : elle n'est pas étudiée."),
    "silo": Text("Silo", "Un silo n'a pas de toit à équiper."),
    "tank": Text("Réservoir", "Un réservoir n'a pas de toit à équiper."),
    "monument": Text("Monument", "Un monument n'est pas étudié."),
    "fort": Text("Fort ou blockhaus", "Un ouvrage militaire n'est pas étudié."),
    "windmill": Text("Moulin à vent", "Un moulin à vent n'est pas étudié."),
    # the footprint itself
    "invalid_geometry": Text(
        "Contour invalide", "Le contour du bâtiment dans le fichier d'entrée est inutilisable."
    ),
    "empty_geometry": Text(
        "Contour absent", "Le fichier d'entrée ne donne pas de contour à ce bâtiment."
    ),
    "duplicate_geometry": Text(
        "En double", "Un autre bâtiment du fichier a le même contour, ou presque : il compte seul."
    ),
    # what the heights say
    "no_surface": Text("Hors des mesures", "Les mesures d'altitude ne couvrent pas ce bâtiment."),
    "no_plane": Text(
        "Forme introuvable",
        "Aucun pan de toit n'a pu être reconnu : arbres, toit trop complexe, ou bâtiment "
        "construit après les mesures.",
    ),
    "no_model": Text("Absent de la maquette", "La maquette 3D ne contient pas ce bâtiment."),
    "partial_model": Text(
        "Maquette partielle", "La maquette 3D ne décrit qu'une partie de ce toit."
    ),
    "too_small": Text("Trop petit", "Le toit est trop petit pour être étudié."),
    "few_points": Text("Peu de mesures", "Trop peu de points mesurés décrivent ce toit."),
    "vegetation": Text("Sous les arbres", "Des arbres cachent une grande partie du toit."),
    "poor_fit": Text(
        "Forme complexe", "Le toit s'écarte de pans simples : les pentes sont approximatives."
    ),
    "steep": Text(
        "Très raide", "Le toit est presque vertical, comme un clocher : il n'est guère équipable."
    ),
    "assumed": Text(
        "Forme supposée",
        "Le toit n'a pas été mesuré : sa forme est supposée d'après l'emprise du bâtiment.",
    ),
    "assumed_geometry": Text(
        "Forme supposée",
        "Aucune mesure ne décrit ce toit : sa forme est supposée d'après l'emprise et l'usage.",
    ),
    "outside_territory": Text(
        "Hors du territoire", "Ce bâtiment n'est dans aucune des communes étudiées."
    ),
    # the run
    "computation_failed": Text("Calcul échoué", "Le calcul de ce bâtiment s'est arrêté."),
    "tile_failed": Text("Dalle en échec", "La dalle de calcul de ce bâtiment n'a pas abouti."),
    "not_computed": Text("Pas encore calculé", "Ce bâtiment n'a pas encore été calculé."),
}

# what takes most from the best possible roof of the place
SUITABILITY_REASON = {
    "none": Text("Presque rien ne lui manque", "Bien orienté, bien incliné et bien dégagé."),
    "orientation": Text("Orientation", "C'est surtout son orientation qui le limite."),
    "tilt": Text("Inclinaison", "C'est surtout son inclinaison qui le limite."),
    "near_shading": Text(
        "Ombres proches", "Ce sont surtout les arbres et bâtiments voisins qui le limitent."
    ),
    "far_horizon": Text("Relief", "C'est surtout le relief au loin qui cache le soleil."),
    "small_area": Text("Petite surface", "Peu de panneaux peuvent y tenir."),
    "row_shading": Text(
        "Rangées", "Ce sont surtout les rangées de panneaux qui se font de l'ombre."
    ),
    "no_room": Text(
        "Aucune place",
        "La place libre et bien ensoleillée est trop petite ou trop découpée pour deux panneaux "
        "voisins.",
    ),
    "no_light": Text(
        "Trop peu de soleil",
        "Aucun panneau n'est posé : son orientation ou ses ombres laissent trop peu de soleil.",
    ),
    "unknown": Text("Inconnu", "Le soleil reçu par ce toit n'a pas pu être calculé."),
}

# what makes the interval of a roof wide
UNCERTAINTY_CAUSE = {
    "interannual": Text("météo d'une année à l'autre", "Le soleil varie d'une année à l'autre."),
    "source": Text("données de soleil", "Les données d'ensoleillement ont leur propre erreur."),
    "transposition": Text(
        "passage au plan du toit",
        "Le soleil du plan du toit est déduit de celui d'un plan à plat.",
    ),
    "plane_fit": Text("pente et orientation", "La pente et l'orientation sont mesurées de loin."),
    "shading": Text("ombres", "Les arbres et voisins qui font de l'ombre sont mal connus."),
    "losses": Text("matériel", "Panneaux, onduleur et câbles diffèrent d'une pose à l'autre."),
    "usable_area": Text(
        "surface utilisable", "Le nombre de panneaux qui tiendront vraiment n'est pas certain."
    ),
}

LEVEL = {
    "commune": Text("Commune"),
    "epci": Text("Intercommunalité"),
    "whole": Text("Ensemble"),
}

SITE_KIND = {
    "car_park": Text("Parc de stationnement"),
    "brownfield": Text("Friche"),
}

KINDS: dict[str, dict[str, Text]] = {
    "site_kind": SITE_KIND,
    "status": STATUS,
    "status_reason": STATUS_REASON,
    "quality_flag": QUALITY_FLAG,
    "suitability_class": SUITABILITY,
    "suitability_reason": SUITABILITY_REASON,
    "usage": USAGE,
    "plane_source": PLANE_SOURCE,
    "level": LEVEL,
}


# codes that are words of their own: a class is known by its letter
KEPT_CODES = ("suitability_class",)


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


def causes_text(codes: object) -> str:
    """Return the causes of a wide interval in words, from their codes joined by commas."""
    if not isinstance(codes, str) or not codes:
        return ""
    return ", ".join(UNCERTAINTY_CAUSE[code].label for code in codes.split(","))


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
