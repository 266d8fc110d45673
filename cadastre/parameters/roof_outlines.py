"""Outlines of roofs: ramps at eaves, straight borders between planes."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class RoofOutlines(Group):
    """Outlines of roofs: ramps at eaves, straight borders between planes."""

    edge_step_m: float = quantity(
        0.35,
        "m",
        "Ressaut à partir duquel un pixel intermédiaire est une rampe d'interpolation.",
        low=0.1,
        high=2.0,
    )
    ramp_narrow_m: float = quantity(
        0.65,
        "m",
        "Largeur de rampe d'interpolation jusqu'à laquelle elle est à cheval sur la"
        " rive (pas de 0,5 m ou moins ; en proportion au-delà).",
        low=0.0,
        high=3.0,
        source="profils de rives, scènes simulées et IGN LiDAR HD",
    )
    ramp_wide_m: float = quantity(
        1.0,
        "m",
        "Largeur de rampe à partir de laquelle elle est hors de la rive.",
        low=0.1,
        high=5.0,
        source="profils de rives, scènes simulées et IGN LiDAR HD",
    )
    ramp_narrow_retreat_m: float = quantity(
        0.05, "m", "Recul de la rive depuis le milieu d'une rampe étroite.", low=0.0, high=1.0
    )
    ramp_wide_retreat_m: float = quantity(
        0.44, "m", "Recul de la rive depuis le milieu d'une rampe large.", low=0.0, high=2.0
    )
    ramp_typical_m: float = quantity(
        0.8, "m", "Largeur de rampe supposée quand aucune rive ne la montre.", low=0.0, high=3.0
    )
    outline_reach_m: float = quantity(
        1.0, "m", "Écart maximal d'une rive à sa position attendue.", low=0.1, high=3.0
    )
    outline_drop_m: float = quantity(
        0.8, "m", "Chute de hauteur minimale pour localiser une rive.", low=0.2, high=5.0
    )
    outline_misfit: float = quantity(
        0.12, "1", "Écart moyen admis du profil de rive à une rampe.", low=0.01, high=0.5
    )
    outline_edge_m: float = quantity(
        1.2, "m", "Longueur minimale d'un côté dont la rive est localisée.", low=0.25, high=10.0
    )
    outline_free_share: float = quantity(
        0.4, "1", "Part sans voisin d'un côté dont la rive est localisée.", low=0.05, high=1.0
    )
    eave_step_low_m: float = quantity(
        0.1,
        "m",
        "Plus petite chute d'une rive sur un toit plus bas qui la prolonge en ligne droite.",
        low=0.0,
        high=2.0,
    )
    eave_step_high_m: float = quantity(
        1.2,
        "m",
        "Plus grande chute d'une rive dont la rampe se confond avec la pente du toit.",
        low=0.1,
        high=5.0,
    )
    eave_reach_m: float = quantity(
        1.4,
        "m",
        "Distance au-delà d'une rive jusqu'à laquelle une limite de pans y est ramenée"
        " (pas de 0,5 m ou moins ; en proportion au-delà).",
        low=0.0,
        high=5.0,
        source="rampes d'un mètre hors des rives : scènes simulées et IGN LiDAR HD",
    )
    split_tolerance_px: float = quantity(
        0.85, "pixels", "Tolérance de découpe des limites entre pans.", low=0.3, high=5.0
    )
    line_tolerance_px: float = quantity(
        1.0,
        "pixels",
        "Distance d'une limite à l'intersection de ses deux plans.",
        low=0.1,
        high=5.0,
    )
    snap_angle_deg: float = quantity(
        12.0, "°", "Angle sous lequel une limite prend la direction des murs.", low=0.0, high=30.0
    )
    node_limit_m: float = quantity(
        1.0, "m", "Plus grand déplacement d'un sommet entre pans.", low=0.1, high=5.0
    )
    node_damping: float = quantity(
        0.02,
        "1",
        "Poids de la position pixel d'un sommet face aux droites qui s'y croisent.",
        low=0.0001,
        high=1.0,
    )
