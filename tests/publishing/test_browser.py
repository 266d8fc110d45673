"""The map in a real browser: a roof is clicked, its popup shows the figures of the tables."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cadastre.publishing.texts_fr.numbers import number
from tests.publishing.browser import Visit, centre_of, visit

pytestmark = pytest.mark.browser
Tables = dict[str, pd.DataFrame]
SIZES = [(1280, 800), (390, 844)]
NBSP = "\u00a0"


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Address of a folder on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def sure(row: Any) -> float:
    """What 9 chances in 10 exceed, of the panels named: P90 of a kWp times their kWp."""
    return float(row["advised_yield_p90_kwh_per_kwp"] * row["advised_capacity_kwp"])


def click_roof(found: Visit, building_id: str, phone: bool) -> str:
    """Click the roof where it is drawn; returns what the popup says."""
    page = found.page
    page.wait_for_selector(".pan, .emprise")
    page.evaluate(f"CADASTRE.map.setView(CADASTRE.roofs['{building_id}'].layers[0]"
                  ".getBounds().getCenter(), 19, {animate: false});0")  # fmt: skip
    point = centre_of(page, building_id)
    (page.touchscreen.tap if phone else page.mouse.click)(*point)
    page.wait_for_selector(".leaflet-popup-content")
    return str(page.inner_text(".leaflet-popup-content"))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_clicked_roof_shows_the_figures_of_the_table(
    browser: Any, site: Path, tables: Tables, width: int, height: int
) -> None:
    row = tables["buildings"].iloc[28]
    with visit(browser, site.as_uri(), width, height) as found:
        text = click_roof(found, row["building_id"], width < 700)
        for wanted in (
            "29 rue Émile-Zola",
            f"Classe {row['suitability_class']}",
            number(row["advised_energy_kwh"]) + NBSP + "kWh/an",
            "dépasser " + number(sure(row)) + NBSP + "kWh/an",
            number(row["advised_capacity_kwp"], 2) + NBSP + "kWc",
            number(row["advised_module_count"]),
            number(row["advised_yield_kwh_per_kwp"]) + NBSP + "kWh/kWc",
            number(row["irradiation_kwh_m2"]) + NBSP + "kWh/m²",
            "février 2023",
        ):
            assert wanted in text, wanted
        bars = found.page.locator(".leaflet-popup-content svg.graphique rect.barre")
        tall = [float(bars.nth(k).get_attribute("height")) for k in range(bars.count())]
        months = [float(value) for value in row["advised_monthly_energy_kwh"]]
        assert len(tall) == 12
        # the page holds whole kWh
        assert [t / max(tall) for t in tall] == pytest.approx(
            [m / max(months) for m in months], abs=0.01
        )
        area = found.page.locator("#carte").bounding_box()
        found.page.wait_for_timeout(400)  # the map glides until the popup is whole
        popup = found.page.locator(".leaflet-popup-content-wrapper").bounding_box()
        assert popup is not None
        assert area is not None
        assert popup["x"] >= area["x"]
        assert popup["y"] >= area["y"]
        assert popup["x"] + popup["width"] <= area["x"] + area["width"]
        assert found.console == []
        assert found.foreign(site.parent.as_uri()) == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sheet_explains_each_plane(
    browser: Any, site: Path, tables: Tables, width: int, height: int
) -> None:
    row = tables["buildings"].iloc[28]
    planes = tables["roof_planes"]
    planes = planes[planes["building_id"] == row["building_id"]]
    with visit(browser, site.as_uri(), width, height) as found:
        click_roof(found, row["building_id"], width < 700)
        found.page.click(".leaflet-popup-content .principal")
        body = str(found.page.inner_text("#fiche-corps"))
        for _, plane in planes.iterrows():
            for wanted in (
                number(plane["annual_energy_kwh"]), number(plane["irradiation_kwh_m2"]),
                number(100 * plane["shading_loss"]) + NBSP + "%",
            ):  # fmt: skip
                assert wanted in body, wanted
        assert number(2 * row["advised_energy_kwh"] - sure(row)) + NBSP + "kWh/an" in body
        # the doubt on the room for panels is told apart from that on what they give
        assert number(row["advised_energy_p90_kwh"]) + NBSP + "kWh/an" in body
        # what all planes could carry stands apart, as does hot water on the same roof
        assert number(row["annual_energy_kwh"]) + NBSP + "kWh/an" in body
        assert number(row["advised_energy_with_thermal_kwh"]) + NBSP + "kWh/an" in body
        assert "l'un ou l'autre" in body
        assert "surface utilisable, données de soleil" in body
        charts = found.page.locator("#fiche-corps svg").count()
        assert charts == 4  # interval, months, ladder, horizon
        wide = found.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        found.page.keyboard.press("Escape")
        assert not found.page.is_visible("#fiche")
        assert found.console == []


def test_served_over_http_it_asks_that_server_only(
    browser: Any, site: Path, tables: Tables
) -> None:
    with served(site.parent) as home, visit(browser, home, 1280, 800) as found:
        click_roof(found, tables["buildings"]["building_id"].iloc[28], phone=False)
        assert found.console == []
        assert found.foreign(home) == []
        assert any("toits-99001.js" in url for url in found.requests)


def test_search_by_keyboard_alone(browser: Any, site: Path) -> None:
    with visit(browser, site.as_uri(), 1280, 800) as found:
        page = found.page
        page.keyboard.press("Tab")  # the skip link
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.fill("#recherche", "oeillet 7")
        page.wait_for_selector("#resultats [role=option]")
        assert page.inner_text("#resultats li").startswith("7 rue de l'Œillet")
        assert "m² au sol" in page.inner_text("#resultats li")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector(".leaflet-popup-content")
        assert "7 rue de l'Œillet" in page.inner_text(".leaflet-popup-content")
        page.fill("#recherche", "nulle part")
        page.wait_for_selector("#resultats .vide")
        assert found.console == []


def test_unassessed_building_says_why(browser: Any, site: Path, tables: Tables) -> None:
    with visit(browser, site.as_uri(), 390, 844) as found:
        text = click_roof(found, tables["buildings"]["building_id"].iloc[39], phone=True)
        assert "Sans données" in text
        assert "ne couvrent pas" in text
        assert "kWh/an" not in text


def test_roof_without_panels_says_why(browser: Any, site: Path, tables: Tables) -> None:
    wanted = tables["buildings"]["building_id"].iloc[33]
    with visit(browser, site.as_uri(), 390, 844) as found:
        found.page.wait_for_selector(".pan")
        text = found.page.evaluate(
            """(id) => {
              Object.assign(CADASTRE.roofs[id].building,
                {module_count: 0, suitability_reason: "no_room", data_date: null});
              return CADASTRE.roofCard(id).textContent;
            }""",
            wanted,
        )
        assert "deux panneaux voisins" in text
        assert "trop petite ou trop découpée" in text
        assert "Mois par mois" not in text
        assert "Date des données" not in text
        assert "non renseignée" not in text


def test_axis_labels_fit_in_the_picture(browser: Any, site: Path) -> None:
    with visit(browser, site.as_uri(), 1280, 800) as found:
        overflow = found.page.evaluate(
            """() => {
              const months = Array.from({length: 12}, (_, k) => 1e6 + k * 234567);
              const worst = [];
              for (const draw of [CADASTRE.charts.months(months, true),
                CADASTRE.charts.months(months), CADASTRE.charts.interval(9e6, 1e7, 1.1e7)]) {
                document.body.append(draw);
                for (const text of draw.querySelectorAll('text')) {
                  const box = text.getBBox();
                  worst.push(Math.max(-box.x, box.x + box.width - 320));
                }
                draw.remove();
              }
              return Math.max(...worst);
            }"""
        )
        assert overflow <= 0.5


def test_address_bar_reopens_the_roof(browser: Any, site: Path, tables: Tables) -> None:
    wanted = tables["buildings"]["building_id"].iloc[33]
    with visit(browser, site.as_uri() + f"#batiment={wanted}", 1280, 800) as found:
        found.page.wait_for_selector(".leaflet-popup-content")
        assert "34 rue Émile-Zola" in found.page.inner_text(".leaflet-popup-content")


def test_communes_are_coloured_by_total_when_far(browser: Any, site: Path, tables: Tables) -> None:
    totals = tables["territories"].set_index(["level", "code", "usage"])["advised_energy_kwh"]
    with visit(browser, site.as_uri(), 1280, 800) as found:
        page = found.page
        page.wait_for_selector(".pan")
        page.evaluate("CADASTRE.map.setZoom(13, {animate: false});0")
        page.wait_for_timeout(200)
        assert page.locator(".pan").count() == 0
        fills = page.evaluate(
            "[...document.querySelectorAll('.leaflet-communes-pane path')]"
            ".map(p => p.getAttribute('fill')).filter(f => f && f !== 'none')"
        )
        assert len(set(fills)) == 2
        assert "/an" in page.inner_text(".communes-legende li >> nth=0")
        page.evaluate("CADASTRE.map.setZoom(14, {animate: false});0")
        page.click("#bilan")
        text = page.inner_text(".leaflet-popup-content")
        assert number(totals["whole", "whole", "all"] / 1000) + NBSP + "MWh" in text
        assert "Commerces et services" in text
        assert found.console == []


def test_layers_can_be_switched_off(browser: Any, site: Path) -> None:
    with visit(browser, site.as_uri(), 1280, 800) as found:
        page = found.page
        page.wait_for_selector(".pan")
        page.hover(".leaflet-control-layers")
        page.click("text=Toits (classe A à E)")
        assert page.locator(".pan").count() == 0
        page.click("text=Toits (classe A à E)")
        assert page.locator(".pan").count() > 50


def test_help_opens_and_closes(browser: Any, site: Path) -> None:
    with visit(browser, site.as_uri(), 390, 844) as found:
        page = found.page
        page.click("header [data-ouvre=aide]")
        assert page.is_visible("#aide")
        assert "neuf chances sur dix" in page.inner_text("#aide")
        page.keyboard.press("Escape")
        assert not page.is_visible("#aide")


def test_every_control_has_a_name(browser: Any, site: Path) -> None:
    """RGAA 11.9 and 7.1: buttons and fields can be told by those who do not see them."""
    with visit(browser, site.as_uri(), 1280, 800) as found:
        nameless = found.page.evaluate(
            """[...document.querySelectorAll('button, input, a[href]')].filter(e => {
              const label = e.labels && e.labels.length ? e.labels[0].textContent : '';
              const text = e.textContent + (e.getAttribute('aria-label') || '')
                + (e.title || '') + label;
              return !text.trim();
            }).map(e => e.outerHTML)"""
        )
        assert nameless == []
        assert found.page.evaluate("document.documentElement.lang") == "fr"
        levels = found.page.evaluate("[...document.querySelectorAll('h1')].length")
        assert levels == 1
