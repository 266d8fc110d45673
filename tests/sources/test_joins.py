"""Joins: the same answer as a loop over everything, in any order; real communes and cités."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cadastre.errors import InputError
from cadastre.parameters.sources import Sources
from cadastre.sources.addresses import read_addresses
from cadastre.sources.boundaries import (
    read_communes,
    read_epci,
    read_iris,
    read_parcels,
    with_epci_names,
)  # fmt: skip
from cadastre.sources.constraints import read_protections
from cadastre.sources.footprints import read_footprints
from cadastre.sources.joins import (
    best_overlap,
    join_communes,
    join_descriptions,
    join_iris,
    join_parcels,
    join_protections,
    join_rnb,
)
from cadastre.sources.joins_addresses import join_addresses
from cadastre.sources.notes import Notes
from cadastre.sources.rnb import read_rnb
from tests.shared_data import data_file
from tests.sources import scenes
from tests.sources.broken import written
from tests.sources.scenes import CRS, X0, Y0


@pytest.fixture
def buildings(tmp_path):
    return read_footprints(
        [str(written(scenes.buildings(), tmp_path / "b.gpkg"))], CRS, None, Notes()
    )


@pytest.fixture
def communes(tmp_path):
    return read_communes([str(written(scenes.communes(), tmp_path / "c.gpkg"))], CRS, Notes())


def test_communes_by_point(buildings, communes):
    got = join_communes(buildings, communes)
    x = shapely.get_x(shapely.point_on_surface(buildings.geometry.to_numpy()))
    expected = np.where(x < X0 + 30.0, "62498", "62427")
    assert got["commune_code"].tolist() == expected.tolist()
    assert got.loc[got["commune_code"] == "62427", "epci_code"].eq("246200299").all()
    assert set(got["commune_name"]) == {"Lens", "Hénin-Beaumont"}
    pd.testing.assert_index_equal(got.index, buildings.index)


def test_a_building_in_a_gap_takes_the_nearest_commune_and_far_ones_none(buildings, communes):
    moved = buildings.copy()
    shapes = moved.geometry.to_numpy().copy()
    shapes[0] = shapely.box(X0 - 560, Y0, X0 - 550, Y0 + 6)  # 50 m off
    shapes[1] = shapely.box(X0 - 9000, Y0, X0 - 8990, Y0 + 6)
    shapes[2] = None
    moved = moved.set_geometry(gpd.GeoSeries(shapes, index=moved.index, crs=CRS))
    notes = Notes()
    got = join_communes(moved, communes, notes)
    assert got["commune_code"].iloc[0] == "62498"
    assert got["commune_code"].iloc[1:3].isna().all()
    assert notes.with_code("rows_unmatched")[0].count == 1


def test_how_far_a_commune_reaches_is_a_parameter(buildings, communes):
    """Outlines cut 40 m short of the first row of buildings (centres 5 m above its south edge)."""
    cut = communes.assign(geometry=communes.geometry.translate(yoff=545.0))
    near = join_communes(buildings, cut, None, Sources(border_reach_m=100.0))
    far = join_communes(buildings, cut, None, Sources(border_reach_m=20.0))
    assert near["commune_code"].notna().all()
    assert far["commune_code"].notna().sum() < near["commune_code"].notna().sum()
    exact = join_communes(buildings, communes, None, Sources(border_reach_m=0.0))
    assert exact["commune_code"].notna().all()


def test_iris_and_parcels(buildings, tmp_path):
    cells = gpd.GeoDataFrame(
        {"code_iris": [f"6249801{k:02d}" for k in range(7)]},
        geometry=[shapely.box(X0 + 10 * k, Y0, X0 + 10 * k + 10, Y0 + 99) for k in range(7)],
        crs=CRS,
    )
    iris = read_iris([str(written(cells, tmp_path / "i.gpkg"))], CRS, Notes())
    got = join_iris(buildings, iris)
    assert got["iris_code"].tolist() == [f"6249801{k % 6:02d}" for k in range(24)]
    named = cells.rename(columns={"code_iris": "id"}).assign(
        id=[f"62498000AB{k:04d}" for k in range(7)]
    )
    parcels = read_parcels([str(written(named, tmp_path / "p.gpkg"))], CRS, Notes())
    assert join_parcels(buildings, parcels)["parcel_id"].iloc[7] == "62498000AB0001"


# ---- addresses ------------------------------------------------------------------------------


def test_ban_columns(tmp_path):
    got = read_addresses([str(scenes.write_addresses(tmp_path / "a.csv"))], CRS, Notes())
    assert got["address"].iloc[1] == "2 bis Rue de l'Église, 62300 Lens"
    assert got["parcels"].iloc[0] == "62498000AB0000"
    x = got.geometry.x.to_numpy()
    np.testing.assert_allclose(x, X0 + 6 + 10.0 * np.arange(6), atol=0.02)


def test_addresses_of_any_layer(tmp_path):
    points = gpd.GeoDataFrame(
        {"addr:housenumber": ["3"], "addr:street": ["Rue Neuve"], "addr:postcode": ["62300"]},
        geometry=[shapely.Point(X0, Y0)], crs=CRS,
    )  # fmt: skip
    path = written(points.to_crs(4326), tmp_path / "a.geojson")
    got = read_addresses([str(path)], CRS, Notes())
    assert got["address"].tolist() == ["3 Rue Neuve, 62300"]
    assert got.geometry[0].distance(shapely.Point(X0, Y0)) < 0.02


def test_rnb_of_any_layer(tmp_path):
    frame = gpd.GeoDataFrame({"rnb_id": ["B", "A"]}, geometry=[shapely.Point(X0, Y0)] * 2, crs=CRS)
    got = read_rnb([str(written(frame, tmp_path / "rnb.gpkg"))], CRS, Notes())
    assert got["rnb_id"].tolist() == ["A", "B"]
    assert got["linked_ids"].isna().all()


def test_older_ban_without_parcels_and_with_lambert_only(tmp_path):
    path = scenes.write_addresses(tmp_path / "a.csv")
    table = pd.read_csv(path, sep=";", dtype=str)
    old = table.drop(
        columns=["type_position", "certification_commune", "cad_parcelles", "lon", "lat"]
    )
    old.to_csv(path, sep=";", index=False)
    got = read_addresses([str(path)], CRS, Notes())
    assert got["parcels"].isna().all()
    np.testing.assert_allclose(got.geometry.y, Y0, atol=0.02)


def test_parcel_comes_first_then_the_nearest(buildings, tmp_path):
    addresses = read_addresses([str(scenes.write_addresses(tmp_path / "a.csv"))], CRS, Notes())
    plain = join_addresses(buildings, addresses)
    # addresses stand 2 m south of the first row: each building's nearest is its column's
    assert plain["address_id"].tolist() == [f"62498_0010_{k % 6:05d}" for k in range(24)]
    assert (plain["address_link"] == "nearest").all()
    turned = buildings.assign(parcel_id=[f"62498000AB{5 - k % 6:04d}" for k in range(24)])
    got = join_addresses(turned, addresses)
    assert got["address_id"].tolist() == [f"62498_0010_{5 - k % 6:05d}" for k in range(24)]
    assert (got["address_link"] == "parcel").all()


def test_a_block_of_several_entrances_keeps_all_its_addresses(buildings):
    """Three doors on the parcel of one block, a fourth nearest to it, one next door."""
    block = buildings.geometry.iloc[0].bounds
    parcels = pd.Series(pd.NA, index=buildings.index, dtype="string")
    parcels.iloc[:2] = ["P1", "P2"]
    doors = [
        ("a1", "2 rue Haute", block[0] + 1, block[1] - 1, "P1"),
        ("a2", "4 rue Haute", block[0] + 3, block[1] - 1, "P1"),
        ("a3", "6 rue Haute", block[0] + 5, block[1] - 1, "P1"),
        ("a4", "1 rue Basse", block[0] + 4, block[3] + 0.5, None),
        ("a5", "8 rue Haute", block[2] + 3, block[1] - 1, "P2"),
    ]
    addresses = gpd.GeoDataFrame(
        {"address_id": [d[0] for d in doors], "address": [d[1] for d in doors],
         "parcels": pd.array([d[4] for d in doors], dtype="string")},
        geometry=gpd.points_from_xy([d[2] for d in doors], [d[3] for d in doors]),
        crs=CRS,
    )  # fmt: skip
    joined = join_addresses(buildings.assign(parcel_id=parcels), addresses)
    first, second = joined.iloc[0], joined.iloc[1]
    told = {first["address"], *first["other_addresses"].split("|")}
    assert told == {"2 rue Haute", "4 rue Haute", "6 rue Haute", "1 rue Basse"}
    assert len(first["other_addresses"].split("|")) == 3  # none twice
    assert second["address"] == "8 rue Haute"
    assert pd.isna(second["other_addresses"])
    # every address is said by one building at least, whatever the order of the rows
    turned = join_addresses(buildings.assign(parcel_id=parcels).iloc[::-1], addresses.iloc[::-1])
    pd.testing.assert_series_equal(
        turned["other_addresses"].sort_index(), joined["other_addresses"].sort_index()
    )


def test_far_addresses_are_not_taken(buildings, tmp_path):
    addresses = read_addresses([str(scenes.write_addresses(tmp_path / "a.csv"))], CRS, Notes())
    far = addresses.set_geometry(addresses.translate(0.0, -500.0))
    got = join_addresses(buildings, far)
    assert got["address"].isna().all()
    assert got["address_link"].isna().all()


def random_boxes(count, seed, size=(3.0, 12.0)):
    random = np.random.default_rng(seed)
    corner = random.uniform(0, 100, (count, 2))
    side = random.uniform(*size, (count, 2))
    return shapely.box(
        X0 + corner[:, 0], Y0 + corner[:, 1], X0 + corner[:, 0] + side[:, 0],
        Y0 + corner[:, 1] + side[:, 1],
    )  # fmt: skip


def test_nearest_address_against_a_double_loop(buildings):
    shapes = random_boxes(60, 1)
    points = shapely.points(np.array([X0, Y0]) + np.random.default_rng(2).uniform(0, 100, (40, 2)))
    frame = gpd.GeoDataFrame(
        {"building_id": [f"{k:03d}" for k in range(60)]}, geometry=shapes, crs=CRS
    )
    addresses = gpd.GeoDataFrame(
        {
            "address_id": [f"{k:02d}" for k in range(40)], "address": "x",
            "parcels": pd.Series([pd.NA] * 40, dtype="string"),
        },
        geometry=points, crs=CRS,
    )  # fmt: skip
    got = join_addresses(frame, addresses)
    for k in range(60):
        gap = [shapes[k].distance(point) for point in points]
        expected = f"{int(np.argmin(gap)):02d}" if min(gap) <= 40.0 else None
        assert (got["address_id"].iloc[k] if min(gap) <= 40.0 else None) == expected


def test_best_overlap_against_a_double_loop():
    ours, theirs = random_boxes(50, 3), random_boxes(50, 4)
    match, share = best_overlap(ours, theirs)
    for k in range(50):
        areas = np.array([ours[k].intersection(other).area for other in theirs])
        if areas.max() == 0:
            assert share[k] == 0
        else:
            assert match[k] == areas.argmax()
            assert share[k] == pytest.approx(areas.max() / ours[k].area, abs=1e-8)


def test_joins_do_not_depend_on_the_order_of_what_is_joined(buildings, communes, tmp_path):
    addresses = read_addresses([str(scenes.write_addresses(tmp_path / "a.csv"))], CRS, Notes())
    first = join_addresses(join_communes(buildings, communes), addresses)
    second = join_addresses(join_communes(buildings, communes[::-1]), addresses[::-1])
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(second))


# ---- RNB, BDNB ------------------------------------------------------------------------------


def test_rnb_by_link_then_by_point(buildings, tmp_path):
    points = gpd.GeoSeries.from_xy([X0 + 6, X0 + 16, X0 + 900], [Y0 + 5] * 3, crs=CRS).to_crs(4326)
    ids = ["AAAA1111BBBB", "CCCC2222DDDD", "EEEE3333FFFF"]
    linked = buildings["building_id"].iloc[9]
    ext = ["[]", "", f'[{{"id": "{linked}", "source": "bdtopo"}}]']
    rows = [
        f'{i};SRID=4326;POINT ({p.x} {p.y});;constructed;"{e.replace(chr(34), chr(34) * 2)}"'
        for i, p, e in zip(ids, points, ext, strict=True)
    ]
    path = tmp_path / "RNB_62.csv"
    path.write_text("\n".join(["rnb_id;point;shape;status;ext_ids", *rows]).replace(
        "SRID=4326;POINT", '"SRID=4326;POINT').replace(");;", ')";;') + "\n")  # fmt: skip
    rnb = read_rnb([str(path)], CRS, Notes())
    assert rnb["rnb_id"].tolist() == ids
    got = join_rnb(buildings, rnb)
    assert got["rnb_id"].iloc[0] == ids[0]
    assert got["rnb_id"].iloc[1] == ids[1]
    assert got["rnb_id"].iloc[9] == ids[2]
    assert got["rnb_id"].notna().sum() == 3


def test_descriptions_complete_and_never_count_twice(buildings, tmp_path):
    """One block described over two buildings: the year to both, the kWh to the larger."""
    frame = gpd.GeoDataFrame(
        {
            "batiment_groupe_id": ["G1"], "annee_construction": [1925], "nb_log": [4],
            "conso_res_dle_elec_2020": [9000.0], "usage_niveau_1_txt": ["Résidentiel collectif"],
        },
        geometry=[shapely.box(X0, Y0, X0 + 20, Y0 + 9)], crs=CRS,
    )  # fmt: skip
    others = read_footprints([str(written(frame, tmp_path / "d.gpkg"))], CRS, None, Notes())
    ours = buildings.copy()
    ours.loc[0, "footprint_area_m2"] = 60.0
    got = join_descriptions(ours, others)
    assert got["construction_year"].iloc[:2].tolist() == [1925.0, 1925.0]
    assert got["electricity_kwh_per_year"].iloc[0] == 9000.0
    assert got["electricity_kwh_per_year"].iloc[1:].isna().all()
    assert got["described_by"].notna().sum() == 2


# ---- protections ----------------------------------------------------------------------------


def protections(tmp_path):
    frame = gpd.GeoDataFrame(
        {
            "suptype": ["ac2", "ac1", "unesco", "ac1"],
            "nomsuplitt": ["Site du terril", "Église Saint-Léger", "Cité 9", "Beffroi"],
        },
        geometry=[
            shapely.box(X0, Y0, X0 + 25, Y0 + 60),
            shapely.box(X0 + 11, Y0, X0 + 15, Y0 + 60),
            shapely.box(X0 + 41, Y0, X0 + 45, Y0 + 60),
            shapely.box(X0 + 12, Y0, X0 + 15, Y0 + 5),
        ],
        crs=CRS,
    )
    return read_protections([str(written(frame, tmp_path / "p.gpkg"))], CRS, Notes())


def test_protections_flag_kind_and_names(buildings, tmp_path):
    got = join_protections(buildings, protections(tmp_path))
    column = np.arange(24) % 6
    assert got["heritage_flag"].tolist() == (column <= 2).tolist()
    assert got["heritage_kind"].iloc[0] == "ac2"
    assert got["heritage_kind"].iloc[1] == "ac1"  # the stricter of two
    assert got["heritage_name"].iloc[1] == "Beffroi ; Église Saint-Léger ; Site du terril"
    assert got["heritage_name"].iloc[7] == "Église Saint-Léger ; Site du terril"
    assert got["unesco_flag"].tolist() == (column == 4).tolist()
    assert not got["heritage_flag"].iloc[4]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("assiette_ac1.gpkg", "ac1"), ("SPR_lens.gpkg", "ac4"), ("sites-inscrits.gpkg", "ac2"),
     ("bien-inscrit-unesco.gpkg", "unesco"), ("calque.gpkg", "ac1")],
)  # fmt: skip
def test_kind_from_the_file_name(tmp_path, name, kind):
    frame = gpd.GeoDataFrame(
        {"nom": ["x"]}, geometry=[shapely.box(X0, Y0, X0 + 9, Y0 + 9)], crs=CRS
    )
    assert read_protections([str(written(frame, tmp_path / name))], CRS, Notes())[
        "kind"
    ].tolist() == [kind]


# ---- real files -----------------------------------------------------------------------------


@pytest.mark.reference
def test_communes_of_the_pole():
    """150 communes of three bodies, 1 002.2 km², one valid polygon (PROVENANCE)."""
    path = data_file("communes_pma", "pma_communes_contours.geojson")
    got = read_communes([str(path)], CRS, Notes())
    assert len(got) == 150
    assert got["epci_code"].value_counts().to_dict() == {
        "200072460": 100, "246200364": 36, "246200299": 14,
    }  # fmt: skip
    assert got["commune_code"].str.fullmatch(r"62\d{3}").all()
    assert got.area.sum() / 1e6 == pytest.approx(1002.2, abs=0.05)
    whole = got.union_all()
    assert whole.geom_type == "Polygon"
    assert whole.is_valid
    assert whole.area / 1e6 == pytest.approx(1002.2, abs=0.3)


@pytest.mark.reference
def test_names_of_bodies_come_from_their_own_layer(tmp_path):
    """As the web service gives them: communes with codes alone, bodies with names."""
    raw = gpd.read_file(data_file("communes_pma", "pma_communes_contours.geojson"))
    raw = raw.rename(columns={"nom": "nom_officiel", "epci_siren": "codes_siren_des_epci"})
    raw["codes_siren_des_epci"] = raw["codes_siren_des_epci"].astype(str) + "/200099999"
    path = written(raw.drop(columns="epci"), tmp_path / "communes.gpkg")
    communes = read_communes([str(path)], CRS, Notes())
    assert communes["epci_name"].isna().all()
    epci = read_epci([str(data_file("communes_pma", "pma_epci_contours.geojson"))], CRS, Notes())
    got = with_epci_names(communes, epci)
    assert got["epci_name"].value_counts().to_dict() == {
        "CA de Béthune-Bruay, Artois-Lys Romane": 100, "CA de Lens - Liévin": 36,
        "CA d'Hénin-Carvin": 14,
    }  # fmt: skip


@pytest.mark.reference
@pytest.mark.parametrize(
    ("parts", "code", "name"),
    [
        (("bdtopo_v3_olemps_12174", "COMMUNE.shp"), "12174", "Olemps"),
        (("perigueux_4sources", "perigeux.shp.zip"), "24322", "Périgueux"),
    ],
)
def test_admin_express_names(parts, code, name):
    got = read_communes([str(data_file(*parts))], CRS, Notes())
    assert (got["commune_code"][0], got["commune_name"][0]) == (code, name)
    assert got["epci_code"].notna().all()


@pytest.mark.reference
def test_heritage_of_the_mining_basin():
    """In the pole: 84 inscribed cités (1 556 ha), 113 of the buffer zone, 105 buildings."""
    communes = read_communes(
        [str(data_file("communes_pma", "pma_communes_contours.geojson"))], CRS, Notes()
    ).union_all()
    counts = {"cites-minieres": 84, "zt-cites-minieres": 113, "batis": 105}
    for name, count in counts.items():
        got = read_protections(
            [str(data_file("heritage_bassin_minier", f"{name}.geojson"))], CRS, Notes()
        )
        inside = got[got.representative_point().within(communes)]
        assert len(inside) == count
        if name == "cites-minieres":
            assert inside.area.sum() / 1e4 == pytest.approx(1556, abs=1)
            assert (inside["kind"] == "unesco").all()
            assert inside["name"].notna().all()


@pytest.mark.reference
def test_iris_table_has_no_outline():
    """The housing table by IRIS is a csv of figures, not of outlines: refused by name."""
    with pytest.raises(InputError) as caught:
        read_iris([str(data_file("communes_pma", "pma_iris_2021_logements.csv"))], CRS, Notes())
    assert caught.value.code == "vector_no_geometry"


def test_an_easement_that_is_no_heritage_does_not_bind(tmp_path):
    """``pm1`` is a risk-prevention plan in the nomenclature of easements, not a monument."""
    frame = gpd.GeoDataFrame(
        {"suptype": ["ac1", "pm1", None, "PM1"], "typeass": ["x", "abords", None, None]},
        geometry=[shapely.box(X0, Y0, X0 + 9 + k, Y0 + 9) for k in range(4)], crs=CRS,
    )  # fmt: skip
    notes = Notes()
    got = read_protections([str(written(frame, tmp_path / "calque.gpkg"))], CRS, notes)
    assert got["kind"].tolist() == ["ac1", "ac1"]
    (aside,) = notes.with_code("kind_unknown")
    assert (aside.count, dict(aside.facts)["kinds"]) == (2, ["PM1", "pm1"])
    (assumed,) = notes.with_code("kind_assumed")
    assert assumed.count == 1


def test_rnb_takes_what_stands_and_says_what_it_leaves(buildings, tmp_path):
    """Two points in one building: the standing one wins though its id comes later."""
    spots = gpd.GeoSeries.from_xy([X0 + 6, X0 + 16], [Y0 + 5] * 2, crs=CRS).to_crs(4326)
    here, there = (f'"SRID=4326;POINT ({p.x} {p.y})"' for p in spots)
    linked = buildings["building_id"].iloc[9]
    link = f'"[{{""id"": ""{linked}""}}]"'
    lines = [
        "rnb_id;point;status;ext_ids",
        f"A;{here};demolished;", f"C;{here};constructed;", f"B;{here};constructionProject;",
        f"L;;constructed;{link}", "N;;constructed;", f";{there};constructed;",
        f"D;{there};ongoingConstruction;", f"D;{here};notUsable;",
    ]  # fmt: skip
    path = tmp_path / "RNB.csv"
    for ending in ("", ";"):  # a semicolon too many must not move the columns
        path.write_text("\n".join([lines[0], *(line + ending for line in lines[1:])]) + "\n")
        notes = Notes()
        got = join_rnb(buildings, read_rnb([str(path)], CRS, notes))
        assert got["rnb_id"].iloc[0] == "C"
        assert got["rnb_id"].iloc[9] == "L"
        assert got["rnb_id"].notna().sum() == 2
        counts = {note.code: note.count for note in notes}
        expected = {"rnb_gone": 1, "rnb_unplaced": 1, "rows_incomplete": 1, "rows_repeated": 1}
        assert {code: counts[code] for code in expected} == expected


def test_addresses_with_old_postcodes_and_a_semicolon_too_many(tmp_path):
    path = scenes.write_addresses(tmp_path / "a.csv")
    lines = path.read_text(encoding="utf-8").replace("code_postal", "code_post").splitlines()
    expected = read_addresses([str(path)], CRS, Notes())
    rows = [lines[0], *(f"{line};" for line in lines[1:]), lines[1] + ";"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    notes = Notes()
    got = read_addresses([str(path)], CRS, notes)
    assert got["address"].tolist() == expected["address"].tolist()
    assert got["postcode"].notna().all()
    assert notes.with_code("rows_repeated")[0].count == 1
