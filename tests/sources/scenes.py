"""Small inputs of known content near Lens, written by other libraries than the readers use."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import laspy
import numpy as np
import pandas as pd
import pvlib
import pyproj
import rasterio
import shapely
from affine import Affine

CRS = "EPSG:2154"
X0, Y0 = 685000.0, 7037000.0  # south-west corner, m
SIDE = 64.0
LATITUDE, LONGITUDE = 50.43, 2.79
NAMES = ["Résidentiel", "Indifférencié", "Commercial et services", "Agricole", "Annexe"]


def buildings(count: int = 24) -> gpd.GeoDataFrame:
    """Rectangles of 8 m by 6 m on a lattice of 10 m, BD TOPO v3 columns."""
    row, col = np.divmod(np.arange(count), 6)
    x, y = X0 + 2 + 10.0 * col, Y0 + 2 + 10.0 * row
    return gpd.GeoDataFrame(
        {
            "cleabs": [f"BATIMENT{k:016d}" for k in range(count)],
            "nature": ["Indifférenciée"] * count,
            "usage_1": [NAMES[k % len(NAMES)] for k in range(count)],
            "construction_legere": [k % 5 == 4 for k in range(count)],
            "etat_de_l_objet": ["En service"] * count,
            "hauteur": 3.0 + 0.25 * np.arange(count),
            "nombre_de_logements": [float(k % 3) for k in range(count)],
        },
        geometry=[shapely.box(a, b, a + 8.0, b + 6.0) for a, b in zip(x, y, strict=True)],
        crs=CRS,
    )


def heights(rows: int = 128, cols: int = 128) -> np.ndarray:
    """Gentle slope at 30 m with a block 6 m high, float32."""
    row, col = np.mgrid[0:rows, 0:cols]
    z = 30.0 + 0.01 * row + 0.02 * col
    z[rows // 4 : rows // 2, cols // 4 : cols // 2] += 6.0
    return z.astype(np.float32)


def write_raster(
    path: Path,
    values: np.ndarray,
    corner: tuple[float, float] = (X0, Y0 + SIDE),
    step: float = 0.5,
    **options: object,
) -> Path:
    """GeoTIFF of one band; ``options`` overrides the profile (crs, nodata, transform...)."""
    profile = {
        "driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1,
        "dtype": values.dtype.name, "crs": CRS,
        "transform": Affine(step, 0.0, corner[0], 0.0, -step, corner[1]), "tiled": True,
        "blockxsize": 64, "blockysize": 64,
    } | options  # fmt: skip
    scale = profile.pop("scale", None)
    tags = profile.pop("tags", {})
    with rasterio.open(path, "w", **profile) as data:
        data.write(values, 1)
        data.update_tags(**tags)
        if scale:
            data.scales = (scale,)
    return path


def write_points(
    path: Path, density: float = 10.0, crs: str | None = CRS, x0: float = X0, y0: float = Y0
) -> Path:
    """Classified LAS/LAZ: ground at 30 m, a building 6 m high in the middle, a tree."""
    random = np.random.default_rng(5)
    count = int(density * SIDE * SIDE)
    x, y = x0 + random.uniform(0, SIDE, count), y0 + random.uniform(0, SIDE, count)
    z = np.full(count, 30.0)
    kind = np.full(count, 2, dtype=np.uint8)
    roof = (abs(x - x0 - 32) < 8) & (abs(y - y0 - 32) < 6)
    z[roof], kind[roof] = 36.0, 6
    tree = np.hypot(x - x0 - 54, y - y0 - 54) < 3
    z[tree], kind[tree] = 40.0, 5
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [x0, y0, 0.0]
    if crs is not None:
        header.add_crs(pyproj.CRS(crs))
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = x, y, z
    cloud.classification = kind
    cloud.write(path)
    return path


def weather(year: int = 2019, years: int = 1) -> pd.DataFrame:
    """Hours of a made-up sky, closed on the sun of mid-hour (pvlib), labels UTC."""
    index = pd.date_range(
        f"{year}-01-01", f"{year + years}-01-01", freq="h", inclusive="left", tz="UTC", name="time"
    )
    middle = index + pd.Timedelta(minutes=30)
    sun = pvlib.solarposition.get_solarposition(middle, LATITUDE, LONGITUDE, 40.0)
    zenith = sun["apparent_zenith"].to_numpy()
    cosine = np.maximum(np.cos(np.radians(zenith)), 0.0)
    cloud = 0.5 + 0.45 * np.sin(np.arange(len(index)) // 24 * 1.7)
    dni = np.where(cosine > 0.05, 850.0 * cloud * (1 - np.exp(-4 * cosine)), 0.0)
    dhi = 160.0 * cosine**0.7 * (1.4 - cloud)
    season = 10 - 8 * np.cos(2 * np.pi * (index.day_of_year.to_numpy() - 15) / 365)
    return pd.DataFrame(
        {"ghi": dhi + dni * cosine, "dni": dni, "dhi": dhi, "temp_air": season, "wind_speed": 3.5},
        index=index,
    ).round(3)


def write_weather(path: Path, data: pd.DataFrame, **options: object) -> Path:
    """Plain CSV with ISO times that carry their offset."""
    out = data.reset_index(names="time")
    out["time"] = out["time"].dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    out.to_csv(path, index=False, **options)
    return path


def communes() -> gpd.GeoDataFrame:
    """Two communes side by side under the buildings."""
    middle = X0 + 30.0
    return gpd.GeoDataFrame(
        {
            "code_insee": ["62498", "62427"],
            "nom": ["Lens", "Hénin-Beaumont"],
            "siren_epci": ["246200364", "246200299"],
            "nom_epci": ["CA de Lens - Liévin", "CA d'Hénin-Carvin"],
        },
        geometry=[
            shapely.box(X0 - 500, Y0 - 500, middle, Y0 + 500),
            shapely.box(middle, Y0 - 500, X0 + 500, Y0 + 500),
        ],
        crs=CRS,
    )


BAN_HEADER = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;"
    "code_insee_ancienne_commune;nom_ancienne_commune;x;y;lon;lat;type_position;alias;nom_ld;"
    "libelle_acheminement;nom_afnor;source_position;source_nom_voie;certification_commune;"
    "cad_parcelles"
)


def write_addresses(path: Path, count: int = 6, encoding: str = "utf-8", **swap: bool) -> Path:
    """BAN csv of 23 columns: one address 2 m south of each building of the first row."""
    x, y = X0 + 6 + 10.0 * np.arange(count), np.full(count, Y0)
    points = gpd.GeoSeries(gpd.points_from_xy(x, y), crs=CRS).to_crs(4326)
    lon, lat = points.x.to_numpy(), points.y.to_numpy()
    if swap.get("swapped"):
        lon, lat = lat, lon
    rows = [
        f"62498_0010_{k:05d};62498_0010;{k + 1};{'bis' if k == 1 else ''};Rue de l'Église;62300;"
        f"62498;Lens;;;{x[k]:.2f};{y[k]:.2f};{lon[k]:.7f};{lat[k]:.7f};entrée;;;LENS;"
        f"RUE DE L EGLISE;commune;commune;1;62498000AB{k:04d}"
        for k in range(count)
    ]
    path.write_bytes("\n".join([BAN_HEADER, *rows, ""]).encode(encoding))
    return path
