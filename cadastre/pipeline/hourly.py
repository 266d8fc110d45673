"""Production of one building hour by hour, on demand, from the skylines kept on the shelf.

The year of the tables and these hours come from the same skylines and the same weather; they
agree within the discretisation of the tables (about 1 %).
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.errors import InputError
from cadastre.exchange import Horizons, Samples, SkyHours
from cadastre.irradiance.hours import hourly_plane_of_array
from cadastre.parameters import Parameters
from cadastre.pipeline import roof_stage, shading_stage, weather_stage, yield_stage
from cadastre.pipeline.context import Context
from cadastre.pipeline.ingest import open_rasters
from cadastre.pipeline.store import Store
from cadastre.pipeline.territory import Territory
from cadastre.potential.building_hours import hourly_production
from cadastre.roofs.samples import samples_on_planes
from cadastre.sky.sun import sky_hours
from cadastre.sources.notes import Notes

WHOLE, ADVISED = "energy_kwh", "advised_energy_kwh"


def building_hours(territory: Territory, building_id: str, cell_id: str) -> pd.DataFrame:
    """Energy of a building at every step of the weather series of its cell, kWh.

    Parameters
    ----------
    territory
        Computed, its shelf (``etapes``) in place.
    building_id, cell_id
        Of the building, as the table ``buildings`` says.

    Returns
    -------
    pandas.DataFrame
        On the UTC start of each step: ``energy_kwh`` of all modules of the building and
        ``advised_energy_kwh`` of those of the advised planes; first year of the modules.

    Raises
    ------
    InputError
        The building carries no module, or the shelf no longer holds what it was made of.
    """
    store = Store(territory.store_root)
    planes, modules, tile_id = _from_shelf(store, building_id)
    if not len(modules):
        raise InputError("hours_without_module", building_id=building_id)
    tables, hours = _sky(store, cell_id, territory.parameters)
    samples, skylines, first = _seen(store, territory, tile_id)
    module, pv, sky = (
        territory.parameters.modules, territory.parameters.pv, territory.parameters.sky,
    )  # fmt: skip
    step_h = tables.weather.step_minutes / 60.0
    out = pd.DataFrame({WHOLE: 0.0, ADVISED: 0.0}, index=tables.weather.data.index)
    groups = modules.groupby(["plane_id", "surface_azimuth"], sort=True, dropna=False)
    for (plane_id, azimuth), group in groups:
        keep = _under(samples, first[str(plane_id)], group.geometry.to_numpy())
        tilt = float(group["surface_tilt"].iloc[0])
        light = hourly_plane_of_array(
            hours, tilt, float(azimuth), skylines.of(keep),
            samples.area_m2[keep], tables.sky, sky,
        )  # fmt: skip
        power = hourly_production(
            light, hours, tables.weather, tilt, float(azimuth), str(group["layout"].iloc[0]),
            module, pv,
        )  # fmt: skip
        energy = power.to_numpy() * step_h / 1000.0 * len(group) * module.power_wp / 1000.0
        out[WHOLE] += energy
        if bool(planes.loc[plane_id, "advised_flag"]):
            out[ADVISED] += energy
    return out


def _from_shelf(store: Store, building_id: str) -> tuple[pd.DataFrame, gpd.GeoDataFrame, str]:
    """Planes (on plane_id), modules and tile of a building."""
    for name in store.names(yield_stage.STAGE):
        tile_id, _, ending = name.partition(".")
        if ending != "json":
            continue
        product = store.read_product(yield_stage.STAGE, tile_id)
        if product is None:
            continue
        planes = store.table(product, "pans.parquet")
        mine = planes[planes["building_id"] == building_id]
        if len(mine):
            modules = store.table(product, "modules.parquet")
            modules = modules[modules["building_id"] == building_id]
            return mine.set_index("plane_id"), gpd.GeoDataFrame(modules), tile_id
    raise InputError("hours_without_module", building_id=building_id)


def _sky(
    store: Store, cell_id: str, parameters: Parameters
) -> tuple[weather_stage.CellTables, SkyHours]:
    product = store.read_product(weather_stage.STAGE, cell_id)
    if product is None:
        raise InputError("hours_stale", folder=store.root)
    tables = weather_stage.load_cell(store.root, cell_id, product.key)
    return tables, sky_hours(tables.weather, parameters.sky)


def _seen(
    store: Store, territory: Territory, tile_id: str
) -> tuple[Samples, Horizons, dict[str, slice]]:
    """Return samples of a tile, their skylines, and which samples are those of each plane."""
    roofs = store.read_product(roof_stage.STAGE, tile_id)
    shade = store.read_product(shading_stage.STAGE, tile_id)
    if roofs is None or shade is None:
        raise InputError("hours_stale", folder=store.root)
    planes = store.table(roofs, "pans.parquet")
    obstacles = store.table(roofs, "obstacles.parquet")
    context = Context(territory.crs, territory.parameters, open_rasters(territory, Notes()))
    grid = roof_stage.lattice_grid(context, tuple(planes.total_bounds))
    samples = samples_on_planes(
        yield_stage.without_obstacles(planes, obstacles), grid, territory.parameters.roofs
    )
    skylines = shading_stage.from_shelf(store, shade)
    if len(skylines.elevation) != len(samples.x):
        raise InputError("hours_stale", folder=store.root)
    start = samples.plane_start
    rows = {
        str(plane_id): slice(int(start[i]), int(start[i + 1]))
        for i, plane_id in enumerate(planes["plane_id"])
    }
    return samples, skylines, rows


def _under(samples: Samples, rows: slice, modules: NDArray) -> NDArray[np.int64]:
    """Return the samples under some modules of a plane; all of the plane where there is none."""
    every = np.arange(rows.start, rows.stop)
    field = shapely.union_all(modules)
    inside = shapely.contains_xy(field, samples.x[every], samples.y[every])
    return every[inside] if inside.any() else every
