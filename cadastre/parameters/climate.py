"""The embedded climate of the Artois: what a made-up but faithful series must match."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Climate(Group):
    """The embedded climate of the Artois: what a made-up but faithful series must match."""

    first_year: int = quantity(
        2001,
        "année",
        "Première année conventionnelle de la série.",
        low=1950,
        high=2100,
    )
    year_count: int = quantity(
        12,
        "années",
        "Nombre d'années entières, pour que le P90 ait un sens.",
        low=1,
        high=60,
    )
    seed: int = quantity(
        20260604,
        "—",
        "Graine du tirage : même graine, même série.",
        low=0,
        high=2**31,
    )
    altitude_m: float = quantity(40.0, "m", "Altitude du ciel clair.", low=-100.0, high=4000.0)
    ghi_monthly_kwh_m2: tuple[float, ...] = quantity(
        (25.0, 42.0, 90.0, 134.0, 157.0, 155.0, 153.0, 130.0, 91.0, 54.0, 30.0, 19.0),
        "kWh/m²",
        "Irradiation horizontale moyenne de chaque mois (somme 1 080).",
        low=0.0,
        high=400.0,
        source="forme : moyenne d'Uccle et de Londres (TMYx 2007-2021) ; somme : climatologie "
        "satellitaire de Lens, 1 080 kWh/m²",
    )
    diffuse_share: float = quantity(
        0.55,
        "1",
        "Part annuelle du diffus dans l'irradiation horizontale.",
        low=0.2,
        high=0.9,
        source="climatologie satellitaire de la région, 0,54 à 0,56, non vérifiée au sol",
    )
    linke_turbidity: tuple[float, ...] = quantity(
        (2.95, 3.75, 3.30, 3.80, 3.80, 3.75, 4.00, 3.55, 3.10, 3.15, 2.95, 3.00),
        "1",
        "Trouble de Linke de chaque mois à Lens.",
        low=1.0,
        high=10.0,
        source="table SoDa de pvlib, 50,43° N 2,83° E",
    )
    interannual_spread: float = quantity(
        0.045,
        "1",
        "Écart-type relatif de l'irradiation d'une année à l'autre.",
        low=0.0,
        high=0.2,
        source="4 à 5 % dans le nord de la France",
    )
    overcast_alpha: float = quantity(
        1.7,
        "1",
        "Premier exposant de la loi bêta de l'indice de clarté couvert.",
        low=0.5,
        high=10.0,
        source="proche de Louvain 2021 (mesuré) et de Paris 2020 (satellite)",
    )
    overcast_beta: float = quantity(
        3.0,
        "1",
        "Second exposant de la loi bêta de l'indice de clarté couvert.",
        low=0.5,
        high=20.0,
        source="proche de Louvain 2021 (mesuré) et de Paris 2020 (satellite)",
    )
    clear_index: float = quantity(
        1.0,
        "1",
        "Indice de ciel clair des heures dégagées.",
        low=0.7,
        high=1.2,
    )
    clear_index_spread: float = quantity(
        0.08,
        "1",
        "Écart-type de l'indice de ciel clair des heures dégagées.",
        low=0.01,
        high=0.3,
    )
    day_share: float = quantity(
        0.6,
        "1",
        "Part de la variance de la clarté portée par le jour entier.",
        low=0.0,
        high=1.0,
        source="proche de Louvain 2021 (mesuré) et de Paris 2020 (satellite)",
    )
    day_persistence: float = quantity(
        0.45,
        "1",
        "Corrélation de la clarté d'un jour au suivant.",
        low=0.0,
        high=0.99,
        source="proche de Louvain 2021 (mesuré) et de Paris 2020 (satellite)",
    )
    hour_persistence: float = quantity(
        0.75,
        "1",
        "Corrélation de la clarté d'une heure à la suivante.",
        low=0.0,
        high=0.999,
        source="proche de Louvain 2021 (mesuré) et de Paris 2020 (satellite)",
    )
    max_zenith: float = quantity(
        87.0,
        "°",
        "Distance zénithale au-delà de laquelle tout est diffus.",
        low=80.0,
        high=90.0,
    )
    max_beam_ratio: float = quantity(
        1.02,
        "1",
        "Direct normal au plus, rapporté à celui du ciel clair.",
        low=0.8,
        high=1.3,
    )
    temp_air_monthly: tuple[float, ...] = quantity(
        (3.0, 4.5, 7.0, 10.5, 14.0, 17.0, 18.5, 18.5, 15.5, 11.5, 7.0, 4.5),
        "°C",
        "Température moyenne de l'air de chaque mois.",
        low=-40.0,
        high=50.0,
        source="normales arrondies de l'Artois",
    )
    temp_swing: float = quantity(
        2.0,
        "K",
        "Demi-amplitude diurne par ciel couvert.",
        low=0.0,
        high=15.0,
    )
    temp_swing_clear: float = quantity(
        5.0,
        "K",
        "Demi-amplitude diurne ajoutée par ciel clair.",
        low=0.0,
        high=15.0,
    )
    temp_hottest_hour: float = quantity(
        15.0,
        "h",
        "Heure solaire de la température la plus haute.",
        low=10.0,
        high=20.0,
    )
    temp_spread: float = quantity(
        3.0,
        "K",
        "Écart-type des masses d'air d'un jour à l'autre.",
        low=0.0,
        high=15.0,
    )
    temp_persistence: float = quantity(
        0.8,
        "1",
        "Corrélation de la température d'un jour au suivant.",
        low=0.0,
        high=0.99,
    )
    wind_speed_monthly: tuple[float, ...] = quantity(
        (4.3, 4.2, 4.1, 3.7, 3.5, 3.3, 3.3, 3.2, 3.4, 3.7, 4.0, 4.3),
        "m/s",
        "Vitesse moyenne du vent de chaque mois.",
        low=0.0,
        high=30.0,
        source="3,5 à 4 m/s en moyenne annuelle",
    )
    wind_shape: float = quantity(
        2.0,
        "1",
        "Exposant de la loi de Weibull du vent.",
        low=1.0,
        high=5.0,
    )
    wind_persistence: float = quantity(
        0.93,
        "1",
        "Corrélation du vent d'une heure à la suivante.",
        low=0.0,
        high=0.999,
    )
