"""The first stage: inputs read, repaired and joined once for the whole territory."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.errors import InputError
from cadastre.exchange import WeatherSeries
from cadastre.parameters import group_key
from cadastre.pipeline.fingerprints import Fingerprints
from cadastre.pipeline.ingest_places import (
    restricted,
    territory_communes,
    territory_sites,
    with_installed,
)
from cadastre.pipeline.raster_memory import RasterMemory
from cadastre.pipeline.store import (
    Store,
    fingerprint,
    json_bytes,
    table_bytes,
    table_from_bytes,
)  # fmt: skip
from cadastre.pipeline.territory import Territory
from cadastre.sources import joins
from cadastre.sources.addresses import read_addresses
from cadastre.sources.boundaries import read_iris, read_parcels
from cadastre.sources.climate import embedded_weather
from cadastre.sources.constraints import read_protections
from cadastre.sources.elevation import Mosaic
from cadastre.sources.empty_files import files_with_rows
from cadastre.sources.footprints import read_footprints
from cadastre.sources.joins_addresses import join_addresses
from cadastre.sources.lidar_index import dates_of_files, read_flight_dates
from cadastre.sources.notes import Notes
from cadastre.sources.pointcloud import PointTiles
from cadastre.sources.remote import address_of, at_hand
from cadastre.sources.rnb import read_rnb
from cadastre.sources.weather_cells import WeatherCells, read_weather_cells

STAGE = "etapes/ingestion"
VERSION = 4
_JOINED = (
    "batiments", "communes", "epci", "iris", "parcelles", "rnb", "bdnb", "adresses", "protections",
    "meteo", "registre_pv", "production_pv", "parkings", "friches",
)  # fmt: skip


_MAY_BE_EMPTY = ("iris", "parcelles", "adresses", "protections")


@dataclass(frozen=True)
class Rasters:
    """The opened surface inputs of a territory; None where the territory names none."""

    mns: Mosaic | None
    mnt: Mosaic | None
    relief: Mosaic | None
    points: PointTiles | None


@dataclass(frozen=True)
class Ingested:
    """What ingestion leaves: tables in the territory's CRS, weather, notes of what was met.

    ``buildings`` have geometries until the plan is made; ``reread`` when it did not come from the
    shelf.
    """

    key: str
    buildings: pd.DataFrame
    communes: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    weathers: tuple[WeatherSeries, ...]
    notes: list[dict[str, object]]
    reread: bool = False

    @property
    def weather(self) -> WeatherSeries:
        """Series of the cell most buildings lie in (the first by name on a tie)."""
        counts = self.buildings["weather_cell_id"].value_counts()
        return max(self.weathers, key=lambda one: int(counts.get(one.cell_id, 0)))


def intake(buildings: pd.DataFrame) -> dict[str, int]:
    """Count the footprints read: ``total``, ``left`` to compute, ``excluded``, ``error``."""
    status = buildings["status"].astype("string").fillna("left")
    counts = status.value_counts()
    return {"total": len(buildings)} | {
        name: int(counts.get(name, 0)) for name in ("left", "excluded", "error")
    }


def open_rasters(territory: Territory, notes: Notes) -> Rasters:
    """Open every raster and point file of the territory (headers, and a few blocks once)."""
    limits = territory.parameters.sources
    memory = RasterMemory(Store(territory.store_root))
    index = territory.inputs.get("index_lidar")
    flights = read_flight_dates([str(at_hand(one)) for one in index], notes) if index else {}

    def mosaic(kind: str) -> Mosaic | None:
        paths = territory.inputs.get(kind)
        if not paths:
            return None
        dates = dates_of_files(paths, flights)
        return Mosaic.open(list(paths), territory.crs, notes, kind, limits, dates, memory.look)

    points = territory.inputs.get("lidar")
    opened = Rasters(
        mosaic("mns"),
        mosaic("mnt"),
        mosaic("relief"),
        PointTiles.open(
            list(points),
            territory.crs,
            notes,
            "mns" in territory.inputs,
            limits,
            dates_of_files(points, flights),
        )
        if points
        else None,
    )
    memory.save()
    return opened


def ingestion_key(territory: Territory, prints: Fingerprints) -> str:
    """Key of the ingestion: input files, how they are read, software version of the stage."""
    told = ingestion_parts(territory, prints)
    contents = {kind: list(files.values()) for kind, files in told.pop("fichiers").items()}
    return fingerprint("ingestion", told, contents)


def ingestion_parts(territory: Territory, prints: Fingerprints) -> dict[str, Any]:
    """Say what the ingestion is made of: ``fichiers`` by kind and name, settings, version."""
    parameters = territory.parameters
    scope = (territory.commune_codes, territory.epci_codes, territory.building_id_column)
    return {
        "fichiers": {
            kind: {address_of(path) or path: prints.of(path) for path in territory.inputs[kind]}
            for kind in _JOINED
            if kind in territory.inputs
        },
        "version": str(VERSION),
        "parametres.sources": group_key(parameters.sources),
        "parametres.climate": group_key(parameters.climate),
        "zone": fingerprint(territory.crs, scope),
    }


def ingest(
    territory: Territory,
    store: Store,
    prints: Fingerprints,
    rasters: Rasters,
    keep: bool = True,
) -> Ingested:
    """Return the ingested territory, from the shelf when nothing it was made of has changed.

    Without ``keep`` what is read again is not shelved.
    """
    key = ingestion_key(territory, prints)
    if store.read_product(STAGE, "territoire", key) is not None:
        return _unpacked(key, lambda ending: store.read_bytes(STAGE, f"territoire.{ending}"))
    files = _read_everything(territory, rasters)
    if keep:
        facts = {"made_of": ingestion_parts(territory, prints)}
        store.write_product(STAGE, "territoire", key, files, facts)
        if store.read_product(STAGE, "territoire", key) is None:
            raise InputError("store_not_kept", folder=store.root)
    return dataclasses.replace(_unpacked(key, files.__getitem__), reread=True)


def _read_everything(territory: Territory, rasters: Rasters) -> dict[str, bytes]:
    """Read, repair and join the inputs: the files of the product, by ending."""
    notes = Notes()
    territory = _without_empty_files(territory, notes)
    inputs = territory.inputs
    bounds = _surface_bounds(rasters)
    limits = territory.parameters.sources
    buildings = read_footprints(
        list(inputs["batiments"]), territory.crs, territory.building_id_column, notes, bounds,
        limits,
    )  # fmt: skip
    if len(buildings) == 0:
        raise InputError("no_building", files=inputs["batiments"])
    communes = territory_communes(territory, notes)
    if len(communes):
        buildings = joins.join_communes(buildings, communes, notes, limits)
    elif "commune_code" not in buildings.columns:
        buildings["commune_code"] = pd.Series(pd.NA, index=buildings.index, dtype="string")
    if territory.commune_codes or territory.epci_codes:
        communes, buildings = restricted(territory, communes, buildings, notes)
    parcels = None
    if "parcelles" in inputs:
        parcels = read_parcels(list(inputs["parcelles"]), territory.crs, notes)
    buildings = _joined(territory, buildings, parcels, notes)
    sites = territory_sites(territory, communes, parcels, notes)
    communes = with_installed(territory, communes, notes)
    weather = _weather(territory, buildings, notes)
    names = np.array([series.cell_id for series in weather.series], dtype=object)
    cells = pd.Series(names[weather.cell], index=buildings.index, dtype="string")
    buildings["weather_cell_id"] = cells.mask(weather.cell < 0)
    facts = [
        {
            field.name: getattr(series, field.name)
            for field in dataclasses.fields(series)
            if field.name != "data"
        }
        for series in weather.series
    ]
    series_files = {
        f"meteo_{series.cell_id}.parquet": table_bytes(series.data.reset_index(names="time"))
        for series in weather.series
    }
    return {
        "batiments.parquet": table_bytes(buildings.sort_values("building_id", kind="stable")),
        "communes.parquet": table_bytes(communes),
        "sites.parquet": table_bytes(sites),
        **series_files,
        "constats.json": json_bytes({"notes": notes.table(), "weather": facts}),
    }


def _without_empty_files(territory: Territory, notes: Notes) -> Territory:
    """Leave out the optional files that hold no row; a kind left without a file is not there."""
    inputs = dict(territory.inputs)
    for kind in (kind for kind in _MAY_BE_EMPTY if kind in inputs):
        inputs[kind] = tuple(files_with_rows(kind, inputs[kind], notes))
        if not inputs[kind]:
            del inputs[kind]
    return dataclasses.replace(territory, inputs=inputs)


def _joined(
    territory: Territory,
    buildings: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None,
    notes: Notes,
) -> gpd.GeoDataFrame:
    """Join what the territory names; parcels before addresses, which name parcels."""
    limits, crs = territory.parameters.sources, territory.crs

    def paths(kind: str) -> list[str]:
        return list(territory.inputs[kind])

    if "bdnb" in territory.inputs:
        others = read_footprints(paths("bdnb"), crs, None, notes, None, limits)
        buildings = joins.join_descriptions(buildings, others, limits)
    if "iris" in territory.inputs:
        buildings = joins.join_iris(buildings, read_iris(paths("iris"), crs, notes), limits)
    if parcels is not None:
        buildings = joins.join_parcels(buildings, parcels)
    if "rnb" in territory.inputs:
        buildings = joins.join_rnb(buildings, read_rnb(paths("rnb"), crs, notes))
    if "adresses" in territory.inputs:
        addresses = read_addresses(paths("adresses"), crs, notes)
        buildings = join_addresses(buildings, addresses, limits)
    if "protections" in territory.inputs:
        zones = read_protections(paths("protections"), crs, notes)
        buildings = joins.join_protections(buildings, zones)
    return buildings


def _unpacked(key: str, content: Callable[[str], bytes]) -> Ingested:
    facts = json.loads(content("constats.json"))
    weathers = []
    for told in facts["weather"]:
        data = table_from_bytes(content(f"meteo_{told['cell_id']}.parquet")).set_index("time")
        data.index.name = None
        weathers.append(WeatherSeries(data=data, **told))
    return Ingested(
        key,
        table_from_bytes(content("batiments.parquet")),
        table_from_bytes(content("communes.parquet")),
        table_from_bytes(content("sites.parquet")),
        tuple(weathers),
        facts["notes"],
    )


def _surface_bounds(rasters: Rasters) -> tuple[float, float, float, float] | None:
    boxes = [rasters.mns.grid.bounds] if rasters.mns else []
    boxes += [rasters.points.bounds] if rasters.points else []
    if not boxes:
        return None
    low = np.min(np.array(boxes)[:, :2], axis=0)
    high = np.max(np.array(boxes)[:, 2:], axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _weather(territory: Territory, buildings: gpd.GeoDataFrame, notes: Notes) -> WeatherCells:
    """Return the weather cells in use and the one of each building."""
    paths = territory.inputs.get("meteo")
    parameters = territory.parameters
    if not paths:
        series = embedded_weather(climate=parameters.climate)
        return WeatherCells((series,), np.zeros(len(buildings), dtype=np.int64))
    places = joins.representative_points(buildings)
    outside = joins.outside_territory(buildings)
    if np.isfinite(
        shapely.get_x(places[~outside])
    ).any():  # else they all say where the weather is wanted
        places[outside] = None
    points = gpd.GeoSeries(places, crs=territory.crs)
    degrees = points.to_crs("EPSG:4326")
    cells = read_weather_cells(
        list(paths), degrees.y.to_numpy(), degrees.x.to_numpy(), notes, parameters.sources,
        parameters.climate,
    )  # fmt: skip
    return dataclasses.replace(cells, cell=np.where(outside, -1, cells.cell))
