"""Roof planes of footprints, from a surface model or from LiDAR points: tables out of arrays."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from cadastre.exchange import PointCloud, Roofs, Surface
from cadastre.parameters import Roofs as Parameters
from cadastre.roofs.building import BuildingRoof, building_roof
from cadastre.roofs.outline import Outline
from cadastre.roofs.points import PointIndex
from cadastre.roofs.registration import Shifts
from cadastre.roofs.roof_tables import roof_tables
from cadastre.roofs.scene import Scene
from cadastre.roofs.windows import footprint_mask


def planes_from_surface(
    surface: Surface,
    buildings: gpd.GeoDataFrame,
    context: gpd.GeoDataFrame,
    parameters: Parameters,
) -> Roofs:
    """Find the roof planes of buildings on a surface model.

    Parameters
    ----------
    surface
        Heights and terrain, m, of the buildings and ``register_radius_m`` around.
    buildings
        Footprints to be computed: building_id, geometry.
    context
        All footprints around, the buildings too: building_id, geometry.
    parameters
        Group ``roofs``.

    Returns
    -------
    Roofs
        Planes with ``plane_source`` ``dsm``, sorted by plane_id; obstacles; one row of quality
        for every building: ``computed``, ``low_confidence`` (reason ``no_plane``,
        ``steep``, ``vegetation``, ``poor_fit``, ``too_small``) or ``no_data`` (``empty_geometry``,
        ``no_surface``). What is found of a building depends on its surroundings only.
    """
    scene = Scene(surface, buildings, context, parameters)
    return _found(scene, None, buildings, parameters)


def _roof(
    scene: Scene,
    index: PointIndex | None,
    place: int,
    shifts: Shifts,
    parameters: Parameters,
) -> BuildingRoof | None:
    """Find the roof of one footprint; a wider window where an annex leaves the first one."""
    row = int(scene.rows[place])
    if not scene.area[row] > 0.0:
        return None
    margin = float(scene.margin[row])
    x, y, starts = scene.rings.of(row)
    shift = shifts.of(place)
    pairs = shifts.pairs_of(place)
    beyond = pairs.mine - np.array(shift)
    while True:
        window = scene.window(row, margin)
        own = footprint_mask(window, scene.rings, row, shift)
        points = None if index is None else index.over(window, own)
        if points is not None:
            window = points.without_trees(window, parameters.noise_high_m)
        neighbours = scene.neighbours(window, row, pairs.theirs, beyond)
        neighbours.numbers[own] = 0
        footprint = Outline(x - window.x0 + shift[0], y - window.y0 + shift[1], starts)
        roof = building_roof(window, own, neighbours, footprint, points, parameters)
        if roof is None or not roof.cut or margin >= parameters.window_margin_max_m:
            return roof
        margin = min(2.0 * margin, parameters.window_margin_max_m)


def planes_from_points(
    points: PointCloud,
    surface: Surface,
    buildings: gpd.GeoDataFrame,
    context: gpd.GeoDataFrame,
    parameters: Parameters,
    *,
    own_surface: bool = False,
) -> Roofs:
    """Find the roof planes of buildings from classified LiDAR points.

    Planes are recognised on the surface model freed of what the points say is vegetation, then
    fitted on the points themselves; eaves and steps are placed by the points.

    Parameters
    ----------
    points
        Classified points of the buildings and around; classes ``roof_classes`` are roofs,
        ``ground_classes`` ground, all others stand for trees and the like. Their order does not
        matter.
    surface, buildings, context, parameters
        As for :func:`planes_from_surface`.
    own_surface
        The surface model was not made of the points: buildings with fewer roof points than
        ``low_points_per_m2`` in their footprint (not flown over, or in another class) are
        computed on it alone, as by :func:`planes_from_surface`.

    Returns
    -------
    Roofs
        As :func:`planes_from_surface`, ``plane_source`` ``lidar``; planes over which there are
        too few points keep the fit on the surface model. ``low_confidence`` with the reason
        ``few_points`` where the roof has fewer than ``low_points_per_m2``.
    """
    scene = Scene(surface, buildings, context, parameters)
    return _found(scene, PointIndex(points, parameters, own_surface), buildings, parameters)


def _found(
    scene: Scene, index: PointIndex | None, buildings: gpd.GeoDataFrame, parameters: Parameters
) -> Roofs:
    shifts = scene.shifts()
    found = [_roof(scene, index, place, shifts, parameters) for place in range(len(scene.rows))]
    return roof_tables(scene, found, shifts, parameters, buildings.crs)
