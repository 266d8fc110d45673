"""The hourly model on a grid of tilt, azimuth and mounting: once per weather cell.

Four states of shade (beam kept or not, diffuse whole or dimmed) at every node; what is kept is a
performance factor by month: AC energy over effective irradiation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import parameters
from cadastre.exchange import SkyHours, WeatherSeries
from cadastre.potential.pv_model import (
    MOUNTINGS,
    ac_power,
    beam_modifier,
    cell_temperature,
    dc_power,
    diffuse_modifiers,
)
from cadastre.potential.rack_shade import Rack, beam_left, racks, shaded_fraction, sky_left
from cadastre.potential.yield_grid import (
    MONTHS,
    STATES,
    TINY,
    Floats,
    MountingTable,
    YieldTable,
)

_RACK_AZIMUTH_STEP = 15.0


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
    for beam, dimmed in STATES:
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
    factor = np.empty((len(names), len(STATES), MONTHS))
    for i, name in enumerate(names):
        states = _state_power((direct, through, diffuse), light, tilt, name, pv)
        for s, (beam, dimmed) in enumerate(STATES):
            dim = pv.sky_dim if dimmed else 1.0
            received = beam * nominal[0] + dim * nominal[1]
            factor[i, s] = light.monthly(states[s][0]) / np.maximum(received, TINY)
    share = np.where(free > TINY, nominal[0] / np.maximum(free, TINY), 1.0)
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
    factor = np.empty((len(MOUNTINGS), len(STATES), *shape))
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
