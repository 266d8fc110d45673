"""The uncertainty budget, one standard deviation by cause, and how far causes are shared."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity

_HYPOTHESIS = "hypothèse du projet, 2026-11"


@dataclass(frozen=True)
class Uncertainty(Group):
    """The uncertainty budget: relative standard deviations of a yearly figure of one roof.

    ``shared`` pairs say how far the error of a cause is the same on all planes of a building and
    on all buildings of a territory: 1 the same error everywhere (it never averages out), 0
    independent errors (they average out).
    """

    p90_quantile: float = quantity(
        1.2816,
        "écarts-types",
        "Écart entre P50 et P90 d'une loi normale.",
        low=0.1,
        high=4.0,
        source="quantile à 90 % de la loi normale, relevé 2026-11",
    )
    interannual: float = quantity(
        0.045,
        "1",
        "Variation d'une année à l'autre, quand la météo ne la dit pas.",
        low=0.0,
        high=0.3,
        source=(
            "4 à 5 % (Thevenard et Pelland 2013, doi:10.1016/j.solener.2011.05.006 "
            ": 3,9 % à Toronto), relevé 2026-11"
        ),
    )
    interannual_min_years: int = quantity(
        4,
        "ans",
        "Nombre d'années de météo à partir duquel leur dispersion est employée.",
        low=2,
        high=50,
        source=_HYPOTHESIS,
    )
    interannual_shared: tuple[float, ...] = quantity(
        (1.0, 1.0),
        "1",
        "Part commune aux pans du bâtiment, aux bâtiments du territoire.",
        low=0.0,
        high=1.0,
        source=("hypothèse du projet, 2026-11 : une même année météo pour tout le territoire"),
    )
    source: float = quantity(
        0.03,
        "1",
        "Source d'irradiation (satellite, station).",
        low=0.0,
        high=0.3,
        source=(
            "hypothèse du projet, 2026-11 : 2 à 3 % pour SARAH-3 ; Thevenard et "
            "Pelland 2013, doi:10.1016/j.solener.2011.05.006 retient 5 % avant les "
            "satellites récents, relevé 2026-11"
        ),
    )
    source_embedded: float = quantity(
        0.05,
        "1",
        "Source d'irradiation quand le climat embarqué est employé.",
        low=0.0,
        high=0.3,
        source=(
            "écart entre les moyennes publiées de la région, 1 079 à 1 140 kWh/m², relevé 2026-11"
        ),
    )
    source_shared: tuple[float, ...] = quantity(
        (1.0, 1.0),
        "1",
        "Part commune aux pans du bâtiment, aux bâtiments du territoire.",
        low=0.0,
        high=1.0,
        source="hypothèse du projet, 2026-11 : une même source pour tout le territoire",
    )
    transposition: float = quantity(
        0.02,
        "1",
        "Passage de l'horizontale au plan du toit, à 35° d'inclinaison.",
        low=0.0,
        high=0.2,
        source=(
            "écart entre Perez et Hay-Davies, 2,7 % au sud à 35° ; Thevenard et "
            "Pelland 2013, doi:10.1016/j.solener.2011.05.006 retient 3 %, relevé "
            "2026-11"
        ),
    )
    transposition_tilt_deg: float = quantity(
        35.0,
        "°",
        "Inclinaison à laquelle vaut cet écart ; il suit le sinus de l'inclinaison.",
        low=5.0,
        high=90.0,
        source=(
            "hypothèse du projet, 2026-11 : un plan horizontal ne demande pas de transposition"
        ),
    )
    transposition_shared: tuple[float, ...] = quantity(
        (1.0, 1.0),
        "1",
        "Part commune aux pans du bâtiment, aux bâtiments du territoire.",
        low=0.0,
        high=1.0,
        source="hypothèse du projet, 2026-11 : un même modèle pour tout le territoire",
    )
    tilt_error_deg: tuple[float, ...] = quantity(
        (2.0, 1.5, 3.0, 10.0),
        "°",
        "Erreur d'inclinaison d'un pan : maquette, LiDAR, modèle de surface, forme supposée.",
        low=0.0,
        high=45.0,
        source=(
            "hypothèse du projet, 2026-11 : 2 à 4° attendus d'un modèle de surface "
            "à 0,5 m, moins d'un nuage de points"
        ),
    )
    azimuth_error_deg: tuple[float, ...] = quantity(
        (3.0, 3.0, 6.0, 60.0),
        "°",
        "Erreur d'azimut d'un pan : maquette, LiDAR, modèle de surface, forme supposée.",
        low=0.0,
        high=180.0,
        source=("hypothèse du projet, 2026-11 : 5 à 10° attendus d'un modèle de surface à 0,5 m"),
    )
    rack_azimuth_error_deg: float = quantity(
        3.0,
        "°",
        "Erreur d'azimut des châssis d'un toit plat, alignés sur son bord.",
        low=0.0,
        high=45.0,
        source=_HYPOTHESIS,
    )
    fit_points_per_m2: float = quantity(
        1.0,
        "1/m²",
        "Mesures indépendantes par m² dans l'erreur d'ajustement d'un pan.",
        low=0.05,
        high=100.0,
        source=("hypothèse du projet, 2026-11, prudente : les résidus voisins se ressemblent"),
    )
    plane_fit_shared: tuple[float, ...] = quantity(
        (0.3, 0.0),
        "1",
        "Part commune aux pans du bâtiment, aux bâtiments du territoire.",
        low=0.0,
        high=1.0,
        source=_HYPOTHESIS,
    )
    shading_floor: float = quantity(
        0.01,
        "1",
        "Ombrage : part qui reste même sans ombre calculée.",
        low=0.0,
        high=0.2,
        source=_HYPOTHESIS,
    )
    shading_of_loss: float = quantity(
        0.25,
        "1",
        "Ombrage : erreur rapportée à la perte calculée.",
        low=0.0,
        high=2.0,
        source=(
            "scène tracée par Radiance (docs/validation.md) : faisceau ombré juste "
            "à 8 à 16 % près selon la méthode, relevé 2026-11"
        ),
    )
    shading_vegetation: float = quantity(
        0.15,
        "1",
        "Ombrage : erreur rapportée à la part du toit sous la végétation.",
        low=0.0,
        high=2.0,
        source=("hypothèse du projet, 2026-11 : les arbres poussent, tombent, se taillent"),
    )
    shading_shared: tuple[float, ...] = quantity(
        (0.6, 0.2),
        "1",
        "Part commune aux pans du bâtiment, aux bâtiments du territoire.",
        low=0.0,
        high=1.0,
        source=_HYPOTHESIS,
    )
    losses: float = quantity(
        0.03,
        "1",
        "Module, onduleur et pertes de système.",
        low=0.0,
        high=0.3,
        source=(
            "hypothèse du projet, 2026-11 ; Thevenard et Pelland 2013, "
            "doi:10.1016/j.solener.2011.05.006 : 3 % pour la puissance des "
            "modules, 2 % pour la salissure, relevé 2026-11"
        ),
    )
    losses_shared: tuple[float, ...] = quantity(
        (1.0, 0.7),
        "1",
        "Part commune aux pans du bâtiment, aux bâtiments du territoire.",
        low=0.0,
        high=1.0,
        source="hypothèse du projet, 2026-11 : les mêmes matériels partout, en partie",
    )
    usable_area: tuple[float, ...] = quantity(
        (0.20, 0.15, 0.20, 0.35),
        "1",
        "Surface utile : maquette, LiDAR, modèle de surface, forme supposée.",
        low=0.0,
        high=1.0,
        source=("hypothèse du projet, 2026-11 : 15 à 25 %, sans mesure publiée pour la région"),
    )
    usable_area_modules: float = quantity(
        0.6,
        "modules",
        "Surface utile : erreur en nombre de modules, sensible aux petits pans.",
        low=0.0,
        high=10.0,
        source="hypothèse du projet, 2026-11 : un module de plus ou de moins",
    )
    usable_area_unexplained: float = quantity(
        0.5,
        "1",
        "Surface utile : erreur rapportée à la part du toit sans pan.",
        low=0.0,
        high=2.0,
        source=_HYPOTHESIS,
    )
    usable_area_shared: tuple[float, ...] = quantity(
        (0.5, 0.3),
        "1",
        "Part commune aux pans du bâtiment, aux bâtiments du territoire.",
        low=0.0,
        high=1.0,
        source=("hypothèse du projet, 2026-11 : reculs et fenêtres de toit se trompent ensemble"),
    )
    named_cause_count: int = quantity(
        3,
        "causes",
        "Nombre de causes nommées sur la fiche d'un toit.",
        low=1,
        high=8,
        source="choix de présentation, 2026-11",
    )
