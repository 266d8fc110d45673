"""Writing the fiction to disk, the same bytes each time.

GeoPackages carry the date of their last change and LAS headers the day of their making: both are
set to the date of the fiction.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import laspy
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import rasterio
from numpy.typing import NDArray

from cadastre.demo import names
from cadastre.exchange import PointCloud
from cadastre.grid import Grid

NODATA = -9999.0
FICTION_DATE = datetime.date(2026, 1, 15)


def write_heights(
    path: Path, values: NDArray[np.float32], grid: Grid, date: str = "", **creation: Any
) -> None:
    """Write heights as a compressed float32 GeoTIFF, NaN as -9999; lossless by default.

    ``date``: day of the survey, ISO, written as TIFF tag DateTime; none where empty.
    """
    filled = np.where(np.isnan(values), np.float32(NODATA), values).astype(np.float32)
    options = creation or {"compress": "deflate", "predictor": 3}
    _write_tiff(path, filled, grid, date, nodata=NODATA, **options)


def write_labels(path: Path, values: NDArray[np.int32], grid: Grid) -> None:
    """Write plane numbers as an int32 GeoTIFF, 0 where there is none."""
    _write_tiff(path, values, grid, compress="deflate")


def _write_tiff(path: Path, values: NDArray, grid: Grid, date: str = "", **creation: Any) -> None:
    path.unlink(missing_ok=True)
    profile = {
        "driver": "GTiff",
        "width": grid.cols,
        "height": grid.rows,
        "count": 1,
        "dtype": str(values.dtype),
        "crs": grid.crs,
        "transform": grid.transform,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
    }
    if min(grid.shape) < 256:
        profile["tiled"] = False
        del profile["blockxsize"], profile["blockysize"]
    with rasterio.open(path, "w", **profile, **creation) as target:
        if date:
            day = datetime.date.fromisoformat(date)
            target.update_tags(TIFFTAG_DATETIME=f"{day:%Y:%m:%d} 00:00:00")
        target.write(values, 1)


@contextmanager
def fixed_date() -> Iterator[None]:
    """Make GDAL stamp GeoPackages with the date of the fiction."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    stamp = f"{FICTION_DATE.isoformat()}T00:00:00.000Z"
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": stamp})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def write_layer(path: Path, frame: gpd.GeoDataFrame, append: bool = False) -> None:
    """Write or extend a one-layer GeoPackage named after its file."""
    if not append:
        path.unlink(missing_ok=True)
    with fixed_date():
        pyogrio.write_dataframe(frame, path, layer=path.stem, driver="GPKG", append=append)


def write_addresses(path: Path, frame: pd.DataFrame) -> None:
    """Write addresses as the BAN does: semicolons, UTF-8, 23 columns."""
    frame.to_csv(path, sep=";", index=False, encoding="utf-8", lineterminator="\n")


def write_points(path: Path, points: PointCloud, crs: str) -> None:
    """Write a LAZ file, point format 6, centimetres."""
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.creation_date = FICTION_DATE
    header.offsets = [
        float(np.floor(values.min())) if values.size else 0.0
        for values in (points.x, points.y, points.z)
    ]
    header.scales = [0.01, 0.01, 0.01]
    header.add_crs(pyproj.CRS(crs))
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = points.x, points.y, points.z
    cloud.classification = points.classification
    count = len(points.x)
    cloud.return_number = np.ones(count, np.uint8)
    cloud.number_of_returns = np.ones(count, np.uint8)
    path.unlink(missing_ok=True)
    cloud.write(str(path))


def write_territory_file(path: Path, name: str, inputs: dict[str, str]) -> None:
    """Write a territory file with the given inputs (key, value), results in ``sortie``."""
    lines = [f'{key} = "{value}"' for key, value in inputs.items()]
    text = names.TERRITORY_COMMENT + "\n".join(
        [
            "[territoire]",
            f'nom = "{name}"',
            'crs = "EPSG:2154"',
            "fictif = true",
            "",
            "[entrees]",
            *lines,
            "",
            "[sortie]",
            'dossier = "sortie"',
            "",
        ]
    )
    path.write_text(text, encoding="utf-8")
