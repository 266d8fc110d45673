"""The command line: one subcommand per thing a person wants, French, no logic of its own."""

from __future__ import annotations

import argparse
import importlib
import re
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from cadastre import __version__
from cadastre.errors import CadastreError, CheckError
from cadastre.publishing.texts_fr import cli as texts
from cadastre.publishing.texts_fr.errors import error_sentence

DONE, WITH_ERRORS, REFUSED, INTERRUPTED = 0, 1, 2, 130
_RUNNERS = {
    "demo": ("commands", "demo"),
    "calculer": ("commands", "compute"),
    "telecharger": ("commands_sources", "fetch"),
    "emprises": ("commands_sources", "outlines"),
    "exporter": ("commands_results", "export"),
    "publier": ("commands_results", "publish"),
    "fiche": ("commands_results", "sheet"),
    "consulter": ("commands_results", "consult"),
    "verifier": ("commands_results", "check_results"),
    "etat": ("commands_results", "state"),
}


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: Any = None) -> None:
        super().add_usage(
            usage, actions, groups, texts.SENTENCES["usage_prefix"] if prefix is None else prefix
        )


class _Parser(argparse.ArgumentParser):
    """An argument parser that speaks French and leaves with 2, one sentence, no traceback."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", _Formatter)
        super().__init__(add_help=False, allow_abbrev=False, **options)
        self.add_argument("-h", "--help", action="help", help=texts.OPTIONS["help"])

    def error(self, message: str) -> NoReturn:
        detail = message
        for pattern, sentence in texts.ARGUMENT_ERRORS:
            found = re.fullmatch(pattern, message)
            if found:
                detail = sentence.format(*found.groups())
                break
        command = self.prog.partition(" ")[2] or ""
        line = texts.SENTENCES["usage_error"].format(detail=detail, command=command)
        print(re.sub(r"\s+--help", " --help", line), file=sys.stderr)
        sys.exit(REFUSED)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all subcommands."""
    parser = _Parser(prog="cadastre", description=texts.PROGRAM)
    parser.add_argument(
        "--version",
        action="version",
        version=f"cadastre {__version__}",
        help=texts.OPTIONS["version"],
    )
    commands = parser.add_subparsers(
        dest="command", metavar="COMMANDE", required=True, title="commandes"
    )

    def add(name: str, with_config: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name, help=texts.COMMANDS[name], description=texts.COMMANDS[name]
        )
        if with_config:
            sub.add_argument("config", type=Path, metavar="CONFIG", help=texts.OPTIONS["config"])
        return sub

    _demo_options(add("demo", with_config=False))
    _fetch_options(add("telecharger"))
    _compute_options(add("calculer"))
    add("exporter")
    add("publier")
    _sheet_options(add("fiche"))
    _consult_options(add("consulter"))
    add("verifier")
    add("etat")
    _outlines_options(add("emprises", with_config=False))
    return parser


def _demo_options(demo: argparse.ArgumentParser) -> None:
    demo.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path("demo"),
        metavar="DOSSIER",
        help=texts.OPTIONS["dossier"],
    )
    demo.add_argument("--processus", type=_positive, metavar="N", help=texts.OPTIONS["processus"])
    demo.add_argument("--taille", type=float, metavar="M", help=texts.OPTIONS["taille"])
    demo.add_argument("--graine", type=int, metavar="N", help=texts.OPTIONS["graine"])
    demo.add_argument("--laz", action="store_true", help=texts.OPTIONS["laz"])


def _fetch_options(fetch: argparse.ArgumentParser) -> None:
    fetch.add_argument("--simuler", action="store_true", help=texts.OPTIONS["simuler"])
    fetch.add_argument("--verifier", action="store_true", help=texts.OPTIONS["reverifier"])
    fetch.add_argument("--nuages", action="store_true", help=texts.OPTIONS["nuages"])
    fetch.add_argument("--livraison", action="store_true", help=texts.OPTIONS["livraison"])
    fetch.add_argument("--rafraichir", action="store_true", help=texts.OPTIONS["rafraichir"])
    for name in ("seulement", "sans", "avec"):
        fetch.add_argument(f"--{name}", metavar="SOURCE,...", help=texts.OPTIONS[name])


def _compute_options(compute: argparse.ArgumentParser) -> None:
    compute.add_argument(
        "--processus", type=_positive, metavar="N", help=texts.OPTIONS["processus"]
    )
    compute.add_argument("--ordonnanceur", metavar="ADRESSE", help=texts.OPTIONS["ordonnanceur"])
    compute.add_argument("--rapport-dask", metavar="FICHIER", help=texts.OPTIONS["rapport_dask"])
    compute.add_argument("--dalles", metavar="ID,...", help=texts.OPTIONS["dalles"])
    compute.add_argument("--forcer", metavar="ETAPE", help=texts.OPTIONS["forcer"])


def _sheet_options(sheet: argparse.ArgumentParser) -> None:
    which = sheet.add_mutually_exclusive_group(required=True)
    which.add_argument("--adresse", metavar="TEXTE", help=texts.OPTIONS["adresse"])
    which.add_argument("--batiment", metavar="ID", help=texts.OPTIONS["batiment"])
    sheet.add_argument(
        "--consommation", type=float, metavar="KWH", help=texts.OPTIONS["consommation"]
    )
    sheet.add_argument("--puissance", type=float, metavar="KWC", help=texts.OPTIONS["puissance"])
    sheet.add_argument(
        "--horaire", type=Path, metavar="FICHIER.csv", help=texts.OPTIONS["horaire"]
    )
    sheet.add_argument("--sortie", type=Path, metavar="FICHIER", help=texts.OPTIONS["sortie"])


def _consult_options(consult: argparse.ArgumentParser) -> None:
    consult.add_argument("--port", type=int, default=8765, metavar="N", help=texts.OPTIONS["port"])
    consult.add_argument("--hote", default="127.0.0.1", metavar="HOTE", help=texts.OPTIONS["hote"])


def _outlines_options(outlines: argparse.ArgumentParser) -> None:
    outlines.add_argument("lidar", nargs="+", metavar="LAZ", help=texts.OPTIONS["lidar"])
    outlines.add_argument(
        "--sortie", type=Path, required=True, metavar="FICHIER", help=texts.OPTIONS["sortie"]
    )
    outlines.add_argument("--crs", default="EPSG:2154", help=texts.OPTIONS["crs"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (0 done, 1 done with errors, 2 refused)."""
    options = build_parser().parse_args(arguments)
    module, function = _RUNNERS[options.command]
    try:
        # after parsing: help must not wait for the libraries, nor a command for those of others
        run: Callable[[argparse.Namespace], int] = getattr(
            importlib.import_module(f"cadastre.pipeline.{module}"), function
        )
        with _stopped_like_by_hand():
            return run(options)
    except CheckError as error:
        print(error_sentence(error), file=sys.stderr)
        return WITH_ERRORS
    except CadastreError as error:
        print(error_sentence(error), file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print(texts.SENTENCES["interrupted"], file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        print(_crash(error), file=sys.stderr)
        return REFUSED


@contextmanager
def _stopped_like_by_hand() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does: with a sentence, and the journal closed."""
    try:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _crash(error: Exception) -> str:
    try:
        trace = _trace_file()
    except OSError:  # the disk that is full may be that of the trace
        traceback.print_exc(file=sys.stderr)
        trace = "stderr"
    return texts.SENTENCES["crash"].format(kind=type(error).__name__, detail=error, file=trace)


def _trace_file() -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="cadastre-", suffix=".log", delete=False, encoding="utf-8"
    ) as handle:
        traceback.print_exc(file=handle)
    return handle.name
