"""``cadastre telecharger`` as a person types it, against local services: options, words, codes.

Exit codes are those of the contract: 0 done, 1 done with something missing, 2 refused.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cadastre.cli import build_parser, main
from cadastre.pipeline.territory import INPUT_KEYS
from tests.sources.local_client import QUICK
from tests.sources.local_services import LocalServices

SMALL = ("iris", "ban_adresses", "odre_registre")


@pytest.fixture
def services(services: LocalServices, monkeypatch: pytest.MonkeyPatch) -> LocalServices:
    monkeypatch.setenv("CADASTRE_SERVICES", services.override)
    return services


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "ville.toml"
    values = "\n".join(f"{name} = {value}" for name, value in QUICK.items())
    path.write_text(
        '[territoire]\nnom = "Ville"\ncommunes_insee = ["62801", "62802"]\n'
        '[entrees]\nbatiments = "raw/bdtopo/batiments.geojson"\n'
        f"[parametres.download]\n{values}\n",
        encoding="utf-8",
    )
    return path


def raw_files(config: Path) -> set[str]:
    """Files of the download folder, without the account of them."""
    folder = config.parent / "raw"
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {
        "manifeste.json"
    }


def test_the_plan_is_printed_and_fetches_limits_alone(
    services: LocalServices, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["telecharger", str(config), "--simuler"]) == 0
    text = capsys.readouterr().out.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Référentiel national des bâtiments" in text
    assert "À récupérer : environ" in text
    assert "fichier(s)" not in text
    assert raw_files(config) == {
        "limites/communes.geojson", "limites/epci.geojson", "lidar_hd/index.geojson",
    }  # fmt: skip


def test_chosen_sources_come_alone_and_again_when_asked(
    services: LocalServices, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    only = ["telecharger", str(config), "--seulement", " iris, ban_adresses,odre_registre "]
    assert main(only) == 0
    assert raw_files(config) == {
        "limites/communes.geojson", "limites/epci.geojson", "limites/iris.geojson",
        "ban/adresses-62.csv.gz", "production/odre_registre_62.csv",
    }  # fmt: skip
    asked = services.count("adresses-62")
    assert main([*only, "--avec", "enedis_production", "--sans", "iris"]) == 0
    assert services.count("adresses-62") == asked  # intact, not asked again
    assert "production/enedis_production_communes.csv" in raw_files(config)
    assert main([*only, "--rafraichir"]) == 0
    assert services.count("adresses-62") == asked + 1
    assert "Ville : 5 fichiers en place" in capsys.readouterr().out


def test_what_is_missing_is_named_and_the_rest_is_there(
    services: LocalServices, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services.lay("adresses-62", "status", status=500, times=1000)
    assert main(["telecharger", str(config), "--seulement", ",".join(SMALL)]) == 1
    text = capsys.readouterr().out
    assert "Il manque 1 fichier :" in text
    assert "Base adresse nationale : ban/adresses-62.csv.gz." in text
    assert "limites/iris.geojson" in raw_files(config)


@pytest.mark.parametrize(
    ("options", "change", "words"),
    [
        (["--sans", "lidar"], {}, "Source inconnue : lidar"),
        (["--seulement", "rnb"], {"free_space_margin_gb": 1000.0}, "Go de disque"),
        ([], {"connections": 400}, "connections"),
    ],
    ids=["source", "room", "parameter"],
)
def test_what_cannot_begin_is_refused_in_one_sentence(
    services: LocalServices,
    config: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    change: dict[str, float],
    words: str,
) -> None:
    lines = config.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.partition(" =")[0] not in change]
    extra = [f"{name} = {value}" for name, value in change.items()]
    config.write_text("\n".join([*kept, *extra, ""]), encoding="utf-8")
    assert main(["telecharger", str(config), *options]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error


def test_the_data_page_names_every_input_and_every_option() -> None:
    page = (Path(__file__).parents[2] / "docs" / "donnees.md").read_text(encoding="utf-8")
    assert [key for key in INPUT_KEYS if f"`{key}`" not in page] == []
    options = [
        action.option_strings[0]
        for group in build_parser()._subparsers._group_actions  # type: ignore[union-attr]
        for action in group.choices["telecharger"]._actions  # type: ignore[index]
        if action.option_strings and action.option_strings[0] != "-h"
    ]
    assert len(options) >= 8
    assert [name for name in options if f"| `{name}" not in page] == []
