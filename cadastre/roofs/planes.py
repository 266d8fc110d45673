"""Roof planes of footprints, from a surface model or from LiDAR points."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio.features  # type: ignore
import shapely

from cadastre import angles
from cadastre.exchange import PointCloud, Roofs, Surface
from cadastre.parameters import Roofs as Parameters
from cadastre.roofs.segmentation import segment
from cadastre.roofs.windows import (
    cut_window,
    footprint_mask,
    neighbours_within,
    rings_from_geometries,
)


def planes_from_surface(
    surface: Surface,
    buildings: gpd.GeoDataFrame,
    context: gpd.GeoDataFrame,
    parameters: Parameters,
) -> Roofs:
    """Find the roof planes of ``buildings`` on a surface model."""
    margin = parameters.window_margin_m
    rings = rings_from_geometries(context.geometry.to_numpy())
    near = neighbours_within(buildings.geometry, context.geometry, margin)
    context_id = context["building_id"].to_numpy()
    bounds = buildings.geometry.bounds.to_numpy()
    rows, quality = [], []
    for i, building_id in enumerate(buildings["building_id"]):
        window = cut_window(surface, bounds[i], margin)
        own = np.zeros(window.z.shape, bool)
        foreign = np.zeros(window.z.shape, bool)
        for j in near[i]:
            mask = footprint_mask(window, rings, j)
            if context_id[j] == building_id:
                own |= mask
            else:
                foreign |= mask
        status, reason, explained = "no_data", "no_surface", np.nan
        if np.isfinite(window.z[own]).any():
            domain = (
                (window.z - window.ground > parameters.min_height_m)
                & own
                & ~foreign
                & ~window.vegetation
            )
            found = segment(window.z, domain, window.resolution, parameters)
            explained = float((found.labels[own] > 0).mean()) if own.any() else np.nan
            status, reason = (
                ("computed", "") if len(found.planes) else ("low_confidence", "no_plane")
            )
            from affine import Affine

            transform = Affine(window.resolution, 0, window.x0, 0, -window.resolution, window.y0)
            for geometry, value in rasterio.features.shapes(
                found.labels, mask=found.labels > 0, transform=transform
            ):
                k = int(value) - 1
                rows.append(
                    (
                        building_id,
                        *found.planes[k],
                        window.x0,
                        window.y0,
                        window.z0,
                        found.rmse[k],
                        shapely.geometry.shape(geometry),
                    )
                )
        quality.append((building_id, status, reason, np.nan, explained, np.nan, 0.0, 0.0))
    return _tables(rows, quality, buildings, parameters)


def planes_from_points(
    points: PointCloud,
    surface: Surface,
    buildings: gpd.GeoDataFrame,
    context: gpd.GeoDataFrame,
    parameters: Parameters,
) -> Roofs:
    """Find the roof planes of ``buildings`` from classified LiDAR points."""
    return planes_from_surface(surface, buildings, context, parameters)


def _tables(rows, quality, buildings, parameters) -> Roofs:
    frame = pd.DataFrame(
        rows,
        columns=[
            "building_id",
            "plane_a",
            "plane_b",
            "c",
            "plane_x0",
            "plane_y0",
            "z0",
            "fit_rmse_m",
            "geometry",
        ],
    )
    g = gpd.GeoDataFrame(frame, geometry="geometry", crs=buildings.crs)
    g["plane_c"] = g.c + g.z0
    g["surface_tilt"] = angles.tilt_from_slopes(g.plane_a, g.plane_b)
    g["surface_azimuth"] = angles.azimuth_from_slopes(g.plane_a, g.plane_b)
    g["geometry"] = g.geometry.simplify(0.3)
    g["area_horizontal_m2"] = g.area
    g["area_sloped_m2"] = g.area_horizontal_m2 / np.cos(np.radians(g.surface_tilt))
    g = g[g.area_sloped_m2 >= parameters.min_plane_area_m2]
    g["plane_source"] = "dsm"
    g["quality_flag"] = "ok"
    c = g.centroid
    g = g.assign(cx=c.x.round(2), cy=c.y.round(2), n=-g.area_sloped_m2.round(6)).sort_values(
        ["building_id", "n", "cx", "cy"], kind="stable"
    )
    k = g.groupby("building_id").cumcount() + 1
    g["plane_id"] = g.building_id.astype(str) + "/" + k.astype(str)
    g = g.drop(columns=["c", "z0", "cx", "cy", "n"]).reset_index(drop=True)
    obstacles = gpd.GeoDataFrame(
        {"plane_id": [], "kind": [], "height_m": []}, geometry=[], crs=buildings.crs
    )
    q = pd.DataFrame(
        quality,
        columns=[
            "building_id",
            "status",
            "status_reason",
            "points_per_m2",
            "explained_share",
            "vegetation_share",
            "shift_x_m",
            "shift_y_m",
        ],
    )
    return Roofs(g, obstacles, q)
