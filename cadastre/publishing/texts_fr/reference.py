"""French words of the derived pages: parameters and dictionary."""

from __future__ import annotations

PARAMETERS_TITLE = "Paramètres"
PARAMETERS_INTRO = (
    "Page dérivée de `cadastre/parameters/` (`python -m cadastre.publishing.reference_pages`). "
    "Tout nombre discutable de la méthode est ici, avec son unité, ses bornes et sa source ; un "
    "fichier de territoire peut remplacer chacun d'eux, groupe par groupe."
)
TOML_INTRO = (
    "Valeurs par défaut de tous les paramètres ; fichier dérivé de cadastre/parameters/.\n"
    "À copier dans un fichier de territoire pour en changer une valeur."
)
DICTIONARY_TITLE = "Dictionnaire des tables"
DICTIONARY_INTRO = (
    "Page dérivée de `cadastre/schema/`. Les fichiers GeoParquet portent les noms anglais, les "
    "exports les noms français. La dernière colonne dit comment une valeur passe du bâtiment au "
    "territoire."
)
HEADS = {
    "parameters": ("paramètre", "défaut", "unité", "bornes", "sens", "source"),
    "columns": ("colonne", "nom d'export", "unité", "sens", "agrégation"),
}
TABLES_FR = {
    "buildings": "Une ligne par emprise fournie, sans exception.",
    "roof_planes": "Une ligne par pan de toit.",
    "modules": "Une ligne par module posé.",
    "sites": "Une ligne par parc de stationnement et par friche, quand le territoire en fournit.",
    "territories": "Une ligne par commune, EPCI et pour l'ensemble ; toutes occupations, puis par usage.",
}
ADDS_UP_FR = {
    "sum": "somme",
    "count": "compte",
    "list_sum": "somme mois par mois",
    "ratio": "rapport des sommes",
    "same": "commune au groupe",
    "none": "—",
}
