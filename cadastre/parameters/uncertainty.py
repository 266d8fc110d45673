"""The uncertainty budget, one standard deviation by cause."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Uncertainty(Group):
    """The uncertainty budget, one standard deviation by cause."""

    irradiation_source: float = quantity(
        0.03, "1", "Écart-type relatif de la source d'irradiation.", low=0.0, high=0.2
    )
