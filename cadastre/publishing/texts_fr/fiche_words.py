"""Words and figures of one building's sheet."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cadastre.publishing.texts_fr.map_words import PHRASES
from cadastre.publishing.texts_fr.numbers import (
    date,
    interval,
    is_missing,
    number,
    orientation,
    percent,
    spaced,
    with_unit,
)
from cadastre.publishing.texts_fr.reasons import causes_text, text_of

SHEET = "Fiche solaire du bâtiment"
PLAN = "Le toit vu du ciel"
PLAN_NOTE = "Chaque rectangle foncé est un panneau qui tient sur le toit, reculs compris."
LOSSES = "Ce qui manque par rapport au meilleur toit d'ici"
SOURCES = "Sources"
LIMITS = "Limites"
PLANE_HEADS = ("Pan", "Classe", "Surface", "Soleil reçu", "Ombres", "Panneaux", "Production")
SIZES = "Choisir une puissance plus petite"
SIZES_NOTE = (
    "Les meilleurs pans d'abord. La dernière colonne dit ce que rapporte chaque kWc ajouté à la "
    "ligne d'avant."
)
SIZE_HEADS = ("Puissance", "Production", "Productible moyen", "Par kWc ajouté")
CHOSEN = "Puissance demandée"
ADVISED_MARK = "conseillé"
HOURS_START = "debut_utc"
HOURS_NAMES = {
    "energy_kwh": "production_kwh",
    "advised_energy_kwh": "production_conseillee_kwh",
}


def title(building: pd.Series) -> str:
    """Return the address, or the identifier."""
    address = building.get("address")
    if is_missing(address) or not str(address).strip():
        return PHRASES["search_building"].format(id=building["building_id"])
    return str(address)


def verdict(building: pd.Series) -> dict[str, str] | None:
    """Return letter, label and explanation of the class, None without class."""
    code = building.get("suitability_class")
    if is_missing(code):
        return None
    reason = building.get("suitability_reason")
    why = "" if is_missing(reason) else text_of("suitability_reason", str(reason)).explanation
    text = text_of("suitability_class", str(code))
    label = spaced(PHRASES["class_of"].format(code=code, label=text.label))
    return {"code": str(code), "label": label, "why": spaced(why or text.explanation)}


def state(building: pd.Series) -> str:
    """Return what must be said of the state of the computation; empty when all is well."""
    status = str(building["status"])
    if status == "computed":
        return ""
    code = building.get("status_reason")
    reason = text_of("status_reason", "" if is_missing(code) else str(code))
    return spaced(f"{text_of('status', status).label} : {reason.explanation or reason.label}")


def heritage(building: pd.Series) -> str:
    """Return the notice of a protected perimeter; empty outside."""
    flag = building.get("heritage_flag")
    if is_missing(flag) or not bool(flag):
        return ""
    name = building.get("heritage_name")
    shown = PHRASES["heritage_unnamed"] if is_missing(name) else str(name)
    return spaced(PHRASES["heritage_text"].format(name=shown))


def sure_energy(building: pd.Series) -> float | None:
    """Yearly energy that 9 chances in 10 exceed, of the panels named: P90 of a kWp times kWp.

    ``advised_energy_p90_kwh`` also doubts that these panels find room: it is told apart.
    """
    low, power = (
        building.get("advised_yield_p90_kwh_per_kwp"),
        building.get("advised_capacity_kwp"),
    )
    if is_missing(low) or is_missing(power):
        return None
    return float(low) * float(power)


def headline(building: pd.Series) -> dict[str, str]:
    """Return the production advised, its P90 and interval in words, and what all planes give."""
    p50, p90 = building.get("advised_energy_kwh"), sure_energy(building)
    found = {"value": number(p50), "note": "", "p90": "", "interval": "", "technical": ""}
    if not building.get("module_count"):
        return found | {"value": number(0), "p90": PHRASES["no_module"]}
    found["note"] = spaced(
        PHRASES["advised_note"].format(
            modules=number(building.get("advised_module_count")),
            power=number(building.get("advised_capacity_kwp"), 2),
        )
    )
    found["technical"] = spaced(
        PHRASES["technical_note"].format(
            modules=number(building.get("module_count")),
            power=number(building.get("capacity_kwp"), 2),
            energy=number(building.get("annual_energy_kwh")),
        )
    )
    if p90 is not None:
        between = interval(p90, 2 * p50 - p90, "kWh/an")
        found["p90"] = spaced(PHRASES["p90"].format(value=number(p90)))
        found["interval"] = spaced(f"8 chances sur 10 d'être {between}.")
        roof = building.get("advised_energy_p90_kwh")
        if not is_missing(roof):
            found["interval"] += " " + spaced(PHRASES["room_doubt"].format(value=number(roof)))
    return found


def size_rows(
    sizes: Sequence[tuple[float, float, float]], chosen: float | None
) -> list[tuple[bool, tuple[str, ...]]]:
    """Return, for each size to choose from, whether it is the one asked for, and its cells."""
    return [
        (
            chosen is not None and abs(power - chosen) < 0.005,
            (
                with_unit(power, "kWc", 2),
                with_unit(energy, "kWh/an"),
                with_unit(energy / power, "kWh/kWc"),
                with_unit(marginal, "kWh/kWc"),
            ),
        )
        for power, energy, marginal in sizes
    ]


def hot_water(building: pd.Series) -> list[str]:
    """Return what solar hot water would give and take; empty without dwelling or room."""
    heat, area = building.get("thermal_energy_kwh"), building.get("collector_area_m2")
    if is_missing(heat) or is_missing(area):
        return []
    alone = building.get("advised_energy_kwh")
    beside = building.get("advised_energy_with_thermal_kwh")
    share = building.get("solar_fraction")
    facts = {
        "area": number(area),
        "tank": number(building.get("tank_litres")),
        "litres": number(building.get("hot_water_litres_per_day")),
        "heat": number(heat),
        "share": number(None if is_missing(share) else 100.0 * float(share)),
        "roof": number(building.get("collector_roof_m2"), 1),
        "modules": number(building.get("displaced_module_count")),
        "alone": number(alone),
        "beside": number(beside),
    }
    free = is_missing(alone) or is_missing(beside) or round(alone) == round(beside)
    second = "thermal_free" if free else "thermal_beside"
    homes = building.get("thermal_installation_count")
    facts["homes"] = number(homes)
    several = ["thermal_homes"] if not is_missing(homes) and homes > 1 else []
    lines = ["thermal_text", *several, *([second] if building.get("module_count") else [])]
    return [spaced(PHRASES[name].format(**facts)) for name in lines]


def figures(building: pd.Series, planes: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (name, figure with unit) of the building."""
    rows = [
        (PHRASES["power"], with_unit(building.get("advised_capacity_kwp"), "kWc", 2)),
        (PHRASES["modules"], number(building.get("advised_module_count"))),
        (PHRASES["yield"], with_unit(building.get("advised_yield_kwh_per_kwp"), "kWh/kWc")),
        (
            PHRASES["yield_p90"],
            with_unit(building.get("advised_yield_p90_kwh_per_kwp"), "kWh/kWc"),
        ),
        (PHRASES["life"], with_unit(building.get("advised_life_energy_kwh"), "kWh/an")),
        (PHRASES["optimum_share"], percent(building.get("optimum_share"))),
        (PHRASES["irradiation"], with_unit(building.get("irradiation_kwh_m2"), "kWh/m²/an")),
        (PHRASES["area"], with_unit(building.get("area_sloped_m2"), "m²")),
        (PHRASES["usable"], with_unit(building.get("usable_area_m2"), "m²")),
        (PHRASES["planes_all"].format(n="").strip().capitalize(), number(len(planes))),
        (PHRASES["data_date"], date(building.get("data_date"))),
    ]
    return rows


