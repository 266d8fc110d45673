"""WMS-Raster of the Géoplateforme: LiDAR HD tiles on their own lattice, relief of the horizon.

LiDAR HD tiles are named by the kilometres of their north-west corner; their pixels are centred
on multiples of the step, so that the box asked is shifted by half a pixel:
``BBOX=708999.75,6761000.25,709999.75,6762000.25`` for the tile ``0709_6762``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cadastre.grid import Bounds
from cadastre.sources.catalogue import Source
from cadastre.sources.services_wfs import encode

KILOMETRE = 1000.0
_DASHED = re.compile(r"(LHD_[A-Z]{3}_\d{4})-(\d{4})")


@dataclass(frozen=True)
class LidarTile:
    """One tile of the index: kilometres of its north-west corner, its products, its age."""

    x_km: int
    y_km: int
    surface: bool
    terrain: bool
    points_url: str
    flown: str

    @property
    def bounds(self) -> Bounds:
        """Square of the tile, m."""
        x, y = KILOMETRE * self.x_km, KILOMETRE * self.y_km
        return x, y - KILOMETRE, x + KILOMETRE, y

    @property
    def points_name(self) -> str:
        """Name of the point cloud file."""
        return self.points_url.rsplit("/", 1)[-1]


def map_url(base: str, source: Source, bounds: Bounds, size: tuple[int, int], name: str) -> str:
    """Write a GetMap request for a GeoTIFF of ``size`` (width, height) pixels."""
    return encode(
        base,
        {
            "SERVICE": "WMS",
            "VERSION": "1.3.0",
            "EXCEPTIONS": "text/xml",
            "REQUEST": "GetMap",
            "LAYERS": source.layer,
            "FORMAT": "image/geotiff",
            "STYLES": "",
            "CRS": source.crs,
            "BBOX": ",".join(f"{value:.10g}" for value in bounds),
            "WIDTH": str(size[0]),
            "HEIGHT": str(size[1]),
            "FILENAME": name,
        },
    )


def lidar_name(x_km: int, y_km: int, product: str, resolution: float) -> str:
    """File name as the IGN writes it: ``LHD_FXX_0709_6762_MNS_O_0M50_LAMB93_IGN69.tif``."""
    metres, centimetres = divmod(round(resolution * 100), 100)
    step = f"{metres}M{centimetres:02d}"
    return f"LHD_FXX_{x_km:04d}_{y_km:04d}_{product}_O_{step}_LAMB93_IGN69.tif"


def lidar_request(
    base: str, source: Source, tile: LidarTile, resolution: float
) -> tuple[str, str, Bounds, int]:
    """Return name, address, bounds and side in pixels of one raster of a tile."""
    x_0, y_0, x_1, y_1 = tile.bounds
    half = resolution / 2.0
    bounds = (x_0 - half, y_0 + half, x_1 - half, y_1 + half)
    side = round(KILOMETRE / resolution)
    name = lidar_name(tile.x_km, tile.y_km, source.product, resolution)
    return name, map_url(base, source, bounds, (side, side), name), bounds, side


def lidar_tiles(features: Iterable[dict[str, Any]]) -> list[LidarTile]:
    """Read the tile index: one tile a place, the latest flight where several stand there."""
    found: dict[tuple[int, int], LidarTile] = {}
    for feature in features:
        values = feature["properties"]
        match = re.fullmatch(r"(\d{1,4})[-_](\d{4})", str(values.get("coordonnees_nw") or ""))
        if match is None:
            continue
        place = int(match[1]), int(match[2])
        tile = LidarTile(
            *place,
            surface=bool(values.get("url_mns")),
            terrain=bool(values.get("url_mnt")),
            points_url=_mended(str(values.get("url_npl") or "")),
            flown=str(values.get("date_fin_acquisition") or "")[:10],
        )
        if place not in found or tile.flown > found[place].flown:
            found[place] = tile
    return [found[place] for place in sorted(found)]


def _mended(url: str) -> str:
    """Mend the addresses of the index that hold a dash where the file has an underscore."""
    return _DASHED.sub(r"\1_\2", url.strip()).replace("http://", "https://", 1)


def relief_tiles(bounds: Bounds, resolution: float, pixels: int) -> list[tuple[int, int]]:
    """Return column and row of the images that cover ``bounds``, on absolute multiples."""
    side = resolution * pixels
    x_0, y_0, x_1, y_1 = (value / side for value in bounds)
    return [
        (column, row)
        for column in range(math.floor(x_0), math.ceil(x_1))
        for row in range(math.floor(y_0), math.ceil(y_1))
    ]


def relief_request(
    base: str, source: Source, place: tuple[int, int], resolution: float, pixels: int
) -> tuple[str, str, Bounds]:
    """Return name, address and bounds of one relief image."""
    side = resolution * pixels
    x, y = place[0] * side, place[1] * side
    bounds = (x, y, x + side, y + side)
    name = f"relief_{round(x / 1000):04d}_{round(y / 1000):04d}_{resolution:g}m.tif"
    return name, map_url(base, source, bounds, (pixels, pixels), name), bounds
