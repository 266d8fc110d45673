"""The exact truth: what is seen from above of every facet, as polygons in plan.

A facet is hidden where another facet of the same building is higher. The difference of two
planes is a plane, so that region is the common polygon cut by a half plane: no sampling.
"""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.angles import azimuth_from_slopes, tilt_from_slopes
from cadastre.demo.buildings import CRUMB_M2, SNAP_M, Building, to_world
from cadastre.demo.facets import Facet, clip, outline_array
from cadastre.demo.raster import Canvas
from cadastre.grid import overlap

LEVEL_AZIMUTH_DEG = 180.0
"""Azimuth given to a level plane, which faces nowhere."""


def visible_parts(facets: tuple[Facet, ...]) -> list[list[shapely.Polygon]]:
    """Find the connected parts of each facet seen from above, in the frame and order given.

    Where two facets coincide the earlier one counts.
    """
    shapes = [shapely.Polygon(outline_array(f)) for f in facets]
    boxes = [shape.bounds for shape in shapes]
    parts = []
    for i, facet in enumerate(facets):
        hidden = [
            cover
            for j, other in enumerate(facets)
            if i != j
            and overlap(boxes[i], boxes[j])
            and (cover := _above(facet, other, strict=j > i)) is not None
        ]
        shape = shapely.set_precision(shapes[i], SNAP_M)
        if hidden:
            cover = shapely.union_all(hidden, grid_size=SNAP_M)
            shape = shapely.difference(shape, cover, grid_size=SNAP_M)
        pieces = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
        parts.append([p for p in pieces if p.area > CRUMB_M2])
    return parts


def _above(low: Facet, high: Facet, strict: bool) -> shapely.Polygon | None:
    """Where ``high`` covers ``low``: its outline cut by the half plane in which it is higher."""
    a, b, c = high.a - low.a, high.b - low.b, high.c - low.c
    if abs(a) < 1e-12 and abs(b) < 1e-12:
        covers = c > 0.0 or (c == 0.0 and not strict)
        return shapely.Polygon(outline_array(high)) if covers else None
    part = clip(high.outline, a, b, c)
    return shapely.Polygon(np.array(part)) if part else None


def truth_tables(
    buildings: tuple[Building, ...], ids: list[str], canvas: Canvas, origin: tuple[float, float]
) -> tuple[gpd.GeoDataFrame, NDArray[np.int32]]:
    """Truth of every plane, and the raster of the planes one sees.

    Parameters
    ----------
    buildings, ids
        The buildings in the order in which they were drawn, and their identifiers.
    canvas
        The drawn canvas.
    origin
        (x0, y0) of the plane coefficients: ``z = a (x - x0) + b (y - y0) + c``, m.

    Returns
    -------
    planes
        One row a plane: building_id, plane_id (from 1, value of the raster), plane (rank in the
        building, largest first), kind, tilt, azimuth (degrees clockwise from grid north,
        downslope; 180 where level), a, b, c, x0, y0, area_2d, area_3d (m²), vis_frac (share of
        its pixels not under a tree; 1 where it holds no pixel centre), geometry.
    plane_id
        int32 (rows, cols), 0 where the ground or a plant is on top.
    """
    rows: list[dict[str, object]] = []
    geometries: list[shapely.Geometry] = []
    facet_plane: list[list[tuple[int, shapely.Geometry]]] = []
    for building, building_id in zip(buildings, ids, strict=True):
        found = []
        for local, (facet, pieces) in enumerate(
            zip(building.facets, visible_parts(building.shape.facets), strict=True)
        ):
            found += [(local, facet, piece) for piece in pieces]
        # largest first; equal planes (to the rounding of their corners) in the order of drawing
        found.sort(key=lambda entry: -round(_sloped_area(entry[1], entry[2]), 2))
        owned: list[list[tuple[int, shapely.Geometry]]] = [[] for _ in building.facets]
        for rank, (local, facet, piece) in enumerate(found, start=1):
            piece = to_world(piece, building.site)
            geometries.append(piece)
            rows.append(
                _row(facet, building, origin)
                | {"building_id": building_id, "plane_id": len(rows) + 1, "plane": rank}
            )
            owned[local].append((len(rows), piece))
        facet_plane += owned
    plane_under = _plane_raster(canvas, facet_plane)
    seen = np.where(canvas.roof >= canvas.plant, plane_under, 0).astype(np.int32)
    total = np.bincount(plane_under.ravel(), minlength=len(rows) + 1)[1:]
    clear = np.bincount(seen.ravel(), minlength=len(rows) + 1)[1:]
    table = pd.DataFrame(rows, columns=[*_ROW, "building_id", "plane_id", "plane"])
    table["vis_frac"] = np.where(total > 0, clear / np.maximum(total, 1), 1.0)
    table["area_2d"] = shapely.area(np.array(geometries, dtype=object))
    table["area_3d"] = table["area_2d"] / np.cos(np.radians(table["tilt"]))
    order = ["building_id", "plane_id", "plane", *_ROW, "area_2d", "area_3d", "vis_frac"]
    planes = gpd.GeoDataFrame(table[order], geometry=geometries, crs=canvas.grid.crs)
    return planes, seen


_ROW = ("kind", "tilt", "azimuth", "a", "b", "c", "x0", "y0")


def _row(facet: Facet, building: Building, origin: tuple[float, float]) -> dict[str, object]:
    x0, y0 = origin
    tilt = float(tilt_from_slopes(facet.a, facet.b))
    level = facet.a == 0.0 and facet.b == 0.0
    azimuth = LEVEL_AZIMUTH_DEG if level else float(azimuth_from_slopes(facet.a, facet.b))
    c = facet.c - facet.a * (building.site.x - x0) - facet.b * (building.site.y - y0)
    values = (facet.kind, tilt, azimuth, facet.a, facet.b, c, x0, y0)
    return dict(zip(_ROW, values, strict=True))


def _sloped_area(facet: Facet, piece: shapely.Geometry) -> float:
    return piece.area * math.sqrt(1.0 + facet.a**2 + facet.b**2)


def _plane_raster(
    canvas: Canvas, facet_plane: list[list[tuple[int, shapely.Geometry]]]
) -> NDArray[np.int32]:
    """Facet ranks turned into plane ids; a facet seen in several parts is told apart by place."""
    single = np.zeros(len(facet_plane) + 1, np.int32)
    several = np.zeros(len(facet_plane) + 1, np.bool_)
    for rank, parts in enumerate(facet_plane, start=1):
        if parts:
            single[rank] = parts[0][0]
            several[rank] = len(parts) > 1
    planes = single[canvas.facet]
    rows, cols = np.nonzero(several[canvas.facet])
    if rows.size:
        points = shapely.points(canvas.x[rows, cols], canvas.y[rows, cols])
        facets = canvas.facet[rows, cols]
        for rank in np.unique(facets):
            mine = np.flatnonzero(facets == rank)
            parts = facet_plane[int(rank) - 1]
            away = np.stack([shapely.distance(points[mine], geometry) for _, geometry in parts])
            numbers = np.array([number for number, _ in parts], np.int32)
            planes[rows[mine], cols[mine]] = numbers[np.argmin(away, axis=0)]
    return planes
