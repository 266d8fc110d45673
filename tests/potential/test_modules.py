"""Layout: properties on random polygons, exact counts by hand, a slow search for the optimum."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.csgraph
import shapely
from scipy.optimize import Bounds, LinearConstraint, milp

from cadastre import parameters
from cadastre.exchange import PlaneIrradiation, Samples
from cadastre.kernels._jit import WITHOUT_JIT
from cadastre.potential.modules import Site, place_modules
from tests.potential.support import planes_of, star_polygons

MANY = 500 if WITHOUT_JIT else 10_000  # plain Python kernels are slow
TOUCH_M2 = 1e-5  # a band edge may overlap by a micrometre over the length of a module


def random_planes(count, seed):
    random = np.random.default_rng(seed + 1)
    tilt = np.where(random.random(count) < 0.25, 0.0, random.uniform(6.0, 70.0, count))
    return planes_of(star_polygons(count, seed), tilt, random.uniform(0.0, 360.0, count))


def check_layout(planes, modules, module):
    """No module outside its plane, over a hole, or over another; true size on the slope."""
    home = planes.set_index("plane_id").geometry.loc[modules["plane_id"]].to_numpy()
    shapes = modules.geometry.to_numpy()
    outside = shapely.area(shapely.difference(shapes, home))
    assert outside.max() < TOUCH_M2
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    overlap = shapely.area(shapely.intersection(shapes[first[pairs]], shapes[second[pairs]]))
    assert overlap.max(initial=0.0) < TOUCH_M2
    on_slope = shapely.area(shapes) / np.cos(np.radians(modules["surface_tilt"]))
    np.testing.assert_allclose(on_slope, module.length_m * module.width_m, rtol=1e-6)


@pytest.mark.parametrize(("orientation", "count"), [("best", MANY), ("mixed", MANY // 10)])
def test_no_module_outside_over_a_hole_or_over_another(orientation, count):
    """Stars with holes, pitched and flat, random azimuths, fields cut by access paths."""
    planes = random_planes(count, seed=20)
    module = parameters.Modules(min_count=1, orientation=orientation, access_area_m2=60.0)
    modules = place_modules(planes, planes.geometry, module)
    assert set(modules["layout"]) >= {"pitched", "rack_east_west"}
    assert len(modules) > 10 * count
    check_layout(planes, modules, module)


def one(shape, tilt=30.0, azimuth=180.0):
    """One plane whose outline is given on the slope (u along the eave, v up)."""
    flat = shapely.affinity.scale(shape, 1.0, np.cos(np.radians(tilt)), origin=(0, 0))
    turned = shapely.affinity.rotate(flat, 180.0 - azimuth, origin=(0, 0))
    return planes_of(np.array([turned], dtype=object), np.array([tilt]), np.array([azimuth]))


@pytest.mark.parametrize("azimuth", [180.0, 91.0, 304.5])
@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        # portrait 1.134 x 1.722 with 2 cm gaps: n fit in n * 1.154 - 0.02
        (5 * 1.154 - 0.02 + 1e-3, 1.722 + 1e-3, 5),
        (5 * 1.154 - 0.02 - 1e-3, 1.722 + 1e-3, 4),
        (5 * 1.154 - 0.02 + 1e-3, 2 * 1.742 - 0.02 + 1e-3, 10),
        # landscape 1.722 wide
        (2 * 1.742 - 0.02 + 1e-3, 3 * 1.154 - 0.02 + 1e-3, 6),
        (1.0, 9.0, 0),
    ],
)
def test_count_on_rectangles_by_hand(width, height, expected, azimuth):
    planes = one(shapely.box(0.3, -0.4, 0.3 + width, -0.4 + height), azimuth=azimuth)
    modules = place_modules(planes, planes.geometry, parameters.Modules(min_count=1))
    assert len(modules) == expected


def test_modules_are_aligned_with_the_eave():
    planes = one(shapely.box(0, 0, 9, 6), tilt=40.0, azimuth=205.0)
    modules = place_modules(planes, planes.geometry, parameters.Modules())
    corners = shapely.get_coordinates(modules.geometry.iloc[0])
    heights = planes["plane_a"][0] * corners[:, 0] + planes["plane_b"][0] * corners[:, 1]
    level = np.sort(np.round(heights - heights.min(), 6))
    assert (level[:2] == 0.0).all()  # two corners at the eave side, level
    assert level[-2] == level[-1]
    assert (modules["surface_azimuth"] == 205.0).all()
    assert (modules["surface_tilt"] == 40.0).all()


def exhaustive(shape, long, short, step):
    """Most modules on a lattice of positions, both orientations: integer programme (HiGHS)."""
    x0, y0, x1, y1 = shape.bounds
    columns, rows = (int(np.ceil((high - low) / step)) for low, high in ((x0, x1), (y0, y1)))
    x, y = (a.ravel() for a in np.meshgrid(
        x0 + np.arange(columns) * step, y0 + np.arange(rows) * step, indexing="ij"
    ))  # fmt: skip
    cells, owner, count = [], [], 0
    grown = shapely.buffer(shape, 1e-7)
    for width, height in ((short, long), (long, short)):
        fits = shapely.covers(grown, shapely.box(x, y, x + width, y + height))
        wide, high = round(width / step), round(height / step)
        for at in np.flatnonzero(fits):
            i, j = divmod(at, rows)
            block_i, block_j = np.meshgrid(np.arange(i, i + wide), np.arange(j, j + high))
            cells.append((block_i * (rows + 50) + block_j).ravel())
            owner.append(np.full(wide * high, count))
            count += 1
    if not count:
        return 0
    shape_ = ((columns + 50) * (rows + 50), count)
    index = (np.concatenate(cells), np.concatenate(owner))
    cover = scipy.sparse.csr_matrix((np.ones(len(index[0])), index), shape=shape_)
    cover = cover[np.diff(cover.indptr) > 0]
    found = milp(
        -np.ones(count),
        constraints=LinearConstraint(cover, -np.inf, 1),
        integrality=np.ones(count),
        bounds=Bounds(0, 1),
    )
    assert found.status == 0
    return round(-found.fun)


def small_roofs(count, seed):
    """Rectangles, trapezoids, triangles, L shapes of 3-8 m by 2.5-6 m with small holes."""
    random = np.random.default_rng(seed)
    out = []
    for i in range(count):
        w, h = random.uniform(3, 8), random.uniform(2.5, 6)
        left, right = random.uniform(0, 0.45, 2) * w
        shape = [
            shapely.box(0, 0, w, h),
            shapely.Polygon([(0, 0), (w, 0), (w - right, h), (left, h)]),
            shapely.Polygon([(0, 0), (w, 0), (random.uniform(0.2, 0.8) * w, h)]),
            shapely.box(0, 0, w, h).difference(
                shapely.box(w * random.uniform(0.4, 0.7), h * random.uniform(0.3, 0.7), w + 1, h)
            ),
        ][i % 4]
        for _ in range(random.integers(0, 3)):
            x, y = random.uniform(0, w), random.uniform(0, h)
            hole = shapely.box(x, y, x + random.uniform(0.4, 1.2), y + random.uniform(0.4, 1.2))
            shape = shape.difference(hole)
        parts = shapely.get_parts(shape)
        out.append(parts[np.argmax(shapely.area(parts))])
    return out


@pytest.mark.parametrize("count", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_count_within_five_percent_of_an_exhaustive_search(count):
    """1.8 x 1.2 m modules without gap, so that the search's lattice of 0.2 m holds them."""
    shapes = small_roofs(count, seed=11)
    cosine = np.cos(np.radians(30.0))
    outlines = np.array(
        [shapely.affinity.scale(s, 1.0, cosine, origin=(0, 0)) for s in shapes], dtype=object
    )
    planes = planes_of(outlines, np.full(count, 30.0), np.full(count, 180.0))
    module = parameters.Modules(length_m=1.8, width_m=1.2, gap_m=0.0, min_count=1, min_string=1)
    modules = place_modules(planes, planes.geometry, module)
    ours = modules["plane_id"].value_counts().reindex(planes["plane_id"]).fillna(0).to_numpy()
    best = np.array([exhaustive(shape, 1.8, 1.2, 0.2) for shape in shapes])
    assert ours.sum() >= 0.95 * best.sum()
    assert (ours >= best - 1).all()


