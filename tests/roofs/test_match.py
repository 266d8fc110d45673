"""Planes of buildings from a model: cut, merged, matched, with nothing lost or counted twice."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import affinity

from cadastre.parameters.model3d import Model3D
from cadastre.parameters.roofs import Roofs as RoofParameters
from cadastre.roofs.faces import roof_faces
from cadastre.roofs.match import planes_from_model
from cadastre.schema import TABLES, faults
from tests.polygon_oracle import height_at, in_polygon
from tests.roofs.models import footprints, gable, gable_across, level, model_of, slope

ALL = RoofParameters(min_plane_area_m2=0.5)
FROM_4_M2 = RoofParameters(min_plane_area_m2=4.0)


def planes(model, table, roofs=ALL, context=None, **parameters):
    return planes_from_model(model, table, Model3D(**parameters), context, roofs)


def test_a_house_in_closed_form():
    """Ridge west-east, 12 x 8 m, 3 m rise over 4 m: tilt atan(3/4), 60 m² each side."""
    found = planes(model_of({"M": gable(0, 0, 12, 8, 5, 8)}), footprints(a=(0, 0, 12, 8)))
    table = found.planes
    assert faults(table, TABLES["roof_planes_geometry"]) == []
    assert faults(found.quality, TABLES["roof_quality"]) == []
    assert list(table["plane_id"]) == ["a/1", "a/2"]
    np.testing.assert_allclose(table["surface_tilt"], math.degrees(math.atan2(3, 4)), atol=1e-9)
    assert sorted(table["surface_azimuth"].round(9)) == [0.0, 180.0]
    np.testing.assert_allclose(table["area_sloped_m2"], 60.0)
    np.testing.assert_allclose(table["area_horizontal_m2"], 48.0)
    assert set(table["plane_source"]) == {"lod2"}
    assert set(table["quality_flag"]) == {"ok"}
    assert table["fit_rmse_m"].max() < 1e-9
    for row in table.itertuples():
        for x, y in shapely.get_coordinates(row.geometry):
            z = row.plane_a * (x - row.plane_x0) + row.plane_b * (y - row.plane_y0) + row.plane_c
            assert z == pytest.approx(5 + 3 * (1 - abs(y - 4) / 4))
    quality = found.quality.iloc[0]
    assert (quality["status"], quality["status_reason"]) == ("computed", "ok")
    assert quality["explained_share"] == pytest.approx(1.0)
    assert len(found.obstacles) == 0
    assert len(found.set_aside) == 0


def test_ids_follow_area_then_place_and_flat_has_no_azimuth():
    roofs = [level(0, 0, 4, 4, 3), level(10, 0, 20, 10, 6), level(4, 0, 8, 4, 4)]
    found = planes(model_of({"M": roofs}), footprints(a=(0, 0, 20, 10)))
    assert found.planes["plane_c"].tolist() == [6.0, 3.0, 4.0]
    assert found.planes["surface_azimuth"].isna().all()


@pytest.mark.parametrize("overhang", ["keep", "clip"])
def test_overhang_kept_or_clipped(overhang):
    """Eaves reach 0.6 m beyond a footprint of 12 x 8 m."""
    model = model_of({"M": gable(-0.6, -0.6, 12.6, 8.6, 5, 8.45)})
    found = planes(model, footprints(a=(0, 0, 12, 8)), overhang=overhang)
    plan = 13.2 * 9.2 if overhang == "keep" else 12 * 8
    assert found.planes["area_horizontal_m2"].sum() == pytest.approx(plan)
    assert found.quality["explained_share"][0] == pytest.approx(1.0)
    beyond = found.set_aside[found.set_aside["reason"] == "outside_footprint"]
    cos = math.cos(math.atan2(3.45, 4.6))
    lost = 0.0 if overhang == "keep" else (13.2 * 9.2 - 12 * 8) / cos
    assert beyond["area_sloped_m2"].sum() == pytest.approx(lost)


def test_roof_far_beyond_the_footprint_is_listed():
    found = planes(model_of({"M": [level(0, 0, 30, 10, 5)]}), footprints(a=(0, 0, 20, 10)))
    assert found.planes["area_horizontal_m2"].sum() == pytest.approx(21.5 * 10)
    assert found.set_aside["reason"].tolist() == ["outside_footprint"]
    assert found.set_aside["area_sloped_m2"].sum() == pytest.approx(8.5 * 10)


def terrace():
    """One model building over three footprints of 8 m; eaves 0.8 m beyond, ends 0.5 m beyond."""
    model = model_of({"M": gable(-0.5, -0.8, 24.5, 10.8, 5, 8.48)})
    return model, footprints(a=(0, 0, 8, 10), b=(8, 0, 16, 10), c=(16, 0, 24, 10))


def test_a_terrace_is_cut_at_its_party_walls():
    """Overhangs go to the nearest house: the cut goes straight on from the party wall.

    Tolerance 0.15 m x 0.8 m of eave on either side: Voronoi sites stand every 0.25 m.
    """
    model, table = terrace()
    found = planes(model, table)
    by_house = found.planes.groupby("building_id")["area_horizontal_m2"].sum()
    np.testing.assert_allclose(
        by_house[["a", "b", "c"]], [8.5 * 11.6, 8 * 11.6, 8.5 * 11.6], atol=4 * 0.15 * 0.8
    )
    assert by_house.sum() == pytest.approx(25 * 11.6)
    assert found.planes.groupby("building_id").size().tolist() == [2, 2, 2]
    assert len(found.set_aside) == 0
    union = shapely.union_all(found.planes.geometry.to_numpy())
    assert union.area == pytest.approx(by_house.sum(), abs=1e-6)
    clipped = planes(model, table, overhang="clip")
    np.testing.assert_allclose(clipped.planes["area_horizontal_m2"], 40.0)


def test_shifted_footprints_do_not_steal_slivers():
    """Three houses modelled one by one, footprints 0.7 m to the east: each keeps its own roof."""
    houses = {f"M{k}": gable_across(8 * k, 0, 8 * k + 8, 10, 5 + k, 8 + k) for k in range(3)}
    _, table = terrace()
    table = table.set_geometry(table.geometry.translate(0.7, 0.3))
    found = planes(model_of(houses), table)
    np.testing.assert_allclose(found.planes["area_horizontal_m2"], 40.0)
    for k, house in enumerate("abc"):
        own = found.planes[found.planes["building_id"] == house]
        np.testing.assert_allclose(own["plane_c"], 6.5 + k)


def test_parts_of_one_building_join_in_one_footprint():
    """Two objects whose slopes lie in one plane give two planes, not four."""
    parts = {"P1": gable(0, 0, 6, 8, 5, 8), "P2": gable(6, 0, 15, 8, 5, 8)}
    found = planes(model_of({"M": parts}), footprints(a=(0, 0, 15, 8)))
    np.testing.assert_allclose(found.planes["area_sloped_m2"], 15 * 5)
    assert [shape.geom_type for shape in found.planes.geometry] == ["Polygon", "Polygon"]
    assert len(found.set_aside) == 0


def test_split_faces_leave_no_crack():
    """Strips with a millimetre between them: a plane without slits, for setbacks to be right."""
    cuts = [0, 2.5, 5.0, 7.5, 10.0]
    strips = [level(a + 0.001 * k, 0, b, 8, 5) for k, (a, b) in enumerate(pairwise(cuts))]
    found = planes(model_of({"M": strips}), footprints(a=(0, 0, 10, 8)))
    assert len(found.planes) == 1
    outline = found.planes.geometry.iloc[0]
    assert outline.buffer(-0.5).area == pytest.approx(9 * 7, abs=0.01)


def test_a_tower_over_a_flat_roof():
    """The flat roof runs under the tower: the sky sees 20 x 10 less 4 x 4."""
    found = planes(
        model_of({"M": [level(0, 0, 20, 10, 5), level(3, 3, 7, 7, 12)]}),
        footprints(a=(0, 0, 20, 10)),
    )
    assert found.planes["area_sloped_m2"].tolist() == pytest.approx([200 - 16, 16])
    assert found.set_aside["reason"].tolist() == ["covered"]
    assert found.set_aside["area_sloped_m2"].tolist() == pytest.approx([16.0])
    assert found.set_aside["building_id"].tolist() == ["a"]


def test_copies_of_a_face_count_once():
    twice = [*gable(0, 0, 12, 8, 5, 8), *gable(0, 0, 12, 8, 5.02, 8.02)]
    found = planes(model_of({"M": twice}), footprints(a=(0, 0, 12, 8)))
    assert found.planes["area_horizontal_m2"].sum() == pytest.approx(96.0)
    assert found.set_aside["reason"].tolist() == ["covered"] * 2


def highest(model, x, y):
    """Highest roof face over a point, by hand: even-odd rule, least-squares plane."""
    best = None
    for face in range(len(model.faces)):
        rings = [
            model.vertices[model.ring_start[r] : model.ring_start[r + 1]].tolist()
            for r in range(model.face_start[face], model.face_start[face + 1])
        ]
        if in_polygon(rings, x, y):
            z = height_at(rings, x, y)
            best = z if best is None or z > best else best
    return best


def heights_of(table, points):
    """Heights of the planes over points; NaN where none, and how many planes lie over each."""
    z = np.full(len(points), np.nan)
    count = np.zeros(len(points), int)
    for row in table.itertuples():
        inside = shapely.contains_xy(row.geometry, points[:, 0], points[:, 1])
        dx, dy = points[:, 0] - row.plane_x0, points[:, 1] - row.plane_y0
        z[inside] = (row.plane_a * dx + row.plane_b * dy + row.plane_c)[inside]
        count += inside
    return z, count


def crossing_roofs():
    """A cross of gables of unequal height, a shed roof through them, a dormer, a chimney."""
    return [
        *gable(0, 6, 24, 14, 5, 9),
        *gable_across(8, 0, 15, 20, 5, 8),
        slope(17, 4, 21, 16, 4, 10),
        *gable_across(3, 7, 5, 9.5, 7.5, 8.4),
        level(11, 9, 12, 10, 11),
    ]


def test_the_sky_sees_the_highest_roof():
    """At random points the planes are the highest face of the model, one plane at most."""
    model = model_of({"M": crossing_roofs()})
    outline = shapely.union_all([shapely.box(0, 6, 24, 14), shapely.box(8, 0, 15, 20),
                                 shapely.box(17, 4, 21, 16)])  # fmt: skip
    found = planes(model, footprints(a=outline))
    generator = np.random.default_rng(11)
    points = generator.uniform((0, 0), (24, 20), (1500, 2))
    wanted = np.array([highest(model, x, y) or np.nan for x, y in points], float)
    z, count = heights_of(found.planes, points)
    assert count.max() == 1
    seen = ~np.isnan(wanted)
    off = np.abs(z - wanted)[seen]
    # copies within 5 cm count as one plane, and a point may fall on an edge
    assert np.quantile(off[~np.isnan(off)], 0.99) < 0.06
    assert np.isnan(off).mean() < 0.005
    assert np.isnan(z[~seen]).all()


def test_every_square_metre_has_a_place():
    """Planes and surfaces set aside add up to the faces read, whatever the footprints."""
    generator = np.random.default_rng(23)
    houses, shapes = {}, {}
    for k in range(40):
        x, y = 25.0 * (k % 8), 25.0 * (k // 8)
        width, depth = generator.uniform(4, 14, 2)
        faces = gable(x, y, x + width, y + depth, 5, generator.uniform(6, 12))
        if k % 3 == 0:
            faces += [level(x + 1, y + 1, x + 2.5, y + 3, 13)]
        if k % 4 == 0:
            faces += [level(x + width - 1, y, x + width + 6, y + 4, 3)]
        houses[f"M{k:02d}"] = faces
        if k % 7:
            box = shapely.box(x, y, x + width, y + depth)
            turned = affinity.rotate(box, generator.uniform(-4, 4))
            shapes[f"b{k:02d}"] = affinity.translate(turned, *generator.uniform(-1, 1, 2))
    model = model_of(houses)
    total = roof_faces(model, Model3D())[0].area_sloped.sum()
    for overhang in ("keep", "clip"):
        found = planes(model, footprints(**shapes), roofs=FROM_4_M2, overhang=overhang)
        placed = found.planes["area_sloped_m2"].sum() + found.set_aside["area_sloped_m2"].sum()
        assert placed == pytest.approx(total, rel=2e-4)
        assert {"no_footprint", "covered", "too_small"} <= set(found.set_aside["reason"])
    assert set(found.quality["building_id"]) == set(shapes)


def test_overlapping_footprints_share_a_roof_without_counting_twice():
    """A small footprint drawn over a large one: each object goes to the one it resembles."""
    model = model_of({"M": [level(0, 0, 20, 10, 5)], "N": [level(15, 2, 20, 8, 9)]})
    found = planes(model, footprints(large=(0, 0, 20, 10), small=(15, 2, 20, 8)))
    area = found.planes.groupby("building_id")["area_sloped_m2"].sum()
    assert area["small"] == pytest.approx(30.0)
    assert area.sum() <= 200 + 30


def test_buildings_that_reach_over_each_other_share_the_ground():
    """Eaves of a hall over a tower's foot, and a kiosk on a square: no square metre twice.

    The hall loses 4 m x 8 m of 200 m², the tower would lose a half: it keeps the place.
    """
    model = model_of({"H": [level(0, 0, 20, 10, 6)], "T": [level(16, 1, 24, 9, 20)],
                      "K": [level(2, 2, 5, 5, 9)]})  # fmt: skip
    table = footprints(hall=(0, 0, 20, 10), tower=(16, 1, 24, 9), kiosk=(2, 2, 5, 5))
    found = planes(model, table)
    area = found.planes.groupby("building_id")["area_horizontal_m2"].sum()
    assert area.to_dict() == pytest.approx({"hall": 200 - 32 - 9, "tower": 64.0, "kiosk": 9.0})
    assert set(found.quality["status"]) == {"computed"}
    covered = found.set_aside[found.set_aside["reason"] == "covered"]
    assert covered["area_sloped_m2"].sum() == pytest.approx(32.0 + 9.0)
    for name in table["building_id"]:
        alone = planes(model, table[table["building_id"] == name], context=table)
        own = found.planes[found.planes["building_id"] == name]
        assert list(shapely.to_wkb(alone.planes.geometry)) == list(shapely.to_wkb(own.geometry))


def test_statuses():
    model = model_of(
        {
            "full": gable(0, 0, 12, 8, 5, 8),
            "part": [level(30, 0, 36.5, 8, 5)],
            "scrap": [level(60, 0, 64, 8, 5)],
            "tiny": [level(90, 0, 91.5, 2, 3)],
            "lone": [level(300, 0, 310, 8, 5)],
        }
    )
    table = footprints(
        a=(0, 0, 12, 8), b=(30, 0, 40, 8), c=(60, 0, 72, 8), d=(90, 0, 91.5, 2), e=(120, 0, 130, 8)
    )
    table.loc[len(table)] = ["f", None]
    found = planes(model, table, roofs=FROM_4_M2)
    quality = found.quality.set_index("building_id")
    assert quality["status"].to_dict() == {
        "a": "computed", "b": "low_confidence", "c": "no_data", "d": "excluded", "e": "no_data",
        "f": "no_data",
    }  # fmt: skip
    assert quality["status_reason"].to_dict() == {
        "a": "ok", "b": "partial_model", "c": "no_model", "d": "too_small", "e": "no_model",
        "f": "no_model",
    }  # fmt: skip
    assert quality["explained_share"]["b"] == pytest.approx(0.65)
    flags = found.planes.set_index("building_id")["quality_flag"]
    assert flags["b"] == "unmatched_model"
    listed = found.set_aside.set_index("model_building_id")["reason"].to_dict()
    assert listed == {"scrap": "low_coverage", "tiny": "too_small", "lone": "no_footprint"}


def test_steep_and_warped_planes_are_flagged():
    steep = slope(0, 0, 10, 2, 3, 10)
    warped = ("RoofSurface", [[(0, 2, 3), (10, 2, 3), (10, 12, 3), (0, 12, 4.2)]])
    found = planes(model_of({"M": [steep, warped]}), footprints(a=(0, 0, 10, 12)))
    flags = dict(zip(found.planes["area_horizontal_m2"].round(), found.planes["quality_flag"]))
    assert flags == {20.0: "steep", 100.0: "poor_fit"}


def village(seed=4):
    """Thirty houses in rows, objects over several footprints, shifted footprints, annexes."""
    generator = np.random.default_rng(seed)
    houses, shapes = {}, {}
    for row in range(5):
        y = 22.0 * row
        houses[f"row{row}"] = {
            f"row{row}-1": gable(-0.4, y - 0.5, 24.3, y + 9.6, 5, 8),
            f"row{row}-2": gable(24.3, y - 0.5, 48.4, y + 9.6, 5.5, 9),
        }
        for k in range(6):
            x = 8.0 * k
            box = shapely.box(x, y, x + 8, y + 9)
            shapes[f"r{row}h{k}"] = affinity.translate(box, *generator.uniform(-0.3, 0.3, 2))
        shapes[f"r{row}z"] = shapely.box(10, y + 9, 13, y + 12)
        houses[f"shed{row}"] = [level(10, y + 9.1, 13, y + 12, 2.6)]
    return model_of(houses), footprints(**shapes)


def same(one, two):
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.planes.drop(columns="geometry")),
        pd.DataFrame(two.planes.drop(columns="geometry")),
    )
    assert one.planes.geometry.to_wkb().tolist() == two.planes.geometry.to_wkb().tolist()
    pd.testing.assert_frame_equal(one.quality, two.quality)


def test_same_planes_whatever_is_asked_for_together():
    """Bit for bit: all at once, in another order, one by one with the others as context."""
    model, table = village()
    whole = planes(model, table)
    assert (whole.quality["status"] == "computed").all()
    same(whole, planes(model, table.iloc[::-1]))
    single = [planes(_within(model, _around(table, k)), table.iloc[[k]], context=table)
              for k in range(len(table))]  # fmt: skip
    joined = type(whole)(
        gpd.GeoDataFrame(pd.concat([part.planes for part in single], ignore_index=True))
        .sort_values("plane_id", kind="stable")
        .reset_index(drop=True),
        whole.obstacles,
        pd.concat([part.quality for part in single]).sort_values("building_id", ignore_index=True),
    )
    same(whole, joined)


def _within(model, bounds):
    """Keep the whole objects whose box touches ``bounds``."""
    box = model.objects
    near = (box["x_min"] <= bounds[2]) & (box["x_max"] >= bounds[0])
    near &= (box["y_min"] <= bounds[3]) & (box["y_max"] >= bounds[1])
    keep = near.to_numpy()[model.faces["object"].to_numpy()]
    rings = np.repeat(keep, np.diff(model.face_start))
    points = np.repeat(rings, np.diff(model.ring_start))
    return dataclasses.replace(
        model,
        vertices=model.vertices[points],
        ring_start=np.cumsum([0, *np.diff(model.ring_start)[rings]]),
        face_start=np.cumsum([0, *np.diff(model.face_start)[keep]]),
        faces=model.faces[keep].reset_index(drop=True),
        set_aside=model.set_aside.iloc[:0],
    )


def _around(table, k):
    x_min, y_min, x_max, y_max = table.geometry.iloc[k].bounds
    return x_min - 20, y_min - 20, x_max + 20, y_max + 20


def test_same_planes_whatever_the_order_of_the_model():
    model, table = village()
    whole = planes(model, table)
    houses = {}
    for face in range(len(model.faces) - 1, -1, -1):
        item = model.faces.iloc[face]
        part = model.objects["model_object_id"][item["object"]]
        rings = [
            [tuple(p) for p in model.vertices[model.ring_start[r] : model.ring_start[r + 1]]]
            for r in range(model.face_start[face], model.face_start[face + 1])
        ]
        houses.setdefault(part, []).append(("RoofSurface", rings))
    other = planes(model_of(houses), table)
    np.testing.assert_allclose(
        whole.planes["area_sloped_m2"], other.planes["area_sloped_m2"], rtol=1e-9
    )


def test_no_footprint_and_no_face():
    model, table = village()
    none = planes(model, table.iloc[:0])
    assert len(none.planes) == len(none.quality) == 0
    empty = planes(_within(model, (1e6, 1e6, 1e6 + 1, 1e6 + 1)), table)
    assert len(empty.planes) == 0
    assert set(empty.quality["status_reason"]) == {"no_model"}
    assert faults(empty.planes, TABLES["roof_planes_geometry"]) == []
