"""Production of one building hour by hour as a CSV that French spreadsheets open."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cadastre.publishing.texts_fr.fiche_words import HOURS_NAMES, HOURS_START

_DECIMALS = 4


def hours_csv(frame: pd.DataFrame) -> bytes:
    """Return the energies of every step, kWh: semicolons, decimal commas, UTF-8 with its mark.

    Parameters
    ----------
    frame
        On the UTC start of each step: ``energy_kwh`` (all modules) and ``advised_energy_kwh``
        (advised planes).
    """
    start = pd.DatetimeIndex(frame.index).strftime("%Y-%m-%d %H:%M")
    table = frame.round(_DECIMALS) + 0.0
    table = table.rename(columns=HOURS_NAMES)
    table.insert(0, HOURS_START, start)
    text = table.to_csv(sep=";", decimal=",", index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig")


def write_hours(frame: pd.DataFrame, path: Path) -> None:
    """Write :func:`hours_csv`; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(hours_csv(frame))
    part.replace(path)
