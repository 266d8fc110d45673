"""Buildings by words of their address, as people type them: any case, any order, no accents."""

from __future__ import annotations

import unicodedata

import pandas as pd

from cadastre.errors import InputError


def _folded(text: str) -> str:
    """Lower case, no accents, ligatures opened: ``Nœux`` is found by ``noeux``."""
    opened = text.replace("œ", "oe").replace("Œ", "Oe").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFD", opened)
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign)).lower()
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def _by_address(buildings: pd.DataFrame) -> pd.DataFrame:
    """One row for each address of each building: building_id, address, footprint_area_m2."""
    columns = ["building_id", "address", "footprint_area_m2"]
    known = pd.DataFrame(buildings.loc[buildings["address"].notna(), columns])
    if "other_addresses" not in buildings.columns:
        return known
    more = buildings.loc[known.index, "other_addresses"].dropna().str.split("|").explode()
    others = known.loc[more.index].assign(address=more.to_numpy())
    return pd.concat([known, others], ignore_index=True)


def building_at(buildings: pd.DataFrame, text: str) -> str:
    """Return the building of an address, every word of ``text`` found in it, in any order.

    Raises
    ------
    InputError
        No address, or several, hold these words.
    """
    known = _by_address(buildings)
    words = set(_folded(text).split())
    if not words:
        raise InputError("address_not_found", text=text, count=len(known))
    folded = known["address"].map(_folded)
    found = known[[words <= set(line.split()) for line in folded]]
    if len(found) == 0:
        raise InputError("address_not_found", text=text, count=len(known))
    exact = found[folded[found.index] == _folded(text)]
    found = exact if len(exact) else found
    if len(found["address"].unique()) > 1:
        raise InputError(
            "address_ambiguous", text=text, count=found["address"].nunique(),
            examples=sorted(found["address"])[:5],
        )  # fmt: skip
    best = found.sort_values("footprint_area_m2", ascending=False, kind="stable")
    return str(best["building_id"].iloc[0])


def addresses_with(buildings: pd.DataFrame, text: str) -> list[tuple[str, str]]:
    """Find buildings by words of their address, or by id; pairs (building_id, address)."""
    exact = buildings[buildings["building_id"] == text.strip()]
    if len(exact):
        address = exact["address"].iloc[0]
        return [(text.strip(), "" if pd.isna(address) else str(address))]
    words = set(_folded(text).split())
    known = _by_address(buildings)
    if not words:
        return []
    held = [words <= set(line.split()) for line in known["address"].map(_folded)]
    found = known[held].sort_values(["address", "building_id"], kind="stable")
    return list(zip(found["building_id"].astype(str), found["address"].astype(str), strict=True))
