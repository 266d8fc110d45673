"""Usable area: setbacks by edge kind, minimum sizes, statistical allowances."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity

_HYPOTHESIS = "hypothèse du projet, 2026-11"
_POSE = "hypothèse du projet, 2026-11 : usage de pose de 0,3 à 0,5 m"
_NUMERICAL = "choix numérique du projet, 2026-11"


@dataclass(frozen=True)
class Usable(Group):
    """Usable area: setbacks by edge kind, minimum sizes, statistical allowances.

    Distances are measured on the slope of the plane, not in plan.
    """

    eave_setback_m: float = quantity(
        0.3,
        "m",
        "Recul au-dessus de l'égout (bas de pente), mesuré sur la pente.",
        low=0.0,
        high=3.0,
        source=_POSE,
    )
    ridge_setback_m: float = quantity(
        0.3,
        "m",
        "Recul sous le faîtage, le long des arêtiers et des noues.",
        low=0.0,
        high=3.0,
        source=_POSE,
    )
    verge_setback_m: float = quantity(
        0.4,
        "m",
        "Recul le long d'une rive, d'un pignon ou d'un mur mitoyen.",
        low=0.0,
        high=3.0,
        source=_POSE,
    )
    flat_setback_m: float = quantity(
        0.9,
        "m",
        "Recul au bord d'un toit plat (acrotère, circulation, zone de vent).",
        low=0.0,
        high=5.0,
        source=(
            "hypothèse du projet, 2026-11 : acrotère, circulation, zone de vent ; "
            "chemin de 0,90 m demandé par des SDIS, relevé 2026-11"
        ),
    )
    flat_small_setback_m: float = quantity(
        0.5,
        "m",
        "Recul au bord d'un petit toit plat.",
        low=0.0,
        high=5.0,
        source=_HYPOTHESIS,
    )
    flat_small_m2: float = quantity(
        100.0,
        "m²",
        "Surface en dessous de laquelle un toit plat est petit.",
        low=0.0,
        high=10_000.0,
        source=_HYPOTHESIS,
    )
    obstacle_setback_m: float = quantity(
        0.3,
        "m",
        "Recul autour d'une cheminée, d'une lucarne ou d'un trou du pan.",
        low=0.0,
        high=3.0,
        source=_POSE,
    )
    obstacle_rise_m: float = quantity(
        0.1,
        "m",
        "Hauteur au-dessus d'un pan à partir de laquelle l'obstacle ou le pan voisin qui le couvre"
        " y prend de la place.",
        low=0.0,
        high=3.0,
        source=_HYPOTHESIS,
    )
    beyond_footprint_m: float = quantity(
        0.0,
        "m",
        "Débord du toit au-delà de l'emprise où un module peut reposer.",
        low=0.0,
        high=3.0,
        source=_HYPOTHESIS + " : le recul à l'égout et le débord usuel se valent, 0,3 m",
    )
    flat_below_deg: float = quantity(
        5.0,
        "°",
        "En dessous de cette inclinaison, les reculs d'un toit plat s'appliquent.",
        low=0.0,
        high=15.0,
        source="hypothèse du projet, 2026-11 : comme les châssis",
    )
    shared_edge_m: float = quantity(
        0.4,
        "m",
        "Distance en plan sous laquelle deux pans d'un bâtiment partagent un bord.",
        low=0.0,
        high=2.0,
        source=(
            "hypothèse du projet, 2026-11 : une maille et demie d'un modèle de surface à 0,25 m"
        ),
    )
    shared_step_m: float = quantity(
        0.5,
        "m",
        "Écart de hauteur sous lequel ce bord est un faîtage, un arêtier ou une noue.",
        low=0.0,
        high=3.0,
        source=(
            "hypothèse du projet, 2026-11 : deux fois la précision verticale usuelle d'un pan"
        ),
    )
    edge_piece_m: float = quantity(
        2.0,
        "m",
        "Longueur maximale des morceaux de bord dont la nature est jugée séparément.",
        low=0.2,
        high=20.0,
        source=_NUMERICAL,
    )
    min_width_m: float = quantity(
        1.0,
        "m",
        "Largeur en dessous de laquelle un morceau de pan est écarté.",
        low=0.0,
        high=5.0,
        source="hypothèse du projet, 2026-11 : un peu moins que la largeur d'un module",
    )
    min_part_m2: float = quantity(
        1.9,
        "m²",
        "Surface en pente en dessous de laquelle un morceau est écarté.",
        low=0.0,
        high=50.0,
        source="hypothèse du projet, 2026-11 : surface d'un module",
    )
    window_share_residential: float = quantity(
        0.04,
        "1",
        "Part de la surface utile perdue aux fenêtres de toit invisibles : habitation.",
        low=0.0,
        high=0.5,
        source="hypothèse du projet, 2026-11, sans mesure publiée pour la région",
    )
    window_share_other: float = quantity(
        0.02,
        "1",
        "Part de la surface utile perdue aux lanterneaux invisibles : autres usages.",
        low=0.0,
        high=0.5,
        source=(
            "hypothèse du projet, 2026-11 ; le désenfumage demande 1 % (code du travail R4216-13)"
        ),
    )
