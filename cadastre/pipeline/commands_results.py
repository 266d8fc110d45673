"""What is done with the results of a territory: exports, site, sheets, page, checks, state."""

from __future__ import annotations

import argparse
import sys

from cadastre.errors import InputError
from cadastre.pipeline import check, delivery, state_of
from cadastre.pipeline.address_search import building_at
from cadastre.pipeline.consult import advisers_server
from cadastre.pipeline.progress import DONE, WITH_ERRORS, say
from cadastre.pipeline.territory import Territory, read_territory


def _results(territory: Territory) -> delivery.Results:
    return delivery.read_results(territory)


def export(options: argparse.Namespace) -> int:
    """Write the exports."""
    write_export_files(read_territory(options.config))
    return DONE


def write_export_files(territory: Territory) -> None:
    """Write the exports of a territory."""
    written = delivery.export(_results(territory))
    say("exports", folder=territory.output / "exports", count=len(written))


def publish(options: argparse.Namespace) -> int:
    """Write the site."""
    write_site_files(read_territory(options.config))
    return DONE


def write_site_files(territory: Territory) -> None:
    """Write the site of a territory."""
    say("site", file=delivery.publish(_results(territory)))


def sheet(options: argparse.Namespace) -> int:
    """Write the sheet of one building."""
    territory = read_territory(options.config)
    results = _results(territory)
    if options.consommation is not None and options.consommation < 0:
        raise InputError("consumption_negative", value=options.consommation)
    if options.consommation is not None:
        say("consumption_unused")
    if options.puissance is not None and not options.puissance > 0:
        raise InputError("size_not_positive", value=options.puissance)
    building_id = options.batiment or building_at(results.tables["buildings"], options.adresse)
    written = delivery.sheet(results, building_id, options.sortie, options.puissance)
    say("sheet", file=written)
    if options.horaire is not None:
        say("hours", file=delivery.write_hours_of(results, building_id, options.horaire))
    return DONE


def consult(options: argparse.Namespace) -> int:
    """Serve the advisers' page until interrupted."""
    results = _results(read_territory(options.config))
    with advisers_server(results, options.hote, options.port) as server:
        say("consult", address=f"http://{options.hote}:{server.server_port}/")
        server.serve_forever()
    return DONE


def check_results(options: argparse.Namespace) -> int:
    """Check the results on disk."""
    territory = read_territory(options.config)
    count, faults = check.check_results(territory)
    if not faults:
        say("checks_fine", count=count)
        return DONE
    say("checks_faults")
    for fault in faults:
        sys.stdout.write(f"  - {fault}\n")
    return WITH_ERRORS


def state(options: argparse.Namespace) -> int:
    """Say what is computed, stale or in error."""
    for line in state_of.describe(read_territory(options.config)):
        sys.stdout.write(line + "\n")
    return DONE
