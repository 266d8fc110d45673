"""The report: JSON any program reads, Markdown with every figure it was given."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from cadastre.publishing.report import markdown, plain_tree, table, write_report

REPORT = {
    "territory": {"name": "Quartier d'essai", "fictitious": True, "crs": "EPSG:2154"},
    "inputs": [{"kind": "mns", "file": "mns/a|b.tif", "sha256": "ab" * 32}],
    "weather": {
        "embedded": True, "label": "Climat embarqué", "years": 10,
        "latitude": 50.43, "longitude": 2.83,
    },
    "totals": {
        "building_count": 1100, "assessed_building_count": 1097, "error_buildings": 1,
        "plane_count": 3000, "module_count": 12000, "capacity_kwp": 5400.0,
        "annual_energy_kwh": 4.8e6, "annual_energy_p90_kwh": None,
        "by_status": [
            {"status": "error", "reason": "tile_failed", "count": 1},
            {"status": "computed", "reason": "", "count": 1097},
            {"status": "no_data", "reason": "no_surface", "count": 2},
        ],
    },
    "notes": [
        {"kind": "batiments", "action": "repaired", "file": "x.gpkg", "code": "ids_duplicated",
         "count": 2, "ids": ["a", "b"], "facts": {}},
    ],
    "failed_tiles": {"0685_7037": "trace"},
    "parameters_overridden": {"modules": {"power_wp": 430}},
    "durations_s": {"ingestion": 1.2, "total": 61.0},
    "tile_count": 4, "tiles_recomputed": 8, "process_count": 2, "peak_memory_mib": 900,
    "finished": "2026-11-22T22:00:00+00:00",
    "versions": {"cadastre": "0.1.0", "numpy": "2.4.6"},
}  # fmt: skip


def test_json_is_sorted_and_strict() -> None:
    content = write_report({"b": math.nan, "a": {"z": np.float32(1.5), "c": (1, np.int64(2))}})
    text = content["rapport.json"].decode("utf-8")
    back = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert back == {"a": {"c": [1, 2], "z": 1.5}, "b": None}
    assert text.index('"a"') < text.index('"b"')
    assert text.index('"c"') < text.index('"z"')


def test_json_keeps_everything_that_was_said() -> None:
    assert json.loads(write_report(REPORT)["rapport.json"]) == plain_tree(REPORT)


def test_markdown_says_it_in_french() -> None:
    text = markdown(REPORT)
    nbsp, narrow = "\u00a0", "\u202f"
    for wanted in (
        "# Rapport de calcul — Quartier d'essai", "Données fictives", "Climat embarqué",
        f"1{nbsp}bâtiment est en erreur", "0685_7037", f"| Modules posables | 12{narrow}000 |",
        f"4{narrow}800{nbsp}MWh", "| Production technique (P90) | — |",
        f"| Calculé | Aucune réserve | 1{narrow}097 | 99,7{nbsp}% |",
        "| Sans données | Hors des mesures | 2 |", "| En erreur | Dalle en échec | 1 |",
        "`mns/a\\|b.tif`", "modules.power_wp | 430", f"1{nbsp}min{nbsp}01{nbsp}s",
        "22 novembre 2026", "numpy 2.4.6", "(a, b)",
    ):  # fmt: skip
        assert wanted in text, wanted
    assert text.index("Calculé |") < text.index("Sans données |")  # the largest group first


def test_warnings_come_before_figures() -> None:
    text = markdown(REPORT)
    assert text.index("À savoir") < text.index("## Résultat")
    calm = markdown({"territory": {"name": "x"}})
    assert "À savoir" not in calm
    assert "toutes les valeurs par défaut" in calm


def test_unknown_codes_are_said() -> None:
    text = markdown({"codes_without_text": [("status_reason", "never_heard_of")]})
    assert "never_heard_of" in text


def test_a_table_without_rows() -> None:
    assert table(("a", "b"), []) == ["—"]
