"""Roof planes of exact small scenes: tilt, azimuth, outline, obstacles, quality, odd inputs.

The truth is the equation of each facet (towns.py). Without noise the fits are exact but for the
float32 heights: 0.1 degrees leaves room for pixels at edges. Outlines: pixel centres of 0.5 m
place a free edge within a quarter of a pixel, so that a 9 m wide roof loses at most 3 % there.
"""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import affinity

from cadastre.exchange import Surface
from cadastre.parameters import Roofs
from cadastre.roofs.planes import planes_from_points, planes_from_surface
from cadastre.schema import TABLES, faults
from tests.roofs import towns
from tests.roofs.towns import X0, Y0

P = Roofs()


def find(facets, footprint=None, parameters=P, **drawing):
    surface = towns.draw(facets, towns.around(facets), **drawing)
    table = towns.footprints(a=towns.outline(facets) if footprint is None else footprint)
    return planes_from_surface(surface, table, table, parameters)


def check(found, facets, angle, least_iou):
    """Every facet has its own plane, close in angle and outline; nothing overlaps."""
    planes = found.planes
    assert faults(planes, TABLES["roof_planes_geometry"]) == []
    pairs = towns.matched(planes, facets)
    assert len({row for row, _ in pairs}) == len(facets) == len(planes)
    for (row, iou), one in zip(pairs, facets, strict=True):
        plane = planes.iloc[row]
        turned = towns.angle_between(
            np.degrees(np.arctan(np.hypot(plane.plane_a, plane.plane_b))),
            np.degrees(np.arctan2(-plane.plane_a, -plane.plane_b)),
            one.tilt, one.azimuth,
        )  # fmt: skip
        assert turned <= angle
        assert iou >= least_iou
        middle = one.outline.centroid
        height = plane.plane_c + plane.plane_a * (middle.x - plane.plane_x0)
        height += plane.plane_b * (middle.y - plane.plane_y0)
        assert height == pytest.approx(one.z(middle.x, middle.y), abs=0.1)
    union = shapely.union_all(planes.geometry.to_numpy())
    assert planes.geometry.area.sum() - union.area < 0.02
    sloped = planes["area_horizontal_m2"] / np.cos(np.radians(planes["surface_tilt"]))
    assert planes["area_sloped_m2"].to_numpy() == pytest.approx(sloped.to_numpy(), rel=1e-9)


@pytest.mark.parametrize("turn", [0.0, 17.0, 45.0, 78.0])
def test_gable(turn):
    facets = towns.gable(12.0, 9.0, 5.0, 42.0, turn)
    found = find(facets)
    check(found, facets, 0.1, 0.93)
    assert list(found.planes["plane_id"]) == ["a/1", "a/2"]
    assert found.quality["status"].tolist() == ["computed"]
    # the ridge is the line where both planes meet: shared, exactly
    first, second = found.planes.geometry
    shared = shapely.intersection(first, second)
    assert shared.length == pytest.approx(12.0, abs=0.5)


def test_hip_and_valley():
    """A hipped house with a gabled wing across: six planes, ridges, hips and valleys."""
    main = towns.hip(16.0, 9.0, 5.0, 40.0, 20.0)
    check(find(main), main, 0.1, 0.9)
    rise = np.tan(np.radians(40.0))
    # wing of the same pitch, ridge along y, meeting the main slope at equal heights
    body = towns.gable(18.0, 10.0, 5.0, 40.0)
    half = 3.0
    reach = half  # the valley climbs as far into the main slope as the wing is half wide
    left = towns.facet(
        [(6, -4), (9, -4), (9, reach), (6, 0)], [5.0, 5 + half * rise, 5 + half * rise]
    )
    right = towns.facet(
        [(12, -4), (9, -4), (9, reach), (12, 0)], [5.0, 5 + half * rise, 5 + half * rise]
    )
    south = body[0]
    cut = shapely.difference(south.outline, shapely.union(left.outline, right.outline))
    south = towns.Facet(cut, south.a, south.b, south.c)
    facets = [south, body[1], left, right]
    check(find(facets), facets, 0.1, 0.85)