def test_racks_face_south_or_east_and_west_along_the_main_edge():
    planes = planes_of(
        np.array([shapely.affinity.rotate(shapely.box(0, 0, 30, 12), -20.0)], dtype=object),
        np.array([0.0]),
        np.array([0.0]),
    )
    south = place_modules(planes, planes.geometry, parameters.Modules(flat_layout="south"))
    assert set(south["surface_azimuth"].round(6)) == {200.0}  # 90 + 90 + 20: the long side
    assert set(south["surface_tilt"]) == {15.0}
    pairs = place_modules(planes, planes.geometry, parameters.Modules(flat_layout="east_west"))
    assert set(pairs["surface_azimuth"].round(6)) == {110.0, 290.0}
    assert (pairs["surface_azimuth"] < 180).sum() == (pairs["surface_azimuth"] > 180).sum()
    assert len(pairs) > 1.3 * len(south)
    site = Site(convergence_deg=-0.4)
    shifted = place_modules(
        planes, planes.geometry, parameters.Modules(flat_layout="south"), site=site
    )
    assert set(shifted["surface_azimuth"].round(6)) == {199.6}


def test_south_rows_keep_the_winter_sun_distance():
    """Row distance from trigonometry: 1.134 (cos 15 + sin 15 / tan 16.1) = 2.112 m."""
    planes = planes_of(np.array([shapely.box(0, 0, 20, 20)]), np.array([0.0]), np.array([0.0]))
    south = place_modules(planes, planes.geometry, parameters.Modules(flat_layout="south"))
    rows = np.unique(np.round(south.centroid.y, 3))
    pitch = 1.134 * (np.cos(np.radians(15)) + np.sin(np.radians(15)) / np.tan(np.radians(16.1)))
    assert np.diff(rows).min() == pytest.approx(pitch, abs=2e-3)


