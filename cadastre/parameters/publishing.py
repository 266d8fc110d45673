"""Map and exports: rounding, colours, limits."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Publishing(Group):
    """Map and exports: rounding, colours, limits."""

    roofs_min_zoom: int = quantity(
        14, "—", "Niveau de zoom à partir duquel les toits s'affichent.", low=0, high=22
    )
    modules_min_zoom: int = quantity(
        19, "—", "Niveau de zoom à partir duquel les modules s'affichent.", low=0, high=24
    )
    max_zoom: int = quantity(22, "—", "Niveau de zoom le plus fort de la carte.", low=10, high=24)
    class_colours: tuple[str, ...] = quantity(
        ("#c24d05", "#f2a024", "#fbe69a", "#9dbfd9", "#44709c"),
        "—",
        "Couleurs des classes A à E : du soleil (orange) à l'ombre (bleu), distinctes pour les "
        "daltoniens.",
        source="choix du projet ; écarts vérifiés par le modèle de Machado et al. 2009",
    )
    commune_colours: tuple[str, ...] = quantity(
        ("#e9f2dc", "#c3dfa9", "#93c47d", "#55993f", "#2c6b26"),
        "—",
        "Couleurs des communes, du plus petit au plus grand total.",
        free_length=True,
    )
    basemap: str = quantity(
        "aucun",
        "—",
        "Fond de carte proposé au visiteur, toujours éteint à l'ouverture : « plan_ign » fait "
        "contacter les serveurs de l'IGN par son navigateur s'il l'allume.",
        choices=("aucun", "plan_ign"),
    )
    canvas_from_planes: int = quantity(
        6000,
        "pans",
        "Nombre de pans au-delà duquel la carte les dessine en image (plus rapide) plutôt qu'en "
        "tracés vectoriels.",
        low=0,
    )
    whole_file_max_rows: int = quantity(
        100_000,
        "lignes",
        "Nombre de lignes au-delà duquel un GeoJSON n'est plus écrit d'un seul tenant mais "
        "seulement par commune.",
        low=1,
    )
    relief_max_pixels: int = quantity(
        4_000_000,
        "pixels",
        "Taille de l'image du relief ombré sous les toits ; au-delà elle est allégée, 0 la "
        "supprime.",
        low=0,
    )
    coordinate_decimals: int = quantity(
        7, "—", "Décimales des coordonnées géographiques (7 : environ 1 cm).", low=5, high=9,
        source="RFC 7946, section 11.2",
    )  # fmt: skip
    horizon_sectors: int = quantity(
        72, "—", "Nombre de secteurs de la ligne d'horizon dessinée sur la carte.", low=8, high=360
    )