def test_shed_roofs_and_lean_to():
    """Three sheds in a row with steps between them, and a lean-to below the eave of a gable."""
    sheds = [towns.lean_to(0.0, 6.0 * k, 20.0, 6.0, 5.0, 20.0, 12.0) for k in range(3)]
    check(find(sheds), sheds, 0.1, 0.88)
    house = towns.gable(10.0, 8.0, 5.0, 40.0)
    annex = towns.lean_to(2.0, -3.5, 6.0, 3.5, 2.4, 12.0)
    check(find([*house, annex]), [*house, annex], 0.3, 0.85)


def test_flat_roof_with_parapet_and_chimney():
    """A parapet 0.8 m high and a chimney are obstacles on one level plane, not planes."""
    roof = towns.flat(24.0, 15.0, 7.0, 30.0)
    rim = [
        towns.flat(24.0, 0.8, 7.8, 30.0), towns.flat(24.0, 0.8, 7.8, 30.0, corner=(0, 14.2)),
        towns.flat(0.8, 15.0, 7.8, 30.0), towns.flat(0.8, 15.0, 7.8, 30.0, corner=(23.2, 0)),
    ]  # fmt: skip
    stack = towns.flat(1.0, 1.0, 8.5, 30.0, corner=(11.0, 7.0))
    found = find([roof, *rim, stack], footprint=roof.outline)
    planes = found.planes.sort_values("area_horizontal_m2", ascending=False)
    assert planes["surface_tilt"].iloc[0] < 0.2
    assert np.isnan(planes["surface_azimuth"].iloc[0])
    assert planes["area_horizontal_m2"].iloc[0] > 0.85 * 24 * 15
    kinds = found.obstacles["kind"].tolist()
    assert "chimney" in kinds
    chimney = found.obstacles[found.obstacles["kind"] == "chimney"].iloc[0]
    assert chimney.height_m == pytest.approx(1.5, abs=0.1)
    assert chimney.geometry.distance(stack.outline.centroid) < 0.5
    assert set(found.obstacles["plane_id"]) <= set(found.planes["plane_id"])


def test_noise_and_footprint_beside_the_roof():
    """0.06 m of noise; footprint 0.6 m aside: the shift is found, the outline follows the roof.

    Standard error of the tilt of a 54 m² plane (200 pixels over 4.5 m): 0.06 / (sqrt(200) 1.3)
    = 0.003, or 0.2 degrees; four times that is allowed. The shift comes from six edges with
    crossings good to 0.1 m each.
    """
    facets = towns.gable(12.0, 9.0, 5.0, 42.0, 25.0)
    aside = affinity.translate(towns.outline(facets), 0.5, -0.33)
    found = find(facets, footprint=aside, noise=0.06)
    check(found, facets, 0.8, 0.9)
    quality = found.quality.iloc[0]
    assert quality.shift_x_m == pytest.approx(-0.5, abs=0.2)
    assert quality.shift_y_m == pytest.approx(0.33, abs=0.2)


@pytest.mark.parametrize("resolution", [0.25, 1.0])
def test_other_pixel_sizes(resolution):
    facets = towns.gable(14.0, 11.0, 5.0, 40.0, 25.0)
    check(find(facets, resolution=resolution), facets, 0.3, 0.9 if resolution < 0.5 else 0.8)


def test_annex_that_the_footprint_forgets():
    house = towns.gable(10.0, 8.0, 5.0, 40.0, 15.0)
    annex = towns.lean_to(2.0, -4.0, 6.0, 4.0, 2.6, 14.0, 15.0)
    found = find([*house, annex], footprint=towns.outline(house))
    check(found, [*house, annex], 0.3, 0.8)


