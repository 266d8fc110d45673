"""Download: politeness, retries, margins around the territory, vintages asked for."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity

_IGN = "IGN, limites d'usage des API de la Géoplateforme (cartes.gouv.fr, aide)"


@dataclass(frozen=True)
class Download(Group):
    """Download: politeness, retries, margins around the territory, vintages asked for."""

    connections: int = quantity(
        4,
        "connexions",
        "Connexions simultanées vers un même service.",
        low=1,
        high=16,
    )
    rate_share: float = quantity(
        0.25,
        "part",
        "Part utilisée de la limite de requêtes par seconde qu'un service publie.",
        low=0.01,
        high=1.0,
        source=_IGN,
    )
    default_rate_per_s: float = quantity(
        2.0,
        "requêtes/s",
        "Débit de requêtes vers un service qui ne publie pas de limite.",
        low=0.1,
        high=1000.0,
    )
    timeout_s: float = quantity(
        60.0,
        "s",
        "Silence du serveur au-delà duquel une requête est abandonnée puis reprise.",
        low=0.1,
        high=900.0,
    )
    slow_window_s: float = quantity(
        60.0,
        "s",
        "Durée sur laquelle le débit d'une réponse est jugé.",
        low=0.1,
        high=900.0,
    )
    slow_limit_b_per_s: float = quantity(
        500.0,
        "octets/s",
        "Débit sous lequel une réponse est abandonnée puis reprise.",
        low=0.0,
        high=1e7,
    )
    attempts: int = quantity(
        6,
        "essais",
        "Essais d'une même requête avant de la déclarer en échec.",
        low=1,
        high=20,
    )
    backoff_first_s: float = quantity(
        1.0,
        "s",
        "Attente avant le deuxième essai ; elle double ensuite.",
        low=0.0,
        high=60.0,
    )
    backoff_factor: float = quantity(
        2.0,
        "1",
        "Facteur d'allongement de l'attente d'un essai au suivant.",
        low=1.0,
        high=10.0,
    )
    backoff_max_s: float = quantity(
        60.0,
        "s",
        "Attente la plus longue entre deux essais.",
        low=0.0,
        high=3600.0,
    )
    backoff_jitter: float = quantity(
        0.25,
        "part",
        "Part aléatoire de l'attente, pour que les essais ne tombent pas ensemble.",
        low=0.0,
        high=1.0,
    )
    retry_after_max_s: float = quantity(
        600.0,
        "s",
        "Attente la plus longue acceptée d'un serveur qui demande de patienter.",
        low=0.0,
        high=86400.0,
        source="RFC 9110, § 10.2.3 (Retry-After)",
    )
    give_up_after: int = quantity(
        8,
        "fichiers",
        "Échecs de suite d'une source après lesquels le reste de cette source est "
        "remis à plus tard.",
        low=1,
        high=10000,
    )
    free_space_margin_gb: float = quantity(
        2.0,
        "Go",
        "Espace disque à laisser libre.",
        low=0.0,
        high=1000.0,
    )
    page_size: int = quantity(
        5000,
        "objets",
        "Objets demandés par page WFS ; le serveur peut en rendre moins.",
        low=1,
        high=10000,
        source="IGN, WFS de la Géoplateforme : au plus 5 000 objets par page",
    )
    tile_m: float = quantity(
        5000.0,
        "m",
        "Côté des carrés par lesquels une couche WFS est demandée.",
        low=100.0,
        high=100000.0,
    )
    tile_max_features: int = quantity(
        20000,
        "objets",
        "Objets au-delà desquels un carré est demandé en quatre quarts.",
        low=10,
        high=1000000,
    )
    surface_margin_m: float = quantity(
        500.0,
        "m",
        "Bande de modèle de surface autour du territoire : les obstacles voisins.",
        low=0.0,
        high=5000.0,
        source="portée de la recherche d'obstacles (horizon.reach_m)",
    )
    surface_resolution_m: float = quantity(
        0.5,
        "m",
        "Pas des modèles de surface et de terrain LiDAR HD.",
        low=0.1,
        high=50.0,
        source="IGN, LiDAR HD : modèles numériques au pas de 50 cm",
    )
    compress_rasters: bool = quantity(
        True,
        "oui/non",
        "Ranger les modèles reçus sous une compression sans perte.",
    )
    relief_margin_m: float = quantity(
        30000.0,
        "m",
        "Bande de relief autour du territoire : l'horizon lointain.",
        low=0.0,
        high=200000.0,
    )
    relief_resolution_m: float = quantity(
        50.0,
        "m",
        "Pas du relief de l'horizon lointain.",
        low=5.0,
        high=500.0,
    )
    relief_tile_px: int = quantity(
        1000,
        "pixels",
        "Côté des images de relief demandées.",
        low=10,
        high=5000,
        source="IGN, WMS-Raster : au plus 5 010 pixels de côté",
    )
    weather_cell_deg: float = quantity(
        0.15,
        "°",
        "Côté d'une maille météo : trois pixels de SARAH-3, dont celui du centre.",
        low=0.05,
        high=2.0,
        source="EUMETSAT CM SAF, SARAH-3 : grille de 0,05°",
    )
    weather_first_year: int = quantity(
        2005,
        "année",
        "Première année de la série météo.",
        low=2005,
        high=2100,
        source="PVGIS 5.3, SARAH-3 : 2005 à 2023",
    )
    weather_last_year: int = quantity(
        2023,
        "année",
        "Dernière année de la série météo.",
        low=2005,
        high=2100,
        source="PVGIS 5.3, SARAH-3 : 2005 à 2023",
    )
