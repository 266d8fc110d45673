"""Production of one building hour by hour as a CSV that French spreadsheets open."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cadastre.publishing.texts_fr.fiche_words import HOURS_NAMES, HOURS_START

_DECIMALS = 4


def write_hours(frame: pd.DataFrame, path: Path) -> None:
    """Write the energies of every step, kWh; the file appears whole or not at all.

    Parameters
    ----------
    frame
        On the UTC start of each step: ``energy_kwh`` (all modules) and ``advised_energy_kwh``
        (advised planes).
    path
        Semicolons, decimal commas, UTF-8 with its mark.
    """
    start = pd.DatetimeIndex(frame.index).strftime("%Y-%m-%d %H:%M")
    table = frame.round(_DECIMALS) + 0.0
    table = table.rename(columns=HOURS_NAMES)
    table.insert(0, HOURS_START, start)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    table.to_csv(
        part, sep=";", decimal=",", index=False, encoding="utf-8-sig", lineterminator="\r\n"
    )
    part.replace(path)
