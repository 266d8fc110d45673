"""Assumed roofs: sober, said to be assumed, the same for the same footprint."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import affinity

from cadastre.exchange import Surface
from cadastre.grid import Grid
from cadastre.parameters.assumed import Assumed
from cadastre.roofs.assumed import planes_assumed
from cadastre.schema import TABLES, faults

CRS = "EPSG:2154"


def table(shapes, **columns):
    frame = {"building_id": pd.array([f"b{k}" for k in range(len(shapes))], dtype="string")}
    return gpd.GeoDataFrame({**frame, **columns}, geometry=list(shapes), crs=CRS)


@pytest.mark.parametrize("turn", [0, 30, 90, 133])
def test_a_small_house_gets_two_slopes_along_its_main_axis(turn):
    """12 x 8 m at 35 degrees: 48 / cos(35) m² each side, facing across the long side."""
    house = affinity.rotate(shapely.box(0, 0, 12, 8), -turn)  # clockwise, like azimuths
    found = planes_assumed(
        table([house], usage="residential", building_height=5.0), None, Assumed()
    )
    planes = found.planes
    assert faults(planes, TABLES["roof_planes_geometry"]) == []
    assert faults(found.quality, TABLES["roof_quality"]) == []
    np.testing.assert_allclose(planes["surface_tilt"], 35.0, atol=1e-9)
    wanted = sorted([(0 + turn) % 360, (180 + turn) % 360])
    np.testing.assert_allclose(sorted(planes["surface_azimuth"] % 360), wanted, atol=1e-6)
    np.testing.assert_allclose(planes["area_sloped_m2"], 48 / math.cos(math.radians(35)))
    assert set(planes["plane_source"]) == set(planes["quality_flag"]) == {"assumed"}
    assert planes["fit_rmse_m"].isna().all()
    low, high = _heights(planes)
    assert low == pytest.approx(5.0)  # gutter
    assert high == pytest.approx(5.0 + 4 * math.tan(math.radians(35)))  # ridge
    quality = found.quality.iloc[0]
    assert (quality["status"], quality["status_reason"]) == ("low_confidence", "assumed_geometry")
    assert np.isnan(quality["explained_share"])


def _heights(planes):
    z = []
    for row in planes.itertuples():
        for x, y in shapely.get_coordinates(row.geometry):
            z.append(
                row.plane_a * (x - row.plane_x0) + row.plane_b * (y - row.plane_y0) + row.plane_c
            )
    return min(z), max(z)


@pytest.mark.parametrize(
    ("shape", "usage", "height"),
    [
        (shapely.box(0, 0, 60, 40), "residential", 6.0),  # large
        (shapely.box(0, 0, 12, 8), "industry", 6.0),
        (shapely.box(0, 0, 4, 3), "annex", 2.5),
        (shapely.box(0, 0, 12, 8), "residential", 18.0),  # a block of flats
        (shapely.box(0, 0, 15, 15), "residential", 6.0),  # too wide for one ridge
        (shapely.box(0, 0, 16, 12) - shapely.box(5, 4, 16, 12), "residential", 6.0),  # L
    ],
)
def test_everything_else_is_flat(shape, usage, height):
    buildings = table([shape], usage=usage, building_height=height)
    found = planes_assumed(buildings, None, Assumed())
    assert found.planes["surface_tilt"].tolist() == [0.0]
    assert found.planes["surface_azimuth"].isna().all()
    assert found.planes["area_sloped_m2"].sum() == pytest.approx(shape.area)
    assert found.planes["plane_c"].tolist() == [height]


def test_a_square_house_takes_the_less_favourable_ridge():
    """North-south ridge, slopes east and west: neither is the best slope of the place."""
    found = planes_assumed(
        table([shapely.box(0, 0, 9, 9), shapely.box(0, 0, 9.3, 9)]), None, Assumed()
    )
    assert sorted(found.planes["surface_azimuth"].round(6)) == [90.0, 90.0, 270.0, 270.0]


def test_energy_is_that_of_neither_wonder_nor_waste():
    """The mean of two opposite slopes stays near the flat roof: figures of the Artois.

    South 35 deg 1 242, north 699, east or west 980, flat 1 080 kWh/m2 (Perez, GHI 1 080): per m2
    of footprint a gable receives (1 242 + 699) / 2 / cos(35) = 1.10 of the flat roof.
    """
    received = {0: 699.0, 90: 980.0, 180: 1242.0, 270: 980.0}
    for turn in (0, 90):
        house = affinity.rotate(shapely.box(0, 0, 12, 8), turn)
        planes = planes_assumed(table([house]), None, Assumed()).planes
        total = sum(
            row.area_sloped_m2 * received[round(row.surface_azimuth) % 360]
            for row in planes.itertuples()
        )
        assert 1.0 < total / (house.area * 1080) < 1.15


def surface(dsm, dtm):
    grid = Grid(CRS, -10.0, 30.0, 1.0, 40, 40)
    full = np.full(grid.shape, 1.0, np.float32)
    return Surface(grid, full * np.float32(dsm), full * np.float32(dtm))


@pytest.mark.parametrize(
    ("height", "ground", "seen", "wanted"),
    [
        (6.0, None, None, 6.0),  # from zero
        (6.0, 40.0, None, 46.0),
        (6.0, 40.0, (60.0, 41.0), 47.0),  # terrain before z_min_ground, height before surface
        (np.nan, 40.0, (49.0, 41.0), 49.0),  # the surface when no source gives a height
        (np.nan, 40.0, (41.5, 41.0), 46.0),  # nothing stands there: 5 m are assumed
        (np.nan, 40.0, (np.nan, 41.0), 46.0),
        (0.0, 40.0, (np.nan, np.nan), 45.0),  # a height of zero is a missing one
    ],
)
def test_heights(height, ground, seen, wanted):
    columns = {"usage": "industry", "building_height": height}
    if ground is not None:
        columns["z_min_ground"] = ground
    around = None if seen is None else surface(*seen)
    found = planes_assumed(table([shapely.box(0, 0, 12, 8)], **columns), around, Assumed())
    assert found.planes["plane_c"].tolist() == pytest.approx([wanted])


def test_every_footprint_has_a_row():
    shapes = [
        shapely.box(0, 0, 12, 8),
        None,
        shapely.Polygon(),
        shapely.box(0, 0, 1, 1),
        shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]),  # bow-tie
        shapely.MultiPolygon([shapely.box(0, 0, 9, 9), shapely.box(20, 0, 29, 9)]),
        shapely.box(0, 0, 20, 20) - shapely.box(5, 5, 15, 15),
    ]
    found = planes_assumed(table(shapes), None, Assumed())
    assert found.quality["status_reason"].tolist() == [
        "assumed_geometry", "empty_geometry", "empty_geometry", "too_small", "assumed_geometry",
        "assumed_geometry", "assumed_geometry",
    ]  # fmt: skip
    area = found.planes.groupby("building_id")["area_horizontal_m2"].sum()
    assert area.to_dict() == pytest.approx({"b0": 96.0, "b4": 50.0, "b5": 162.0, "b6": 300.0})
    assert set(found.planes.geom_type) == {"Polygon"}


def test_nothing_depends_on_rows_or_neighbours():
    generator = np.random.default_rng(2)
    shapes = [
        affinity.translate(
            affinity.rotate(shapely.box(0, 0, *generator.uniform(5, 16, 2)), k * 17.0),
            40.0 * k,
            5.0,
        )
        for k in range(12)
    ]
    buildings = table(shapes, building_height=5.0)
    whole = planes_assumed(buildings, None, Assumed()).planes
    turned = planes_assumed(buildings.iloc[::-1], None, Assumed()).planes
    single = [planes_assumed(buildings.iloc[[k]], None, Assumed()).planes for k in range(12)]
    joined = pd.concat(single).sort_values("plane_id", kind="stable").reset_index(drop=True)
    for other in (turned, joined):
        assert whole.geometry.to_wkb().tolist() == other.geometry.to_wkb().tolist()
        plain = pd.DataFrame(whole.drop(columns="geometry"))
        pd.testing.assert_frame_equal(plain, pd.DataFrame(other.drop(columns="geometry")))


def test_an_empty_table_gives_empty_tables():
    found = planes_assumed(table([]), None, Assumed())
    assert len(found.planes) == len(found.quality) == 0
