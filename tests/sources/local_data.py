"""The data of the local services: two invented communes, everything real in form."""

from __future__ import annotations

import functools
import gzip
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import geopandas as gpd
import laspy
import numpy as np
import pandas as pd
import pvlib
import pyogrio
from affine import Affine
from rasterio.io import MemoryFile
from shapely.geometry import Polygon, box, mapping

# Two communes of 1.5 km, side by side, on tiles 0680_7040 to 0683_7038; invented codes of the 62.
X0, Y0 = 680_200.0, 7_038_300.0
SIDE = 1500.0
COMMUNES = {"62801": "Alpha", "62802": "Bêta"}
SIREN = "246200364"
TILES = [(x, y) for x in range(679, 685) for y in range(7037, 7042)]
UNPUBLISHED = (683, 7039)


def commune_box(rank: int) -> Polygon:
    """Square of one commune."""
    return box(X0 + rank * SIDE, Y0, X0 + (rank + 1) * SIDE, Y0 + SIDE)


def feature(shape: Polygon, identity: str = "", **properties: object) -> dict:
    """One GeoJSON feature."""
    found = {"type": "Feature", "properties": properties, "geometry": mapping(shape)}
    return {**found, "id": identity} if identity else found


def buildings(count: int = 400) -> list[dict]:
    """Houses on a lattice over and around the two communes; some straddle squares."""
    rows = []
    for rank in range(count):
        x = X0 - 300 + (rank % 25) * 147.0
        y = Y0 - 300 + (rank // 25) * 132.0
        rows.append(
            feature(
                box(x, y, x + 12, y + 9),
                f"batiment.{rank}",
                cleabs=f"BATIMENT{rank:016d}",
                nature="Indifférenciée",
                usage_1="Résidentiel",
                usage_2=None,
                construction_legere=False,
                etat_de_l_objet="En service",
                date_modification=f"2026-0{1 + rank % 9}-11T08:00:00Z",
                hauteur=5.5,
                nombre_d_etages=1,
                nombre_de_logements=1,
                materiaux_de_la_toiture="10",
                altitude_minimale_toit=44.0,
                altitude_maximale_toit=47.0,
                identifiants_rnb=f"RNB{rank:09d}",
            )
        )
    return rows


def layers() -> dict[str, list[dict]]:
    """Features of every WFS layer, EPSG:2154."""
    codes = list(COMMUNES)
    whole = box(X0, Y0, X0 + 2 * SIDE, Y0 + SIDE)
    parking = [
        feature(box(X0 + 100 + 40 * n, Y0 + 50, X0 + 130 + 40 * n, Y0 + 90), cleabs=f"PARK{n:04d}",
                nature="Parking" if n % 2 else "Péage", toponyme=None)
        for n in range(20)
    ]  # fmt: skip
    heritage = [
        feature(box(X0 + 200, Y0 + 200, X0 + 900, Y0 + 900), suptype=kind, typeass="Périmètre",
                nomsuplitt=f"Nom {kind}", partition="62_SUP")
        for kind in ("ac1", "ac2", "ac4", "pm1")
    ]  # fmt: skip
    return {
        "LIMITES_ADMINISTRATIVES_EXPRESS.LATEST:commune": [
            feature(commune_box(rank), code_insee=code, nom_officiel=COMMUNES[code],
                    codes_siren_des_epci=SIREN, population=1000 + rank)
            for rank, code in enumerate(codes)
        ],
        "LIMITES_ADMINISTRATIVES_EXPRESS.LATEST:epci": [
            feature(whole, code_siren=SIREN, nom_officiel="CA d'essai",
                    codes_insee_des_communes_membres="/".join(codes))
        ],
        "STATISTICALUNITS.IRIS:contours_iris": [
            feature(commune_box(rank), code_iris=f"{code}0000", nom_iris=COMMUNES[code],
                    code_insee=code)
            for rank, code in enumerate(codes)
        ],
        "BDTOPO_V3:batiment": buildings(),
        "BDTOPO_V3:equipement_de_transport": parking,
        "wfs_sup:assiette_sup_s": heritage,
        "mission_bassin_minier:zt_cites_minires": [
            feature(box(X0, Y0, X0 + 50, Y0 + 50), ID_LSM=1, NOM_CITE="Cité 1", COMMUNE="Alpha")
        ],
        "IGNF_LIDAR-HD_METADONNEE:metadata": [_tile(x, y) for x, y in TILES],
    }  # fmt: skip


def _tile(x: int, y: int) -> dict:
    published = (x, y) != UNPUBLISHED
    name = f"LHD_FXX_{x:04d}-{y:04d}_PTS_LAMB93_IGN69.copc.laz"
    url = f"http://data.geopf.fr/telechargement/download/LiDARHD-NUALID/BLOC/{name}"
    raster = "https://data.geopf.fr/wms-r?SERVICE=WMS" if published else None
    return feature(
        box(1000 * x, 1000 * y - 1000, 1000 * x + 1000, 1000 * y),
        coordonnees_nw=f"{x:04d}-{y:04d}", code_mission="24LHD", date_edition="2026-01-10Z",
        date_debut_acquisition="2025-03-01Z", date_fin_acquisition="2025-03-04Z",
        url_npl=url if published else None, url_mns=raster, url_mnt=raster,
    )  # fmt: skip


def geotiff(bounds: tuple[float, ...], width: int, height: int, value: float = 40.0) -> bytes:
    """A float32 picture like the WMS-Raster's; its values tell its place."""
    columns = np.linspace(0.0, 1.0, width, dtype="float32")
    rows = np.linspace(0.0, 5.0, height, dtype="float32")
    values = (value + columns[None, :] + rows[:, None]).astype("float32")
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=width, height=height, count=1, dtype="float32",
            crs="EPSG:2154", transform=_transform(bounds, width, height), nodata=-9999.0,
        ) as raster:  # fmt: skip
            raster.write(values, 1)
        return memory.read()


