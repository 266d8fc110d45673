"""From irradiation to alternating current: cell, inverter, losses."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Photovoltaics(Group):
    """From irradiation to alternating current: cell, inverter, losses."""

    gamma_pdc: float = quantity(
        -0.0035, "1/°C", "Coefficient de température de la puissance.", low=-0.01, high=0.0
    )
    system_loss: float = quantity(
        0.11, "1", "Pertes de système hors ombrage (l'ombrage est géométrique ici).",
        low=0.0, high=0.5,
    )
