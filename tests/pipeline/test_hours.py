"""Hours of one building against the year of the tables, and the sheet's sizes, by the commands."""

from __future__ import annotations

import io
import threading
import urllib.error
import urllib.request

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from cadastre.cli import main
from cadastre.demo.quarter import generate_quarter
from cadastre.parameters.demo import Demo
from cadastre.pipeline.consult import advisers_server
from cadastre.pipeline.delivery import _sizes, read_results
from cadastre.pipeline.territory import read_territory


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heures")
    config = generate_quarter(folder, Demo(width_m=110.0, height_m=110.0, seed=3))
    text = config.read_text(encoding="utf-8") + "\n[parametres.climate]\nyear_count = 1\n"
    config.write_text(text, encoding="utf-8")
    assert main(["calculer", str(config), "--processus", "1"]) == 0
    return config, gpd.read_parquet(folder / "sortie" / "buildings.parquet")


def test_hours_of_the_command_sum_to_the_year_of_the_table(computed, tmp_path):
    """Two models of one year, hour by hour and folded: within 1 % (aim of the project)."""
    config, buildings = computed
    equipped = buildings[buildings["module_count"] > 0].sort_values("module_count")
    for rank in (0, len(equipped) // 2, -1):
        row = equipped.iloc[rank]
        target = tmp_path / f"{rank}.csv"
        words = ["fiche", str(config), "--batiment", row["building_id"], "--horaire", str(target)]
        assert main([*words, "--sortie", str(tmp_path / "fiche.html")]) == 0
        hours = pd.read_csv(target, sep=";", decimal=",", encoding="utf-8-sig")
        assert list(hours.columns) == ["debut_utc", "production_kwh", "production_conseillee_kwh"]
        assert len(hours) in (8760, 8784)
        assert hours["production_kwh"].sum() == pytest.approx(row["annual_energy_kwh"], rel=0.01)
        advised = hours["production_conseillee_kwh"]
        assert advised.sum() == pytest.approx(row["advised_energy_kwh"], rel=0.01)
        night = pd.to_datetime(hours["debut_utc"]).dt.hour < 3  # before dawn, all year at 50° N
        assert hours.loc[night, "production_kwh"].max() == 0.0
        assert hours["production_kwh"].max() <= row["capacity_kwp"] / 1.15 + 1e-3  # inverter


def test_a_size_is_chosen_on_the_sheet(computed, tmp_path, capsys):
    config, buildings = computed
    row = buildings.sort_values("module_count").iloc[-1]
    words = ["fiche", str(config), "--batiment", row["building_id"]]
    sheet = tmp_path / "fiche.html"
    half = round(row["capacity_kwp"] / 2, 2)
    asked = 0.45 * np.floor(half / 0.45 + 0.5)  # whole modules of 450 Wp
    assert main([*words, "--puissance", str(half), "--sortie", str(sheet)]) == 0
    energy = np.interp(asked, [0.0, *row["curve_capacity_kwp"]], [0.0, *row["curve_energy_kwh"]])
    text = sheet.read_text(encoding="utf-8")
    line = text.split('class="choisi"')[1].split("</tr>")[0]
    assert f"{asked:.2f}".replace(".", ",") in line
    assert f"{energy:,.0f}".replace(",", "\u202f") in line
    assert main([*words, "--sortie", str(sheet)]) == 0
    capsys.readouterr()
    assert main([*words, "--puissance", "9999"]) == 2
    assert "au plus" in capsys.readouterr().err
    assert main([*words, "--puissance", "-1"]) == 2
    bare = buildings[(buildings["module_count"] == 0)]["building_id"]
    if len(bare):
        name = str(bare.iloc[0])
        assert main(["fiche", str(config), "--batiment", name, "--horaire", "x.csv"]) == 2
        assert "n'a pas de production" in capsys.readouterr().err


def test_sizes_are_whole_modules_up_to_the_advised_one(computed):
    """3, 6, 9 kWp of 450 Wp: 6, 13, 20 modules; none above the advised size unless asked for."""
    config, buildings = computed
    territory = read_territory(config)
    for _, row in buildings[buildings["module_count"] > 0].iterrows():
        advised = row["advised_capacity_kwp"]
        sizes, chosen = _sizes(row, territory, None)
        count = np.array([size[0] for size in sizes]) / 0.45
        np.testing.assert_allclose(count, np.round(count), atol=1e-6)
        assert (np.diff(count) > 0.5).all()
        assert (sizes[-1][0], sizes[-1][1], chosen) == (
            pytest.approx(advised), pytest.approx(row["advised_energy_kwh"]), None,
        )  # fmt: skip
        _, chosen = _sizes(row, territory, row["capacity_kwp"])
        assert chosen == pytest.approx(row["capacity_kwp"])
        assert _sizes(row, territory, 0.01)[1] == pytest.approx(0.45)


def test_roofs_are_shared_once_and_the_advised_part_adds_up(computed):
    """Columns against each other: what is left beside the collectors, P90 under P50, lists."""
    config, buildings = computed
    known = buildings[buildings["annual_energy_kwh"].notna()]
    left = known["energy_with_thermal_kwh"] + known["displaced_energy_kwh"]
    np.testing.assert_allclose(left, known["annual_energy_kwh"], rtol=1e-9, atol=1e-6)
    assert (known["advised_energy_kwh"] <= known["annual_energy_kwh"] + 1e-9).all()
    equipped = known[known["module_count"] > 0]
    for median, low in (
        ("annual_energy_kwh", "annual_energy_p90_kwh"),
        ("advised_energy_kwh", "advised_energy_p90_kwh"),
        ("specific_yield_kwh_per_kwp", "specific_yield_p90_kwh_per_kwp"),
        ("advised_yield_kwh_per_kwp", "advised_yield_p90_kwh_per_kwp"),
    ):
        assert equipped[low].between(0.4 * equipped[median], equipped[median]).all()
    # what a kWp gives is surer than what a roof gives: the usable area weighs on kWh alone
    share = equipped["annual_energy_p90_kwh"] / equipped["annual_energy_kwh"]
    by_kwp = equipped["specific_yield_p90_kwh_per_kwp"] / equipped["specific_yield_kwh_per_kwp"]
    assert (by_kwp > share).all()
    months = np.stack(equipped["advised_monthly_energy_kwh"].to_list()).sum(axis=1)
    np.testing.assert_allclose(months, equipped["advised_energy_kwh"], rtol=1e-9)
    bare = known[known["module_count"] == 0]
    assert set(bare["suitability_class"].dropna()) <= {"E"}
    assert set(bare["suitability_reason"].dropna()) <= {"no_room", "no_light"}
    whole = pd.read_parquet(config.parent / "sortie" / "territories.parquet")
    whole = whole[(whole["level"] == "whole") & (whole["usage"] == "all")].iloc[0]
    for name in ("advised_energy_kwh", "displaced_energy_kwh", "energy_with_thermal_kwh"):
        assert whole[name] == pytest.approx(buildings[name].sum())
    assert 0.0 < whole["advised_energy_p90_kwh"] < whole["advised_energy_kwh"]
    # errors of geometry average out over the quarter: a narrower interval than any roof's
    assert whole["advised_energy_p90_kwh"] / whole["advised_energy_kwh"] > share.max()


def test_the_advisers_page_gives_sizes_and_hours(computed):
    config, buildings = computed
    row = buildings.sort_values("module_count").iloc[-1]
    results = read_results(read_territory(config))
    with advisers_server(results, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"

        def answer(path):
            try:
                with urllib.request.urlopen(base + path, timeout=30) as found:
                    return found.status, found.headers["Content-Type"], found.read()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, "", error.read()

        search = answer(f"/recherche?q={row['building_id']}")[2].decode()
        assert f'href="/heures/{row["building_id"]}"' in search
        status, _, sheet = answer(f"/fiche/{row['building_id']}?puissance=1,5")
        assert (status, 'class="choisi"' in sheet.decode()) == (200, True)
        for wrong in ("rien", "-1", "nan", "99999"):
            status, _, page = answer(f"/fiche/{row['building_id']}?puissance={wrong}")
            assert (status, "--puissance" in page.decode()) == (400, False)
            assert "Puissance demandée" in page.decode()
        assert answer("/fiche/absent?puissance=3")[0] == 404
        status, kind, table = answer(f"/heures/{row['building_id']}")
        assert (status, kind) == (200, "text/csv; charset=utf-8")
        hours = pd.read_csv(io.BytesIO(table), sep=";", decimal=",", encoding="utf-8-sig")
        assert hours["production_kwh"].sum() == pytest.approx(row["annual_energy_kwh"], rel=0.01)
        assert answer("/heures/absent")[0] == 404
        server.shutdown()
