"""Yield against pvlib's ModelChain, PVGIS, and the hourly model under random skylines."""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import warnings

import numpy as np
import pandas as pd
import pvlib
import pytest
from pvlib.modelchain import ModelChain
from pvlib.pvsystem import Array, FixedMount, PVSystem

from cadastre import parameters
from cadastre.potential.building_hours import hourly_production
from cadastre.potential.pv_model import (
    beam_modifier,
    cell_temperature,
    dc_power,
    diffuse_modifiers,
    hourly_yield,
    life_factor,
    system_loss,
)
from cadastre.potential.pv_yield import (
    MOUNTINGS,
    Received,
    plane_energy,
    rack_received,
    rack_yields,
    yield_table,
)
from cadastre.potential.rack_shade import racks
from tests.potential.support import ALBEDO, ALTITUDE, LATITUDE, LONGITUDE, sky, weather
from tests.shared_data import data_file

PV = parameters.Photovoltaics()
MODULES = parameters.Modules()
HOURS = sky()
DATA = weather().data
MONTH = (DATA.index + pd.Timedelta(minutes=30)).month.to_numpy() - 1


@functools.cache
def table():
    return yield_table(weather(), HOURS, PV, MODULES, ALBEDO)


def monthly(watts):
    return np.bincount(MONTH, np.asarray(watts, float), minlength=12) / 1000.0


def light_of(tilt, azimuth, sun_kept=None, sky_kept=1.0):
    """Direct with circumsolar, sky, reflected, angle of incidence by hour; W/m², degrees."""
    t, a = np.radians(tilt), np.radians(azimuth)
    normal = np.array([np.sin(t) * np.sin(a), np.sin(t) * np.cos(a), np.cos(t)])
    cosine = np.maximum(HOURS.vector @ normal, 0.0)
    beam = (HOURS.beam + HOURS.circumsolar) * (1.0 if sun_kept is None else sun_kept)
    direct, aoi = np.zeros(len(DATA)), np.full(len(DATA), 90.0)
    direct[HOURS.step] = beam * cosine
    aoi[HOURS.step] = np.degrees(np.arccos(np.minimum(cosine, 1.0)))
    dome = HOURS.isotropic * (1 + np.cos(t)) / 2 + HOURS.horizon_band * np.sin(t)
    ground = ALBEDO * HOURS.ghi * (1 - np.cos(t)) / 2
    return direct, np.maximum(dome, 0.0) * sky_kept, ground, aoi


def received_of(parts, free):
    direct, dome, ground = (monthly(p)[None] for p in parts[:3])
    return Received(direct, dome, ground, sum(monthly(p)[None] for p in free[:3]))


