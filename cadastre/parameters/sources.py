"""Reading: what counts as a repairable or unusable input."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Sources(Group):
    """Reading: what counts as a repairable or unusable input."""

    min_points_per_m2: float = quantity(
        2.0, "points/m²", "Densité LiDAR en dessous de laquelle aucun pan n'est ajusté.",
        low=0.1, high=50.0,
    )
