"""Compute units: size, halo, splitting."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Tiles(Group):
    """Compute units: size, halo, splitting."""

    size_m: float = quantity(1000.0, "m", "Côté d'une dalle de calcul.", low=100.0, high=10000.0)
