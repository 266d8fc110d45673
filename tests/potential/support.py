"""Inputs made here, without the package: weather by pvlib, planes, random polygons."""

from __future__ import annotations

import functools
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pvlib
import shapely

from cadastre.exchange import SkyHours, WeatherSeries

LATITUDE, LONGITUDE, ALTITUDE, ALBEDO = 50.43, 2.83, 35.0, 0.2
CRS = "EPSG:2154"


@functools.cache
def weather(years: int = 1) -> WeatherSeries:
    """Hourly years: Ineichen clear sky, seeded hours of cloud, split by Erbs."""
    times = pd.date_range("2019-01-01", f"{2018 + years}-12-31 23:00", freq="h", tz="UTC")
    place = pvlib.location.Location(LATITUDE, LONGITUDE, "UTC", ALTITUDE)
    middle = times + pd.Timedelta(minutes=30)
    random = np.random.default_rng(4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas names pvlib uses
        sun = place.get_solarposition(middle)
        clear = place.get_clearsky(middle, solar_position=sun, linke_turbidity=3.4)
        cover = np.repeat(random.beta(0.9, 0.7, len(times) // 24), 24)
        cloudy = random.random(len(times)) < cover
        ghi = clear["ghi"].to_numpy() * np.where(
            cloudy, random.uniform(0.15, 0.7, len(times)), 0.97
        )
        split = pvlib.irradiance.erbs(ghi, sun["zenith"], middle)
    dni = np.where(sun["apparent_elevation"] > 1.0, split["dni"], 0.0)
    dhi = ghi - dni * np.maximum(np.cos(np.radians(sun["apparent_zenith"].to_numpy())), 0.0)
    hour = np.arange(len(times))
    warm = 11.0 - 8.0 * np.cos(2 * np.pi * (hour - 480) / 8766.0)
    data = pd.DataFrame(
        {
            "ghi": ghi,
            "dni": dni,
            "dhi": np.maximum(dhi, 0.0),
            "temp_air": warm + 3.0 * np.sin(2 * np.pi * (hour % 24 - 8) / 24.0),
            "wind_speed": 3.5 + random.normal(0.0, 0.5, len(times)),
        },
        index=times,
    )
    return WeatherSeries(
        data, LATITUDE, LONGITUDE, ALTITUDE, 60, "csv", "synthetic", "cell", False
    )


@functools.cache
def sky(years: int = 1) -> SkyHours:
    """Sun and Perez parts of the same series, written out from pvlib's own components."""
    series = weather(years)
    middle = series.data.index + pd.Timedelta(minutes=30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sun = pvlib.solarposition.get_solarposition(middle, LATITUDE, LONGITUDE, ALTITUDE)
        extra = pvlib.irradiance.get_extra_radiation(middle)
    zenith, azimuth = sun["apparent_zenith"].to_numpy(), sun["azimuth"].to_numpy()
    up = zenith < 90.0
    dni, dhi = series.data["dni"].to_numpy(), series.data["dhi"].to_numpy()
    airmass = pvlib.atmosphere.get_relative_airmass(zenith)
    parts = pvlib.irradiance.perez(
        90.0, azimuth, dhi, dni, np.asarray(extra), zenith, azimuth, airmass,
        return_components=True,
    )  # fmt: skip
    isotropic = np.where(up, 2.0 * np.asarray(parts["poa_isotropic"]), dhi)
    band = np.where(up, np.asarray(parts["poa_horizon"]), 0.0)
    isotropic, band = np.nan_to_num(isotropic, nan=0.0), np.nan_to_num(band, nan=0.0)
    cosine = np.maximum(np.cos(np.radians(zenith)), np.cos(np.radians(85.0)))
    around = np.where(up, (dhi - isotropic) / cosine, 0.0)
    step = np.flatnonzero(up)
    z, a = np.radians(zenith[step]), np.radians(azimuth[step])
    vector = np.stack([np.sin(z) * np.sin(a), np.sin(z) * np.cos(a), np.cos(z)], axis=1)
    return SkyHours(
        times=series.data.index,
        step_minutes=60,
        ghi=series.data["ghi"].to_numpy(),
        isotropic=isotropic,
        horizon_band=band,
        step=step,
        solar_azimuth=azimuth[step],
        solar_elevation=90.0 - zenith[step],
        vector=vector,
        beam=dni[step],
        circumsolar=around[step],
        horizon_band_deg=6.5,
    )


def star_polygons(count: int, seed: int) -> np.ndarray:
    """Random simple polygons, up to two holes, metres around the origin of each."""
    random = np.random.default_rng(seed)
    out = np.empty(count, dtype=object)
    for i in range(count):
        corners = random.integers(3, 11)
        angle = np.sort(random.uniform(0, 2 * np.pi, corners))
        radius = random.uniform(1.5, 9.0, corners)
        shape = shapely.Polygon(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))
        if not shape.is_valid:
            shape = shapely.convex_hull(shape)
        for _ in range(random.integers(0, 3)):
            x, y = random.uniform(-4, 4, 2)
            shape = shape.difference(shapely.box(x, y, x + random.uniform(0.2, 2), y + 0.9))
        out[i] = shape
    return out


def planes_of(
    outlines: np.ndarray, tilt: np.ndarray, azimuth: np.ndarray, spacing: float = 40.0
) -> gpd.GeoDataFrame:
    """Planes table of outlines in plan, each moved to its own place, one building each."""
    count = len(outlines)
    x0 = 685_000.0 + spacing * (np.arange(count) % 100)
    y0 = 7_037_000.0 + spacing * (np.arange(count) // 100)
    slope, facing = np.tan(np.radians(tilt)), np.radians(azimuth)
    moved = [shapely.affinity.translate(shape, x, y) for shape, x, y in zip(outlines, x0, y0)]
    area = shapely.area(outlines)
    return gpd.GeoDataFrame(
        {
            "plane_id": [f"b{i:05d}/0" for i in range(count)],
            "building_id": [f"b{i:05d}" for i in range(count)],
            "surface_tilt": np.asarray(tilt, float),
            "surface_azimuth": np.where(np.asarray(tilt) < 1e-6, np.nan, azimuth),
            "plane_a": -slope * np.sin(facing),
            "plane_b": -slope * np.cos(facing),
            "plane_c": 8.0,
            "plane_x0": x0,
            "plane_y0": y0,
            "area_horizontal_m2": area,
            "area_sloped_m2": area / np.cos(np.radians(tilt)),
            "plane_source": "lidar",
            "fit_rmse_m": 0.05,
            "quality_flag": "ok",
        },
        geometry=moved,
        crs=CRS,
    )
