"""Paths of the sun drawn behind skylines: a picture, not the astronomy of the computation."""

from __future__ import annotations

import math

SOLSTICE_DECLINATION = 23.44
HOUR_STEP_DEGREES = 3


def sun_path(latitude: float, declination: float) -> list[tuple[float, float]]:
    """Return (azimuth, elevation) of the sun above the horizon through a day, degrees.

    Parameters
    ----------
    latitude
        Degrees north.
    declination
        Declination of the sun that day, degrees (23.44 at the June solstice).

    Returns
    -------
    list of (azimuth, elevation)
        One point every twelve minutes of solar time, from sunrise to sunset; azimuth clockwise
        from north. Spherical triangle without refraction: sin(el) = sin(lat) sin(dec)
        + cos(lat) cos(dec) cos(hour angle).
    """
    lat, dec = math.radians(latitude), math.radians(declination)
    path = []
    for degrees in range(-180, 181, HOUR_STEP_DEGREES):
        hour = math.radians(degrees)
        height = math.sin(lat) * math.sin(dec) + math.cos(lat) * math.cos(dec) * math.cos(hour)
        if height <= 0.0:
            continue
        east = -math.cos(dec) * math.sin(hour)
        north = math.cos(lat) * math.sin(dec) - math.sin(lat) * math.cos(dec) * math.cos(hour)
        azimuth = math.degrees(math.atan2(east, north)) % 360.0
        path.append((round(azimuth, 1), round(math.degrees(math.asin(height)), 1)))
    return path


def sun_lines(latitude: float) -> dict[str, list[tuple[float, float]]]:
    """Return the paths of 21 June, the equinoxes and 21 December, as ``june`` ... ``december``."""
    return {
        "june": sun_path(latitude, SOLSTICE_DECLINATION),
        "equinox": sun_path(latitude, 0.0),
        "december": sun_path(latitude, -SOLSTICE_DECLINATION),
    }