def model_chain_year(tilt, azimuth, mounting):
    """Yearly kWh/kWp of pvlib's ModelChain: its own transposition, glass, heat, inverter.

    PVsyst temperatures, Huld's law for DC (pvlib.pvarray.huld with k3 = gamma and no cross
    terms), Martin and Ruiz for the beam and for both kinds of diffuse.
    """
    which = MOUNTINGS.index(mounting)
    k1, k2 = PV.low_light
    share = pvlib.iam.martin_ruiz_diffuse(tilt, a_r=PV.iam_a_r)
    array = Array(
        FixedMount(tilt, azimuth),
        albedo=ALBEDO,
        module_parameters={
            "pdc0": 1000.0,
            "gamma_pdc": PV.gamma_pdc,
            "FD": 1.0,
            "module_efficiency": PV.module_efficiency,
            "alpha_absorption": PV.heat_absorption,
        },
        temperature_model_parameters={
            "u_c": PV.heat_loss_constant[which],
            "u_v": PV.heat_loss_wind[which],
        },
    )
    limit = 1000.0 / PV.dc_ac_ratio / PV.inverter_efficiency
    losses = {
        "soiling": 2.0, "shading": 0.0, "snow": 0.2, "mismatch": 2.0, "wiring": 2.0,
        "connections": 0.5, "lid": 1.5, "nameplate_rating": 1.0, "age": 0.0, "availability": 3.0,
    }  # fmt: skip
    system = PVSystem(
        [array],
        inverter_parameters={"pdc0": limit, "eta_inv_nom": PV.inverter_efficiency},
        losses_parameters=losses,
    )

    def huld(chain):
        effective = np.maximum(chain.results.effective_irradiance, 1e-6)
        k = tuple(1000.0 * v for v in (k1, k2, PV.gamma_pdc, 0.0, 0.0, 0.0))
        power = pvlib.pvarray.huld(effective, chain.results.cell_temperature, 1000.0, k=k)
        chain.results.dc = np.maximum(power, 0.0)
        return chain

    def glass(chain):
        """Martin and Ruiz; the circumsolar light comes from the sun's place, as the beam does."""
        light, results = chain.results.total_irrad, chain.results
        around = pvlib.irradiance.perez(
            tilt, azimuth, chain.results.weather["dhi"], chain.results.weather["dni"],
            pvlib.irradiance.get_extra_radiation(chain.results.times),
            results.solar_position["apparent_zenith"], results.solar_position["azimuth"],
            results.airmass["airmass_relative"], return_components=True,
        )["poa_circumsolar"].fillna(0.0)  # fmt: skip
        light["poa_direct"] += around
        light["poa_diffuse"] = (light["poa_sky_diffuse"] - around) * share["sky"] + (
            light["poa_ground_diffuse"] * (share["ground"] if tilt > 0 else 1.0)
        )
        results.aoi_modifier = pvlib.iam.martin_ruiz(results.aoi, a_r=PV.iam_a_r)
        return chain

    chain = ModelChain(
        system,
        pvlib.location.Location(LATITUDE, LONGITUDE, "UTC", ALTITUDE),
        transposition_model="perez",
        aoi_model=functools.partial(glass),
        spectral_model="no_loss",
        temperature_model="pvsyst",
        dc_model=functools.partial(huld),
        ac_model="pvwatts",
        losses_model="pvwatts",
        dc_ohmic_model="no_loss",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chain.run_model(DATA.set_index(DATA.index + pd.Timedelta(minutes=30)))
    return float(chain.results.ac.sum()) / 1000.0


def test_fifty_cases_of_model_chain_within_half_a_percent():
    """Table look-up, fed with the free irradiation of each plane, against ModelChain.

    0.5 % is the aim of the project; what is seen is the interpolation of the table.
    """
    random = np.random.default_rng(8)
    off = []
    for case in range(50):
        tilt, azimuth = random.uniform(0, 60), random.uniform(0, 360)
        mounting = MOUNTINGS[case % 3]
        light = light_of(tilt, azimuth)
        ours = plane_energy(
            table(), [tilt], [azimuth], mounting, received_of(light, light), [1.0]
        ).sum()
        off.append(ours / model_chain_year(tilt, azimuth, mounting) - 1.0)
    assert np.abs(off).max() < 0.005
    assert abs(np.mean(off)) < 0.002


def test_table_agrees_with_the_hourly_model_under_random_skylines():
    """Jagged skylines up to 35 degrees and a dimmed sky: within 1 % a year where it matters.

    The table knows the lost share of beam and sky by month, not the hours: for planes that keep
    60 % of the best year the aim of 1 % holds; a dark north plane may be off by 2 %.
    """
    random = np.random.default_rng(0)
    best = table().optimum_kwh_m2
    for case in range(60):
        tilt, azimuth = random.uniform(0, 60), random.uniform(0, 360)
        mounting = MOUNTINGS[case % 3]
        skyline = random.uniform(0, 35, 36) * random.uniform(0, 1)
        kept = HOURS.solar_elevation > skyline[(HOURS.solar_azimuth // 10).astype(int) % 36]
        sky_kept = random.uniform(0.6, 1.0)
        free, light = light_of(tilt, azimuth), light_of(tilt, azimuth, kept, sky_kept)
        hourly = hourly_yield(*light, tilt, DATA["temp_air"], DATA["wind_speed"], mounting, PV)
        ours = plane_energy(table(), [tilt], [azimuth], mounting, received_of(light, free), [1.0])[
            0
        ]
        exact = monthly(hourly)
        worth = sum(monthly(p).sum() for p in light[:3]) > 0.6 * best
        assert ours.sum() == pytest.approx(exact.sum(), rel=0.01 if worth else 0.02)
        assert np.abs(ours - exact).max() < 0.006 * exact.sum()


def test_capacity_scales_and_a_level_plane_needs_no_azimuth():
    light = light_of(0.0, 180.0)
    received = received_of(light, light)
    twice = plane_energy(table(), [0.0], [np.nan], "open_rack", received, [2.0])
    once = plane_energy(table(), [0.0], [77.0], "open_rack", received, [1.0])
    np.testing.assert_allclose(twice, 2.0 * once)
    unknown = dataclasses.replace(received, direct=received.direct * np.nan)
    assert np.isnan(plane_energy(table(), [0.0], [0.0], "open_rack", unknown, [1.0])).all()


def test_free_irradiation_of_the_table_is_that_of_pvlib():
    """get_total_irradiance (Perez) by hour; 1 % because 30 degree azimuth steps cut corners."""
    middle = DATA.index + pd.Timedelta(minutes=30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sun = pvlib.solarposition.get_solarposition(middle, LATITUDE, LONGITUDE, ALTITUDE)
        extra = pvlib.irradiance.get_extra_radiation(middle).to_numpy()
    airmass = pvlib.atmosphere.get_relative_airmass(sun["apparent_zenith"].to_numpy())
    for tilt, azimuth in ((35.0, 180.0), (35.0, 95.0), (0.0, 180.0), (55.0, 250.0)):
        total = pvlib.irradiance.get_total_irradiance(
            tilt, azimuth, sun["apparent_zenith"].to_numpy(), sun["azimuth"].to_numpy(),
            DATA["dni"].to_numpy(), DATA["ghi"].to_numpy(), DATA["dhi"].to_numpy(),
            dni_extra=extra, airmass=airmass, albedo=ALBEDO, model="perez",
        )["poa_global"]  # fmt: skip
        year = np.nansum(total) / 1000.0
        assert table().unshaded_year(tilt, azimuth)[0] == pytest.approx(year, rel=0.01)


def test_optimum_is_the_best_of_a_slow_search():
    years = {
        (t, a): sum(monthly(p).sum() for p in light_of(t, a)[:3])
        for t in range(20, 61, 2)
        for a in range(140, 221, 4)
    }
    (tilt, azimuth), best = max(years.items(), key=lambda item: item[1])
    assert table().optimum_kwh_m2 == pytest.approx(best, rel=2e-3)
    assert table().optimum_tilt == pytest.approx(tilt, abs=3.0)
    assert table().optimum_azimuth == pytest.approx(azimuth, abs=8.0)


def test_losses_and_life():
    """PVWatts' own product of losses; a geometric series of 25 years by hand."""
    percent = pvlib.pvsystem.pvwatts_losses(
        soiling=2, shading=0, snow=0.2, mismatch=2, wiring=2, connections=0.5, lid=1.5,
        nameplate_rating=1, age=0, availability=3,
    )  # fmt: skip
    assert system_loss(PV) == pytest.approx(percent / 100.0, rel=1e-12)
    assert life_factor(PV) == pytest.approx((1 - 0.995**25) / (25 * 0.005), rel=1e-9)


def test_inverter_clips_at_its_rated_power():
    small = dataclasses.replace(PV, dc_ac_ratio=2.0)
    power = hourly_yield([1000.0], [100.0], [0.0], [0.0], 30.0, [0.0], [3.0], "on_roof", small)
    assert power[0] == pytest.approx(500.0)
    assert hourly_yield([0.0], [0.0], [0.0], [90.0], 30.0, [9.0], [3.0], "on_roof", PV)[0] == 0.0


def row_shade_by_rays(rack, azimuth, elevation, sun_azimuth):
    """Shaded share of the slant width, by marching 400 points of it towards the sun (2D)."""
    across = np.cos(np.radians(sun_azimuth - azimuth))
    if across <= 0:
        return 0.0
    slope = np.tan(np.radians(elevation)) / across
    tilt = np.radians(rack.tilt)
    s = (np.arange(400) + 0.5) / 400 * rack.width_m
    x, z = -s * np.cos(tilt), s * np.sin(tilt)  # from the low edge, away from the sun
    top_x, top_z = rack.pitch_m - rack.width_m * np.cos(tilt), rack.width_m * np.sin(tilt)
    return float(np.mean(z + (top_x - x) * slope < top_z))


@pytest.mark.parametrize("which", [0, 1])
def test_row_to_row_shade_against_rays(which):
    from cadastre.potential.rack_shade import shaded_fraction

    rack = racks(MODULES, PV)[which]
    random = np.random.default_rng(3)
    elevation, azimuth = random.uniform(1, 40, 200), random.uniform(60, 300, 200)
    ours = shaded_fraction(rack, 160.0, elevation, azimuth)
    front = np.abs(azimuth - 160.0) < 89.0
    expected = [row_shade_by_rays(rack, 160.0, e, a) for e, a in zip(elevation, azimuth)]
    np.testing.assert_allclose(ours[front], np.array(expected)[front], atol=0.004)  # 400 points


def test_racks_lose_little_to_the_row_in_front():
    """A free roof: rows cost up to 6 %, least where ridges are low and far apart."""
    light = light_of(0.0, 180.0)
    flat = received_of(light, light)
    for name, azimuth in (("rack_south", 180.0), ("rack_east_west", 90.0)):
        received = rack_received(table(), name, [azimuth], flat)
        tilt = table().rack_tilt[name]
        expected = sum(monthly(p).sum() for p in light_of(tilt, azimuth)[:3])
        assert received.total.sum() == pytest.approx(expected, rel=2e-3)
        rowed = plane_energy(table(), [tilt], [azimuth], name, received, [1.0]).sum()
        alone = plane_energy(table(), [tilt], [azimuth], "open_rack", received, [1.0]).sum()
        assert 0.94 < rowed / alone < (0.998 if name == "rack_south" else 0.9999)
    south, pair = rack_yields(table())
    assert 0.8 < pair / south < 0.97


def pvgis_pv(k, u0, u1):
    """Huld's model as PVGIS configures it: its k, Faiman's temperature, no other loss."""
    return parameters.Photovoltaics(
        gamma_pdc=k[2], low_light=k[:2], thermal_cross=k[3:], heat_absorption=1.0,
        module_efficiency=0.0, heat_loss_constant=(u0,) * 3, heat_loss_wind=(u1,) * 3,
    )  # fmt: skip


@pytest.mark.reference
def test_power_of_pvgis_from_its_own_irradiance():
    """PVGIS 5.2 at Glarus, 3 kWp of silicon, 30 degrees south, 14 % loss, free standing.

    PVGIS gives the global irradiance in the plane only: it is split into beam and diffuse by
    Erbs until the transposed sum is what PVGIS says. k of Huld from the PVGIS documentation,
    Faiman 26.9 and 6.2 (Koehl 2011). Yearly within 2 % (found: 0.4 %), hours within 1 % of peak.
    """
    path = data_file("pvgis_hourly_glarus_ch", "pvgis_hourly_47.114_9.111.csv")
    lines = [line for line in path.read_text().splitlines() if line.startswith("2019")]
    d = pd.read_csv(io.StringIO("time,P,G,H,T,W,Int\n" + "\n".join(lines)))
    times = pd.DatetimeIndex(pd.to_datetime(d["time"], format="%Y%m%d:%H%M", utc=True))
    total = d["G"].to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sun = pvlib.solarposition.get_solarposition(times, 47.114, 9.111, 952)
    zenith = sun["apparent_zenith"].to_numpy()
    aoi = pvlib.irradiance.aoi(30, 180, zenith, sun["azimuth"].to_numpy())
    cosine, half = np.maximum(np.cos(np.radians(aoi)), 0.0), np.cos(np.radians(30))
    ghi = total.copy()
    for _ in range(60):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            split = pvlib.irradiance.erbs(ghi, zenith, times)
        beam, dome = np.asarray(split["dni"]) * cosine, np.asarray(split["dhi"]) * (1 + half) / 2
        ground = 0.2 * ghi * (1 - half) / 2
        both = beam + dome + ground
        ghi = np.minimum(ghi * np.where(both > 1e-6, total / np.maximum(both, 1e-6), 0), 1400)
    dome = total - beam - ground
    pv = pvgis_pv((-0.017237, -0.040465, -0.004702, 0.000149, 0.000170, 0.000005), 26.9, 6.2)
    share, ground_share = diffuse_modifiers(30.0, pv)
    effective = beam * beam_modifier(aoi, pv) + dome * share + ground * ground_share
    cell = cell_temperature(total, d["T"], d["W"], "open_rack", pv)
    ours = dc_power(effective, cell, pv) * 3.0 * 0.86
    assert ours.sum() == pytest.approx(d["P"].sum(), rel=0.02)
    assert np.sqrt(np.mean((ours - d["P"]) ** 2)) < 30.0


@pytest.mark.reference
def test_power_of_a_pvgis_two_axis_cis_sample():
    """Two sunlit hours of a 10 kWp CIS tracker: the sun is in front, reflections are small.

    3 %: PVGIS also counts reflections of the diffuse part, which its file does not give.
    """
    path = data_file(
        "pvgis_samples_pvlib",
        "pvgis_hourly_Timeseries_45.000_8.000_SA2_10kWp_CIS_5_2a_2013_2014.json",
    )
    hours = pd.DataFrame(json.loads(path.read_text())["outputs"]["hourly"])
    hours = hours[hours["G(i)"] > 0]
    pv = pvgis_pv((-0.005554, -0.038724, -0.003723, -0.000905, -0.001256, 0.000001), 22.64, 3.6)
    cell = cell_temperature(hours["G(i)"], hours["T2m"], hours["WS10m"], "open_rack", pv)
    ours = dc_power(hours["G(i)"], cell, pv) * 10.0 * 0.95
    np.testing.assert_allclose(ours, hours["P"], rtol=0.03)


def test_racks_under_a_skyline_follow_the_level_roof():
    """Smooth skylines up to 40 degrees: the roof's monthly shares against the rack's own hours.

    A rack's face may be off by what leaning towards or away from the obstacle changes; south
    racks within 1 % (turned 25 degrees: 3 %), a pair of opposite faces within 0.5 % together.
    """
    random = np.random.default_rng(5)
    free = light_of(0.0, 180.0)
    for _ in range(10):
        crest = random.uniform(0, 25) + 15 * np.sin(
            np.radians(np.arange(36) * 10 - random.uniform(0, 360))
        )
        crest = np.clip(crest, 0.0, 60.0)
        kept = HOURS.solar_elevation > crest[(HOURS.solar_azimuth // 10).astype(int) % 36]
        sky_kept = 1.0 - np.mean(np.sin(np.radians(crest)) ** 2)
        flat = received_of(light_of(0.0, 180.0, kept, sky_kept), free)

        def both(name, azimuth, kept=kept, sky_kept=sky_kept, flat=flat):
            tilt = table().rack_tilt[name]
            exact = light_of(tilt, azimuth, kept, sky_kept)[:3]
            found = rack_received(table(), name, [azimuth], flat).total.sum()
            return found, sum(monthly(p).sum() for p in exact)

        assert np.divide(*both("rack_south", 180.0)) == pytest.approx(1.0, abs=0.01)
        assert np.divide(*both("rack_south", 205.0)) == pytest.approx(1.0, abs=0.03)
        pair = np.add(both("rack_east_west", 90.0), both("rack_east_west", 270.0))
        assert pair[0] / pair[1] == pytest.approx(1.0, abs=0.005)


@pytest.mark.parametrize(
    ("layout", "tilt", "azimuth"),
    [
        ("pitched", 40.0, 150.0),
        ("pitched", 25.0, 300.0),
        ("rack_south", 15.0, 190.0),
        ("rack_east_west", 10.0, 100.0),
    ],
)
def test_hours_of_a_building_sum_to_the_year_of_the_table(layout, tilt, azimuth):
    """Free and half hidden to the east: within 1 %, the aim of the project."""
    mounting = PV.pitched_mounting if layout == "pitched" else layout
    t, a = np.radians(tilt), np.radians(azimuth)
    normal = np.array([np.sin(t) * np.sin(a), np.sin(t) * np.cos(a), np.cos(t)])
    cosine = np.maximum(HOURS.vector @ normal, 0.0)
    for kept in (np.ones(len(HOURS.step)), (HOURS.solar_azimuth > 130.0).astype(float)):
        direct, dome, ground, _ = light_of(tilt, azimuth, kept)
        beam = np.zeros(len(DATA))
        beam[HOURS.step] = HOURS.beam * cosine * kept
        frame = pd.DataFrame(
            {
                "poa_direct": beam,
                "poa_sky_diffuse": dome + direct - beam,
                "poa_ground_diffuse": ground,
            },
            index=DATA.index,
        )
        power = hourly_production(frame, HOURS, weather(), tilt, azimuth, layout, MODULES, PV)
        received = received_of((direct, dome, ground), light_of(tilt, azimuth))
        year = plane_energy(table(), [tilt], [azimuth], mounting, received, [1.0]).sum()
        assert power.sum() / 1000.0 == pytest.approx(year, rel=0.01)
        assert power.max() < 1000.0 / PV.dc_ac_ratio + 1e-6
