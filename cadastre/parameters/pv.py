"""From irradiation to alternating current: cell, inverter, losses."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity

_NUMERICAL = "choix numérique du projet, 2026-11"
_PVWATTS = (
    "PVWatts v5, Dobos 2014, doi:10.2172/1158421, et pvlib.pvsystem.pvwatts_losses, relevé 2026-11"
)
_PVSYST = "PVsyst, valeurs reprises par pvlib (TEMPERATURE_MODEL_PARAMETERS), relevé 2026-11"


@dataclass(frozen=True)
class Photovoltaics(Group):
    """From irradiation to alternating current: cell, inverter, losses.

    Shading is geometric in this program: no shading loss stands here.
    """

    gamma_pdc: float = quantity(
        -0.0034,
        "1/°C",
        "Coefficient de température de la puissance.",
        low=-0.01,
        high=0.0,
        source="fiches de modules de 2024 à 2026, -0,29 à -0,35 %/°C, relevé 2026-11",
    )
    low_light: tuple[float, ...] = quantity(
        (-0.006756, -0.016444),
        "1",
        "Rendement à faible éclairement : 1 + k1 ln G + k2 ln² G, G en kW/m².",
        low=-0.2,
        high=0.2,
        source=(
            "Huld, coefficients JRC 2022 silicium cristallin (pvlib.pvarray.huld, "
            "pvgis6), relevé 2026-11"
        ),
    )
    thermal_cross: tuple[float, ...] = quantity(
        (0.0, 0.0, 0.0),
        "1/°C, 1/°C, 1/°C²",
        "Termes croisés du modèle de Huld (k4, k5, k6) ; nuls avec gamma_pdc seul.",
        low=-0.01,
        high=0.01,
        source="Huld et al. 2011, doi:10.1016/j.solmat.2011.07.020, relevé 2026-11",
    )
    iam_a_r: float = quantity(
        0.16,
        "1",
        "Pertes par réflexion selon l'angle d'incidence (Martin et Ruiz).",
        low=0.05,
        high=0.5,
        source=(
            "Martin et Ruiz 2001, doi:10.1016/S0927-0248(00)00408-6, valeur 0,16 "
            "de pvlib, relevé 2026-11"
        ),
    )
    heat_absorption: float = quantity(
        0.9,
        "1",
        "Part de l'éclairement absorbée par le module.",
        low=0.5,
        high=1.0,
        source=_PVSYST,
    )
    module_efficiency: float = quantity(
        0.22,
        "1",
        "Rendement du module dans son bilan thermique.",
        low=0.0,
        high=0.5,
        source="fiches de modules de 2024 à 2026, relevé 2026-11",
    )
    heat_loss_constant: tuple[float, ...] = quantity(
        (29.0, 20.0, 15.0),
        "W/m²/K",
        "Pertes thermiques du module : châssis ouvert, surimposé, intégré.",
        low=5.0,
        high=60.0,
        source=_PVSYST,
    )
    heat_loss_wind: tuple[float, ...] = quantity(
        (0.0, 0.0, 0.0),
        "W/m²/K par m/s",
        "Effet du vent sur ces pertes : châssis ouvert, surimposé, intégré.",
        low=0.0,
        high=20.0,
        source=_PVSYST,
    )
    pitched_mounting: str = quantity(
        "on_roof",
        "—",
        "Pose sur toit en pente : surimposée ou intégrée.",
        choices=("on_roof", "integrated", "open_rack"),
        source=("hypothèse du projet, 2026-11 : pose sur crochets au-dessus de la couverture"),
    )
    dc_ac_ratio: float = quantity(
        1.15,
        "1",
        "Puissance des modules rapportée à celle de l'onduleur.",
        low=0.5,
        high=2.0,
        source="hypothèse du projet, 2026-11 : usage de 1,0 à 1,3",
    )
    inverter_efficiency: float = quantity(
        0.97,
        "1",
        "Rendement nominal de l'onduleur.",
        low=0.8,
        high=1.0,
        source="onduleurs courants, rendement européen de 96 à 98 %, relevé 2026-11",
    )
    loss_soiling: float = quantity(
        0.02,
        "1",
        "Salissure.",
        low=0.0,
        high=0.3,
        source=_PVWATTS,
    )
    loss_snow: float = quantity(
        0.002,
        "1",
        "Neige posée sur les modules.",
        low=0.0,
        high=0.3,
        source=(
            "hypothèse du projet, 2026-11 pour l'Artois : quelques jours par an ; "
            "Thevenard et Pelland 2013 comptent 1,5 % à Toronto"
        ),
    )
    loss_mismatch: float = quantity(
        0.02,
        "1",
        "Disparité entre modules.",
        low=0.0,
        high=0.3,
        source=_PVWATTS,
    )
    loss_wiring: float = quantity(
        0.02,
        "1",
        "Câbles.",
        low=0.0,
        high=0.3,
        source=_PVWATTS,
    )
    loss_connections: float = quantity(
        0.005,
        "1",
        "Connexions.",
        low=0.0,
        high=0.3,
        source=_PVWATTS,
    )
    loss_light_induced: float = quantity(
        0.015,
        "1",
        "Dégradation initiale à la lumière.",
        low=0.0,
        high=0.3,
        source=_PVWATTS,
    )
    loss_nameplate: float = quantity(
        0.01,
        "1",
        "Écart à la plaque signalétique.",
        low=0.0,
        high=0.3,
        source=_PVWATTS,
    )
    loss_availability: float = quantity(
        0.03,
        "1",
        "Arrêts et pannes.",
        low=0.0,
        high=0.3,
        source=_PVWATTS,
    )
    degradation_per_year: float = quantity(
        0.005,
        "1/an",
        "Baisse annuelle de la puissance.",
        low=0.0,
        high=0.05,
        source=("Jordan et Kurtz 2013, doi:10.1002/pip.1182, médiane 0,5 %/an, relevé 2026-11"),
    )
    life_years: int = quantity(
        25,
        "ans",
        "Durée de vie retenue.",
        low=1,
        high=60,
        source=(
            "hypothèse du projet, 2026-11 : durée des garanties de puissance "
            "courantes, 25 à 30 ans"
        ),
    )
    tilt_nodes: tuple[float, ...] = quantity(
        (0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 75.0, 90.0),
        "°",
        "Inclinaisons de la table des rendements.",
        low=0.0,
        high=90.0,
        source=_NUMERICAL,
        free_length=True,
    )
    azimuth_step_deg: float = quantity(
        20.0,
        "°",
        "Pas d'azimut de la table des rendements.",
        low=5.0,
        high=90.0,
        source=_NUMERICAL,
    )
    sky_dim: float = quantity(
        0.6,
        "1",
        "Part du diffus gardée au nœud « ciel masqué » de la table des rendements.",
        low=0.1,
        high=0.95,
        source=_NUMERICAL,
    )
    module_blocks: int = quantity(
        3,
        "diodes",
        "Blocs de cellules protégés par une diode, dans la largeur d'un module.",
        low=1,
        high=24,
        source=(
            "Martinez-Moreno et al. 2010, doi:10.1016/j.renene.2009.11.043 ; trois "
            "diodes, modules courants, relevé 2026-11"
        ),
    )
