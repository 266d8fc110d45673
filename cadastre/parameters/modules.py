"""Module and its placing on pitched and flat roofs."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Modules(Group):
    """Module and its placing on pitched and flat roofs."""

    length_m: float = quantity(1.722, "m", "Longueur d'un module.", low=0.5, high=3.0)
    width_m: float = quantity(1.134, "m", "Largeur d'un module.", low=0.3, high=2.0)
    power_wp: float = quantity(450.0, "Wc", "Puissance crête d'un module.", low=50.0, high=1000.0)
