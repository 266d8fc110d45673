"""Roof planes from a 3D city model: what a roof face is, merging, matching to footprints."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Model3D(Group):
    """Roof planes from a 3D city model: what a roof face is, merging, matching to footprints."""

    min_lod: float = quantity(
        2.0,
        "—",
        "Niveau de détail minimal : en dessous, la forme du toit n'est pas modélisée.",
        low=0.0,
        high=4.0,
        source="OGC 12-019, § 6.2 : le toit est modélisé à partir du LoD2",
    )
    max_tilt_deg: float = quantity(
        80.0,
        "°",
        "Inclinaison au-delà de laquelle une face est un mur et non un pan.",
        low=60.0,
        high=89.0,
    )
    steep_tilt_deg: float = quantity(
        70.0,
        "°",
        "Inclinaison au-delà de laquelle un pan est signalé comme très raide.",
        low=45.0,
        high=89.0,
    )
    min_face_area_m2: float = quantity(
        0.01,
        "m²",
        "Surface en dessous de laquelle une face ou un morceau de face est négligé.",
        low=1e-4,
        high=1.0,
    )
    closure_share: float = quantity(
        0.02,
        "1",
        "Défaut de fermeture (somme des vecteurs surface sur la surface totale) en dessous duquel "
        "un volume sans sémantique est fermé : le sens de ses faces dit alors toit ou sous-face.",
        low=0.0,
        high=0.2,
    )
    ground_margin_m: float = quantity(
        0.5,
        "m",
        "Hauteur au-dessus du point le plus bas des murs sous laquelle une face sans sémantique "
        "d'un volume ouvert est un sol.",
        low=0.0,
        high=3.0,
    )
    repair_area_share: float = quantity(
        0.02,
        "1",
        "Écart de surface toléré quand une face qui se recoupe est réparée ; au-delà elle est "
        "mise de côté.",
        low=0.0,
        high=0.2,
    )
    merge_angle_deg: float = quantity(
        1.5,
        "°",
        "Angle maximal entre deux faces voisines d'un même pan.",
        low=0.0,
        high=10.0,
    )
    merge_distance_m: float = quantity(
        0.05,
        "m",
        "Distance maximale des sommets d'une face au plan du pan qu'elle rejoint.",
        low=0.0,
        high=0.5,
    )
    merge_small_area_m2: float = quantity(
        0.5,
        "m²",
        "Surface en dessous de laquelle l'angle d'une face n'est pas comparé.",
        low=0.0,
        high=10.0,
    )
    merge_gap_m: float = quantity(
        0.02,
        "m",
        "Écart en plan jusqu'auquel deux bords sont un bord commun.",
        low=0.001,
        high=0.2,
    )
    min_shared_edge_m: float = quantity(
        0.2,
        "m",
        "Longueur de bord commun à partir de laquelle deux faces sont voisines.",
        low=0.0,
        high=5.0,
    )
    same_height_m: float = quantity(
        0.05,
        "m",
        "Écart d'altitude en dessous duquel deux faces superposées sont un doublon.",
        low=0.0,
        high=0.5,
    )
    overhang: str = quantity(
        "keep",
        "—",
        "Débords de toit au-delà de l'emprise : gardés (keep) ou coupés (clip).",
        choices=("keep", "clip"),
    )
    max_overhang_m: float = quantity(
        1.5,
        "m",
        "Distance à l'emprise jusqu'à laquelle le toit de la maquette lui appartient "
        "(débord et décalage de recalage).",
        low=0.0,
        high=5.0,
    )
    same_building_share: float = quantity(
        0.5,
        "1",
        "Part de l'emprise couverte par un objet de la maquette, ou part de l'objet posée sur "
        "l'emprise, à partir de laquelle les deux vont ensemble.",
        low=0.1,
        high=1.0,
    )
    sliver_width_m: float = quantity(
        1.5,
        "m",
        "Largeur en dessous de laquelle un recouvrement est un défaut de calage ou un débord, "
        "et non un bout de toit de cette emprise.",
        low=0.0,
        high=5.0,
    )
    nearest_step_m: float = quantity(
        0.25,
        "m",
        "Pas des points qui partagent un débord entre deux emprises voisines.",
        low=0.05,
        high=2.0,
    )
    min_coverage_share: float = quantity(
        0.5,
        "1",
        "Part de l'emprise que la maquette doit couvrir ; en dessous, une autre source est "
        "préférée.",
        low=0.0,
        high=1.0,
    )
    full_coverage_share: float = quantity(
        0.8,
        "1",
        "Part de l'emprise couverte en dessous de laquelle le bâtiment est à confirmer.",
        low=0.0,
        high=1.0,
    )
    max_fit_rmse_m: float = quantity(
        0.2,
        "m",
        "Écart quadratique au plan au-delà duquel un pan est de forme complexe.",
        low=0.01,
        high=2.0,
    )