def test_tree_beside_the_house_is_no_annex():
    house = towns.gable(10.0, 8.0, 5.0, 40.0)
    tree = (X0 + 5.0, Y0 - 3.0, 3.5, 7.0)
    found = find(house, trees=[tree], noise=0.02)
    roof = towns.outline(house)
    assert len(found.planes) == 2
    assert (
        shapely.union_all(found.planes.geometry.to_numpy()).difference(roof.buffer(0.6)).area < 1
    )


def test_courtyard_is_taken_out():
    """A U closed by its footprint: the yard lies at ground level and is no roof."""
    wings = [
        towns.flat(20.0, 6.0, 6.0), towns.flat(6.0, 8.0, 6.0, corner=(0, 6)),
        towns.flat(6.0, 8.0, 6.0, corner=(14, 6)),
    ]  # fmt: skip
    found = find(wings, footprint=shapely.box(X0, Y0, X0 + 20, Y0 + 14))
    area = found.planes["area_horizontal_m2"].sum()
    assert area == pytest.approx(20 * 6 + 2 * 6 * 8, rel=0.06)


def test_terrace_keeps_its_party_walls():
    """Three houses under one ridge: each gets its own two planes, cut at its footprint."""
    houses = {f"h{k}": towns.gable(7.0, 9.0, 5.0, 45.0, 0.0, (X0 + 7.0 * k, Y0)) for k in range(3)}
    facets = [f for house in houses.values() for f in house]
    surface = towns.draw(facets, towns.around(facets), noise=0.03)
    table = towns.footprints(**{name: towns.outline(house) for name, house in houses.items()})
    found = planes_from_surface(surface, table, table, P)
    assert found.planes["building_id"].value_counts().to_dict() == dict.fromkeys(houses, 2)
    for name, house in houses.items():
        own = found.planes[found.planes["building_id"] == name]
        for row, iou in towns.matched(own, house):
            assert iou > 0.9
            assert own["surface_tilt"].iloc[row] == pytest.approx(45.0, abs=0.8)
    union = shapely.union_all(found.planes.geometry.to_numpy())
    assert found.planes.geometry.area.sum() - union.area < 1e-3


def test_every_building_has_a_row_and_a_reason():
    facets = towns.gable(10.0, 8.0, 5.0, 40.0)
    surface = towns.draw(facets, towns.around(facets, 40.0), trees=[(X0 + 30, Y0 + 4, 4.0, 8.0)])
    far = shapely.box(X0 + 5000, Y0, X0 + 5010, Y0 + 10)
    nothing = shapely.box(X0 - 30, Y0, X0 - 20, Y0 + 8)
    under_tree = shapely.box(X0 + 28, Y0 + 2, X0 + 32, Y0 + 6)
    table = towns.footprints(
        far=far, good=towns.outline(facets), none=None, empty=shapely.Polygon(),
        meadow=nothing, tree=under_tree,
    )  # fmt: skip
    found = planes_from_surface(surface, table, table, P)
    quality = found.quality.set_index("building_id")
    assert faults(found.quality, TABLES["roof_quality"]) == []
    assert sorted(quality.index) == sorted(table["building_id"])
    assert quality["status"].to_dict() == {
        "far": "no_data", "good": "computed", "none": "no_data", "empty": "no_data",
        "meadow": "low_confidence", "tree": "low_confidence",
    }  # fmt: skip
    assert quality.loc["far", "status_reason"] == "no_surface"
    assert quality.loc["none", "status_reason"] == "empty_geometry"
    assert quality.loc["meadow", "status_reason"] == "no_plane"


