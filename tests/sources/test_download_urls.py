"""Requests equal to the published interfaces; each test names the publication it compares with."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from cadastre.publishing.texts_fr.download import sources_page
from cadastre.sources.catalogue import Catalogue, read_catalogue
from cadastre.sources.download_plan import source_names
from cadastre.sources.services_files import (
    file_url,
    hours_in,
    register_url,
    weather_points,
    weather_url,
)
from cadastre.sources.services_raster import (
    LidarTile,
    lidar_request,
    lidar_tiles,
    relief_request,
    relief_tiles,
)
from cadastre.sources.services_wfs import feature_url


@pytest.fixture(scope="module")
def found() -> Catalogue:
    return read_catalogue(None, {})


def asked(url: str) -> dict[str, str]:
    """Parameters of an address."""
    return {key: one[0] for key, one in parse_qs(urlsplit(url).query, True).items()}


def base(found: Catalogue, name: str) -> str:
    """Documented address of the service of a source."""
    return found.services[found.sources[name].service].published


def test_lidar_rasters_are_asked_as_the_tile_index_of_the_ign_gives_them(found: Catalogue) -> None:
    # The address of tile 0709_6762 as the IGN's index publishes it (url_mns), half a pixel west
    # and north of the kilometre.
    published = (
        "https://data.geopf.fr/wms-r?SERVICE=WMS&VERSION=1.3.0&EXCEPTIONS=text/xml&REQUEST=GetMap"
        "&LAYERS=IGNF_LIDAR-HD_MNS_ELEVATION.ELEVATIONGRIDCOVERAGE.LAMB93&FORMAT=image/geotiff"
        "&STYLES=&CRS=EPSG:2154&BBOX=708999.75,6761000.25,709999.75,6762000.25&WIDTH=2000"
        "&HEIGHT=2000&FILENAME=LHD_FXX_0709_6762_MNS_O_0M50_LAMB93_IGN69.tif"
    )
    tile = LidarTile(709, 6762, True, True, "", "")
    source = found.sources["lidar_mns"]
    name, url, bounds, side = lidar_request(base(found, "lidar_mns"), source, tile, 0.5)
    assert url == published
    assert name == "LHD_FXX_0709_6762_MNS_O_0M50_LAMB93_IGN69.tif"
    assert (bounds[2] - bounds[0]) / side == 0.5
    terrain = found.sources["lidar_mnt"]
    assert lidar_request(base(found, "lidar_mnt"), terrain, tile, 0.5)[1] == published.replace(
        "MNS", "MNT"
    )


def test_buildings_are_asked_as_the_ign_writes_it(found: Catalogue) -> None:
    # geoservices.ign.fr, "Évolution à impact fort sur les services WFS", 16 March 2026: one layer
    # a request, STARTINDEX and COUNT, SRSNAME and BBOX with the URN of the CRS.
    url = feature_url(
        base(found, "bdtopo_batiments"),
        found.sources["bdtopo_batiments"],
        bounds=(685000.0, 7035000.0, 690000.0, 7040000.0),
        page=(5000, 10000),
    )
    assert url.startswith("https://data.geopf.fr/wfs/ows?")
    assert asked(url) == {
        "SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature",
        "TYPENAMES": "BDTOPO_V3:batiment", "OUTPUTFORMAT": "application/json",
        "SRSNAME": "urn:ogc:def:crs:EPSG::2154", "COUNT": "5000", "STARTINDEX": "10000",
        "SORTBY": "cleabs",
        "BBOX": "685000.00,7035000.00,690000.00,7040000.00,urn:ogc:def:crs:EPSG::2154",
    }  # fmt: skip


def test_counting_is_the_published_hits_request(found: Catalogue) -> None:
    # cartes.gouv.fr, "Sélection d'objets WFS": GetFeature (hits).
    url = feature_url(base(found, "epci"), found.sources["epci"])
    values = asked(url)
    assert values["RESULTTYPE"] == "hits"
    assert "COUNT" not in values
    assert values["TYPENAMES"] == "LIMITES_ADMINISTRATIVES_EXPRESS.LATEST:epci"


def test_filters_and_squares_go_together_in_cql(found: Catalogue) -> None:
    # GeoServer user manual, "WFS vendor parameters": bbox and cql_filter exclude each other; the
    # spatial test goes into the filter.
    bounds = (1.0, 2.0, 3.0, 4.0)
    car_parks = asked(
        feature_url("u", found.sources["bdtopo_parkings"], bounds=bounds, page=(10, 0))
    )
    assert car_parks["TYPENAMES"] == "BDTOPO_V3:equipement_de_transport"
    assert car_parks["CQL_FILTER"] == (
        "nature='Parking' AND BBOX(geometrie,1.00,2.00,3.00,4.00,'EPSG:2154')"
    )
    assert "BBOX" not in car_parks
    heritage = asked(
        feature_url("u", found.sources["protections_gpu"], bounds=bounds, page=(10, 0))
    )
    assert heritage["TYPENAMES"] == "wfs_sup:assiette_sup_s"
    assert heritage["CQL_FILTER"].startswith("suptype IN ('ac1','ac2','ac4') AND BBOX(the_geom,")


def test_weather_is_asked_as_the_jrc_documents_it(found: Catalogue) -> None:
    # JRC, "API non-interactive service": entry point v5_3/seriescalc and its parameters; the
    # horizon is not taken into account, ours is.
    source = found.sources["pvgis"]
    url = weather_url(base(found, "pvgis"), source, (2.775, 50.475), (2005, 2023))
    assert url.startswith("https://re.jrc.ec.europa.eu/api/v5_3/seriescalc?")
    values = asked(url)
    assert (values["lat"], values["lon"]) == ("50.4750", "2.7750")
    assert values["raddatabase"] == "PVGIS-SARAH3"
    assert (values["startyear"], values["endyear"]) == ("2005", "2023")
    assert (values["components"], values["usehorizon"]) == ("1", "0")
    assert (values["angle"], values["pvcalculation"]) == ("0", "0")
    assert values["outputformat"] == "csv"


def test_files_stand_where_their_publishers_say(found: Catalogue) -> None:
    # cadastre.data.gouv.fr (Etalab), adresse.data.gouv.fr (format csv), data.gouv.fr (RNB).
    expected = {
        "cadastre_batiments": "https://cadastre.data.gouv.fr/data/etalab-cadastre/latest/geojson/"
        "communes/62/62498/cadastre-62498-batiments.json.gz",
        "cadastre_parcelles": "https://cadastre.data.gouv.fr/data/etalab-cadastre/latest/geojson/"
        "communes/62/62498/cadastre-62498-parcelles.json.gz",
        "ban_adresses": "https://adresse.data.gouv.fr/data/ban/adresses/latest/csv/"
        "adresses-62.csv.gz",
        "rnb": "https://rnb-opendata.s3.fr-par.scw.cloud/files/RNB_62.csv.zip",
    }
    for name, url in expected.items():
        source = found.sources[name]
        written = file_url(base(found, name), source, commune="62498", department="62")
        assert written == url


def test_the_register_is_an_export_without_a_limit(found: Catalogue) -> None:
    # Opendatasoft Explore API v2.1: /exports/csv with where, delimiter, use_labels.
    url = register_url(base(found, "odre_registre"), found.sources["odre_registre"], "62")
    assert urlsplit(url).path.endswith(
        "/registre-national-installation-production-stockage-electricite-agrege/exports/csv"
    )
    assert asked(url) == {
        "where": 'codedepartement="62" and codefiliere="SOLAI"',
        "delimiter": ";",
        "use_labels": "false",
    }


def test_hours_of_the_series_are_those_of_the_calendar() -> None:
    # 19 years, four of them leap years (2008, 2012, 2016, 2020).
    assert hours_in((2005, 2023)) == (19 * 365 + 4) * 24
    assert hours_in((2023, 2023)) == 8760


def test_weather_cells_lie_on_sarah_pixels_and_on_absolute_multiples() -> None:
    # SARAH-3 pixels are centred on odd multiples of 0.025 degrees; the PMA needs 18 cells at most.
    places = weather_points((2.298, 50.362, 3.082, 50.643), 0.15)
    assert len(places) == 18
    for value in (number for place in places for number in place):
        assert round(value / 0.025) % 2 == 1
        assert value == pytest.approx(round(value / 0.025) * 0.025)
    shifted = weather_points((2.6, 50.4, 3.3, 50.7), 0.15)
    assert set(places) & set(shifted)


def test_relief_images_cover_and_stay_below_the_limit(found: Catalogue) -> None:
    bounds = (620_000.0, 6_999_000.0, 736_000.0, 7_091_000.0)
    places = relief_tiles(bounds, 50.0, 1000)
    assert len(places) == len(set(places))
    boxes = [
        relief_request("u", found.sources["relief"], place, 50.0, 1000)[2] for place in places
    ]
    assert min(one[0] for one in boxes) <= bounds[0]
    assert max(one[3] for one in boxes) >= bounds[3]
    assert sum((one[2] - one[0]) * (one[3] - one[1]) for one in boxes) == 2.5e9 * len(boxes)


def test_the_tile_index_is_read_with_its_mistakes() -> None:
    # Seen in the index: http addresses, a dash for the underscore in some file names (404 as
    # written), two flights of one tile, rasters not yet published.
    def row(**values: object) -> dict:
        return {"properties": {"coordonnees_nw": "0881-6546", "url_mns": "https://x", **values}}

    url = "http://data.geopf.fr/telechargement/download/L/LHD_FXX_0881-6546_PTS_LAMB93_IGN69.laz"
    old = row(date_fin_acquisition="2021-05-01Z", url_npl=url, url_mnt=None)
    new = row(date_fin_acquisition="2024-05-01Z", url_npl=url, url_mnt="https://x")
    odd = {"properties": {"coordonnees_nw": None}}
    (tile,) = lidar_tiles([old, new, odd])
    assert (tile.x_km, tile.y_km, tile.flown) == (881, 6546, "2024-05-01")
    assert tile.bounds == (881_000.0, 6_545_000.0, 882_000.0, 6_546_000.0)
    assert tile.points_url.startswith("https://data.geopf.fr/")
    assert tile.points_name == "LHD_FXX_0881_6546_PTS_LAMB93_IGN69.laz"
    assert (tile.surface, tile.terrain) == (True, True)


def test_every_source_says_what_must_be_said(found: Catalogue) -> None:
    for source in found.sources.values():
        assert source.service in found.services
        for text in (source.title, source.producer, source.vintage, source.licence):
            assert text
        assert source.attribution
        assert source.schema
        assert all(link.startswith("https://") for link in source.documentation)
        assert set(source.required) <= set(source.schema)
        assert source.mean_bytes > 0
    for service in found.services.values():
        assert service.published.startswith("https://")
        assert date.fromisoformat(service.checked)


def test_nothing_outside_the_list_holds_an_address() -> None:
    folder = Path(__file__).resolve().parents[2] / "cadastre" / "sources"
    namespaces = ("https://data.geopf.fr/annexes/ressources/xsd/gpf_dl.xsd", "http://www.w3.org")
    for path in sorted([*folder.glob("download*.py"), *folder.glob("services_*.py")]):
        for address in re.findall(r"https?://[\w./-]+", path.read_text(encoding="utf-8")):
            assert address.startswith(namespaces), (path.name, address)


def test_the_issue_s_list_is_complete(found: Catalogue) -> None:
    names = set(source_names(found)) | {"communes", "epci"}
    assert names == set(found.sources)


def test_the_sources_page_is_written_from_the_list(found: Catalogue) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "sources.md"
    assert page.read_text(encoding="utf-8") == sources_page(found.rows())
