"""Planes and borders that points show and half-metre pixels do not, against exact roofs."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from cadastre.exchange import PointCloud
from cadastre.parameters import Roofs
from cadastre.roofs.planes import planes_from_points
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
