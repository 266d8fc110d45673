"""Car parks and brownfields: what is read, what is left out and said, where they lie.

Columns are those of BD TOPO v3 ``equipement_de_transport`` (IGN, description of content 3.5) and
of the CNIG standard "friches" 1.0.1 as Cartofriches delivers it.
"""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

from cadastre.errors import InputError
from cadastre.schema import TABLES, faults
from cadastre.sources.boundaries import read_communes
from cadastre.sources.notes import Notes
from cadastre.sources.sites import join_sites, read_sites
from tests.sources import scenes

X, Y = scenes.X0, scenes.Y0


def car_parks(path):
    """Two car parks, one twice, a railway station, one without place."""
    first, second = shapely.box(X, Y, X + 50, Y + 40), shapely.box(X + 100, Y, X + 200, Y + 20)
    frame = gpd.GeoDataFrame(
        {
            "cleabs": ["EQUIP_TR_1", "EQUIP_TR_2", "EQUIP_TR_1", "EQUIP_TR_3", "EQUIP_TR_4"],
            "nature": ["Parking", "Parking", "Parking", "Gare voyageurs uniquement", "Parking"],
            "toponyme": ["Place du Marché", None, "Place du Marché", "Gare", "Nulle part"],
        },
        geometry=[first, second, first, second, None],
        crs=scenes.CRS,
    )
    frame.to_file(path)
    return str(path)


def brownfields(path):
    """One site with its outline and parcels, one known by a point alone; longitude, latitude."""
    shapes = gpd.GeoSeries(
        [shapely.box(X + 20, Y + 100, X + 60, Y + 150), shapely.Point(X + 40, Y + 200)],
        crs=scenes.CRS,
    ).to_crs(4326)
    rows = [
        {"site_id": "62498_1", "site_nom": "Fosse 12", "site_statut": "friche sans projet",
         "comm_insee": "62498", "unite_fonciere_refcad": "62498000AB0001|62498000AB0002",
         "unite_fonciere_surface": 2100.0},
        {"site_id": "62427_7", "site_nom": "Ancienne gare", "site_statut": "friche avec projet",
         "comm_insee": "62427", "unite_fonciere_surface": 5300.0},
    ]  # fmt: skip
    features = [
        {"type": "Feature", "properties": row, "geometry": shapely.geometry.mapping(shape)}
        for row, shape in zip(rows, shapes, strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return str(path)


def test_car_parks_are_read_and_the_rest_is_said(tmp_path):
    notes = Notes()
    found = read_sites([car_parks(tmp_path / "a.gpkg")], "parkings", scenes.CRS, notes)
    assert found["site_id"].tolist() == ["EQUIP_TR_1", "EQUIP_TR_2"]
    assert found["site_area_m2"].tolist() == [2000.0, 2000.0]
    assert found["site_name"].isna().tolist() == [False, True]
    told = {note.code: note.count for note in notes}
    aside = [told[code] for code in ("sites_repeated", "sites_other_nature", "geometry_empty")]
    assert aside == [1, 1, 1]
    assert len(found) + sum(aside) == told["rows_read"]


def test_brownfields_keep_their_point_where_there_is_no_outline(tmp_path):
    path = brownfields(tmp_path / "friches_62.geojson")
    found = read_sites([path], "friches", scenes.CRS, Notes()).set_index("site_id")
    # the outline is straight in Lambert-93, its corners rounded by degrees: within 0.1 %
    assert found.loc["62498_1", "site_area_m2"] == pytest.approx(2000.0, rel=1e-3)
    assert found.loc["62427_7", "site_area_m2"] == 5300.0
    assert found.loc["62427_7"].geometry.geom_type == "Point"
    assert found.loc["62498_1", "parcel_ids"] == "62498000AB0001|62498000AB0002"


def test_sites_take_their_commune_and_parcels(tmp_path):
    scenes.communes().to_file(tmp_path / "communes.gpkg")
    communes = read_communes([str(tmp_path / "communes.gpkg")], scenes.CRS, Notes())
    sites = read_sites([car_parks(tmp_path / "a.gpkg")], "parkings", scenes.CRS, Notes())
    parcels = gpd.GeoDataFrame(
        {"parcel_id": ["P1", "P2", "P3"]},
        geometry=[
            shapely.box(X, Y, X + 30, Y + 40),  # inside the first car park
            shapely.box(X + 30, Y, X + 100, Y + 40),  # 20 of its 70 m
            shapely.box(X + 90, Y - 500, X + 210, Y + 500),  # vast, around the second one
        ],
        crs=scenes.CRS,
    )
    joined = join_sites(sites, communes, parcels).set_index("site_id")
    assert joined["commune_code"].tolist() == ["62498", "62427"]
    assert joined["parcel_ids"].tolist() == ["P1", "P3"]
    assert faults(joined.reset_index(), TABLES["sites"]) == []


def test_a_layer_without_identifier_is_refused(tmp_path):
    gpd.GeoDataFrame(
        {"a": [1]}, geometry=[shapely.box(X, Y, X + 9, Y + 9)], crs=scenes.CRS
    ).to_file(tmp_path / "a.gpkg")
    with pytest.raises(InputError) as caught:
        read_sites([str(tmp_path / "a.gpkg")], "friches", scenes.CRS, Notes())
    assert caught.value.code == "column_missing"
