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
import shapely
from numpy.typing import NDArray

from cadastre.grid import Grid

WEATHER_COLUMNS = ("ghi", "dni", "dhi", "temp_air", "wind_speed")
SET_ASIDE_COLUMNS = (
    "model_building_id", "model_object_id", "surface_number", "source_file", "reason",
    "area_sloped_m2", "building_id",
)  # fmt: skip


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
    where nothing tells trees from buildings. ``bare`` holds the heights without trees (roofs
    under crowns included) where somebody worked them out.
    """

    grid: Grid
    dsm: NDArray[np.float32]
    dtm: NDArray[np.float32]
    vegetation: NDArray[np.bool_] | None = None
    bare: NDArray[np.float32] | None = None

    def without_trees(self) -> NDArray[np.float32] | None:
        """Heights without trees; None where no tree is known."""
        if self.bare is not None:
            return self.bare
        if self.vegetation is None or not self.vegetation.any():
            return None
        return np.where(self.vegetation, self.dtm, self.dsm).astype(np.float32)


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
    vegetation_share, shift_x_m, shift_y_m. ``set_aside``: surfaces of a 3D model that became part
    of no plane, with their reason (columns of ``SET_ASIDE_COLUMNS``); None for other sources.
    """

    planes: gpd.GeoDataFrame
    obstacles: gpd.GeoDataFrame
    quality: pd.DataFrame
    set_aside: pd.DataFrame | None = None

    def of(self, building_ids: pd.Series | set[str]) -> Roofs:
        """Planes, obstacles and quality of some buildings, without what was set aside."""
        planes = self.planes[self.planes["building_id"].isin(building_ids)]
        obstacles = self.obstacles[self.obstacles["plane_id"].isin(planes["plane_id"])]
        return Roofs(
            planes, obstacles, self.quality[self.quality["building_id"].isin(building_ids)]
        )


@dataclass(frozen=True)
class ModelFaces:
    """Faces of a 3D city model that are roofs, or may be; nothing is matched or fitted yet.

    ``vertices`` float64 (n, 3): x, y in the CRS of the territory, z in metres as the model gives
    it. Ring ``r`` is ``vertices[ring_start[r]:ring_start[r + 1]]`` (not closed), face ``f`` has
    the rings ``face_start[f]:face_start[f + 1]``, its outline first, then its holes.

    ``faces`` (one row a face): ``object`` (row of ``objects``), ``surface_number`` (rank of the
    surface in its object, from 0), ``surface_kind`` (``roof`` where the model says so, ``untyped``
    where it says nothing), ``lod`` (2.2, 2.0...; NaN when not said).
    ``objects``: ``model_object_id``, ``building`` (row of ``buildings``), ``attributes`` (JSON),
    ``x_min``, ``y_min``, ``x_max``, ``y_max`` of its faces (NaN without face).
    ``buildings``: ``model_building_id`` (unique), ``source_file`` (name), ``attributes`` (JSON).
    ``set_aside``: surfaces that could not be read, with the columns of ``SET_ASIDE_COLUMNS``.
    """

    crs: str
    vertices: NDArray[np.float64]
    ring_start: NDArray[np.int64]
    face_start: NDArray[np.int64]
    faces: pd.DataFrame
    objects: pd.DataFrame
    buildings: pd.DataFrame
    set_aside: pd.DataFrame

    def polygons(self) -> NDArray[np.object_]:
        """Faces as 3D polygons, shape (n_faces,); rings of fewer than three points are refused."""
        rings = np.repeat(np.arange(len(self.ring_start) - 1), np.diff(self.ring_start))
        faces = np.repeat(np.arange(len(self.face_start) - 1), np.diff(self.face_start))
        return shapely.polygons(shapely.linearrings(self.vertices, indices=rings), indices=faces)


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
class SkyHours:
    """Sun and sky of every step of a weather series, split as the diffuse model says, no roof.

    Per step, in the order of ``WeatherSeries.data``: ``ghi``, ``isotropic`` (diffuse of the
    uniform sky on the horizontal) and ``horizon_band`` (times sin(tilt) on a plane; may be
    negative), W/m². Per position of the sun, sorted by ``step`` (row of the series; a step with
    a low sun has several positions, one without sun none): ``solar_azimuth`` (true north) and
    ``solar_elevation`` (apparent) in degrees, ``vector`` (n, 3) towards the sun (east, north,
    up), ``beam`` and ``circumsolar`` normal irradiance in W/m², already weighted so that the
    positions of a step sum to the step.
    """

    times: pd.DatetimeIndex
    step_minutes: int
    horizon_band_deg: float
    ghi: NDArray[np.float64]
    isotropic: NDArray[np.float64]
    horizon_band: NDArray[np.float64]
    step: NDArray[np.int64]
    solar_azimuth: NDArray[np.float64]
    solar_elevation: NDArray[np.float64]
    vector: NDArray[np.float64]
    beam: NDArray[np.float64]
    circumsolar: NDArray[np.float64]


