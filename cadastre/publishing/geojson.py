"""GeoJSON as RFC 7946 wants it: WGS 84, seven decimals, outer rings anticlockwise, no ``crs``.

Written by hand rather than through a driver so that bytes depend on the table alone.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

WGS84 = "EPSG:4326"


def to_wgs84(frame: gpd.GeoDataFrame, decimals: int = 7) -> gpd.GeoDataFrame:
    """Return the table in EPSG:4326, coordinates rounded, outer rings anticlockwise.

    Heights are dropped. Rounding keeps polygons valid; one too small to survive it keeps its
    rounded vertices as they are.
    """
    flat = shapely.force_2d(np.asarray(frame.geometry.array, dtype=object))
    geographic = gpd.GeoSeries(flat, crs=frame.crs).to_crs(WGS84)
    given = np.asarray(geographic.array, dtype=object)
    # degrees may cross edges that metres do not; GEOS refuses to round some of those
    given = shapely.make_valid(given, method="structure")
    snapped = _rounded_shapes(given, decimals)
    lost = shapely.is_empty(snapped) & ~shapely.is_empty(given)
    snapped[lost] = given[lost]
    oriented = shapely.orient_polygons(snapped, exterior_cw=False)
    out = frame.copy()
    out = out.set_geometry(gpd.GeoSeries(oriented, index=frame.index, crs=WGS84))
    return out


def _rounded_shapes(shapes: NDArray[np.object_], decimals: int) -> NDArray[np.object_]:
    """Shapes on the lattice of the last decimal; vertex by vertex where GEOS finds no way."""
    step = 10.0**-decimals
    try:
        return np.asarray(shapely.set_precision(shapes, step), dtype=object)
    except shapely.GEOSException:
        out = np.empty(len(shapes), dtype=object)
        for row, shape in enumerate(shapes):
            try:
                out[row] = shapely.set_precision(shape, step)
            except shapely.GEOSException:
                plain = shapely.set_precision(shape, step, mode="pointwise")
                out[row] = shapely.make_valid(plain, method="structure")
        return out


def geometry_member(shape: BaseGeometry | None, decimals: int = 7) -> dict[str, Any] | None:
    """Return a geometry as a GeoJSON object, None where missing or empty."""
    if shape is None or shape.is_empty:
        return None
    plain = shapely.geometry.mapping(shape)
    return {"type": plain["type"], "coordinates": _rounded(plain["coordinates"], decimals)}


def _rounded(item: Any, decimals: int) -> Any:
    if isinstance(item, tuple | list) and item and isinstance(item[0], int | float):
        return [round(float(value), decimals) for value in item]
    return [_rounded(part, decimals) for part in item]


def plain_value(value: Any) -> Any:
    """Return a table value as JSON has it: missing becomes null, never NaN."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, list | tuple | np.ndarray):
        return [plain_value(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def write_geojson(
    frame: gpd.GeoDataFrame, path: Path, key: str, members: dict[str, Any], decimals: int = 7
) -> None:
    """Write a table (any CRS) as a FeatureCollection, one feature a line.

    Parameters
    ----------
    frame
        Columns become properties; the index is ignored.
    path
        File to write.
    key
        Column that gives each feature its ``id``.
    members
        Foreign members of the collection: attribution, licence.
    decimals
        Decimals of the coordinates.
    """
    geographic = to_wgs84(frame, decimals)
    names = [name for name in geographic.columns if name != "geometry"]
    head: dict[str, Any] = {"type": "FeatureCollection", **members}
    known = geographic.geometry[geographic.geometry.notna() & ~geographic.geometry.is_empty]
    if len(known):
        head["bbox"] = [round(float(value), decimals) for value in known.total_bounds]
    with path.open("w", encoding="utf-8", newline="\n") as handle:
        handle.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [')
        shapes = geographic.geometry.array
        columns = [geographic[name].tolist() for name in names]
        for row, shape in enumerate(shapes):
            properties = {name: plain_value(values[row]) for name, values in zip(names, columns)}
            feature = {
                "type": "Feature",
                "id": properties[key],
                "geometry": geometry_member(shape, decimals),
                "properties": properties,
            }
            text = json.dumps(feature, ensure_ascii=False, allow_nan=False)
            handle.write(("," if row else "") + "\n" + text)
        handle.write("\n]}\n")
