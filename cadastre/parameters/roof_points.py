"""Planes from LiDAR points: what counts as a plane among points, labels by points."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class RoofPointPlanes(Group):
    """Planes from LiDAR points: what counts as a plane among points, labels by points."""

    point_depth_m: float = quantity(
        0.75,
        "m",
        "Profondeur sous le plus haut point du pixel au-delà de laquelle on est en façade.",
        low=0.1,
        high=5.0,
    )
    point_near_m: float = quantity(
        0.10, "m", "Distance à son pan jusqu'à laquelle un point y est.", low=0.02, high=0.5
    )
    point_step_m: float = quantity(
        0.9,
        "m",
        "Distance jusqu'à laquelle deux points d'un même pan se suivent.",
        low=0.2,
        high=3.0,
    )
    point_least: int = quantity(
        8, "points", "Nombre minimal de points d'un pan trouvé parmi eux.", low=4, high=100
    )
    point_area_m2: float = quantity(
        1.25,
        "m²",
        "Surface minimale des pixels où se trouvent les points d'un tel pan.",
        low=0.25,
        high=20.0,
    )
    point_label_weight: float = quantity(
        3.0,
        "points",
        "Nombre de points à partir duquel un pixel n'est pas plus sûr de son pan.",
        low=0.5,
        high=20.0,
    )
    point_finer: int = quantity(
        2,
        "1",
        "Pixels par côté d'un pixel du modèle de surface où les points tracent les limites.",
        low=1,
        high=8,
    )
    point_border_m: float = quantity(
        0.6,
        "m",
        "Distance jusqu'à laquelle les points déplacent une limite entre deux pans.",
        low=0.0,
        high=3.0,
    )
    point_stray_m: float = quantity(
        0.75,
        "m",
        "Distance à une droite au-delà de laquelle une limite n'est pas cette seule droite.",
        low=0.1,
        high=10.0,
    )
