"""Module and its placing on pitched and flat roofs."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity

_HYPOTHESIS = "hypothèse du projet, 2026-11"
_NUMERICAL = "choix numérique du projet, 2026-11"
_SDIS = (
    "doctrine courante des services d'incendie (SDIS) pour les "
    "établissements recevant du public : chemins de 0,90 m, champs de 300 "
    "m² et 30 m au plus selon le SDIS, relevé 2026-11 ; à confirmer "
    "localement"
)


@dataclass(frozen=True)
class Modules(Group):
    """Module and its placing on pitched and flat roofs."""

    length_m: float = quantity(
        1.722,
        "m",
        "Longueur d'un module.",
        low=0.5,
        high=3.0,
        source="format courant des modules résidentiels de 2024 à 2026, relevé 2026-11",
    )
    width_m: float = quantity(
        1.134,
        "m",
        "Largeur d'un module.",
        low=0.3,
        high=2.0,
        source="format courant des modules résidentiels de 2024 à 2026, relevé 2026-11",
    )
    power_wp: float = quantity(
        450.0,
        "Wc",
        "Puissance crête d'un module.",
        low=50.0,
        high=1000.0,
        source="fiches de modules de 2024 à 2026, rendement 23 %, relevé 2026-11",
    )
    gap_m: float = quantity(
        0.02,
        "m",
        "Jeu entre deux modules voisins (brides de fixation).",
        low=0.0,
        high=0.3,
        source="hypothèse du projet, 2026-11 : brides usuelles de 20 mm",
    )
    orientation: str = quantity(
        "best",
        "—",
        "Pose des modules d'un toit en pente.",
        choices=("best", "mixed", "portrait", "landscape"),
        source=_HYPOTHESIS,
    )
    mixed_gain: float = quantity(
        0.06,
        "1",
        "Gain de modules à partir duquel portrait et paysage sont mêlés sur un même pan.",
        low=0.0,
        high=10.0,
        source=(
            "hypothèse du projet, 2026-11 : une pose d'une seule sorte est plus simple à fixer"
        ),
    )
    row_step_m: float = quantity(
        0.03,
        "m",
        "Pas des positions essayées pour les rangées.",
        low=0.005,
        high=0.5,
        source=_NUMERICAL,
    )
    large_row_step_m: float = quantity(
        0.1,
        "m",
        "Pas des positions essayées sur les toits de grande longueur.",
        low=0.005,
        high=1.0,
        source=_NUMERICAL,
    )
    large_extent_m: float = quantity(
        40.0,
        "m",
        "Longueur au-delà de laquelle le grand pas s'applique.",
        low=5.0,
        high=1000.0,
        source=_NUMERICAL,
    )
    rack_below_deg: float = quantity(
        5.0,
        "°",
        "En dessous de cette inclinaison les modules sont posés sur châssis.",
        low=0.0,
        high=15.0,
        source="hypothèse du projet, 2026-11 : comme les reculs des toits plats",
    )
    flat_layout: str = quantity(
        "energy",
        "—",
        "Pose sur toit plat : celle qui produit le plus, ou plein sud, ou est-ouest.",
        choices=("energy", "south", "east_west"),
        source=_HYPOTHESIS,
    )
    south_rack_tilt_deg: float = quantity(
        15.0,
        "°",
        "Inclinaison des châssis orientés au sud.",
        low=1.0,
        high=45.0,
        source="hypothèse du projet, 2026-11 : châssis lestés de 10 à 20°",
    )
    south_spacing: str = quantity(
        "winter_sun",
        "—",
        "Espacement des rangées au sud : soleil d'hiver ou taux fixe.",
        choices=("winter_sun", "ratio"),
        source=_HYPOTHESIS,
    )
    winter_sun_deg: float = quantity(
        16.1,
        "°",
        "Hauteur du soleil sous laquelle les rangées peuvent se faire de l'ombre.",
        low=5.0,
        high=60.0,
        source=("midi solaire du 21 décembre à 50,4° N, 90 - 50,4 - 23,44, calculé 2026-11"),
    )
    south_ground_coverage: float = quantity(
        0.6,
        "1",
        "Taux de couverture au sud quand l'espacement est fixe.",
        low=0.2,
        high=0.95,
        source="hypothèse du projet, 2026-11 : 0,5 à 0,7 selon l'usage",
    )
    south_align_deg: float = quantity(
        45.0,
        "°",
        "Écart au sud admis pour aligner les châssis sur le bord du toit.",
        low=0.0,
        high=45.0,
        source=(
            "hypothèse du projet, 2026-11 : à 15° d'inclinaison, perte "
            "d'irradiation de 3 % au plus à 45° du sud"
        ),
    )
    east_west_tilt_deg: float = quantity(
        10.0,
        "°",
        "Inclinaison des châssis est-ouest dos à dos.",
        low=1.0,
        high=30.0,
        source="hypothèse du projet, 2026-11 : châssis lestés",
    )
    east_west_ridge_gap_m: float = quantity(
        0.05,
        "m",
        "Jeu au sommet entre les deux modules dos à dos.",
        low=0.0,
        high=1.0,
        source=_HYPOTHESIS,
    )
    east_west_valley_gap_m: float = quantity(
        0.2,
        "m",
        "Passage entre deux rangées dos à dos.",
        low=0.0,
        high=2.0,
        source=("hypothèse du projet, 2026-11 : taux de couverture de 0,90, usage 0,8 à 0,95"),
    )
    access_area_m2: float = quantity(
        600.0,
        "m²",
        "Surface utile au-delà de laquelle des chemins d'accès sont réservés.",
        low=0.0,
        high=1e6,
        source=_SDIS,
    )
    access_block_m: float = quantity(
        40.0,
        "m",
        "Côté maximal d'un champ de modules entre deux chemins d'accès.",
        low=5.0,
        high=500.0,
        source=(
            "doctrine courante des services d'incendie (SDIS) pour les "
            "établissements recevant du public : chemins de 0,90 m, champs de 300 "
            "m² et 30 m au plus selon le SDIS, relevé 2026-11 ; à confirmer "
            "localement ; ici 40 m, hors de ces établissements"
        ),
    )
    access_width_m: float = quantity(
        0.9,
        "m",
        "Largeur d'un chemin d'accès.",
        low=0.0,
        high=5.0,
        source=_SDIS,
    )
    min_optimum_share: float = quantity(
        0.65,
        "1",
        "Irradiation d'un module rapportée à l'optimum local, en dessous de laquelle il est"
        " écarté.",
        low=0.0,
        high=1.0,
        source=(
            "hypothèse du projet, 2026-11 : écarte les pans nord à 35° (0,56) et "
            "garde est et ouest (0,79)"
        ),
    )
    min_unshaded_share: float = quantity(
        0.75,
        "1",
        "Irradiation d'un module rapportée à celle du pan sans ombre, en dessous de laquelle il"
        " est écarté.",
        low=0.0,
        high=1.0,
        source=_HYPOTHESIS,
    )
    min_count: int = quantity(
        2,
        "modules",
        "Nombre de modules en dessous duquel un pan n'est pas équipé.",
        low=1,
        high=100,
        source=_HYPOTHESIS,
    )
    min_string: int = quantity(
        2,
        "modules",
        "Nombre de modules voisins en dessous duquel un champ isolé n'est pas posé.",
        low=1,
        high=100,
        source=_HYPOTHESIS + " ; un module seul demande ses propres rails et son propre câble",
    )
    group_gap_m: float = quantity(
        0.3,
        "m",
        "Écart en plan entre deux modules d'un même champ, en plus de l'espacement des châssis.",
        low=0.0,
        high=5.0,
        source=_HYPOTHESIS,
    )
    allowance_seed: int = quantity(
        20_260,
        "—",
        "Graine du tirage qui répartit la provision de fenêtres de toit.",
        low=0,
        high=2_147_483_647,
        source=_NUMERICAL,
    )
