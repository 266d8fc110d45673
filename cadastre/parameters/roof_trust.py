"""What to make of planes: doubt, obstacles, trees, quality."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class RoofTrust(Group):
    """What to make of planes: doubt, obstacles, trees, quality."""

    obstacle_height_m: float = quantity(
        0.3,
        "m",
        "Hauteur au-dessus du pan à partir de laquelle un objet est un obstacle.",
        low=0.1,
        high=2.0,
    )
    obstacle_area_m2: float = quantity(
        0.5, "m²", "Surface minimale d'un obstacle.", low=0.05, high=5.0
    )
    chimney_area_m2: float = quantity(
        2.0,
        "m²",
        "Surface jusqu'à laquelle un obstacle est une souche de cheminée.",
        low=0.1,
        high=10.0,
    )
    vegetation_height_m: float = quantity(
        0.6,
        "m",
        "Hauteur au-dessus du pan à partir de laquelle un amas irrégulier est un arbre.",
        low=0.2,
        high=5.0,
    )
    vegetation_area_m2: float = quantity(
        4.0,
        "m²",
        "Surface à partir de laquelle un amas au-dessus du toit est un arbre.",
        low=0.5,
        high=50.0,
    )
    low_vegetation_share: float = quantity(
        0.4,
        "1",
        "Part du toit sous les arbres au-delà de laquelle le résultat est peu sûr.",
        low=0.0,
        high=1.0,
    )
    low_explained_share: float = quantity(
        0.7,
        "1",
        "Part du toit expliquée par ses pans sous laquelle le résultat est peu sûr.",
        low=0.0,
        high=1.0,
    )
    poor_rmse_m: float = quantity(
        0.15, "m", "Écart d'ajustement au-delà duquel un pan est mal connu.", low=0.02, high=1.0
    )
    steep_tilt_deg: float = quantity(
        70.0, "°", "Inclinaison au-delà de laquelle un pan est dit raide.", low=45.0, high=90.0
    )
    few_pixels: int = quantity(
        8, "mesures", "Nombre de mesures sous lequel un pan est mal connu.", low=3, high=200
    )
    low_points_per_m2: float = quantity(
        2.0,
        "1/m²",
        "Densité de points sous laquelle le résultat est peu sûr.",
        low=0.1,
        high=20.0,
    )
    doubt_area_m2: float = quantity(
        7.5,
        "m²",
        "Surface mesurée sous laquelle un pan doit suivre un mur et bien s'ajuster.",
        low=0.0,
        high=100.0,
    )
    doubt_tilt_deg: float = quantity(
        8.0,
        "°",
        "Inclinaison à partir de laquelle un petit pan doit suivre un mur.",
        low=0.0,
        high=90.0,
    )
    doubt_turn_deg: float = quantity(
        6.0,
        "°",
        "Écart d'azimut au mur au-delà duquel un petit pan est écarté.",
        low=0.5,
        high=45.0,
    )
    doubt_rmse_m: float = quantity(
        0.1,
        "m",
        "Écart d'ajustement au-delà duquel un petit pan est écarté.",
        low=0.01,
        high=1.0,
    )
    doubt_noise_factor: float = quantity(2.0, "1", "Le même, en bruits.", low=1.0, high=10.0)
    least_pixels: int = quantity(
        4, "mesures", "Nombre de mesures sous lequel un pan est écarté.", low=3, high=50
    )
    facing_share: float = quantity(
        0.7,
        "1",
        "Part des pixels d'un petit pan qui doivent suivre un plan face à un mur.",
        low=0.3,
        high=1.0,
    )
    rim_core_share: float = quantity(
        0.08,
        "1",
        "Part de pixels intérieurs sous laquelle un pan plat est un acrotère ou une"
        " souche de cheminée.",
        low=0.0,
        high=0.5,
    )
    parapet_height_m: float = quantity(
        2.0,
        "m",
        "Hauteur au-dessus du toit plat voisin jusqu'à laquelle un pan étroit est un"
        " acrotère ou une souche.",
        low=0.3,
        high=5.0,
    )
