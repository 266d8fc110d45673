"""The reference scene through the command line, from a surface model and footprints alone.

Truth: Radiance on the exact geometry (see tests/irradiance/reference_scene.py), read on the
irradiation raster at the 2 000 samples. The limits are those the project promises; on the same
scene UMEP SEBE has an RMSE of 120 and GRASS r.sun of 141, ray tracing on the raster itself 44.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
import rasterio

from cadastre.cli import main
from tests.irradiance.reference_scene import read_scene
from tests.shared_data import reference_file

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """Values of the raster at the samples (NaN off every plane), and the scene."""
    folder = tmp_path_factory.mktemp("scene")
    names = ("footprints.gpkg", "DSM.tif", "DTM.tif", "weather.csv")
    paths = dict(
        zip(
            ("batiments", "mns", "mnt", "meteo"),
            (str(reference_file("irradiation", name)) for name in names),
            strict=True,
        )
    )
    inputs = "\n".join(f"{key} = {json.dumps(path)}" for key, path in paths.items())
    config = folder / "scene.toml"
    config.write_text(
        f'[territoire]\nnom = "Référence"\n[entrees]\n{inputs}\n[sortie]\ndossier = "out"\n',
        encoding="utf-8",
    )
    assert main(["calculer", str(config), "--processus", "1"]) == 0
    scene = read_scene()
    values = np.full(len(scene.samples.x), np.nan)
    for path in sorted((folder / "out" / "rasters").glob("*.tif")):
        with rasterio.open(path) as source:
            at = list(zip(scene.samples.x, scene.samples.y, strict=True))
            read = np.array([value[0] for value in source.sample(at)], np.float64)
            values = np.where(read == source.nodata, values, read)
    return values, scene


def test_planes_of_our_own_keep_the_promise(computed):
    values, scene = computed
    truth = sum(scene.truth.values()).sum(axis=1)
    known = np.isfinite(values) & (values > 0.0)
    assert known.mean() > 0.99
    error = values[known] - truth[known]
    assert abs(error.mean()) < 0.01 * truth.mean()
    assert np.sqrt((error**2).mean()) <= 60.0
    assert np.corrcoef(values[known], truth[known])[0, 1] ** 2 >= 0.94


def test_shaded_and_sunlit_samples_each(computed):
    """Sunlit ones mostly suffer from a wrong plane, shaded ones from the near field."""
    values, scene = computed
    error = values - sum(scene.truth.values()).sum(axis=1)
    for chosen, limit in ((scene.sunlit, 30.0), (scene.shaded, 95.0)):
        part = error[chosen & np.isfinite(values)]
        assert np.sqrt((part**2).mean()) <= limit