def test_holes_in_the_surface_model():
    facets = towns.gable(12.0, 9.0, 5.0, 42.0, 25.0)
    surface = towns.draw(facets, towns.around(facets))
    holed = surface.dsm.copy()
    x, y = surface.grid.xy(*np.mgrid[: surface.grid.rows, : surface.grid.cols])
    middle = facets[0].outline.centroid
    holed[np.hypot(x - middle.x, y - middle.y) < 1.2] = np.nan
    holed[:3] = np.nan
    table = towns.footprints(a=towns.outline(facets))
    found = planes_from_surface(Surface(surface.grid, holed, surface.dtm), table, table, P)
    check(found, facets, 0.1, 0.93)
    blind = Surface(surface.grid, np.full_like(holed, np.nan), surface.dtm)
    assert planes_from_surface(blind, table, table, P).quality["status"].tolist() == ["no_data"]
    no_terrain = Surface(surface.grid, surface.dsm, np.full_like(holed, np.nan))
    check(planes_from_surface(no_terrain, table, table, P), facets, 0.1, 0.93)


def test_multipolygon_footprint_and_vegetation_mask():
    first = towns.gable(10.0, 8.0, 5.0, 40.0)
    second = towns.gable(8.0, 7.0, 4.0, 35.0, 0.0, (X0 + 20.0, Y0))
    both = [*first, *second]
    surface = towns.draw(both, towns.around(both))
    shape = shapely.MultiPolygon([towns.outline(first), towns.outline(second)])
    table = towns.footprints(a=shape)
    check(planes_from_surface(surface, table, table, P), both, 0.1, 0.88)
    mask = np.zeros(surface.dsm.shape, bool)
    x, _ = surface.grid.xy(*np.mgrid[: surface.grid.rows, : surface.grid.cols])
    mask[x > X0 + 15.0] = True
    leafy = Surface(surface.grid, surface.dsm, surface.dtm, mask)
    found = planes_from_surface(leafy, table, table, P)
    assert found.quality["vegetation_share"].iloc[0] == pytest.approx(56 / 136, abs=0.06)
    assert found.quality["status"].iloc[0] == "low_confidence"


def test_of_a_collection_the_polygons_count():
    facets = towns.gable(12.0, 9.0, 5.0, 42.0)
    roof = towns.outline(facets)
    line = shapely.LineString([(X0 - 9.0, Y0), (X0 + 30.0, Y0)])
    mixed = shapely.GeometryCollection([roof, line, shapely.Point(X0, Y0)])
    check(find(facets, footprint=mixed), facets, 0.1, 0.93)


def town():
    """Five houses, one of them beside a tree, and their table."""
    houses = {
        "h1": towns.gable(11.0, 9.0, 5.0, 42.0, 12.0),
        "h2": towns.hip(14.0, 9.0, 5.0, 40.0, 50.0, (X0 + 35.0, Y0)),
        "h3": towns.gable(7.0, 8.0, 5.0, 35.0, 0.0, (X0, Y0 + 30.0)),
        "h4": towns.gable(7.0, 8.0, 5.0, 35.0, 0.0, (X0 + 7.0, Y0 + 30.0)),
        "h5": [towns.flat(15.0, 12.0, 6.0, 25.0, (X0 + 40.0, Y0 + 30.0))],
    }
    facets = [f for house in houses.values() for f in house]
    table = towns.footprints(**{name: towns.outline(house) for name, house in houses.items()})
    table["geometry"] = table.geometry.translate(0.3, 0.2)
    return facets, table


def same(first, second, ids):
    for name in ("planes", "obstacles", "quality"):
        a, b = getattr(first, name), getattr(second, name)
        key = "plane_id" if name == "obstacles" else "building_id"
        a = a[a[key].str.split("/").str[0].isin(ids)].reset_index(drop=True)
        b = b[b[key].str.split("/").str[0].isin(ids)].reset_index(drop=True)
        assert len(a) == len(b)
        for column in a.columns:
            if column == "geometry":
                assert list(shapely.to_wkb(a.geometry)) == list(shapely.to_wkb(b.geometry))
            else:
                assert a[column].astype(object).fillna("-").tolist() == (
                    b[column].astype(object).fillna("-").tolist()
                )


