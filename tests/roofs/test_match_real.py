"""Planes from real models against plain code on the same polygons."""

from __future__ import annotations

import functools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cadastre.parameters.model3d import Model3D
from cadastre.parameters.roofs import Roofs as RoofParameters
from cadastre.roofs.faces import roof_faces
from cadastre.roofs.match import planes_from_model
from cadastre.sources.notes import Notes
from cadastre.sources.roofs3d import read_model
from tests.model_oracle import attributes_of, surfaces_of
from tests.polygon_oracle import height_at, in_polygon, plane_of
from tests.shared_data import data_file
from tests.sources.test_roofs3d_real import FILES, RENNES

SMALL = RoofParameters(min_plane_area_m2=0.5)


@functools.cache
def case(name, kind="RoofSurface"):
    """Path, model, and footprints drawn around the surfaces of one kind, per building."""
    file, crs = (RENNES, "EPSG:3948") if name == "rennes" else FILES[name][:2]
    path = data_file(*file.split("/"))
    model = read_model([str(path)], crs, Notes().add)
    shapes: dict[str, list] = {}
    for building, rings in surfaces_of(path, kind):
        flat = [[(x, y) for x, y, _ in ring] for ring in rings]
        polygon = shapely.make_valid(shapely.Polygon(flat[0], flat[1:]))
        shapes.setdefault(building, []).append(polygon)
    outlines = []
    for parts in shapes.values():
        union = shapely.union_all(parts).buffer(0.01, join_style="mitre")
        union = union.buffer(-0.01, join_style="mitre")
        outlines.append(
            shapely.MultiPolygon([p for p in shapely.get_parts(union) if p.area > 0.01])
        )
    table = gpd.GeoDataFrame(
        {"building_id": pd.array(list(shapes), dtype="string")}, geometry=outlines, crs=crs
    )
    return path, model, table


@pytest.mark.reference
@pytest.mark.parametrize("name", [*FILES, "rennes"])
def test_every_roof_surface_is_in_a_plane_or_listed(name):
    """Areas add up: surfaces read = planes + surfaces set aside with a reason, to 1 in 10 000."""
    _, model, table = case(name)
    found = planes_from_model(model, table, Model3D())
    faces, no_roofs = roof_faces(model, Model3D())
    aside = found.set_aside
    assert len(faces.row) + len(no_roofs) == len(model.faces)
    later = aside[~aside["reason"].isin(no_roofs["reason"].unique())]
    placed = found.planes["area_sloped_m2"].sum() + later["area_sloped_m2"].sum()
    assert placed == pytest.approx(faces.area_sloped.sum(), rel=1e-4)
    assert aside["reason"].ne("").all()
    assert set(found.quality["building_id"]) == set(table["building_id"])
    assert found.quality["status"].isin(["computed", "excluded"]).all()


@pytest.mark.reference
@pytest.mark.parametrize("name", ["denhaag", "vienna", "zurich", "3dbag", "3dbag_old"])
def test_planes_are_what_the_sky_sees_of_the_polygons(name):
    """At random points of some buildings: height, tilt and azimuth of the highest polygon.

    Where the plane found is not the highest polygon's, a smaller piece was left out as too small:
    such points are counted. Merged faces may differ by the merging tolerances (5 cm, 1.5 deg).
    """
    path, model, table = case(name)
    planes = planes_from_model(model, table, Model3D(), roofs=SMALL).planes
    generator = np.random.default_rng(17)
    rings_of: dict[str, list] = {}
    for building, rings in surfaces_of(path):
        rings_of.setdefault(building, []).append(rings)
    chosen = generator.choice(len(table), min(25, len(table)), replace=False)
    seen, alike = 0, 0
    for row in chosen:
        building, outline = table["building_id"].iloc[row], table.geometry.iloc[row]
        own = planes[planes["building_id"] == building]
        x_min, y_min, x_max, y_max = outline.bounds
        points = generator.uniform((x_min, y_min), (x_max, y_max), (40, 2))
        roofs = [rings for rings in rings_of[building] if plane_of(rings)[0] <= 80.0]
        for x, y in points:
            over = [(height_at(rings, x, y), rings) for rings in roofs if in_polygon(rings, x, y)]
            if not over:
                continue
            z, rings = max(over, key=lambda item: item[0])
            tilt, azimuth, _ = plane_of(rings)
            here = own[own.contains(shapely.Point(x, y)).to_numpy()]
            assert len(here) <= 1
            seen += 1
            for plane in here.itertuples():
                dx, dy = x - plane.plane_x0, y - plane.plane_y0
                level = plane.plane_a * dx + plane.plane_b * dy + plane.plane_c
                same = abs(level - z) < 0.06 and abs(plane.surface_tilt - tilt) < 1.6
                if same and tilt > 10:
                    turn = (plane.surface_azimuth - azimuth + 180) % 360 - 180
                    same = abs(turn) < 1.6 / np.sin(np.radians(tilt))
                alike += same
    assert seen > 100
    assert alike / seen > 0.98


