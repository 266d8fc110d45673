"""One building, from its window to planes with straight shared edges; arrays only.

The order of the day: registered footprint, planes of the window, which of them are the
building's, eaves, labels of every pixel under the outline, polygons, obstacles, quality.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels import label_maps, pixel_counts, pixels
from cadastre.kernels.plane_fit import pixel_heights
from cadastre.parameters import Roofs
from cadastre.roofs.annexes import annex_outlines
from cadastre.roofs.doubt import judged, without_doubtful
from cadastre.roofs.obstacles import Obstacles, obstacles_on
from cadastre.roofs.orientation import (
    aligned_planes,
    pooled_planes,
    wall_directions,
)
from cadastre.roofs.outline import (
    Borders,
    Outline,
    annex_outline,
    eave_outline,
    main_direction,
    plain_borders,
    plane_rings,
    ramp_model,
)
from cadastre.roofs.point_borders import fine_labels
from cadastre.roofs.point_fits import refitted
from cadastre.roofs.point_planes import (
    PointCells,
    planes_among_points,
    point_cells,
    points_noise,
    smooth_by_points,
)
from cadastre.roofs.points import RoofPoints
from cadastre.roofs.quality import RoofQuality, roof_quality
from cadastre.roofs.segmentation import Segments, segment
from cadastre.roofs.windows import Neighbours, Window, mask_of

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
LabelArray = NDArray[np.int32]
MaskArray = NDArray[np.bool_]


@dataclass(frozen=True)
class BuildingRoof:
    """What was found of one roof, in window coordinates.

    ``planes`` (n, 3) and ``rmse`` (n,), ``support`` (n,) pixels each was fitted on; ``vertices``,
    ``ring_start`` and ``ring_plane`` (row of planes): closed rings; ``outlines``: rings whose
    union bounds the planes, the footprint's first, then annexes; ``holes``: courtyards;
    obstacles and quality; ``cut``: an annex goes on beyond the window; ``source``: ``lidar``
    where points were used, else ``dsm``.
    """

    window: Window
    planes: FloatArray
    rmse: FloatArray
    support: FloatArray
    vertices: FloatArray
    ring_start: IndexArray
    ring_plane: IndexArray
    outlines: list[Outline]
    holes: list[Outline]
    obstacles: Obstacles
    quality: RoofQuality
    cut: bool
    source: str


def building_roof(
    window: Window,
    own: MaskArray,
    neighbours: Neighbours,
    footprint: Outline,
    points: RoofPoints | None,
    parameters: Roofs,
) -> BuildingRoof | None:
    """Find the roof of one building; None where the surface model knows nothing of it.

    Parameters
    ----------
    window
        Heights around it.
    own, neighbours
        Pixels of its registered footprint; the others, outside of these.
    footprint
        Rings of the registered footprint, window coordinates.
    points
        LiDAR points of the window, on which planes are then refitted and edges placed; or None.
    parameters
        All of the room's numbers.
    """
    known = own & np.isfinite(window.z)
    if not known.any():
        return None
    foreign = neighbours.mask
    direction = main_direction(footprint.x, footprint.y, footprint.starts)
    walls = wall_directions(footprint, parameters.align_edge_m)
    whole, trusted = _planes_of_window(window, own, foreign, walls, parameters)
    segments, annexes, cut = _own_segments(window, whole, trusted, own, direction, parameters)
    segments = replace(
        segments,
        planes=pooled_planes(segments.planes, segments.moments, segments.noise, parameters),
    )
    heights = pixel_heights(window.z, window.resolution) if points is None else points.heights
    cells = None
    if points is not None:
        cells = point_cells(window, points, parameters)
        segments = _planes_on_points(window, segments, points, cells, own, walls, parameters)
    noise = segments.noise if points is None else points_noise(segments, parameters)
    ramp = ramp_model(window.resolution, points is not None, parameters)
    outline, retreat, eaves = eave_outline(
        window, heights, segments, neighbours, footprint, ramp, parameters
    )
    outlines = [outline]
    roof = mask_of(window, outlines[0].x, outlines[0].y, outlines[0].starts)
    labels = segments.labels.copy()
    for label, rectangle in annexes:
        grown = annex_outline(
            window, heights, segments, foreign, roof, rectangle, retreat, parameters
        )
        if grown is None:
            labels[(labels == label) & (~own if points is not None else True)] = 0
        else:
            outlines.append(grown)
    for outline in outlines[1:]:
        roof |= mask_of(window, outline.x, outline.y, outline.starts)
    holes = _ground_holes(window, roof, direction, parameters)
    roof &= ~holes[0]
    parts, source = _fill(window, labels, segments, roof, foreign, cells, parameters)
    planes = segments.planes[source]
    under = np.where(roof & ~foreign, parts, 0).astype(np.int32)
    obstacles = obstacles_on(window, under, planes, segments.noise, direction, parameters)
    quality = roof_quality(window, own, under, planes, segments.noise, points, parameters)
    resolution = window.resolution
    if points is not None:
        parts, roof, finer, resolution = fine_labels(
            window, parts, planes, noise, (outlines, holes[0] | foreign), points, parameters
        )
        planes, source = planes[finer], source[finer]
    vertices, ring_start, ring_label = plane_rings(
        parts, roof, planes, resolution,
        Borders(heights, noise, direction, ramp,
                eaves if points is None else eaves[:0],
                points.roof if points is not None else heights[:0]), parameters,
    )  # fmt: skip
    return BuildingRoof(
        window, planes, segments.rmse[source], segments.moments[source, 0], vertices, ring_start,
        ring_label.astype(np.int64) - 1, outlines, holes[1], obstacles, quality, cut,
        "dsm" if points is None else "lidar",
    )  # fmt: skip


def _domain(window: Window, own: MaskArray, foreign: MaskArray, parameters: Roofs) -> MaskArray:
    """Pixels that may be roof of the building: high enough, nearer to it than to any other."""
    high = ~window.vegetation & (window.z - window.ground > parameters.min_height_m)
    if not foreign.any():
        return high
    return high & ~foreign & (pixels.distance_to(own) < pixels.distance_to(foreign))


def _planes_of_window(
    window: Window, own: MaskArray, foreign: MaskArray, walls: FloatArray, parameters: Roofs
) -> tuple[Segments, MaskArray]:
    """Find the planes of the window, turned to the walls, and tell which of them to trust."""
    domain = _domain(window, own, foreign, parameters)
    found = segment(window.z, domain, own, walls, window.resolution, parameters)
    turned = aligned_planes(found.planes, found.moments, walls, found.noise, parameters)
    return judged(window, replace(found, planes=turned), walls, parameters)


def _planes_on_points(
    window: Window,
    segments: Segments,
    points: RoofPoints,
    cells: PointCells,
    own: MaskArray,
    walls: FloatArray,
    parameters: Roofs,
) -> Segments:
    """Fit planes on the points over them, and add those that the raster did not show."""
    segments = refitted(window, segments, points, walls, parameters)
    before = len(segments.planes)
    segments = planes_among_points(window, segments, cells, own, parameters)
    segments = refitted(window, segments, points, walls, parameters, chosen=True)
    return without_doubtful(window, segments, before, walls, parameters)


def _own_segments(
    window: Window,
    whole: Segments,
    trusted: MaskArray,
    own: MaskArray,
    direction: float,
    parameters: Roofs,
) -> tuple[Segments, list[tuple[int, Outline]], bool]:
    """Keep trusted planes seen mostly inside the footprint, and annexes (label, rectangle)."""
    inside, everywhere = pixel_counts.seen_inside(
        window.z, whole.labels, whole.planes, own, window.resolution,
        parameters.trim_noise_factor * whole.noise,
    )  # fmt: skip
    keep = inside >= 0.5 * everywhere
    annexes, cut = annex_outlines(
        window, whole, np.flatnonzero(~keep & trusted), own, direction, parameters
    )
    keep &= trusted
    for row, _ in annexes:
        keep[row] = True
    number = np.concatenate(([0], np.where(keep, np.cumsum(keep), 0))).astype(np.int32)
    kept = Segments(
        number[whole.labels], whole.planes[keep], whole.rmse[keep], whole.moments[keep],
        whole.noise,
    )  # fmt: skip
    return kept, [(int(number[row + 1]), rectangle) for row, rectangle in annexes], cut


def _ground_holes(
    window: Window, roof: MaskArray, direction: float, parameters: Roofs
) -> tuple[MaskArray, list[Outline]]:
    """Find courtyards: groups of pixels under the outline at the height of the ground.

    Strips of a pixel or two along an edge are no courtyard.
    """
    low = roof & (window.z - window.ground < parameters.courtyard_height_m)
    if not low.any():
        return low, []
    core = low & ~pixels.dilate(~low, 1)
    smallest = max(1, round(parameters.courtyard_core_m2 / window.resolution**2))
    groups, source, _ = label_maps.split_components(
        core.astype(np.int32), np.array([smallest], np.int64)
    )
    if len(source) == 0:
        return np.zeros_like(roof), []
    mask = low & pixels.dilate(groups > 0, 1)
    vertices, ring_start, _ = plane_rings(
        mask.astype(np.int32), mask, np.zeros((1, 3)), window.resolution,
        plain_borders(direction), parameters,
    )  # fmt: skip
    return mask, [Outline(vertices[:, 0], vertices[:, 1], ring_start)]


def _fill(
    window: Window,
    labels: LabelArray,
    segments: Segments,
    roof: MaskArray,
    foreign: MaskArray,
    cells: PointCells | None,
    parameters: Roofs,
) -> tuple[LabelArray, IndexArray]:
    """Give each pixel under the outline (and two around) a plane; split planes into parts.

    Returns the labels of the parts and the row of ``segments.planes`` of each part.
    """
    wide = pixels.dilate(roof, 2)
    heights = np.where(roof & ~foreign, window.z, np.nan)
    labels = np.where(wide, labels, 0).astype(np.int32)
    count = len(segments.planes)
    label_maps.spread_labels(labels, wide)
    if count and cells is not None:
        smooth_by_points(
            cells,
            roof & ~foreign,
            labels,
            segments.planes,
            points_noise(segments, parameters),
            parameters,
        )
        label_maps.spread_labels(labels, wide)
    elif count:
        label_maps.smooth_labels(
            heights, wide, labels, segments.planes, window.resolution,
            max(segments.noise, parameters.label_sigma_m), parameters.label_smoothness,
            parameters.label_outlier_cost, parameters.edge_step_m, 6,
        )  # fmt: skip
        label_maps.spread_labels(labels, wide)
    smallest = max(2, round(parameters.min_region_area_m2 / window.resolution**2))
    parts, source, _ = label_maps.split_components(labels, np.full(count, smallest, np.int64))
    label_maps.spread_labels(parts, wide)
    return parts, source
