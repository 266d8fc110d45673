"""From planes to one installation per building; suitability classes."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity

_HYPOTHESIS = "hypothèse du projet, 2026-11"


@dataclass(frozen=True)
class Installation(Group):
    """From planes to one installation per building; suitability classes."""

    class_limits: tuple[float, ...] = quantity(
        (0.95, 0.85, 0.70, 0.50),
        "1",
        "Bornes des classes A à E : irradiation du pan rapportée à l'optimum local.",
        low=0.0,
        high=1.2,
        source=(
            "hypothèse du projet, 2026-11 : les classes suisses (800 à 1 400 "
            "kWh/m², OFEN) ne conviennent pas à 50° N, où l'optimum est de 1 250"
        ),
    )
    small_area_modules: int = quantity(
        4,
        "modules",
        "En dessous de ce nombre de modules posables, la classe ne dépasse pas la limite des"
        " petites surfaces.",
        low=0,
        high=100,
        source="hypothèse du projet, 2026-11 : moins de 2 kWc",
    )
    small_area_class: str = quantity(
        "C",
        "—",
        "Meilleure classe d'une petite surface.",
        choices=("A", "B", "C", "D", "E"),
        source=_HYPOTHESIS,
    )
    far_reason_share: float = quantity(
        0.5,
        "1",
        "Part des ombres au-delà de laquelle le relief lointain est le motif de la classe.",
        low=0.0,
        high=1.0,
        source=_HYPOTHESIS,
    )
    size_steps_kwp: tuple[float, ...] = quantity(
        (3.0, 6.0, 9.0, 36.0, 100.0),
        "kWc",
        "Puissances proposées sur la fiche, en plus de l'installation conseillée et du toit"
        " entier.",
        low=0.1,
        high=10_000.0,
        source="seuils des tarifs d'achat S21 (3, 9, 36, 100 kWc) et du monophasé (6 kVA),"
        " relevé 2026-11",
        free_length=True,
    )
    min_yield_share: float = quantity(
        0.7,
        "1",
        "Productible d'un pan rapporté au meilleur du bâtiment, en dessous duquel il n'est pas"
        " conseillé de l'équiper.",
        low=0.0,
        high=1.0,
        source=(
            _HYPOTHESIS + " : est et ouest (77 % du sud à 50° N) restent conseillés, "
            "le nord (51 à 68 % selon la pente) ne l'est pas à côté d'un pan sud"
        ),
    )
