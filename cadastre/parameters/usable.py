"""Usable area: setbacks by edge kind, minimum sizes, statistical allowances."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Usable(Group):
    """Usable area: setbacks by edge kind, minimum sizes, statistical allowances."""

    setback_m: float = quantity(
        0.3, "m", "Recul par rapport au bord d'un pan.", low=0.0, high=2.0,
        source="usage de pose 0,3 à 0,5 m (à confirmer)",
    )
