"""The missing halves of small gables: exact kernels' answers, and dormers on whole roofs."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from cadastre.kernels.plane_twins import mirrored_planes
from cadastre.parameters import Roofs
from cadastre.roofs.planes import planes_from_surface
from tests.roofs import towns

RES = 0.5
SETTINGS = (RES, 0.1, 1.5, 40, math.tan(math.radians(15.0)), 4, 0.35)


def gable(shape=(10, 12), sign=-1.0, noise=0.0):
    """Ridge (or valley) on x = 3 with one half labelled; heights rise at 40°."""
    row, col = np.mgrid[: shape[0], : shape[1]]
    x = (col + 0.5) * RES
    z = 5.0 + sign * math.tan(math.radians(40.0)) * np.abs(x - 3.0)
    z = z + noise * np.random.default_rng(4).standard_normal(shape)
    labels = np.where((col >= 3) & (col < 6) & (row < 5), 1, 0).astype(np.int32)
    free = (col >= 6) & (col < 9) & (row < 5)
    slope = -sign * math.tan(math.radians(40.0))
    planes = np.array([[slope, 0.0, 5.0 - slope * 3.0]])
    return z, labels, free, planes


def test_the_other_half_is_the_mirror_image():
    z, labels, free, planes = gable()
    twins, inliers = mirrored_planes(z, labels, free, planes, *SETTINGS)
    assert inliers[0] == free.sum()
    expected = [-planes[0, 0], 0.0, 5.0 + planes[0, 0] * 3.0]
    assert twins[0] == pytest.approx(expected, abs=1e-9)


def test_a_valley_is_no_gable():
    z, labels, free, planes = gable(sign=1.0)
    _, inliers = mirrored_planes(z, labels, free, planes, *SETTINGS)
    assert inliers[0] == 0


def test_rough_ground_or_a_crown_beside_is_no_half():
    """Heights spread over two metres: within 0.1 m of one plane lie about a tenth of them."""
    for seed in range(50):
        z, labels, free, planes = gable()
        random = np.random.default_rng(seed)
        z = np.where(free, 4.0 - 2.0 * random.random(z.shape), z)
        _, inliers = mirrored_planes(z, labels, free, planes, *SETTINGS)
        assert inliers[0] == 0


def test_large_flat_or_lonely_planes_have_no_twin():
    z, labels, free, planes = gable()
    for change in ({3: 10}, {4: 10.0}):
        settings = list(SETTINGS)
        for index, value in change.items():
            settings[index] = value
        assert mirrored_planes(z, labels, free, planes, *settings)[1][0] == 0
    none = np.zeros_like(free)
    assert mirrored_planes(z, labels, none, planes, *SETTINGS)[1][0] == 0


def dormers(seed):
    """A house of 45° with two gabled dormers somewhere on each slope, turned."""
    random = np.random.default_rng(seed)
    turn = float(random.uniform(0.0, 90.0))
    facets = towns.gable(16.0, 9.0, 5.0, 45.0, turn)
    halves = []
    for middle in (4.0, 11.0):
        middle += float(random.uniform(-1.0, 1.0))
        half, ridge = 1.2, 5.0 + 3.2
        low = ridge - half * math.tan(math.radians(40.0))
        for side in (-1.0, 1.0):
            corners = [(middle, 0.8), (middle, 3.2), (middle + side * half, 3.2),
                       (middle + side * half, 0.8)]  # fmt: skip
            halves.append(towns.facet(corners, [ridge, ridge, low], turn))
    return facets, halves


def halves_found(rules):
    found = 0
    for seed in range(10):
        facets, halves = dormers(seed)
        surface = towns.draw(facets + halves, towns.around(facets), noise=0.03, seed=seed)
        table = towns.footprints(a=towns.outline(facets))
        planes = planes_from_surface(surface, table, table, rules).planes
        for half in halves:
            over = planes[planes.intersects(half.outline.buffer(-0.3))]
            found += any(
                towns.angle_between(p.surface_tilt, p.surface_azimuth, half.tilt, half.azimuth) < 8
                for p in over.itertuples()
            )
    return found


def test_more_halves_of_dormers_are_found_with_their_twins():
    """Of forty halves of 2.3 m² in plan, some nine pixels each, under 3 cm of noise."""
    rules = Roofs()
    alone = halves_found(dataclasses.replace(rules, twin_least=50))
    together = halves_found(rules)
    assert together > alone + 4
    assert together >= 32