def plane_rows(planes: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the cells of each plane, in the order given."""
    return [
        (
            f"{rank} — {orientation(plane['surface_tilt'], plane.get('surface_azimuth'))}"
            + (f" ({ADVISED_MARK})" if plane.get("advised_flag") is True else ""),
            "—" if is_missing(plane.get("suitability_class")) else str(plane["suitability_class"]),
            with_unit(plane.get("area_sloped_m2"), "m²"),
            with_unit(plane.get("irradiation_kwh_m2"), "kWh/m²"),
            percent(plane.get("shading_loss")),
            number(plane.get("module_count")),
            with_unit(plane.get("annual_energy_kwh"), "kWh/an"),
        )
        for rank, (_, plane) in enumerate(planes.iterrows(), start=1)
    ]


def losses(planes: pd.DataFrame) -> list[str]:
    """Return what each cause takes from the best plane of the place, first plane: a sum."""
    plane = planes.iloc[0]
    best = plane.get("optimum_irradiation_kwh_m2")
    if is_missing(best) or is_missing(plane.get("irradiation_kwh_m2")):
        return []
    causes = (
        ("why_orientation", plane["orientation_loss_kwh_m2"]),
        ("why_near", plane["near_shading_loss_kwh_m2"]),
        ("why_far", plane["far_horizon_loss_kwh_m2"]),
        ("why_left", best - plane["irradiation_kwh_m2"]),
    )
    return [
        spaced(PHRASES[name].format(value=number(0.0 - lost), share=number(-100.0 * lost / best)))
        for name, lost in causes
    ]


def trust(building: pd.Series, planes: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (name, text) of what tells how far the figures can be trusted."""
    rows = []
    p50, p90 = building.get("advised_energy_kwh"), sure_energy(building)
    if len(planes):
        plane = planes.iloc[0]
        quality = text_of("quality_flag", str(plane["quality_flag"]))
        source = text_of("plane_source", str(plane["plane_source"]))
        rows.append((PHRASES["quality"], f"{quality.label}. {quality.explanation}"))
        rows.append((PHRASES["source"], source.explanation))
        if not is_missing(plane.get("fit_rmse_m")):
            rows.append((PHRASES["fit"], with_unit(100.0 * plane["fit_rmse_m"], "cm")))
    if not is_missing(p50) and p90 is not None and p50:
        share = number(100.0 * (1.0 - p90 / p50))
        rows.append((PHRASES["spread"], spaced(PHRASES["width_p90"].format(share=share))))
    causes = causes_text(building.get("uncertainty_causes"))
    if causes:
        rows.append((PHRASES["causes"], f"{causes}."))
    rows.append((PHRASES["identifier"], str(building["building_id"])))
    return rows
