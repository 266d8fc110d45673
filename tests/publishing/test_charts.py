"""Charts against geometry and pvlib; colours against a model of colour blindness and WCAG."""

from __future__ import annotations

import itertools
import math
import re
import xml.etree.ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pvlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from cadastre.angles import normal_from_angles
from cadastre.parameters import Publishing
from cadastre.publishing import charts
from cadastre.publishing.sun_lines import sun_lines, sun_path
from tests.publishing.test_words import ASSETS

SVG = "{http://www.w3.org/2000/svg}"


DAYS = [("2023-06-21", "june"), ("2023-03-21", "equinox"), ("2023-12-21", "december")]


@pytest.mark.parametrize(("day", "name"), DAYS)
def test_sun_paths_agree_with_pvlib(day: str, name: str) -> None:
    path = sun_lines(50.43)[name]
    times = pd.date_range(day, periods=24 * 60, freq="min", tz="UTC")
    sun = pvlib.solarposition.get_solarposition(times, 50.43, 2.83)
    up = sun[sun["elevation"] > 1.0]
    azimuth, elevation = np.array(path).T
    # the equinox of 2023 fell on 20 March: declination 0.1 to 0.4 deg off on the 21st
    found = np.interp(up["azimuth"], azimuth, elevation)
    assert np.abs(found - up["elevation"]).max() < (0.6 if name == "equinox" else 0.2)


def test_sun_never_rises_in_the_polar_night() -> None:
    assert sun_path(75.0, -23.44) == []


@given(st.floats(0.5, 80.0), st.floats(0.0, 360.0), st.floats(0.0, 360.0))
def test_self_horizon_is_where_the_sun_grazes_the_plane(
    tilt: float, facing: float, azimuth: float
) -> None:
    elevation = math.radians(charts.self_horizon(tilt, facing, azimuth))
    turn = math.radians(azimuth)
    sun = [
        math.cos(elevation) * math.sin(turn), math.cos(elevation) * math.cos(turn),
        math.sin(elevation),
    ]  # fmt: skip
    grazing = float(normal_from_angles(tilt, facing) @ np.array(sun))
    assert grazing >= -1e-12
    if elevation > 0:
        assert grazing < 1e-9


def test_bars_have_the_heights_of_the_months() -> None:
    values = [20.0, 40, 80, 120, 140, 150, 149, 130, 90, 50, 25, 15]
    root = ET.fromstring(charts.months_chart(values))
    bars = [float(bar.get("height", "nan")) for bar in root.findall(f"{SVG}rect")]
    assert len(bars) == 12
    # heights are written with one decimal
    np.testing.assert_allclose(np.array(bars) / bars[5], np.array(values) / 150.0, atol=0.002)
    assert "150" in (root.get("aria-label") or "")


@given(st.floats(1e-3, 1e9))
def test_axis_tops_are_round_and_just_above(value: float) -> None:
    top = charts.ceiling(value)
    assert value * (1 - 1e-9) <= top <= 1.7 * value
    assert charts.ceiling(0.0) == charts.ceiling(math.nan) == 1.0


def test_interval_is_in_proportion() -> None:
    root = ET.fromstring(charts.interval_chart(400.0, 500.0, 600.0))
    bar = root.find(f"{SVG}rect")
    assert bar is not None
    middle = float(root.findall(f"{SVG}line")[1].get("x1", "nan"))
    left, width = float(bar.get("x", "nan")), float(bar.get("width", "nan"))
    assert middle == pytest.approx(left + width / 2, abs=0.11)
    assert width / (left - 6) == pytest.approx(200.0 / 400.0, abs=0.002)


def test_horizon_draws_the_skyline_where_it_stands() -> None:
    skyline = [0.0] * 36
    skyline[18] = 35.0
    root = ET.fromstring(charts.horizon_chart(skyline, 30.0, 180.0, sun_lines(50.0)))
    obstacle = root.findall(f"{SVG}polygon")[-1].get("points", "")
    points = np.array([[float(v) for v in pair.split(",")] for pair in obstacle.split()])
    x, y = points[points[:, 1].argmin()]
    assert x == pytest.approx((180 - 40) / 280 * 320, abs=0.1)
    assert (134 - y) / 128 * 70 == pytest.approx(35.0, abs=0.1)


def test_roof_plan_keeps_shape_and_north() -> None:
    planes = gpd.GeoDataFrame({"suitability_class": ["A"]}, geometry=[box(0, 0, 10, 5)], crs=2154)
    modules = gpd.GeoDataFrame(geometry=[box(1, 4, 2, 4.8)], crs=2154)
    root = ET.fromstring(charts.roof_plan(box(0, 0, 10, 5), planes, modules, {"A": "#c24d05"}))
    drawn = [
        Polygon([tuple(map(float, p.split())) for p in re.split("[MLZ]", path.get("d", "")) if p])
        for path in root.findall(f"{SVG}path")
    ]
    footprint, plane, module = drawn
    assert plane.equals(footprint)
    assert plane.area / module.area == pytest.approx(50 / 0.8, rel=0.01)
    assert module.centroid.y < plane.centroid.y  # north is up, SVG's y runs down
    assert charts.roof_plan(None, planes.iloc[:0], modules.iloc[:0], {}) == ""


# Machado, Oliveira & Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1.0, linear RGB
COLOUR_BLIND = {
    "normal": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
    "tritanopia": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ]),
}  # fmt: skip


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB (D65) of linear sRGB."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    t = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eyes", COLOUR_BLIND)
def test_classes_are_told_apart_by_all_eyes(eyes: str) -> None:
    seen = [lab(COLOUR_BLIND[eyes] @ linear(c)) for c in Publishing().class_colours]
    distances = [float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2)]
    # a difference of about 2.3 is just noticeable; adjacent polygons on a map want far more
    assert min(distances) > 14


def contrast(first: str, second: str) -> float:
    """WCAG 2.1 contrast ratio."""
    light = sorted(float(np.array([0.2126, 0.7152, 0.0722]) @ linear(c)) for c in (first, second))
    return (light[1] + 0.05) / (light[0] + 0.05)


def test_letters_on_their_colours_are_readable() -> None:
    sheet = (ASSETS / "site.css").read_text(encoding="utf-8")
    for letter, colour in zip("ABCDE", Publishing().class_colours):
        assert f"--{letter}: {colour};" in sheet  # the style sheet follows the parameters
        rule = re.search(rf"\.classe-{letter} \{{[^}}]*?color: (#\w+)", sheet)
        assert rule is not None
        ink = rule.group(1)
        ink = "#ffffff" if ink == "#fff" else ink
        assert contrast(ink, colour) >= 4.5  # RGAA 3.2, WCAG AA for normal text


@pytest.mark.parametrize("colour", [*Publishing().class_colours, "#777777", "#808080", "#ffffff"])
def test_ink_is_the_more_readable(colour: str) -> None:
    chosen = charts.ink_on(colour)
    other = charts.INK if chosen == "#ffffff" else "#ffffff"
    assert contrast(chosen, colour) >= contrast(other, colour)


def test_texts_are_readable() -> None:
    sheet = (ASSETS / "site.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", sheet))
    on_paper = [(ink, "papier") for ink in ("encre", "encre-2", "accent")]
    for ink, ground in [*on_paper, ("encre", "alerte")]:
        assert contrast(colours[ink], colours[ground]) >= 4.5
    assert contrast("#ffffff", colours["accent"]) >= 4.5
