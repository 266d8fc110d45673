"""``verifier``: the results on disk, looked at again from outside the run that made them."""

from __future__ import annotations

import pandas as pd

from cadastre.aggregation.checks import check_conservation
from cadastre.pipeline.delivery import read_results
from cadastre.pipeline.ingest import STAGE
from cadastre.pipeline.state_of import stale_tiles
from cadastre.pipeline.store import Store
from cadastre.pipeline.territory import Territory
from cadastre.publishing.texts_fr.checks import fault_sentence
from cadastre.schema import TABLES, faults

_MOST_OVERHANG, _SMALL_M2 = 1.5, 10.0
TABLES_CHECKED = ("buildings", "roof_planes", "modules", "territories")
_CHECKS = ("conservation", "coherence", "overhang", "stale", "errors")


def check_results(territory: Territory) -> tuple[int, list[str]]:
    """Check conservation, ranges, coverage and freshness.

    Returns
    -------
    tuple
        How many kinds of checks were made; the faults, French sentences.
    """
    results = read_results(territory)
    tables = results.tables
    found = [
        fault_sentence(f"table:{fault}")
        for name, table in tables.items()
        for fault in faults(table, TABLES[name])
    ]
    footprints = _footprint_ids(territory)
    if footprints is not None:
        found += [
            fault_sentence(fault)
            for fault in check_conservation(
                footprints, tables["buildings"], tables["roof_planes"], tables["territories"]
            )
        ]
    found += [fault_sentence(fault) for fault in _coherence(tables)]
    stale = stale_tiles(territory)
    if stale:
        found.append(fault_sentence("stale_inputs" if stale < 0 else f"stale_tiles:{stale}"))
    errors = int((tables["buildings"]["status"] == "error").sum())
    if errors:
        found.append(fault_sentence(f"error_buildings:{errors}"))
    return len(TABLES_CHECKED) + len(_CHECKS), found


def _footprint_ids(territory: Territory) -> pd.Series | None:
    store = Store(territory.store_root)
    product = store.read_product(STAGE, "territoire")
    if product is None:
        return None
    return store.table(product, "batiments.parquet")["building_id"].astype(str)


def _coherence(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Facts that hold row by row, whatever the figures."""
    buildings, planes, modules = tables["buildings"], tables["roof_planes"], tables["modules"]
    found = []
    above = planes["irradiation_kwh_m2"] > planes["irradiation_unshaded_kwh_m2"] * 1.02 + 1.0
    if above.any():
        found.append(f"shade_adds:{int(above.sum())}:{planes.loc[above, 'plane_id'].iloc[0]}")
    high = buildings["annual_energy_p90_kwh"] > buildings["annual_energy_kwh"] + 1e-6
    if high.any():
        found.append(
            f"p90_above_p50:{int(high.sum())}:{buildings.loc[high, 'building_id'].iloc[0]}"
        )
    laid = modules.groupby("plane_id").size()
    stated = planes.set_index("plane_id")["module_count"].fillna(0).astype(int)
    off = stated[stated != laid.reindex(stated.index).fillna(0).astype(int)]
    if len(off):
        found.append(f"modules_miscounted:{len(off)}:{off.index[0]}")
    outside = _overhanging(buildings, planes)
    if outside:
        found.append(f"roof_beyond_footprint:{len(outside)}:{outside[0]}")
    return found


def _overhanging(buildings: pd.DataFrame, planes: pd.DataFrame) -> list[str]:
    """List the buildings whose planes cover far more ground than their footprint."""
    cover = planes.groupby("building_id")["area_horizontal_m2"].sum()
    ground = buildings.set_index("building_id")["footprint_area_m2"].reindex(cover.index)
    return list(cover.index[cover > _MOST_OVERHANG * ground + _SMALL_M2])
