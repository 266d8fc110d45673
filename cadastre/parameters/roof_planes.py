"""Planes of roofs: local fits, growing, merging, labels, walls, pitches."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class RoofPlanes(Group):
    """Planes of roofs: local fits, growing, merging, labels, walls, pitches."""

    fit_window_m: float = quantity(
        2.5, "m", "Côté de la fenêtre des ajustements locaux.", low=0.75, high=6.0
    )
    fit_window_share: float = quantity(
        0.8,
        "1",
        "Part de pixels connus sans laquelle une fenêtre n'est pas ajustée.",
        low=0.3,
        high=1.0,
    )
    noise_low_m: float = quantity(
        0.04, "m", "Plus petit bruit d'altitude admis.", low=0.001, high=0.2
    )
    noise_high_m: float = quantity(
        0.10, "m", "Plus grand bruit d'altitude admis.", low=0.02, high=1.0
    )
    noise_factor: float = quantity(
        1.15, "1", "Rapport du bruit au résidu médian des meilleures fenêtres.", low=0.5, high=3.0
    )
    noise_share: float = quantity(
        0.1,
        "1",
        "Part la plus lisse d'un toit, dont le résidu est au moins son bruit.",
        low=0.02,
        high=0.5,
    )
    min_region_area_m2: float = quantity(
        1.25, "m²", "Surface projetée minimale d'une région plane.", low=0.25, high=20.0
    )
    seed_rmse_m: float = quantity(
        0.10, "m", "Résidu local sous lequel une région peut toujours naître.", low=0.01, high=0.5
    )
    seed_noise_factor: float = quantity(
        2.5,
        "1",
        "Résidu local, en bruits, sous lequel une région peut naître.",
        low=1.0,
        high=10.0,
    )
    grow_noise_factor: float = quantity(
        3.0, "1", "Écart au plan, en bruits, d'un pixel que la région absorbe.", low=1.0, high=10.0
    )
    grow_angle_deg: float = quantity(
        14.0,
        "°",
        "Angle au plan de la normale locale d'un pixel que la région absorbe.",
        low=2.0,
        high=45.0,
    )
    max_regions: int = quantity(
        400, "régions", "Nombre maximal de régions d'une fenêtre.", low=10, high=5000
    )
    merge_noise_factor: float = quantity(
        1.3,
        "1",
        "Écart supplémentaire, en bruits, que coûte au plus la fusion de deux pans.",
        low=0.2,
        high=5.0,
    )
    spare_noise_factor: float = quantity(
        0.3,
        "1",
        "Écart supplémentaire, en bruits, que coûte au plus un pan laissé à ses voisins.",
        low=0.0,
        high=2.0,
    )
    refit_rounds: int = quantity(
        3, "tours", "Alternances d'étiquetage et d'ajustement.", low=1, high=10
    )
    trim_noise_factor: float = quantity(
        2.5,
        "1",
        "Résidu, en bruits, au-delà duquel un pixel ne compte plus dans l'ajustement.",
        low=1.5,
        high=10.0,
    )
    label_sigma_m: float = quantity(
        0.06,
        "m",
        "Plus petit écart type d'un pixel à son pan dans l'étiquetage.",
        low=0.01,
        high=0.5,
    )
    label_smoothness: float = quantity(
        0.8, "1", "Coût d'un voisin d'un autre pan dans l'étiquetage.", low=0.0, high=10.0
    )
    label_outlier_cost: float = quantity(
        8.0, "1", "Coût d'un pixel sans pan dans l'étiquetage.", low=0.5, high=50.0
    )
    small_window_m: float = quantity(
        1.5, "m", "Côté de la fenêtre des ajustements locaux des petits pans.", low=0.5, high=6.0
    )
    small_angle_deg: float = quantity(
        18.0,
        "°",
        "Angle au plan de la normale locale d'un pixel d'un petit pan.",
        low=2.0,
        high=45.0,
    )
    align_edge_m: float = quantity(
        2.0,
        "m",
        "Longueur minimale d'un mur dont un pan peut prendre l'orientation.",
        low=0.5,
        high=20.0,
    )
    align_noise_factor: float = quantity(
        3.0,
        "1",
        "Majoration du bruit d'un pixel : corrélation et erreurs d'étiquetage.",
        low=1.0,
        high=10.0,
    )
    align_spread_deg: float = quantity(
        0.7, "°", "Écart type de l'azimut d'un pan à la normale du mur.", low=0.05, high=10.0
    )
    align_sigmas: float = quantity(
        2.5,
        "1",
        "Écart, en écarts types, au-delà duquel un pan n'est pas aligné sur un mur.",
        low=0.5,
        high=10.0,
    )
    align_min_tilt_deg: float = quantity(
        2.0,
        "°",
        "Inclinaison à partir de laquelle un pan s'aligne sur les murs.",
        low=0.0,
        high=20.0,
    )
    facing_noise_factor: float = quantity(
        2.5,
        "1",
        "Écart, en bruits, d'un pixel à un petit pan supposé face à un mur.",
        low=1.0,
        high=10.0,
    )
    facing_tilt_deg: float = quantity(
        75.0,
        "°",
        "Inclinaison maximale d'un petit pan supposé face à un mur.",
        low=30.0,
        high=89.0,
    )
    point_reach_m: float = quantity(
        0.3,
        "m",
        "Distance au pan du modèle de surface des points qui l'ajustent d'abord.",
        low=0.05,
        high=2.0,
    )
    point_share: float = quantity(
        0.5,
        "1",
        "Part des points d'un petit pan sans laquelle ce pan est écarté.",
        low=0.0,
        high=0.9,
    )
    inner_area_m2: float = quantity(
        2.0,
        "m²",
        "Surface intérieure à partir de laquelle un pan s'ajuste sans ses bords.",
        low=0.25,
        high=50.0,
    )
    pitch_spread_deg: float = quantity(
        0.5,
        "°",
        "Écart type des inclinaisons des pans bâtis à une même pente.",
        low=0.05,
        high=10.0,
    )
    pitch_min_tilt_deg: float = quantity(
        20.0,
        "°",
        "Inclinaison à partir de laquelle les pans d'un toit partagent leurs pentes.",
        low=0.0,
        high=60.0,
    )
    pitch_noise_factor: float = quantity(
        1.5,
        "1",
        "Majoration du bruit d'un pixel dans la comparaison des pentes.",
        low=1.0,
        high=10.0,
    )
    pitch_sigmas: float = quantity(
        1.5,
        "1",
        "Écart, en écarts types, jusqu'auquel deux pans partagent une pente.",
        low=0.5,
        high=10.0,
    )
    facing_pixels: int = quantity(
        600,
        "pixels",
        "Plus grand groupe de pixels où un pan face à un mur est cherché.",
        low=8,
        high=1000,
    )
    facing_width_m: float = quantity(
        0.7,
        "m",
        "Largeur minimale, dans le sens de la pente, d'un pan trouvé ainsi.",
        low=0.1,
        high=5.0,
    )
    group_share: float = quantity(
        0.5,
        "1",
        "Part d'un groupe de pixels inexpliqués qu'un pan face à un mur doit expliquer.",
        low=0.2,
        high=1.0,
    )
    facing_rounds: int = quantity(
        2,
        "tours",
        "Recherches de pans face à un mur parmi les pixels inexpliqués.",
        low=0,
        high=5,
    )
    facing_least: int = quantity(
        6, "mesures", "Nombre minimal de mesures d'un pan trouvé face à un mur.", low=4, high=100
    )
    twin_tilt_deg: float = quantity(
        15.0,
        "°",
        "Inclinaison à partir de laquelle l'autre versant d'un petit pignon est cherché.",
        low=5.0,
        high=60.0,
    )
    twin_area_m2: float = quantity(
        8.0,
        "m²",
        "Plus grand pan dont l'autre versant est cherché (lucarnes).",
        low=1.0,
        high=50.0,
    )
    twin_reach_m: float = quantity(
        1.5, "m", "Distance à laquelle l'autre versant est cherché.", low=0.5, high=5.0
    )
    twin_least: int = quantity(
        4, "mesures", "Nombre minimal de mesures de l'autre versant.", low=3, high=50
    )
    twin_share: float = quantity(
        0.35,
        "1",
        "Mesures de l'autre versant, en part de celles du premier et de celles qui restent.",
        low=0.1,
        high=1.0,
    )
    inner_points: int = quantity(
        30,
        "mesures",
        "Points intérieurs à partir desquels un pan s'ajuste sans ceux de ses bords.",
        low=4,
        high=1000,
    )
