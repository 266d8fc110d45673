"""French sentences of the faults that checks find."""

from __future__ import annotations

FAULTS: dict[str, str] = {
    "building_repeated": "Le bâtiment {0} figure plusieurs fois.",
    "building_lost": "{0} bâtiment(s) fourni(s) ne figurent pas dans les résultats, dont {1}.",
    "building_invented": "{0} bâtiment(s) ne viennent d'aucune emprise, dont {1}.",
    "plane_without_building": "{0} pan(s) n'ont pas de bâtiment, dont celui de {1}.",
    "losses_to_light": "{1} : les pertes par cause ne font pas la différence entre le meilleur plan et "
    "ce que le pan reçoit ({0} pan(s)).",
    "planes_to_building": "{0} : la somme des pans diffère du bâtiment pour {1} bâtiment(s), dont {2}.",
    "whole_rows": "L'ensemble du territoire devrait avoir une ligne, il en a {0}.",
    "whole_count": "L'ensemble compte {0} bâtiments, la table en a {1}.",
    "buildings_to_whole": "{0} : les bâtiments font {1}, l'ensemble dit {2}.",
    "buildings_to_communes": "{0} : les bâtiments font {1}, les communes {2}.",
    "buildings_to_usages": "{0} : les bâtiments font {1}, les usages {2}.",
    "roof_counted_twice": "{0} toit(s) portent panneaux et capteurs sur la même surface, dont {1}.",
    "table": "{0}",
    "stale_inputs": "Les entrées ou leurs réglages ont changé depuis le calcul : relancez « calculer ».",
    "stale_tiles": "{0} dalle(s) ne correspondent plus aux entrées ou aux paramètres : relancez « calculer ».",
    "roof_beyond_footprint": "{0} bâtiment(s) ont des pans bien plus grands que leur emprise, dont {1}.",
    "error_buildings": "{0} bâtiment(s) sont en erreur.",
    "shade_adds": "{0} pan(s) reçoivent plus à l'ombre que sans ombre, dont {1}.",
    "p90_above_p50": "{0} bâtiment(s) ont un P90 supérieur au P50, dont {1}.",
    "modules_miscounted": "{0} pan(s) n'ont pas le nombre de modules dessinés, dont {1}.",
}


def fault_sentence(fault: str) -> str:
    """Return the French sentence of a fault ``code:detail:detail``."""
    code, _, rest = fault.partition(":")
    parts = [rest] if code == "table" else rest.split(":")
    return FAULTS[code].format(*parts)
