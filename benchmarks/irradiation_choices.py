"""What each choice of the irradiation method costs and brings, on the ray-traced scene.

    python -m benchmarks.irradiation_choices

From the root of the repository; needs the reference scene (CADASTRE_DONNEES or ../shared/data).
One choice is changed at a time. Errors are those of the yearly global of 2 000 samples with their
true normals against Radiance, kWh/m²; seconds are of processor, best of three, so that a busy
machine does not decide.
"""

from __future__ import annotations

import dataclasses
import time

import numpy as np

from cadastre import parameters
from cadastre.irradiance.plane_of_array import sample_irradiation
from cadastre.shading.horizon import horizons
from cadastre.sky.cumulative_sky import cumulative_sky
from tests.irradiance.reference_scene import read_scene

CHOICES: dict[str, dict[str, tuple]] = {
    "horizon": {
        "sector_count": (24, 36, 72, 120, 180, 360),
        "ring_ratio": (0.005, 0.01, 0.015, 0.03, 0.06),
        "reach_m": (50.0, 100.0, 200.0, 500.0),
        "own_plane_tolerance_m": (0.0, 0.1, 0.25, 0.5),
        "openness_radius_m": (8.0, 24.0, 48.0),
    },
    "sky": {
        "diffuse_model": ("perez", "haydavies"),
        "sun_elevation_step_deg": (0.1, 0.5, 1.0, 2.0),
        "low_sun_step_minutes": (5.0, 15.0, 60.0),
        "horizon_band_deg": (2.0, 6.5, 13.0),
    },
}


def measured(horizon: parameters.Horizon, sky: parameters.Sky) -> tuple[np.ndarray, float]:
    """Yearly global of every sample, and the seconds skylines and light took."""
    scene = read_scene()
    folded = cumulative_sky(scene.weather, sky, horizon.sector_count)
    best, light = np.inf, None
    for _ in range(3):
        begin = time.process_time()
        found = horizons(scene.surface, scene.samples, scene.planes, None, horizon, 0.0)
        light = sample_irradiation(
            scene.planes["surface_tilt"].to_numpy(), scene.planes["surface_azimuth"].to_numpy(),
            scene.samples, found, folded, sky,
        )  # fmt: skip
        best = min(best, time.process_time() - begin)
    return light.total.sum(axis=1), best


def main() -> None:
    scene = read_scene()
    truth = sum(scene.truth.values()).sum(axis=1)
    base = {"horizon": parameters.Horizon(), "sky": parameters.Sky()}
    chosen, _ = measured(**base)
    print("| choice | bias | RMSE | sunlit | shaded | against the choice made | seconds |")
    print("|---|---|---|---|---|---|---|")
    for group, names in CHOICES.items():
        for name, values in names.items():
            for value in values:
                rules = dataclasses.replace(base[group], **{name: value})
                found, seconds = measured(**{**base, group: rules})
                error = found - truth
                rmse = [
                    np.sqrt((error[part] ** 2).mean())
                    for part in (slice(None), scene.sunlit, scene.shaded)
                ]
                apart = np.sqrt(((found - chosen) ** 2).mean())
                made = " (made)" if getattr(base[group], name) == value else ""
                print(
                    f"| {name} {value}{made} | {error.mean():+.1f} | {rmse[0]:.1f}"
                    f" | {rmse[1]:.1f} | {rmse[2]:.1f} | {apart:.2f} | {seconds:.3f} |"
                )


if __name__ == "__main__":
    main()
