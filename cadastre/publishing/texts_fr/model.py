"""French sentences of 3D city models: refusals, and why a surface became part of no plane."""

from __future__ import annotations

MODEL_ERRORS: dict[str, str] = {
    "model_missing": (
        "La maquette 3D {file} n'existe pas : vérifiez modele_3d dans le fichier de territoire."
    ),
    "model_format": (
        "La maquette 3D {file} n'est d'aucun format connu. Formats lus : CityJSON, CityJSONSeq, "
        "CityGML et MultiPatch ({known}), les trois premiers aussi en .gz."
    ),
    "model_unreadable": (
        "La maquette 3D {file} est illisible, sans doute tronquée ou incomplète ({detail}) : "
        "récupérez le fichier à nouveau."
    ),
    "model_not_cityjson": (
        "{file} est du JSON mais pas du CityJSON (type « {kind} ») : donnez la maquette 3D, "
        "dont le premier objet est de type CityJSON."
    ),
    "model_not_citygml": (
        "{file} est du XML mais pas du CityGML (racine « {kind} ») : donnez la maquette 3D, "
        "dont la racine est CityModel."
    ),
    "model_version": (
        "{file} est du CityJSON de version {version} : les versions 1.0, 1.1 et 2.0 sont lues. "
        "Convertissez le fichier (outil cjio, commande upgrade)."
    ),
    "model_no_vertices": (
        "La maquette 3D {file} n'a pas de liste de sommets (vertices) : le fichier est incomplet, "
        "récupérez-le à nouveau."
    ),
    "model_crs_unknown": (
        "{file} nomme un système de coordonnées inconnu : {crs}. Corrigez la référence du "
        "fichier, ou retirez-la pour que celle du territoire soit prise."
    ),
    "model_crs_mixed": (
        "{file} mêle deux systèmes de coordonnées, {first} et {other} : séparez-le en deux "
        "fichiers."
    ),
    "model_without_heights": (
        "{file} n'a pas d'altitudes : une maquette 3D a des sommets x, y, z. S'il s'agit "
        "d'emprises, donnez ce fichier à la clé batiments."
    ),
    "model_without_faces": (
        "Aucune surface de toit n'est lisible dans la maquette 3D ({files}) : vérifiez qu'elle "
        "contient des bâtiments de niveau de détail LoD2."
    ),
}

MODEL_NOTES: dict[str, str] = {
    "model_read": "{count} bâtiments lus dans la maquette, {faces} surfaces retenues.",
    "model_lower_lod": (
        "{count} géométries d'un niveau de détail plus faible laissées de côté : une plus "
        "détaillée existe pour le même objet, ou elles ne décrivent qu'une emprise."
    ),
    "model_repeated": "{count} bâtiments présents plusieurs fois : une seule copie est gardée.",
    "model_set_aside": "{count} surfaces ou objets de la maquette n'ont pas pu être lus.",
}

# Reason of a surface set aside -> what is said of it in the report.
SET_ASIDE_REASONS: dict[str, str] = {
    "bad_coordinates": "coordonnées absentes ou qui ne sont pas des nombres",
    "bad_index": "renvoi à un sommet qui n'existe pas",
    "covered": "sous un autre toit du même bâtiment",
    "degenerate": "surface nulle ou moins de trois sommets",
    "geometry_instance": "gabarit de géométrie, non lu",
    "lod_too_low": "niveau de détail trop faible pour décrire un toit",
    "low_coverage": "la maquette couvre trop peu l'emprise",
    "no_footprint": "aucune emprise de bâtiment à cet endroit",
    "no_height": "sommets sans altitude",
    "no_roof_surface": "bâtiment sans surface de toit",
    "outside_footprint": "trop loin au-delà de l'emprise",
    "repeated_building": "copie d'un bâtiment déjà lu",
    "self_intersecting": "contour qui se recoupe",
    "too_small": "pan trop petit pour être publié",
    "unreadable_geometry": "géométrie mal formée",
    "unreadable_line": "ligne illisible ou tronquée",
    "unresolved_reference": "renvoi à une surface absente du fichier",
    "untyped_underside": "plancher ou sous-face, d'après son orientation",
    "untyped_wall": "mur, d'après son inclinaison",
    "vertical": "déclarée toit mais verticale",
}
