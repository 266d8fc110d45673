"""Roof planes of buildings from a 3D model: matched to footprints, cut, merged, measured.

The order: roof faces (``faces``), which footprint gets what (``match_assign``), what the sky sees
(``match_overlaps``) on ground of one's own (``match_ground``), coplanar neighbours joined, tables.
A building without model ends as ``no_data`` with the reason ``no_model`` and leaves its place to
points or surface model.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre import angles
from cadastre.exchange import ModelFaces, Roofs
from cadastre.parameters.model3d import Model3D
from cadastre.parameters.roofs import Roofs as RoofParameters
from cadastre.roofs import overlay
from cadastre.roofs.faces import coplanar_regions, pieces_of, roof_faces
from cadastre.roofs.match_assign import assign_faces
from cadastre.roofs.match_ground import ground_of, without_neighbours
from cadastre.roofs.match_merge import MergedPlanes, merge_pieces
from cadastre.roofs.match_overlaps import visible_outlines
from cadastre.roofs.match_rest import RestOfModel
from cadastre.roofs.plane_table import no_obstacles, plane_table, quality_table, valid_footprints

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]
BoolArray = NDArray[np.bool_]


def planes_from_model(
    model: ModelFaces,
    buildings: gpd.GeoDataFrame,
    parameters: Model3D,
    context: gpd.GeoDataFrame | None = None,
    roofs: RoofParameters | None = None,
) -> Roofs:
    """Planes of the buildings a 3D model covers.

    Parameters
    ----------
    model
        Faces in the CRS of the buildings (``sources.roofs3d.read_model``).
    buildings
        Footprints (``building_id``, geometry) whose roofs are asked for.
    parameters
        Group ``model3d``.
    context
        All footprints around (those of ``buildings`` among them or not): rivals for overhangs
        within ``2 max_overhang_m``. None where ``buildings`` are all there are. With it, a
        building gets the same planes whatever the others asked for.
    roofs
        Group ``roofs``, for ``min_plane_area_m2`` and ``flat_tilt_deg``; None for its defaults.

    Returns
    -------
    Roofs
        ``planes`` with ``plane_source`` ``lod2``, azimuths from grid north, NaN when flat; no
        obstacles (a model has holes where they stand); ``quality``: ``computed``/``ok``,
        ``low_confidence``/``partial_model``, ``excluded``/``too_small`` (no plane is large
        enough), ``no_data``/``no_model`` (no plane then);
        ``set_aside``: every part of a surface that is in no plane, with its reason
        (those of ``roof_faces``, and ``no_footprint``, ``outside_footprint``, ``covered``,
        ``too_small``, ``low_coverage``). Rows about the rest of an object that also stands on
        buildings not asked for are left to the call that asks for them.
    """
    roofs = roofs or RoofParameters()
    faces, aside = roof_faces(model, parameters)
    around, wanted = _around(buildings, context)
    footprints = valid_footprints(around)
    given = assign_faces(faces, footprints, wanted, parameters)
    pieces = pieces_of(faces, given.building, given.face, given.outline)
    ground = ground_of(footprints, wanted)
    visible = visible_outlines(pieces, parameters)
    visible = without_neighbours(pieces, visible, footprints, ground)
    seen = pieces_of(faces, pieces.group, pieces.face, visible)
    planes = merge_pieces(seen, coplanar_regions(seen, parameters), parameters)
    inside = _inside(planes, ground)
    share = _share(planes, inside, ground, np.ones(len(inside), np.bool_))
    fate = _fate(planes, share, parameters, roofs)
    quality = _quality(planes, inside, ground, fate, parameters)
    ids = around["building_id"].astype("string").to_numpy()
    rest = RestOfModel(model, faces, ids, parameters)
    rows = [
        aside,
        model.set_aside,
        rest.without_footprint(given, pieces),
        rest.covered(pieces, seen),
        rest.refused(seen, planes.plane_of_piece, fate),
    ]
    table = _plane_table(planes, fate, ids, share, parameters, roofs, buildings.crs)
    known = quality_table(ids[wanted], *(column[wanted] for column in quality))
    return Roofs(
        table,
        no_obstacles(buildings.crs),
        known,
        pd.concat([frame for frame in rows if len(frame)] or rows[:1], ignore_index=True),
    )


def _around(
    buildings: gpd.GeoDataFrame, context: gpd.GeoDataFrame | None
) -> tuple[gpd.GeoDataFrame, BoolArray]:
    """All footprints once, sorted by identifier, and which of them are asked for."""

    def plain(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        ids = table["building_id"].astype("string").to_numpy()
        return gpd.GeoDataFrame({"building_id": ids}, geometry=table.geometry.to_numpy())

    own = plain(buildings)
    if context is not None:
        others = plain(context)
        others = others[~others["building_id"].isin(own["building_id"])]
        own = gpd.GeoDataFrame(pd.concat([own, others], ignore_index=True), geometry="geometry")
    own = own.sort_values("building_id", kind="stable").reset_index(drop=True)
    return own, own["building_id"].isin(buildings["building_id"]).to_numpy()


def _inside(planes: MergedPlanes, footprints: ObjectArray) -> FloatArray:
    """Area in plan of each plane over its footprint, m²."""
    own = footprints[planes.building]
    shapely.prepare(footprints)
    area = shapely.area(planes.outline)
    cut = np.flatnonzero(~shapely.covers(own, planes.outline))
    area[cut] = shapely.area(overlay.intersection(planes.outline[cut], own[cut]))
    return area


def _share(
    planes: MergedPlanes, inside: FloatArray, footprints: ObjectArray, keep: BoolArray
) -> FloatArray:
    """Share of each footprint under the kept planes, 0-1; NaN for a footprint without area."""
    covered = np.bincount(planes.building[keep], inside[keep], len(footprints))
    area = shapely.area(footprints)
    return np.divide(covered, area, out=np.full(len(area), np.nan), where=area > 0).clip(0, 1)


def _fate(
    planes: MergedPlanes, share: FloatArray, parameters: Model3D, roofs: RoofParameters
) -> ObjectArray:
    """Why a plane is not published: ``low_coverage``, ``too_small``, or nothing."""
    fate = np.full(len(planes.outline), "", dtype=object)
    fate[planes.area_sloped < roofs.min_plane_area_m2] = "too_small"
    fate[~(share[planes.building] >= parameters.min_coverage_share)] = "low_coverage"
    return fate


def _plane_table(
    planes: MergedPlanes,
    fate: ObjectArray,
    ids: ObjectArray,
    share: FloatArray,
    parameters: Model3D,
    roofs: RoofParameters,
    crs: object,
) -> gpd.GeoDataFrame:
    """Return the published planes as the schema wants them."""
    rows = np.flatnonzero(fate == "")
    normal, building, rmse = planes.normal[rows], planes.building[rows], planes.rmse[rows]
    slopes = -normal[:, :2] / normal[:, 2:3]
    tilt = angles.tilt_from_slopes(slopes[:, 0], slopes[:, 1])
    flag = np.full(len(rows), "ok", dtype=object)
    flag[tilt > parameters.steep_tilt_deg] = "steep"
    flag[rmse > parameters.max_fit_rmse_m] = "poor_fit"
    flag[share[building] < parameters.full_coverage_share] = "unmatched_model"
    facts = {"plane_source": "lod2", "fit_rmse_m": rmse, "quality_flag": flag}
    return plane_table(
        ids, building, planes.outline[rows], slopes, planes.point[rows], facts, roofs, crs
    )


def _quality(
    planes: MergedPlanes,
    inside: FloatArray,
    footprints: ObjectArray,
    fate: ObjectArray,
    parameters: Model3D,
) -> tuple[ObjectArray, ObjectArray, FloatArray]:
    """Status, reason and explained share of each footprint."""
    count = len(footprints)
    published = np.bincount(planes.building[fate == ""], minlength=count) > 0
    small = np.bincount(planes.building[fate == "too_small"], minlength=count) > 0
    share = _share(planes, inside, footprints, np.isin(fate, ("", "too_small")))
    partial = share < parameters.full_coverage_share
    cases = [published & ~partial, published, small]
    explained = _share(planes, inside, footprints, fate == "")
    return (
        np.select(cases, ["computed", "low_confidence", "excluded"], "no_data"),
        np.select(cases, ["ok", "partial_model", "too_small"], "no_model"),
        np.where(published, explained, np.nan),
    )
