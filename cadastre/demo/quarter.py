"""The demonstration quarter on disk: inputs, territory file, truth.

=========================  ============================================================
``demonstration.toml``     territory file of the quarter (no weather: embedded climate)
``mns.tif, mnt.tif``       surface and terrain, float32, nodata -9999
``batiments.gpkg``         footprints with BD TOPO names
``communes.gpkg``          two fictitious communes of two agglomerations
``adresses.csv``           BAN columns
``protections.gpkg``       one perimeter, ``suptype`` ac1
``nuage.laz``              on request (``points_per_m2``), classes 2, 5, 6
``truth/``                 ``planes_truth.gpkg``, ``plane_id.tif``, ``footprints_true.gpkg``
=========================  ============================================================

The truth is never named in the territory file: no stage may read it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from cadastre.demo import files, names
from cadastre.demo.scene import Scene, quarter_scene
from cadastre.parameters.demo import Demo

STEPS = ("scene", "rasters", "tables", "points", "truth")
"""What ``progress`` is told, in this order."""


def generate_quarter(
    folder: Path, options: Demo | None = None, progress: Callable[[str], None] | None = None
) -> Path:
    """Write the quarter into ``folder`` (made when absent) and give its territory file.

    Same options, same bytes. ``progress`` is told each of :data:`STEPS` as it begins.
    """
    tell = progress if progress is not None else _silent
    tell("scene")
    day = (options if options is not None else Demo()).survey_date
    return write_scene(folder, quarter_scene(options), tell, day)


def _silent(step: str) -> None:
    del step


def write_scene(
    folder: Path,
    scene: Scene,
    progress: Callable[[str], None] = _silent,
    survey_date: str = Demo().survey_date,
) -> Path:
    """Write a scene, surveyed on a day (ISO), into ``folder``; give its territory file."""
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    progress("rasters")
    files.write_heights(folder / "mns.tif", scene.dsm, scene.grid, survey_date)
    files.write_heights(folder / "mnt.tif", scene.dtm, scene.grid, survey_date)
    progress("tables")
    files.write_layer(folder / "batiments.gpkg", scene.footprints)
    files.write_layer(folder / "communes.gpkg", scene.communes)
    files.write_addresses(folder / "adresses.csv", scene.addresses)
    files.write_layer(folder / "protections.gpkg", scene.protections)
    inputs = {
        "batiments": "batiments.gpkg",
        "batiments_id": "cleabs",
        "mns": "mns.tif",
        "mnt": "mnt.tif",
        "communes": "communes.gpkg",
        "adresses": "adresses.csv",
        "protections": "protections.gpkg",
    }
    progress("points")
    if scene.points is not None:
        files.write_points(folder / "nuage.laz", scene.points, scene.grid.crs)
        inputs["lidar"] = "nuage.laz"
    progress("truth")
    files.write_layer(folder / "truth" / "planes_truth.gpkg", scene.planes)
    files.write_layer(folder / "truth" / "footprints_true.gpkg", scene.footprints_true)
    files.write_labels(folder / "truth" / "plane_id.tif", scene.plane_id, scene.grid)
    territory = folder / "demonstration.toml"
    files.write_territory_file(territory, names.TERRITORY, inputs)
    return territory


def noisy_options(seed: int) -> Demo:
    """Options of a scene for developing roof planes: the faults of a real survey, all at once.

    Simulated, drawn from ``seed``: 10 points a square metre with 0.05 to 0.08 m of white noise in
    height; the surface model made of the highest point of each cell by triangulation (walls are
    ramps of about a metre outside the eaves); a quarter of the points passing through crowns; 150
    to 400 holes a square kilometre; trees over the roofs of a quarter of the houses; footprints
    moved block by block by 0.35 m (root mean square); lean-tos missing from 8 % of the
    footprints (where there is one).
    Streets, forms and sizes differ from seed to seed: other bearing, other bends, other shares
    of split pairs. The truth stays exact, and belongs to every building, also under trees
    (``vis_frac``) and outside its footprint.
    """
    rng = np.random.default_rng([seed, 21])
    return Demo(
        seed=seed,
        bearing_deg=float(rng.uniform(-45.0, 45.0)),
        bend_m=float(rng.uniform(4.0, 14.0)),
        street_pitch_m=float(rng.uniform(66.0, 80.0)),
        split_pairs_share=float(rng.uniform(0.2, 0.6)),
        trees_over_roofs_share=0.25,
        lidar_surface=True,
        noise_m=float(rng.uniform(0.05, 0.08)),
        holes_per_km2=float(rng.uniform(150.0, 400.0)),
        misregistration_m=0.35,
        missing_annex_share=0.08,
    )
