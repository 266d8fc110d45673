"""Jobs of rasters, point clouds and weather series."""

from __future__ import annotations

import shapely
from pyproj import Transformer
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from cadastre.errors import ParameterError
from cadastre.grid import Bounds
from cadastre.sources import services_files as files
from cadastre.sources import services_raster as rasters
from cadastre.sources.catalogue import Source
from cadastre.sources.download_expected import Expectation
from cadastre.sources.download_jobs import Job, Situation, Work, expectation
from cadastre.sources.download_territory import CRS, Limits, squares

# -- rasters, points, weather -------------------------------------------------------------------

_TILE_SIDE = 2000  # pixels of a tile as published, for which the list gives a weight
_PIXEL = 4  # bytes: pictures travel as float32, not compressed


def lidar(source: Source, at: Situation) -> Work:
    """List the rasters or point clouds of the published tiles; note the squares without one."""
    assert at.limits is not None
    assert at.tiles is not None
    margin = at.parameters.surface_margin_m
    area = at.limits.geometry.buffer(margin)
    wanted = dict.fromkeys(squares(area, rasters.KILOMETRE), True)
    has = {"MNS": "surface", "MNT": "terrain"}.get(source.product, "points_url")
    tiles = [
        tile
        for tile in at.tiles
        if getattr(tile, has) and wanted.pop((tile.x_km, tile.y_km - 1), False)
    ]
    make = _points_job if source.name == "lidar_points" else _raster_job
    names = [f"{x:04d}_{y + 1:04d}" for x, y in sorted(wanted)]
    notes: list[tuple[str, dict[str, object]]] = []
    if names:
        facts = {"title": source.title, "count": len(names), "names": names}
        notes.append(("tiles_unpublished", facts))
    return Work(tuple(make(source, at, tile) for tile in tiles), notes=tuple(notes))


def _raster_job(source: Source, at: Situation, tile: rasters.LidarTile) -> Job:
    chosen = at.parameters
    name, url, bounds, side = rasters.lidar_request(
        at.base(source), source, tile, chosen.surface_resolution_m
    )
    expected = Expectation(
        "geotiff", bounds, side, side, source.crs, compress=chosen.compress_rasters
    )
    return Job(
        source,
        source.target.format(name=name),
        source.service,
        url,
        expected,
        round(source.mean_bytes * (side / _TILE_SIDE) ** 2),
        tile.flown,
        resumable=False,
        transfer=_PIXEL * side * side,
    )


def _points_job(source: Source, at: Situation, tile: rasters.LidarTile) -> Job:
    return Job(
        source,
        source.target.format(name=tile.points_name),
        at.catalogue.owner(tile.points_url).name,
        tile.points_url,
        Expectation("laz", nw_km=(tile.x_km, tile.y_km)),
        source.mean_bytes,
        tile.flown,
    )


def relief(source: Source, at: Situation) -> Work:
    """List the images of coarse relief that cover the territory and its far horizon."""
    assert at.limits is not None
    chosen = at.parameters
    margin = chosen.relief_margin_m
    x_0, y_0, x_1, y_1 = at.limits.geometry.bounds
    bounds: Bounds = (x_0 - margin, y_0 - margin, x_1 + margin, y_1 + margin)
    pixels, step = chosen.relief_tile_px, chosen.relief_resolution_m
    jobs = []
    for place in rasters.relief_tiles(bounds, step, pixels):
        name, url, square = rasters.relief_request(at.base(source), source, place, step, pixels)
        expected = Expectation(
            "geotiff", square, pixels, pixels, source.crs, compress=chosen.compress_rasters
        )
        target = source.target.format(name=name)
        size = source.mean_bytes
        jobs.append(Job(source, target, source.service, url, expected, size, resumable=False))
    return Work(tuple(jobs))


def weather(source: Source, at: Situation) -> Work:
    """List the hourly series of the weather cells that meet the territory."""
    assert at.limits is not None
    chosen = at.parameters
    years = (chosen.weather_first_year, chosen.weather_last_year)
    if years[0] > years[1]:
        raise ParameterError(
            "parameter_range", group="download", name="weather_last_year", value=years[1],
            low=years[0], high=None, unit="année",
        )  # fmt: skip
    hours = files.hours_in(years)
    jobs = []
    for place in files.weather_points(at.limits.degrees, chosen.weather_cell_deg):
        half = chosen.weather_cell_deg / 2
        cell = box(place[0] - half, place[1] - half, place[0] + half, place[1] + half)
        if not _touches(at.limits, cell):
            continue
        jobs.append(
            Job(
                source,
                source.target.format(name=files.weather_name(place, years)),
                source.service,
                files.weather_url(at.base(source), source, place, years),
                expectation(source, rows=hours),
                round(source.mean_bytes * hours / 166536),
                f"{years[0]}-{years[1]}",
                resumable=False,
            )
        )
    return Work(tuple(jobs))


def _touches(limits: Limits, cell: BaseGeometry) -> bool:
    step = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    ring = shapely.segmentize(cell, cell.length / 40)
    return limits.geometry.intersects(shapely.transform(ring, step.transform, interleaved=False))
