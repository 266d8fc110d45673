"""Sizes and shapes at the edges: what is found of them, and how sure it is said to be.

Exact scenes of towns.py; the truth is the equation of each facet. Where nothing can be known
(trees, glass), the building must be told apart by its status.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from cadastre.exchange import Surface
from cadastre.parameters import Roofs
from cadastre.roofs.planes import planes_from_surface
from tests.roofs import towns
from tests.roofs.towns import GROUND, X0, Y0

P = Roofs()


def find(surface, footprint):
    table = towns.footprints(a=footprint)
    return planes_from_surface(surface, table, table, P)


def drawn(facets, noise=0.05):
    return find(towns.draw(facets, towns.around(facets), noise=noise), towns.outline(facets))


def centres(grid):
    return grid.xy(*np.mgrid[: grid.rows, : grid.cols])


def pyramid(width, eave, tilt, turn=0.0):
    half = width / 2
    top = eave + np.tan(np.radians(tilt)) * half
    corners = [(0, 0), (width, 0), (width, width), (0, width)]
    return [
        towns.facet([corners[k], corners[(k + 1) % 4], (half, half)], [eave, eave, top], turn)
        for k in range(4)
    ]


def test_annex_of_ten_square_metres():
    """A shed of 3.6 x 2.8 m under one slope, alone on its footprint."""
    shed = towns.lean_to(0, 0, 3.6, 2.8, 2.3, 12.0, 30.0)
    found = drawn([shed])
    assert len(found.planes) == 1
    plane = found.planes.iloc[0]
    # 60 pixels of 0.05 m over 2.8 m: standard error 0.5 degrees; four times that
    assert plane.surface_tilt == pytest.approx(12.0, abs=2.0)
    assert plane.area_horizontal_m2 == pytest.approx(10.08, rel=0.12)
    assert found.quality["status"].tolist() == ["computed"]


def test_hall_of_twenty_thousand_square_metres():
    """Four low gables side by side, 200 x 100 m."""
    bays = [f for k in range(4) for f in towns.gable(200.0, 25.0, 9.0, 6.0, 8.0, bay(25.0 * k))]
    found = drawn(bays)
    assert found.quality["status"].tolist() == ["computed"]
    assert len(found.planes) == 8
    for row, iou in towns.matched(found.planes, bays):
        assert iou > 0.97
        assert found.planes["surface_tilt"].iloc[row] == pytest.approx(6.0, abs=0.1)
    assert found.planes["area_horizontal_m2"].sum() == pytest.approx(20_000.0, rel=0.01)


def bay(away, turn=8.0):
    """Corner of a bay ``away`` metres along the turned y axis."""
    return X0 - away * np.sin(np.radians(turn)), Y0 + away * np.cos(np.radians(turn))


def test_a_court_drawn_in_the_footprint_stays_open():
    wings = [
        towns.flat(24.0, 6.0, 7.0), towns.flat(24.0, 6.0, 7.0, corner=(0, 14)),
        towns.flat(6.0, 8.0, 7.0, corner=(0, 6)), towns.flat(6.0, 8.0, 7.0, corner=(18, 6)),
    ]  # fmt: skip
    footprint = shapely.union_all([w.outline for w in wings], grid_size=1e-6)
    assert len(footprint.interiors) == 1
    found = find(towns.draw(wings, towns.around(wings), noise=0.05), footprint)
    whole = shapely.union_all(found.planes.geometry.to_numpy())
    court = shapely.Polygon(footprint.interiors[0])
    # eaves may be placed a fifth of a pixel inside the court
    assert whole.intersection(court).area < 0.08 * court.area
    assert whole.area == pytest.approx(footprint.area, rel=0.03)


def house():
    """A gable with a lean-to, a hip beside it under another ridge, and a lower wing."""
    main = towns.gable(12.0, 9.0, 5.0, 42.0, 20.0)
    leans = [towns.lean_to(1.0, -3.0, 5.0, 3.0, 2.5, 14.0, 20.0)]
    wing = [
        towns.facet([(12, 1), (18, 1), (18, 4), (12, 4)], [3.5, 3.5, 5.2], 20.0),
        towns.facet([(12, 7), (18, 7), (18, 4), (12, 4)], [3.5, 3.5, 5.2], 20.0),
    ]
    return [*main, *leans, *wing]


@pytest.mark.parametrize("noise", [0.0, 0.06])
def test_planes_of_one_roof_share_straight_edges(noise):
    """No overlap, no gap inside the roof, few corners: five rectangles, and where they meet."""
    facets = house()
    found = drawn(facets, noise)
    shapes = found.planes.geometry.to_numpy()
    whole = shapely.union_all(shapes)
    assert shapely.area(shapes).sum() - whole.area < 1e-3
    filled = shapely.union_all([shapely.Polygon(p.exterior) for p in shapely.get_parts(whole)])
    assert filled.area - whole.area < 1e-3
    inner = towns.outline(facets).buffer(-0.4)
    assert inner.difference(whole).area < 0.01 * inner.area
    corners = shapely.get_num_coordinates(shapely.simplify(shapes, 0.02)) - 1
    assert corners.sum() <= 1.6 * 4 * len(facets)
    edges = shapely.length(shapely.boundary(shapes)) / corners
    assert edges.mean() > 2.0


def test_an_eave_goes_on_straight_over_a_lower_roof():
    """A lean-to 0.5 m below an eave: the ramp of 1 m outside of it lies on the main slope.

    Drawn as gridding does it: within a metre of the house, heights fall in line from its edge to
    what lies a metre out. The main plane ends on one line.
    """
    house = towns.gable(12.0, 9.0, 5.0, 42.0)
    lean = towns.lean_to(3.0, -3.5, 5.0, 3.5, 5.0 - 0.5 - 3.5 * np.tan(np.radians(19)), 19.0)
    facets = [*house, lean]
    surface = towns.draw(facets, towns.around(facets))
    x, y = (c.ravel() for c in centres(surface.grid))
    walls = towns.outline(house)
    points = shapely.points(x, y)
    away = shapely.distance(points, walls)
    edge = shapely.get_coordinates(shapely.shortest_line(points, walls)).reshape(-1, 2, 2)[:, 1]
    top = np.minimum(house[0].z(*edge.T), house[1].z(*edge.T))
    out = edge + (np.column_stack((x, y)) - edge) / np.maximum(away, 1e-9)[:, None]
    foot = towns.heights([lean], *out.T)
    ramp = (away > 0) & (away < 1)
    z = np.where(ramp, top + (foot - top) * away, surface.dsm.ravel()).reshape(surface.dsm.shape)
    drawn_so = Surface(surface.grid, z.astype(np.float32), surface.dtm)

    def beyond_the_eave(parameters):
        """How much farther the main plane reaches over the lean-to than beside it, m."""
        table = towns.footprints(a=towns.outline(facets))
        planes = planes_from_surface(drawn_so, table, table, parameters).planes
        main = shapely.union_all(planes.geometry.to_numpy()[planes["surface_tilt"] > 35])
        over = main.intersection(shapely.box(X0 + 4, Y0 - 3, X0 + 7, Y0 + 3)).bounds[1]
        beside = main.intersection(shapely.box(X0 + 9, Y0 - 3, X0 + 11, Y0 + 3)).bounds[1]
        return beside - over

    assert beyond_the_eave(P) == pytest.approx(0.0, abs=0.05)
    assert beyond_the_eave(replace(P, eave_reach_m=0.0)) > 0.3


@pytest.mark.parametrize(("width", "tilt"), [(4.0, 75.0), (6.0, 78.0), (9.0, 72.0)])
def test_steeples_are_said_to_be_steep(width, tilt):
    found = drawn(pyramid(width, 15.0, tilt, 20.0))
    assert found.quality["status"].tolist() == ["low_confidence"]
    assert found.quality["status_reason"].tolist() in (["steep"], ["no_plane"])
    assert set(found.planes["quality_flag"]) <= {"steep", "poor_fit", "few_points"}


@pytest.mark.parametrize(("radius", "rise"), [(3.0, 10.0), (6.0, 5.0), (8.0, None)])
def test_round_roofs_make_no_sure_planes(radius, rise):
    """A pointed turret, a tent and a dome: nothing flat to find."""
    ground = towns.draw([], (X0 - 25, Y0 - 25, X0 + 35, Y0 + 35))
    x, y = centres(ground.grid)
    away = np.hypot(x - X0 - 5, y - Y0 - 5)
    dome = np.sqrt(np.maximum(radius**2 - away**2, 0.0))
    top = dome if rise is None else rise * (1 - away / radius)
    z = np.where(away < radius, GROUND + 10.0 + top, GROUND)
    z += 0.05 * np.random.default_rng(0).standard_normal(z.shape)
    surface = Surface(ground.grid, z.astype(np.float32), ground.dtm)
    found = find(surface, shapely.Point(X0 + 5, Y0 + 5).buffer(radius))
    assert found.quality["status"].tolist() == ["low_confidence"]


@pytest.mark.parametrize("through", [0.3, 0.6])
def test_glass_that_lets_the_beam_through(through):
    """Greenhouse of eight bays; a share of the pixels shows shelves and floor instead of glass."""
    bays = []
    for k in range(8):
        low, mid, high = 3.2 * k, 3.2 * k + 1.6, 3.2 * k + 3.2
        bays.append(towns.facet([(0, low), (40, low), (40, mid), (0, mid)], [4, 4, 4.65]))
        bays.append(towns.facet([(0, high), (40, high), (40, mid), (0, mid)], [4, 4, 4.65]))
    surface = towns.draw(bays, towns.around(bays), noise=0.05)
    random = np.random.default_rng(3)
    x, y = centres(surface.grid)
    below = shapely.contains_xy(towns.outline(bays), x, y) & (random.random(x.shape) < through)
    z = np.where(below, GROUND + random.uniform(0.3, 2.5, x.shape), surface.dsm)
    found = find(Surface(surface.grid, z.astype(np.float32), surface.dtm), towns.outline(bays))
    assert found.quality["status"].tolist() == ["low_confidence"]
    assert found.quality["status_reason"].iloc[0] in ("poor_fit", "no_plane", "vegetation")
    assert "ok" not in set(found.planes["quality_flag"])


@pytest.mark.parametrize(
    ("cover", "sure"), [(0.0, True), (0.25, True), (0.6, False), (0.9, False)]
)
def test_roofs_under_trees(cover, sure):
    """Ragged crowns over a share of the roof: beyond a half, the result is doubted."""
    facets = towns.gable(12.0, 9.0, 5.0, 40.0, 15.0)
    roof = towns.outline(facets)
    surface = towns.draw(facets, towns.around(facets), noise=0.05)
    x, y = centres(surface.grid)
    west, east = roof.bounds[0], roof.bounds[2]
    crown = GROUND + 9.0 + 2.5 * np.sin(x / 1.3) * np.cos(y / 1.1)
    crown += np.random.default_rng(4).normal(0.0, 0.8, x.shape)
    hidden = (x < west + cover * (east - west)) & shapely.contains_xy(roof.buffer(2.0), x, y)
    z = np.where(hidden, np.maximum(surface.dsm, crown), surface.dsm)
    found = find(Surface(surface.grid, z.astype(np.float32), surface.dtm), roof)
    assert found.quality["status"].tolist() == ["computed" if sure else "low_confidence"]
    if sure:
        assert {round(t) for t in found.planes["surface_tilt"]} == {40}
