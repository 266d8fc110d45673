"""Invented names and codes. Proper nouns of the fiction, French like the places they stand for.

No commune has a code with a letter after ``62``, the SIREN numbers fail their check digit, and
the post code is served by nobody: nothing here can be taken for a real place.
"""

from __future__ import annotations

COMMUNES = (
    # code_insee, name, siren_epci, name of the agglomeration
    ("62A01", "Essai-les-Corons", "999000001", "Agglomération fictive du Levant"),
    ("62A02", "Modèle-sous-Terril", "999000002", "Agglomération fictive du Couchant"),
)
POST_CODE = "62999"
STREETS = (
    "Rue du Porion",
    "Rue des Herscheurs",
    "Rue de la Gaillette",
    "Rue du Galibot",
    "Rue de la Lampisterie",
    "Rue du Carreau",
    "Rue de la Bowette",
    "Rue de la Taillette",
    "Rue des Cafus",
    "Rue du Briquet",
    "Rue de la Barrette",
    "Rue des Coulonneux",
    "Rue de la Ducasse",
    "Rue du Boutefeu",
    "Rue de la Fine Veine",
    "Rue du Raccommodeur",
)
PLACE = "Place de l'Exemple"
MONUMENT = "Église imaginaire de l'Exemple"
TERRITORY = "Cité de démonstration (lieux et noms fictifs)"
SYNTHETIC_TERRITORY = "Territoire synthétique (lieux et noms fictifs)"


def street_name(rank: int) -> str:
    """Name of the street of a rank of the street frame, any integer."""
    return STREETS[rank % len(STREETS)]


TERRITORY_COMMENT = (
    "# Données synthétiques : lieux, noms, codes et adresses sont imaginaires.\n"
    "# Aucun fichier météo : le climat embarqué de l'Artois est utilisé.\n"
)
