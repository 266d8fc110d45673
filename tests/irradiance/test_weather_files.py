"""Five weather files: yearly irradiation at six orientations, beside pvlib hour by hour.

Files without dni and dhi closed on ghi are taken as the reader leaves them: both computations get
the same numbers. pvlib drops the diffuse light of hours whose sun is below the horizon at
mid-interval and takes their beam from below; ours keeps the former as isotropic and gives the
latter to the minutes when the sun is up. Hence half a per cent instead of two thousandths.
"""

from __future__ import annotations

import numpy as np
import pytest

from cadastre import parameters
from cadastre.irradiance.transposition import unshaded
from cadastre.sky.cumulative_sky import cumulative_sky
from cadastre.sources.notes import Notes
from cadastre.sources.weather import read_weather
from tests.shared_data import data_file
from tests.sky.support import pvlib_months

FILES = {
    "uccle_tmyx": ("BEL_VLG_Uccle.064470_TMYx.2007-2021.epw", 50.80, 4.36),
    "rt2012_h1a": ("H1a.txt", 48.8, 2.0),
    "paris_nsrdb_2020": ("paris_nsrdb_2020_48.85_2.34.csv", 48.85, 2.34),
    "vliet_leuven_2021_measured": ("Vliet_2021.mos", 50.86, 4.68),
    "london_city_tmyx": ("GBR_ENG_London.City.AP.037683_TMYx.2007-2021.epw", 51.51, 0.05),
}
TILT = np.array([0.0, 35.0, 35.0, 35.0, 35.0, 90.0])
AZIMUTH = np.array([180.0, 180.0, 90.0, 270.0, 0.0, 180.0])


@pytest.mark.reference
@pytest.mark.parametrize("name", list(FILES))
def test_six_orientations_agree_with_pvlib(name):
    file, latitude, longitude = FILES[name]
    weather = read_weather([str(data_file(name, file))], latitude, longitude, Notes())
    sky = cumulative_sky(weather, parameters.Sky(), 72)
    ours = unshaded(TILT, AZIMUTH, sky, 0.2).sum(axis=1)
    theirs = pvlib_months(weather, TILT, AZIMUTH)[:, :, 3].sum(axis=1)
    np.testing.assert_allclose(ours, theirs, rtol=0.005)
    assert ours[1] == max(ours)
    assert ours[4] == min(ours[:5])
