"""Coordinate systems at the door: declared, missing, contradicted by the numbers, swapped.

A file is believed when its typical point, taken through its declared CRS, lies where the CRS of
the territory is meant to be used. Otherwise the numbers are tried as they stand, as degrees, and
with exchanged axes; what still does not fit is refused with the CRS it looks like.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from cadastre.errors import InputError
from cadastre.grid import Bounds
from cadastre.sources.notes import Notes

# Systems met in French deliveries, tried only to name what a refused file looks like.
CANDIDATES = (
    "EPSG:2154", *(f"EPSG:{code}" for code in range(3942, 3951)), "EPSG:27572", "EPSG:27561",
    "EPSG:32630", "EPSG:32631", "EPSG:32632", "EPSG:3857", "EPSG:3035", "EPSG:31370",
    "EPSG:28992", "EPSG:4326",
)  # fmt: skip
SAME_PLACE_M = 0.01  # RGF93 v1 and v2b lie 3 mm apart in Artois
MARGIN = 0.05


@lru_cache(maxsize=64)
def parse_crs(text: str) -> CRS:
    """Return the horizontal CRS named by ``text``.

    Raises
    ------
    InputError
        ``crs_unknown``.
    """
    try:
        return CRS.from_user_input(text).to_2d()
    except CRSError as error:
        raise InputError("crs_unknown", crs=text) from error


def territory_crs(text: str) -> CRS:
    """Return the CRS of the computation, which must be projected and in metres.

    Raises
    ------
    InputError
        ``crs_unknown`` or ``crs_not_metric``.
    """
    crs = parse_crs(text)
    metric = crs.is_projected and all(axis.unit_conversion_factor == 1 for axis in crs.axis_info)
    if not metric:
        raise InputError("crs_not_metric", crs=text, name=crs.name)
    return crs


def horizontal(crs: object) -> CRS:
    """Return the 2D horizontal part of a compound, bound or 3D CRS."""
    full = CRS.from_user_input(crs)
    if full.is_bound and full.source_crs is not None:
        full = full.source_crs
    if full.is_compound:
        full = full.sub_crs_list[0]
    return full.to_2d()


@lru_cache(maxsize=256)
def transformer(source: str, target: str) -> Transformer:
    """Return the transformer between two CRS given as text, x before y on both sides."""
    return Transformer.from_crs(parse_crs(source), parse_crs(target), always_xy=True)


@lru_cache(maxsize=64)
def extent(text: str) -> Bounds | None:
    """Where coordinates of a CRS are meant to lie, in that CRS; None when the register is mute."""
    crs = parse_crs(text)
    area = crs.area_of_use
    if area is None:
        found = crs.to_epsg(min_confidence=60)
        area = None if found is None else CRS.from_epsg(found).area_of_use
    if area is None:
        return None
    lonlat = (area.west, area.south, area.east, area.north)
    if crs.is_geographic:
        box = lonlat
    else:
        to_plane = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        box = to_plane.transform_bounds(*lonlat, densify_pts=21)
    if not all(map(math.isfinite, box)):
        return None
    grow_x, grow_y = MARGIN * (box[2] - box[0]), MARGIN * (box[3] - box[1])
    return box[0] - grow_x, box[1] - grow_y, box[2] + grow_x, box[3] + grow_y


def _within(box: Bounds | None, x: float, y: float) -> bool:
    if not (math.isfinite(x) and math.isfinite(y)):
        return False
    return box is None or (box[0] <= x <= box[2] and box[1] <= y <= box[3])


def lands(source: str, target: str, x: float, y: float) -> bool:
    """Tell whether (x, y) in ``source`` lies where both CRS are meant to be used.

    A declared system whose numbers no transformation can follow lands nowhere.
    """
    try:
        if not _within(extent(source), x, y):
            return False
        moved = transformer(source, target).transform(x, y)
    except ProjError:
        return False
    return _within(extent(target), moved[0], moved[1])


def same_place(source: str, target: str, x: float, y: float) -> bool:
    """Tell whether coordinates mean the same in both CRS, to a centimetre, about (x, y)."""
    if source == target:
        return True
    if parse_crs(source).is_geographic != parse_crs(target).is_geographic:
        return False
    moved = transformer(source, target)
    reach = 20_000.0 if parse_crs(source).is_projected else 0.2
    for dx, dy in ((0.0, 0.0), (reach, 0.0), (0.0, reach)):
        there = moved.transform(x + dx, y + dy)
        gap = math.hypot(there[0] - x - dx, there[1] - y - dy)
        if not gap < SAME_PLACE_M:
            return False
    return True


def resolve(
    declared: str | None, target: str, x: float, y: float
) -> tuple[str | None, bool, str | None]:
    """Decide in which CRS a file really is.

    A file that declares the territory's own CRS is believed even outside the zone of that CRS,
    when no other reading fits: made-up scenes are laid anywhere.

    Returns
    -------
    tuple
        The CRS to believe (None when nothing fits), whether its axes are exchanged, and the code
        of the note this deserves (None when the declared CRS is right).
    """
    if declared is not None and lands(declared, target, x, y):
        return declared, False, None
    wrong = "crs_assumed" if declared is None else "crs_contradicted"
    if declared is not None and lands(declared, target, y, x):
        return declared, True, "axes_swapped"
    for candidate in (target, "EPSG:4326"):
        if lands(candidate, target, x, y):
            return candidate, False, wrong
    for candidate in (target, "EPSG:4326"):
        if lands(candidate, target, y, x):
            return candidate, True, wrong
    if declared == target and not unit_slip(target, x, y):
        return declared, False, "crs_outside_area"
    return None, False, None


def unit_slip(target: str, x: float, y: float) -> list[str]:
    """Name the units other than metres in which (x, y) would lie in the territory's zone."""
    return [
        f"{target} ({unit})"
        for factor, unit in ((0.01, "cm"), (0.001, "mm"), (1000.0, "km"))
        if lands(target, target, x * factor, y * factor)
    ]


