"""The reference scene: its surface, weather, samples with true normals, and the traced truth."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd
import rasterio

from cadastre import parameters
from cadastre.exchange import Horizons, Samples, Surface, WeatherSeries
from cadastre.grid import Grid
from cadastre.irradiance.plane_of_array import SampleIrradiation, sample_irradiation
from cadastre.shading.horizon import horizons
from cadastre.sky.cumulative_sky import cumulative_sky
from tests.shared_data import reference_file

COMPONENTS = ("beam", "sky_diffuse", "reflected")


@dataclass(frozen=True)
class Scene:
    """``truth`` by component (n, 12); ``kept``: share of the free beam each sample keeps."""

    surface: Surface
    weather: WeatherSeries
    samples: Samples
    planes: pd.DataFrame
    truth: dict[str, np.ndarray]
    kept: np.ndarray

    @property
    def sunlit(self) -> np.ndarray:
        return self.kept >= 0.95

    @property
    def shaded(self) -> np.ndarray:
        return self.kept < 0.80


def read_weather() -> WeatherSeries:
    data = pd.read_csv(reference_file("irradiation", "weather.csv"), index_col=0, parse_dates=True)
    return WeatherSeries(
        data, 50.4325, 2.79, 35.0, 60, "csv", "référence", "référence", typical_year=False
    )


@functools.lru_cache(maxsize=1)
def read_scene() -> Scene:
    with rasterio.open(reference_file("irradiation", "DSM.tif")) as source:
        dsm, transform = source.read(1), source.transform
    with rasterio.open(reference_file("irradiation", "DTM.tif")) as source:
        dtm = source.read(1)
    grid = Grid("EPSG:2154", transform.c, transform.f, transform.a, *dsm.shape)
    table = pd.read_csv(reference_file("irradiation", "samples.csv"))
    count = len(table)
    normal = table[["nx", "ny", "nz"]].to_numpy()
    # one plane a sample: the true plane of the point, through the point
    samples = Samples(
        np.arange(count + 1), grid.x_min + table["x"].to_numpy(),
        grid.y_min + table["y"].to_numpy(), table["z"].to_numpy(),
        table["row"].to_numpy(np.int32), table["col"].to_numpy(np.int32),
        np.ones(count, np.float32),
    )  # fmt: skip
    planes = pd.DataFrame(
        {
            "plane_a": -normal[:, 0] / normal[:, 2],
            "plane_b": -normal[:, 1] / normal[:, 2],
            "surface_tilt": table["tilt"],
            "surface_azimuth": table["az"],
        }
    )
    with np.load(reference_file("irradiation", "radiance_exact.npz")) as traced:
        truth = {
            "beam": traced["beam"], "sky_diffuse": traced["dif"], "reflected": traced["refl"],
        }  # fmt: skip
        kept = traced["beam"].sum(axis=1) / traced["free_beam"].sum(axis=1)
    return Scene(Surface(grid, dsm, dtm, None), read_weather(), samples, planes, truth, kept)


def irradiation_of(
    scene: Scene, surface: Surface | None = None, sectors: int = 72
) -> tuple[SampleIrradiation, Horizons]:
    """Ours, on the surface model given (or another one), with the true normals."""
    rules = parameters.Horizon(sector_count=sectors)
    found = horizons(surface or scene.surface, scene.samples, scene.planes, None, rules, 0.0)
    light = sample_irradiation(
        scene.planes["surface_tilt"].to_numpy(), scene.planes["surface_azimuth"].to_numpy(),
        scene.samples, found, cumulative_sky(scene.weather, parameters.Sky(), sectors),
        parameters.Sky(),
    )  # fmt: skip
    return light, found


def error_table(scene: Scene, light: SampleIrradiation) -> pd.DataFrame:
    """Bias and RMSE of each component and month, kWh/m², beside the truth's mean."""
    rows = []
    for name in (*COMPONENTS, "total"):
        truth = sum(scene.truth.values()) if name == "total" else scene.truth[name]
        for month in (*range(12), None):
            ours = getattr(light, name)
            ours, true = (
                (ours.sum(axis=1), truth.sum(axis=1))
                if month is None
                else (ours[:, month], truth[:, month])
            )
            error = ours - true
            row = {"component": name, "month": "year" if month is None else month + 1,
                   "truth": true.mean(), "bias": error.mean()}  # fmt: skip
            for label, chosen in (("all", slice(None)), ("sunlit", scene.sunlit),
                                  ("shaded", scene.shaded)):  # fmt: skip
                row[f"rmse_{label}"] = float(np.sqrt((error[chosen] ** 2).mean()))
            rows.append(row)
    return pd.DataFrame(rows)
