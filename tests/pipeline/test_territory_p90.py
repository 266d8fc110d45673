"""P90 of territories: with and without communes, one call a level against one a use."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from cadastre import parameters
from cadastre.aggregation.territories import territory_totals
from cadastre.pipeline.building_table import ADVISED_SIGMA, SIGMA
from cadastre.pipeline.territory_p90 import with_territory_p90
from cadastre.potential.uncertainty import CAUSES, YIELD_CAUSES
from tests.aggregation.test_territories import buildings, communes

BUDGET = parameters.Uncertainty()


def with_sigma(frame):
    random = np.random.default_rng(3)
    known = frame["annual_energy_kwh"] > 0
    for prefix in (SIGMA, ADVISED_SIGMA):
        for cause in CAUSES:
            frame[prefix + cause] = np.where(known, random.uniform(0.01, 0.2, len(frame)), np.nan)
    return frame


def by_hand(rows, name, prefix, causes):
    """Shared parts add linearly, own parts in quadrature, cause by cause."""
    squares = 0.0
    for cause in causes:
        sigma = (rows[prefix + cause] * rows[name]).dropna()
        shared = getattr(BUDGET, f"{cause}_shared")[1]
        squares += shared * sigma.sum() ** 2 + (1 - shared) * (sigma**2).sum()
    return np.sqrt(squares) / rows[name].sum()


@pytest.mark.parametrize("known", [True, False])
def test_every_level_and_use_by_hand(known):
    where = communes() if known else communes().iloc[:0]
    rows = with_sigma(buildings())
    if not known:
        rows["commune_code"] = None
    totals = with_territory_p90(territory_totals(rows, where, "Tout"), rows, where, BUDGET)
    assert isinstance(totals, gpd.GeoDataFrame)
    for _, total in totals.iterrows():
        inside = rows
        if total["level"] == "commune":
            inside = rows[rows["commune_code"] == total["code"]]
        elif total["level"] == "epci":
            inside = rows[rows["commune_code"].isin(["62A01", "62A02"])]
            inside = inside if total["code"] == "E1" else inside.iloc[:0]
        if total["usage"] != "all":
            inside = inside[inside["usage"] == total["usage"]]
        if not inside["annual_energy_kwh"].sum() > 0:
            assert not total["annual_energy_p90_kwh"] > 0
            continue
        for median, low, energy, prefix, causes in (
            ("annual_energy_kwh", "annual_energy_p90_kwh", "annual_energy_kwh", SIGMA, CAUSES),
            (
                "specific_yield_kwh_per_kwp", "specific_yield_p90_kwh_per_kwp",
                "annual_energy_kwh", SIGMA, YIELD_CAUSES,
            ),
            (
                "advised_energy_kwh", "advised_energy_p90_kwh", "advised_energy_kwh",
                ADVISED_SIGMA, CAUSES,
            ),
        ):  # fmt: skip
            sigma = by_hand(inside, energy, prefix, causes)
            assert total[low] == pytest.approx(total[median] * (1 - 1.2816 * sigma))


def test_whole_alone_where_no_commune_is_known():
    none = communes().iloc[:0]
    rows = with_sigma(buildings()).assign(commune_code=pd.Series([np.nan] * 6, dtype="float64"))
    totals = with_territory_p90(territory_totals(rows, none, "Tout"), rows, none, BUDGET)
    assert set(totals["level"]) == {"whole"}
    assert totals["annual_energy_p90_kwh"].notna().all()
