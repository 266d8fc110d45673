"""The kernels of the graphics card against those of the processor.

Where there is no card, numba's simulator runs the same source thread by thread: it proves the
arithmetic and the indices, not the speed nor the compilation for a card.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cadastre import parameters
from cadastre.errors import ParameterError
from cadastre.kernels import device
from cadastre.shading.relief import RayRules, cast, relief_from_heights, sector_directions
from tests.roofs import towns

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("skyline", "open", "direct", "diffuse", "reflected", "year", "beam", "view")


def run(tmp_path, simulated):
    environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1" if simulated else "0"}
    target = tmp_path / "found.npz"
    script = [sys.executable, "-m", "tests.kernels.device_run", str(target)]
    subprocess.run(script, cwd=ROOT, env=environment, check=True, timeout=300)
    with np.load(target) as found:
        return dict(found)


def same(found):
    """Skylines to 1e-3 degrees (arc tangent in single precision), light to 1e-5 of its size."""
    for name in NAMES:
        ours, theirs = found[f"cpu_{name}"], found[f"gpu_{name}"]
        assert ours.shape == theirs.shape
        size = np.abs(ours).max()
        limit = 1e-3 if name == "skyline" else 1e-5 * max(size, 1.0)
        np.testing.assert_allclose(theirs, ours, rtol=0.0, atol=limit)
    assert (found["cpu_skyline"] > 5.0).any()  # the houses do shade each other


def test_the_simulated_card_gives_the_same(tmp_path):
    same(run(tmp_path, simulated=True))


def test_a_real_card_gives_the_same(tmp_path):
    reason = device.why_not()
    if reason:
        pytest.skip(f"no graphics card: {reason}")
    same(run(tmp_path, simulated=False))


def test_without_a_card_the_option_is_refused_by_name():
    if not device.why_not():
        pytest.skip("this machine has a graphics card")
    facets = towns.gable(6.0, 5.0, 4.0, 40.0)
    surface = towns.draw(facets, towns.around(facets))
    rules = RayRules(0.2, 0.0, 20.0, 0.015, 0.0, parameters.Horizon(device="gpu").device)
    relief = relief_from_heights(surface.dsm, surface.grid, 1)
    x, y = np.array([towns.X0 + 1.0]), np.array([towns.Y0 + 1.0])
    level = np.zeros(1)
    with pytest.raises(ParameterError, match="no_device"):
        cast(relief, (x, y, level + 60.0), (level, level), sector_directions(8, 0.0), rules)
