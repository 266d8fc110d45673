"""Roofs found one by one, as tables: outlines cut to their ground, planes, obstacles, quality."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cadastre.exchange import Roofs
from cadastre.parameters import Roofs as Parameters
from cadastre.roofs.building import BuildingRoof
from cadastre.roofs.ground_shares import own_ground
from cadastre.roofs.overlaps import disjoint
from cadastre.roofs.plane_table import no_obstacles, plane_table
from cadastre.roofs.registration import Pairs, Shifts
from cadastre.roofs.roof_polygons import (
    FaceRings,
    face_polygons,
    outline_polygons,
    sound_polygons,
)
from cadastre.roofs.scene import Scene
from cadastre.schema import conform

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
ObjectArray = NDArray[np.object_]
_DOUBTS = ("vegetation", "poor_fit", "few_points")  # of a roof, true of its planes too


def roof_tables(
    scene: Scene,
    found: list[BuildingRoof | None],
    shifts: Shifts,
    parameters: Parameters,
    crs: object,
) -> Roofs:
    """Make the tables of some buildings, one entry of ``found`` for each of ``scene.rows``."""
    order = np.argsort(scene.ids[scene.rows].astype(str), kind="stable")
    ids = scene.ids[scene.rows][order]
    roofs = [found[k] for k in order]
    outlines = _outlines(scene, found, shifts)[order]
    planes, obstacles = _plane_rows(ids, roofs, outlines, parameters, crs)
    steep = planes["surface_tilt"] > parameters.steep_tilt_deg
    counts, gentle = (
        some.groupby("building_id").size().reindex(ids, fill_value=0).to_numpy()
        for some in (planes, planes[~steep])
    )
    quality = _quality_rows(
        ids, roofs, (counts, gentle), shifts.own[order], scene.area[scene.rows][order],
        parameters,
    )  # fmt: skip
    return Roofs(_doubted(planes, quality), obstacles, quality)


def _doubted(planes: gpd.GeoDataFrame, quality: pd.DataFrame) -> gpd.GeoDataFrame:
    """Flag the sound planes of roofs that are doubted as a whole with the reason of the doubt."""
    reason = quality.set_index("building_id")["status_reason"].astype("string")
    reason = reason.reindex(planes["building_id"]).to_numpy(object)
    doubted = np.isin(reason, _DOUBTS) & (planes["quality_flag"] == "ok").to_numpy()
    planes.loc[doubted, "quality_flag"] = reason[doubted]
    return planes


def _outlines(scene: Scene, found: list[BuildingRoof | None], shifts: Shifts) -> ObjectArray:
    """Outline of each roof, without what belongs to its neighbours; None without planes."""
    out = np.full(len(found), None, object)
    some = [place for place, roof in enumerate(found) if roof is not None and len(roof.planes) > 0]
    if not some:
        return out
    whole = outline_polygons([roof for roof in found if roof is not None and len(roof.planes)])
    pairs = [shifts.pairs_of(place) for place in some]
    out[some] = own_ground(
        whole, scene.rows[some], scene.shapes,
        np.repeat(np.arange(len(some)), [len(one.other) for one in pairs]),
        Pairs(
            np.concatenate([one.other for one in pairs]),
            np.concatenate([one.mine for one in pairs]),
            np.concatenate([one.theirs for one in pairs]),
        ),
    )  # fmt: skip
    return out


def _plane_rows(
    ids: ObjectArray,
    roofs: list[BuildingRoof | None],
    outlines: ObjectArray,
    parameters: Parameters,
    crs: object,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    some = [row for row, roof in enumerate(roofs) if roof is not None and len(roof.planes)]
    if not some:
        return _no_planes(ids, parameters, crs), no_obstacles(crs)
    seen = [roof for roof in roofs if roof is not None and len(roof.planes)]
    count = [len(roof.planes) for roof in seen]
    owner = np.repeat(some, count)
    fitted = np.concatenate([roof.planes for roof in seen])
    origin = np.repeat([(one.window.x0, one.window.y0, one.window.z0) for one in seen], count, 0)
    point = np.column_stack((origin[:, :2], fitted[:, 2] + origin[:, 2]))
    geometry = face_polygons(
        [FaceRings(one.vertices, one.ring_start, one.ring_plane, len(one.planes),
                   (one.window.x0, one.window.y0)) for one in seen]
    )  # fmt: skip
    geometry[shapely.is_missing(geometry)] = shapely.Polygon()
    bad = ~shapely.is_valid(geometry)
    geometry[bad] = shapely.make_valid(geometry[bad])
    geometry = shapely.intersection(geometry, outlines[owner])
    geometry = disjoint(geometry, owner)
    parts, back = shapely.get_parts(geometry, return_index=True)
    slope = fitted[back, :2]
    area = shapely.area(parts) * np.sqrt(1.0 + (slope**2).sum(axis=1))
    keep = (shapely.get_type_id(parts) == 3) & (area >= parameters.min_plane_area_m2)
    back = back[keep]
    fit = np.concatenate([one.rmse for one in seen])[back]
    used = np.concatenate([one.support for one in seen])[back]
    source = np.repeat(np.array([one.source for one in seen], object), count)[back]
    planes = plane_table(
        ids, owner[back], parts[keep], slope[keep], point[back],
        {"plane_source": source, "fit_rmse_m": fit,
         "quality_flag": _flags(fit, used, slope[keep], parameters)},
        parameters, crs,
    )  # fmt: skip
    return planes, _obstacle_rows(ids, roofs, planes, crs)


def _obstacle_rows(
    ids: ObjectArray, roofs: list[BuildingRoof | None], planes: gpd.GeoDataFrame, crs: object
) -> gpd.GeoDataFrame:
    """Obstacles as a table, each on the plane that holds its middle; sorted by plane and place."""
    some = [row for row, roof in enumerate(roofs) if roof is not None and roof.obstacles.kind]
    if not some:
        return no_obstacles(crs)
    seen = [roof for roof in roofs if roof is not None and roof.obstacles.kind]
    owner = np.repeat(some, [len(roof.obstacles.kind) for roof in seen])
    kind = np.array([name for roof in seen for name in roof.obstacles.kind], object)
    height = np.concatenate([roof.obstacles.height for roof in seen])
    geometry = face_polygons(
        [FaceRings(one.obstacles.points, one.obstacles.ring_start, one.obstacles.ring_of,
                   len(one.obstacles.kind), (one.window.x0, one.window.y0)) for one in seen]
    )  # fmt: skip
    geometry[shapely.is_missing(geometry)] = shapely.Polygon()
    geometry = sound_polygons(geometry)
    middle = shapely.point_on_surface(geometry)
    which, plane = shapely.STRtree(planes.geometry.to_numpy()).query(middle, "intersects")
    names = planes["building_id"].to_numpy(object)
    same = names[plane] == ids[owner[which]]
    which, at = np.unique(which[same], return_index=True)
    table = gpd.GeoDataFrame(
        {
            "plane_id": pd.Series(
                planes["plane_id"].to_numpy(object)[plane[same][at]], dtype="string"
            ),
            "kind": pd.Series(kind[which], dtype="string"),
            "height_m": height[which],
        },
        geometry=geometry[which],
        crs=crs,
    )
    centre = shapely.get_coordinates(shapely.centroid(geometry[which])).reshape(-1, 2)
    order = np.lexsort((centre[:, 1], centre[:, 0], table["plane_id"].to_numpy(str)))
    return table.iloc[order].reset_index(drop=True)


def _no_planes(ids: ObjectArray, parameters: Parameters, crs: object) -> gpd.GeoDataFrame:
    nothing = np.empty(0)
    return plane_table(
        ids, np.empty(0, np.int64), np.empty(0, object), np.empty((0, 2)), np.empty((0, 3)),
        {"plane_source": nothing.astype(object), "fit_rmse_m": nothing,
         "quality_flag": nothing.astype(object)}, parameters, crs,
    )  # fmt: skip


def _flags(
    rmse: FloatArray, support: FloatArray, slope: FloatArray, parameters: Parameters
) -> ObjectArray:
    steep = np.hypot(slope[:, 0], slope[:, 1]) > np.tan(np.radians(parameters.steep_tilt_deg))
    return np.select(
        [rmse > parameters.poor_rmse_m, support < parameters.few_pixels, steep],
        ["poor_fit", "few_points", "steep"],
        "ok",
    ).astype(object)


def _quality_rows(
    ids: ObjectArray,
    roofs: list[BuildingRoof | None],
    counts: tuple[IndexArray, IndexArray],
    shifts: FloatArray,
    area: FloatArray,
    parameters: Parameters,
) -> pd.DataFrame:
    """Quality of every building; ``counts``: its planes, and those that are not steep.

    Only points can be too few: pixels are as many as their size makes them, and what they are
    worth shows in the fit.
    """
    nan = float("nan")
    share = np.array([r.quality.explained_share if r else nan for r in roofs], np.float64)
    trees = np.array([r.quality.vegetation_share if r else nan for r in roofs], np.float64)
    density = np.array([r.quality.points_per_m2 if r else nan for r in roofs], np.float64)
    pointed = np.array([r is not None and r.source == "lidar" for r in roofs], bool)
    absent = np.array([roof is None for roof in roofs], bool)
    cases = [
        area <= 0.0,
        absent,
        (counts[0] == 0) & (area < parameters.min_plane_area_m2),
        counts[0] == 0,
        counts[1] == 0,
        trees > parameters.low_vegetation_share,
        share < parameters.low_explained_share,
        pointed & (density < parameters.low_points_per_m2),
    ]
    status = ["no_data", "no_data", *["low_confidence"] * 6]
    reason = [
        "empty_geometry", "no_surface", "too_small", "no_plane", "steep", "vegetation",
        "poor_fit", "few_points",
    ]  # fmt: skip
    return conform(
        pd.DataFrame(
            {
                "building_id": ids,
                "status": np.select(cases, status, "computed"),
                "status_reason": np.select(cases, reason, ""),
                "points_per_m2": density,
                "explained_share": share,
                "vegetation_share": trees,
                "shift_x_m": shifts[:, 0],
                "shift_y_m": shifts[:, 1],
            }
        ),
        "roof_quality",
    )
