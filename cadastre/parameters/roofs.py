"""Roof planes: fitting, merging, outlines, obstacles, quality."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Roofs(Group):
    """Roof planes: fitting, merging, outlines, obstacles, quality."""

    min_plane_area_m2: float = quantity(
        4.0, "m²", "Surface inclinée minimale d'un pan publié.", low=0.5, high=100.0
    )
    flat_tilt_deg: float = quantity(
        5.0, "°", "En dessous de cette inclinaison un pan est plat (azimut sans objet).",
        low=0.0, high=15.0,
    )
    sample_step_m: float = quantity(
        1.0, "m", "Pas des points de calcul sur les grands pans.", low=0.1, high=5.0
    )
    sample_every_pixel_area_m2: float = quantity(
        50.0, "m²", "Surface projetée jusqu'à laquelle un pan reçoit un point par pixel.",
        low=0.0, high=10000.0,
    )
    window_margin_m: float = quantity(
        5.0, "m", "Bande examinée autour de l'emprise : débords, annexes, recalage.",
        low=1.0, high=20.0,
    )
    min_height_m: float = quantity(
        1.6, "m", "Hauteur au-dessus du sol à partir de laquelle un pixel peut être un toit.",
        low=0.5, high=5.0,
    )
    fit_window_m: float = quantity(
        2.5, "m", "Côté de la fenêtre des ajustements locaux.", low=0.75, high=6.0
    )
    fit_window_share: float = quantity(
        0.8, "1", "Part de pixels connus sans laquelle une fenêtre n'est pas ajustée.",
        low=0.3, high=1.0,
    )
    noise_low_m: float = quantity(
        0.02, "m", "Plus petit bruit d'altitude admis.", low=0.001, high=0.2
    )
    noise_high_m: float = quantity(
        0.15, "m", "Plus grand bruit d'altitude admis.", low=0.02, high=1.0
    )
    noise_factor: float = quantity(
        1.3, "1", "Rapport du bruit au résidu médian des meilleures fenêtres.", low=0.5, high=3.0
    )
    min_region_area_m2: float = quantity(
        1.5, "m²", "Surface projetée minimale d'une région plane.", low=0.25, high=20.0
    )
    seed_rmse_m: float = quantity(
        0.10, "m", "Résidu local sous lequel une région peut toujours naître.", low=0.01, high=0.5
    )
    seed_noise_factor: float = quantity(
        2.5, "1", "Résidu local, en bruits, sous lequel une région peut naître.", low=1.0, high=10.0
    )
    grow_noise_factor: float = quantity(
        3.0, "1", "Écart au plan, en bruits, d'un pixel que la région absorbe.", low=1.0, high=10.0
    )
    grow_angle_deg: float = quantity(
        14.0, "°", "Angle au plan de la normale locale d'un pixel que la région absorbe.",
        low=2.0, high=45.0,
    )
    max_regions: int = quantity(
        400, "régions", "Nombre maximal de régions d'une fenêtre.", low=10, high=5000
    )
    merge_noise_factor: float = quantity(
        1.0, "1", "Écart supplémentaire, en bruits, que coûte au plus la fusion de deux pans.",
        low=0.2, high=5.0,
    )
    refit_rounds: int = quantity(
        3, "tours", "Alternances d'étiquetage et d'ajustement.", low=1, high=10
    )
    trim_noise_factor: float = quantity(
        3.0, "1", "Résidu, en bruits, au-delà duquel un pixel ne compte plus dans l'ajustement.",
        low=1.5, high=10.0,
    )
    label_sigma_m: float = quantity(
        0.06, "m", "Plus petit écart type d'un pixel à son pan dans l'étiquetage.",
        low=0.01, high=0.5,
    )
    label_smoothness: float = quantity(
        0.8, "1", "Coût d'un voisin d'un autre pan dans l'étiquetage.", low=0.0, high=10.0
    )
    label_outlier_cost: float = quantity(
        8.0, "1", "Coût d'un pixel sans pan dans l'étiquetage.", low=0.5, high=50.0
    )
    edge_step_m: float = quantity(
        0.35, "m", "Ressaut à partir duquel un pixel intermédiaire est une rampe d'interpolation.",
        low=0.1, high=2.0,
    )
