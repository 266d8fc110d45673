"""Footprints of roofs: windows, registration, neighbours, overhangs, forgotten annexes."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class RoofFootprints(Group):
    """Footprints of roofs: windows, registration, neighbours, overhangs, forgotten annexes."""

    window_margin_m: float = quantity(
        5.0,
        "m",
        "Bande examinée autour de l'emprise : débords, annexes, recalage.",
        low=1.0,
        high=20.0,
    )
    window_margin_share: float = quantity(
        0.4,
        "1",
        "Largeur de cette bande en part de la racine de la surface de l'emprise.",
        low=0.0,
        high=2.0,
    )
    window_margin_max_m: float = quantity(
        24.0,
        "m",
        "Plus grande largeur de cette bande, quand une annexe en sort.",
        low=2.0,
        high=50.0,
    )
    touching_m: float = quantity(
        0.5, "m", "Distance sous laquelle deux emprises sont mitoyennes.", low=0.0, high=3.0
    )
    wall_gap_m: float = quantity(
        0.05,
        "m",
        "Jeu ou chevauchement de deux emprises mitoyennes au-delà duquel chacune a son"
        " propre décalage.",
        low=0.0,
        high=1.0,
    )
    register_reach_m: float = quantity(
        1.75, "m", "Plus grand décalage d'emprise recherché.", low=0.0, high=5.0
    )
    register_drop_m: float = quantity(
        1.2, "m", "Chute de hauteur minimale au bord d'un toit.", low=0.5, high=5.0
    )
    register_edge_m: float = quantity(
        1.5, "m", "Longueur minimale d'un côté d'emprise qui sert au recalage.", low=0.5, high=10.0
    )
    register_prior_m: float = quantity(
        0.5, "m", "Écart type attendu du décalage d'une emprise.", low=0.01, high=5.0
    )
    register_radius_m: float = quantity(
        50.0,
        "m",
        "Distance des emprises voisines qui participent au recalage ; reste sous la"
        " bande de modèle de surface lue autour des bâtiments.",
        low=0.0,
        high=200.0,
    )
    register_touching_m: float = quantity(
        0.12,
        "m",
        "Écart type entre les décalages de deux emprises mitoyennes.",
        low=0.01,
        high=2.0,
    )
    register_apart_m: float = quantity(
        0.45,
        "m",
        "Écart type entre les décalages de deux emprises séparées.",
        low=0.01,
        high=5.0,
    )
    overhang_m: float = quantity(
        0.2, "m", "Débord attendu du toit au-delà de l'emprise.", low=0.0, high=2.0
    )
    overhang_spread_m: float = quantity(
        0.2, "m", "Écart type du débord d'un côté à l'autre.", low=0.01, high=2.0
    )
    overhang_max_m: float = quantity(
        0.8,
        "m",
        "Plus grand débord d'un toit au-delà de son emprise recalée (hors annexes).",
        low=0.0,
        high=3.0,
    )
    annex_area_m2: float = quantity(
        5.0,
        "m²",
        "Surface mesurée minimale d'une annexe oubliée par l'emprise.",
        low=1.0,
        high=100.0,
    )
    annex_fill: float = quantity(
        0.6, "1", "Part de son rectangle qu'une annexe oubliée doit remplir.", low=0.3, high=1.0
    )
    annex_support: float = quantity(
        0.6,
        "1",
        "Part des pixels d'une annexe oubliée qui doivent suivre son plan.",
        low=0.3,
        high=1.0,
    )
    annex_tilt_deg: float = quantity(
        55.0, "°", "Inclinaison maximale d'une annexe oubliée.", low=5.0, high=85.0
    )
    annex_share: float = quantity(
        1.0,
        "1",
        "Plus grande surface d'une annexe oubliée, en part de l'emprise.",
        low=0.0,
        high=10.0,
    )
    annex_misfit: float = quantity(
        0.15,
        "1",
        "Écart moyen admis du profil de rive d'une annexe à une rampe.",
        low=0.01,
        high=0.5,
    )
    annex_edge_m: float = quantity(
        0.8, "m", "Écart admis d'une rive d'annexe à la limite de ses pixels.", low=0.1, high=3.0
    )
    annex_aligned_tilt_deg: float = quantity(
        15.0,
        "°",
        "Inclinaison à partir de laquelle une annexe doit suivre les murs.",
        low=0.0,
        high=90.0,
    )
    annex_turn_deg: float = quantity(
        15.0, "°", "Écart admis de l'azimut d'une annexe inclinée aux murs.", low=0.0, high=45.0
    )
    annex_min_footprint_m2: float = quantity(
        30.0,
        "m²",
        "Emprise en dessous de laquelle aucune annexe oubliée n'est cherchée.",
        low=0.0,
        high=200.0,
    )
    courtyard_height_m: float = quantity(
        0.8,
        "m",
        "Hauteur au-dessus du sol sous laquelle une emprise est une cour.",
        low=0.1,
        high=3.0,
    )
    courtyard_core_m2: float = quantity(
        2.0, "m²", "Surface intérieure minimale d'une cour dans une emprise.", low=0.25, high=50.0
    )
