"""Models made by hand for the room ``roofs``: no file, no reader."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.exchange import SET_ASIDE_COLUMNS, ModelFaces

CRS = "EPSG:2154"


def model_of(buildings, *, typed=True, lod=2.2):
    """Model of ``{building: faces}`` or ``{building: {object: faces}}``; faces: (type, rings).

    Typed: roofs only, as the readers give them; else every face, untyped.
    """
    vertices, ring_size, face_rings = [], [], []
    faces, objects, names = [], [], []
    for building, content in buildings.items():
        names.append((building, "essai.json", "{}"))
        parts = content if isinstance(content, dict) else {building: content}
        for part, items in parts.items():
            points = [point for _, rings in items for ring in rings for point in ring]
            box = np.array(points)
            objects.append((part, len(names) - 1, "{}", *box.min(0)[:2], *box.max(0)[:2]))
            for number, (kind, rings) in enumerate(items):
                if typed and kind != "RoofSurface":
                    continue
                vertices.extend(point for ring in rings for point in ring)
                ring_size.extend(len(ring) for ring in rings)
                face_rings.append(len(rings))
                faces.append((len(objects) - 1, number, "roof" if typed else "untyped", lod))

    def starts(sizes):
        return np.concatenate([[0], np.cumsum(np.array(sizes, np.int64))]).astype(np.int64)

    box = ["x_min", "y_min", "x_max", "y_max"]
    return ModelFaces(
        CRS,
        np.array(vertices, np.float64).reshape(-1, 3),
        starts(ring_size),
        starts(face_rings),
        pd.DataFrame(faces, columns=["object", "surface_number", "surface_kind", "lod"]),
        pd.DataFrame(objects, columns=["model_object_id", "building", "attributes", *box]),
        pd.DataFrame(names, columns=["model_building_id", "source_file", "attributes"]),
        pd.DataFrame({name: [] for name in SET_ASIDE_COLUMNS}),
    )


def footprints(**shapes):
    """Footprint table of named polygons or boxes (x_min, y_min, x_max, y_max)."""
    polygons = [
        shapely.box(*shape) if isinstance(shape, tuple) else shape for shape in shapes.values()
    ]
    return gpd.GeoDataFrame(
        {"building_id": pd.array(list(shapes), dtype="string")}, geometry=polygons, crs=CRS
    )


def slope(x0, y0, x1, y1, z0, z1):
    """Roof face over a box, rising from z0 at y0 to z1 at y1."""
    return ("RoofSurface", [[(x0, y0, z0), (x1, y0, z0), (x1, y1, z1), (x0, y1, z1)]])


def level(x0, y0, x1, y1, z):
    """Flat roof face over a box."""
    return slope(x0, y0, x1, y1, z, z)


def gable(x0, y0, x1, y1, eave, ridge):
    """Two slopes, ridge along x."""
    middle = (y0 + y1) / 2
    south = slope(x0, y0, x1, middle, eave, ridge)
    ring = [(x1, y1, eave), (x0, y1, eave), (x0, middle, ridge), (x1, middle, ridge)]
    return [south, ("RoofSurface", [ring])]


def gable_across(x0, y0, x1, y1, eave, ridge):
    """Two slopes, ridge along y."""
    middle = (x0 + x1) / 2
    west = [(x0, y0, eave), (middle, y0, ridge), (middle, y1, ridge), (x0, y1, eave)]
    east = [(middle, y0, ridge), (x1, y0, eave), (x1, y1, eave), (middle, y1, ridge)]
    return [("RoofSurface", [west]), ("RoofSurface", [east])]
