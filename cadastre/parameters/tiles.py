"""Tiles: compute units: size, splitting, cells of weather and convergence."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Tiles(Group):
    """Compute units: they share the work out and leave no trace in the results."""

    size_m: float = quantity(1000.0, "m", "Côté d'une dalle de calcul.", low=100.0, high=10000.0)
    max_buildings: int = quantity(
        1500,
        "bâtiments",
        "Nombre de bâtiments au-delà duquel une dalle est coupée en quatre.",
        low=50,
        high=100000,
    )
    max_roof_m2: float = quantity(
        200_000.0,
        "m²",
        "Emprise bâtie au-delà de laquelle une dalle est coupée en quatre : elle borne la "
        "mémoire d'une dalle.",
        low=1000.0,
        high=1e8,
    )
    merge_buildings: int = quantity(
        600,
        "bâtiments",
        "Nombre de bâtiments jusqu'auquel quatre dalles voisines n'en font qu'une.",
        low=0,
        high=100000,
    )
    min_size_m: float = quantity(
        250.0, "m", "Côté minimal d'une dalle coupée.", low=50.0, high=10000.0
    )
    attempts: int = quantity(
        2, "essais", "Essais avant de mettre une dalle en quarantaine.", low=1, high=10
    )
    convergence_cell_m: float = quantity(
        10000.0,
        "m",
        "Côté des carreaux où l'écart entre nord de la grille et nord vrai est constant.",
        low=500.0,
        high=100000.0,
        source="écart inférieur à 0,05° dans un carreau de 10 km en Lambert-93 (calculé)",
    )
    roof_margin_m: float = quantity(
        60.0,
        "m",
        "Bande de modèle de surface lue autour des bâtiments pour en trouver les pans.",
        low=10.0,
        high=500.0,
    )
    process_mib: float = quantity(
        450.0,
        "Mio",
        "Mémoire d'un processus de calcul avant sa première dalle.",
        low=0.0,
        high=1e5,
        source="mesuré (benchmarks/territoire.py, 2026-11)",
    )
    main_mib: float = quantity(
        200.0,
        "Mio",
        "Mémoire de plus du processus qui conduit le calcul.",
        low=0.0,
        high=1e5,
        source="mesuré (benchmarks/territoire.py, 2026-11)",
    )
    building_bytes: float = quantity(
        1500.0,
        "octets/bâtiment",
        "Mémoire par bâtiment du territoire dans le processus qui conduit le calcul.",
        low=0.0,
        high=1e6,
        source="mesuré (503 000 emprises, 1 200 octets au plus pendant les dalles, 2026-11)",
    )
    pixel_bytes: float = quantity(
        18.0,
        "octets",
        "Mémoire par pixel du modèle de surface que voit une dalle.",
        low=0.0,
        high=1e4,
        source="mesuré (benchmarks/territoire.py, 2026-11)",
    )
    roof_m2_bytes: float = quantity(
        3600.0,
        "octets/m²",
        "Mémoire par mètre carré d'emprise bâtie d'une dalle.",
        low=0.0,
        high=1e6,
        source="mesuré (benchmarks/territoire.py, 2026-11)",
    )
    surface_square_m: float = quantity(
        1000.0,
        "m",
        "Côté des carrés où le modèle de surface est redessiné une fois pour toutes les dalles.",
        low=250.0,
        high=5000.0,
    )
    table_range: int = quantity(
        20000,
        "bâtiments",
        "Bâtiments par intervalle d'écriture des tables publiées.",
        low=100,
        high=1000000,
    )
    far_cell_m: float = quantity(
        50.0,
        "m",
        "Maille du relief lointain tiré du terrain quand aucun relief n'est fourni.",
        low=5.0,
        high=500.0,
    )
