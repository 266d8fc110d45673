"""Roofs that nothing measures: the sober shape assumed from footprint, usage and height."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Assumed(Group):
    """Roofs that nothing measures: the sober shape assumed from footprint, usage and height."""

    gable_usages: tuple[str, ...] = quantity(
        ("residential", "unknown"),
        "—",
        "Usages dont les petits bâtiments sont supposés couverts d'un toit à deux versants ; "
        "tous les autres toits sont supposés plats.",
        free_length=True,
    )
    gable_tilt_deg: float = quantity(
        35.0,
        "°",
        "Inclinaison supposée des deux versants.",
        low=10.0,
        high=60.0,
        source="médiane des petites installations (moins de 18 m²) autour de Lens : 35 à 38°, "
        "table pypvroof 0.1.1 d'après BDAPPV (doi:10.1038/s41597-023-01951-4)",
    )
    max_gable_area_m2: float = quantity(
        250.0,
        "m²",
        "Emprise au-delà de laquelle un toit non mesuré est supposé plat.",
        low=50.0,
        high=2000.0,
    )
    max_gable_height_m: float = quantity(
        12.0,
        "m",
        "Hauteur à la gouttière au-delà de laquelle il est supposé plat (immeubles).",
        low=3.0,
        high=50.0,
    )
    max_gable_width_m: float = quantity(
        14.0,
        "m",
        "Largeur de l'emprise au-delà de laquelle il est supposé plat.",
        low=5.0,
        high=50.0,
    )
    min_rectangularity: float = quantity(
        0.75,
        "1",
        "Part du rectangle englobant que l'emprise doit remplir ; en dessous (plan en L, en U) "
        "le sens du faîtage est inconnu et le toit est supposé plat.",
        low=0.5,
        high=1.0,
    )
    min_elongation: float = quantity(
        1.1,
        "1",
        "Longueur sur largeur en dessous de laquelle le faîtage est supposé nord-sud, le cas le "
        "moins favorable au meilleur versant.",
        low=1.0,
        high=2.0,
    )
    default_height_m: float = quantity(
        5.0,
        "m",
        "Hauteur à la gouttière supposée quand aucune source ne la donne.",
        low=2.0,
        high=20.0,
    )
    height_low_m: float = quantity(
        2.0,
        "m",
        "Hauteur mesurée au-dessus du sol la plus basse qui soit crue.",
        low=0.5,
        high=5.0,
    )
    height_high_m: float = quantity(
        60.0,
        "m",
        "Hauteur mesurée au-dessus du sol la plus haute qui soit crue.",
        low=20.0,
        high=300.0,
    )
