"""Every number of the method that can be argued about, typed, bounded and sourced.

One module a group; the default TOML, the documentation page and the stage keys derive from it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from cadastre.errors import ParameterError
from cadastre.parameters._base import Group, group_from_mapping, group_key
from cadastre.parameters.assumed import Assumed
from cadastre.parameters.climate import Climate
from cadastre.parameters.download import Download
from cadastre.parameters.horizon import Horizon
from cadastre.parameters.installation import Installation
from cadastre.parameters.model3d import Model3D
from cadastre.parameters.modules import Modules
from cadastre.parameters.publishing import Publishing
from cadastre.parameters.pv import Photovoltaics
from cadastre.parameters.roofs import Roofs
from cadastre.parameters.sky import Sky
from cadastre.parameters.sources import Sources
from cadastre.parameters.thermal import Thermal
from cadastre.parameters.tiles import Tiles
from cadastre.parameters.uncertainty import Uncertainty
from cadastre.parameters.usable import Usable

__all__ = [
    "Assumed",
    "Climate",
    "Group",
    "Horizon",
    "Installation",
    "Model3D",
    "Modules",
    "Parameters",
    "Photovoltaics",
    "Publishing",
    "Roofs",
    "Sky",
    "Sources",
    "Thermal",
    "Tiles",
    "Uncertainty",
    "Usable",
    "group_key",
    "parameters_from_mapping",
]


@dataclass(frozen=True)
class Parameters:
    """All groups; ``Parameters()`` holds the defaults."""

    sources: Sources = field(default_factory=Sources)
    roofs: Roofs = field(default_factory=Roofs)
    climate: Climate = field(default_factory=Climate)
    download: Download = field(default_factory=Download)
    model3d: Model3D = field(default_factory=Model3D)
    assumed: Assumed = field(default_factory=Assumed)
    usable: Usable = field(default_factory=Usable)
    horizon: Horizon = field(default_factory=Horizon)
    sky: Sky = field(default_factory=Sky)
    modules: Modules = field(default_factory=Modules)
    pv: Photovoltaics = field(default_factory=Photovoltaics)
    uncertainty: Uncertainty = field(default_factory=Uncertainty)
    installation: Installation = field(default_factory=Installation)
    thermal: Thermal = field(default_factory=Thermal)
    tiles: Tiles = field(default_factory=Tiles)
    publishing: Publishing = field(default_factory=Publishing)


def parameters_from_mapping(values: dict[str, Any]) -> Parameters:
    """Build parameters from the ``[parametres.*]`` tables of a territory file.

    Raises
    ------
    ParameterError
        A group or a key that does not exist, a value of the wrong type or out of range.
    """
    kinds = {entry.name: entry.default_factory for entry in dataclasses.fields(Parameters)}
    unknown = sorted(set(values) - set(kinds))
    if unknown:
        raise ParameterError("parameter_group_unknown", names=unknown, known=sorted(kinds))
    groups: dict[str, Any] = {}
    for name, content in values.items():
        if not isinstance(content, dict):
            raise ParameterError("parameter_group_not_table", name=name)
        groups[name] = group_from_mapping(kinds[name], name, content)  # type: ignore[type-var, arg-type]
    return Parameters(**groups)
