"""Light of one sample under its skyline from the tables of a cumulative sky.

Every kernel works by difference: what a plane receives without obstacle is exact, and the suns
and the patches of sky that obstacles hide between the plane's own horizon and the skyline are
taken away. An open sample costs nothing and is exact.

Units: degrees for elevations, radians never cross a border, energies as the tables have them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cadastre.kernels._jit import kernel

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Singles = NDArray[np.float32]

MONTHS = 12
COLUMNS = 72  # 2 kinds of sun x 3 components x 12 months
FACTOR_STEPS = 900  # of the view-factor tables, over 90 degrees


def view_factor_tables() -> NDArray[np.float64]:
    """Tables by elevation h of ``pi/2 - h - sin h cos h`` and ``cos^2 h``, shape (901, 2)."""
    h = np.linspace(0.0, np.pi / 2.0, FACTOR_STEPS + 1)
    tables = np.stack([np.pi / 2.0 - h - np.sin(h) * np.cos(h), np.cos(h) ** 2], axis=-1)
    return np.append(tables, tables[-1:], axis=0)


@kernel
def self_elevation(normal: Reals, azimuth_deg: float) -> float:
    """Elevation in degrees at which a plane's own surface ends towards an azimuth; 0 if below."""
    a = math.radians(azimuth_deg)
    along = normal[0] * math.sin(a) + normal[1] * math.cos(a)
    if along >= 0.0:
        return 0.0
    return math.degrees(math.atan2(-along, normal[2]))


@kernel
def own_horizon(
    normal: Reals, sectors: int, step_deg: float, own_bin: Whole, own_deg: Reals
) -> None:
    """Own skyline of a plane at each sector centre, in bins of the sun tables and in degrees."""
    for s in range(sectors):
        own_deg[s] = self_elevation(normal, s * 360.0 / sectors)
        own_bin[s] = math.floor(own_deg[s] / step_deg + 0.5)


@kernel
def hidden_suns(
    skyline: Singles,
    own_bin: Whole,
    sun_row: NDArray[np.int32],
    table: Singles,
    step_deg: float,
    hidden: Singles,
) -> None:
    """Sum of table columns between the own horizon and the skyline, added over sectors."""
    columns = hidden.shape[0]
    top = table.shape[1] - 1
    for c in range(columns):
        hidden[c] = 0.0
    for s in range(skyline.shape[0]):
        height = skyline[s]
        row = sun_row[s]
        if height <= 0.0 or row < 0:
            continue
        low = own_bin[s]
        high = min(int(height / step_deg + 0.5), top)
        if high <= low:
            continue
        above_low = table[row, low]
        above_high = table[row, high]
        for c in range(columns):
            hidden[c] += above_low[c] - above_high[c]


@kernel
def hidden_sky(
    skyline: Singles,
    own_deg: Reals,
    normal: Reals,
    cosines: Reals,
    factors: Reals,
    band_deg: float,
) -> tuple[float, float]:
    """View factor and horizon-band factor taken away by the skyline of one sample."""
    sectors = skyline.shape[0]
    share = 2.0 / sectors  # dphi / pi
    per_degree = FACTOR_STEPS / 90.0
    factor = 0.0
    band = 0.0
    for s in range(sectors):
        height = skyline[s]
        own = own_deg[s]
        if height <= own:
            continue
        along = normal[0] * cosines[s, 0] + normal[1] * cosines[s, 1]
        place = own * per_degree
        i = int(place)
        rest = place - i
        open_0 = factors[i, 0] + rest * (factors[i + 1, 0] - factors[i, 0])
        open_1 = factors[i, 1] + rest * (factors[i + 1, 1] - factors[i, 1])
        place = min(height, 90.0) * per_degree
        i = int(place)
        rest = place - i
        open_0 -= factors[i, 0] + rest * (factors[i + 1, 0] - factors[i, 0])
        open_1 -= factors[i, 1] + rest * (factors[i + 1, 1] - factors[i, 1])
        factor += share * 0.5 * (along * open_0 + normal[2] * open_1)
        if along > 0.0:
            band += share * 0.5 * math.pi * along * min(height / band_deg, 1.0)
    return factor, band


@kernel
def sample_light(
    normal: Reals,
    skyline: Singles,
    own_bin: Whole,
    own_deg: Reals,
    open_sky: float,
    month_share: Reals,
    free_beam: Reals,
    free_circumsolar: Reals,
    monthly: Reals,
    albedo: float,
    sun_row: NDArray[np.int32],
    table: Singles,
    step_deg: float,
    band_deg: float,
    cosines: Reals,
    factors: Reals,
    hidden: Singles,
    parts: Reals,
) -> float:
    """Light of one sample: ``parts`` (37,) overwritten, the yearly total returned.

    Arguments are rows of those of :func:`planes_under_skylines`; ``hidden`` (72,) is room to
    work in. Processors and graphics cards compile this one source.
    """
    hidden_suns(skyline, own_bin, sun_row, table, step_deg, hidden)
    lost_view, lost_band = hidden_sky(skyline, own_deg, normal, cosines, factors, band_deg)
    up = normal[2]
    slope = math.sqrt(normal[0] * normal[0] + normal[1] * normal[1])
    view = 0.5 * (1.0 + up) - lost_view
    bounce = albedo * open_sky / (1.0 - albedo * (1.0 - open_sky))
    mean_share = 0.0
    year = 0.0
    for m in range(MONTHS):
        beam = free_beam[m] - (
            normal[0] * hidden[m]
            + normal[1] * hidden[MONTHS + m]
            + normal[2] * hidden[2 * MONTHS + m]
        )
        around = free_circumsolar[m] - (
            normal[0] * hidden[3 * MONTHS + m]
            + normal[1] * hidden[4 * MONTHS + m]
            + normal[2] * hidden[5 * MONTHS + m]
        )
        diffuse = max(around, 0.0) + monthly[0, m] * view + monthly[1, m] * (slope - lost_band)
        seen = 0.5 * (1.0 - up) + monthly[3, m] * lost_view
        parts[m] = month_share[m] * max(beam, 0.0)
        parts[MONTHS + m] = month_share[m] * max(diffuse, 0.0)
        parts[2 * MONTHS + m] = month_share[m] * monthly[2, m] * bounce * seen
        year += parts[m] + parts[MONTHS + m] + parts[2 * MONTHS + m]
        mean_share += month_share[m]
    parts[3 * MONTHS] = mean_share / MONTHS * view
    return year
