"""A shaded picture of the surface model, laid under the roofs: gardens, trees, streets.

It lets one check that planes follow the roofs one sees, without asking any server for a base
map. Web Mercator, as Leaflet stretches pictures in that projection.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.warp import Resampling, reproject, transform_bounds

from cadastre.grid import Grid

# what a picture shows, not numbers of the method: light from the north-west, as maps have it
LIGHT_AZIMUTH, LIGHT_ELEVATION = 315.0, 45.0
DARKEST, LIGHTEST = 128, 250
_MERCATOR = CRS.from_epsg(3857)


@dataclass(frozen=True)
class Relief:
    """A picture laid under the roofs: PNG bytes and (west, south, east, north), degrees."""

    png: bytes
    bounds: tuple[float, float, float, float]


def relief_picture(dsm: NDArray[np.float32], grid: Grid, max_pixels: int) -> Relief:
    """Return the hillshade of a surface model.

    Parameters
    ----------
    dsm
        Heights on ``grid``, m; NaN where unknown (transparent in the picture).
    grid
        Lattice in the CRS of the territory.
    max_pixels
        Above this size the picture is made coarser by a whole factor.
    """
    factor = max(1, math.ceil(math.sqrt(dsm.size / max_pixels)))
    heights, coarse = _coarser(dsm, grid, factor)
    shade = hillshade(heights, coarse.resolution)
    known = np.isfinite(shade)
    source = np.stack([np.where(known, shade, 0), np.where(known, 255, 0)]).astype(np.uint8)
    crs = CRS.from_user_input(coarse.crs)
    x_min, y_min, x_max, y_max = transform_bounds(crs, _MERCATOR, *coarse.bounds)
    stretch = math.sqrt((x_max - x_min) * (y_max - y_min) / (coarse.cols * coarse.rows))
    width, height = math.ceil((x_max - x_min) / stretch), math.ceil((y_max - y_min) / stretch)
    box = (x_min, y_max - height * stretch, x_min + width * stretch, y_max)
    picture = np.zeros((2, height, width), np.uint8)
    reproject(
        source,
        picture,
        src_transform=coarse.transform,
        src_crs=crs,
        dst_transform=Affine(stretch, 0.0, x_min, 0.0, -stretch, y_max),
        dst_crs=_MERCATOR,
        resampling=Resampling.nearest,
    )
    west, south, east, north = transform_bounds(_MERCATOR, "EPSG:4326", *box)
    corners = (round(west, 7), round(south, 7), round(east, 7), round(north, 7))
    return Relief(png_bytes(picture[0], picture[1]), corners)


def _coarser(
    dsm: NDArray[np.float32], grid: Grid, factor: int
) -> tuple[NDArray[np.float32], Grid]:
    """Keep one pixel in ``factor`` each way."""
    if factor == 1:
        return dsm, grid
    kept = dsm[factor // 2 :: factor, factor // 2 :: factor]
    coarse = Grid(
        grid.crs, grid.x_min, grid.y_max, grid.resolution * factor, kept.shape[0], kept.shape[1]
    )
    return kept, coarse


def hillshade(heights: NDArray[np.float32], resolution: float) -> NDArray[np.float32]:
    """Return the light each pixel receives, as a grey of 0-255; NaN beside unknown heights.

    Lambert's cosine of the angle between the light and the normal of central differences.
    """
    if min(heights.shape) < 2:
        return np.full(heights.shape, np.nan, np.float32)
    south, east = np.gradient(heights.astype(np.float32), resolution)
    azimuth, elevation = math.radians(LIGHT_AZIMUTH), math.radians(LIGHT_ELEVATION)
    toward = -east * math.sin(azimuth) + south * math.cos(azimuth)
    cosine = (math.sin(elevation) + math.cos(elevation) * toward) / np.sqrt(1 + east**2 + south**2)
    light = np.clip(cosine, 0, 1)
    return (DARKEST + (LIGHTEST - DARKEST) * light).astype(np.float32)


def png_bytes(grey: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> bytes:
    """Return a grey picture with transparency as PNG (ISO/IEC 15948), rows filtered by Sub."""
    height, width = grey.shape
    pixels = np.stack([grey, alpha], axis=-1).reshape(height, width * 2)
    filtered = pixels.copy()
    filtered[:, 2:] -= pixels[:, :-2]
    lines = np.hstack([np.ones((height, 1), np.uint8), filtered])

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 4, 0, 0, 0)
    data = zlib.compress(lines.tobytes(), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
