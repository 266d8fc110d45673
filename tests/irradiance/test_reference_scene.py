"""The reference scene against ray tracing (Radiance), with the true normals of its samples.

What the project promises: bias within 1 % of the mean, RMSE of the yearly global at most 40
kWh/m² over all samples, 15 on sunlit and 95 on shaded ones. Monte-Carlo noise of the truth: 5 on
what is reflected, 0.3 on the sky.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from cadastre import parameters
from cadastre.roofs.planes import planes_from_surface
from cadastre.shading.rebuilt import sharp_surface
from tests.irradiance.reference_scene import error_table, irradiation_of, read_scene
from tests.shared_data import reference_file

pytestmark = pytest.mark.reference
PROMISED = {"rmse_all": 40.0, "rmse_sunlit": 15.0, "rmse_shaded": 95.0}


def year_of(table, component):
    return table[(table["component"] == component) & (table["month"] == "year")].iloc[0]


def keeps_promises(table) -> None:
    total = year_of(table, "total")
    assert abs(total["bias"]) < 0.01 * total["truth"]
    for name, limit in PROMISED.items():
        assert total[name] <= limit, name


@pytest.mark.parametrize("sectors", [72, 120])
def test_the_year_is_as_true_as_promised(sectors):
    scene = read_scene()
    light, _ = irradiation_of(scene, sectors=sectors)
    keeps_promises(error_table(scene, light))


def test_beam_diffuse_and_reflected_are_each_true():
    """Beam and sky within 1.5 %, what is reflected within 10 % of a hard quantity."""
    scene = read_scene()
    table = error_table(scene, irradiation_of(scene)[0])
    for component, share in (("beam", 0.015), ("sky_diffuse", 0.015), ("reflected", 0.10)):
        year = year_of(table, component)
        assert abs(year["bias"]) < share * year["truth"], component


def test_every_month_is_true():
    """Each month and component within 3 % or 0.3 kWh/m² in the mean."""
    scene = read_scene()
    table = error_table(scene, irradiation_of(scene)[0])
    months = table[table["month"] != "year"]
    limit = np.maximum(0.03 * months["truth"], 0.3)
    assert (months["bias"].abs() <= limit).all()


def test_the_view_of_the_sky_is_true():
    """Against Radiance's view factors, noise 0.008: RMSE 0.03, bias 0.01."""
    scene = read_scene()
    with np.load(reference_file("irradiation", "radiance_exact.npz")) as traced:
        truth = traced["svf"]
    error = irradiation_of(scene)[0].sky_view_factor - truth
    assert abs(error.mean()) < 0.01
    assert np.sqrt((error**2).mean()) < 0.03


def test_redrawing_the_model_from_fitted_planes_keeps_the_promises():
    """Planes found on the surface model itself: a clean model must not be made worse."""
    scene = read_scene()
    footprints = gpd.read_file(reference_file("irradiation", "footprints.gpkg"))
    footprints["building_id"] = footprints["bid"].astype(str)
    roofs = planes_from_surface(scene.surface, footprints, footprints, parameters.Roofs())
    sharp = sharp_surface(scene.surface, roofs.planes, parameters.Horizon())
    assert (sharp.dsm != scene.surface.dsm).any()
    keeps_promises(error_table(scene, irradiation_of(scene, sharp)[0]))
