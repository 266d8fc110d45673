"""Energy of planes by month without an hourly loop a plane.

The hourly model of ``pv_model`` runs once per weather cell on a grid of tilt, azimuth and
mounting, in four states of shade (beam kept or not, diffuse whole or dimmed). What is kept is a
performance factor by month: AC energy over effective irradiation. A plane then looks up its
factors and blends the four states by the share of beam and diffuse its shaded irradiation keeps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cadastre import parameters
from cadastre.exchange import SkyHours, WeatherSeries
from cadastre.potential.pv_model import (
    MOUNTINGS,
    ac_power,
    beam_modifier,
    cell_temperature,
    dc_power,
    diffuse_modifiers,
    hourly_yield,
    life_factor,
    system_loss,
)
from cadastre.potential.rack_shade import Rack, beam_left, racks, shaded_fraction, sky_left

__all__ = [
    "MOUNTINGS", "RACKS", "Received", "YieldTable", "hourly_yield", "life_factor",
    "plane_energy", "rack_received", "rack_yields",
    "system_loss", "yield_table",
]  # fmt: skip

MONTHS = 12
RACKS = ("rack_south", "rack_east_west")
_STATES = ((1.0, False), (0.0, False), (1.0, True), (0.0, True))  # beam kept, diffuse dimmed
_RACK_AZIMUTH_STEP = 15.0
_TINY = 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Received:
    """Irradiation of planes by month, kWh/m², each (n, 12); ``unshaded`` is their free total."""

    direct: Floats
    sky_diffuse: Floats
    reflected: Floats
    unshaded: Floats

    @property
    def total(self) -> Floats:
        """Shaded total by month."""
        return self.direct + self.sky_diffuse + self.reflected

    def at(self, rows: NDArray) -> Received:
        """Return the rows asked for."""
        return Received(
            self.direct[rows], self.sky_diffuse[rows], self.reflected[rows], self.unshaded[rows]
        )


@dataclass(frozen=True)
class MountingTable:
    """Factors of one mounting on a grid of tilt and azimuth.

    ``factor`` (4, n_tilts, n_azimuths, 12): AC kWh per kWp over effective irradiation in kWh/m²,
    by state of shade; ``beam_share`` (n_tilts, n_azimuths, 12): beam passing the glass;
    ``direct`` (n_tilts, n_azimuths, 12): free direct irradiation, kWh/m².
    """

    tilts: Floats
    azimuth_step: float
    factor: Floats
    beam_share: Floats
    direct: Floats


@dataclass(frozen=True)
class YieldTable:
    """Everything the yield of a plane needs of the weather of one cell.

    ``mountings``: tables by name, those of ``MOUNTINGS`` and of ``RACKS``. ``isotropic``,
    ``horizon_band``, ``ghi`` (12,): kWh/m² by month of the mean year on the horizontal (band:
    per sine of the tilt). ``optimum_*``: best unshaded orientation of a fixed plane.
    """

    cell_id: str
    mountings: dict[str, MountingTable]
    rack_tilt: dict[str, float]
    isotropic: Floats
    horizon_band: Floats
    ghi: Floats
    albedo: float
    sky_dim: float
    iam_a_r: float
    optimum_kwh_m2: float
    optimum_tilt: float
    optimum_azimuth: float

    def sky_free(self, surface_tilt: ArrayLike) -> Floats:
        """Free sky diffuse by month on planes of a tilt, (n, 12) kWh/m²."""
        tilt_rad = np.radians(np.atleast_1d(np.asarray(surface_tilt, np.float64)))[:, None]
        half = (1.0 + np.cos(tilt_rad)) / 2.0
        return self.isotropic * half + self.horizon_band * np.sin(tilt_rad)

    def reflected_free(self, surface_tilt: ArrayLike) -> Floats:
        """Reflected irradiation of a free plane by month, (n, 12) kWh/m²."""
        tilt_rad = np.radians(np.atleast_1d(np.asarray(surface_tilt, np.float64)))[:, None]
        return self.albedo * self.ghi * (1.0 - np.cos(tilt_rad)) / 2.0

    def free_received(self, surface_tilt: ArrayLike, surface_azimuth: ArrayLike) -> Received:
        """Irradiation of planes with a free horizon, by interpolation of the grid."""
        grid = self.mountings[MOUNTINGS[0]]
        tilt = np.atleast_1d(np.asarray(surface_tilt, np.float64))
        azimuth = np.atleast_1d(np.asarray(surface_azimuth, np.float64))
        direct = _interpolated(grid.direct, grid, tilt, azimuth)
        sky, ground = self.sky_free(tilt), self.reflected_free(tilt)
        return Received(direct, sky, ground, direct + sky + ground)

    def unshaded_year(self, surface_tilt: ArrayLike, surface_azimuth: ArrayLike) -> Floats:
        """Yearly free irradiation by interpolation of the grid, (n,) kWh/m²."""
        tilt = np.atleast_1d(np.asarray(surface_tilt, np.float64))
        azimuth = np.atleast_1d(np.asarray(surface_azimuth, np.float64))
        grid = self.mountings[MOUNTINGS[0]]
        direct = _interpolated(grid.direct, grid, tilt, azimuth)
        return (direct + self.sky_free(tilt) + self.reflected_free(tilt)).sum(axis=1)


@dataclass(frozen=True)
class _Light:
    """Steps with light: rows by month, weather, positions of the sun."""

    month_start: NDArray[np.int64]
    kwh: Floats
    ghi: Floats
    isotropic: Floats
    band: Floats
    temp_air: Floats
    wind_speed: Floats
    step: NDArray[np.int64]
    vector: Floats
    normal: Floats
    elevation: Floats
    azimuth: Floats

    def monthly(self, watts: Floats) -> Floats:
        """Sum W at each step to kWh of the mean year by month."""
        sums = np.add.reduceat(np.append(watts * self.kwh, 0.0), self.month_start[:-1])
        return np.where(np.diff(self.month_start) > 0, sums, 0.0)


def yield_table(
    weather: WeatherSeries,
    hours: SkyHours,
    pv: parameters.Photovoltaics,
    modules: parameters.Modules,
    albedo: float,
) -> YieldTable:
    """Run the hourly model on the grid of one weather cell.

    Parameters
    ----------
    weather
        The series of the cell: air temperature and wind are read here.
    hours
        Sun and sky of the same series (room ``sky``).
    pv, modules
        Model and grid; the racks' tilt and spacing.
    albedo
        Reflectance of the ground, 0-1.
    """
    light = _light(weather, hours)
    azimuths = np.arange(0.0, 360.0, pv.azimuth_step_deg)
    mountings = _mounting_tables(light, np.array(pv.tilt_nodes), azimuths, pv, albedo)
    rack_azimuths = np.arange(0.0, 360.0, _RACK_AZIMUTH_STEP)
    kinds = racks(modules, pv)
    for rack in kinds:
        mountings[rack.name] = _rack_table(light, rack, rack_azimuths, pv, albedo)
    best = _optimum(light, albedo)
    return YieldTable(
        cell_id=weather.cell_id,
        mountings=mountings,
        rack_tilt={rack.name: rack.tilt for rack in kinds},
        isotropic=light.monthly(light.isotropic),
        horizon_band=light.monthly(light.band),
        ghi=light.monthly(light.ghi),
        albedo=albedo,
        sky_dim=pv.sky_dim,
        iam_a_r=pv.iam_a_r,
        optimum_kwh_m2=best[0],
        optimum_tilt=best[1],
        optimum_azimuth=best[2],
    )


def _light(weather: WeatherSeries, hours: SkyHours) -> _Light:
    """Keep the steps with light, ordered by month, with their weight in the mean year."""
    middle = hours.times + pd.Timedelta(minutes=hours.step_minutes / 2)
    month = middle.month.to_numpy() - 1
    kept = np.flatnonzero((hours.ghi > 0) | (hours.isotropic > 0))
    kept = kept[np.argsort(month[kept], kind="stable")]
    place = np.full(len(month), -1)
    place[kept] = np.arange(len(kept))
    used = place[hours.step] >= 0
    step_kwh = hours.step_minutes / 60.0 / 1000.0
    weight = _month_weights(month, middle.year.to_numpy(), weather)
    return _Light(
        month_start=np.searchsorted(month[kept], np.arange(MONTHS + 1)),
        kwh=weight[month[kept]] * step_kwh,
        ghi=hours.ghi[kept],
        isotropic=hours.isotropic[kept],
        band=hours.horizon_band[kept],
        temp_air=weather.data["temp_air"].to_numpy(np.float64)[kept],
        wind_speed=weather.data["wind_speed"].to_numpy(np.float64)[kept],
        step=place[hours.step[used]],
        vector=hours.vector[used],
        normal=(hours.beam + hours.circumsolar)[used],
        elevation=hours.solar_elevation[used],
        azimuth=hours.solar_azimuth[used],
    )


def _month_weights(
    month: NDArray[np.int64], year: NDArray[np.int64], weather: WeatherSeries
) -> Floats:
    """Weight of a step of each month so that a month of the mean year has its mean length."""
    if weather.typical_year:
        return np.ones(MONTHS)
    present = np.bincount(month, minlength=MONTHS)
    pairs = np.unique(year * MONTHS + month)
    days = pd.PeriodIndex.from_fields(
        year=pairs // MONTHS, month=pairs % MONTHS + 1, freq="M"
    ).days_in_month
    count = np.bincount(pairs % MONTHS, minlength=MONTHS)
    length = np.bincount(pairs % MONTHS, weights=days, minlength=MONTHS)
    steps_a_day = 24 * 60 / weather.step_minutes
    return length / np.maximum(count, 1) * steps_a_day / np.maximum(present, 1)


def _components(
    light: _Light, tilt: float, azimuth: float, albedo: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Cosine of incidence by sun position; direct, sky diffuse, reflected by step, W/m²."""
    tilt_rad, azimuth_rad = np.radians(tilt), np.radians(azimuth)
    normal = np.array([
        np.sin(tilt_rad) * np.sin(azimuth_rad), np.sin(tilt_rad) * np.cos(azimuth_rad),
        np.cos(tilt_rad),
    ])  # fmt: skip
    cosine = np.maximum(light.vector @ normal, 0.0)
    direct = np.bincount(light.step, cosine * light.normal, minlength=len(light.ghi))
    sky = light.isotropic * (1.0 + np.cos(tilt_rad)) / 2.0 + light.band * np.sin(tilt_rad)
    return (
        cosine,
        direct,
        np.maximum(sky, 0.0),
        albedo * light.ghi * (1.0 - np.cos(tilt_rad)) / 2.0,
    )