@dataclass(frozen=True)
class CumulativeSky:
    """The weather of a cell folded into tables of the sky; no roof. Energies in kWh/m².

    Everything is linear in a plane's unit normal n (east, north, up), north being true north.
    Sector ``s`` is centred on azimuth ``s * 360 / sector_count``, as in skylines; elevation is
    cut in steps of ``elevation_step_deg``.

    ``sun_row`` int32 (sector_count,): row of the tables of each sector, -1 where the sun never
    stands. ``sun_table`` float32 (n_rows, n_elevations + 1, 72): sum over the suns of the row
    standing at or above ``k * elevation_step_deg`` of energy times sun vector, the mean year;
    72 = 6 x 12: beam east, north, up, then circumsolar east, north, up, each by month.
    ``year_table`` float32 (n_rows, n_elevations + 1, 3 * n_years): the same, beam and
    circumsolar together, for each complete year of ``years``.

    ``free_beam``, ``free_circumsolar`` float64 (n_cells, 3), ``free_month`` (n_cells,): energy
    vectors of the suns gathered in small cells of the sky, for planes without obstacle.
    ``isotropic``, ``horizon_band``, ``ghi`` float64 (12,): monthly sums of the mean year;
    ``*_by_year`` (n_years,): yearly sums.
    """

    cell_id: str
    sector_count: int
    elevation_step_deg: float
    horizon_band_deg: float
    sun_row: NDArray[np.int32]
    sun_table: NDArray[np.float32]
    year_table: NDArray[np.float32]
    free_beam: NDArray[np.float64]
    free_circumsolar: NDArray[np.float64]
    free_month: NDArray[np.int64]
    isotropic: NDArray[np.float64]
    horizon_band: NDArray[np.float64]
    ghi: NDArray[np.float64]
    years: NDArray[np.int64]
    isotropic_by_year: NDArray[np.float64]
    horizon_band_by_year: NDArray[np.float64]
    ghi_by_year: NDArray[np.float64]


@dataclass(frozen=True)
class FarHorizon:
    """Skyline of the far relief at the nodes of a coarse lattice.

    ``elevation`` float32 (rows, cols, n_sectors), degrees, sector ``s`` centred on azimuth
    ``s * 360 / n_sectors`` from true north. Node (0, 0) stands at (``x_first``, ``y_first``),
    rows go north, columns east, every ``step`` metres.
    """

    x_first: float
    y_first: float
    step: float
    elevation: NDArray[np.float32]


@dataclass(frozen=True)
class Horizons:
    """Skylines of samples.

    ``elevation`` float32 (n_samples, n_sectors), degrees; sector ``s`` is centred on azimuth
    ``s * 360 / n_sectors`` from true north; 0 where no obstacle stands above the sample's own
    plane (the own plane itself is not an obstacle: its skyline follows from its tilt). Near
    obstacles and far relief joined by maximum. ``near_elevation``: near obstacles alone, or None
    where no far relief is known (``elevation`` is then the near skyline). ``far_elevation``
    float32 (n_samples, n_sectors) or (n_sectors,): the part due to far relief alone.
    ``opaque_elevation``: the skyline of everything but vegetation, or None where vegetation is
    treated as opaque. ``sky_openness`` float32 (n_samples,): mean share of the sky that the
    surroundings of a sample see, 0-1, which weights what they reflect.
    """

    elevation: NDArray[np.float32]
    far_elevation: NDArray[np.float32]
    sky_openness: NDArray[np.float32]
    near_elevation: NDArray[np.float32] | None = None
    opaque_elevation: NDArray[np.float32] | None = None

    def of(self, rows: slice | NDArray[np.int64]) -> Horizons:
        """Skylines of some samples, by position: of a run (as one plane's) views, no copy."""
        far = self.far_elevation
        near, opaque = self.near_elevation, self.opaque_elevation
        return Horizons(
            self.elevation[rows],
            far[rows] if far.ndim == 2 else far,
            self.sky_openness[rows],
            None if near is None else near[rows],
            None if opaque is None else opaque[rows],
        )


@dataclass(frozen=True)
class PlaneIrradiation:
    """Irradiation of planes, kWh per m² of sloped area; mean year over the weather years.

    ``direct`` (the beam alone, as pvlib's ``poa_direct``), ``sky_diffuse`` (circumsolar
    included) and ``reflected`` have shape (n_planes, 12), shaded, area-weighted over the plane's
    samples; ``circumsolar`` (n_planes, 12) is the part of ``sky_diffuse`` that comes from around
    the sun and is hidden with it. ``unshaded`` (n_planes, 12) is the total of the same plane with
    a free horizon, ``near_only`` (n_planes,) the yearly total with near obstacles but no far
    relief. ``by_year`` (n_planes, n_years): yearly shaded totals of ``CumulativeSky.years``.
    ``horizon_elevation`` (n_planes, n_sectors): mean skyline of the samples, degrees.
    ``sample_year`` (n_samples,): yearly shaded total of each sample. NaN where a plane has no
    sample.
    """

    direct: NDArray[np.float64]
    sky_diffuse: NDArray[np.float64]
    reflected: NDArray[np.float64]
    circumsolar: NDArray[np.float64]
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
