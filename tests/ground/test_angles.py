"""Azimuths and tilts against hand-made cases and pvlib's own angle of incidence."""

from __future__ import annotations

import numpy as np
import pvlib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadastre import angles


@pytest.mark.parametrize(
    ("a", "b", "azimuth"),
    [(0.0, 1.0, 180.0), (0.0, -1.0, 0.0), (1.0, 0.0, 270.0), (-1.0, 0.0, 90.0)],
)
def test_plane_faces_downslope(a, b, azimuth):
    # z rises to the north (b > 0): the plane looks south
    assert angles.azimuth_from_slopes(a, b) == pytest.approx(azimuth)
    assert angles.tilt_from_slopes(a, b) == pytest.approx(45.0)


@given(st.floats(0.5, 85), st.floats(0, 359.99))
def test_slopes_round_trip(tilt, azimuth):
    a, b = angles.slopes_from_angles(tilt, azimuth)
    assert angles.tilt_from_slopes(a, b) == pytest.approx(tilt, abs=1e-9)
    assert angles.azimuth_difference(angles.azimuth_from_slopes(a, b), azimuth) < 1e-7


@given(st.floats(0, 90), st.floats(0, 360), st.floats(0, 90), st.floats(0, 360))
def test_normal_agrees_with_pvlib_aoi(tilt, azimuth, zenith, solar_azimuth):
    # the angle between normal and sun is pvlib's aoi; both are double precision
    sun = angles.normal_from_angles(zenith, solar_azimuth)
    cosine = float(angles.normal_from_angles(tilt, azimuth) @ sun)
    expected = pvlib.irradiance.aoi_projection(tilt, azimuth, zenith, solar_azimuth)
    assert cosine == pytest.approx(float(expected), abs=1e-12)


def test_wrap_and_difference_across_north():
    assert angles.wrap_azimuth(-10.0) == pytest.approx(350.0)
    assert angles.wrap_azimuth(360.0) == 0.0
    assert angles.wrap_azimuth(-1e-18) == 0.0
    assert angles.azimuth_difference(350.0, 10.0) == pytest.approx(20.0)
    np.testing.assert_allclose(angles.azimuth_difference([0.0, 90.0], [180.0, 270.0]), 180.0)
