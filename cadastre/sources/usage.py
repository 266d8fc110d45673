"""What a building is used for, and why we say so; and which objects carry no roof to equip.

Facts about the sources: BD TOPO v3 ``usage_1``, ``usage_2`` and ``nature`` (IGN), BDNB
``usage_niveau_1_txt`` and ``usage_principal_bdnb_open`` (CSTB), OpenStreetMap ``building``,
cadastre ``type`` 01/02 (Etalab). A reason is ``source:value`` with the value folded.
"""

from __future__ import annotations

import pandas as pd

from cadastre.sources.attributes import text_column
from cadastre.sources.vector import fold

USAGE_VALUES: dict[str, str] = {
    # BD TOPO usage_1, usage_2
    "residentiel": "residential",
    "commercial_et_services": "business",
    "industriel": "industry",
    "agricole": "farm",
    "annexe": "annex",
    "religieux": "public",
    "sportif": "public",
    # BDNB
    "residentiel_individuel": "residential",
    "residentiel_collectif": "residential",
    "logement": "residential",
    "tertiaire": "business",
    "tertiaire_autres": "business",
    "secondaire": "industry",
    "dependance": "annex",
    "administration": "public",
    "enseignement": "public",
    "sante": "public",
}
NATURE_VALUES: dict[str, str] = {
    "industriel_agricole_ou_commercial": "business",
    "batiment_industriel": "industry",
    "batiment_agricole": "farm",
    "batiment_commercial": "business",
    "batiment_sportif": "public",
    "serre": "farm",
    "silo": "farm",
    "chapelle": "public",
    "eglise": "public",
    "batiment_religieux_divers": "public",
    "mairie": "public",
    "prefecture": "public",
    "gare": "public",
    "tribune": "public",
    "monument": "public",
    "arc_de_triomphe": "public",
    "arene_ou_theatre_antique": "public",
    "fort_blockhaus_casemate": "public",
    "chateau": "other",
    "tour_donjon": "other",
    "moulin_a_vent": "other",
}
OSM_VALUES: dict[str, str] = {
    **dict.fromkeys(
        ("house", "detached", "semidetached_house", "terrace", "apartments", "residential",
         "bungalow", "dormitory", "farmhouse"), "residential"),
    **dict.fromkeys(
        ("commercial", "retail", "office", "supermarket", "hotel", "kiosk"), "business"),
    **dict.fromkeys(
        ("school", "university", "college", "kindergarten", "hospital", "public", "civic",
         "government", "townhall", "church", "chapel", "mosque", "synagogue", "cathedral",
         "temple", "sports_centre", "sports_hall", "train_station", "fire_station", "stadium",
         "grandstand", "library"), "public"),
    **dict.fromkeys(("industrial", "warehouse", "manufacture", "factory", "hangar"), "industry"),
    **dict.fromkeys(
        ("farm", "barn", "farm_auxiliary", "cowshed", "sty", "stable", "greenhouse", "silo"),
        "farm"),
    **dict.fromkeys(("garage", "garages", "shed", "carport", "roof", "hut", "cabin"), "annex"),
}  # fmt: skip

# Objects that are footprints but no roof one equips, by folded nature.
EXCLUDED_NATURES: dict[str, str] = {
    "serre": "greenhouse",
    "greenhouse": "greenhouse",
    "silo": "silo",
    "storage_tank": "tank",
    "water_tower": "tank",
    "digester": "tank",
    "gasometer": "tank",
    "reservoir_industriel": "tank",
    "chateau_d_eau": "tank",
    "arc_de_triomphe": "monument",
    "monument": "monument",
    "arene_ou_theatre_antique": "monument",
    "fort_blockhaus_casemate": "fort",
    "bunker": "fort",
    "moulin_a_vent": "windmill",
    "windmill": "windmill",
}
EXCLUDED_STATES: dict[str, str] = {
    "en_projet": "planned",
    "en_ruine": "ruin",
    "detruit": "demolished",
    "ruins": "ruin",
    "proposed": "planned",
}

_USAGE_1 = ("usage_1", "usage1", "usage_princ", "usage_niveau_1_txt", "usage_niv",
            "usage_principal_bdnb_open", "usage_prin")  # fmt: skip
_USAGE_2 = ("usage_2", "usage2")
_OSM = ("building", "type", "fclass")


def folded(values: pd.Series) -> pd.Series:
    """Fold each distinct text once; NA stays NA."""
    distinct = {text: fold(text) for text in values.dropna().unique()}
    return values.map(distinct).astype("string")


def building_usage(frame: pd.DataFrame, is_light: pd.Series, dwellings: pd.Series) -> pd.DataFrame:
    """Usage class and its reason for each row; never missing (``unknown``, ``none``).

    ``frame`` has folded source columns; ``is_light`` bool and ``dwellings`` float64 (NaN when
    unknown) share its index. A second usage speaks only where the first is undifferentiated.
    """
    usage = pd.Series(pd.NA, index=frame.index, dtype="string")
    reason = pd.Series(pd.NA, index=frame.index, dtype="string")
    nature = folded(text_column(frame, ("nature",)))
    clues = (
        ("usage_1", folded(text_column(frame, _USAGE_1)), USAGE_VALUES),
        ("usage_2", folded(text_column(frame, _USAGE_2)), USAGE_VALUES),
        ("nature", nature, NATURE_VALUES),
        ("osm", folded(text_column(frame, _OSM)), OSM_VALUES),
    )
    for label, values, meaning in clues:
        found = values.map(meaning).astype("string")
        fresh = usage.isna() & found.notna()
        usage = usage.mask(fresh, found)
        reason = reason.mask(fresh, label + ":" + values)
    lived_in = usage.isna() & (dwellings > 0).to_numpy()
    usage, reason = usage.mask(lived_in, "residential"), reason.mask(lived_in, "dwellings")
    light = usage.isna() & is_light.to_numpy()
    usage, reason = usage.mask(light, "annex"), reason.mask(light, "light")
    return pd.DataFrame({"usage": usage.fillna("unknown"), "usage_reason": reason.fillna("none")})


def exclusions(frame: pd.DataFrame) -> pd.Series:
    """Reason for which a row carries no roof to equip (state first, then nature), or NA."""
    state = folded(text_column(frame, ("etat_de_l_objet", "etat")))
    reason = state.map(EXCLUDED_STATES).astype("string")
    for values in (
        folded(text_column(frame, ("nature",))),
        folded(text_column(frame, _OSM)),
    ):
        reason = reason.fillna(values.map(EXCLUDED_NATURES).astype("string"))
        reason = reason.fillna(values.map(EXCLUDED_STATES).astype("string"))
    return reason
