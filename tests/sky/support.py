"""Weather made for tests, and pvlib hour by hour, which knows nothing of our tables."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pvlib

from cadastre.exchange import WeatherSeries

LATITUDE, LONGITUDE, ALTITUDE = 50.4325, 2.79, 35.0


@functools.lru_cache(maxsize=4)
def made_weather(first: int = 2021, years: int = 1, seed: int = 0) -> WeatherSeries:
    """Hours of clear sky under random clouds, split by Erbs, GHI closed on DNI and DHI."""
    index = pd.date_range(f"{first}-01-01", f"{first + years}-01-01", freq="h", tz="UTC")[:-1]
    middle = index + pd.Timedelta(minutes=30)
    sun = pvlib.solarposition.get_solarposition(middle, LATITUDE, LONGITUDE, ALTITUDE)
    clear = pvlib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"].to_numpy()
    rng = np.random.default_rng(seed)
    cloud = np.clip(np.repeat(rng.beta(1.1, 1.0, len(index) // 6 + 1), 6)[: len(index)], 0.08, 1)
    ghi = clear * cloud
    parts = pvlib.irradiance.erbs(pd.Series(ghi, middle), sun["zenith"], middle.day_of_year)
    zenith = sun["apparent_zenith"].to_numpy()
    dni = np.where(zenith < 87.0, np.asarray(parts["dni"]), 0.0)
    dhi = np.maximum(ghi - dni * np.cos(np.radians(zenith)), 0.0)
    data = pd.DataFrame(
        {"ghi": ghi, "dni": dni, "dhi": dhi, "temp_air": 10.0, "wind_speed": 3.0}, index=index
    )
    return WeatherSeries(
        data, LATITUDE, LONGITUDE, ALTITUDE, 60, "csv", "essai", "essai", typical_year=False
    )


def pvlib_months(
    weather: WeatherSeries,
    tilt: np.ndarray,
    azimuth: np.ndarray,
    albedo: float = 0.2,
    model: str = "perez",
) -> np.ndarray:
    """Irradiation by pvlib, hour by hour: (planes, 12, 4), beam, sky diffuse, ground, total."""
    times = weather.data.index + pd.Timedelta(minutes=weather.step_minutes / 2)
    sun = pvlib.solarposition.get_solarposition(
        times, weather.latitude, weather.longitude, weather.altitude
    )
    extra = pvlib.irradiance.get_extra_radiation(pd.Series(times.day_of_year, times))
    airmass = pvlib.atmosphere.get_relative_airmass(sun["apparent_zenith"])
    data = weather.data.set_axis(times)
    columns = ["poa_direct", "poa_sky_diffuse", "poa_ground_diffuse", "poa_global"]
    out = []
    for one_tilt, one_azimuth in zip(tilt, azimuth, strict=True):
        poa = pvlib.irradiance.get_total_irradiance(
            one_tilt, one_azimuth, sun["apparent_zenith"], sun["azimuth"], data["dni"],
            data["ghi"], data["dhi"], dni_extra=extra, airmass=airmass, albedo=albedo,
            model=model,
        )  # fmt: skip
        months = poa[columns].groupby(np.asarray(times.month)).sum().to_numpy()
        out.append(months * weather.step_minutes / 60.0 / 1000.0)
    return np.array(out)