def _transform(bounds: tuple[float, ...], width: int, height: int) -> Affine:
    x_0, y_0, x_1, y_1 = bounds
    return Affine((x_1 - x_0) / width, 0.0, x_0, 0.0, (y_0 - y_1) / height, y_1)


def laz(x_km: int, y_km: int) -> bytes:
    """A small compressed cloud inside its tile."""
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.01] * 3, [1000 * x_km, 1000 * y_km - 1000, 0]
    cloud = laspy.LasData(header)
    spread = np.linspace(1.0, 990.0, 3000)
    cloud.x, cloud.y = 1000 * x_km + spread, 1000 * y_km - spread
    cloud.z = 40 + spread / 1000
    cloud.classification = np.full(3000, 6, "uint8")
    out = io.BytesIO()
    cloud.write(out, do_compress=True, laz_backend=laspy.LazBackend.Lazrs)
    return out.getvalue()


@functools.cache
def series_of(latitude: str, longitude: str, first: int, last: int) -> bytes:
    """A PVGIS answer: whole years of hours under half a clear sky, the sun where it stands."""
    times = pd.date_range(f"{first}-01-01 00:10", f"{last}-12-31 23:10", freq="h", tz="UTC")
    sun = pvlib.solarposition.get_solarposition(times, float(latitude), float(longitude))
    height = sun["apparent_elevation"].to_numpy()
    sine = np.clip(np.sin(np.radians(height)), 0.0, None)
    beam, diffuse = 350.0 * sine**1.3, 250.0 * sine
    lines = [
        f"Latitude (decimal degrees):\t{latitude}",
        f"Longitude (decimal degrees):\t{longitude}",
        "Elevation (m):\t40.0",
        "Radiation database:\tPVGIS-SARAH3",
        "",
        "",
        "Slope: 0 deg. ",
        "Azimuth: 0 deg. ",
        "time,Gb(i),Gd(i),Gr(i),H_sun,T2m,WS10m,Int",
    ]
    stamps = times.strftime("%Y%m%d:%H%M")
    lines += [
        f"{stamp},{b:.2f},{d:.2f},0.0,{max(h, 0.0):.2f},{10 + 5 * s:.2f},3.0,0.0"
        for stamp, b, d, h, s in zip(stamps, beam, diffuse, height, sine, strict=True)
    ]
    return "\r\n".join([*lines, "", "PVGIS (c) European Union, 2001-2026", ""]).encode()


def series(values: dict[str, str]) -> bytes:
    """The series that a request asks."""
    first, last = int(values["startyear"]), int(values["endyear"])
    return series_of(values["lat"], values["lon"], first, last)


def seven_zip(body: bytes) -> bytes:
    """The frame of a 7z archive (7zFormat.txt): enough for what a download checks."""
    tail = b"\x01\x04\x06"
    start = struct.pack("<QQI", len(body), len(tail), zlib.crc32(tail))
    head = b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start
    return head + body + tail


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def mining_basin(folder: Path) -> bytes:
    """The archive of the mining basin: shapefiles with accents and spaces in their names."""
    folder.mkdir(parents=True, exist_ok=True)
    members: dict[str, bytes] = {}
    for name in ("Bien Inscrit UNESCO BM", "Zone Tampon", "cités minières", "Terrils"):
        frame = gpd.GeoDataFrame(
            {"Nom": [name], "Section": ["A"]}, geometry=[commune_box(0)], crs="EPSG:2154"
        )
        pyogrio.write_dataframe(frame, folder / "couche.shp", driver="ESRI Shapefile")
        for part in sorted(folder.glob("couche.*")):
            members[f"UNESCO - L93 2018/{name}{part.suffix}"] = part.read_bytes()
            part.unlink()
    return zipped(members)


def tables(folder: Path) -> dict[str, bytes]:
    """Bodies of the plain files, by address."""
    address = (
        "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y;lon;lat;"
        "type_position;certification_commune;cad_parcelles\n"
        "62801_0010_00001;;1;;Rue Haute;62300;62801;Alpha;680500;7038500;2.7;50.4;entrée;1;\n"
    )
    rnb = "rnb_id;point;shape;status;ext_ids;addresses;plots;validated_by\nABC;;;;;;;\n"
    found = {
        "/ban/latest/csv/adresses-62.csv.gz": gzip.compress(address.encode(), mtime=0),
        "/rnb/RNB_62.csv.zip": zipped({"RNB_62.csv": rnb.encode()}),
        "/data_gouv/7bea0497-889d-410c-8de9-144f4159ae8e": mining_basin(folder),
    }
    for rank, code in enumerate(COMMUNES):
        here = commune_box(rank)
        below = f"/etalab_cadastre/latest/geojson/communes/62/{code}/cadastre-{code}"
        walls = feature(here, type="01", commune=code, created="2020-01-01", updated="2026-01-01")
        parcel = feature(
            here, id=f"{code}000AB0001", commune=code, section="AB", numero="1", contenance=500
        )
        for kind, one in (("batiments", walls), ("parcelles", parcel)):
            body = json.dumps({"type": "FeatureCollection", "features": [one] * 200})
            found[f"{below}-{kind}.json.gz"] = gzip.compress(body.encode(), mtime=0)
    return found
