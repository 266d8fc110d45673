"""Roofs of scanned points: mansards, rasters of highest points, blunt ridges, coarse rasters.

Truth: the facets' equations (towns.py). The points are drawn at random on them, 11 a square metre
with 0.05 m of noise unless said; surface models are made of them by SciPy's linear interpolation
or, by plain numpy, of the highest point of each pixel.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from scipy.interpolate import LinearNDInterpolator
from scipy.ndimage import distance_transform_edt

from cadastre.exchange import Surface
from cadastre.parameters import Roofs
from cadastre.roofs.planes import planes_from_points, planes_from_surface
from tests.roofs import towns
from tests.roofs.towns import X0, Y0

P = Roofs()


def interpolated(cloud, bounds, resolution=0.5):
    """Surface model of points by triangles: edges and slopes at their place."""
    empty = towns.draw([], bounds, resolution)
    x, y = empty.grid.xy(*np.mgrid[: empty.grid.rows, : empty.grid.cols])
    triangles = LinearNDInterpolator(np.column_stack((cloud.x - X0, cloud.y - Y0)), cloud.z)
    z = triangles(x - X0, y - Y0)
    z = np.where(np.isfinite(z), z, towns.GROUND)
    return Surface(empty.grid, z.astype(np.float32), empty.dtm)


def highest(cloud, bounds, resolution=0.5):
    """Surface model of the highest point of each pixel; empty pixels take the nearest height."""
    empty = towns.draw([], bounds, resolution)
    row, col = empty.grid.row_col(cloud.x, cloud.y)
    z = np.full(empty.grid.shape, -np.inf)
    inside = (row >= 0) & (col >= 0) & (row < z.shape[0]) & (col < z.shape[1])
    np.maximum.at(z, (row[inside], col[inside]), cloud.z[inside])
    nearest = distance_transform_edt(~np.isfinite(z), return_distances=False, return_indices=True)
    return Surface(empty.grid, z[tuple(nearest)].astype(np.float32), empty.dtm)


def mansard(w, d, depth, turn, at):
    """Steep faces of 68 degrees ``depth`` wide in plan around a hipped roof of 24 degrees."""
    eave, rise = 5.0, math.tan(math.radians(68.0)) * depth
    break_ = eave + rise
    faces = []
    outer = [(0, 0), (w, 0), (w, d), (0, d)]
    inner = [(depth, depth), (w - depth, depth), (w - depth, d - depth), (depth, d - depth)]
    for k in range(4):
        n = (k + 1) % 4
        corners = [outer[k], outer[n], inner[n], inner[k]]
        faces.append(towns.facet(corners, [eave, eave, break_], turn, at))
    half = d / 2 - depth
    top = break_ + math.tan(math.radians(24.0)) * half
    left, right = (depth + half, d / 2), (w - depth - half, d / 2)
    for corners in ([inner[0], inner[1], right, left], [inner[2], inner[3], left, right],
                    [inner[3], inner[0], left], [inner[1], inner[2], right]):  # fmt: skip
        faces.append(towns.facet(corners, [break_, break_, top], turn, at))
    return faces


def blunt_hall(noise, seed=1):
    """Two gables of 5 degrees side by side, 36 m x 28 m, and the scan of it."""
    facets = [
        *towns.gable(36.0, 14.0, 8.0, 5.0, 17.0),
        *towns.gable(36.0, 14.0, 8.0, 5.0, 17.0, beside(0.0, 14.0, 17.0)),
    ]
    bounds = towns.around(facets, 5.0)
    return facets, bounds, towns.scan(facets, bounds, 11.0, noise, seed)


def beside(x, y, turn):
    t = math.radians(turn)
    return X0 + x * math.cos(t) - y * math.sin(t), Y0 + x * math.sin(t) + y * math.cos(t)


def all_found(found, facets, angle, least_iou):
    """Each facet is one plane of its own, and there is no other."""
    planes = found.planes
    pairs = towns.matched(planes, facets)
    assert len({row for row, _ in pairs}) == len(facets) == len(planes)
    for (row, iou), one in zip(pairs, facets, strict=True):
        plane = planes.iloc[row]
        azimuth = np.degrees(np.arctan2(-plane.plane_a, -plane.plane_b))
        assert towns.angle_between(plane.surface_tilt, azimuth, one.tilt, one.azimuth) < angle
        assert iou > least_iou
    disjoint(planes)


def share_seen(planes, one, angle):
    """Share of a facet under planes within ``angle`` (deg) of it."""
    azimuth = np.degrees(np.arctan2(-planes["plane_a"], -planes["plane_b"]))
    turned = [
        towns.angle_between(t, a, one.tilt, one.azimuth)
        for t, a in zip(planes["surface_tilt"], azimuth, strict=True)
    ]
    alike = planes.geometry.to_numpy()[np.array(turned) < angle]
    return shapely.area(shapely.intersection(alike, one.outline)).sum() / one.outline.area


def disjoint(planes):
    shapes = planes.geometry.to_numpy()
    i, j = shapely.STRtree(shapes).query(shapes, "intersects")
    assert shapely.area(shapely.intersection(shapes[i], shapes[j]))[i < j].sum() < 1e-5


@pytest.mark.parametrize("raster", [interpolated, highest])
def test_a_mansard_keeps_its_steep_faces_on_points(raster):
    """Faces 1.4 m wide in plan, 68 degrees: 3.5 m of height over three pixels.

    Some 150 points lie on the smallest of them, so that its normal is known to a degree
    (0.05 m / (sqrt(150) 0.4 m)). A tenth of a face 1.4 m wide is what its borders may be out; the
    raster of highest points may break a face in two, on one slope.
    """
    facets = mansard(13.0, 10.0, 1.4, 20.0, (X0, Y0))
    bounds = towns.around(facets)
    cloud = towns.scan(facets, bounds, 11.0, 0.05)
    table = towns.footprints(a=towns.outline(facets))
    found = planes_from_points(cloud, raster(cloud, bounds), table, table, P)
    if raster is interpolated:
        all_found(found, facets, 1.5, 0.75)
    assert all(share_seen(found.planes, one, 3.0) > 0.8 for one in facets)
    disjoint(found.planes)
    assert found.quality["status"].tolist() == ["computed"]
    assert found.quality["explained_share"].iloc[0] > 0.85


def test_a_tree_over_a_roof_is_still_taken_off():
    """A crown of scattered points over a corner of a gable, which the raster shows instead."""
    facets = towns.gable(12.0, 9.0, 5.0, 40.0)
    bounds = towns.around(facets)
    roof = towns.scan(facets, bounds, 11.0, 0.03)
    random = np.random.default_rng(4)
    crown = np.hypot(roof.x - X0 - 11.0, roof.y - Y0 - 1.0) < 3.0
    crown &= random.random(len(crown)) < 0.6
    z = np.where(crown, towns.GROUND + random.uniform(9.0, 12.0, len(crown)), roof.z)
    kind = np.where(crown, 5, roof.classification).astype(np.uint8)
    cloud = type(roof)(roof.x, roof.y, z, kind)
    table = towns.footprints(a=towns.outline(facets))
    found = planes_from_points(cloud, highest(cloud, bounds), table, table, P)
    all_found(found, facets, 0.5, 0.9)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_raster_of_highest_points_is_rougher_on_slopes(seed):
    """Hips of 40 degrees: the highest points of pixels scatter by 0.1 m, the ground by 0.04.

    Every face is one plane. Their slopes stay within two degrees: over 4 m, 0.1 m either way.
    """
    facets = towns.hip(14.0, 10.0, 5.0, 40.0, 30.0 * seed)
    bounds = towns.around(facets)
    cloud = towns.scan(facets, bounds, 11.0, 0.05, seed)
    table = towns.footprints(a=towns.outline(facets))
    found = planes_from_surface(highest(cloud, bounds), table, table, P)
    all_found(found, facets, 2.0, 0.85)
    assert found.quality["status"].tolist() == ["computed"]


@pytest.mark.parametrize("noise", [0.05, 0.08])
def test_a_blunt_ridge_grows_no_strip(noise):
    """Beside a ridge of twice 5 degrees a level strip 2 m wide lies within 0.05 m of both sides.

    There a point goes to the side it fits, which flattens a side 7 m wide by 0.1 to 0.2 degrees.
    """
    facets, bounds, cloud = blunt_hall(noise)
    table = towns.footprints(a=towns.outline(facets))
    surface = interpolated(cloud, bounds)
    all_found(planes_from_surface(surface, table, table, P), facets, 0.3, 0.95)
    all_found(planes_from_points(cloud, surface, table, table, P), facets, 0.3, 0.9)


def test_a_raster_of_a_metre_is_not_doubted_for_its_pixels():
    """One pixel a square metre is as many as there can be; two points would be too few."""
    facets = towns.hip(16.0, 12.0, 5.0, 38.0, 25.0)
    bounds = towns.around(facets)
    cloud = towns.scan(facets, bounds, 11.0, 0.05)
    table = towns.footprints(a=towns.outline(facets))
    found = planes_from_surface(interpolated(cloud, bounds, 1.0), table, table, P)
    all_found(found, facets, 2.0, 0.8)
    assert found.quality["points_per_m2"].iloc[0] == pytest.approx(1.0, abs=0.1)
    assert found.quality["status"].tolist() == ["computed"]
    few = towns.scan(facets, bounds, 1.5, 0.05)
    thin = planes_from_points(few, interpolated(cloud, bounds), table, table, P)
    assert thin.quality["status_reason"].tolist() == ["few_points"]


def test_points_judge_the_roof_not_the_raster_of_them():
    """Rasters of highest points stand above the planes of points; the points lie on them.

    At 0.05 m of noise, 99.7 % of the points of a plane lie within 0.15 m of it.
    """
    facets = towns.gable(12.0, 9.0, 5.0, 45.0, 20.0)
    bounds = towns.around(facets)
    cloud = towns.scan(facets, bounds, 11.0, 0.05)
    table = towns.footprints(a=towns.outline(facets))
    found = planes_from_points(cloud, highest(cloud, bounds), table, table, P)
    assert found.quality["explained_share"].iloc[0] > 0.97
