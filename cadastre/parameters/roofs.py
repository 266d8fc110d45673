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