def _state_power(
    parts: tuple[Floats, Floats, Floats],
    light: _Light,
    tilt: float,
    mounting: str,
    pv: parameters.Photovoltaics,
) -> list[tuple[Floats, Floats]]:
    """AC power and effective irradiance at each step, W per kWp and W/m², for the four states.

    ``parts``: direct, direct after the glass, diffuse (sky and reflected) after the glass; the
    heat balance takes the diffuse before the glass as its effective part over the sky's share.
    """
    direct, through, diffuse = parts
    share, _ = diffuse_modifiers(tilt, pv)
    out = []
    for beam, dimmed in _STATES:
        dim = pv.sky_dim if dimmed else 1.0
        effective = beam * through + dim * diffuse
        absorbed = beam * direct + dim * diffuse / share
        cell = cell_temperature(absorbed, light.temp_air, light.wind_speed, mounting, pv)
        out.append((ac_power(dc_power(effective, cell, pv), pv), effective))
    return out


def _node(
    light: _Light,
    tilt: float,
    azimuth: float,
    names: tuple[str, ...],
    pv: parameters.Photovoltaics,
    albedo: float,
    rack: Rack | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Factors (n_names, 4, 12), beam share (12,) and free direct (12,) of one orientation."""
    cosine, direct, sky, reflected = _components(light, tilt, azimuth, albedo)
    aoi = np.degrees(np.arccos(np.minimum(cosine, 1.0)))
    kept = beam_modifier(aoi, pv) * cosine * light.normal
    through = np.bincount(light.step, kept, minlength=len(light.ghi))
    sky_share, ground_share = diffuse_modifiers(tilt, pv)
    diffuse = sky * sky_share + reflected * ground_share
    nominal = np.stack([light.monthly(through), light.monthly(diffuse)])
    free = light.monthly(direct)
    if rack is not None:
        fraction = shaded_fraction(rack, azimuth, light.elevation, light.azimuth)
        left = beam_left(fraction, rack.blocks)
        through = np.bincount(light.step, kept * left, minlength=len(light.ghi))
        direct = np.bincount(
            light.step, cosine * light.normal * (1.0 - fraction), minlength=len(light.ghi)
        )
        diffuse = sky * sky_share * sky_left(rack) + reflected * ground_share
    factor = np.empty((len(names), len(_STATES), MONTHS))
    for i, name in enumerate(names):
        states = _state_power((direct, through, diffuse), light, tilt, name, pv)
        for s, (beam, dimmed) in enumerate(_STATES):
            dim = pv.sky_dim if dimmed else 1.0
            received = beam * nominal[0] + dim * nominal[1]
            factor[i, s] = light.monthly(states[s][0]) / np.maximum(received, _TINY)
    share = np.where(free > _TINY, nominal[0] / np.maximum(free, _TINY), 1.0)
    return factor, share, free


def _mounting_tables(
    light: _Light,
    tilts: Floats,
    azimuths: Floats,
    pv: parameters.Photovoltaics,
    albedo: float,
) -> dict[str, MountingTable]:
    """Tables of the plain mountings; a level plane is computed once for all azimuths."""
    shape = (len(tilts), len(azimuths), MONTHS)
    factor = np.empty((len(MOUNTINGS), len(_STATES), *shape))
    share, direct = np.empty(shape), np.empty(shape)
    for t, tilt in enumerate(tilts):
        for a, azimuth in enumerate(azimuths):
            if tilt == 0.0 and a > 0:
                factor[:, :, t, a] = factor[:, :, t, 0]
                share[t, a], direct[t, a] = share[t, 0], direct[t, 0]
                continue
            found = _node(light, float(tilt), float(azimuth), MOUNTINGS, pv, albedo)
            factor[:, :, t, a], share[t, a], direct[t, a] = found
    step = float(azimuths[1] - azimuths[0])
    return {
        name: MountingTable(tilts, step, factor[i], share, direct)
        for i, name in enumerate(MOUNTINGS)
    }


def _rack_table(
    light: _Light, rack: Rack, azimuths: Floats, pv: parameters.Photovoltaics, albedo: float
) -> MountingTable:
    nodes = [
        _node(light, rack.tilt, float(azimuth), ("open_rack",), pv, albedo, rack)
        for azimuth in azimuths
    ]
    return MountingTable(
        np.array([rack.tilt]),
        float(azimuths[1] - azimuths[0]),
        np.stack([node[0][0] for node in nodes], axis=1)[:, None],
        np.stack([node[1] for node in nodes])[None],
        np.stack([node[2] for node in nodes])[None],
    )


def _optimum(light: _Light, albedo: float) -> tuple[float, float, float]:
    """Best yearly free irradiation of a fixed plane, its tilt and azimuth, to 2.5 degrees."""
    tilts, azimuths = np.arange(0.0, 62.5, 7.5), np.arange(90.0, 271.0, 22.5)
    best = (-1.0, 0.0, 180.0)
    for _ in range(3):
        for tilt in tilts:
            for azimuth in azimuths:
                parts = _components(light, float(tilt), float(azimuth), albedo)
                year = float(sum(light.monthly(part).sum() for part in parts[1:]))
                best = max(best, (year, float(tilt), float(azimuth)))
        span_t, span_a = (tilts[1] - tilts[0]) / 2.0, (azimuths[1] - azimuths[0]) / 2.0
        tilts = np.clip(best[1] + span_t * np.array([-1.0, 0.0, 1.0]), 0.0, 90.0)
        azimuths = best[2] + span_a * np.array([-1.0, 0.0, 1.0])
        if tilts[1] == tilts[0]:
            tilts = tilts[1:]
    return best


def _interpolated(values: Floats, grid: MountingTable, tilt: Floats, azimuth: Floats) -> Floats:
    """Bilinear look-up of (..., n_tilts, n_azimuths, 12) values, azimuths periodic."""
    count = values.shape[-2]
    turn = np.mod(azimuth, 360.0) / grid.azimuth_step
    a0 = np.floor(turn).astype(np.int64) % count
    a1 = (a0 + 1) % count
    wa = (turn - np.floor(turn))[:, None]
    t1 = np.clip(np.searchsorted(grid.tilts, tilt, side="right"), 1, max(len(grid.tilts) - 1, 1))
    t0 = t1 - 1
    if len(grid.tilts) == 1:
        t1 = t0
        wt = np.zeros((len(tilt), 1))
    else:
        span = grid.tilts[t1] - grid.tilts[t0]
        wt = np.clip((tilt - grid.tilts[t0]) / span, 0.0, 1.0)[:, None]
    low = values[..., t0, a0, :] * (1.0 - wa) + values[..., t0, a1, :] * wa
    high = values[..., t1, a0, :] * (1.0 - wa) + values[..., t1, a1, :] * wa
    return low * (1.0 - wt) + high * wt


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
    free = _interpolated(grid.direct, grid, tilt, azimuth)
    sky, ground = table.sky_free(tilt), table.reflected_free(tilt)
    level = table.mountings[MOUNTINGS[0]]
    flat_direct = _interpolated(level.direct, level, np.zeros(len(tilt)), azimuth)
    flat_sky = table.sky_free(np.zeros(len(tilt)))
    return Received(
        free * flat.direct / np.maximum(flat_direct, _TINY),
        sky * flat.sky_diffuse / np.maximum(flat_sky, _TINY),
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
    factor = _interpolated(grid.factor, grid, tilt, azimuth)
    beam_share = _interpolated(grid.beam_share, grid, tilt, azimuth)
    pv = parameters.Photovoltaics(iam_a_r=table.iam_a_r)
    sky_share, ground_share = (part[:, None] for part in diffuse_modifiers(tilt, pv))
    sky, ground = table.sky_free(tilt), table.reflected_free(tilt)
    free_direct = np.maximum(received.unshaded - sky - ground, 0.0)
    through = free_direct * beam_share
    diffuse = sky * sky_share + ground * ground_share
    beam_kept = np.where(
        free_direct > _TINY, received.direct / np.maximum(free_direct, _TINY), 1.0
    )
    beam_kept = np.clip(beam_kept, 0.0, 1.1)
    got = received.sky_diffuse * sky_share + received.reflected * ground_share
    sky_kept = got / np.maximum(diffuse, _TINY)
    whole = (sky_kept - table.sky_dim) / (1.0 - table.sky_dim)
    energy = [
        factor[s] * (beam * through + (table.sky_dim if dimmed else 1.0) * diffuse)
        for s, (beam, dimmed) in enumerate(_STATES)
    ]
    lit = whole * energy[0] + (1.0 - whole) * energy[2]
    dark = whole * energy[1] + (1.0 - whole) * energy[3]
    year = beam_kept * lit + (1.0 - beam_kept) * dark
    return np.maximum(year, 0.0) * np.asarray(capacity_kwp, np.float64)[:, None]
