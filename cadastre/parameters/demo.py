"""The fictitious quarter and the fictitious territory: sizes, forms, sensor faults.

Not a table of the territory file: the generators take these groups as an argument.
"""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Demo(Group):
    """The demonstration quarter: extent, forms, and what the simulated sensor gets wrong."""

    seed: int = quantity(62, "—", "Graine du tirage : même graine, mêmes octets.", low=0)
    survey_date: str = quantity(
        "2026-01-15", "—", "Jour du relevé fictif, inscrit dans les modèles d'altitude."
    )
    west_m: float = quantity(
        685000.0, "m", "Bord ouest du quartier (Lambert-93).", low=0.0, high=1.3e6
    )
    south_m: float = quantity(
        7037000.0, "m", "Bord sud du quartier (Lambert-93).", low=6.0e6, high=7.2e6
    )
    width_m: float = quantity(500.0, "m", "Largeur du quartier.", low=60.0, high=5000.0)
    height_m: float = quantity(500.0, "m", "Hauteur du quartier.", low=60.0, high=5000.0)
    resolution_m: float = quantity(
        0.5, "m", "Pas des modèles numériques de surface et de terrain.", low=0.1, high=1.0
    )
    altitude_m: float = quantity(36.0, "m", "Altitude moyenne du sol.", low=-50.0, high=2000.0)
    bearing_deg: float = quantity(
        13.0,
        "°",
        "Rotation des rues par rapport à l'est, sens antihoraire.",
        low=-45.0,
        high=45.0,
    )
    bend_m: float = quantity(
        9.0, "m", "Amplitude des courbes des rues (0 : rues droites).", low=0.0, high=15.0
    )
    street_pitch_m: float = quantity(
        74.0, "m", "Distance entre deux rues parallèles.", low=60.0, high=120.0
    )
    block_length_m: float = quantity(
        118.0, "m", "Distance entre deux rues transversales.", low=70.0, high=400.0
    )
    terril_height_m: float = quantity(
        72.0,
        "m",
        "Hauteur du terril (0 : aucun).",
        low=0.0,
        high=180.0,
        source="ordre de grandeur des terrils coniques du bassin minier",
    )
    split_pairs_share: float = quantity(
        0.25,
        "1",
        "Part des maisons jumelles dont chaque logement a son emprise.",
        low=0.0,
        high=1.0,
    )
    tree_factor: float = quantity(
        1.0, "1", "Multiplie le nombre d'arbres (0 : aucun arbre ni haie).", low=0.0, high=3.0
    )
    trees_over_roofs_share: float = quantity(
        0.04, "1", "Part des maisons dont un arbre couvre un bout du toit.", low=0.0, high=1.0
    )
    points_per_m2: float = quantity(
        0.0, "1/m²", "Densité du nuage de points écrit (0 : pas de LAZ).", low=0.0, high=60.0
    )
    lidar_surface: bool = quantity(
        False,
        "—",
        "Modèle de surface tiré d'un nuage simulé (point le plus haut de chaque cellule, puis "
        "triangulation : les murs deviennent des rampes d'environ un mètre hors des égouts).",
        source="pratique du LiDAR HD de l'IGN (IGNF/las-digital-models)",
    )
    sensor_points_per_m2: float = quantity(
        10.0,
        "1/m²",
        "Densité du nuage d'où vient le modèle de surface simulé.",
        low=1.0,
        high=60.0,
        source="spécification LiDAR HD : 10 impulsions par m²",
    )
    noise_m: float = quantity(
        0.0, "m", "Écart-type du bruit altimétrique des points.", low=0.0, high=0.5
    )
    canopy_penetration: float = quantity(
        0.25, "1", "Part des points qui traversent un houppier.", low=0.0, high=1.0
    )
    holes_per_km2: float = quantity(
        0.0, "1/km²", "Trous sans donnée du modèle de surface.", low=0.0, high=5000.0
    )
    misregistration_m: float = quantity(
        0.0, "m", "Décalage quadratique moyen des emprises, îlot par îlot.", low=0.0, high=3.0
    )
    missing_annex_share: float = quantity(
        0.0, "1", "Part des bâtiments dont l'emprise ignore l'appentis.", low=0.0, high=1.0
    )


@dataclass(frozen=True)
class DemoTerritory(Group):
    """A synthetic territory of many tiles, for measuring at scale."""

    seed: int = quantity(62, "—", "Graine du tirage.", low=0)
    survey_date: str = quantity(
        "2026-01-15", "—", "Jour du relevé fictif, inscrit dans les modèles d'altitude."
    )
    west_km: int = quantity(680, "km", "Bord ouest (Lambert-93).", low=0, high=1300)
    north_km: int = quantity(7040, "km", "Bord nord (Lambert-93).", low=6000, high=7200)
    width_km: int = quantity(10, "km", "Nombre de dalles d'ouest en est.", low=1, high=200)
    height_km: int = quantity(10, "km", "Nombre de dalles du nord au sud.", low=1, high=200)
    commune_km: int = quantity(
        3,
        "km",
        "Côté des communes carrées.",
        low=1,
        high=50,
        source="1 002 km² et 150 communes au PMA, soit 6,7 km² en moyenne",
    )
    precision_m: float = quantity(
        0.01, "m", "Erreur maximale de compression des altitudes.", low=0.0, high=0.1
    )
