"""The site on disk: local only, reproducible, complete; what a browser does is test_browser."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from cadastre.errors import InputError
from cadastre.parameters import Publishing
from cadastre.publishing import map as site_map
from cadastre.publishing.map import write_site
from cadastre.publishing.map_territory import commune_steps, spread_colours
from cadastre.publishing.relief import Relief
from cadastre.publishing.texts_fr.numbers import energy
from tests.publishing.fixture import provenance, quarter

Tables = dict[str, pd.DataFrame]
NBSP = "\u00a0"


def received(path: Path) -> dict:
    text = path.read_text(encoding="utf-8")
    return json.loads(text[text.index(",") + 1 : text.rindex(")")])


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_page_asks_nothing_of_another_host(site: Path) -> None:
    html = site.read_text(encoding="utf-8")
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", html)
    for path in site.parent.rglob("*"):
        if path.suffix in (".css", ".js") and "vendor" not in path.parts:
            text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert "http" not in text.replace("https?", ""), path.name
    for name in re.findall(r'(?:src|href)="([^"#]+)"', html):
        assert (site.parent / name).is_file(), name


def test_policy_forbids_inline_and_foreign(site: Path) -> None:
    html = site.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert policy.group(1).startswith("default-src 'self';")
    assert "unsafe" not in policy.group(1)
    assert "http" not in policy.group(1)
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"<style|\sstyle=|\son\w+=", html)


def test_same_tables_same_bytes(site: Path, tmp_path: Path) -> None:
    again = write_site(quarter(), tmp_path / "b", provenance())
    assert digests(again.parent) == digests(site.parent)


def test_folder_is_renewed_not_mixed(tables: Tables, tmp_path: Path) -> None:
    (tmp_path / "donnees").mkdir()
    (tmp_path / "donnees" / "toits-old.js").write_text("old")
    write_site(tables, tmp_path, provenance())
    assert not (tmp_path / "donnees" / "toits-old.js").exists()


def test_every_building_and_plane_is_there(site: Path, tables: Tables) -> None:
    ids: list[str] = []
    planes = 0
    for path in sorted((site.parent / "donnees").glob("toits-*.js")):
        data = received(path)
        ids += [row[0] for row in data["buildings"]["rows"]]
        planes += len(data["planes"]["rows"])
        assert len(data["footprints"]) == len(data["buildings"]["rows"])
        assert len(data["outlines"]) == len(data["planes"]["rows"])
    assert sorted(ids) == sorted(tables["buildings"]["building_id"])
    assert planes == len(tables["roof_planes"])
    modules = [received(p) for p in sorted((site.parent / "donnees").glob("modules-*.js"))]
    assert sum(len(part["rectangles"]) for part in modules) == len(tables["modules"])


def test_words_of_the_page(site: Path) -> None:
    html = site.read_text(encoding="utf-8")
    assert '<html lang="fr">' in html
    for wanted in (
        "Données fictives", "Climat embarqué, indicatif hors de l&#39;Artois",
        "Comment lire cette carte", "pas un devis",
        "Licence Ouverte 2.0", "Excellent", "44 bâtiments, dont 42 évalués",
    ):  # fmt: skip
        assert wanted in html, wanted


def test_notices_only_when_true(tables: Tables, tmp_path: Path) -> None:
    real = {**provenance(), "fictitious": False, "embedded_climate": False}
    html = write_site(tables, tmp_path, real).read_text(encoding="utf-8")
    assert "Données fictives" not in html
    assert "Climat embarqué, indicatif" not in html


def test_basemap_only_when_asked(tables: Tables, tmp_path: Path) -> None:
    page = write_site(tables, tmp_path, provenance(), Publishing(basemap="plan_ign"))
    html = page.read_text(encoding="utf-8")
    assert "img-src 'self' data: https://data.geopf.fr;" in html
    assert "ne contacte aucun autre serveur. Elle" in html
    script = (tmp_path / "assets" / "carte.js").read_text(encoding="utf-8")
    added = set(re.findall(r"(\w+)\.addTo\(map", script))
    basemap = re.search(r"var (\w+) = CADASTRE\.layers\.basemap", script)
    assert basemap is not None
    assert basemap.group(1) not in added  # off until the visitor turns it on


def test_relief_picture(tables: Tables, tmp_path: Path) -> None:
    relief = Relief(b"\x89PNG", (2.79, 50.42, 2.81, 50.43))
    write_site(tables, tmp_path, provenance(), relief=relief)
    assert (tmp_path / "donnees" / "relief.png").read_bytes() == b"\x89PNG"
    assert "layers.relief" in (tmp_path / "assets" / "carte.js").read_text(encoding="utf-8")


def test_canvas_for_many_planes(tables: Tables, tmp_path: Path) -> None:
    write_site(tables, tmp_path, provenance(), Publishing(canvas_from_planes=10))
    assert '"canvas": true' in (tmp_path / "assets" / "carte.js").read_text(encoding="utf-8")


def test_names_cannot_inject_markup(tables: Tables, tmp_path: Path) -> None:
    nasty = {**provenance(), "territory": "</title><script>alert(1)</script>"}
    html = write_site(tables, tmp_path, nasty).read_text(encoding="utf-8")
    assert "<script>alert" not in html


def test_empty_tables_make_a_page(tables: Tables, tmp_path: Path) -> None:
    empty = {name: frame.iloc[:0] for name, frame in tables.items()}
    assert write_site(empty, tmp_path, {}).is_file()


def test_refusals(tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError) as absent:
        write_site({"buildings": tables["buildings"]}, tmp_path, {})
    assert absent.value.code == "publish_table_absent"
    monkeypatch.setattr(site_map, "VENDOR", tmp_path / "nowhere")
    with pytest.raises(InputError) as scripts:
        write_site(tables, tmp_path, {})
    assert scripts.value.code == "map_assets_absent"


def test_few_communes_are_named_with_their_total(site: Path, tables: Tables) -> None:
    html = site.read_text(encoding="utf-8")
    rows = tables["territories"]
    communes = rows[(rows["level"] == "commune") & (rows["usage"] == "all")]
    assert 1 < len(communes) <= 3
    legend = html[html.index('class="communes-legende"') : html.index('id="bilan"')]
    for name, total in zip(communes["name"], communes["advised_energy_kwh"]):
        assert f"{name}{NBSP}: {energy(total)}/an" in legend
    shown = re.findall(r'<rect[^>]*fill="(#\w+)"', legend)
    # the ends of the scale, not its two first steps
    assert shown == [Publishing().commune_colours[-1], Publishing().commune_colours[0]]


def test_colours_are_spread_over_the_scale() -> None:
    scale = ("a", "b", "c", "d", "e")
    assert spread_colours(scale, 1) == ["c"]
    assert spread_colours(scale, 2) == ["a", "e"]
    assert spread_colours(scale, 3) == ["a", "c", "e"]
    assert spread_colours(scale, 5) == list(scale)


def test_commune_steps_split_totals_evenly() -> None:
    steps = commune_steps([float(v) for v in range(1, 101)], 5)
    assert len(steps) == 4
    groups = [sum(1 for v in range(1, 101) if low < v <= high)
              for low, high in zip([0, *steps], [*steps, 1000])]  # fmt: skip
    assert groups == [20, 20, 20, 20, 20] or max(groups) - min(groups) <= 2
    assert commune_steps([None, 5.0], 5) == []
    two = commune_steps([86_021.0, 508_325.0], 5)
    assert len(two) == 1
    assert 86_021 <= two[0] < 508_325
    assert commune_steps([3.0, 3.0, 3.0], 5) == [3.0]
