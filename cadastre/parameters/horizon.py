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
    reach_m: float = quantity(
        500.0, "m", "Portée de la recherche d'obstacles sur le modèle de surface.",
        low=20.0, high=3000.0,
    )
