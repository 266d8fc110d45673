"""Solar water heating: collectors, tank, demand."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity

_GRID = "choix du projet, 2026-11 : table vérifiée à 3 % près contre le calcul horaire"

_HYPOTHESIS = "hypothèse du projet, 2026-11"
_NUMERICAL = "choix numérique du projet, 2026-11"
_ISO = (
    "hypothèse du projet, 2026-11 : capteur plan vitré courant, équation "
    "de l'ISO 9806:2017 ; à confirmer par une fiche Solar Keymark"
)


@dataclass(frozen=True)
class Thermal(Group):
    """Solar water heating: collectors, tank, demand."""

    collector_area_m2: float = quantity(
        2.0,
        "m²",
        "Surface hors tout d'un capteur ; on en pose un nombre entier.",
        low=0.5,
        high=12.0,
        source="hypothèse du projet, 2026-11 : capteurs plans courants de 2 à 2,5 m²",
    )
    collector_width_m: float = quantity(
        1.0,
        "m",
        "Petit côté d'un capteur ; le grand est la surface divisée par lui.",
        low=0.3,
        high=3.0,
        source="hypothèse du projet, 2026-11 : capteurs plans courants de 1 m à 1,2 m sur 2 m",
    )
    bank_collectors: int = quantity(
        6,
        "capteurs",
        "Nombre de capteurs qu'une installation collective pose au plus en un rectangle.",
        low=1,
        high=20,
        source="hypothèse du projet, 2026-11 : usage de 5 à 6 capteurs en batterie",
    )
    area_per_person_m2: float = quantity(
        1.2,
        "m²",
        "Surface de capteurs par personne, avant arrondi au capteur entier le plus proche.",
        low=0.3,
        high=4.0,
        source="usage CESI de 0,7 à 1,2 m² par personne, relevé 2026-11",
    )
    eta0_beam: float = quantity(
        0.77,
        "1",
        "Rendement optique du capteur à incidence normale.",
        low=0.3,
        high=0.95,
        source=_ISO,
    )
    diffuse_modifier: float = quantity(
        0.92,
        "1",
        "Facteur d'incidence du diffus (Kd).",
        low=0.3,
        high=1.2,
        source=_ISO,
    )
    incidence_b0: float = quantity(
        0.12,
        "1",
        "Facteur d'incidence du direct : 1 - b0 (1 / cos θ - 1).",
        low=0.0,
        high=0.5,
        source=(
            "hypothèse du projet, 2026-11 : capteur plan vitré courant, équation "
            "de l'ISO 9806:2017 ; à confirmer par une fiche Solar Keymark ; forme "
            "de l'ASHRAE 93"
        ),
    )
    loss_a1: float = quantity(
        3.8,
        "W/m²/K",
        "Pertes du capteur, terme linéaire.",
        low=0.5,
        high=10.0,
        source=_ISO,
    )
    loss_a2: float = quantity(
        0.015,
        "W/m²/K²",
        "Pertes du capteur, terme quadratique.",
        low=0.0,
        high=0.1,
        source=_ISO,
    )
    exchanger_w_per_m2_k: float = quantity(
        50.0,
        "W/m²/K",
        "Échangeur et circuit, par m² de capteur.",
        low=5.0,
        high=500.0,
        source=(
            "hypothèse du projet, 2026-11, d'après f-chart (Beckman, Klein et "
            "Duffie 1977) : 10 à 15 fois les pertes du capteur"
        ),
    )
    pipe_loss_share: float = quantity(
        0.08,
        "1",
        "Pertes des tuyaux du circuit, rapportées à la chaleur captée.",
        low=0.0,
        high=0.5,
        source=_HYPOTHESIS,
    )
    pump_start_w_m2: float = quantity(
        20.0,
        "W/m²",
        "Puissance captée en dessous de laquelle la pompe s'arrête.",
        low=0.0,
        high=200.0,
        source="hypothèse du projet, 2026-11 : régulation différentielle usuelle",
    )
    tank_litres_per_m2: float = quantity(
        50.0,
        "l/m²",
        "Volume solaire du ballon par m² de capteur.",
        low=10.0,
        high=200.0,
        source="hypothèse du projet, 2026-11 : usage de 50 à 60 l/m²",
    )
    tank_loss_w_per_k: float = quantity(
        0.16,
        "W/K/√l",
        "Pertes du ballon par racine de son volume en litres.",
        low=0.0,
        high=2.0,
        source="hypothèse du projet, 2026-11, d'après EN 12977-1 : UA = 0,16 √V",
    )
    tank_max_c: float = quantity(
        85.0,
        "°C",
        "Température maximale du ballon.",
        low=50.0,
        high=100.0,
        source=_HYPOTHESIS,
    )
    tank_room_c: float = quantity(
        15.0,
        "°C",
        "Température du local du ballon.",
        low=0.0,
        high=30.0,
        source=_HYPOTHESIS,
    )
    start_c: float = quantity(
        15.0,
        "°C",
        "Température du ballon au début de la première année.",
        low=0.0,
        high=80.0,
        source="hypothèse du projet, 2026-11, sans effet après quelques jours",
    )
    litres_per_person_day: float = quantity(
        55.0,
        "l/jour",
        "Eau chaude à la température d'usage, par personne.",
        low=10.0,
        high=200.0,
        source=(
            "usage CESI de 50 à 60 l à 45 °C ; mesuré 56 ± 23 l à 40 °C (ADEME et "
            "COSTIC 2016), soit 48 l à 45 °C, relevé 2026-11"
        ),
    )
    use_c: float = quantity(
        45.0,
        "°C",
        "Température d'usage de l'eau chaude.",
        low=30.0,
        high=70.0,
        source="usage CESI, relevé 2026-11",
    )
    cold_mean_c: float = quantity(
        11.5,
        "°C",
        "Eau froide, moyenne de l'année.",
        low=2.0,
        high=25.0,
        source=(
            "hypothèse du projet, 2026-11 : moyenne de l'air de la région ; 16 °C "
            "en moyenne nationale (ADEME et COSTIC 2016)"
        ),
    )
    cold_swing_c: float = quantity(
        4.0,
        "°C",
        "Eau froide, écart de l'été à la moyenne.",
        low=0.0,
        high=12.0,
        source=_HYPOTHESIS,
    )
    cold_peak_day: int = quantity(
        227,
        "jour",
        "Jour de l'année où l'eau froide est la plus chaude.",
        low=1,
        high=365,
        source="hypothèse du projet, 2026-11 : mi-août",
    )
    draw_profile: tuple[float, ...] = quantity(
        (
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.02,
            0.08,
            0.14,
            0.10,
            0.05,
            0.03,
            0.04,
            0.06,
            0.04,
            0.02,
            0.02,
            0.03,
            0.05,
            0.09,
            0.10,
            0.07,
            0.04,
            0.02,
            0.0,
        ),
        "1",
        "Part de l'eau chaude du jour tirée à chaque heure (heure solaire).",
        low=0.0,
        high=1.0,
        source=("hypothèse du projet, 2026-11 : matin et soir, forme du profil M de EN 16147"),
    )
    ratio_nodes: tuple[float, ...] = quantity(
        (0.8, 1.2, 1.7, 2.3, 3.2, 4.5, 7.0),
        "m² pour 100 l/jour",
        "Surfaces de capteurs de la table de chaleur utile, rapportées à l'eau chaude tirée.",
        low=0.05,
        high=100.0,
        source=_GRID,
        free_length=True,
    )
    reference_litres: float = quantity(
        150.0,
        "l/jour",
        "Eau chaude tirée par l'installation de référence de la table.",
        low=10.0,
        high=5000.0,
        source=_GRID,
    )
    litres_nodes: tuple[float, ...] = quantity(
        (40.0, 150.0, 600.0, 5000.0),
        "l/jour",
        "Tailles d'installation de la table : un grand ballon perd moins par litre.",
        low=5.0,
        high=100_000.0,
        source=_GRID,
        free_length=True,
    )
    persons_per_dwelling: float = quantity(
        2.2,
        "personnes",
        "Habitants d'un logement quand rien ne le dit.",
        low=1.0,
        high=6.0,
        source=("INSEE, recensement 2022 : 2,15 en France (2,2 dans l'Aisne), relevé 2026-11"),
    )
    dwelling_floor_m2: float = quantity(
        110.0,
        "m²",
        "Surface de plancher d'un logement, murs compris, quand rien ne dit leur nombre.",
        low=20.0,
        high=500.0,
        source=("hypothèse du projet, 2026-11 ; INSEE, surface habitable moyenne de 91 m²"),
    )
    storey_m: float = quantity(
        2.8,
        "m",
        "Hauteur d'un étage, pour estimer le nombre de logements.",
        low=2.0,
        high=5.0,
        source=_HYPOTHESIS,
    )
    collective_from_dwellings: int = quantity(
        3,
        "logements",
        "Nombre de logements à partir duquel l'installation est collective.",
        low=2,
        high=100,
        source=_HYPOTHESIS,
    )
    collective_area_share: float = quantity(
        0.75,
        "1",
        "Surface de capteurs d'un logement en collectif, rapportée à l'individuel.",
        low=0.1,
        high=1.5,
        source=(
            "hypothèse du projet, 2026-11 : dimensionnement collectif, couverture de 40 à 50 %"
        ),
    )
    least_area_share: float = quantity(
        0.5,
        "1",
        "Part des capteurs voulus en dessous de laquelle un toit trop petit n'en porte pas.",
        low=0.0,
        high=1.0,
        source=_HYPOTHESIS,
    )
    pack_ratio: float = quantity(
        1.1,
        "1",
        "Surface de toit occupée par m² de capteur, circuits compris.",
        low=1.0,
        high=3.0,
        source=_HYPOTHESIS,
    )
    tilt_nodes: tuple[float, ...] = quantity(
        (0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0),
        "°",
        "Inclinaisons de la table.",
        low=0.0,
        high=90.0,
        source=_NUMERICAL,
        free_length=True,
    )
    azimuth_step_deg: float = quantity(
        30.0,
        "°",
        "Pas d'azimut de la table.",
        low=5.0,
        high=90.0,
        source=_NUMERICAL,
    )
    shade_nodes: tuple[float, ...] = quantity(
        (1.0, 0.85, 0.7, 0.4),
        "1",
        "Parts de l'irradiation gardée, nœuds de la table.",
        low=0.05,
        high=1.2,
        source=_NUMERICAL,
        free_length=True,
    )
    table_years: int = quantity(
        3,
        "ans",
        "Années de météo parcourues pour toute la table ; la série entière la recale.",
        low=1,
        high=50,
        source=_NUMERICAL,
    )
    reference_tilt_deg: float = quantity(
        45.0,
        "°",
        "Inclinaison plein sud à laquelle la série entière recale la table.",
        low=0.0,
        high=90.0,
        source=_NUMERICAL,
    )
    flat_tilt_deg: float = quantity(
        35.0,
        "°",
        "Inclinaison des capteurs posés sur un toit plat, au sud.",
        low=0.0,
        high=60.0,
        source="hypothèse du projet, 2026-11 : usage de 30 à 45°",
    )
