"""What a territory file may ask of the light: relief, sky model, trees, card; by the command."""

from __future__ import annotations

import dataclasses
import json

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio import Affine

from cadastre.cli import main
from cadastre.demo.quarter import generate_quarter
from cadastre.kernels import device
from cadastre.parameters.demo import Demo

QUICK = "\n[parametres.climate]\nyear_count = 1\n"


@pytest.fixture(scope="module")
def quarter(tmp_path_factory):
    """A small quarter with trees, a surface model, a terrain and classified points."""
    folder = tmp_path_factory.mktemp("lumiere")
    return generate_quarter(
        folder, Demo(width_m=110.0, height_m=110.0, seed=5, points_per_m2=12.0)
    )


def planes_of(quarter, name, extra="", inputs=""):
    text = quarter.read_text(encoding="utf-8").replace('dossier = "sortie"', f'dossier = "{name}"')
    text = text.replace("[sortie]", f"{inputs}\n[sortie]")
    path = quarter.parent / f"{name}.toml"
    path.write_text(text + QUICK + extra, encoding="utf-8")
    code = main(["calculer", str(path), "--processus", "1"])
    if code != 0:
        return code
    return gpd.read_parquet(path.parent / name / "roof_planes.parquet").set_index("plane_id")


@pytest.fixture(scope="module")
def plain(quarter):
    return planes_of(quarter, "simple")


def ridge(path, bounds, cell=50.0, distance=2000.0, height=600.0):
    """A wall of hills south of some bounds, level land elsewhere."""
    x_min, y_min, x_max, y_max = bounds
    size = 200
    left, top = (x_min + x_max) / 2 - size * cell / 2, (y_min + y_max) / 2 + size * cell / 2
    heights = np.full((size, size), 30.0, np.float32)
    row = int((top - (y_min - distance)) / cell)
    heights[row : row + 4] = height
    with rasterio.open(
        path, "w", driver="GTiff", height=size, width=size, count=1, dtype="float32",
        crs="EPSG:2154", transform=Affine(cell, 0.0, left, 0.0, -cell, top),
    ) as target:  # fmt: skip
        target.write(heights, 1)


def test_hills_to_the_south_take_their_share_and_the_sum_holds(quarter, plain):
    ridge(quarter.parent / "collines.tif", tuple(plain.total_bounds))
    hidden = planes_of(quarter, "collines", inputs='relief = "collines.tif"')
    south = hidden[(hidden["surface_azimuth"] - 180.0).abs() < 40.0]
    assert len(south) > 3
    # 600 m less the ground of the quarter at 2 km: some 15 degrees at noon in winter
    assert (south["far_horizon_loss_kwh_m2"] > 3.0).all()
    assert (plain["far_horizon_loss_kwh_m2"].abs() < 1.0).all()
    for table in (plain, hidden):
        lost = table[
            ["orientation_loss_kwh_m2", "near_shading_loss_kwh_m2", "far_horizon_loss_kwh_m2"]
        ].sum(axis=1)
        left = table["optimum_irradiation_kwh_m2"] - lost
        np.testing.assert_allclose(left, table["irradiation_kwh_m2"], rtol=1e-9)


def test_a_relief_of_another_place_is_said_and_changes_nothing(quarter, plain, capsys):
    x_min, y_min, x_max, y_max = plain.total_bounds
    far = (x_min + 200_000.0, y_min, x_max + 200_000.0, y_max)
    ridge(quarter.parent / "ailleurs.tif", far)
    found = planes_of(quarter, "ailleurs", inputs='relief = "ailleurs.tif"')
    assert "ne touche pas le territoire" in capsys.readouterr().err
    assert found["irradiation_kwh_m2"].equals(plain["irradiation_kwh_m2"])


