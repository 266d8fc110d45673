"""The synthetic territory: the same tile whatever the rectangle, nothing lost at tile edges."""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from cadastre.demo.buildings import Building
from cadastre.demo.cells import GROUP, KINDS, cell_kind, make_cell, rolling_terrain
from cadastre.demo.facets import outline_array
from cadastre.demo.territory import (
    Cells,
    Tile,
    generate_territory,
    territory_tile,
    tile_order,
)
from cadastre.parameters.demo import DemoTerritory

WIDE = DemoTerritory(west_km=682, north_km=7039, width_km=2, height_km=2, commune_km=1)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("territory")
    generate_territory(folder, WIDE)
    return folder


@pytest.fixture(scope="module")
def drawn() -> list[Tile]:
    """The tiles of the rectangle, drawn in memory."""
    cells, terrain = Cells(WIDE.seed), rolling_terrain(WIDE.seed)
    return [territory_tile(cells, terrain, x, y) for x, y in tile_order(WIDE)]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_tile_is_the_same_in_any_rectangle(wide: Path, tmp_path: Path) -> None:
    told: list[str] = []
    alone = DemoTerritory(west_km=683, north_km=7038, width_km=1, height_km=1, commune_km=1)
    generate_territory(tmp_path, alone, told.append)
    assert told == ["0683_7038"]
    for name in ("mns/DEMO_0683_7038_MNS_0M50.tif", "mnt/DEMO_0683_7038_MNT_0M50.tif"):
        assert digest(wide / name) == digest(tmp_path / name)
    mine = gpd.read_file(tmp_path / "batiments.gpkg").set_index("cleabs")
    all_of_them = gpd.read_file(wide / "batiments.gpkg").set_index("cleabs")
    assert len(mine) > 20
    assert mine.geometry.geom_equals(all_of_them.loc[mine.index].geometry).all()


def test_tiles_are_named_by_their_north_west_corner(wide: Path) -> None:
    paths = sorted((wide / "mns").glob("*.tif"))
    assert len(paths) == 4
    for path in paths:
        east, north = (int(part) for part in path.stem.split("_")[1:3])
        with rasterio.open(path) as source:
            assert source.bounds == (
                east * 1000,
                north * 1000 - 1000,
                east * 1000 + 1000,
                north * 1000,
            )
            assert source.shape == (2000, 2000)
            assert source.crs.to_epsg() == 2154


def test_territory_file_reads(wide: Path) -> None:
    content = tomllib.loads((wide / "territoire.toml").read_text(encoding="utf-8"))
    assert content["entrees"]["mns"] == "mns/*.tif"
    assert "fictif" in content["territoire"]["nom"]


def test_footprints_are_unique_whole_and_inside(wide: Path) -> None:
    frame = gpd.read_file(wide / "batiments.gpkg")
    assert frame["cleabs"].is_unique
    assert frame["cleabs"].str.fullmatch(r"BATIMENT\d{16}").all()
    assert frame.geometry.is_valid.all()
    assert frame.geometry.within(shapely.box(682_000, 7_037_000, 684_000, 7_039_000)).all()
    # some straddle the edges of tiles, as in reality
    edges = shapely.MultiLineString(
        [
            [(683_000, 7_037_000), (683_000, 7_039_000)],
            [(682_000, 7_038_000), (684_000, 7_038_000)],
        ]
    )
    assert frame.geometry.intersects(edges).any()


def test_heights_are_those_of_the_facets_on_both_sides_of_a_tile_edge(drawn: list[Tile]) -> None:
    tiles = drawn
    gaps, sides = [], set()
    for tile in tiles:
        for building in tile.buildings:
            x0, y0, x1, y1 = building.bounds
            if (x0 < 683_000 < x1) or (y0 < 7_038_000 < y1):
                for part in tiles:
                    gap = roof_gap(building, part)
                    gaps.append(gap)
                    if gap.size:
                        sides.add((building.site.x, building.site.y, part.tile_id))
    gap = np.concatenate(gaps)
    # more parts than buildings: some roofs lie in two tiles
    assert len(sides) > len({side[:2] for side in sides}) > 0
    # float32 keeps 8 µm at 100 m; nothing but a plant stands above a roof, and few do
    assert gap.min() > -1e-4
    assert (gap < 1e-4).mean() > 0.8


