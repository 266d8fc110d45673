"""Planes and borders that points show and half-metre pixels do not, against exact roofs."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from cadastre.exchange import PointCloud, Surface
from cadastre.parameters import Roofs
from cadastre.roofs.planes import planes_from_points, planes_from_surface
from tests.roofs import towns

P = Roofs()
TURN = 20.0


def terraces():
    """Three flat levels of one building; no step lies on a line of pixels."""
    return [
        towns.flat(5.13, 8.0, 9.0, TURN),
        towns.flat(3.4, 8.0, 6.1, TURN, corner=(5.13, 0.0)),
        towns.flat(4.0, 8.0, 7.4, TURN, corner=(8.53, 0.0)),
    ]


def explained(cloud, planes):
    """Share of the roof points within 0.15 m of the plane above which they stand."""
    roof = cloud.classification == 6
    x, y, z = cloud.x[roof], cloud.y[roof], cloud.z[roof]
    which, plane = shapely.STRtree(planes.geometry.to_numpy()).query(
        shapely.points(x, y), "intersects"
    )
    p = {k: planes[f"plane_{k}"].to_numpy()[plane] for k in ("a", "b", "c", "x0", "y0")}
    fitted = p["c"] + p["a"] * (x[which] - p["x0"]) + p["b"] * (y[which] - p["y0"])
    good = np.abs(z[which] - fitted) < 0.15 * np.sqrt(1.0 + p["a"] ** 2 + p["b"] ** 2)
    return len(np.unique(which[good])) / len(x)


def found_with(facets, density, surface_of=None, noise=0.03):
    bounds = towns.around(facets)
    cloud = towns.scan(facets, bounds, density=density, noise=noise)
    surface = towns.draw(surface_of or facets, bounds, noise=0.03)
    table = towns.footprints(a=towns.outline(facets))
    return cloud, planes_from_points(cloud, surface, table, table, P).planes


@pytest.mark.parametrize(("density", "most"), [(8.0, 0.15), (20.0, 0.10)])
def test_steps_between_terraces_lie_where_the_points_change(density, most):
    """Mean distance between found and true borders, from the area between them.

    Points are 0.35 m apart at 8 a square metre, 0.22 m at 20: the middle of the gap between the
    points of both sides cannot be off by more than about half of that in the mean.
    """
    facets = terraces()
    cloud, planes = found_with(facets, density)
    assert len(planes) == 3
    for (row, _), one in zip(towns.matched(planes, facets), facets, strict=True):
        shape = planes.geometry.iloc[row]
        between = shape.symmetric_difference(one.outline).area / one.outline.length
        assert between < most
        assert planes["surface_tilt"].iloc[row] < 0.5
    # what is missed lies within half a step of pixels of a border
    assert explained(cloud, planes) > 0.97


def test_points_show_a_plane_the_surface_model_hides():
    """A box of 1.6 m by 1.6 m, a metre above a flat roof, that the surface model does not have.

    10 points a square metre put 25 on it.
    """
    roof = towns.flat(12.0, 9.0, 6.0, TURN)
    box = towns.flat(1.6, 1.6, 7.0, TURN, corner=(4.3, 3.1))
    base = towns.Facet(roof.outline.difference(box.outline), roof.a, roof.b, roof.c)
    cloud, planes = found_with([base, box], 10.0, surface_of=[roof])
    (_, _), (row, iou) = towns.matched(planes, [base, box])
    height = planes["plane_c"].iloc[row] - towns.GROUND
    assert height == pytest.approx(7.0, abs=0.03)
    assert iou > 0.6
    assert explained(cloud, planes) > 0.97


def test_planes_of_a_roof_stay_disjoint_and_leave_no_gap():
    _, planes = found_with(terraces(), 8.0)
    shapes = planes.geometry.to_numpy()
    whole = shapely.union_all(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(whole.area, abs=0.001)
    assert sum(shapely.Polygon(ring).area for ring in whole.interiors) < 0.001


def test_same_planes_alone_and_among_neighbours_whatever_the_points_beyond():
    """A building computed with the whole town or from the points around it only."""
    one, two = terraces(), towns.gable(10.0, 8.0, 5.0, 40.0, 0.0, (towns.X0 + 40.0, towns.Y0))
    bounds = towns.around([*one, *two], 60.0)
    cloud = towns.scan([*one, *two], bounds, density=9.0)
    surface = towns.draw([*one, *two], bounds, noise=0.03)
    table = towns.footprints(a=towns.outline(one), b=towns.outline(two))
    whole = planes_from_points(cloud, surface, table, table, P).planes
    near = cloud.x < towns.X0 + 35.0
    order = np.random.default_rng(3).permutation(int(near.sum()))
    part = PointCloud(
        cloud.x[near][order], cloud.y[near][order], cloud.z[near][order],
        cloud.classification[near][order],
    )  # fmt: skip
    alone = planes_from_points(part, surface, table.iloc[[0]], table, P).planes
    mine = whole[whole["building_id"] == "a"].reset_index(drop=True)
    assert len(mine) == 3
    assert_geodataframe_equal(mine, alone, check_index_type=False)


@pytest.mark.parametrize(("cover", "sure"), [(0.15, True), (0.6, False)])
def test_roofs_under_trees_are_doubted_from_points_too(cover, sure):
    """Dense crowns over a share of the roof: no roof point below them, the surface shows them."""
    facets = towns.gable(12.0, 9.0, 5.0, 40.0, 15.0)
    roof = towns.outline(facets)
    bounds = towns.around(facets)
    surface, cloud = towns.draw(facets, bounds, noise=0.05), towns.scan(facets, bounds)
    west, east = roof.bounds[0], roof.bounds[2]

    def hidden(x, y):
        return (x < west + cover * (east - west)) & shapely.contains_xy(roof.buffer(2.0), x, y)

    grid = surface.grid
    x = grid.x_min + (np.arange(grid.cols) + 0.5) * grid.resolution
    y = grid.y_max - (np.arange(grid.rows) + 0.5) * grid.resolution
    crown = towns.GROUND + 11.0
    dsm = np.where(hidden(*np.meshgrid(x, y)), crown, surface.dsm).astype(np.float32)
    above = hidden(cloud.x, cloud.y)
    treed = PointCloud(
        cloud.x, cloud.y, np.where(above, crown, cloud.z),
        np.where(above, 5, cloud.classification).astype(np.uint8),
    )  # fmt: skip
    table = towns.footprints(a=roof)
    found = planes_from_points(treed, Surface(grid, dsm, surface.dtm), table, table, P)
    quality = found.quality.iloc[0]
    assert quality["vegetation_share"] == pytest.approx(cover, abs=0.12)
    assert quality["status"] == ("computed" if sure else "low_confidence")
    assert (quality["status_reason"] == "vegetation") == (not sure)
    assert set(found.planes["quality_flag"]) == ({"ok"} if sure else {"vegetation"})


def test_a_dome_makes_no_sure_planes_of_points():
    """Points agree on small planes all over a dome of 8 m; none of them is a roof plane."""
    random = np.random.default_rng(5)
    x, y = random.uniform(towns.X0 - 12, towns.X0 + 12, (2, 6000))
    y += towns.Y0 - towns.X0
    away = np.hypot(x - towns.X0, y - towns.Y0)
    top = towns.GROUND + 5.0 + np.sqrt(np.maximum(64.0 - away**2, 0.0))
    z = np.where(away < 8.0, top, towns.GROUND) + random.normal(0.0, 0.03, len(x))
    cloud = PointCloud(x, y, z, np.where(away < 8.0, 6, 2).astype(np.uint8))
    ground = towns.draw([], (towns.X0 - 20, towns.Y0 - 20, towns.X0 + 20, towns.Y0 + 20))
    grid = ground.grid
    across = grid.x_min + (np.arange(grid.cols) + 0.5) * grid.resolution - towns.X0
    up = grid.y_max - (np.arange(grid.rows) + 0.5) * grid.resolution - towns.Y0
    far = np.hypot(*np.meshgrid(across, up))
    dome = towns.GROUND + 5.0 + np.sqrt(np.maximum(64.0 - far**2, 0.0))
    surface = Surface(grid, np.where(far < 8.0, dome, towns.GROUND).astype(np.float32), ground.dtm)
    table = towns.footprints(a=shapely.Point(towns.X0, towns.Y0).buffer(8.0))
    found = planes_from_points(cloud, surface, table, table, P)
    assert found.quality["status"].tolist() == ["low_confidence"]
    assert "ok" not in set(found.planes["quality_flag"])


def test_buildings_without_roof_points_keep_what_the_surface_model_shows():
    """Two houses; the points stop before one, or stand there in another class: the surface
    model's own planes for it, points for the other."""
    near = towns.gable(12.0, 9.0, 5.0, 40.0)
    far = towns.gable(12.0, 9.0, 5.0, 35.0, at=(towns.X0 + 40.0, towns.Y0))
    facets = [*near, *far]
    bounds = towns.around(facets)
    surface, cloud = towns.draw(facets, bounds, noise=0.05), towns.scan(facets, bounds)
    table = towns.footprints(a=towns.outline(near), b=towns.outline(far))
    alone = planes_from_surface(surface, table.iloc[[1]], table, P).planes
    west = cloud.x < towns.X0 + 30.0
    cut = PointCloud(cloud.x[west], cloud.y[west], cloud.z[west], cloud.classification[west])
    other = PointCloud(
        cloud.x, cloud.y, cloud.z,
        np.where(~west & (cloud.classification == 6), 1, cloud.classification).astype(np.uint8),
    )  # fmt: skip
    for points in (cut, other):
        found = planes_from_points(points, surface, table, table, P, own_surface=True)
        source = found.planes.groupby("building_id")["plane_source"].unique().str[0]
        assert source.to_dict() == {"a": "lidar", "b": "dsm"}
        assert found.quality["status"].tolist() == ["computed", "computed"]
        assert_geodataframe_equal(
            found.planes[found.planes["building_id"] == "b"].reset_index(drop=True),
            alone.reset_index(drop=True),
        )
