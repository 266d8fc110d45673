"""P90 of territories: weather errors stay common, errors of geometry average out."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre.aggregation.territories import EVERY_USAGE
from cadastre.parameters import Uncertainty
from cadastre.pipeline.building_table import ADVISED_SIGMA, SIGMA
from cadastre.potential import uncertainty

_BETWEEN = "\x1f"  # no code and no use holds it
_FIGURES = (
    # figure, its P90, its energy, sigma of the buildings, causes, relative sigma published as
    (
        "annual_energy_kwh", "annual_energy_p90_kwh", "annual_energy_kwh", SIGMA,
        uncertainty.CAUSES, "energy_uncertainty",
    ),
    (
        "specific_yield_kwh_per_kwp", "specific_yield_p90_kwh_per_kwp", "annual_energy_kwh",
        SIGMA, uncertainty.YIELD_CAUSES, "yield_uncertainty",
    ),
    (
        "advised_energy_kwh", "advised_energy_p90_kwh", "advised_energy_kwh", ADVISED_SIGMA,
        uncertainty.CAUSES, None,
    ),
    (
        "advised_yield_kwh_per_kwp", "advised_yield_p90_kwh_per_kwp", "advised_energy_kwh",
        ADVISED_SIGMA, uncertainty.YIELD_CAUSES, None,
    ),
)  # fmt: skip


def with_territory_p90(
    totals: gpd.GeoDataFrame,
    buildings: pd.DataFrame,
    communes: gpd.GeoDataFrame,
    budget: Uncertainty,
) -> gpd.GeoDataFrame:
    """Add the P90 of the energies and of kWh/kWp to the totals.

    Parameters
    ----------
    totals
        As ``territory_totals`` returns them.
    buildings
        With their energies and relative sigma by cause.
    communes
        commune_code and epci_code.
    budget
        What of each cause is common to a territory.
    """
    epci = communes.set_index("commune_code")["epci_code"]
    code = buildings["commune_code"].astype("object")
    keys = {
        "commune": code,
        "epci": code.map(epci.to_dict()),
        "whole": pd.Series("whole", index=buildings.index, dtype=object),
    }
    totals = totals.copy()
    budgets = {
        (energy, prefix): _budgets(totals, buildings, energy, prefix, keys, budget)
        for energy, prefix in dict.fromkeys((one[2], one[3]) for one in _FIGURES)
    }
    for median, value, energy, prefix, causes, share in _FIGURES:
        sigma = np.full(len(totals), np.nan)
        for rows, asked, found in budgets[energy, prefix]:
            sigma[rows] = uncertainty.total_sigma(found, causes).reindex(asked).to_numpy()
        if share is not None:
            totals[share] = sigma
        figures = totals[median].to_numpy(np.float64)
        totals[value] = uncertainty.p90(figures, np.where(figures == 0.0, 0.0, sigma), budget)
    return totals


def _budgets(
    totals: gpd.GeoDataFrame,
    buildings: pd.DataFrame,
    energy: str,
    prefix: str,
    keys: dict[str, pd.Series],
    budget: Uncertainty,
) -> list[tuple[np.ndarray, pd.Series, pd.DataFrame]]:
    """Rows of the totals, the groups they ask for, and the relative sigma by cause of these."""
    table = pd.DataFrame(
        {cause: buildings[prefix + cause].astype("float64") for cause in uncertainty.CAUSES},
        copy=False,
    )
    parts = []
    usage = buildings["usage"].astype("object").fillna("")
    for level, key in keys.items():
        by_use = key.astype("object").where(key.notna(), None)
        by_use = by_use.where(by_use.isna(), by_use.astype(str) + _BETWEEN + usage)
        for every, group in ((True, key), (False, by_use)):
            found = uncertainty.group_budget(
                buildings[energy], table, group.rename("code"), budget
            )
            rows = (totals["level"] == level) & ((totals["usage"] == EVERY_USAGE) == every)
            asked = totals.loc[rows, "code"].astype("object")
            if not every:
                asked = asked + _BETWEEN + totals.loc[rows, "usage"].astype("object")
            parts.append((rows.to_numpy(bool), asked, found))
    return parts