def test_bit_for_bit_whatever_the_tile_and_the_order():
    """A house gets the same bytes from the whole town and from a window 60 m around it."""
    facets, table = town()
    surface = towns.draw(facets, towns.around(facets, 150.0), noise=0.05, trees=[(X0, Y0, 3, 6)])
    whole = planes_from_surface(surface, table, table, P)
    assert whole.planes["building_id"].nunique() == 5
    shuffled = table.sample(frac=1.0, random_state=4)
    same(whole, planes_from_surface(surface, shuffled, table, P), set(table["building_id"]))
    for k in range(len(table)):
        own = table.iloc[[k]]
        x1, y1, x2, y2 = own.total_bounds
        rows, cols = surface.grid.window((x1 - 60, y1 - 60, x2 + 60, y2 + 60))
        part = Surface(
            surface.grid.sub(rows, cols), surface.dsm[rows, cols], surface.dtm[rows, cols]
        )
        near = shuffled[shuffled.intersects(shapely.box(x1 - 60, y1 - 60, x2 + 60, y2 + 60))]
        same(whole, planes_from_surface(part, own, near, P), set(own["building_id"]))


def test_points_fit_better_than_pixels_and_in_any_order():
    """10 points a square metre with 0.03 m of noise: tilts within 0.3 degrees (four standard
    errors of a 50 m² plane), outlines within 0.1 m; the order of the points does not matter."""
    facets, table = town()
    bounds = towns.around(facets, 60.0)
    cloud = towns.scan(facets, bounds)
    surface = towns.draw(facets, bounds, noise=0.05)
    found = planes_from_points(cloud, surface, table, table, P)
    assert set(found.planes["plane_source"]) == {"lidar"}
    for (row, iou), one in zip(towns.matched(found.planes, facets), facets, strict=True):
        plane = found.planes.iloc[row]
        assert plane.surface_tilt == pytest.approx(one.tilt, abs=0.3)
        assert iou > 0.9
    assert found.quality["points_per_m2"].to_numpy() == pytest.approx(10.0, rel=0.15)
    order = np.random.default_rng(9).permutation(len(cloud.x))
    mixed = type(cloud)(
        cloud.x[order], cloud.y[order], cloud.z[order], cloud.classification[order]
    )
    again = planes_from_points(mixed, surface, table, table, P)
    same(found, again, set(table["building_id"]))


def test_points_see_through_a_tree():
    """A crown over half of a roof: its points are not roof points, those below it are."""
    facets = towns.gable(12.0, 9.0, 5.0, 40.0)
    bounds = towns.around(facets, 30.0)
    surface = towns.draw(facets, bounds, trees=[(X0 + 10.0, Y0 + 4.5, 4.0, 12.0)])
    cloud = towns.scan(facets, bounds, density=14.0)
    crown = np.hypot(cloud.x - X0 - 10.0, cloud.y - Y0 - 4.5) < 4.0
    hit = crown & (np.random.default_rng(2).random(len(cloud.x)) < 0.5)
    z, kind = np.where(hit, towns.GROUND + 11.0, cloud.z), np.where(hit, 5, cloud.classification)
    table = towns.footprints(a=towns.outline(facets))
    cloud = type(cloud)(cloud.x, cloud.y, z, kind.astype(np.uint8))
    found = planes_from_points(cloud, surface, table, table, P)
    for (row, iou), one in zip(towns.matched(found.planes, facets), facets, strict=True):
        assert found.planes["surface_tilt"].iloc[row] == pytest.approx(one.tilt, abs=0.3)
        assert iou > 0.85


def test_few_points_are_said():
    facets = towns.gable(12.0, 9.0, 5.0, 40.0)
    bounds = towns.around(facets)
    table = towns.footprints(a=towns.outline(facets))
    cloud = towns.scan(facets, bounds, density=0.8)
    found = planes_from_points(cloud, towns.draw(facets, bounds), table, table, P)
    assert found.quality["status"].tolist() == ["low_confidence"]
    assert found.quality["status_reason"].tolist() == ["few_points"]
