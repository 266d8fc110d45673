"""Yearly irradiation of six orientations for five weather files, beside pvlib hour by hour.

    python -m benchmarks.weather_files

From the root of the repository; needs the real files (CADASTRE_DONNEES or ../shared/data).
"""

from __future__ import annotations

from cadastre import parameters
from cadastre.irradiance.transposition import unshaded
from cadastre.sky.cumulative_sky import cumulative_sky
from cadastre.sources.notes import Notes
from cadastre.sources.weather import read_weather
from tests.irradiance.test_weather_files import AZIMUTH, FILES, TILT
from tests.shared_data import data_file
from tests.sky.support import pvlib_months


def main() -> None:
    names = ("level", "35° S", "35° E", "35° W", "35° N", "90° S")
    print("| file | " + " | ".join(names) + " | largest gap |\n|---|" + "---|" * 7)
    for name, (file, latitude, longitude) in FILES.items():
        weather = read_weather([str(data_file(name, file))], latitude, longitude, Notes())
        sky = cumulative_sky(weather, parameters.Sky(), 72)
        ours = unshaded(TILT, AZIMUTH, sky, 0.2).sum(axis=1)
        theirs = pvlib_months(weather, TILT, AZIMUTH)[:, :, 3].sum(axis=1)
        cells = " | ".join(f"{a:.0f} / {b:.0f}" for a, b in zip(ours, theirs, strict=True))
        gap = max(abs(ours / theirs - 1.0))
        print(f"| {name} | {cells} | {100 * gap:.2f} % |")


if __name__ == "__main__":
    main()
