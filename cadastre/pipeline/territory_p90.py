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
    buildings: gpd.GeoDataFrame,
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
    for median, value, energy, prefix, causes, share in _FIGURES:
        table = pd.DataFrame(
            {cause: buildings[prefix + cause].astype("float64") for cause in uncertainty.CAUSES}
        )
        sigma = _sigma(totals, buildings, buildings[energy], table, keys, causes, budget)
        if share is not None:
            totals[share] = sigma
        figures = totals[median].to_numpy(np.float64)
        totals[value] = uncertainty.p90(figures, np.where(figures == 0.0, 0.0, sigma), budget)
    return totals


def _sigma(
    totals: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    energy: pd.Series,
    causes: pd.DataFrame,
    keys: dict[str, pd.Series],
    counted: tuple[str, ...],
    budget: Uncertainty,
) -> np.ndarray:
    """Relative sigma of every row of the totals; NaN where nothing is produced."""
    out = np.full(len(totals), np.nan)
    usage = buildings["usage"].astype("object").fillna("")
    for level, key in keys.items():
        by_use = key.astype("object").where(key.notna(), None)
        by_use = by_use.where(by_use.isna(), by_use.astype(str) + _BETWEEN + usage)
        for every, group in ((True, key), (False, by_use)):
            found = uncertainty.group_budget(energy, causes, group.rename("code"), budget)
            sigma = uncertainty.total_sigma(found, counted)
            rows = (totals["level"] == level) & ((totals["usage"] == EVERY_USAGE) == every)
            asked = totals.loc[rows, "code"].astype("object")
            if not every:
                asked = asked + _BETWEEN + totals.loc[rows, "usage"].astype("object")
            out[rows.to_numpy()] = sigma.reindex(asked).to_numpy()
    return out
