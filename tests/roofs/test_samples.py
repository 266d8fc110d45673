"""Sample points: areas add up to the plane, points lie on it, tiles leave no trace.

Compared with plain geometry: shapely's area and containment, the equation of the plane.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import affinity

from cadastre.grid import Grid
from cadastre.parameters import Roofs
from cadastre.roofs.samples import samples_on_planes

X0, Y0 = 685_000.0, 7_037_000.0
GRID = Grid("EPSG:2154", X0 - 50.0, Y0 + 50.0, 0.5, 200, 200)


def _planes(*outlines):
    count = len(outlines)
    return gpd.GeoDataFrame(
        {
            "plane_id": [f"b/{k}" for k in range(count)],
            "plane_a": np.linspace(0.1, 0.7, count), "plane_b": np.full(count, -0.2),
            "plane_c": np.full(count, 40.0), "plane_x0": np.full(count, X0),
            "plane_y0": np.full(count, Y0),
        },
        geometry=list(outlines), crs="EPSG:2154",
    )  # fmt: skip


@pytest.fixture
def planes():
    hall = affinity.rotate(shapely.box(X0 - 20, Y0 - 15, X0 + 20, Y0 + 12), 17)
    yard = shapely.box(X0 - 30, Y0 + 20, X0, Y0 + 45) - shapely.box(
        X0 - 20, Y0 + 26, X0 - 10, Y0 + 40
    )
    house = shapely.box(X0 + 25, Y0 + 25, X0 + 31.3, Y0 + 29.1)
    sliver = shapely.box(X0 + 40.01, Y0, X0 + 40.05, Y0 + 6)
    return _planes(hall, yard, house, sliver)


def test_areas_add_up_and_points_lie_on_their_plane(planes):
    samples = samples_on_planes(planes, GRID, Roofs())
    plane = samples.plane_index
    total = np.bincount(plane, weights=samples.area_m2.astype(float))
    # areas are kept as float32
    np.testing.assert_allclose(total, planes.area, rtol=1e-5)
    height = planes.plane_c.to_numpy()[plane] + planes.plane_a.to_numpy()[plane] * (samples.x - X0)
    height += planes.plane_b.to_numpy()[plane] * (samples.y - Y0)
    np.testing.assert_allclose(samples.z, height, atol=1e-9)
    points = shapely.points(samples.x, samples.y)
    near = shapely.dwithin(planes.geometry.to_numpy()[plane], points, 1e-9)
    assert near.all()
    assert (np.diff(samples.plane_start) > 0).all()


def test_every_pixel_along_edges_and_a_lattice_within(planes):
    parameters = Roofs()
    samples = samples_on_planes(planes, GRID, parameters)
    hall = planes.geometry.iloc[0]
    x, y = GRID.xy(*np.meshgrid(np.arange(GRID.rows), np.arange(GRID.cols), indexing="ij"))
    inside = shapely.contains_xy(hall, x.ravel(), y.ravel())
    points = shapely.points(x.ravel()[inside], y.ravel()[inside])
    distance = shapely.distance(hall.exterior, points)
    first = slice(*samples.plane_start[:2])
    seen = set(zip(samples.x[first], samples.y[first], strict=True))
    band = [
        p for p, d in zip(points, distance, strict=True) if d < parameters.sample_edge_m - 1e-6
    ]
    assert all((p.x, p.y) in seen for p in band)
    middle = [(px, py) for px, py in seen if shapely.Point(px, py).distance(hall.exterior) > 2.0]
    expected = hall.buffer(-2.0).area / parameters.sample_step_m**2
    # a lattice of 1 m holds the area within one row of its edge
    assert len(middle) == pytest.approx(expected, rel=0.1)


def test_window_and_company_leave_no_trace(planes):
    whole = samples_on_planes(planes, GRID, Roofs())
    moved = GRID.covering((X0 - 45.5, Y0 - 30.5, X0 + 60.0, Y0 + 48.0))
    for row in range(len(planes)):
        alone = samples_on_planes(planes.iloc[[row]].reset_index(drop=True), moved, Roofs())
        part = slice(whole.plane_start[row], whole.plane_start[row + 1])
        for name in ("x", "y", "z", "area_m2"):
            assert np.array_equal(getattr(alone, name), getattr(whole, name)[part])


def test_no_plane_no_sample():
    samples = samples_on_planes(_planes().iloc[:0], GRID, Roofs())
    assert len(samples.x) == 0
    assert list(samples.plane_start) == [0]