def resembles(target: str, x: float, y: float) -> list[str]:
    """Name the CRS in which (x, y) would lie in the territory's zone, for a refusal."""
    found = [code for code in CANDIDATES if lands(code, target, x, y)]
    return found + unit_slip(target, x, y)


def typical_point(geometry: gpd.GeoSeries) -> tuple[float, float] | None:
    """Median of the middles of the geometries' boxes; None when there is no coordinate."""
    boxes = shapely.bounds(geometry.to_numpy())
    if not len(boxes):
        return None
    middle_x = (boxes[:, 0] + boxes[:, 2]) / 2.0
    middle_y = (boxes[:, 1] + boxes[:, 3]) / 2.0
    good = np.isfinite(middle_x) & np.isfinite(middle_y)
    if not good.any():
        return None
    return float(np.median(middle_x[good])), float(np.median(middle_y[good]))


@lru_cache(maxsize=256)
def crs_name(crs: object) -> str:
    """Short name of a CRS (any text or object): its authority code, or its WKT without one."""
    flat = horizontal(crs)
    code = flat.to_authority(min_confidence=90)
    return f"{code[0]}:{code[1]}" if code else flat.to_wkt()


def short_name(text: str) -> str:
    """Return what a sentence can say of a CRS."""
    return text if len(text) < 40 else str(parse_crs(text).name)


def settle(
    declared: str | None,
    target: str,
    point: tuple[float, float],
    place: tuple[str, str],
    notes: Notes,
) -> tuple[str, bool]:
    """Return the CRS to believe and whether to exchange axes, with a note; ``place`` = kind, file.

    Raises
    ------
    InputError
        ``crs_missing`` or ``crs_far_away`` when nothing fits.
    """
    believed, exchange, code = resolve(declared, target, *point)
    kind, file = place
    if believed is None:
        likely = resembles(target, *point)
        raise InputError(
            "crs_missing" if declared is None else "crs_far_away",
            kind=kind,
            file=Path(file).name,
            declared="" if declared is None else short_name(declared),
            x=round(point[0], 3),
            y=round(point[1], 3),
            crs=target,
            likely=likely or ["—"],
        )
    if code is not None:
        notes.add(
            kind,
            file,
            code,
            declared="" if declared is None else short_name(declared),
            crs=short_name(believed),
        )
        if exchange and code != "axes_swapped":
            notes.add(kind, file, "axes_swapped", declared="", crs=short_name(believed))
    return believed, exchange


def bring_to_crs(
    frame: gpd.GeoDataFrame, crs: str, kind: str, file: str, notes: Notes
) -> gpd.GeoDataFrame:
    """Return the frame in the CRS of the territory, with notes of what was assumed or repaired.

    Coordinates stay untouched, to the last bit, where both systems mean the same (RGF93 variants).

    Raises
    ------
    InputError
        ``crs_missing`` or ``crs_far_away`` when the numbers fit no reading.
    """
    declared = None if frame.crs is None else crs_name(frame.crs)
    point = typical_point(frame.geometry)
    if point is None:
        return frame.set_crs(crs, allow_override=True)
    believed, exchange = settle(declared, crs, point, (kind, file), notes)
    if exchange:
        turned = shapely.transform(frame.geometry.to_numpy(), lambda c: c[:, ::-1])
        frame = frame.set_geometry(gpd.GeoSeries(turned, index=frame.index, crs=None))
        point = point[::-1]
    frame = frame.set_crs(believed, allow_override=True)
    if same_place(believed, crs, *point):
        if believed != crs:
            notes.add(kind, file, "crs_equivalent", declared=short_name(believed), crs=crs)
        return frame.set_crs(crs, allow_override=True)
    notes.add(kind, file, "crs_reprojected", len(frame), declared=short_name(believed), crs=crs)
    return frame.to_crs(crs)


def check_overlap(kind: str, file: str, bounds: Bounds, other: str, others: Bounds) -> None:
    """Refuse a file that lies wholly away from another; both bounds in the territory's CRS.

    Raises
    ------
    InputError
        ``input_far_away`` with the distance in km.
    """
    gap_x = max(others[0] - bounds[2], bounds[0] - others[2], 0.0)
    gap_y = max(others[1] - bounds[3], bounds[1] - others[3], 0.0)
    if gap_x > 0.0 or gap_y > 0.0 or not all(map(math.isfinite, bounds)):
        raise InputError(
            "input_far_away",
            kind=kind,
            file=file,
            other=other,
            distance_km=round(math.hypot(gap_x, gap_y) / 1000.0, 1),
        )