def test_choice_on_flat_roofs_follows_the_yields():
    planes = planes_of(np.array([shapely.box(0, 0, 20, 20)]), np.array([0.0]), np.array([0.0]))
    for yields, expected in (((1.0, 0.9), "rack_east_west"), ((1.0, 0.3), "rack_south")):
        modules = place_modules(
            planes, planes.geometry, parameters.Modules(), site=Site(rack_yields=yields)
        )
        assert set(modules["layout"]) == {expected}


def test_large_roofs_keep_access_paths():
    """An 81 m roof is cut in two fields of at most 40 m with 0.9 m between them."""
    planes = planes_of(
        np.array([shapely.box(0, 0, 80.9, 30)]), np.array([20.0]), np.array([180.0])
    )
    modules = place_modules(planes, planes.geometry, parameters.Modules())
    box = shapely.box(685_040.0 + 1e-6, 7_037_000.0, 685_040.9 - 1e-6, 7_037_030.0)
    assert not modules.intersects(box).any()
    free = place_modules(planes, planes.geometry, parameters.Modules(access_area_m2=1e5))
    assert free.intersects(box).any()


def light(planes, sample_year, x, y, starts, unshaded=1_000.0):
    zeros = np.zeros((len(planes), 12))
    monthly = zeros + 75.0
    return (
        Samples(
            starts, x, y, np.zeros(len(x)), np.zeros(len(x), np.int32),
            np.zeros(len(x), np.int32), np.ones(len(x), np.float32),
        ),
        PlaneIrradiation(
            monthly, zeros, zeros, zeros, zeros + unshaded / 12.0, np.full(len(planes), 900.0),
            np.full((len(planes), 1), 900.0), np.ones(len(planes)),
            np.zeros((len(planes), 8), np.float32), np.asarray(sample_year, np.float32),
        ),
    )  # fmt: skip


def test_shaded_modules_are_dropped_and_light_is_the_mean_below():
    """West half in the shade: modules there go; the mean of a plane linear in x is its centre."""
    planes = planes_of(np.array([shapely.box(0, 0, 12, 6)]), np.array([30.0]), np.array([180.0]))
    x, y = (a.ravel() for a in np.meshgrid(np.arange(0.05, 12, 0.1), np.arange(0.05, 6, 0.1)))
    year = np.where(x < 6.0, 300.0, 900.0 + 5.0 * (x - 6.0))
    samples, irradiation = light(
        planes, year, x + 685_000.0, y + 7_037_000.0, np.array([0, len(x)])
    )
    every = place_modules(planes, planes.geometry, parameters.Modules())
    bright = place_modules(
        planes, planes.geometry, parameters.Modules(), samples=samples, irradiation=irradiation
    )
    assert 0.33 * len(every) <= len(bright) <= 0.5 * len(every)  # modules astride count as dim
    whole = bright[bright.bounds["minx"] > 685_006.0]
    expected = 900.0 + 5.0 * (whole.centroid.x - 685_006.0)
    np.testing.assert_allclose(whole["irradiation_kwh_m2"], expected, atol=0.5)  # 0.1 m samples
    assert every["irradiation_kwh_m2"].isna().all()
    site = Site(optimum_kwh_m2=1_500.0)
    none = place_modules(
        planes, planes.geometry, parameters.Modules(), samples=samples, irradiation=irradiation,
        site=site,
    )  # fmt: skip
    assert len(none) == 0


def test_a_module_left_alone_is_not_laid():
    """Three rooms: 3 modules side by side, 1 alone 2 m away, 2 more: the single one goes.

    A row of 3, by hand: 3 x 1.134 + 2 x 0.02 = 3.442 m; portrait, 1.722 m high.
    """
    room = shapely.union_all(
        [
            shapely.box(0, 0, 3.45, 1.75),
            shapely.box(6, 0, 7.15, 1.75),
            shapely.box(10, 0, 12.3, 1.75),
        ]
    )
    plane = one(room)
    every = place_modules(plane, plane.geometry, parameters.Modules(min_string=1))
    assert list(every.groupby("module_group").size()) == [3, 1, 2]
    kept = place_modules(plane, plane.geometry, parameters.Modules())
    assert list(kept.groupby("module_group").size()) == [3, 2]
    assert len(place_modules(plane, plane.geometry, parameters.Modules(min_string=4))) == 0


