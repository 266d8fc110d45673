"""Places of a territory: communes and what they already produce, car parks, brownfields."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from cadastre.errors import InputError
from cadastre.pipeline.territory import Territory
from cadastre.sources import joins
from cadastre.sources.boundaries import read_communes, read_epci, with_epci_names
from cadastre.sources.installed import join_installed, read_production, read_register
from cadastre.sources.notes import Notes
from cadastre.sources.sites import BROWNFIELDS, PARKINGS, join_sites, read_sites


def territory_communes(territory: Territory, notes: Notes) -> gpd.GeoDataFrame:
    """Read every commune of the input, with the names of their EPCI; empty where none is named."""
    if "communes" not in territory.inputs:
        names = ["commune_code", "commune_name", "epci_code", "epci_name"]
        empty = {name: pd.Series(dtype="string") for name in names}
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=territory.crs))
    communes = read_communes(list(territory.inputs["communes"]), territory.crs, notes)
    if "epci" in territory.inputs:
        bodies = read_epci(list(territory.inputs["epci"]), territory.crs, notes)
        communes = with_epci_names(communes, bodies)
    return communes


def with_installed(
    territory: Territory, communes: gpd.GeoDataFrame, notes: Notes
) -> gpd.GeoDataFrame:
    """Add what already produces in each commune."""
    inputs, limits = territory.inputs, territory.parameters.sources
    register = production = None
    if "registre_pv" in inputs:
        register = read_register(list(inputs["registre_pv"]), notes, limits)
    if "production_pv" in inputs:
        production = read_production(list(inputs["production_pv"]), notes)
    return join_installed(communes, register, production)


def territory_sites(
    territory: Territory,
    communes: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None,
    notes: Notes,
) -> gpd.GeoDataFrame:
    """Car parks and brownfields of the territory, on their parcels."""
    inputs, crs = territory.inputs, territory.crs
    found = [
        read_sites(list(inputs[kind]), kind, crs, notes)
        for kind in (PARKINGS, BROWNFIELDS) if kind in inputs
    ]  # fmt: skip
    if not found:
        return gpd.GeoDataFrame(
            {"site_id": pd.Series(dtype="string")}, geometry=gpd.GeoSeries([], crs=crs)
        )
    sites = gpd.GeoDataFrame(pd.concat(found, ignore_index=True), geometry="geometry", crs=crs)
    sites = join_sites(sites, communes, parcels, territory.parameters.sources)
    if (territory.commune_codes or territory.epci_codes) and len(communes):
        away = ~sites["commune_code"].isin(communes["commune_code"]).to_numpy()
        if away.any():
            notes.add("friches", "sites", "sites_outside", int(away.sum()), sites["site_id"][away])
        sites = sites[~away].reset_index(drop=True)
    return sites


def restricted(
    territory: Territory, communes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, notes: Notes
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Keep the communes that the territory names; buildings elsewhere are surroundings only."""
    named = communes["commune_code"].isin(territory.commune_codes)
    named |= communes["epci_code"].isin(territory.epci_codes)
    if len(communes) and not named.any():
        raise InputError(
            "territory_communes_absent",
            file=territory.inputs["communes"][0],
            codes=(*territory.commune_codes, *territory.epci_codes)[:5],
        )
    absent = sorted(set(territory.commune_codes) - set(communes["commune_code"]))
    if len(communes) and absent:
        notes.add("communes", territory.inputs["communes"][0], "communes_absent", len(absent),
                  absent)  # fmt: skip
    codes = set(communes["commune_code"][named]) | (
        set() if len(communes) else set(territory.commune_codes)
    )
    unknown = not len(communes) and buildings["commune_code"].isna().all()
    if not codes or unknown:
        notes.add("communes", territory.path, "territory_unbounded", len(buildings))
        return communes, buildings
    buildings = joins.restrict_to_communes(buildings, codes, notes)
    return communes[named].reset_index(drop=True), buildings