def test_a_relief_counts_without_surface_model_too(quarter, capsys):
    text = quarter.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(("mns", "lidar"))]
    bare = quarter.parent / "sans_mns.toml"
    bare.write_text("\n".join(lines), encoding="utf-8")
    free = planes_of(bare, "sans_relief")
    assert "ne font pas d'ombre" in capsys.readouterr().err
    ridge(quarter.parent / "collines.tif", tuple(free.total_bounds))
    hidden = planes_of(bare, "avec_relief", inputs='relief = "collines.tif"')
    assert (free["plane_source"] == "assumed").all()
    lost = free["irradiation_kwh_m2"] - hidden["irradiation_kwh_m2"]
    assert (lost > 1.0).mean() > 0.4


def test_the_model_of_the_sky_is_the_one_asked_for(quarter, plain):
    found = planes_of(quarter, "haydavies", '\n[parametres.sky]\ndiffuse_model = "haydavies"\n')
    south = plain["surface_azimuth"].sub(180.0).abs() < 60.0
    ratio = found["irradiation_kwh_m2"][south] / plain["irradiation_kwh_m2"][south]
    # on southern slopes Hay-Davies stays some per cent below Perez (reference scene: -2.7 %)
    assert ratio.between(0.94, 1.0).all()
    report = json.loads((quarter.parent / "haydavies" / "rapport.json").read_text("utf-8"))
    assert "haydavies" in json.dumps(report)


THROUGH = f"\n[parametres.sky]\nvegetation_transmittance = {[0.5] * 12}\n"


@pytest.mark.parametrize("points", [True, False])
def test_light_goes_through_trees_told_by_class_or_by_height(quarter, plain, points):
    """Classified points beside a surface model tell trees; else what stands high off roofs."""
    source = quarter
    if not points:
        lines = quarter.read_text(encoding="utf-8").splitlines()
        source = quarter.parent / "sans_points.toml"
        kept = [line for line in lines if not line.startswith("lidar")]
        source.write_text("\n".join(kept), encoding="utf-8")
    opaque = plain if points else planes_of(source, "opaque")
    through = planes_of(source, f"feuilles_{points}", THROUGH)
    assert list(through.index) == list(opaque.index)
    gain = through["irradiation_kwh_m2"] - opaque["irradiation_kwh_m2"]
    assert gain.min() > -1e-3
    assert gain.max() > 2.0
    # what trees hide at most comes back by half; roofs without a tree in sight stay
    assert (gain <= 0.5 * (opaque["irradiation_unshaded_kwh_m2"] * 0.9)).all()


def test_without_a_card_the_run_is_refused_before_anything(quarter, capsys):
    if not device.why_not():
        pytest.skip("this machine has a graphics card")
    code = planes_of(quarter, "carte", '\n[parametres.horizon]\ndevice = "gpu"\n')
    assert code == 2
    said = capsys.readouterr().err
    assert "carte graphique" in said
    assert "Traceback" not in said
    assert not (quarter.parent / "carte" / "buildings.parquet").exists()


def test_a_crown_over_a_roof_leaves_the_roof_below():
    """Redrawn without its trees, a roof under a crown is a roof, not the ground."""
    from cadastre import parameters
    from cadastre.roofs.planes import planes_from_surface
    from cadastre.shading.rebuilt import sharp_surface
    from tests.roofs import towns

    facets = towns.gable(12.0, 9.0, 5.0, 40.0)
    surface = towns.draw(facets, towns.around(facets))
    table = towns.footprints(a=towns.outline(facets))
    planes = planes_from_surface(surface, table, table, parameters.Roofs()).planes
    rows, cols = np.mgrid[: surface.grid.rows, : surface.grid.cols]
    x, y = surface.grid.xy(rows, cols)
    crown = (x - towns.X0 - 3.0) ** 2 + (y - towns.Y0 - 2.0) ** 2 < 9.0
    tall = np.where(crown, surface.dtm + 14.0, surface.dsm).astype(np.float32)
    under = dataclasses.replace(surface, dsm=tall, vegetation=crown)
    bare = sharp_surface(under, planes, parameters.Horizon()).without_trees()
    assert bare is not None
    inside = crown & (surface.dsm > surface.dtm + 4.0)
    assert inside.sum() > 50
    assert np.abs(bare[inside] - surface.dsm[inside]).max() < 0.3
