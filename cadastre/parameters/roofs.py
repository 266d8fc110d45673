"""Roof planes: one table of the territory file, declared by subject in modules of their own."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import quantity
from cadastre.parameters.roof_footprints import RoofFootprints
from cadastre.parameters.roof_outlines import RoofOutlines
from cadastre.parameters.roof_planes import RoofPlanes
from cadastre.parameters.roof_points import RoofPointPlanes
from cadastre.parameters.roof_trust import RoofTrust


@dataclass(frozen=True)
class Roofs(RoofTrust, RoofOutlines, RoofPointPlanes, RoofPlanes, RoofFootprints):
    """Roof planes: fitting, merging, outlines, obstacles, quality."""

    min_plane_area_m2: float = quantity(
        1.5, "m²", "Surface inclinée minimale d'un pan publié.", low=0.5, high=100.0
    )
    flat_tilt_deg: float = quantity(
        5.0,
        "°",
        "En dessous de cette inclinaison un pan est plat (azimut sans objet).",
        low=0.0,
        high=15.0,
    )
    sample_step_m: float = quantity(
        1.0, "m", "Pas des points de calcul sur les grands pans.", low=0.1, high=5.0
    )
    sample_edge_m: float = quantity(
        1.5,
        "m",
        "Bande le long des bords d'un grand pan où chaque pixel est un point de calcul.",
        low=0.0,
        high=10.0,
        source="scène de référence : au pied des murs la lumière change à chaque pixel",
    )
    sample_every_pixel_area_m2: float = quantity(
        50.0,
        "m²",
        "Surface projetée jusqu'à laquelle un pan reçoit un point par pixel.",
        low=0.0,
        high=10000.0,
    )
    min_height_m: float = quantity(
        1.6,
        "m",
        "Hauteur au-dessus du sol à partir de laquelle un pixel peut être un toit.",
        low=0.5,
        high=5.0,
    )
    roof_classes: tuple[int, ...] = quantity(
        (6, 67),
        "classes",
        "Classes LiDAR des toits (LiDAR HD, AHN).",
        low=0,
        high=255,
        source="IGN, LiDAR HD : 6 bâtiment, 67 divers bâti",
        free_length=True,
    )
    ground_classes: tuple[int, ...] = quantity(
        (2,),
        "classes",
        "Classes LiDAR du sol.",
        low=0,
        high=255,
        source="ASPRS : 2 sol",
        free_length=True,
    )
