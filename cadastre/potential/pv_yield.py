"""Energy of planes by month without an hourly loop a plane.

The hourly model of ``pv_model`` runs once per weather cell on a grid of orientations
(``yield_hours``). A plane looks up its factors there and blends four states of shade by the
share of beam and diffuse its shaded irradiation keeps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cadastre import parameters
from cadastre.potential.pv_model import (
    MOUNTINGS,
    diffuse_modifiers,
    hourly_yield,
    life_factor,
    system_loss,
)
from cadastre.potential.yield_grid import (
    MONTHS,
    STATES,
    TINY,
    Floats,
    MountingTable,
    Received,
    YieldTable,
    interpolated,
)
from cadastre.potential.yield_hours import yield_table

__all__ = [
    "MONTHS", "MOUNTINGS", "RACKS", "MountingTable", "Received", "YieldTable", "hourly_yield",
    "life_factor", "plane_energy", "rack_received", "rack_yields", "system_loss", "yield_table",
]  # fmt: skip

RACKS = ("rack_south", "rack_east_west")


def rack_received(
    table: YieldTable, rack: str, surface_azimuth: ArrayLike, flat: Received
) -> Received:
    """Irradiation of racks on flat roofs from that of the roof, (n, 12) kWh/m².

    The roof's skyline takes from the tilted rack the same share of direct and of sky diffuse by
    month as from the level roof: exact without shade, a good account of parapets.
    """
    azimuth = np.asarray(surface_azimuth, np.float64)
    grid = table.mountings[rack]
    tilt = np.full(len(azimuth), table.rack_tilt[rack])
    free = interpolated(grid.direct, grid, tilt, azimuth)
    sky, ground = table.sky_free(tilt), table.reflected_free(tilt)
    level = table.mountings[MOUNTINGS[0]]
    flat_direct = interpolated(level.direct, level, np.zeros(len(tilt)), azimuth)
    flat_sky = table.sky_free(np.zeros(len(tilt)))
    return Received(
        free * flat.direct / np.maximum(flat_direct, TINY),
        sky * flat.sky_diffuse / np.maximum(flat_sky, TINY),
        np.maximum(ground, flat.reflected),
        free + sky + ground,
    )


def rack_yields(table: YieldTable) -> tuple[float, float]:
    """Yearly kWh per kWp of south and of east-west racks on a free level roof."""
    found = []
    for name, azimuths in zip(RACKS, ((180.0,), (90.0, 270.0)), strict=True):
        azimuth = np.array(azimuths)
        level = np.zeros(len(azimuth))
        received = rack_received(table, name, azimuth, table.free_received(level, azimuth))
        tilt = level + table.rack_tilt[name]
        energy = plane_energy(table, tilt, azimuth, name, received, np.ones(len(azimuth)))
        found.append(float(energy.sum(axis=1).mean()))
    return found[0], found[1]


def plane_energy(
    table: YieldTable,
    surface_tilt: ArrayLike,
    surface_azimuth: ArrayLike,
    mounting: str,
    received: Received,
    capacity_kwp: ArrayLike,
) -> Floats:
    """AC energy by month of planes that share a mounting, (n, 12) kWh.

    Parameters
    ----------
    table
        Factors of the weather cell.
    surface_tilt, surface_azimuth
        Degrees, (n,); a NaN azimuth (level plane) reads the table at south.
    mounting
        A name of ``MOUNTINGS`` or of ``RACKS`` (whose factors hold the shade between rows).
    received
        Shaded irradiation in the plane of the modules and its free total; NaN gives NaN.
    capacity_kwp
        (n,) peak power, kWp.
    """
    tilt = np.asarray(surface_tilt, np.float64)
    azimuth = np.asarray(surface_azimuth, np.float64)
    azimuth = np.where(np.isnan(azimuth), 180.0, azimuth)
    grid = table.mountings[mounting]
    factor = interpolated(grid.factor, grid, tilt, azimuth)
    beam_share = interpolated(grid.beam_share, grid, tilt, azimuth)
    pv = parameters.Photovoltaics(iam_a_r=table.iam_a_r)
    sky_share, ground_share = (part[:, None] for part in diffuse_modifiers(tilt, pv))
    sky, ground = table.sky_free(tilt), table.reflected_free(tilt)
    free_direct = np.maximum(received.unshaded - sky - ground, 0.0)
    through = free_direct * beam_share
    diffuse = sky * sky_share + ground * ground_share
    beam_kept = np.where(free_direct > TINY, received.direct / np.maximum(free_direct, TINY), 1.0)
    beam_kept = np.clip(beam_kept, 0.0, 1.1)
    got = received.sky_diffuse * sky_share + received.reflected * ground_share
    sky_kept = got / np.maximum(diffuse, TINY)
    whole = (sky_kept - table.sky_dim) / (1.0 - table.sky_dim)
    energy = [
        factor[s] * (beam * through + (table.sky_dim if dimmed else 1.0) * diffuse)
        for s, (beam, dimmed) in enumerate(STATES)
    ]
    lit = whole * energy[0] + (1.0 - whole) * energy[2]
    dark = whole * energy[1] + (1.0 - whole) * energy[3]
    year = beam_kept * lit + (1.0 - beam_kept) * dark
    return np.maximum(year, 0.0) * np.asarray(capacity_kwp, np.float64)[:, None]
