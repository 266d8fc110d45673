"""What passes from room to room besides tables: frozen values with checked shapes.

Rooms do not import each other; the pipeline hands these values on. Coordinates are metres in the
CRS of the territory, angles degrees clockwise from *grid* north unless a name says true north,
energy kWh per m² of sloped area. Arrays are not to be modified by those who receive them.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre.grid import Grid

WEATHER_COLUMNS = ("ghi", "dni", "dhi", "temp_air", "wind_speed")


@dataclass(frozen=True)
class WeatherSeries:
    """Regular weather of one cell, one or many years.

    ``data`` has a UTC DatetimeIndex (label = start of the interval, the sun stands at
    mid-interval) and the columns of ``WEATHER_COLUMNS``: ghi, dni, dhi in W/m², temp_air in °C,
    wind_speed in m/s; no NaN. ``origin`` is ``embedded``, ``epw``, ``pvgis`` or ``csv``.
    ``typical_year`` is true where months of different years were joined (TMY): its labels then
    carry one conventional year and say nothing of interannual spread.
    """

    data: pd.DataFrame
    latitude: float
    longitude: float
    altitude: float
    step_minutes: int
    origin: str
    label: str
    cell_id: str
    typical_year: bool


@dataclass(frozen=True)
class Surface:
    """Surface model and terrain on one grid; float32, NaN where unknown.

    ``dtm`` may be all NaN. ``vegetation`` (bool) marks pixels known to be trees, or is None
    where nothing tells trees from buildings.
    """

    grid: Grid
    dsm: NDArray[np.float32]
    dtm: NDArray[np.float32]
    vegetation: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class PointCloud:
    """Classified LiDAR points: x, y, z float64 (n,), classification uint8 (n,)."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    classification: NDArray[np.uint8]


@dataclass(frozen=True)
class Roofs:
    """What the room ``roofs`` (or a LoD2 model) knows of a set of buildings.

    ``planes``: GeoDataFrame of schema table ``roof_planes_geometry`` (plane_id, building_id,
    surface_tilt, surface_azimuth, plane_a, plane_b, plane_c with z = a (x - x0) + b (y - y0) + c
    and (x0, y0) = plane_x0, plane_y0; areas, plane_source, fit_rmse_m, quality_flag, geometry in
    plan). ``obstacles``: GeoDataFrame plane_id, kind, height_m, geometry in plan.
    ``quality``: DataFrame by building_id: status, status_reason, points_per_m2, explained_share,
    vegetation_share, shift_x_m, shift_y_m.
    """

    planes: gpd.GeoDataFrame
    obstacles: gpd.GeoDataFrame
    quality: pd.DataFrame


@dataclass(frozen=True)
class Samples:
    """Points of roof planes, sorted by plane then row then col of the tile's grid.

    Samples of plane ``i`` (row ``i`` of the planes table) are
    ``plane_start[i]:plane_start[i + 1]``. ``z`` is the height of the *plane*, not of the noisy
    pixel. ``area_m2`` is the horizontal area each sample stands for (sums to the plane's).
    """

    plane_start: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    row: NDArray[np.int32]
    col: NDArray[np.int32]
    area_m2: NDArray[np.float32]

    @property
    def plane_index(self) -> NDArray[np.int64]:
        """Row of the planes table of each sample, shape (n,)."""
        return np.repeat(np.arange(len(self.plane_start) - 1), np.diff(self.plane_start))


@dataclass(frozen=True)
class Horizons:
    """Skylines of samples.

    ``elevation`` float32 (n_samples, n_sectors), degrees, 0 where open; sector ``s`` is centred
    on azimuth ``s * 360 / n_sectors`` from true north. ``far_elevation`` (n_sectors,) or
    (n_samples, n_sectors): the part due to far relief alone, same unit, already joined by maximum
    in ``elevation``. ``sky_openness`` float32 (n_samples,): mean openness of what surrounds a
    sample, 0-1, which weights what the obstacles reflect.
    """

    elevation: NDArray[np.float32]
    far_elevation: NDArray[np.float32]
    sky_openness: NDArray[np.float32]


@dataclass(frozen=True)
class PlaneIrradiation:
    """Irradiation of planes, kWh per m² of sloped area; mean year over the weather years.

    ``direct`` (beam and circumsolar), ``sky_diffuse`` and ``reflected`` have shape
    (n_planes, 12), shaded, area-weighted over the plane's samples. ``unshaded`` (n_planes, 12)
    is the total of the same plane with a free horizon, ``near_only`` (n_planes,) the yearly
    total with near obstacles but no far relief. ``by_year`` (n_planes, n_years): yearly shaded
    totals by weather year. ``sample_year`` (n_samples,): yearly shaded total of each sample.
    NaN where a plane has no sample.
    """

    direct: NDArray[np.float64]
    sky_diffuse: NDArray[np.float64]
    reflected: NDArray[np.float64]
    unshaded: NDArray[np.float64]
    near_only: NDArray[np.float64]
    by_year: NDArray[np.float64]
    sky_view_factor: NDArray[np.float64]
    horizon_elevation: NDArray[np.float32]
    sample_year: NDArray[np.float32]

    @property
    def monthly(self) -> NDArray[np.float64]:
        """Shaded total by month, shape (n_planes, 12)."""
        return self.direct + self.sky_diffuse + self.reflected
