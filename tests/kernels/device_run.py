"""Run by test_device.py in a process of its own: both kernels, here and on the device.

With NUMBA_ENABLE_CUDASIM=1 the device is numba's simulator, thread after thread in Python.
"""

from __future__ import annotations

import os
import sys

import numpy as np

from cadastre import parameters
from cadastre.irradiance.plane_of_array import plane_irradiation, sample_irradiation
from cadastre.shading.horizon import horizons
from cadastre.sky.cumulative_sky import cumulative_sky
from tests.roofs import towns
from tests.sky.support import made_weather

SECTORS = 24


def _as_python() -> None:
    """The simulator's arrays are its own: it needs the source, not what was compiled of it."""
    from cadastre.kernels import device_kernels, sky_integral

    for name in ("hidden_suns", "hidden_sky", "sample_light"):
        setattr(sky_integral, name, getattr(sky_integral, name).py_func)
    device_kernels.sample_light = sky_integral.sample_light


def main(target: str) -> None:
    from cadastre.parameters import Roofs
    from cadastre.roofs.planes import planes_from_surface
    from cadastre.roofs.samples import samples_on_planes

    facets = [
        *towns.gable(6.0, 5.0, 4.0, 40.0, 20.0),
        *towns.gable(6.0, 5.0, 7.0, 30.0, 20.0, (towns.X0 + 2.0, towns.Y0 - 9.0)),
    ]
    surface = towns.draw(facets, towns.around(facets), noise=0.02)
    shapes = {"a": towns.outline(facets[:2]), "b": towns.outline(facets[2:])}
    table = towns.footprints(**shapes)
    planes = planes_from_surface(surface, table, table, Roofs()).planes
    samples = samples_on_planes(planes, surface.grid, Roofs())
    sky = cumulative_sky(made_weather(), parameters.Sky(), SECTORS)
    out = {}
    for device in ("cpu", "gpu"):
        if device == "gpu" and os.environ.get("NUMBA_ENABLE_CUDASIM") == "1":
            _as_python()
        rules = parameters.Horizon(sector_count=SECTORS, reach_m=40.0, device=device)
        found = horizons(surface, samples, planes, None, rules, 0.0)
        arguments = (
            planes["surface_tilt"], planes["surface_azimuth"], samples, found, sky,
            parameters.Sky(), device,
        )  # fmt: skip
        whole, single = plane_irradiation(*arguments), sample_irradiation(*arguments)
        out |= {
            f"{device}_skyline": found.elevation, f"{device}_open": found.sky_openness,
            f"{device}_direct": whole.direct, f"{device}_diffuse": whole.sky_diffuse,
            f"{device}_reflected": whole.reflected, f"{device}_year": whole.sample_year,
            f"{device}_beam": single.beam, f"{device}_view": single.sky_view_factor,
        }  # fmt: skip
    np.savez(target, **out)


if __name__ == "__main__":
    main(sys.argv[1])
