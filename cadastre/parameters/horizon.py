"""Skylines: sectors, reach, rings, sampling of planes."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Horizon(Group):
    """Skylines: sectors, reach, rings, sampling of planes."""

    sector_count: int = quantity(
        72, "secteurs", "Secteurs d'azimut de la ligne d'horizon.", low=8, high=360
    )
    device: str = quantity(
        "cpu",
        "—",
        "Où calculer les lignes d'horizon et la lumière des points : processeur, ou carte "
        "graphique CUDA (mêmes résultats à l'arrondi près).",
        choices=("cpu", "gpu"),
    )
    reach_m: float = quantity(
        500.0,
        "m",
        "Portée de la recherche d'obstacles sur le modèle de surface.",
        low=20.0,
        high=3000.0,
    )
    sample_offset_m: float = quantity(
        0.02, "m", "Hauteur du point de calcul au-dessus de son pan.", low=0.0, high=0.5
    )
    own_plane_tolerance_m: float = quantity(
        0.25,
        "m",
        "Relief du modèle de surface au-dessus du pan, en deçà duquel il n'est pas un obstacle "
        "(bruit de mesure, tuiles).",
        low=0.0,
        high=1.0,
    )
    ring_ratio: float = quantity(
        0.015,
        "m/m",
        "Taille des cellules lues, rapportée à la distance : au loin, le modèle de surface est "
        "lu en cellules groupées par maximum.",
        low=0.005,
        high=0.2,
        source="mesuré sur la scène de référence (docs/validation.md)",
    )
    openness_step_m: float = quantity(
        8.0,
        "m",
        "Pas du semis de points où l'ouverture du ciel des alentours est mesurée.",
        low=1.0,
        high=50.0,
    )
    openness_radius_m: float = quantity(
        24.0,
        "m",
        "Rayon des alentours dont la lumière réfléchie atteint un pan.",
        low=2.0,
        high=200.0,
    )
    openness_reach_m: float = quantity(
        100.0,
        "m",
        "Portée des obstacles qui assombrissent les alentours.",
        low=10.0,
        high=1000.0,
    )
    openness_sector_count: int = quantity(
        16,
        "secteurs",
        "Secteurs d'azimut de l'ouverture du ciel des alentours.",
        low=4,
        high=72,
    )
    far_reach_m: float = quantity(
        30_000.0, "m", "Portée de l'horizon lointain, sur le relief.", low=1000.0, high=200_000.0
    )
    far_step_m: float = quantity(
        250.0, "m", "Pas des points où l'horizon lointain est calculé.", low=10.0, high=5000.0
    )
    far_ring_ratio: float = quantity(
        0.01,
        "m/m",
        "Taille des cellules du relief lues, rapportée à la distance.",
        low=0.001,
        high=0.2,
    )
    far_roof_height_m: float = quantity(
        6.0,
        "m",
        "Hauteur des toits sur le terrain, pour l'horizon lointain.",
        low=0.0,
        high=50.0,
    )
    rebuild_tolerance_m: float = quantity(
        0.35,
        "m",
        "Écart au pan en deçà duquel un pixel du modèle de surface est ramené sur son pan.",
        low=0.05,
        high=1.0,
        source="mesuré sur des modèles de surface issus de LiDAR simulé (docs/validation.md)",
    )
    rebuild_wall_m: float = quantity(
        1.5,
        "m",
        "Largeur, sur un toit bas, de la rampe que laisse le mur d'un toit plus haut.",
        low=0.0,
        high=5.0,
    )
    rebuild_step_m: float = quantity(
        0.3, "m", "Hauteur minimale d'un mur entre deux pans.", low=0.05, high=5.0
    )
    rebuild_above_m: float = quantity(
        0.2, "m", "Dépassement toléré d'une rampe au-dessus du mur ou du sol.", low=0.0, high=2.0
    )
    rebuild_strip_m: float = quantity(
        1.25, "m", "Largeur, au sol, de la rampe au pied des murs.", low=0.0, high=5.0
    )
    rebuild_opening_m: float = quantity(
        2.0,
        "m",
        "Au pied des murs, ce qui est plus étroit que cela est une rampe et disparaît.",
        low=0.0,
        high=10.0,
    )
