"""Solar water heating: collectors, tank, demand."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Thermal(Group):
    """Solar water heating: collectors, tank, demand."""

    collector_area_m2: float = quantity(
        4.0, "m²", "Surface de capteurs d'un chauffe-eau solaire individuel.", low=1.0, high=12.0
    )
