"""The sheet of one building: its figures, nothing from outside, nothing injected."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from cadastre.publishing.fiche import fiche_html
from cadastre.publishing.texts_fr.numbers import number
from tests.publishing.fixture import provenance

Tables = dict[str, pd.DataFrame]


def sheet(tables: Tables, rank: int, **changes: object) -> str:
    building = tables["buildings"].iloc[rank].copy()
    for name, value in changes.items():
        building[name] = value
    planes = tables["roof_planes"]
    planes = planes[planes["building_id"] == building["building_id"]]
    modules = tables["modules"]
    return fiche_html(
        building, planes, modules[modules["plane_id"].isin(planes["plane_id"])], provenance()
    )


class Outline(HTMLParser):
    """Tags and attributes met; unclosed tags."""

    VOID = ("meta", "br", "link", "img")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(text: str) -> Outline:
    parser = Outline()
    parser.feed(text)
    assert parser.open == []
    return parser


def test_figures_are_those_of_the_table(tables: Tables) -> None:
    row = tables["buildings"].iloc[28]
    text = sheet(tables, 28)
    sure = row["advised_yield_p90_kwh_per_kwp"] * row["advised_capacity_kwp"]
    for wanted in (
        number(row["advised_energy_kwh"]), number(row["advised_energy_p90_kwh"]),
        number(sure), number(2 * row["advised_energy_kwh"] - sure),
        number(row["annual_energy_kwh"]), number(row["advised_capacity_kwp"], 2),
        number(row["capacity_kwp"], 2), number(row["advised_module_count"]), "février 2023",
        number(row["advised_yield_p90_kwh_per_kwp"]), "surface utilisable, données de soleil",
        number(row["advised_energy_with_thermal_kwh"]),
        "29 rue Émile-Zola", "Données fictives", "Climat embarqué",
    ):  # fmt: skip
        assert wanted in text, wanted
    planes = tables["roof_planes"]
    for _, plane in planes[planes["building_id"] == row["building_id"]].iterrows():
        assert number(plane["annual_energy_kwh"]) in text
    assert "nan" not in re.sub(r"<[^>]*>", "", text).lower().split()


def test_self_contained_and_well_formed(tables: Tables) -> None:
    found = outline(sheet(tables, 28))
    assert found.addresses == []
    assert "script" not in found.tags
    assert "url(" not in sheet(tables, 28)


@pytest.mark.parametrize("rank", [39, 43])
def test_unassessed_building_says_why(tables: Tables, rank: int) -> None:
    text = sheet(tables, rank)
    outline(text)
    assert "kWh/an" not in text
    assert ("ne couvrent pas ce bâtiment" if rank == 39 else "serre a besoin") in text


def test_heritage_is_said(tables: Tables) -> None:
    assert "Chevalement de la fosse fictive" in sheet(tables, 3)
    assert "Bâtiments de France" not in sheet(tables, 28)


def test_names_cannot_inject_markup(tables: Tables) -> None:
    text = sheet(tables, 3, address="<script>alert(1)</script>", heritage_name='"><img src=x>')
    assert "<script" not in text
    assert "<img" not in text
    outline(text)


def test_missing_figures_are_dashes(tables: Tables) -> None:
    missing = float("nan")
    text = sheet(
        tables, 28, advised_energy_p90_kwh=missing, advised_yield_p90_kwh_per_kwp=missing,
        data_date=None, address=None,
    )  # fmt: skip
    outline(text)
    assert "chances sur 10" not in text
    assert "Bâtiment BATIMENT0000000000000028" in text


def test_same_rows_same_bytes(tables: Tables) -> None:
    assert sheet(tables, 28) == sheet(tables, 28)


def test_sizes_to_choose_from(tables: Tables) -> None:
    """The rows are those given; the one asked for stands out, in French figures."""
    building = tables["buildings"].iloc[28]
    planes = tables["roof_planes"]
    planes = planes[planes["building_id"] == building["building_id"]]
    sizes = [(3.0, 3060.0, 1020.0), (4.5, 4500.0, 960.0)]
    text = fiche_html(building, planes, tables["modules"].iloc[:0], provenance(), None, sizes, 4.5)
    outline(text)
    rows = re.findall(r"<tr([^>]*)>((?:<td>[^<]*</td>){4})</tr>", text)
    assert [re.findall(r"<td>([^<]*)</td>", cells) for _, cells in rows] == [
        ["3,00\u00a0kWc", "3\u202f060\u00a0kWh/an", "1\u202f020\u00a0kWh/kWc",
         "1\u202f020\u00a0kWh/kWc"],
        ["4,50\u00a0kWc", "4\u202f500\u00a0kWh/an", "1\u202f000\u00a0kWh/kWc",
         "960\u00a0kWh/kWc"],
    ]  # fmt: skip
    assert ["choisi" in marks for marks, _ in rows] == [False, True]


def test_hot_water_is_one_or_the_other(tables: Tables) -> None:
    row = tables["buildings"].iloc[28]
    text = sheet(tables, 28)
    assert "l'un ou l'autre" in text.replace("&#39;", "'")
    outside = sheet(tables, 28, advised_energy_with_thermal_kwh=row["advised_energy_kwh"])
    assert "aucun panneau conseillé" in outside
    assert "eau chaude solaire" not in sheet(tables, 28, thermal_energy_kwh=float("nan"))
    assert "pour 2 logements" in sheet(tables, 28, thermal_installation_count=2)
    assert "logements : une" not in sheet(tables, 28, thermal_installation_count=1)