def test_fields_are_those_of_a_slow_search():
    """Fields of random roofs against connected components of rectangles grown by their gaps."""
    planes = random_planes(60, seed=8)
    module = parameters.Modules(min_string=1, min_count=1)
    modules = place_modules(planes, planes.geometry, module)
    racks = modules["layout"] != "pitched"
    for _, part in modules[~racks].groupby("plane_id"):
        shapes = part.geometry.to_numpy()
        touch = shapely.distance(shapes[:, None], shapes[None, :]) <= module.group_gap_m
        same = part["module_group"].to_numpy()[:, None] == part["module_group"].to_numpy()
        number, label = scipy.sparse.csgraph.connected_components(touch)
        # neighbours by a corner alone are no neighbours: ours may only be finer
        assert number <= part["module_group"].nunique()
        assert not (same & (label[:, None] != label)).any()


def test_module_between_samples_takes_the_nearest():
    planes = planes_of(np.array([shapely.box(0, 0, 12, 6)]), np.array([30.0]), np.array([180.0]))
    samples, irradiation = light(
        planes, [950.0], np.array([685_001.0]), np.array([7_037_001.0]), np.array([0, 1])
    )
    modules = place_modules(
        planes, planes.geometry, parameters.Modules(), samples=samples, irradiation=irradiation
    )
    assert len(modules) > 10
    assert (modules["irradiation_kwh_m2"] == 950.0).all()


def test_window_allowance_is_unbiased_and_repeatable():
    """4 % of 1 000 small roofs: the seeded draw keeps the total within its own spread."""
    count = 1_000
    outlines = np.array([shapely.box(0, 0, 7, 4)] * count, dtype=object)
    planes = planes_of(outlines, np.full(count, 35.0), np.full(count, 180.0))
    every = place_modules(planes, planes.geometry, parameters.Modules())
    share = np.full(count, 0.04)
    thinned = [
        place_modules(planes, planes.geometry, parameters.Modules(), window_share=share)
        for _ in range(2)
    ]
    removed = len(every) - len(thinned[0])
    expected = 0.04 * len(every)
    spread = np.sqrt(count * 0.5 * 0.5)  # draws of one module, worst case
    assert abs(removed - expected) < 4 * spread
    assert thinned[0].geometry.equals(thinned[1].geometry)


@pytest.mark.parametrize(("wide", "number"), [(2.35, 2), (3.5, 3), (4.65, 4)])
def test_window_allowance_is_unbiased_on_the_smallest_planes(wide, number):
    """2 000 planes of one row of 2, 3, 4 modules lose 4 % in the mean, whatever goes with one.

    A pair goes as a whole; of a row of three the one in the middle takes the others along. Draws
    of all or nothing: 4 standard deviations of the number of planes touched.
    """
    count = 2_000
    outlines = np.array([shapely.box(0, 0, wide, 1.75 * np.cos(np.radians(35)))] * count, object)
    planes = planes_of(outlines, np.full(count, 35.0), np.full(count, 180.0))
    every = place_modules(planes, planes.geometry, parameters.Modules())
    assert len(every) == number * count
    kept = place_modules(
        planes, planes.geometry, parameters.Modules(), window_share=np.full(count, 0.04)
    )
    lost = 1.0 - len(kept) / len(every)
    assert abs(lost - 0.04) < 4.0 * np.sqrt(0.04 * 0.96 / count)
    assert kept.groupby(["plane_id", "module_group"]).size().min() >= 2


def test_a_plane_does_not_depend_on_the_others():
    planes = random_planes(60, seed=5)
    share = np.full(60, 0.1)
    whole = place_modules(planes, planes.geometry, parameters.Modules(), window_share=share)
    back = planes.iloc[::-1]
    other = place_modules(back, back.geometry, parameters.Modules(), window_share=share)
    some = planes.iloc[30:31]
    alone = place_modules(some, some.geometry, parameters.Modules(), window_share=share[:1])
    name = some["plane_id"].iloc[0]
    for table in (whole, other):
        part = table[table["plane_id"] == name]
        assert len(part) == len(alone)
        assert shapely.equals_exact(part.geometry.to_numpy(), alone.geometry.to_numpy(), 0.0).all()


def test_nothing_to_lay():
    planes = random_planes(3, seed=9)
    empty = planes.geometry.copy()
    empty.iloc[:] = shapely.Polygon()
    modules = place_modules(planes, empty, parameters.Modules())
    assert len(modules) == 0
    assert modules.crs == planes.crs
    none = planes.iloc[:0]
    assert len(place_modules(none, none.geometry, parameters.Modules())) == 0