@pytest.mark.reference
def test_flat_and_sloped_areas_of_3dbag():
    """Against 3DBAG's own b3_opp_dak_plat and b3_opp_dak_schuin (m², limit of 3 degrees).

    Eight of ten buildings agree to 2 cm². The attributes of two describe other polygons than
    those of the file: a slow sum over the polygons gives what the planes give, not what they say.
    """
    path, model, table = case("3dbag")
    planes = planes_from_model(model, table, Model3D(), roofs=SMALL).planes
    slow: dict[str, list[float]] = {}
    for building, rings in surfaces_of(path):
        tilt, _, area = plane_of(rings)
        slow.setdefault(building, [0.0, 0.0])[int(tilt >= 3.0)] += area
    agree = []
    for building, attributes in attributes_of(path).items():
        own = planes[planes["building_id"] == building]
        sloped = own["surface_tilt"] >= 3.0
        area = [own["area_sloped_m2"][~sloped].sum(), own["area_sloped_m2"][sloped].sum()]
        np.testing.assert_allclose(area, slow[building], atol=0.02)
        given = [attributes["b3_opp_dak_plat"], attributes["b3_opp_dak_schuin"]]
        agree.append(np.allclose(area, given, atol=0.02))
    assert sum(agree) == 8


@pytest.mark.reference
@pytest.mark.parametrize("name", ["denhaag", "vienna"])
def test_footprints_of_the_ground(name):
    """Footprints from ground surfaces, 0.5 m off: buildings still find their own roofs.

    Tilts per building (area-weighted) stay those of exact footprints within 1 degree for 95 %.
    """
    _, model, exact = case(name)
    _, _, ground = case(name, "GroundSurface")
    ground = ground.set_geometry(ground.geometry.translate(0.4, -0.3))
    one = planes_from_model(model, exact, Model3D())
    two = planes_from_model(model, ground, Model3D())
    matched = two.quality.set_index("building_id")["status"].isin(["computed", "low_confidence"])
    assert matched.mean() > 0.97

    def mean_tilt(table):
        weighted = table["surface_tilt"] * table["area_sloped_m2"]
        ids = table["building_id"]
        return weighted.groupby(ids).sum() / table["area_sloped_m2"].groupby(ids).sum()

    gap = (mean_tilt(one.planes) - mean_tilt(two.planes)).dropna().abs()
    assert (gap < 1.0).mean() > 0.95
    total = two.planes["area_sloped_m2"].sum() / one.planes["area_sloped_m2"].sum()
    assert total == pytest.approx(1.0, abs=0.03)


@pytest.mark.reference
def test_planes_of_a_building_do_not_overlap():
    for name in ("denhaag", "zurich"):
        _, model, table = case(name)
        planes = planes_from_model(model, table, Model3D()).planes
        area = planes.groupby("building_id")["area_horizontal_m2"].sum()
        union = planes.dissolve("building_id").area
        assert (area - union).abs().max() < 0.05
        assert ((area - union).abs() / area).max() < 1e-3
