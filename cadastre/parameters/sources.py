"""Reading: what counts as a repairable or unusable input."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Sources(Group):
    """Reading: what counts as a repairable or unusable input."""

    min_points_per_m2: float = quantity(
        2.0,
        "points/m²",
        "Densité LiDAR en dessous de laquelle aucun pan n'est ajusté.",
        low=0.1,
        high=50.0,
    )
    min_footprint_m2: float = quantity(
        0.01,
        "m²",
        "Surface en dessous de laquelle une emprise réparée n'est plus un polygone.",
        low=0.0,
        high=10.0,
    )
    max_median_footprint_m2: float = quantity(
        20000.0,
        "m²",
        "Emprise médiane d'un fichier au-delà de laquelle ce ne sont pas des bâtiments.",
        low=500.0,
        high=1e6,
    )
    unknown_height_m: float = quantity(
        -500.0,
        "m",
        "Cote en dessous de laquelle une altitude veut dire « inconnue ».",
        low=-10000.0,
        high=-100.0,
        source="BD TOPO : -1000 pour une altitude inconnue ; minimum terrestre émergé -430 m",
    )
    max_height_m: float = quantity(
        350.0,
        "m",
        "Hauteur de bâtiment au-delà de laquelle la valeur est écartée.",
        low=50.0,
        high=1000.0,
        source="tour Eiffel 330 m, tour First 231 m",
    )
    max_median_height_m: float = quantity(
        40.0,
        "m",
        "Hauteur médiane d'un fichier au-delà de laquelle l'unité n'est plus le mètre.",
        low=10.0,
        high=200.0,
        source="aucune ville française n'a une médiane au-delà de 25 m",
    )
    max_elevation_m: float = quantity(
        9000.0,
        "m",
        "Altitude au-delà de laquelle un pixel est sans valeur.",
        low=1000.0,
        high=20000.0,
    )
    max_surface_resolution_m: float = quantity(
        1.0,
        "m",
        "Pas maximal du modèle de surface.",
        low=0.1,
        high=2.0,
        source="contrat du projet : MNS de pas inférieur ou égal à 1 m",
    )
    max_block_relief_m: float = quantity(
        400.0,
        "m",
        "Amplitude médiane des altitudes d'un bloc de MNS au-delà de laquelle l'unité est fausse.",
        low=50.0,
        high=3000.0,
    )
    zero_below_m: float = quantity(
        5.0,
        "m",
        "Quand toute autre altitude dépasse cette valeur, un zéro exact veut dire sans valeur.",
        low=0.5,
        high=100.0,
    )
    hole_levels: int = quantity(
        4,
        "1",
        "Doublements du pas pour combler un trou du MNS tiré des points (4 : 8 pixels).",
        low=0,
        high=8,
    )
    terrain_hole_levels: int = quantity(
        8,
        "1",
        "Doublements du pas pour combler le terrain sous les bâtiments (8 : 128 pixels).",
        low=0,
        high=10,
    )
    max_cell_relief_m: float = quantity(
        1.0,
        "m",
        "Écart des hauteurs dans un pixel au-delà duquel le point le plus haut est retenu, "
        "en deçà la moyenne (toit en pente).",
        low=0.0,
        high=5.0,
    )
    max_weather_gap_h: int = quantity(
        3,
        "h",
        "Lacune météo la plus longue qui soit interpolée.",
        low=0,
        high=12,
    )
    max_weather_missing_share: float = quantity(
        0.1,
        "1",
        "Part d'heures manquantes au-delà de laquelle une année de météo est écartée.",
        low=0.0,
        high=0.5,
    )
    max_closure_w_m2: float = quantity(
        30.0,
        "W/m²",
        "Écart moyen admis entre global et diffus + direct projeté, soleil levé.",
        low=1.0,
        high=200.0,
    )
    good_closure_w_m2: float = quantity(
        6.0,
        "W/m²",
        "Écart moyen sous lequel global, direct et diffus s'accordent sans autre examen.",
        low=0.1,
        high=50.0,
    )
    max_beam_zenith: float = quantity(
        87.0,
        "°",
        "Distance zénithale au-delà de laquelle aucun direct n'est déduit du global.",
        low=80.0,
        high=90.0,
    )
    max_weather_distance_km: float = quantity(
        150.0,
        "km",
        "Éloignement de la météo au-delà duquel un avis est donné.",
        low=1.0,
        high=5000.0,
    )
    decomposition_model: str = quantity(
        "erbs",
        "—",
        "Modèle qui sépare direct et diffus quand seul le global est donné.",
        choices=("erbs", "dirint"),
        source="Erbs et al. 1982, doi:10.1016/0038-092X(82)90302-4 ; Perez et al. 1992 (DIRINT)",
    )
    border_reach_m: float = quantity(
        100.0,
        "m",
        "Distance à laquelle un bâtiment hors de toute limite prend la commune la plus proche.",
        low=0.0,
        high=5000.0,
        source="contours simplifiés des communes (Etalab : 5 à 1 000 m), trait de côte",
    )
    address_reach_m: float = quantity(
        40.0,
        "m",
        "Distance maximale d'une adresse à un bâtiment sans lien par la parcelle.",
        low=1.0,
        high=500.0,
    )
    min_overlap_share: float = quantity(
        0.3,
        "1",
        "Recouvrement minimal pour rapprocher deux descriptions d'un bâtiment.",
        low=0.05,
        high=1.0,
    )
    twin_overlap_share: float = quantity(
        0.9,
        "1",
        "Part de chacune des deux emprises au-delà de laquelle c'est un même bâtiment, donné deux "
        "fois.",
        low=0.5,
        high=1.0,
    )
    noted_overlap_share: float = quantity(
        0.5,
        "1",
        "Part de la plus petite de deux emprises au-delà de laquelle leur recouvrement est dit.",
        low=0.1,
        high=1.0,
    )
    min_site_parcel_share: float = quantity(
        0.5,
        "1",
        "Part d'une parcelle que doit couvrir un parc de stationnement ou une friche pour y être.",
        low=0.01,
        high=1.0,
    )
    max_installation_kw: float = quantity(
        1e6,
        "kW",
        "Puissance d'une ligne du registre des installations au-delà de laquelle elle est ôtée.",
        low=1e3,
        high=1e8,
        source="plus grande centrale photovoltaïque de France : 300 000 kW (Cestas)",
    )
    outline_cell_m: float = quantity(
        0.5,
        "m",
        "Maille des emprises dessinées à partir des points de bâtiment.",
        low=0.1,
        high=5.0,
    )
    outline_min_area_m2: float = quantity(
        10.0, "m²", "Surface minimale d'une emprise dessinée.", low=1.0, high=1000.0
    )
    outline_simplify_m: float = quantity(
        0.6, "m", "Tolérance de simplification des emprises dessinées.", low=0.0, high=5.0
    )
    surface_resolution_m: float = quantity(
        0.5,
        "m",
        "Maille du modèle de surface tiré des points quand aucun n'est fourni.",
        low=0.1,
        high=1.0,
    )
