"""Sun and sky: sectors, bins, diffuse model, albedo, embedded climate."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Sky(Group):
    """Sun and sky: sectors, bins, diffuse model, albedo, embedded climate."""

    albedo: float = quantity(0.2, "1", "Albédo du sol et des façades.", low=0.0, high=0.9)
    diffuse_model: str = quantity(
        "perez", "—", "Modèle de ciel diffus.", choices=("perez", "haydavies"),
        source="Perez et al. 1990, doi:10.1016/0038-092X(90)90055-H",
    )