def roof_gap(building: Building, tile: Tile) -> np.ndarray:
    """Surface minus the highest facet at the pixels of a tile over a building, m."""
    window = tile.grid.window(building.bounds)
    sub = tile.grid.sub(*window)
    x, y = sub.xy(*np.mgrid[0 : sub.rows, 0 : sub.cols])
    east, north = x - building.site.x, y - building.site.y
    roof = np.full(sub.shape, -np.inf)
    for facet in building.facets:
        inside = shapely.contains_xy(shapely.Polygon(outline_array(facet)), east, north)
        z = facet.a * east + facet.b * north + facet.c
        roof[inside] = np.maximum(roof[inside], z[inside])
    on = np.isfinite(roof)
    return (tile.dsm[window] - roof)[on]


def test_compression_keeps_the_precision_told(wide: Path, drawn: list[Tile]) -> None:
    tile = drawn[0]
    assert tile.tile_id == "0682_7039"
    with rasterio.open(wide / "mns" / "DEMO_0682_7039_MNS_0M50.tif") as source:
        gap = np.abs(source.read(1) - tile.dsm)
    # float32 at 100 m adds 8 µm
    assert 0.0 < gap.max() <= WIDE.precision_m + 1e-5


def test_neighbouring_tiles_meet_without_a_step(wide: Path) -> None:
    with (
        rasterio.open(wide / "mnt" / "DEMO_0682_7039_MNT_0M50.tif") as west,
        rasterio.open(wide / "mnt" / "DEMO_0683_7039_MNT_0M50.tif") as east,
    ):
        step = np.abs(west.read(1)[:, -1] - east.read(1)[:, 0])
    # slopes of a few per cent over half a metre, and 1 cm of compression on each side
    assert step.max() < 0.5 * 0.08 + 2 * WIDE.precision_m


def test_communes_cover_the_rectangle_once(wide: Path) -> None:
    communes = gpd.read_file(wide / "communes.gpkg")
    assert len(communes) == 4
    assert communes["code_insee"].is_unique
    assert communes["code_insee"].str.fullmatch(r"62[A-Z][0-9A-Z]{2}").all()
    assert communes.geometry.area.sum() == pytest.approx(4e6)
    assert communes.union_all().area == pytest.approx(4e6)


def test_every_group_of_cells_has_the_same_mix() -> None:
    for gx, gy in ((136, 1407), (137, 1407), (140, 1400)):
        kinds = Counter(
            cell_kind(62, gx * GROUP + i, gy * GROUP + j)
            for i in range(GROUP)
            for j in range(GROUP)
        )
        assert kinds == Counter(KINDS)


def test_a_cell_depends_on_seed_and_place() -> None:
    first, again, other = (
        make_cell(62, 683, 7037),
        make_cell(62, 683, 7037),
        make_cell(5, 683, 7037),
    )
    assert first.buildings == again.buildings
    assert first.buildings != other.buildings


def test_memory_holds_a_few_cells_only() -> None:
    cells = Cells(1, capacity=5)
    for x in range(690, 693):
        cells.around(x, 7030)
    assert len(cells._made) == 5


@pytest.mark.slow
def test_about_five_hundred_buildings_a_square_kilometre() -> None:
    # PMA: about half a million buildings on 1 002 km²; towns vary from group to group
    count = sum(
        len(make_cell(62, 136 * GROUP + i, 1407 * GROUP + j).buildings)
        for i in range(GROUP)
        for j in range(GROUP)
    )
    assert count / GROUP**2 == pytest.approx(500.0, rel=0.15)
