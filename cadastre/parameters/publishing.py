"""Map and exports: rounding, colours, limits."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Publishing(Group):
    """Map and exports: rounding, colours, limits."""

    roofs_min_zoom: int = quantity(
        14, "—", "Niveau de zoom à partir duquel les toits s'affichent.", low=0, high=22
    )
