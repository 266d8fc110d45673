"""From planes to one installation per building; suitability classes."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Installation(Group):
    """From planes to one installation per building; suitability classes."""

    class_limits: tuple[float, ...] = quantity(
        (0.95, 0.85, 0.70, 0.50), "1",
        "Bornes des classes A à E : irradiation du pan rapportée à l'optimum local.",
        low=0.0, high=1.2,
    )
