"""The truth against closed forms, and against a slow look at every facet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from cadastre.demo.facets import Facet, outline_array
from cadastre.demo.scene import Scene
from cadastre.demo.truth import visible_parts


def plane_heights(scene: Scene, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """Height of the plane that the raster names, from the columns of the truth, m."""
    planes = scene.planes.set_index("plane_id").loc[scene.plane_id[rows, cols]]
    x, y = scene.grid.xy(rows, cols)
    return (
        planes["a"] * (x - planes["x0"]) + planes["b"] * (y - planes["y0"]) + planes["c"]
    ).to_numpy()


def test_surface_lies_on_the_plane_one_sees(default_scene: Scene) -> None:
    rows, cols = np.nonzero(default_scene.plane_id)
    assert rows.size > 100_000
    # 1e-3 m: float32 keeps 4 µm at 50 m, outlines of the truth are rounded to 0.1 mm
    gap = default_scene.dsm[rows, cols] - plane_heights(default_scene, rows, cols)
    assert np.abs(gap).max() < 1e-3


def test_every_roof_pixel_lies_in_the_polygon_of_its_plane(default_scene: Scene) -> None:
    rows, cols = np.nonzero(default_scene.plane_id)
    x, y = default_scene.grid.xy(rows, cols)
    polygons = default_scene.planes.set_index("plane_id").geometry
    mine = polygons.loc[default_scene.plane_id[rows, cols]].to_numpy()
    assert shapely.distance(mine, shapely.points(x, y)).max() < 1e-3


def test_planes_of_a_building_make_up_its_footprint(default_scene: Scene) -> None:
    plan = default_scene.planes.groupby("building_id")["area_2d"].sum()
    outline = default_scene.footprints_true.set_index("cleabs").geometry.area
    assert set(plan.index) == set(outline.index)
    # crumbs under 1e-3 m² are left out, corners are rounded to 0.1 mm
    assert (plan - outline).abs().max() < 5e-3
    whole = default_scene.planes.dissolve("building_id").geometry
    true = default_scene.footprints_true.set_index("cleabs").geometry.loc[whole.index]
    gap = shapely.symmetric_difference(whole.to_numpy(), true.to_numpy())
    assert shapely.area(gap).max() < 5e-3
    overlap = plan - whole.area
    assert overlap.abs().max() < 5e-3


def test_sloped_area_is_plan_area_over_cosine(default_scene: Scene) -> None:
    planes = default_scene.planes
    assert np.allclose(planes["area_2d"], planes.geometry.area, rtol=1e-12)
    slope = np.hypot(planes["a"], planes["b"])
    assert np.allclose(planes["area_3d"], planes["area_2d"] * np.sqrt(1.0 + slope**2), rtol=1e-9)
    assert np.allclose(np.tan(np.radians(planes["tilt"])), slope, atol=1e-9)


def test_azimuth_is_the_way_water_runs(default_scene: Scene) -> None:
    planes = default_scene.planes[default_scene.planes["tilt"] > 0]
    azimuth = np.radians(planes["azimuth"])
    downhill = planes["a"] * np.sin(azimuth) + planes["b"] * np.cos(azimuth)
    assert np.allclose(downhill, -np.tan(np.radians(planes["tilt"])), atol=1e-9)
    level = default_scene.planes[default_scene.planes["tilt"] == 0]
    assert set(level["azimuth"]) == {180.0}


def highest(facets: tuple[Facet, ...], points: np.ndarray) -> np.ndarray:
    """Rank of the highest facet at each point, -1 outside; every facet looked at."""
    z = np.full((len(facets), len(points)), -np.inf)
    for rank, facet in enumerate(facets):
        inside = shapely.contains_xy(shapely.Polygon(outline_array(facet)), *points.T)
        heights = facet.a * points[:, 0] + facet.b * points[:, 1] + facet.c
        z[rank, inside] = heights[inside]
    return np.where(np.isinf(z.max(axis=0)), -1, z.argmax(axis=0))


@pytest.mark.parametrize("kind", ["twin", "coron", "villa", "school", "church", "warehouse"])
def test_visible_parts_agree_with_a_look_at_every_facet(default_scene: Scene, kind: str) -> None:
    buildings = [b for b in default_scene.layout.buildings if b.shape.kind == kind][:6]
    assert buildings
    rng = np.random.default_rng(5)
    for building in buildings:
        facets = building.shape.facets
        corners = np.vstack([outline_array(facet) for facet in facets])
        points = rng.uniform(corners.min(axis=0), corners.max(axis=0), (4000, 2))
        expected = highest(facets, points)
        found = np.full(len(points), -1)
        for rank, parts in enumerate(visible_parts(facets)):
            for part in parts:
                found[shapely.contains_xy(part, *points.T)] = rank
        # a point within 0.1 mm of an edge may fall on either side
        assert (found != expected).mean() < 1e-3


def test_a_higher_box_hides_what_is_below_it_and_cuts_a_ridge_in_two() -> None:
    from cadastre.demo import facets as f

    roof = f.gable(f.Rectangle(0, 0, 10, 8), 4.0, 45.0)
    tower = f.flat(f.Rectangle(4, 0, 6, 8), 20.0, "flat")
    parts = visible_parts((*roof, tower))
    assert [len(p) for p in parts] == [2, 2, 1]
    assert sum(p.area for p in parts[0]) == pytest.approx(4.0 * 8.0)
    assert parts[2][0].area == pytest.approx(16.0)


def test_share_under_trees_counts_pixels(default_scene: Scene) -> None:
    planes = default_scene.planes
    hidden = planes[planes["vis_frac"] < 0.9]
    assert len(hidden) >= 3
    for plane in hidden[hidden["area_2d"] > 8.0].itertuples():
        crowns = [
            shapely.Point(x, y).buffer(radius, quad_segs=32)
            for x, y, _, _, radius, _ in default_scene.layout.trees
        ]
        cover = shapely.union_all([c for c in crowns if c.intersects(plane.geometry)])
        # a crown hides no more than its disc; pixels of 0.25 m² sample the share
        disc = plane.geometry.intersection(cover).area / plane.area_2d
        assert 1.0 - plane.vis_frac <= disc + 2.0 * np.sqrt(0.25 / plane.area_2d)


def test_kinds_of_roofs_the_quarter_must_hold(default_scene: Scene) -> None:
    planes = default_scene.planes
    assert set(planes["kind"]) >= {
        "roof",
        "hip",
        "halfhip",
        "leanto",
        "dormer",
        "chimney",
        "flat",
        "parapet",
        "sawtooth",
        "glazing",
        "wing",
        "spire",
    }
    dwellings = [b for b in default_scene.layout.buildings if b.shape.kind == "twin"]
    names = {
        r
        for r, b in zip(
            default_scene.footprints["cleabs"], default_scene.layout.buildings, strict=True
        )
        if b in dwellings
    }
    main = planes[(planes["kind"] == "roof") & planes["building_id"].isin(names)]
    assert main["tilt"].between(40.0, 45.0).all()


def test_parapet_is_eight_tenths_of_a_metre_high_and_four_wide(default_scene: Scene) -> None:
    planes = default_scene.planes
    parapet = planes[planes["kind"] == "parapet"]
    owner = planes[planes["building_id"] == parapet["building_id"].iloc[0]]
    deck = owner[owner["kind"] == "flat"].iloc[0]
    corners = shapely.get_coordinates(shapely.Polygon(deck.geometry.exterior))
    top = (
        deck["a"] * (corners[:, 0] - deck["x0"])
        + deck["b"] * (corners[:, 1] - deck["y0"])
        + deck["c"]
    ).max()
    # the deck falls 1.2 degrees and stops 0.4 m inside the wall: 0.4 m x tan 1.2 = 8 mm
    assert parapet["c"].iloc[0] - top == pytest.approx(0.8, abs=0.01)
    widths = parapet.geometry.map(lambda p: p.minimum_rotated_rectangle.length / 2)
    areas = parapet["area_2d"]
    assert np.allclose(areas / (widths - 0.4), 0.4, atol=1e-3)


def test_ids_are_those_of_the_raster(default_scene: Scene) -> None:
    planes = default_scene.planes
    assert planes["plane_id"].tolist() == list(range(1, len(planes) + 1))
    ranks = planes.groupby("building_id")["plane"].apply(list)
    assert all(r == list(range(1, len(r) + 1)) for r in ranks)
    # ranks compare areas rounded to 0.01 m²
    steps = planes.groupby("building_id")["area_3d"].diff().dropna()
    assert (steps < 0.011).all()
    seen = pd.Series(np.bincount(default_scene.plane_id.ravel(), minlength=len(planes) + 1)[1:])
    wide = planes["area_2d"].to_numpy() > 20.0
    # pixel counts estimate areas: one pixel a metre of outline
    pixels = seen[wide].to_numpy() * 0.25 / planes["vis_frac"][wide].clip(lower=0.05)
    clear = planes["vis_frac"][wide].to_numpy() > 0.5
    ratio = (pixels / planes["area_2d"][wide])[clear]
    assert ratio.between(0.85, 1.15).all()
    assert ratio.mean() == pytest.approx(1.0, abs=0.01)
