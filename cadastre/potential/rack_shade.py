"""What one row of racks takes from the row behind, by pvlib.shading.

Rows are taken as endless and alike; the first row of a field, which nothing shades, is not
credited. Back-to-back racks are two families of rows one ridge distance apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pvlib import shading

from cadastre import parameters
from cadastre.potential.layout_tasks import east_west_pitch_m, south_pitch_m


@dataclass(frozen=True)
class Rack:
    """Rows of one kind: name of the layout, tilt in degrees, slant width and pitch in metres."""

    name: str
    tilt: float
    width_m: float
    pitch_m: float
    blocks: int

    @property
    def ground_coverage_ratio(self) -> float:
        """Slant width over pitch (pvlib's gcr)."""
        return self.width_m / self.pitch_m


def racks(modules: parameters.Modules, pv: parameters.Photovoltaics) -> tuple[Rack, Rack]:
    """Describe the two kinds of racks the layout uses."""
    return (
        Rack(
            "rack_south", modules.south_rack_tilt_deg, modules.width_m, south_pitch_m(modules),
            pv.module_blocks,
        ),
        Rack(
            "rack_east_west", modules.east_west_tilt_deg, modules.width_m,
            east_west_pitch_m(modules), pv.module_blocks,
        ),
    )  # fmt: skip


def shaded_fraction(
    rack: Rack,
    surface_azimuth: float,
    solar_elevation: NDArray[np.float64],
    solar_azimuth: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Share of the slant width shaded by the row in front, 0-1; angles in degrees."""
    found = shading.shaded_fraction1d(
        90.0 - solar_elevation,
        solar_azimuth,
        surface_azimuth - 90.0,
        rack.tilt,
        collector_width=rack.width_m,
        pitch=rack.pitch_m,
    )
    return np.clip(np.nan_to_num(found), 0.0, 1.0)


def beam_left(fraction: NDArray[np.float64], blocks: int) -> NDArray[np.float64]:
    """Share of the beam still turned into power under a shaded fraction of the slant width.

    Martinez-Moreno et al. 2010, doi:10.1016/j.renene.2009.11.043, equation 6, through
    ``pvlib.shading.direct_martinez`` with beam alone; modules lie in landscape, so that the
    shadow climbs over their bypassed blocks one by one.
    """
    ones = np.ones_like(fraction)
    shaded_blocks = np.ceil(fraction * blocks - 1e-9)
    return 1.0 - shading.direct_martinez(ones, ones, fraction, shaded_blocks, blocks)


def sky_left(rack: Rack) -> float:
    """Share of the sky diffuse left by the row in front, mean over the slant width (Passias)."""
    masking = shading.masking_angle_passias(rack.tilt, rack.ground_coverage_ratio)
    return 1.0 - float(shading.sky_diffuse_passias(masking))
